"""For registers that show activities and equipment too: which loads took effect, and what they touched."""

from collections.abc import AsyncIterator, Sequence

from socle.foundations.structures.model import Part, Structure
from socle.foundations.structures.permissions import READ
from socle.foundations.structures.store import offering
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, decide
from socle.kernel.store.database import Database


async def settled(database: Database, *, by: Actor) -> list[int]:
    """The loads that took effect, in the order in which they did. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await offering.settled(database)


async def equipped(
    database: Database, loads: Sequence[int], *, by: Actor
) -> AsyncIterator[list[tuple[Structure, list[Part]]]]:
    """The structures that these loads touched, by pages and in constant memory, each with its activities, heavy and social
    equipment as they are now (none, when they were taken away).

    Raises: Problem(FORBIDDEN).
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    async with database.snapshot() as snapshot:
        async for page in offering.equipped(snapshot, loads):
            yield page
