"""What is refused, where, in words that say what to do."""

import time
from typing import Any

import pytest
from tests.kernel.fhir.fhirpath.speaking import PATIENT, refused

from socle.kernel.fhir.fhirpath import Environment, compiled, evaluate
from socle.kernel.outcome import Kind, Problem

SAID = [
    ("", "The expression stops too early"),
    ("name.", "The expression stops too early"),
    ("name.(", '"(" is not expected here'),
    ("(1 + 2", '")" is missing'),
    ("2147483648", "A whole number has 32 bits: 2147483647 at most"),
    ("1 - 2147483648", "A whole number has 32 bits"),
    ("-2147483648.abs()", "A whole number has 32 bits"),
    ("1" * 5000, "A whole number has 32 bits"),
    ("1 2", '"2" is not expected here'),
    ("'abc", "This quoted text is not closed"),
    ("/* abc", "This comment is not closed"),
    ("@2015-02-30", "This date or time does not exist"),
    ("@15", "A date is written @YYYY-MM-DD"),
    ("$that", "$ is followed by this, index or total"),
    ('"a"', "between single quotes"),
    ("a ; b", 'The character ";" has no meaning here'),
    ("given", '"given" is not an element of Patient'),
    ("name.surname", '"surname" is not an element of HumanName.'),
    ("nme", '"nme" is not an element of Patient; did you mean "name"?'),
    ("deceasedBoolean", '"deceasedBoolean" is written deceased.ofType(boolean) here'),
    ("name.foo()", 'There is no function "foo"'),
    ("name.first(1)", "first() takes 0 argument(s), not 1"),
    ("'a'.substring()", "substring() takes 1-2 argument(s), not 0"),
    ("active is Truth", '"Truth" is neither a FHIR R4 type nor a FHIRPath type'),
    ("name.ofType(1)", "ofType() takes the name of a type"),
    ("%nothing", "The variable %nothing is not defined"),
    ("name.single()", "A single item is expected here, there are 2"),
    ("name.given.upper()", "A single item is expected here, there are 3"),
    ("name and true", "A single item is expected here, there are 2"),
    ("name is HumanName", "A single item is expected here, there are 2"),
    ("iif(name, 1)", "A single item is expected here, there are 2"),
    ("1.upper()", "A string is expected here, not a whole number"),
    ("'a'.substring('b')", "A whole number is expected here, not a string"),
    ("name.first().lower()", "A string is expected here, not an object"),
    ("'a'.abs()", "A number is expected here, not a string"),
    ("'a' + 1", '"+" does not apply to these two values'),
    ("1 + birthDate", '"+" does not apply to these two values'),
    ("birthDate + 1 'a'", "A date does not move by 1 'a'"),
    ("'a' < 1", "These two values do not compare"),
    ("birthDate < @T10", "These two values do not compare"),
    ("(1 | 2).allTrue()", "allTrue() only applies to booleans"),
    ("'a'.matches('(')", "The regular expression is not valid"),
    ("'a'.encode('rot13')", "known forms: hex, base64, urlbase64"),
    ("1.5.round(-1)", "round() takes a positive precision"),
]


@pytest.mark.parametrize(("expression", "said"), SAID)
def test_an_expression_is_refused_with_the_reason(expression: str, said: str) -> None:
    assert said in refused(expression)


def test_the_position_is_told_in_both_languages() -> None:
    with pytest.raises(Problem) as caught:
        compiled("name.where(use = 'official').surname", "Patient")
    issue = caught.value.issues[0]
    assert 'character 30 of "name.where(' in issue.text.en
    assert "caractère 30 de « name.where(" in issue.text.fr
    assert (caught.value.kind, issue.rule, issue.code) == (Kind.INVALID, "FHIRPath N1", "not-found")


def test_names_are_not_checked_when_the_type_of_the_input_is_not_known() -> None:
    assert compiled("surname.foo").find([("Patient", PATIENT, None)], Environment()) == []


@pytest.mark.parametrize(
    "expression",
    [
        "'a'.repeat($this & 'a')",
        "1.repeat($this + 1)",
        "descendants().select(%resource.descendants().select(%resource.descendants().select(%resource.descendants())))",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac'.matches('^(a|aa)+b?$')",
        "name.given.aggregate($total & $total & 'a'.replace('', 'abcdefghi'.replace('', 'abcdefghijklmnopqrstuvwxyz')), 'b')"
        ".replace('', 'abcdefghijklmnopqrstuvwxyz'.replace('', 'abcdefghijklmnopqrstuvwxyz'))"
        ".replace('a', 'abcdefghijklmnopqrstuvwxyz'.replace('', 'abcdefghijklmnopqrstuvwxyz'))",
    ],
)
def test_an_expression_that_would_not_end_is_stopped(expression: str) -> None:
    began = time.thread_time()
    with pytest.raises(Problem) as caught:
        evaluate(expression, PATIENT)
    assert caught.value.kind is Kind.TOO_COSTLY
    assert time.thread_time() - began < 20


LARGE: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "A", "_family": {"id": "x"}, "given": ["B"], "period": {"start": "2020"}}] * 300,
    "contact": [{"name": {"given": ["C"] * 300}}],
    "extension": [{"url": "urn:a", "valueString": "D", "extension": [{"url": "urn:b", "valueString": "E"}]}] * 300,
    "contained": [{"resourceType": "Patient", "id": "p"}] * 300,
}


@pytest.mark.parametrize(
    "expression",
    [
        "name",
        "name.family",
        "name.given",
        "name.period",
        "name.period.start",
        "name.family.id",
        "contact.name.given",
        "contact.first().name.given",
        "extension.value",
        "extension.value.ofType(string)",
        "extension.extension.url",
        "contained",
        "contained.id",
        "%resource.name.given",
        "%many.family",
    ],
)
def test_plain_navigation_is_counted_too(expression: str) -> None:
    """An expression of names alone, evaluated again and again on a large resource (a filter, a patch), ends as well."""
    items = [("Patient", LARGE, None)]
    many = {"many": [("HumanName", one, None) for one in LARGE["name"]]}
    environment = Environment(resource=LARGE, variables=many, budget=10_000)
    find = compiled(expression, "Patient").find
    found = find(items, environment)
    assert len(found) == 300
    environment.left = 299
    with pytest.raises(Problem) as caught:
        find(items, environment)
    assert caught.value.kind is Kind.TOO_COSTLY


@pytest.mark.parametrize(
    "expression", ["(" * 500 + "1" + ")" * 500, "-" * 500 + "1", "1" + " or 1" * 500, "a" + ".a" * 500]
)
def test_an_expression_nested_too_deeply_is_refused(expression: str) -> None:
    assert "more than 120 levels" in refused(expression)


def test_an_expression_of_120_levels_is_evaluated() -> None:
    assert evaluate("(" * 100 + "1" + ")" * 100, PATIENT) == [("System.Integer", 1, None)]
    assert evaluate("1" + "+1" * 100, PATIENT) == [("System.Integer", 101, None)]


def test_an_expression_too_long_is_refused() -> None:
    assert "exceeds 50000 characters" in refused("1" + " " * 50_000)
