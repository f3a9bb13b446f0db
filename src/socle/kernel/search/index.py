"""From a resource to its search keys. Only the parameters whose elements are present are evaluated."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.extract import Write
from socle.kernel.fhir.json import serialise
from socle.kernel.search.custom import Learnt
from socle.kernel.search.pairs import Pairs
from socle.kernel.search.parameters import Parameters
from socle.kernel.search.register import Register
from socle.kernel.search.steps import Steps, steps
from socle.kernel.store.contract import Json, Keys

_MOST_SHAPES = 500  # lists of members remembered, per type
_MOST_RECURRING = 50_000  # values of members remembered

_Found = tuple[tuple[str, ...], list[Write]]  # members of which what they give is remembered, steps to take


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be done with the resources of one type.

    recurring  members of which what they give is remembered
    pairs      of values, see `pairs`
    """

    steps: Steps
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
        for step in steps:
            step(resource, resource, into)
        if resource_type == "Patient":
            own = id or resource.get("id")
            into.subject = f"Patient/{own}" if own else None
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
            steps = [step for member in members for step in plan.steps.by_member.get(member, ())]
            steps += [step for one, step in plan.steps.of_meta.items() if one in members.get("meta", ())]
            for step in steps:
                step(members, members, given)
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
    def _find_steps(plan: _Plan, resource: Json) -> list[Write]:
        steps = plan.steps
        found = [step for members, step in steps.told if not members or not resource.keys().isdisjoint(members)]
        found += steps.always
        late: list[Write] = []
        for member in resource:
            if member not in plan.recurring:
                found += steps.by_member.get(member, ())
            late += steps.shared.get(member, ())
        found += dict.fromkeys(late)
        meta = resource.get("meta")
        if meta and "meta" not in plan.recurring:
            found += [steps.of_meta[member] for member in meta if member in steps.of_meta]
        return found

    def _plan(self, resource_type: str) -> _Plan:
        found = steps(resource_type, self.parameters.of(resource_type), self._definitions, self._bases)
        # Whose data it is, and the bounds of its date, are told by the whole: those members are read each time.
        read = found.dated.union(*(members for members, _ in found.told))
        plan = _Plan(found, self._recurring - read, self.parameters.pairs(resource_type))
        self._plans[resource_type] = plan
        return plan
