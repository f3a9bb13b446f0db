"""The synthetic country: lines a second of each format, the whole command, its memory.

    python -m bench.country [--ranks 36000] [--scale 0.2]

Each maker is timed in processor time, best of three, on one core; beside it, the same lines whose fields are already made,
joined and encoded: no generator can be faster than that. Then the command itself, in its own processes.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from socle.foundations.country import Country
from socle.foundations.country.files import identities
from socle.foundations.country.files.plan import FORMATS, MAKERS, Parameters, targets


def cpu(work: Callable[[], object], rounds: int = 3) -> float:
    """Best processor time of `work`, seconds."""
    best = float("inf")
    for _ in range(rounds):
        before = time.process_time()
        work()
        best = min(best, time.process_time() - before)
    return best


def joined(fields: list[list[str]]) -> bytes:
    """Lines of ready fields."""
    return "\n".join(["|".join(line) for line in fields]).encode()


def consumed(people: int, share: float) -> int:
    """How many records a population gives, each made."""
    return sum(1 for _ in identities.records(people, 1, share))


def makers(ranks: int, rounds: int) -> None:
    """A line of figures for each maker."""
    country = Country(seed=0, scale=1, day=2)
    print(f"{'maker':30} {'lines':>8} {'lines/s of a core':>18} {'ranks/s':>9} {'joining alone':>14} {'ratio':>6}")
    for name, maker in MAKERS.items():
        if name.startswith("differences"):
            continue
        count = ranks if name.startswith(("annuaire", "rass")) else ranks // 18
        text, lines = maker(country, 0, count)
        spent = cpu(partial(maker, country, 0, count), rounds)
        split = [line.split("|") for line in text.splitlines()]
        alone = cpu(partial(joined, split), rounds)
        print(
            f"{name:30} {lines:8,} {lines / spent:18,.0f} {count / spent:9,.0f} {len(split) / alone:14,.0f} "
            f"{alone / spent:6.2f}"
        )
    for share in (0.0, 0.2):
        made = consumed(ranks, share)
        spent = cpu(partial(consumed, ranks, share), rounds)
        print(f"identities, {share:.0%} repeated{'':9} {made:8,} {made / spent:18,.0f}")


def whole(scale: float) -> None:
    """The command, all formats but identities."""
    asked = tuple(name for name in FORMATS if name != "identities")
    expected = sum(target.octets for target in targets(Parameters(0, scale, 1, 0.01, asked)))
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        command = [sys.executable, "-m", "socle", "generate", "country", "--scale", f"{scale}", "--out", f"{folder}/c"]
        subprocess.run([*command, "--formats", ",".join(asked)], check=True, capture_output=True)
        wall = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        octets = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    print(
        f"whole command, scale {scale:g}: {wall:.0f} s, {spent:.0f} s of processor, {os.cpu_count()} processes; "
        f"{octets / 1e6:,.0f} MB (told before: {expected / 1e6:,.0f}); largest process {after.ru_maxrss / 1024:.0f} MB; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=36_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=0.2)
    options = parser.parse_args()
    whole(options.scale)  # first: a child is charged with the memory that its parent had
    makers(options.ranks, options.rounds)


if __name__ == "__main__":
    main()
