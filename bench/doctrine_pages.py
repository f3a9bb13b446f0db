"""The pages of the doctrine: what a first visit weighs, what a page costs when it is made afresh, and 200 a second.

    python -m bench.doctrine_pages [--seconds 10] [--rate 200]

`first visit` is the page and every style and script that it loads, as sent. `afresh` is the time of one page at a time that
nobody asked for before (another sentence, other words, or a choice of language, which is never kept), `cpu` what the house
used for it, whatever else the machine did; `kept` is the same page asked again. Then an open load: a page is asked for when
its time comes, and latency counts from that time; seven pages in ten were read before, three have filters or words of their
own. The house is a process of its own; all of it shares the machine.
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from bench.doctrine import Caller, _wait, pages
from bench.loading import free_port
from bench.rest import _cpu
from socle.kernel.store import embedded
from socle.support.doctrine.model import Addressee
from socle.support.doctrine.rules.words import REGIONS

READ = (
    "/doctrine",
    "/doctrine/2026",
    "/doctrine/2026/ins",
    "/doctrine/2026/exigences",
    "/doctrine/2026/exigences/INS-001",
    "/doctrine/2026/recherche?q=identit%C3%A9",
    "/doctrine/ecarts",
)
WORDS = (
    *("identite", "messagerie", "hebergement", "ordonnance", "certificat", "authentification", "annuaire", "donnees"),
    *("document", "patient", "usager", "region", "hopital", "structure", "securite", "consentement", "echange"),
)
PAGE, TOTAL = 50.0, 100_000  # ms (p95), bytes


def sentences(rng: random.Random) -> Iterator[str]:
    """Requirement tables, each with filters of its own."""
    actors, regions = [one.value for one in Addressee], list(REGIONS)
    for rank in count():
        day = date(2020, 1, 1) + timedelta(days=rank)
        yield f"/doctrine/2026/exigences?actor={rng.choice(actors)}&region={rng.choice(regions)}&date={day}"


def questions(rng: random.Random) -> Iterator[str]:
    """Searches, each with words of its own."""
    for rank in count():
        yield f"/doctrine/2026/recherche?q={'+'.join(rng.sample(WORDS, 2))}+{rank}"


def mixture(rng: random.Random, size: int) -> tuple[str, ...]:
    """Seven pages in ten that were read before, two tables and a search that were not."""
    tables, searches = sentences(rng), questions(rng)
    return tuple(
        rng.choice(READ) if kind < 7 else next(tables) if kind < 9 else next(searches)
        for kind in (rank % 10 for rank in range(size))
    )


async def weigh(port: int, path: str) -> int:
    """Bytes of a first visit: the page, then each style, script and picture that it names."""
    page = await body(port, path)
    found = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', zlib.decompress(page, 31).decode()))
    return len(page) + sum([len(await body(port, one)) for one in sorted(found)])


async def body(port: int, path: str) -> bytes:
    """A body as sent, compressed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    found = await reader.readexactly(int(head.partition("content-length:")[2].split("\r\n")[0]))
    writer.close()
    return found


async def one_at_a_time(port: int, paths: Iterator[str], times: int) -> tuple[float, float]:
    """Median and 95th centile of the time of a page, in ms."""
    caller, taken = Caller(port), []
    for _ in range(times):
        path, begun = next(paths), time.perf_counter()
        status, _ = await caller.get(path)
        taken.append((time.perf_counter() - begun) * 1e3)
        assert status == 200, path
    taken.sort()
    return taken[times // 2], taken[min(times - 1, int(times * 0.95))]


def always(path: str) -> Iterator[str]:
    """The same address, again and again."""
    while True:
        yield path


async def measure(port: int, server: int, rate: int, seconds: float) -> None:
    """Everything."""
    rng = random.Random(5)
    for path in READ:
        await body(port, path)
    afresh = {
        path: always(f"{path}{'&' if '?' in path else '?'}lang=fr")
        for path in READ
        if "exigences" not in path.rsplit("/", 1)[-1] and "recherche" not in path
    }
    afresh["/doctrine/2026/exigences?…"] = sentences(rng)
    afresh["/doctrine/2026/recherche?q=…"] = questions(rng)
    print(f"  {'':<36} first visit      afresh p50    p95    cpu      kept p50")
    for name, paths in afresh.items():
        plain = next((path for path in READ if path.split("?")[0] == name.split("?")[0]), name)
        weight = await weigh(port, plain)
        before = _cpu(server)
        p50, p95 = await one_at_a_time(port, paths, 60)
        used = (_cpu(server) - before) / 60 * 1e3
        kept, _ = await one_at_a_time(port, always(plain), 60)
        verdict = "ok" if weight <= TOTAL and p95 <= PAGE else "MISSED"
        print(
            f"  {name:<36} {weight / 1000:6.1f} kB {p50:14.1f} {p95:8.1f} {used:6.1f} {kept:10.1f} ms   {verdict}",
            flush=True,
        )
    for name, asked in (("read before", READ), ("three in ten never read", mixture(rng, int(rate * seconds)))):
        got = await pages(port, asked, rate, seconds)
        verdict = "ok" if got["p95"] <= PAGE and not got["wrong"] else "MISSED"
        print(
            f"  {name:<36} {got['rate']:5.0f}/s   p50 {got['p50']:.1f}   p95 {got['p95']:.1f}   p99 {got['p99']:.1f} ms   "
            f"{got['wrong']:.0f} wrong   {verdict} (p95 ≤ {PAGE:.0f} ms)",
            flush=True,
        )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=200)
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}")
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        process = subprocess.Popen([sys.executable, "-m", "bench.doctrine", "--serve", server.dsn, str(port), folder])
        try:
            _wait(port)
            asyncio.run(measure(port, process.pid, options.rate, options.seconds))
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
