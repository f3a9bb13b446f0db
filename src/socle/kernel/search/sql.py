"""Conditions as SQL on the tables of `migrations/register`. User text only ever goes through arguments ($1, $2 …).

Aliases: `r` is the resource sought; nested questions take other letters. What each comparison means is FHIR R4
search.html#prefix; values and query ranges are closed intervals [lo, hi].
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, assert_never

from socle.kernel.fhir import temporal
from socle.kernel.fhir.keys import resource_key
from socle.kernel.search.conditions import (
    LONG,
    All,
    Apart,
    Coded,
    Comparison,
    Condition,
    DateTest,
    During,
    Either,
    HasToken,
    IsOneOf,
    KeyIn,
    Lineage,
    MeasureTest,
    Missing,
    NearTest,
    Never,
    NumberTest,
    OfType,
    ReferredBy,
    RefersTo,
    StringTest,
    TextTest,
    UpdatedTest,
    flat,
)
from socle.kernel.search.statistics import Statistics
from socle.kernel.search.types.near import reach

WORTH_LOOKING_UP = 2_000.0  # rows: a token in no more than these is always worth a look-up
READ_TOGETHER = (
    20.0  # rows of a token's list that the index reads in the time of looking at one row of the table (measured)
)
# Tokens, of which one must match, that the GIN index answers better than a look at each row.
MOST_LOOKED_UP = 2_000
# Above so many, PostgreSQL is not shown the tokens: it expects dozens of rows for each rare one and, as it takes comparing two
# arrays for cheap, reads the whole table instead (measured at a million: over 10 s, where the index takes 10 ms).
_ESTIMATED = 20
STARTS_WORTH = 0.05  # share of the rows up to which the beginning of a name is looked up beside a rarer token
_YEAR = timedelta(days=366)
_ENDS_OF_TIME = (temporal.BEGINNING, temporal.END)  # asyncpg sends them as infinities, which no row holds
LAST = "\U0010ffff"  # after a beginning, the end of all that begin so


@dataclass(slots=True)
class Writer:
    """Writes conditions for one statement, gathering its arguments.

    code        the number of a resource type in the store
    statistics  how frequent tokens are
    led         a look-up by token or id already finds few rows: side tables are then only asked about each of them, in
                forms that no index of values can answer (PostgreSQL expects one row of a prefix that has ten thousand)
    """

    schema: str
    code: Callable[[str], int]
    statistics: Statistics
    led: bool = False
    args: list[Any] = field(default_factory=list)
    _aliases: int = 0

    def arg(self, value: Any, cast: str) -> str:
        """The placeholder of a new argument."""
        if cast == "timestamptz" and value in _ENDS_OF_TIME:
            return f"'{value.isoformat()}'::timestamptz"
        self.args.append(value)
        return f"${len(self.args)}::{cast}"

    def live(self, types: tuple[str, ...], alias: str) -> str:
        """Live rows of these types. Few rows are only asked their type: its index would name all that there are of it."""
        codes = [self.code(of) for of in types]
        which = f"= {codes[0]}" if len(codes) == 1 else f"= ANY({self.arg(codes, 'smallint[]')})"
        return f"NOT {alias}.deleted AND {alias}.type{' + 0' if self.led else ''} {which}"

    def all(
        self,
        conditions: tuple[Condition, ...],
        types: tuple[str, ...],
        alias: str = "r",
        late: tuple[Condition, ...] = (),
    ) -> str:
        """Every condition, on live rows of `types`; of those of `late`, no more than what tokens say of them.

        Tokens that must all be there are one look-up; those much more frequent than the rarest are only checked on the rows
        that it finds (the index would read their whole list).
        """
        conditions, starts = self._begun(flat(conditions))
        tokens = [one for one in conditions if isinstance(one, HasToken) and len(one.any) <= MOST_LOOKED_UP]
        expected = {one: self.statistics.expected(one.any) for one in tokens}
        most = max(WORTH_LOOKING_UP, (READ_TOGETHER if self.led else 4) * min(expected.values(), default=0.0))
        looked_up = [one for one, rows in expected.items() if rows <= most or one in starts]
        together = [one.any[0] for one in looked_up if len(one.any) == 1]
        parts = [self.live(types, alias)]
        if together:
            parts.append(f"{alias}.toks @> {self.arg(together, 'bigint[]')}")
        for one in conditions:
            if one in late:
                continue
            if not isinstance(one, HasToken) or one not in expected:
                parts.append(self.one(one, types, alias))
            elif one not in looked_up:
                parts.append(f"({self.one(one, types, alias)}) IS TRUE")  # IS TRUE: not for the index
            elif len(one.any) != 1:
                parts.append(self.one(one, types, alias))
        return " AND ".join(parts)

    def _begun(self, conditions: tuple[Condition, ...]) -> tuple[tuple[Condition, ...], list[HasToken]]:
        """The conditions, beginnings that say all become tokens; and the tokens of beginnings that are looked up whatever the
        others are: unless they are known to be very frequent, an index reads their list faster than names are compared.
        """
        tests = {one: HasToken(one.beginnings) for one in conditions if isinstance(one, StringTest) and one.beginnings}
        said = tuple(tests[one] if isinstance(one, StringTest) and one.whole else one for one in conditions)
        if not self.led:
            return said, []
        expected = {token: self.statistics.expected(token.any) for token in tests.values()}
        rows = max(WORTH_LOOKING_UP, self.statistics.rows * STARTS_WORTH)
        rows = max(rows, READ_TOGETHER * min(expected.values(), default=0.0))
        starts = [token for token in expected if expected[token] <= rows]
        return (*said, *(token for one, token in tests.items() if token in starts and not one.whole)), starts

    def one(self, condition: Condition, types: tuple[str, ...], alias: str) -> str:
        """One condition as a boolean expression, never NULL where it is negated."""
        match condition:
            case HasToken(some) if len(some) > MOST_LOOKED_UP:
                u = self.alias("u")  # hashed once, then asked of each row
                held = self.arg(list(some), "bigint[]")
                return f"EXISTS (SELECT 1 FROM unnest({alias}.toks) AS {u}(token) WHERE {u}.token = ANY({held}))"
            case HasToken(some) if len(some) > _ESTIMATED:
                return f"{alias}.toks && (SELECT {self.arg(list(some), 'bigint[]')})"
            case HasToken(some):
                operator = "@>" if len(some) == 1 else "&&"
                return f"{alias}.toks {operator} {self.arg(list(some), 'bigint[]')}"
            case Missing(bit, absent):
                return f"{alias}.present & {1 << bit}::bigint {'=' if absent else '<>'} 0"
            case IsOneOf(ids):
                keys = [resource_key(of, one) for of in types for one in ids]
                return f"{alias}.key = ANY({self.arg(keys, 'bigint[]')})"
            case KeyIn(some_keys):
                return f"{alias}.key = ANY({self.arg(list(some_keys), 'bigint[]')})"
            case UpdatedTest():
                updated = f"{alias}.updated"
                return f"({self._instant(condition, updated)})"
            case DateTest():
                return self._date(condition, alias)
            case NumberTest():
                return self._number(condition, alias)
            case MeasureTest():
                return self._measured(condition, alias)
            case StringTest():
                return self._string(condition, alias)
            case OfType(some_types):
                return f"{alias}.type = ANY({self.arg([self.code(of) for of in some_types], 'smallint[]')})"
            case TextTest():
                return self._words(condition, alias)
            case During():
                return self._during(condition, alias)
            case NearTest():
                return self._near(condition, alias)
            case RefersTo():
                return self._refers(condition, alias)
            case ReferredBy():
                return self._referred(condition, alias)
            case All(every):
                return "(" + (" AND ".join(self.one(each, types, alias) for each in every) or "true") + ")"
            case Coded() | Apart() | Lineage():
                raise AssertionError("resolved before")
            case Either(of):
                return "(" + (" OR ".join(self.one(each, types, alias) for each in of) or "false") + ")"
            case Never(of):
                return f"NOT ({self.one(of, types, alias)})"
        assert_never(condition)

    def _during(self, test: During, alias: str) -> str:
        lo, hi = self.arg(test.lo, "timestamptz"), self.arg(test.hi, "timestamptz")
        own = self.arg(list(test.types), "smallint[]")
        each = [f"({alias}.type = ANY({own}) AND ({alias}.dlo IS NULL OR {alias}.dlo <= {hi} AND {alias}.dhi >= {lo}))"]
        for one in test.wide:
            d = self.alias("d")
            dates = (
                f"SELECT x.param, x.lo, x.hi FROM {self.schema}.ix_date x WHERE x.rid = {alias}.rid"
                f" AND x.param = ANY({self.arg(list(one.params), 'bigint[]')})"
            )
            if one.principal:
                key = self.arg(one.principal, "bigint")
                dates += f" UNION ALL SELECT {key}, {alias}.dlo, {alias}.dhi WHERE {alias}.dlo IS NOT NULL"
            over = f"max({d}.hi) >= {lo}"
            if one.end:
                over = f"({over} OR NOT bool_or({d}.param = {self.arg(one.end, 'bigint')}))"
            within = f"SELECT count(*) = 0 OR min({d}.lo) <= {hi} AND {over} FROM ({dates}) {d}"
            each.append(f"({alias}.type = {self.arg(one.type, 'smallint')} AND ({within}))")
        known = self.arg([*test.types, *(one.type for one in test.wide)], "smallint[]")
        return f"({alias}.type <> ALL({known}) OR {' OR '.join(each)})"

    def alias(self, letter: str) -> str:
        """A name that no other table of the statement has."""
        self._aliases += 1
        return f"{letter}{self._aliases}"

    def _instant(self, test: UpdatedTest, column: str) -> str:
        """An instant compared with a range: no more than two bounds."""
        operators = {"gt": ">", "sa": ">", "ge": ">=", "lt": "<", "eb": "<", "le": "<="}
        if test.comparison in operators:
            bound = test.hi if test.comparison in ("gt", "sa", "le") else test.lo
            return f"{column} {operators[test.comparison]} {self.arg(bound, 'timestamptz')}"
        within = f"{column} >= {self.arg(test.lo, 'timestamptz')} AND {column} <= {self.arg(test.hi, 'timestamptz')}"
        return f"NOT ({within})" if test.comparison == "ne" else within

    def _date(self, test: DateTest, alias: str) -> str:
        if not test.principal:
            return self._in_dates(test, alias)
        row = _compared(self, test.comparison, f"{alias}.dlo", f"{alias}.dhi", test.lo, test.hi)
        row = f"{alias}.dlo IS NOT NULL AND {row}"
        if test.comparison in ("gt", "ge", "ap") and not self.led:
            # What ends after the date began a week before it at most, or is marked: the index on beginnings serves.
            near = self.arg(_before(test.hi if test.comparison == "gt" else test.lo, LONG), "timestamptz")
            far = self.arg([test.long], "bigint[]")
            row = f"({alias}.dlo > {near} AND {row} OR {alias}.toks @> {far} AND {row})"
        if test.single:
            return f"({row})"
        # The row holds the outer bounds of several values: exact for all comparisons but "overlaps" and "is within".
        inside = self._in_dates(test, alias)
        if test.comparison == "ap":
            d = self.alias("d")
            param = self.arg(test.param, "bigint")
            several = f"SELECT 1 FROM {self.schema}.ix_date {d} WHERE {d}.rid = {alias}.rid AND {d}.param = {param}"
            row = f"{row} AND NOT EXISTS ({several})"
        return f"(({row}) OR {inside})"

    def _in_dates(self, test: DateTest, alias: str) -> str:
        d = self.alias("d")
        low = f"({d}.lo + interval '0')" if self.led else f"{d}.lo"
        compared = _compared(self, test.comparison, low, f"{d}.hi", test.lo, test.hi)
        if test.short and test.comparison in ("gt", "ge", "ap"):
            compared = f"{d}.lo > {self.arg(_before(test.lo, _YEAR), 'timestamptz')} AND {compared}"
        return self._exists("ix_date", d, alias, test.param, compared)

    def _number(self, test: NumberTest, alias: str) -> str:
        n = self.alias("n")
        low, high = f"({n}.lo + 0)" if self.led else f"{n}.lo", f"{n}.hi"
        if test.second is not None:  # two points
            both = f"{self._bounds(test, low, low)} AND {self._bounds(test.second, high, high)}"
            return self._exists("ix_num", n, alias, test.param, both)
        compared = self._bounds(test, low, high)
        if test.sys_code:
            compared = f"({compared}) AND {n}.sys_code = {self.arg(test.sys_code, 'bigint')}"
        if test.code:
            compared = f"({compared}) AND {n}.code = {self.arg(test.code, 'bigint')}"
        return self._exists("ix_num", n, alias, test.param, compared)

    def _bounds(self, test: NumberTest, low: str, high: str) -> str:
        bounds = {"value": test.value, "lo": test.lo, "hi": test.hi}
        return _numbers(test.comparison, low, high, lambda name: self.arg(bounds[name], "float8"))

    def _measured(self, test: MeasureTest, alias: str) -> str:
        """Each value with what was asked in its own unit; the widest bounds of all units first, for the index."""
        n, u = self.alias("n"), self.alias("u")
        codes, values, lows, highs = zip(*test.units, strict=True)
        low = f"({n}.lo + 0)" if self.led else f"{n}.lo"
        around = {
            "eq": lambda: f"{low} >= {self.arg(min(lows), 'float8')} AND {low} < {self.arg(max(highs), 'float8')}",
            "ap": lambda: f"{low} <= {self.arg(max(highs), 'float8')}",
            "lt": lambda: f"{low} < {self.arg(max(values), 'float8')}",
            "le": lambda: f"{low} <= {self.arg(max(values), 'float8')}",
            "sa": lambda: f"{low} > {self.arg(min(values), 'float8')}",
        }.get(test.comparison, lambda: "true")()
        arrays = ", ".join(
            (self.arg(list(codes), "bigint[]"), *(self.arg(list(one), "float8[]") for one in (values, lows, highs)))
        )
        each = _numbers(test.comparison, f"{n}.lo", f"{n}.hi", lambda name: f"{u}.{name}")
        compared = (
            f"{around} AND EXISTS (SELECT 1 FROM unnest({arrays}) AS {u}(code, value, lo, hi)"
            f" WHERE {u}.code = {n}.sys_code AND ({each}))"
        )
        return self._exists("ix_num", n, alias, test.param, compared)

    def _string(self, test: StringTest, alias: str) -> str:
        if test.whole:
            return f"{alias}.toks && {self.arg(list(test.beginnings), 'bigint[]')}"
        s = self.alias("s")
        each: list[str] = []
        for value in test.values:
            start = self.arg(value, "text")
            if test.how == "contains":
                each.append(f"strpos({s}.value, {start}) > 0")
            elif test.how == "ends":
                each.append(f"right({s}.value, {len(value)}) = {start}")
            elif test.how == "equals":
                unindexed = " || ''" if self.led else ""
                each.append(f"{s}.value{unindexed} = {start}")
            elif self.led:
                length = self.arg(len(value), "int")  # an argument: statements are remembered by their text
                each.append(f"left({s}.value, {length}) = {start}")
            else:
                each.append(f"{s}.value >= {start} AND {s}.value < {self.arg(value + LAST, 'text')}")
        compared = " OR ".join(f"({one})" for one in each) if len(each) > 1 else each[0]
        return self._exists("ix_str", s, alias, test.param, compared)

    def _words(self, test: TextTest, alias: str) -> str:
        x = self.alias("x")
        words = self.arg(test.words, "text")
        asked = f"{words}::tsquery" if test.coded else f"plainto_tsquery('french', {words})"
        table = f"{self.schema}.ix_text {x}"
        if self.led:
            return (
                f"(EXISTS (SELECT 1 FROM {table} WHERE {x}.rid = {alias}.rid AND {x}.{test.where} @@ {asked})) IS TRUE"
            )
        return f"{alias}.rid = ANY(ARRAY(SELECT {x}.rid FROM {table} WHERE {x}.{test.where} @@ {asked}))"

    def _near(self, test: NearTest, alias: str) -> str:
        g = self.alias("g")
        table = f"{self.schema}.ix_num {g}"
        cells = self.arg(list(test.cells), "bigint[]")
        within = f"{self.haversine(test, g)} <= {self.arg(reach(test.metres), 'float8')}"
        if self.led:
            beside = f"{g}.rid = {alias}.rid AND {g}.param = ANY({cells}) AND {within}"
            return f"(EXISTS (SELECT 1 FROM {table} WHERE {beside})) IS TRUE"
        # Read once, from the index alone; then each resource by its rid.
        return f"{alias}.rid = ANY(ARRAY(SELECT {g}.rid FROM {table} WHERE {g}.param = ANY({cells}) AND {within}))"

    def haversine(self, test: NearTest, g: str) -> str:
        """What orders the positions of `g` by their distance, as SQL."""
        lat, lon = self.arg(test.lat, "float8"), self.arg(test.lon, "float8")
        return (
            f"(sin(radians({g}.lo - {lat}) / 2) ^ 2"
            f" + cos(radians({lat})) * cos(radians({g}.lo)) * sin(radians({g}.hi - {lon}) / 2) ^ 2)"
        )

    def _exists(self, table: str, name: str, alias: str, param: int, compared: str) -> str:
        key = self.arg(param, "bigint")
        exists = (
            f"EXISTS (SELECT 1 FROM {self.schema}.{table} {name}"
            f" WHERE {name}.rid = {alias}.rid AND {name}.param = {key} AND ({compared}))"
        )
        return f"({exists}) IS TRUE" if self.led else exists  # IS TRUE: asked row by row, never turned into a join

    def _refers(self, chain: RefersTo, alias: str) -> str:
        t = self.alias("t")
        own = self.arg(chain.reference, "bigint")
        inner = self.all((chain.inner,), (chain.target,), t)
        return (
            f"EXISTS (SELECT 1 FROM unnest({alias}.toks) AS u{t}(token)"
            f" JOIN {self.schema}.resource {t} ON {t}.key = u{t}.token # {own} WHERE {inner})"
        )

    def _referred(self, has: ReferredBy, alias: str) -> str:
        t = self.alias("t")
        own = self.arg(has.reference, "bigint")
        inner = self.all((has.inner,), (has.source,), t)
        return (
            f"EXISTS (SELECT 1 FROM {self.schema}.resource {t}"
            f" WHERE {t}.toks @> ARRAY[{own} # {alias}.key] AND {inner})"
        )


def _before(instant: datetime, span: timedelta) -> datetime:
    return instant - span if instant.year > 2 else temporal.BEGINNING


def _compared(writer: Writer, comparison: str, low: str, high: str, lo: datetime, hi: datetime) -> str:
    """`comparison` of the value [low, high] with the query's range [lo, hi].

    Some bounds are said twice, for the index.
    """
    needs = {"gt": "h", "lt": "l", "sa": "h", "eb": "l"}.get(comparison, "lh")
    first = writer.arg(lo, "timestamptz") if "l" in needs else ""
    last = writer.arg(hi, "timestamptz") if "h" in needs else ""
    within = f"{low} >= {first} AND {low} <= {last} AND {high} <= {last}"
    return {
        "eq": within,
        "ne": f"NOT ({within})",
        "gt": f"{high} > {last}",
        "lt": f"{low} < {first}",
        "ge": f"{high} >= {first} AND ({high} > {last} OR ({within}))",
        "le": f"{low} <= {last} AND ({low} < {first} OR ({within}))",
        "sa": f"{low} > {last}",
        "eb": f"{low} < {first} AND {high} < {first}",
        "ap": f"{low} <= {last} AND {high} >= {first}",
    }[comparison]


def _numbers(comparison: Comparison, low: str, high: str, bound: Callable[[str], str]) -> str:
    """A value [low, high] compared with "value", or with its range ["lo", "hi"[: `bound` writes each."""
    if comparison == "ap":
        return f"{low} <= {bound('hi')} AND {high} >= {bound('lo')}"
    if comparison in ("eq", "ne"):
        lo, hi = bound("lo"), bound("hi")
        within = f"{low} >= {lo} AND {low} < {hi} AND {high} < {hi}"
        return within if comparison == "eq" else f"NOT ({within})"
    end, operator = {
        "gt": (high, ">"),
        "ge": (high, ">="),
        "lt": (low, "<"),
        "le": (low, "<="),
        "sa": (low, ">"),
        "eb": (high, "<"),
    }[comparison]
    return f"{end} {operator} {bound('value')}"
