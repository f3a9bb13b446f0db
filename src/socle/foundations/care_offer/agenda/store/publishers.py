"""The publishers whose servers the aggregator asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from socle.foundations.care_offer.agenda.store.agendas import Agendas, Statement
from socle.kernel.store import Row

FORMS = ("INDIVIDUAL", "CPTS", "SOS")


@dataclass(frozen=True, slots=True)
class Publisher:
    """A publisher: base of its FHIR server ("" for the house itself), what it answers, how long it is waited for (ms).

    asked, answer, took  the last time that it was asked, what came (a word, or a reason), how long it took (ms)
    """

    id: str
    name: str
    base: str
    key: str
    forms: tuple[str, ...]
    patience: int
    active: bool
    added: datetime
    asked: datetime | None = None
    answer: str = ""
    took: int | None = None


async def every(agendas: Agendas) -> list[Publisher]:
    """All of them, the house first, then by name."""
    rows = await agendas.store.query(f"SELECT * FROM {agendas.schema}.publisher ORDER BY base <> '', name")
    return [_publisher(row) for row in rows]


def keep(agendas: Agendas, publisher: Publisher) -> Statement:
    """Add a publisher, or change the one that has its id; an empty key leaves the one that is kept."""
    return (
        f"INSERT INTO {agendas.schema}.publisher AS p (id, name, base, key, forms, patience, active, added) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "base = excluded.base, key = CASE excluded.key WHEN '' THEN p.key ELSE excluded.key END, "
        "forms = excluded.forms, patience = excluded.patience, active = excluded.active",
        [
            publisher.id,
            publisher.name,
            publisher.base,
            publisher.key,
            list(publisher.forms),
            publisher.patience,
            publisher.active,
            publisher.added,
        ],
    )


def remove(agendas: Agendas, id: str) -> Statement:
    """Ask a publisher no more."""
    return (f"DELETE FROM {agendas.schema}.publisher WHERE id = $1 AND base <> ''", [id])


def note(agendas: Agendas, said: Sequence[tuple[str, str, int]], at: datetime) -> Statement:
    """What came from publishers that were asked: (id, answer, ms)."""
    return (
        f"UPDATE {agendas.schema}.publisher p SET asked = $1, answer = t.answer, took = t.took "
        "FROM unnest($2::text[], $3::text[], $4::integer[]) AS t(id, answer, took) WHERE p.id = t.id",
        [at, [one[0] for one in said], [one[1][:200] for one in said], [one[2] for one in said]],
    )


def _publisher(row: Row) -> Publisher:
    return Publisher(
        row["id"],
        row["name"],
        row["base"],
        row["key"],
        tuple(row["forms"]),
        row["patience"],
        row["active"],
        row["added"],
        row["asked"],
        row["answer"],
        row["took"],
    )
