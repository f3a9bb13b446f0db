"""`/doctrine/<year>` and `/doctrine/<year>/<chapter>`: the edition as one reads it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Page, only
from socle.support.doctrine.model import Chapter, Force, Milestone, Requirement
from socle.support.doctrine.pages.library import Reader, next_date
from socle.support.doctrine.pages.shell import Room, show

GUIDES: Final = "https://github.com/socle-sante/socle/blob/main/"


@dataclass(frozen=True, slots=True)
class Duties:
    """What a chapter asks: how many obligations and recommendations, and the next that falls due."""

    musts: int
    shoulds: int
    next: Requirement | None


async def show_edition(page: Page, room: Room) -> Response:
    """An edition: its synthesis, its chapters."""
    only(page)
    reader = await room.library.get(page.path("year"))
    today = page.now.date()
    return show(
        page,
        "edition.html",
        reader,
        "read",
        duties={chapter.id: duties_of(chapter, today) for chapter in reader.edition.chapters},
        musts=sum(one.force is Force.MUST for one in reader.edition.requirements),
        before=next((one for one in await room.library.all() if one.edition.id == reader.edition.based_on), None),
    )


async def show_chapter(page: Page, room: Room) -> Response:
    """A chapter, to be read."""
    only(page)
    reader = await room.library.get(page.path("year"))
    chapter = chapter_of(reader, page.path("chapter"))
    chapters = reader.edition.chapters
    rank = chapters.index(chapter)
    return show(
        page,
        "chapter.html",
        reader,
        "read",
        chapter=chapter,
        duties=duties_of(chapter, page.now.date()),
        milestones=milestones_of(reader, chapter),
        modules=[(module, room.health[module.name]) for module in reader.modules(chapter.modules)],
        guides=[(GUIDES + guide, guide.rsplit("/", 1)[-1].removesuffix(".md")) for guide in chapter.guides],
        previous=chapters[rank - 1] if rank else None,
        following=chapters[rank + 1] if rank + 1 < len(chapters) else None,
        others=[
            one for one in await room.library.all() if one is not reader and chapter.id in one.edition.chapter_by_id
        ],
        consultation=room.library.running("support.consultation"),
    )


def chapter_of(reader: Reader, name: str) -> Chapter:
    """A chapter of the edition. Raises: Problem(NOT_FOUND) that says where the chapters are."""
    found = reader.edition.chapter_by_id.get(name)
    if found is None:
        edition = reader.edition.id
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {edition} n'a pas de chapitre « {name} ». La page {reader.path} donne la liste des chapitres.",
            f"Edition {edition} has no chapter “{name}”. The page {reader.path} lists the chapters.",
        )
    return found


def duties_of(chapter: Chapter, today: date) -> Duties:
    """What a chapter asks, seen from `today`."""
    musts = sum(one.force is Force.MUST for one in chapter.requirements)
    return Duties(musts, len(chapter.requirements) - musts, next_date(chapter.requirements, today))


def milestones_of(reader: Reader, chapter: Chapter) -> list[Milestone]:
    """The milestones of the calendar that name a chapter."""
    return [milestone for milestone in reader.edition.milestones if chapter.id in milestone.chapters]
