"""`/annuaire/enrolements`: an employer enrols, sees whom it enrolled, declares departures."""

from datetime import date

from starlette.responses import Response

from socle.foundations.people.actions import enrolling
from socle.foundations.people.model.enrolement import Enrolement
from socle.foundations.people.permissions import ENROL, REGISTER
from socle.kernel.module import House
from socle.kernel.outcome import Problem
from socle.kernel.pages import Form, Handler, Page

FIELDS = {
    "family": "family",
    "given": "given",
    "birthDate": "birth",
    "role": "role",
    "start": "start",
    "organization": "structure",
}


def show(house: House) -> Handler:
    """The form and the list."""

    async def handle(page: Page) -> Response:
        page.require(ENROL)
        return await _page(house, page, Form())

    return handle


def receive(house: House) -> Handler:
    """Enrol."""

    async def handle(page: Page) -> Response:
        ground = page.require(ENROL)
        form = await page.form()
        repository = house.repositories[REGISTER]
        form.require("family", "given", "birth", "role", "structure")
        born, start = _day(form, "birth"), _day(form, "start") or page.now.date()
        place = await enrolling.structure(repository, form.get("structure"), by=page.actor) if form.ok else None
        if form.ok and place is None:
            form.fail(
                "structure",
                "Aucune structure de l'annuaire n'a ce numéro FINESS ou SIRET.",
                "No structure of the directory has this FINESS or SIRET number.",
            )
        if not form.ok or born is None or place is None:
            return await _page(house, page, form, status=422)
        asked = Enrolement(form.get("family").upper(), form.get("given"), born, form.get("role"), place, start)
        trace = page.trace(REGISTER, "annuaire:enrol", ground)
        try:
            done = await enrolling.enrol(repository, asked, by=page.actor, trace=trace)
        except Problem as problem:
            form.absorb(problem, FIELDS)
            return await _page(house, page, form, status=422)
        return page.redirect("/annuaire/enrolements", done="enrol.done", number=done.numero_rpps)

    return handle


def depart(house: House) -> Handler:
    """Declare a departure, today or on the day that the form says."""

    async def handle(page: Page) -> Response:
        ground = page.require(ENROL)
        form = await page.form()
        le = _day(form, "end") or page.now.date()
        trace = page.trace(REGISTER, "annuaire:depart", ground)
        await enrolling.depart(house.repositories[REGISTER], page.path("role"), le, by=page.actor, trace=trace)
        return page.redirect("/annuaire/enrolements", done="enrol.left")

    return handle


def _day(form: Form, name: str) -> date | None:
    text = form.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        form.fail(name, "Écrivez une date entière, AAAA-MM-JJ.", "Write a whole date, YYYY-MM-DD.")
        return None


async def _page(house: House, page: Page, form: Form, *, status: int = 200) -> Response:
    repository = house.repositories[REGISTER]
    functions = await enrolling.functions(repository, by=page.actor)
    named = dict(functions)
    labels = {name: page.text(f"enrol.{name}") for name in FIELDS.values()}
    return page.render(
        "enrolments.html",
        status=status,
        form=form,
        functions=functions,
        named=named,
        labels=labels,
        enrolled=await enrolling.enrolled(repository, by=page.actor),
        employer=page.actor.structure,
        today=page.now.date().isoformat(),
    )
