"""A consultation: what each thing costs at a thousand and at ten thousand contributions, and a thread of ten thousand.

    python -m bench.consultation [--sizes 1000,10000] [--thread 10000] [--rounds 20]

The texts are made of the words of the demonstration. Beside the search of near texts stands what it is measured against:
the same score computed on every contribution. One process, no HTTP; all of it shares the machine.
"""

import argparse
import csv
import random
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from io import StringIO
from pathlib import Path
from statistics import median

import uvloop
import yaml

from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.store import embedded
from socle.kernel.store.database import Database
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import open_database
from socle.support.consultation import actions
from socle.support.consultation.actions import Forum, NewConsultation, Wanted
from socle.support.consultation.model import Anchor, ContributionKind, Side, Submission
from socle.support.consultation.store import demonstration

NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)
SCHEMAS = (("doctrine", "socle.support.doctrine"), ("consultation", "socle.support.consultation"))
EDITOR = Actor("bench-editor", "Rédaction", frozenset({"doctrine-editor"}), Means.CONSOLE)
_EVERY = """
WITH own AS (SELECT stems FROM consultation.contribution WHERE id = $1)
SELECT c.id, cardinality(array(SELECT unnest(c.stems) INTERSECT SELECT unnest(own.stems))) AS common
FROM consultation.contribution c, own WHERE c.consultation = $2 AND c.id <> $1 ORDER BY common DESC, c.id LIMIT 5
"""


@dataclass(frozen=True, eq=False)
class Place:
    """What a forum needs of a house."""

    database: Database
    modules: tuple[()] = ()


def contributor(number: int) -> Actor:
    """One of many: nobody may contribute more than so many times an hour."""
    return Actor(f"bench-{number}", f"Personne {number}", frozenset({"contributor"}), Means.CONSOLE)


def trace(by: Actor) -> Trace:
    """The circumstances of a measurement."""
    return Trace(by.id, by.name, " ".join(by.roles), "", by.means, "", NOW, "consultation", "bench")


