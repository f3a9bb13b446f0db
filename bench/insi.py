"""INSi at the size of a country's region: load people, then search by traits over SOAP, traces on, fsync on.

    python -m bench.insi [--people 1000000] [--seconds 10] [--connections 16,32]

The server is a process of its own; the load comes from `wrk` when it is installed, else from a process of ours;
PostgreSQL is the embedded one with its ordinary settings. Everything shares the machine.
"""

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import uvloop

from bench.loading import figures
from socle.assembly.application import application
from socle.assembly.house import open_house
from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.lot import actions as lot
from socle.foundations.ins.insi.lot.actions import system_trace
from socle.foundations.ins.insi.rules import traits_key
from socle.foundations.ins.insi.seed import seed
from socle.foundations.ins.insi.store import _BY_KEY
from socle.foundations.ins.population import Personne, generate
from socle.kernel.module import Settings
from socle.kernel.policy import Actor, Means
from socle.kernel.rest.serve import serve_until_stopped
from socle.kernel.store import actors, embedded
from socle.kernel.store.postgres import PostgresDatabase

SMALL = 10_000
SAMPLE = 20_000
LOT = 100_000
TARGET_RATE, TARGET_P99 = 1_500, 20.0
_HEADERS = (
    '<b:ContexteBAM xmlns:b="urn:siram:bam:ctxbam" Version="01_02" Nature="CTXBAM"><b:Id>{id}</b:Id>'
    "<b:Temps>2026-11-22T09:00:00.000Z</b:Temps><b:Emetteur>10B0152872</b:Emetteur><b:COUVERTURE/></b:ContexteBAM>"
    '<l:ContexteLPS xmlns:l="urn:siram:lps:ctxlps" Version="01_00" Nature="CTXLPS"><l:Id>{id}</l:Id>'
    "<l:Temps>2026-11-22T09:00:00Z</l:Temps><l:Emetteur>10B0152872</l:Emetteur><l:LPS>"
    '<l:IDAM R="4">IDAM00000001</l:IDAM><l:Version>1.0</l:Version><l:Instance>{id}</l:Instance>'
    "<l:Nom>bench</l:Nom></l:LPS></l:ContexteLPS>"
    '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing">'
    "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite</a:Action>"
    '<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing">uuid:{id}</a:MessageID>'
)


def envelope(personne: Personne, rng: random.Random) -> str:
    """A search for this person as a publisher's software writes it: birth name, first given name, sex, birth date."""
    rank = f"{rng.getrandbits(128):032x}"
    number = f"{rank[:8]}-{rank[8:12]}-{rank[12:16]}-{rank[16:20]}-{rank[20:]}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope">'
        f"<soap:Header>{_HEADERS.format(id=number)}</soap:Header><soap:Body>"
        '<RECSANSVITALE xmlns="http://www.cnamts.fr/INSiRecSans">'
        f"<NomNaissance>{escape(personne.nom_naissance)}</NomNaissance>"
        f"<Prenom>{escape(personne.prenoms.split(' ')[0])}</Prenom><Sexe>{personne.sexe}</Sexe>"
        f"<DateNaissance>{personne.date_naissance}</DateNaissance></RECSANSVITALE></soap:Body></soap:Envelope>"
    )


def settings_of(folder: Path, port: int) -> Settings:
    """A house without demonstration."""
    return Settings(data=folder, demo=False, population=0, url=f"http://127.0.0.1:{port}")


async def _serve(dsn: str, port: int, folder: Path) -> None:
    """The whole house, as `socle up` serves it."""
    with socket.create_server(("127.0.0.1", port), backlog=2_048) as listener:
        async with open_house(settings_of(folder, port), dsn) as opened:
            await serve_until_stopped(application(opened), listener)


def cpu_seconds(process: int) -> float:
    """Processor time used so far by a process and those it started, in seconds."""
    parents = {}
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (each / "stat").read_text().rpartition(")")[2].split()
            parents[int(each.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    total = 0
    for number, (_, used) in parents.items():
        above = number
        while above not in (0, process):
            above = parents.get(above, (0, 0))[0]
        total += used if above == process else 0
    return total / os.sysconf("SC_CLK_TCK")


async def timed(database: PostgresDatabase, sample: list[Personne], seconds: float, tasks: int) -> dict[str, float]:
    """The same SQL question alone, one person at a time, `tasks` at once: rate and latencies in ms."""
    keys = [traits_key(p.nom_naissance, p.sexe, p.date_naissance) for p in sample]
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def one(start: int) -> None:
        position = start
        while (begun := time.perf_counter()) < end:
            rows = await database.query(_BY_KEY, [keys[position % len(keys)]])
            assert rows
            times.append(time.perf_counter() - begun)
            position += tasks

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(tasks)))
    return figures(times, time.perf_counter() - begun)


