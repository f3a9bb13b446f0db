"""The doctrine: reading an edition, comparing two, answering who one is, and its pages at 200 a second.

    python -m bench.doctrine [--requirements 2000] [--rounds 5] [--seconds 10] [--rate 200]

Beside each figure stands what it is measured against: libyaml alone on the same files; difflib alone on the same pairs of
statements, without what we know before asking it. The pages are served by a process of its own, the load is open (a page is
asked for when its time comes, whatever the others do) and latency counts from that time; all of it shares the machine.
"""

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median

import uvloop
import yaml

from bench.loading import free_port, rounds_of
from socle.assembly.application import application
from socle.assembly.house import open_house
from socle.command.logs import configure
from socle.kernel.module import Settings
from socle.kernel.rest.serve import serve_until_stopped
from socle.kernel.store import embedded
from socle.support.doctrine.actions import folders
from socle.support.doctrine.actions.search import Indexes
from socle.support.doctrine.model import Addressee, Chapter, Edition, Requirement
from socle.support.doctrine.rules.applies import Who, requirements_for
from socle.support.doctrine.rules.checking import Known
from socle.support.doctrine.rules.difference import difference
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.rules.writing import write

PAGES = (
    "/doctrine",
    "/doctrine/2026",
    "/doctrine/2026/ins",
    "/doctrine/2026/dmp",
    "/doctrine/2026/exigences?actor=editeur-dpi",
    "/doctrine/2026/exigences/INS-001",
)
EDITION_PAGE = "/doctrine/2026"
LARGEST = 100_000  # bytes of an edition page as sent


def seconds(rounds: int, act: Callable[[], object]) -> float:
    """The median of some rounds, after one that does not count."""
    return median(rounds_of(rounds, act))


