"""Random operations, asked of both stores: the fast one must answer what the obvious one answers, and keep the same."""

import asyncio
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.conftest import sandbox_database
from tests.kernel.store.things import NOON, Clock, trace

from socle.kernel.audit.chain import decode
from socle.kernel.outcome import Problem
from socle.kernel.store import ABSENT, ANY, Change, Delete, Keys, Put, Stored, Unit
from socle.kernel.store.compression import unpack
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.memory import MemoryStore
from socle.kernel.store.postgres import PostgresDatabase, open_database

TYPES = ("Patient", "Observation", "Basic")
IDS = ("a", "b", "c")
TABLES = ("resource", "ix_date", "ix_num", "ix_str", "history", "outbox")

SIDE = {"ix_date": "param, lo, hi", "ix_num": "param, lo, hi, sys_code, code", "ix_str": "param, value"}

moments = st.integers(0, 5).map(lambda days: NOON + timedelta(days=days))
keys = st.builds(
    Keys,
    toks=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4),
    present=st.integers(0, 2**40),
    dlo=st.none() | moments,
    dhi=st.none() | moments,
    dates=st.lists(st.tuples(st.integers(1, 3), moments, moments), max_size=2),
    numbers=st.lists(
        st.tuples(st.integers(1, 3), st.floats(-10, 10), st.just(float("inf")), st.integers(0, 3), st.just(0)),
        max_size=2,
    ),
    strings=st.lists(st.tuples(st.integers(1, 3), st.text("aé'\"\\{},\n ", max_size=5)), max_size=2),
    subject=st.none() | st.sampled_from(["Patient/a", "Patient/b", "https://ailleurs.example/Patient/1"]),
)
expects = st.sampled_from([ANY, ANY, ANY, ABSENT, 1, 2, 3])


@st.composite
def puts(draw: st.DrawFn) -> Put:
    kind = draw(st.sampled_from(TYPES))
    resource: dict[str, Any] = {"resourceType": kind, "language": draw(st.text(max_size=3))}
    if draw(st.booleans()):
        resource["meta"] = {"tag": [{"code": "t"}]}
    fresh = draw(st.integers(0, 4)) == 0
    return Put(kind, draw(st.sampled_from(IDS)), resource, draw(keys), draw(expects), fresh)


changes = puts() | st.builds(Delete, st.sampled_from(TYPES), st.sampled_from(IDS), expects)
units = st.lists(changes, min_size=1, max_size=4)


@dataclass
class Round:
    """Units sent at the same time, after the clock has moved."""

    seconds: float
    units: list[list[Change]]


rounds = st.lists(
    st.builds(Round, st.sampled_from([0, 0.001, 60, -30]), st.lists(units, min_size=1, max_size=4)), max_size=4
)


class Pair:
    """Both stores, another worker on the fast one, and the loop they live in."""

    def __init__(self, postgres: EmbeddedPostgres, template: str) -> None:
        self.runner = asyncio.Runner()
        self.clock = Clock()
        self._place = sandbox_database(postgres, template)
        self.database: PostgresDatabase = self.run(self._open())
        self.fast = self.database.store("sandbox")
        self.beside = self.run(open_database(self.database.dsn, clock=self.clock))

    def run(self, call: Any) -> Any:
        return self.runner.run(call)

    async def _open(self) -> PostgresDatabase:
        return await open_database(await self._place.__aenter__(), clock=self.clock)

    def close(self) -> None:
        self.run(self._close())
        self.runner.close()

    async def _close(self) -> None:
        await self.beside.close()
        await self.database.close()
        await self._place.__aexit__(None, None, None)

    async def empty(self) -> int:
        """Nothing but traces is left; answers how many of them there are."""
        everything = [(f"DELETE FROM sandbox.{table}", ()) for table in TABLES]
        await self.database.write("sandbox", everything, trace())
        rows = await self.database.query("SELECT coalesce(max(n), 0) AS n FROM sandbox.audit")
        return int(rows[0]["n"])


@pytest.fixture(scope="module")
def pair(postgres: EmbeddedPostgres, template: str) -> Iterator[Pair]:
    both = Pair(postgres, template)
    yield both
    both.close()


