"""Filters of a value set: does a concept pass? Source: FHIR R4 valueset-filter-operator.html, codesystem.html#filters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from socle.kernel.fhir.units import Unit, unit
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.ecl import has
from socle.kernel.terminology.entries import Edition, Entry

PROPERTIES: Final = "http://hl7.org/fhir/concept-properties#"
UNITS: Final = "http://unitsofmeasure.org"
LOINC: Final = "http://loinc.org"
AXES: Final = ("COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP")  # of a term of LOINC
OPERATORS: Final = ("=", "is-a", "descendent-of", "is-not-a", "regex", "in", "not-in", "generalizes", "exists")
_HIERARCHY: Final = frozenset({"is-a", "descendent-of", "is-not-a", "generalizes"})
# What may be asked of any code system, whatever properties it declares.
_OF_ALL: Final = frozenset(
    {"concept", "code", "display", "definition", "parent", "child", "ancestor", "inactive"}
    | {"status", "notSelectable", "abstract", "constraint"}
)
_MEANT: Final = frozenset({"inactive", "status", "notSelectable", "abstract", "parent", "subsumedBy", "child"})
_WORKED_OUT: Final = frozenset({"parent", "child", "inactive"})  # said of each concept, whatever its properties
_CODES: Final = frozenset({"concept", "code", "parent"})  # properties of which the values are codes of the system
_LONGEST: Final = 1_000  # characters of a pattern
_PATIENCE: Final = 0.05  # seconds that a pattern may take on one value
_RULE: Final = "FHIR R4 valueset-filter-operator.html"


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter, ready to be asked of a concept.

    about    the property that it looks at
    values   of `in` and `not-in`, one by one
    anchor   the concept that `value` names, for the operators on the hierarchy
    pattern  compiled, for `regex`
    members  ranks that an expression constraint selects, or that are directly above others, as octets
    measured of units (UCUM): one that all those that pass convert into
    folded   whether it compares codes of a system in which case does not matter: its values are without case
    """

    about: str
    op: str
    value: str
    values: frozenset[str] = frozenset()
    anchor: Entry | None = None
    pattern: "regex.Pattern[str] | None" = None
    members: bytes = b""
    measured: Unit | None = None
    folded: bool = False

    @property
    def about_children(self) -> bool:
        """Whether it looks at the narrower concepts, of which a concept says nothing by itself."""
        return self.about == "child"

    @property
    def needs_selection(self) -> bool:
        """Whether its value is an expression constraint. Source: FHIR R4 snomedct.html#filters."""
        return self.about == "constraint" and self.op == "="

    @property
    def needs_anchor(self) -> bool:
        """Whether it names a concept."""
        return self.op in _HIERARCHY or (self.about == "ancestor" and self.op == "=")

    @property
    def wants_children(self) -> bool:
        """Of a filter about children, whether those that are in `members` pass; else the others."""
        return self.op in ("=", "in") or (self.op == "exists" and self.value == "true")

    def passes(self, entry: Entry) -> bool:
        """Whether a concept of the same edition passes. Raises: Problem(TOO_COSTLY) when a pattern takes too long."""
        match self.op:
            case "is-a":
                return self.anchor is not None and entry.is_a(self.anchor)
            case "descendent-of":
                return self.anchor is not None and entry.is_below(self.anchor)
            case "is-not-a":
                return self.anchor is not None and not entry.is_a(self.anchor)
            case "generalizes":
                return self.anchor is not None and self.anchor.is_a(entry)
        if self.needs_selection:
            return has(self.members, entry.rank)
        if self.measured is not None:
            found_unit = unit(entry.code)
            return found_unit is not None and found_unit.dimension == self.measured.dimension
        if self.about == "ancestor" and self.op == "=":
            return self.anchor is not None and entry.is_below(self.anchor)
        if self.about_children:
            return has(self.members, entry.rank) is self.wants_children
        found = values_of(entry, self.about)
        if self.folded:
            found = [value.casefold() for value in found]
        match self.op:
            case "=":
                return self.value in found
            case "in":
                return any(value in self.values for value in found)
            case "not-in":
                return not any(value in self.values for value in found)
            case "exists":
                return bool(found) is (self.value == "true")
            case _:
                return any(self._fits(value) for value in found)

    def _fits(self, value: str) -> bool:
        assert self.pattern is not None
        try:
            return self.pattern.fullmatch(value, timeout=_PATIENCE) is not None
        except TimeoutError:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"L'expression régulière « {self.value[:100]} » prend trop de temps ; écrivez-la sans répétitions "
                "imbriquées.",
                f"The regular expression “{self.value[:100]}” takes too long; write it without nested repetitions.",
                rule=_RULE,
            ) from None


