"""Fill the national base with synthetic people: deterministic, in constant memory, resumable, never twice.

A person's rank in the population is its primary key, so what is there says where to go on. Each batch is two commits,
the past identifiers first: a batch counts once its people are there, and what a killed batch left is removed before
going on.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from socle.foundations.ins.insi.rules import traits_key
from socle.foundations.ins.insi.store import SCHEMA
from socle.foundations.ins.population import Personne, generate, published
from socle.kernel.audit import Trace
from socle.kernel.store.database import Database

Progress = Callable[[int, int], None]

BATCH: Final = 50_000
_BREATH: Final = 500  # people between two turns of the loop: others are served meanwhile
_PERSON: Final = (
    "id", "key", "nom_naissance", "liste_prenoms", "sexe", "date_naissance", "lieu_naissance", "matricule", "cle",
    "oid", "date_deb", "has_histo",
)  # fmt: skip
_IDENTIFIER: Final = ("person", "rank", "matricule", "cle", "oid", "date_deb", "date_fin")


async def seed(
    database: Database, n: int, *, trace: Trace, seed: int = 0, progress: Progress | None = None, batch: int = BATCH
) -> int:
    """Make the base hold the published test persons and the first `n` people of the population; answers how many came.

    progress  called with (people there, people wanted) after each batch
    Asking again for as many, or fewer, changes nothing.
    """
    first, has_published = await _there(database)
    added = 0
    if not has_published:
        added += await _load(database, list(published()), trace)
    if first < n:
        await _forget_unfinished(database, first, trace)
        people = islice(generate(n, seed), first, None)
        some = await _next(people, batch)
        while some:
            # the next ones are made while the database takes these in
            async with asyncio.TaskGroup() as both:
                loading = both.create_task(_load(database, some, trace))
                following = both.create_task(_next(people, batch))
            added += loading.result()
            if progress:
                progress(some[-1].rang + 1, n)
            some = following.result()
    if added:
        # plans know the new size at once, not when autovacuum comes by
        await database.write(SCHEMA, [(f"ANALYZE {SCHEMA}.person", ()), (f"ANALYZE {SCHEMA}.identifier", ())], trace)
    return added


async def _there(database: Database) -> tuple[int, bool]:
    """How many people of the population are there, and whether the published ones are."""
    rows = await database.query("SELECT max(id) AS last, min(id) AS first FROM insi.person")
    last, lowest = rows[0]["last"], rows[0]["first"]
    return (last + 1 if last is not None and last >= 0 else 0), (lowest is not None and lowest < 0)


async def _forget_unfinished(database: Database, first: int, trace: Trace) -> None:
    rows = await database.query("SELECT 1 FROM insi.identifier WHERE person >= $1 LIMIT 1", first)
    if rows:
        await database.write(SCHEMA, [("DELETE FROM insi.identifier WHERE person >= $1", [first])], trace)


async def _next(people: Iterator[Personne], size: int) -> list[Personne]:
    out: list[Personne] = []
    while len(out) < size and (some := list(islice(people, min(_BREATH, size - len(out))))):
        out += some
        await asyncio.sleep(0)
    return out


async def _load(database: Database, people: list[Personne], trace: Trace) -> int:
    former = [
        (personne.rang, rank, old.numero, old.cle, old.oid, old.debut, old.fin)
        for personne in people
        for rank, old in enumerate(personne.historique)
    ]
    if former:
        await database.load(SCHEMA, "identifier", _IDENTIFIER, former, trace)
    return await database.load(SCHEMA, "person", _PERSON, map(_row, people), trace)


def _row(personne: Personne) -> tuple[Any, ...]:
    return (
        personne.rang,
        traits_key(personne.nom_naissance, personne.sexe, personne.date_naissance),
        personne.nom_naissance,
        personne.prenoms,
        personne.sexe,
        personne.date_naissance,
        personne.lieu_naissance,
        personne.numero,
        personne.cle,
        personne.oid,
        personne.debut,
        bool(personne.historique),
    )
