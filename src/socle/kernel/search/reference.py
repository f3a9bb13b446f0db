"""The slow, obvious search engine: reads every resource and applies the specification to its values, word by word.

It shares no code with the fast one beyond the definitions and the extraction of values: no keys, no SQL. Tests
run random queries through both. Source: FHIR R4 search.html; choices that the specification leaves open are those of
docs/conformance/search.md.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any
from zoneinfo import ZoneInfo

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.temporal import BEGINNING, END, interval
from socle.kernel.search.reference_filter import filter_holds

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]

PARIS = ZoneInfo("Europe/Paris")
_PREFIXED = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+0-9])")
_INFINITY = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Entry:
    """A live resource; `rank` is its order of creation."""

    resource: Json
    updated: datetime
    rank: int

    @property
    def type(self) -> str:
        """Its type."""
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.resource["id"])


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`; an open end does not hold its bound."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What terminologies would say: the members of value sets, the parent of each code, as (system, code)."""

    value_sets: Mapping[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    parents: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def above(self, coding: tuple[str, str]) -> set[tuple[str, str]]:
        """The code and its ancestors."""
        found = {coding}
        while coding in self.parents:
            coding = self.parents[coding]
            found.add(coding)
        return found


class Reference:
    """Searches a list. `base`: the server's own base URL."""

    def __init__(
        self,
        definitions: Definitions,
        entries: Sequence[Entry],
        base: str,
        now: datetime,
        vocabulary: Vocabulary = Vocabulary(),
    ) -> None:
        self.definitions = definitions
        self.entries = entries
        self.base = base
        self.now = now
        self.vocabulary = vocabulary

    def search(self, resource_type: str, pairs: Pairs) -> list[Entry]:
        """What matches every criterion of `pairs`, sorted as `_sort` says."""
        sort = [name for pair, value in pairs if pair == "_sort" for name in value.split(",")]
        criteria = [(name, value) for name, value in pairs if name != "_sort"]
        found = [
            entry
            for entry in self.entries
            if entry.type == resource_type and all(self.satisfies(entry, name, value) for name, value in criteria)
        ]

        def compare(a: Entry, b: Entry) -> int:
            return self._compare(a, b, sort)

        return sorted(found, key=cmp_to_key(compare))

    # -- criteria ------------------------------------------------------------------------------------------------------

    def satisfies(self, entry: Entry, name: str, value: str) -> bool:
        """Whether a resource satisfies `name=value`."""
        if name == "_filter":
            return filter_holds(self, entry, value)
        if name == "_compartment":
            return self._in_compartment(entry, value)
        if name.startswith("_has:"):
            _, source, link, rest = name.split(":", 3)
            return any(
                self.leads(other, link, entry) and self.satisfies(other, rest, value)
                for other in self.entries
                if other.type == source
            )
        if "." in name:
            link, rest = name.split(".", 1)
            link, _, target = link.partition(":")
            return any(
                self.leads(entry, link, other) and self.satisfies(other, rest, value)
                for other in self.entries
                if other.type == (target or "Patient")
            )
        name, _, modifier = name.partition(":")
        if name == "_list":
            lists = [other for other in self.entries if other.type == "List" and other.id in value.split(",")]
            return any(self.leads(other, "item", entry) for other in lists)
        if modifier == "missing":
            return (not self.values(entry, name)) is (value == "true")
        any_of = any(self._one(entry, name, modifier, one) for one in _cut(value, ","))
        return not any_of if modifier in ("not", "not-in") else any_of

    def _in_compartment(self, entry: Entry, owner: str) -> bool:
        kind, id = owner.split("/")
        names = [
            name
            for name in self.definitions.compartment(kind, entry.type)
            if kind in self.definitions.search_parameters(entry.type)[name].targets
        ]
        return (entry.type, entry.id) == (kind, id) or any(self._one(entry, name, "", owner) for name in names)

    def parts_of(self, of: str, id: str) -> dict[str, set[str]]:
        """Of each resource of a hierarchical type, by id: those that it says it is a part of."""
        link = "partof" if "partof" in self.definitions.search_parameters(of) else "part-of"
        live = [other for other in self.entries if other.type == of]
        return {
            one.id: {other.id for other in live if self.leads(one, link, other)}
            | ({id} if self._one(one, link, of, id) else set())
            for one in live
        }

    def _line(self, of: str, id: str, modifier: str) -> set[str]:
        """The ids of a resource and of those above or below it."""
        parts = self.parts_of(of, id)
        live = set(parts)
        found, before = {id}, set[str]()
        while found != before:
            before = set(found)
            if modifier == "above":
                found |= {parent for one in before for parent in parts.get(one, ()) if parent in live}
            else:
                found |= {one for one, parents in parts.items() if parents & before}
        return found

    def _composites(self, entry: Entry, name: str) -> list[list[tuple[str, list[tuple[str, Any]]]]]:
        """Where the parts stand together: (type of parameter, values) of each part."""
        parameter = self.definitions.search_parameters(entry.type)[name]
        found: list[list[tuple[str, list[tuple[str, Any]]]]] = []
        for path in parameter.expression.split(" | "):
            if path == entry.type:  # in the resource itself: the plain parameters of these names
                plain = [
                    (str(part.type), self.values(entry, part.name.removeprefix("combo-")))
                    for part in parameter.components
                ]
                found.append(plain)
                continue
            for kind, element in compiled(path, entry.type)(entry.resource):
                found.append(
                    [
                        (str(one.type), compiled(one.expression, kind)(element, entry.resource))
                        for one in parameter.components
                    ]
                )
        return [parts for parts in found if all(values for _, values in parts)]

    def values(self, entry: Entry, name: str) -> list[tuple[str, Any]]:
        """What the parameter's expression finds."""
        parameter = self.definitions.search_parameters(entry.type)[name]
        if parameter.type == "composite":
            return [("", parts) for parts in self._composites(entry, name)]
        return compiled(parameter.expression, entry.type)(entry.resource)

    def texts(self, entry: Entry, name: str) -> list[str]:
        """The values of a string parameter as they are compared."""
        return [text for one in _strings(self.values(entry, name)) if (text := _simple(one))]

    def plain(self, text: str) -> str:
        """A text as it is compared."""
        return _simple(text)

    def overlaps(self, entry: Entry, name: str, value: str) -> bool:
        """Whether a value of a date parameter has a moment in common with what `value` says."""
        low, high = interval(value, PARIS)
        times = [time for kind, one in self.values(entry, name) if (time := _time(kind, one))]
        return any(start <= high and end >= low for start, end in times)

    def leads(self, source: Entry, link: str, target: Entry) -> bool:
        """Whether a resource refers to another by the parameter `link`."""
        here = f"{target.type}/{target.id}"
        for _, value in self.values(source, link):
            text = value if isinstance(value, str) else value.get("reference", "")
            if re.sub("/_history/.*", "", text.removeprefix(self.base + "/")) == here:
                return True
        return False

    def _one(self, entry: Entry, name: str, modifier: str, value: str) -> bool:
        if name == "_id":
            return entry.id == value
        if name == "_lastUpdated":
            return self._date_matches((entry.updated, entry.updated), value)
        kind = self.definitions.search_parameters(entry.type)[name].type
        if kind == "composite":
            texts = _cut(value, "$")
            return any(
                all(
                    self._matches(entry, name, of, values, "", text)
                    for (of, values), text in zip(parts, texts, strict=True)
                )
                for parts in self._composites(entry, name)
            )
        return self._matches(entry, name, kind, self.values(entry, name), modifier, value)

    def _matches(
        self, entry: Entry, name: str, of: str, values: list[tuple[str, Any]], modifier: str, value: str
    ) -> bool:
        """Whether one of the values of a parameter of type `of` is what is asked."""
        match of:
            case "token":
                return any(self._token_matches(entry.type, kind, one, modifier, value) for kind, one in values)
            case "string":
                return any(_string_matches(text, modifier, _plain(value)) for text in _strings(values))
            case "uri" if modifier:
                plain = _plain(value).rstrip("/")
                forms = [one.rstrip("/") for kind, item in values for one in _versionless(kind, item)]
                if modifier == "below":
                    return any(one == plain or one.startswith(plain + "/") for one in forms)
                return any(plain == one or plain.startswith(one + "/") for one in forms)
            case "uri":
                return any(
                    _plain(value) in (one, one.partition("|")[0] if kind == "canonical" else one)
                    for kind, one in values
                )
            case "date":
                return any(self._date_matches(time, value) for kind, one in values if (time := _time(kind, one)))
            case "special":
                lat, lon, distance = [float(part) for part in value.split("|")[:3]]
                metres = distance * (1000 if value.endswith("km") else 1)
                return any(_metres(one, lat, lon) <= metres for _, one in values)
            case "number":
                return any(_number_matches(one, value) for kind, item in values if (one := _range(kind, item)))
            case "quantity":
                return any(_quantity_matches(kind, one, value) for kind, one in values)
            case "reference" if modifier in ("above", "below"):
                of, _, id = _plain(value).rpartition("/")
                line = self._line(of, id, modifier)
                return any(self._reference_matches(one, of, id, entry, name) for _, one in values for id in line)
            case "reference":
                return any(self._reference_matches(one, modifier, value, entry, name) for _, one in values)
        raise AssertionError(name)

    def _token_matches(self, of: str, kind: str, found: Any, modifier: str, value: str) -> bool:
        if modifier in ("in", "not-in"):
            return not self.vocabulary.value_sets[_plain(value)].isdisjoint(_codes(kind, found))
        parts = [_plain(part) for part in _cut(value, "|")]
        if modifier in ("above", "below"):
            asked = (parts[0], parts[1])
            held = set(_codes(kind, found))
            if modifier == "above":
                return bool(held & self.vocabulary.above(asked))
            return any(asked in self.vocabulary.above(one) for one in held)
        if modifier == "of-type":
            system, code, text = parts
            return found.get("value", "").casefold() == text.casefold() and any(
                coding.get("system", "") == system and coding.get("code", "").casefold() == code.casefold()
                for coding in found.get("type", {}).get("coding", ())
            )
        for system, code in _codes(kind, found):
            same = code.casefold() == parts[-1].casefold() and code != ""
            if len(parts) == 1 and same:
                return True
            if len(parts) == 2 and system == parts[0] and (same or (parts[1] == "" and system != "")):
                return True
        if kind == "code" and len(parts) == 2 and found == "male":  # an implied system, that of the required value set
            return parts[0] == "http://hl7.org/fhir/administrative-gender" and parts[1].casefold() in ("male", "")
        return False

    def _date_matches(self, time: tuple[datetime, datetime], value: str) -> bool:
        prefix, text = _prefix(value)
        low, high = interval(text, PARIS)
        if prefix == "ap":
            margin = abs(self.now - low) / 10
            low = low - margin if low - BEGINNING > margin else BEGINNING
            high = high + margin if END - high > margin else END
        start, end = time
        contained = low <= start and end <= high
        return {
            "eq": contained,
            "ne": not contained,
            "gt": end > high,
            "lt": start < low,
            "ge": end > high or contained,
            "le": start < low or contained,
            "sa": start > high,
            "eb": end < low,
            "ap": start <= high and end >= low,
        }[prefix]

    def _reference_matches(self, found: Any, modifier: str, value: str, entry: Entry, name: str) -> bool:
        if modifier == "identifier":
            parts = [_plain(part) for part in _cut(value, "|")]
            identifier = found.get("identifier", {}) if isinstance(found, dict) else {}
            same = identifier.get("value", "").casefold() == parts[-1].casefold() and bool(parts[-1])
            if len(parts) == 1:
                return same
            return bool(identifier) and identifier.get("system", "") == parts[0] and (same or parts[1] == "")
        text = found if isinstance(found, str) else found.get("reference", "")
        if not text or text.startswith("#"):
            return False
        text = re.sub("/_history/.*", "", text.removeprefix(self.base + "/"))
        asked = _plain(value).removeprefix(self.base + "/")
        if modifier:
            return text == f"{modifier}/{asked.removeprefix(modifier + '/')}"
        if text == asked:
            return True
        targets = self.definitions.search_parameters(entry.type)[name].targets
        if name == "patient":
            targets = ("Patient",)
        return "/" not in asked and ":" not in asked and text in {f"{target}/{asked}" for target in targets}

    # -- order ---------------------------------------------------------------------------------------------------------

    def _compare(self, a: Entry, b: Entry, sort: list[str]) -> int:
        for name in sort:
            down, name = name.startswith("-"), name.removeprefix("-")
            left, right = self._sort_value(a, name, down), self._sort_value(b, name, down)
            if left == right:
                continue
            if left is None or right is None:
                return 1 if left is None else -1
            return 1 if (left > right) is not down else -1
        down = bool(sort) and sort[0].startswith("-")
        return (a.rank - b.rank) * (-1 if down else 1)

    def _sort_value(self, entry: Entry, name: str, down: bool) -> Any:
        if name == "_id":
            return entry.id
        if name == "_lastUpdated":
            return entry.updated
        found: list[Any] = []
        values = self.values(entry, name)
        match self.definitions.search_parameters(entry.type)[name].type:
            case "date":
                found = [time[0] for kind, one in values if (time := _time(kind, one))]
            case "string":
                found = [simple for text in _strings(values) if (simple := _simple(text))]
            case _:
                ranges = [one for kind, item in values if (one := _range(kind, item))]
                found = [one.low if not one.low_open else one.low + Decimal("1e-12") for one in ranges]
        return (max(found) if down else min(found)) if found else None


def _cut(value: str, separator: str) -> list[str]:
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


def _plain(value: str) -> str:
    for character in ",|$\\":
        value = value.replace("\\" + character, f"\x00{ord(character)}\x00")
    for character in ",|$\\":
        value = value.replace(f"\x00{ord(character)}\x00", character)
    return value


def _prefix(value: str) -> tuple[str, str]:
    found = _PREFIXED.match(value)
    return (found[1], value[2:]) if found else ("eq", value)


def _codes(kind: str, found: Any) -> Iterator[tuple[str, str]]:
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


def _metres(position: Json, lat: float, lon: float) -> float:
    """The distance, along a great circle, by the angle between two vectors."""
    ends = [(float(position["latitude"]), float(position["longitude"])), (lat, lon)]
    vectors = [
        (math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a))
        for a, b in ((math.radians(one), math.radians(other)) for one, other in ends)
    ]
    chord = math.dist(vectors[0], vectors[1])
    return 6_371_008.8 * 2 * math.asin(min(1.0, chord / 2))


