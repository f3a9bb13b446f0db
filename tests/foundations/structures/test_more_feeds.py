"""Feeds beside the standard ones: other and recognised activities, activities by modality and mention, groups of FINESS+."""

import json
from pathlib import Path
from typing import Any

from tests.foundations.structures.support import (
    EJ1,
    EJ2,
    ET1,
    ET2,
    Structures,
    care,
    csv_text,
    ej_line,
    et_line,
    record,
    xml_text,
)
from tests.foundations.structures.test_formats import faults, found, items, plus

from socle.foundations.structures.formats.item import Found, Item, Kind
from socle.foundations.structures.model import PartKind
from socle.foundations.structures.store import register

OTHER = {
    "noautor": "12",
    "nofinessej": EJ1,
    "rsej": "X",
    "nofinesset": ET1,
    "rset": "X",
    "codeautorarhgos": "84-01-9",
    "activite": "A1",
    "libactivite": "Prélèvement d'organes",
    "modalite": "00",
    "libmodalite": "Pas de modalité",
    "forme": "00",
    "libforme": "Pas de forme",
    "datedecision": "2020-01-01",
    "nodecision": "",
    "etatautorisation": "010",
    "libetatautorisation": "",
    "datevisite": "1900-01-01",
    "resultatvisite": "C",
    "datefin": "2030-01-01",
    "datemaj": "2026-01-01",
}
EVENT = record("evenement", noautor="12", numordre="1", nature="010", dateeffet="2020-01-01")
RECOGNISED = {
    "noautor": "13",
    "idcpom": "C1",
    "nofinessej": EJ1,
    "rsej": "X",
    "nofinesset": ET1,
    "rset": "X",
    "codeautorarhgos": "84-01-10",
    "indicateurregional": "N",
    "activite": "R4",
    "libactivite": "Soins palliatifs",
    "modalite": "N2",
    "forme": "01",
    "capaciteautorisee": "4",
    "regionautorisation": "84",
    "etatautorisation": "010",
    "datemaj": "2026-01-01",
}
AMM = (
    "<activiteamm>"
    f"<nofinessej>{EJ1}</nofinessej><rsej>X</rsej><activite>QA018</activite><modalite>M1</modalite><mention>N2</mention>"
    "<pts>P03</pts><declaration>D4</declaration><codeautorarhgos>84-01-11</codeautorarhgos><dateautor>2024-01-01</dateautor>"
    f"<daterenouv/><nofinesset>{ET1}</nofinesset><scanner>2</scanner>"
    "<listecommunesHAD><inseecode>01053</inseecode><inseecode>01451</inseecode></listecommunesHAD>"
    f"<listeetablissementsPSY><ETPSY><nofinesset>{ET2}</nofinesset><structureType>CMP</structureType></ETPSY></listeetablissementsPSY>"
    "<listeevenements><evenement><numordre>1</numordre><nature>010</nature></evenement></listeevenements>"
    "</activiteamm>"
)
STOCK = csv_text(ej_line(EJ1), et_line(ET1), et_line(ET2))


def arhgos(*records: str) -> str:
    """A feed FINESS_AMM."""
    return xml_text(*records).replace("fluxfiness", "fluxarhgos")


def kept(said: list[Found]) -> list[Item]:
    """The items, whatever the remarks."""
    return [one for one in said if isinstance(one, Item)]


async def services(structures: Structures) -> list[dict[str, Any]]:
    """The HealthcareService of the register."""
    return [one["resource"] for one in (await structures.get("HealthcareService")).get("entry", ())]


def test_other_and_recognised_activities_are_read_their_events_counted(tmp_path: Path) -> None:
    text = xml_text(record("autreactivite", **OTHER), EVENT, record("activitesoumiseareco", **RECOGNISED))
    said = found(tmp_path, text, "cs16001.xml")
    first, second = kept(said)
    assert (first.shape.kind, first.numero, first.facts["nature"]) == (Kind.OTHER_CARE, ET1, "AASA")
    assert (first.facts["noautorarhgos"], "datevisite" in first.facts) == ("84-01-9", False)  # 1900-01-01 means none
    assert (second.shape.kind, second.facts["nature"], second.facts["capaciteautorisee"]) == (
        Kind.RECOGNISED,
        "ASR",
        "4",
    )
    [remark] = faults(said)
    assert not remark.severe
    assert remark.text.fr.startswith("1 événements ou avenants")


def test_an_activity_by_modality_and_mention_is_read_with_its_lists(tmp_path: Path) -> None:
    [one] = items(found(tmp_path, arhgos(AMM), "FINESS_AMM.xml"))
    assert (one.shape.kind, one.numero, one.facts["nature"]) == (Kind.BY_MENTION, ET1, "AMM")
    assert [one.facts[name] for name in ("activite", "mention", "pts", "scanner")] == ["QA018", "N2", "P03", "2"]
    assert (one.facts["communes"], one.facts["etablissementspsy"]) == ("01053 01451", ET2)


