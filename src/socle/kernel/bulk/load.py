"""The work of an import: lines of NDJSON checked, indexed, stored by the thousand; what is wrong is told line by line.

How far it has gone is kept in the transaction that stores each batch: after a crash the work goes on from there, and no
line is stored twice or lost. The report of rejected lines is cut back to what that transaction knew.

R4 has no standard import: the shape of ours is told in docs/decisions.
"""

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import orjson

from socle.kernel.audit import Trace
from socle.kernel.bulk import desk
from socle.kernel.bulk.desk import SCHEMA, Asked, Stopped
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Issue, Kind, Language, Problem, Text, operation_outcome
from socle.kernel.search.repository import Repository
from socle.kernel.store import ABSENT, Change, Put, Stored, Unit
from socle.kernel.store.database import Database

BATCH: Final = 1_000  # lines stored together
MOST_OCTETS: Final = 4_000_000  # of lines prepared together
SLICE: Final = 32  # lines prepared at once
LONGEST: Final = 32 * 1024 * 1024  # octets of a line
MOST_TOLD: Final = 10_000  # rejected lines described in the report; all are counted
ISSUES: Final = 10  # told of one line
PULSE: Final = 2.0
REPORT: Final = "error.OperationOutcome.1.ndjson"
LINE: Final = "https://socle-sante.example/fhir/StructureDefinition/ndjson-line"
ATTEMPTS: Final = 5  # at a line that somebody else writes meanwhile, when it was judged against what it replaces
_RULE: Final = "SOCLE-BULK-IMPORT"

Progress = Callable[[int, int, "Place"], None]


class Rules(Protocol):
    """What a register asks of whatever is written in it: of a line as of a write by REST (`kernel.rest.bulk`)."""

    def check(self, resource_type: str, id: str) -> None:
        """Refuse a type that is not written here, or not under an id of its own. Raises: Problem."""

    def judges(self, resource_type: str) -> bool:
        """Whether the register's own rule looks at the changes of that type."""

    async def judge(self, put: Put, current: Stored | None, trace: Trace) -> Change:
        """The change as that rule lets it through, given the version that it replaces. Raises: Problem."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to load: where it is, what whoever sent it calls it, and (size, date) by which it is known again."""

    path: str
    name: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Import:
    """What an import is asked for. `whole`: nothing is stored when a single line is wrong."""

    sources: tuple[Source, ...]
    whole: bool = False
    language: Language = "fr"

    def to_json(self) -> dict[str, Any]:
        """As kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Import":
        """As it was kept."""
        sources = tuple(Source(one["path"], one["name"], one["stamp"]) for one in kept["sources"])
        return cls(sources, kept["whole"], kept["language"])


@dataclass(frozen=True, slots=True)
class Place:
    """How far an import has gone: everything before it is settled.

    checked   a first reading is over (or was not asked for)
    file      the file under way, from 0; `offset` octets and `line` lines of it are settled
    before    octets of the files before it
    report    octets of the report that count
    """

    checked: bool = False
    file: int = 0
    offset: int = 0
    line: int = 0
    before: int = 0
    stored: int = 0
    rejected: int = 0
    report: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number from 1, its octets (None when it is too long), where it ends."""

    number: int
    data: bytes | None
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """What a line made: a change, a problem, nothing (a blank line)."""

    line: int
    end: int
    made: Change | Problem | None


async def run(
    asked: Asked,
    database: Database,
    repository: Repository,
    rules: Rules,
    folder: Path,
    clock: Callable[[], datetime],
    draw: Callable[[], str],
    told: Progress = lambda done, total, place: None,
) -> Mapping[str, Any]:
    """Load the files of `asked`, from where an earlier turn left off; what came of it, for the manifest.

    rules   what the register asks of whatever is written in it
    folder  where the report of rejected lines goes
    draw    ids of the resources that come without one
    told    called with (octets, octets in all, place) about once a batch
    Raises: Stopped when it was cancelled meanwhile; Problem(NOT_FOUND) when a file is not there any more.
    """
    what = Import.from_json(asked.asked)
    await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    place = Place(**asked.checkpoint) if asked.checkpoint else Place(checked=not what.whole)
    work = _Work(what, asked, database, repository, rules, folder / REPORT, clock, draw, told)
    return await work.done(place)


