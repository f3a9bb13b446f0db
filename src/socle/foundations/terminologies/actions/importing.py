"""A file of a published terminology comes in: read by its loader, sifted, loaded; and what was done is told.

Each code system is loaded whole or not at all; those of a folder are independent of each other.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from socle.foundations.terminologies.actions.loading import Loading, load, take
from socle.foundations.terminologies.loaders import Fault, Item, Options, Watch, opened, read
from socle.foundations.terminologies.loaders.sifting import sifted
from socle.foundations.terminologies.loaders.watch import of_file
from socle.foundations.terminologies.model import Concept, Json, Loaded
from socle.foundations.terminologies.permissions import WRITE
from socle.foundations.terminologies.store import Held, writing
from socle.foundations.terminologies.store.graph import SNOMED
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository

Progress = Callable[[int, int, int], None]
"""Bytes read, bytes to read, concepts so far."""

_GROUP: Final = 200  # resources taken at once


@dataclass(slots=True)
class Imported:
    """What a file gave.

    systems    code systems loaded; resources: value sets, maps, naming systems taken, `unchanged` those already there
    refused    (canonical, why) of the resources that cannot be served
    faults     the first lines left out; `rejected` counts them all
    """

    systems: list[Loading] = field(default_factory=list)
    resources: int = 0
    unchanged: int = 0
    refused: list[tuple[str, Text]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rejected: int = 0
    notes: list[Text] = field(default_factory=list)


async def import_file(
    register: Repository,
    path: Path,
    format: str,
    options: Options,
    *,
    by: Actor,
    trace: Trace,
    keep_going: bool = False,
    progress: Progress | None = None,
) -> Imported:
    """Import the file, folder or zip at `path`; `format` one of `loaders.FORMATS` or "auto".

    keep_going  lines that are wrong are left out and told; otherwise the first one refuses its code system
    Raises: Problem(FORBIDDEN); Problem naming file, line and rule, then nothing of that code system was loaded.
    """
    decide(by, WRITE).or_raise(Kind.FORBIDDEN)
    done = Imported()
    concepts = 0

    def read_so_far(octets: int, total: int) -> None:
        if progress is not None:
            progress(octets, total, concepts)

    watch = Watch(keep_going=keep_going, progress=read_so_far)
    waiting: list[Json] = []
    with opened(path) as place:
        items = read(place, format, options, watch)
        while (item := await asyncio.to_thread(_next, items)) is not None:
            if isinstance(item, Loaded):
                base = concepts

                def passed(count: int, base: int = base) -> None:
                    nonlocal concepts
                    concepts = base + count

                fresh = Loaded(item.head, _some(item, watch), item.total, item.others, item.told)
                try:
                    loading = await load(register, fresh, by=by, trace=trace, progress=passed)
                except Problem as problem:
                    file = item.told.get("file", "")
                    told = not file or any(file in one.text.en for one in problem.issues)
                    raise problem if told else of_file(problem, file) from None
                done.systems.append(loading)
                if loading.url == SNOMED:
                    await _relate(register, loading, trace)
                concepts = base + loading.concepts
            else:
                waiting.append(item)
            if len(waiting) >= _GROUP:
                await _take(register, waiting, done, by=by, trace=trace)
    await _take(register, waiting, done, by=by, trace=trace)
    done.faults, done.rejected, done.notes = watch.faults, watch.rejected, watch.notes
    return done


def _some(loaded: Loaded, watch: Watch) -> Iterator[Concept]:
    """The concepts of a code system. Raises: Problem(INVALID) when every line of it was left out: an empty system, told to be
    complete, would take the place of what is there.
    """
    none = True
    for concept in sifted(loaded, watch):
        none = False
        yield concept
    wrong = [one for one in watch.faults if one.file == loaded.told.get("file", one.file)]
    if none and wrong:
        first = wrong[0].issue().text
        raise Problem.of(
            Kind.INVALID,
            f"{loaded.head.url} : chaque ligne est fausse, rien n'a été chargé. La première : {first.fr}",
            f"{loaded.head.url}: every line is wrong, nothing was loaded. The first: {first.en}",
            rule=wrong[0].rule,
        )


async def _relate(register: Repository, loading: Loading, trace: Trace) -> None:
    held = Held.at(register)
    edition = (await held.snapshot()).catalogue.edition_with(loading.resource)
    if edition is not None and edition.id > 0:
        await writing.relate(held.database, edition.id, trace)


async def _take(register: Repository, waiting: list[Json], done: Imported, *, by: Actor, trace: Trace) -> None:
    if not waiting:
        return
    taken = await take(register, waiting, by=by, trace=trace)
    waiting.clear()
    done.resources += taken.kept
    done.unchanged += taken.unchanged
    done.refused += taken.refused


def _next(items: Iterator[Item]) -> Item | None:
    return next(items, None)