def texts(count: int, seed: int) -> list[tuple[str, str]]:
    """Titles and texts that look like contributions: half of one of the demonstration, and words of the others."""
    source = files("socle.support.consultation").joinpath("demonstration.yaml").read_text(encoding="utf-8")
    said = [one["text"].split() for one in yaml.load(source, Loader=yaml.CSafeLoader)]
    words = [word for text in said for word in text]
    rnd = random.Random(seed)
    made = []
    for number in range(count):
        own = said[number % len(said)]
        kept = rnd.sample(own, len(own) // 2) + rnd.sample(words, 20)
        made.append((f"Contribution {number}", " ".join(kept)))
    return made


def table(count: int) -> bytes:
    """`count` contributions as CSV."""
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(("kind", "author_kind", "author", "chapter", "title", "text", "at"))
    for number, (title, text) in enumerate(texts(count, 1)):
        at = NOW - timedelta(days=20) + timedelta(minutes=number)
        rows.writerow(("remark", "person", f"Auteur {number % 700}", "ins", title, text, f"{at:%Y-%m-%dT%H:%M:%SZ}"))
    return out.getvalue().encode()


async def milliseconds(rounds: int, act: Callable[[int], Awaitable[object]]) -> float:
    """The median of some rounds, after one that does not count."""
    await act(0)
    taken = []
    for number in range(1, rounds + 1):
        began = time.perf_counter()
        await act(number)
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


async def opened(forum: Forum, id: str) -> None:
    """A consultation that is open."""
    opens, closes = NOW - timedelta(days=30), NOW + timedelta(days=30)
    wanted = NewConsultation(id, "2026", "Mesure", "Mesure.", opens, closes)
    new = await actions.prepare(forum, wanted, by=EDITOR, trace=trace(EDITOR))
    await actions.move(forum, id, "open", new.version, by=EDITOR, trace=trace(EDITOR))


async def size(forum: Forum, count: int, rounds: int) -> None:
    """What each thing costs when there are `count` contributions."""
    id = f"c{count}"
    await opened(forum, id)
    content = table(count)
    began = time.perf_counter()
    await actions.import_csv(forum, id, content, by=EDITOR, trace=trace(EDITOR))
    print(f"\n{count:,} contributions, imported all or nothing in {time.perf_counter() - began:.1f} s\n")
    await forum.database.query("ANALYZE consultation.contribution")
    new = texts(rounds + 1, 2)
    shown = (await actions.page(forum, Wanted(id), count=200)).items

    async def contribute(number: int) -> None:
        said = Submission(Anchor("ins"), ContributionKind.REMARK, *new[number])
        by = contributor(number)
        await actions.contribute(forum, id, said, f"bench-{count}-{number}", by=by, trace=trace(by))

    def one(number: int) -> int:
        return shown[number % len(shown)].id

    measured: list[tuple[str, Callable[[int], Awaitable[object]]]] = [
        ("file a contribution, durable, counters and trace included", contribute),
        ("support one", lambda n: actions.support(forum, one(n), by=contributor(n), trace=trace(contributor(n)))),
        ("a page of 50, the latest", lambda n: actions.page(forum, Wanted(id))),
        ("a page of 50, the most supported", lambda n: actions.page(forum, Wanted(id, sort="supports"))),
        ("a page of 50 with a word", lambda n: actions.page(forum, Wanted(id, text="messagerie"))),
        ("near texts", lambda n: actions.neighbours(forum, one(n))),
        ("… every contribution compared", lambda n: forum.database.query(_EVERY, one(n), id)),
        ("themes", lambda n: actions.themes(forum, id)),
        ("figures of the synthesis", lambda n: actions.statistics(forum, id)),
    ]
    for name, act in measured:
        print(f"  {name:<60} {await milliseconds(rounds, act):8.1f} ms", flush=True)


async def thread(forum: Forum, count: int, id: str) -> None:
    """A thread of `count` arguments: pages, memory, export."""
    read = (await actions.page(forum, Wanted(id))).items[0]
    by = contributor(0)
    numbers = await forum.contributions.numbers(count)
    rows = [(number, read.id, by.id, Side.FOR, "mot " * 60, NOW) for number in numbers]
    await forum.database.write("consultation", [demonstration.argue_many(rows)], trace(EDITOR))
    taken: list[float] = []
    after = ""
    while True:
        began = time.perf_counter()
        page = await actions.arguments(forum, read.id, after=after, count=100)
        taken.append((time.perf_counter() - began) * 1000)
        if not page.next:
            break
        after = page.next
    began = time.perf_counter()
    total = sum([len(chunk) async for chunk in actions.export_json(forum, id)])
    took = time.perf_counter() - began
    tracemalloc.start()  # apart: tracing slows everything down
    async for _ in actions.export_json(forum, id):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"\nA thread of {count:,} arguments\n")
    print(f"  {'a page of 100: first, median, last':<60} {taken[0]:.1f}, {median(taken):.1f}, {taken[-1]:.1f} ms")
    print(
        f"  {'the whole consultation as JSON; peak of memory':<60} {total / 1e6:.1f} MB, {took:.1f} s, peak {peak / 1e6:.1f} MB"
    )


async def run(sizes: Sequence[int], length: int, rounds: int) -> None:
    """Everything, on a database of its own."""
    with tempfile.TemporaryDirectory() as folder, embedded.start(Path(folder)) as server:
        database = await open_database(server.dsn)
        try:
            await database.migrate(steps([schema for schema, _ in SCHEMAS], SCHEMAS))
            forum = Forum(Place(database))
            for count in sizes:
                await size(forum, count, rounds)
            await thread(forum, length, f"c{sizes[-1]}")
        finally:
            await database.close()


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000")
    parser.add_argument("--thread", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    said = parser.parse_args()
    uvloop.run(run([int(one) for one in said.sizes.split(",")], said.thread, said.rounds))


if __name__ == "__main__":
    main()
