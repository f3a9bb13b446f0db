"""Which answer does a condition look at, where a question is answered in several places? Source: FHIR R4
Questionnaire.item.enableWhen.question: the nearest, above, then before, then after.
"""

from typing import Any, Final

Json = dict[str, Any]
Holders = tuple[Json, ...]  # the response, then the items and answers that hold a place, outermost first
_DEEPEST: Final = 50


class Given:
    """The answers of a response, in its order."""

    def __init__(self, response: Json) -> None:
        self._items: dict[str, list[tuple[int, Json]]] = {}  # by linkId, in order
        self._spans: dict[int, tuple[int, int]] = {}  # of what holds items: its own place, and where it ends
        self._next = 0
        self._number(response, 0)

    def _number(self, holder: Json, depth: int) -> None:
        start = self._next
        self._next += 1
        if type(link := holder.get("linkId")) is str:
            self._items.setdefault(link, []).append((start, holder))
        for name in ("answer", "item") if depth <= _DEEPEST else ():
            held = holder.get(name)
            for one in held if type(held) is list else ():
                if type(one) is dict:
                    self._number(one, depth + 1)
        self._spans[id(holder)] = (start, self._next)

    def nearest(self, link: Any, holders: Holders, follower: Json | None) -> list[Json]:
        """The answers to the question `link` that are nearest to a place: within what holds it, from the inside out.

        follower  the first item at that place, or else after it; None at the end of what holds it
        """
        found = self._items.get(str(link), [])
        if len(found) > 1:
            above = [one for one in holders if one.get("linkId") == link]
            if above:
                return _answers(above[-1])
            end = self._spans[id(holders[-1])][1]
            place = self._spans[id(follower)][0] if follower is not None else end
            for holder in reversed(holders):
                first, last = self._spans[id(holder)]
                within = [one for one in found if first < one[0] < last]
                if within:
                    before = [one for one in within if one[0] < place]
                    return _answers(before[-1][1] if before else within[0][1])
        return _answers(found[0][1]) if found else []


def _answers(item: Json) -> list[Json]:
    held = item.get("answer")
    return [one for one in held if type(one) is dict] if type(held) is list else []
