"""Sort keys as SQL, and the bound that starts a page after (or before) the last one seen.

A page is read in one or two *stretches*: resources that have the sort value, in its order, then those that have none.
Each stretch can walk an index. Several sort keys are compared as FHIR R4 search.html#sort says, without that help.
Ties, and no sort at all, follow `rid`: the order of creation.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from socle.kernel.search.conditions import NearTest, StringTest, Walk
from socle.kernel.search.query import Sort
from socle.kernel.search.sql import LAST, Writer
from socle.kernel.search.types import near
from socle.kernel.search.types.near import haversine, reach
from socle.kernel.store.contract import Keys

RINGS: Final = (64, 16, 4)  # what the distance searched is divided by: the rings in which near places are read
NARROWEST: Final = 200.0  # metres
_CAST = {
    "id": "text",
    "updated": "timestamptz",
    "date": "timestamptz",
    "string": "text",
    "number": "float8",
    "near": "float8",
    "ordered": "text",
}
_UNWALKABLE = {
    "id": "",
    "updated": " + interval '0'",
    "date": " + interval '0'",
    "string": " || ''",
    "number": " + 0",
    "ordered": " || ''",
}
_TABLE = {"date": ("ix_date", "lo"), "string": ("ix_str", "value"), "number": ("ix_num", "lo")}

Value = str | float | datetime | None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page stops: sort values of its last (or first) resource, and its rid."""

    values: tuple[Value, ...]
    rid: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """FROM, WHERE and ORDER BY of a part of the order; `columns` are the sort values, named k1, k2 …"""

    columns: str
    tables: str
    where: str
    order: str


MakeStretch = Callable[[Writer, str], Stretch]


def stretches(
    sort: tuple[Sort, ...],
    cursor: Cursor | None,
    *,
    backward: bool,
    led: bool,
    walk: Walk | None = None,
    late: tuple[StringTest, ...] = (),
) -> list[MakeStretch]:
    """The stretches to read, in turn, from `cursor` on (to the beginning when `backward`), in the order to read them.

    Each is made from the writer of its own statement and the conditions. `led`: no index may be walked in that order;
    `walk`: without a sort, the resources named by these rows of `ix_str` alone are walked; `late`: without a sort, what is
    compared when rows (`o`) are in order, no further than the page.
    """
    if not sort and walk is not None:
        return [partial(_by_walk, walk, cursor, backward)]
    if not sort and late:
        return [partial(_by_rid_first, late, cursor, backward)]
    if not sort:
        return [partial(_by_rid, cursor, backward, led)]
    if len(sort) > 1 or sort[0].spread:
        return [partial(_general, sort, cursor, backward)]
    [key] = sort
    if key.near is not None:
        return _rings(key.near, cursor, backward)
    if key.by in ("id", "updated"):
        return [partial(_column, key, cursor, backward, led)]
    having, lacking = (
        cursor is not None and cursor.values[0] is not None,
        cursor is not None and cursor.values[0] is None,
    )
    found: list[MakeStretch] = []
    if not lacking or backward:
        found.append(partial(_valued, key, cursor if having else None, backward, led))
    if not having or not backward:
        found.append(partial(_valueless, key, cursor if lacking else None, backward))
    return found[::-1] if backward else found


def _rings(circle: NearTest, cursor: Cursor | None, backward: bool) -> list[MakeStretch]:
    """By distance, a ring at a time: a page among many near places does not measure those that are far."""
    bounds = [0.0, *(circle.metres / part for part in RINGS if circle.metres / part > NARROWEST), circle.metres]
    reached = cursor.values[0] if cursor else None
    found: list[MakeStretch] = []
    for inner, outer in itertools.pairwise(bounds):
        if isinstance(reached, float) and (reach(inner) > reached if backward else reach(outer) < reached):
            continue
        found.append(partial(_ring, circle, inner, outer, cursor, backward))
    return found[::-1] if backward else found


