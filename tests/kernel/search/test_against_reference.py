"""The fast engine answers what the slow, obvious one does: same resources, same order, whatever the size of pages."""

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.kernel.search.conftest import START, Finder
from tests.kernel.search.questions import queries
from tests.kernel.search.worlds import BASE, VOCABULARY, Json, worlds

from socle.kernel.fhir.definitions import r4
from socle.kernel.search.reference import Entry, Reference

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


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), asked=st.lists(queries(), min_size=12, max_size=12), size=st.integers(1, 5))
async def test_same_resources_in_the_same_order(
    finder: Finder, world: list[Json], asked: list[tuple[str, Pairs]], size: int
) -> None:
    await finder.empty()
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
