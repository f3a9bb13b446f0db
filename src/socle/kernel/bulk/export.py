"""The work of an export: one moment of a register, read once, written to files. Source: Bulk Data Access IG 2.0.0.

The moment: the event that tells of the export goes through the register's writer, so that all that was asked before it is
committed; then a snapshot of the database is taken. What changed up to `transactionTime` is in the files; what changes
later may be, and a next export with `_since` brings it.

Bodies are read as they are stored and unpacked to the files: nobody parses them, unless `_elements` asks for less.
Each export leaves the names of the persons whose data it took: one event for two thousand of them, so that "who saw my
data" is answered without costing as much as the export itself.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from socle.kernel.audit import Action, Event
from socle.kernel.bulk import desk, files
from socle.kernel.bulk.asked import Export, pairs_of
from socle.kernel.bulk.desk import Asked
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.keys import resource_key
from socle.kernel.fhir.subset import subset
from socle.kernel.outcome import Kind, Problem, system_said
from socle.kernel.search.parameter import Context
from socle.kernel.search.repository import Repository
from socle.kernel.search.sql import Writer
from socle.kernel.search.types.reference import local, token
from socle.kernel.store import Json, Row
from socle.kernel.store.compression import unpack
from socle.kernel.store.database import Database, Snapshot

PAGE: Final = 1_000  # rows read at once
LARGE: Final = 32 * 1024  # octets of a packed body beyond which it is read alone: memory stays bounded
PERSONS: Final = 2_000  # in one event
REMEMBERED: Final = 100_000  # persons already told, so that they are not told with each page
PULSE: Final = 1.0  # seconds between two words about progress
MOST_MEMBERS: Final = 500_000
_DEEP: Final = 10  # groups within groups


async def run(
    asked: Asked,
    database: Database,
    repository: Repository,
    data: Path,
    clock: Callable[[], datetime],
    said: Callable[[int, int], None] = lambda done, total: None,
) -> Mapping[str, Any]:
    """Write the files of `asked` and answer what they are: {"at", "output": [[name, type, count]], "deleted": […]}.

    said  called after each page with (resources, resources in all: an upper bound when some are left out)

    Raises: Stopped when it was cancelled meanwhile; Problem when it cannot be done.
    """
    work = _Work(Export.from_json(asked.asked), asked, database, repository, clock, said)
    folder = files.emptied(files.folder_of(data, asked.id))
    try:
        return await work.done(folder)
    except OSError as error:
        raise Problem.of(
            Kind.UNAVAILABLE,
            f"Les fichiers ne peuvent pas être écrits ({system_said(error).fr}) : libérez de la place dans le dossier des "
            "données.",
            f"The files cannot be written ({system_said(error).en}): make room in the data folder.",
        ) from error


@dataclass(slots=True)
class _Work:
    export: Export
    asked: Asked
    database: Database
    repository: Repository
    clock: Callable[[], datetime]
    said: Callable[[int, int], None]
    count: int = 0
    total: int = 0
    told: float = 0.0
    persons: dict[str, None] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    @property
    def schema(self) -> str:
        return self.repository.store.schema

    async def done(self, folder: Path) -> Mapping[str, Any]:
        """All of it."""
        members = await self._members()
        at = self.clock()
        trace = replace(self.asked.trace, at=at)
        await self.repository.store.record(Event(trace, Action.EXECUTE, entities=(f"bulk/{self.asked.id}",)))
        output: list[files.Written] = []
        deleted: list[files.Written] = []
        async with self.database.snapshot() as moment:
            types = await self._types(moment)
            self.total = sum(types.values())
            for name in types:
                output += await self._type(moment, folder, name, members)
            if self.export.since:
                deleted = await self._deleted(moment, folder, members)
        await self._tell_persons(rest=True)
        return {
            "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "output": [[one.name, one.type, one.count] for one in output],
            "deleted": [[one.name, one.type, one.count] for one in deleted],
        }

    # -- what is wanted ------------------------------------------------------------------------------------------------

    async def _types(self, moment: Snapshot) -> dict[str, int]:
        """Types wanted that have resources, with how many there are of each (before filters)."""
        rows = await moment.query(
            f"SELECT type, count(*) AS n FROM {self.schema}.resource WHERE NOT deleted GROUP BY type"
        )
        counts = {self.repository.definitions.type_name(row["type"]): row["n"] for row in rows}
        return {name: counts[name] for name in sorted(counts) if self._wanted(name)}

    def _wanted(self, name: str) -> bool:
        if self.export.types and name not in self.export.types:
            return False
        if self.export.level == "system":
            return True
        return name == "Patient" or bool(self.repository.definitions.patient_compartment(name))

    async def _members(self) -> tuple[str, ...] | None:
        """Ids of the patients wanted; None for all."""
        if self.export.level == "system":
            return None
        if self.export.level == "patient":
            return self.export.patients or None
        found: dict[str, None] = {}
        await self._members_of(self.export.group, found, set())
        if self.export.patients:
            return tuple(one for one in self.export.patients if one in found)
        return tuple(found)

    async def _members_of(self, group: str, found: dict[str, None], seen: set[str]) -> None:
        if group in seen or len(seen) >= _DEEP:
            return
        seen.add(group)
        stored = await self.repository.read("Group", group)
        if stored is None or stored.deleted:
            return
        for member in parse(stored.body).get("member", ()):
            here = local(member.get("entity", {}).get("reference", ""), self.repository.bases)
            if here is None or member.get("inactive") is True:
                continue
            kind, id = here
            if kind == "Patient":
                found[id] = None
            elif kind == "Group":
                await self._members_of(id, found, seen)
        if len(found) > MOST_MEMBERS:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Ce groupe a plus de {MOST_MEMBERS} membres : exportez tous les patients.",
                f"This group has more than {MOST_MEMBERS} members: export all patients.",
            )

    def _where(self, name: str, members: Sequence[str] | None) -> tuple[str, list[Any]]:
        """The condition on a row `r` of a type, and its arguments."""
        sql = Writer(self.schema, self.repository.definitions.type_code, self.repository.statistics, led=True)
        parts = [replace(sql, led=False).live((name,), "r")]  # all of a type: its index finds them
        export = self.export
        if export.since:
            parts.append(f"r.updated > {sql.arg(datetime.fromisoformat(export.since), 'timestamptz')}")
        if members is not None:
            keys = [resource_key("Patient", id) for id in members]
            if name == "Patient":
                parts.append(f"r.key = ANY({sql.arg(keys, 'bigint[]')})")
            else:
                owns = [token(name, by) for by in self.repository.definitions.patient_compartment(name)]
                tokens = sql.arg([own ^ key for own in owns for key in keys], "bigint[]")
                parts.append(  # hashed once, then asked of each row
                    f"EXISTS (SELECT 1 FROM unnest(r.toks) AS m(token) WHERE m.token = ANY({tokens}))"
                )
        elif export.level == "patient":
            parts.append("r.subject IS NOT NULL")
        filters = [query for of, query in export.filters if of == name]
        if filters:
            context = Context(self.asked.trace.at, self.repository.bases)
            each = [self.repository.parser.parse(pairs_of(one), name, context).query for one in filters]
            parts.append("(" + " OR ".join(f"({sql.all(one.conditions, (name,))})" for one in each) + ")")
        return " AND ".join(parts), sql.args

    # -- files ---------------------------------------------------------------------------------------------------------

    async def _type(
        self, moment: Snapshot, folder: Path, name: str, members: Sequence[str] | None
    ) -> list[files.Written]:
        where, args = self._where(name, members)
        elements = self.export.elements_of(name)
        sql = (
            f"SELECT r.rid, r.subject, CASE WHEN length(r.body) <= {LARGE} THEN r.body END AS body "
            f"FROM {self.schema}.resource r WHERE {where}"
        )
        out = files.Files(folder, name)
        try:
            async for page in moment.pages(sql, *args, size=PAGE):
                async for rows in self._whole(moment, page):
                    await asyncio.to_thread(_write, out, [row["body"] for row in rows], elements)
                self.count += len(page)
                await self._tell(page)
            await asyncio.to_thread(out.close)
        finally:
            out.abandon()
        return out.written

    async def _whole(self, moment: Snapshot, page: list[Row]) -> AsyncIterator[Sequence[Row]]:
        """The rows of a page, the large bodies one at a time."""
        small = [row for row in page if row["body"] is not None]
        if small:
            yield small
        for row in page:
            if row["body"] is None:
                yield await moment.query(f"SELECT body FROM {self.schema}.resource WHERE rid = $1", row["rid"])

    async def _deleted(self, moment: Snapshot, folder: Path, members: Sequence[str] | None) -> list[files.Written]:
        """Bundles of what was deleted since, and is not there any more. The index on moments of the history finds it."""
        since = datetime.fromisoformat(self.export.since)
        concerned = None if members is None else [f"Patient/{id}" for id in members]
        sql = (
            f"SELECT DISTINCT r.rid, r.type, r.fid, r.subject FROM {self.schema}.history h "
            f"JOIN {self.schema}.resource r ON r.key = h.key WHERE h.updated > $1 AND h.op = 3 AND r.deleted "
            "AND r.updated > $1 AND ($2::text[] IS NULL OR r.subject = ANY($2)) AND ($3 OR r.subject IS NOT NULL)"
        )
        out = files.Files(folder, "Bundle", prefix="deleted.")
        try:
            async for page in moment.pages(sql, since, concerned, self.export.level == "system", size=PAGE):
                names = [(self.repository.definitions.type_name(row["type"]), row["fid"]) for row in page]
                entries = [
                    {"request": {"method": "DELETE", "url": f"{of}/{id}"}} for of, id in names if self._wanted(of)
                ]
                if entries:
                    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
                    await asyncio.to_thread(out.write, [serialise(bundle)])
                await self._tell(page)
            await asyncio.to_thread(out.close)
        finally:
            out.abandon()
        return out.written

    # -- words ---------------------------------------------------------------------------------------------------------

    async def _tell(self, page: Sequence[Row]) -> None:
        """Note whose data these are; tell how far we are, and learn whether to go on. Raises: Stopped."""
        for row in page:
            subject = row["subject"]
            if subject is not None and subject not in self.known:
                if len(self.known) >= REMEMBERED:
                    self.known.clear()
                self.known.add(subject)
                self.persons[subject] = None
        await self._tell_persons()
        self.said(self.count, max(self.total, self.count))
        now = time.monotonic()
        if now - self.told >= PULSE:
            self.told = now
            await desk.progress(self.database, self.asked, self.count, max(self.total, self.count))

    async def _tell_persons(self, *, rest: bool = False) -> None:
        while len(self.persons) >= PERSONS or (rest and self.persons):
            some = tuple(self.persons)[:PERSONS]
            for one in some:
                del self.persons[one]
            trace = replace(self.asked.trace, at=self.clock())
            event = Event(trace, Action.READ, entities=(f"bulk/{self.asked.id}",), concerns=some)
            await self.repository.store.record(event)


def _write(out: files.Files, bodies: Sequence[bytes], elements: tuple[str, ...]) -> None:
    lines = [unpack(body) for body in bodies]
    if elements:
        lines = [_part(line, elements) for line in lines]
    out.write(lines)


def _part(body: bytes, elements: tuple[str, ...]) -> bytes:
    resource: Json = parse(body)
    return serialise(subset(resource, elements=elements))
