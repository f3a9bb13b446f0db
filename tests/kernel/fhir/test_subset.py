"""Parts of a resource, marked as such."""

import copy

import pytest
from tests.kernel.fhir.samples import observation, patient, synthea_resources

from socle.kernel.fhir.check import check
from socle.kernel.fhir.subset import SUBSETTED, Summary, subset

TEXT = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'}


def test_elements_keep_what_is_named_and_what_is_mandatory() -> None:
    kept = subset(observation(text=TEXT), elements=["subject", "value"])
    assert list(kept) == ["resourceType", "id", "meta", "status", "code", "subject", "valueQuantity"]


@pytest.mark.parametrize("name", ["value", "value[x]", "valueQuantity"])
def test_a_choice_may_be_named_in_three_ways(name: str) -> None:
    assert "valueQuantity" in subset(observation(), elements=[name])


def test_the_extensions_of_a_primitive_follow_it() -> None:
    told = patient(_birthDate={"id": "x"})
    assert "_birthDate" in subset(told, elements=["birthDate"])
    assert "_birthDate" not in subset(told, elements=["name"])


def test_a_summary_keeps_the_elements_marked_at_every_level() -> None:
    photo = {"contentType": "image/png", "url": "Binary/1", "data": "YWJj"}
    kept = subset(patient(text=TEXT, photo=[photo], contact=[{"gender": "male"}]), summary="true")
    assert {"name", "identifier", "birthDate", "deceasedBoolean"} <= kept.keys()
    assert not {"text", "photo", "contact"} & kept.keys()
    attached = {"resourceType": "DocumentReference", "status": "current", "content": [{"attachment": photo}]}
    assert subset(attached, summary="true")["content"] == [
        {"attachment": {"contentType": "image/png", "url": "Binary/1"}}
    ]


def test_an_element_of_which_a_summary_keeps_nothing_goes_unless_its_extensions_tell_why_or_it_is_mandatory() -> None:
    unknown = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    told = observation(subject=unknown, performer=[unknown, {"reference": "Patient/a", **unknown}])
    kept = subset(told, summary="true")
    assert (kept["subject"], kept["performer"]) == (unknown, [unknown, {"reference": "Patient/a"}])
    content = {"data": "YWJj"}  # not part of a summary
    library = {"resourceType": "Library", "status": "draft", "type": {"text": "x"}, "content": [content]}
    assert "content" not in subset(library, summary="true")
    media = {"resourceType": "Media", "status": "completed", "content": content}
    assert subset(media, summary="true")["content"] == content
    for one in (told, library, media):
        check(subset(one, summary="true"), conditional_references=True)


def test_text_and_data_are_the_narrative_and_the_rest() -> None:
    told = observation(text=TEXT)
    assert subset(told, summary="text").keys() == {"resourceType", "id", "meta", "text", "status", "code"}
    assert subset(told, summary="data").keys() == told.keys() - {"text"} | {"meta"}


def test_the_tag_is_added_once_beside_the_others() -> None:
    tagged = patient(meta={"tag": [{"code": "x"}]})
    once = subset(tagged, elements=["name"])
    assert once["meta"]["tag"] == [{"code": "x"}, SUBSETTED]
    assert subset(once, elements=["name"]) == once


def test_what_keeps_meaning_is_always_kept() -> None:
    told = patient(implicitRules="https://example.org/r", modifierExtension=[{"url": "u", "valueCode": "x"}])
    for kept in (subset(told, elements=["name"]), subset(told, summary="true"), subset(told, summary="text")):
        assert {"implicitRules", "modifierExtension"} <= kept.keys()


@pytest.mark.parametrize("summary", ["true", "text", "data"])
def test_a_part_of_a_legal_resource_is_legal_and_the_whole_does_not_change(summary: Summary) -> None:
    for resource in synthea_resources(3):
        before = copy.deepcopy(resource)
        check(subset(resource, summary=summary), conditional_references=True)
        assert resource == before
