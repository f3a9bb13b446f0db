"""What loads did, for who keeps the register and for who reads it: open data, like the register itself."""

from collections.abc import Mapping
from typing import Any

from socle.foundations.structures.permissions import READ
from socle.foundations.structures.store import register
from socle.foundations.structures.store.register import Asked, Changed, Load
from socle.foundations.structures.store.settling import EVENTS
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, decide

_NUMBERS = {name: number for number, name in EVENTS.items()}


async def loads(database: Asked, *, by: Actor) -> list[Load]:
    """Loads, the last one first. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.loads(database)


async def load(database: Asked, id: int, *, by: Actor) -> Load | None:
    """One load, None when there is none of that number. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.load(database, id) if 0 < id < 2**31 else None


async def faults(database: Asked, id: int, *, by: Actor) -> list[Mapping[str, Any]]:
    """What was wrong or strange in a load: file, line, field, rule, fr, en, severe. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.faults(database, id)


async def changes(
    database: Asked, id: int, *, event: str = "", whole: bool = True, offset: int = 0, count: int = 100, by: Actor
) -> tuple[list[Changed], int]:
    """What a load did to structures (`whole`) or to what is attached to them; and how many changes there are.

    event  created, changed, closed, reopened, removed; "" for all
    Raises: Problem(FORBIDDEN).
    """
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    number = _NUMBERS[event] if event else 0
    return await register.changes(database, id, event=number, whole=whole, offset=offset, count=count)


async def history(database: Asked, numero: str, *, by: Actor) -> list[Changed]:
    """What loads did to a structure, the last one first. Raises: Problem(FORBIDDEN)."""
    decide(by, READ).or_raise(Kind.FORBIDDEN)
    return await register.history(database, numero)
