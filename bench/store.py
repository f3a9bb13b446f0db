"""The store alone, in process: fsync on, history, index and trace in each transaction.

    python -m bench.store [--quick] [--load 100000]

Resources are varied synthetic ones with the keys of the real indexer, both made before the clock starts. The yardstick
is COPY of the same rows into the same tables, in the same run: what PostgreSQL itself can take, with nobody deciding.
"""

import argparse
import asyncio
import random
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import uvloop
from scripts.train_dictionary import Shapes

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.keys import resource_key
from socle.kernel.search.index import Indexer
from socle.kernel.search.register import Register
from socle.kernel.store import Put, Unit
from socle.kernel.store.compression import LATEST, Packer
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresStore, open_database

REGISTER = Register("sandbox", r4().resource_types, frozenset({"Patient"}))
INDEXER = Indexer(REGISTER, r4())
BATCH = 1_000


def trace(interaction: str = "create") -> Trace:
    """Plausible circumstances."""
    now = datetime.now(UTC)
    return Trace(
        "7d1f", "Mesure", "publisher", "CH de Test", "api-key", "sandbox.write", now, "sandbox", interaction, "r"
    )


def puts(seed: int) -> Iterator[Put]:
    """Resources without end: half observations, the rest patients, encounters, conditions."""
    shapes = Shapes(seed)
    makers = (
        shapes.observation,
        shapes.patient,
        shapes.observation,
        shapes.encounter,
        shapes.observation,
        shapes.condition,
    )
    while True:
        for make in makers:
            body: dict[str, Any] = make()
            id = body.pop("id")
            body.pop("meta", None)
            yield Put(body["resourceType"], id, body, INDEXER.keys({**body, "id": id}), fresh=True)


def say(name: str, figure: str, more: str = "") -> None:
    """A line of the result."""
    print(f"{name:<44}{figure:>16}   {more}", flush=True)


async def at_once(clients: int, calls: list[Callable[[], Awaitable[object]]]) -> tuple[float, list[float]]:
    """Make `calls` from so many clients; calls per second, and their times sorted, in milliseconds."""
    waiting = iter(calls)
    times: list[float] = []

    async def client() -> None:
        for call in waiting:
            begun = time.perf_counter()
            await call()
            times.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(times) / (time.perf_counter() - begun), sorted(times)


