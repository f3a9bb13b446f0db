"""What changed between two editions: chapters, requirements, milestones. Wordings are compared when they are looked at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from socle.support.doctrine.model import Chapter, Dates, Edition, Milestone, PartialDate, Requirement
from socle.support.doctrine.rules.wording import Words, compare


class Kind(StrEnum):
    """What may have happened to a chapter, a requirement or a milestone. Several may have."""

    ADDED = "added"
    DROPPED = "dropped"
    REWORDED = "reworded"  # the statement of a requirement, the text of a chapter
    REDATED = "redated"  # the date that counts, or the dates that led to it
    ADDRESSED = "addressed"  # who must, for whom, where
    FORCE = "force"  # from a recommendation to an obligation, or back
    ANCHORED = "anchored"  # legal text or source
    VERIFIED = "verified"  # how it is verified
    RENAMED = "renamed"  # the title
    MOVED = "moved"  # number, orientation; for a requirement, its chapter
    AIMED = "aimed"  # target or trajectory of a chapter


Item = TypeVar("Item", Requirement, Chapter, Milestone)


@dataclass(frozen=True, slots=True)
class Changed(Generic[Item]):
    """One thing that changed: as it was, None when it is new; as it is, None when it was dropped; in what it changed."""

    id: str
    before: Item | None
    after: Item | None
    kinds: tuple[Kind, ...]

    @property
    def item(self) -> Item:
        """As it is, or as it was."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found

    @property
    def wording(self) -> tuple[Words, ...]:
        """Word by word, the statement of a requirement, the title of a chapter or of a milestone."""
        return compare(_said(self.before), _said(self.after))

    @property
    def days(self) -> int | None:
        """By how many days the date that counts moved, later being positive; None when there are not two to compare."""
        before, after = _due(self.before), _due(self.after)
        return (after.first - before.first).days if before and after else None


@dataclass(frozen=True, slots=True)
class Difference:
    """From edition `a` to edition `b`. `kept`: how many requirements did not change at all."""

    a: str
    b: str
    chapters: tuple[Changed[Chapter], ...]
    requirements: tuple[Changed[Requirement], ...]
    milestones: tuple[Changed[Milestone], ...]
    kept: int

    def count(self, kind: Kind) -> int:
        """How many requirements changed in this way."""
        return sum(kind in changed.kinds for changed in self.requirements)


def difference(a: Edition, b: Edition) -> Difference:
    """What changed from `a` to `b`, in the order of `b`; what was dropped stands where it stood in `a`."""
    requirements = _changed(a.requirements, b.requirements, _requirement)
    gone = sum(changed.after is None for changed in requirements)
    return Difference(
        a=a.id,
        b=b.id,
        chapters=_changed(a.chapters, b.chapters, _chapter),
        requirements=requirements,
        milestones=_changed(a.milestones, b.milestones, _milestone),
        kept=len(b.requirements) - (len(requirements) - gone),
    )


def _changed(
    before: Sequence[Item], after: Sequence[Item], compare_two: Callable[[Item, Item], Iterable[Kind]]
) -> tuple[Changed[Item], ...]:
    old = {item.id: item for item in before}
    new = {item.id for item in after}
    followed_by: dict[str, list[Item]] = {}  # dropped items, after the last one before them that was kept
    last = ""
    for item in before:
        if item.id in new:
            last = item.id
        else:
            followed_by.setdefault(last, []).append(item)
    found = [Changed(item.id, item, None, (Kind.DROPPED,)) for item in followed_by.get("", ())]
    for item in after:
        was = old.get(item.id)
        if was is None:
            found.append(Changed(item.id, None, item, (Kind.ADDED,)))
        elif was != item and (kinds := tuple(compare_two(was, item))):
            found.append(Changed(item.id, was, item, kinds))
        found += [Changed(gone.id, gone, None, (Kind.DROPPED,)) for gone in followed_by.get(item.id, ())]
    return tuple(found)


def _requirement(a: Requirement, b: Requirement) -> Iterable[Kind]:
    if a.statement != b.statement:
        yield Kind.REWORDED
    if _calendar(a.dates) != _calendar(b.dates):
        yield Kind.REDATED
    if (set(a.addressees), set(a.users), set(a.regions)) != (set(b.addressees), set(b.users), set(b.regions)):
        yield Kind.ADDRESSED
    if a.force is not b.force:
        yield Kind.FORCE
    if a.chapter != b.chapter:
        yield Kind.MOVED
    if (a.legal, a.source) != (b.legal, b.source):
        yield Kind.ANCHORED
    if (a.verified, a.not_verified) != (b.verified, b.not_verified):
        yield Kind.VERIFIED


def _chapter(a: Chapter, b: Chapter) -> Iterable[Kind]:
    if a.title != b.title:
        yield Kind.RENAMED
    if (a.number, a.orientation) != (b.number, b.orientation):
        yield Kind.MOVED
    if (a.target, a.trajectory) != (b.target, b.trajectory):
        yield Kind.AIMED
    if (a.summary, a.sections) != (b.summary, b.sections):
        yield Kind.REWORDED


def _milestone(a: Milestone, b: Milestone) -> Iterable[Kind]:
    if a.title != b.title:
        yield Kind.RENAMED
    if (_calendar(a.dates), a.ends) != (_calendar(b.dates), b.ends):
        yield Kind.REDATED
    if (set(a.addressees), set(a.chapters)) != (set(b.addressees), set(b.chapters)):
        yield Kind.ADDRESSED


def _calendar(dates: Dates) -> tuple[object, ...]:
    """The days alone: a better source for the same day is not another date."""
    return (
        dates.planned.on if dates.planned else None,
        tuple(dated.on for dated in dates.revised),
        dates.actual.on if dates.actual else None,
    )


def _said(item: Requirement | Chapter | Milestone | None) -> str:
    if item is None:
        return ""
    return item.statement if isinstance(item, Requirement) else item.title


def _due(item: Requirement | Chapter | Milestone | None) -> PartialDate | None:
    due = item.dates.due if isinstance(item, (Requirement, Milestone)) else None
    return due.on if due else None
