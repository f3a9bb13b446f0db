"""Functions of strings. Source: FHIRPath N1, "String manipulation"; the last ones are of its continuous build.

Every one of them answers nothing for nothing, and asks for one string.
"""

import base64
import binascii
import html
from collections.abc import Callable
from typing import Any

from socle.kernel.fhir.fhirpath.code import (
    BOOLEANS,
    LONGEST_TEXT,
    Call,
    Code,
    bounded,
    one_integer,
    one_text,
    scalar,
    spend,
    too_long,
    truth,
)
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.patterns import matcher, replacer
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import INTEGER, STRING, Items

FAMILY: Family = {}


def _of_text(name: str, answer: Callable[[str], Any], type_: str) -> None:
    """A function of one string and nothing else."""

    @function(FAMILY, name)
    def build(call: Call) -> Code:
        source, place = one_text(call.source, call.place), call.place

        def value(focus: Items, environment: Environment) -> Any:
            text = source(focus, environment)
            if text is None:
                return None
            found = answer(text)
            return bounded(found, place, environment) if type(found) is str else found

        return scalar(value, type_)


def _with_text(name: str, answer: Callable[[str, str], Any], type_: str) -> None:
    """A function of one string and a string argument."""

    @function(FAMILY, name, 1)
    def build(call: Call) -> Code:
        source, place = one_text(call.source, call.place), call.place
        argument = one_text(call.given(0), place)

        def value(focus: Items, environment: Environment) -> Any:
            text = source(focus, environment)
            if text is None:
                return None
            other = argument(focus, environment)
            return None if other is None else answer(text, other)

        return truth(value) if type_ in BOOLEANS else scalar(value, type_)


_of_text("upper", str.upper, STRING)
_of_text("lower", str.lower, STRING)
_of_text("length", len, INTEGER)
_of_text("trim", str.strip, STRING)
_with_text("startsWith", str.startswith, "System.Boolean")
_with_text("endsWith", str.endswith, "System.Boolean")
_with_text("contains", lambda text, part: part in text, "System.Boolean")
_with_text("indexOf", str.find, INTEGER)
_with_text("lastIndexOf", str.rfind, INTEGER)


@function(FAMILY, "substring", 1, 2)
def _substring(call: Call) -> Code:
    source, place = one_text(call.source, call.place), call.place
    start_of = one_integer(call.given(0), place)
    length_of = one_integer(call.given(1), place) if len(call.arguments) == 2 else None

    def value(focus: Items, environment: Environment) -> str | None:
        text, start = source(focus, environment), start_of(focus, environment)
        if text is None or start is None or not 0 <= start < len(text):
            return None
        length = length_of(focus, environment) if length_of else None
        return text[start:] if length is None else text[start : start + max(length, 0)]

    return scalar(value, STRING)


@function(FAMILY, "toChars")
def _to_chars(call: Call) -> Code:
    source, place = one_text(call.source, call.place), call.place

    def run(focus: Items, environment: Environment) -> Items:
        text = source(focus, environment) or ""
        spend(environment, place, len(text))
        return [(STRING, char, None) for char in text]

    return Code(run, frozenset({STRING}))


@function(FAMILY, "replace", 2)
def _replace(call: Call) -> Code:
    source, place = one_text(call.source, call.place), call.place
    pattern_of, by_of = one_text(call.given(0), place), one_text(call.given(1), place)

    def value(focus: Items, environment: Environment) -> str | None:
        text, pattern, by = source(focus, environment), pattern_of(focus, environment), by_of(focus, environment)
        if text is None or pattern is None or by is None:
            return None
        if len(text) + (text.count(pattern) + 1) * len(by) > LONGEST_TEXT:
            raise too_long(place)
        return bounded(text.replace(pattern, by), place, environment)

    return scalar(value, STRING)


@function(FAMILY, "matches", 1)
def _matches(call: Call) -> Code:
    return _matching(call, whole=False)


@function(FAMILY, "matchesFull", 1)
def _matches_full(call: Call) -> Code:
    return _matching(call, whole=True)


