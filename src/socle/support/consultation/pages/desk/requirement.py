"""A requirement of the next edition, said otherwise: the statement, what contributions propose, and why."""

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page, only
from socle.support.consultation.actions.drafting import Reason, edit_requirement, requirement_file
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.reading import changes, contribution, several
from socle.support.consultation.actions.reading import page as listed
from socle.support.consultation.model import DraftFile, Returned
from socle.support.consultation.pages.desk.answers import number_of_version
from socle.support.consultation.pages.desk.bench import Theirs
from socle.support.consultation.pages.desk.draft import EDITABLE, absorb, cause_of, causes, saved
from socle.support.consultation.pages.desk.queue import number
from socle.support.consultation.pages.desk.shell import room_named, show, trace_of
from socle.support.consultation.pages.frame import Room
from socle.support.consultation.rules.drafting import with_statement
from socle.support.consultation.store.contributions import Wanted


async def show_requirement(page: Page, forum: Forum) -> Response:
    """The requirement as the draft says it; `reprendre=C-12` starts from what that contribution proposes."""
    only(page, "cause", "reprendre")
    room = await room_named(page, forum)
    file = await requirement_file(forum, room.consultation.id, page.path("requirement"), by=page.actor)
    text, why = stands(file, page.path("requirement")), ""
    if page.query("reprendre"):
        one = await contribution(forum, number(page.query("reprendre")), by=page.actor)
        if one.rewording is not None:
            text, why = one.rewording.after, one.title
    form = Form({"statement": [text], "version": [str(file.version)], "contributions": [cause_of(page)], "why": [why]})
    return await _shown(page, room, file, form)


async def receive_requirement(page: Page, forum: Forum) -> Response:
    """Keep the new statement; when another editor changed the file meanwhile, both statements are shown."""
    room = await room_named(page, forum)
    form = await page.form()
    requirement = page.path("requirement")
    file = await requirement_file(forum, room.consultation.id, requirement, by=page.actor)
    if form.get("faire") == "leur":
        form.values.update(statement=[stands(file, requirement)], version=[str(file.version)])
        return await _shown(page, room, file, form)
    if form.get("faire") == "apercu":
        return await _shown(page, room, file, form)
    trace = trace_of(page, "draft")
    try:
        reason = Reason(form.get("why"), causes(form))
        change = await edit_requirement(
            forum,
            room.consultation.id,
            requirement,
            form.get("statement"),
            number_of_version(form),
            reason,
            by=page.actor,
            trace=trace,
        )
    except Problem as problem:
        theirs = None
        if isinstance(problem, Returned) and problem.kind is Kind.CONFLICT:
            theirs = Theirs(stands(file, requirement), problem.version, "requirement")
            form.values["version"] = [str(problem.version)]
        elif problem.kind not in (Kind.INVALID, Kind.TOO_LARGE, Kind.RULE_VIOLATED, Kind.CONFLICT):
            raise
        absorb(form, problem)
        return await _shown(page, room, file, form, theirs=theirs, status=problem.kind.status)
    return saved(page, room, change.id, change.contributions)


def stands(file: DraftFile, requirement: str) -> str:
    """The statement of a requirement, as its file has it."""
    return with_statement(file.text, requirement, "")[1]


async def _shown(
    page: Page, room: Room, file: DraftFile, form: Form, *, theirs: Theirs | None = None, status: int = 200
) -> Response:
    requirement = page.path("requirement")
    try:
        ids = causes(form)
    except Problem:
        ids = []
    wanted = Wanted(room.consultation.id, requirement=requirement, sort="supports")
    about = (await listed(room.forum, wanted, count=20, by=page.actor)).items
    return show(
        page,
        "requirement.html",
        room,
        "draft",
        status=status,
        requirement=requirement,
        base=room.edition.requirement_by_id.get(requirement),
        file=file,
        stands=stands(file, requirement),
        form=form,
        theirs=theirs,
        causing=await several(room.forum, ids[:20], by=page.actor) if ids else (),
        proposals=[one for one in about if one.rewording is not None],
        history=[one for one in await changes(room.forum, room.consultation.id) if one.requirement == requirement],
        editable=room.consultation.step in EDITABLE,
    )
