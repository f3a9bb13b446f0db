"""An extraction comes in: read, compared with what is served, built beside it, put in its place at once.

What was served is served until the last step, which is one transaction. A load that was cut goes on where it stopped when the
same source is given again; another source abandons it.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, aclosing
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from socle.foundations.people.actions.charge import Charge
from socle.foundations.people.actions.gathering import Gathering
from socle.foundations.people.actions.mailing import Progress, import_mailboxes
from socle.foundations.people.model import Ecarts, EtatLot
from socle.foundations.people.model.colonnes import Sorte
from socle.foundations.people.permissions import IMPORT
from socle.foundations.people.rules import ecarts as rules
from socle.foundations.people.rules.lignes import same_identifier
from socle.foundations.people.store import loads, reading
from socle.foundations.people.store.building import (
    PERSONNES,
    Fait,
    Lot,
    build,
    build_apart,
    first_of,
    prepare,
    rows_of,
    structures,
    together,
)
from socle.foundations.people.store.fhir import organization_id, practitioner_id, structure_key
from socle.foundations.people.store.lines import Reader
from socle.foundations.people.store.staging import STAYS, S, Staging, person_tokens
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Issue, Kind, Problem, Refused, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database
from socle.kernel.store.postgres.binary import TABLES
from socle.kernel.store.postgres.rows import instant
from socle.kernel.store.postgres.switch import is_stale

PIECE: Final = 400_000  # octets of lines built together: a thousand persons
BATCH: Final = 1_000  # persons, or structures, closed together
PARALLEL_FROM: Final = 4_000  # persons from which other processes are worth their start
EXCHANGE_FROM: Final = 20_000  # versions from which exchanging tables may be quicker than changing them
# One version in so many changes nothing that statistics say: they take longer than a day's difference.
UNTOLD: Final = 20
FLYING: Final = 6
NAMED: Final = 5  # rejected lines that a refusal names
TRIES: Final = 3
_PERSONS: Final = (
    f'SELECT {PERSONNES} FROM {S}.lot_ligne WHERE personne > $1 ORDER BY personne, sorte, contenu COLLATE "C"'
)
# One line of a structure tells it: the first.
_STRUCTURES: Final = (
    f'SELECT structure, min(contenu COLLATE "C") AS contenu FROM {S}.lot_ligne WHERE structure > $1 '
    "GROUP BY structure ORDER BY structure"
)


async def import_extraction(
    repository: Repository,
    database: Database,
    source: Path,
    *,
    clock: Callable[[], datetime],
    by: Actor,
    trace: Trace,
    force: bool = False,
    origine: str = "extraction",
    processes: int = 2,
    progress: Progress = lambda done, total, what: None,
) -> Charge:
    """Load the files of `source` (a zip, a folder, a file), of professionals or of mailboxes; what was done.

    force      a difference beyond the thresholds is applied all the same
    processes  how many build resources, beside this one, when there are many
    Raises: Problem(FORBIDDEN); Problem(CONFLICT) while another load runs; Problem(INVALID) for files that are not what they
    should be; Problem(RULE_VIOLATED) for a suspicious difference. What was served then still is.
    """
    decide(by, IMPORT).or_raise(Kind.FORBIDDEN)
    files = reading.fichiers(source)
    if reading.boites_parmi(files):
        return await import_mailboxes(
            repository, database, source, files, clock=clock, by=by, trace=trace, force=force, progress=progress
        )
    entetes = [reading.entete(file) for file in files]
    async with database.switch(S) as switch:
        await loads.alone(switch)
        lot = await loads.begin(switch, source.name, reading.empreinte(files), origine, by.name, clock())
        if lot.etat is EtatLot.SERVI:
            return Charge(lot.id, deja=True)
        await database.record(S, Event(trace, Action.EXECUTE, query=f"import {source.name}"))
        staging = Staging(switch, lot.id, lot.point)
        work = _Load(repository, database, staging, files, entetes, clock, trace, processes, progress)
        work.done.repris = bool(lot.point)
        try:
            await work.run(force=force, known=lot.connus, before=lot.avant)
        except Problem as problem:
            if problem.kind is not Kind.UNAVAILABLE:
                await staging.drop()
                await loads.refuse(switch, lot.id, problem, clock())
            raise
        return work.done


class _Load:
    def __init__(
        self,
        repository: Repository,
        database: Database,
        staging: Staging,
        files: list[reading.Fichier],
        entetes: list[Any],
        clock: Callable[[], datetime],
        trace: Trace,
        processes: int,
        progress: Progress,
    ) -> None:
        self.repository = repository
        self.database = database
        self.staging = staging
        self.switch = staging.switch
        self.clock = clock
        self.trace = trace
        self.processes = processes
        self.progress = progress
        self.done = Charge(staging.lot)
        self.readers = [
            (file, Reader(file.name, rank, entete))
            for rank, (file, entete) in enumerate(zip(files, entetes, strict=True))
        ]
        self.gathering = Gathering(staging, self.readers, self.done, processes, progress)
        parameters = repository.indexer.parameters.of("PractitionerRole")
        self.reference = parameters["practitioner"].reference

    @property
    def point(self) -> dict[str, Any]:
        return self.staging.point

    async def run(self, *, force: bool, known: int, before: int) -> None:
        """Every step that is not done yet."""
        if not self.point:
            await self.staging.start()
            first = not await self.staging.knows()
            self.point.update({"step": "lignes" if first else "empreintes", "first": first})
            await self.staging.reached(EtatLot.LECTURE, total=self.gathering.total)
        self.done.lignes, self.done.rejetes = self.point.get("lignes", 0), self.point.get("rejets", 0)
        self._note_columns()
        known_pieces: frozenset[bytes] | None = None
        if self.point["step"] == "empreintes":
            known_pieces = await self.staging.known()
            await self.gathering.hashes(known_pieces)
            self.point.update({"step": "lignes", "file": 0, "offset": 0, "line": 0})
            await self.staging.reached()
        if self.point["step"] == "lignes":
            await self._read_lines(known_pieces)
            known_pieces = None
            self.point["step"] = "calcul"
            await self.staging.reached(EtatLot.CALCUL)
        if self.point["step"] == "calcul":
            await self._compare(force=force, known=known, before=before)
        if self.point["step"] == "construction":
            self.done.ecarts = Ecarts(*self.point["ecarts"])
            await self._build()
            self.point["step"] = "bascule"
            await self.staging.reached(EtatLot.BASCULE)
        await self._put_in_place()

    async def _read_lines(self, known: frozenset[bytes] | None) -> None:
        """Those of everybody at the first load, and when too many are touched; else of those who are."""
        persons, still = None, frozenset[bytes]()
        if not self.point["first"]:
            persons = await self.staging.differ()
        if persons is not None:
            if known is None:  # the first reading was of an earlier turn
                known = await self.staging.known()
            still = known - await self.staging.stirred()
        await self.gathering.lines(persons, still)

    def _note_columns(self) -> None:
        for file, reader in self.readers:
            if reader.entete.unknown:
                names = ", ".join(reader.entete.unknown[:5])
                self.done.notes.append(
                    (
                        f"{file.name} : colonnes inconnues, laissées de côté : {names}.",
                        f"{file.name}: unknown columns, left out: {names}.",
                    )
                )

        sortes = {reader.entete.sorte for _, reader in self.readers}
        if len(self.readers) > 1 and Sorte.ACTIVITE in sortes:
            for missing in sorted(set(Sorte) - sortes):
                name = {Sorte.DIPLOME: "Dipl_AutExerc", Sorte.SAVOIR_FAIRE: "SavoirFaire"}[missing]
                self.done.notes.append(
                    (
                        f"il manque le fichier {name} des trois de l'extraction : ce qu'il disait est retiré.",
                        f"the file {name} of the three of the extraction is missing: what it said is taken away.",
                    )
                )

    # -- comparing -----------------------------------------------------------------------------------------------------

    async def _compare(self, *, force: bool, known: int, before: int) -> None:
        self.progress(0, 1, "calcul")
        first = self.point["first"]
        if first:
            await self.staging.touch_all()
        await self.switch.run(f"ANALYZE {S}.lot_ligne")
        found = await self.staging.ecarts(known, first=first)
        self.done.ecarts = found
        if others := self.point.get("autres"):
            self.done.notes.append(
                (
                    f"{others} lignes n'étaient pas en UTF-8 : lues en Windows-1252.",
                    f"{others} lines were not in UTF-8: read as Windows-1252.",
                )
            )
        await loads.note(self.switch, self.staging.lot, self.done.notes)
        decision = rules.may_apply(found, read=self.done.lignes, rejected=self.done.rejetes)
        if isinstance(decision, Refused) and not force:
            await self.staging.reached(crees=found.crees, modifies=found.modifies, clos=found.clos, connus=known)
            told = [
                Issue(Text(f"{one.where} : {one.fr}", f"{one.where}: {one.en}"), rule=one.regle)
                for one in self.done.rejets[:NAMED]
            ]
            raise Problem(Kind.RULE_VIOLATED, Issue(decision.text, rule=decision.requirement), *told)
        at = instant(self.clock())
        self.point.update(
            {
                "step": "construction",
                "at": at.isoformat(),
                "since": await self.switch.position(),
                "ecarts": [found.connus, found.crees, found.modifies, found.clos],
            }
        )
        await self.staging.reached(
            EtatLot.CONSTRUCTION,
            crees=found.crees,
            modifies=found.modifies,
            clos=found.clos,
            connus=before + found.crees - found.clos,
        )

    # -- building ------------------------------------------------------------------------------------------------------

    async def _build(self) -> None:
        self.total_persons = max(1, self.done.ecarts.touches)
        self.persons = self.point.get("persons", 0)
        self.versions = self.point.get("versions", 0)
        self.is_empty = not await self.switch.query(f"SELECT 1 FROM {S}.resource LIMIT 1")
        self.has_bals = bool(await self.switch.query(f"SELECT 1 FROM {S}.bal LIMIT 1"))
        rows = await self.switch.query(f"SELECT code, nom FROM {S}.libelle WHERE nomenclature = 'commune'")
        communes = {row["code"]: row["nom"] for row in rows}
        at = datetime.fromisoformat(self.point["at"])
        self.rid, self.rids_left = 0, 0
        self.flying: deque[tuple[asyncio.Future[Fait], dict[str, Any]]] = deque()
        many = self.done.ecarts.touches >= PARALLEL_FROM and self.processes > 0
        with ExitStack() as stack:
            pool = stack.enter_context(_pool(self.processes, communes)) if many else None
            try:
                async with aclosing(self._batches()) as batches:
                    async for lot, point in batches:
                        await self._send(pool, lot, at, communes, point)
                while self.flying:
                    await self._receive()
            finally:
                for task, _ in self.flying:
                    task.cancel()
                if pool is not None and self.flying:
                    pool.shutdown(wait=False, cancel_futures=True)
        self.done.versions = self.versions

    async def _batches(self) -> AsyncGenerator[tuple[Lot, dict[str, Any]], None]:
        """Persons, then structures, then those of whom nothing is left; each batch with the place after it."""
        stage = self.point.get("stage", "personnes")
        if stage == "personnes":
            async with aclosing(self._read_back(_PERSONS, self.point.get("person", -(2**63)))) as batches:
                async for lines, last in batches:
                    yield await self._persons(lines), {"stage": stage, "person": last}
            stage = "structures"
        if stage == "structures":
            async with aclosing(self._read_back(_STRUCTURES, self.point.get("structure", -(2**63)))) as batches:
                async for lines, last in batches:
                    yield await self._structures(lines), {"stage": stage, "structure": last}
            stage = "partis"
        left = await self.staging.left()
        for start in range(0, len(left), BATCH):
            ids = left[start : start + BATCH]
            served = await self.staging.served(
                [resource_key("Practitioner", id) for id in ids], person_tokens(self.reference, ids)
            )
            yield Lot(served=served), {"stage": "partis"}
        gone = [] if self.point["first"] else await self.staging.gone_structures()
        for start in range(0, len(gone), BATCH):
            yield Lot(served=await self.staging.served(gone[start : start + BATCH], ())), {"stage": "partis"}

    async def _read_back(self, sql: str, after: int) -> AsyncGenerator[tuple[bytes, int], None]:
        """The lines that were read, in the order of their first column, from after one on: sorted by the database, on disk if
        need be. By batches, with the last of that column: those of one are together.
        """
        async with self.database.snapshot() as snapshot, aclosing(snapshot.lines(sql, after)) as pieces:
            await snapshot.query("SELECT set_config('work_mem', '96MB', true)")
            waiting = bytearray()
            async for piece in pieces:
                waiting += piece
                while len(waiting) >= PIECE and (cut := together(waiting, PIECE)):
                    lines = bytes(waiting[:cut])
                    del waiting[:cut]
                    yield lines, first_of(lines)
            if waiting:
                yield bytes(waiting), first_of(bytes(waiting))

    async def _persons(self, lines: bytes) -> Lot:
        lot = Lot(personnes=lines)
        if self.is_empty and not self.has_bals:
            return lot
        persons = dict(line.split("\t", 2)[:2] for line in rows_of(lines))
        ids = [practitioner_id(one) for one in persons.values()]
        if not self.is_empty:
            keys = [resource_key("Practitioner", id) for id in ids]
            lot.served = await self.staging.served(keys, person_tokens(self.reference, ids))
            lot.towns = await self.staging.towns([int(one) for one in persons])
        if self.has_bals:
            lot.bals = await self.staging.bals([f"Practitioner/{id}" for id in ids])
        return lot

    async def _structures(self, lines: bytes) -> Lot:
        lot = Lot(structures=lines)
        if not self.is_empty:
            lot.served = await self.staging.served([int(line.partition("\t")[0]) for line in rows_of(lines)], ())
        if self.has_bals:
            ids = [organization_id(structure_key(values)) for values in structures(lines)]
            lot.bals = await self.staging.bals([f"Organization/{id}" for id in ids])
        return lot

    async def _send(
        self, pool: Executor | None, lot: Lot, at: datetime, communes: Mapping[str, str], point: dict[str, Any]
    ) -> None:
        most = lot.most
        if self.rids_left < most:
            block = max(most, 50_000)
            self.rid, self.rids_left = await self.switch.reserve(block), block
        lot.rid = self.rid
        self.rid += most
        self.rids_left -= most
        if pool is None:
            future: asyncio.Future[Fait] = asyncio.get_running_loop().create_future()
            future.set_result(build(lot, at, communes))
            await asyncio.sleep(0)
        else:
            future = asyncio.get_running_loop().run_in_executor(pool, build_apart, lot, at)
        self.flying.append((future, point))
        while len(self.flying) > FLYING:
            await self._receive()

    async def _receive(self) -> None:
        future, point = self.flying.popleft()
        fait = await future
        self.versions += fait.versions
        self.persons += fait.personnes
        rejets = [
            self.readers[one.fichier][1].rejected(one.numero, same_identifier(one.id_nat, one.premier, one.autre))
            for one in fait.autres
        ]
        await self.staging.built(fait, rejets, self.done.rejetes, **point, persons=self.persons, versions=self.versions)
        self.done.leave_out(rejets)
        self.progress(min(self.persons, self.total_persons), self.total_persons, "construction")

    # -- the switch ----------------------------------------------------------------------------------------------------

    async def _put_in_place(self) -> None:
        self.done.ecarts = Ecarts(*self.point["ecarts"])
        self.done.versions = self.versions = self.point.get("versions", 0)
        for attempt in range(TRIES):
            self.progress(0, 1, "bascule")
            try:
                await self._switch_over()
                break
            except Problem as problem:
                if not is_stale(problem) or attempt == TRIES - 1:
                    raise
            await self._build_again()
        await self.staging.drop()
        await self.switch.run(f"ANALYZE {S}.ligne")
        changed = self.versions >= 1_000 and self.versions * UNTOLD >= self.held
        if changed and not self.point.get("complete"):  # what was exchanged has its statistics
            for table in (*TABLES, "situation"):
                await self.switch.run(f"ANALYZE {S}.{table}")
        for index in ("resource_toks", "situation_mots"):
            await self.switch.query(f"SELECT gin_clean_pending_list('{S}.{index}'::regclass)")
        self.progress(1, 1, "bascule")

    async def _switch_over(self) -> None:
        since, consumers = self.point["since"], self.database.consumers(S)
        self.held = await self.switch.held(self.versions * UNTOLD)
        settle = [*self.staging.settle(first=self.point["first"]), self.staging.done(self.clock(), self.versions)]
        if self.versions >= EXCHANGE_FROM and self.versions * 2 >= self.held:
            if not self.point.get("complete"):
                await self.switch.complete(STAYS)
                async with self.staging.step(complete=True):
                    await self.switch.seal(STAYS)
            statements = [*await self.switch.exchange(since, STAYS, consumers), *settle]
        else:
            statements = [*self.switch.in_place(since, consumers), *self.staging.project(), *settle]
        trace = replace(self.trace, at=self.clock())
        await self.database.write(S, statements, trace)

    async def _build_again(self) -> None:
        """Others wrote meanwhile: what was built is forgotten and made again on what is there now."""
        await self.switch.start()
        await self.switch.run(f"TRUNCATE {S}.next_situation")
        for name in ("stage", "person", "structure", "persons", "versions", "complete"):
            self.point.pop(name, None)
        self.point.update({"step": "construction", "since": await self.switch.position()})
        await self.staging.reached(EtatLot.CONSTRUCTION)
        await self._build()


def _pool(processes: int, communes: Mapping[str, str]) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=prepare, initargs=(communes,))
