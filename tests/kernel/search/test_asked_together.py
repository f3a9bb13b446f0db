"""What many resources share, asked together: which way is taken, and that a page tells the same whichever it is."""

from typing import Any

from tests.kernel.search.conftest import Finder

from socle.kernel.search.conditions import StringTest
from socle.kernel.search.parameter import Context
from socle.kernel.search.plan import Plan, plan
from socle.kernel.search.query import Query
from socle.kernel.search.sql import Writer
from socle.kernel.search.statistics import Statistics
from socle.kernel.store import Row

PEOPLE = 1_800_000.0


def people() -> list[dict[str, Any]]:
    return [
        {
            "resourceType": "Patient",
            "id": f"p{n}",
            "name": [{"family": "Marchand" if n % 2 else f"Martin{n}", "given": ["Marie" if n % 3 else "Marius"]}],
            "gender": "male" if n % 2 else "female",
            "active": n % 3 == 0,
        }
        for n in range(40)
    ]


class Supposed(Statistics):
    """The same share for every token, whatever is stored."""

    def __init__(self, finder: Finder, share: float) -> None:
        patient = finder.repository.definitions.type_code("Patient")
        super().__init__(rows=4 * PEOPLE, types={patient: 0.25})
        self.share = share

    def expected(self, tokens: tuple[int, ...]) -> float:
        return PEOPLE * self.share

    async def refresh(self, asked: object, schema: str, now: object) -> None:
        """Nothing to read."""


def asked(finder: Finder, *pairs: tuple[str, str]) -> Query:
    return finder.repository.parser.parse(pairs, "Patient", Context(finder.clock.now)).query


async def planned(finder: Finder, share: float, *pairs: tuple[str, str], paired: bool = False) -> Plan:
    statistics, store = Supposed(finder, share), finder.repository.store
    code = finder.repository.definitions.type_code
    query, kept = asked(finder, *pairs), finder.repository.indexer.parameters.pairs("Patient") if paired else None
    return await plan(query, store, lambda: Writer(store.schema, code, statistics), statistics, pairs=kept)


async def test_tokens_that_meet_in_few_rows_lead_though_each_is_frequent(finder: Finder) -> None:
    """One in two hundred has each: forty-five have both."""
    both = (("name", "Marchand"), ("name", "Marie"))
    assert (await planned(finder, 0.005, *both)).led
    assert not (await planned(finder, 0.2, *both)).led
    assert not (await planned(finder, 0.005, ("name", "Julien"), ("name", "Julie"))).led  # one token, asked twice


async def test_a_frequent_name_alone_does_not_lead(finder: Finder) -> None:
    """What its index knows of the whole name is better than a list of all that begins so."""
    assert not (await planned(finder, 0.01, ("family", "Marchand"))).led


async def test_a_frequent_code_beside_another_is_walked_in_the_order_of_creation(finder: Finder) -> None:
    found = await planned(finder, 0.05, ("gender", "male"), ("active", "true"))
    assert not found.led
    assert found.walk is not None
    assert found.walk.value == "male"
    assert (await planned(finder, 0.05, ("gender", "male"), ("_sort", "family"))).walk is None


async def test_a_foreseen_code_is_walked_when_a_page_of_it_costs_less_than_all_its_resources(finder: Finder) -> None:
    """One in a thousand has each code: 1,800 rows to read and to put in order, or as many as a page asks."""
    found = await planned(finder, 0.001, ("gender", "male"))
    assert (found.walk is not None, found.led) == (True, True)
    assert (await planned(finder, 0.001, ("gender", "male"), ("active", "true"))).walk is None  # they meet in two rows
    assert (await planned(finder, 0.0, ("gender", "male"))).walk is not None  # uncounted, it costs no more so
    rare = await planned(finder, 0.0, ("gender", "male"), ("active", "true"))
    assert rare.walk is None  # two lists that are short meet in the index
    assert (await planned(finder, 0.001, ("gender", "male"), ("_id", "p1"))).walk is None


async def test_a_name_alone_is_read_from_its_index(finder: Finder) -> None:
    found = await planned(finder, 0.005, ("family", "Martin"))
    assert found.walk is not None
    assert found.walk.begins is not None
    assert (await planned(finder, 0.2, ("family", "Martin"))).walk is None  # too many to put in order
    assert (await planned(finder, 0.005, ("family", "Martin"), ("active", "true"))).walk is None
    assert (await planned(finder, 0.005, ("family", "Martin"), ("_sort", "birthdate"))).walk is None


async def test_pages_of_a_name_alone_follow_the_order_of_creation_both_ways(finder: Finder) -> None:
    await finder.put(*people())
    await finder.delete("Patient/p4")
    finder.repository.statistics = Supposed(finder, 0.005)
    expected = [f"p{n}" for n in range(40) if n % 2 == 0 and n != 4]
    found = await finder.search("Patient", ("family", "martin"), ("_count", "50"), ("_total", "accurate"))
    assert ([one.id for one in found.matches], found.total) == (expected, 19)
    assert [one.id for one in (await finder.search("Patient", ("name", "ma"), ("_count", "3"))).matches] == [
        "p0",
        "p1",
        "p2",
    ]
    first = await finder.search("Patient", ("family", "martin"), ("_count", "3"))
    assert first.next is not None
    await finder.put({"resourceType": "Patient", "id": "late", "name": [{"family": "Martin"}]})
    finder.repository.statistics = Supposed(finder, 0.0001)
    second = await finder.follow(first.next)
    assert [one.id for page in (first, second) for one in page.matches] == expected[:6]
    assert second.previous is not None
    finder.repository.statistics = Supposed(finder, 0.2)  # another plan
    assert [one.id for one in (await finder.follow(second.previous)).matches] == expected[:3]


