"""Places near a point among 500,000: latencies by the API's engine, and the plans that PostgreSQL chose.

    python -m bench.care_offer [--places 500000] [--offers 0.2] [--seconds 5] [--data FOLDER] [--explain]

Places are around 35,000 synthetic towns, most of them around a few (the weight of the n-th town is 1/n): the largest has
about one place in eleven. One place in five has an offer, one offer in fifty is a sensitive unit. Each question is about a town
drawn by the same weights, so that the dense ones are asked about most. Embedded PostgreSQL with its ordinary settings, one
question at a time, through the repository (rules of what the profile sees, parse, plan, SQL, unpacked bodies). Beside the clock,
what the processors did for each question, PostgreSQL's and ours: on a machine that others load, only that can be compared.
"""

import argparse
import asyncio
import itertools
import math
import os
import random
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from socle.foundations.care_offer.api import ENDPOINT
from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.foundations.care_offer.store.communes import Commune, Communes
from socle.foundations.care_offer.store.sight import Seen
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.repository import Repository
from socle.kernel.store import Put
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

TOWNS = 35_000
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = b"bench"
REGISTER = ENDPOINT.register.name
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Towns:
    """Where towns are, and how they are drawn."""

    all: Sequence[Commune]
    weights: Sequence[float]

    def draw(self, rng: random.Random) -> Commune:
        """One, large towns more often."""
        return self.all[rng.choices(range(len(self.all)), cum_weights=self.weights)[0]]


def towns() -> Towns:
    """Towns spread over a country as large as France."""
    rng = random.Random(5)
    found = [
        Commune(f"{n:05}", f"Ville {n}", rng.uniform(42.5, 50.5), rng.uniform(-1.5, 7.5)) for n in range(1, TOWNS + 1)
    ]
    return Towns(found, list(itertools.accumulate(1 / n for n in range(1, TOWNS + 1))))


def place(n: int, town: Commune, rng: random.Random) -> dict[str, Any]:
    """A place of a town, as it is served."""
    spread = 0.04 if int(town.code) <= 20 else 0.012  # degrees: a city, a town
    return {
        "resourceType": "Location",
        "meta": {"profile": [names.PROFILES["Location"]]},
        "extension": [
            {
                "url": names.COMMUNE,
                "valueCodeableConcept": {"coding": [{"system": names.COG, "code": town.code, "display": town.name}]},
            }
        ],
        "identifier": [{"value": f"1{n:09}/U{n % 7:02}"}],
        "status": "active",
        "name": f"Lieu {n}, {town.name}",
        "position": {
            "latitude": round(town.lat + rng.gauss(0, spread), 5),
            "longitude": round(town.lon + rng.gauss(0, spread) / math.cos(math.radians(town.lat)), 5),
        },
    }


def offer(n: int, of: int) -> dict[str, Any]:
    """An offer at a place."""
    return {
        "resourceType": "HealthcareService",
        "extension": [{"url": names.SENSITIVE, "valueBoolean": n % 50 == 0}],
        "active": True,
        "type": [{"coding": [{"system": names.FIELD, "code": f"0{n % 5 + 1}"}]}],
        "location": [{"reference": f"Location/p{of}"}],
        "name": f"Offre {n}",
    }


def resources(repository: Repository, there: Towns, places: int, share: float) -> Iterator[Put]:
    """Places, then offers."""
    rng = random.Random(7)
    for n in range(places):
        yield repository.put(place(n, there.draw(rng), rng), id=f"p{n}", fresh=True)
    for n in range(int(places * share)):
        yield repository.put(offer(n, int(n / share)), id=f"o{n}", fresh=True)


async def _paced(puts: Iterator[Put]) -> AsyncIterator[Put]:
    for number, put in enumerate(puts):
        if number % 200 == 0:
            await asyncio.sleep(0)
        yield put


def questions(there: Towns) -> dict[str, tuple[ProfilAcces, Callable[[random.Random], Pairs]]]:
    """What is asked: name -> profile, parameters of a search of places."""

    def near(rng: random.Random, km: int, *more: tuple[str, str]) -> Pairs:
        town = there.draw(rng)
        lat, lon = town.lat + rng.gauss(0, 0.01), town.lon + rng.gauss(0, 0.01)
        return [("near", f"{lat:.5f}|{lon:.5f}|{km}|km"), *more]

    def commune(rng: random.Random, km: int) -> Pairs:
        return [("near-insee-code", f"{there.draw(rng).code}|{km}|km"), ("_count", "20")]

    few, all_, some = ("_count", "20"), ProfilAcces.TOUT, ProfilAcces.HORS_TRES_RESTREINT
    return {
        "near 1 km, 20 a page": (all_, lambda rng: near(rng, 1, few)),
        "near 5 km, 20 a page": (all_, lambda rng: near(rng, 5, few)),
        "near 15 km, 20 a page": (all_, lambda rng: near(rng, 15, few)),
        "near 50 km, 20 a page": (all_, lambda rng: near(rng, 50, few)),
        "near 15 km, 200 a page": (all_, lambda rng: near(rng, 15)),
        "near-insee-code 15 km, 20 a page": (all_, lambda rng: commune(rng, 15)),
        "near 15 km, profile 2 (sensitive left out)": (some, lambda rng: near(rng, 15, few)),
        "near 50 km, profile 2 (sensitive left out)": (some, lambda rng: near(rng, 50, few)),
    }


