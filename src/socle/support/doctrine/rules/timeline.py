"""The macro-planning as a picture: where every row, mark, label and year stands. Pure geometry, in pixels.

A row holds the milestones of a chapter in lanes, so that two of them never meet; time goes from left to right on one
scale. What is known only to the year or the month stands in the middle of it, with the whole of it drawn as a whisker.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from socle.support.doctrine.model import Certainty, Dated, Milestone, PartialDate
from socle.support.doctrine.rules.lettering import shortened, width

LEFT: Final = 232.0  # where time begins: the names of the rows stand before
RIGHT: Final = 12.0  # left free after the last day
AXIS: Final = 50.0  # height of the years, above and below, and of the word that names today
HEADING: Final = 30.0  # height of the heading of a group
LANE: Final = 26.0
ROW_PAD: Final = 7.0  # above and below the lanes of a row
MARK: Final = 7.0  # half the width of a mark
GAP: Final = 6.0  # between marks and label, and between neighbours
SIZE: Final = 13.0  # of the letters of a label


class Standing(StrEnum):
    """Where a milestone stands on a given day."""

    DONE = "done"
    UNDERWAY = "underway"  # a window that has begun and is not over
    AHEAD = "ahead"
    UNCONFIRMED = "unconfirmed"  # the date has passed, and no source says that it was kept


class Shape(StrEnum):
    """What a mark is: the first plan, a revision, what happened."""

    PLANNED = "planned"
    REVISED = "revised"
    ACTUAL = "actual"


class Side(StrEnum):
    """Where a label stands: after the marks, before them, or over the line between them."""

    AFTER = "after"
    BEFORE = "before"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole years, both included."""

    first: int
    last: int

    @property
    def begins(self) -> date:
        """The first day."""
        return date(self.first, 1, 1)

    @property
    def ends(self) -> date:
        """The last day."""
        return date(self.last, 12, 31)


@dataclass(frozen=True, slots=True)
class Head:
    """A row to be drawn: its key, its name in lines, the group (consecutive rows) that it belongs to."""

    key: str
    lines: tuple[str, ...]
    group: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A date on the picture. `low` and `high` bound what the date may mean; `visible`: whether it is in the period."""

    shape: Shape
    dated: Dated
    x: float
    low: float
    high: float
    visible: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A milestone on the picture: its marks in order of plan, its window (from, to), its label, the room that it takes."""

    milestone: Milestone
    standing: Standing
    y: float
    marks: tuple[Mark, ...]
    window: tuple[float, float] | None
    label: str
    label_x: float
    side: Side
    low: float
    high: float
    lane: int

    @property
    def is_uncertain(self) -> bool:
        """Whether the date that counts is only inferred."""
        due = self.milestone.dates.due
        return due is not None and due.certainty is Certainty.C


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the picture and what stands in it, lane after lane, from left to right."""

    head: Head
    y: float
    height: float
    placed: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one heading, which stands at `y`."""

    key: str
    y: float
    rows: tuple[Row, ...]

    @property
    def bottom(self) -> float:
        """Where the group ends."""
        return self.rows[-1].y + self.rows[-1].height


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole picture. `years`: each year with where it begins; `today` is None when it is out of the period."""

    width: float
    height: float
    left: float
    right: float
    period: Period
    years: tuple[tuple[int, float], ...]
    groups: tuple[Group, ...]
    today: float | None


def standing(milestone: Milestone, today: date) -> Standing:
    """Where a milestone stands on the day `today`."""
    dates = milestone.dates
    if dates.actual is not None:
        began = dates.actual.on.first <= today
        over = milestone.ends is None or milestone.ends.last < today
        return Standing.AHEAD if not began else Standing.DONE if over else Standing.UNDERWAY
    due = dates.due
    if due is None or (milestone.ends or due.on).last >= today:
        return Standing.AHEAD
    return Standing.UNCONFIRMED


def span(milestone: Milestone) -> tuple[date, date]:
    """The first and the last day that a milestone touches, all its dates together."""
    every = [dated.on for _, dated in _dated(milestone)] + ([milestone.ends] if milestone.ends else [])
    return min(on.first for on in every), max(on.last for on in every)


def within(milestones: Iterable[Milestone], period: Period) -> list[Milestone]:
    """Those that touch the period."""
    return [one for one in milestones if span(one)[0] <= period.ends and span(one)[1] >= period.begins]


def whole(milestones: Iterable[Milestone]) -> Period:
    """The years that hold every milestone. Raises: ValueError when there is none."""
    spans = [span(one) for one in milestones]
    return Period(min(first.year for first, _ in spans), max(last.year for _, last in spans))


def closer(milestones: Iterable[Milestone], parts: int) -> list[Period]:
    """The whole period in at most `parts` periods that hold about as many milestones each; none when that is no help."""
    found = list(milestones)
    if not found:
        return []
    every = whole(found)
    years = sorted(one.dates.due.on.middle.year for one in found if one.dates.due)
    cuts = sorted({years[len(years) * part // parts] for part in range(1, parts)} - {every.first})
    bounds = [every.first, *cuts, every.last + 1]
    return [Period(first, after - 1) for first, after in pairwise(bounds)] if cuts else []


def lay_out(
    milestones: Sequence[Milestone],
    heads: Sequence[Head],
    row_of: Callable[[Milestone], str],
    period: Period,
    today: date,
    *,
    width: float = 1152.0,
    label: Callable[[Milestone], str] = lambda milestone: milestone.title,
) -> Timeline:
    """Place every milestone that touches the period in the row that `row_of` names; rows without any are left out."""
    scale = Scale(period, LEFT, width - RIGHT)
    kept = within(milestones, period)
    groups: list[tuple[str, float, list[Row]]] = []
    y = AXIS
    for head in heads:
        inside = [one for one in kept if row_of(one) == head.key]
        if not inside:
            continue
        if not groups or groups[-1][0] != head.group:
            groups.append((head.group, y, []))
            y += HEADING
        row = _row(head, [_place(one, scale, today, label(one)) for one in inside], y)
        groups[-1][2].append(row)
        y += row.height
    return Timeline(
        width=width,
        height=y + AXIS,
        left=scale.left,
        right=scale.right,
        period=period,
        years=tuple((year, scale.x(date(year, 1, 1))) for year in range(period.first, period.last + 1)),
        groups=tuple(Group(key, top, tuple(rows)) for key, top, rows in groups),
        today=scale.x(today) if period.begins <= today <= period.ends else None,
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to pixels, and never out of the picture."""

    period: Period
    left: float
    right: float

    def x(self, day: date) -> float:
        """Where a day stands; days out of the period stand at its edges."""
        days = (self.period.ends - self.period.begins).days + 1
        at = self.left + (self.right - self.left) * (day - self.period.begins).days / days
        return round(min(max(at, self.left), self.right), 1)

    def mark(self, shape: Shape, dated: Dated) -> Mark:
        """The mark of a date, in the middle of what the date may mean."""
        first, last, middle = dated.on.first, dated.on.last, dated.on.middle
        visible = self.period.begins <= middle <= self.period.ends
        return Mark(shape, dated, self.x(middle), self.x(first), self.x(last), visible)

    def window(self, starts: PartialDate, ends: PartialDate) -> tuple[float, float]:
        """The bar of a window."""
        return self.x(starts.first), self.x(ends.last)


