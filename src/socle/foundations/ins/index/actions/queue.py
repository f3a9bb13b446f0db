"""The work queue, the persons, and what people decide about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from socle.foundations.ins.index.actions.desk import MasterIndex
from socle.foundations.ins.index.model import Comparison, Domain, PairState, Record
from socle.foundations.ins.index.permissions import JUDGE, READ
from socle.foundations.ins.index.rules import compare
from socle.foundations.ins.index.store import Decided, Doubt, Person
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor

Judgement = Literal["same", "apart", "later"]
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair as it stands today: compared again, since its records may have changed."""

    doubt: Doubt
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person with its records, each compared with the first, its pairs that wait, its history."""

    person: Person
    comparisons: tuple[Comparison | None, ...]
    doubts: tuple[Doubt, ...]
    history: tuple[Decided, ...]


async def queue(
    index: MasterIndex, states: Sequence[PairState], *, offset: int = 0, count: int = 50, by: Actor, trace: Trace
) -> list[Judged]:
    """The pairs that wait, the likeliest first. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with index.guarded(JUDGE, by=by, trace=trace) as trace:
        found = await index.index.doubts(states, offset=offset, count=count)
        await index.seen([record for one in found for record in (one.a, one.b)], trace, query="queue")
        return [_judged(index, one) for one in found]


async def pair(index: MasterIndex, a: str, b: str, *, by: Actor, trace: Trace) -> Judged:
    """One pair. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND)."""
    async with index.guarded(JUDGE, by=by, trace=trace) as trace:
        found = await index.index.doubt(a, b)
        if found is None:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Ces deux enregistrements n'attendent pas de décision.",
                "These two records do not wait.",
            )
        await index.seen([found.a, found.b], trace, query="pair")
        return _judged(index, found)


async def next_pair(index: MasterIndex, *, by: Actor, trace: Trace) -> Doubt | None:
    """The pair to look at next. Its records are not shown: no trace beyond what shows them."""
    async with index.guarded(JUDGE, by=by, trace=trace):
        found = await index.index.doubts([PairState.DOUBTFUL], count=1)
        return found[0] if found else None


async def judge(
    index: MasterIndex, a: str, b: str, judgement: Judgement, reason: str, *, by: Actor, trace: Trace
) -> None:
    """Say that two records are one person, two persons, or that it cannot be said yet; with the reason.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | RULE_VIOLATED | NOT_FOUND | CONFLICT).
    """
    async with index.guarded(JUDGE, by=by, trace=trace) as trace:
        said = _reason(reason)
        decide = {"same": index.judging.same, "apart": index.judging.apart, "later": index.judging.later}[judgement]
        await decide(a, b, trace, said)


async def separate(
    index: MasterIndex, person: str, records: Sequence[str], reason: str, *, by: Actor, trace: Trace
) -> str:
    """Take records out of a person; answers the new person that they make. Raises: as `judge`."""
    async with index.guarded(JUDGE, by=by, trace=trace) as trace:
        return await index.judging.separate(person, records, trace, _reason(reason))


async def unite(index: MasterIndex, person: str, other: str, reason: str, *, by: Actor, trace: Trace) -> str:
    """Two persons are one; answers the one that is left. Raises: as `judge`."""
    async with index.guarded(JUDGE, by=by, trace=trace) as trace:
        said = _reason(reason)
        found = {one.id: one for one in await index.index.persons(_uuids([person, other]))}
        if len(found) != 2 or not all(one.records for one in found.values()):
            raise _no_person()
        left, right = found[person].records, found[other].records
        pairs = [(compare(x.portrait, y.portrait, index.configuration).weight, x.id, y.id) for x in left for y in right]
        _, a, b = max(pairs)
        await index.judging.same(a, b, trace, said)
        after = await index.index.records([a])
        return after[0].person


async def dossier(index: MasterIndex, person: str, *, by: Actor, trace: Trace) -> Dossier:
    """A person. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND)."""
    async with index.guarded(READ, by=by, trace=trace) as trace:
        found = await index.index.persons(_uuids([person]))
        if not found:
            raise _no_person()
        one = found[0]
        await index.seen(one.records, trace, query=f"person/{one.id}")
        first = one.records[0].portrait if one.records else None
        comparisons = tuple(
            compare(first, record.portrait, index.configuration) if first and rank else None
            for rank, record in enumerate(one.records)
        )
        doubts = await index.index.doubts_of(one.records)
        return Dossier(one, comparisons, tuple(doubts), tuple(await index.index.history([one.id])))


async def figures(index: MasterIndex, *, by: Actor, trace: Trace) -> dict[str, int]:
    """How many records, persons, pairs that wait. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with index.guarded(READ, by=by, trace=trace):
        return await index.index.figures()


async def domains(index: MasterIndex, *, by: Actor, trace: Trace) -> list[Domain]:
    """The domains that feed the index. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with index.guarded(READ, by=by, trace=trace):
        return await index.index.domains()


async def locate(index: MasterIndex, id: str, *, by: Actor, trace: Trace) -> Record:
    """The record of a Patient. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND)."""
    async with index.guarded(READ, by=by, trace=trace) as trace:
        found = await index.index.records([id])
        if not found:
            raise _no_person()
        await index.seen(found, trace, query="record")
        return found[0]


def _judged(index: MasterIndex, doubt: Doubt) -> Judged:
    return Judged(doubt, compare(doubt.a.portrait, doubt.b.portrait, index.configuration))


def _reason(text: str) -> str:
    said = " ".join(text.split())
    if not said or len(said) > LONGEST_REASON:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"Dites pourquoi, en {LONGEST_REASON} caractères au plus : la décision se relira.",
            f"Say why, in {LONGEST_REASON} characters at most: the decision will be read again.",
            expression="reason",
            rule="MPI-REASON",
        )
    return said


def _uuids(ids: Sequence[str]) -> list[str]:
    try:
        return [str(UUID(one)) for one in ids]
    except ValueError:
        raise _no_person() from None


def _no_person() -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        "L'index ne connaît pas cette personne.",
        "The index does not know this person.",
        rule="MPI-PERSON",
    )
