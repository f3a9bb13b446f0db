"""Values and what is asked of them, one function a comparison: the words of the slow reference engine (`reference`)."""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from socle.kernel.fhir.common_units import UCUM, alike
from socle.kernel.fhir.temporal import BEGINNING, END, interval
from socle.kernel.fhir.units import Unit
from socle.kernel.phonetic import sound

Json = dict[str, Any]

PARIS = ZoneInfo("Europe/Paris")
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+0-9])")
_INFINITY = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; an open end does not hold its bound."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False


def cut(value: str, separator: str) -> list[str]:
    """Cut at separators that no backslash precedes."""
    parts, current, escaped = [], "", False
    for character in value:
        if escaped:
            current, escaped = current + "\\" + character, False
        elif character == "\\":
            escaped = True
        elif character == separator:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current + ("\\" if escaped else "")]


def plain_text(value: str) -> str:
    """A value without its backslashes."""
    for character in ",|$\\":
        value = value.replace("\\" + character, f"\x00{ord(character)}\x00")
    for character in ",|$\\":
        value = value.replace(f"\x00{ord(character)}\x00", character)
    return value


def prefixed(value: str) -> tuple[str, str]:
    """(prefix, the rest)."""
    found = _PREFIXED.match(value)
    return (found[1], value[2:]) if found else ("eq", value)


def codes_of(kind: str, found: Any) -> Iterator[tuple[str, str]]:
    """(system, code) pairs of a value."""
    if kind == "CodeableConcept":
        for coding in found.get("coding", ()):
            yield coding.get("system", ""), coding.get("code", "")
    elif kind == "Identifier":
        yield found.get("system", ""), found.get("value", "")
    elif kind == "ContactPoint":
        yield "", found.get("value", "")
        yield found.get("system", ""), found.get("value", "")
    elif isinstance(found, dict):
        yield found.get("system", ""), found.get("code", "")
    elif isinstance(found, bool):
        yield "", str(found).lower()
        yield "http://hl7.org/fhir/special-values", str(found).lower()
    else:
        yield "", str(found)


def metres_from(position: Json, lat: float, lon: float) -> float:
    """The distance, along a great circle, by the angle between two vectors."""
    ends = [(float(position["latitude"]), float(position["longitude"])), (lat, lon)]
    vectors = [
        (math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a))
        for a, b in ((math.radians(one), math.radians(other)) for one, other in ends)
    ]
    chord = math.dist(vectors[0], vectors[1])
    return 6_371_008.8 * 2 * math.asin(min(1.0, chord / 2))


def versionless(kind: str, value: str) -> list[str]:
    """A canonical, and the same without its version."""
    return [value.partition("|")[0]] if kind == "canonical" else [value]


def strings_of(values: list[tuple[str, Any]]) -> Iterator[str]:
    """The strings in names, addresses and plain strings."""
    for kind, value in values:
        if isinstance(value, str):
            yield value
            continue
        elements = {
            "HumanName": ["family", "given", "prefix", "suffix", "text"],
            "Address": ["line", "city", "district", "state", "postalCode", "country", "text"],
        }.get(kind, [])
        for element in elements:
            part = value.get(element, [])
            yield from [part] if isinstance(part, str) else [one for one in part if one]


def simplified(text: str) -> str:
    """Letter by letter: no case, no accent, no ligature; anything that is no letter and no digit is a space."""
    out = ""
    for character in text:
        for letter in unicodedata.normalize("NFKD", character).casefold():
            letter = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}.get(
                letter, letter
            )
            for plain in letter:
                if not unicodedata.combining(plain):
                    out += plain if plain.isalnum() else " "
    return " ".join(out.split())


def string_matches(text: str, modifier: str, asked: str) -> bool:
    """Whether a text is what is asked."""
    if modifier == "exact":
        return text == asked
    if modifier == "contains":
        return simplified(asked) in simplified(text)
    return simplified(text).startswith(simplified(asked))


def sounds_alike(texts: Iterable[str], asked: str) -> bool:
    """Whether each word asked sounds like a word of the texts, or all of them like one of the texts."""
    held = [simplified(text) for text in texts]
    words = {sound(word.upper()) for text in held for word in text.split()} | {sound(text.upper()) for text in held}
    plain = simplified(asked)
    return sound(plain.upper()) in words or {sound(word.upper()) for word in plain.split()} - {""} <= words


def is_current(named: str, resource: Json) -> bool:
    """Whether a functional list holds a resource, as docs/conformance/search.md says."""

    def codes(member: str) -> set[str]:
        value = resource.get(member, [])
        concepts = value if isinstance(value, list) else [value]
        return {
            coding.get("code", "")
            for one in concepts
            for coding in (one.get("coding", []) if isinstance(one, dict) else [{"code": one}])
        }

    believed = not codes("verificationStatus") & {"refuted", "entered-in-error"}
    of, status = resource["resourceType"], codes("clinicalStatus") | codes("status")
    match named, of:
        case "$current-problems", "Condition":
            listed = not resource.get("category") or "problem-list-item" in codes("category")
            return believed and listed and bool(status & {"active", "recurrence", "relapse"})
        case "$current-allergies", "AllergyIntolerance":
            return believed and "active" in status
        case "$current-drug-allergies", "AllergyIntolerance":
            return believed and "active" in status and "medication" in codes("category")
        case "$current-medications", "MedicationStatement":
            return "active" in status
        case "$current-medications", "MedicationRequest":
            return "active" in status and bool({one for one in codes("intent") if one.endswith("order")})
    return False


