"""Where an extension may stand, as its definition says."""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import URL, found, judged, profile

Json = dict[str, Any]
OUTER, INNER = URL + "dehors", URL + "dedans"


def extension(url: str, **members: Any) -> Json:
    fixed: Json = {"id": "Extension.url", "fixedUri": url}
    return profile("Extension", fixed, name=url.rpartition("/")[2], **{"context": [], **members})


def patient(**members: Any) -> Json:
    return {"resourceType": "Patient", **members}


def within(place: str) -> Json:
    """An extension that may stand in the other, put in it (`extension`) or beside its value."""
    inner = {"url": INNER, "valueBoolean": True}
    if place == "value":
        return patient(extension=[{"url": OUTER, "valueCode": "a", "_valueCode": {"extension": [inner]}}])
    return patient(extension=[{"url": OUTER, "extension": [inner]}])


@pytest.mark.parametrize("place", ["extension", "value"])
def test_an_extension_of_an_extension_stands_in_it_or_at_its_value(place: str) -> None:
    outer, inner = extension(OUTER), extension(INNER, context=[{"type": "extension", "expression": OUTER}])
    assert found(judged(within(place), outer, inner, claims=())) == []
    elsewhere = extension(INNER, context=[{"type": "extension", "expression": URL + "ailleurs"}])
    assert [rule for _, rule in found(judged(within(place), outer, elsewhere, claims=()))] == ["context"]


@pytest.mark.parametrize(
    ("expression", "good", "bad"),
    [
        ("active = true", {"active": True}, {"active": False}),
        ("%extension.value = 'a' or gender.exists()", {"gender": "male"}, {"active": True}),
    ],
)
def test_an_extension_stands_only_where_its_invariant_is_true(expression: str, good: Json, bad: Json) -> None:
    ruled = extension(OUTER, contextInvariant=[expression])
    one = {"url": OUTER, "valueCode": "b"}
    assert found(judged(patient(extension=[one], **good), ruled, claims=())) == []
    assert found(judged(patient(extension=[one], **bad), ruled, claims=())) == [("Patient.extension[0]", "context")]


def test_the_invariant_of_an_extension_is_asked_of_the_element_that_holds_it() -> None:
    ruled = extension(OUTER, contextInvariant=["$this > @1970-01-01"])
    beside = {"extension": [{"url": OUTER, "valueCode": "b"}]}
    assert found(judged(patient(birthDate="1980-01-01", _birthDate=beside), ruled, claims=())) == []
    assert found(judged(patient(birthDate="1960-01-01", _birthDate=beside), ruled, claims=())) == [
        ("Patient.birthDate.extension[0]", "context")
    ]


def test_an_invariant_that_cannot_be_evaluated_says_nothing() -> None:
    ruled = extension(OUTER, contextInvariant=["inconnue()"])
    assert found(judged(patient(extension=[{"url": OUTER, "valueCode": "b"}]), ruled, claims=())) == []
