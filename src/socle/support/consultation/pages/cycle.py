"""The yearly cycle, drawn from the table of transitions: the picture cannot say other than the rules."""

from typing import Final

from socle.kernel.outcome import Language
from socle.kernel.pages import Markup
from socle.support.consultation.model import Step
from socle.support.consultation.rules.cycle import STEPS, TRANSITIONS, Transition

_EVERY: Final = 88  # height from a step to the next
_BOX: Final = (170, 150, 44)  # left, width, height of a step


def picture(title: str, language: Language, current: Step | None = None) -> Markup:
    """The steps from top to bottom; going on at the right, coming back at the left. `current` is lit."""
    rank = {step: place for place, step in enumerate(STEPS)}
    left, width, high = _BOX
    drawn = Markup("")
    for one in TRANSITIONS:
        drawn += _arrow(one, rank[one.source], rank[one.target], language)
    for step, words in STEPS.items():
        y = rank[step] * _EVERY + 2
        drawn += Markup(
            '<g class="step{lit}"><rect x="{x}" y="{y}" width="{w}" height="{h}" rx="6"/>'
            '<text x="{middle}" y="{text_y}">{words}</text></g>'
        ).format(
            lit=" lit" if step is current else "",
            x=left,
            y=y,
            w=width,
            h=high,
            middle=left + width // 2,
            text_y=y + 28,
            words=words.to(language),
        )
    return Markup(
        '<svg class="cycle" viewBox="0 0 480 {height}" role="img" aria-label="{title}">'
        '<defs><marker id="cycle-end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" '
        'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>{drawn}</svg>'
    ).format(height=(len(STEPS) - 1) * _EVERY + high + 4, title=title, drawn=drawn)


def _arrow(one: Transition, source: int, target: int, language: Language) -> Markup:
    left, width, high = _BOX
    words = one.title.to(language)
    if target > source:
        x, start, end = left + width // 2, source * _EVERY + 2 + high, target * _EVERY
        return Markup(
            '<g class="way{clock}"><path d="M{x} {start}V{end}" marker-end="url(#cycle-end)"/>'
            '<text x="{text_x}" y="{text_y}">{words}</text></g>'
        ).format(
            clock=" by-clock" if one.by_clock else "",
            x=x,
            start=start,
            end=end,
            text_x=x + 12,
            text_y=(start + end) // 2 + 5,
            words=words,
        )
    start, end = source * _EVERY + 2 + high // 2, target * _EVERY + 2 + high // 2
    return Markup(
        '<g class="way back"><path d="M{x} {start}C{bend} {start} {bend} {end} {x} {end}" marker-end="url(#cycle-end)"/>'
        '<text x="{text_x}" y="{text_y}" class="end">{words}</text></g>'
    ).format(
        x=left,
        start=start,
        end=end,
        bend=left - 70,
        text_x=left - 62,
        text_y=(start + end) // 2 + 5,
        words=words,
    )
