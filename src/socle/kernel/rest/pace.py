"""The `pace` step: how many requests a second one caller may make. A bucket that fills at that rate, and holds a second of it.

Kept in memory: each worker has its own count.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from math import ceil
from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.exchange import Exchange

MOST_CALLERS: Final = 10_000


class Pace:
    """The buckets of one server. `rate`: requests a second; 0 or less lets everything through."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._most = max(1.0, rate)
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def wait(self, who: str, now: datetime) -> float:
        """Seconds that `who` has to wait before another request; 0 when this one is let through (and counted)."""
        if self.rate <= 0:
            return 0.0
        left, since = self._buckets.pop(who, (self._most, now))
        left = min(self._most, left + max(0.0, (now - since).total_seconds()) * self.rate)
        served = left >= 1.0
        self._buckets[who] = (left - 1.0 if served else left, now)
        while len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0.0 if served else (1.0 - left) / self.rate


def pace_of(rate: Callable[[], float] | None) -> Pace | None:
    """The pace that a server asks of its callers, None when it asks none."""
    return Pace(rate()) if rate is not None else None


def pace(x: Exchange) -> None:
    """Let the caller through, or tell when to come back. Raises: Problem(THROTTLED) with Retry-After."""
    own = x.server.pace
    if own is None:
        return
    seconds = own.wait(f"{x.actor.id} {'' if x.actor.is_authenticated else x.source}", x.at)
    if seconds > 0:
        problem = Problem.of(
            Kind.THROTTLED,
            f"Plus de {own.rate:g} appels par seconde pour une même application : attendez, puis reprenez.",
            f"More than {own.rate:g} calls a second for one application: wait, then go on.",
            rule="Annuaire Santé, débit par application",
        )
        problem.headers = (("Retry-After", str(ceil(seconds))),)
        raise problem