async def rounds(name: str, clients: int, prepare: Callable[[], list[Callable[[], Awaitable[object]]]]) -> None:
    """Median of three rounds."""
    rates, p50, p99 = [], [], []
    for _ in range(3):
        rate, times = await at_once(clients, prepare())
        rates.append(rate)
        p50.append(times[len(times) // 2])
        p99.append(times[len(times) * 99 // 100])
    spread = f"{min(rates):,.0f}-{max(rates):,.0f}"
    say(name, f"{median(rates):,.0f}/s", f"p50 {median(p50):.2f} ms, p99 {median(p99):.2f} ms ({spread})")


async def copy_same_rows(dsn: str, rows: list[Put]) -> float:
    """Rows of `rows` copied by COPY, a transaction for each thousand resources; resources per second."""
    packer, now = Packer(LATEST), datetime.now(UTC)
    from socle.kernel.fhir.json import serialise

    prepared: list[tuple[list[Any], ...]] = []
    rid = 1_000_000_000
    for begin in range(0, len(rows), BATCH):
        batch: tuple[list[Any], ...] = ([], [], [], [], [])
        for put in rows[begin : begin + BATCH]:
            rid += 1
            keys = put.keys
            head = (resource_key(put.type, put.id), r4().type_code(put.type), put.id, 1, now)
            body = packer(serialise(put.resource))
            found = (keys.subject, keys.present, keys.dlo, keys.dhi, keys.toks)
            batch[0].append((rid, *head, False, *found, LATEST, body))
            batch[1].append((*head, 1, keys.subject, LATEST, body))
            batch[2].extend((rid, *date) for date in keys.dates)
            batch[3].extend((rid, *number) for number in keys.numbers)
            batch[4].extend((rid, *text) for text in keys.strings)
        prepared.append(batch)
    head_names = ["key", "type", "fid", "version", "updated"]
    tables = [
        ("resource", ["rid", *head_names, "deleted", "subject", "present", "dlo", "dhi", "toks", "dict", "body"]),
        ("history", [*head_names, "op", "subject", "dict", "body"]),
        ("ix_date", ["rid", "param", "lo", "hi"]),
        ("ix_num", ["rid", "param", "lo", "hi", "sys_code", "code"]),
        ("ix_str", ["rid", "param", "value"]),
    ]
    connection = await asyncpg.connect(dsn)
    begun = time.perf_counter()
    for batch in prepared:
        async with connection.transaction():
            for (table, columns), values in zip(tables, batch, strict=True):
                await connection.copy_records_to_table(table, records=values, columns=columns, schema_name="yardstick")
    taken = time.perf_counter() - begun
    await connection.close()
    return len(rows) / taken


async def measure(dsn: str, size: int, each: int) -> None:
    """Everything, in order."""
    database = await open_database(dsn)
    await database.migrate(steps(["sandbox", "yardstick"]))
    store = database.store("sandbox")
    source = puts(1)
    ids = [(put.type, put.id) for put in islice(puts(2), 2_000)]
    await store.load(islice(puts(2), 2_000), trace())

    def creates(count: int) -> list[Callable[[], Awaitable[object]]]:
        return [_create(store, put) for put in islice(source, count)]

    await at_once(32, creates(500))
    for clients in (1, 32, 64):
        await rounds(f"create, {clients} at once", clients, lambda c=clients: creates(each if c > 1 else each // 4))  # type: ignore[misc]
    known = list(ids)
    dice = random.Random(1)

    def updates() -> list[Callable[[], Awaitable[object]]]:
        return [_update(store, put) for put in islice(puts(2), each // 2)]

    await rounds("update, 32 at once", 32, updates)
    await rounds("read by id, 32 at once", 32, lambda: [_read(store, *dice.choice(known)) for _ in range(each * 4)])
    await rounds(
        "read by id with its trace, 32 at once", 32, lambda: [_traced(store, dice.choice(known)) for _ in range(each)]
    )
    await rounds(
        "trace alone, 32 at once", 32, lambda: [lambda: store.record(_event("Patient/1")) for _ in range(each)]
    )
    await rounds(
        "transaction of 100 creates, 4 at once",
        4,
        lambda: [_bundle(store, list(islice(source, 100))) for _ in range(each // 100)],
    )
    rows = list(islice(puts(3), min(size, 20_000)))
    copied = await copy_same_rows(dsn, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.perf_counter()
    ready = 0.0

    def timed() -> Iterator[Put]:
        nonlocal ready
        made = puts(4)
        for _ in range(size):
            at = time.perf_counter()
            put = next(made)
            ready += time.perf_counter() - at
            yield put

    count = await store.load(timed(), trace())
    taken = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(
        f"bulk load of {count:,}",
        f"{count / (taken - ready):,.0f}/s",
        f"making the resources ({ready:.1f} s) taken away",
    )
    say(
        "COPY of the same rows",
        f"{copied:,.0f}/s",
        f"ratio {count / (taken - ready) / copied:.2f}; it writes no trace and decides nothing",
    )
    say("peak memory before and after the load", f"{after:,.0f} MiB", f"before {before:,.0f} MiB")
    await database.close()


def _create(store: PostgresStore, put: Put) -> Callable[[], Awaitable[object]]:
    return lambda: store.commit(Unit((put,), trace()))


def _update(store: PostgresStore, put: Put) -> Callable[[], Awaitable[object]]:
    put.fresh = False
    return lambda: store.commit(Unit((put,), trace("update")))


def _read(store: PostgresStore, kind: str, id: str) -> Callable[[], Awaitable[object]]:
    return lambda: store.read(kind, id)


def _event(reference: str) -> Event:
    return Event(trace("read"), Action.READ, entities=(reference,), concerns=(reference,))


def _traced(store: PostgresStore, reference: tuple[str, str]) -> Callable[[], Awaitable[object]]:
    async def call() -> None:
        await store.read(*reference)
        await store.record(_event("/".join(reference)))

    return call


def _bundle(store: PostgresStore, changes: list[Put]) -> Callable[[], Awaitable[object]]:
    return lambda: store.commit(Unit(changes, trace("transaction")))


def main() -> None:
    """Measure on an embedded server of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: does it run?")
    parser.add_argument("--load", type=int, default=100_000, help="resources of the bulk load")
    options = parser.parse_args()
    size, each = (5_000, 400) if options.quick else (options.load, 4_000)
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "data") as server:
        uvloop.run(measure(server.dsn, size, each))


if __name__ == "__main__":
    main()
