"""Search at ten thousand and a million resources: latencies, and the plans that PostgreSQL chose.

    python -m bench.search [--sizes 10000,1000000] [--data DIR] [--seconds 3] [--explain]

Two resources in five are patients (French names by frequency), the others observations of theirs. Embedded PostgreSQL with
its ordinary settings; one question at a time, through the repository (parse, plan, SQL, unpacked bodies), each time another.
With `--data`, the folder is kept and found again by the next run.
"""

import argparse
import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from socle.foundations.ins.population import Personne, generate
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Problem
from socle.kernel.search.register import Register
from socle.kernel.search.repository import Repository
from socle.kernel.store import Put
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

OID = "urn:oid:1.2.250.1.213.1.4.10"
LOINC = ("8480-6", "8462-4", "8867-4", "8310-5", "29463-7", "8302-2", "2708-6", "9279-1", "2339-0", "718-7")
SECRET = b"bench"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
Pairs = list[tuple[str, str]]


def patient(personne: Personne) -> dict[str, Any]:
    """A patient as an identity desk keeps it."""
    born = personne.date_naissance.replace("-00", "")
    return {
        "resourceType": "Patient",
        "identifier": [
            {
                "system": OID,
                "value": personne.numero + personne.cle,
                "type": {"coding": [{"system": "http://interopsante.org/CodeSystem/v2-0203", "code": "INS-NIR"}]},
            }
        ],
        "name": [{"use": "official", "family": personne.nom_naissance, "given": personne.prenoms.split(" ")}],
        "gender": "male" if personne.sexe == "M" else "female",
        "birthDate": born,
        "address": [{"city": f"Ville {personne.rang % 500}", "postalCode": f"{personne.rang % 95 + 1:02}000"}],
    }


