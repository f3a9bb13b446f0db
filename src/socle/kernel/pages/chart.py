"""Charts as SVG made by the server: direct labels, and the table always behind the picture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from socle.kernel.outcome import Language
from socle.kernel.pages.texts import number


@dataclass(frozen=True, slots=True)
class Slice:
    """One value of a chart. `tone`: ok, attention, refused, unknown, or a room."""

    label: str
    value: int
    tone: str = "unknown"


def share(value: int, total: int, language: Language) -> str:
    """A share of the whole as written: 12,5 %, 12.5%; a dash when there is no whole."""
    if not total:
        return "—"
    percent = round(100 * value / total, 1)
    written = number(int(percent) if percent == int(percent) else percent, language)
    return f"{written}\N{NO-BREAK SPACE}%" if language == "fr" else f"{written}%"


def bars(slices: Sequence[Slice], title: str, language: Language) -> Markup:
    """Horizontal bars, each with its label and value: readable without any colour."""
    total = sum(s.value for s in slices)
    most = max([s.value for s in slices], default=0) or 1
    rows = Markup("").join(
        Markup(
            '<g class="tone-{tone}"><text x="0" y="{label_y}" class="chart-label">{label}</text>'
            '<rect x="0" y="{y}" width="{width}" height="14" rx="3"/>'
            '<text x="{value_x}" y="{value_y}" class="chart-value">{value} · {share}</text></g>'
        ).format(
            tone=s.tone,
            label=s.label,
            label_y=i * 48 + 14,
            y=i * 48 + 21,
            width=max(2, round(360 * s.value / most)) if s.value else 0,
            value_x=(max(2, round(360 * s.value / most)) if s.value else 0) + 8,
            value_y=i * 48 + 33,
            value=number(s.value, language),
            share=share(s.value, total, language),
        )
        for i, s in enumerate(slices)
    )
    return Markup('<svg class="chart" viewBox="0 0 480 {height}" role="img" aria-label="{title}">{rows}</svg>').format(
        height=max(1, len(slices)) * 48, title=_described(slices, title, language), rows=rows
    )


def donut(slices: Sequence[Slice], title: str, language: Language) -> Markup:
    """A ring with the share of each part, the total in the middle."""
    total = sum(s.value for s in slices)
    arcs, turn = [], 0.0
    around = 2 * math.pi * 70
    for s in slices:
        if not s.value:
            continue
        length = around * s.value / total
        arcs.append(
            Markup(
                '<circle class="tone-{tone}" cx="100" cy="100" r="70" stroke-dasharray="{length:.2f} {rest:.2f}" '
                'stroke-dashoffset="{offset:.2f}"/>'
            ).format(tone=s.tone, length=max(0.5, length - 2), rest=around - max(0.5, length - 2), offset=-turn)
        )
        turn += length
    return Markup(
        '<svg class="donut" viewBox="0 0 200 200" role="img" aria-label="{title}">'
        '<g transform="rotate(-90 100 100)"><circle class="track" cx="100" cy="100" r="70"/>{arcs}</g>'
        '<text x="100" y="112" class="donut-total">{total}</text></svg>'
    ).format(title=_described(slices, title, language), arcs=Markup("").join(arcs), total=number(total, language))


def _described(slices: Sequence[Slice], title: str, language: Language) -> str:
    total = sum(s.value for s in slices)
    said = ", ".join(f"{s.label} {number(s.value, language)} ({share(s.value, total, language)})" for s in slices)
    return f"{title}. {said}"
