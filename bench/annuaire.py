"""The directory of professionals at the size of the country: whole load, daily difference, searches.

    python -m bench.annuaire [--scale 1] [--seconds 5] [--keep FOLDER [--searches-only]]

Files are those of `socle generate country` (scale 1: 1.8 million persons). PostgreSQL is the embedded one, with its ordinary
settings and fsync. Processor time counts every process of the load, PostgreSQL's too; memory is the most that all of them held
together (proportional set). Each search is asked by one client, then by sixteen at once; the yardstick, in the same run, is a
question that PostgreSQL answers without looking for anything. On a machine that other work shares, read the processor's time of
a question (ours, then PostgreSQL's) and its ratio to the yardstick's: they depend least on what else runs.

`--keep` keeps the files and the base; `--searches-only` searches again in a base that was kept, with today's code.
"""

import argparse
import asyncio
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from socle.foundations.people.actions import finding, importing
from socle.foundations.people.api import ENDPOINT
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Problem
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

OPERATOR = Actor("bench", "Mesure", frozenset({"operator"}), Means.CONSOLE)
TICK = os.sysconf("SC_CLK_TCK")
CLIENTS = 16


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def trace() -> Trace:
    """Plausible circumstances."""
    return Trace("bench", "Mesure", "operator", "", "console", "bench", now(), "annuaire", "bench")


# -- what a load costs -------------------------------------------------------------------------------------------------


def family(root: int) -> list[int]:
    """A process and all those below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += parents.get(one, [])
    return found


def processor(pids: list[int]) -> float:
    """Seconds of processor of these processes and of the children that they have waited for."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(one) for one in fields[11:15]) / TICK
    return total


def memory(pids: list[int]) -> float:
    """Megabytes that these processes hold, what they share counted once."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@dataclass
class Cost:
    """What was spent."""

    seconds: float = 0.0
    processor: float = 0.0
    memory: float = 0.0
    watching: float = 0.0  # of processor, to measure: not counted


@contextmanager
def spent(postmaster: int, cost: Cost) -> Iterator[None]:
    """Measures a block: time, processor and memory of this process, its children, and PostgreSQL."""
    over = threading.Event()
    us = os.getpid()

    def watch() -> None:
        while not over.wait(1.0):
            cost.memory = max(cost.memory, memory(list({*family(us), *family(postmaster)})))
            cost.watching = time.thread_time()

    before, begin = processor(list({*family(us), *family(postmaster)})), time.perf_counter()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        cost.seconds = time.perf_counter() - begin
        cost.processor = processor(list({*family(us), *family(postmaster)})) - before - cost.watching


def generated(folder: Path, scale: float, day: int) -> Path:
    """The extraction of a day."""
    out = folder / f"jour-{day}"
    command = [sys.executable, "-m", "socle", "generate", "country", "--scale", str(scale), "--formats", "annuaire"]
    command += ["--out", str(out), "--day", str(day), "--changes", "1%"]
    if not (out / "manifest.json").exists():
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return next((out / "annuaire").glob("*.zip"))


async def load(repository: Repository, database: PostgresDatabase, source: Path, postmaster: int, title: str) -> None:
    """Load and tell."""
    us = os.getpid()
    last = ""
    parts: dict[str, list[float]] = {}

    def clocks() -> list[float]:
        """The clock, then the processor's time of this process, of those that build, of PostgreSQL."""
        own = time.process_time()
        theirs = family(postmaster)
        builders = processor(list(set(family(us)) - set(theirs))) - own
        return [time.perf_counter(), own - cost.watching, builders, processor(theirs)]

    cost = Cost()
    since = clocks()

    def progress(done: int, total: int, step: str) -> None:
        nonlocal last, since
        if step != last:
            moment = clocks()
            if last:
                parts[last] = [a + b - c for a, b, c in zip(parts.get(last, [0.0] * 4), moment, since, strict=True)]
            last, since = step, moment

    with spent(postmaster, cost):
        done = await importing.import_extraction(
            repository, database, source, clock=now, by=OPERATOR, trace=trace(), progress=progress, force=True
        )
    progress(1, 1, "")
    told = ", ".join(
        f"{step} {clock:.1f} s (processor {own:.1f} ours, {builders:.1f} builders, {theirs:.1f} PostgreSQL)"
        for step, (clock, own, builders, theirs) in parts.items()
    )
    print(
        f"{title}: {cost.seconds:.1f} s ({told}); processor {cost.processor:.1f} s; {cost.memory:.0f} MB at most; "
        f"{done.lignes} lines, {done.ecarts.crees} created, {done.ecarts.modifies} changed, {done.ecarts.clos} closed, "
        f"{done.versions} versions ({done.versions / cost.seconds:.0f}/s), {done.rejetes} rejected",
        flush=True,
    )


# -- searches ----------------------------------------------------------------------------------------------------------

Ask = Callable[[], Awaitable[Any]]


async def timed(ask: Ask, seconds: float) -> list[float]:
    """Milliseconds of each question, one after the other."""
    end, out = time.perf_counter() + seconds, []
    while (begin := time.perf_counter()) < end:
        await ask()
        out.append((time.perf_counter() - begin) * 1000)
    return sorted(out)


