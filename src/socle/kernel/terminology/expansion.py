"""What a value set holds, by pages. Source: FHIR R4 valueset-operation-expand.html."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.compose import Chosen, Facts, Part, Plan, chosen_of, holder, listed_entry, passes
from socle.kernel.terminology.entries import WHOLE, Edition, Entry, Name
from socle.kernel.terminology.source import COUNTED, Source
from socle.kernel.terminology.words import mentions

MOST: Final = 10_000  # codes of an expansion that is not asked by pages
FARTHEST: Final = 100_000  # codes left out before a page
_GROUP: Final = 1_000


@dataclass(frozen=True, slots=True)
class Member:
    """A code of an expansion: the concept, and the part of the value set that brings it in."""

    edition: Edition
    entry: Entry
    part: Part

    @property
    def chosen(self) -> Chosen | None:
        """As the value set lists it; None when it does not."""
        listed = self.part.listed
        return listed.get(self.edition.compared(self.entry.code)) if listed is not None else None

    @property
    def display(self) -> str:
        """The display that the value set gives it, "" when it gives none."""
        chosen = self.chosen
        return chosen.display if chosen else ""


@dataclass(frozen=True, slots=True)
class Expansion:
    """A page. `total`: how many there are in all, None when that would take too long to know."""

    members: list[Member]
    total: int | None


async def expanded(
    source: Source,
    plan: Plan,
    *,
    words: tuple[str, ...] = (),
    active: bool = False,
    choosable: bool = False,
    excluded: frozenset[str] = frozenset(),
    offset: int = 0,
    count: int | None = None,
    most: int = MOST,
) -> Expansion:
    """The codes from `offset`, at most `count`; in the order of the value set's parts, then of the systems.

    words      text filter (`words.asked`)
    active     leave out the inactive
    choosable  leave out those that only group others
    excluded   systems left out, by URL or canonical
    Raises: Problem(TOO_COSTLY) above `most` codes in one answer, or beyond FARTHEST.
    """
    if offset > FARTHEST:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"« offset » vaut {FARTHEST} au plus : au-delà, cherchez (filter) plutôt que de feuilleter.",
            f"“offset” is at most {FARTHEST}: beyond, search (filter) rather than leaf through.",
            expression="Parameters.parameter.where(name = 'offset')",
            rule="SOCLE-TERMINOLOGY-SIZE",
        )
    kept: list[Member] = []
    seen = 0
    end = None if count is None else offset + count
    simple = end is not None and not (active or choosable or excluded)
    known = await _known_total(source, plan, words) if simple else None
    async for member in members(source, plan, words=words, active=active):
        if choosable and member.entry.abstract:
            continue
        if excluded and (member.edition.url in excluded or member.edition.canonical in excluded):
            continue
        if seen >= offset and (end is None or seen < end):
            kept.append(member)
        seen += 1
        if len(kept) > most:
            raise too_many(plan, most)
        if end is None:
            continue
        if known is not None and seen >= end:
            return Expansion(kept, known if not words or known <= COUNTED else None)
        elif seen >= max(end, COUNTED):
            return Expansion(kept, None)
    return Expansion(kept, seen)


async def members(
    source: Source, plan: Plan, *, words: tuple[str, ...] = (), active: bool = False
) -> AsyncIterator[Member]:
    """Every code, each once."""
    several = len(plan.include) > 1
    met: set[tuple[str, str, str]] = set()
    async for member in _all(source, plan, words):
        if active and member.entry.inactive:
            continue
        if not mentions(member.entry, words) and not _named_by(member, words):
            continue
        if several:
            edition = member.edition
            mark = (edition.family, edition.version, edition.compared(member.entry.code))
            if mark in met:
                continue
            met.add(mark)
        yield member


def _named_by(member: Member, words: tuple[str, ...]) -> bool:
    """Whether the words are found with the names that the value set itself gives."""
    chosen = member.chosen
    if chosen is None or not (chosen.display or chosen.names):
        return False
    names = (*member.entry.names, *chosen.names, Name(chosen.display))
    return mentions(replace(member.entry, names=names), words)


async def _all(source: Source, plan: Plan, words: tuple[str, ...]) -> AsyncIterator[Member]:
    for part in plan.include:
        async for group in _groups(source, part, words):
            facts = await _facts(source, plan, part, group)
            for member, known in zip(group, facts, strict=True):
                if known is None or holder(plan, known, frozenset({member.edition.id})) is not None:
                    yield member


async def _groups(source: Source, part: Part, words: tuple[str, ...]) -> AsyncIterator[list[Member]]:
    """Candidates of a part, by groups, filters of its own passed."""
    if part.edition is None:
        first = part.within[0]
        group: list[Member] = []
        async for member in members(source, first):
            group.append(member)
            if len(group) >= _GROUP:
                yield group
                group = []
        if group:
            yield group
        return
    edition = part.edition
    if part.listed is not None:
        chosen = list(part.listed.values())
        for begin in range(0, len(chosen), _GROUP):
            some = chosen[begin : begin + _GROUP]
            found = await source.entries(edition, [one.code for one in some])
            if edition.content not in WHOLE:
                found = {one.code: listed_entry(edition, one) for one in some} | found
            yield [
                Member(edition, found[one.code], part)
                for one in some
                if one.code in found and all(condition.passes(found[one.code]) for condition in part.conditions)
            ]
        return
    async for entries in source.scan(part, words):
        yield [Member(edition, entry, part) for entry in entries if passes(part, entry)]


async def _facts(source: Source, plan: Plan, part: Part, group: list[Member]) -> list[Facts | None]:
    """What is known of each candidate in every edition that has a word to say; None when it belongs for sure."""
    if not plan.exclude and not part.within and not plan.active:
        return [None] * len(group)
    if not group:
        return []
    found: list[dict[int, Entry]] = [{member.edition.id: member.entry} for member in group]
    for other in plan.editions():
        wanted = [i for i, m in enumerate(group) if m.edition.id != other.id and m.edition.family == other.family]
        if not wanted:
            continue
        entries = await source.entries(other, [group[i].entry.code for i in wanted])
        listed = chosen_of(plan, other) if other.content not in WHOLE else {}
        for i in wanted:
            code = group[i].entry.code
            entry = entries.get(code)
            if entry is None and (chosen := listed.get(other.compared(code))) is not None:
                entry = listed_entry(other, chosen)
            if entry is not None:
                found[i][other.id] = entry
    return list(found)


async def _known_total(source: Source, plan: Plan, words: tuple[str, ...]) -> int | None:
    """The total without going through everything, for a value set of one part; None when that cannot be."""
    if plan.active or plan.exclude or len(plan.include) != 1:
        return None
    part = plan.include[0]
    if part.within or part.edition is None or part.listed is not None:
        return None
    return await source.count(part, words)


def too_many(plan: Plan, most: int) -> Problem:
    """Too many codes for one answer."""
    return Problem.of(
        Kind.TOO_COSTLY,
        f"Ce jeu de valeurs compte plus de {most} codes : demandez-le par pages (count, offset) ou cherchez (filter).",
        f"This value set has more than {most} codes: ask for pages (count, offset), or search (filter).",
        expression="ValueSet",
        rule="FHIR R4 valueset-operation-expand.html",
    )


def nested(members: Sequence[Member]) -> list[tuple[Member, list[int]]]:
    """Members with the places of those to be shown below each; the roots are those that no list names.

    A concept with several broader ones is shown below the first of them that is there. Codes that a value set lists one by one
    stay in its order, and below none.
    """
    places = {(m.edition.id, m.edition.compared(m.entry.code)): place for place, m in enumerate(members)}
    below: list[list[int]] = [[] for _ in members]
    for place, member in enumerate(members):
        if member.part.listed is not None:
            continue
        for parent in member.entry.parents:
            above = places.get((member.edition.id, member.edition.compared(parent)))
            if above is not None and above != place:
                below[above].append(place)
                break
    return list(zip(members, below, strict=True))
