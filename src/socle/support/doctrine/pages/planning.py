"""`/doctrine/<year>/calendrier`: the macro-planning, as a picture, as a list for phones, and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from socle.kernel.pages import Page, choice, one_of, only, typeset, wrong
from socle.support.doctrine.model import Addressee, Certainty, Dated, Edition, EditionStatus, Milestone, PartialDate
from socle.support.doctrine.pages.library import Reader
from socle.support.doctrine.pages.shell import Room, show
from socle.support.doctrine.pages.words import KINDS, slip
from socle.support.doctrine.rules.layout import wrap
from socle.support.doctrine.rules.timeline import (
    LEFT,
    Head,
    Period,
    Placed,
    Shape,
    Timeline,
    closer,
    lay_out,
    standing,
    whole,
    within,
)
from socle.support.doctrine.rules.words import say_date

FILTERS: Final = ("chapter", "actor", "from", "to")
DOCTRINE: Final = "doctrine"  # the group of the milestones that bear on no chapter
ZOOMS: Final = 3  # parts of the whole period that are offered
_NAME_LETTER: Final = 7.2  # width of a letter of a row's name (13.5 px)
_TIP: Final = 400.0  # width of what is told of a milestone
_TIP_LETTER: Final = 6.5
_TIP_LINE: Final = 18.0


@dataclass(frozen=True, slots=True)
class Tip:
    """What is told of a milestone when it is pointed at or has the focus: its lines, and where they stand."""

    x: float
    y: float
    width: float
    height: float
    title: tuple[str, ...]
    lines: tuple[str, ...]


async def show_planning(page: Page, room: Room) -> Response:
    """The calendar of an edition, filtered by chapter, addressee and years."""
    only(page, *FILTERS)
    reader = await room.library.get(page.path("year"))
    edition = reader.edition
    chapter = one_of(page, "chapter", edition.chapter_by_id)
    actor = choice(page, "actor", Addressee)
    every = whole(edition.milestones) if edition.milestones else Period(page.now.year, page.now.year)
    period = period_of(page, every)
    today = seen_from(edition, page)
    kept = [
        one
        for one in within(edition.milestones, period)
        if (not chapter or chapter in one.chapters) and (actor is None or actor in one.addressees)
    ]
    drawn = lay_out(
        kept,
        heads(edition, page),
        lambda one: chapter or next(iter(one.chapters), DOCTRINE),
        period,
        today,
        label=lambda one: label(one, page),
    )
    in_order = sorted(kept, key=_when)
    filters = {name: page.query(name) for name in FILTERS if page.query(name)}
    return show(
        page,
        "planning.html",
        reader,
        "planning",
        drawing=drawn,
        tips={one.milestone.id: tip(one, drawn, page) for one in placed(drawn)},
        rows=in_order,
        by_year=[(year, list(some)) for year, some in groupby(in_order, key=lambda one: _when(one)[0].year)],
        standing={one.id: standing(one, today) for one in kept},
        chapter=chapter,
        actor=actor,
        period=period,
        every=every,
        zooms=[
            (zoom, page.here(**{"from": str(zoom.first), "to": str(zoom.last)}))
            for zoom in closer(edition.milestones, ZOOMS)
        ],
        whole_url=page.here(**{"from": "", "to": ""}),
        kinds=KINDS,
        filters=filters,
        ics=f"{reader.path}/echeances.ics{_query({k: v for k, v in filters.items() if k in ('chapter', 'actor')})}",
        today_said=page.text(
            "planning.published" if is_past(edition) else "planning.today",
            date=say_date(PartialDate(today, "month" if is_past(edition) else "day")).to(page.language),
        ),
        today=today,
        later=await in_force(room) if is_past(edition) else None,
        fr=lambda text: typeset(text, "fr"),
    )


async def in_force(room: Room) -> Reader | None:
    """The edition in force, None when there is none."""
    every = await room.library.all()
    return next((one for one in every if one.edition.status is EditionStatus.CURRENT), None)


def is_past(edition: Edition) -> bool:
    """Whether the edition is no longer in force: its calendar is then read as it was known."""
    return edition.status is EditionStatus.PAST and edition.published is not None


def seen_from(edition: Edition, page: Page) -> date:
    """The day from which the calendar is seen: today, or the publication of an edition that is no longer in force."""
    return edition.published.last if is_past(edition) and edition.published else page.now.date()


def period_of(page: Page, every: Period) -> Period:
    """The years asked for, those of all milestones by default. Raises: Problem(INVALID)."""
    years = [str(year) for year in range(every.first, every.last + 1)]
    first = int(one_of(page, "from", years, years[0]))
    last = int(one_of(page, "to", years, years[-1]))
    if first > last:
        raise wrong(
            "from",
            f"La période va de {first} à {last} : la première année doit venir avant la dernière.",
            f"The period goes from {first} to {last}: the first year must come before the last.",
        )
    return Period(first, last)


def heads(edition: Edition, page: Page) -> list[Head]:
    """The rows: the chapters in their order, then what bears on the doctrine as a whole."""
    room = LEFT - 30
    general = Head(DOCTRINE, wrap(page.text("planning.doctrine"), room, _NAME_LETTER), DOCTRINE)
    chapters = (
        Head(one.id, wrap(typeset(f"{one.number} {one.title}", "fr"), room, _NAME_LETTER), one.orientation.value)
        for one in edition.chapters
    )
    return [*chapters, general]


def label(milestone: Milestone, page: Page) -> str:
    """A milestone in one line: its title, by how much it slipped, whether its date is to be checked."""
    parts = [typeset(milestone.title, "fr")]
    if milestone.dates.slip_days and abs(milestone.dates.slip_days) >= 30:
        parts.append(slip(milestone.dates.slip_days, page))
    if milestone.dates.due is not None and milestone.dates.due.certainty is Certainty.C:
        parts.append(page.text("planning.unsure"))
    return " · ".join(parts)


def placed(drawn: Timeline) -> list[Placed]:
    """Every milestone of a picture."""
    return [one for group in drawn.groups for row in group.rows for one in row.placed]


def tip(one: Placed, drawn: Timeline, page: Page) -> Tip:
    """What is told of a milestone: above it, so that what is drawn later does not hide it, and within the picture."""
    inner = _TIP - 24
    title = wrap(typeset(one.milestone.title, "fr"), inner, _TIP_LETTER * 1.12)
    lines = [line for shape, dated in dates_of(one.milestone) for line in _said(shape, dated, inner, page)]
    if one.milestone.ends:
        lines += wrap(
            page.text("planning.until", date=say_date(one.milestone.ends).to(page.language)), inner, _TIP_LETTER
        )
    if one.milestone.conflict:
        lines += wrap(page.text("planning.conflict_short"), inner, _TIP_LETTER)
    height = 16 + (len(title) + len(lines)) * _TIP_LINE
    low = one.marks[0].x if one.marks else one.low
    x = min(max(low - 20, 0.0), drawn.width - _TIP)
    return Tip(round(x, 1), round(one.y - 14 - height, 1), _TIP, height, title, tuple(lines))


def dates_of(milestone: Milestone) -> list[tuple[Shape, Dated]]:
    """Every date of a milestone in order of plan."""
    dates = milestone.dates
    planned = [(Shape.PLANNED, dates.planned)] if dates.planned else []
    actual = [(Shape.ACTUAL, dates.actual)] if dates.actual else []
    return [*planned, *((Shape.REVISED, one) for one in dates.revised), *actual]


def _said(shape: Shape, dated: Dated, room: float, page: Page) -> Sequence[str]:
    said = page.text(
        f"planning.tip_{shape}",
        date=say_date(dated.on).to(page.language),
        source=typeset(dated.source, "fr"),
        certainty=dated.certainty.value,
    )
    return wrap(said, room, _TIP_LETTER)


def _when(milestone: Milestone) -> tuple[date, str]:
    due = milestone.dates.due
    if due is None:  # the loader refuses a milestone without a date
        raise ValueError(milestone.id)
    return due.on.first, milestone.id


def _query(parameters: dict[str, str]) -> str:
    return f"?{urlencode(parameters)}" if parameters else ""