def _matching(call: Call, *, whole: bool) -> Code:
    source, place = one_text(call.source, call.place), call.place
    pattern = call.given(0)
    known = pattern.constant[1] if pattern.constant is not None else None
    match = matcher(place, whole=whole, known=known if isinstance(known, str) else None)
    pattern_of = one_text(pattern, place)

    def test(focus: Items, environment: Environment) -> bool | None:
        text, written = source(focus, environment), pattern_of(focus, environment)
        return None if text is None or written is None else match(text, written, environment)

    return truth(test)


@function(FAMILY, "replaceMatches", 2)
def _replace_matches(call: Call) -> Code:
    source, place = one_text(call.source, call.place), call.place
    pattern_of, by_of = one_text(call.given(0), place), one_text(call.given(1), place)
    replace = replacer(place)

    def value(focus: Items, environment: Environment) -> str | None:
        text, pattern, by = source(focus, environment), pattern_of(focus, environment), by_of(focus, environment)
        if text is None or pattern is None or by is None:
            return None
        return bounded(replace(text, pattern, by, environment), place, environment)

    return scalar(value, STRING)


@function(FAMILY, "split", 1)
def _split(call: Call) -> Code:
    source, place = one_text(call.source, call.place), call.place
    separator_of = one_text(call.given(0), place)

    def run(focus: Items, environment: Environment) -> Items:
        text, separator = source(focus, environment), separator_of(focus, environment)
        if text is None or separator is None:
            return []
        parts = text.split(separator) if separator else list(text)
        spend(environment, place, len(parts))
        return [(STRING, part, None) for part in parts]

    return Code(run, frozenset({STRING}))


@function(FAMILY, "join", 0, 1)
def _join(call: Call) -> Code:
    run, place = call.source.run, call.place
    separator_of = one_text(call.given(0), place) if call.arguments else None

    def value(focus: Items, environment: Environment) -> str | None:
        texts = [item[1] for item in run(focus, environment)]
        separator = (separator_of(focus, environment) if separator_of else "") or ""
        if not texts:
            return None
        if not all(isinstance(text, str) for text in texts):
            raise place.problem("join() ne s'applique qu'à des textes.", "join() only applies to strings.")
        if len(texts) * len(separator) + sum(map(len, texts)) > LONGEST_TEXT:
            raise too_long(place)
        return bounded(separator.join(texts), place, environment)

    return scalar(value, STRING)


def _hexadecimal(text: str) -> str:
    return bytes.fromhex(text).decode()


_ENCODINGS: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "hex": (lambda text: text.encode().hex(), _hexadecimal),
    "base64": (
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.b64decode(text, validate=True).decode(),
    ),
    "urlbase64": (
        lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64decode(text).decode(),
    ),
}
_ESCAPES: dict[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "html": (lambda text: html.escape(text), html.unescape),
    "json": (
        lambda text: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t"),
        lambda text: text.replace('\\"', '"').replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\"),
    ),
}


def _coded(name: str, table: dict[str, tuple[Callable[[str], str], Callable[[str], str]]], way: int) -> None:
    @function(FAMILY, name, 1)
    def build(call: Call) -> Code:
        source, place = one_text(call.source, call.place), call.place
        format_of = one_text(call.given(0), place)

        def value(focus: Items, environment: Environment) -> str | None:
            text, form = source(focus, environment), format_of(focus, environment)
            if text is None or form is None:
                return None
            if form not in table:
                listed = ", ".join(table)
                raise place.problem(
                    f"{name}('{form}') : formes connues : {listed}.", f"{name}('{form}'): known forms: {listed}."
                )
            try:
                return bounded(table[form][way](text), place, environment)
            except (ValueError, binascii.Error, UnicodeDecodeError):
                return None

        return scalar(value, STRING)


_coded("encode", _ENCODINGS, 0)
_coded("decode", _ENCODINGS, 1)
_coded("escape", _ESCAPES, 0)
_coded("unescape", _ESCAPES, 1)
