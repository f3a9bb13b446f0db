"""What the tests of the store are made of: a clock that is moved by hand, traces, people."""

from datetime import UTC, datetime, timedelta
from typing import Any

from socle.kernel.audit import Trace
from socle.kernel.store import Keys, Put, Unit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Clock:
    """Time stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def trace(interaction: str = "update", *, at: datetime = NOON, register: str = "sandbox") -> Trace:
    return Trace("a1", "Accueil", "identity-agent", "CH de Test", "api-key", "test", at, register, interaction, "r1")


def patient(id: str, family: str = "MARTIN", *, tok: int = 7, **members: Any) -> Put:
    """Puts Patient/id, found by `tok` and by its family name."""
    resource = {"resourceType": "Patient", "name": [{"family": family}], **members}
    keys = Keys(
        toks=[tok],
        present=1,
        dlo=NOON,
        dhi=NOON + timedelta(days=1),
        dates=[(11, NOON, NOON + timedelta(days=1))],
        numbers=[(12, 1.5, 2.5, 0, 3)],
        strings=[(13, family.casefold())],
        subject=f"Patient/{id}",
    )
    return Put("Patient", id, resource, keys)


def unit(*changes: Any, **rest: Any) -> Unit:
    return Unit(changes, trace(), **rest)
