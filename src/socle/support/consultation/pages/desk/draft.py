"""The next edition, written in the browser: what can be changed, what was, and the text of a file."""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.pages import Form, Markup, Page, one_of, only
from socle.support.consultation.actions.drafting import Reason, draft_file, draft_files, edit_file
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.previews import Preview, preview_file
from socle.support.consultation.actions.reading import changes, several
from socle.support.consultation.model import Contribution, DraftFile, Returned, Step
from socle.support.consultation.pages.desk.answers import number_of_version
from socle.support.consultation.pages.desk.bench import Theirs
from socle.support.consultation.pages.desk.queue import number
from socle.support.consultation.pages.desk.shell import ROOT, how_far, room_named, show, trace_of
from socle.support.consultation.pages.frame import Room
from socle.support.doctrine.forms.markdown import to_html
from socle.support.doctrine.model import Edition

MOST_BYTES: Final = 4_000_000
_LINE: Final = re.compile(r"(?P<file>[^:]+):(?P<line>\d+)$")
_NUMBERS: Final = re.compile(r"[\s,;]+")
EDITABLE: Final = frozenset({Step.PREPARATION, Step.OPEN, Step.TREATMENT})


async def show_draft(page: Page, forum: Forum) -> Response:
    """What can be changed, what was changed and why."""
    only(page)
    room = await room_named(page, forum)
    files = {file.path: file for file in await draft_files(forum, room.consultation.id, by=page.actor)}
    written = await changes(forum, room.consultation.id)
    return show(
        page,
        "draft.html",
        room,
        "draft",
        files=files,
        changes=written[::-1],
        changed=[file for file in files.values() if file.version],
        editable=room.consultation.step in EDITABLE,
        others=[path for path in files if not path.startswith(("chapters/", "requirements/"))],
        progress=await how_far(page, room),
    )


async def show_file(page: Page, forum: Forum) -> Response:
    """A file of the next edition, to be changed."""
    only(page, "fichier", "cause", "bloc")
    room = await room_named(page, forum)
    file = await _file(page, room)
    form = Form({"text": [file.text], "version": [str(file.version)], "contributions": [cause_of(page)]})
    return await _shown(page, room, file, form, preview=None)


async def receive_file(page: Page, forum: Forum) -> Response:
    """Preview the text that was sent, or keep it. A text with faults is handed back with them, line by line."""
    room = await room_named(page, forum)
    form = await page.form(most_bytes=MOST_BYTES)
    file = await _file(page, room)
    text = text_of(form)
    trace = trace_of(page, "draft")
    if form.get("faire") == "apercu":
        preview = await preview_file(forum, room.consultation.id, file.path, text, by=page.actor, trace=trace)
        return await _shown(page, room, file, form, preview=preview, status=200 if preview.edition else 422)
    if form.get("faire") == "leur":  # start again from what stands
        form.values.update(text=[file.text], version=[str(file.version)])
        return await _shown(page, room, file, form, preview=None)
    try:
        reason = Reason(form.get("why"), causes(form))
        change = await edit_file(
            forum, room.consultation.id, file.path, text, number_of_version(form), reason, by=page.actor, trace=trace
        )
    except Problem as problem:
        return await _again(page, room, file, form, problem)
    return saved(page, room, change.id, change.contributions)


async def _again(page: Page, room: Room, file: DraftFile, form: Form, problem: Problem) -> Response:
    theirs = None
    preview = None
    if isinstance(problem, Returned) and problem.kind is Kind.CONFLICT:
        theirs = Theirs(problem.theirs, problem.version, "file")
        form.values["version"] = [str(problem.version)]
    elif problem.kind is Kind.INVALID and any(placed(issue) for issue in problem.issues):
        preview = Preview(None, problem.issues)
    elif problem.kind not in (Kind.INVALID, Kind.TOO_LARGE, Kind.RULE_VIOLATED, Kind.CONFLICT):
        raise problem
    if preview is None:
        absorb(form, problem)
    return await _shown(page, room, file, form, preview=preview, theirs=theirs, status=problem.kind.status)


async def _shown(
    page: Page,
    room: Room,
    file: DraftFile,
    form: Form,
    *,
    preview: Preview | None,
    theirs: Theirs | None = None,
    status: int = 200,
) -> Response:
    text = text_of(form)
    return show(
        page,
        "file.html",
        room,
        "draft",
        status=status,
        file=file,
        form=form,
        theirs=theirs,
        faults=faults(preview.faults, file.path, text) if preview else None,
        preview=preview,
        rendered=rendered(preview.edition, file.path, room) if preview and preview.edition else None,
        passage=passage(room, file.path, page.query("bloc")),
        causing=await causing(page, room, form),
        editable=room.consultation.step in EDITABLE,
        address=f"{ROOT}/{room.consultation.id}/edition/texte?" + urlencode(_query(page, file)),
        progress=None,
    )


