"""What the index is asked: who resembles whom, who is cross-referenced with whom, what waits, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from socle.foundations.ins.index.model import Domain, Identifier, PairState, Portrait, Record, State
from socle.foundations.ins.index.rules import blocks, ins_block
from socle.foundations.ins.index.store.board import sharing
from socle.foundations.ins.index.store.patient import INS_SYSTEMS, TYPE
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store import Row, Store

_RECORD: Final = (
    "r.key, r.fid, r.domain, r.local, r.state, r.person::text AS person, r.why, r.weight, r.thanks, r.portrait, r.fed"
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A pair of the work queue: the two records, what the comparison weighed when it came in, what was said since."""

    a: Record
    b: Record
    state: PairState
    weight: float
    reason: str
    since: datetime
    judged: datetime | None
    judge: str
    said: str

    @property
    def id(self) -> str:
        """How an address names it: the two records, in order."""
        return f"{self.a.id}~{self.b.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """A person: since when, until when, merged into which one, with their active records."""

    id: str
    since: datetime
    closed: datetime | None
    into: str
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """One line of history. `findings`: (field, level, bits); `key`, `thanks`: the Patients concerned."""

    seq: int
    at: datetime
    who: str
    kind: str
    person: str
    other: str
    record: str
    thanks: str
    weight: float
    findings: tuple[tuple[str, str, float], ...]
    said: str


class Index:
    """Reads the index of a register."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._schema = store.schema

    async def near(self, portrait: Portrait) -> list[Record]:
        """The active records that share a block with a portrait: one statement, whatever the size of the index."""
        asked = "SELECT 0 AS owner, block FROM unnest($1::bigint[]) AS n(block)"
        rows = await self._store.query(
            f"SELECT {_RECORD} FROM ({sharing(self._schema, asked)}) s CROSS JOIN LATERAL "
            f"(SELECT o.* FROM {self._schema}.record o WHERE o.key = s.key LIMIT 1) r",  # one by one: no plan may read all
            list(blocks(portrait)),
        )
        return [_record(row) for row in rows]

    async def named(self, identifier: Identifier) -> list[Record]:
        """The records under a local identifier (whatever their state), or the active ones that carry an INS."""
        if identifier.system in INS_SYSTEMS:
            rows = await self._store.query(
                f"SELECT {_RECORD} FROM {self._schema}.record r WHERE r.blocks @> ARRAY[$1::bigint] LIMIT 200",
                ins_block(identifier),
            )
            return [one for one in map(_record, rows) if _carries(one.portrait, identifier)]
        rows = await self._store.query(
            f"SELECT {_RECORD} FROM {self._schema}.record r WHERE r.domain = $1 AND r.local = $2 ORDER BY r.state",
            identifier.system,
            identifier.value,
        )
        return [_record(row) for row in rows]

    async def of_persons(self, persons: Sequence[str]) -> list[Record]:
        """The active records of persons, the first fed first."""
        rows = await self._store.query(
            f"SELECT {_RECORD} FROM {self._schema}.record r WHERE r.person = ANY($1::text[]::uuid[]) "
            "ORDER BY r.fed, r.key",
            list(persons),
        )
        return [_record(row) for row in rows]

    async def records(self, ids: Sequence[str]) -> list[Record]:
        """Records by the id of their Patient, whatever their state."""
        rows = await self._store.query(
            f"SELECT {_RECORD} FROM {self._schema}.record r WHERE r.fid = ANY($1::text[]) AND r.key = ANY($2::bigint[])",
            list(ids),
            [key_of(id) for id in ids],
        )
        return [_record(row) for row in rows]

    async def siblings(self, ids: Sequence[str]) -> dict[str, list[str]]:
        """Of each of these Patients, the other active ones of its person, the first fed first; none: left out."""
        table = f"{self._schema}.record"
        rows = await self._store.query(
            f"SELECT r.fid, o.fid AS other FROM {table} r JOIN {table} o ON o.person = r.person AND o.key <> r.key "
            "WHERE r.key = ANY($1::bigint[]) AND r.person IS NOT NULL ORDER BY o.fed, o.key",
            [key_of(id) for id in ids],
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row["fid"], []).append(row["other"])
        return found

    async def domains(self, systems: Sequence[str] = ()) -> list[Domain]:
        """The domains, all of them or these."""
        rows = await self._store.query(
            f"SELECT system, name, structure FROM {self._schema}.domain "
            "WHERE cardinality($1::text[]) = 0 OR system = ANY($1::text[]) ORDER BY system",
            list(systems),
        )
        return [Domain(row["system"], row["name"], row["structure"]) for row in rows]

    async def persons(self, ids: Sequence[str]) -> list[Person]:
        """Persons, with their records; those that do not exist are left out."""
        rows = await self._store.query(
            f"SELECT id::text AS id, since, closed, kept_as::text AS kept_as FROM {self._schema}.person "
            "WHERE id = ANY($1::text[]::uuid[])",
            list(ids),
        )
        records = await self.of_persons([row["id"] for row in rows])
        return [
            Person(
                row["id"],
                row["since"],
                row["closed"],
                row["kept_as"] or "",
                tuple(one for one in records if one.person == row["id"]),
            )
            for row in rows
        ]

    async def doubts(self, states: Sequence[PairState], *, offset: int = 0, count: int = 50) -> list[Doubt]:
        """Pairs in these states, the likeliest first."""
        return await self._pairs(
            "p.state = ANY($1::text[]) ORDER BY p.weight DESC, p.a, p.b LIMIT $2 OFFSET $3",
            [state.value for state in states],
            count,
            offset,
        )

    async def doubt(self, a: str, b: str) -> Doubt | None:
        """The pair of two Patients, None when there is none."""
        one, other = sorted((key_of(a), key_of(b)))
        found = await self._pairs("p.a = $1 AND p.b = $2", one, other)
        return found[0] if found else None

    async def doubts_of(self, records: Sequence[Record]) -> list[Doubt]:
        """The pairs that wait and that concern these records."""
        keys = [key_of(record.id) for record in records]
        return await self._pairs(
            "p.state IN ('doubtful', 'later') AND (p.a = ANY($1::bigint[]) OR p.b = ANY($1::bigint[])) "
            "ORDER BY p.weight DESC LIMIT 50",
            keys,
        )

    async def _pairs(self, condition: str, *args: object) -> list[Doubt]:
        rows = await self._store.query(
            f"SELECT p.a, p.b, p.state, p.weight, p.reason, p.since, p.judged, p.judge, p.said "
            f"FROM {self._schema}.pair p WHERE {condition}",
            *args,
        )
        keys = list({key for row in rows for key in (row["a"], row["b"])})
        records = await self._store.query(
            f"SELECT {_RECORD} FROM {self._schema}.record r WHERE r.key = ANY($1::bigint[])",
            keys,
        )
        by_key = {row["key"]: _record(row) for row in records}
        return [
            Doubt(
                by_key[row["a"]],
                by_key[row["b"]],
                PairState(row["state"]),
                row["weight"],
                row["reason"],
                row["since"],
                row["judged"],
                row["judge"],
                row["said"],
            )
            for row in rows
            if row["a"] in by_key and row["b"] in by_key
        ]

    async def history(self, persons: Sequence[str], *, count: int = 200) -> list[Decided]:
        """What happened to persons, the last first."""
        rows = await self._store.query(
            "SELECT d.seq, d.at, d.name, d.kind, d.person::text AS person, d.other::text AS other, d.weight, "
            f"d.findings, d.said, r.fid AS record, t.fid AS thanks FROM {self._schema}.decision d "
            f"LEFT JOIN {self._schema}.record r ON r.key = d.key LEFT JOIN {self._schema}.record t ON t.key = d.thanks "
            "WHERE d.seq IN ("
            f"SELECT seq FROM {self._schema}.decision WHERE person = ANY($1::text[]::uuid[]) UNION "
            f"SELECT seq FROM {self._schema}.decision WHERE other = ANY($1::text[]::uuid[])) "
            "ORDER BY d.seq DESC LIMIT $2",
            list(persons),
            count,
        )
        return [
            Decided(
                row["seq"],
                row["at"],
                row["name"],
                row["kind"],
                row["person"],
                row["other"] or "",
                row["record"] or "",
                row["thanks"] or "",
                row["weight"],
                tuple((field, level, bits) for field, level, bits in orjson.loads(row["findings"])),
                row["said"],
            )
            for row in rows
        ]

    async def figures(self) -> dict[str, int]:
        """How many records, persons, pairs that wait, pairs put off. Counted up to a hundred thousand, estimated beyond."""
        schema = self._schema
        rows = await self._store.query(
            f"SELECT (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = '{schema}.record'::regclass) AS about, "
            f"(SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = '{schema}.person'::regclass) AS people, "
            f"(SELECT count(*) FROM (SELECT FROM {schema}.record WHERE state = 1 LIMIT 100000) AS c) AS records, "
            f"(SELECT count(*) FROM (SELECT FROM {schema}.person WHERE closed IS NULL LIMIT 100000) AS c) AS persons, "
            f"(SELECT count(*) FROM {schema}.pair WHERE state = 'doubtful') AS doubtful, "
            f"(SELECT count(*) FROM {schema}.pair WHERE state = 'later') AS later"
        )
        row = rows[0]
        return {
            "records": row["records"] if row["records"] < 100_000 else max(row["records"], row["about"]),
            "persons": row["persons"] if row["persons"] < 100_000 else max(row["persons"], row["people"]),
            "doubtful": row["doubtful"],
            "later": row["later"],
        }


def key_of(id: str) -> int:
    """The key of the record of a Patient."""
    return resource_key(TYPE, id)


def _record(row: Row) -> Record:
    return Record(
        Identifier(row["domain"], row["local"]),
        Portrait.load(orjson.loads(row["portrait"])),
        row["fid"],
        State(row["state"]),
        row["person"] or "",
        row["why"],
        row["weight"],
        row["fed"],
    )


def _carries(portrait: Portrait, ins: Identifier) -> bool:
    carried = (portrait.ins, *portrait.former_ins)
    return any(one and (one.system, one.value[:13]) == (ins.system, ins.value[:13]) for one in carried)
