"""The master index at the size of a region: records fed through the store, then `$match`, then single feeds.

    python -m bench.index [--sizes 10000,100000,1000000] [--fed 20000] [--questions 1000] [--feeds 300] [--people 20000]
                          [--keep FOLDER] [--makers 2]

Records come from the French set (`foundations/ins/index/sample.py`), one or several a person. Up to `--fed`, they are fed
through the store in transactions of 400, each regrouped as it comes in: nothing is linked afterwards. **Beyond, only the rows
of the index are copied in** (same portraits, same blocking keys, persons as they truly are), to reach the size in minutes: no
Patient stands behind those. `$match` asks for persons that were fed, as records that the index has not seen (another
structure's copy, errors included): the candidates alone, and the whole action with the Patients and a durable trace; beside
what no `$match` can do without, a round trip to the database and a durable trace alone, timed in turn with it. Then questions
that are hard on purpose, single feeds, and precision and recall (`bench/index_quality.py`).

Clock, processor time of this process and of the database apart, statements and rows read. PostgreSQL is the embedded one with
its ordinary settings, fsync on. Everything shares the machine, whose load is told.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop

from bench import index_quality
from bench.insi import cpu_seconds
from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.api import ENDPOINT
from socle.foundations.ins.index.model import Birth, Portrait
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
PER_PERSON = (1, 1, 1, 2)  # records of a person: 1.25 on average


def trace() -> Trace:
    """The circumstances of a measurement."""
    return Trace(AGENT.id, AGENT.name, "identity-agent", "", "system", "", datetime.now(UTC), REGISTER, "bench")


def stream() -> Iterator[Copy]:
    """Records without end that matters, always the same: those that are fed."""
    return copies(100_000_000, seed=11, per_person=PER_PERSON)


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


def rows_of(maker: int, count: int) -> Iterator[tuple[Any, ...]]:
    """`count` rows of the index as `maker` makes them: people of its own, whom no other maker knows."""
    for one in islice(copies(100_000_000, seed=1_000 + maker, per_person=PER_PERSON), count):
        portrait = portrait_of(one.patient)
        local = next(each for each in one.patient["identifier"] if each["use"] == "usual")
        value = f"m{maker}-{local['value']}"
        id = f"copy-{local['system'][-1]}-{value}"
        person = UUID(int=(maker + 1) * 1_000_000_000 + one.truth)
        yield (
            resource_key("Patient", id), id, local["system"], value, 1, person, "first",
            text_of(portrait), list(blocks(portrait)), datetime.now(UTC),
        )  # fmt: skip


def make(dsn: str, maker: int, count: int) -> None:
    """Copy `count` rows in: the work of one process."""
    columns = ("key", "fid", "domain", "local", "state", "person", "why", "portrait", "blocks", "fed")

    async def copy() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.copy_records_to_table(
            "record", records=rows_of(maker, count), columns=columns, schema_name=REGISTER
        )
        await connection.close()

    asyncio.run(copy())


async def fill(database: PostgresDatabase, dsn: str, already: int, count: int, makers: int) -> None:
    """Copy the rows of `count` more records into the index; its blocking keys are indexed at the end, as a restore would."""
    begun = time.perf_counter()
    drop = f"DROP INDEX IF EXISTS {REGISTER}.record_blocks"
    memory = "SET LOCAL maintenance_work_mem = '512MB'"
    index = f"CREATE INDEX record_blocks ON {REGISTER}.record USING gin (blocks) WITH (fastupdate = off)"
    persons = (
        f"INSERT INTO {REGISTER}.person (id, since) SELECT DISTINCT person, now() FROM {REGISTER}.record r "
        f"WHERE NOT EXISTS (SELECT FROM {REGISTER}.person p WHERE p.id = r.person)"
    )
    await database.write(REGISTER, [(drop, [])], trace())
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(makers, mp_context=get_context("spawn")) as pool:
        first = already // 1_000 * 100  # makers of a size are not those of the size before
        shares = [count // makers + (one < count % makers) for one in range(makers)]
        await asyncio.gather(
            *(loop.run_in_executor(pool, make, dsn, first + one, share) for one, share in enumerate(shares))
        )
    print(f"  copied {count:,} rows in {time.perf_counter() - begun:,.0f} s, {makers} processes", flush=True)
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        for statement in (memory, index, persons):
            await connection.execute(statement)
    await connection.execute(f"ANALYZE {REGISTER}.record")
    await connection.close()
    print(f"  indexed at {time.perf_counter() - begun:,.0f} s", flush=True)


class Meter:
    """Processor of this process and of the database, statements and rows read, between two moments."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def read(self) -> tuple[float, float, int, int]:
        """Seconds of ours, seconds of the database, transactions, rows: since the beginning."""
        ours = time.process_time()
        [row] = await self._database.query(
            "SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()) AS statements, "
            "sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint AS rows FROM pg_stat_all_tables WHERE schemaname = $1",
            REGISTER,
        )
        return ours, processor() - ours, row["statements"], row["rows"]