def text_width(text: str, standing: Standing) -> float:
    """How wide a label is, about."""
    return width(text, SIZE, bold=is_bold(standing))


def is_bold(standing: Standing) -> bool:
    """What is under way or ahead is written in bold."""
    return standing in (Standing.UNDERWAY, Standing.AHEAD)


def _dated(milestone: Milestone) -> list[tuple[Shape, Dated]]:
    """The dates of a milestone in order of plan, each said once when a plan was kept to the day."""
    dates = milestone.dates
    planned = [(Shape.PLANNED, dates.planned)] if dates.planned else []
    actual = [(Shape.ACTUAL, dates.actual)] if dates.actual else []
    if (
        planned
        and actual
        and not dates.revised
        and dates.planned
        and dates.actual
        and dates.planned.on == dates.actual.on
    ):
        planned = []
    return [*planned, *((Shape.REVISED, one) for one in dates.revised), *actual]


def _place(milestone: Milestone, scale: Scale, today: date, label: str) -> Placed:
    """A milestone where its dates put it, its label where there is room; lanes come later."""
    marks = tuple(scale.mark(shape, dated) for shape, dated in _dated(milestone))
    due = milestone.dates.due
    window = scale.window(due.on, milestone.ends) if milestone.ends and due else None
    edges = [edge for mark in marks for edge in (mark.low, mark.high, mark.x - MARK, mark.x + MARK)]
    edges += window or ()
    low, high = max(min(edges), scale.left), min(max(edges), scale.right)
    where = standing(milestone, today)
    side, label, label_x = _beside(label, where, low, high, scale)
    wide = text_width(label, where)
    if side is Side.AFTER:
        high = label_x + wide
    elif side is Side.BEFORE:
        low = label_x - wide
    else:
        low = max(min(low, label_x - wide / 2), scale.left)  # the label was set to a tenth of a pixel
        high = min(max(high, label_x + wide / 2), scale.right)
    return Placed(milestone, where, 0.0, marks, window, label, label_x, side, low, high, 0)


def _beside(label: str, where: Standing, low: float, high: float, scale: Scale) -> tuple[Side, str, float]:
    """Where a label goes: after the marks if it fits, else before, else over them; shortened if the picture is too small."""
    label = shortened(label, scale.right - scale.left, SIZE, bold=is_bold(where))
    wide = text_width(label, where)
    if high + GAP + wide <= scale.right:
        return Side.AFTER, label, high + GAP
    if low - GAP - wide >= scale.left:
        return Side.BEFORE, label, low - GAP
    middle = min(max((low + high) / 2, scale.left + wide / 2), scale.right - wide / 2)
    return Side.OVER, label, round(middle, 1)


def _row(head: Head, placed: list[Placed], y: float) -> Row:
    """The milestones of a row, each in the first lane where it meets nobody."""
    ends: list[float] = []
    lanes: list[list[Placed]] = []
    for one in sorted(placed, key=lambda p: (p.low, p.high, p.milestone.id)):
        lane = next((i for i, end in enumerate(ends) if end + GAP <= one.low), len(ends))
        if lane == len(ends):
            ends.append(0.0)
            lanes.append([])
        ends[lane] = one.high
        lanes[lane].append(one)
    height = 2 * ROW_PAD + max(len(lanes) * LANE, len(head.lines) * 17.0)
    top = y + (height - len(lanes) * LANE) / 2
    set_down = (
        replace(one, y=top + (lane + 0.5) * LANE, lane=lane) for lane, inside in enumerate(lanes) for one in inside
    )
    return Row(head, y, height, tuple(set_down))
