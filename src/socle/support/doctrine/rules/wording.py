"""What changed between two wordings, word by word."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

# A word with what sticks to it, or what stands between words: a change is never half a word.
_TOKEN: Final = re.compile(r"\s+|[^\W_]+|[^\w\s]|_")
MOST_TOKENS: Final = 4_000  # beyond, the two texts are given whole: finding what is alike would take seconds


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Words:
    """Some words that follow each other, and what became of them."""

    change: Change
    text: str


def compare(before: str, after: str) -> tuple[Words, ...]:
    """`before` turned into `after`: what is kept, removed, added, in the order of reading.

    The words that are kept or removed make `before`, those that are kept or added make `after`.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) + len(new) > MOST_TOKENS:
        whole = ((Change.REMOVED, before), (Change.ADDED, after)) if before != after else ((Change.SAME, after),)
        return tuple(Words(change, text) for change, text in whole if text)
    # What is alike at both ends is found at once: most revisions touch a few words in the middle.
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    begun, ended = "".join(old[:head]), "".join(old[len(old) - tail :])
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    out: list[tuple[Change, str]] = [(Change.SAME, begun)]
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            out.append((Change.SAME, "".join(old[i:j])))
            continue
        out += [(Change.REMOVED, "".join(old[i:j])), (Change.ADDED, "".join(new[k:m]))]
    out.append((Change.SAME, ended))
    return _readable([(change, text) for change, text in out if text])


def _alike(old: list[str], new: list[str]) -> int:
    """How many tokens are the same from the beginning."""
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _readable(changes: list[tuple[Change, str]]) -> tuple[Words, ...]:
    """Blanks between two changes belong to both: "two words" replaced by "some others" is one change, not two."""
    out: list[Words] = []
    removed = added = ""
    for rank, (change, text) in enumerate(changes):
        between = change is Change.SAME and not text.strip() and (removed or added) and rank + 1 < len(changes)
        if between:
            removed, added = removed + text, added + text
        elif change is Change.REMOVED:
            removed += text
        elif change is Change.ADDED:
            added += text
        else:
            out += _two(removed, added)
            removed = added = ""
            out.append(Words(Change.SAME, text))
    return tuple(out + _two(removed, added))


def _two(removed: str, added: str) -> list[Words]:
    return [Words(change, text) for change, text in ((Change.REMOVED, removed), (Change.ADDED, added)) if text]
