"""The fast engine answers what the slow, obvious one does: same resources, same order, whatever the size of pages."""

from datetime import datetime

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.kernel.search.conftest import START, Finder
from tests.kernel.search.questions import queries, together
from tests.kernel.search.worlds import BASE, VOCABULARY, Json, worlds

from socle.kernel.fhir.definitions import r4
from socle.kernel.search.reference import Entry, Reference
from socle.kernel.search.statistics import Statistics
from socle.kernel.store import Tx

Pairs = list[tuple[str, str]]


async def pages(finder: Finder, of: str, pairs: Pairs, size: int) -> list[str]:
    """All the ids, page after page; going back from the last page meets them in reverse."""
    page = await finder.search(of, *pairs, ("_count", str(size)))
    forward = [page]
    while page.next:
        page = await finder.follow(page.next)
        forward.append(page)
    backward = [page]
    while page.previous:
        page = await finder.follow(page.previous)
        backward.append(page)
    ids = [[one.id for one in page.matches] for page in forward]
    assert [[one.id for one in page.matches] for page in reversed(backward)] == ids or not any(ids)
    assert all(len(one) == size for one in ids[:-1])
    return [id for one in ids for id in one]


class Guesses(Statistics):
    """What a seed says of tokens: rare, frequent, or in a fifth of all. Plans change with it, answers do not."""

    def __init__(self, seed: int) -> None:
        super().__init__(rows=1e6, types=dict.fromkeys(range(1_000), 0.3))
        self.seed = seed

    def expected(self, tokens: tuple[int, ...]) -> float:
        return self.rows * max(((0.0, 0.004, 0.2)[(token ^ self.seed) % 3] for token in tokens), default=0.0)

    async def refresh(self, asked: Tx, schema: str, now: datetime) -> None:
        """Nothing to read."""


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    world=worlds(),
    asked=st.lists(queries() | together(), min_size=12, max_size=12),
    size=st.integers(1, 5),
    seed=st.none() | st.integers(0, 1_000),
)
async def test_same_resources_in_the_same_order(
    finder: Finder, world: list[Json], asked: list[tuple[str, Pairs]], size: int, seed: int | None
) -> None:
    await finder.empty()
    finder.repository.statistics = Statistics() if seed is None else Guesses(seed)
    finder.clock.now = START
    await finder.put(*world, apart=True)
    entries = []
    for rank, resource in enumerate(world):
        stored = await finder.repository.read(resource["resourceType"], resource["id"])
        assert stored is not None
        entries.append(Entry(resource, stored.updated, rank))
    slow = Reference(r4(), entries, BASE, finder.clock.now, VOCABULARY)
    for of, pairs in asked:
        expected = [entry.id for entry in slow.search(of, pairs)]
        note(f"{of} {pairs}")
        assert await pages(finder, of, pairs, size) == expected
