"""`/doctrine`: who am I? Then the editions, the chapters, the next deadlines, what can be taken away."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from socle.kernel.pages import Page, only
from socle.support.doctrine.model import PartialDate
from socle.support.doctrine.pages.library import Reader
from socle.support.doctrine.pages.shell import Room, show
from socle.support.doctrine.pages.words import KINDS

NEXT = 6


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that falls due: `what` is the identifier of a requirement, "" for a milestone."""

    on: PartialDate
    title: str
    url: str
    what: str = ""


async def show_home(page: Page, room: Room) -> Response:
    """The front door of the doctrine."""
    only(page)
    reader = await room.library.current()
    editions = await room.library.all()
    return show(
        page,
        "home.html",
        reader,
        editions=editions,
        before=next((one for one in editions if one.edition.id == reader.edition.based_on), None),
        kinds=KINDS,
        deadlines=deadlines(reader, page.now.date())[:NEXT],
        consultation=room.library.running("support.consultation"),
    )


def deadlines(reader: Reader, today: date) -> list[Deadline]:
    """What falls due from today on, the nearest first: milestones, then requirements of the same day."""
    return sorted(_ahead(reader, today), key=lambda one: (one.on.first, one.what))


def _ahead(reader: Reader, today: date) -> Iterator[Deadline]:
    for milestone in reader.edition.milestones:
        due = milestone.dates.due
        if due is not None and due.on.first >= today:
            yield Deadline(due.on, milestone.title, f"{reader.path}/calendrier#{milestone.id}")
    for one in reader.edition.requirements:
        due = one.dates.due
        if due is not None and due.on.first >= today:
            yield Deadline(due.on, one.statement, f"{reader.path}/exigences/{one.id}", one.id)