def test_an_activity_by_modality_and_mention_that_no_establishment_has_begun_is_its_legal_entity_s(
    tmp_path: Path,
) -> None:
    text = arhgos(AMM.replace(f"<nofinesset>{ET1}</nofinesset><scanner>", "<scanner>"))
    [one] = items(found(tmp_path, text, "FINESS_AMM.xml"))
    assert one.numero == EJ1


def test_a_cut_feed_of_arhgos_is_told(tmp_path: Path) -> None:
    assert "coupé" in " ".join(one.text.fr for one in faults(found(tmp_path, arhgos(AMM)[:-30], "a.xml")))


async def test_each_feed_is_complete_for_its_own_activities_alone(structures: Structures) -> None:
    await structures.load_text(STOCK)
    for number, text in enumerate((xml_text(care()), xml_text(record("autreactivite", **OTHER)), arhgos(AMM))):
        await structures.load_text(text, f"{number}.xml")
    assert len(await services(structures)) == 3
    report = await structures.load_text(arhgos(AMM.replace("QA018", "QA004")), "amm.xml")
    assert (report.counts["part-created"], report.counts["part-removed"]) == (1, 1)
    systems = {one["type"][0]["coding"][0]["system"].rpartition("/")[2] for one in await services(structures)}
    assert systems == {"TRE-R274-ActiviteSanitaireRegulee", "tre-r381-activite-amm"}


def grouped(*, first: bool) -> str:
    """A FINESS+ document with a group that is a legal person and one by agreement."""
    head = plus()
    other = json.loads(
        json.dumps(plus()).replace(EJ1, EJ2).replace(ET1, ET2).replace('"2"', '"9"').replace("799", "800")
    )
    other["informationsGeneralesPMEJ"] |= {"typeGroupeGco": "03", "denominationLonguePmSmsse": "GCS DES DEUX RIVES "}
    gco = [{"pmSmsseId": "9", "typeGco": "03", "pmejDuGco": [{"pmSmsseId": "2", "typeRoleEntiteGroupe": "M"}]}]
    gcc = [
        {
            "gccId": "77",
            "nomGcc": "GHT DES RIVES",
            "typeGcc": "01",
            "gccIdentifiantExterne": "G77",
            "pmejDuGcc": [
                {"pmSmsseId": "2", "typeRoleEntiteGroupe": "S"},
                {"pmSmsseId": "404", "typeRoleEntiteGroupe": "M"},
            ],
            "egeDuGcc": [{"egeId": "800", "typeRoleEntiteGroupe": "M"}],
            "etatObjet": "A",
            "dateDerniereMaj": "2026-01-01",
        },
        {"gccId": "78", "nomGcc": "ANCIEN", "typeGcc": "01", "etatObjet": "I", "pmejDuGcc": [{"pmSmsseId": "2"}]},
    ]
    groups = {"gco": gco, "gcc": gcc}
    persons = {"pmej": [head, other]}
    return json.dumps({"schemaVersion": "v1.0.0", **(groups | persons if first else persons | groups)})


def test_members_of_groups_are_found_by_the_technical_ids_of_the_file(tmp_path: Path) -> None:
    said = found(tmp_path, grouped(first=True), "structures.json")
    of = [(one.numero, one.facts) for one in kept(said) if one.shape.kind is Kind.GROUP]
    assert [(owner, facts["sorte"], facts.get("nom"), facts["role"]) for owner, facts in of] == [
        (EJ1, "gco", "GCS DES DEUX RIVES", "M"),
        (EJ1, "gcc", "GHT DES RIVES", "S"),
        (ET2, "gcc", "GHT DES RIVES", "M"),
    ]
    assert (of[0][1]["numero"], of[0][1]["type"], of[1][1]["externe"]) == (EJ2, "03", "G77")
    remarks = [one for one in faults(said) if "GHT DES RIVES" in one.text.fr]
    assert [(one.severe, "membre 404" in one.text.fr) for one in remarks] == [(False, True)]


def test_groups_may_come_before_or_after_their_members(tmp_path: Path) -> None:
    before, after = (
        [
            (one.numero, one.key)
            for one in kept(found(tmp_path, grouped(first=first), "s.json"))
            if one.shape.kind is Kind.GROUP
        ]
        for first in (True, False)
    )
    assert before == after
    assert len(before) == 3


async def test_memberships_stand_on_the_card_and_go_with_the_file_that_tells_them_no_more(
    structures: Structures,
) -> None:
    await structures.load_text(grouped(first=True), "structures.json")
    card = await register.fiche(structures.database, EJ1)
    assert card is not None
    assert [part.key for part in card.parts if part.kind is PartKind.GROUP] == ["gcc-77", f"gco-{EJ2}"]
    alone = json.loads(grouped(first=True)) | {"gcc": []}
    report = await structures.load_text(json.dumps(alone), "structures.json")
    assert report.counts["part-removed"] == 2
