"""`/doctrine/<year>/recherche?q=`: the words of the edition, found whatever their accents or their endings."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from socle.kernel.pages import Page, only
from socle.support.doctrine.model import Chapter, Milestone, Requirement
from socle.support.doctrine.pages.library import Reader
from socle.support.doctrine.pages.shell import Room, show
from socle.support.doctrine.pages.words import printed
from socle.support.doctrine.rules.search import Hit, Kind, Piece, Question, passage, pieces

MOST_CHAPTERS: Final = 10
MOST_PASSAGES: Final = 3
MOST_REQUIREMENTS: Final = 20
MOST_MILESTONES: Final = 10
LONGEST: Final = 200  # characters of a question that are looked at
SUGGESTIONS: Final = ("identité qualifiée", "messagerie sécurisée", "hébergement", "ordonnance", "authentification")


@dataclass(frozen=True, slots=True)
class FoundChapter:
    """A chapter that answers; passages by the anchors of their paragraphs."""

    chapter: Chapter
    title: Sequence[Piece]
    summary: Sequence[Piece]
    passages: Sequence[tuple[str, Sequence[Piece]]]


@dataclass(frozen=True, slots=True)
class Found:
    """What answers. `total` counts all; `partly` when nothing holds every word and some hold a part of them."""

    chapters: Sequence[FoundChapter]
    requirements: Sequence[tuple[Requirement, Sequence[Piece]]]
    milestones: Sequence[tuple[Milestone, Sequence[Piece]]]
    all_requirements: int
    total: int
    partly: bool


async def show_search(page: Page, room: Room) -> Response:
    """The search page: the form, then what answers."""
    only(page, "q")
    reader = await room.library.get(page.path("year"))
    text = page.query("q")[:LONGEST]
    return show(
        page,
        "search.html",
        reader,
        "search",
        text=text,
        found=find(reader, text) if text else None,
        suggestions=[one for one in SUGGESTIONS if reader.holds(one)],
        others=[one for one in await room.library.all() if one is not reader],
    )


def find(reader: Reader, text: str) -> Found:
    """Chapters, requirements and milestones that hold every word of `text`; failing that, some of them."""
    complete = _find(reader, text, every_word=True)
    return complete if complete.total else _find(reader, text, every_word=False)


def _find(reader: Reader, text: str, *, every_word: bool) -> Found:
    chapters, requirements = reader.chapter_index, reader.requirement_index
    question = chapters.question(text)
    wanted = requirements.question(text)
    hits = chapters.find(question, every_word=every_word)
    asked = requirements.find(wanted, every_word=every_word)
    in_chapters = [hit for hit in hits if hit.entry.kind is Kind.CHAPTER][:MOST_CHAPTERS]
    inside = _passages(reader, text, {hit.entry.id for hit in in_chapters})
    in_milestones = [hit for hit in hits if hit.entry.kind is Kind.MILESTONE]
    milestones = {milestone.id: milestone for milestone in reader.edition.milestones}
    return Found(
        chapters=[_chapter(reader, hit, question, inside) for hit in in_chapters],
        requirements=[
            (one, pieces(printed(one.statement), wanted))
            for hit in asked[:MOST_REQUIREMENTS]
            for one in [reader.edition.requirement_by_id[hit.entry.id]]
        ],
        milestones=[
            (milestones[hit.entry.id], pieces(printed(hit.entry.title), question))
            for hit in in_milestones[:MOST_MILESTONES]
        ],
        all_requirements=len(asked),
        total=len(hits) + len(asked),
        partly=not every_word,
    )


def _passages(reader: Reader, text: str, chapters: Set[str]) -> dict[str, list[tuple[str, Sequence[Piece]]]]:
    """The best paragraphs of some chapters, by chapter."""
    index = reader.block_index
    question = index.question(text)
    found: dict[str, list[tuple[str, Sequence[Piece]]]] = {}
    for hit in index.find(question, every_word=False):
        kept = found.setdefault(hit.entry.chapter, [])
        if hit.entry.chapter in chapters and len(kept) < MOST_PASSAGES:
            kept.append((hit.entry.id, passage(hit.entry.text, question)))
    return found


def _chapter(
    reader: Reader, hit: Hit, question: Question, inside: dict[str, list[tuple[str, Sequence[Piece]]]]
) -> FoundChapter:
    chapter = reader.edition.chapter_by_id[hit.entry.id]
    return FoundChapter(
        chapter,
        pieces(printed(chapter.title), question),
        pieces(printed(chapter.summary), question),
        inside.get(chapter.id, []),
    )
