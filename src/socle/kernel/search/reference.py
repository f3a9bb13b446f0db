"""The slow, obvious search engine: reads every resource and applies the specification to its values, word by word.

It shares no code with the fast one beyond the definitions and the extraction of values: no keys, no SQL. Tests
run random queries through both. Source: FHIR R4 search.html; choices that the specification leaves open are those of
docs/conformance/search.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.temporal import BEGINNING, END, interval
from socle.kernel.search.reference_filter import filter_holds
from socle.kernel.search.reference_values import (
    PARIS,
    codes_of,
    cut,
    is_current,
    metres_from,
    number_matches,
    place_of,
    plain_text,
    prefixed,
    quantity_matches,
    range_of,
    simplified,
    sounds_alike,
    string_matches,
    strings_of,
    time_of,
    versionless,
)

Json = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


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
        within = dict(pairs).get("_contained", "false")
        pairs = [pair for pair in pairs if pair[0] != "_contained"]
        sort = [name for pair, value in pairs if pair == "_sort" for name in value.split(",")]
        criteria = [(name, value) for name, value in pairs if name != "_sort"]
        found = [
            entry
            for entry in self.entries
            if any(
                one.type == resource_type and all(self.satisfies(one, name, value) for name, value in criteria)
                for one in self._searched(entry, within)
            )
        ]

        def compare(a: Entry, b: Entry) -> int:
            return self._compare(a, b, sort)

        return sorted(found, key=cmp_to_key(compare))

    def _searched(self, entry: Entry, within: str) -> list[Entry]:
        """The resource, those that it contains, or both."""
        contained = [Entry(one, entry.updated, entry.rank) for one in entry.resource.get("contained", [])]
        return [*([entry] if within != "true" else []), *(contained if within != "false" else [])]

    def included(self, matches: Sequence[Entry], includes: Pairs) -> set[tuple[str, str]]:
        """(type, id) of what goes with `matches`; `includes`: (_include | _revinclude, :iterate or not; what it asks)."""
        found = {(one.type, one.id): one for one in matches}
        layer, first = list(matches), True
        while layer:
            added: dict[tuple[str, str], Entry] = {}
            for name, value in includes:
                if first or name.endswith(":iterate"):
                    for one in layer:
                        for other in self._beside(one, name.partition(":")[0], value):
                            added.setdefault((other.type, other.id), other)
            layer, first = [one for place, one in added.items() if place not in found], False
            found |= added
        return set(found) - {(one.type, one.id) for one in matches}

    def _beside(self, entry: Entry, name: str, value: str) -> list[Entry]:
        """What one step of `_include` or `_revinclude` leads to from a resource."""
        source, link, target = (*value.split(":"), "")[:3]
        if name == "_include":
            if entry.type != source:
                return []
            leads = [other for other in self.entries if self.leads(entry, link, other)]
            return [other for other in leads if target in ("", other.type)]
        if target not in ("", entry.type):
            return []
        return [other for other in self.entries if other.type == source and self.leads(other, link, entry)]

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
            named = value.split(",")
            lists = [other for other in self.entries if other.type == "List" and other.id in named]
            return any(self.leads(other, "item", entry) for other in lists) or any(
                is_current(one, entry.resource) for one in named
            )
        if modifier == "missing":
            return (not self.values(entry, name)) is (value == "true")
        any_of = any(self._one(entry, name, modifier, one) for one in cut(value, ","))
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
                        (
                            str(one.type),
                            compiled(f"{entry.type}.{path}", entry.type)(entry.resource)
                            if (path := one.expression.removeprefix("%resource.")) != one.expression
                            else compiled(one.expression, kind)(element, entry.resource),
                        )
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
        return [text for one in strings_of(self.values(entry, name)) if (text := simplified(one))]

    def plain(self, text: str) -> str:
        """A text as it is compared."""
        return simplified(text)

    def overlaps(self, entry: Entry, name: str, value: str) -> bool:
        """Whether a value of a date parameter has a moment in common with what `value` says."""
        low, high = interval(value, PARIS)
        times = [time for kind, one in self.values(entry, name) if (time := time_of(kind, one))]
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
            texts = cut(value, "$")
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
            case "string" if name == "phonetic":
                return any(sounds_alike(strings_of(values), plain_text(value)) for values in [values])
            case "string":
                return any(string_matches(text, modifier, plain_text(value)) for text in strings_of(values))
            case "uri" if modifier:
                plain = plain_text(value).rstrip("/")
                forms = [one.rstrip("/") for kind, item in values for one in versionless(kind, item)]
                if modifier == "below":
                    return any(one == plain or one.startswith(plain + "/") for one in forms)
                return any(plain == one or plain.startswith(one + "/") for one in forms)
            case "uri":
                return any(
                    plain_text(value) in (one, one.partition("|")[0] if kind == "canonical" else one)
                    for kind, one in values
                )
            case "date":
                return any(self._date_matches(time, value) for kind, one in values if (time := time_of(kind, one)))
            case "special":
                lat, lon, distance = [float(part) for part in value.split("|")[:3]]
                metres = distance * (1000 if value.endswith("km") else 1)
                return any(metres_from(one, lat, lon) <= metres for _, one in values)
            case "number":
                return any(number_matches(one, value) for kind, item in values if (one := range_of(kind, item)))
            case "quantity":
                return any(quantity_matches(kind, one, value) for kind, one in values)
            case "reference" if modifier in ("above", "below"):
                of, _, id = plain_text(value).rpartition("/")
                line = self._line(of, id, modifier)
                return any(self._reference_matches(one, of, id, entry, name) for _, one in values for id in line)
            case "reference":
                return any(self._reference_matches(one, modifier, value, entry, name) for _, one in values)
        raise AssertionError(name)

    def _token_matches(self, of: str, kind: str, found: Any, modifier: str, value: str) -> bool:
        if modifier in ("in", "not-in"):
            return not self.vocabulary.value_sets[plain_text(value)].isdisjoint(codes_of(kind, found))
        parts = [plain_text(part) for part in cut(value, "|")]
        if modifier in ("above", "below"):
            asked = (parts[0], parts[1])
            held = set(codes_of(kind, found))
            if modifier == "above":
                return bool(held & self.vocabulary.above(asked))
            return any(asked in self.vocabulary.above(one) for one in held)
        if modifier == "of-type":
            system, code, text = parts
            return found.get("value", "").casefold() == text.casefold() and any(
                coding.get("system", "") == system and coding.get("code", "").casefold() == code.casefold()
                for coding in found.get("type", {}).get("coding", ())
            )
        for system, code in codes_of(kind, found):
            same = code.casefold() == parts[-1].casefold() and code != ""
            if len(parts) == 1 and same:
                return True
            if len(parts) == 2 and system == parts[0] and (same or (parts[1] == "" and system != "")):
                return True
        if kind == "code" and len(parts) == 2 and found == "male":  # an implied system, that of the required value set
            return parts[0] == "http://hl7.org/fhir/administrative-gender" and parts[1].casefold() in ("male", "")
        return False

    def _date_matches(self, time: tuple[datetime, datetime], value: str) -> bool:
        prefix, text = prefixed(value)
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
            parts = [plain_text(part) for part in cut(value, "|")]
            identifier = found.get("identifier", {}) if isinstance(found, dict) else {}
            same = identifier.get("value", "").casefold() == parts[-1].casefold() and bool(parts[-1])
            if len(parts) == 1:
                return same
            return bool(identifier) and identifier.get("system", "") == parts[0] and (same or parts[1] == "")
        text = found if isinstance(found, str) else found.get("reference", "")
        if not text or text.startswith("#"):
            return False
        text = re.sub("/_history/.*", "", text.removeprefix(self.base + "/"))
        asked = plain_text(value).removeprefix(self.base + "/")
        if modifier:
            return text == f"{modifier}/{asked.removeprefix(modifier + '/')}"
        if text == asked:
            return True
        targets = self.definitions.search_parameters(entry.type)[name].targets
        if name == "patient":
            targets = ("Patient",)
        return "/" not in asked and ":" not in asked and text in {f"{target}/{asked}" for target in targets}

    def _address(self, found: Any) -> str:
        text = str(found if isinstance(found, str) else found.get("reference", "")).removeprefix(self.base + "/")
        return "" if text.startswith("#") else re.sub("/_history/.*", "", text) if ":" not in text else text

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
                found = [time[0] for kind, one in values if (time := time_of(kind, one))]
            case "string":
                found = [simple for text in strings_of(values) if (simple := simplified(text))]
            case "token":
                found = [code.casefold() for kind, one in values for _, code in codes_of(kind, one) if code]
            case "uri":
                found = [one for _, one in values]
            case "reference":
                found = [text for _, one in values if (text := self._address(one))]
            case "quantity":
                found = [place for kind, one in values if (place := place_of(kind, one))]
            case _:
                ranges = [one for kind, item in values if (one := range_of(kind, item))]
                found = [one.low if not one.low_open else one.low + Decimal("1e-12") for one in ranges]
        return (max(found) if down else min(found)) if found else None