def observation(rng: random.Random, patients: int) -> dict[str, Any]:
    """A vital sign of one of the patients."""
    on = NOW - timedelta(minutes=rng.randrange(5_000_000))
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [
            {
                "coding": [
                    {"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": rng.choice(LOINC)}]},
        "subject": {"reference": f"Patient/p{rng.randrange(patients)}"},
        "effectiveDateTime": on.isoformat(timespec="seconds"),
        "valueQuantity": {
            "value": rng.randrange(400, 2000) / 10,
            "unit": "mmHg",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }


def resources(repository: Repository, size: int, there: int) -> Iterator[Put]:
    """The changes that make a register of `size` resources, after the first `there`."""
    patients = size * 2 // 5
    rng = random.Random(7)
    for personne in generate(patients):
        if personne.rang >= there:
            yield repository.put(patient(personne), id=f"p{personne.rang}", fresh=True)
    for number in range(size - patients):
        resource = observation(rng, patients)
        if patients + number >= there:
            yield repository.put(resource, id=f"o{number}", fresh=True)


class Clock:
    """The instant of each write: one more second for each look, so that `_lastUpdated` says something."""

    def __init__(self, size: int) -> None:
        self.now = NOW - timedelta(days=365)
        self._step = timedelta(days=364) / max(1, size // 1000 * 4)

    def __call__(self) -> datetime:
        """Later at each look."""
        self.now += self._step
        return self.now


def questions(size: int) -> dict[str, Callable[[random.Random], tuple[str, Pairs]]]:
    """What is asked: name -> (type, parameters), drawn at random among what exists."""
    people = list(_sample(size * 2 // 5))
    year = timedelta(days=364)

    def one(rng: random.Random) -> Personne:
        return rng.choice(people)

    def moment(rng: random.Random) -> str:
        return (NOW - timedelta(days=365) + rng.random() * year).isoformat(timespec="seconds").replace("+00:00", "Z")

    def day(personne: Personne) -> str:
        return personne.date_naissance.replace("-00", "")

    def around(rng: random.Random) -> tuple[str, Pairs]:
        lo = NOW - timedelta(days=365) + rng.random() * year
        hi = lo + timedelta(days=1)
        form = "%Y-%m-%dT%H:%M:%SZ"
        return "Observation", [("_lastUpdated", f"ge{lo:{form}}"), ("_lastUpdated", f"lt{hi:{form}}")]

    return {
        "identifier": lambda rng: ("Patient", [("identifier", f"{OID}|{(p := one(rng)).numero}{p.cle}")]),
        "family + birthdate": lambda rng: (
            "Patient",
            [("family", (p := one(rng)).nom_naissance), ("birthdate", day(p))],
        ),
        "_lastUpdated, one day": around,
        "_lastUpdated since, sorted": lambda rng: (
            "Patient",
            [("_lastUpdated", f"gt{moment(rng)}"), ("_sort", "_lastUpdated")],
        ),
        "_lastUpdated, latest first": lambda rng: (
            "Observation",
            [("_lastUpdated", f"lt{moment(rng)}"), ("_sort", "-_lastUpdated")],
        ),
        "chain: subject:Patient.identifier": lambda rng: (
            "Observation",
            [("subject:Patient.identifier", f"{OID}|{(p := one(rng)).numero}{p.cle}")],
        ),
        "chain: patient.family + code": lambda rng: (
            "Observation",
            [("patient.family", one(rng).nom_naissance), ("code", f"http://loinc.org|{rng.choice(LOINC)}")],
        ),
        "subject, latest first": lambda rng: (
            "Observation",
            [("subject", f"Patient/p{one(rng).rang}"), ("_sort", "-date"), ("_count", "10")],
        ),
        "frequent code, latest first": lambda rng: (
            "Observation",
            [("code", rng.choice(LOINC)), ("_sort", "-date"), ("_count", "10")],
        ),
        "_has: Observation of a day": lambda rng: (
            "Patient",
            [("_has:Observation:subject:date", f"{NOW - timedelta(minutes=rng.randrange(5_000_000)):%Y-%m-%d}")],
        ),
        "family (prefix), sorted by given": lambda rng: (
            "Patient",
            [("family", one(rng).nom_naissance[:5]), ("_sort", "given"), ("_count", "10")],
        ),
    }


def _sample(patients: int) -> Iterator[Personne]:
    step = max(1, patients // 5_000)
    for personne in generate(patients):
        if personne.rang % step == 0:
            yield personne


async def load(database: PostgresDatabase, repository: Repository, size: int, there: int) -> float:
    """Fill a register that holds the first `there`; resources a second."""
    trace = Trace("bench", "bench", "bench", "", "system", "bench", NOW, repository.register.name, "load")
    began = time.perf_counter()
    await database.store(repository.register.name).load(_paced(resources(repository, size, there)), trace)
    rate = (size - there) / (time.perf_counter() - began)
    await database.tidy(repository.register.name)
    return rate


async def _paced(puts: Iterator[Put]) -> AsyncIterator[Put]:
    for number, put in enumerate(puts):
        if number % 200 == 0:
            await asyncio.sleep(0)
        yield put


async def timed(ask: Callable[[], Awaitable[int]], seconds: float) -> tuple[float, float, float, int]:
    """(p50, p99 in ms, resources found on average, times) of a question asked again and again."""
    for _ in range(10):
        await ask()
    times: list[float] = []
    found = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 20:
        began = time.perf_counter()
        found += await ask()
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    return statistics.median(times), times[int(len(times) * 0.99)], found / len(times), len(times)


async def explain(repository: Repository, of: str, pairs: Pairs) -> str:
    """The plan of the statement that fetches the page."""
    asked: list[tuple[str, tuple[Any, ...]]] = []
    query = repository.store.query

    async def spy(sql: str, *args: Any) -> Any:
        asked.append((sql, args))
        return await query(sql, *args)

    repository.store.query = spy  # type: ignore[method-assign]
    try:
        await repository.search(pairs, of, now=NOW, secret=SECRET)
    finally:
        repository.store.query = query  # type: ignore[method-assign]
    plans = []
    for sql, args in asked:
        rows = await query(f"EXPLAIN (ANALYZE, BUFFERS OFF) {sql}", *args)
        plans.append(sql[:1500] + "\n" + "\n".join(row["QUERY PLAN"] for row in rows))
    return "\n\n".join(plans)


async def run(sizes: list[int], data: Path, seconds: float, plans: bool, only: str) -> None:
    """Load what is missing, ask everything at every size, print."""
    with start(data) as server:
        results: dict[str, dict[int, tuple[float, float, float, int]]] = {}
        for size in sizes:
            schema = f"search{size}"
            clock = Clock(size)
            database = await open_database(server.dsn, clock=clock)
            try:
                await database.migrate(steps((schema,)))
                register = Register(schema, r4().resource_types, frozenset({"Patient", "Observation"}))
                repository = Repository(register, database.store(schema), r4())
                [there] = await database.query(f"SELECT count(*) AS n FROM {schema}.resource")
                if there["n"] != size:
                    print(f"loading {size:,} …", flush=True)
                    print(f"  {await load(database, repository, size, there['n']):,.0f} resources/s", flush=True)
                for name, draw in questions(size).items():
                    if only not in name:
                        continue
                    rng = random.Random(11)

                    async def ask(
                        draw: Any = draw, rng: random.Random = rng, repository: Repository = repository
                    ) -> int:
                        of, pairs = draw(rng)
                        try:
                            page = await repository.search(pairs, of, now=NOW, secret=SECRET)
                        except Problem as problem:  # past the time limit: counted for what it lasted
                            print(f"  {of} {pairs}: {problem.kind.name}", flush=True)
                            return 0
                        return len(page.matches)

                    results.setdefault(name, {})[size] = figures = await timed(ask, seconds)
                    print(
                        f"  {size:>9,}  {name:<36} p50 {figures[0]:7.2f}  p99 {figures[1]:8.2f} ms"
                        f"  found {figures[2]:6.1f}",
                        flush=True,
                    )
                    if plans:
                        of, pairs = draw(rng)
                        print(await explain(repository, of, pairs), flush=True)
            finally:
                await database.close()
        print_table(results, sizes)


def print_table(results: dict[str, dict[int, tuple[float, float, float, int]]], sizes: list[int]) -> None:
    """Medians and p99, and how much the largest size costs more than the smallest."""
    print("\n| search | " + " | ".join(f"p50 / p99 ms at {size:,}" for size in sizes) + " | ratio |")
    print("|---|" + "---|" * (len(sizes) + 1))
    for name, by_size in results.items():
        cells = " | ".join(f"{by_size[size][0]:.2f} / {by_size[size][1]:.2f}" for size in sizes)
        print(f"| {name} | {cells} | {by_size[sizes[-1]][0] / by_size[sizes[0]][0]:.2f} |")


def main() -> None:
    """Read the options, run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,1000000")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    data = options.data or Path(tempfile.mkdtemp(prefix="socle-bench-"))
    try:
        sizes = [int(size) for size in options.sizes.split(",")]
        uvloop.run(run(sizes, data, options.seconds, options.explain, options.only))
    finally:
        if not options.data:
            shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
