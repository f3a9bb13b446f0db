"""What strangers wrote, made safe to show: escaped, isolated, cut into paragraphs; and what they want to change."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from socle.kernel.pages import Markup
from socle.support.consultation.rules.words import Piece, difference

_LONGEST: Final = 3_000  # words; beyond, both texts are shown whole: comparing them word by word takes too long
_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_REFERENCE: Final = re.compile(r"\bC-(\d{1,9})\b|\b([A-Z]{3}-\d{3})\b")
_ONE_LINE: Final = re.compile(r"\s+")

Address = Callable[[str], str | None]


def paragraphs(text: str, address: Address = lambda name: None) -> Markup:
    """A plain text as paragraphs: blank lines part them, line ends are kept.

    address  from "C-12" or "INS-001" to where it leads, None when nothing has that name
    """
    out = Markup("")
    for part in _PARAGRAPH.split(text):
        if part.strip():
            out += Markup('<p dir="auto">{}</p>').format(_linked(part.strip("\n"), address))
    return out


def excerpt(text: str, most: int = 280) -> str:
    """The beginning of a text, on one line."""
    line = _ONE_LINE.sub(" ", text[: 4 * most]).strip()
    if len(line) <= most and len(text) <= 4 * most:
        return line
    head = line[:most]
    cut = head.rfind(" ")
    return (head[:cut] if cut > most // 2 else head) + "…"


@lru_cache(maxsize=256)
def reworded(before: str, after: str) -> Sequence[Piece]:
    """What a rewording keeps, removes and adds; whole texts when they are too long to be compared word by word."""
    if max(len(before.split()), len(after.split())) > _LONGEST:
        return (Piece("removed", before + "\n\n"), Piece("added", after))
    return difference(before, after)


def _linked(text: str, address: Address) -> Markup:
    out, last = Markup(""), 0
    for match in _REFERENCE.finditer(text):
        url = address(match[0])
        if url:
            out += Markup('{}<a href="{}">{}</a>').format(text[last : match.start()], url, match[0])
            last = match.end()
    return out + text[last:]
