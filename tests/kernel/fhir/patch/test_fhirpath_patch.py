"""FHIRPath Patch: five operations on the elements that a path finds. Source: FHIR R4 fhirpatch.html."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.fhir.samples import observation, patient

from socle.kernel.fhir.check import check
from socle.kernel.fhir.patch import Bounds, FhirPathPatch, fhirpath
from socle.kernel.outcome import Kind, Problem

Json = dict[str, Any]


def operation(type: str, path: str, **parts: Any) -> Json:
    """One operation; `value={"valueDate": …}` gives its part "value"."""
    given: list[Json] = [{"name": "type", "valueCode": type}, {"name": "path", "valueString": path}]
    for name, part in parts.items():
        said = (
            {"valueInteger": part}
            if isinstance(part, int)
            else {"valueString": part}
            if isinstance(part, str)
            else part
        )
        given.append({"name": name, **said})
    return {"name": "operation", "part": given}


def patched(resource: Json, *operations: Json) -> Json:
    parameters = {"resourceType": "Parameters", "parameter": list(operations)}
    check(parameters)
    return FhirPathPatch(parameters, Bounds()).apply(resource)


def refused(resource: Json, *operations: Json) -> Problem:
    with pytest.raises(Problem) as caught:
        patched(resource, *operations)
    return caught.value


P = {"resourceType": "Patient", "id": "p"}
NAMES = {**P, "name": [{"given": ["A", "B"]}, {"use": "usual", "given": ["C"]}]}


def test_add_gives_an_element_or_appends_to_a_list() -> None:
    assert patched(P, operation("add", "Patient", name="birthDate", value={"valueDate": "1930-01-01"})) == {
        **P,
        "birthDate": "1930-01-01",
    }
    added = patched(NAMES, operation("add", "Patient.name[0]", name="given", value={"valueString": "Z"}))
    assert added["name"][0] == {"given": ["A", "B", "Z"]}
    assert added["name"][1] == NAMES["name"][1]


def test_add_does_not_replace() -> None:
    problem = refused(patient(), operation("add", "Patient", name="gender", value={"valueCode": "male"}))
    assert (problem.kind, "use “replace”" in problem.issues[0].text.en) == (Kind.RULE_VIOLATED, True)
    other = operation("add", "Patient", name="deceased", value={"valueDateTime": "2020"})
    assert refused(patient(), other).kind is Kind.RULE_VIOLATED


def test_a_choice_is_written_with_the_type_of_its_value() -> None:
    replaced = patched(observation(), operation("replace", "Observation.value", value={"valueString": "haut"}))
    assert (replaced["valueString"], "valueQuantity" in replaced) == ("haut", False)
    added = patched(P, operation("add", "Patient", name="deceased", value={"valueBoolean": True}))
    assert added == {**P, "deceasedBoolean": True}


def test_an_anonymous_type_is_given_by_its_parts() -> None:
    value = {
        "part": [
            {"name": "name", "valueHumanName": {"text": "a"}},
            {"name": "gender", "valueCode": "male"},
            {"name": "telecom", "valueContactPoint": {"value": "1"}},
            {"name": "telecom", "valueContactPoint": {"value": "2"}},
        ]
    }
    contact = {"name": {"text": "a"}, "gender": "male", "telecom": [{"value": "1"}, {"value": "2"}]}
    assert patched(P, operation("add", "Patient", name="contact", value=value)) == {**P, "contact": [contact]}


def test_extensions_of_a_primitive_can_be_added() -> None:
    extension = {"part": [{"name": "url", "valueUri": "urn:e"}, {"name": "value", "valueCode": "c"}]}
    made = patched({**P, "birthDate": "1980"}, operation("add", "Patient.birthDate", name="extension", value=extension))
    assert made == {**P, "birthDate": "1980", "_birthDate": {"extension": [{"url": "urn:e", "valueCode": "c"}]}}
    gone = patched(made, operation("delete", "Patient.birthDate.extension('urn:e')"))
    assert gone == {**P, "birthDate": "1980"}


def test_delete_takes_one_element_and_what_it_leaves_empty() -> None:
    assert patched({**P, "name": [{"text": "a"}]}, operation("delete", "Patient.name[0].text")) == P
    assert patched(NAMES, operation("delete", "Patient.name.where(use = 'usual')"))["name"] == NAMES["name"][:1]
    assert patched(NAMES, operation("delete", "Patient.gender")) == NAMES
    assert "finds 2 elements" in refused(NAMES, operation("delete", "Patient.name")).issues[0].text.en


def test_values_and_their_companions_stay_together() -> None:
    said = {"extension": [{"url": "urn:e", "valueCode": "c"}]}
    resource = {**P, "name": [{"given": ["A", None, "C"], "_given": [None, said, None]}]}
    moved = patched(resource, operation("move", "Patient.name.given", source=1, destination=0))
    assert moved["name"] == [{"given": [None, "A", "C"], "_given": [said, None, None]}]
    less = patched(moved, operation("delete", "Patient.name.given[0]"))
    assert less["name"] == [{"given": ["A", "C"]}]
    alone = patched(
        {**P, "name": [{"_given": [said]}]},
        operation("insert", "Patient.name.given", index=0, value={"valueString": "N"}),
    )
    assert alone["name"] == [{"given": ["N", None], "_given": [None, said]}]


def test_insert_and_its_bounds() -> None:
    value = {"valueString": "N"}
    assert patched(NAMES, operation("insert", "Patient.name[0].given", index=1, value=value))["name"][0]["given"] == [
        "A",
        "N",
        "B",
    ]
    assert patched(NAMES, operation("insert", "Patient.name[0].suffix", index=0, value=value))["name"][0]["suffix"] == [
        "N"
    ]
    assert (
        "from 0 to 2"
        in refused(NAMES, operation("insert", "Patient.name[0].given", index=3, value=value)).issues[0].text.en
    )
    assert (
        "one list" in refused(NAMES, operation("insert", "Patient.name.given", index=0, value=value)).issues[0].text.en
    )


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6), st.data())
def test_move_is_a_removal_then_an_insertion(items: list[str], data: st.DataObject) -> None:
    source, destination = (data.draw(st.integers(0, len(items) - 1)) for _ in range(2))
    expected = items[:]
    expected.insert(destination, expected.pop(source))
    resource = {**P, "name": [{"given": items}]}
    moved = patched(resource, operation("move", "Patient.name[0].given", source=source, destination=destination))
    assert moved["name"] == [{"given": expected}]


def test_each_operation_sees_what_the_ones_before_it_left() -> None:
    operations = [
        operation("add", "Patient", name="name", value={"valueHumanName": {"use": "nickname"}}),
        operation("add", "Patient.name.where(use = 'nickname')", name="given", value={"valueString": "Z"}),
        operation("replace", "Patient.name.where(use = 'nickname').given.first()", value={"valueString": "Y"}),
    ]
    assert patched(P, *operations)["name"] == [{"use": "nickname", "given": ["Y"]}]


def test_a_narrative_and_a_resource_can_be_replaced() -> None:
    div = '<div xmlns="http://www.w3.org/1999/xhtml">b</div>'
    resource = {**P, "text": {"status": "generated", "div": div.replace("b", "a")}}
    assert patched(resource, operation("replace", "Patient.text.div", value={"valueString": div}))["text"]["div"] == div
    inner = {"resourceType": "Organization", "id": "o", "name": "O"}
    assert patched(P, operation("add", "Patient", name="contained", value={"resource": inner}))["contained"] == [inner]


def test_the_resource_that_was_given_is_left_alone() -> None:
    resource = patient()
    patched(resource, operation("delete", "Patient.gender"), operation("delete", "Patient.name[0].given[0]"))
    assert resource == patient()


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"name": "op", "valueString": "x"}, "is named “operation”"),
        (operation("erase", "Patient.gender"), "add, insert, delete"),
        (operation("delete", "Patient.gender", value={"valueCode": "x"}), "is no part of “delete”"),
        (operation("replace", "Patient.gender"), "requires “value”"),
        (operation("add", "Patient", value={"valueCode": "x"}), "“name” is missing"),
        (operation("move", "Patient.name", source=0), "“destination” is an integer"),
        (operation("delete", "Patient..gender"), "character 9"),
    ],
)
def test_what_is_no_fhirpath_patch_is_refused(parameter: Json, said: str) -> None:
    problem = refused(P, parameter)
    assert problem.kind is Kind.INVALID
    assert said in problem.issues[0].text.en


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (operation("add", "Patient.maritalStatus", name="text", value={"valueString": "x"}), "finds nothing"),
        (operation("add", "Patient", name="gendre", value={"valueCode": "x"}), "has no element “gendre”"),
        (operation("replace", "Patient.name[0].given.first() + 'x'", value={"valueString": "x"}), "computed value"),
        (operation("replace", "Patient.name[0]", value={"valueString": "x"}), "takes HumanName"),
        (operation("replace", "Patient.name[0]", value={"valueAddress": {"text": "x"}}), "takes HumanName"),
        (
            operation("add", "Patient", name="gender", value={"part": [{"name": "x", "valueCode": "y"}]}),
            "not given by parts",
        ),
        (operation("move", "Patient.name", source=0, destination=2), "numbered from 0"),
    ],
)
def test_what_does_not_apply_says_why(given: Json, said: str) -> None:
    problem = refused(NAMES, given)
    assert problem.kind is Kind.RULE_VIOLATED
    assert said in problem.issues[0].text.en


def test_a_path_that_is_no_fhirpath_is_told_with_its_operation() -> None:
    problem = refused(P, operation("delete", "Patient.name"), operation("delete", "Patient.name("))
    assert problem.issues[0].expression == ("Parameters.parameter[1]",)


def test_a_patch_that_would_take_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhirpath, "_BUDGET", 20_000)  # a hundredth: the same refusal, a hundred times sooner
    large = {**P, "name": [{"given": ["x"] * 300}]}
    operations = [operation("delete", "Patient.gender")] * 1_000
    assert patched(large, *operations[:50])["name"] == large["name"]
    assert refused(large, *operations[:200]).kind is Kind.TOO_COSTLY
    assert refused(P, *operations, operations[0]).kind is Kind.TOO_COSTLY
