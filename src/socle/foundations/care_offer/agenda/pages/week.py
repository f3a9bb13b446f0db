"""`/agenda/agendas`: every agenda; and one of them, week by week."""

from datetime import timedelta

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.reading import week_of
from socle.foundations.care_offer.agenda.pages.words import day_asked, hour, labels, local, monday_of, short_day
from socle.foundations.care_offer.agenda.permissions import REGISTER
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.pages import Page
from socle.kernel.pages.asking import only


async def every(page: Page, agendas: Agendas) -> Response:
    """The agendas, one's own first."""
    only(page)
    number = await agendas.number_of(page.actor.id)
    found = await agendas.every_schedule()
    return page.render(
        "agendas.html",
        mine=[one for one in found if number and one.number == number],
        others=[one for one in found if not number or one.number != number],
    )


async def show(page: Page, agendas: Agendas) -> Response:
    """A week of an agenda."""
    only(page, "semaine", "origin")
    # at the end of a week, the one that begins is what the reader wants
    soon = None if page.query("semaine") else await agendas.next_slot(page.path("id"), page.now)
    monday = monday_of(day_asked(page, "semaine", local(soon or page.now).date()))
    week = await week_of(agendas, page.path("id"), monday, by=page.actor, trace=page.trace(REGISTER, "agenda:week", ""))
    past = page.now
    return page.render(
        "week.html",
        week=week,
        days=[(short_day(page, day), slots) for day, slots in week.days],
        hour=hour,
        labels=lambda slot: labels(page, slot),
        past=past,
        title=short_day(page, monday),
        until=short_day(page, monday + timedelta(days=6)),
        previous=page.here(semaine=(monday - timedelta(days=7)).isoformat()),
        following=page.here(semaine=(monday + timedelta(days=7)).isoformat()),
        free=sum(1 for _, slots in week.days for one in slots if not one.slot.busy),
        taken=sum(1 for _, slots in week.days for one in slots if one.slot.busy),
    )
