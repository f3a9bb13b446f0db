"""How a query will be answered: references followed first when few lead there, tokens first when they are rare.

A reference (chain, `_has`) is *probed*: when few resources satisfy its inner condition, their keys replace it and the
outer search is a look-up; otherwise it stays a question asked of each candidate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from socle.kernel.search.conditions import (
    Condition,
    Either,
    HasToken,
    IsOneOf,
    KeyIn,
    ReferredBy,
    RefersTo,
    UpdatedTest,
)
from socle.kernel.search.query import Query, Sort
from socle.kernel.search.sql import Writer
from socle.kernel.search.statistics import MANY, Statistics
from socle.kernel.store.contract import Tx

FEW: Final = 500  # resources that a chain's probe may find
FEW_SOURCES: Final = 100  # … and a `_has`'s, each of which brings all its tokens


@dataclass(frozen=True, slots=True)
class Plan:
    """Conditions with their references followed, the order, and whether tokens lead.

    led   rare tokens (or ids) find the rows, which are then sorted: no index may be walked in the order asked instead
    """

    conditions: tuple[Condition, ...]
    sort: tuple[Sort, ...]
    led: bool


async def plan(query: Query, asked: Tx, writer: Callable[[], Writer], statistics: Statistics) -> Plan:
    """The plan of `query`; probes its references through `asked`. `writer` gives a new one for each statement."""
    conditions = tuple([await _followed(one, asked, writer()) for one in query.conditions])
    led = any(_leads(one, statistics) for one in conditions)
    sort = query.sort
    if not sort and not led and any(_bounds_updated(one) for one in conditions):
        sort = (Sort("updated", name="_lastUpdated"),)  # in rid order, the latest changes are at the end of the walk
    return Plan(conditions, sort, led)


async def _followed(condition: Condition, asked: Tx, writer: Writer) -> Condition:
    match condition:
        case RefersTo(reference, target, inner):
            where = writer.all((inner,), (target,), "t")
            sql = f"SELECT t.key FROM {writer.schema}.resource t WHERE {where} LIMIT {FEW + 1}"
            rows = await asked.query(sql, *writer.args)
            if len(rows) <= FEW:
                return HasToken(tuple(reference ^ row["key"] for row in rows))
        case ReferredBy(reference, source, inner):
            where = writer.all((inner,), (source,), "t")
            sql = f"SELECT t.toks FROM {writer.schema}.resource t WHERE {where} LIMIT {FEW_SOURCES + 1}"
            rows = await asked.query(sql, *writer.args)
            if len(rows) <= FEW_SOURCES:
                return KeyIn(tuple({reference ^ token for row in rows for token in row["toks"]}))
    return condition


def _leads(condition: Condition, statistics: Statistics) -> bool:
    match condition:
        case HasToken(some):
            return statistics.expected(some) < MANY
        case IsOneOf() | KeyIn():
            return True
        case Either(of):
            return all(_leads(one, statistics) for one in of)
    return False


def _bounds_updated(condition: Condition) -> bool:
    if isinstance(condition, Either):
        return all(_bounds_updated(one) for one in condition.of)
    return isinstance(condition, UpdatedTest) and condition.comparison != "ne"
