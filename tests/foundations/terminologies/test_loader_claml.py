"""ClaML: classes, superclasses, rubrics in languages, modifiers; the DOCTYPE that official files carry is passed over."""

from pathlib import Path

import pytest
from tests.foundations.terminologies.reading import Came, refusal

from socle.foundations.terminologies.loaders.xml import Node

CIM = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ClaML SYSTEM "ClaML.dtd">
<ClaML version="{version}">
<Meta name="lang" value="fr"/><Identifier authority="WHO" uid="cim10"/>
<Title name="CIM-10" date="2026-01-01" version="2026">CIM-10 d'essai</Title>
<ClassKinds><ClassKind name="chapter"/><ClassKind name="block"/><ClassKind name="category"/></ClassKinds>
<Modifier code="S04E10_4"><SubClass code=".0"/></Modifier>
<ModifierClass modifier="S04E10_4" code=".0"><SuperClass code="S04E10_4"/><Rubric kind="preferred"><Label>avec coma</Label></Rubric></ModifierClass>
<ModifierClass modifier="S04E10_4" code=".1"><SuperClass code="S04E10_4"/><Rubric kind="preferred"><Label>avec acidocétose</Label></Rubric></ModifierClass>
<Modifier code="SITE_5"/><ModifierClass modifier="SITE_5" code="0"><Rubric kind="preferred"><Label>multiple</Label></Rubric></ModifierClass>
<ModifierClass modifier="SITE_5" code="9"><Rubric kind="preferred"><Label>non précisé</Label></Rubric></ModifierClass>
<Class code="IV" kind="chapter"><SubClass code="E10-E14"/><Rubric kind="preferred"><Label xml:lang="fr">Maladies endocriniennes</Label></Rubric></Class>
<Class code="E10-E14" kind="block"><SuperClass code="IV"/><SubClass code="E10"/><SubClass code="E14"/><ModifiedBy code="S04E10_4"/>
 <Rubric kind="preferred"><Label xml:lang="fr">Diabète</Label></Rubric></Class>
<Class code="E10" kind="category" usage="dagger"><Meta name="MortL4Code" value="4-016"/><SuperClass code="E10-E14"/>
 <Rubric kind="preferred"><Label xml:lang="fr">Diabète <Fragment type="item">de type 1</Fragment></Label><Label xml:lang="en">Type 1 diabetes</Label></Rubric>
 <Rubric kind="inclusion"><Label xml:lang="fr">diabète juvénile</Label></Rubric>
 <Rubric kind="exclusion"><Label xml:lang="fr">diabète de type 2 <Reference>E11</Reference></Label></Rubric></Class>
<Class code="E14" kind="category"><SuperClass code="E10-E14"/><ExcludeModifier code="S04E10_4"/><Rubric kind="preferred"><Label>Autre</Label></Rubric></Class>
<Class code="M00" kind="category"><SubClass code="M00.0"/><ModifiedBy code="SITE_5" all="false"><ValidModifierClass code="9"/></ModifiedBy>
 <Rubric kind="preferred"><Label>Arthrites</Label></Rubric></Class>
<Class code="M00.0" kind="category"><SuperClass code="M00"/><Rubric kind="preferred"><Label>Arthrite à staphylocoques</Label></Rubric></Class>
</ClaML>
"""  # noqa: E501 (one class a line, as tests name lines)


@pytest.fixture(params=["2.0.0", "3.0.0"])
def came(request: pytest.FixtureRequest, tmp_path: Path) -> Came:
    path = tmp_path / "cim10.xml"
    path.write_text(CIM.format(version=request.param))
    return Came(path)


def test_a_classification_has_its_url_version_and_title(came: Came) -> None:
    assert (came.head.url, came.head.version) == ("http://hl7.org/fhir/sid/icd-10", "2026")
    assert came.head.oids == ("2.16.840.1.113883.6.3",)
    assert came.head.resource["title"] == "CIM-10 d'essai"


def test_rubrics_become_names_and_notes_in_their_languages(came: Came) -> None:
    e10 = came.concepts["E10"]
    assert e10.display == "Diabète de type 1"
    assert [(each.value, each.language, each.use) for each in e10.designations] == [
        ("Type 1 diabetes", "en", "preferred"),
        ("diabète juvénile", "fr", "inclusion"),
    ]
    told = {each.code: each.value for each in e10.properties}
    assert told == {"kind": "category", "usage": "dagger", "exclusion": "diabète de type 2 E11", "MortL4Code": "4-016"}
    assert e10.parents == ("E10-E14",)


def test_chapters_and_blocks_are_not_chosen(came: Came) -> None:
    assert {code for code, concept in came.concepts.items() if concept.abstract} == {"IV", "E10-E14"}


def test_modifiers_make_the_codes_that_the_file_does_not_write(came: Came) -> None:
    assert came.concepts["E10.0"].display == "Diabète de type 1, avec coma"
    assert came.concepts["E10.1"].parents == ("E10",)
    assert "E14.0" not in came.concepts, "excluded"
    assert "M00.09" in came.concepts, "inherited from the category, on its subdivision"
    assert "M00.00" not in came.concepts, "not a valid class of this modifier"


def test_a_class_without_name_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cim10.xml"
    path.write_text(CIM.format(version="2.0.0").replace("<Label>Autre</Label>", "<Label> </Label>"))
    kept = Came(path, keep_going=True)
    assert kept.rules == [(19, 1, "claml-preferred")]
    assert "E14" not in kept.concepts
    assert "cim10.xml:19:1" in refusal(path)[2]


def test_another_classification_asks_for_its_url(tmp_path: Path) -> None:
    path = tmp_path / "autre.xml"
    path.write_text(CIM.format(version="2.0.0").replace("CIM-10", "CISP").replace("cim10", "cisp"))
    assert refusal(path)[1] == "claml-url"
    assert Came(path, system="http://x.example/cisp").head.url == "http://x.example/cisp"


def test_an_internal_dtd_is_refused_here_too(tmp_path: Path) -> None:
    path = tmp_path / "cim10.xml"
    path.write_text(CIM.format(version="2.0.0").replace('"ClaML.dtd">', '"ClaML.dtd" [<!ENTITY a "b">]>'))
    assert refusal(path)[1] == "xml-dtd"


def test_an_entity_of_the_external_dtd_is_not_read_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cim10.xml"
    path.write_text(CIM.format(version="2.0.0").replace("<Label>Autre</Label>", "<Label>Autre &eacute;</Label>"))
    assert refusal(path)[1] == "xml-entity"


def test_the_text_of_an_element_is_all_its_text() -> None:
    node = Node("Label", {}, 1, 1, ["a ", Node("Reference", {}, 1, 1, ["b"]), " c"])
    assert node.text() == "a b c"
