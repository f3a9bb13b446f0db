"""The master index at the size of a region: records fed through the store, then `$match`, then single feeds.

    python -m bench.index [--sizes 10000,100000,1000000] [--fed 100000] [--questions 1000] [--feeds 300] [--people 20000]

Records come from the French set (`foundations/ins/index/sample.py`), one or several a person. Up to `--fed`, they are fed
through the store in transactions of 400, each regrouped as it comes in: nothing is linked afterwards. Beyond, only the rows
of the index are copied in (same portraits, same blocking keys, persons as they truly are), to reach the size in minutes: no
Patient stands behind those. `$match` asks for persons that were fed, as records that the index has not seen (another
structure's copy, errors included): the candidates alone, and the whole action with the Patients and a durable trace. Then
single feeds. Last, precision and recall (`bench/index_quality.py`).

Wall time, and processor time of this process and of the database together. PostgreSQL is the embedded one with its
ordinary settings, fsync on. Everything shares the machine.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop

from bench import index_quality
from bench.insi import cpu_seconds
from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.api import ENDPOINT
from socle.foundations.ins.index.rules import blocks
from socle.foundations.ins.index.sample import Copy, copies
from socle.foundations.ins.index.store import portrait_of
from socle.foundations.ins.index.store.statements import text_of
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.keys import resource_key
from socle.kernel.policy import Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store import embedded
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

AGENT = Actor("bench", "Mesure", frozenset({"identity-agent"}), Means.SYSTEM)
TARGET_P50, TARGET_P99 = 5.0, 20.0


def trace() -> Trace:
    """The circumstances of a measurement."""
    return Trace(AGENT.id, AGENT.name, "identity-agent", "", "system", "", datetime.now(UTC), REGISTER, "bench")


def stream(per_person: tuple[int, ...] = (1, 1, 1, 2)) -> Iterator[Copy]:
    """Records without end that matters, always the same."""
    return copies(100_000_000, seed=11, per_person=per_person)


def processor() -> float:
    """Seconds of processor that this process and the database used so far."""
    return cpu_seconds(os.getpid())


def unseen(number: int, known: int) -> list[Copy]:
    """Other copies of persons among the `known` first records, which the index has not seen."""
    people = known * 4 // 5  # 1.25 records a person
    every = max(1, people // number)
    return list(islice((c for c in copies(people, seed=11, per_person=(1,)) if c.truth % every == 0), number))


def percentiles(times: list[float]) -> str:
    """p50, p95, p99 and the worst, in ms."""
    ordered = sorted(times)
    cut = [ordered[min(len(ordered) - 1, int(len(ordered) * q))] * 1_000 for q in (0.5, 0.95, 0.99, 1.0)]
    return "p50 {:.1f}  p95 {:.1f}  p99 {:.1f}  worst {:.1f} ms".format(*cut)


async def feed(index: MasterIndex, records: Iterator[Copy], count: int, already: int) -> None:
    """Feed up to `count` records in all, and say how fast."""
    begun, cpu = time.perf_counter(), processor()
    wanted = (one.patient for one in islice(records, count - already))
    done = await actions.feed_many(index, wanted, by=AGENT, trace=trace())
    wall, used = time.perf_counter() - begun, processor() - cpu
    figures = await actions.figures(index, by=AGENT, trace=trace())
    print(
        f"  fed {done:,} records in {wall:,.0f} s: {done / wall:,.0f}/s "
        f"({used / done * 1e6:,.0f} µs of processor each); {figures['persons']:,} persons, "
        f"{figures['doubtful']:,} pairs in doubt",
        flush=True,
    )


async def fill(database: PostgresDatabase, records: Iterator[Copy], count: int) -> None:
    """Copy the rows of `count` more records into the index; its blocking keys are indexed at the end, as a restore would."""
    begun = time.perf_counter()

    def rows() -> Iterator[tuple[Any, ...]]:
        for one in islice(records, count):
            portrait = portrait_of(one.patient)
            local = next(each for each in one.patient["identifier"] if each["use"] == "usual")
            id = f"copy-{local['system'][-1]}-{local['value']}"
            person = UUID(int=one.truth + 1)
            yield (
                resource_key("Patient", id), id, local["system"], local["value"], 1, person, "first",
                text_of(portrait), list(blocks(portrait)), datetime.now(UTC),
            )  # fmt: skip

    columns = ("key", "fid", "domain", "local", "state", "person", "why", "portrait", "blocks", "fed")
    drop = f"DROP INDEX {REGISTER}.record_blocks"
    make = f"CREATE INDEX record_blocks ON {REGISTER}.record USING gin (blocks) WITH (fastupdate = off)"
    persons = (
        f"INSERT INTO {REGISTER}.person (id, since) SELECT DISTINCT person, now() FROM {REGISTER}.record r "
        f"WHERE NOT EXISTS (SELECT FROM {REGISTER}.person p WHERE p.id = r.person)"
    )
    await database.write(REGISTER, [(drop, [])], trace())
    copied = await database.load(REGISTER, "record", columns, rows(), trace())
    await database.write(REGISTER, [(make, []), (persons, [])], trace())
    print(f"  copied {copied:,} rows in {time.perf_counter() - begun:,.0f} s", flush=True)


async def ask(index: MasterIndex, database: PostgresDatabase, known: int, number: int) -> None:
    """Time `$match`: candidates alone, then the whole action; how often the person is found, and first."""
    questions = [(one, portrait_of(one.patient)) for one in unseen(number, known)]
    for _, portrait in questions[:50]:
        await actions.match(index, portrait, by=AGENT, trace=trace())
    bare: list[float] = []
    whole: list[float] = []
    used = processor()
    found = first = looked = 0
    for one, portrait in questions:
        begun = time.perf_counter()
        near = await index.index.near(portrait)
        bare.append(time.perf_counter() - begun)
        looked += len(near)
        begun = time.perf_counter()
        answer = await actions.match(index, portrait, by=AGENT, trace=trace())
        stored = await index.repository.store.read_many([("Patient", each.record.id) for each in answer])
        whole.append(time.perf_counter() - begun)
        assert len(stored) == len(answer)
        truths = [each.record.identifier.value[:9] for each in answer]
        found += f"{one.truth:09d}" in truths
        first += truths[:1] == [f"{one.truth:09d}"]
    used = (processor() - used) / len(questions) * 1_000
    print(f"  candidates: {percentiles(bare)}; {looked / len(questions):.1f} records compared a question")
    print(
        f"  $match:     {percentiles(whole)}; {used:.1f} ms of processor a question (both); the person is among the "
        f"answers {found / len(questions):.1%}, first {first / len(questions):.1%}",
        flush=True,
    )


async def trickle(index: MasterIndex, known: int, number: int) -> None:
    """Time single feeds, one after the other, each regrouped and durable before the next; then 32 at once."""
    fresh = [dict(one.patient) for one in unseen(2 * number, known)]
    for rank, resource in enumerate(fresh):
        local = next(each for each in resource["identifier"] if each["use"] == "usual")
        resource["identifier"] = [
            {**local, "system": "urn:oid:1.2.250.1.999.2.1", "value": f"{local['value'][:9]}-{known}-{rank}"}
        ]
    times: list[float] = []
    for resource in fresh[:number]:
        begun = time.perf_counter()
        await actions.feed(index, resource, by=AGENT, trace=trace())
        times.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    gate = asyncio.Semaphore(32)

    async def one(resource: dict[str, Any]) -> None:
        async with gate:
            await actions.feed(index, resource, by=AGENT, trace=trace())

    await asyncio.gather(*map(one, fresh[number:]))
    rate = len(fresh[number:]) / (time.perf_counter() - begun)
    print(f"  single feeds: {percentiles(times)}; 32 at once: {rate:,.0f}/s", flush=True)


async def measure(dsn: str, sizes: list[int], most: int, questions: int, feeds: int) -> None:
    """Every size on one database, each on top of the one before."""
    database = await open_database(dsn)
    await database.migrate(steps((REGISTER,), [(REGISTER, "socle.foundations.ins.index")]))
    register = ENDPOINT.register
    index = MasterIndex(Repository(register, register.keep(database.store(REGISTER)), r4()))
    records = stream()
    one = next(copies(1, seed=3, per_person=(1,)))
    portrait = portrait_of(one.patient)
    begun = time.process_time()
    for _ in range(500):
        blocks(portrait)
    print(f"{len(blocks(portrait))} blocking keys a record, {(time.process_time() - begun) / 500 * 1e6:.0f} µs")
    already = 0
    for size in sizes:
        print(f"{size:,} records (load of the machine: {os.getloadavg()[0]:.1f})", flush=True)
        if already < min(size, most):
            await feed(index, records, min(size, most), already)
            already = min(size, most)
        if size > already:
            await fill(database, records, size - already)
            already = size
        await database.tidy(REGISTER)
        fed = min(size, most)
        await ask(index, database, fed, questions)
        await trickle(index, fed, feeds)
    rows = await database.query(
        "SELECT relname, pg_total_relation_size(oid) / 1048576 AS mb FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = $1::text::regnamespace ORDER BY 2 DESC LIMIT 5",
        REGISTER,
    )
    print("  on disk: " + ", ".join(f"{row['relname']} {row['mb']:,} MB" for row in rows))
    print(f"  targets: p50 {TARGET_P50} ms, p99 {TARGET_P99} ms of $match at 1,000,000")
    await database.close()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--fed", type=int, default=100_000, help="through the store; rows are copied beyond")
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--people", type=int, default=20_000, help="of the French quality set; 0: no quality")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="socle-index-") as folder, embedded.start(Path(folder)) as server:
        uvloop.run(measure(server.dsn, sizes, given.fed, given.questions, given.feeds))
    if given.people:
        index_quality.main(given.people)


if __name__ == "__main__":
    main()