def _query(page: Page, file: DraftFile) -> dict[str, str]:
    """What the address of a file says, kept from one sending to the next."""
    said = {"fichier": file.path, "cause": page.query("cause"), "bloc": page.query("bloc")}
    return {name: value for name, value in said.items() if value}


def faults(issues: Sequence[Issue], path: str, text: str) -> list[tuple[Issue, int, str]]:
    """What is wrong: the issue, its line in this file (0: elsewhere), and what that line says."""
    lines = text.splitlines()
    found = []
    for issue in issues:
        match = placed(issue)
        line = int(match["line"]) if match and match["file"] == path else 0
        found.append((issue, line, lines[line - 1][:160] if 0 < line <= len(lines) else ""))
    return found


def placed(issue: Issue) -> "re.Match[str] | None":
    """The file and line that an issue names."""
    return next(filter(None, map(_LINE.match, issue.expression)), None)


def rendered(edition: Edition, path: str, room: Room) -> list[tuple[str, Markup]]:
    """A chapter or the synthesis as readers will see it: title and text of each section; requirements as sentences."""
    for chapter in edition.chapters:
        if chapter.place.file == path:
            return [
                (section.title, to_html("\n\n".join(b.markdown for b in section.blocks), link=room.link, shift=2))
                for section in chapter.sections
            ]
    if path == "synthesis.md":
        blocks = "\n\n".join(block.markdown for block in edition.synthesis.blocks)
        return [(edition.synthesis.title, to_html(blocks, link=room.link, shift=2))]
    return [
        (one.id, Markup("<p>{}</p>").format(one.statement)) for one in edition.requirements if one.place.file == path
    ]


def passage(room: Room, path: str, block: str) -> str:
    """The block that a contribution bears on, as it is written, so that the editor finds it in the text; "" for none."""
    for chapter in room.edition.chapters:
        if chapter.place.file == path:
            return next((b.markdown for s in chapter.sections for b in s.blocks if b.anchor == block), "")
    return next((b.markdown for b in room.edition.synthesis.blocks if b.anchor == block), "") if block else ""


async def causing(page: Page, room: Room, form: Form) -> tuple[Contribution, ...]:
    """The contributions that are said to cause the change, to be read beside the text."""
    try:
        ids = causes(form)
    except Problem:
        return ()
    return await several(room.forum, ids[:20], by=page.actor) if ids else ()


def causes(form: Form) -> list[int]:
    """The numbers of the contributions that caused a change: "C-12, C-14". Raises: Problem(INVALID)."""
    return [number(text) for text in _NUMBERS.split(form.get("contributions")) if text]


def cause_of(page: Page) -> str:
    """The contribution that the address names as the cause, as the form writes it."""
    asked = page.query("cause")
    return f"C-{number(asked)}" if asked else ""


def text_of(form: Form) -> str:
    """The text as it was typed: blanks around it are part of it."""
    return (form.values.get("text") or [""])[0].replace("\r\n", "\n")


def absorb(form: Form, problem: Problem) -> None:
    """Put what is wrong beside its field; the texts that are handed back are shown by the page itself."""
    errors = Problem(problem.kind, *(issue for issue in problem.issues if issue.severity == "error"))
    form.absorb(
        errors,
        {
            "why": "why",
            "text": "text",
            "statement": "statement",
            "contributions": "contributions",
            "ids": "contributions",
        },
    )


def saved(page: Page, room: Room, change: int, contributions: tuple[int, ...]) -> Response:
    """Back to the contribution that caused the change, which now only waits for its answer; else to the draft."""
    if len(contributions) == 1:
        url = f"{ROOT}/contributions/{contributions[0]}?changement={change}"
        return page.redirect(url, done="desk.changed_for", reference=f"C-{contributions[0]}")
    return page.redirect(f"{ROOT}/{room.consultation.id}/edition#changement-{change}", done="desk.changed")


async def _file(page: Page, room: Room) -> DraftFile:
    paths = [file.path for file in await draft_files(room.forum, room.consultation.id, by=page.actor)]
    path = one_of(page, "fichier", paths, "synthesis.md")
    return await draft_file(room.forum, room.consultation.id, path, by=page.actor)