class _Work:
    def __init__(
        self,
        what: Import,
        asked: Asked,
        database: Database,
        repository: Repository,
        rules: Rules,
        report: Path,
        clock: Callable[[], datetime],
        draw: Callable[[], str],
        told: Progress,
    ) -> None:
        self.what = what
        self.asked = asked
        self.database = database
        self.repository = repository
        self.rules = rules
        self.report_path = report
        self.clock = clock
        self.draw = draw
        self.told = told
        self.total = sum(_size(source) for source in what.sources)
        self.pulse = 0.0

    async def done(self, place: Place) -> Mapping[str, Any]:
        with self._report(place) as report:
            if not place.checked:
                place = await self._read(place, report, store=False)
                if place.rejected:
                    return self._result(place, refused=True)
                place = Place(checked=True)
            place = await self._read(place, report, store=True)
        return self._result(place)

    def _result(self, place: Place, *, refused: bool = False) -> Mapping[str, Any]:
        told = min(place.rejected, MOST_TOLD)
        return {
            "at": self.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "error": [[REPORT, "OperationOutcome", told]] if told else [],
            "extension": {"stored": place.stored, "rejected": place.rejected, "refused": refused},
        }

    def _report(self, place: Place) -> BinaryIO:
        descriptor = os.open(self.report_path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+b", buffering=0)
        file.truncate(place.report)
        file.seek(place.report)
        return file

    # -- reading -------------------------------------------------------------------------------------------------------

    async def _read(self, place: Place, report: BinaryIO, *, store: bool) -> Place:
        """Go through what is left of the files; one batch is stored while the next is prepared."""
        flying: asyncio.Task[Place] | None = None
        try:
            for index in range(place.file, len(self.what.sources)):
                source = self.what.sources[index]
                if index > place.file:
                    before = place.before + _size(self.what.sources[index - 1])
                    place = replace(place, file=index, offset=0, line=0, before=before)
                with _opened(source) as file:
                    file.seek(place.offset)
                    reading = _batches(file, place.offset, place.line)
                    while lines := next(reading, None):
                        items = await self._prepared(lines)
                        if flying is not None:
                            place = await flying
                        flying = asyncio.ensure_future(self._settled(place, items, source, report, store))
                        await asyncio.sleep(0)
                if flying is not None:
                    place = await flying
                    flying = None
        finally:
            if flying is not None:
                flying.cancel()
                await asyncio.gather(flying, return_exceptions=True)
        return place

    async def _prepared(self, lines: Sequence[Line]) -> list[Item]:
        """What each line makes of itself: a change, or what is wrong with it.

        Not in a thread: it would fight for the interpreter with the writer, which lets it go for each body that it packs
        (measured: four times slower). Others have their turn every few milliseconds.
        """
        items: list[Item] = []
        for n, line in enumerate(lines):
            if n % SLICE == SLICE - 1:
                await asyncio.sleep(0)
            try:
                if line.data is None:
                    raise _refused(f"la ligne dépasse {LONGEST} octets", f"the line is longer than {LONGEST} octets")
                data = line.data.strip()
                items.append(Item(line.number, line.end, self._put(data) if data else None))
            except Problem as problem:
                items.append(Item(line.number, line.end, problem))
        return items

    def _put(self, data: bytes) -> Put:
        resource = parse(data)
        check(resource)
        resource_type = resource["resourceType"]
        id = resource.get("id")
        self.rules.check(resource_type, id or "")
        return self.repository.put(resource, id=id or self.draw())

    # -- storing -------------------------------------------------------------------------------------------------------

    async def _settled(
        self, place: Place, items: Sequence[Item], source: Source, report: BinaryIO, store: bool
    ) -> Place:
        """A batch settled, and the place after it."""
        if store:
            place = await self._stored(place, items, source, report)
        else:
            place = await self._noted(place, await self._judged(items), source, report)
            now = time.monotonic()
            if now - self.pulse >= PULSE:
                self.pulse = now
                (sql, arguments), _ = self._checkpoint(place)
                await self.database.query(sql, *arguments)
                await self._check_ours()
        self.told(place.before + place.offset, self.total, place)
        return place

    async def _stored(
        self, place: Place, items: Sequence[Item], source: Source, report: BinaryIO, attempt: int = 1
    ) -> Place:
        """Store a batch with the word that it is. What the store refuses is found by halves: only its line is rejected.

        A line that is judged against what another of the batch writes comes after it, in a batch of its own.
        """
        if cut := self._repeated(items):
            place = await self._stored(place, items[:cut], source, report)
            return await self._stored(place, items[cut:], source, report)
        judged = await self._judged(items)
        reached = await self._noted(place, judged, source, report)
        puts = [item.made for item in judged if item.made is not None and not isinstance(item.made, Problem)]
        reached = replace(reached, stored=place.stored + len(puts))
        try:
            await self.repository.store.commit(Unit(puts, self._trace(), rows=self._checkpoint(reached)))
            return reached
        except Problem as problem:
            await self._check_ours()
            if problem.kind is Kind.UNAVAILABLE or not puts:
                raise
            if len(items) == 1:
                crossed = problem.kind in (Kind.CONFLICT, Kind.PRECONDITION_FAILED) and attempt < ATTEMPTS
                if crossed and self._looks_at(items[0]):
                    return await self._stored(place, items, source, report, attempt + 1)
                return await self._stored(place, [replace(items[0], made=problem)], source, report)
        half = len(items) // 2
        place = await self._stored(place, items[:half], source, report)
        return await self._stored(place, items[half:], source, report)

    def _looks_at(self, item: Item) -> bool:
        return isinstance(item.made, Put) and self.rules.judges(item.made.type)

    def _repeated(self, items: Sequence[Item]) -> int:
        """The first line that is judged against what one before it writes; 0 when there is none."""
        seen: set[tuple[str, str]] = set()
        for n, item in enumerate(items):
            if isinstance(item.made, Put) and self.rules.judges(item.made.type):
                name = (item.made.type, item.made.id)
                if name in seen:
                    return n
                seen.add(name)
        return 0

    async def _judged(self, items: Sequence[Item]) -> list[Item]:
        """The lines as the register's own rule lets them through, each against the version that is current now."""
        names = [(put.type, put.id) for item in items if self._looks_at(item) and isinstance(put := item.made, Put)]
        if not names:
            return list(items)
        there = {(one.type, one.id): one for one in await self.repository.store.read_many(names)}
        trace = self._trace()
        judged: list[Item] = []
        for item in items:
            if isinstance(put := item.made, Put) and self._looks_at(item):
                current = there.get((put.type, put.id))
                expected = replace(put, expect=current.version if current is not None else ABSENT)
                try:
                    item = replace(item, made=await self.rules.judge(expected, current, trace))
                except Problem as problem:
                    if problem.kind is Kind.UNAVAILABLE:
                        raise
                    item = replace(item, made=problem)
            judged.append(item)
        return judged

    def _checkpoint(self, place: Place) -> list[tuple[str, Sequence[Any]]]:
        """Statements that keep how far we are, and that fail when the work is not ours any more."""
        ours = "id = $1 AND attempts = $2 AND state = 'running'"
        keep = f"UPDATE {SCHEMA}.request SET checkpoint = $3::text::jsonb, done = $4, total = $5 WHERE {ours}"
        said = orjson.dumps(asdict(place)).decode()
        mine = (self.asked.id, self.asked.attempts)
        return [
            (keep, (*mine, said, place.before + place.offset, self.total)),
            (f"SELECT 1 / (SELECT count(*) FROM {SCHEMA}.request WHERE {ours})", mine),
        ]

    async def _check_ours(self) -> None:
        """Raises: Stopped when the work was cancelled, or another turn at it has begun."""
        now = await desk.find(self.database, self.asked.id)
        if now is None or (now.state, now.attempts) != ("running", self.asked.attempts):
            raise Stopped

    def _trace(self) -> Trace:
        return replace(self.asked.trace, at=self.clock())

    # -- the report ----------------------------------------------------------------------------------------------------

    async def _noted(self, place: Place, items: Sequence[Item], source: Source, report: BinaryIO) -> Place:
        """The place after a batch; what is wrong in it is told durably and counted."""
        reached = replace(place, offset=items[-1].end, line=items[-1].line)
        wrong = [(item.line, item.made) for item in items if isinstance(item.made, Problem)]
        if not wrong:
            return reached
        room = max(0, MOST_TOLD - place.rejected)
        told = [self._outcome(source, number, problem) for number, problem in wrong[:room]]
        await asyncio.to_thread(_rewrite, report, place.report, told)
        size = place.report + sum(map(len, told))
        return replace(reached, rejected=place.rejected + len(wrong), report=size)

    def _outcome(self, source: Source, number: int, problem: Problem) -> bytes:
        where = Text(f"{source.name}, ligne {number} : ", f"{source.name}, line {number}: ")
        issues = [
            replace(issue, text=Text(where.fr + issue.text.fr, where.en + issue.text.en))
            for issue in problem.issues[:ISSUES]
        ]
        outcome = operation_outcome(issues, self.what.language, kind=problem.kind)
        outcome["extension"] = [{"url": LINE, "valueString": f"{source.name}:{number}"}]
        return orjson.dumps(outcome) + b"\n"


def _rewrite(report: BinaryIO, begin: int, told: Sequence[bytes]) -> None:
    report.truncate(begin)
    report.seek(begin)
    report.write(b"".join(told))
    os.fsync(report.fileno())


def _size(source: Source) -> int:
    try:
        return Path(source.path).stat().st_size
    except OSError:
        raise _missing(source) from None


def _opened(source: Source) -> BinaryIO:
    try:
        return Path(source.path).open("rb", buffering=1024 * 1024)
    except OSError:
        raise _missing(source) from None


def _missing(source: Source) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le fichier « {source.name} » n'est plus là, ou ne peut pas être lu.",
        f"The file “{source.name}” is not there any more, or cannot be read.",
        rule=_RULE,
    )


def _refused(fr: str, en: str) -> Problem:
    return Problem(Kind.INVALID, Issue(Text(f"{fr}.", f"{en}."), rule=_RULE))


def _batches(file: BinaryIO, offset: int, line: int) -> Iterator[list[Line]]:
    """The lines of a file by batches, from a place on; a line too long is passed over in constant memory."""
    batch: list[Line] = []
    size = 0
    while data := file.readline(LONGEST + 1):
        line += 1
        offset += len(data)
        kept: bytes | None = data
        if len(data) > LONGEST and not data.endswith(b"\n"):
            kept = None
            size += 1
            while more := file.readline(LONGEST):
                offset += len(more)
                if more.endswith(b"\n"):
                    break
        batch.append(Line(line, kept, offset))
        size += len(data) if kept is not None else 0
        if len(batch) >= BATCH or size >= MOST_OCTETS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
