"""The FINESS at the size of the country: a full load, the next day's, searches.

    python -m bench.finess [--quick]

100,000 establishments and 55,000 legal entities of the synthetic country, in the open CSV files. Files are made before the clock
starts. Seconds of the processor beside seconds of the clock (the machine may be busy); the peak of memory is that of this process
(the database has its own). The yardstick of a load is COPY of the same lines into a table without any index; that of `near`, the
same question asked by measuring every position.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from socle.foundations.country import Country, communes
from socle.foundations.country.files import finess_csv
from socle.foundations.structures import actions
from socle.foundations.structures.api import ENDPOINT
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.policy import ANONYMOUS, Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

BY = Actor("bench", "bench", frozenset({"operator"}), Means.CONSOLE)


def written(folder: Path, country: Country, name: str) -> list[Path]:
    """The two files of a day."""
    entities, sites = folder / f"{name}-ej.csv", folder / f"{name}-et.csv"
    with entities.open("w", encoding="utf-8") as out:
        out.write(finess_csv.metadata(country))
        out.write(finess_csv.entities(country, 0, country.entity_count)[0])
    with sites.open("w", encoding="utf-8") as out:
        out.write(finess_csv.metadata(country))
        out.write(finess_csv.establishments(country, 0, country.establishment_count)[0])
        out.write(finess_csv.positions(country, 0, country.establishment_count)[0])
    return [entities, sites]


async def copied(dsn: str, files: list[Path]) -> float:
    """Seconds that COPY takes for the same lines."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE public.line (text text)")
    begun = time.perf_counter()
    for file in files:
        rows = [(line,) for line in file.read_text(encoding="utf-8").splitlines()]
        await connection.copy_records_to_table("line", records=rows, schema_name="public")
    taken = time.perf_counter() - begun
    await connection.execute("DROP TABLE public.line")
    await connection.close()
    return taken


async def timed(ask: Callable[[], Awaitable[Any]], count: int) -> dict[str, float]:
    """p50 and p99, milliseconds, of questions asked one after the other."""
    taken = []
    for _ in range(count):
        begun = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - begun) * 1000)
    taken.sort()
    return {"p50 ms": round(statistics.median(taken), 2), "p99 ms": round(taken[int(len(taken) * 0.99) - 1], 2)}


async def run(scale: float, questions: int) -> dict[str, Any]:
    """All the figures."""
    found: dict[str, Any] = {"load average at start": os.getloadavg()[0], "scale": scale}
    dice = random.Random(1)
    towns = communes()
    with tempfile.TemporaryDirectory() as name, start(Path(name) / "data") as server:
        folder = Path(name)
        days = [written(folder, Country(seed=0, scale=scale, day=day), f"day-{day}") for day in (1, 2)]
        found["octets"] = sum(file.stat().st_size for file in days[0])
        found["COPY s"] = round(await copied(server.dsn, days[0]), 2)
        database = await open_database(server.dsn)
        await database.migrate(steps([REGISTER], [(REGISTER, "socle.foundations.structures")]))
        repository = Repository(ENDPOINT.register, database.store(REGISTER), r4())
        for label, files in (("load", days[0]), ("next day", days[1])):
            found[label] = await loaded(database, repository, files)
        await database.tidy(REGISTER)
        found["load"]["times COPY"] = round(found["load"]["clock s"] / found["COPY s"], 1)

        def town() -> Any:
            return dice.choice(towns)

        async def asked(query: list[tuple[str, str]], kind: str) -> None:
            await repository.search(query, kind, now=datetime.now(UTC), secret=b"bench")

        async def near() -> None:
            here = town()
            await asked([("near", f"{here.latitude}|{here.longitude}|5|km"), ("_count", "50")], "Location")

        async def measured() -> None:
            here = town()
            lat, lon = "(facts ->> 'lat')::float8", "(facts ->> 'lon')::float8"
            await database.query(
                f"SELECT owner FROM structures.part WHERE kind = 3 AND 2 * 6371 * asin(sqrt(sin(radians(({lat} - $1) / 2)) ^ 2 "
                f"+ cos(radians($1)) * cos(radians({lat})) * sin(radians(({lon} - $2) / 2)) ^ 2)) <= 5 LIMIT 50",
                here.latitude,
                here.longitude,
            )

        async def words() -> None:
            await actions.find(
                database, f"{dice.choice(('pharmacie', 'ehpad', 'clinique'))} {town().nom}", by=ANONYMOUS, count=25
            )

        async def by_name() -> None:
            await asked([("address-city", town().nom_postal), ("type", "620"), ("_count", "20")], "Organization")

        found["near 5 km"] = await timed(near, questions)
        found["near, every position measured"] = await timed(measured, max(5, questions // 50))
        found["words on the page"] = await timed(words, questions)
        found["town and category over FHIR"] = await timed(by_name, questions)
        await database.close()
    found["load average at end"] = os.getloadavg()[0]
    return found


async def loaded(database: PostgresDatabase, repository: Repository, files: list[Path]) -> dict[str, Any]:
    """One load: clock, processor, memory, what it did."""
    now = datetime.now(UTC)
    trace = Trace(BY.id, BY.name, "operator", "", BY.means, "bench", now, REGISTER, "finess:import")
    begun, worked = time.perf_counter(), time.process_time()
    report = await actions.import_finess(database, repository, files, by=BY, trace=trace)
    return {
        "clock s": round(time.perf_counter() - begun, 1),
        "processor s": round(time.process_time() - worked, 1),
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "counts": report.counts,
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the country")
    asked = parser.parse_args()
    print(json.dumps(asyncio.run(run(0.01 if asked.quick else 1.0, 50 if asked.quick else 1_000)), indent=2))


if __name__ == "__main__":
    main()
