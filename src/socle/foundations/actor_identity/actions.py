"""What one does at the door: come in, go out. Both leave a trace."""

from typing import Final

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store.database import Database

SCHEMA: Final = "house"
LOGIN: Final = "login"
LOGOUT: Final = "logout"


async def come_in(database: Database, *, by: Actor, trace: Trace) -> None:
    """Note that someone logged in, before the door opens.

    Raises: Problem(UNAUTHENTICATED) for nobody.
    """
    if not by.is_authenticated:
        raise Problem.of(Kind.UNAUTHENTICATED, "Choisissez qui vous êtes.", "Choose who you are.")
    await database.record(SCHEMA, Event(trace, Action.EXECUTE, detail=f"means: {by.means}"))


async def go_out(database: Database, *, by: Actor, trace: Trace) -> None:
    """Note that someone logged out; nobody leaves no trace."""
    if by.is_authenticated:
        await database.record(SCHEMA, Event(trace, Action.EXECUTE))
