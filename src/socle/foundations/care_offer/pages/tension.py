"""The switch of tension of a territory, and its history."""

from starlette.responses import Response

from socle.foundations.care_offer.actions import alarms, reading
from socle.foundations.care_offer.pages import words
from socle.foundations.care_offer.permissions import PUBLIC, REGISTER, TENSION
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Handler, Page
from socle.kernel.pages.asking import only


def show(house: House) -> Handler:
    """`/offre/tension`."""

    async def handle(page: Page) -> Response:
        page.require(PUBLIC)
        only(page)
        return await _shown(house, page, Form())

    return handle


async def _shown(house: House, page: Page, form: Form, *, status: int = 200) -> Response:
    history = await reading.switches(house.repositories[REGISTER])
    now: dict[str, bool] = {}
    for row in history:
        now.setdefault(row["territory"], row["tense"])
    return page.render(
        "tension.html",
        status=status,
        form=form,
        history=history,
        tense=[code for code, on in now.items() if on],
        words=words,
        territories=[
            *words.regions().items(),
            *((f"D{code}", f"{name} ({code})") for code, name in words.departments().items()),
        ],
        may_declare=page.may(TENSION),
    )


def move(house: House) -> Handler:
    """Declare a territory in tension, or calm again."""

    async def handle(page: Page) -> Response:
        ground = page.require(TENSION)
        form = await page.form()
        form.require("territoire", "etat", "raison")
        if form.ok and form.get("etat") not in ("tension", "calme"):
            form.fail("etat", "Choisissez tension ou calme.", "Choose tension or calm.")
        known = (
            form.get("territoire") in words.regions() or form.get("territoire").removeprefix("D") in words.departments()
        )
        if form.ok and not known:
            form.fail("territoire", "Ce territoire n'existe pas.", "There is no such territory.")
        if form.ok:
            try:
                await alarms.declare(
                    house.database,
                    form.get("territoire"),
                    form.get("etat") == "tension",
                    form.get("raison"),
                    by=page.actor,
                    trace=page.trace(REGISTER, "care_offer:tension", ground),
                )
                await alarms.watch(house, {})
            except Problem as problem:
                if problem.kind is not Kind.INVALID:
                    raise
                form.absorb(problem, {"raison": "raison"})
        if not form.ok:
            return await _shown(house, page, form, status=422)
        return page.redirect("/offre/tension", done="tension.done", territory=words.territory(form.get("territoire")))

    return handle
