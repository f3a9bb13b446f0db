"""`/agenda/hub`: the messages to the LRMs, where each is, and what the hub of the demonstration received."""

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.carrying import STATES, drop, line, send_again
from socle.foundations.care_offer.agenda.permissions import HUB, REGISTER
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Page
from socle.kernel.pages.asking import one_of, only

TONES = {"waiting": "attention", "sent": "unknown", "acknowledged": "ok", "dead": "refused", "dropped": "unknown"}


async def show(page: Page, agendas: Agendas) -> Response:
    """The latest messages, those of one state if it is asked."""
    page.require(HUB)
    only(page, "etat")
    state = one_of(page, "etat", STATES, "")
    found = await line(agendas, state, by=page.actor)
    written = [(one, json.serialise(dict(one.body), pretty=True).decode()) for one in found.came]
    return page.render("hub.html", line=found, state=state, states=STATES, tones=TONES, came=written)


async def settle(page: Page, agendas: Agendas) -> Response:
    """A button: send a dead message again, or give it up."""
    ground = page.require(HUB)
    form = await page.form()
    acts = {"renvoyer": (send_again, "hub.again"), "abandonner": (drop, "hub.given_up")}
    if form.get("quoi") not in acts:
        raise Problem.of(
            Kind.INVALID,
            "Ce bouton n'existe pas : revenez à la page du Hub.",
            "There is no such button: go back to the page of the hub.",
        )
    act, done = acts[form.get("quoi")]
    await act(agendas, form.get("message"), by=page.actor, trace=page.trace(REGISTER, "sas:hub", ground))
    return page.redirect("/agenda/hub", done=done)
