"""SVS XML of the ANS: TRE are code systems, JDV are value sets; OIDs are the stable key."""

from pathlib import Path

import pytest
from tests.foundations.terminologies.reading import Came, refusal

from socle.foundations.terminologies.loaders.nos import named
from socle.foundations.terminologies.model import Designation

TRE = """<?xml version="1.0" encoding="{encoding}"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.250.1.213.1.6.1.19" displayName="TRE_R22-GenreActivite"
 dateMaj="20240329120000" description="Genre d'activité" typeFichier="TRE"
 urlFichier="https://mos.esante.gouv.fr/NOS/TRE_R22-GenreActivite"><ConceptList>
<Concept code="GENR01" codeSystem="1.2.250.1.213.1.6.1.19" dateValid="20070725000000" dateMaj="" dateFin=""
 displayName="Activité de soin" shortDesignation="Soignant" longDesignation="" descriptionMetier="Pharmacie incluse"/>
<Concept code="GENR05" codeSystem="1.2.250.1.213.1.6.1.19" dateFin="20200626120000" displayName="Activité non médicale"/>
<Concept code="" codeSystem="1.2.250.1.213.1.6.1.19" displayName="rien"/>
</ConceptList></ValueSet></RetrieveValueSetResponse>
"""
JDV = """<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008"><ValueSet id="1.2.250.1.213.1.1.5.516"
 displayName="JDV_AccesArtere-CISIS" version="test"><ConceptList>
<Concept code="70248" displayName="Artère fémorale" codeSystem="2.16.840.1.113883.6.119" dateFin="20221216000000"/>
<Concept code="244332003" displayName="artère fémorale entière" codeSystem="2.16.840.1.113883.6.96" dateFin=""/>
<Concept code="LOCAL" codeSystem="1.2.250.9.9"/></ConceptList></ValueSet></RetrieveValueSetResponse>
"""


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "windows-1252", "UTF-16"])
def test_a_tre_is_a_code_system_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "tre.xml"
    path.write_bytes(TRE.format(encoding=encoding).encode(encoding))
    came = Came(path, keep_going=True)
    assert came.head.url == "https://mos.esante.gouv.fr/NOS/TRE_R22-GenreActivite/FHIR/TRE-R22-GenreActivite"
    assert came.head.oids == ("1.2.250.1.213.1.6.1.19",)
    assert came.head.version == "20240329120000"
    first, ended = came.concepts["GENR01"], came.concepts["GENR05"]
    assert (first.display, first.definition, first.inactive) == ("Activité de soin", "Pharmacie incluse", False)
    assert first.designations == (Designation("Soignant", "fr", "900000000000013009", "http://snomed.info/sct"),)
    assert [(each.code, each.value) for each in first.properties] == [("dateValid", "2007-07-25")]
    assert ended.inactive
    assert came.rules == [(8, 1, "svs-code")]


def test_the_names_of_a_tre_come_with_it(tmp_path: Path) -> None:
    path = tmp_path / "tre.xml"
    path.write_text(TRE.format(encoding="UTF-8"))
    (system,) = Came(path, keep_going=True).resources
    assert system["resourceType"] == "NamingSystem"
    assert {"type": "oid", "value": "1.2.250.1.213.1.6.1.19"} in system["uniqueId"]
    assert {"type": "uri", "value": "https://smt.esante.gouv.fr/fhir/CodeSystem/tre-r22-genre-activite"} in system[
        "uniqueId"
    ]


def test_a_code_of_another_system_in_a_tre_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tre.xml"
    path.write_text(
        TRE.format(encoding="UTF-8").replace(
            'code="GENR05" codeSystem="1.2.250.1.213.1.6.1.19"', 'code="GENR05" codeSystem="9.9"'
        )
    )
    _, rule, sentence = refusal(path)
    assert rule == "svs-codesystem"
    assert "tre.xml:7:1" in sentence


def test_a_tre_without_its_oid_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "tre.xml"
    path.write_text(TRE.format(encoding="UTF-8").replace(' id="1.2.250.1.213.1.6.1.19"', ""))
    _, rule, sentence = refusal(path)
    assert rule == "svs-id"
    assert "1.2.250.1.213.1.6.1.19" in sentence


def test_a_jdv_is_a_value_set_whose_known_oids_are_the_urls_of_fhir(tmp_path: Path) -> None:
    path = tmp_path / "jdv.xml"
    path.write_text(JDV)
    came = Came(path)
    assert came.heads == []
    (jdv,) = came.resources
    assert jdv["identifier"][0]["value"] == "urn:oid:1.2.250.1.213.1.1.5.516"
    assert jdv["compose"]["include"] == [
        {"system": "http://snomed.info/sct", "concept": [{"code": "244332003", "display": "artère fémorale entière"}]},
        {"system": "urn:oid:1.2.250.9.9", "concept": [{"code": "LOCAL"}]},
    ]
    assert any("1 code(s)" in note.fr for note in came.watch.notes)


def test_the_naming_rule_of_the_nos() -> None:
    nos = named("TRE_R38-SpecialiteOrdinale.xml")
    assert nos is not None
    assert (nos.family, nos.code, nos.label) == ("TRE", "R38", "SpecialiteOrdinale")
    assert named("JDV-J01-XdsAuthorSpecialty-CISIS") is not None
    assert named("rien") is None
