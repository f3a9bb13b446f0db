"""Values that are each frequent, and rare together: who has both is named in the order of creation too (`ix_str`).

A name and a given name, a town and a profession: the lists of each are long, and what they have in common must be read whole
before a page of it is in order. A row for each pair is walked no further than the page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any, Final

from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.keys import key
from socle.kernel.search.conditions import Condition, HasToken, IsOneOf, KeyIn, StringTest, Walk
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.register import Codes, Texts
from socle.kernel.search.statistics import Statistics
from socle.kernel.search.types.string import LONGEST
from socle.kernel.search.types.token import texts
from socle.kernel.store.contract import Json

LETTERS: Final = 4  # of each of two texts: fewer name too many, more leave out those who type little


class Pairs:
    """The pairs of the resources of one type."""

    def __init__(self, resource_type: str, kept: Sequence[Texts | Codes], parameters: Mapping[str, Parameter]) -> None:
        for one in kept:
            if isinstance(one, Codes) and not parameters[one.first].walked:
                raise ValueError(f"{resource_type}.{one.first} is not kept in order: its pairs cannot be")
        self._texts = [
            _Texts(
                key("pair", resource_type, one.of, one.of),
                parameters[one.of].key,
                frozenset(parameters[name].key for name in (one.of, *one.among)),
            )
            for one in kept
            if isinstance(one, Texts)
        ]
        self._codes = [
            _Codes(
                key("pair", resource_type, one.first, one.second),
                parameters[one.first].key,
                re.compile(one.shape),
                parameters[one.second],
            )
            for one in kept
            if isinstance(one, Codes)
        ]

    def rows(self, resource: Json, strings: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """The rows of a resource of which `strings` are the other rows."""
        yield from self.rows_of_codes(resource, strings)
        for one in self._texts:
            every = dict.fromkeys(text for param, text in strings if param == one.of and len(text) >= LETTERS)
            for some, other in combinations(every, 2):
                yield one.key, _both(some[:LETTERS], other[:LETTERS])

    def rows_of_codes(self, resource: Json, strings: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
        """Those of pairs of codes alone: of a resource of which a first code comes from elsewhere, once it is among `strings`."""
        for pair in self._codes:
            first = [text for param, text in strings if param == pair.first]
            if first:
                found: list[tuple[str, Any]] = compiled(pair.parameter.expression, pair.parameter.resource_type)(
                    resource
                )
                second = dict.fromkeys(code.casefold() for kind, value in found for code in texts(kind, value))
                for some, other in product(first, filter(pair.shape.fullmatch, second)):
                    yield pair.key, _apart(some, other)

    def walk(self, conditions: Sequence[Condition], statistics: Statistics) -> Walk | None:
        """The rows of a pair that is asked; None when there is none, or when something else leads to fewer resources."""
        tests = [
            one for one in conditions if isinstance(one, StringTest) and one.how == "starts" and len(one.values) == 1
        ]
        tokens = [one for one in conditions if isinstance(one, HasToken)]
        found: Walk | None = None
        used: tuple[Condition, ...] = ()
        for one in self._texts:
            able = [t for t in tests if t.param in one.among and len(t.values[0]) >= LETTERS]
            for some, other in combinations(able, 2):
                begun = some.values[0][:LETTERS], other.values[0][:LETTERS]
                if begun[0] != begun[1]:  # else one text alone may begin as both are asked
                    found, used = Walk(one.key, _both(*begun)), (some, other)
        said = {token.said[0]: (token.said[1], token) for token in tokens if token.said is not None}
        for pair in self._codes:
            if not found and pair.first in said and pair.parameter.key in said:
                (first, some_code), (second, other_code) = said[pair.first], said[pair.parameter.key]
                if pair.shape.fullmatch(second):
                    found, used = Walk(pair.key, _apart(first, second)), (some_code, other_code)
        others = [one for one in conditions if one not in used]
        if any(isinstance(one, IsOneOf | KeyIn) or _rare(one, statistics) for one in others):
            return None
        return found


@dataclass(frozen=True, slots=True)
class _Texts:
    key: int
    of: int
    among: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Codes:
    key: int
    first: int
    shape: re.Pattern[str]
    parameter: Parameter


def _both(some: str, other: str) -> str:
    """Whichever comes first."""
    return f"{some}|{other}" if some < other else f"{other}|{some}"


def _apart(some: str, other: str) -> str:
    return f"{some[: LONGEST - len(other)]}|{other}"


def _rare(condition: Condition, statistics: Statistics) -> bool:
    """Whether it has tokens that are not known to be frequent."""
    match condition:
        case HasToken(some):
            return not statistics.expected(some)
        case StringTest() if condition.beginnings:
            return not statistics.expected(condition.beginnings)
    return False
