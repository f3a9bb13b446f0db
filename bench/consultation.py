"""A thread of ten thousand comments: when it paints, what it weighs, what it costs the server.

    python -m bench.consultation [--count 10000] [--times 10]

One consultation with `count` contributions, one of which has `count` arguments. The house serves its pages in this process,
Chromium reads them: time from the request to the first contentful paint, to the largest, and to the next frame after the
document is ready; bytes transferred, styles and scripts included. Then the whole thread is read page after page without
a browser, and the memory of the process is compared before and after.
"""

import argparse
import gc
import re
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright
from tests.browser import ARGUMENTS, chromium, context, served
from tests.support.consultation.pages.public.houses import NOW, Site

from socle.kernel.audit import Trace
from socle.kernel.policy import Means
from socle.kernel.store.embedded import start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase
from socle.support.consultation import demo
from socle.support.consultation.actions import Forum

SCHEMAS = (("doctrine", "socle.support.doctrine"), ("consultation", "socle.support.consultation"))
BASE = "/concertation/2026/contributions"
PAINT = """
() => new Promise((done) => {
    const largest = [];
    new PerformanceObserver((list) => largest.push(...list.getEntries()))
        .observe({ type: "largest-contentful-paint", buffered: true });
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        const first = performance.getEntriesByName("first-contentful-paint")[0];
        const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
        const page = performance.getEntriesByType("navigation")[0];
        done({
            first: first.startTime, largest: largest.at(-1).startTime, ready: page.domContentLoadedEventEnd,
            server: page.responseEnd - page.requestStart,
            bytes: all.reduce((sum, one) => sum + one.encodedBodySize, 0),
        });
    }, 50)));
})
"""


async def furnish(forum: Forum, count: int) -> None:
    """The demonstration, then `count` contributions and `count` arguments of various lengths."""
    assert isinstance(forum.database, PostgresDatabase)
    await forum.database.migrate(steps([name for name, _ in SCHEMAS], SCHEMAS))
    await demo.fill(forum, NOW)
    trace = Trace("house", "Socle", "", "", Means.SYSTEM, "bench", NOW, "consultation", "bench")
    await forum.database.write(
        "consultation",
        [
            (
                "INSERT INTO consultation.contribution (id, consultation, chapter, block, requirement, actor, key, kind, "
                "title, text, at) SELECT nextval('consultation.number'), c.consultation, c.chapter, c.block, c.requirement, "
                "c.actor, 'bench-' || n, c.kind, c.title || ' ' || n, repeat(c.text || ' ', 1 + n % 4) || n, "
                "c.at + n * interval '1 second' FROM generate_series(1, $1) n "
                "JOIN consultation.contribution c ON c.id = 1 + n % 50",
                (count,),
            ),
            (
                "INSERT INTO consultation.argument (id, contribution, actor, key, side, text, at) "
                "SELECT nextval('consultation.number'), 1, c.actor, 'bench-' || n, "
                "CASE n % 3 WHEN 0 THEN 'against' ELSE 'for' END, repeat(c.text || ' ', 1 + n % 3) || n, "
                "c.at + n * interval '1 second' FROM generate_series(1, $1) n "
                "JOIN consultation.contribution c ON c.id = 1 + n % 50",
                (count,),
            ),
        ],
        trace,
    )
    await forum.database.query("ANALYZE consultation.contribution")
    await forum.database.query("ANALYZE consultation.argument")


def paint(browser: Any, url: str, times: int, come_from: str) -> list[dict[str, float]]:
    """What a reader sees who has never come, or who comes from another page of the house (`come_from`); several times."""
    found = []
    for _ in range(times + 1):  # the first warms the server
        opened = context(browser)
        page = opened.new_page()
        if come_from:
            page.goto(come_from)
        page.goto(url)
        found.append(page.evaluate(PAINT))
        opened.close()
    return found[1:]


def read_all(url: str, path: str, item: str) -> tuple[int, float]:
    """The whole thread, page after page: how many items, seconds."""
    began, seen, following = time.perf_counter(), 0, path
    with httpx.Client(base_url=url, timeout=60) as client:
        while following:
            page = client.get(following).text
            seen += len(re.findall(item, page))
            link = re.search(r'rel="next" href="([^"#]+)[^"]*" data-more', page)
            following = link[1].replace("&amp;", "&") if link else ""
    return seen, time.perf_counter() - began


def memory() -> float:
    """What this process holds, in MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=10)
    asked = parser.parse_args()

    async def furnished(forum: Forum) -> None:
        await furnish(forum, asked.count)

    folder = Path(tempfile.mkdtemp())
    with start(folder) as postgres, served(Site(postgres.dsn, furnished)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        # The login page of the same house says what the machine itself costs at that moment.
        for name, path in (("login page", "/connexion"), ("arguments", f"{BASE}/1"), ("contributions", BASE)):
            for way, come_from in (("first visit", ""), ("from a page", url + "/concertation")):
                found = paint(browser, url + path, asked.times, come_from)
                for key in ("server", "first", "largest", "ready"):
                    values = sorted(one[key] for one in found)
                    said = f"best {values[0]:5.0f} ms   median {statistics.median(values):5.0f} ms"
                    print(f"{name:14} {way:12} {key:8} {said}   worst {values[-1]:5.0f} ms")
                print(
                    f"{name:14} {way:12} {max(one['bytes'] for one in found) / 1000:6.1f} kB, styles and scripts included"
                )
        browser.close()
        for name, path, item in (
            ("arguments", f"{BASE}/1", r'<li class="item" id="argument-'),
            ("contributions", BASE, r'<li class="item" id="C-'),
        ):
            read_all(url, path, item)
            before = memory()
            seen, seconds = read_all(url, path, item)
            print(
                f"{name:14} {seen} items read in {seconds:.1f} s; memory {before:.0f} MB before, {memory():.0f} MB after"
            )


if __name__ == "__main__":
    main()
