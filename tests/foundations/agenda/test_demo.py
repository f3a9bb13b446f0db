"""The demonstration: agendas of the synthetic country's professionals, made once, with slots in the days to come."""

from datetime import timedelta

from tests.foundations.agenda.support import NOW, AgendasUnderTest

from socle.foundations.care_offer.agenda import demo
from socle.foundations.care_offer.agenda.model import TypeCreneau
from socle.foundations.care_offer.agenda.store.agendas import Wanted
from socle.foundations.country import Country


async def test_the_demonstration_is_made_once(house: AgendasUnderTest) -> None:
    opened = await demo.fill(house.agendas, NOW, trace=house.trace())
    assert opened == demo.PROFESSIONALS + 1
    assert await demo.fill(house.agendas, NOW, trace=house.trace()) == 0
    every = frozenset(TypeCreneau)
    soon = await house.agendas.free(Wanted(NOW, NOW + timedelta(days=2), access=every), limit=500)
    assert len({row.schedule for _, row in soon}) > demo.PROFESSIONALS / 2
    held = await house.database.query("SELECT count(*) AS n FROM agenda.holding")
    assert held[0]["n"] > 3


def test_its_professionals_are_those_of_the_country() -> None:
    known = {who.rpps for who in Country.demo().practitioners()}
    assert {held.who.rpps for held in demo.professionals()} <= known
