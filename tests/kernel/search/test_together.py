"""Conditional criteria asked together find what each would find alone."""

from typing import Any

import pytest
from tests.kernel.search.conftest import Finder

from socle.kernel.search import together as together_module
from socle.kernel.search.statistics import Statistics

SYSTEM = "urn:s"


def person(id: str, *values: str, of: str = "Patient", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": of,
        "id": id,
        "identifier": [{"system": SYSTEM, "value": value} for value in values],
        **more,
    }


async def together(finder: Finder, *wanted: tuple[str, str, str]) -> list[list[str] | None]:
    repository, now = finder.repository, finder.clock()
    queries = [repository.criteria(of, [(name, value)], now=now) for of, name, value in wanted]
    return await repository.find_together(queries, now=now)


async def test_each_finds_its_own_and_no_more_than_two(finder: Finder) -> None:
    await finder.put(
        person("a", "1"),
        person("b", "2", "3"),
        *(person(f"c{n}", "4") for n in range(4)),
        person("gone", "5"),
        person("o", "1", of="Practitioner"),
    )
    await finder.delete("Patient/gone")
    asked = [(of, "identifier", f"{SYSTEM}|{n}") for of in ("Patient", "Practitioner") for n in range(1, 7)]
    alone = [
        [id for id, _ in await finder.repository.find(of, [(name, value)], now=finder.clock())]
        for of, name, value in asked
    ]
    assert await together(finder, *asked) == alone
    assert alone[:6] == [["a"], ["b"], ["b"], ["c0", "c1"], [], []]
    assert alone[6] == ["o"]


async def test_several_tokens_of_one_query_must_all_be_there(finder: Finder) -> None:
    await finder.put(person("a", "1", gender="male"), person("b", "1", gender="female"))
    repository, now = finder.repository, finder.clock()
    pairs = [("identifier", f"{SYSTEM}|1"), ("gender", "female")]
    queries = [repository.criteria("Patient", pairs, now=now), repository.criteria("Patient", pairs[:1], now=now)]
    assert await repository.find_together(queries, now=now) == [["b"], ["a", "b"]]


async def test_what_deserves_a_plan_of_its_own_is_left_to_be_asked_alone(finder: Finder) -> None:
    await finder.put(person("a", "1", name=[{"family": "Martin"}], birthDate="2000-01-01"))
    assert await together(
        finder,
        ("Patient", "family", "mart"),
        ("Patient", "identifier", f"{SYSTEM}|1"),
        ("Patient", "birthdate", "gt1999"),
        ("Patient", "identifier", f"{SYSTEM}|1,{SYSTEM}|2"),
    ) == [None, ["a"], None, None]


async def test_a_frequent_token_is_asked_alone(finder: Finder) -> None:
    class Frequent(Statistics):
        def expected(self, tokens: tuple[int, ...]) -> float:
            return 1_000_000.0

    await finder.put(person("a", "1"))
    finder.repository.statistics = Frequent()
    assert await together(finder, ("Patient", "identifier", f"{SYSTEM}|1")) == [None]


async def test_when_too_many_hold_the_tokens_each_is_asked_alone(
    finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together_module, "MOST", 2)
    await finder.put(person("a", "1"), person("b", "2"), person("c", "2"))
    asked = [("Patient", "identifier", f"{SYSTEM}|{n}") for n in (1, 2)]
    assert await together(finder, *asked) == [None, None]
    assert await together(finder, asked[1]) == [["b", "c"]]
