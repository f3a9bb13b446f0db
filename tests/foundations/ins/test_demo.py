"""What a demonstration house shows: identities in every status, made once."""

from tests.foundations.ins.support import DeskUnderTest

from socle.foundations.ins import actions, demo
from socle.foundations.ins.population import published


async def test_an_empty_desk_is_filled_once_with_every_status(house: DeskUnderTest) -> None:
    made = await demo.fill(house.desk, house.now, 200)
    assert made == demo.COUNT
    board = await actions.statistics(house.desk, **house.who)
    assert all(board.statuts.values())
    assert board.total == made
    assert await demo.fill(house.desk, house.now, 200) == 0


async def test_published_persons_are_left_to_whoever_tries_the_desk(house: DeskUnderTest) -> None:
    await demo.fill(house.desk, house.now, 200)
    for personne in published():
        typed = f"{personne.nom_naissance} {personne.date_naissance}"
        assert await actions.search(house.desk, typed, **house.who) == []


async def test_a_house_without_population_has_an_empty_desk(house: DeskUnderTest) -> None:
    assert await demo.fill(house.desk, house.now, 0) == 0
