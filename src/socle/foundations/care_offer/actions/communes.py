"""Communes: those that ship, those of an official file."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from socle.foundations.care_offer.permissions import IMPORT, REGISTER
from socle.foundations.care_offer.store import cog
from socle.foundations.care_offer.store.communes import COMMUNES, Commune, placed
from socle.foundations.country import communes as shipped
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, decide
from socle.kernel.store.database import Database

SHIPPED: Final = "socle"
BATCH: Final = 5_000
# The country is made of some arrondissements of these three: who searches around one gives the code of the whole.
WHOLE: Final = (
    Commune("75056", "Paris", 48.857, 2.352),
    Commune("13055", "Marseille", 43.297, 5.381),
    Commune("69123", "Lyon", 45.758, 4.835),
)


async def ship(database: Database, *, trace: Trace) -> None:
    """Keep the communes that ship with the house, unless some are there already."""
    [row] = await database.query(f"SELECT count(*) AS n FROM {REGISTER}.commune")
    if row["n"]:
        return
    found = [Commune(one.code, one.nom, one.latitude, one.longitude) for one in shipped()]
    found += WHOLE
    await database.write(REGISTER, placed(found, SHIPPED, trace.at), trace)


async def load(database: Database, communes: Iterable[Commune], source: str, *, by: Actor, trace: Trace) -> int:
    """Keep communes read from a file, those of the same code replaced; answers how many. Raises: Problem(FORBIDDEN).

    Batches are read first and written in one transaction: a wrong line leaves nothing half loaded.
    """
    decide(by, IMPORT).or_raise(Kind.FORBIDDEN)
    statements = [one for batch in _batches(communes) for one in placed(batch, source, trace.at)]
    await database.write(REGISTER, statements, trace)
    return sum(len(args[0]) for _, args in statements)


async def load_file(database: Database, path: Path, *, by: Actor, trace: Trace) -> int:
    """Keep the communes of a file; answers how many. Raises: Problem(FORBIDDEN), Problem(INVALID) naming the line."""
    decide(by, IMPORT).or_raise(Kind.FORBIDDEN)
    found = await asyncio.to_thread(cog.read, path)
    return await load(database, found, path.name, by=by, trace=trace)


async def name_of(database: Database, code: str, now: datetime) -> str:
    """The name of the commune that has this code in the COG, "" when it is not known here."""
    await COMMUNES.refresh(database, now)
    found = COMMUNES.name(code)
    return "" if found == code else found


def _batches(communes: Iterable[Commune]) -> Iterator[list[Commune]]:
    pending = iter(communes)
    while batch := list(islice(pending, BATCH)):
        yield batch
