"""The terminology service over HTTP: $lookup, $validate-code, $expand, on 1,000, 100,000 and 1,000,000 concepts.

    python -m bench.terminology [--sizes 1000,100000,1000000] [--seconds 10] [--rounds 3] [--workers 2]

The server is a process of its own (or several, `socle up --workers`), PostgreSQL the embedded one with its ordinary
settings, the load comes from `wrk` (32 connections). Codes are drawn at random among all: most are not remembered.
`cpu` is what the server and PostgreSQL used for each request: it says what other work on the machine hides. "bare
server" is the same HTTP server answering 700 octets from memory: the ceiling, here and now. Loading is told too:
concepts a second, hierarchy closed and words indexed."""

import argparse
import asyncio
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import httpx
import uvloop

from bench import loading
from bench.rest import _cpu, _wait
from socle.assembly.dispatch import Dispatch
from socle.foundations.terminologies import actions
from socle.foundations.terminologies.api import ENDPOINT
from socle.foundations.terminologies.model import Concept, Designation, Head, Loaded, Property
from socle.foundations.terminologies.module import MODULE, SYSTEM
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.rest.serve import listen, serve_until_stopped
from socle.kernel.search.repository import Repository
from socle.kernel.store import embedded
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

SYSTEM_URL: Final = "http://bench.example/system"
LINES: Final = 20_000
EXPANDED: Final = 1_000  # codes of the value set that is expanded
_WORDS: Final = "fracture lésion plaie brûlure tumeur sténose infection trouble anomalie syndrome".split()  # noqa: SIM905


class Scene(NamedTuple):
    """One measurement; `target` requests/s, `p50` ms, 0 when not stated."""

    name: str
    kind: str
    connections: int
    target: float = 0
    p50: float = 0


SCENES: Final = (
    Scene("bare server", "bare", 32),
    Scene("$lookup", "lookup", 32, target=5_000),
    Scene("$validate-code", "validate", 32, target=5_000),
    Scene("$validate-code in a set", "member", 32, target=5_000),
    Scene(f"$expand of {EXPANDED:,}", "expand", 1, p50=20),
    Scene("$expand, text filter", "filter", 1),
)


def concepts(size: int) -> Iterator[Concept]:
    """Concepts in a tree of ten branches at each node, with two names and two properties."""
    for rank in range(size):
        name = f"{_WORDS[rank % 10]} {_WORDS[rank // 10 % 10]} {rank}"
        yield Concept(
            f"C{rank}",
            name,
            parents=(f"C{rank // 10}",) if rank >= 10 else (),
            designations=(Designation(f"{name} (en)", "en"),),
            properties=(Property("kind", str(rank % 50), "code"), Property("weight", str(rank % 7), "integer")),
        )


def value_set(size: int) -> dict[str, Any]:
    """A value set of a thousand codes, listed."""
    rng = random.Random(size)
    listed = [{"code": f"C{rank}"} for rank in sorted(rng.sample(range(size), min(size, EXPANDED)))]
    return {
        "resourceType": "ValueSet",
        "url": f"{SYSTEM_URL}/{size}/vs",
        "status": "active",
        "compose": {"include": [{"system": f"{SYSTEM_URL}/{size}", "concept": listed}]},
    }


def paths(kind: str, size: int) -> list[str]:
    """What is asked."""
    rng = random.Random(1)
    base, system = ENDPOINT.base, quote(f"{SYSTEM_URL}/{size}")
    match kind:
        case "bare":
            return ["/bare"]
        case "lookup":
            start = f"{base}/CodeSystem/$lookup?system={system}&code=C"
            return [f"{start}{rng.randrange(size)}" for _ in range(LINES)]
        case "validate":
            start = f"{base}/CodeSystem/$validate-code?url={system}&code=C"
            return [f"{start}{rng.randrange(size)}" for _ in range(LINES)]
        case "member":
            start = f"{base}/ValueSet/$validate-code?url={system}/vs&system={system}&code=C"
            listed = [one["code"] for one in value_set(size)["compose"]["include"][0]["concept"]]
            return [f"{start}{rng.choice(listed)[1:]}" for _ in range(LINES)]
        case "expand":
            return [f"{base}/ValueSet/$expand?url={system}/vs"]
        case _:
            return [
                f"{base}/ValueSet/$expand?url={system}/all&count=20&filter=fract%20{quote(word[:4])}" for word in _WORDS
            ]


def wrk(port: int, folder: Path, kind: str, size: int, connections: int, seconds: int) -> dict[str, float]:
    """Load by wrk. Answers the rate, latencies in ms, answers that were no success."""
    lines = folder / f"{kind}-{size}.txt"
    lines.write_text("".join(f"{path}\n" for path in paths(kind, size)))
    lua = (
        "local lines = {}\n"
        f'for line in io.lines("{lines}") do lines[#lines + 1] = line end\n'
        "init = function(args) math.randomseed(os.time()) end\n"
        'request = function() return wrk.format("GET", lines[math.random(#lines)]) end\n'
    )
    return loading.wrk(folder / "get.lua", lua, port, connections, seconds)


