"""The house as a drawing: where each floor and each box stands. Pure geometry; the template only writes it down."""

from collections.abc import Sequence
from dataclasses import dataclass

from socle.kernel.outcome import Language
from socle.kernel.pages.contract import RUNNING, ModuleCard
from socle.kernel.pages.texts import typeset

_BOX = 58  # height of a box
_GAP = 10
_LABEL = 34  # height of a floor's own label
_PAD = 14
_ROOF = 96
_GROUND = 52
_LETTER = 7.6  # average width of a letter of 13.5 px, bold, in the widest of the system fonts


@dataclass(frozen=True, slots=True)
class Box:
    """A module: a window of the house, lit when it runs."""

    name: str
    title: str
    lines: tuple[str, ...]
    running: bool
    x: float
    y: float
    width: float
    height: float = _BOX

    def line_y(self, index: int) -> float:
        """Baseline of a line of the title, the lines being centred in the box."""
        return self.y + self.height / 2 - (len(self.lines) - 1) * 8.5 + index * 17 + 4.5


@dataclass(frozen=True, slots=True)
class Floor:
    """A room, with its boxes."""

    room: str
    x: float
    y: float
    width: float
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The house. `roof` and `shed` are polygons, `ground` is where the kernel begins, `attic` a window (x, y, r)."""

    kind: str
    width: float
    height: float
    roof: str
    shed: str
    floors: tuple[Floor, ...]
    ground: float
    attic: tuple[float, float, float]


def wide(modules: Sequence[ModuleCard], language: Language) -> Drawing:
    """The house for a wide screen: three floors, the support as an annex beside."""
    top = 12.0
    y = top + _ROOF
    platforms = _floor("platforms", modules, language, 40, y, 680, 3)
    services = _floor("services", modules, language, 40, platforms.y + platforms.height, 680, 4)
    foundations = _floor("foundations", modules, language, 20, services.y + services.height, 720, 4)
    ground = foundations.y + foundations.height
    annex = _floor("support", modules, language, 772, 0, 208, 1)
    annex = _floor("support", modules, language, 772, ground - annex.height, 208, 1)
    roof = f"12,{y} 380,{top} 748,{y}"
    shed = f"760,{annex.y} 760,{annex.y - 14} 992,{annex.y - 46} 992,{annex.y}"
    floors = (platforms, services, foundations, annex)
    return Drawing("wide", 1000, ground + _GROUND, roof, shed, floors, ground, (380, top + 58, 19))


def narrow(modules: Sequence[ModuleCard], language: Language) -> Drawing:
    """The house for a phone: two boxes a row, the support as a garden at its feet."""
    top = 6.0
    y = top + 62
    platforms = _floor("platforms", modules, language, 14, y, 332, 2)
    services = _floor("services", modules, language, 14, platforms.y + platforms.height, 332, 2)
    foundations = _floor("foundations", modules, language, 4, services.y + services.height, 352, 2)
    garden = _floor("support", modules, language, 4, foundations.y + foundations.height + 14, 352, 2)
    ground = garden.y + garden.height
    roof = f"0,{y} 180,{top} 360,{y}"
    floors = (platforms, services, foundations, garden)
    return Drawing("narrow", 360, ground + _GROUND, roof, "", floors, ground, (180, top + 38, 11))


def _floor(
    room: str, modules: Sequence[ModuleCard], language: Language, x: float, y: float, width: float, columns: int
) -> Floor:
    inside = [module for module in modules if module.room == room]
    step = (width - 2 * _PAD + _GAP) / columns
    boxes = tuple(
        Box(
            name=module.name,
            title=typeset(module.title.to(language), language),
            lines=wrap(typeset(module.title.to(language), language), int((step - _GAP - 14) / _LETTER)),
            running=module.status == RUNNING,
            x=round(x + _PAD + (i % columns) * step, 1),
            y=y + _LABEL + (i // columns) * (_BOX + _GAP),
            width=round(step - _GAP, 1),
        )
        for i, module in enumerate(inside)
    )
    rows = -(-len(inside) // columns)
    return Floor(room, x, y, width, _LABEL + rows * (_BOX + _GAP) - (_GAP if rows else 0) + _PAD, boxes)


def wrap(title: str, most: int, lines: int = 3) -> tuple[str, ...]:
    """A title cut into at most `lines` lines of about `most` letters, at its blanks; the rest is an ellipsis."""
    out: list[str] = []
    for word in title.split(" "):
        if out and len(out[-1]) + 1 + len(word) <= most:
            out[-1] += f" {word}"
        else:
            out.append(word)
    if len(out) > lines:
        out = [*out[: lines - 1], f"{out[lines - 1][: most - 1]}…"]
    return tuple(out)
