"""From a value set as it is written to what it holds: versions chosen, value sets imported, filters read.

Source: FHIR R4 valueset.html#compositions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.compose import Chosen, Missing, Part, Plan, joined_use, passes, standards_status
from socle.kernel.terminology.displays import folded
from socle.kernel.terminology.ecl import octets_of
from socle.kernel.terminology.entries import Edition, Name
from socle.kernel.terminology.filters import Condition, condition, names_a_part, parts_of
from socle.kernel.terminology.findings import standing_of
from socle.kernel.terminology.known import OPEN
from socle.kernel.terminology.source import Json, Source
from socle.kernel.terminology.versions import VersionRules, joined, newest, split
from socle.kernel.terminology.words import asked

DEEPEST: Final = 30  # value sets imported one by the other
MOST: Final = 1_000  # value sets that one may import in all
SUPPLEMENT: Final = "http://hl7.org/fhir/StructureDefinition/valueset-supplement"
_DEPRECATED: Final = "http://hl7.org/fhir/StructureDefinition/valueset-deprecated"
# Extensions of a code that R4 also has in an expansion: its label, its place, its meaning in this value set.
_SHOWN: Final = frozenset(
    f"http://hl7.org/fhir/StructureDefinition/valueset-{name}"
    for name in ("label", "conceptOrder", "concept-definition")
)
_RULE: Final = "FHIR R4 valueset.html#compositions"
_OF_FILTERS: Final = ("property", "op", "value")


def unknown_value_set(canonical: str, place: str = "") -> Problem:
    """No value set of this canonical is held."""
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le jeu de valeurs {canonical[:300]} n'est pas connu de cette maison : chargez-le, ou corrigez son adresse.",
        f"The value set {canonical[:300]} is not known to this house: load it, or correct its address.",
        expression=place,
        rule="FHIR R4 valueset.html",
        topic="not-found",
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
            topic="not-found",
        )
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le système de codes {system[:300]} n'est pas connu de cette maison : chargez-le, ou corrigez son adresse.",
        f"The code system {system[:300]} is not known to this house: load it, or correct its address.",
        expression=place,
        rule="FHIR R4 codesystem.html",
        topic="not-found",
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
    if edition is None and rules.latest:
        edition = newest(held)
    if edition is None:
        raise unknown_system(system, wanted, held, place)
    rules.accept(edition, system)
    return edition


async def plan_of(source: Source, resource: Json, rules: VersionRules, *, partial: bool = False) -> Plan:
    """The plan of a ValueSet.

    partial  note what it needs that is not held in `Plan.missing`, and plan the rest: enough to judge most codes
    Raises: Problem(NOT_FOUND) for what it needs that is not held; Problem(RULE_VIOLATED) when it imports itself;
    Problem(INVALID) for a filter that is wrong; Problem(TOO_COSTLY) when it imports too much.
    """
    made = await _Planner(source, rules, partial).plan(resource, ())
    return replace(made, standings=_standings(made))


class _Planner:
    def __init__(self, source: Source, rules: VersionRules, partial: bool) -> None:
        self._source = source
        self._rules = rules
        self._partial = partial
        self._made: dict[str, Plan] = {}

    async def plan(self, resource: Json, path: tuple[str, ...]) -> Plan:
        canonical = joined(resource.get("url", ""), resource.get("version", ""))
        self._needs_supplements(resource)
        compose = resource.get("compose")
        if compose is None:
            return Plan(canonical, tuple(self._expanded(resource)), (), resource=resource)
        inner = (*path, canonical) if canonical else path
        missing: dict[tuple[int, bool], tuple[Missing, bool]] = {}
        sides: list[tuple[Part, ...]] = []
        for side, out in (("include", False), ("exclude", True)):
            parts: list[Part] = []
            for i, one in enumerate(compose.get(side, ())):
                try:
                    part = await self._part(one, f"ValueSet.compose.{side}[{i}]", inner, resource)
                except _Lacking as lacking:
                    missing[id(lacking.what), out] = lacking.what, out
                else:
                    parts.append(part)
                    for what, turned in (lost for held in part.within for lost in held.missing):
                        missing[id(what), turned != out] = what, turned != out
            sides.append(tuple(parts))
        active = compose.get("inactive") is False
        opened = frozenset(resource.get(OPEN, ()))
        return Plan(canonical, sides[0], sides[1], active, resource, opened, tuple(missing.values()))

    def _needs_supplements(self, resource: Json) -> None:
        for extension in resource.get("extension", ()):
            if extension.get("url") == SUPPLEMENT:
                wanted = extension.get("valueCanonical", "")
                url, version = split(wanted)
                held = self._source.supplements_at(url)
                if newest(held, version) is None:
                    raise unknown_system(url, version, held, "ValueSet.extension")

    async def _part(self, one: Json, place: str, path: tuple[str, ...], whole: Json) -> Part:
        system = one.get("system", "")
        within = tuple(
            [await self._imported(canonical, place, path, whole, system) for canonical in one.get("valueSet", ())]
        )
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
            edition = self._edition(system, version, place)
        for name, all_of, wanted in (
            ("concept", listed or (), ("code",)),
            ("filter", one.get("filter", ()), _OF_FILTERS),
        ):
            for i, each in enumerate(all_of):
                _check_told(each, wanted, f"{place}.{name}[{i}]")
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

    def _edition(self, system: str, version: str, place: str) -> Edition:
        try:
            return choose(self._source, system, version, self._rules, place)
        except Problem as problem:
            if not self._partial:
                raise
            canonical = joined(system, self._rules.chosen(system, version) if self._source.editions(system) else "")
            refused = problem.kind is not Kind.NOT_FOUND
            raise _Lacking(Missing(system, canonical, problem.issues[0], refused=refused)) from None

    async def _anchored(self, edition: Edition, filter: Condition, place: str) -> Condition:
        if filter.needs_selection:
            return replace(filter, members=octets_of(await self._source.selected(edition, filter.value)))
        if filter.about_children:
            codes = None if filter.op == "exists" else sorted(filter.values or {filter.value})
            return replace(filter, members=octets_of(await self._source.above(edition, codes)))
        if names_a_part(edition, filter):
            return replace(filter, op="in", values=frozenset({filter.value, *await self._parts_named(edition, filter)}))
        if not filter.needs_anchor:
            return filter
        found = await self._source.entries(edition, [filter.value])
        if filter.value not in found and edition.content != "complete":
            raise Problem.of(
                Kind.NOT_FOUND,
                f"{edition.canonical} n'est tenu qu'en partie ({edition.content}), sans le code « {filter.value[:200]} » dont "
                "part le filtre : chargez le système entier (socle import terminology).",
                f"{edition.canonical} is held only in part ({edition.content}), without the code “{filter.value[:200]}” from "
                "which the filter starts: load the whole system (socle import terminology).",
                expression=place,
                rule=_RULE,
            )
        if filter.value not in found:
            raise Problem.of(
                Kind.NOT_FOUND,
                f"Le code « {filter.value[:200]} », dont part le filtre, n'existe pas dans {edition.canonical}.",
                f"The code “{filter.value[:200]}”, from which the filter starts, does not exist in {edition.canonical}.",
                expression=place,
                rule=_RULE,
            )
        return replace(filter, anchor=found[filter.value])

    async def _parts_named(self, edition: Edition, filter: Condition) -> list[str]:
        part = Part(edition, None, (parts_of(filter.about),), ())
        name = folded(filter.value)
        return [
            entry.code
            async for group in self._source.scan(part, asked(filter.value))
            for entry in group
            if passes(part, entry) and name in (folded(entry.display), *(folded(one.value) for one in entry.names))
        ]

    async def _imported(self, canonical: str, place: str, path: tuple[str, ...], whole: Json, system: str) -> Plan:
        contained = _contained(whole, canonical) if canonical.startswith("#") else None
        if contained is not None:
            # What is contained has no address of its own: its place stands for it, and it sees what its holder contains.
            canonical = f"{split(path[-1])[0] if path else ''}{canonical}"
            if canonical in path:
                raise self._circle(path, canonical, place)
            self._bounded(path, place)
            return await self.plan({"contained": whole.get("contained", ()), **contained}, (*path, canonical))
        url, version = split(canonical)
        if not version and url in self._rules.sets:
            version = self._rules.sets[url]
            canonical = joined(url, version)
        if any(url == split(one)[0] and (not version or split(one)[1] in ("", version)) for one in path):
            raise self._circle(path, canonical, place)
        if canonical in self._made:
            return self._made[canonical]
        self._bounded(path, place)
        resource = await self._source.value_set(canonical)
        if resource is None:
            problem = unknown_value_set(canonical, f"{place}.valueSet")
            if self._partial:
                raise _Lacking(Missing(system, canonical, problem.issues[0], is_set=True))
            raise problem
        plan = await self.plan(resource, path)
        self._made[canonical] = plan
        return plan

    def _bounded(self, path: tuple[str, ...], place: str) -> None:
        if len(path) >= DEEPEST or len(self._made) >= MOST:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Ce jeu de valeurs en importe trop ({DEEPEST} niveaux, {MOST} imports au plus).",
                f"This value set imports too many others (at most {DEEPEST} levels, {MOST} imports).",
                expression=f"{place}.valueSet",
                rule=_RULE,
            )

    @staticmethod
    def _circle(path: tuple[str, ...], canonical: str, place: str) -> Problem:
        chain = " → ".join([*path, canonical][-8:])
        return Problem.of(
            Kind.RULE_VIOLATED,
            f"Ce jeu de valeurs s'importe lui-même : {chain[:800]}. Retirez l'un de ces imports.",
            f"This value set imports itself: {chain[:800]}. Remove one of these imports.",
            expression=f"{place}.valueSet",
            rule=_RULE,
            code="processing",
            topic="vs-invalid",
        )

    def _expanded(self, resource: Json) -> Iterator[Part]:
        """A value set that has only an expansion lists what it contains."""
        listed: dict[tuple[str, str], dict[str, Json]] = {}
        expansion = resource.get("expansion", {})
        # A version that the list as a whole was made of, and that is not held, leaves the choice.
        used = {url: v for url, v in _used(expansion).items() if newest(self._source.editions(url), v) is not None}
        for each in _flat(expansion.get("contains", ())):
            if "code" in each and "system" in each and not each.get("abstract"):
                version = each.get("version") or used.get(each["system"], "")
                listed.setdefault((each["system"], version), {})[each["code"]] = each
        for (system, version), codes in listed.items():
            held = newest(self._source.editions(system), self._rules.chosen(system, version))
            edition = held or stub(system, version)
            yield Part(edition, {edition.compared(code): _chosen(each) for code, each in codes.items()}, (), ())


def _standings(plan: Plan) -> tuple[tuple[str, str], ...]:
    told: list[tuple[str, str]] = []
    for inner in plan.plans():
        one = inner.resource
        what = standing_of(one.get("status", ""), one.get("experimental") is True, standards_status(one), plan.resource)
        if what and inner.canonical:
            told.append((what, inner.canonical))
    return tuple(told)


class _Lacking(Exception):
    """A part cannot be told; caught where the part begins."""

    def __init__(self, what: Missing) -> None:
        super().__init__(what)
        self.what = what


def _contained(whole: Json, reference: str) -> Json | None:
    for one in whole.get("contained", ()):
        if one.get("resourceType") == "ValueSet" and one.get("id") == reference[1:]:
            found: Json = one
            return found
    return None


def _check_told(each: Json, wanted: Sequence[str], place: str) -> None:
    """Raises: Problem(INVALID) for an element that R4 lets extensions stand for, which is of no use here."""
    for name in wanted:
        if name not in each:
            raise Problem.of(
                Kind.INVALID,
                f"Donnez une valeur à « {name} » ({place}).",
                f"Give “{name}” a value ({place}).",
                expression=f"{place}.{name}",
                rule=_RULE,
                code="required",
            )


def _chosen(each: Json) -> Chosen:
    names = tuple(name_of(one) for one in each.get("designation", ()))
    extensions = {one.get("url"): one for one in each.get("extension", ())}
    deprecated = extensions.get(_DEPRECATED, {}).get("valueBoolean") is True or standards_status(each) == "deprecated"
    shown = tuple(one for url, one in extensions.items() if url in _SHOWN)
    return Chosen(each["code"], each.get("display", ""), names, deprecated, shown)


def name_of(designation: Json) -> Name:
    """A designation as FHIR writes it."""
    use = designation.get("use") or {}
    written = joined_use(use.get("system", ""), use.get("code", ""))
    return Name(designation.get("value", ""), designation.get("language", ""), written, use.get("display", ""))


def _used(expansion: Json) -> dict[str, str]:
    """The versions of code systems of which an expansion says that it was made, where it says one of a system."""
    found: dict[str, set[str]] = {}
    for one in expansion.get("parameter", ()):
        if one.get("name") in ("version", "used-codesystem"):
            url, version = split(str(one.get("valueUri") or one.get("valueString") or one.get("valueCanonical") or ""))
            found.setdefault(url, set()).add(version)
    return {url: next(iter(versions)) for url, versions in found.items() if len(versions) == 1}


def _flat(contains: Sequence[Any]) -> Iterator[Json]:
    waiting = list(reversed(contains))
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.get("contains", ()))
