"""What FHIR R4 defines, as data: types, elements, required codes, search parameters, compartments.

The table `r4.jsonl.zst` is made by `scripts/compile_r4.py` from the official package. It loads in about four
milliseconds; what belongs to one type is parsed when it is first asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

import orjson
import zstandard

SearchType = Literal["number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"]
TypeKind = Literal["resource", "abstract", "complex", "primitive"]

_CHOICE, _SUMMARY, _MODIFIER, _ATTRIBUTE = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a type.

    name       "birthDate"; "value" for value[x]
    types      FHIR types; the owner's path for a nested element: "Patient.contact"
    min, max   cardinality; max is None when unlimited
    choice     written with its type: value[x] → valueQuantity
    summary    part of _summary=true
    modifier   changes the meaning of the others: cannot be ignored
    attribute  a bare string that cannot carry extensions: id, Extension.url
    targets    {"Reference" or "canonical": resource types that may be referred to}; absent means any
    value_set  canonical URL of the required value set, when its codes are known; "" otherwise
    """

    name: str
    types: tuple[str, ...]
    min: int
    max: int | None
    choice: bool
    summary: bool
    modifier: bool
    attribute: bool
    targets: Mapping[str, tuple[str, ...]]
    value_set: str

    def json_names(self) -> tuple[tuple[str, str], ...]:
        """(member name in JSON, FHIR type) of each way to write this element."""
        if not self.choice:
            return tuple((self.name, code) for code in self.types)
        return tuple((self.name + code[0].upper() + code[1:], code) for code in self.types)


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite search parameter; its expression starts at each value of the composite's own."""

    name: str
    type: SearchType
    expression: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchParameter:
    """One search parameter of one resource type.

    expression   FHIRPath, only the branches that concern this type; see `extract.compiled`
    targets      resource types a reference may lead to
    components   parts of a composite
    comparators  prefixes that the specification lists for it (empty: not stated)
    """

    name: str
    type: SearchType
    expression: str
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    comparators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that a type states on itself, in FHIRPath."""

    path: str
    key: str
    severity: Literal["error", "warning"]
    expression: str


# Types that say who a person is without being in the Patient compartment. Practitioner and PractitionerRole are not
# here: they are what the national directories publish about professionals in the exercise of their profession.
_PERSONS = frozenset({"Patient", "Person", "RelatedPerson"})
# Types outside the Patient compartment that may carry a person's data all the same: they refer to a patient, wrap other
# resources, or hold any content.
_CARRIERS = frozenset(
    {
        "Binary",
        "BiologicallyDerivedProduct",
        "Bundle",
        "Contract",
        "Device",
        "EnrollmentResponse",
        "GuidanceResponse",
        "Linkage",
        "MessageHeader",
        "Parameters",
        "PaymentNotice",
        "PaymentReconciliation",
        "Subscription",
        "Task",
        "VerificationResult",
    }
)


class Definitions:
    """The facts of one FHIR version. Use `r4()`."""

    def __init__(self, table: bytes) -> None:
        header, value_sets, *self._lines = zstandard.ZstdDecompressor().decompress(table).split(b"\n")
        facts = orjson.loads(header)
        self._value_sets = value_sets
        self._index: dict[str, int] = {name: i for i, (name, _, _) in enumerate(facts["types"])}
        self._kinds: dict[str, TypeKind] = {name: kind for name, kind, _ in facts["types"]}
        self._bases: dict[str, str] = {name: base for name, _, base in facts["types"]}
        self._compartments: dict[str, dict[str, list[str]]] = facts["compartments"]
        self.version: str = facts["fhir"]
        self.resource_types: tuple[str, ...] = tuple(name for name, kind in self._kinds.items() if kind == "resource")
        self._codes = {name: code for code, name in enumerate(self.resource_types, start=1)}

    def type_code(self, name: str) -> int:
        """The number of a resource type in the store: its place, from 1, among the sorted names (else KeyError)."""
        return self._codes[name]

    def type_name(self, code: int) -> str:
        """The resource type of a number. Inverse of `type_code`."""
        if code < 1:
            raise IndexError(code)
        return self.resource_types[code - 1]

    def is_resource(self, name: str) -> bool:
        """Whether `name` is a concrete resource type."""
        return name in self._codes

    def kind(self, name: str) -> TypeKind | None:
        """resource, abstract, complex, primitive; None when R4 has no such type (nested elements are no types)."""
        return self._kinds.get(name)

    @cache  # noqa: B019 - one instance lives as long as the process
    def is_a(self, name: str, ancestor: str) -> bool:
        """Whether type `name` is `ancestor` or derives from it: Age is a Quantity, code is a string."""
        while name:
            if name == ancestor:
                return True
            name = self._bases.get(name, "")
        return False

    @lru_cache(maxsize=1024)  # noqa: B019
    def elements(self, path: str) -> Mapping[str, Element]:
        """Elements by name, in the specification's order, of a type ("Patient") or nested element ("Patient.contact").

        KeyError if unknown.
        """
        rows = self._facts(path.split(".", 1)[0])["elements"][path]
        return MappingProxyType({row[0]: _element(*row) for row in rows})

    @lru_cache(maxsize=256)  # noqa: B019
    def search_parameters(self, resource_type: str) -> Mapping[str, SearchParameter]:
        """Search parameters by name, sorted, with those common to all resources (_id, _lastUpdated, _tag, _profile, …).

        Parameters without an expression (_text, _content, _query, _filter) are not here. KeyError if unknown.
        """
        self._codes[resource_type]
        found: dict[str, SearchParameter] = {}
        name = resource_type
        while name:
            for row in self._facts(name).get("parameters", ()):
                found.setdefault(row[0], _search_parameter(*row))
            name = self._bases[name]
        return MappingProxyType(dict(sorted(found.items())))

    @lru_cache(maxsize=256)  # noqa: B019
    def summary(self, resource_type: str) -> frozenset[str]:
        """Names of the top-level elements that _summary=true keeps."""
        return frozenset(element.name for element in self.elements(resource_type).values() if element.summary)

    def invariants(self, type_name: str) -> tuple[Invariant, ...]:
        """The rules that a type states on itself and its nested elements."""
        return tuple(Invariant(*row) for row in self._facts(type_name).get("invariants", ()))

    def regex(self, primitive: str) -> str:
        """The regular expression that the specification gives for a primitive type, "" when none.

        For documentation and tests: some of them backtrack without bound, `check` uses its own.
        """
        return str(self._facts(primitive).get("regex", ""))

    def codes(self, value_set: str) -> Mapping[str, frozenset[str]]:
        """{system: codes} of a required value set. KeyError when its codes are not known (open or very large sets)."""
        return {system: frozenset(codes) for system, codes in self._all_value_sets[value_set].items()}

    @property
    def compartments(self) -> tuple[str, ...]:
        """The types that define a compartment."""
        return tuple(self._compartments)

    def compartment(self, name: str, resource_type: str) -> tuple[str, ...]:
        """Search parameters by which a resource type belongs to a compartment (Patient, Encounter, Device, …)."""
        return tuple(self._compartments[name].get(resource_type, ()))

    def patient_compartment(self, resource_type: str) -> tuple[str, ...]:
        """Search parameters by which a resource belongs to a patient's compartment; () when it never does."""
        return self.compartment("Patient", resource_type)

    def is_personal(self, resource_type: str) -> bool:
        """Whether resources of this type concern a person: the Patient compartment, Patient, Person, RelatedPerson; or may
        carry a person's data: Bundle, Binary, Task …

        Practitioner and PractitionerRole are professional directory data, published by law, and are not counted.
        """
        return resource_type in _PERSONS or resource_type in _CARRIERS or resource_type in self._compartments["Patient"]

    @cached_property
    def _all_value_sets(self) -> dict[str, dict[str, list[str]]]:
        found: dict[str, dict[str, list[str]]] = orjson.loads(self._value_sets)
        return found

    @lru_cache(maxsize=256)  # noqa: B019
    def _facts(self, type_name: str) -> dict[str, Any]:
        facts: dict[str, Any] = orjson.loads(self._lines[self._index[type_name]])
        return facts


@cache
def r4() -> Definitions:
    """The definitions of FHIR R4 (4.0.1), loaded once."""
    return Definitions((files(__package__) / "r4.jsonl.zst").read_bytes())


def _element(
    name: str,
    minimum: int,
    maximum: int,
    flags: int,
    types: list[str],
    targets: Mapping[str, list[str]] = MappingProxyType({}),
    value_set: str = "",
) -> Element:
    return Element(
        name,
        tuple(types),
        minimum,
        maximum or None,
        bool(flags & _CHOICE),
        bool(flags & _SUMMARY),
        bool(flags & _MODIFIER),
        bool(flags & _ATTRIBUTE),
        {code: tuple(allowed) for code, allowed in targets.items()},
        value_set,
    )


def _search_parameter(
    name: str, type_: SearchType, expression: str, targets: list[str], components: list[Any], comparators: list[str]
) -> SearchParameter:
    parts = tuple(Component(code, kind, path, tuple(to)) for code, kind, path, to in components)
    return SearchParameter(name, type_, expression, tuple(targets), parts, tuple(comparators))