async def rate(ask: Ask, seconds: float) -> float:
    """Questions a second, asked by `CLIENTS` at once."""
    end, count = time.perf_counter() + seconds, 0

    async def client() -> None:
        nonlocal count
        while time.perf_counter() < end:
            await ask()
            count += 1

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return count / seconds


async def searches(repository: Repository, database: PostgresDatabase, seconds: float, postmaster: int) -> None:
    """Every question that the targets name, by the API's engine and by what pages ask."""
    yardstick = 0.0
    rng = random.Random(7)
    [held] = await database.query("SELECT greatest(count(*), 1) AS n FROM annuaire.situation")
    some = f"TABLESAMPLE BERNOULLI ({min(100, 300_000 / held['n']):.4f}) REPEATABLE (7)"  # three thousand, of all the table
    rows = await database.query(
        f"SELECT praticien, nom, profession, commune FROM annuaire.situation {some} WHERE commune <> '' AND nom <> ''"
    )
    everyone = [dict(row) for row in rows]
    places = await database.query(
        f"SELECT fid FROM annuaire.resource {some} WHERE type = $1", r4().type_code("Organization")
    )

    def one() -> dict[str, Any]:
        return rng.choice(everyone)

    async def api(kind: str, *pairs: tuple[str, str]) -> None:
        await repository.search(list(pairs), kind, now=now(), secret=b"bench")

    rpps = "https://rpps.esante.gouv.fr|"
    questions: dict[str, Ask] = {
        "PostgreSQL alone (SELECT 1)": lambda: database.query("SELECT 1"),
        "API, by RPPS": lambda: api("Practitioner", ("identifier", rpps + one()["praticien"][5:])),
        "API, by name": lambda: api(
            "Practitioner", *(("name", word) for word in one()["nom"].split()[:2]), ("_count", "20")
        ),
        "API, by structure": lambda: api(
            "PractitionerRole", ("organization", f"Organization/{rng.choice(places)['fid']}"), ("_count", "20")
        ),
        "API, by town and profession": lambda: api(
            "Practitioner",
            ("qualification-code", (who := one())["profession"]),
            ("town", who["commune"]),
            ("_count", "20"),
        ),
        "pages, by RPPS": lambda: finding.find(repository, database, one()["praticien"][5:], by=ANONYMOUS),
        "pages, by name": lambda: finding.find(repository, database, one()["nom"], by=ANONYMOUS),
        "pages, by beginnings": lambda: finding.find(
            repository, database, " ".join(word[:4] for word in one()["nom"].split()[:2]), by=ANONYMOUS
        ),
        "pages, by town and profession": lambda: finding.find(
            repository, database, profession=(who := one())["profession"], town=who["commune"], by=ANONYMOUS
        ),
        "pages, by profession alone": lambda: finding.find(
            repository, database, profession=one()["profession"], by=ANONYMOUS
        ),
    }
    for title, ask in questions.items():
        try:
            for _ in range(20):
                await ask()
        except Problem as problem:
            print(f"{title}: {problem}", flush=True)
            continue
        before, own = processor(family(postmaster)), time.process_time()
        alone = await timed(ask, seconds)
        ours, theirs = time.process_time() - own, processor(family(postmaster)) - before
        many = await rate(ask, seconds)
        p50, p99 = alone[len(alone) // 2], alone[min(len(alone) - 1, int(len(alone) * 0.99))]
        spent = (ours + theirs) / len(alone) * 1000
        yardstick = yardstick or spent
        print(
            f"{title}: p50 {p50:.2f} ms, p99 {p99:.2f} ms; {many:.0f}/s by {CLIENTS} at once; processor "
            f"{ours / len(alone) * 1000:.2f} + {theirs / len(alone) * 1000:.2f} ms a question, "
            f"{spent / yardstick:.0f} times the yardstick; load {os.getloadavg()[0]:.0f}",
            flush=True,
        )


async def measure(folder: Path, scale: float, seconds: float, again: bool) -> None:
    """Everything; `again`: searches alone, in what was kept."""
    days = () if again else (generated(folder, scale, 1), generated(folder, scale, 2))
    print(f"scale {scale:g}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    with start(folder / "base") as server:
        database = await open_database(server.dsn)
        await database.migrate(steps(("annuaire",), [("annuaire", "socle.foundations.people")]))
        repository = Repository(ENDPOINT.register, database.store("annuaire"), r4())
        postmaster = int((next((folder / "base").rglob("postmaster.pid"))).read_text().split()[0])
        for source in days[:1]:
            await load(repository, database, source, postmaster, "whole load")
        [held] = await database.query(
            "SELECT count(DISTINCT praticien) AS people, count(*) AS n FROM annuaire.situation"
        )
        print(f"{held['people']} persons, {held['n']} situations", flush=True)
        await searches(repository, database, seconds, postmaster)
        for source in days[1:]:
            await load(repository, database, source, postmaster, "difference of 1 %")
        [size] = await database.query("SELECT pg_database_size(current_database()) / 1048576 AS mb")
        print(f"on disk {size['mb']} MB; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        await database.close()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--searches-only", action="store_true")
    options = parser.parse_args()
    if options.searches_only and not (options.keep and (options.keep / "base").exists()):
        parser.error("--searches-only takes --keep FOLDER, where a run has left its base")
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        uvloop.run(measure(folder, options.scale, options.seconds, options.searches_only))


if __name__ == "__main__":
    main()
