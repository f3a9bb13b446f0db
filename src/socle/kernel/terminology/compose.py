"""From a ValueSet's definition to a plan: systems in their versions, filters compiled, imported value sets planned too.

Source: FHIR R4 valueset.html#compositions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.ecl import octets_of
from socle.kernel.terminology.entries import Edition, Entry, Name
from socle.kernel.terminology.filters import Condition, condition
from socle.kernel.terminology.known import OPEN
from socle.kernel.terminology.source import Json, Source
from socle.kernel.terminology.versions import VersionRules, joined, newest, split

DEEPEST: Final = 30  # value sets imported one by the other
MOST: Final = 1_000  # value sets that one may import in all
SUPPLEMENT: Final = "http://hl7.org/fhir/StructureDefinition/valueset-supplement"
_RULE: Final = "FHIR R4 valueset.html#compositions"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A code listed in a value set, with the display and the names that the value set gives it."""

    code: str
    display: str = ""
    names: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One include or exclude.

    edition     the system's version; None when only imported value sets tell
    listed      codes listed, by the code as it is compared, in order; None for all of the system
    conditions  filters, all to be passed
    within      imported value sets, each of which must hold the code
    """

    edition: Edition | None
    listed: Mapping[str, Chosen] | None
    conditions: tuple[Condition, ...]
    within: tuple["Plan", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a value set holds: what one of `include` holds and none of `exclude`.

    active  whether inactive codes are left out
    open    systems of which it holds more codes than can be known here; "" among them: nobody knows which systems
    """

    canonical: str
    include: tuple[Part, ...]
    exclude: tuple[Part, ...]
    active: bool = False
    resource: Json = field(default_factory=dict)
    open: frozenset[str] = frozenset()

    def parts(self, met: set[int] | None = None) -> Iterator[Part]:
        """Every part, those of imported value sets too, each once."""
        met = set() if met is None else met
        if id(self) in met:
            return
        met.add(id(self))
        for part in (*self.include, *self.exclude):
            yield part
            for plan in part.within:
                yield from plan.parts(met)

    def editions(self) -> list[Edition]:
        """Every edition that it draws on."""
        return list({part.edition.id: part.edition for part in self.parts() if part.edition is not None}.values())

    def plans(self) -> list["Plan"]:
        """It and every value set that it imports."""
        found: dict[int, Plan] = {}
        waiting = [self]
        while waiting:
            plan = waiting.pop()
            if id(plan) not in found:
                found[id(plan)] = plan
                waiting += [inner for part in (*plan.include, *plan.exclude) for inner in part.within]
        return list(found.values())


Facts = Mapping[int, Entry]  # what one code is, by edition


def holder(plan: Plan, facts: Facts) -> Part | None:
    """The part that brings a code in; None when the value set does not hold it. Raises: Problem(TOO_COSTLY)."""
    return _holder(plan, facts, {})


def _holder(plan: Plan, facts: Facts, known: dict[int, Part | None]) -> Part | None:
    if id(plan) in known:
        return known[id(plan)]
    found: Part | None = None
    for part in plan.include:
        found = _through(part, facts, known)
        if found is not None:
            break
    if found is not None and any(_through(part, facts, known) is not None for part in plan.exclude):
        found = None
    if found is not None and plan.active:
        entry = facts.get(found.edition.id) if found.edition is not None else None
        if entry is not None and entry.inactive:
            found = None
    known[id(plan)] = found
    return found


def _through(part: Part, facts: Facts, known: dict[int, Part | None]) -> Part | None:
    first: Part | None = None
    if part.edition is not None:
        entry = facts.get(part.edition.id)
        if entry is None or not passes(part, entry):
            return None
        first = part
    for plan in part.within:
        inner = _holder(plan, facts, known)
        if inner is None:
            return None
        first = first or inner
    return first


def passes(part: Part, entry: Entry) -> bool:
    """Whether a concept of the part's edition is listed and passes its filters, imported value sets apart."""
    if part.listed is not None:
        assert part.edition is not None
        if part.edition.compared(entry.code) not in part.listed:
            return False
    return all(condition.passes(entry) for condition in part.conditions)


