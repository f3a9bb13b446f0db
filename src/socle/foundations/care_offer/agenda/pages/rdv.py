"""`/agenda/rendez-vous/{id}`: an appointment, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.booking import change as change_rdv
from socle.foundations.care_offer.agenda.actions.reading import rdv_of
from socle.foundations.care_offer.agenda.model import Event, Standing, Status, TypeCreneau
from socle.foundations.care_offer.agenda.pages.words import hour, local, long_time, short_day
from socle.foundations.care_offer.agenda.permissions import REGISTER
from socle.foundations.care_offer.agenda.rules import TRANSITIONS, next_status
from socle.foundations.care_offer.agenda.store.agendas import Agendas, Wanted
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page
from socle.kernel.pages.asking import only

_OFFERED = (Event.CONFIRM, Event.ARRIVE, Event.FULFIL, Event.MISS, Event.CANCEL)


async def show(page: Page, agendas: Agendas) -> Response:
    """The appointment."""
    only(page)
    return await _shown(page, agendas, Form())


async def change(page: Page, agendas: Agendas) -> Response:
    """Say what becomes of it, or move it."""
    form = await page.form()
    wanted, slot = form.get("status"), form.get("slot")
    version = form.get("version")
    try:
        if not slot and wanted not in {status.value for status in Status}:
            raise Problem.of(Kind.INVALID, "Choisissez ce qui arrive.", "Choose what happens.", expression="status")
        await change_rdv(
            agendas,
            page.path("id"),
            None if slot else Status(wanted),
            slot=slot,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None,
            by=page.actor,
            trace=page.trace(REGISTER, "agenda:change", ""),
        )
    except Problem as problem:
        if problem.kind in (Kind.NOT_FOUND, Kind.UNAUTHENTICATED):
            raise
        form.absorb(problem)
        return await _shown(page, agendas, form, status=problem.kind.status)
    return page.redirect(f"/agenda/rendez-vous/{page.path('id')}", done="rdv.changed")


async def _shown(page: Page, agendas: Agendas, form: Form, *, status: int = 200) -> Response:
    rdv, schedule, keeps = await rdv_of(agendas, page.path("id"), by=page.actor, trace=page.trace(REGISTER, "read", ""))
    before = Standing(rdv.status, rdv.start, rdv.end, rdv.slots)
    steps = [
        (event.value, after.value)
        for event in _OFFERED
        if (after := TRANSITIONS.get((rdv.status, event)))
        and next_status(before, replace(before, status=after), now=page.now).allowed
        and (keeps or event is Event.CANCEL)
    ]
    others = []
    if (rdv.status, Event.MOVE) in TRANSITIONS and schedule is not None and rdv.start and rdv.start > page.now:
        wanted = Wanted(
            page.now, page.now + timedelta(days=14), schedule=schedule.schedule, access=frozenset(TypeCreneau)
        )
        others = [slot for slot, _ in await agendas.free(wanted, limit=200) if not slot.walk_in]
    return page.render(
        "rdv.html",
        status=status,
        form=form,
        rdv=rdv,
        schedule=schedule,
        when_=long_time(page, rdv.start, rdv.end) if rdv.start and rdv.end else "",
        steps=steps,
        others=[(one.slot, f"{short_day(page, local(one.start).date())} {hour(one.start)}") for one in others],
    )
