"""Who practises, where, as what: the public question, over the demonstration."""

import pytest
from tests.foundations.people.conftest import Directory

from socle.foundations.people import demo
from socle.foundations.people.actions import finding
from socle.foundations.people.model import Professionnel
from socle.foundations.people.store.building import town
from socle.kernel.outcome import Problem
from socle.kernel.policy import ANONYMOUS


async def find(directory: Directory, words: str = "", **asked: object) -> list[Professionnel]:
    found = await finding.find(directory.repository, directory.database, words, by=ANONYMOUS, **asked)  # type: ignore[arg-type]
    return list(found.professionnels)


async def test_the_demonstration_is_found_by_name_number_town_and_profession(directory: Directory) -> None:
    came = await demo.fill(directory.repository, directory.database, directory.clock)
    assert came > 1_000
    assert await demo.fill(directory.repository, directory.database, directory.clock) == 0
    doctors = await find(directory, profession="10", count=100)
    assert len(doctors) == 100
    assert [(one.nom, one.prenom) for one in doctors] == sorted((one.nom, one.prenom) for one in doctors)
    one = next(doctor for doctor in doctors if doctor.situations and doctor.adresse.commune)
    assert one.profession == "Médecin"
    assert one in await find(directory, one.numero_rpps)
    assert one in await find(directory, f"{one.prenom[:4]} {one.nom[:4]}", count=100)
    place = town(one.adresse.commune)
    there = await find(directory, profession="10", town=one.adresse.commune.upper(), count=100)
    assert one in there
    assert all(place in {town(some.adresse.commune) for some in other.situations} for other in there)
    assert one in await find(directory, profession="10", postal=one.adresse.code_postal[:2], count=100)
    assert await finding.card(directory.repository, directory.database, one.id_nat, by=ANONYMOUS) == one
    assert ("10", "Médecin") in await finding.professions(directory.database, by=ANONYMOUS)


@pytest.mark.parametrize(
    "asked", [{}, {"words": "a"}, {"words": "martin", "count": 1000}, {"words": "x", "offset": 9999}]
)
async def test_what_asks_for_nothing_or_too_far_is_refused(directory: Directory, asked: dict[str, object]) -> None:
    with pytest.raises(Problem):
        await find(directory, **asked)  # type: ignore[arg-type]


async def test_nobody_is_an_answer(directory: Directory) -> None:
    assert await find(directory, "99700075064") == []
    assert await finding.card(directory.repository, directory.database, "99700075064", by=ANONYMOUS) is None
