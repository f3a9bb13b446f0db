"""The state diagram of the statuses, drawn from the table of transitions: what the table says is what one sees.

The four statuses stand where the RNIV puts them: INSi from left to right, the document from top to bottom (EXI SI 07).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from socle.foundations.ins.model import StatutIdentite
from socle.foundations.ins.rules import TRANSITIONS, Evenement
from socle.kernel.pages import Markup

_WIDTH, _HEIGHT = 210, 76
_AT = {
    StatutIdentite.PROV: (20, 40),
    StatutIdentite.RECUP: (620, 40),
    StatutIdentite.VALI: (20, 380),
    StatutIdentite.QUAL: (620, 380),
}
TONES = {
    StatutIdentite.PROV: "unknown",
    StatutIdentite.RECUP: "attention",
    StatutIdentite.VALI: "foundations",
    StatutIdentite.QUAL: "ok",
}
_LINE = 18  # height of a line of a label


@dataclass(frozen=True, slots=True)
class Arrow:
    """Everything that leads from one status to another (or to itself)."""

    before: StatutIdentite
    after: StatutIdentite
    events: tuple[Evenement, ...]


def arrows() -> list[Arrow]:
    """The table of transitions, events between the same two statuses together."""
    grouped: dict[tuple[StatutIdentite, StatutIdentite], list[Evenement]] = {}
    for (event, before), after in TRANSITIONS.items():
        grouped.setdefault((before, after), []).append(event)
    found = [Arrow(before, after, tuple(events)) for (before, after), events in grouped.items()]
    order = list(StatutIdentite)
    return sorted(found, key=lambda a: (order.index(a.before), a.before is a.after, order.index(a.after)))


def drawing(say_status: Callable[[StatutIdentite], str], say_event: Callable[[Evenement], str], title: str) -> Markup:
    """The diagram as SVG, in the words of `say_status` and `say_event`; arrows that change nothing are left out."""
    moving = [arrow for arrow in arrows() if arrow.before is not arrow.after]
    return Markup(
        '<svg class="states" viewBox="0 0 850 480" role="img" aria-label="{title}">'
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" '
        'orient="auto-start-reverse"><path d="M0 0 10 5 0 10z"/></marker></defs>{arrows}{boxes}</svg>'
    ).format(
        title=title,
        arrows=Markup("").join(_arrow(arrow, say_event) for arrow in moving),
        boxes=Markup("").join(_box(statut, say_status(statut)) for statut in StatutIdentite),
    )


def _box(statut: StatutIdentite, name: str) -> Markup:
    x, y = _AT[statut]
    return Markup(
        '<g class="tone-{tone}"><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>'
        '<text class="code" x="{middle}" y="{code_y}">{code}</text><text x="{middle}" y="{name_y}">{name}</text></g>'
    ).format(
        tone=TONES[statut],
        x=x,
        y=y,
        width=_WIDTH,
        height=_HEIGHT,
        middle=x + _WIDTH / 2,
        code_y=y + 34,
        code=statut.value,
        name_y=y + 58,
        name=name,
    )


def _arrow(arrow: Arrow, say: Callable[[Evenement], str]) -> Markup:
    (x0, y0), (x1, y1) = _AT[arrow.before], _AT[arrow.after]
    words = [say(event) for event in arrow.events]
    if y0 == y1:  # along: forward above, back below
        forward = x1 > x0
        y = y0 + (24 if forward else 52)
        start, end = (x0 + _WIDTH, x1) if forward else (x0, x1 + _WIDTH)
        # Forward labels stand above their arrow, the others below; the middle of the picture is for the diagonal.
        first = y - 10 - (len(words) - 1) * _LINE if forward else y + 20
        return _drawn((start, y), (end, y), words, (415, first), "middle")
    if x0 == x1:  # up or down: down on the left, up on the right
        down = y1 > y0
        x = x0 + (16 if down else 150)
        start, end = (y0 + _HEIGHT, y1) if down else (y0, y1 + _HEIGHT)
        lines = [line for text in words for line in _wrapped(text, 13 if down else 18)]
        top = (y0 + y1 + _HEIGHT) / 2 - len(lines) * _LINE / 2 + 12
        return _drawn((x, start), (x, end), lines, (x + 8, top), "start")
    backward = y1 < y0
    start_x = x0 if x1 < x0 else x0 + _WIDTH
    end_x = x1 + _WIDTH if x1 < x0 else x1
    points = ((start_x, y0 + 10), (end_x, y1 + _HEIGHT - 10)) if backward else ((start_x, y0 + 60), (end_x, y1 + 10))
    return _drawn(*points, words, (455, 255 - len(words) * _LINE / 2), "start")


def _drawn(
    start: tuple[float, float], end: tuple[float, float], lines: Iterable[str], at: tuple[float, float], anchor: str
) -> Markup:
    label = Markup("").join(
        Markup('<text x="{x}" y="{y}" text-anchor="{anchor}">{line}</text>').format(
            x=at[0], y=at[1] + i * _LINE, anchor=anchor, line=line
        )
        for i, line in enumerate(lines)
    )
    path = Markup('<path d="M{} {}L{} {}" marker-end="url(#tip)"/>').format(*start, *end)
    return Markup('<g class="arrow">{}{}</g>').format(path, label)


def _wrapped(text: str, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
