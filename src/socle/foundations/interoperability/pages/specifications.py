"""`/interoperability/specifications`: the registry, one specification and its history, the life cycle, the same as JSON."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from socle.foundations.interoperability.actions import packages as installing
from socle.foundations.interoperability.actions import specifications as actions
from socle.foundations.interoperability.actions.specifications import LONGEST, Asked
from socle.foundations.interoperability.model import Day, Layer, Move, Specification, State, Step
from socle.foundations.interoperability.pages.lifecycle_drawing import drawing, tone
from socle.foundations.interoperability.permissions import SPECIFICATIONS
from socle.foundations.interoperability.rules.lifecycle import ATTESTED, OURS, TABLE, possible
from socle.foundations.interoperability.store import SCHEMA
from socle.kernel.fhir.json import serialise
from socle.kernel.module import House
from socle.kernel.outcome import Problem
from socle.kernel.pages import Column, Form, Handler, Listing, Page, choice, day, one_of, only
from socle.kernel.store.definitions import plain

PATH: Final = "/interoperability/specifications"
JSON: Final = f"{PATH}.json"
CYCLE: Final = "/interoperability/cycle-de-vie"
_PARAMETERS: Final = ("q", "etat", "couche", "chapitre", "module")
_SORTS: Final[Mapping[str, Callable[[Specification], Any]]] = {
    "title": lambda one: plain(one.title),
    "state": lambda one: list(State).index(one.current.state),
    "on": lambda one: one.current.on.text,
    "standard": lambda one: plain(one.standard),
    "publisher": lambda one: plain(one.publisher),
}
_FIELDS: Final = ("state", "version", "on", "source", "note")


def show_list(house: House) -> Handler:
    """The registry, by words, state, layer, chapter and module."""

    async def handle(page: Page) -> Response:
        only(page, *_PARAMETERS, "sort")
        every = await actions.every(house.database)
        asked = _asked(page, every)
        found = actions.chosen(every, asked)
        sort = one_of(page, "sort", [way + name for name in _SORTS for way in ("", "-")])
        if sort:
            found.sort(key=_SORTS[sort.removeprefix("-")], reverse=sort.startswith("-"))
        filters = {name: page.query(name) for name in _PARAMETERS if page.query(name)}
        view = Listing(
            PATH,
            [
                Column("title", page.text("specs.title_column"), sortable=True),
                Column("state", page.text("specs.state_version"), sortable=True),
                Column("on", page.text("specs.on"), sortable=True, wide=True),
                Column("standard", page.text("specs.standard"), sortable=True, wide=True),
                Column("publisher", page.text("specs.publisher"), sortable=True, wide=True),
            ],
            found,
            len(found),
            size=max(1, len(found)),
            sort=sort,
            filters=filters,
            caption=page.text("specs.caption"),
        )
        return page.render(
            "specifications.html",
            view=view,
            asked=asked,
            counts=Counter(one.current.state for one in every),
            states=list(State),
            layers=list(Layer),
            chapters=sorted({chapter for one in every for chapter in one.chapters}),
            modules=_titles(house, page, {name for one in every for name in one.modules}),
            json=f"{JSON}?{urlencode(filters)}" if filters else JSON,
            tone=tone,
            dated=_dated(page),
        )

    return handle


def show_json(house: House) -> Handler:
    """The same as JSON."""

    async def handle(page: Page) -> Response:
        only(page, *_PARAMETERS)
        every = await actions.every(house.database)
        found = actions.chosen(every, _asked(page, every))
        body = {"specifications": [as_json(one) for one in found]}
        return page.download(serialise(body), "specifications.json", "application/json; charset=utf-8", inline=True)

    return handle


def show_one(house: House) -> Handler:
    """One specification; for an editor, the form that records a step."""

    async def handle(page: Page) -> Response:
        only(page)
        found = await actions.one(house.database, page.path("id"))
        return await _page(house, page, found, Form())

    return handle


def receive(house: House) -> Handler:
    """A step to record: the page again with what is wrong, or with the step."""

    async def handle(page: Page) -> Response:
        ground = page.require(SPECIFICATIONS)
        form = await page.form(most_bytes=20_000)
        found = await actions.one(house.database, page.path("id"))
        move = _move(form)
        if form.ok and move is not None:
            trace = page.trace(SCHEMA, "specification:record", ground)
            try:
                await actions.record(house.database, found.id, move, by=page.actor, trace=trace)
                return page.redirect(f"{PATH}/{found.id}", done="spec.recorded")
            except Problem as problem:
                form.absorb(problem, {name: name for name in (*_FIELDS, "conditions")})
                found = await actions.one(house.database, found.id)
        return await _page(house, page, found, form, status=422)

    return handle


def show_cycle(house: House) -> Handler:
    """The life cycle: picture, and table of transitions."""

    async def handle(page: Page) -> Response:
        only(page)
        counts = Counter(one.current.state for one in await actions.every(house.database))
        names = {state: page.text(f"life.{state.value}") for state in State}
        told = {state: page.text("specs.count", count=counts[state]) for state in State}
        return page.render(
            "lifecycle.html",
            picture=drawing(names, told, page.text("cycle.picture")),
            table=TABLE,
            unknown=counts[State.UNKNOWN],
            tone=tone,
        )

    return handle


async def _page(house: House, page: Page, found: Specification, form: Form, *, status: int = 200) -> Response:
    held = [one for one in await installing.installed_packages(house.database) if one.name == found.package]
    modules = {one.name: one for one in house.modules}
    moves = possible(found.current.state)
    return page.render(
        "specification.html",
        status=status,
        found=found,
        form=form,
        held=held,
        modules=[(name, modules.get(name)) for name in found.modules],
        moves=moves,
        attested=[one.value for one in ATTESTED if any(one in move.conditions for move in moves)],
        may_record=page.may(SPECIFICATIONS),
        edition=_edition(house),
        tone=tone,
        dated=_dated(page),
        longest=LONGEST,
    )


def _edition(house: House) -> str:
    """The year of the doctrine whose chapters are linked, "" in a house without the doctrine's pages."""
    chapters = [one.edition for module in house.modules for one in module.chapters]
    has = any(one.name == "support.doctrine" and one.path for one in house.modules)
    return max(chapters, default="") if has else ""