def _ring(
    circle: NearTest, inner: float, outer: float, cursor: Cursor | None, backward: bool, writer: Writer, where: str
) -> Stretch:
    within = near.ring(circle, outer)
    measured = writer.haversine(circle, "g")
    cells = writer.arg(list(within.cells), "bigint[]")
    far = writer.arg(reach(outer), "float8")
    # Several positions (Location has one) would count by the nearest. Places are put in order before anything else is read of
    # them: a page stops at its last one, however many are near.
    nearest = (
        f"SELECT g.rid, min({measured}) AS v FROM {writer.schema}.ix_num g"
        f" WHERE g.param = ANY({cells}) AND {measured} <= {far} GROUP BY g.rid"
    )
    way = "DESC" if backward else "ASC"
    bounds = []
    if inner:
        bounds.append(f"n.v > {writer.arg(reach(inner), 'float8')}")
    if cursor:
        bound = f"({writer.arg(cursor.values[0], 'float8')}, {writer.arg(cursor.rid, 'bigint')})"
        bounds.append(f"(n.v, n.rid) {'<' if backward else '>'} {bound}")
    beyond = f" WHERE {' AND '.join(bounds)}" if bounds else ""
    ordered = f"SELECT n.rid, n.v FROM ({nearest}) n{beyond} ORDER BY n.v {way}, n.rid {way}"
    table = f"({ordered}) k JOIN {writer.schema}.resource r ON r.rid = k.rid"
    return Stretch(", k.v AS k1", table, where, f"k.v {way}, k.rid {way}")


def _by_rid(cursor: Cursor | None, backward: bool, led: bool, writer: Writer, where: str) -> Stretch:
    table = f"{writer.schema}.resource r"
    if cursor:
        where += f" AND r.rid {'<' if backward else '>'} {writer.arg(cursor.rid, 'bigint')}"
    return Stretch("", table, where, f"{'r.rid + 0' if led else 'r.rid'} {'DESC' if backward else 'ASC'}")


def _by_rid_first(
    late: tuple[StringTest, ...], cursor: Cursor | None, backward: bool, writer: Writer, where: str
) -> Stretch:
    """Rows that tokens find, put in order before their names are compared: a page reads the names of its own rows."""
    way = "DESC" if backward else "ASC"
    if cursor:
        where += f" AND o.rid {'<' if backward else '>'} {writer.arg(cursor.rid, 'bigint')}"
    return Stretch(
        "",
        f"(SELECT o.rid + 0 AS rid, o.ctid AS place FROM {writer.schema}.resource o WHERE {where} ORDER BY 1 {way} OFFSET 0) k"
        f" CROSS JOIN LATERAL (SELECT * FROM {writer.schema}.resource a WHERE a.ctid = k.place OFFSET 0) r",
        " AND ".join(writer.one(one, (), "r") for one in late),
        f"k.rid {way}",
    )


def _by_walk(walk: Walk, cursor: Cursor | None, backward: bool, writer: Writer, where: str) -> Stretch:
    """Rows named in order, each then looked at: fenced (OFFSET 0), for PostgreSQL would rather read them all and sort."""
    way = "DESC" if backward else "ASC"
    value = writer.arg(walk.value, "text")
    named = f"w.param = {writer.arg(walk.param, 'bigint')} AND "
    named += (
        f"w.value >= {value} AND w.value < {writer.arg(walk.value + LAST, 'text')}"
        if walk.begins
        else f"w.value = {value}"
    )
    if cursor:
        named += f" AND w.rid {'<' if backward else '>'} {writer.arg(cursor.rid, 'bigint')}"
    once = "DISTINCT w.rid" if walk.begins else "w.rid"
    table = (
        f"(SELECT {once} FROM {writer.schema}.ix_str w WHERE {named} ORDER BY w.rid {way} OFFSET 0) k"
        f" CROSS JOIN LATERAL (SELECT * FROM {writer.schema}.resource o WHERE o.rid = k.rid OFFSET 0) r"
    )
    return Stretch("", table, where, f"k.rid {way}")


