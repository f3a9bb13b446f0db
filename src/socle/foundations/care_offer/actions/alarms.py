"""Alarms on beds that were not counted in time; the switch of tension."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from socle.foundations.care_offer.permissions import REGISTER, TENSION
from socle.foundations.care_offer.rules import capacities
from socle.foundations.care_offer.store import tension
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, Means, decide
from socle.kernel.store.database import Database

JOB: Final = "care_offer:alarms"
EVERY: Final = timedelta(minutes=5)
LONGEST: Final = 500  # characters of a reason


async def watch(house: House, arguments: Mapping[str, Any]) -> None:
    """The job: raise an alarm for each place whose beds were not counted in time, end those that were or are gone."""
    now = house.clock()
    trace = Trace("house", "Socle", "", "", Means.SYSTEM, "house", now, REGISTER, JOB)
    await house.database.write(
        REGISTER, tension.alarms(now, capacities.PERIODS[False], capacities.PERIODS[True]), trace
    )


async def open_count(database: Database) -> int:
    """How many alarms are open."""
    [row] = await database.query(f"SELECT count(*) AS n FROM {REGISTER}.alarm WHERE ended IS NULL")
    return int(row["n"])


async def declare(database: Database, territory: str, tense: bool, reason: str, *, by: Actor, trace: Trace) -> None:
    """Move the switch of a territory. Raises: Problem(FORBIDDEN | INVALID)."""
    decide(by, TENSION).or_raise(Kind.FORBIDDEN)
    if not territory.isalnum() or len(territory) > 3:
        raise Problem.of(
            Kind.INVALID,
            "Donnez le code d'une région ou d'un département.",
            "Give the code of a region or a department.",
        )
    if not reason.strip():
        raise Problem.of(
            Kind.INVALID,
            "Dites pourquoi : la raison reste dans l'historique du territoire.",
            "Say why: the reason stays in the history of the territory.",
            expression="raison",
        )
    event = Event(trace, Action.UPDATE, entities=(f"tension/{territory}",), detail="tense" if tense else "calm")
    await database.write(
        REGISTER, [tension.moved(territory, tense, reason.strip()[:LONGEST], by, trace.at)], trace, notes=[event]
    )
