"""The files of the FINESS come in: read, staged, checked as a whole, then made the register at once, or not at all.

What was served is served until the last moment. An import that is interrupted goes on where it was when it is asked again
with the same files.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from socle.foundations.structures.formats import Fault, Item, Source, gather, read
from socle.foundations.structures.permissions import WRITE
from socle.foundations.structures.store import checking, settling, staging
from socle.kernel.audit import Trace
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

GROUP: Final = 20_000  # items staged together
SLICE: Final = 2_000  # items read in a thread before others have their turn
TOLD: Final = 20  # faults that a refusal tells
MOST_CLOSED: Final = 0.1  # share of the open structures that complete files may leave out without being asked twice
FEW: Final = 20  # … and this many, whatever the share

Progress = Callable[[int, int, int], None]
Row = tuple[Any, ...]


@dataclass(slots=True)
class Report:
    """What an import did. counts: "et-created", "ej-closed", "part-changed", "resources"…; faults: severe or not."""

    load: int
    items: int = 0
    rejected: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    resumed: int = 0


async def import_finess(
    database: Database,
    repository: Repository,
    paths: Sequence[Path],
    *,
    by: Actor,
    trace: Trace,
    difference: bool = False,
    keep_going: bool = False,
    accept_closures: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Load files of the FINESS, of any of its formats, together.

    difference       the files hold what changed: what they leave out stays as it is
    keep_going       wrong lines are left out and told; otherwise one is enough to refuse the whole
    accept_closures  complete files may close more than a tenth of the register
    progress         called with (octets read, octets in all, items), then (structures shown, in all, items)
    Raises: Problem(FORBIDDEN); Problem(NOT_FOUND | INVALID | RULE_VIOLATED) with what is wrong, and then nothing changed.
    """
    decide(by, WRITE).or_raise(Kind.FORBIDDEN)
    sources = await asyncio.to_thread(gather, paths)
    begun = await staging.begin(database, sources, difference=difference, who=by.id, name=by.name, now=trace.at)
    report = Report(begun.id, resumed=sum(begun.staged.values()))
    await _stage(database, sources, begun, report, trace, progress)
    try:
        async with database.snapshot() as staged:  # without the time limit of a search
            report.faults += await checking.faults(staged, begun.id, sources)
            closing = await checking.closures(staged, begun.id)
        _check(report, closing, difference=difference, keep_going=keep_going, accept_closures=accept_closures)
    except Problem:
        await staging.note(database, begun.id, report.faults, trace)
        await staging.refuse(database, begun.id, {"items": report.items, "rejected": report.rejected}, trace)
        raise
    await staging.note(database, begun.id, report.faults, trace)

    def shown(done: int, total: int) -> None:
        if progress is not None:
            progress(done, total, report.items)

    report.counts = await settling.settle(
        database, repository, begun.id, difference=difference, trace=trace, progress=shown
    )
    return report


async def _stage(
    database: Database,
    sources: Sequence[Source],
    begun: staging.Begun,
    report: Report,
    trace: Trace,
    progress: Progress | None,
) -> None:
    total = sum(source.size for source in sources)
    before = 0
    for place, source in enumerate(sources):
        octets = 0

        def passed(done: int) -> None:
            nonlocal octets
            octets = done

        with read(source, passed) as reading:
            skip = begun.staged.get(place, 0)
            rows = _rows(reading.found, begun.id, place, report, skip)
            while group := await asyncio.to_thread(_some, rows):
                while len(group) < GROUP and (more := await asyncio.to_thread(_some, rows)):
                    group += more
                    if progress is not None:
                        progress(before + min(octets, source.size), total, report.items)
                await staging.stage(database, group, trace)
        before += source.size
        if progress is not None:
            progress(before, total, report.items)


def _some(rows: Iterator[Row]) -> list[Row]:
    return list(islice(rows, SLICE))


def _rows(found: Iterator[Item | Fault], load: int, place: int, report: Report, skip: int) -> Iterator[Row]:
    """The rows of a file, those that are staged already passed over; faults go to the report."""
    for one in found:
        if isinstance(one, Fault):
            report.rejected += one.severe
            if len(report.faults) < staging.MOST_FAULTS or (one.fatal and one.severe):
                report.faults.append(one)
            if one.fatal:
                return
            continue
        report.items += 1
        if skip:
            skip -= 1
            continue
        yield staging.row_of(load, place, one)


def _check(
    report: Report, closures: tuple[int, int], *, difference: bool, keep_going: bool, accept_closures: bool
) -> None:
    severe = [fault for fault in report.faults if fault.severe]
    stopping = [fault for fault in severe if fault.fatal or fault.rule.startswith("SOCLE-FINESS-")]
    if stopping or (severe and not keep_going):
        raise _refused(severe, report.rejected)
    if not report.items:
        raise Problem.of(
            Kind.INVALID,
            "Rien à charger dans ces fichiers : aucune ligne n'y parle d'une structure.",
            "Nothing to load in these files: no line speaks of a structure.",
            rule="SOCLE-FINESS-FILE",
        )
    if difference or accept_closures:
        return
    there, closing = closures
    if closing > max(FEW, MOST_CLOSED * there):
        raise Problem.of(
            Kind.RULE_VIOLATED,
            f"Ces fichiers laissent de côté {closing} des {there} structures ouvertes : elles seraient closes. Si c'est un "
            "fichier de différences, dites-le (--difference) ; si c'est voulu, confirmez (--accept-closures).",
            f"These files leave out {closing} of the {there} open structures: they would be closed. If this is a file of "
            "differences, say so (--difference); if it is meant, confirm (--accept-closures).",
            rule="SOCLE-FINESS-CLOSURES",
        )


def _refused(severe: Sequence[Fault], count: int) -> Problem:
    issues = [
        Issue(
            Text(f"{fault.place} : {fault.text.fr}", f"{fault.place}: {fault.text.en}"),
            rule=fault.rule,
        )
        for fault in severe[:TOLD]
    ]
    total = max(count, len(severe))
    if total > TOLD:
        issues.append(
            Issue(
                Text(
                    f"… et {total - TOLD} autre(s). Rien n'a été chargé ; --keep-going laisse les lignes fausses de côté.",
                    f"… and {total - TOLD} more. Nothing was loaded; --keep-going leaves wrong lines out.",
                ),
                rule="SOCLE-FINESS-FILE",
            )
        )
    return Problem(Kind.RULE_VIOLATED, *issues)