def _column(key: Sort, cursor: Cursor | None, backward: bool, led: bool, writer: Writer, where: str) -> Stretch:
    table = f"{writer.schema}.resource r"
    column = "r.fid" if key.by == "id" else "r.updated"
    down = key.descending is not backward
    if cursor:
        bound = f"({writer.arg(cursor.values[0], _CAST[key.by])}, {writer.arg(cursor.rid, 'bigint')})"
        where += f" AND ({column}, r.rid) {'<' if down else '>'} {bound}"
    way = "DESC" if down else "ASC"
    first = column + _UNWALKABLE[key.by] if led else column
    return Stretch(f", {column} AS k1", table, where, f"{first} {way}, r.rid {way}")


def _valued(key: Sort, cursor: Cursor | None, backward: bool, led: bool, writer: Writer, where: str) -> Stretch:
    table = f"{writer.schema}.resource r"
    down = key.descending is not backward
    if key.column:
        column = "r.dlo"
        where += " AND r.dlo IS NOT NULL"
    elif key.by == "ordered":  # one row a resource, with both of its ends
        column = f"k.{_end(key)}"
        table += f" JOIN {writer.schema}.ix_order k ON k.rid = r.rid"
        where += f" AND k.param = {writer.arg(key.param, 'bigint')} AND {column} IS NOT NULL"
    else:
        name, value = _TABLE[key.by]
        column = f"k.{value}"
        table += f" JOIN {writer.schema}.{name} k ON k.rid = r.rid"
        param = writer.arg(key.param, "bigint")
        beyond = ">" if key.descending else "<"
        where += (
            f" AND k.param = {param} AND NOT EXISTS (SELECT 1 FROM {writer.schema}.{name} o WHERE o.rid = k.rid"
            f" AND o.param = k.param AND (o.{value} {beyond} k.{value} OR (o.{value} = k.{value} AND o.ctid < k.ctid)))"
        )
    if cursor:
        bound = f"({writer.arg(cursor.values[0], _CAST[key.by])}, {writer.arg(cursor.rid, 'bigint')})"
        where += f" AND ({column}, {'r' if key.column else 'k'}.rid) {'<' if down else '>'} {bound}"
    way = "DESC" if down else "ASC"
    rid = "r.rid" if key.column else "k.rid"
    first = column + _UNWALKABLE[key.by] if led else column
    return Stretch(f", {column} AS k1", table, where, f"{first} {way}, {rid} {way}")


def _valueless(key: Sort, cursor: Cursor | None, backward: bool, writer: Writer, where: str) -> Stretch:
    table = f"{writer.schema}.resource r"
    if key.column:
        where += " AND r.dlo IS NULL"
    else:
        name = "ix_order" if key.by == "ordered" else _TABLE[key.by][0]
        param = writer.arg(key.param, "bigint")
        some = f"SELECT 1 FROM {writer.schema}.{name} k WHERE k.rid = r.rid AND k.param = {param}"
        where += f" AND NOT EXISTS ({some}{' AND k.low IS NOT NULL' if key.by == 'ordered' else ''})"
    down = key.descending is not backward
    if cursor:
        where += f" AND r.rid {'<' if down else '>'} {writer.arg(cursor.rid, 'bigint')}"
    return Stretch(f", NULL::{_CAST[key.by]} AS k1", table, where, f"r.rid {'DESC' if down else 'ASC'}")


def _general(sort: tuple[Sort, ...], cursor: Cursor | None, backward: bool, writer: Writer, where: str) -> Stretch:
    table = f"{writer.schema}.resource r"
    columns, order = "", []
    names: list[str] = []
    for number, key in enumerate(sort, start=1):
        name = f"k{number}"
        table += f" CROSS JOIN LATERAL (SELECT {_expression(writer, key)} AS v) {name}"
        columns += f", {name}.v AS {name}"
        names.append(f"{name}.v")
        down = key.descending is not backward
        order.append(f"{name}.v {'DESC' if down else 'ASC'} NULLS {'FIRST' if backward else 'LAST'}")
    down = sort[0].descending is not backward
    order.append(f"r.rid {'DESC' if down else 'ASC'}")
    if cursor:
        where += f" AND {_beyond(writer, names, sort, cursor, backward)}"
    return Stretch(columns, table, where, ", ".join(order))