async def _fill(database: PostgresDatabase, people: int, figures: dict[str, Any]) -> list[Personne]:
    """Load the base, measuring the search on the way; answers people to look for."""
    trace = system_trace(datetime.now(UTC), "bench")
    first = min(SMALL, people)
    await seed(database, first, trace=trace)
    figures["sql at 10,000"] = await timed(database, list(generate(first)), 3, 1)
    begun = time.perf_counter()

    def tell(there: int, wanted: int) -> None:
        print(f"\r  {there:>9,} / {wanted:,}", end="", file=sys.stderr, flush=True)

    added = await seed(database, people, trace=trace, progress=tell)
    print(file=sys.stderr)
    figures["load, people/s"] = added / (time.perf_counter() - begun)
    wanted = set(random.Random(1).sample(range(people), min(SAMPLE, people)))
    sample = [p for p in generate(people) if p.rang in wanted]
    random.Random(2).shuffle(sample)
    figures["sql at size"] = await timed(database, sample, 3, 1)
    figures["sql alone, 16 at once"] = await timed(database, sample, 5, 16)
    return sample


async def _lot(database: PostgresDatabase, sample: list[Personne], figures: dict[str, Any]) -> None:
    """A batch: received line by line, then verified."""
    header = b"matricule;oid;nom_naissance;prenoms;sexe;date_naissance;lieu_naissance\n"
    lines = [
        f"{p.numero}{p.cle};{p.oid};{p.nom_naissance};{p.prenoms};{p.sexe};{p.date_naissance};{p.lieu_naissance}\n"
        for p in sample
    ]
    repeat = max(1, LOT // len(lines))

    async def chunks() -> AsyncIterator[bytes]:
        yield header
        for _ in range(repeat):
            for start in range(0, len(lines), 500):
                yield "".join(lines[start : start + 500]).encode()

    by = Actor("bench", "bench", frozenset({"publisher"}), Means.API_KEY)
    trace = system_trace(datetime.now(UTC), "bench")
    begun = time.perf_counter()
    sent = await lot.send(INSi(database, b"bench"), "bench", "text/csv", chunks(), by=by, trace=trace)
    received = time.perf_counter()
    await lot.verify(database, {"lot": sent.id}, trace)
    figures["lot, lines/s received"] = sent.lines / (received - begun)
    figures["lot, lines/s verified"] = sent.lines / (time.perf_counter() - received)
    done = await lot.follow(INSi(database, b"bench"), "bench", by=by, trace=trace)
    assert (done.ok, done.ko) == (sent.lines, 0), done
    await lot.delete(INSi(database, b"bench"), "bench", by=by, trace=trace)


def _load(port: int, key: str, folder: Path, connections: int, seconds: int) -> dict[str, float]:
    if shutil.which("wrk"):
        return wrk(port, key, folder, connections, seconds)
    arguments = ["--load", str(port), key, str(folder), str(connections), str(seconds)]
    command = [sys.executable, "-m", "bench.insi", *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    figures: dict[str, float] = json.loads(out)
    return figures


def wrk(port: int, key: str, folder: Path, connections: int, seconds: int) -> dict[str, float]:
    """Load by wrk, each request a different person."""
    script = folder / "insi.lua"
    script.write_text(
        "local bodies = {}\n"
        f'for line in io.lines("{folder}/bodies.txt") do bodies[#bodies + 1] = line end\n'
        "local seeded = false\n"
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/soap+xml; charset=utf-8"\n'
        f'wrk.headers["Authorization"] = "Bearer {key}"\n'
        "request = function()\n"
        "  return wrk.format(nil, nil, nil, bodies[math.random(#bodies)])\n"
        "end\n"
        "done = function(summary, latency, requests)\n"
        '  io.write(string.format("RESULT %d %d %f %f %f %d\\n", summary.requests, summary.duration,\n'
        "    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,\n"
        "    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))\n"
        "end\n"
    )
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(script),
        f"http://127.0.0.1:{port}/insi/lps",
    ]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)", out)
    assert found, out
    requests, duration, p50, p99, most, errors = (float(each) for each in found.groups())
    return {"rate": requests / (duration / 1e6), "p50": p50, "p99": p99, "max": most, "errors": errors}


