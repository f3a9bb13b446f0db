"""The search parameters of a register, by type: the standard's, then the register's own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from socle.kernel.fhir.definitions import Component, Definitions, SearchParameter
from socle.kernel.fhir.keys import key
from socle.kernel.search.custom import Learnt
from socle.kernel.search.pairs import Pairs
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.register import Codes, Register
from socle.kernel.search.types.composite import OUTSIDE, RANGED

# Of every resource, answered by the store's own columns: not indexed, no bit.
COLUMNS = frozenset({"_id", "_lastUpdated"})
# Legal in R4, refused here with words of their own (docs/conformance/search.md).
UNSUPPORTED = frozenset({"_text", "_content", "_contained", "_containedType"})
_REFUSED_KINDS = frozenset({"composite", "special"})
PHONETIC = "phonetic"  # offered with full text, whose index holds the sounds

_SWAPPED = frozenset({("DocumentReference", "relationship")})  # R4 gives each part the expression of the other

_BRANCH = re.compile(r"\(?\s*([A-Z]\w+(?:\.\w+)+?)(?:\.as\((\w+)\)|\s+as\s+(\w+))?\s*\)?")
_RESOLVED = re.compile(r"resolve\(\)\s+is\s+(\w+)")
_SHORT = frozenset({"date", "dateTime", "instant"})


class Parameters:
    """What can be asked of each type of one register."""

    def __init__(self, register: Register, definitions: Definitions, learnt: Sequence[Learnt] = ()) -> None:
        self._register = register
        self._learnt = tuple(learnt)
        self.definitions = definitions

    @lru_cache(maxsize=256)  # noqa: B019 - one instance lives as long as its register
    def of(self, resource_type: str) -> Mapping[str, Parameter]:
        """Parameters of a type by name. KeyError if the type is unknown."""
        own = self._register.parameters.get(resource_type, {})
        standard = self.definitions.search_parameters(resource_type)
        every = {**standard, **{name: own[name] for name in sorted(own) if name not in standard}}
        principal = _principal(every)
        made = {one.name: self._made(resource_type, bit, one, principal) for bit, one in enumerate(every.values())}
        for one in every.values():
            if one.type == "composite":
                made[one.name] = self._composite(made[one.name], one, made)
        if PHONETIC in made and made[PHONETIC].type == PHONETIC:  # absent where the names that it reads are
            read = made[PHONETIC].expression
            of_names = [one for one in made.values() if one.type == "string" and one.expression == read]
            made[PHONETIC] = replace(made[PHONETIC], bit=of_names[0].bit if of_names else made[PHONETIC].bit)
        # Each has a bit of its own, also those that are no longer asked.
        for bit, new in enumerate((one for one in self._learnt if one.base == resource_type), start=len(every)):
            if not new.retired and new.definition.name not in made:
                plain = self._made(resource_type, bit, new.definition, "")
                made[plain.name] = replace(plain, learnt=True, building=not new.ready)
        return MappingProxyType(made)

    @lru_cache(maxsize=256)  # noqa: B019 - one instance lives as long as its register
    def pairs(self, resource_type: str) -> Pairs | None:
        """The pairs of values that are kept of a type, None when there are none."""
        kept = self._register.paired.get(resource_type, ())
        return Pairs(resource_type, kept, self.of(resource_type)) if kept else None

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
        near = one.type == "special" and one.name == "near"
        sounds = one.type == "string" and one.name == PHONETIC
        refused = one.type in _REFUSED_KINDS or (sounds and not self._register.full_text)
        return Parameter(
            resource_type=resource_type,
            name=one.name,
            type="near" if near else "special" if refused else PHONETIC if sounds else one.type,
            expression=one.expression,
            targets=self._targets(one) if one.type == "reference" else (),
            bit=bit,
            key=key("p", resource_type, one.name),
            reference=key("r", resource_type, one.name),
            principal=one.name == principal,
            single=not shape.repeats,
            short=shape.types <= _SHORT,
            systems=shape.systems if one.type == "token" else {},
            begun=one.name in self._register.begun.get(resource_type, ()),
            walked=one.name in self._register.walked.get(resource_type, ()),
            paired=any(
                isinstance(pair, Codes) and one.name in (pair.first, pair.second)
                for pair in self._register.paired.get(resource_type, ())
            ),
        )

    def _composite(self, parameter: Parameter, one: SearchParameter, known: Mapping[str, Parameter]) -> Parameter:
        """A composite, as types/composite.py takes it; special when its parts cannot be compared together."""
        of = parameter.resource_type
        whole: list[tuple[Parameter, ...]] = []
        paths: list[str] = []
        for path in one.expression.split(" | "):
            if path == of or not self._walked(path).repeats:
                plain = tuple(_plain_of(path, part, known) for part in one.components)
                if not all(plain):
                    return parameter
                whole.append(tuple(found for found in plain if found))
            else:
                paths.append(path)
        ranged = [part.type for part in one.components if part.type in RANGED]
        if paths and len(ranged) > 1 and ranged != ["number", "number"]:
            return parameter
        if any("%" in part.expression.removeprefix(OUTSIDE) for part in one.components):
            return parameter
        expressions = [part.expression for part in one.components]
        if (of, one.name) in _SWAPPED:
            expressions.reverse()
        parts = tuple(
            Parameter(
                of,
                f"{one.name}${part.name}",
                part.type,
                expression,
                known[part.name].targets if part.name in known else part.targets,
                reference=key("r", of, f"{one.name}${part.name}"),
            )
            for part, expression in zip(one.components, expressions, strict=True)
        )
        keeper = self._keeper(of, " | ".join(paths), expressions) or one.name
        parts = tuple(
            replace(part, name=f"{keeper}${n}", reference=key("r", of, f"{keeper}${n}")) for n, part in enumerate(parts)
        )
        return replace(
            parameter,
            type="composite",
            parts=parts,
            whole=tuple(whole),
            paths=tuple(paths),
            keeper=keeper,
            kept=known[keeper].bit,
        )

    def _keeper(self, of: str, path: str, expressions: Sequence[str]) -> str:
        """The first composite, by name, that has these parts in these elements and nowhere else."""
        every = self.definitions.search_parameters(of).values()
        return next(
            (
                one.name
                for one in every
                if one.type == "composite"
                and one.expression == path
                and [part.expression for part in one.components] == list(expressions)
            ),
            "",
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


def _branches(expression: str, root: str = "") -> frozenset[str]:
    """The branches of an expression, each written one way: "Observation.value as Quantity"."""
    found: set[str] = set()
    for branch in expression.split(" | "):
        bare = re.sub(r"\.as\((\w+)\)", r" as \1", branch.strip()).strip("()")
        found.add(f"{root}.{bare}" if root else bare)
    return frozenset(found)


def _plain_of(path: str, part: Component, known: Mapping[str, Parameter]) -> Parameter | None:
    """The plain parameter that finds what a part of a composite does: of those that find it, the most precise."""
    wanted = _branches(part.expression, path)
    able = [
        one for one in known.values() if one.type == part.type and not one.parts and wanted <= _branches(one.expression)
    ]
    return min(able, key=lambda one: len(_branches(one.expression)), default=None)


def _principal(parameters: Mapping[str, SearchParameter]) -> str:
    """The date parameter whose bounds stand in the resource's own row."""
    dates = [one.name for one in parameters.values() if one.type == "date" and one.name not in COLUMNS]
    for name in ("date", "birthdate"):
        if name in dates:
            return name
    return dates[0] if dates else ""
