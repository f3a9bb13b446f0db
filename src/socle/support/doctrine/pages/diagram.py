"""`/doctrine/<year>/schema`: the target architecture as a picture, each block with its live state; and as a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from starlette.responses import Response

from socle.kernel.module import Health, Module, State
from socle.kernel.pages import Page, only, typeset
from socle.support.doctrine.model import Chapter, DiagramBlock, Edition
from socle.support.doctrine.pages.shell import Room, show
from socle.support.doctrine.rules.layout import NARROW, WIDE, lay_out


class Standing(StrEnum):
    """How a block is, from the modules that implement it: PARTIAL when some run and others are absent."""

    RUNNING = "running"
    PARTIAL = "partial"
    DEGRADED = "degraded"
    ABSENT = "absent"
    OUTSIDE = "outside"  # nothing of the house implements it: others build it


@dataclass(frozen=True, slots=True)
class Seen:
    """A block as readers meet it: its chapter, the modules that implement it and how each is, all of them together."""

    block: DiagramBlock
    chapter: Chapter | None
    modules: Sequence[tuple[Module, Health]]
    standing: Standing


async def show_diagram(page: Page, room: Room) -> Response:
    """The target diagram of an edition."""
    only(page)
    reader = await room.library.get(page.path("year"))
    edition = reader.edition
    seen = {
        block.id: Seen(
            block,
            edition.chapter_by_id.get(block.chapter),
            [(module, room.health[module.name]) for module in reader.modules(block.modules)],
            together([room.health[name].state if name in room.health else State.ABSENT for name in block.modules]),
        )
        for block in edition.diagram.blocks
    }
    return show(
        page,
        "diagram.html",
        reader,
        "diagram",
        drawings=[lay_out(edition.diagram, WIDE), lay_out(edition.diagram, NARROW)],
        fr=lambda text: typeset(text, "fr"),
        seen=seen,
        counts=[(standing, sum(one.standing is standing for one in seen.values())) for standing in Standing],
        places=places(edition),
        flows=edition.diagram.flows,
        names=names(edition),
    )


def together(states: Sequence[State]) -> Standing:
    """How a block is when its modules are so; a module that this house does not know is absent."""
    if not states:
        return Standing.OUTSIDE
    if State.DEGRADED in states:
        return Standing.DEGRADED
    if all(state is State.RUNNING for state in states):
        return Standing.RUNNING
    return Standing.PARTIAL if State.RUNNING in states else Standing.ABSENT


def places(edition: Edition) -> list[tuple[str, str, list[DiagramBlock]]]:
    """The list behind the picture: each band and each door with its name, its motto and its blocks."""
    diagram = edition.diagram
    found: list[tuple[str, str, list[DiagramBlock]]] = []
    for band in diagram.bands:
        doors = [door for door in diagram.doors if door.band == band.id]
        found += [(one.title, one.motto, [block for block in diagram.blocks if block.door == one.id]) for one in doors]
        found.append((band.title, "", [block for block in diagram.blocks if block.band == band.id and not block.door]))
    return [place for place in found if place[2]]


def names(edition: Edition) -> Mapping[str, str]:
    """What each element of the diagram is called, for the list of flows."""
    diagram = edition.diagram
    bands = {band.id: band.title for band in diagram.bands}
    doors = {door.id: door.title for door in diagram.doors}
    return bands | doors | {block.id: block.title for block in diagram.blocks}
