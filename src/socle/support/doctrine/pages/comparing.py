"""`/doctrine/ecarts?de=&a=`: what changes from one edition to another, requirement by requirement."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from socle.kernel.outcome import Kind as ProblemKind
from socle.kernel.outcome import Problem
from socle.kernel.pages import Markup, Page, Slice, bars, choice, one_of, only, page_number, share
from socle.support.doctrine.model import Addressee, Dates, Edition, Requirement
from socle.support.doctrine.pages.library import Reader
from socle.support.doctrine.pages.shell import Room, frame, show
from socle.support.doctrine.rules.difference import Changed, Difference, Kind, difference
from socle.support.doctrine.rules.words import ADDRESSEES, USERS, say_date

SIZE: Final = 40  # changes a page
SHOWN: Final = (
    Kind.ADDED,
    Kind.DROPPED,
    Kind.REWORDED,
    Kind.REDATED,
    Kind.FORCE,
    Kind.ADDRESSED,
    Kind.MOVED,
    Kind.ANCHORED,
    Kind.VERIFIED,
)


async def show_gaps(page: Page, room: Room) -> Response:
    """The comparison."""
    only(page, "de", "a", "kind", "chapter", "page")
    readers = await room.library.all()
    if len(readers) < 2:
        raise Problem.of(
            ProblemKind.NOT_FOUND,
            "Il faut deux éditions pour comparer ; cette maison n'en a qu'une.",
            "Two editions are needed to compare; this house has only one.",
        )
    current = await room.library.current()
    years = [reader.edition.id for reader in readers]
    after = await room.library.get(one_of(page, "a", years, current.edition.id))
    before = await room.library.get(one_of(page, "de", years, _before(after.edition, years)))
    between = _difference(_Pair(before.edition, after.edition))
    kind = choice(page, "kind", Kind)
    chapters = {chapter.id: chapter for one in (before, after) for chapter in one.edition.chapters}
    chapter = one_of(page, "chapter", chapters)
    kept = [
        one
        for one in between.requirements
        if (kind is None or kind in one.kinds)
        and chapter in ("", one.item.chapter, one.before.chapter if one.before else "")
    ]
    number = page_number(page.query("page", "1"))
    state = {"de": before.edition.id, "a": after.edition.id, "kind": page.query("kind"), "chapter": chapter}
    counts = [(one, between.count(one)) for one in SHOWN]
    return show(
        page,
        "gaps.html",
        after,
        "gaps",
        before=before,
        after=after,
        readers=readers,
        between=between,
        kind=kind,
        chapter=chapter,
        chapters=chapters,
        counts=counts,
        picture=picture(page, before, after, between),
        figures=figures(between),
        total=len(kept),
        changes=kept[(number - 1) * SIZE : number * SIZE],
        number=number,
        last_page=max(1, -(-len(kept) // SIZE)),
        address=lambda **changes: (
            "/doctrine/ecarts?" + urlencode({name: value for name, value in {**state, **changes}.items() if value})
        ),
        new_chapters=[one for one in between.chapters if Kind.ADDED in one.kinds],
        dropped_chapters=[one for one in between.chapters if Kind.DROPPED in one.kinds],
        renamed_chapters=[one for one in between.chapters if Kind.RENAMED in one.kinds],
        where=lambda one: before.path if one.after is None else after.path,
        row=lambda one: row(page, before, after, one),
    )


def _before(edition: Edition, years: Sequence[str]) -> str:
    """The edition that one is compared with when none is asked: the one that it revises, else the one before it."""
    earlier = [year for year in years if year < edition.id]
    return edition.based_on if edition.based_on in years else max(earlier, default=years[-1])


def row(page: Page, before: Reader, after: Reader, one: Changed[Requirement]) -> Markup:
    """What became of a requirement, made once for each language and each pair of editions."""
    return after.row(
        ("gap", id(before.edition), one.id, page.language),
        lambda: page.fragment(
            "gap_row.html",
            one=one,
            before=before,
            after=after,
            where=lambda one: before.path if one.after is None else after.path,
            people=lambda one: _people(page, one),
            calendar=lambda dates: _calendar(page, dates),
            **frame(page, after),
        ),
    )


def _people(page: Page, one: Requirement) -> str:
    """Who must and whom their software serves, in the reader's language; every publisher is said in one word."""
    every = all(publisher in one.addressees for publisher in Addressee if publisher.is_publisher)
    said = [page.text("choice.all")] if every else []
    said += [
        ADDRESSEES[addressee].to(page.language)
        for addressee in one.addressees
        if not (every and addressee.is_publisher)
    ]
    served = ", ".join(USERS[users].to(page.language) for users in one.users)
    return ", ".join(said) + (f" ({served})" if served else "")


def _calendar(page: Page, dates: Dates) -> str:
    """Every date that was known, in one line: "prévue 1er janvier 2020, effective 1er janvier 2021"."""
    known = (("planned", dates.planned), *(("revised", one) for one in dates.revised), ("actual", dates.actual))
    said = [f"{page.text(f'dates.{name}')} {say_date(one.on).to(page.language)}" for name, one in known if one]
    return ", ".join(said) or page.text("gaps.undated")


class _Pair:
    """Two editions, told apart by identity: they are the same objects as long as nothing is published."""

    def __init__(self, before: Edition, after: Edition) -> None:
        self.before, self.after = before, after

    def __hash__(self) -> int:
        return hash((id(self.before), id(self.after)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pair) and self.before is other.before and self.after is other.after


@lru_cache(maxsize=16)
def _difference(pair: _Pair) -> Difference:
    return difference(pair.before, pair.after)


def figures(between: Difference) -> list[tuple[str, int]]:
    """How many requirements are new, dropped, changed, the same: each counted once."""
    new, dropped = between.count(Kind.ADDED), between.count(Kind.DROPPED)
    return [
        ("added", new),
        ("dropped", dropped),
        ("changed", len(between.requirements) - new - dropped),
        ("same", between.kept),
    ]


def picture(page: Page, before: Reader, after: Reader, between: Difference) -> dict[str, object]:
    """The summary as a chart: its title, its picture, its table."""
    title = page.text("gaps.picture", before=before.edition.id, after=after.edition.id)
    tones = {"added": "ok", "dropped": "refused", "changed": "attention", "same": "unknown"}
    counted = figures(between)
    total = sum(count for _, count in counted)
    slices = [Slice(page.text(f"gaps.{name}"), count, tones[name]) for name, count in counted]
    return {
        "title": title,
        "svg": bars(slices, title, page.language),
        "rows": [(one.label, one.value, share(one.value, total, page.language)) for one in slices],
    }