def _asked(page: Page, every: list[Specification]) -> Asked:
    return Asked(
        page.query("q")[:200],
        choice(page, "etat", State),
        choice(page, "couche", Layer),
        one_of(page, "chapitre", sorted({chapter for one in every for chapter in one.chapters})),
        one_of(page, "module", sorted({name for one in every for name in one.modules})),
    )


def _titles(house: House, page: Page, names: set[str]) -> list[tuple[str, str]]:
    """(name, title) of modules; one that this house has not is called by its name."""
    titles = {one.name: one.title.to(page.language) for one in house.modules}
    return sorted(((name, titles.get(name, name)) for name in names), key=lambda pair: pair[1].lower())


def _move(form: Form) -> Move | None:
    """What the form asks to record; what cannot be read goes to the form."""
    for name in _FIELDS:
        if len(form.get(name)) > LONGEST:
            form.fail(name, f"{LONGEST} caractères au plus.", f"At most {LONGEST} characters.", OURS)
    state, on = form.get("state"), Day()
    if state not in {one.value for one in State} or state == State.UNKNOWN:
        form.fail("state", "Choisissez le nouvel état.", "Choose the new state.", OURS)
    try:
        on = Day(form.get("on"))
    except ValueError:
        form.fail(
            "on",
            "Écrivez 2026, 2026-07 ou 2026-07-21.",
            "Write 2026, 2026-07 or 2026-07-21.",
            OURS,
        )
    conditions = form.all("conditions")
    if any(one not in ATTESTED for one in conditions):
        form.fail("conditions", "Une condition inconnue a été cochée.", "An unknown condition was ticked.", OURS)
    if not form.ok:
        return None
    return Move(form.get("version"), State(state), on, form.get("source"), form.get("note"), frozenset(conditions))


def _dated(page: Page) -> Callable[[Day], str]:
    """How a date as far as it is known is written."""

    def written(on: Day) -> str:
        if on.whole is not None:
            return day(on.whole, page.language)
        if len(on.text) == 7:  # a month: the date of its first day, without the day
            return day(date.fromisoformat(f"{on.text}-01"), page.language).partition(" ")[2]
        return on.text or page.text("specs.no_date")

    return written


def as_json(one: Specification) -> Mapping[str, Any]:
    """A specification as JSON: members that it has not are left out."""
    body = {
        "id": one.id,
        "title": one.title,
        "summary": one.summary,
        "layer": one.layer.value,
        "standard": one.standard,
        "publisher": one.publisher,
        "canonical": one.canonical,
        "package": one.package,
        "chapters": list(one.chapters),
        "modules": list(one.modules),
        "state": one.current.state.value,
        "version": one.current.version,
        "preparing": one.preparing.version if one.preparing else "",
        "steps": [_step_json(step) for step in one.steps],
    }
    return {name: value for name, value in body.items() if value}


def _step_json(step: Step) -> Mapping[str, Any]:
    body = {
        "version": step.version,
        "state": step.state.value,
        "on": step.on.text,
        "certainty": step.certainty.value,
        "source": step.source,
        "label": step.label,
        "note": step.note,
        "conditions": list(step.conditions),
        "recorded": step.at.isoformat() if step.at else "",
    }
    return {name: value for name, value in body.items() if value}