def _register(database: PostgresDatabase) -> Repository:
    return Repository(ENDPOINT.register, database.store(ENDPOINT.register.name), r4())


async def _serve(dsn: str, port: int) -> None:
    database = await open_database(dsn)
    listener = listen("127.0.0.1", port, shared=True)
    register = _register(database)
    actions.service(database, register)
    app = fhir_app(
        ENDPOINT, register, authenticator=Authenticators([]), clock=lambda: datetime.now(UTC), secret=b"bench secret"
    )

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"700")]})
        await send({"type": "http.response.body", "body": b"x" * 700})

    async def healthy() -> dict[str, Any]:
        return {"status": "ok"}

    try:
        await serve_until_stopped(Dispatch({ENDPOINT.base: app}, bare, healthy), listener)
    finally:
        await database.close()


async def _load(database: PostgresDatabase, sizes: list[int], say: Callable[[str], None]) -> None:
    register = _register(database)
    actions.service(database, register)
    trace = Trace("bench", "bench", "", "", "system", "bench", datetime.now(UTC), "terminologies", "load")
    for size in sizes:
        url = f"{SYSTEM_URL}/{size}"
        resource = {"resourceType": "CodeSystem", "status": "active", "content": "complete", "valueSet": f"{url}/all"}
        begun = time.perf_counter()
        loaded = Loaded(Head(url, "1", resource), concepts(size), size, (value_set(size),))
        await actions.load(register, loaded, by=SYSTEM, trace=trace)
        spent = time.perf_counter() - begun
        say(f"load of {size:>9,} concepts   {spent:6.1f} s   {size / spent:>9,.0f}/s")


async def run(
    sizes: list[int], seconds: int, rounds: int, workers: int, say: Callable[[str], None] = print
) -> dict[tuple[str, int], dict[str, float]]:
    """Everything; answers the median figures by scene and size."""
    if shutil.which("wrk") is None:
        raise SystemExit("bench.terminology needs wrk (Debian: apt-get install wrk)")
    figures: dict[tuple[str, int], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name, embedded.start(Path(name) / "postgres") as postgres:
        folder, port = Path(name), 19_000 + os.getpid() % 1_000
        database = await open_database(postgres.dsn)
        try:
            schemas = (ENDPOINT.register.name, *MODULE.schemas)
            await database.migrate(steps(schemas, list(MODULE.schemas.items())))
            await _load(database, sizes, say)
        finally:
            await database.close()
        postmaster = int(next(Path(name).rglob("postmaster.pid")).read_text().split()[0])
        command = [sys.executable, "-m", "bench.terminology", "--serve", postgres.dsn, str(port)]
        servers = [subprocess.Popen(command) for _ in range(workers)]

        def spent() -> float:
            return sum(_cpu(server.pid) for server in servers)

        try:
            await _wait(port, workers)
            for scene in SCENES:
                for size in sizes[:1] if scene.kind == "bare" else sizes:
                    answer = httpx.get(f"http://127.0.0.1:{port}{paths(scene.kind, size)[0]}")
                    assert answer.status_code == 200, answer.text
                    await asyncio.to_thread(wrk, port, folder, scene.kind, size, scene.connections, 2)  # warm
                    done = []
                    for _ in range(rounds):
                        ours, theirs = spent(), _cpu(postmaster)
                        one = await asyncio.to_thread(wrk, port, folder, scene.kind, size, scene.connections, seconds)
                        one["cpu"] = (spent() - ours) / one["requests"] * 1e6
                        one["cpu_sql"] = (_cpu(postmaster) - theirs) / one["requests"] * 1e6
                        done.append(one)
                    each = {what: statistics.median(one[what] for one in done) for what in done[0]}
                    figures[scene.name, size] = each
                    say(_line(scene, size, each, figures[SCENES[0].name, sizes[0]]["rate"]))
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait()
    return figures


def _line(scene: Scene, size: int, each: dict[str, float], bare: float) -> str:
    missed = (scene.target and each["rate"] < scene.target) or (scene.p50 and each["p50"] > scene.p50) or each["errors"]
    wanted = [f"≥ {scene.target:,.0f}/s"] if scene.target else []
    wanted += [f"p50 ≤ {scene.p50:g} ms"] if scene.p50 else []
    return (
        f"{scene.name:<24} {size:>9,}   {each['rate']:>8,.0f}/s   {each['rate'] / bare:5.2f} of bare   "
        f"p50 {each['p50']:7.2f}   p99 {each['p99']:7.2f} ms   errors {each['errors']:.0f}   "
        f"cpu {each['cpu']:.0f} + {each['cpu_sql']:.0f} µs   {'MISSED' if missed else 'ok'} ({', '.join(wanted)})"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=1, help="how many processes answer")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        uvloop.run(_serve(given.serve[0], int(given.serve[1])))
    else:
        sizes = [int(size) for size in given.sizes.split(",")]
        uvloop.run(run(sizes, given.seconds, given.rounds, given.workers))


if __name__ == "__main__":
    main()
