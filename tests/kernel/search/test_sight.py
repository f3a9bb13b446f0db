"""What a sight hides is neither found nor stepped through: a search within it answers as if the hidden were not there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tests.kernel.search.conftest import START, Finder
from tests.kernel.search.questions import CHAINS, REVERSED, queries
from tests.kernel.search.worlds import BASE, VOCABULARY, Json, worlds

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.search import include
from socle.kernel.search.conditions import Condition, Never
from socle.kernel.search.criterion import Criteria
from socle.kernel.search.reference import Entry, Reference
from socle.kernel.search.repository import Repository
from socle.kernel.search.types import token as tokens
from socle.kernel.store.contract import Stored

HIDDEN = {"system": "http://hidden", "code": "yes"}


@dataclass
class Blind:
    """Sees all but what carries the label HIDDEN; `steps`: how many times it was asked what may be seen."""

    whole: bool = False
    steps: list[int] = field(default_factory=list)

    def named(self, resource_type: str, name: str, written: str) -> str:
        return name

    def rewritten(self, resource_type: str, name: str, value: str) -> tuple[str, str]:
        return name, value

    def within(self, criteria: Criteria, resource_type: str, name: str) -> Condition | None:
        return None

    def limit(self, criteria: Criteria, resource_type: str) -> Condition | None:
        label = criteria.parameters.of(resource_type)["_security"]
        return Never(tokens.condition(label, "", ["http://hidden|yes"], criteria.context))

    async def seen(self, repository: Repository, resources: Sequence[Stored]) -> list[Stored | None]:
        self.steps.append(len(resources))
        return [None if is_hidden(parse(one.body)) else one for one in resources]


def is_hidden(resource: Json) -> bool:
    return HIDDEN in resource.get("meta", {}).get("security", ())


def hidden(resource: Json) -> Json:
    """The resource with the label that hides it."""
    meta = resource.get("meta", {})
    return {**resource, "meta": {**meta, "security": [*meta.get("security", ()), HIDDEN]}}


LINKS = sorted(
    {f"{of}:{link.partition(':')[0]}" for of, links in CHAINS.items() for link, _ in links}
    | {f"{source}:{link}" for links in REVERSED.values() for source, link in links}
)
asked_includes = st.lists(
    st.tuples(
        st.sampled_from(["_include", "_revinclude", "_include:iterate", "_revinclude:iterate"]), st.sampled_from(LINKS)
    ),
    max_size=3,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    world=worlds(),
    asked=st.lists(st.tuples(queries(), asked_includes), min_size=12, max_size=12),
    which=st.sets(st.integers(0, 25), max_size=8),
)
async def test_a_search_answers_as_if_what_is_hidden_were_not_there(
    finder: Finder, world: list[Json], asked: list[tuple[tuple[str, Any], Any]], which: set[int]
) -> None:
    world = [hidden(one) if rank in which else one for rank, one in enumerate(world)]
    await finder.empty()
    finder.clock.now = START
    await finder.put(*world, apart=True)
    entries = []
    for rank, resource in enumerate(world):
        stored = await finder.repository.read(resource["resourceType"], resource["id"])
        assert stored is not None
        if not is_hidden(resource):
            entries.append(Entry(resource, stored.updated, rank))
    slow = Reference(r4(), entries, BASE, finder.clock.now, VOCABULARY)
    for (of, pairs), includes in asked:
        note(f"{of} {pairs} {includes}")
        expected = slow.search(of, pairs)
        page = await finder.search(of, *pairs, *includes, ("_count", "100"), sight=Blind())
        assert [one.id for one in page.matches] == [one.id for one in expected]
        assert {(one.type, one.id) for one in page.included} == slow.included(expected, includes)


def organization(id: str, within: str = "") -> Json:
    part = {"partOf": {"reference": f"Organization/{within}"}} if within else {}
    return {"resourceType": "Organization", "id": id, "name": f"Nom {id}", **part}


@pytest.fixture
async def line(finder: Finder) -> Finder:
    """top ← secret (hidden) ← unit ← bed; beds, of the unit."""
    await finder.put(
        organization("top"),
        hidden(organization("secret", "top")),
        organization("unit", "secret"),
        organization("bed", "unit"),
    )
    return finder


PARTS = ("_include", "Organization:partof"), ("_include:iterate", "Organization:partof")
OWNERS = ("_revinclude", "Organization:partof"), ("_revinclude:iterate", "Organization:partof")


async def included(finder: Finder, id: str, *asked: tuple[str, str]) -> list[str]:
    page = await finder.search("Organization", ("_id", id), *asked, sight=Blind())
    return [one.id for one in page.included]


async def test_an_include_goes_no_further_than_what_is_hidden(line: Finder) -> None:
    assert [one.id for one in (await line.search("Organization", ("_id", "bed"), *PARTS)).included] == [
        "unit",
        "secret",
        "top",
    ]
    assert await included(line, "bed", *PARTS) == ["unit"]
    assert await included(line, "top", *OWNERS) == []


async def test_a_hierarchy_is_not_walked_through_what_is_hidden(line: Finder) -> None:
    async def found(asked: str, id: str) -> list[str]:
        page = await line.search("Organization", (asked, f"Organization/{id}"), sight=Blind())
        return [one.id for one in page.matches]

    assert await line.ids("Organization", "partof:below=Organization/top") == ["secret", "unit", "bed"]
    assert await found("partof:below", "top") == []
    assert await found("partof:above", "unit") == ["bed"]
    assert await line.ids("Organization", "partof:above=Organization/unit") == ["secret", "unit", "bed"]


async def test_a_list_that_is_hidden_lists_nothing(line: Finder) -> None:
    item = [{"item": {"reference": "Organization/unit"}}]
    await line.put(hidden({"resourceType": "List", "id": "l", "status": "current", "mode": "working", "entry": item}))
    assert await line.ids("Organization", "_list=l") == ["unit"]
    assert (await line.search("Organization", ("_list", "l"), sight=Blind())).matches == []


async def test_what_is_hidden_takes_no_room_among_what_is_included(
    line: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await line.put(*[hidden(organization(f"h{number}", "bed")) for number in range(9)], organization("last", "bed"))
    monkeypatch.setattr(include, "MOST", 1)
    page = await line.search("Organization", ("_id", "bed"), OWNERS[0], sight=Blind())
    assert ([one.id for one in page.included], page.issues) == (["last"], ())


async def test_what_is_hidden_is_not_read_without_end(line: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    await line.put(*[hidden(organization(f"h{number:02}", "bed")) for number in range(40)], organization("last", "bed"))
    monkeypatch.setattr(include, "MOST", 1)
    sight = Blind()
    page = await line.search("Organization", ("_id", "bed"), OWNERS[0], sight=sight)
    assert page.included == []
    assert [issue.code for issue in page.issues] == ["incomplete"]  # told, as when there is no room
    assert len(sight.steps) == 11  # what was found, and ten readings around it
