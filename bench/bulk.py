"""Bulk data, in process: an export to files and an import from a file, beside what PostgreSQL's COPY does with the same rows.

    python -m bench.bulk [--quick] [--size 200000]

The yardsticks, in the same run: COPY (SELECT body …) TO a file for the export, COPY of the same rows into the same tables
for the import (`bench.store`), neither of which unpacks, parses, checks, indexes or traces anything.
"""

import argparse
import gc
import resource
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from uuid import uuid4

import asyncpg
import uvloop

from bench.store import copy_same_rows, puts, say, trace
from socle.foundations.interoperability.module import MODULE, REGISTER
from socle.kernel.bulk import desk, export, load
from socle.kernel.bulk.asked import Export
from socle.kernel.bulk.reading import Import, Source
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import serialise
from socle.kernel.rest.bulk import Admitting, making_of
from socle.kernel.search.repository import Repository
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database


def now() -> datetime:
    """The clock."""
    return datetime.now(UTC)


def memory() -> float:
    """The most that this process held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def asked(database: PostgresDatabase, id: str, kind: str, what: dict[str, object]) -> desk.Asked:
    """A request on the desk, its turn taken."""
    rows, event = desk.place(id, kind, "sandbox", "http://bench/sandbox/fhir/$export", what, trace("$export"))
    await database.write("sandbox", rows, trace("$export"), notes=[event])
    turn = await desk.begin(database, id)
    assert turn is not None
    return turn


async def exported(database: PostgresDatabase, repository: Repository, folder: Path, size: int) -> None:
    """Export everything, three times; and COPY the stored bodies to a file."""
    rates: list[float] = []
    cpu: list[float] = []
    before = memory()
    for n in range(3):
        turn = await asked(database, f"{n:032x}", "export", Export("system").to_json())
        begun, used = time.perf_counter(), time.process_time()
        result = await export.run(turn, database, repository, folder, now)
        rates.append(size / (time.perf_counter() - begun))
        cpu.append(size / (time.process_time() - used))
        assert sum(count for _, _, count in result["output"]) == size
        await desk.finish(database, turn, result, now())
    connection = await asyncpg.connect(database.dsn)
    begun = time.perf_counter()
    await connection.copy_from_query(
        "SELECT body FROM sandbox.resource WHERE NOT deleted", output=folder / "copied", format="binary"
    )
    raw = size / (time.perf_counter() - begun)
    await connection.close()
    best = max(rates)
    say(
        f"export of {size:,}",
        f"{best:,.0f}/s",
        f"({min(rates):,.0f}-{best:,.0f}), {max(cpu):,.0f} by second of our CPU",
    )
    say("  COPY of the stored octets to a file", f"{raw:,.0f}/s", f"ratio {best / raw:.2f}")
    say("  memory taken by the export", f"{memory() - before:.0f} MB", "peak of the process, above what it held")


async def imported(database: PostgresDatabase, repository: Repository, folder: Path, size: int, *, whole: bool) -> None:
    """Import a file of resources of known ids; and COPY rows like theirs."""
    file = folder / "input.ndjson"
    with file.open("wb") as out:
        for put in islice(puts(5 if whole else 6), size):
            out.write(serialise({**put.resource, "id": put.id}) + b"\n")
    what = Import((Source(str(file), file.name),), whole)
    turn = await asked(database, ("e" if whole else "f") * 32, "import", what.to_json())
    before = memory()
    begun, used = time.perf_counter(), time.process_time()
    result = await load.run(
        turn,
        database,
        repository,
        Admitting(MODULE.endpoints[0], repository),
        folder / "report",
        now,
        lambda: uuid4().hex,
        making=making_of(MODULE.endpoints[0], repository),
    )
    rate, cpu = size / (time.perf_counter() - begun), size / (time.process_time() - used)
    assert result["extension"]["stored"] == size, result
    name = "refused as a whole if a line is wrong" if whole else "wrong lines left out"
    say(f"import of {size:,}, {name}", f"{rate:,.0f}/s", f"{cpu:,.0f} by second of our CPU; {memory() - before:.0f} MB")


async def measure(dsn: str, folder: Path, size: int) -> None:
    """Everything, in order."""
    database = await open_database(dsn)
    await database.migrate(steps(["sandbox", "yardstick", desk.SCHEMA], [(desk.SCHEMA, "socle.kernel.bulk")]))
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # as `socle import ndjson` does
    store = database.store("sandbox")
    repository = Repository(REGISTER, store, r4())
    await store.load((replace(put, fresh=True) for put in islice(puts(4), size)), trace())
    await exported(database, repository, folder, size)
    rows = list(islice(puts(3), min(size, 20_000)))
    copied = await copy_same_rows(dsn, rows)
    for whole in (False, True):
        await imported(database, repository, folder, size // 2, whole=whole)
    say("  COPY of such rows into the same tables", f"{copied:,.0f}/s")
    await database.close()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--size", type=int, default=200_000)
    chosen = parser.parse_args()
    size = 20_000 if chosen.quick else chosen.size
    with tempfile.TemporaryDirectory() as folder, start(Path(folder) / "postgres") as postgres:
        uvloop.run(measure(postgres.dsn, Path(folder), size))


if __name__ == "__main__":
    main()
