"""Which of many contributions are nearly the same: groups of near-duplicates, to be answered in one gesture."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from socle.support.consultation.rules.themes import weight

NEAR: Final = 0.5  # share of rare words in common from which two texts are near-duplicates
_RAREST: Final = 8  # words of a text by which its candidates are found
_MOST_HOLDERS: Final = 60  # a word held by more says nothing of who copied whom


def groups(stems: Mapping[int, frozenset[str]], near: float = NEAR) -> tuple[tuple[int, ...], ...]:
    """Groups of two and more, each text in one at most; the largest first, then by number.

    A group holds what is near the one that has the most neighbours: it is not a chain where the ends have nothing in
    common. Cost: a text is compared with the holders of its rarest words only. Source: Jaccard's index, words weighed by
    inverse document frequency (Spärck Jones, 1972).
    """
    weights = {
        stem: weight(len(stems), n) for stem, n in Counter(stem for held in stems.values() for stem in held).items()
    }
    whole = {id: sum(weights[stem] for stem in held) for id, held in stems.items()}
    neighbours: dict[int, set[int]] = defaultdict(set)
    for one, other in _candidates(stems, weights):
        common = sum(weights[stem] for stem in stems[one] & stems[other])
        union = whole[one] + whole[other] - common
        # Texts made of the same words, all of them everywhere, weigh nothing: they are alike all the same.
        if common >= near * union if union else stems[one] == stems[other]:
            neighbours[one].add(other)
            neighbours[other].add(one)
    found: list[tuple[int, ...]] = []
    left = set(neighbours)
    for id in sorted(neighbours, key=lambda id: (-len(neighbours[id]), id)):
        group = {id, *neighbours[id]} & left if id in left else set()
        if len(group) > 1:
            found.append(tuple(sorted(group)))
            left -= group
    return tuple(sorted(found, key=lambda group: (-len(group), group)))


def _candidates(stems: Mapping[int, frozenset[str]], weights: Mapping[str, float]) -> Iterator[tuple[int, int]]:
    """Pairs, each once, that share a rare word."""
    holders: dict[str, list[int]] = defaultdict(list)
    for id in sorted(stems):
        for stem in stems[id]:
            holders[stem].append(id)
    seen: set[tuple[int, int]] = set()
    for id, held in stems.items():
        telling = [stem for stem in held if 1 < len(holders[stem]) <= _MOST_HOLDERS]
        for stem in sorted(telling, key=lambda stem: (-weights[stem], stem))[:_RAREST]:
            for other in holders[stem]:
                pair = (min(id, other), max(id, other))
                if id != other and pair not in seen:
                    seen.add(pair)
                    yield pair
