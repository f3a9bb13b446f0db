"""What is told of loads: one row each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from socle.foundations.people.model import EtatLot, Rejet
from socle.foundations.people.permissions import REGISTER
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.database import Database
from socle.kernel.store.postgres.switch import Switch

S: Final = REGISTER
_UNDER_WAY: Final = (EtatLot.LECTURE, EtatLot.CALCUL, EtatLot.CONSTRUCTION, EtatLot.BASCULE)
DEMONSTRATION: Final = "demonstration"
MAILBOXES: Final = "mssante"
_LOCK: Final = key("annuaire", "import")


@dataclass(frozen=True, slots=True)
class Lot:
    """A load about to begin or to go on. `avant`: persons known before it; `connus`: as far as they count for thresholds."""

    id: int
    etat: EtatLot
    point: dict[str, Any]
    connus: int
    avant: int


async def alone(switch: Switch) -> None:
    """One load at a time, until the connection ends. Raises: Problem(CONFLICT) while another one runs."""
    [held] = await switch.query("SELECT pg_try_advisory_lock($1) AS ours", _LOCK)
    if not held["ours"]:
        raise Problem.of(
            Kind.CONFLICT,
            "Un chargement de l'Annuaire est déjà en cours : attendez sa fin (page /annuaire/imports).",
            "A load of the Annuaire is already under way: wait until it ends (page /annuaire/imports).",
            rule="SOCLE-ANNUAIRE-ONE-LOAD",
        )


async def begin(switch: Switch, source: str, empreinte: str, origine: str, par: str, now: datetime) -> Lot:
    """The load of this source: the one that was cut, if it is the same; else a new one, and the other is abandoned.

    What mailboxes are known, and what persons, are told apart: by `origine`.
    """
    under_way = [one.value for one in _UNDER_WAY]
    rows = await switch.query(f"SELECT * FROM {S}.lot WHERE etat = ANY($1::text[]) ORDER BY id DESC LIMIT 1", under_way)
    last = await switch.query(
        f"SELECT * FROM {S}.lot WHERE etat = $1 AND (origine = $2) = $3 ORDER BY id DESC LIMIT 1",
        EtatLot.SERVI.value,
        MAILBOXES,
        origine == MAILBOXES,
    )
    before = last[0]["connus"] if last else 0
    known = before if last and last[0]["origine"] != DEMONSTRATION else 0
    if rows and rows[0]["empreinte"] == empreinte and rows[0]["point"] != "{}":
        return Lot(rows[0]["id"], EtatLot(rows[0]["etat"]), orjson.loads(rows[0]["point"]), known, before)
    if last and last[0]["empreinte"] == empreinte:
        return Lot(last[0]["id"], EtatLot.SERVI, {}, known, before)
    await switch.run(
        f"UPDATE {S}.lot SET etat = $1, fin = $2 WHERE etat = ANY($3::text[])", EtatLot.ABANDONNE.value, now, under_way
    )
    [row] = await switch.query(
        f"INSERT INTO {S}.lot (source, empreinte, origine, etat, debut, par) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        source,
        empreinte,
        origine,
        EtatLot.LECTURE.value,
        now,
        par,
    )
    return Lot(row["id"], EtatLot.LECTURE, {}, known, before)


async def refuse(switch: Switch, lot: int, problem: Problem, now: datetime) -> None:
    """A load ends without being served: why."""
    issues = [{"fr": issue.text.fr, "en": issue.text.en, "rule": issue.rule} for issue in problem.issues]
    await switch.run(
        f"UPDATE {S}.lot SET etat = $2, fin = $3, refus = $4::text::jsonb WHERE id = $1",
        lot,
        EtatLot.REFUSE.value,
        now,
        orjson.dumps(issues).decode(),
    )


async def note(switch: Switch, lot: int, notes: Sequence[tuple[str, str]]) -> None:
    """What is worth saying of a load."""
    await switch.run(
        f"UPDATE {S}.lot SET notes = $2::text::jsonb WHERE id = $1",
        lot,
        orjson.dumps([list(one) for one in notes]).decode(),
    )


async def told(database: Database, count: int = 50) -> list[dict[str, Any]]:
    """The last loads, newest first, as rows of `lot`."""
    rows = await database.query(f"SELECT * FROM {S}.lot ORDER BY id DESC LIMIT $1", count)
    return [dict(row) for row in rows]


async def one(database: Database, lot: int) -> dict[str, Any] | None:
    """One load."""
    rows = await database.query(f"SELECT * FROM {S}.lot WHERE id = $1", lot)
    return dict(rows[0]) if rows else None


async def rejected(database: Database, lot: int, count: int = 200) -> list[Rejet]:
    """The first lines that a load left out."""
    rows = await database.query(f"SELECT * FROM {S}.rejet WHERE lot = $1 ORDER BY rang LIMIT $2", lot, count)
    return [Rejet(r["fichier"], r["ligne"], r["colonne"], r["regle"], r["fr"], r["en"]) for r in rows]
