"""The publishers whose servers the aggregator asks. What is shown to them is sealed (decision 0027)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from socle.foundations.care_offer.agenda.store.agendas import Agendas, Statement
from socle.kernel.store import Row

FORMS = ("INDIVIDUAL", "CPTS", "SOS")


@dataclass(frozen=True, slots=True)
class Publisher:
    """A publisher: base of its FHIR server ("" for the house itself), what it answers, how long it is waited for (ms).

    sealed               the key that is shown to it, sealed for `bound`; empty for none
    asked, answer, took  the last time that it was asked, what came (a word, or a reason), how long it took (ms)
    """

    id: str
    name: str
    base: str
    forms: tuple[str, ...]
    patience: int
    active: bool
    added: datetime
    asked: datetime | None = None
    answer: str = ""
    took: int | None = None
    sealed: bytes = field(default=b"", repr=False)

    @property
    def bound(self) -> str:
        """What its key is sealed for: this publisher at this address, and nowhere else."""
        return bound_to(self.id, self.base)


def bound_to(id: str, base: str) -> str:
    """What the key of a publisher at an address is sealed for."""
    return f"agenda.publisher {id} {base}"


async def every(agendas: Agendas) -> list[Publisher]:
    """All of them, the house first, then by name."""
    rows = await agendas.store.query(f"SELECT * FROM {agendas.schema}.publisher ORDER BY base <> '', name")
    return [_publisher(row) for row in rows]


def keep(agendas: Agendas, publisher: Publisher) -> Statement:
    """Add a publisher, or change the one that has its id; without a key, the one that is kept stays."""
    return (
        f"INSERT INTO {agendas.schema}.publisher AS p (id, name, base, sealed, forms, patience, active, added) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
        "base = excluded.base, sealed = CASE excluded.sealed WHEN '' THEN p.sealed ELSE excluded.sealed END, "
        "forms = excluded.forms, patience = excluded.patience, active = excluded.active",
        [
            publisher.id,
            publisher.name,
            publisher.base,
            publisher.sealed,
            list(publisher.forms),
            publisher.patience,
            publisher.active,
            publisher.added,
        ],
    )


def remove(agendas: Agendas, id: str) -> Statement:
    """Ask a publisher no more."""
    return (f"DELETE FROM {agendas.schema}.publisher WHERE id = $1 AND base <> ''", [id])


async def in_clear(agendas: Agendas) -> list[tuple[str, str, str]]:
    """(id, base, key) of keys that were written before keys were sealed."""
    rows = await agendas.store.query(f"SELECT id, base, key FROM {agendas.schema}.publisher WHERE key <> ''")
    return [(row["id"], row["base"], row["key"]) for row in rows]


def seal_kept(agendas: Agendas, sealed: Sequence[tuple[str, bytes]]) -> Statement:
    """Put sealed keys, (id, sealed), in the place of those in clear."""
    return (
        f"UPDATE {agendas.schema}.publisher p SET key = '', sealed = t.sealed "
        "FROM unnest($1::text[], $2::bytea[]) AS t(id, sealed) WHERE p.id = t.id",
        [[id for id, _ in sealed], [one for _, one in sealed]],
    )


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
        tuple(row["forms"]),
        row["patience"],
        row["active"],
        row["added"],
        row["asked"],
        row["answer"],
        row["took"],
        bytes(row["sealed"]),
    )
