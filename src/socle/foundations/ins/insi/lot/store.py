"""The tables of batches. Every write carries its trace; lines are verified a slice at a time, one question a slice."""

from collections.abc import AsyncIterable, Sequence
from datetime import datetime
from typing import Any, Final

from socle.foundations.ins.insi.lot.model import Etat, Ligne, Lot, Motif
from socle.foundations.ins.insi.store import SCHEMA
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.keys import key
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database
from socle.kernel.store.jobs import enqueue

JOB: Final = "insi.lot"
SLICE: Final = 5_000  # lines verified in one transaction
DELETED: Final = 20_000
_LINE: Final = (
    "lot", "n", "reference", "matricule", "oid", "nom_naissance", "prenoms", "sexe", "date_naissance", "lieu_naissance",
    "motif", "detail",
)  # fmt: skip
_LOT: Final = "SELECT key, id, owner, state, created, expires, lines, done, ok, ko FROM insi.lot "
# Names are equal when they are so once hyphens and apostrophes count as spaces; the given names sent are the list of
# the base or its beginning, by whole names.
_VERIFY: Final = r"""
SELECT l.n, p.id AS person,
       CASE WHEN l.motif IS NOT NULL THEN l.motif
            WHEN p.id IS NULL THEN
              CASE WHEN EXISTS (SELECT 1 FROM insi.identifier i WHERE i.matricule = l.matricule AND i.oid = l.oid)
                   THEN 'ANCIEN' ELSE 'INCONNU' END
            WHEN d.detail <> '' THEN 'TRAITS' ELSE 'OK' END AS motif,
       CASE WHEN l.motif IS NOT NULL THEN l.detail ELSE nullif(d.detail, '') END AS detail
  FROM insi.lot_line l
  LEFT JOIN insi.person p ON l.motif IS NULL AND p.matricule = l.matricule AND p.oid = l.oid
  LEFT JOIN LATERAL (SELECT concat_ws(',',
         CASE WHEN p.nom_naissance <> l.nom_naissance
               AND regexp_replace(p.nom_naissance, '[- '']+', ' ', 'g')
                <> regexp_replace(l.nom_naissance, '[- '']+', ' ', 'g') THEN 'nom_naissance' END,
         CASE WHEN p.liste_prenoms <> l.prenoms AND NOT starts_with(p.liste_prenoms, l.prenoms || ' ')
               AND regexp_replace(p.liste_prenoms, '[- '']+', ' ', 'g')
                <> regexp_replace(l.prenoms, '[- '']+', ' ', 'g') THEN 'prenoms' END,
         CASE WHEN p.sexe <> l.sexe THEN 'sexe' END,
         CASE WHEN p.date_naissance <> l.date_naissance THEN 'date_naissance' END,
         CASE WHEN p.lieu_naissance IS DISTINCT FROM l.lieu_naissance AND l.lieu_naissance IS NOT NULL
              THEN 'lieu_naissance' END) AS detail) d ON p.id IS NOT NULL
 WHERE l.lot = $1 AND l.n > $2 AND l.n <= $3
"""


def lot_key(lot_id: str) -> int:
    """The key under which lines are filed."""
    return key("lot", lot_id)


