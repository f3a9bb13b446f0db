"""How a query will be answered: references followed first when few lead there, tokens first when they are rare.

A reference (chain, `_has`) is *probed*: when few resources satisfy its inner condition, their keys replace it and the
outer search is a look-up; otherwise it stays a question asked of each candidate.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from socle.kernel.fhir.knowledge import Terminology
from socle.kernel.search.conditions import (
    All,
    Condition,
    Either,
    HasToken,
    IsOneOf,
    KeyIn,
    Missing,
    Never,
    ReferredBy,
    RefersTo,
    StringTest,
    UpdatedTest,
    Walk,
    either,
    flat,
)
from socle.kernel.search.pairs import Pairs
from socle.kernel.search.query import Query, Sort
from socle.kernel.search.resolve import resolved
from socle.kernel.search.sql import MOST_LOOKED_UP, READ_TOGETHER, Writer
from socle.kernel.search.statistics import MANY, Statistics
from socle.kernel.store.contract import Tx

MOST_NAMED: Final = 60_000  # rows of a name, put in order for a page
FEW: Final = 500  # resources that a probe may always find; more, up to the most, when the register is large
MOST_TARGETS: Final = 20_000  # … at the end of a chain: each becomes a token to look up
MOST_SOURCES: Final = 500  # … that refer by `_has`: each brings all its tokens


@dataclass(frozen=True, slots=True)
class Plan:
    """Conditions with their references followed, the order, and whether tokens lead.

    led   rare tokens (or ids, or tokens that are rare together) find the rows, which are then sorted: no index may be walked
          in the order asked instead
    walk  the rows of `ix_str` by which resources are read in the order of creation, until the page is full (of a code, of two
          values that are asked together); None when none are
    """

    conditions: tuple[Condition, ...]
    sort: tuple[Sort, ...]
    led: bool
    walk: Walk | None = None

    @property
    def late(self) -> tuple[StringTest, ...]:
        """Beginnings of names that tokens leave to be compared: only with those of the page, once rows are in order."""
        if self.sort or self.walk or not self.led:
            return ()
        return tuple(
            one
            for one in self.conditions
            if isinstance(one, StringTest) and one.how == "starts" and one.beginnings and not one.whole
        )

    @property
    def settled(self) -> bool:
        """Whether the statement of a page has one good plan, whatever is asked: tokens, ids or the rows of a code find what is
        then looked at row by row, and nothing else could be begun with.
        """
        if self.sort or not (self.led or self.walk) or (self.walk and self.walk.begins):
            return False
        return all(
            isinstance(one, StringTest | KeyIn | IsOneOf | Missing)
            or (isinstance(one, HasToken) and len(one.any) <= MOST_LOOKED_UP)
            for one in self.conditions
        )


async def plan(
    query: Query,
    asked: Tx,
    writer: Callable[[], Writer],
    statistics: Statistics,
    terminology: Terminology | None = None,
    pairs: Pairs | None = None,
) -> Plan:
    """The plan of `query`; probes its references through `asked`. `writer` gives a new one for each statement. `pairs`: those
    kept of its type.

    Raises: Problem(INVALID) when a value set or a code is not known; Problem(TOO_COSTLY) when they hold too much.
    """
    said = _not_implied(flat([await resolved(one, asked, writer, terminology) for one in query.conditions]))
    led = any(_leads(one, statistics) for one in said)
    few = FEW if led else max(FEW, min(MOST_TARGETS, int(math.sqrt(40 * statistics.rows / _share(said, statistics)))))
    conditions = tuple([await _followed(one, asked, writer, few) for one in said])
    led = any(_leads(one, statistics) for one in conditions)
    sort = query.sort
    if not sort and not led and any(_bounds_updated(one) for one in conditions):
        sort = (Sort("updated", name="_lastUpdated"),)  # in rid order, the latest changes are at the end of the walk
    if pairs is not None and not sort and (pair := pairs.walk(conditions, statistics)):
        return Plan(conditions, sort, led, pair)
    population = statistics.population([writer().code(of) for of in query.types])
    token = None if sort or not _foreseen(conditions, statistics) else _walked(conditions, statistics)
    if (token or not led) and _few_together(conditions, statistics, population, token, query.count):
        led, token = True, None
    walk = Walk(*token.walk) if token and token.walk else None if sort else _name_alone(conditions, statistics)
    return Plan(conditions, sort, led, walk)


def _not_implied(conditions: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Without the beginnings of names that begin another that is asked: who has *Martinez* has *Martine*."""
    starts: dict[int, list[str]] = {}
    kept: list[Condition] = []
    for one in conditions:
        if isinstance(one, StringTest) and one.how == "starts" and len(one.values) == 1:
            starts.setdefault(one.param, []).append(one.values[0])
    for one in conditions:
        if isinstance(one, StringTest) and one.how == "starts" and len(one.values) == 1:
            [text] = one.values
            if one in kept or any(more != text and more.startswith(text) for more in starts[one.param]):
                continue
        kept.append(one)
    return tuple(kept)


def _foreseen(conditions: tuple[Condition, ...], statistics: Statistics) -> bool:
    """Whether nothing leads to few rows, or only tokens of which the statistics know how many; or one that they do not count,
    but whose resources are kept in order: up to its page, its rows cost no more than all of them would.
    """
    uncounted = 0
    for one in conditions:
        if _leads(one, statistics):
            tokens = one.any if isinstance(one, HasToken) else one.beginnings if isinstance(one, StringTest) else ()
            if tokens and statistics.expected(tokens):
                continue
            if not isinstance(one, HasToken) or one.walk is None:
                return False
            uncounted += 1
    return uncounted <= 1


