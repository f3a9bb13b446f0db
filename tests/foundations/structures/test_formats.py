"""The files of the FINESS, as they are: open CSV, XML feeds, FINESS+, with their defects."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.foundations.structures.support import (
    EJ1,
    ET1,
    ET2,
    METADATA,
    agreement,
    care,
    csv_text,
    ej_line,
    et_line,
    geo_line,
    record,
    scanner,
    social,
    training,
    xml_text,
)

from socle.foundations.country.places import GRIDS, projected
from socle.foundations.structures.formats import Fault, Found, Item, Kind, gather, read
from socle.foundations.structures.model import NumeroFiness, is_siren, is_siret, luhn_key
from socle.foundations.structures.rules.places import commune_code, fits, grid_of, is_swapped, on_the_globe
from socle.kernel.outcome import Problem

# As data.gouv.fr published them: overseas departments, quotes, no numuai.
PUBLISHED = (
    'structureet;980501506;980501498;"LIEU DE VIE ""MAVOUNA MEMA 1""";"LIEU DE VIE ET D\'ACCUEIL ""MAVOUNA MEMA 1""";X;;12;R;'
    "ANCIEN TERRAIN DE FOOT;;;606;9F;MAYOTTE;97620 CHIRONGUI;0269666815;;462;Lieux de Vie;4605;Services;82967998400015;;08;"
    "Président du Conseil Départemental;;;2019-04-01;2019-03-18;2025-05-07;"
)


