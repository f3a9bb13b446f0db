"""The target diagram as a picture: where every band, door, block and arrow stands. Pure geometry, in pixels.

A band is as high as what it holds; a block is as high as its words, wrapped; arrows stand in the gaps between bands and
between doors. Two pictures are made of one diagram: `WIDE` sets the doors side by side, `NARROW` one above the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from socle.support.doctrine.model import Band, Diagram, DiagramBlock, Flow, FrontDoor

TITLE_LETTER: Final = 8.6  # width of a bold letter of 14 px in the widest of the system fonts, on average
NOTE_LETTER: Final = 6.9  # of 12.5 px
HEAD_LETTER: Final = 9.2  # of a band's title, bold, 15 px
LABEL_LETTER: Final = 7.6  # of an arrow's label, 13 px
TITLE_LINE: Final = 18.0
NOTE_LINE: Final = 16.0
STATE_LINE: Final = 20.0
HEAD_LINE: Final = 22.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The proportions of a picture.

    columns     of blocks in a band, at most; door_columns: in a door
    is_stacked  whether doors stand one above the other
    """

    name: str
    width: float
    columns: int
    door_columns: int
    is_stacked: bool
    pad: float  # between a border and what it holds
    gap: float  # between two blocks
    flow: float  # between two bands, or two doors: where arrows stand


WIDE: Final = Frame("wide", 1152, 5, 2, is_stacked=False, pad=16, gap=12, flow=64)
NARROW: Final = Frame("narrow", 342, 2, 2, is_stacked=True, pad=9, gap=8, flow=60)
BETWEEN_DOORS: Final = 132.0  # when they stand side by side


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """Half way across."""
        return self.x + self.width / 2

    def holds(self, other: "Box") -> bool:
        """Whether the other is inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def meets(self, other: "Box") -> bool:
        """Whether the two share a surface."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class PlacedBlock:
    """A block, its words in lines."""

    block: DiagramBlock
    box: Box
    title: tuple[str, ...]
    note: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacedDoor:
    """A front door and its blocks."""

    door: FrontDoor
    box: Box
    title: tuple[str, ...]
    motto: tuple[str, ...]
    blocks: tuple[PlacedBlock, ...]


@dataclass(frozen=True, slots=True)
class PlacedBand:
    """A band, its doors, and the blocks that stand in none."""

    band: Band
    box: Box
    title: tuple[str, ...]
    doors: tuple[PlacedDoor, ...]
    blocks: tuple[PlacedBlock, ...]

    @property
    def every_block(self) -> tuple[PlacedBlock, ...]:
        """Those of the doors, then those that stand in none."""
        return (*(block for door in self.doors for block in door.blocks), *self.blocks)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A flow: from (x1, y1) to (x2, y2), its label in lines that begin, or are centred, at (label_x, label_y)."""

    flow: Flow
    x1: float
    y1: float
    x2: float
    y2: float
    label: tuple[str, ...]
    label_x: float
    label_y: float
    is_centred: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture."""

    frame: Frame
    width: float
    height: float
    bands: tuple[PlacedBand, ...]
    arrows: tuple[Arrow, ...]


def lay_out(diagram: Diagram, frame: Frame) -> Drawing:
    """Place everything. Flows inside one band that has no two doors for them are not drawn: the list says them."""
    place = _Places(diagram)
    bands: list[PlacedBand] = []
    arrows: list[Arrow] = []
    y = 2.0
    for rank, band in enumerate(diagram.bands):
        placed = _band(band, diagram, frame, y)
        bands.append(placed)
        arrows += _between_doors(placed, place, frame)
        y = placed.box.bottom
        if rank + 1 < len(diagram.bands):
            flows = place.between(rank)
            below = y + frame.flow
            arrows += _between_bands(flows, rank, place, frame, y, below)
            y = below
    return Drawing(frame, frame.width, y + 2.0, tuple(bands), tuple(arrows))


def wrap(text: str, width: float, letter: float) -> tuple[str, ...]:
    """A text cut at its blanks into lines of at most `width`; a word longer than a line is cut with a hyphen."""
    most = max(2, int(width / letter))
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
            continue
        while len(word) > most:
            lines.append(f"{word[: most - 1]}-")
            word = word[most - 1 :]
        lines.append(word)
    return tuple(lines)


class _Places:
    """Which band and which door each element stands in, by name."""

    def __init__(self, diagram: Diagram) -> None:
        ranks = {band.id: rank for rank, band in enumerate(diagram.bands)}
        self.band = dict(ranks)
        self.door: dict[str, str] = {door.id: door.id for door in diagram.doors}
        standing: tuple[FrontDoor | DiagramBlock, ...] = (*diagram.doors, *diagram.blocks)
        self.title = {one.id: one.title for one in diagram.bands} | {one.id: one.title for one in standing}
        for one in standing:
            self.band[one.id] = ranks[one.band]
        for block in diagram.blocks:
            if block.door:
                self.door[block.id] = block.door
        self.flows = diagram.flows

    def between(self, rank: int) -> list[Flow]:
        """Flows that leave from one side of the gap below the band `rank`, and go to the other side."""
        found = []
        for flow in self.flows:
            source, target = self.band[flow.source], self.band[flow.target]
            if (source == rank and target > rank) or (source == rank + 1 and target <= rank):
                found.append(flow)
        return found


