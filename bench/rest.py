"""FHIR over HTTP: reads, durable creates, transactions; traces on, fsync on.

    python -m bench.rest [--seconds 10] [--resources 20000] [--rounds 3] [--only read,create] [--workers 1,2]

The server is a process of its own (uvicorn, the sandbox's FHIR application); PostgreSQL is the embedded one with its
ordinary settings; the load comes from `wrk`. Everything shares the machine. Bodies are all different, ids are drawn
among those that exist; medians of `--rounds` rounds, after a warm-up. `cpu` is what the server and PostgreSQL used per
request (per resource for transactions): it says what other work on the machine hides. "bare server" is the same HTTP
server answering 700 octets from memory: the ceiling, here and now. Each rate is also told as a share of it, beside the share
that the target was of the machine on which it was set: machines differ by a factor of four, shares do not. Reads are
answered from memory as long as nobody changes what they show (decision 0030); they are asked once more where nothing is kept,
as with a database of one's own.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from bench import loading
from socle.assembly.dispatch import Dispatch
from socle.foundations.interoperability.module import MODULE
from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.rest.authenticators import Authenticators
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.rest.serve import listen, serve_until_stopped
from socle.kernel.search.repository import Repository
from socle.kernel.store import Put, actors, board, embedded
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

ENDPOINT = MODULE.endpoints[0]
SET_AT = 42_000  # requests/s of the bare server where the targets were set
BODIES = 20_000
BUNDLES = 200
ENTRIES = 100
_START = datetime(2020, 1, 1, tzinfo=UTC)
_CODES = [(f"{rank + 8000}-{rank % 10}", f"Measure {rank}") for rank in range(300)]


class Scene(NamedTuple):
    """One measurement. `target`: requests/s (resources/s for bundles), `p50` and `p99` in ms, 0 when not stated."""

    name: str
    kind: str
    connections: int
    target: float = 0
    p50: float = 0
    p99: float = 0
    weight: int = 1


SCENES = (
    Scene("bare server", "bare", 32),
    Scene("read, no person", "organizations", 32, target=12_000, p99=10),
    Scene("read, with its trace", "patients", 32, target=5_000),
    Scene("create, 1 client", "create", 1, p50=2),
    Scene("create, 32 clients", "create", 32, target=3_000),
    Scene("create if there is none", "conditional", 32),
    Scene("transactions of 100", "bundles", 4, target=6_000, weight=ENTRIES),
)


def organization(rank: int) -> dict[str, Any]:
    """A body of about 700 octets."""
    return {
        "resourceType": "Organization",
        "identifier": [
            {"use": "official", "system": "urn:oid:1.2.250.1.71.4.2.2", "value": f"1{rank:08d}"},
            {"system": "http://sirene.fr", "value": f"{rank * 7919:014d}"},
        ],
        "active": True,
        "type": [{"coding": [{"system": "http://example.org/kind", "code": str(rank % 40), "display": "Cabinet"}]}],
        "name": f"Maison de santé {rank}",
        "telecom": [{"system": "phone", "value": f"+33 1 {rank:08d}"}],
        "address": [
            {
                "line": [f"{rank % 200} rue des Lilas"],
                "city": f"Ville {rank % 900}",
                "postalCode": f"{rank % 95000:05d}",
            }
        ],
    }


def patient(rank: int) -> dict[str, Any]:
    """A body of about 700 octets."""
    born = _START - timedelta(days=rank % 30_000)
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": f"{rank:015d}"}],
        "name": [{"use": "official", "family": f"DUPONT{rank % 5000}", "given": [f"ZOE{rank % 700}", "MARIE"]}],
        "gender": "female" if rank % 2 else "male",
        "birthDate": born.date().isoformat(),
        "telecom": [{"system": "email", "value": f"p{rank}@example.org"}],
        "address": [{"line": [f"{rank % 200} rue des Lilas"], "city": f"Ville {rank % 900}", "country": "FR"}],
    }


def observation(rank: int, rng: random.Random, people: int) -> dict[str, Any]:
    """A body of about 1,200 octets: category, code, person, moment, value, range."""
    code, display = _CODES[rng.randrange(len(_CODES))]
    moment = _START + timedelta(seconds=rng.randrange(200_000_000))
    return {
        "resourceType": "Observation",
        "identifier": [{"system": "urn:example:lab", "value": f"{rank:x}-{rng.getrandbits(48):x}"}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ]
            }
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display},
        "subject": {"reference": f"Patient/p{rng.randrange(people)}"},
        "effectiveDateTime": moment.isoformat(),
        "issued": moment.isoformat(timespec="milliseconds"),
        "performer": [{"reference": f"Organization/o{rng.randrange(people)}"}],
        "valueQuantity": {
            "value": round(rng.uniform(1, 300), 2),
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
        "referenceRange": [{"low": {"value": rng.randrange(50)}, "high": {"value": 50 + rng.randrange(50)}}],
        "note": [{"text": f"Prélèvement {rng.getrandbits(64):x}, lu par l'automate {rng.randrange(90)}."}],
    }


def bundle(first: int, rng: random.Random, people: int) -> dict[str, Any]:
    """A transaction of ENTRIES creates that refer to one another."""
    patient_url = f"urn:uuid:{first:08x}-0000-4000-8000-{rng.getrandbits(48):012x}"
    entries = [{"fullUrl": patient_url, "resource": patient(first), "request": {"method": "POST", "url": "Patient"}}]
    for rank in range(1, ENTRIES):
        made = observation(first + rank, rng, people)
        made["subject"] = {"reference": patient_url}
        entries.append({"resource": made, "request": {"method": "POST", "url": "Observation"}})
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def write_loads(folder: Path, people: int) -> None:
    """One request per line, for wrk: paths to read, bodies to send."""
    rng = random.Random(1)

    def lines(made: Iterator[dict[str, Any]]) -> str:
        return "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in made)

    (folder / "bare.txt").write_text("bare\n" * BODIES)
    (folder / "organizations.txt").write_text(
        "".join(f"Organization/o{rng.randrange(people)}\n" for _ in range(BODIES))
    )
    (folder / "patients.txt").write_text("".join(f"Patient/p{rng.randrange(people)}\n" for _ in range(BODIES)))
    (folder / "create.txt").write_text(lines(observation(rank, rng, people) for rank in range(BODIES)))
    (folder / "conditional.txt").write_text(
        "".join(
            f"identifier={made['identifier'][0]['system']}|{made['identifier'][0]['value']}\t{lines(iter([made]))}"
            for made in (observation(rank, rng, people) for rank in range(BODIES))
        )
    )
    (folder / "bundles.txt").write_text(lines(bundle(rank * ENTRIES, rng, people) for rank in range(BUNDLES)))


def wrk(port: int, key: str, folder: Path, kind: str, connections: int, seconds: int) -> dict[str, float]:
    """Load by wrk. Answers the rate, latencies in ms, answers that were no success."""
    reading = kind in ("bare", "organizations", "patients")
    url = f"{ENDPOINT.base}/Observation" if kind in ("create", "conditional") else ENDPOINT.base
    headers, body = "nil", "line"
    if kind == "conditional":  # the criteria, a tab, the body
        headers, body = "headers", "line:sub(tab + 1)"
    lua = (
        "local lines = {}\n"
        f'for line in io.lines("{folder}/{kind}.txt") do lines[#lines + 1] = line end\n'
        'wrk.headers["Content-Type"] = "application/fhir+json"\n'
        'wrk.headers["Prefer"] = "return=minimal"\n'
        f'wrk.headers["Authorization"] = "Bearer {key}"\n'
        "init = function(args) math.randomseed(os.time()) end\n"
        "request = function()\n"
        "  local line = lines[math.random(#lines)]\n"
        + (
            '  local tab, headers = line:find("\\t"), {}\n'
            "  for name, value in pairs(wrk.headers) do headers[name] = value end\n"
            '  headers["If-None-Exist"] = line:sub(1, tab - 1)\n'
            if kind == "conditional"
            else ""
        )
        + (
            f'  return wrk.format("GET", "{"/" if kind == "bare" else ENDPOINT.base + "/"}" .. line)\n'
            if reading
            else f'  return wrk.format("POST", "{url}", {headers}, {body})\n'
        )
        + "end\n"
    )
    return loading.wrk(folder / f"{kind}.lua", lua, port, connections, seconds)


def _cpu(root: int) -> float:
    """Seconds of processor used so far by a process and its living children (Linux; 0 elsewhere)."""
    ticks, hertz = 0, os.sysconf("SC_CLK_TCK")
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if root in (int(folder.name), int(fields[1])):
            ticks += int(fields[11]) + int(fields[12])
    return ticks / hertz


async def _serve(dsn: str, port: int) -> None:
    database = await open_database(dsn)
    listener = listen("127.0.0.1", port, shared=True)
    app = fhir_app(
        ENDPOINT,
        Repository(ENDPOINT.register, database.store("sandbox"), r4(), (f"http://127.0.0.1:{port}{ENDPOINT.base}",)),
        authenticator=Authenticators([ApiKeys(lambda hashed: actors.find(database, hashed))]),
        clock=lambda: datetime.now(UTC),
        secret=b"bench secret",
    )

    async def bare(scope: Any, receive: Any, send: Any) -> None:
        """What the HTTP server alone can do with an ASGI application, here and now."""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"700")]})
        await send({"type": "http.response.body", "body": b"x" * 700})

    async def healthy() -> dict[str, Any]:
        return {"status": "ok"}

    served = Dispatch({ENDPOINT.base: app}, bare, healthy)
    try:
        await serve_until_stopped(served, listener)
    finally:
        await database.close()


async def _wait(port: int, count: int = 1) -> None:
    """Until `count` processes listen at the port."""
    wanted = f":{port:04X} 00000000:0000 0A"
    for _ in range(400):
        if Path("/proc/net/tcp").read_text().count(wanted) == count:
            return
        await asyncio.sleep(0.05)
    raise SystemExit("the server does not answer")


async def _fill(database: PostgresDatabase, people: int, trace: Trace) -> None:
    repository = Repository(ENDPOINT.register, database.store("sandbox"), r4())

    def puts() -> Iterator[Put]:
        for rank in range(people):
            yield repository.put({**organization(rank), "id": f"o{rank}"}, id=f"o{rank}")
            yield repository.put({**patient(rank), "id": f"p{rank}"}, id=f"p{rank}")

    await database.store("sandbox").load(puts(), trace)
    await database.tidy("sandbox")


async def run(
    people: int,
    seconds: int,
    rounds: int,
    only: str = "",
    processes: Sequence[int] = (1, 2),
    say: Callable[[str], None] = print,
) -> dict[str, dict[str, float]]:
    """Everything; answers the median figures by scene."""
    if shutil.which("wrk") is None:
        raise SystemExit("bench.rest needs wrk (Debian: apt-get install wrk)")
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name, embedded.start(Path(name) / "postgres") as postgres:
        folder, port = Path(name), 18_000 + os.getpid() % 1_000
        database = await open_database(postgres.dsn)
        try:
            await database.migrate(steps(["sandbox"]))
            trace = Trace("bench", "bench", "", "", "system", "bench", datetime.now(UTC), "sandbox", "load")
            await _fill(database, people, trace)
            write_loads(folder, people)
            _, key = await actors.create(
                database,
                name="bench",
                roles=["publisher"],
                structure="",
                known_roles=frozenset({"publisher"}),
                trace=trace,
            )
        finally:
            await database.close()
        sockets = board.folder_of(postgres.dsn)
        assert sockets is not None
        postmaster = int(next(Path(name).rglob("postmaster.pid")).read_text().split()[0])
        for count, keeps in [*((count, True) for count in processes), (processes[0], False)]:
            label = f"{count} process{'es' if count > 1 else ''} (socle up --workers {count})"
            if not keeps:
                label += ", where nothing is kept (SOCLE_DATABASE_URL)"
                board.lift(sockets)
            say(f"— {label}")
            servers = [
                subprocess.Popen([sys.executable, "-m", "bench.rest", "--serve", postgres.dsn, str(port)])
                for _ in range(count)
            ]
            pids = [server.pid for server in servers]
            try:
                await _wait(port, count)
                for scene in SCENES:
                    if only and not any(word in scene.name for word in only.split(",")):
                        continue
                    if not keeps and not scene.name.startswith(("bare", "read")):
                        continue
                    await asyncio.to_thread(wrk, port, key, folder, scene.kind, scene.connections, 2)  # warm
                    done = []
                    for _ in range(rounds):
                        ours, theirs = sum(map(_cpu, pids)), _cpu(postmaster)
                        one = await asyncio.to_thread(wrk, port, key, folder, scene.kind, scene.connections, seconds)
                        requests = one["rate"] * seconds * scene.weight / 1e6
                        one["cpu"] = (sum(map(_cpu, pids)) - ours) / requests
                        one["cpu_sql"] = (_cpu(postmaster) - theirs) / requests
                        done.append(one)
                    median = {each: statistics.median(one[each] for one in done) for each in done[0]}
                    median["low"] = min(one["rate"] for one in done)
                    median["high"] = max(one["rate"] for one in done)
                    figures[f"{scene.name}, {label}"] = median
                    bare = figures.get(f"{SCENES[0].name}, {label}", {}).get("rate", 0.0)
                    say(_line(scene, median, bare))
            finally:
                for server in servers:
                    server.terminate()
                for server in servers:
                    server.wait()
            port += 1
    return figures


def _line(scene: Scene, each: dict[str, float], bare: float) -> str:
    rate = each["rate"] * scene.weight
    missed = (
        (scene.target and rate < scene.target)
        or (scene.p50 and each["p50"] > scene.p50)
        or (scene.p99 and each["p99"] > scene.p99)
        or each["errors"]
    )
    wanted = [f"≥ {scene.target:,.0f}/s"] if scene.target else []
    wanted += [f"p50 ≤ {scene.p50:g} ms"] if scene.p50 else []
    wanted += [f"p99 ≤ {scene.p99:g} ms"] if scene.p99 else []
    share = ""
    if scene.target and bare:
        reached = rate / bare >= scene.target / SET_AT
        share = (
            f"; {rate / bare:.3f} of the bare server, {'ok' if reached else 'MISSED'} (≥ {scene.target / SET_AT:.3f})"
        )
    return (
        f"{scene.name:<22} {rate:>9,.0f}/s  [{each['low'] * scene.weight:,.0f}–{each['high'] * scene.weight:,.0f}]"
        f"   p50 {each['p50']:6.2f}   p99 {each['p99']:6.2f}   max {each['max']:6.1f} ms"
        f"   errors {each['errors']:.0f}   cpu {each['cpu']:.0f} + {each['cpu_sql']:.0f} µs"
        f"   {'MISSED' if missed else 'ok'} ({', '.join(wanted)}){share}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resources", type=int, default=20_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", default="1,2", help="how many processes answer, run after run")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        uvloop.run(_serve(given.serve[0], int(given.serve[1])))
    else:
        uvloop.run(
            run(
                given.resources, given.seconds, given.rounds, given.only, [int(one) for one in given.workers.split(",")]
            )
        )


if __name__ == "__main__":
    main()
