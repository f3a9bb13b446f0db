"""How a module is, right now."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from socle.kernel.outcome import Text


class State(StrEnum):
    """RUNNING does what it should; DEGRADED runs but something is missing; ABSENT is not in this house (yet)."""

    RUNNING = "running"
    DEGRADED = "degraded"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Health:
    """A state and, unless all is well (None), the reason: what is missing and what to do, for the operator and the readers."""

    state: State
    reason: Text | None = None


WELL: Final = Health(State.RUNNING)


def degraded(fr: str, en: str) -> Health:
    """Running, but something is missing: what, and what to do."""
    return Health(State.DEGRADED, Text(fr, en))
