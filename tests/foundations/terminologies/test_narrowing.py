"""What SQL narrows and what the pure filters decide agree: on random hierarchies, random filters, page by page."""

import random
from collections.abc import AsyncIterator

import pytest
from tests.foundations.terminologies.conftest import _service
from tests.foundations.terminologies.support import Service

from socle.foundations.terminologies import actions
from socle.foundations.terminologies.model import Concept, Designation, Head, Loaded, Property
from socle.foundations.terminologies.rules.concepts import entry
from socle.foundations.terminologies.store import browsing, writing
from socle.foundations.terminologies.store.wording import own_words
from socle.kernel.terminology.entries import Entry, Name, Value
from socle.kernel.terminology.filters import condition
from socle.kernel.terminology.source import COUNTED
from socle.kernel.terminology.words import asked, mentions

URL = "http://example.org/random"
LARGE = "http://example.org/large"  # the same, its words its own
SIZE = 60
RNG = random.Random(20261122)
CONCEPTS = [
    Concept(
        f"c{n}",
        f"{RNG.choice(['Plaie', 'Lésion', 'Œdème'])} {RNG.choice(['aiguë', 'chronique'])} {n}",
        parents=tuple(dict.fromkeys(f"c{RNG.randrange(n)}" for _ in range(RNG.randrange(3)))) if n else (),
        designations=(Designation(f"wound {n}", "en"),) if n % 3 else (),
        properties=tuple(Property("kind", str(RNG.randrange(4)), "code") for _ in range(RNG.randrange(3))),
        inactive=n % 7 == 0,
    )
    for n in range(SIZE)
]


def reference() -> list[Entry]:
    """The same concepts, their ancestors found by walking up."""
    ranks = {concept.code: rank for rank, concept in enumerate(CONCEPTS, start=1)}
    above: dict[str, set[int]] = {}
    for concept in CONCEPTS:  # parents come first
        above[concept.code] = {ranks[p] for p in concept.parents}.union(*(above[p] for p in concept.parents))
    return [
        Entry(
            0,
            ranks[c.code],
            c.code,
            c.display,
            c.inactive,
            parents=c.parents,
            ancestors=tuple(sorted(above[c.code])),
            names=tuple(Name(d.value, d.language) for d in c.designations),
            values=tuple(Value(p.code, p.value, p.type) for p in c.properties),
        )
        for c in CONCEPTS
    ]


@pytest.fixture
async def loaded(zoo_dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    async with _service(zoo_dsn) as service:
        snapshot = await service.terminologies.held.snapshot()
        for url, large in ((URL, SIZE), (LARGE, SIZE - 1)):
            if not snapshot.editions(url):
                monkeypatch.setattr(writing, "LARGE", large)
                resource = {"resourceType": "CodeSystem", "status": "active", "content": "complete"}
                await actions.load(service.register, Loaded(Head(url, "1", resource), iter(CONCEPTS)), **service.who)
        yield service


def random_filter(rng: random.Random) -> tuple[str, str, str]:
    some = f"c{rng.randrange(SIZE)}"
    return rng.choice(
        [
            ("concept", "is-a", some),
            ("concept", "descendent-of", some),
            ("concept", "is-not-a", some),
            ("concept", "generalizes", some),
            ("concept", "in", ",".join(f"c{rng.randrange(SIZE + 5)}" for _ in range(4))),
            ("concept", "not-in", ",".join(f"c{rng.randrange(SIZE)}" for _ in range(4))),
            ("concept", "regex", "c[1-3].?"),
            ("kind", "=", str(rng.randrange(5))),
            ("kind", "in", "1,2"),
            ("kind", "not-in", "0"),
            ("kind", "exists", rng.choice(["true", "false"])),
            ("kind", "regex", "[02]"),
            ("parent", "=", some),
            ("ancestor", "=", some),
            ("inactive", "=", "true"),
            ("display", "regex", ".*chronique.*"),
        ]
    )


@pytest.mark.parametrize(("url", "counted"), [(URL, COUNTED), (LARGE, COUNTED), (LARGE, 3)])
async def test_tables_and_filters_agree(
    loaded: Service, monkeypatch: pytest.MonkeyPatch, url: str, counted: int
) -> None:
    for place in ("foundations.terminologies.store.reading", "kernel.terminology.expansion"):
        monkeypatch.setattr(f"socle.{place}.COUNTED", counted)
    every = reference()
    by_code = {one.code: one for one in every}
    snapshot = await loaded.terminologies.held.snapshot()
    [edition] = snapshot.editions(url)
    stored = await snapshot.entries(edition, [c.code for c in CONCEPTS])
    assert [sorted(stored[one.code].ancestors) for one in every] == [list(one.ancestors) for one in every]
    rng = random.Random(7)
    for _ in range(120):
        filters = [random_filter(rng) for _ in range(rng.randrange(3))]
        text = rng.choice(["", "", "plaie", "oed", "wound 1", "LESION chron", "c1"])
        expected = []
        for one in every:
            good = mentions(one, asked(text))
            for about, op, said in filters:
                made = condition(edition, about, op, said, "")
                if made.needs_anchor:
                    made = type(made)(about, op, said, anchor=by_code[said])
                good = good and made.passes(one)
            if good:
                expected.append(one.code)
        part = {"system": url, "filter": [{"property": p, "op": op, "value": v} for p, op, v in filters]}
        if not filters:
            del part["filter"]
        resource = {"resourceType": "ValueSet", "status": "active", "compose": {"include": [part]}}
        count = rng.choice([None, 1, 7, 100])
        _, found = await actions.expand(snapshot, resource, actions.Wanted(text=text, count=count))
        codes = [member.entry.code for member in found.members]
        assert codes == expected[:count], (filters, text, count)
        unknown = found.total is None and count is not None and len(expected) >= counted
        assert unknown or found.total == len(expected), (filters, text, count)


async def test_words_are_found_in_small_and_large_systems_together(loaded: Service) -> None:
    database = loaded.terminologies.held.database
    snapshot = await loaded.terminologies.held.snapshot()
    every = [edition for url in (URL, LARGE) for edition in snapshot.editions(url)]
    assert await own_words(database, [one.id for one in every]) == {every[0].id: False, every[1].id: True}
    found = await browsing.found(database, every, "wound 10", asked("wound 10"), offset=0, limit=9)
    assert [(line.edition, line.code) for line in found] == [(one.id, "c10") for one in every]
    for one in every:
        alone = await browsing.found(database, [one], "wound 10", asked("wound 10"), offset=0, limit=9)
        assert [(line.edition, line.code) for line in alone] == [(one.id, "c10")]


@pytest.mark.parametrize("url", [URL, LARGE])
async def test_what_words_find_in_great_number_is_not_counted(
    loaded: Service, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for place in ("foundations.terminologies.store.reading", "kernel.terminology.expansion"):
        monkeypatch.setattr(f"socle.{place}.COUNTED", 5)
    snapshot = await loaded.terminologies.held.snapshot()
    resource = {"resourceType": "ValueSet", "status": "active", "compose": {"include": [{"system": url}]}}
    _, many = await actions.expand(snapshot, resource, actions.Wanted(text="wound", count=3))
    _, few = await actions.expand(snapshot, resource, actions.Wanted(text="wound 10", count=3))
    assert ([member.entry.code for member in many.members], many.total) == (["c1", "c2", "c4"], None)
    assert ([member.entry.code for member in few.members], few.total) == (["c10"], 1)


def test_a_concept_reads_back_from_its_row() -> None:
    assert entry(1, 2, "a", "A", 3, [1], None) == Entry(1, 2, "a", "A", True, True, ancestors=(1,))
