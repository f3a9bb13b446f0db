"""The life cycle drawn from its table: a box a state, an arrow a transition. Pure geometry."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

from socle.foundations.interoperability.model import State
from socle.foundations.interoperability.rules.lifecycle import TABLE

_ORDER: Final = tuple(state for state in State if state is not State.UNKNOWN)
_LEFT, _WIDTH, _HEIGHT, _STEP, _TOP = 90, 200, 52, 92, 8
_TONES: Final = {
    State.DRAFT: "unknown",
    State.PUBLIC_COMMENT: "attention",
    State.TRIAL_IMPLEMENTATION: "foundations",
    State.FINAL_TEXT: "ok",
    State.DEPRECATED: "attention",
    State.WITHDRAWN: "refused",
}


def tone(state: State) -> str:
    """The tone of a state."""
    return _TONES.get(state, "unknown")


def drawing(names: Mapping[State, str], counts: Mapping[State, str], title: str) -> Markup:
    """The picture. names, counts: what each box says, in the reader's language. Its table says the same in words."""
    boxes = Markup("").join(
        Markup(
            '<g class="state tone-{tone}"><rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6"/>'
            '<text x="{tx}" y="{ty}" class="name">{name}</text><text x="{tx}" y="{cy}" class="count">{count}</text></g>'
        ).format(
            tone=tone(state),
            x=_LEFT,
            y=_TOP + n * _STEP,
            w=_WIDTH,
            h=_HEIGHT,
            tx=_LEFT + _WIDTH / 2,
            ty=_TOP + n * _STEP + 22,
            cy=_TOP + n * _STEP + 41,
            name=names[state],
            count=counts.get(state, ""),
        )
        for n, state in enumerate(_ORDER)
    )
    arrows = Markup("").join(
        Markup('<path class="arrow" d="{d}" marker-end="url(#head)"/>').format(d=_path(one.before, one.after))
        for one in TABLE
        if one.before is not None and not one.same
    )
    height = _TOP * 2 + _STEP * (len(_ORDER) - 1) + _HEIGHT
    return Markup(
        '<svg class="lifecycle" viewBox="0 0 380 {height}" role="img" aria-label="{title}">'
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker></defs>{arrows}{boxes}</svg>'
    ).format(height=height, title=title, arrows=arrows, boxes=boxes)


def _path(before: State, after: State) -> str:
    """Down to the next state: a straight line. Further down: a curve on the right. Up: a curve on the left."""
    start, end = _ORDER.index(before), _ORDER.index(after)
    if end == start + 1:
        x = _LEFT + _WIDTH / 2
        return f"M{x} {_TOP + start * _STEP + _HEIGHT} V{_TOP + end * _STEP - 2}"
    down = end > start
    x = _LEFT + _WIDTH if down else _LEFT
    out = 22 * abs(end - start) * (1 if down else -1)
    # Arrows that leave or reach the same box do not start at the same height.
    y0 = _TOP + start * _STEP + (36 if down else 14)
    y1 = _TOP + end * _STEP + (14 if down else 36) + (4 * (start - end - 1) if not down else 0)
    return f"M{x} {y0} C{x + out} {y0} {x + out} {y1} {x + (2 if down else -2)} {y1}"