def worked(processes: Sequence[int]) -> float:
    """Milliseconds of processor that these processes have had, ours too: they do not depend on who else is at work."""
    spent = time.process_time() * 1000
    for pid in processes:
        spent += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    return spent


async def timed(
    ask: Callable[[], Awaitable[int]], seconds: float, servers: Sequence[int]
) -> tuple[list[float], list[float], float]:
    """Milliseconds of each question, by the clock and of processor, in order; found on average."""
    for _ in range(20):
        await ask()
    times: list[float] = []
    works: list[float] = []
    found = 0
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(times) < 300:
        before, began = worked(servers), time.perf_counter()
        found += await ask()
        times.append((time.perf_counter() - began) * 1000)
        works.append(worked(servers) - before)
    return sorted(times), sorted(works), found / len(times)


def said(figures: Sequence[float]) -> str:
    """The middle and the slowest in a hundred."""
    return f"p50 {figures[len(figures) // 2]:6.2f}, p99 {figures[int(len(figures) * 0.99)]:7.2f} ms"


async def explained(repository: Repository, pairs: Pairs, seen: Seen) -> str:
    """The plans of the statements of a search."""
    asked: list[tuple[str, tuple[Any, ...]]] = []
    query = repository.store.query

    async def spy(sql: str, *args: Any) -> Any:
        asked.append((sql, args))
        return await query(sql, *args)

    repository.store.query = spy  # type: ignore[method-assign]
    try:
        await repository.search(pairs, "Location", now=NOW, secret=SECRET, sight=seen)
    finally:
        repository.store.query = query  # type: ignore[method-assign]
    plans = []
    for sql, args in asked:
        rows = await query(f"EXPLAIN (ANALYZE, BUFFERS OFF) {sql}", *args)
        plans.append(sql[:2000] + "\n" + "\n".join(row["QUERY PLAN"] for row in rows))
    return "\n\n".join(plans)


async def run(data: Path, places: int, share: float, seconds: float, plans: bool, only: str) -> None:
    """Load what is missing, ask everything, print."""
    there = towns()
    known = Communes(_known={one.code: one for one in there.all})
    with start(data) as server:
        database: PostgresDatabase = await open_database(server.dsn)
        try:
            await database.migrate(steps((REGISTER,), [(REGISTER, "socle.foundations.care_offer")]))
            repository = Repository(ENDPOINT.register, database.store(REGISTER), r4())
            [held] = await database.query(f"SELECT count(*) AS n FROM {REGISTER}.resource")
            if not held["n"]:
                trace = Trace("bench", "bench", "bench", "", "system", "bench", NOW, REGISTER, "load")
                began = time.perf_counter()
                await database.store(REGISTER).load(_paced(resources(repository, there, places, share)), trace)
                rate = places * (1 + share) / (time.perf_counter() - began)
                await database.tidy(REGISTER)
                print(f"{places:,} places, {int(places * share):,} offers loaded: {rate:,.0f}/s", flush=True)
            print(f"load of the machine {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors", flush=True)
            await asyncio.gather(
                *(database.query("SELECT pg_sleep(0.05)") for _ in range(32))
            )  # all connections are there
            rows = await database.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
            servers = [row["pid"] for row in rows]
            times, works, _ = await timed(lambda: _nothing(database), min(seconds, 3.0), servers)
            print(f"{'PostgreSQL alone (SELECT 1)':<44} processor {said(works)}; clock {said(times)}", flush=True)
            for name, (profil, draw) in questions(there).items():
                if only not in name:
                    continue
                rng, seen = random.Random(11), Seen(profil, "bench", False, known)

                async def ask(draw: Any = draw, rng: random.Random = rng, seen: Seen = seen) -> int:
                    page = await repository.search(draw(rng), "Location", now=NOW, secret=SECRET, sight=seen)
                    return len(page.matches)

                times, works, found = await timed(ask, seconds, servers)
                print(
                    f"{name:<44} processor {said(works)}; clock {said(times)}; found {found:5.1f}, {len(times)} times; "
                    f"load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )
                if plans:
                    print(await explained(repository, draw(rng), seen), flush=True)
        finally:
            await database.close()


async def _nothing(database: PostgresDatabase) -> int:
    return len(await database.query("SELECT 1"))


def main() -> None:
    """Read the options, run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=500_000)
    parser.add_argument("--offers", type=float, default=0.2)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    data = options.data or Path(tempfile.mkdtemp(prefix="socle-bench-"))
    try:
        uvloop.run(run(data, options.places, options.offers, options.seconds, options.explain, options.only))
    finally:
        if not options.data:
            shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