def grown(edition: Edition, size: int) -> Edition:
    """The edition with its requirements repeated under other numbers until there are `size`."""
    copies = range(-(-size // len(edition.requirements)))

    def grow(chapter: Chapter) -> Chapter:
        more = [
            replace(one, id=f"{one.id[:4]}{copy or ''}{one.id[4:]}") for copy in copies for one in chapter.requirements
        ]
        return replace(chapter, requirements=tuple(more))

    whole = replace(edition, chapters=tuple(grow(chapter) for chapter in edition.chapters))
    kept = {one.id for one in sorted(whole.requirements, key=lambda one: len(one.id))[:size]}  # the first copies first
    return replace(
        whole,
        chapters=tuple(
            replace(chapter, requirements=tuple(one for one in chapter.requirements if one.id in kept))
            for chapter in whole.chapters
        ),
    )


def revised(edition: Edition, rng: random.Random) -> Edition:
    """What a year may do: a third reworded, a tenth of another force, a tenth dropped, a tenth new."""

    def revise(one: Requirement) -> list[Requirement]:
        chance = rng.random()
        if chance < 0.10:
            return []
        if chance < 0.20:
            return [one, replace(one, id=f"{one.id[:3]}-9{one.id[-3:]}")]
        if chance < 0.53:
            words = one.statement.split()
            words[rng.randrange(len(words))] = "révisé"
            words.insert(rng.randrange(len(words)), "désormais")
            return [replace(one, statement=" ".join(words))]
        return [one]

    chapters = []
    for chapter in edition.chapters:
        found = [new for one in chapter.requirements for new in revise(one)]
        chapters.append(replace(chapter, requirements=tuple({new.id: new for new in found}.values())))
    return replace(edition, id="2027", chapters=tuple(chapters))


def in_process(size: int, rounds: int) -> None:
    """Reading, comparing, answering, searching."""
    edition = grown(folders.current_edition(Known()), size)
    files = write(edition)
    characters = sum(map(len, files.values()))
    print(f"an edition of {len(edition.requirements):,} requirements, {characters / 1e6:.2f} million characters")
    texts = [text for path, text in files.items() if path.endswith(".yaml")]
    bare = seconds(rounds, lambda: [list(yaml.parse(text, Loader=yaml.CBaseLoader)) for text in texts])
    ours = seconds(rounds, lambda: load(files))
    print(
        f"  read and check it whole            {ours:7.3f} s   libyaml alone on its YAML {bare:.3f} s: {ours / bare:.1f} times"
    )

    after = revised(edition, random.Random(7))

    def compare() -> int:
        found = difference(edition, after)
        return sum(len(changed.wording) for changed in found.requirements)

    found = difference(edition, after)
    pairs = [
        (one.statement, after.requirement_by_id[one.id].statement)
        for one in edition.requirements
        if one.id in after.requirement_by_id
    ]
    naive = seconds(1, lambda: [SequenceMatcher(None, a, b, autojunk=False).get_opcodes() for a, b in pairs])
    words = seconds(
        rounds, lambda: [SequenceMatcher(None, a.split(), b.split(), autojunk=False).get_opcodes() for a, b in pairs]
    )
    ours = seconds(rounds, compare)
    told = f"target 1 s; {len(found.requirements):,} changed, every wording told"
    print(f"  compare it with the next           {ours:7.3f} s   {told}")
    print(f"    difflib on the same statements   {naive:7.3f} s letter by letter, {words:.3f} s word by word")

    who = Who(addressees=frozenset({Addressee.EDITEUR_DPI}), region="53")
    today = date(2026, 11, 22)
    asked = seconds(rounds, lambda: requirements_for(edition, who, today=today))
    print(f"  who am I                           {asked * 1e3:7.1f} ms")
    indexes = Indexes()
    begun = time.perf_counter()
    indexes.of(edition)
    print(f"  index it for search, once          {time.perf_counter() - begun:7.3f} s")
    asked = seconds(rounds, lambda: indexes.matching(edition, "identité qualifiée"))
    print(f"  search two words                   {asked * 1e3:7.1f} ms", flush=True)


async def _serve(dsn: str, port: int, folder: Path) -> None:
    """The whole house, as `socle up` serves it, without demonstration."""
    settings = Settings(data=folder, demo=False, population=0, url=f"http://127.0.0.1:{port}")
    with socket.create_server(("127.0.0.1", port), backlog=2_048) as listener:
        async with open_house(settings, dsn) as opened:
            await serve_until_stopped(application(opened), listener)


class Caller:
    """A connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, int]:
        """Ask for a page; its status and the bytes of its body as sent."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\nAccept-Language: fr\r\n\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].split("\r\n")[0])
        await reader.readexactly(length)
        return int(head.split(" ", 2)[1]), length


async def pages(port: int, paths: tuple[str, ...], rate: int, duration: float) -> Mapping[str, float]:
    """`rate` pages a second for `duration` seconds, each asked when its time comes."""
    idle = [Caller(port)]
    taken: list[float] = []
    wrong = largest = 0
    begun = time.perf_counter() + 0.1

    async def one(rank: int) -> None:
        nonlocal wrong, largest
        due = begun + rank / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        caller = idle.pop() if idle else Caller(port)
        status, size = await caller.get(paths[rank % len(paths)])
        taken.append(time.perf_counter() - due)
        idle.append(caller)
        wrong += status != 200
        largest = max(largest, size)

    count = int(rate * duration)
    await asyncio.gather(*(one(rank) for rank in range(count)))
    elapsed = time.perf_counter() - begun
    taken.sort()
    at = {share: taken[min(count - 1, int(count * share))] * 1e3 for share in (0.5, 0.95, 0.99)}
    return {
        "rate": count / elapsed,
        "p50": at[0.5],
        "p95": at[0.95],
        "p99": at[0.99],
        "wrong": wrong,
        "largest": largest,
    }


def over_http(rate: int, duration: float) -> None:
    """The pages, from a house of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        process = subprocess.Popen([sys.executable, "-m", "bench.doctrine", "--serve", server.dsn, str(port), folder])
        try:
            _wait(port)
            print(f"pages over HTTP, {rate} a second for {duration:.0f} s (target: p95 of 50 ms, {LARGEST // 1000} kB)")
            for name, paths in (("the edition", (EDITION_PAGE,)), ("six kinds of page in turn", PAGES)):
                asyncio.run(pages(port, paths, 20, 2))  # warm
                got = asyncio.run(pages(port, paths, rate, duration))
                print(
                    f"  {name:<34} {got['rate']:5.0f}/s   p50 {got['p50']:.1f} ms   p95 {got['p95']:.1f} ms   "
                    f"p99 {got['p99']:.1f} ms   largest {got['largest'] / 1000:.1f} kB   {got['wrong']:.0f} wrong",
                    flush=True,
                )
        finally:
            process.terminate()
            process.wait(30)


def _wait(port: int) -> None:
    limit = time.monotonic() + 60
    while True:
        try:
            if asyncio.run(Caller(port).get("/health"))[0] == 200:
                return
        except (OSError, asyncio.IncompleteReadError):
            pass
        if time.monotonic() > limit:
            raise RuntimeError("the house did not open")
        time.sleep(0.2)


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=200)
    parser.add_argument("--serve", nargs=3, metavar=("DSN", "PORT", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        configure()
        dsn, port, folder = options.serve
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `socle up` does
            runner.run(_serve(dsn, int(port), Path(folder)))
        return
    print(f"load average {os.getloadavg()[0]:.1f}")
    in_process(options.requirements, options.rounds)
    over_http(options.rate, options.seconds)


if __name__ == "__main__":
    main()