def time_of(kind: str, value: Any) -> tuple[datetime, datetime] | None:
    """The interval of a date; None without one."""
    if isinstance(value, str):
        return interval(value, PARIS)
    if kind == "Period":
        start = interval(value["start"], PARIS)[0] if "start" in value else BEGINNING
        end = interval(value["end"], PARIS)[1] if "end" in value else END
        return (start, max(start, end)) if value.keys() & {"start", "end"} else None
    return None


def range_of(kind: str, value: Any) -> Range | None:
    """The numbers that a value may be; None without any."""
    if kind == "Range":
        ends = [value.get(end, {}).get("value") for end in ("low", "high")]
        if ends == [None, None]:
            return None
        return Range(
            -_INFINITY if ends[0] is None else Decimal(ends[0]), _INFINITY if ends[1] is None else Decimal(ends[1])
        )
    number = value.get("value") if isinstance(value, dict) else value
    if number is None:
        return None
    number = Decimal(number)
    return {
        "<": Range(-_INFINITY, number, high_open=True),
        "<=": Range(-_INFINITY, number),
        ">": Range(number, _INFINITY, low_open=True),
        ">=": Range(number, _INFINITY),
    }.get(value.get("comparator", "") if isinstance(value, dict) else "", Range(number, number))


def number_matches(found: Range, value: str) -> bool:
    """Whether numbers are what is asked, prefix and precision included."""
    prefix, text = prefixed(value)
    asked = Decimal(text)
    if prefix == "ap":
        margin = abs(asked) / 10
        above = found.high >= asked - margin and not (found.high_open and found.high == asked - margin)
        return above and found.low <= asked + margin and not (found.low_open and found.low == asked + margin)
    digits = text.lower().partition("e")
    decimals = len(digits[0].partition(".")[2]) - int(digits[2] or 0)
    half = Decimal(1).scaleb(-decimals) / 2
    inside = asked - half <= found.low and (
        found.high < asked + half or (found.high_open and found.high == asked + half)
    )
    return {
        "eq": inside,
        "ne": not inside,
        "gt": found.high > asked,
        "lt": found.low < asked,
        "ge": found.high > asked or (found.high == asked and not found.high_open),
        "le": found.low < asked or (found.low == asked and not found.low_open),
        "sa": found.low > asked or (found.low == asked and found.low_open),
        "eb": found.high < asked or (found.high == asked and found.high_open),
    }[prefix]


def quantity_matches(kind: str, found: Any, value: str) -> bool:
    """Whether a quantity is what is asked, unit included."""
    number, *unit = [plain_text(part) for part in cut(value, "|")]
    unit_of = (found.get("low") or found.get("high") or {}) if kind == "Range" else found
    if unit and unit[0] == "" and unit[1] not in (unit_of.get("code"), unit_of.get("unit")):
        return False
    wanted = range_of(kind, found)
    if unit and unit[0]:
        if unit_of.get("system") != unit[0]:
            return False
        if unit[0] == UCUM and (units := alike(unit[1])) and unit_of.get("code") in units and wanted is not None:
            wanted = _converted(wanted, units[unit_of["code"]], units[unit[1]])
        elif unit_of.get("code") != unit[1]:
            return False
    return wanted is not None and number_matches(wanted, number)


def place_of(kind: str, found: Any) -> tuple[str, Decimal, bool] | None:
    """Where a quantity stands among others: what is measured, the least that it may be in one unit, whether it is more."""
    wanted = range_of(kind, found)
    if wanted is None:
        return None
    unit = (found.get("low") or found.get("high") or {}) if kind == "Range" else found
    code, system = unit.get("code", ""), unit.get("system", "")
    units = alike(code) if system == UCUM else {}
    if len(units) < 2:
        return f"{system}|{code or unit.get('unit', '')}", wanted.low, wanted.low_open
    first = min(units)
    return first, _converted(wanted, units[code], units[first]).low, wanted.low_open


def _converted(found: Range, of: Unit, to: Unit) -> Range:
    """The same measures in another unit."""

    def there(value: Decimal) -> Decimal:
        if value.is_infinite():
            return value
        exact = (Fraction(value) + of.shift) * of.factor / to.factor - to.shift
        with localcontext() as context:
            context.prec = 60
            return Decimal(exact.numerator) / Decimal(exact.denominator)

    return Range(there(found.low), there(found.high), found.low_open, found.high_open)
