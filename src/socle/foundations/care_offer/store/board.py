"""The board of beds: sums by territory, places of one, in one statement each; only what the reader's profile sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from socle.foundations.care_offer.model.profil import ChampActivite
from socle.foundations.care_offer.permissions import REGISTER
from socle.foundations.care_offer.rules import capacities
from socle.foundations.care_offer.store.sight import hidden_places, social_places
from socle.foundations.care_offer.store.tension import IS_TENSE
from socle.kernel.search.repository import Repository
from socle.kernel.store import Row

_S: Final = REGISTER
MOST: Final = 2_000  # places of a territory shown at once
MOST_ALARMS: Final = 200


@dataclass(frozen=True, slots=True)
class Seeing:
    """Which measures and places are summed.

    statuses   codes of TRE_R330 that are seen
    sensitive  places of sensitive units too
    social     places of the medico-social offer alone
    """

    statuses: tuple[str, ...]
    sensitive: bool
    social: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the board: "" for all. `kind`: 01 beds, 02 places; `function`: TRE_R343; `organization`: its id."""

    territory: str = ""
    function: str = ""
    kind: str = ""
    organization: str = ""


async def territories(repository: Repository, seeing: Seeing, wanted: Wanted, now: datetime) -> Sequence[Row]:
    """One row a territory: beds by status, places, how many of them are late, the oldest count, tension."""
    where, args = _where(repository, seeing, wanted)
    calm, tense = _bound(args, capacities.PERIODS[False]), _bound(args, capacities.PERIODS[True])
    at = _bound(args, now, "timestamptz")
    late = f"p.updated < {at} - CASE WHEN {IS_TENSE} THEN {tense} ELSE {calm} END"
    sums = ", ".join(f"coalesce(sum(b.s{code}), 0)::bigint AS s{code}" for code in ("01", "02", "03", "04", "05", "06"))
    return await repository.store.query(
        f"SELECT p.territory, count(*) AS places, count(*) FILTER (WHERE {late}) AS late, "
        f"min(p.updated) AS oldest, bool_or({IS_TENSE}) AS tense, {sums} "
        f"FROM {_S}.place p JOIN LATERAL ({_beds(args, seeing, wanted)}) AS b ON b.n > 0 WHERE {where} "
        "GROUP BY p.territory ORDER BY p.territory",
        *args,
    )


async def places(repository: Repository, seeing: Seeing, wanted: Wanted, now: datetime) -> Sequence[Row]:
    """The places of a territory with their beds, those counted longest ago first; at most `MOST`."""
    where, args = _where(repository, seeing, wanted)
    columns = ", ".join(f"b.s{code}" for code in ("01", "02", "03", "04", "05", "06"))
    return await repository.store.query(
        f"SELECT p.location, p.name, p.commune, p.department, p.function, p.updated, {IS_TENSE} AS tense, {columns} "
        f"FROM {_S}.place p JOIN LATERAL ({_beds(args, seeing, wanted)}) AS b ON b.n > 0 WHERE {where} "
        f"ORDER BY p.updated, p.location LIMIT {MOST}",
        *args,
    )


async def alarms(repository: Repository, seeing: Seeing, territory: str, ended: bool) -> Sequence[Row]:
    """The alarms that are open, of the places counted longest ago first; or those that have ended, the latest first."""
    where, args = _where(repository, seeing, Wanted(territory))
    which, order = ("NOT NULL", "a.ended DESC") if ended else ("NULL", "a.since")
    return await repository.store.query(
        f"SELECT a.location, a.raised, a.since, a.ended, p.name, p.commune, p.territory, p.department, {IS_TENSE} AS tense "
        f"FROM {_S}.alarm a JOIN {_S}.place p ON p.location = a.location "
        f"JOIN LATERAL ({_beds(args, seeing, Wanted())}) AS b ON b.n > 0 "
        f"WHERE {where} AND a.since IS NOT NULL AND a.ended IS {which} "
        f"ORDER BY {order}, a.location LIMIT {MOST_ALARMS}",
        *args,
    )


def _where(repository: Repository, seeing: Seeing, wanted: Wanted) -> tuple[str, list[Any]]:
    args: list[Any] = []
    parts = ["p.updated IS NOT NULL"]
    if wanted.territory:
        parts.append(f"p.territory = {_bound(args, wanted.territory, 'text')}")
    if wanted.function:
        parts.append(f"p.function = {_bound(args, wanted.function, 'text')}")
    if wanted.organization:
        parts.append(f"p.organization = {_bound(args, wanted.organization, 'text')}")
    if not seeing.sensitive:
        parts.append(f"NOT p.key = ANY(ARRAY({hidden_places(repository, args)}))")
    if seeing.social:
        parts.append(f"p.key = ANY(ARRAY({social_places(repository, args, ChampActivite.MEDICO_SOCIAL)}))")
    return " AND ".join(parts), args


def _beds(args: list[Any], seeing: Seeing, wanted: Wanted) -> str:
    """Beds of now (temporality 01) of a place, by status."""
    columns = ", ".join(
        f"sum(number) FILTER (WHERE status = '{code}') AS s{code}" for code in ("01", "02", "03", "04", "05", "06")
    )
    kind = f" AND kind = {_bound(args, wanted.kind, 'text')}" if wanted.kind else ""
    seen = _bound(args, list(seeing.statuses), "text[]")
    return (
        f"SELECT count(*) AS n, {columns} FROM {_S}.bed WHERE bed.location = p.location "
        f"AND temporality = '01' AND status = ANY({seen}){kind}"
    )


def _bound(args: list[Any], value: Any, cast: str = "interval") -> str:
    args.append(value)
    return f"${len(args)}::{cast}"


async def switches(repository: Repository) -> Sequence[Row]:
    """Every move of the switch of tension, the latest first; at most two hundred."""
    return await repository.store.query(
        f"SELECT territory, at, tense, who, reason FROM {_S}.tension ORDER BY at DESC, territory LIMIT 200"
    )


__all__ = ["Seeing", "Wanted", "alarms", "places", "switches", "territories"]
