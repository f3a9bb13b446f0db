"""The search parameters of a register, by type: the standard's, then the register's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from socle.kernel.fhir.definitions import Definitions, SearchParameter
from socle.kernel.fhir.keys import key
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.register import Register

# Of every resource, answered by the store's own columns: not indexed, no bit.
COLUMNS = frozenset({"_id", "_lastUpdated"})
# Legal in R4, refused here with words of their own (docs/conformance/search.md).
UNSUPPORTED = frozenset({"_text", "_content", "_query"})
_REFUSED_KINDS = frozenset({"composite", "special"})
_REFUSED_NAMES = frozenset({"phonetic"})  # a promise of phonetic matching that nothing here keeps

_BRANCH = re.compile(r"\(?\s*([A-Z]\w+(?:\.\w+)+?)(?:\.as\((\w+)\)|\s+as\s+(\w+))?\s*\)?")
_RESOLVED = re.compile(r"resolve\(\)\s+is\s+(\w+)")
_SHORT = frozenset({"date", "dateTime", "instant"})


class Parameters:
    """What can be asked of each type of one register."""

    def __init__(self, register: Register, definitions: Definitions) -> None:
        self._register = register
        self.definitions = definitions

    @lru_cache(maxsize=256)  # noqa: B019 - one instance lives as long as its register
    def of(self, resource_type: str) -> Mapping[str, Parameter]:
        """Parameters of a type by name. KeyError if the type is unknown."""
        own = self._register.parameters.get(resource_type, {})
        standard = self.definitions.search_parameters(resource_type)
        every = {**standard, **{name: own[name] for name in sorted(own) if name not in standard}}
        principal = _principal(every)
        made = (self._made(resource_type, bit, one, principal) for bit, one in enumerate(every.values()))
        return MappingProxyType({parameter.name: parameter for parameter in made})

    @lru_cache(maxsize=256)  # noqa: B019
    def elements(self, resource_type: str) -> frozenset[str]:
        """Names of a type's top-level elements, as `_elements` takes them: "value", "value[x]" or "valueQuantity".

        KeyError if the type is unknown.
        """
        elements = self.definitions.elements(resource_type).values()
        written = {json for element in elements for json, _ in element.json_names()}
        return frozenset(written | {e.name for e in elements} | {f"{e.name}[x]" for e in elements if e.choice})

    def _made(self, resource_type: str, bit: int, one: SearchParameter, principal: str) -> Parameter:
        shape = self._shape(one.expression)
        refused = one.type in _REFUSED_KINDS or one.name in _REFUSED_NAMES
        return Parameter(
            resource_type=resource_type,
            name=one.name,
            type="special" if refused else one.type,
            expression=one.expression,
            targets=self._targets(one) if one.type == "reference" else (),
            bit=bit,
            key=key("p", resource_type, one.name),
            reference=key("r", resource_type, one.name),
            principal=one.name == principal,
            single=not shape.repeats,
            short=shape.types <= _SHORT,
            systems=shape.systems if one.type == "token" else {},
        )

    def _targets(self, one: SearchParameter) -> tuple[str, ...]:
        """Types that a reference may lead to: `patient` means Patient even where a Group may stand."""
        resolved = frozenset(_RESOLVED.findall(one.expression)) or frozenset(
            {"Patient"} if one.name == "patient" else ()
        )
        targets = one.targets or self.definitions.resource_types
        return tuple(of for of in targets if not resolved or of in resolved)

    def _shape(self, expression: str) -> "_Shape":
        branches = [_BRANCH.fullmatch(branch.strip()) for branch in expression.split(" | ")]
        paths = {branch[1] for branch in branches if branch}
        if not all(branches) or len(paths) != 1:
            return _Shape(frozenset({"?"}), True, {})
        types: set[str] = set()
        repeats = False
        systems: Mapping[str, str] = {}
        for branch in branches:
            assert branch is not None
            found = self._walked(branch[1])
            cast = branch[2] or branch[3]
            types |= {cast} if cast else set(found.types)
            repeats, systems = repeats or found.repeats, found.systems
        return _Shape(frozenset(types), repeats, systems)

    def _walked(self, path: str) -> "_Shape":
        current, *steps = path.split(".")
        types: tuple[str, ...] = (current,)
        repeats, value_set = False, ""
        for step in steps:
            try:
                element = self.definitions.elements(types[0])[step]
            except KeyError:
                return _Shape(frozenset({"?"}), True, {})
            types, value_set = element.types, element.value_set
            repeats = repeats or element.max != 1
        return _Shape(frozenset(types), repeats, self._systems(value_set) if types == ("code",) else {})

    def _systems(self, value_set: str) -> dict[str, str]:
        if not value_set:
            return {}
        try:
            found = self.definitions.codes(value_set)
        except KeyError:
            return {}
        return {code: system for system, codes in found.items() for code in codes}


@dataclass(frozen=True, slots=True)
class _Shape:
    types: frozenset[str]
    repeats: bool
    systems: Mapping[str, str]


def _principal(parameters: Mapping[str, SearchParameter]) -> str:
    """The date parameter whose bounds stand in the resource's own row."""
    dates = [one.name for one in parameters.values() if one.type == "date" and one.name not in COLUMNS]
    for name in ("date", "birthdate"):
        if name in dates:
            return name
    return dates[0] if dates else ""