def _expression(writer: Writer, key: Sort) -> str:
    if key.by == "id":
        return "r.fid"
    if key.by == "updated":
        return "r.updated"
    if key.column:
        return "r.dlo"
    if key.by == "ordered":
        param = writer.arg(key.param, "bigint")
        return f"(SELECT x.{_end(key)} FROM {writer.schema}.ix_order x WHERE x.rid = r.rid AND x.param = {param})"
    name, value = _TABLE[key.by]
    extreme = "max" if key.descending else "min"
    param = writer.arg(key.param, "bigint")
    found = f"(SELECT {extreme}(x.{value}) FROM {writer.schema}.{name} x WHERE x.rid = r.rid AND x.param = {param})"
    return f"COALESCE({found}, r.dlo)" if key.spread else found


def _end(key: Sort) -> str:
    return "high" if key.descending else "low"


def _beyond(writer: Writer, names: Sequence[str], sort: tuple[Sort, ...], cursor: Cursor, backward: bool) -> str:
    """Strictly after the cursor (before it when `backward`), values absent coming last."""
    cases: list[str] = []
    same: list[str] = []
    for name, key, value in zip(names, sort, cursor.values, strict=True):
        if value is None:
            if backward:
                cases.append(" AND ".join([*same, f"{name} IS NOT NULL"]))
            same.append(f"{name} IS NULL")
            continue
        given = writer.arg(value, _CAST[key.by])
        down = key.descending is not backward
        after = f"{name} {'<' if down else '>'} {given}"
        cases.append(" AND ".join([*same, after if backward else f"({after} OR {name} IS NULL)"]))
        same.append(f"{name} = {given}")
    down = sort[0].descending is not backward
    cases.append(" AND ".join([*same, f"r.rid {'<' if down else '>'} {writer.arg(cursor.rid, 'bigint')}"]))
    return "(" + " OR ".join(f"({case})" for case in cases) + ")"


def cursor_of(row: Any, sort: tuple[Sort, ...]) -> Cursor:
    """The cursor at a row of a page."""
    return Cursor(tuple(row[f"k{number}"] for number in range(1, len(sort) + 1)), row["rid"])


def values_of(
    sort: tuple[Sort, ...], id: str, updated: datetime, keys: Keys, ordered: Callable[[Sort], Value] | None = None
) -> tuple[Value, ...]:
    """The sort values of a resource from its keys (from `ordered` those that keys do not have): what the tables hold, or held."""
    return tuple(ordered(key) if ordered and key.by == "ordered" else _value_of(key, id, updated, keys) for key in sort)


def _value_of(key: Sort, id: str, updated: datetime, keys: Keys) -> Value:
    if key.by == "id":
        return id
    if key.by == "updated":
        return updated
    if key.column:
        return keys.dlo
    if key.near is not None:
        cells, circle = set(key.near.cells), key.near
        places = [(lat, lon) for cell, lat, lon, *_ in keys.numbers if cell in cells]
        return min((haversine(circle.lat, circle.lon, *place) for place in places), default=None)
    extreme = max if key.descending else min
    found: list[Any]
    if key.by == "string":
        texts = [value for param, value in keys.strings if param == key.param]
        return extreme(texts, key=str.encode) if texts else None
    if key.by == "date":
        found = [lo for param, lo, _ in keys.dates if param == key.param]
        return extreme(found) if found else keys.dlo if key.spread else None
    found = [low for param, low, *_ in keys.numbers if param == key.param]
    return extreme(found) if found else None


def order_key(cursor: Cursor, sort: tuple[Sort, ...]) -> tuple[Any, ...]:
    """What orders cursors in Python as PostgreSQL orders rows (absent values last, ties as the first key goes)."""
    parts: list[Any] = []
    for key, value in zip(sort, cursor.values, strict=True):
        if value is None:
            parts.append((1, 0))
        else:
            comparable = value.encode() if isinstance(value, str) else value
            parts.append((0, _Reversed(comparable) if key.descending else comparable))
    descending = bool(sort) and sort[0].descending
    return (*parts, -cursor.rid if descending else cursor.rid)


class _Reversed:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Reversed") -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)