class Lots:
    """The batches of the house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, lot_id: str) -> Lot | None:
        """A batch by its identifier."""
        rows = await self._database.query(_LOT + "WHERE key = $1", lot_key(lot_id))
        return _lot(rows[0]) if rows else None

    async def of_owner(self, owner: str) -> list[Lot]:
        """The batches of an actor, the latest first."""
        rows = await self._database.query(_LOT + "WHERE owner = $1 ORDER BY created DESC LIMIT 100", owner)
        return [_lot(row) for row in rows]

    async def in_states(self, *states: Etat) -> list[Lot]:
        """Every batch in one of these states."""
        rows = await self._database.query(_LOT + "WHERE state = ANY($1::text[])", list(states))
        return [_lot(row) for row in rows]

    async def expired(self, now: datetime) -> list[Lot]:
        """Every batch that must be forgotten."""
        return [_lot(row) for row in await self._database.query(_LOT + "WHERE expires < $1", now)]

    async def open(self, lot_id: str, owner: str, expires: datetime, trace: Trace) -> None:
        """A batch that is about to be received."""
        sql = "INSERT INTO insi.lot (key, id, owner, state, created, expires) VALUES ($1, $2, $3, $4, $5, $6)"
        args = [lot_key(lot_id), lot_id, owner, Etat.RECEPTION, trace.at, expires]
        await self._database.write(SCHEMA, [(sql, args)], trace)

    async def receive(self, lot_id: str, lines: AsyncIterable[Ligne], trace: Trace) -> int:
        """Keep the lines, all or none; answers how many."""
        number = lot_key(lot_id)

        async def rows() -> Any:
            async for line in lines:
                yield (
                    number, line.n, line.reference, line.matricule, line.oid, line.nom_naissance, line.prenoms,
                    line.sexe, line.date_naissance, line.lieu_naissance, line.motif, line.detail,
                )  # fmt: skip

        return await self._database.load(SCHEMA, "lot_line", _LINE, rows(), trace)

    async def received(self, lot_id: str, lines: int, trace: Trace) -> None:
        """The lines are all there: in the same transaction, their verification is put on the job table."""
        sql = "UPDATE insi.lot SET state = $2, lines = $3 WHERE key = $1 AND state = $4"
        state = (sql, [lot_key(lot_id), Etat.ATTENTE, lines, Etat.RECEPTION])
        await self._database.write(SCHEMA, [state, enqueue(JOB, {"lot": lot_id}, trace)], trace)

    async def requeue(self, lot: Lot, trace: Trace) -> None:
        """Put an unfinished batch on the job table again, unless a job for it is there."""
        there = await self._database.query(
            "SELECT 1 FROM house.job WHERE name = $1 AND arguments ->> 'lot' = $2 AND state IN ('waiting', 'running')",
            JOB,
            lot.id,
        )
        if not there:
            await self._database.write(SCHEMA, [enqueue(JOB, {"lot": lot.id}, trace)], trace)

    async def move(self, lot: Lot, to: Etat, trace: Trace) -> None:
        """From its state to another; nothing if it is no longer in that state."""
        sql = "UPDATE insi.lot SET state = $2 WHERE key = $1 AND state = $3"
        await self._database.write(SCHEMA, [(sql, [lot.key, to, lot.state])], trace)

    async def delete(self, lot: Lot, trace: Trace) -> None:
        """Forget a batch: what was sent and what was found. By slices, so that others can write in between."""
        bound = await self._database.query("SELECT max(n) AS last FROM insi.lot_line WHERE lot = $1", lot.key)
        for last in range(DELETED, (bound[0]["last"] or 0) + DELETED, DELETED):
            await self._database.write(SCHEMA, [(sql, [lot.key, last]) for sql in _DELETE_SLICE], trace)
        await self._database.write(SCHEMA, [("DELETE FROM insi.lot WHERE key = $1", [lot.key])], trace)

    async def verify_slice(self, lot: Lot, trace: Trace) -> bool:
        """Verify the next lines; False when there is none.

        Exactly once whatever happens in between: results and progress are one transaction, and a second worker on the
        same slice changes nothing.
        """
        bound = await self._database.query(
            "SELECT max(n) AS last FROM (SELECT n FROM insi.lot_line WHERE lot = $1 AND n > $2 ORDER BY n LIMIT $3) s",
            lot.key,
            lot.done,
            SLICE,
        )
        last = bound[0]["last"]
        if last is None:
            return False
        found = await self._database.query(_VERIFY, lot.key, lot.done, last)
        ok = sum(row["motif"] == Motif.OK for row in found)
        progress = (
            "UPDATE insi.lot SET done = $3, ok = ok + $4, ko = ko + $5 WHERE key = $1 AND done = $2 AND state = $6",
            [lot.key, lot.done, last, ok, len(found) - ok, Etat.TRAITEMENT],
        )
        results = (
            "INSERT INTO insi.lot_result (lot, n, motif, detail)"
            " SELECT $1, r.* FROM unnest($2::int[], $3::text[], $4::text[]) AS r(n, motif, detail)"
            " WHERE EXISTS (SELECT 1 FROM insi.lot WHERE key = $1 AND done >= $5) ON CONFLICT DO NOTHING",
            [
                lot.key,
                *(list(column) for column in zip(*((r["n"], r["motif"], r["detail"]) for r in found), strict=True)),
                last,
            ],
        )
        concerns = tuple(f"individu/{row['person']}" for row in found if row["person"] is not None)
        note = Event(trace, Action.EXECUTE, entities=(f"lot/{lot.id}",), concerns=concerns, detail=f"lignes<={last}")
        await self._database.write(SCHEMA, [progress, results], trace, notes=[note])
        return True

    async def results(self, lot: Lot, after: int, count: int) -> Sequence[Row]:
        """Results after line `after`, in order: n, reference, motif, detail."""
        return await self._database.query(
            "SELECT r.n, l.reference, r.motif, r.detail FROM insi.lot_result r"
            " JOIN insi.lot_line l ON l.lot = r.lot AND l.n = r.n WHERE r.lot = $1 AND r.n > $2 ORDER BY r.n LIMIT "
            "$3",
            lot.key,
            after,
            count,
        )


_DELETE_SLICE: Final = (
    "DELETE FROM insi.lot_result WHERE lot = $1 AND n <= $2",
    "DELETE FROM insi.lot_line WHERE lot = $1 AND n <= $2",
)


def _lot(row: Row) -> Lot:
    return Lot(
        row["key"], row["id"], row["owner"], Etat(row["state"]), row["created"], row["expires"], row["lines"],
        row["done"], row["ok"], row["ko"],
    )  # fmt: skip
