"""Random expressions, beside the published interpreter, where both claim the same support."""

import json
from decimal import Decimal
from typing import Any

import fhirpathpy
from fhirpathpy.models import models
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from tests.kernel.fhir.fhirpath.speaking import PATIENT

from socle.kernel.fhir.fhirpath import evaluate, system
from socle.kernel.fhir.json import serialise
from socle.kernel.outcome import Problem

_MODEL = models["r4"]
_READ = json.loads(serialise(PATIENT))

literals = st.sampled_from(["'Dom'", "'MARTIN'", "''", "'official'"])
strings = st.sampled_from(
    ["name.given", "name.family", "telecom.value", "name.use", "id", "'Dom'", "('a' | 'b' | 'a')"]
)
one_string = st.one_of(
    st.sampled_from(["id", "'Dominique'", "'a b'", "name.first().family", "telecom.last().value"]),
    strings.map(lambda path: f"{path}.first()"),
)
integers = st.one_of(
    st.integers(-9, 9).map(lambda n: f"({n})"),
    strings.map(lambda path: f"{path}.count()"),
    one_string.map(lambda text: f"{text}.length()"),
)
numbers = st.one_of(integers, st.sampled_from(["1.5", "(-0.25)", "2.0", "10.125"]))
one_string = st.one_of(
    one_string,
    st.builds("{}.substring({}, {})".format, one_string, st.integers(0, 4), st.integers(1, 4)),
    st.builds("{}.{}()".format, one_string, st.sampled_from(["upper", "lower"])),
    st.builds("{}.replace('i', 'XY')".format, one_string),
    st.builds("({} & {})".format, one_string, one_string),
)
collections = st.one_of(
    strings,
    st.builds("{}.where($this != {})".format, strings, literals),
    st.builds("{}.{}()".format, strings, st.sampled_from(["first", "last", "tail", "distinct"])),
    st.builds("{}.{}({})".format, strings, st.sampled_from(["skip", "take"]), st.integers(0, 4)),
    st.builds("({} | {})".format, strings, strings),
    st.builds("{}.{}({})".format, strings, st.sampled_from(["combine", "union", "intersect", "exclude"]), strings),
    st.builds("{}.select($this & '!')".format, strings),
)
booleans = st.one_of(
    st.builds("({} {} {})".format, numbers, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numbers),
    st.builds("({} {} {})".format, one_string, st.sampled_from(["=", "!=", "~", "<", ">="]), one_string),
    st.builds("{}.{}({})".format, one_string, st.sampled_from(["startsWith", "endsWith", "contains"]), one_string),
    st.builds("{}.{}()".format, collections, st.sampled_from(["exists", "empty", "isDistinct"])),
    st.builds("{}.{}({})".format, collections, st.sampled_from(["subsetOf", "supersetOf"]), strings),
    st.builds("({} in {})".format, one_string, collections),
    st.builds("{}.all($this.length() > {})".format, strings, st.integers(0, 9)),
    st.sampled_from(["active", "deceased", "{}", "true", "(gender.exists())", "birthDate = @1955-06-13"]),
)
logic = st.recursive(
    booleans,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or", "xor", "implies"]), inner),
        st.builds("{}.not()".format, inner),
        st.builds("iif({}, {}, {})".format, inner, inner, inner),
    ),
    max_leaves=4,
)
arithmetic = st.builds("({} {} {})".format, numbers, st.sampled_from(["+", "-", "*"]), numbers)
expressions = st.one_of(collections, logic, one_string, arithmetic, integers)


def _apart(expression: str) -> bool:
    """Whether the interpreter is known to err: it takes a literal and an element that equals it for two things; after a
    select() or a where() it evaluates the argument of subsetOf() and supersetOf() on their last item.
    """
    joined = "union(" in expression or "combine(" in expression
    literal = " | '" in expression or "' | " in expression or (joined and "'" in expression)
    chosen = ".select(" in expression or ".where(" in expression
    return literal or (chosen and "setOf(" in expression)


def ours(expression: str) -> Any:
    """What we find, comparable; None when refused."""
    try:
        values = [system(item) for item in evaluate(expression, PATIENT)]
    except Problem:
        return None
    return [_comparable(value) for value in values if value != ""]


def theirs(expression: str) -> Any:
    """What the interpreter finds, comparable; None when refused."""
    try:
        values = fhirpathpy.evaluate(_READ, expression, {}, _MODEL)
    except Exception:
        return None
    return [_comparable(value) for value in values]  # never "", which the interpreter takes for nothing


def _comparable(value: Any) -> Any:
    if type(value) in (int, float, Decimal):
        return round(Decimal(str(value)), 6)
    return value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions)
def test_both_find_the_same(expression: str) -> None:
    assume(not _apart(expression))
    mine, other = ours(expression), theirs(expression)
    assert mine is not None
    if other is not None:
        assert mine == other