def found(tmp_path: Path, content: str | bytes, name: str = "f.csv") -> list[Found]:
    """What a file of this content says."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    [source] = gather([path])
    with read(source) as reading:
        return list(reading.found)


def items(said: list[Found]) -> list[Item]:
    """The items, and no fault."""
    assert [one for one in said if isinstance(one, Fault)] == []
    return [one for one in said if isinstance(one, Item)]


def faults(said: list[Found]) -> list[Fault]:
    """The faults."""
    return [one for one in said if isinstance(one, Fault)]


@pytest.mark.parametrize(
    "valid", ["750712184", "2A0000014", "2B0000020", "010000024", "0B0057881", "0B0168811", "0B0152872"]
)
def test_the_key_of_a_published_number_holds(valid: str) -> None:
    assert NumeroFiness(valid).key_holds
    wrong = valid[:-1] + str((int(valid[-1]) + 1) % 10)
    assert NumeroFiness(wrong).key_holds is False


def test_the_key_of_a_letter_that_no_source_values_is_unknown() -> None:
    assert NumeroFiness("0Z0000001").key_holds is None


@given(st.from_regex(r"[0-9][0-9AB][0-9]{6}", fullmatch=True))
def test_one_key_and_one_only_holds(beginning: str) -> None:
    assert [d for d in "0123456789" if NumeroFiness(beginning + d).key_holds] == [luhn_key(beginning)]


@given(st.text(max_size=12))
def test_a_number_is_read_or_not_and_never_breaks(text: str) -> None:
    one = NumeroFiness.read(text)
    assert one is None or len(one.value) == 9


def test_siren_and_siret_have_keys() -> None:
    assert is_siren("260104633")
    assert not is_siren("260104634")
    assert is_siret("26010004500012")
    assert is_siret("35600000000048")  # La Poste
    assert not is_siret("26010004500013")


@pytest.mark.parametrize(
    ("departement", "commune", "code"),
    [
        ("01", "451", "01451"),
        ("2A", "004", "2A004"),
        ("9A", "127", "97127"),
        ("9F", "606", "97606"),
        ("9J", "613", "98613"),
    ],
)
def test_the_commune_of_the_official_code_is_rebuilt(departement: str, commune: str, code: str) -> None:
    assert commune_code(departement, commune) == code


@pytest.mark.parametrize(
    ("source", "departement", "point", "expected"),
    [
        # The published sample of FINESS+ gives its positions both ways.
        ("1,BAN,LAMBERT_93", "01", (873766.07, 6570414.61), (46.211257, 5.254203)),
        ("", "01", (941342.52, 6589480.53), (46.362063, 6.139885)),
    ],
)
def test_a_published_position_goes_on_the_globe(
    source: str, departement: str, point: tuple[float, float], expected: tuple[float, float]
) -> None:
    grid = grid_of(source, departement)
    assert on_the_globe(grid, [point]) == [pytest.approx(expected, abs=2e-6)]
    assert is_swapped(grid, point[1], point[0])


@pytest.mark.parametrize(
    ("departement", "finess", "place"),
    [
        ("2A", "2A", (41.919, 8.738)),
        ("971", "9A", (16.241, -61.533)),
        ("972", "9B", (14.604, -61.066)),
        ("973", "9C", (4.922, -52.313)),
        ("974", "9D", (-20.882, 55.45)),
        ("976", "9F", (-12.78, 45.228)),
    ],
)
def test_overseas_grids_are_those_that_an_independent_projection_writes(
    departement: str, finess: str, place: tuple[float, float]
) -> None:
    x, y, epsg = projected(departement, *place)
    name = GRIDS[epsg]
    for grid in (grid_of(f"1,BAN,{name}", "75"), grid_of("", finess)):
        assert fits(grid, x, y)
        assert on_the_globe(grid, [(x, y)]) == [pytest.approx(place, abs=5e-6)]


def test_an_establishment_is_read_with_its_commune_and_its_town(tmp_path: Path) -> None:
    [one] = items(found(tmp_path, csv_text(et_line(ET1))))
    assert (one.shape.kind, one.numero, one.parent) == (Kind.ET, ET1, EJ1)
    assert (one.facts["cog"], one.facts["codepostal"], one.facts["libcommune"]) == ("01451", "01440", "VIRIAT")
    assert "telecopie" not in one.facts


def test_a_published_overseas_line_is_read_with_its_quotes(tmp_path: Path) -> None:
    [one] = items(found(tmp_path, csv_text(PUBLISHED)))
    assert one.facts["rs"] == 'LIEU DE VIE "MAVOUNA MEMA 1"'
    assert one.facts["cog"] == "97606"


def test_latin_1_utf_8_and_both_mixed_are_read(tmp_path: Path) -> None:
    line = et_line(ET1, name="HÔPITAL")
    [latin] = items(found(tmp_path, csv_text(line).encode("latin-1")))
    [utf8] = items(found(tmp_path, csv_text(line).encode("utf-8-sig")))
    assert latin.facts == utf8.facts
    mixed = csv_text(line).encode("latin-1") + et_line(ET2, name="HÔPITAL").encode()
    said = found(tmp_path, mixed)
    assert {one.facts["rs"] for one in said if isinstance(one, Item)} == {"HÔPITAL"}
    assert faults(said)[-1].text.fr.startswith("Encodages mêlés")


def test_a_header_that_names_the_columns_gives_their_order(tmp_path: Path) -> None:
    text = f"finess;nofinesset;rs;nofinessej;departement\nstructureet;{ET1};HOPITAL;{EJ1};01\n"
    [one] = items(found(tmp_path, text))
    assert (one.numero, one.parent, one.facts["rs"]) == (ET1, EJ1, "HOPITAL")


def test_columns_that_were_swapped_are_told(tmp_path: Path) -> None:
    [fault] = faults(found(tmp_path, csv_text(et_line(ET1, categetab="Centre", libcategetab="355"))))
    assert (fault.line, fault.field) == (2, "categetab")
    assert "« categetab » et « libcategetab » semblent inversées" in fault.text.fr


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        (et_line(ET1[:-1]), "nofinesset", "9 caractères"),
        (et_line(ET1, dateouv="2026-02-30"), "dateouv", "AAAA-MM-JJ"),
        (et_line(ET1, siret="123"), "siret", "14 chiffres"),
        (et_line(ET1, name=""), "rs", "obligatoire"),
        (geo_line(ET1, x="douze"), "coordxet", "un nombre"),
        ("structureet;1;2", "", "2 champs après « structureet », il en faut 31"),
        ("autrechose;1;2", "", "les genres connus sont structureej, structureet, geolocalisation"),
    ],
)
def test_a_wrong_line_is_told_with_its_field_its_rule_and_what_to_do(
    tmp_path: Path, line: str, field: str, said: str
) -> None:
    fault = faults(found(tmp_path, csv_text(ej_line(EJ1), line)))[0]
    assert (fault.line, fault.field, fault.severe) == (3, field, True)
    assert said in fault.text.fr


def test_a_key_that_does_not_hold_is_told_and_the_line_kept(tmp_path: Path) -> None:
    wrong = ET1[:-1] + str((int(ET1[-1]) + 1) % 10)
    said = found(tmp_path, csv_text(et_line(wrong)))
    assert [(one.field, one.severe) for one in faults(said)] == [("nofinesset", False)]
    assert len([one for one in said if isinstance(one, Item)]) == 1


def test_positions_swapped_outside_or_absent(tmp_path: Path) -> None:
    said = found(
        tmp_path, csv_text(geo_line(ET1, "6570414.61", "873766.07"), geo_line(ET2, "1", "2"), geo_line(EJ1, "0", "0"))
    )
    [one] = [one for one in said if isinstance(one, Item)]
    assert (one.facts["lat"], one.facts["lon"]) == (46.211257, 5.254203)
    assert ["remis dans l'ordre" in faults(said)[0].text.fr, "hors du territoire" in faults(said)[1].text.fr] == [
        True,
        True,
    ]


def test_every_record_of_the_feeds_is_read(tmp_path: Path) -> None:
    said = items(
        found(
            tmp_path,
            xml_text(
                care(),
                scanner(),
                social(),
                record(
                    "geolocalisation",
                    nofinesset=ET1,
                    coordxet="873766.07",
                    coordyet="6570414.61",
                    sourcecoordet="BAN,LAMBERT_93",
                    datemaj="1900-01-01",
                ),
            ),
            "a.xml",
        )
    )
    assert [one.shape.kind for one in said] == [Kind.ACTIVITY, Kind.EQUIPMENT, Kind.SOCIAL, Kind.GEOLOCATION]
    assert "datemaj" not in said[3].facts  # 1900-01-01 means none


def test_training_and_agreements_are_read(tmp_path: Path) -> None:
    text = xml_text(record("structureet", nofinesset=ET1, nofinessej=EJ1, rs="X"), training(), training(de="342"))
    said = items(found(tmp_path, text, "106.xml"))
    assert [(one.shape.kind, one.numero) for one in said] == [(Kind.TRAINING, ET1)] * 2
    assert said[0].facts["libde"] == "Formation des infirmiers"
    assert said[0].key != said[1].key
    [one] = items(found(tmp_path, xml_text(agreement(), agreement(ET2, noconv="")), "107.xml"))
    assert (one.shape.kind, one.numero, one.facts["dateconv"]) == (Kind.AGREEMENT, ET1, "2019-01-01")


def test_what_a_feed_of_activities_says_of_structures_in_short_is_passed_over(tmp_path: Path) -> None:
    said = items(found(tmp_path, xml_text(record("structureej", nofiness=EJ1, rs="X"), care()), "a.xml"))
    assert [one.shape.kind for one in said] == [Kind.ACTIVITY]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (xml_text(care())[:-25], "coupé"),
        (xml_text(care()).replace("fluxfiness", "autre"), "racine est « autre »"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><fluxfiness>&b;</fluxfiness>', "DOCTYPE"),
        (xml_text(record("inconnu", a="1")), "n'est pas un enregistrement connu"),
        (xml_text(care(nofinesset="1")), "numéro FINESS"),
        (xml_text("<activiteoffresoin><forme>1</forme><forme>2</forme></activiteoffresoin>"), "répété"),
        (xml_text(record("equipmateriellourd", nofinessej=EJ1, eml="05602", sauce="1")), "n'est pas un champ"),
        ("<html></html>", "racine est « html »"),
        (xml_text(training(de="34")), "discipline de 3 chiffres"),
        (xml_text(training(capaut="beaucoup")), "il faut un nombre"),
        (xml_text(agreement(dateconv="2019-13-01")), "AAAA-MM-JJ"),
        (xml_text(record("nomenclmodalite", code="01", libelle="X")), "socle import terminology"),
        (xml_text(record("nomenclagrcategorieet", code="01", libelle="X")), "c'est une nomenclature"),
        (xml_text(record("autreactivite", noautor="1")), "« nofinesset » est vide"),
        (xml_text(record("activiteamm", nofinessej=EJ1, activite="QA018", sauce="1")), "n'est pas un champ"),
    ],
)
def test_a_wrong_feed_is_told(tmp_path: Path, text: str, said: str) -> None:
    assert said in " ".join(fault.text.fr for fault in faults(found(tmp_path, text, "a.xml")))


def plus(**more: Any) -> dict[str, Any]:
    """A legal person and its establishment, as the published sample writes them: blanks, a dot, X and Y swapped."""
    address = {
        "usageAdresse": "03",
        "numeroVoie": "62",
        "typeVoie": "AV  ",
        "libelleVoie": "DE JASSERON   ",
        "cogCommune": "01053",
        "ligneAcheminement": "BOURG EN BRESSE",
        "codePostal": "01000",
        "coordonneesGeographique": {"coordonneeX": "6570414.61", "coordonneeY": "873766.07"},
    }
    site = {
        "informationsGeneralesEGE": {
            "egeId": "799",
            "dateOuverture": "1956-11-16",
            "nomEgeCourt": "CLINIQUE",
            "nomEgeLong": "CLINIQUE DU LAC      ",
            "numFinessEge": ET1,
            "espic": ["0"],
        },
        "categorieentiteGeographiqueExercice": "365",
        "adresse": [{"usageAdresse": "02", "codePostal": "99999", "cogCommune": "99999"}, address],
        "etatObjet": "I",
        "dateDerniereMaj": "2021-10-18 00:00:00",
    }
    return {
        "informationsGeneralesPMEJ": {
            "pmSmsseId": "2",
            "codeApe": "86.10Z",
            "dateCreation": "2001-01-01",
            "denominationPm": "CLINIQUE",
            "denominationLonguePmSmsse": "CLINIQUE DU LAC",
            "numFinessPm": EJ1,
            "statutJuridique": "73",
        },
        "adresse": [address],
        "contact": [{"telecom": {"telephone": "0400000001"}}],
        "ege": [site],
        "etatObjet": "A",
        "dateDerniereMaj": "2021-10-18 00:00:00",
        **more,
    }


@pytest.mark.parametrize("head", [{"schemaVersion": "v1.0.0"}, {"metadata": {"schemaVersion": "v1.0.1"}}])
def test_a_document_of_structures_is_read_with_its_known_defects(tmp_path: Path, head: dict[str, Any]) -> None:
    said = items(found(tmp_path, json.dumps({**head, "gcc": [], "pmej": [plus()]}), "a.json"))
    entity, site, position = said
    assert (entity.facts["codeape"], entity.facts["telephone"]) == ("8610Z", "0400000001")
    assert (site.facts["rslongue"], site.facts["voie"], site.parent) == ("CLINIQUE DU LAC", "DE JASSERON", EJ1)
    assert site.facts["codepostal"] == "01000"  # of the place, not of letters
    assert site.facts["datefermeture"] == "2021-10-18"  # inactive, and no closing date
    assert (position.facts["lat"], position.facts["lon"]) == (46.211257, 5.254203)


def activity(nature: str, typed: dict[str, str], **general: Any) -> dict[str, Any]:
    """An activity of FINESS+."""
    return {
        "caracteristiquesGeneriques": {
            "activiteAeId": "1",
            "etatObjet": "A",
            "dateDebutActiviteAutorisee": "2009-06-10",
            **general,
        },
        "nature": {"codeNature": nature, "caracteristiquesSpecifiques": {"x": None, f"typeActivite{nature}": typed}},
        "capacite": [{"idCapacite": "1", "nombre": "3", "statutCapacite": "09", "uniteMesureCapacite": "02"}],
        "zoneIntervention": None,
    }


@pytest.mark.parametrize(
    ("one", "kind", "facts"),
    [
        (activity("AMF", {"activiteAMF": "18", "formeActivite": "15"}), Kind.ACTIVITY, {"activite": "18", "forme": "15"}),
        (activity("ASRC", {"activiteSanitaireRegulee": "R4"}), Kind.ACTIVITY, {"nature": "ASR", "activite": "R4"}),
        (activity("EML", {"typeEmlId": "05602"}), Kind.EQUIPMENT, {"eml": "05602"}),
        (activity("ASDR", {"activiteSanitaireDiverseRegulee": "824", "public": "9"}), Kind.SOCIAL, {"de": "824", "client": "9"}),
        (activity("ASMR", {"activiteSocialeRegulee": "1"}), Kind.SOCIAL, {"nature": "AMSR", "de": "1"}),
    ],
)  # fmt: skip
def test_activities_of_every_nature_are_read(
    tmp_path: Path, one: dict[str, Any], kind: Kind, facts: dict[str, str]
) -> None:
    document = {
        "pmej": [
            {
                "numFiness": EJ1,
                "pmSmsseId": "2",
                "ege": [{"egeId": "1", "numFinessEge": ET1, "activitesExercees": [one]}],
            }
        ]
    }
    [said] = items(found(tmp_path, json.dumps(document), "a.json"))
    assert (said.shape.kind, said.numero, said.key) == (kind, ET1, "1")
    assert facts.items() <= said.facts.items()
    assert said.facts["capacites"] == [{"nombre": "3", "statut": "09", "unite": "02"}]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (json.dumps({"pmej": [plus()]})[:-40], "coupé"),
        ('{"pmej": []}', "aucune personne morale"),
        ('{"pmej": [{"autre": 1}]}', "ni informationsGeneralesPMEJ"),
        (json.dumps({"pmej": [{"numFiness": EJ1, "activitesAutorisees": [activity("ZZZ", {})]}]}), "codeNature"),
    ],
)
def test_a_wrong_document_is_told(tmp_path: Path, text: str, said: str) -> None:
    told = " ".join(f"{fault.field} {fault.text.fr}".lower() for fault in faults(found(tmp_path, text, "a.json")))
    assert said.lower() in told


def test_gzip_and_zip_are_read_and_told_when_cut(tmp_path: Path) -> None:
    packed = gzip.compress(csv_text(*[et_line(ET1, complrs=str(n)) for n in range(200)]).encode())
    assert len(items(found(tmp_path, packed, "a.csv.gz"))) == 200
    assert "coupé" in faults(found(tmp_path, packed[:-20], "a.csv.gz"))[-1].text.fr
    archive = tmp_path / "b.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("a.csv", csv_text(et_line(ET1)))
        out.writestr("readme.md", "nothing")
    [source] = gather([archive])
    assert source.name == "b.zip/a.csv"
    with read(source) as reading:
        assert len(list(reading.found)) == 1
    archive.write_bytes(archive.read_bytes()[:-10])
    with pytest.raises(Problem, match="n'est pas un zip entier"):
        gather([archive])


def test_what_is_no_file_of_the_finess_is_told_with_what_is_read(tmp_path: Path) -> None:
    [fault] = faults(found(tmp_path, "a,b,c\n1,2,3\n"))
    assert "il commence par « a,b,c »" in fault.text.fr


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", METADATA + "\n", "<fluxfiness>", '{"pmej": [']))
def test_no_octets_break_a_reader(tmp_path_factory: pytest.TempPathFactory, data: bytes, begin: str) -> None:
    said = found(tmp_path_factory.mktemp("any"), begin.encode() + data)
    assert all(isinstance(one, Item | Fault) for one in said)