async def settled() -> None:
    """PostgreSQL counts what an idle connection did within ten seconds."""
    await asyncio.sleep(11)


async def ask(index: MasterIndex, database: PostgresDatabase, known: int, number: int) -> None:
    """Time `$match`: candidates alone, then the whole action; how often the person is found, and first."""
    questions = [(one, portrait_of(one.patient)) for one in unseen(number, known)]
    for _, portrait in questions[:50]:
        await actions.match(index, portrait, by=AGENT, trace=trace())
    bare: list[float] = []
    whole: list[float] = []
    least: list[float] = []
    found = first = looked = 0
    for one, portrait in questions:
        begun = time.perf_counter()
        await database.query("SELECT 1")
        await index.seen([], trace(), query="yardstick")
        least.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        near = await index.index.near(portrait)
        bare.append(time.perf_counter() - begun)
        looked += len(near)
        begun = time.perf_counter()
        answer = await actions.match(index, portrait, by=AGENT, trace=trace())
        await index.repository.store.read_many([("Patient", each.record.id) for each in answer])
        whole.append(time.perf_counter() - begun)
        truths = [each.record.identifier.value[:9] for each in answer]
        found += f"{one.truth:09d}" in truths
        first += truths[:1] == [f"{one.truth:09d}"]
    await settled()
    meter = Meter(database)
    before = await meter.read()
    for _, portrait in questions:
        answer = await actions.match(index, portrait, by=AGENT, trace=trace())
        await index.repository.store.read_many([("Patient", each.record.id) for each in answer])
    between = await meter.read()
    await settled()
    after = await meter.read()
    count = len(questions)
    ours, theirs = ((y - x) / count * 1_000 for x, y in zip(before[:2], between[:2], strict=True))
    statements, rows = ((y - x) / count for x, y in zip(before[2:], after[2:], strict=True))
    print(f"  yardstick:  {percentiles(least)} (a round trip and a durable trace alone)")
    print(f"  candidates: {percentiles(bare)}; {looked / count:.1f} records compared a question")
    print(f"  $match:     {percentiles(whole)}; {median(whole) / median(least):.1f} of the yardstick (medians)")
    print(
        f"              processor {ours:.2f} ms ours + {theirs:.2f} ms PostgreSQL's; {statements:.1f} transactions, "
        f"{rows:.0f} rows read; the person is among the answers {found / count:.1%}, first {first / count:.1%} "
        f"(load {os.getloadavg()[0]:.1f})",
        flush=True,
    )
    await ask_hard(index, questions)


