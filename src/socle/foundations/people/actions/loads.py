"""What is told of the loads of the directory: to anyone, what each changed; to the operator, the lines left out too."""

from collections.abc import Mapping
from typing import Any

from socle.foundations.people.model import Rejet
from socle.foundations.people.permissions import IMPORT, PUBLIC
from socle.foundations.people.store import loads
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, decide
from socle.kernel.store.database import Database

MAILBOXES = loads.MAILBOXES  # the `origine` of a load that counts mailboxes; the others count professionals
Told = Mapping[str, Any]
"""A row of `lot`: id, source, origine, etat, debut, fin, par, fait, total, lignes, rejets, connus, crees, modifies, clos …"""


async def loaded(database: Database, *, by: Actor) -> list[Told]:
    """The last loads, latest first. Raises: Problem(FORBIDDEN)."""
    decide(by, PUBLIC).or_raise(Kind.FORBIDDEN)
    return [*await loads.told(database)]


async def one(database: Database, lot: int, *, by: Actor) -> tuple[Told, list[Rejet]] | None:
    """A load and the first lines that it left out, None when there is no such load. Raises: Problem(FORBIDDEN)."""
    decide(by, IMPORT).or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
    found = await loads.one(database, lot)
    return (found, await loads.rejected(database, lot)) if found is not None else None
