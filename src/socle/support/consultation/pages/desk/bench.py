"""One contribution on the bench: what it says, the text that it bears on, what is near it; and the answer beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from starlette.responses import Response

from socle.kernel.pages import Form, Markup, Page, only
from socle.support.consultation.actions.answering import Note, canned_answers, note
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.lines import line
from socle.support.consultation.actions.reading import (
    arguments,
    attachments,
    changes,
    contribution,
    duplicates_of,
    neighbours,
    several,
)
from socle.support.consultation.model import CannedAnswer, Change, Contribution, Near, Outcome, State, Step
from socle.support.consultation.pages.asking import number_in
from socle.support.consultation.pages.desk.filters import NAMES, asked
from socle.support.consultation.pages.desk.shell import ROOT, how_far, show, trace_of
from socle.support.consultation.pages.frame import Room, room_of
from socle.support.consultation.permissions import EDIT
from socle.support.consultation.rules.alike import NEAR
from socle.support.doctrine.forms.markdown import to_html
from socle.support.doctrine.model import Requirement

ANSWERABLE: Final = (Step.OPEN, Step.TREATMENT)
LEAST: Final = 0.2  # share of rare words in common below which a contribution is not worth showing beside another


@dataclass(frozen=True, slots=True)
class Around:
    """Where a contribution stands in its queue: rank from 1 (0: it left the queue), and its neighbours, 0 for none."""

    rank: int
    total: int
    previous: int
    following: int


@dataclass(frozen=True, slots=True)
class Anchored:
    """The text that a contribution bears on. `title` of the chapter, `words` as HTML, `edit`: where it is changed."""

    title: str
    within: str
    url: str
    words: Markup
    requirement: Requirement | None
    edit: str


@dataclass(frozen=True, slots=True)
class Alike:
    """A contribution that says nearly the same, and how near."""

    contribution: Contribution
    near: Near

    @property
    def is_duplicate(self) -> bool:
        """Whether it is near enough to be answered with it."""
        return self.near.score >= NEAR


async def show_one(page: Page, forum: Forum) -> Response:
    """The bench."""
    only(page, *NAMES, "changement", "brouillon")
    return await bench(page, forum, number_in(page, "number"))


async def bench(page: Page, forum: Forum, id: int, *, form: Form | None = None, theirs: "Theirs | None" = None,
                status: int = 200) -> Response:  # fmt: skip
    """The bench of contribution `id`; with `form`, what was sent and what is wrong in it."""
    trace = trace_of(page, "contribution")
    one = await contribution(forum, id, by=page.actor, trace=trace)
    room = await room_of(forum, one.consultation)
    wanted = asked(page, room)
    order = await line(forum, wanted.wanted(room.consultation.id, page.actor), by=page.actor, trace=trace)
    found = await neighbours(forum, id) if one.state is State.SHOWN else ()
    near = [each for each in found if each.score >= LEAST]
    known = {each.id: each for each in await several(forum, [each.id for each in near], by=page.actor)}
    written = await changes(forum, room.consultation.id)
    kept, canned = Note(id, "", 0), tuple[CannedAnswer, ...]()
    if page.may(EDIT):
        kept = await note(forum, id, by=page.actor, trace=trace)
        canned = await canned_answers(forum, by=page.actor, trace=trace)
    usual = first_form(page, one, written, kept)
    if form is not None and "answer" not in form.values:  # another form of the page: the answer is as it was
        form.values = {**usual.values, **form.values}
    return show(
        page,
        "bench.html",
        room,
        "queue",
        status=status,
        one=one,
        wanted=wanted,
        query=wanted.query,
        around=around(order, id),
        anchored=anchored(room, one),
        alike=[Alike(known[each.id], each) for each in near if each.id in known],
        arguments=(await arguments(forum, id, by=page.actor, trace=trace)).items
        if one.arguments_for or one.arguments_against or one.state is State.HIDDEN
        else (),
        files=await attachments(forum, id) if one.attachments else (),
        duplicates=await duplicates_of(forum, id),
        changes=ordered(written, one),
        concerning=[change for change in written if concerns(change, one)],
        canned=canned,
        note=kept,
        answerable=page.may(EDIT) and one.state is State.SHOWN and room.consultation.step in ANSWERABLE,
        form=form or usual,
        theirs=theirs,
        progress=await how_far(page, room),
        choices=Outcome,
    )


@dataclass(frozen=True, slots=True)
class Theirs:
    """What another editor wrote in the meantime, and its version."""

    text: str
    version: int
    what: str = "answer"


def around(order: Sequence[int], id: int) -> Around:
    """Where `id` stands in a queue."""
    if id not in order:
        return Around(0, len(order), 0, order[0] if order else 0)
    rank = order.index(id)
    return Around(
        rank + 1,
        len(order),
        order[rank - 1] if rank else 0,
        order[rank + 1] if rank + 1 < len(order) else 0,
    )


def after(order: Sequence[int], id: int, done: frozenset[int] = frozenset()) -> int:
    """The next to treat once `id` is: the one that follows it, else the first that is left; 0 when none is."""
    left = [one for one in order if one == id or one not in done]
    following = next((b for a, b in pairwise(left) if a == id), 0)
    return following or next((one for one in left if one != id), 0)


def anchored(room: Room, one: Contribution) -> Anchored:
    """The text that a contribution bears on, as the edition has it."""
    anchor, edition = one.anchor, room.edition
    place = room.place(anchor)
    requirement = edition.requirement_by_id.get(anchor.requirement)
    here = f"{ROOT}/{room.consultation.id}/edition"
    if requirement is not None:
        edit = f"{here}/exigences/{requirement.id}?cause={one.id}"
        return Anchored(place.chapter, requirement.id, place.url, Markup(""), requirement, edit)
    chapter = edition.chapter_by_id.get(anchor.chapter)
    sections = chapter.sections if chapter else (edition.synthesis,)
    blocks = [block for section in sections for block in section.blocks if block.anchor == anchor.block]
    text = "\n\n".join(block.markdown for block in blocks) or (chapter.summary if chapter else "")
    path = chapter.place.file if chapter else "synthesis.md"
    edit = f"{here}/texte?fichier={path}&cause={one.id}" + (f"&bloc={anchor.block}" if anchor.block else "")
    return Anchored(place.chapter, place.within, place.url, to_html(text, link=room.link, shift=2), None, edit)


def concerns(change: Change, one: Contribution) -> bool:
    """Whether a change was caused by a contribution, or touches the very requirement that it bears on."""
    return one.id in change.contributions or (change.requirement != "" and change.requirement == one.anchor.requirement)


def ordered(written: Sequence[Change], one: Contribution) -> list[Change]:
    """Changes to choose from: those that the contribution caused first, then those of its place, then the latest."""

    def rank(change: Change) -> tuple[bool, bool, bool, int]:
        same = one.anchor.chapter != "" and one.anchor.chapter in change.path
        return one.id not in change.contributions, not concerns(change, one), not same, -change.id

    return sorted(written, key=rank)


def first_form(page: Page, one: Contribution, written: Sequence[Change], kept: Note) -> Form:
    """The answer as it stands, or the draft, or what may be guessed."""
    caused = [change for change in written if one.id in change.contributions]
    asked_for = page.query("changement")
    values = {
        "version": str(one.disposition.version if one.disposition else 0),
        "note_version": str(kept.version),
        "answer": kept.text,
        "outcome": Outcome.ACCEPTED.value if asked_for else "",
        "change": asked_for or (str(caused[-1].id) if caused else ""),
    }
    if one.disposition is not None:
        values["outcome"] = one.disposition.outcome.value
        values["answer"] = kept.text or one.disposition.answer
        values["change"] = asked_for or str(one.disposition.change or "")
        values["original"] = f"C-{one.disposition.original}" if one.disposition.original else ""
    return Form({name: [value] for name, value in values.items() if value})
