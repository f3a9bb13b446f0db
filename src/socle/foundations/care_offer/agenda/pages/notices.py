"""`/agenda/avis`: what was said to the reader of their appointments."""

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.notices import notices_for
from socle.foundations.care_offer.agenda.pages.words import long_time
from socle.foundations.care_offer.agenda.permissions import READ
from socle.foundations.care_offer.agenda.rules.forms import moment
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.pages import Page
from socle.kernel.pages.asking import only


async def show(page: Page, agendas: Agendas) -> Response:
    """The notices of whoever holds an agenda or regulates: no patient is named in them."""
    page.require(READ)
    only(page)
    number = await agendas.number_of(page.actor.id)
    found = []
    if number:
        for audience in ("HOLDER", "REGULATOR"):
            found += await notices_for(agendas, number, audience, limit=50)
    rows = []
    for one in sorted(found, key=lambda one: one.at, reverse=True):
        start, end = moment(str(one.message.get("start", ""))), moment(str(one.message.get("end", "")))
        rows.append((one, long_time(page, start, end) if start and end else ""))
    return page.render("notices.html", rows=rows, known=bool(number))