def _versionless(kind: str, value: str) -> list[str]:
    """A canonical, and the same without its version."""
    return [value.partition("|")[0]] if kind == "canonical" else [value]


def _strings(values: list[tuple[str, Any]]) -> Iterator[str]:
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


def _simple(text: str) -> str:
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


def _string_matches(text: str, modifier: str, asked: str) -> bool:
    if modifier == "exact":
        return text == asked
    if modifier == "contains":
        return _simple(asked) in _simple(text)
    return _simple(text).startswith(_simple(asked))


def _time(kind: str, value: Any) -> tuple[datetime, datetime] | None:
    if isinstance(value, str):
        return interval(value, PARIS)
    if kind == "Period":
        start = interval(value["start"], PARIS)[0] if "start" in value else BEGINNING
        end = interval(value["end"], PARIS)[1] if "end" in value else END
        return (start, max(start, end)) if value.keys() & {"start", "end"} else None
    return None


def _range(kind: str, value: Any) -> Range | None:
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


def _number_matches(found: Range, value: str) -> bool:
    prefix, text = _prefix(value)
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


def _quantity_matches(kind: str, found: Any, value: str) -> bool:
    number, *unit = [_plain(part) for part in _cut(value, "|")]
    unit_of = (found.get("low") or found.get("high") or {}) if kind == "Range" else found
    if unit and unit[0] == "" and unit[1] not in (unit_of.get("code"), unit_of.get("unit")):
        return False
    if unit and unit[0] and (unit_of.get("system"), unit_of.get("code")) != (unit[0], unit[1]):
        return False
    wanted = _range(kind, found)
    return wanted is not None and _number_matches(wanted, number)
