"""Pages stay consistent while others write; their links cannot be forged."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kernel.search.conftest import SECRET, Finder

from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import engine
from socle.kernel.search.engine import Page

NAMES = ["Aubin", "Blanc", "Colin", "Denis", "Étienne", "Faure", "Girard"]


def patient(id: str, family: str | None, born: str | None = None) -> dict[str, object]:
    body: dict[str, object] = {"resourceType": "Patient", "id": id}
    if family:
        body["name"] = [{"family": family}]
    if born:
        body["birthDate"] = born
    return body


def ids(page: Page) -> list[str]:
    return [one.id for one in page.matches]


@pytest.fixture
async def ward(finder: Finder) -> Finder:
    await finder.put(*[patient(f"p{n}", name, f"{1980 + n}-01-01") for n, name in enumerate(NAMES)], apart=True)
    return finder


async def rest(finder: Finder, page: Page) -> list[str]:
    """What the following pages show."""
    found: list[str] = []
    while page.next:
        page = await finder.follow(page.next)
        found += ids(page)
    return found


async def test_a_link_alone_leads_to_the_next_page(ward: Finder) -> None:
    page = await ward.search("Patient", ("birthdate", "ge1981"), ("_count", "2"), ("_total", "accurate"))
    assert page.next is not None
    following = await ward.follow(page.next)
    assert ids(page) + ids(following) == ["p1", "p2", "p3", "p4"]
    assert following.total == 6
    assert following.query.parameters == page.query.parameters


async def test_the_previous_page_is_the_one_that_was_left(ward: Finder) -> None:
    page = await ward.search("Patient", ("_sort", "-family"), ("_count", "3"))
    assert page.previous is None
    assert page.next is not None
    following = await ward.follow(page.next)
    assert following.previous is not None
    assert ids(await ward.follow(following.previous)) == ids(page)


async def both_ways(finder: Finder, of: str, *pairs: tuple[str, str], most: int = 20) -> list[list[str]]:
    """The ids of each page, from the first to the last; going back from the last shows the same pages."""
    page = await finder.search(of, *pairs)
    forward = [page]
    while page.next and len(forward) < most:
        page = await finder.follow(page.next)
        forward.append(page)
    back = [page]
    while page.previous and len(back) < most:
        page = await finder.follow(page.previous)
        back.append(page)
    assert [ids(page) for page in reversed(back)] == [ids(page) for page in forward]
    return [ids(page) for page in forward]


@pytest.mark.parametrize("size", ["1", "2", "3"])
@pytest.mark.parametrize(
    "sort", ["date", "-date", "_id,date", "_id,-date", "date,_id", "-date,-_id", "value-date", "-value-date"]
)
async def test_periods_without_a_beginning_or_an_end_are_turned_over_once(finder: Finder, sort: str, size: str) -> None:
    periods = [{}, {"end": "2024-03-12"}, {"start": "2024-03-12"}, {"start": "2024-01-01", "end": "2024-03-12"}]
    for rank, period in enumerate([*periods, *periods]):
        held = {"effectivePeriod": period, "valuePeriod": period} if period else {}
        code = {"text": "x"}
        await finder.put({"resourceType": "Observation", "id": f"o{rank}", "status": "final", "code": code, **held})
    pages = await both_ways(finder, "Observation", ("_sort", sort), ("_count", size))
    assert sorted(id for page in pages for id in page) == [f"o{rank}" for rank in range(8)]


@pytest.mark.parametrize("sort", ["_lastUpdated", "-_lastUpdated", "family", "-family", "birthdate", "-birthdate,_id"])
async def test_what_moves_between_two_pages_is_shown_once(ward: Finder, sort: str) -> None:
    page = await ward.search("Patient", ("_sort", sort), ("_count", "3"))
    seen, unseen = ids(page)[0], ids(page)[-1]
    last = [f"p{n}" for n in range(7) if f"p{n}" not in ids(page)][-1]
    for id in (seen, unseen, last):
        ward.clock.tick()
        await ward.put(patient(id, "Zola" if id == seen else "Abel", "2020-01-01"))
    assert sorted(ids(page) + await rest(ward, page)) == [f"p{n}" for n in range(7)]


async def test_what_is_created_between_two_pages_is_not_shown(ward: Finder) -> None:
    page = await ward.search("Patient", ("_sort", "family"), ("_count", "3"))
    await ward.put(patient("nouveau", "Zola"))
    assert "nouveau" not in await rest(ward, page)


async def test_what_is_deleted_between_two_pages_disturbs_no_other(ward: Finder) -> None:
    page = await ward.search("Patient", ("_count", "3"))
    await ward.delete("Patient/p2", "Patient/p3")
    assert await rest(ward, page) == ["p4", "p5", "p6"]


async def test_what_no_longer_matches_is_not_shown(ward: Finder) -> None:
    page = await ward.search("Patient", ("birthdate", "lt2000"), ("_sort", "family"), ("_count", "3"))
    await ward.put(patient("p5", "Faure", "2010-01-01"))
    assert await rest(ward, page) == ["p3", "p4", "p6"]


WRITES = st.lists(
    st.tuples(
        st.sampled_from([f"p{n}" for n in range(7)] + ["n1", "n2"]),
        st.sampled_from([*NAMES, "Zola", None]),
        st.sampled_from(["1970-01-01", "1982-01-01", "2020", None]),
        st.booleans(),
    ),
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sort=st.sampled_from(
        ["", "family", "-family", "birthdate", "-birthdate", "_lastUpdated", "-_lastUpdated", "given,-_id"]
    ),
    size=st.integers(1, 4),
    writes=st.lists(WRITES, min_size=7, max_size=7),
)
async def test_nothing_comes_twice_and_nothing_that_stays_is_skipped(
    finder: Finder, sort: str, size: int, writes: list[list[tuple[str, str | None, str | None, bool]]]
) -> None:
    await finder.empty()
    await finder.put(*[patient(f"p{n}", name, f"{1980 + n}") for n, name in enumerate(NAMES)], apart=True)
    pairs = [("_count", str(size))] + ([("_sort", sort)] if sort else [])
    page = await finder.search("Patient", *pairs)
    shown = ids(page)
    gone: set[str] = set()
    for batch in writes:
        for id, family, born, deleted in batch:
            finder.clock.tick()
            if deleted:
                await finder.delete(f"Patient/{id}")
                gone.add(id)
            else:
                await finder.put(patient(id, family, born))
        if page.next is None:
            break
        page = await finder.follow(page.next)
        shown += ids(page)
    shown += await rest(finder, page)
    assert len(shown) == len(set(shown))
    assert {f"p{n}" for n in range(7)} - gone <= set(shown)
    assert not {"n1", "n2"} & set(shown)


async def test_when_too_much_has_changed_one_is_told_to_search_again(
    ward: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "MOST_CHANGED", 1)
    page = await ward.search("Patient", ("_sort", "family"), ("_count", "3"))
    await ward.put(patient("p1", "A"), patient("p2", "B"))
    assert page.next is not None
    with pytest.raises(Problem) as caught:
        await ward.follow(page.next)
    assert caught.value.kind is Kind.GONE


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-2] + "AA", lambda t: t[:30] + "B" + t[31:], lambda t: "", lambda t: "é", lambda t: t * 2]
)
async def test_a_link_that_was_touched_is_refused(ward: Finder, spoil) -> None:  # type: ignore[no-untyped-def]
    page = await ward.search("Patient", ("_count", "3"))
    assert page.next is not None
    with pytest.raises(Problem) as caught:
        await ward.follow(spoil(page.next))
    assert caught.value.kind is Kind.INVALID


async def test_a_link_of_another_house_is_refused(ward: Finder) -> None:
    page = await ward.search("Patient", ("_count", "3"))
    assert page.next is not None
    with pytest.raises(Problem):
        await ward.repository.page(page.next, now=ward.clock.now, secret=SECRET + b"!")


async def test_an_old_link_is_refused(ward: Finder) -> None:
    page = await ward.search("Patient", ("_count", "3"))
    assert page.next is not None
    ward.clock.now += timedelta(days=2)
    with pytest.raises(Problem) as caught:
        await ward.follow(page.next)
    assert caught.value.kind is Kind.GONE
