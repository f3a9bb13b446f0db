"""What a set of contributions speaks of, found from the words that they share."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from socle.support.consultation.model import Theme

_TOGETHER: Final = 0.45  # share of common contributions from which two words belong to the same theme
_FEWEST: Final = 2  # contributions in a theme
_WIDEST: Final = 400  # contributions that a leading word may be in: beyond, it tells little, and the cost stays flat


@dataclass(frozen=True, slots=True)
class Word:
    """A word (its stem stands behind), and the contributions that hold it."""

    surface: str
    contributions: frozenset[int]


def weight(total: int, holding: int) -> float:
    """How telling a word is that `holding` of `total` texts contain: 0 for one that all contain."""
    return log(1 + total / holding) - log(2) if 0 < holding <= total else 0.0


def themes(words: Sequence[Word], total: int, most: int) -> tuple[Theme, ...]:
    """At most `most` themes of `total` contributions; each contribution belongs to one theme at most, the one whose
    words it holds most.

    words  the candidates: neither rare nor everywhere, the most telling first
    """
    groups: list[list[Word]] = []
    for word in words:
        home = next((group for group in groups if _together(group[0], word) >= _TOGETHER), None)
        if home is None:
            groups.append([word])
        else:
            home.append(word)
    best: dict[int, tuple[float, int]] = {}
    for rank, group in enumerate(groups):
        scores: dict[int, float] = defaultdict(float)
        for word in group:
            for id in word.contributions:
                scores[id] += weight(total, len(word.contributions))
        for id, score in scores.items():
            if score > best.get(id, (0.0, -1))[0]:
                best[id] = (score, rank)
    members: dict[int, list[int]] = defaultdict(list)
    for id, (_, rank) in best.items():
        members[rank].append(id)
    found = [
        Theme(tuple(dict.fromkeys(word.surface for word in groups[rank]))[:4], tuple(sorted(ids)))
        for rank, ids in members.items()
        if len(ids) >= _FEWEST
    ]
    return tuple(sorted(found, key=lambda theme: (-len(theme.contributions), theme.words))[:most])


def _together(one: Word, other: Word) -> float:
    union = len(one.contributions | other.contributions)
    return len(one.contributions & other.contributions) / union if union else 0.0


def leading(candidates: Iterable[tuple[str, int]], total: int, most: int) -> list[str]:
    """The most telling of the words (word, how many hold it): those that several share, at most half of `total`.

    Source: the product of frequency and inverse document frequency (Spärck Jones, 1972).
    """
    widest = max(_FEWEST, min(_WIDEST, total // 2))
    kept = [(weight(total, n) * n, word) for word, n in candidates if _FEWEST <= n <= widest]
    return [word for _, word in sorted(kept, key=lambda one: (-one[0], one[1]))[:most]]