def condition(
    edition: Edition, property: str, op: str, value: str, place: str, *, added: Sequence[str] = ()
) -> Condition:
    """A filter as it is written in a value set; its anchor is still to be found.

    place  FHIRPath of the filter, for errors
    added  properties that supplements of the edition declare
    Raises: Problem(INVALID | RULE_VIOLATED) for an operator, property or pattern that cannot be applied.
    """
    if op not in OPERATORS:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"L'opérateur « {op} » n'est pas de FHIR R4 ; opérateurs possibles : {', '.join(OPERATORS)}.",
            f"The operator “{op}” is not of FHIR R4; possible operators: {', '.join(OPERATORS)}.",
            expression=f"{place}.op",
            rule=_RULE,
            code="not-supported",
        )
    if op in _HIERARCHY and property not in ("concept", "code"):
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"L'opérateur « {op} » porte sur la hiérarchie : sa propriété est « concept », et non « {property} ».",
            f"The operator “{op}” is about the hierarchy: its property is “concept”, not “{property}”.",
            expression=f"{place}.property",
            rule=_RULE,
            code="not-supported",
        )
    if edition.timeless and property not in ("concept", "code"):
        return _of_grammar(edition, property, op, value, place)
    if edition.properties and property not in edition.properties and property not in _OF_ALL and property not in added:
        known = ", ".join(dict.fromkeys([*edition.properties, *added]))[:800]
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"{edition.canonical} n'a pas de propriété « {property[:100]} » ; les siennes : {known}.",
            f"{edition.canonical} has no property “{property[:100]}”; its own: {known}.",
            expression=f"{place}.property",
            rule=_RULE,
            code="not-supported",
        )
    property = _declared(edition, property)
    if (property == "child" and op == "regex") or (property == "ancestor" and op != "="):
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"L'opérateur « {op} » ne s'applique pas à « {property} » ; avec le code « concept », is-a, descendent-of et "
            "generalizes suivent la hiérarchie.",
            f"The operator “{op}” does not apply to “{property}”; on “concept”, is-a, descendent-of and generalizes follow the "
            "hierarchy.",
            expression=f"{place}.op",
            rule=_RULE,
            code="not-supported",
        )
    if op == "exists" and value not in ("true", "false"):
        raise Problem.of(
            Kind.INVALID,
            "La valeur de « exists » est true ou false.",
            "The value of “exists” is true or false.",
            expression=f"{place}.value",
            rule=_RULE,
        )
    folded = property in _CODES and op in ("=", "in", "not-in") and not edition.case_sensitive
    if folded:
        value = edition.compared(value)
    if op in ("in", "not-in"):
        values = frozenset(part.strip() for part in value.split(",") if part.strip())
        return Condition(property, op, value, values, folded=folded)
    if op == "regex":
        return Condition(property, op, value, pattern=_compiled(value, place))
    return Condition(property, op, value, folded=folded)


def names_a_part(edition: Edition, filter: Condition) -> bool:
    """Whether a filter names a part of LOINC (“Glucose”) where it could give its code. Source: FHIR R4 loinc.html."""
    return edition.url == LOINC and filter.about in AXES and filter.op == "=" and not filter.value.startswith("LP")


def parts_of(axis: str) -> Condition:
    """The parts of LOINC that may stand on an axis: their type is its name, or begins it (SCALE for SCALE_TYP)."""
    return Condition("PartTypeName", "in", axis, frozenset({axis, axis.partition("_")[0]}))


def meaning(uris: Mapping[str, str], property: str) -> str:
    """The property of FHIR's that a system declares under this code; the code itself when it is none.

    uris  of the properties that it declares, by code
    """
    uri = uris.get(property, "")
    name = uri.removeprefix(PROPERTIES)
    return name if name != uri and name in _MEANT else property


def meant(edition: Edition, property: str) -> str:
    """The same, of a system that is held; "parent" also where it says what subsumes it."""
    found = meaning({code: uri for code, (_, uri) in edition.properties.items()}, property)
    return "parent" if found == "subsumedBy" else found


def _declared(edition: Edition, property: str) -> str:
    """The property under which values are kept: the code that a system gives to one of FHIR's. What is worked out of each
    concept (parent, child, inactive) goes by the name that FHIR gives it.
    """
    worked_out = meant(edition, property)
    if worked_out in _WORKED_OUT:
        return worked_out
    if property in edition.properties:
        return property
    uri = PROPERTIES + property
    return next((code for code, (_, said) in edition.properties.items() if said == uri), property)


def _of_grammar(edition: Edition, property: str, op: str, value: str, place: str) -> Condition:
    """A filter on a system that is a grammar: units by what they convert into. Source: FHIR R4 ucum.html."""
    measured = unit(value) if edition.url == UNITS and property == "canonical" and op == "=" else None
    if measured is None:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"Ce filtre ({property[:100]} {op} {value[:100]}) ne s'applique pas à {edition.url}, qui est une grammaire ; "
            "seules les unités se filtrent, par « canonical = unité ».",
            f"This filter ({property[:100]} {op} {value[:100]}) does not apply to {edition.url}, which is a grammar; only "
            "units are filtered, by “canonical = unit”.",
            expression=f"{place}.property",
            rule=_RULE,
            code="not-supported",
        )
    return Condition(property, op, value, measured=measured)


def values_of(entry: Entry, property: str) -> list[str]:
    """The values of a property, among them those that every concept has: code, display, definition, parent."""
    match property:
        case "concept" | "code":
            return [entry.code]
        case "display":
            return [entry.display] if entry.display else []
        case "definition":
            return [entry.definition] if entry.definition else []
        case "parent":
            return list(entry.parents)
        case "inactive":
            return ["true" if entry.inactive else "false"]
    found = [value.value for value in entry.values if value.code == property]
    if property in ("notSelectable", "abstract") and not found:  # said of few: one that says nothing has no value
        return ["true"] if entry.abstract else []
    # A Coding is written "system|code"; a filter names the code alone, or both.
    return [*found, *(v.value.rpartition("|")[2] for v in entry.values if v.code == property and v.type == "Coding")]


def _compiled(pattern: str, place: str) -> "regex.Pattern[str]":
    try:
        if len(pattern) > _LONGEST:
            raise ValueError
        return regex.compile(pattern)
    except (regex.error, ValueError, RecursionError, OverflowError):
        raise Problem.of(
            Kind.INVALID,
            f"L'expression régulière « {pattern[:100]} » est incorrecte (ou dépasse {_LONGEST} caractères).",
            f"The regular expression “{pattern[:100]}” is wrong (or exceeds {_LONGEST} characters).",
            expression=f"{place}.value",
            rule=_RULE,
        ) from None
