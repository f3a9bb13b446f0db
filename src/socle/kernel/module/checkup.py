"""Asking every module how it is: its tables answer, its work is not late, its own check finds nothing.

A state is looked at, never declared: a module that is stopped, emptied or cut from its database shows it at the next
look. Looks are remembered a few seconds, so that a page read by a thousand people asks the database once.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from socle.kernel.module.health import WELL, Health, State, degraded
from socle.kernel.module.module import Module, Status
from socle.kernel.outcome import Problem, Text
from socle.kernel.store import jobs

if TYPE_CHECKING:
    from socle.kernel.module.house import House

KEPT: Final = timedelta(seconds=5)
LONGEST: Final = 2.0  # seconds that a module has to answer
_ABSENT: Final = Health(
    State.ABSENT,
    Text(
        "À venir : la doctrine le prévoit, cette maison ne l'offre pas encore.",
        "To come: the doctrine foresees it, this house does not offer it yet.",
    ),
)


class Checkup:
    """The last look at the modules of a house."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._at: datetime | None = None
        self._found: Mapping[str, Health] = {}

    async def of(self, house: "House") -> Mapping[str, Health]:
        """The health of every module, by name, at most `KEPT` old."""
        async with self._lock:
            now = house.clock()
            if self._at is None or not self._at <= now < self._at + KEPT:
                found = await asyncio.gather(*(examine(house, module) for module in house.modules))
                self._found = {module.name: health for module, health in zip(house.modules, found, strict=True)}
                self._at = now
            return self._found


async def examine(house: "House", module: Module) -> Health:
    """Look at one module, now. Never raises: what cannot be looked at is degraded, and says why."""
    if module.status is not Status.RUNNING:
        return _ABSENT
    if module.name in house.unopened:
        return Health(State.DEGRADED, house.unopened[module.name])
    try:
        async with asyncio.timeout(LONGEST):
            for found in (await _tables(house, module), await _work(house, module)):
                if found is not WELL:
                    return found
            return await module.health(house) if module.health else WELL
    except TimeoutError:
        return degraded(
            f"Pas de réponse en {LONGEST:.0f} secondes. Regardez la charge de la base de données.",
            f"No answer within {LONGEST:.0f} seconds. Look at the load of the database.",
        )
    except Problem as problem:
        return Health(State.DEGRADED, problem.issues[0].text)
    except Exception as error:
        return degraded(
            f"La vérification elle-même a échoué ({type(error).__name__}). Le journal de la maison en dit plus.",
            f"The check itself failed ({type(error).__name__}). The log of the house says more.",
        )


async def _tables(house: "House", module: Module) -> Health:
    """The module's schemas are there, with tables."""
    wanted = ["house", *(endpoint.register.name for endpoint in module.endpoints), *module.schemas]
    rows = await house.database.query(
        "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname = ANY($1::text[])", wanted
    )
    missing = sorted(set(wanted) - {row["schemaname"] for row in rows})
    if not missing:
        return WELL
    names = ", ".join(missing)
    return degraded(
        f"Tables absentes de la base de données : {names}. Redémarrez la maison, elle les créera.",
        f"Tables missing from the database: {names}. Restart the house, it will make them.",
    )


async def _work(house: "House", module: Module) -> Health:
    """The module's background work is neither late nor given up."""
    if not module.jobs:
        return WELL
    late, failed = await jobs.trouble(house.database, list(module.jobs), house.clock())
    if failed:
        return degraded(
            f"Travaux de fond abandonnés après plusieurs essais depuis hier : {failed}. Le journal en dit la cause.",
            f"Background jobs given up after several attempts since yesterday: {failed}. The log says why.",
        )
    if late:
        return degraded(
            f"Travaux de fond en retard : {late}. Vérifiez que la maison tourne avec ses travaux de fond.",
            f"Background jobs that are late: {late}. Check that the house runs with its background work.",
        )
    return WELL
