"""The extraction of mailboxes of MSSanté comes in: read, compared with the mailboxes that are kept, put in place at once.

What it no longer tells is taken away, if an extraction brought it; what an operator declared here stays. A load that was
cut goes on where it stopped when the same file is given again.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from socle.foundations.people.actions.charge import Charge
from socle.foundations.people.model import EtatLot
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.rules import boites as rules
from socle.foundations.people.rules.ecarts import may_apply
from socle.foundations.people.store import boites, loads, reading
from socle.foundations.people.store.lines import Lues
from socle.foundations.people.store.staging import MOST_TOLD, Staging
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.outcome import Kind, Problem, Refused, Text
from socle.kernel.policy import Actor
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database, Whole

Progress = Callable[[int, int, str], None]
"""Units done, units in all, what is being done (a word of `STEPS`)."""

STEPS: Final = ("lecture", "calcul", "construction", "bascule")
CHUNK: Final = 16  # blocks of a megabyte written together
WHAT: Final = Text("boîtes MSSanté", "mailboxes of MSSanté")


async def import_mailboxes(
    repository: Repository,
    database: Database,
    source: Path,
    files: list[reading.Fichier],
    *,
    clock: Callable[[], datetime],
    by: Actor,
    trace: Trace,
    force: bool,
    progress: Progress,
) -> Charge:
    """Load an extraction of mailboxes, whose permission was decided; what was done. Raises: as `import_extraction`."""
    columns = []
    for file in files:
        first, alone = reading.premiere(file)
        columns.append(rules.colonnes(first, file.name))
        if alone:
            raise reading.headings_alone(file.name)
    async with database.switch(REGISTER) as switch:
        await loads.alone(switch)
        lot = await loads.begin(switch, source.name, reading.empreinte(files), loads.MAILBOXES, by.name, clock())
        if lot.etat is EtatLot.SERVI:
            return Charge(lot.id, deja=True, boites=True)
        await database.record(REGISTER, Event(trace, Action.EXECUTE, query=f"import {source.name}"))
        work = _Load(repository, database, Staging(switch, lot.id, lot.point), files, progress)
        work.done.repris = bool(lot.point)
        try:
            await work.read(columns)
            async with database.whole(REGISTER, trace) as whole:
                await work.put_in_place(whole, clock, force=force)
            await boites.drop(switch)
        except Problem as problem:
            if problem.kind is not Kind.UNAVAILABLE:
                await boites.drop(switch)
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
        progress: Progress,
    ) -> None:
        self.repository = repository
        self.database = database
        self.staging = staging
        self.files = files
        self.progress = progress
        self.done = Charge(staging.lot, boites=True)
        self.parameters = repository.indexer.parameters.of("PractitionerRole")

    async def read(self, columns: list[rules.Colonnes]) -> None:
        """Go through the files, from where an earlier turn left off, by chunks written with their place."""
        point, total = self.staging.point, sum(file.size for file in self.files)
        if not point:
            await boites.start(self.staging.switch)
            point.update({"file": 0, "offset": 0, "line": 0, "lignes": 0, "rejets": 0})
            await self.staging.reached(EtatLot.LECTURE, total=total)
        self.done.lignes, self.done.rejetes = point["lignes"], point["rejets"]
        lecture, before = reading.Lecture(), 0
        link = self.parameters["practitioner"].reference
        for rank, (file, one) in enumerate(zip(self.files, columns, strict=True)):
            if rank >= point["file"]:
                reader = boites.Lecteur(file.name, rank, one, lecture, link)
                offset, line, waiting = point["offset"], point["line"], []
                for after, lines in reading.blocs(file, offset):
                    if not line:
                        lines, line = lines[1:], 1
                    waiting.append(reader.staged(lines, line + 1))
                    line, offset = line + len(lines), after
                    if len(waiting) >= CHUNK:
                        await self._keep(waiting, before + offset, file=rank, offset=offset, line=line)
                        waiting = []
                    self.progress(before + offset, total, "lecture")
                    await asyncio.sleep(0)
                await self._keep(waiting, before + file.size, file=rank + 1, offset=0, line=0)
            before += file.size
        if lecture.other:
            self.done.notes.append(
                (
                    f"{lecture.other} lignes n'étaient pas en UTF-8 : lues en Windows-1252.",
                    f"{lecture.other} lines were not in UTF-8: read as Windows-1252.",
                )
            )

    async def _keep(self, waiting: list[Lues], passed: int, **place: int) -> None:
        rejets = [one for lues in waiting for one in lues.rejets]
        rows = b"".join(lues.rows for lues in waiting)
        lignes = self.done.lignes + sum(lues.lignes for lues in waiting)
        rejetes = self.done.rejetes + len(rejets)
        async with self.staging.step(**place, lignes=lignes, rejets=rejetes):
            if rows:
                await self.staging.switch.copy(boites.TABLE, boites.COLUMNS, rows)
            await self.staging.reject(rejets, self.done.rejetes)
            await self.staging.reached(lignes=lignes, rejets=rejetes, fait=passed)
        self.done.lignes = lignes
        self.done.leave_out(rejets)

    async def put_in_place(self, whole: Whole, clock: Callable[[], datetime], *, force: bool) -> None:
        """Compare, decide, keep and show, in the transaction `whole`."""
        self.progress(0, 1, "calcul")
        work = boites.Comparing(self.repository, whole, [file.name for file in self.files])
        found = self.done.ecarts = await work.differ(self.parameters["organization"].reference)
        count, rejets = await work.left_out(MOST_TOLD)
        counts = {"crees": found.crees, "modifies": found.modifies, "clos": found.clos, "connus": found.connus}
        read, rejected = self.done.lignes, self.done.rejetes + count
        async with self.staging.switch.together():
            await self.staging.forget_rejets(self.done.rejetes)  # of an earlier turn that was cut here
            await self.staging.reject(rejets, self.done.rejetes)
            await loads.note(self.staging.switch, self.staging.lot, self.done.notes)
            await self.staging.reached(EtatLot.CONSTRUCTION, rejets=rejected, **counts)
        self.done.rejetes = rejected
        self.done.rejets += rejets[: max(0, 20 - len(self.done.rejets))]
        decision = may_apply(found, read=read, rejected=rejected, what=WHAT, agrees="e")
        if isinstance(decision, Refused) and not force:
            decision.or_raise()
        total = await work.holders()
        async for holders in work.apply():
            self.progress(holders, total, "construction")
        self.done.versions = whole.written
        statement = self.staging.done(clock(), whole.written)
        await whole.execute(statement[0], *statement[1])
        whole.detail = f"load {self.staging.lot}"