def median(times: Sequence[float]) -> float:
    """Of times."""
    return sorted(times)[len(times) // 2]


def hard(questions: Sequence[tuple[Copy, Portrait]]) -> Iterator[tuple[str, list[tuple[int | None, Portrait]]]]:
    """Questions that are hard on purpose: (what, [(the person sought, None when nobody can be known), what is asked])."""
    plain = [(one.truth, portrait) for one, portrait in questions[:200]]
    common = [
        Portrait.of(family=family, given=[given], born=f"{1940 + rank * 3 % 60}")
        for rank, (family, given) in enumerate(
            (family, given)
            for family in ("MARTIN", "BERNARD", "THOMAS", "PETIT", "ROBERT", "DURAND")
            for given in ("MARIE", "JEAN", "PIERRE", "MICHEL", "JEANNE", "ANNE")
        )
    ]
    yield "common name, year only", [(None, one) for one in common]
    yield "no birth date", [(truth, replace(one, born=None)) for truth, one in plain]
    yield (
        "neither date nor home",
        [
            (truth, replace(one, born=None, street="", postcode="", city="", phones=(), mails=()))
            for truth, one in plain
        ],
    )
    yield (
        "1 January for want of better",
        [(truth, replace(one, born=Birth(one.born.year, 1, 1))) for truth, one in plain if one.born],
    )
    yield (
        "initials for names",
        [(truth, replace(one, family=one.family[:1], usual_family="", given=(one.first[:1],))) for truth, one in plain],
    )
    twin = "CAMILLE"  # with another given name, everything else the same: nobody is to be answered as certain
    yield "a twin of the person", [(None, replace(one, given=(twin,))) for truth, one in plain if one.first != twin]


async def ask_hard(index: MasterIndex, questions: Sequence[tuple[Copy, Portrait]]) -> None:
    """Hard questions: how many records are compared, at most; whether the person is found all the same."""
    for what, asked in hard(questions):
        times: list[float] = []
        sizes: list[int] = []
        found = certain = 0
        used = time.process_time()
        for truth, portrait in asked:
            begun = time.perf_counter()
            answer = await actions.match(index, portrait, by=AGENT, trace=trace())
            times.append(time.perf_counter() - begun)
            certain += any(each.grade == "certain" for each in answer)
            found += truth is not None and any(each.record.identifier.value[:9] == f"{truth:09d}" for each in answer)
        used = (time.process_time() - used) / len(asked) * 1_000
        for _, portrait in asked[:50]:
            sizes.append(len(await index.index.near(portrait)))
        sought = f"found {found / len(asked):.0%}" if any(truth is not None for truth, _ in asked) else "nobody to find"
        print(
            f"    {what:30} {percentiles(times)}; {used:.2f} ms ours; compared {sum(sizes) / len(sizes):.1f}, at most "
            f"{max(sizes)}; {sought}, certain {certain / len(asked):.0%}",
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


async def held(database: PostgresDatabase) -> int:
    """Records that the index holds already (a folder that was kept)."""
    [row] = await database.query(
        f"SELECT count(*) AS n FROM {REGISTER}.record WHERE domain LIKE 'urn:oid:1.2.250.1.999.1.%'"
    )
    return int(row["n"])


async def measure(dsn: str, sizes: list[int], most: int, questions: int, feeds: int, makers: int) -> None:
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
    already = await held(database)
    for size in (one for one in sizes if one >= already):
        print(f"{size:,} records (load of the machine: {os.getloadavg()[0]:.1f})", flush=True)
        if already < min(size, most):
            await feed(index, records, min(size, most), already)
            already = min(size, most)
        if size > already:
            await fill(database, dsn, already, size - already, makers)
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
    parser.add_argument("--fed", type=int, default=20_000, help="through the store; rows are copied beyond")
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--feeds", type=int, default=300)
    parser.add_argument("--people", type=int, default=20_000, help="of the French quality set; 0: no quality")
    parser.add_argument("--makers", type=int, default=2, help="processes that make the rows that are copied")
    parser.add_argument(
        "--keep", type=Path, help="folder of the database: kept, and taken as it is when it holds records"
    )
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    with (
        tempfile.TemporaryDirectory(prefix="socle-index-") as folder,
        embedded.start(given.keep or Path(folder)) as server,
    ):
        uvloop.run(measure(server.dsn, sizes, given.fed, given.questions, given.feeds, given.makers))
    if given.people:
        index_quality.main(given.people)


if __name__ == "__main__":
    main()