async def _generate(port: int, key: str, folder: Path, connections: int, seconds: int) -> dict[str, float]:
    """Load by a process of ours, where wrk is not installed."""
    bodies = (folder / "bodies.txt").read_text().splitlines()
    times: list[float] = []
    errors = 0
    end = time.perf_counter() + seconds

    async def one(number: int) -> None:
        nonlocal errors
        rng = random.Random(number)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /insi/lps HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/soap+xml; charset=utf-8\r\nContent-Length: "
        )
        while (begun := time.perf_counter()) < end:
            body = bodies[rng.randrange(len(bodies))].encode()
            writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", answer.lower())
            assert length
            await reader.readexactly(int(length[1]))
            errors += not answer.startswith(b"HTTP/1.1 200")
            times.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(connections)))
    return {**figures(times, time.perf_counter() - begun), "errors": errors}


async def _wait(port: int) -> None:
    for _ in range(200):
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
            return
        except OSError:
            await asyncio.sleep(0.05)
    raise SystemExit("the server does not answer")


async def run(people: int, connections: list[int], seconds: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything; answers the figures."""
    figures: dict[str, Any] = {"people": people}
    with tempfile.TemporaryDirectory() as name, embedded.start(Path(name)) as postgres:
        folder, port = Path(name), 18_000 + os.getpid() % 1_000
        async with open_house(settings_of(folder, port), postgres.dsn) as opened:
            database = opened.database
            sample = await _fill(database, people, figures)
            _, key = await actors.create(
                database,
                name="bench",
                roles=["publisher"],
                structure="",
                known_roles=frozenset({"publisher"}),
                trace=system_trace(datetime.now(UTC), "bench"),
            )
            await _lot(database, sample, figures)
        rng = random.Random(3)
        (folder / "bodies.txt").write_text("\n".join(envelope(p, rng) for p in sample) + "\n")
        server = subprocess.Popen([sys.executable, "-m", "bench.insi", "--serve", postgres.dsn, str(port), str(folder)])
        try:
            await _wait(port)
            for count in connections:
                await asyncio.to_thread(_load, port, key, folder, count, 2)  # warm
                used = cpu_seconds(server.pid)
                found = await asyncio.to_thread(_load, port, key, folder, count, seconds)
                found["cpu"] = (cpu_seconds(server.pid) - used) / (found["rate"] * seconds) * 1e6
                figures[f"soap, {count} connections"] = found
        finally:
            server.terminate()
            server.wait()
    _report(figures, say)
    return figures


def _report(figures: dict[str, Any], say: Callable[[str], None]) -> None:
    say(f"people                         {figures['people']:>10,}")
    for name in ("load, people/s", "lot, lines/s received", "lot, lines/s verified"):
        say(f"{name:<30} {figures[name]:>10,.0f}")
    alone = figures["sql alone, 16 at once"]
    for name in ("sql at 10,000", "sql at size", "sql alone, 16 at once"):
        each = figures[name]
        say(f"{name:<30} {each['rate']:>10,.0f} /s   p50 {each['p50']:6.2f} ms   p99 {each['p99']:6.2f} ms")
    for name, each in figures.items():
        if name.startswith("soap"):
            verdict = (
                "ok" if each["rate"] >= TARGET_RATE and each["p99"] <= TARGET_P99 and not each["errors"] else "MISSED"
            )
            say(
                f"{name:<30} {each['rate']:>10,.0f} /s   p50 {each['p50']:6.2f} ms   p99 {each['p99']:6.2f} ms   "
                f"max {each['max']:6.1f} ms   errors {each['errors']:.0f}   server cpu {each['cpu']:.0f} µs   "
                f"{each['rate'] / alone['rate']:.2f} of SQL alone   "
                f"{verdict} (target {TARGET_RATE:,}/s, p99 {TARGET_P99:.0f} ms)"
            )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", default="16,32")
    parser.add_argument("--serve", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--load", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        uvloop.run(_serve(given.serve[0], int(given.serve[1]), Path(given.serve[2])))
    elif given.load:
        port, key, folder, count, seconds = given.load
        print(json.dumps(asyncio.run(_generate(int(port), key, Path(folder), int(count), int(seconds)))))
    else:
        uvloop.run(run(given.people, [int(each) for each in given.connections.split(",")], given.seconds))


if __name__ == "__main__":
    main()
