"""Steering the year: prepare a consultation, set its window, take it from step to step, publish the next edition."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page, only
from socle.kernel.zone import ZONE
from socle.support.consultation.actions.cycle import NewConsultation, move, possible, prepare, revise
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.previews import thanks
from socle.support.consultation.actions.reading import changes
from socle.support.consultation.model import Consultation, Returned, Step
from socle.support.consultation.pages.cycle import picture
from socle.support.consultation.pages.desk.answers import number_of_version
from socle.support.consultation.pages.desk.shell import ROOT, how_far, room_named, show, trace_of
from socle.support.consultation.pages.frame import Room
from socle.support.consultation.rules.cycle import TRANSITIONS
from socle.support.doctrine.actions import editions
from socle.support.doctrine.model import Edition, EditionStatus

_MINUTE: Final = "%Y-%m-%dT%H:%M"
_FIELDS: Final = {
    name: name for name in ("id", "edition", "next_edition", "title", "introduction", "opens", "closes", "chapters")
}


async def show_cycle(page: Page, forum: Forum) -> Response:
    """Where the consultation stands, what can be done now, and with what consequences."""
    only(page)
    room = await room_named(page, forum)
    return await _cycle(page, room, _settings(room.consultation))


async def _cycle(page: Page, room: Room, form: Form, *, refused: Problem | None = None, status: int = 200) -> Response:
    consultation = room.consultation
    trace = trace_of(page, "cycle")
    ways = await possible(room.forum, consultation.id, by=page.actor, trace=trace)
    publishing = consultation.step in (Step.FROZEN, Step.TREATMENT)
    return show(
        page,
        "cycle.html",
        room,
        "cycle",
        status=status,
        ways=ways,
        refused=refused,
        picture=picture(page.text("desk.cycle_picture"), page.language, consultation.step),
        transitions=TRANSITIONS,
        form=form,
        today=page.now.astimezone(ZONE).date(),
        changes=await changes(room.forum, consultation.id),
        thanks=await thanks(room.forum, consultation.id, by=page.actor, trace=trace) if publishing else (),
        progress=await how_far(page, room),
        following=(await editions(room.forum.house)).get(consultation.next_edition),
    )


async def receive_move(page: Page, forum: Forum) -> Response:
    """Take the consultation to another step; what prevents it is said on the same page."""
    room = await room_named(page, forum)
    form = await page.form()
    name, id = page.path("transition"), room.consultation.id
    try:
        await move(forum, id, name, number_of_version(form), by=page.actor, trace=trace_of(page, name))
    except Problem as problem:
        if problem.kind not in (Kind.RULE_VIOLATED, Kind.CONFLICT, Kind.INVALID):
            raise
        room = await room_named(page, forum)
        shown = Problem(problem.kind, *(issue for issue in problem.issues if issue.severity == "error"))
        return await _cycle(page, room, _settings(room.consultation), refused=shown, status=problem.kind.status)
    values = {"edition": room.consultation.next_edition} if name == "publish" else {}
    return page.redirect(f"{ROOT}/{id}/cycle", done=f"desk.moved.{name}", **values)


async def receive_settings(page: Page, forum: Forum) -> Response:
    """Change the title, the introduction, the chapters or the window."""
    room = await room_named(page, forum)
    form = await page.form()
    known = room.consultation
    form.values.update(id=[known.id], edition=[known.edition], next_edition=[known.next_edition])
    said = _said(form)
    try:
        if said is None:
            return await _cycle(page, room, form, status=422)
        version = number_of_version(form)
        await revise(forum, said, version, by=page.actor, trace=trace_of(page, "revise"))
    except Problem as problem:
        _absorb(form, problem)
        if isinstance(problem, Returned) and problem.kind is Kind.CONFLICT:
            form.values["version"] = [str(problem.version)]
            form.values["theirs"] = [problem.theirs]
        return await _cycle(page, room, form, status=problem.kind.status)
    return page.redirect(f"{ROOT}/{known.id}/cycle", done="desk.revised")


async def show_new(page: Page, forum: Forum) -> Response:
    """A consultation to prepare: on the edition in force, from tomorrow morning, for two months."""
    only(page, "edition")
    known = await editions(forum.house)
    edition = page.query("edition") or next(
        (one.id for one in known.values() if one.status is EditionStatus.CURRENT), next(iter(known), "")
    )
    opens = (page.now.astimezone(ZONE) + timedelta(days=1)).replace(hour=9, minute=0)
    closes = (opens + timedelta(days=60)).replace(hour=18)
    values = {
        "id": edition,
        "edition": edition,
        "next_edition": str(int(edition) + 1) if edition.isdecimal() else "",
        "title": page.text("desk.new.title_value", edition=edition),
        "opens": opens.strftime(_MINUTE),
        "closes": closes.strftime(_MINUTE),
    }
    return _new(page, Form({name: [value] for name, value in values.items()}), known)


async def receive_new(page: Page, forum: Forum) -> Response:
    """Prepare it."""
    form = await page.form()
    known = await editions(forum.house)
    said = _said(form)
    if said is None:
        return _new(page, form, known, status=422)
    try:
        made = await prepare(forum, said, by=page.actor, trace=trace_of(page, "prepare"))
    except Problem as problem:
        _absorb(form, problem)
        return _new(page, form, known, status=problem.kind.status)
    return page.redirect(f"{ROOT}/{made.id}/cycle", done="desk.prepared")


def _new(page: Page, form: Form, known: Mapping[str, Edition], *, status: int = 200) -> Response:
    there = list(known.values())
    chosen = next((one for one in there if one.id == form.get("edition")), there[-1] if there else None)
    return show(page, "new.html", None, "cycle", status=status, form=form, editions=there[::-1], chosen=chosen)


def _settings(known: Consultation) -> Form:
    return Form(
        {
            "title": [known.title],
            "introduction": [known.introduction],
            "opens": [known.opens.astimezone(ZONE).strftime(_MINUTE)],
            "closes": [known.closes.astimezone(ZONE).strftime(_MINUTE)],
            "chapters": list(known.chapters),
            "version": [str(known.version)],
        }
    )


def _said(form: Form) -> NewConsultation | None:
    """What the form says; None when something in it cannot be read, and the form says what."""
    form.require("id", "edition", "title", "introduction", "opens", "closes")
    opens, closes = _moment(form, "opens"), _moment(form, "closes")
    if opens is None or closes is None or not form.ok:
        return None
    return NewConsultation(
        form.get("id"),
        form.get("edition"),
        form.get("title"),
        form.get("introduction"),
        opens,
        closes,
        tuple(form.all("chapters")),
        form.get("next_edition"),
    )


def _moment(form: Form, name: str) -> datetime | None:
    """A day and an hour of Paris, as browsers write them; 9 in the morning when only the day is said."""
    said = form.get(name)
    try:
        at = datetime.fromisoformat(said if "T" in said else f"{said}T09:00") if said else None
    except ValueError:
        form.fail(
            name,
            "Jour et heure attendus, par exemple 2027-01-11T09:00.",
            "Day and hour expected, for instance 2027-01-11T09:00.",
        )
        return None
    return at.replace(tzinfo=ZONE) if at is not None and at.tzinfo is None else at


def _absorb(form: Form, problem: Problem) -> None:
    if problem.kind not in (Kind.INVALID, Kind.CONFLICT, Kind.TOO_LARGE, Kind.RULE_VIOLATED):
        raise problem
    form.absorb(Problem(problem.kind, *(issue for issue in problem.issues if issue.severity == "error")), _FIELDS)