def shown(stored: Stored | None) -> Any:
    """What must be equal; positions are compared by the order of lists."""
    if stored is None:
        return None
    return (stored.type, stored.id, stored.version, stored.updated, stored.op, stored.body, stored.subject)


def read(stored: Stored | None) -> Any:
    return (
        None
        if stored is None
        else (stored.type, stored.id, stored.version, stored.updated, stored.deleted, stored.body)
    )


async def send(store: Any, sent: list[list[Change]]) -> list[Any]:
    """Send the units together; what each answers."""
    answers = await asyncio.gather(
        *(store.commit(Unit(copy.deepcopy(changes), trace())) for changes in sent), return_exceptions=True
    )
    return [answer.kind if isinstance(answer, Problem) else [shown(stored) for stored in answer] for answer in answers]


async def kept_keys(pair: Pair) -> dict[tuple[str, str], Any]:
    """What the tables hold to find each resource by."""
    query = pair.database.query
    found: dict[tuple[str, str], Any] = {}
    for row in await query("SELECT * FROM sandbox.resource"):
        side = []
        for table, columns in (
            ("ix_date", "param, lo, hi"),
            ("ix_num", "param, lo, hi, sys_code, code"),
            ("ix_str", "param, value"),
        ):
            rows = await query(f"SELECT {columns} FROM sandbox.{table} WHERE rid = $1", row["rid"])
            side.append(sorted(tuple(r) for r in rows))
        name = pair.fast.stored(row)
        found[name.type, name.id] = (list(row["toks"]), row["present"], row["dlo"], row["dhi"], *side, row["subject"])
    return found


def expected_keys(reference: MemoryStore) -> dict[tuple[str, str], Any]:
    return {
        name: (k.toks, k.present, k.dlo, k.dhi, sorted(k.dates), sorted(k.numbers), sorted(k.strings), k.subject)
        for name, k in reference.keys.items()
    }


@settings(max_examples=40, deadline=None, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(plan=rounds)
def test_both_stores_answer_and_keep_the_same(pair: Pair, plan: list[Round]) -> None:
    pair.run(compare(pair, plan))


async def compare(pair: Pair, plan: list[Round]) -> None:
    already = await pair.empty()
    pair.clock.now = NOON
    slow = MemoryStore("sandbox", pair.clock)
    for step in plan:
        pair.clock.move(step.seconds)
        assert await send(pair.fast, step.units) == await send(slow, step.units)
        for store in (pair.fast, pair.beside.store("sandbox")):  # each keeps what it read
            for kind, id in product(TYPES, IDS):
                assert read(await store.read(kind, id)) == read(await slow.read(kind, id))
    for kind in TYPES:
        for id in IDS:
            for version in (1, 2, 3):
                assert shown(await pair.fast.vread(kind, id, version)) == shown(await slow.vread(kind, id, version))
    everything = [(kind, id) for kind in TYPES for id in IDS]
    live = [sorted(map(read, await store.read_many(everything))) for store in (pair.fast, slow)]
    assert live[0] == live[1]
    moment = NOON + timedelta(seconds=30)
    asked: list[dict[str, Any]] = [
        {},
        {"resource_type": "Patient"},
        {"resource_type": "Basic", "resource_id": "a"},
        {"since": moment},
        {"at": (NOON, NOON)},
        {"at": (moment, moment), "resource_type": "Patient", "resource_id": "b"},
        {"count": 2},
    ]
    for question in asked:
        fast, reference = await pair.fast.history(**question), await slow.history(**question)
        assert list(map(shown, fast)) == list(map(shown, reference)), question
        if len(fast) > 1:
            after = await pair.fast.history(**question, before=fast[0].seq)
            assert list(map(shown, after))[: len(fast) - 1] == list(map(shown, fast))[1:]
    assert await kept_keys(pair) == expected_keys(slow)
    rows = await pair.database.query("SELECT body FROM sandbox.audit WHERE n > $1 ORDER BY n", already)
    assert [decode(unpack(row["body"])) for row in rows] == slow.events
