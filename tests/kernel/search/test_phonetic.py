"""Names found by how they sound in French."""

from typing import Any

import pytest
from tests.kernel.search.conftest import Finder

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Problem
from socle.kernel.phonetic import sound
from socle.kernel.search.parameter import Context
from socle.kernel.search.parameters import Parameters
from socle.kernel.search.parse import Parser
from socle.kernel.search.register import Register


def person(id: str, family: str, *given: str, of: str = "Patient") -> dict[str, Any]:
    """Somebody with a name."""
    return {"resourceType": of, "id": id, "name": [{"family": family, "given": list(given)}]}


@pytest.fixture
async def people(finder: Finder) -> Finder:
    """Names written in several ways."""
    await finder.put(
        person("a", "Gautier", "Philippe"),
        person("b", "GAUTHIER", "Filipe"),
        person("c", "Le Gall", "Anne"),
        person("d", "Martin", "Hélène"),
        {"resourceType": "Patient", "id": "e"},
    )
    return finder


async def test_names_that_sound_alike_are_found(people: Finder) -> None:
    assert await people.ids("Patient", "phonetic=gothier") == ["a", "b"]
    assert await people.ids("Patient", "phonetic=filippe gautier") == ["a", "b"]
    assert await people.ids("Patient", "phonetic=legall") == ["c"]
    assert await people.ids("Patient", "phonetic=durand,elene") == ["d"]
    assert await people.ids("Patient", "phonetic=gautier martin") == []


async def test_a_long_name_is_found_by_itself(finder: Finder) -> None:
    name = "Lefebvre" * 40
    await finder.put(person("a", name))
    assert await finder.ids("Patient", f"phonetic={name}") == ["a"]


def test_a_run_of_letters_that_end_in_silence_takes_no_more_than_its_length() -> None:
    assert sound("TD" * 500_000 + "A") == "TD" * 500_000 + "A"  # hours, by the square of it


async def test_it_follows_chains_and_absence(people: Finder) -> None:
    await people.put(
        {"resourceType": "Observation", "id": "o", "status": "final", "code": {}, "subject": {"reference": "Patient/a"}}
    )
    assert await people.ids("Observation", "subject:Patient.phonetic=gotier") == ["o"]
    assert await people.ids("Patient", "phonetic:missing=true") == ["e"]


async def test_practitioners_and_related_persons_too(finder: Finder) -> None:
    for of in ("Practitioner", "RelatedPerson", "Person"):
        await finder.put(person("x", "Lefebvre", of=of))
        assert await finder.ids(of, "phonetic=lefèvre") == ["x"]


async def test_what_holds_no_letter_is_refused(people: Finder) -> None:
    with pytest.raises(Problem) as caught:
        await people.ids("Patient", "phonetic=42")
    assert caught.value.issues[0].expression == ("http.phonetic",)


def test_a_register_without_full_text_refuses_it(finder: Finder) -> None:
    register = Register("plain", ("Patient",), frozenset())
    with pytest.raises(Problem) as caught:
        Parser(Parameters(register, r4()), register.types).parse(
            [("phonetic", "x")], "Patient", Context(finder.clock.now)
        )
    assert caught.value.issues[0].code == "not-supported"
