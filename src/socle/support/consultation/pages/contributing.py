"""`/concertation/<id>/contribuer`: say what one has to say; see it; file it once. Nothing that was typed is lost."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem, Refused
from socle.kernel.pages import Form, Page, only
from socle.support.consultation.actions import participating, reading
from socle.support.consultation.model import (
    LARGEST_ATTACHMENT,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_ATTACHMENTS,
    Anchor,
    Author,
    Contribution,
    ContributionKind,
    MediaType,
    Near,
    Returned,
    Rewording,
    Submission,
)
from socle.support.consultation.pages.asking import MOST_TEXT, sent
from socle.support.consultation.pages.frame import REGISTER, Room, show
from socle.support.consultation.pages.one import contribution_in, session_over, without_echo
from socle.support.consultation.permissions import CONTRIBUTE
from socle.support.consultation.rules.attachments import media_type_of
from socle.support.consultation.rules.contributing import may_contribute, tidied

_MOST_BYTES: Final = MOST_ATTACHMENTS * LARGEST_ATTACHMENT + 2 * MOST_TEXT
_FIELDS: Final = {
    "title": "title",
    "text": "text",
    "rewording": "after",
    "chapter": "chapter",
    "block": "chapter",
    "requirement": "chapter",
    "file": "files",
    "name": "kind",
}
_ANCHORS: Final = ("chapter", "block", "requirement")


@dataclass(frozen=True, slots=True)
class Passage:
    """What a contribution is about: the anchor, and the text that stands there ("" for a whole chapter)."""

    anchor: Anchor
    text: str


async def show_form(page: Page, room: Room) -> Response:
    """The empty form, at the place that the address names."""
    only(page, *_ANCHORS)
    page.require(CONTRIBUTE)
    passage = _passage(room, Anchor(*(page.query(name) for name in _ANCHORS)))
    refused = may_contribute(room.consultation, passage.anchor.chapter, now=page.now)
    form = Form({"after": [passage.text], "key": [uuid4().hex]})
    if passage.anchor.requirement:
        form.values["kind"] = [ContributionKind.PROPOSAL.value]
    if isinstance(refused, Refused):
        form.absorb(Problem(Kind.RULE_VIOLATED))
        return await _form(page, room, form, passage, closed=refused, status=422)
    return await _form(page, room, form, passage)


async def receive(page: Page, room: Room) -> Response:
    """Show the contribution as it would look, or file it with its files; the same form sent twice is filed once."""
    form, received = await sent(page, _most(page), files="files")
    passage = _passage(room, Anchor(*(form.get(name) for name in _ANCHORS)))
    if not page.actor.is_authenticated:
        form.general.append(session_over())
        return await _form(page, room, form, passage, status=401)
    page.require(CONTRIBUTE)
    submission = _submission(form, passage)
    if form.get("wish") == "preview":
        return await _previewed(page, room, form, passage, submission)
    files = _checked(form, received)
    if not form.ok:
        return await _form(page, room, form, passage, status=422)
    try:
        filed = await participating.contribute(
            room.forum,
            room.consultation.id,
            submission,
            form.get("key"),
            by=page.actor,
            trace=page.trace(REGISTER, "contribute", ""),
        )
    except Returned as problem:
        form.absorb(without_echo(problem), _FIELDS)
        if problem.kind is Kind.CONFLICT:  # this form has served: the text goes on with another
            form.values["key"] = [uuid4().hex]
        return await _form(page, room, form, passage, status=problem.kind.status)
    return await _attached(page, room, filed, files, "public.form.done")


async def show_amend(page: Page, room: Room) -> Response:
    """One's contribution, to be changed."""
    only(page)
    page.require(CONTRIBUTE)
    one = await contribution_in(page, room)
    passage = _passage(room, one.anchor)
    form = Form(
        {
            "kind": [one.kind.value],
            "title": [one.title],
            "text": [one.text],
            "after": [one.rewording.after if one.rewording else passage.text],
            "version": [str(one.version)],
        }
    )
    return await _form(page, room, form, passage, amended=one)


async def receive_amend(page: Page, room: Room) -> Response:
    """Change one's contribution; when it changed in the meantime, both texts are shown."""
    one = await contribution_in(page, room)
    form, received = await sent(page, _most(page), files="files")
    passage = _passage(room, one.anchor)
    if not page.actor.is_authenticated:
        form.general.append(session_over())
        return await _form(page, room, form, passage, amended=one, status=401)
    submission = _submission(form, passage)
    if form.get("wish") == "preview":
        return await _previewed(page, room, form, passage, submission, amended=one)
    files = _checked(form, received)
    if not form.ok:
        return await _form(page, room, form, passage, amended=one, status=422)
    version = form.get("version")
    try:
        filed = await participating.amend(
            room.forum,
            one.id,
            submission,
            int(version) if version.isdecimal() and len(version) < 9 else 0,
            by=page.actor,
            trace=page.trace(REGISTER, "amend", ""),
        )
    except Returned as problem:
        form.absorb(without_echo(problem), _FIELDS)
        theirs = problem.theirs if problem.kind is Kind.CONFLICT else ""
        if theirs:
            form.values["version"] = [str(problem.version)]
        return await _form(page, room, form, passage, amended=one, theirs=theirs, status=problem.kind.status)
    return await _attached(page, room, filed, files, "public.form.amended")


def _most(page: Page) -> int:
    # The form is read before who sends it is known: a session that ended must not cost the text.
    return _MOST_BYTES if page.actor.is_authenticated else MOST_TEXT


