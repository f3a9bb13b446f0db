"""What surrounds the queue: groups of near-duplicates, answers written once, participants, the outbox."""

from typing import Final

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page, only
from socle.support.consultation.actions.answering import canned_answers, delete_canned, save_canned
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.lines import COMPARED, near_duplicates
from socle.support.consultation.actions.moderating import participants, verify
from socle.support.consultation.actions.notices import notices
from socle.support.consultation.actions.reading import several
from socle.support.consultation.model import CannedAnswer, NoticeState, Outcome, Returned
from socle.support.consultation.pages.desk.answers import number_of_version
from socle.support.consultation.pages.desk.bench import Theirs
from socle.support.consultation.pages.desk.queue import number
from socle.support.consultation.pages.desk.shell import ROOT, current, how_far, room_named, show, trace_of
from socle.support.consultation.pages.frame import Room, room_of

GROUPS: Final = 20  # groups shown at once: the largest
NOTICE_TONES: Final = {
    NoticeState.SENT: "ok",
    NoticeState.WAITING: "attention",
    NoticeState.FAILED: "refused",
    NoticeState.KEPT: "unknown",
}


async def show_groups(page: Page, forum: Forum) -> Response:
    """Contributions that say nearly the same, each group to be answered in one gesture."""
    only(page)
    room = await room_named(page, forum)
    found = await near_duplicates(forum, room.consultation.id, by=page.actor, trace=trace_of(page, "groups"))
    shown = found[:GROUPS]
    known = {one.id: one for one in await several(forum, [id for group in shown for id in group], by=page.actor)}
    groups = [
        sorted((known[id] for id in group if id in known), key=lambda one: (-one.supports.total, one.id))
        for group in shown
    ]
    return show(
        page,
        "groups.html",
        room,
        "groups",
        groups=groups,
        total=len(found),
        compared=COMPARED,
        progress=await how_far(page, room),
    )


async def show_canned(page: Page, forum: Forum) -> Response:
    """Answers written once, to use, change or retire."""
    only(page)
    return await _canned(page, forum, Form())


async def receive_canned(page: Page, forum: Forum) -> Response:
    """Keep a canned answer, or propose it no longer."""
    form = await page.form()
    form.require("label", "text", "outcome")
    if form.get("outcome") and form.get("outcome") not in set(Outcome):
        form.fail("outcome", "Choisissez l'une des cinq suites.", "Choose one of the five outcomes.")
    if not form.ok:
        return await _canned(page, forum, form, status=422)
    version = number_of_version(form)
    id = number(form.get("id")) if form.get("id") else 0
    said = CannedAnswer(id, form.get("label"), Outcome(form.get("outcome")), form.get("text"), version)
    trace = trace_of(page, "canned")
    try:
        if form.get("faire") == "retirer":
            await delete_canned(forum, said, by=page.actor, trace=trace)
            return page.redirect(f"{ROOT}/reponses-types", done="desk.canned_gone", label=said.label)
        await save_canned(forum, said, by=page.actor, trace=trace)
    except Problem as problem:
        if problem.kind not in (Kind.INVALID, Kind.CONFLICT, Kind.TOO_LARGE):
            raise
        theirs = None
        if isinstance(problem, Returned) and problem.kind is Kind.CONFLICT:
            theirs = Theirs(problem.theirs, problem.version, "canned")
            form.values["version"] = [str(problem.version)]
        errors = Problem(problem.kind, *(issue for issue in problem.issues if issue.severity == "error"))
        form.absorb(errors, {"label": "label", "text": "text"})
        return await _canned(page, forum, form, theirs=theirs, status=problem.kind.status)
    return page.redirect(f"{ROOT}/reponses-types", done="desk.canned_kept")


async def _canned(page: Page, forum: Forum, form: Form, *, theirs: Theirs | None = None, status: int = 200) -> Response:
    known = await canned_answers(forum, by=page.actor, trace=trace_of(page, "canned"))
    room = await _room(forum)
    return show(
        page, "canned.html", room, "canned", status=status, form=form, known=known, theirs=theirs, choices=Outcome
    )


async def show_people(page: Page, forum: Forum) -> Response:
    """Who takes part, with their addresses: the reading is traced."""
    only(page, "suite")
    trace = trace_of(page, "participants")
    found = await participants(forum, after=page.query("suite"), by=page.actor, trace=trace)
    return show(page, "people.html", await _room(forum), "people", people=found.items, following=found.next)


async def receive_verified(page: Page, forum: Forum) -> Response:
    """Say that one has checked who a participant is, or no longer."""
    form = await page.form()
    verified = form.get("faire") != "retirer"
    found = await verify(forum, form.get("actor"), verified, by=page.actor, trace=trace_of(page, "verify"))
    done = "desk.verified" if found.author.verified else "desk.unverified"
    return page.redirect(f"{ROOT}/participants", done=done)


async def show_outbox(page: Page, forum: Forum) -> Response:
    """The notices, as they are or would be sent."""
    only(page, "suite")
    trace = trace_of(page, "notices")
    found = await notices(forum, after=page.query("suite"), by=page.actor, trace=trace)
    return show(
        page,
        "outbox.html",
        await _room(forum),
        "outbox",
        notices=found.items,
        following=found.next,
        notice_tones=NOTICE_TONES,
    )


async def _room(forum: Forum) -> Room | None:
    found = await current(forum)
    return await room_of(forum, found.id) if found else None
