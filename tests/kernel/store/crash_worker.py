"""A house for the crash test: starts on a folder, proves that what it finds is whole, then writes until it is killed.

Arguments: the folder, a file of the units acknowledged so far, the number of its first unit. Prints the pid of its
server, `whole`, then each unit's number once it is acknowledged.
"""

import asyncio
import sys
from collections import defaultdict
from itertools import count
from pathlib import Path

import orjson
from tests.kernel.store.things import patient, trace

from socle.kernel.audit.anchor import Head
from socle.kernel.audit.chain import decode
from socle.kernel.audit.verify import Checker, Finding, Row
from socle.kernel.store import Delete, Unit
from socle.kernel.store.compression import unpack
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

CLIENTS = 8
SHARED = 3


def changes(n: int) -> Unit:
    """Unit n: two new resources, one that many units change, sometimes a deletion. Each body names its unit."""
    puts = [patient(f"{name}", f"unit{n}") for name in (f"a{n}", f"shared{n % SHARED}", f"b{n}")]
    return Unit([*puts, *([Delete("Patient", f"a{n - 8}")] if n % 4 == 0 else [])], trace())


async def check(database: PostgresDatabase, acknowledged: set[int]) -> None:
    """Everything acknowledged is there; each unit is whole or absent; tables, outbox and traces tell the same story."""
    query = database.query
    history = {(r["fid"], r["version"]): r for r in await query("SELECT * FROM sandbox.history")}
    traced: set[tuple[str, int]] = set()
    whole: set[int] = set()
    findings: list[Finding] = []
    for head in await query("SELECT * FROM sandbox.audit_head"):
        checker = Checker(
            "sandbox", head["chain"], Head("sandbox", head["chain"], head["n"], head["hash"]), (), findings.append
        )
        for row in await query("SELECT * FROM sandbox.audit WHERE chain = $1 ORDER BY n", head["chain"]):
            body = unpack(row["body"])
            checker.feed(Row(row["n"], row["at"], row["subjects"], row["hash"], body))
            made = [entity.split("/") for entity in decode(body).entities if "_history" in entity]
            versions = {(entity[1], int(entity[3])) for entity in made}
            assert versions <= history.keys(), "a trace tells of versions that are not there"
            assert not versions & traced, "two traces tell of one version"
            traced |= versions
            units = {_unit(history[version]) for version in versions} - {None}
            assert len(units) == 1, "a trace mixes units"
            [n] = units
            assert n is not None
            assert len([version for version in versions if _unit(history[version]) == n]) == 3, "a unit is half there"
            whole.add(n)
        checker.end()
    assert findings == []
    assert traced == history.keys(), "a version has no trace"
    assert acknowledged <= whole, f"lost: {sorted(acknowledged - whole)}"
    latest: dict[str, int] = defaultdict(int)
    for fid, version in history:
        latest[fid] = max(latest[fid], version)
    assert len(history) == sum(latest.values()), "a version is missing in between"
    current = {r["fid"]: r for r in await query("SELECT * FROM sandbox.resource")}
    assert {fid: r["version"] for fid, r in current.items()} == latest
    for fid, row in current.items():
        assert unpack(row["body"]) == unpack(history[fid, row["version"]]["body"])
    names = defaultdict(list)
    for row in await query("SELECT r.fid, s.value FROM sandbox.ix_str s LEFT JOIN sandbox.resource r USING (rid)"):
        names[row["fid"]].append(row["value"])
    assert names == {f: [f"unit{_unit(r)}"] for f, r in current.items() if not r["deleted"]}, (
        "the index tells otherwise"
    )
    posted = [row["seq"] for row in await query("SELECT seq FROM sandbox.outbox ORDER BY seq")]
    assert posted == sorted(row["seq"] for row in history.values()), "the outbox tells otherwise"


def _unit(row: object) -> int | None:
    body = unpack(row["body"])  # type: ignore[index]
    return int(orjson.loads(body)["name"][0]["family"].removeprefix("unit")) if body else None


async def write(database: PostgresDatabase, first: int) -> None:
    """Write for ever."""
    store = database.store("sandbox")
    numbers = count(first)

    async def client() -> None:
        for n in numbers:
            await store.commit(changes(n))
            print(n, flush=True)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def main(dsn: str, acknowledged: set[int], first: int) -> None:
    """Prove, then write."""
    database = await open_database(dsn, interests={("sandbox", "*"): ["mirror"]})
    await database.migrate(steps(["sandbox"]))
    await check(database, acknowledged)
    print("whole", flush=True)
    await write(database, first)


if __name__ == "__main__":
    folder, known, begin = sys.argv[1:]
    server = start(Path(folder))
    print(server.pid, flush=True)
    asyncio.run(main(server.dsn, set(map(int, Path(known).read_text().split())), int(begin)))