def unknown_value_set(canonical: str, place: str = "") -> Problem:
    """No value set of this canonical is held."""
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le jeu de valeurs {canonical[:300]} n'est pas connu de cette maison : chargez-le, ou corrigez son adresse.",
        f"The value set {canonical[:300]} is not known to this house: load it, or correct its address.",
        expression=place,
        rule="FHIR R4 valueset.html",
    )


def unknown_system(system: str, version: str, held: Sequence[Edition], place: str = "") -> Problem:
    """No code system of this URL is held, or not in this version."""
    if held and version:
        versions = ", ".join(sorted({edition.version or "(sans)" for edition in held})[:10])
        return Problem.of(
            Kind.NOT_FOUND,
            f"Le système de codes {system[:300]} n'est pas tenu en version {version[:100]} ; versions tenues : {versions}.",
            f"The code system {system[:300]} is not held in version {version[:100]}; versions held: {versions}.",
            expression=place,
            rule="FHIR R4 codesystem.html",
        )
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le système de codes {system[:300]} n'est pas connu de cette maison : chargez-le, ou corrigez son adresse.",
        f"The code system {system[:300]} is not known to this house: load it, or correct its address.",
        expression=place,
        rule="FHIR R4 codesystem.html",
    )


def stub(system: str, version: str) -> Edition:
    """A system that is not held, known by the codes that a value set lists."""
    return Edition(
        -1_000 - abs(key("stub", system, version)) % 2**30, system, version, content="not-present", family=system
    )


def choose(source: Source, system: str, version: str, rules: VersionRules, place: str = "") -> Edition:
    """The edition of a system that is meant. Raises: Problem(NOT_FOUND | RULE_VIOLATED)."""
    held = source.editions(system)
    wanted = rules.chosen(system, version)
    edition = newest(held, wanted)
    if edition is None:
        raise unknown_system(system, wanted, held, place)
    rules.accept(edition, system)
    return edition


async def plan_of(source: Source, resource: Json, rules: VersionRules) -> Plan:
    """The plan of a ValueSet.

    Raises: Problem(NOT_FOUND) for what it needs that is not held; Problem(RULE_VIOLATED) when it imports itself;
    Problem(INVALID) for a filter that is wrong; Problem(TOO_COSTLY) when it imports too much.
    """
    return await _Planner(source, rules).plan(resource, ())


