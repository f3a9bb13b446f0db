"""The HTML face of the house: one shell, one set of components, two languages, no script needed.

A module's `pages.py` speaks only to what is exported here (never to Jinja2). Example, for a module `foundations/ins`:

    # pages.py
    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from socle.kernel.pages import Page, Pages, Tab

    def routes(house: House) -> list[BaseRoute]:
        pages = Pages(house, "foundations.ins", tabs=(Tab("/ins", "tab.desk"), Tab("/ins/qualite", "tab.quality")))
        return [pages.get("/ins", desk(house)), pages.post("/ins", create(house))]

    def desk(house: House) -> Handler:
        async def handle(page: Page) -> Response:
            page.require(READ)                                   # Problem 401/403, rendered as a page
            found = await actions.search(…, by=page.actor, trace=page.trace("ins", "search-type", "desk"))
            return page.render("desk.html", found=found)          # templates/desk.html of the module
        return handle

    def create(house: House) -> Handler:
        async def handle(page: Page) -> Response:
            form = await page.form()
            try:
                patient = await actions.create(…, by=page.actor, trace=page.trace(…))
            except Problem as problem:
                form.absorb(problem, {"Patient.birthDate": "birth_date"})   # issue → field; the rest in the summary
                return page.render("new.html", form=form, status=422)
            return page.redirect(f"/ins/{patient.id}", done="created")      # 303 + a flash message from texts.toml
        return handle

    # templates/desk.html
    {% extends "kernel/page.html" %}
    {% from "kernel/components.html" import badge, field, listing, empty %}
    {% block title %}{{ t("desk.title") }}{% endblock %}
    {% block main %}<h1>{{ t("desk.title") }}</h1> … {{ rich("desk.help") }} … {% endblock %}

    # texts.toml: every sentence in both languages; a pair is [singular, plural] chosen by {count}
    [desk]
    title = { fr = "Guichet d'identité", en = "Identity desk" }
    found = { fr = ["{count} identité", "{count} identités"], en = ["{count} identity", "{count} identities"] }
    help  = { fr = "Le [[matricule]] n'est **jamais** saisi.", en = "The [[matricule]] is **never** typed." }
    [term.matricule]
    name = { fr = "matricule INS", en = "INS number" }
    definition = { fr = "…", en = "…" }

In templates: `t(key, **values)` plain text, `rich(key, **values)` with **strong**, `code` and [[term]] (or
[[term|words]]), `k(key)` the kernel's own texts, `page` the Page, `when(moment)` a full date with its relative time,
`asset(file)` the address of a file of the module's `static/` folder (styles and scripts, linked in `{% block head %}`) or
of the kernel's, `day(date)` a date, `number(n)`, `say(text)` a `Text` of the domain. Undefined names are errors. An
`<input list="x" data-options="/address">` asks `/address?q=…` for a page with the `<datalist>` options that fit.

A page that is the same for everyone who bears no name may be made once and not sent twice:
`pages.get("/doctrine", shared(home, version, Shelf()))`, where `await version(page)` changes when what is shown changes.

For the assembly: `portal_routes(house)` gives `/`, `/modules`, `/modules/<name>` and `/static/…`;
`login_routes(house, Login(people, log_in, log_out))` gives `/connexion` and `/deconnexion`;
`exception_handlers(house)` gives the error pages of the application.
"""

from markupsafe import Markup

from socle.kernel.pages.asking import choice, one_of, only, wrong
from socle.kernel.pages.chart import Slice, bars, donut, share
from socle.kernel.pages.form import Form
from socle.kernel.pages.land import TOWNS
from socle.kernel.pages.listing import Column, Listing, page_number
from socle.kernel.pages.login import Login, login_routes
from socle.kernel.pages.moments import day, when
from socle.kernel.pages.page import Page
from socle.kernel.pages.pages import Handler, Pages, Tab, exception_handlers
from socle.kernel.pages.pins import Name, Pin, Ring, pins
from socle.kernel.pages.portal import portal_routes
from socle.kernel.pages.shared import Shelf, shared
from socle.kernel.pages.texts import typeset

__all__ = [
    "TOWNS",
    "Column",
    "Form",
    "Handler",
    "Listing",
    "Login",
    "Markup",
    "Name",
    "Page",
    "Pages",
    "Pin",
    "Ring",
    "Shelf",
    "Slice",
    "Tab",
    "bars",
    "choice",
    "day",
    "donut",
    "exception_handlers",
    "login_routes",
    "one_of",
    "only",
    "page_number",
    "pins",
    "portal_routes",
    "share",
    "shared",
    "typeset",
    "when",
    "wrong",
]
