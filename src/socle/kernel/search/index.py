"""From a resource to its search keys. Only the parameters whose elements are present are evaluated."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.primitives import is_id
from socle.kernel.outcome import Problem
from socle.kernel.search.custom import Learnt
from socle.kernel.search.pairs import Pairs
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.parameters import COLUMNS, Parameters
from socle.kernel.search.register import Register
from socle.kernel.search.types import TYPES, composite, reference
from socle.kernel.store.contract import Json, Keys

Extract = Callable[[Json], list[tuple[str, Any]]]
_ROOT = re.compile(r"\b([A-Z]\w+)\.(\w+)(?:\.as\((\w+)\)|\.ofType\((\w+)\)|\s+as\s+(\w+))?")
_MOST_SHAPES = 500  # lists of members remembered, per type
_MOST_RECURRING = 50_000  # values of members remembered
_META = re.compile(r"Resource\.meta\.(\w+)")


class _Step(NamedTuple):
    """One parameter to evaluate. `compartment`: its rank among those that say whose data it is, -1 when it does not."""

    mask: int
    extract: Extract
    keys: Callable[..., None]
    parameter: Parameter
    compartment: int


_Found = tuple[tuple[str, ...], list[_Step]]  # members of which what they give is remembered, steps to evaluate


@dataclass(frozen=True, slots=True)
class _Plan:
    """Steps of one type: those of one member, those of several (taken once), those of meta's members, those always taken.

    recurring  members of which what they give is remembered
    pairs      of values, see `pairs`
    """

    always: tuple[_Step, ...]
    by_member: Mapping[str, tuple[_Step, ...]]
    shared: Mapping[str, tuple[_Step, ...]]
    of_meta: Mapping[str, _Step]
    recurring: frozenset[str]
    pairs: Pairs | None
    by_shape: dict[tuple[str | None, ...], _Found] = field(default_factory=dict)


class Indexer:
    """Computes keys for one register.

    bases      the server's own base URLs, whose references are local
    recurring  members whose values come back from one resource to the next, as in a large load: what they give is remembered.
               It must follow from the value alone (a reference to a contained resource does not)
    """

    def __init__(
        self,
        register: Register,
        definitions: Definitions,
        bases: tuple[str, ...] = (),
        learnt: Sequence[Learnt] = (),
        recurring: frozenset[str] = frozenset(),
    ) -> None:
        self._recurring = recurring
        self._given: dict[tuple[str, bytes], Keys] = {}
        self.parameters = Parameters(register, definitions, learnt)
        self._definitions = definitions
        self._bases = tuple(base.rstrip("/") for base in bases)
        self._plans: dict[str, _Plan] = {}

    def keys(self, resource: Json, id: str | None = None) -> Keys:
        """Every key by which `resource` can be found; `id` when the resource does not carry it yet.

        Raises: Problem(INVALID) when a value cannot be indexed (a date that does not exist).
        """
        resource_type: str = resource["resourceType"]
        plan = self._plans.get(resource_type) or self._plan(resource_type)
        recurring, steps = self._steps(plan, resource)
        into = Keys()
        if recurring:
            given = self._given_by(plan, resource_type, {member: resource[member] for member in recurring})
            into = Keys(given.toks.copy(), given.present, numbers=given.numbers.copy(), strings=given.strings.copy())
        present, rank, subject = into.present, 99, None
        for mask, extract, keys, parameter, compartment in steps:
            values = extract(resource)
            if not values:
                continue
            present |= mask
            keys(parameter, values, into)
            if 0 <= compartment < rank:
                patient = _patient(values, self._bases)
                if patient:
                    rank, subject = compartment, patient
        if resource_type == "Patient":
            own = id or resource.get("id")
            subject = f"Patient/{own}" if own else None
        into.present = present
        into.subject = subject
        into.toks = list(set(into.toks))
        if plan.pairs is not None:
            into.strings += list(plan.pairs.rows(resource, into.strings))
        if len(into.strings) > 1:
            into.strings = list(dict.fromkeys(into.strings))
        return into

    def _given_by(self, plan: _Plan, resource_type: str, members: Json) -> Keys:
        """What the parameters of these members alone give, remembered by their values."""
        known = resource_type, serialise(members)
        given = self._given.get(known)
        if given is None:
            if len(self._given) >= _MOST_RECURRING:
                self._given.clear()
            given = self._given[known] = Keys()
            steps = [step for member in members for step in plan.by_member.get(member, ())]
            steps += [step for one, step in plan.of_meta.items() if one in members.get("meta", ())]
            for mask, extract, keys, parameter, _ in steps:
                if values := extract(members):
                    given.present |= mask
                    keys(parameter, values, given)
            given.toks = list(set(given.toks))
        return given

    @staticmethod
    def _steps(plan: _Plan, resource: Json) -> _Found:
        """What to evaluate, by the members that are there: remembered, for shapes come back."""
        meta = resource.get("meta")
        shape = (*resource, None, *meta) if meta else tuple(resource)
        found = plan.by_shape.get(shape)
        if found is None:
            if len(plan.by_shape) >= _MOST_SHAPES:
                plan.by_shape.clear()
            recurring = tuple(member for member in resource if member in plan.recurring)
            found = plan.by_shape[shape] = recurring, Indexer._find_steps(plan, resource)
        return found

    @staticmethod
    def _find_steps(plan: _Plan, resource: Json) -> list[_Step]:
        steps = list(plan.always)
        by_member, shared = plan.by_member, plan.shared
        late: dict[int, _Step] = {}
        for member in resource:
            if member in by_member and member not in plan.recurring:
                steps += by_member[member]
            if member in shared:
                for step in shared[member]:
                    late[step[0]] = step
        steps += late.values()
        meta = resource.get("meta")
        if meta and "meta" not in plan.recurring:
            of_meta = plan.of_meta
            steps += [of_meta[member] for member in meta if member in of_meta]
        return steps

    def _plan(self, resource_type: str) -> _Plan:
        compartment = self._definitions.patient_compartment(resource_type)
        always: list[_Step] = []
        by_member: dict[str, list[_Step]] = {}
        shared: dict[str, list[_Step]] = {}
        of_meta: dict[str, _Step] = {}
        for parameter in self.parameters.of(resource_type).values():
            if (
                parameter.name in COLUMNS
                or parameter.type in ("special", "phonetic")
                or (parameter.parts and not (parameter.paths and parameter.keeper == parameter.name))
            ):
                continue
            path = " | ".join(parameter.paths) if parameter.parts else parameter.expression
            step = _Step(
                1 << parameter.bit,
                composite.extractor(parameter) if parameter.parts else compiled(path, resource_type),
                self._keys(parameter),
                parameter,
                compartment.index(parameter.name) if parameter.name in compartment else -1,
            )
            if in_meta := _META.fullmatch(path):
                of_meta[in_meta[1]] = step
                continue
            members = self._members(path, resource_type)
            if not members:
                always.append(step)
            for member in members:
                (by_member if len(members) == 1 else shared).setdefault(member, []).append(step)
        plan = _Plan(
            tuple(always),
            {member: tuple(steps) for member, steps in by_member.items()},
            {member: tuple(steps) for member, steps in shared.items()},
            of_meta,
            # Whose data it is, and the bounds of its date, are told by the whole: those members are read each time.
            frozenset(
                member
                for member in self._recurring
                if all(one.compartment < 0 and one.parameter.type != "date" for one in by_member.get(member, ()))
            ),
            self.parameters.pairs(resource_type),
        )
        self._plans[resource_type] = plan
        return plan

    def _keys(self, parameter: Parameter) -> Callable[..., None]:
        if parameter.learnt:
            return partial(_lenient, self._keys(replace(parameter, learnt=False)))
        if parameter.parts:
            return composite.Keeper(parameter, self._bases)
        if parameter.type == "reference":
            return partial(reference.keys, bases=self._bases)
        return TYPES[parameter.type].keys

    def _members(self, expression: str, resource_type: str) -> tuple[str, ...]:
        """Top-level JSON members without which the expression gives nothing; () when it may give something anyway."""
        if re.search(r"exists\(\)\s*(and|or)|\bnot\(\)|!=", expression):
            return ()
        members: list[str] = []
        for root, name, *casts in _ROOT.findall(expression):
            if root not in (resource_type, "Resource", "DomainResource"):
                return ()
            if name == "extension":
                members.append("extension")
                continue
            element = self._definitions.elements(resource_type).get(name)
            if element is None:
                return ()
            cast = "".join(casts)
            members.extend(json for json, of in element.json_names() if not cast or self._definitions.is_a(of, cast))
        return tuple(dict.fromkeys(members))


def _lenient(keys: Callable[..., None], parameter: Parameter, values: list[tuple[str, Any]], into: Keys) -> None:
    """Keys of a learnt parameter, value by value: one that it does not suit (a text for a date) is not indexed."""
    for value in values:
        try:
            keys(parameter, [value], into)
        except (Problem, ValueError, TypeError, AttributeError, KeyError, ArithmeticError):
            continue


def _patient(values: list[tuple[str, Any]], bases: tuple[str, ...]) -> str | None:
    for _, value in values:
        text = value.get("reference") if isinstance(value, dict) else None
        if text and text[:8] == "Patient/" and is_id(text[8:]):
            return str(text)
        if text and (found := reference.local(text, bases)) and found[0] == "Patient":
            return f"Patient/{found[1]}"
    return None
