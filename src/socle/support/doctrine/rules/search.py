"""Full-text search of an edition: an index in memory, made once, that answers in well under a millisecond.

In process rather than in PostgreSQL: an edition is a few hundred kilobytes that never change, the index needs no table
to keep in step with the files, accents need no extension, and the words that matched are known, so that they can be shown.
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from socle.support.doctrine.rules.french import folded, stems, words

MOST_WORDS = 12  # of a question; the rest is not looked at
_SHORTEST_BEGINNING = 3


class Kind(StrEnum):
    """What can be found."""

    CHAPTER = "chapter"
    BLOCK = "block"
    REQUIREMENT = "requirement"
    MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found.

    id     of the chapter, the requirement or the milestone; the anchor of a block
    title  its words count three times
    text   plain words, shown with what matched
    """

    kind: Kind
    id: str
    chapter: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that answers, and how well: the larger the better."""

    entry: Entry
    score: float


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: for each word that counts, every form of it that the index knows; and all of them together."""

    words: tuple[frozenset[str], ...]
    forms: frozenset[str]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Where in a text the words looked for are: beginning and end of each."""
        return [(begin, end) for begin, end, own in _stemmed(text) if not self.forms.isdisjoint(own)]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `found` when it is what was looked for."""

    text: str
    found: bool


class Index:
    """Entries, found by their words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries: Sequence[Entry] = tuple(entries)
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        plain: dict[str, frozenset[str]] = {}
        for rank, entry in enumerate(self.entries):
            counts: Counter[str] = Counter()
            for weight, text in ((3, entry.title), (1, entry.text)):
                for _, _, word in words(text):
                    for stem in stems(word):
                        counts[stem] += weight
                    plain.setdefault(folded(word), stems(word))
            for stem, count in counts.items():
                self._postings[stem][rank] = count / (count + 1.2)
        self._vocabulary = sorted(plain)
        self._plain = plain

    def question(self, text: str) -> Question:
        """What `text` looks for. The last word may be the beginning of one ("interop")."""
        typed = [word for _, _, word in words(text)][:MOST_WORDS]
        found = [stems(word) | (self._beginning(word) if word is typed[-1] else frozenset()) for word in typed]
        return Question(tuple(wanted for wanted in found if wanted), frozenset().union(*found))

    def _beginning(self, word: str) -> frozenset[str]:
        plain = folded(word)
        if len(plain) < _SHORTEST_BEGINNING or not stems(word):
            return frozenset()
        first = bisect_left(self._vocabulary, plain)
        last = bisect_left(self._vocabulary, plain + "\U0010ffff")
        return frozenset(stem for longer in self._vocabulary[first:last] for stem in self._plain[longer])

    def find(self, question: Question, *, every_word: bool = True) -> list[Hit]:
        """Entries that hold every word of the question (or one at least), the best first; none for an empty question."""
        scores: dict[int, float] = defaultdict(float)
        matched: Counter[int] = Counter()
        for wanted in question.words:
            best: dict[int, float] = {}
            for stem in wanted:
                posting = self._postings.get(stem, {})
                rare = math.log(1 + len(self.entries) / len(posting)) if posting else 0.0
                for rank, weight in posting.items():
                    best[rank] = max(best.get(rank, 0.0), rare * weight)
            for rank, score in best.items():
                scores[rank] += score
                matched[rank] += 1
        needed = len(question.words) if every_word else 1
        kept = [rank for rank in scores if matched[rank] >= needed]
        kept.sort(key=lambda rank: (-matched[rank], -scores[rank], rank))
        return [Hit(self.entries[rank], scores[rank]) for rank in kept]


@lru_cache(maxsize=4_096)
def _stemmed(text: str) -> tuple[tuple[int, int, frozenset[str]], ...]:
    return tuple((begin, end, stems(word)) for begin, end, word in words(text))


def pieces(text: str, question: Question) -> list[Piece]:
    """A text cut at the words that were looked for."""
    return _cut(text, 0, len(text), question.places(text))


def passage(text: str, question: Question, *, most: int = 280) -> list[Piece]:
    """The part of a text where the words looked for are the densest, of `most` characters or so, cut between words."""
    if "\n" in text or "  " in text:
        text = " ".join(text.split())
    found = question.places(text)
    if len(text) <= most:
        return _cut(text, 0, len(text), found)
    starts = [begin for begin, _ in found]
    start = max(starts, key=lambda at: sum(at <= other < at + most * 3 // 4 for other in starts), default=0)
    begin = text.rfind(" ", 0, max(0, start - most // 4)) + 1 if start > most // 4 else 0
    end = len(text) if begin + most >= len(text) else text.rfind(" ", 0, begin + most)
    if end <= begin:  # one word that is longer than what is shown
        end = begin + most
    before = [Piece("… ", False)] if begin else []
    after = [Piece(" …", False)] if end < len(text) else []
    return [*before, *_cut(text, begin, end, found), *after]


def _cut(text: str, first: int, last: int, found: Sequence[tuple[int, int]]) -> list[Piece]:
    out: list[Piece] = []
    done = first
    for begin, end in found:
        if begin < first or end > last:
            continue
        if begin > done:
            out.append(Piece(text[done:begin], False))
        out.append(Piece(text[begin:end], True))
        done = end
    if done < last:
        out.append(Piece(text[done:last], False))
    return out
