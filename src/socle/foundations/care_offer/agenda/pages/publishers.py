"""`/agenda/editeurs`: the publishers that the aggregator asks."""

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.listing import HOUSE, forget, listed, register
from socle.foundations.care_offer.agenda.permissions import PUBLISHERS, REGISTER
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.publishers import FORMS, Publisher
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page
from socle.kernel.pages.asking import only


async def show(page: Page, agendas: Agendas) -> Response:
    """The list, and a form for one more."""
    page.require(PUBLISHERS)
    only(page)
    return await _list(page, agendas, Form({"patience": ["2000"], "forms": list(FORMS), "active": ["yes"]}))


async def one(page: Page, agendas: Agendas) -> Response:
    """A publisher to be changed."""
    page.require(PUBLISHERS)
    only(page)
    found = await _found(page, agendas)
    values = {
        "name": [found.name],
        "base": [found.base],
        "patience": [str(found.patience)],
        "forms": list(found.forms),
        "active": ["yes"] if found.active else [],
    }
    return page.render("publisher.html", form=Form(values), publisher=found, forms=FORMS, house=found.id == HOUSE)


async def receive(page: Page, agendas: Agendas) -> Response:
    """Add, or change."""
    page.require(PUBLISHERS)
    form = await page.form()
    id = page.request.path_params.get("id", "")
    patience = form.get("patience")
    try:
        await register(
            agendas,
            form.get("name"),
            form.get("base"),
            key=form.get("key"),
            forms=tuple(form.all("forms")),
            patience=int(patience) if patience.isascii() and patience.isdigit() and len(patience) < 8 else 0,
            active=form.get("active") == "yes",
            id=id,
            by=page.actor,
            trace=page.trace(REGISTER, "sas:publisher", page.require(PUBLISHERS)),
        )
    except Problem as problem:
        if problem.kind is not Kind.RULE_VIOLATED:
            raise
        form.absorb(problem, {name: name for name in ("name", "base", "forms", "patience", "key")})
        if id:
            found = await _found(page, agendas)
            return page.render(
                "publisher.html", status=422, form=form, publisher=found, forms=FORMS, house=found.id == HOUSE
            )
        return await _list(page, agendas, form, status=422)
    return page.redirect("/agenda/editeurs", done="publishers.kept")


async def remove(page: Page, agendas: Agendas) -> Response:
    """Ask one no more."""
    ground = page.require(PUBLISHERS)
    await forget(agendas, page.path("id"), by=page.actor, trace=page.trace(REGISTER, "sas:publisher", ground))
    return page.redirect("/agenda/editeurs", done="publishers.removed")


async def _found(page: Page, agendas: Agendas) -> Publisher:
    for publisher in await listed(agendas):
        if publisher.id == page.path("id"):
            return publisher
    raise Problem.of(Kind.NOT_FOUND, "Cet éditeur n'est pas dans la liste.", "This publisher is not in the list.")


async def _list(page: Page, agendas: Agendas, form: Form, *, status: int = 200) -> Response:
    return page.render("publishers.html", status=status, form=form, publishers=await listed(agendas), forms=FORMS)