def _band(band: Band, diagram: Diagram, frame: Frame, y: float) -> PlacedBand:
    inner = frame.width - 4 - 2 * frame.pad
    x = 2 + frame.pad
    title = wrap(band.title, inner, HEAD_LETTER)
    top = y + frame.pad / 2 + len(title) * HEAD_LINE + 8
    doors: list[PlacedDoor] = []
    own = [door for door in diagram.doors if door.band == band.id]
    if own:
        apart = frame.flow if frame.is_stacked else BETWEEN_DOORS
        width = inner if frame.is_stacked else (inner - (len(own) - 1) * apart) / len(own)
        at_x, at_y = x, top
        for door in own:
            doors.append(_door(door, [b for b in diagram.blocks if b.door == door.id], frame, at_x, at_y, width))
            if frame.is_stacked:
                at_y = doors[-1].box.bottom + apart
            else:
                at_x += width + apart
        bottom = max(door.box.bottom for door in doors)
        doors = doors if frame.is_stacked else [_as_high(door, bottom) for door in doors]
        top = bottom + frame.gap
    loose = [block for block in diagram.blocks if block.band == band.id and not block.door]
    blocks = _grid(loose, frame.columns, frame, x, top, inner)
    bottom = max([top - frame.gap, *(block.box.bottom for block in blocks)])
    box = Box(2, y, frame.width - 4, bottom + frame.pad - y)
    return PlacedBand(band, box, title, tuple(doors), blocks)


def _door(
    door: FrontDoor, blocks: Sequence[DiagramBlock], frame: Frame, x: float, y: float, width: float
) -> PlacedDoor:
    inner = width - 2 * frame.pad
    title = wrap(door.title, inner, HEAD_LETTER)
    motto = wrap(door.motto, inner, LABEL_LETTER)
    top = y + frame.pad / 2 + len(title) * HEAD_LINE + len(motto) * NOTE_LINE + 12
    placed = _grid(blocks, frame.door_columns, frame, x + frame.pad, top, inner)
    bottom = max([top, *(block.box.bottom for block in placed)]) + frame.pad
    return PlacedDoor(door, Box(x, y, width, bottom - y), title, motto, placed)


def _as_high(door: PlacedDoor, bottom: float) -> PlacedDoor:
    return replace(door, box=replace(door.box, height=bottom - door.box.y))


def _grid(
    blocks: Sequence[DiagramBlock], columns: int, frame: Frame, x: float, y: float, width: float
) -> tuple[PlacedBlock, ...]:
    """Blocks in rows as even as can be; all blocks of a row are as high as the highest."""
    if not blocks:
        return ()
    rows = -(-len(blocks) // columns)
    across = -(-len(blocks) // rows)
    each = (width - (across - 1) * frame.gap) / across
    inner = each - 2 * min(frame.pad, 12)
    placed: list[PlacedBlock] = []
    for first in range(0, len(blocks), across):
        row = [
            (b, wrap(b.title, inner, TITLE_LETTER), wrap(b.note, inner, NOTE_LETTER))
            for b in blocks[first : first + across]
        ]
        height = max(block_height(title, note) for _, title, note in row)
        for rank, (block, title, note) in enumerate(row):
            box = Box(round(x + rank * (each + frame.gap), 1), y, round(each, 1), height)
            placed.append(PlacedBlock(block, box, title, note))
        y += height + frame.gap
    return tuple(placed)


def block_height(title: Sequence[str], note: Sequence[str]) -> float:
    """How high a block of these lines is, its state below them."""
    return 12 + len(title) * TITLE_LINE + len(note) * NOTE_LINE + 6 + STATE_LINE + 6


def _between_doors(placed: PlacedBand, place: _Places, frame: Frame) -> list[Arrow]:
    """Flows from a door of the band to the next one; several share the gap."""
    found: list[Arrow] = []
    for left, right in zip(placed.doors, placed.doors[1:], strict=False):
        pair = {left.door.id, right.door.id}
        flows = [f for f in place.flows if {place.door.get(f.source), place.door.get(f.target)} == pair]
        for rank, flow in enumerate(flows):
            forward = place.door[flow.source] == left.door.id
            if frame.is_stacked:
                found.append(_upright(flow, forward, rank, len(flows), flow.label, frame, left.box.bottom, right.box.y))
                continue
            y = left.box.y + left.box.height * (rank + 1) / (len(flows) + 1)
            ends = (left.box.right + 6, right.box.x - 6)
            label = wrap(flow.label, ends[1] - ends[0] - 8, LABEL_LETTER)
            middle = (ends[0] + ends[1]) / 2
            x1, x2 = ends if forward else ends[::-1]
            top = y - 10 - (len(label) - 1) * NOTE_LINE
            found.append(Arrow(flow, x1, y, x2, y, label, middle, top, is_centred=True))
    return found


def _between_bands(
    flows: Sequence[Flow], rank: int, place: _Places, frame: Frame, above: float, below: float
) -> list[Arrow]:
    """Flows that cross the gap below a band, side by side; one that goes further says where."""
    found = []
    for i, flow in enumerate(flows):
        down = place.band[flow.source] <= rank
        reached = place.band[flow.target]
        is_next = reached in (rank, rank + 1)
        label = flow.label if is_next else f"{flow.label} (vers : {place.title[flow.target]})"
        found.append(_upright(flow, down, i, len(flows), label, frame, above, below))
    return found


def _upright(
    flow: Flow, down: bool, rank: int, count: int, label: str, frame: Frame, above: float, below: float
) -> Arrow:
    """An arrow that stands, in the `rank`-th part of the width, its label at its right."""
    part = frame.width / count
    room = min(part - 40, 420)
    lines = wrap(label, room, LABEL_LETTER)
    wide = max((len(line) for line in lines), default=0) * LABEL_LETTER
    x = round(part * rank + (part - wide - 12) / 2, 1)
    y1, y2 = (above + 6, below - 6) if down else (below - 6, above + 6)
    top = (above + below) / 2 - (len(lines) - 1) * NOTE_LINE / 2 + 4.5
    return Arrow(flow, x, y1, x, y2, lines, x + 12, top, is_centred=False)