class _Planner:
    def __init__(self, source: Source, rules: VersionRules) -> None:
        self._source = source
        self._rules = rules
        self._made: dict[str, Plan] = {}

    async def plan(self, resource: Json, path: tuple[str, ...]) -> Plan:
        canonical = joined(resource.get("url", ""), resource.get("version", ""))
        self._needs_supplements(resource)
        compose = resource.get("compose")
        if compose is None:
            return Plan(canonical, tuple(self._expanded(resource)), (), resource=resource)
        inner = (*path, canonical) if canonical else path
        include = [
            await self._part(one, f"ValueSet.compose.include[{i}]", inner)
            for i, one in enumerate(compose.get("include", ()))
        ]
        exclude = [
            await self._part(one, f"ValueSet.compose.exclude[{i}]", inner)
            for i, one in enumerate(compose.get("exclude", ()))
        ]
        active = compose.get("inactive") is False
        return Plan(canonical, tuple(include), tuple(exclude), active, resource, frozenset(resource.get(OPEN, ())))

    def _needs_supplements(self, resource: Json) -> None:
        for extension in resource.get("extension", ()):
            if extension.get("url") == SUPPLEMENT:
                wanted = extension.get("valueCanonical", "")
                url, version = split(wanted)
                held = self._source.supplements_at(url)
                if newest(held, version) is None:
                    raise unknown_system(url, version, held, "ValueSet.extension")

    async def _part(self, one: Json, place: str, path: tuple[str, ...]) -> Part:
        within = tuple([await self._imported(canonical, place, path) for canonical in one.get("valueSet", ())])
        system = one.get("system", "")
        if not system:
            if not within:
                raise Problem.of(
                    Kind.INVALID,
                    "Indiquez un système de codes (system) ou un jeu de valeurs (valueSet).",
                    "Say a code system (system) or a value set (valueSet).",
                    expression=place,
                    rule="FHIR R4 valueset.html vsd-1",
                )
            return Part(None, None, (), within)
        version = one.get("version", "")
        if "|" in system and not self._source.editions(system):  # R4's own v2 value sets write the version there
            system, within_address = split(system)
            version = version or within_address
        listed = one.get("concept")
        held = self._source.editions(system)
        if not held and listed is not None and not one.get("filter"):
            edition = stub(system, self._rules.chosen(system, version))
        else:
            edition = choose(self._source, system, version, self._rules, place)
        chosen = {edition.compared(each["code"]): _chosen(each) for each in listed} if listed is not None else None
        conditions = [
            await self._anchored(
                edition,
                condition(
                    edition,
                    each["property"],
                    each["op"],
                    each["value"],
                    f"{place}.filter[{i}]",
                    added=[name for one in self._source.supplements(edition) for name in one.properties],
                ),
                f"{place}.filter[{i}].value",
            )
            for i, each in enumerate(one.get("filter", ()))
        ]
        return Part(edition, chosen, tuple(conditions), within)

    async def _anchored(self, edition: Edition, filter: Condition, place: str) -> Condition:
        if filter.needs_selection:
            return replace(filter, members=octets_of(await self._source.selected(edition, filter.value)))
        if not filter.needs_anchor:
            return filter
        found = await self._source.entries(edition, [filter.value])
        if filter.value not in found:
            raise Problem.of(
                Kind.NOT_FOUND,
                f"Le code « {filter.value[:200]} », dont part le filtre, n'existe pas dans {edition.canonical}.",
                f"The code “{filter.value[:200]}”, from which the filter starts, does not exist in {edition.canonical}.",
                expression=place,
                rule=_RULE,
            )
        return replace(filter, anchor=found[filter.value])

    async def _imported(self, canonical: str, place: str, path: tuple[str, ...]) -> Plan:
        url, version = split(canonical)
        if any(url == split(one)[0] and (not version or split(one)[1] in ("", version)) for one in path):
            chain = " → ".join([*path, canonical][-8:])
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"Ce jeu de valeurs s'importe lui-même : {chain[:800]}. Retirez l'un de ces imports.",
                f"This value set imports itself: {chain[:800]}. Remove one of these imports.",
                expression=f"{place}.valueSet",
                rule=_RULE,
                code="processing",
            )
        if canonical in self._made:
            return self._made[canonical]
        if len(path) >= DEEPEST or len(self._made) >= MOST:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Ce jeu de valeurs en importe trop ({DEEPEST} niveaux, {MOST} imports au plus).",
                f"This value set imports too many others (at most {DEEPEST} levels, {MOST} imports).",
                expression=f"{place}.valueSet",
                rule=_RULE,
            )
        resource = await self._source.value_set(canonical)
        if resource is None:
            raise unknown_value_set(canonical, f"{place}.valueSet")
        plan = await self.plan(resource, path)
        self._made[canonical] = plan
        return plan

    def _expanded(self, resource: Json) -> Iterator[Part]:
        """A value set that has only an expansion lists what it contains."""
        listed: dict[tuple[str, str], dict[str, Json]] = {}
        for each in _flat(resource.get("expansion", {}).get("contains", ())):
            if "code" in each and "system" in each and not each.get("abstract"):
                listed.setdefault((each["system"], each.get("version", "")), {})[each["code"]] = each
        for (system, version), codes in listed.items():
            held = newest(self._source.editions(system), self._rules.chosen(system, version))
            edition = held or stub(system, version)
            yield Part(edition, {edition.compared(code): _chosen(each) for code, each in codes.items()}, (), ())


def listed_entry(edition: Edition, chosen: Chosen) -> Entry:
    """A code that a value set lists, of a system that is not held whole: all that is known of it."""
    return Entry(edition.id, 0, chosen.code, chosen.display, names=chosen.names)


def _chosen(each: Json) -> Chosen:
    names = tuple(name_of(one) for one in each.get("designation", ()))
    return Chosen(each["code"], each.get("display", ""), names)


def name_of(designation: Json) -> Name:
    """A designation as FHIR writes it."""
    use = designation.get("use") or {}
    written = joined_use(use.get("system", ""), use.get("code", ""))
    return Name(designation.get("value", ""), designation.get("language", ""), written, use.get("display", ""))


def joined_use(system: str, code: str) -> str:
    """ "system|code", the code alone, or ""."""
    return f"{system}|{code}" if system and code else code


def _flat(contains: Sequence[Any]) -> Iterator[Json]:
    waiting = list(reversed(contains))
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.get("contains", ()))
