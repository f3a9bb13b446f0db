"""`/concertation/<id>` and `/concertation/<id>/<chapter>`: what is open to comments, with what was said of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Page, only
from socle.support.consultation.actions import statistics
from socle.support.consultation.actions.reading import counts_by_anchor
from socle.support.consultation.actions.reading import page as page_of
from socle.support.consultation.model import Anchor
from socle.support.consultation.pages import cycle
from socle.support.consultation.pages.frame import Room, show
from socle.support.consultation.pages.overview import answers
from socle.support.consultation.store.contributions import Wanted
from socle.support.doctrine.forms.markdown import to_html
from socle.support.doctrine.model import Orientation


async def show_consultation(page: Page, room: Room) -> Response:
    """What it is about, until when, chapter by chapter, and what was said last."""
    only(page)
    id = room.consultation.id
    figures = await statistics(room.forum, id)
    parts = [
        (orientation, title, [one for one in room.chapters if one.orientation is orientation])
        for orientation, title in room.edition.orientations.items()
    ]
    latest = await page_of(room.forum, Wanted(id), count=5, by=page.actor)
    return show(
        page,
        "consultation.html",
        room,
        "about",
        figures=figures,
        parts=[part for part in parts if part[2]],
        latest=latest.items,
        answers=answers(page, figures),
        cycle=cycle.picture(page.text("public.cycle.picture"), page.language, room.consultation.step),
    )


async def show_chapter(page: Page, room: Room) -> Response:
    """A chapter, each paragraph and requirement with the number of contributions about it, and a way to contribute.

    Raises: Problem(NOT_FOUND).
    """
    only(page)
    name = page.path("chapter")
    chapter = room.edition.chapter_by_id.get(name)
    if chapter is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {room.edition.id} n'a pas de chapitre « {name[:60]} » : {room.path} en donne la liste.",
            f"Edition {room.edition.id} has no chapter “{name[:60]}”: {room.path} lists them.",
        )
    counts = await counts_by_anchor(room.forum, room.consultation.id, chapter.id)
    rank = room.edition.chapters.index(chapter)
    around = [one for one in room.edition.chapters if room.consultation.concerns(one.id)]
    return show(
        page,
        "chapter.html",
        room,
        "about",
        chapter=chapter,
        title=f"{chapter.number} {chapter.title}",
        orientation=chapter.orientation.value,
        sections=chapter.sections,
        requirements=chapter.requirements,
        concerned=room.consultation.concerns(chapter.id),
        open_here=room.takes(page, chapter.id),
        html=lambda markdown: to_html(markdown, link=room.link, shift=1),
        previous=next((one for one in reversed(around) if room.edition.chapters.index(one) < rank), None),
        following=next((one for one in around if room.edition.chapters.index(one) > rank), None),
        **_counted(counts, chapter.id),
    )


async def show_synthesis_text(page: Page, room: Room) -> Response:
    """The synthesis of the edition, open to comments as a chapter is: what bears on the edition as a whole."""
    only(page)
    counts = await counts_by_anchor(room.forum, room.consultation.id, "")
    return show(
        page,
        "chapter.html",
        room,
        "about",
        chapter=None,
        title=room.edition.title,
        orientation=Orientation.SUPPORT.value,
        sections=(room.edition.synthesis,),
        requirements=(),
        concerned=True,
        open_here=room.takes(page),
        html=lambda markdown: to_html(markdown, link=room.link, shift=1),
        previous=None,
        following=None,
        **_counted(counts, ""),
    )


def _counted(counts: Mapping[Anchor, int], chapter: str) -> dict[str, Any]:
    blocks: Counter[str] = Counter()
    requirements: Counter[str] = Counter()
    for anchor, n in counts.items():
        if anchor.requirement:
            requirements[anchor.requirement] += n
        else:
            blocks[anchor.block] += n
    return {
        "per_block": blocks,
        "per_requirement": requirements,
        "total": sum(counts.values()),
        "on_whole": counts.get(Anchor(chapter), 0),
    }
