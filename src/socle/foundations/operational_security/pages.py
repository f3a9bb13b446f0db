"""`/traces`: the traces for people."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import BaseRoute

from socle.foundations.operational_security import actions, export
from socle.foundations.operational_security.model import Bases, Filter
from socle.foundations.operational_security.permissions import READ, VERIFY
from socle.kernel.audit import Action, Outcome
from socle.kernel.audit.audit_event import audit_event
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Handler, Page, Pages
from socle.kernel.policy import Means
from socle.kernel.store.traces import Position, Written, from_token, to_token
from socle.kernel.zone import ZONE

_ONE_PAGE: Final = 50
_EXPORTED: Final = 10_000
_FIELDS: Final = ("du", "au", "personne", "acteur", "registre", "action", "resultat")
_NEXT: Final = "suite"
_TONES: Final = {Outcome.SUCCESS: "ok", Outcome.REFUSED: "refused", Outcome.FAILED: "attention"}


def routes(house: House) -> list[BaseRoute]:
    """The pages of the traces."""
    pages = Pages(house, "foundations.operational_security")
    return [
        pages.get("/traces", _list(house)),
        pages.get("/traces/export.{kind}", _export(house)),
        pages.post("/traces/verification", _verify(house)),
        pages.get("/traces/{id}", _one(house)),
    ]


def _list(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        ground = page.require(READ)
        states = await actions.chains(house.database, by=page.actor)
        form = _form(page)
        wanted = _filter(form)
        found: list[Written] = []
        following, examined = "", 0
        if form.ok:
            try:
                result = await actions.find(
                    house.database,
                    wanted,
                    count=_ONE_PAGE,
                    position=_position(page),
                    query=page.request.url.query,
                    by=page.actor,
                    trace=page.trace(actions.REGISTER, "search-type", ground),
                )
            except (KeyError, ValueError) as error:  # the link: no such register, or no position at all
                raise _damaged_link() from error
            found, examined = list(result.found), result.examined
            following = page.here(**{_NEXT: to_token(result.next)}) if result.next is not None else ""
        return page.render(
            "traces.html",
            status=200 if form.ok else 400,
            found=found,
            following=following,
            examined=examined,
            begun=bool(page.query(_NEXT)),
            newest=page.here(**{_NEXT: ""}),
            states=states,
            whole=bool(states) and all(state.verified and not state.findings for state in states),
            wrong=any(state.findings for state in states),
            form=form,
            filtered=any(form.get(name) for name in _FIELDS),
            registers=_registers(house),
            actions=[(str(action), page.text(f"action.{action}")) for action in Action],
            outcomes=[(str(outcome), page.text(f"outcome.{outcome}")) for outcome in Outcome],
            tones=_TONES,
            means=list(Means),
            exports=[
                (kind, page.here(**{_NEXT: ""}).replace("/traces", f"/traces/export.{kind}", 1)) for kind in _EXPORTS
            ],
            may_verify=page.may(VERIFY),
        )

    return handle


def _one(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        ground = page.require(READ)
        trace = page.trace(actions.REGISTER, "read", ground)
        written = await actions.read(house.database, page.path("id"), by=page.actor, trace=trace)
        if written is None:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Aucune trace ne porte ce nom. Revenez à la liste des traces.",
                "No trace has this name. Go back to the list of traces.",
            )
        bases = _bases(house)
        resource = audit_event(written.event, id=written.id, base=bases.of(written.event.trace.register))
        return page.render(
            "trace.html",
            written=written,
            resource=orjson.dumps(resource, option=orjson.OPT_INDENT_2).decode(),
            tones=_TONES,
            means=list(Means),
        )

    return handle


def _export(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        ground = page.require(READ)
        kind = page.path("kind")
        form = _form(page)
        wanted = _filter(form)
        if kind not in _EXPORTS or not form.ok:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Cet export n'existe pas : choisissez CSV ou NDJSON dans la page des traces.",
                "There is no such export: choose CSV or NDJSON on the page of traces.",
            )
        trace = page.trace(actions.REGISTER, f"export:{kind}", ground)
        result = await actions.find(
            house.database, wanted, count=_EXPORTED, query=page.request.url.query, by=page.actor, trace=trace
        )
        name = f"traces-{page.now.astimezone(ZONE):%Y-%m-%d}.{kind}"
        if kind == "csv":
            return page.download(export.to_csv(result.found), name, "text/csv; charset=utf-8")
        return page.download(export.to_ndjson(result.found, _bases(house)), name, "application/x-ndjson")

    return handle


_EXPORTS: Final = ("csv", "ndjson")


def _verify(house: House) -> Handler:
    async def handle(page: Page) -> Response:
        ground = page.require(VERIFY)
        trace = page.trace("house", "audit:verify", ground)
        await actions.ask_verification(house.database, by=page.actor, trace=trace)
        return page.redirect("/traces", done="verify.asked")

    return handle


def _form(page: Page) -> Form:
    return Form({name: [page.query(name)] for name in _FIELDS})


def _filter(form: Form) -> Filter:
    """What the form asks; what it says wrongly is noted beside its field."""
    since, until = _day(form, "du"), _day(form, "au")
    person = form.get("personne")
    action, outcome = form.get("action"), form.get("resultat")
    if action and action not in list(Action):
        form.fail("action", "Choisissez une action de la liste.", "Choose an action of the list.")
    if outcome and outcome not in list(Outcome):
        form.fail("resultat", "Choisissez un résultat de la liste.", "Choose an outcome of the list.")
    if not form.ok:
        return Filter()
    return Filter(
        since=_midnight(since) if since else None,
        until=_midnight(until + timedelta(days=1)) if until else None,
        person=person if "/" in person or not person else f"Patient/{person}",
        name=form.get("acteur"),
        register=form.get("registre"),
        actions=frozenset({Action(action)}) if action else frozenset(),
        outcomes=frozenset({Outcome(outcome)}) if outcome else frozenset(),
    )


def _day(form: Form, name: str) -> date | None:
    said = form.get(name)
    if not said:
        return None
    try:
        found = date.fromisoformat(said)
    except ValueError:
        form.fail(name, "Écrivez une date, par exemple 2026-03-01.", "Write a date, for instance 2026-03-01.")
        return None
    if not 1900 <= found.year <= 9000:
        form.fail(name, "Cette date est hors du temps des traces.", "This date is outside the time of traces.")
        return None
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def _position(page: Page) -> Position | None:
    token = page.query(_NEXT)
    return from_token(token) if token else None


def _damaged_link() -> Problem:
    return Problem.of(
        Kind.INVALID,
        "Ce lien de suite est abîmé : repartez de la première page des traces.",
        "This link to the following traces is damaged: start again from the first page of traces.",
    )


def _registers(house: House) -> list[tuple[str, str]]:
    names: Mapping[str, Any] = dict.fromkeys(
        [*(e.register.name for m in house.modules for e in m.endpoints), *(s for m in house.modules for s in m.schemas)]
    )
    return [(name, name) for name in (*names, actions.REGISTER, "house")]


def _bases(house: House) -> Bases:
    paths = {endpoint.register.name: endpoint.base for module in house.modules for endpoint in module.endpoints}
    return Bases(house.settings.url, paths)
