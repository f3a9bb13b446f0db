"""The tables of the national base: one index look-up for a search by traits, one for a search by number.

Searches that arrive together leave together: while questions are under way, the next ones wait and go as one
`key = ANY(…)`. Under load the database answers a few large questions instead of many small ones.
"""

import asyncio
from dataclasses import replace
from typing import Final

from socle.foundations.ins.insi.model import Fiche, Identifiant
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database

SCHEMA: Final = "insi"
_IN_FLIGHT: Final = 2
_BATCH: Final = 128

_BY_KEY: Final = """
SELECT p.id, p.key, p.nom_naissance, p.liste_prenoms, p.sexe, p.date_naissance, p.lieu_naissance,
       p.matricule, p.cle, p.oid, p.date_deb, p.has_histo
  FROM insi.person p
 WHERE p.key = ANY($1::bigint[])
"""
_BY_MATRICULE: Final = """
SELECT p.id, p.key, p.nom_naissance, p.liste_prenoms, p.sexe, p.date_naissance, p.lieu_naissance,
       p.matricule, p.cle, p.oid, p.date_deb, p.has_histo
  FROM insi.person p
 WHERE p.matricule = $1
UNION ALL
SELECT p.id, p.key, p.nom_naissance, p.liste_prenoms, p.sexe, p.date_naissance, p.lieu_naissance,
       p.matricule, p.cle, p.oid, p.date_deb, p.has_histo
  FROM insi.person p
 WHERE p.id IN (SELECT i.person FROM insi.identifier i WHERE i.matricule = $1) AND p.matricule <> $1
"""
_HISTO: Final = """
SELECT matricule, cle, oid, date_deb, date_fin FROM insi.identifier WHERE person = $1 ORDER BY rank
"""


class Base:
    """The people of the national base, to be found."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[int, list[asyncio.Future[list[Row]]]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def by_traits(self, key: int) -> list[Fiche]:
        """Everyone filed under `key` (rules.traits_key); identifiers of the past are left out, see `with_history`."""
        future: asyncio.Future[list[Row]] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if len(self._running) < _IN_FLIGHT:
            self._start()
        return [_fiche(row) for row in await future]

    async def by_matricule(self, matricule: str) -> list[Fiche]:
        """Everyone who carries this number now or carried it once, with their history."""
        rows = await self._database.query(_BY_MATRICULE, matricule)
        return [await self.with_history(_fiche(row)) for row in rows]

    async def with_history(self, fiche: Fiche) -> Fiche:
        """The same person with the identifiers of the past, which only one answer in a hundred has."""
        if not fiche.has_histo or fiche.histo:
            return fiche
        rows = await self._database.query(_HISTO, fiche.ref)
        return replace(fiche, histo=tuple(_identifiant(row) for row in rows))

    def _start(self) -> None:
        task = asyncio.get_running_loop().create_task(self._drain())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _drain(self) -> None:
        """Ask for everything that waits, until nothing does."""
        await asyncio.sleep(0)  # let the neighbours of this loop tick join
        while self._waiting:
            batch = self._waiting
            if len(batch) > _BATCH:
                batch = dict(list(batch.items())[:_BATCH])
                for key in batch:
                    del self._waiting[key]
            else:
                self._waiting = {}
            found: dict[int, list[Row]] = {key: [] for key in batch}
            try:
                for row in await self._database.query(_BY_KEY, list(batch)):
                    found[row["key"]].append(row)
            except Exception as error:
                for future in _askers(batch):
                    future.set_exception(error)
            else:
                for key, rows in found.items():
                    for future in batch[key]:
                        if not future.done():  # the asker may have left
                            future.set_result(rows)


def _askers(batch: dict[int, list[asyncio.Future[list[Row]]]]) -> list[asyncio.Future[list[Row]]]:
    return [future for futures in batch.values() for future in futures if not future.done()]


def _fiche(row: Row) -> Fiche:
    return Fiche(
        row["id"],
        row["nom_naissance"],
        row["liste_prenoms"],
        row["sexe"],
        row["date_naissance"],
        row["lieu_naissance"] or "",
        Identifiant(row["matricule"], row["cle"], row["oid"], row["date_deb"]),
        row["has_histo"],
    )


def _identifiant(row: Row) -> Identifiant:
    return Identifiant(row["matricule"], row["cle"], row["oid"], row["date_deb"], row["date_fin"])
