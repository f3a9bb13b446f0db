"""The whole offer in files, for who keeps a copy. Source: ROR documentation, consumer scenarios 1 bis and 1 ter.

Unlike Bulk Data Access: files are JSON, the header Prefer is not needed, and what is extracted is always offers with their whole
graph (structures up to the legal entity, places, roles, professionals), whatever `includeAssociatedData` says.

Each page is what a search of the same consumer would have shown: nothing goes out that it could not have read. Pages are
read one after the other: the files are not one moment of the register, and an offer changed meanwhile may be in its former state;
the next extraction of differences brings it.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import Any, Final

from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.foundations.care_offer.permissions import REGISTER
from socle.foundations.care_offer.rules import extraction as rules
from socle.foundations.care_offer.store.communes import COMMUNES
from socle.foundations.care_offer.store.sight import Seen
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.bulk import desk, files
from socle.kernel.bulk.asked import pairs_of
from socle.kernel.fhir.keys import resource_key
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, system_said
from socle.kernel.search.parameter import Context
from socle.kernel.search.repository import Repository
from socle.kernel.store import Stored, Unit
from socle.kernel.store.jobs import enqueue

JOB: Final = "care_offer:extract"
MOST: Final = 1_000  # resources in a file
_PAGE: Final = "500"  # offers read at once
GRAPH: Final = (
    ("_include", "HealthcareService:organization"),
    ("_include:iterate", "Organization:partof"),
    ("_include", "HealthcareService:location"),
    ("_revinclude", "PractitionerRole:service"),
    ("_include:iterate", "PractitionerRole:practitioner"),
)


async def ask(repository: Repository, asked: rules.Extraction, *, id: str, url: str, seen: Seen, trace: Trace) -> None:
    """Keep the request and put its job on the table.

    Raises: Problem(INVALID) for a filter that is not understood; Problem(FORBIDDEN) for one on what the profile does not see;
    Problem(THROTTLED).
    """
    for query in asked.queries:
        repository.parser.parse(pairs_of(query), rules.OFFER, Context(trace.at, repository.bases, seen))
    await desk.check_room(repository.store, trace.who)
    kept = {**asked.to_json(), "profil": int(seen.profil), "owner": seen.owner}
    [row], event = desk.place(id, "export", REGISTER, url, kept, trace, later=False)
    job = enqueue(JOB, {"id": id}, trace)
    await repository.store.commit(Unit((), trace, [event], [row, job]))


async def cancel(repository: Repository, asked: desk.Asked, *, trace: Trace) -> None:
    """Stop an extraction, or forget one that is done."""
    statement, event = desk.stopping(asked, trace)
    await repository.store.commit(Unit((), trace, [event], [statement]))


async def run(house: House, arguments: Mapping[str, Any]) -> None:
    """The job: walk the offers as the consumer sees them, write the files, keep what came of it."""
    turn = await desk.begin(house.database, arguments["id"])
    if turn is None:
        return
    folder = files.folder_of(house.settings.data, turn.id)
    try:
        if turn.attempts > desk.MOST_ATTEMPTS["export"]:
            raise Problem.of(
                Kind.INTERNAL,
                "Cette extraction a été interrompue trop souvent ; redemandez-la.",
                "This extraction was interrupted too often; ask for it again.",
            )
        result = await _Walk(house, turn, await asyncio.to_thread(files.emptied, folder)).done()
        await desk.finish(house.database, turn, result, house.clock())
    except desk.Stopped:
        pass
    except Problem as problem:
        if problem.kind is Kind.UNAVAILABLE and turn.attempts < desk.MOST_ATTEMPTS["export"]:
            raise
        await asyncio.to_thread(files.remove, folder)
        await desk.fail(house.database, turn, problem, house.clock())


class _Walk:
    """One turn at an extraction."""

    def __init__(self, house: House, turn: desk.Asked, folder: Path) -> None:
        self._house = house
        self._turn = turn
        self._folder = folder
        self._repository = house.repositories[REGISTER]
        self._seen = Seen(ProfilAcces(turn.asked["profil"]), turn.owner, turn.asked["owner"], COMMUNES)
        self._gone: set[int] = set()  # what is in a file already: a structure belongs to many offers
        self._waiting: dict[str, list[bytes]] = {}
        self._output: list[list[Any]] = []
        self._count = 0

    async def done(self) -> Mapping[str, Any]:
        """Everything, file after file."""
        await COMMUNES.refresh(self._house.database, self._house.clock())
        at, secret = self._house.clock(), token_bytes(32)
        for query in rules.Extraction.from_json(self._turn.asked).queries or ("",):
            pairs = [*pairs_of(query), *GRAPH, ("_count", _PAGE)]
            page = await self._repository.search(pairs, rules.OFFER, now=at, secret=secret, sight=self._seen)
            while True:
                await self._keep([*page.matches, *page.included])
                if page.next is None:
                    break
                page = await self._repository.page(page.next, now=at, secret=secret, sight=self._seen)
        for of in list(self._waiting):
            await self._file(of)
        said = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"at": said, "output": sorted(self._output, key=lambda one: (one[1], one[0]))}

    async def _keep(self, resources: Sequence[Stored]) -> None:
        concerns: dict[str, None] = {}
        for one in resources:
            key = resource_key(one.type, one.id)
            if key in self._gone:
                continue
            self._gone.add(key)
            self._count += 1
            if one.subject is not None:
                concerns[one.subject] = None
            waiting = self._waiting.setdefault(one.type, [])
            waiting.append(one.body)
            if len(waiting) >= MOST:
                await self._file(one.type)
        if concerns:
            trace = replace(self._turn.trace, at=self._house.clock())
            event = Event(trace, Action.READ, entities=(f"bulk/{self._turn.id}",), concerns=tuple(concerns))
            await self._repository.store.record(event)
        await desk.progress(self._house.database, self._turn, self._count, self._count)

    async def _file(self, of: str) -> None:
        bodies = self._waiting.pop(of, [])
        if not bodies:
            return
        number = 1 + sum(1 for one in self._output if one[1] == of)
        name = f"{of}.{number}.json"
        try:
            await asyncio.to_thread(_write, self._folder / name, bodies)
        except OSError as error:
            raise Problem.of(
                Kind.UNAVAILABLE,
                f"Les fichiers ne peuvent pas être écrits ({system_said(error).fr}) : libérez de la place.",
                f"The files cannot be written ({system_said(error).en}): make room.",
            ) from error
        self._output.append([name, of, len(bodies)])


def _write(path: Path, bodies: Sequence[bytes]) -> None:
    """A Bundle of type collection, durably, for the house alone."""
    entries = b",".join(b'{"resource":' + body + b"}" for body in bodies)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}")
        file.flush()
        os.fsync(file.fileno())
