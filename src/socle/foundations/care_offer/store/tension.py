"""Territories in tension, and the alarms that follow from them."""

from datetime import datetime, timedelta
from typing import Any, Final

from socle.foundations.care_offer.permissions import REGISTER
from socle.kernel.policy import Actor

Statement = tuple[str, tuple[Any, ...]]
_S: Final = REGISTER
# The territories whose switch is on now: regions and departments.
TENSE: Final = (
    f"SELECT territory FROM (SELECT DISTINCT ON (territory) territory, tense FROM {_S}.tension "
    "ORDER BY territory, at DESC) AS last WHERE tense"
)
# Whether the territory of a place `p` is in tension: its region, or its department written with a D before it.
IS_TENSE: Final = f"(p.territory IN ({TENSE}) OR 'D' || p.department IN ({TENSE}))"


def moved(territory: str, tense: bool, reason: str, by: Actor, at: datetime) -> Statement:
    """The statement that moves the switch of a territory."""
    return (
        f"INSERT INTO {_S}.tension (territory, at, tense, who, reason) VALUES ($1, $2, $3, $4, $5)",
        (territory, at, tense, by.name or by.id, reason),
    )


def alarms(now: datetime, calm: timedelta, tense: timedelta) -> list[Statement]:
    """The statements that raise the alarms that are due and end those that are not any more.

    A place where no bed was ever counted raises none: nobody promised to count there.
    """
    late = f"p.updated < $1::timestamptz - CASE WHEN {IS_TENSE} THEN $3::interval ELSE $2::interval END"
    return [
        (
            f"UPDATE {_S}.alarm a SET ended = $1 WHERE a.ended IS NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {_S}.place p WHERE p.location = a.location AND {late})",
            (now, calm, tense),
        ),
        (
            f"INSERT INTO {_S}.alarm (location, raised, since) SELECT p.location, $1, p.updated FROM {_S}.place p "
            f"WHERE {late} AND NOT EXISTS (SELECT 1 FROM {_S}.alarm a WHERE a.location = p.location AND a.ended IS NULL)",
            (now, calm, tense),
        ),
    ]
