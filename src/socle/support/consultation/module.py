"""The consultation in the house: its pages, its tables, its jobs, its demonstration."""

import os
from collections.abc import Mapping
from typing import Any, Final

from socle.kernel.audit import Trace
from socle.kernel.module import Chapter, Door, House, Job, Module, Room
from socle.kernel.outbound.mail import post_of
from socle.kernel.outcome import Text
from socle.kernel.policy import Means
from socle.support.consultation import actions, demo, pages
from socle.support.consultation.permissions import PERMISSIONS

SCHEMA: Final = "consultation"


async def start(house: House) -> None:
    """Check the mail server that is configured; show something in a demonstration house."""
    post_of(os.environ)
    if house.settings.demo:
        await demo.fill(_forum(house), house.clock())


async def _send(house: House, arguments: Mapping[str, Any]) -> None:
    await actions.send_notices(_forum(house), post_of(os.environ), _trace(house, actions.SEND_JOB))


async def _close(house: House, arguments: Mapping[str, Any]) -> None:
    await actions.close_by_clock(_forum(house), arguments, _trace(house, actions.CLOSE_JOB))


def _forum(house: House) -> actions.Forum:
    return actions.Forum(house, house.settings.url)


def _trace(house: House, interaction: str) -> Trace:
    return Trace("house", "Socle", "", "", Means.SYSTEM, "house", house.clock(), SCHEMA, interaction)


JOBS: Final[dict[str, Job]] = {actions.SEND_JOB: _send, actions.CLOSE_JOB: _close}

MODULE: Final = Module(
    name="support.consultation",
    room=Room.SUPPORT,
    title=Text("Concertation", "Public consultation"),
    summary=Text(
        "Contribuer, et suivre la réponse donnée à chaque contribution.",
        "Contribute, and follow the answer given to each contribution.",
    ),
    path="/concertation",
    chapters=(Chapter("2026", "observatory"),),
    permissions=PERMISSIONS,
    routes=lambda house: pages.routes(house),
    doors=(
        Door(
            "/concertation/2026/donnees",
            Text("La concertation en données ouvertes", "The consultation as open data"),
            "JSON, CSV",
        ),
    ),
    schemas={SCHEMA: "socle.support.consultation"},
    jobs=JOBS,
    start=start,
)