def _checked(form: Form, sent_files: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The files, each judged by its content: nothing is filed when one of them is refused."""
    if len(sent_files) > MOST_ATTACHMENTS:
        form.fail(
            "files",
            f"{len(sent_files)} fichiers : {MOST_ATTACHMENTS} au plus. Choisissez-les de nouveau.",
            f"{len(sent_files)} files: {MOST_ATTACHMENTS} at most. Choose them again.",
            rule="CONS-011",
        )
        return []
    for name, content in sent_files:
        try:
            media_type_of(content)
        except Problem as problem:
            said = problem.issues[0]
            form.fail("files", f"« {name[:80]} ». {said.text.fr}", f"“{name[:80]}”. {said.text.en}", rule=said.rule)
    return sent_files


async def _attached(page: Page, room: Room, filed: Contribution, files: list[tuple[str, bytes]], done: str) -> Response:
    back = f"{room.path}/contributions/{filed.id}"
    for name, content in files:
        try:
            await participating.attach(
                room.forum, filed.id, name, content, by=page.actor, trace=page.trace(REGISTER, "attach", "")
            )
        except Problem as problem:
            reason = problem.issues[0].text.to(page.language)
            return page.redirect(back, done="public.form.file_left", tone="attention", reason=reason)
    return page.redirect(back, done=done, reference=filed.reference)


def _submission(form: Form, passage: Passage) -> Submission:
    kind = form.get("kind")
    known = {one.value for one in ContributionKind}
    if kind not in known:
        form.fail("kind", "Choisissez de quoi il s'agit.", "Choose what it is.")
    after = form.values.get("after", [""])[0].replace("\r\n", "\n")
    changed = bool(passage.text) and bool(after.strip()) and after.strip() != passage.text.strip()
    return Submission(
        passage.anchor,
        ContributionKind(kind) if kind in known else ContributionKind.REMARK,
        form.get("title"),
        form.values.get("text", [""])[0],
        Rewording(passage.text, after) if changed else None,
    )


def _passage(room: Room, anchor: Anchor) -> Passage:
    """The text at an anchor. Raises: Problem(NOT_FOUND) when the edition has no such place."""
    edition = room.edition
    chapter = edition.chapter_by_id.get(anchor.chapter)
    if anchor.requirement:
        requirement = edition.requirement_by_id.get(anchor.requirement)
        if requirement is not None and anchor.chapter in ("", requirement.chapter):
            return Passage(Anchor(requirement.chapter, "", requirement.id), requirement.statement)
    elif anchor.block and (chapter is not None or not anchor.chapter):
        sections = chapter.sections if chapter is not None else (edition.synthesis,)
        for block in (block for section in sections for block in section.blocks):
            if block.anchor == anchor.block:
                return Passage(anchor, block.markdown)
    elif chapter is not None or not anchor.chapter:
        return Passage(anchor, "")
    raise Problem.of(
        Kind.NOT_FOUND,
        f"L'édition {edition.id} n'a rien à cet endroit : choisissez un passage depuis {room.path}.",
        f"Edition {edition.id} has nothing at that place: choose a passage from {room.path}.",
        rule="CONS-024",
    )


async def _previewed(
    page: Page,
    room: Room,
    form: Form,
    passage: Passage,
    submission: Submission,
    *,
    amended: Contribution | None = None,
) -> Response:
    preview = None
    near: tuple[Near, ...] = ()
    try:
        preview = tidied(submission)
        near = await reading.neighbours_of_text(
            room.forum, room.consultation.id, f"{preview.title} {preview.text}", count=5
        )
    except Returned as problem:
        form.absorb(without_echo(problem), _FIELDS)
    return await _form(
        page,
        room,
        form,
        passage,
        amended=amended,
        preview=preview if form.ok else None,
        near=[one for one in near if one.score >= 0.15 and (amended is None or one.id != amended.id)],
        status=200 if form.ok else 422,
    )


async def _form(
    page: Page,
    room: Room,
    form: Form,
    passage: Passage,
    *,
    amended: Contribution | None = None,
    preview: Submission | None = None,
    near: object = (),
    theirs: str = "",
    closed: Refused | None = None,
    status: int = 200,
) -> Response:
    return show(
        page,
        "form.html",
        room,
        "contributions",
        status=status,
        form=form,
        passage=passage,
        place=room.place(passage.anchor),
        author=await _author(page, room),
        amended=amended,
        preview=preview,
        near=near,
        theirs=theirs,
        closed=closed,
        kinds=[(one.value, page.text(f"public.kind.{one.value}")) for one in ContributionKind],
        chapters=[(one.id, f"{one.number} {one.title}") for one in room.chapters],
        labels={
            name: page.text(f"public.form.{name}") for name in ("title", "text", "after", "chapter", "files", "kind")
        },
        accepted=",".join(one.value for one in MediaType),
        longest_title=LONGEST_TITLE,
        longest_text=LONGEST_TEXT,
        most_files=MOST_ATTACHMENTS,
        largest_file=LARGEST_ATTACHMENT // 1_000_000,
    )


async def _author(page: Page, room: Room) -> Author | None:
    """In whose name one is about to speak; None when nobody is logged in."""
    if not page.may(CONTRIBUTE):
        return None
    known = await participating.participant(room.forum, by=page.actor, trace=page.trace(REGISTER, "oneself", ""))
    return known.author if known else participating.author_of(page.actor)
