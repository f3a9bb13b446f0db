"""Take a legal resource, spoil one thing anywhere in it: it is refused at that place."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernel.fhir.samples import Json, observation, patient, synthea_resources

from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import Element, r4
from socle.kernel.outcome import Problem

Place = tuple[Json, str, str]  # (object, its type, its FHIRPath)


def objects(value: Json, type_: str, path: str) -> Iterator[Place]:
    """Every object of a resource, found by walking the definitions."""
    yield value, type_, path
    elements = {form: (e, code) for e in r4().elements(type_).values() for form, code in e.json_names()}
    for name, item in value.items():
        if name == "resourceType" or name.startswith("_"):
            continue
        element, code = elements[name]
        if r4().kind(code) == "primitive":
            continue
        for rank, one in enumerate(item if element.max is None else [item]):
            below = f"{path}.{element.name}" + (f"[{rank}]" if element.max is None else "")
            yield from objects(one, one["resourceType"] if code == "Resource" else code, below)


def starting_points() -> list[Json]:
    found: dict[str, Json] = {}
    try:
        for resource in synthea_resources(5):
            found.setdefault(resource["resourceType"], resource)
    except pytest.skip.Exception:
        pass  # the samples do, with less variety
    return [patient(), observation(), *found.values()]


RESOURCES = starting_points()


def expressions(resource: Json) -> set[str]:
    with pytest.raises(Problem) as caught:
        check(resource, conditional_references=True)
    return {expression for issue in caught.value.issues for expression in issue.expression}


def draw_place(data: st.DataObject) -> tuple[Json, Place]:
    """A copy of a legal resource and one of its objects, at random."""
    resource = copy.deepcopy(data.draw(st.sampled_from(RESOURCES)))
    places = list(objects(resource, resource["resourceType"], resource["resourceType"]))
    return resource, data.draw(st.sampled_from(places))


def element_of(type_: str, name: str) -> Element:
    return next(e for e in r4().elements(type_).values() if name in {form for form, _ in e.json_names()})


@given(st.data())
@settings(deadline=None)
def test_an_unknown_member_is_refused_where_it_is(data: st.DataObject) -> None:
    resource, (value, _, path) = draw_place(data)
    value["zzUnknown"] = 1
    assert expressions(resource) == {f"{path}.zzUnknown"}


@given(st.data())
@settings(deadline=None)
def test_a_missing_mandatory_member_is_refused_where_it_is(data: st.DataObject) -> None:
    resource, (value, type_, path) = draw_place(data)
    mandatory = sorted(name for name in value if name != "resourceType" and element_of(type_, name).min)
    if not mandatory:
        return
    name = data.draw(st.sampled_from(mandatory))
    del value[name]
    found = expressions(resource)
    assert f"{path}.{element_of(type_, name).name}" in found or (not value and path in found)


WRONG = {str: 3, bool: "true", int: "3"}


@given(st.data())
@settings(deadline=None)
def test_a_value_of_a_wrong_type_is_refused_where_it_is(data: st.DataObject) -> None:
    resource, (value, type_, path) = draw_place(data)
    name = data.draw(st.sampled_from(sorted(name for name in value if name != "resourceType")))
    element = element_of(type_, name)
    old: Any = value[name]
    value[name] = WRONG.get(type(old), "wrong" if not isinstance(old, str) else 3)
    assert expressions(resource) == {f"{path}.{element.name}"}


@given(st.data())
@settings(deadline=None)
def test_one_value_is_no_array_and_an_array_is_not_one_value(data: st.DataObject) -> None:
    resource, (value, type_, path) = draw_place(data)
    name = data.draw(st.sampled_from(sorted(name for name in value if name != "resourceType")))
    old: Any = value[name]
    value[name] = old[0] if isinstance(old, list) else [old]
    assert expressions(resource) == {f"{path}.{element_of(type_, name).name}"}


@given(st.data())
@settings(deadline=None)
def test_an_extension_is_accepted_in_any_object(data: st.DataObject) -> None:
    resource, (value, type_, _) = draw_place(data)
    if type_ == "Extension" and "extension" not in value:
        return  # it has a value: it cannot have both
    value.setdefault("extension", []).append({"url": "https://example.org/e", "valueCode": "x"})
    check(resource, conditional_references=True)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "extension", "url", "value", "reference", "coding", "code", "x", ""]), children
        )
    ),
    max_leaves=8,
)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_whatever_is_put_anywhere_is_accepted_or_refused_never_an_accident(data: st.DataObject) -> None:
    resource, (value, type_, _) = draw_place(data)
    forms = sorted(form for element in r4().elements(type_).values() for form, _ in element.json_names())
    name = data.draw(st.sampled_from([*value, *forms, *(f"_{form}" for form in forms), "", "_", "__name"]))
    value[name] = data.draw(anything)
    with suppress(Problem):
        check(resource, conditional_references=True)


def bound_elements() -> Iterator[tuple[str, Element]]:
    for resource_type in r4().resource_types:
        for element in r4().elements(resource_type).values():
            if element.value_set and element.types == ("code",) and element.max == 1:
                yield resource_type, element


@pytest.mark.parametrize(
    ("resource_type", "element"), [pytest.param(t, e, id=f"{t}.{e.name}") for t, e in bound_elements()]
)
def test_each_code_of_a_closed_value_set_is_accepted_and_no_other(resource_type: str, element: Element) -> None:
    place = f"{resource_type}.{element.name}"
    codes = {code for listed in r4().codes(element.value_set).values() for code in listed}
    for code in codes:
        assert place not in expressions({"resourceType": resource_type, element.name: code, "zzUnknown": 1})
    assert place in expressions({"resourceType": resource_type, element.name: "no-such-code"})