def _walked(conditions: tuple[Condition, ...], statistics: Statistics) -> HasToken | None:
    """Of the tokens whose resources are kept in order, the rarest."""
    able = [one for one in conditions if isinstance(one, HasToken) and one.walk is not None]
    return min(able, key=lambda one: statistics.expected(one.any), default=None)


def _name_alone(conditions: tuple[Condition, ...], statistics: Statistics) -> Walk | None:
    """The beginning of a name, asked alone: its rows are read from their index and put in order, a page of them is looked at.

    Not when they may be very many, as with two letters: then one in a few has it, and a walk of all finds a page soon.
    """
    match conditions:
        case (StringTest(param, "starts", (value,), beginnings) as test,) if beginnings:
            if statistics.expected(beginnings) < MOST_NAMED:
                return Walk(param, value, test)
    return None


def _few_together(
    conditions: tuple[Condition, ...],
    statistics: Statistics,
    population: float,
    walk: HasToken | None,
    count: int,
) -> bool:
    """Whether the tokens asked, none of them rare, are supposed to meet in so few rows that looking these up costs less than
    a walk.

    To find them is to read the list of each token, then the rows where they meet. A walk that finds one row in so many looks
    at `count` times as many before its page is full, each by its index and by itself.
    """
    frequent = [statistics.expected(one) for one in dict.fromkeys(_tokens(conditions))]
    if len(frequent) < 2 or not population:
        return False
    found = population * math.prod(min(1.0, rows / population) for rows in frequent)
    walked = statistics.expected(walk.any) if walk else population
    return found + sum(frequent) / READ_TOGETHER < 2 * (count + 1) * walked / max(found, 1.0)


def _tokens(conditions: tuple[Condition, ...]) -> list[tuple[int, ...]]:
    """The tokens of which each match has one, condition by condition: of those that an index answers."""
    return [
        tokens
        for one in conditions
        for tokens in (one.any if isinstance(one, HasToken) else one.beginnings if isinstance(one, StringTest) else (),)
        if 0 < len(tokens) <= MOST_LOOKED_UP
    ]


async def _followed(condition: Condition, asked: Tx, new: Callable[[], Writer], few: int) -> Condition:
    """The condition, its reference replaced by the keys that it leads to when they are few; the innermost first.

    Asking each candidate instead costs the more, the rarer the targets and the other conditions: with `few` near the
    square root of the register, both ways cost the same (measured: 10 µs a token looked up, 30 µs a candidate asked).
    """
    match condition:
        case Never(of):
            return Never(await _followed(of, asked, new, few))
        case All(of):
            return All(tuple([await _followed(one, asked, new, few) for one in of]))
        case Either(of):
            return either([await _followed(one, asked, new, few) for one in of])
        case RefersTo(reference, target, inner):
            inner = await _followed(inner, asked, new, few)
            writer = _following(inner, new)
            where = writer.all((inner,), (target,), "t")
            sql = f"SELECT t.key FROM {writer.schema}.resource t WHERE {where} LIMIT {few + 1}"
            rows = await asked.query(sql, *writer.args)
            if len(rows) <= few:
                return HasToken(tuple(reference ^ row["key"] for row in rows))
            return RefersTo(reference, target, inner)
        case ReferredBy(reference, source, inner):
            most = min(few, MOST_SOURCES)
            inner = await _followed(inner, asked, new, few)
            writer = _following(inner, new)
            where = writer.all((inner,), (source,), "t")
            sql = f"SELECT t.toks FROM {writer.schema}.resource t WHERE {where} LIMIT {most + 1}"
            rows = await asked.query(sql, *writer.args)
            if len(rows) <= most:
                return KeyIn(tuple({reference ^ token for row in rows for token in row["toks"]}))
            return ReferredBy(reference, source, inner)
    return condition


def _following(inner: Condition, new: Callable[[], Writer]) -> Writer:
    """The writer of a look at targets or sources."""
    writer = new()
    return replace(writer, led=_leads(inner, writer.statistics))


def _share(conditions: tuple[Condition, ...], statistics: Statistics) -> float:
    """The share of the rows that hold the tokens asked, supposed independent."""
    share = 1.0
    for one in conditions:
        if isinstance(one, HasToken) and statistics.rows:
            share *= min(1.0, max(statistics.expected(one.any), 1.0) / statistics.rows)
    return max(share, 1e-6)


def _leads(condition: Condition, statistics: Statistics) -> bool:
    match condition:
        case StringTest() if condition.beginnings:
            return statistics.expected(condition.beginnings) < MANY
        case HasToken(some):
            return len(some) <= MOST_LOOKED_UP and statistics.expected(some) < MANY
        case IsOneOf() | KeyIn():
            return True
        case All(of):
            return any(_leads(one, statistics) for one in of)
        case Either(of):
            return all(_leads(one, statistics) for one in of)
    return False


def _bounds_updated(condition: Condition) -> bool:
    if isinstance(condition, Either):
        return all(_bounds_updated(one) for one in condition.of)
    return isinstance(condition, UpdatedTest) and condition.comparison != "ne"