class Noted:
    """Which way a question is asked."""

    def __init__(self) -> None:
        self.ways: list[str] = []

    async def query(self, sql: str, *args: Any) -> list[Row]:
        self.ways.append("its own plan")
        return []

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        self.ways.append("a plan that is kept")
        return []


async def test_a_condition_keeps_its_plan_where_tokens_lead_not_where_a_page_would_walk(finder: Finder) -> None:
    ways = []
    for share in (0.0001, 0.05):
        finder.repository.statistics = Supposed(finder, share)
        noted = Noted()
        await finder.repository.find(
            "Patient", [("gender", "male"), ("active", "true")], now=finder.clock.now, within=noted
        )
        ways += noted.ways
    assert ways == ["a plan that is kept", "its own plan"]


async def test_what_tokens_find_has_one_good_plan_and_what_is_put_in_order_has_not(finder: Finder) -> None:
    both = (("name", "Marchand"), ("name", "Marie"))
    assert (await planned(finder, 0.005, *both)).settled
    assert (await planned(finder, 0.001, ("gender", "male"))).settled
    assert (await planned(finder, 0.05, ("gender", "male"), ("active", "true"))).settled
    assert not (await planned(finder, 0.2, *both)).settled  # nothing leads
    assert not (await planned(finder, 0.005, ("family", "Martin"))).settled  # how many are so named matters
    assert not (await planned(finder, 0.0001, ("gender", "male"), ("_sort", "birthdate"))).settled
    assert not (await planned(finder, 0.0001, ("gender", "male"), ("birthdate", "gt2000"))).settled


async def test_the_rest_of_a_name_is_compared_when_rows_are_in_order(finder: Finder) -> None:
    """What tokens find is put in order first: a page compares the names of its own rows, and no others."""
    both = (("name", "Marchand"), ("name", "Marie"))
    late = (await planned(finder, 0.005, *both)).late
    assert [one.values for one in late] == [("marchand",)]  # five letters of "marie" say all
    assert (await planned(finder, 0.005, *both, ("_sort", "birthdate"))).late == ()
    await finder.put(
        *people(), {"resourceType": "Patient", "id": "x", "name": [{"family": "Marchais", "given": ["Marie"]}]}
    )
    finder.repository.statistics = Supposed(finder, 0.005)
    expected = [f"p{n}" for n in range(40) if n % 2 and n % 3]
    found: list[str] = []
    page = await finder.search("Patient", *both, ("_count", "5"))
    found += [one.id for one in page.matches]
    await finder.put({"resourceType": "Patient", "id": "late", "name": [{"family": "Marchand", "given": ["Marie"]}]})
    while page.next:
        page = await finder.follow(page.next)
        found += [one.id for one in page.matches]
    assert found == expected
    assert page.previous is not None
    assert [one.id for one in (await finder.follow(page.previous)).matches] == expected[5:10]


async def test_the_longest_beginning_that_has_a_token_finds_a_name(finder: Finder) -> None:
    """A token as long as what is asked says all; a shorter one, most."""
    patient = finder.repository.indexer.parameters.of("Patient")["name"].key
    found = [asked(finder, ("name", text)).conditions[0] for text in ("ma", "mar", "marc", "march", "marcha")]
    tests = [one for one in found if isinstance(one, StringTest)]
    assert tests == found
    assert {one.param for one in tests} == {patient}
    assert [one.whole for one in tests] == [True, True, False, True, False]
    two, three, four, five, six = (one.beginnings for one in tests)
    assert len({two, three, five}) == 3
    assert (four, six) == (three, five)


async def test_letters_that_are_not_latin_are_found_by_their_beginnings_too(finder: Finder) -> None:
    """Five of them do not fit in a token: it only says that it may be."""
    names = [f"Ильинск{letter}" for letter in "аоу"]
    await finder.put(
        *({"resourceType": "Patient", "id": f"i{n}", "name": [{"family": one}]} for n, one in enumerate(names))
    )
    for text in ("Ил", "Или", "Ильи", "Ильин", "Ильинс"):
        found = [one.id for one in (await finder.search("Patient", ("family", text))).matches]
        assert found == ([] if text == "Или" else ["i0", "i1", "i2"]), text


async def test_pages_of_a_walk_follow_the_order_of_creation_both_ways(finder: Finder) -> None:
    await finder.put(*people())
    finder.repository.statistics = Supposed(finder, 0.05)
    expected = [f"p{n}" for n in range(40) if n % 2 and n % 3 == 0]
    first = await finder.search("Patient", ("gender", "male"), ("active", "true"), ("_count", "3"))
    assert first.next is not None
    finder.repository.statistics = Supposed(finder, 0.0001)  # another plan for the next page
    second = await finder.follow(first.next)
    assert [one.id for page in (first, second) for one in page.matches] == expected[:6]
    assert second.previous is not None
    finder.repository.statistics = Supposed(finder, 0.05)
    assert [one.id for one in (await finder.follow(second.previous)).matches] == expected[:3]
