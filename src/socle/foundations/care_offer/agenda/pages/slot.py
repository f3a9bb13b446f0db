"""`/agenda/creneaux/{id}`: a slot, and taking it."""

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.booking import Wish, book
from socle.foundations.care_offer.agenda.actions.facts import asker_of
from socle.foundations.care_offer.agenda.actions.reading import one_slot
from socle.foundations.care_offer.agenda.pages.words import labels, long_time
from socle.foundations.care_offer.agenda.permissions import REGISTER, SAS_BOOK, WRITE
from socle.foundations.care_offer.agenda.rules import Asker, may_take
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Page
from socle.kernel.pages.asking import only


async def show(page: Page, agendas: Agendas) -> Response:
    """The slot."""
    only(page, "origin")  # the SAS says where the reader comes from
    return await _shown(page, agendas, Form())


async def take(page: Page, agendas: Agendas) -> Response:
    """Take it: two keys for a regulator."""
    page.require(SAS_BOOK if page.may(SAS_BOOK) else WRITE)
    form = await page.form()
    wish = Wish(page.path("id"), form.get("motive"), overbook=form.get("overbook") == "yes")
    try:
        made = await book(agendas, wish, by=page.actor, trace=page.trace(REGISTER, "agenda:book", ""))
    except Problem as problem:
        form.absorb(problem)
        return await _shown(page, agendas, form, status=problem.kind.status)
    return page.redirect(f"/agenda/rendez-vous/{made.id}", done="rdv.booked")


async def _shown(page: Page, agendas: Agendas, form: Form, *, status: int = 200) -> Response:
    slot, schedule = await one_slot(agendas, page.path("id"), by=page.actor)
    asker = await asker_of(agendas, page.actor, frozenset({schedule.number}))
    return page.render(
        "slot.html",
        status=status,
        form=form,
        slot=slot,
        schedule=schedule,
        when_=long_time(page, slot.start, slot.end),
        labels=labels(page, slot),
        decision=may_take(slot.taken, asker, now=page.now),
        may_book=asker is not Asker.OTHER,
        regulates=asker is Asker.REGULATOR,
        may_overbook=slot.busy and may_take(slot.taken, asker, now=page.now, overbook=True).allowed,
    )
