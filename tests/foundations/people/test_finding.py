"""Who practises, where, as what: the public question, over the demonstration."""

from pathlib import Path

import pytest
from tests.foundations.people.conftest import Directory
from tests.foundations.people.files import DURAND, archive

from socle.foundations.country.numbers import luhn
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


def person(rank: int, family: str, given: str, town: str = "Lyon") -> dict[str, str]:
    body = f"99700{rank:05d}"
    number = body + luhn(body)
    return {
        **DURAND,
        "Identifiant PP": number,
        "Identification nationale PP": f"8{number}",
        "Nom d'exercice": family,
        "Prénom d'exercice": given,
        "Libellé commune (coord. structure)": town,
    }


async def test_those_who_bear_the_name_come_before_those_in_whose_name_it_is(
    directory: Directory, tmp_path: Path
) -> None:
    names = [
        "DURAND Martine",
        "ARNAUD-MARTIN Sophie",
        "MARTINEZ Sophie",
        "MARTIN Sophie",
        "MARIE-MARTIN Zoé",
        "MARTIN Marie",
    ]
    people = [person(n, *name.split()) for n, name in enumerate(names)]
    await directory.load(archive(tmp_path, people))

    async def named(words: str, **asked: object) -> list[str]:
        return [f"{one.nom} {one.prenom}" for one in await find(directory, words, **asked)]

    assert await named("martin") == [
        "MARTIN Marie",
        "MARTIN Sophie",
        "MARTINEZ Sophie",
        "ARNAUD-MARTIN Sophie",
        "DURAND Martine",
        "MARIE-MARTIN Zoé",
    ]
    both = ["MARTIN Sophie", "ARNAUD-MARTIN Sophie", "MARTINEZ Sophie"]
    assert await named("sophie martin") == both
    assert await named("martin sophie") == both
    assert await named("marie martin") == ["MARTIN Marie", "MARIE-MARTIN Zoé"]
    assert [name for n in range(4) for name in await named("sophie martin", count=1, offset=n)] == both
    assert await named("mart soph", profession="10") == []


async def test_a_town_is_known_by_those_who_practise_there_beside_those_who_bear_its_name(
    directory: Directory, tmp_path: Path
) -> None:
    people = [person(1, "DURAND", "Marie"), person(2, "LYONNET", "Marie"), person(3, "PETIT", "Marie", "Marie")]
    await directory.load(archive(tmp_path, people))
    found = await finding.towns(directory.database, ["lyon", "marie", "nantes", "le"], by=ANONYMOUS)
    assert found == {"lyon": (2, 1), "marie": (1, 3)}


@pytest.mark.parametrize(
    "asked", [{}, {"words": "a"}, {"words": "martin", "count": 1000}, {"words": "x", "offset": 9999}]
)
async def test_what_asks_for_nothing_or_too_far_is_refused(directory: Directory, asked: dict[str, object]) -> None:
    with pytest.raises(Problem):
        await find(directory, **asked)  # type: ignore[arg-type]


async def test_nobody_is_an_answer(directory: Directory) -> None:
    assert await find(directory, "99700075064") == []
    assert await finding.card(directory.repository, directory.database, "99700075064", by=ANONYMOUS) is None
