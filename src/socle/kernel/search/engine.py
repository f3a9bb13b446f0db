"""Run a query: a page of resources, what goes with them, the links to the next pages.

Pages stay consistent while others write. A page link remembers the last resource and the last change of the first page:
what was created since is left out, what was changed since keeps the place it had (its former version tells its former
sort values), so that nothing comes twice and nothing that still matches is skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import orjson

from socle.kernel.fhir.json import parse as parse_json
from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.search import compartment, contained, fulltext, ordering, page_token
from socle.kernel.search.conditions import Condition, KeyIn, asks_text
from socle.kernel.search.feed import MOST
from socle.kernel.search.include import included
from socle.kernel.search.order import Cursor, Value, cursor_of, order_key, stretches, values_of
from socle.kernel.search.page_token import Place
from socle.kernel.search.parameter import Context
from socle.kernel.search.parse import Pairs
from socle.kernel.search.plan import Plan, plan
from socle.kernel.search.presentation import NAMES
from socle.kernel.search.query import Query, Sort
from socle.kernel.search.refusal import refuse
from socle.kernel.search.shorten import shortened
from socle.kernel.search.sight import Sight
from socle.kernel.search.sql import Writer
from socle.kernel.store.contract import STORED_COLUMNS, Keys, Row, Stored, Within

if TYPE_CHECKING:
    from socle.kernel.search.repository import Repository

ESTIMATED_FROM: Final = 1_000  # `_total=estimate` counts up to there, then trusts the planner
MOST_CHANGED: Final = 5_000  # changes since the first page that a page can still account for
_COLUMNS: Final = ", ".join(f"r.{column}" for column in STORED_COLUMNS.split(", "))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results.

    query      what was asked (its `parameters` make the self and first links)
    matches    resources found, in order, their bodies shortened if the query asks so
    included   what goes with them
    total      how many there are in all, when asked for or known for free
    next       token of the next page, None on the last one
    previous   token of the previous page, None on the first one
    issues     warnings to show in the Bundle as an OperationOutcome
    profile    what the Bundle is said to be, when it is more than a searchset
    lone       its only link is its own address: a profile may allow no other
    """

    query: Query
    matches: list[Stored]
    included: list[Stored]
    total: int | None
    next: str | None
    previous: str | None
    issues: tuple[Issue, ...] = ()
    profile: str = ""
    lone: bool = False


async def search(
    repository: "Repository",
    query: Query,
    *,
    secret: bytes,
    issues: Sequence[Issue] = (),
    sight: Sight | None = None,
) -> Page:
    """The first page of `query`. Raises: Problem(TOO_COSTLY) past the store's time limit."""
    return await _Run(repository, query, secret, issues, sight).page(None)


async def resume(
    repository: "Repository", token: str, *, secret: bytes, now: datetime, sight: Sight | None = None
) -> Page:
    """The page that a link's token leads to.

    Raises: Problem(INVALID) when the token is not ours or is for another register; Problem(GONE) when it has expired,
    or when so much has changed since that the pages cannot stay consistent.
    """
    place = page_token.read(token, secret, now)
    if place.register != repository.register.name:
        raise Problem.of(
            Kind.INVALID,
            "Ce lien de page est celui d'un autre registre.",
            "This page link belongs to another register.",
        )
    context = Context(place.asked, repository.bases, sight)
    parsed = repository.parser.parse(place.parameters, place.resource_type or None, context)
    return await _Run(repository, parsed.query, secret, (), sight).page(place)


async def find_ids(
    repository: "Repository", asked: Within, query: Query, *, now: datetime, limit: int
) -> list[tuple[str, int]]:
    """(id, version) of at most `limit` resources that match: for conditional operations, inside their transaction."""
    statistics = repository.statistics
    await statistics.refresh(asked, repository.store.schema, now)
    code = repository.definitions.type_code

    def writer() -> Writer:
        return Writer(repository.store.schema, code, statistics)

    planned = await plan(query, asked, writer, statistics, repository.terminology)
    statement = replace(writer(), led=planned.led)
    where = statement.all(planned.conditions, query.types)
    settled = planned.led and planned.settled  # nothing is walked in an order here
    rows = await (asked.settled if settled else asked.query)(
        f"SELECT r.fid, r.version FROM {statement.schema}.resource r WHERE {where}"
        f" ORDER BY r.rid{' + 0' if planned.led else ''} LIMIT {int(limit)}",
        *statement.args,
    )
    return [(row["fid"], row["version"]) for row in rows]


def criteria(
    repository: "Repository", resource_type: str, parameters: Pairs, *, now: datetime, sight: Sight | None = None
) -> Query:
    """The criteria of a conditional operation.

    Parameters that only shape an answer (_sort, _include …) are refused: they have no meaning here.
    Raises: Problem(INVALID), Problem(PRECONDITION_FAILED) when there is none.
    """
    for name, _ in parameters:
        if name.partition(":")[0] in (*NAMES, *contained.NAMES, compartment.NAME, compartment.DURING):
            raise refuse(
                name,
                f"« {name} » n'a pas de sens dans une opération conditionnelle : n'y mettez que des critères.",
                f"“{name}” has no meaning in a conditional operation: only put criteria there.",
                rule="FHIR R4 http.html#cond-update",
            )
    query = repository.parser.parse(parameters, resource_type, Context(now, repository.bases, sight)).query
    if not query.conditions:
        raise Problem.of(
            Kind.PRECONDITION_FAILED,
            "Une opération conditionnelle demande au moins un critère de recherche.",
            "A conditional operation takes at least one search criterion.",
            rule="FHIR R4 http.html#cond-update",
        )
    if any(asks_text(one) for one in query.conditions):
        raise refuse(
            "_content",
            "Une opération conditionnelle ne cherche pas dans le texte : son index suit les écritures.",
            "A conditional operation does not search text: its index follows the writes.",
        )
    return query


def _left(planned: Plan) -> tuple[Condition, ...]:
    """The conditions but what the order itself reads: a circle, ring by ring; the rows of a name."""
    circle = planned.sort[0].near if planned.sort else None
    begins = planned.walk.begins if planned.walk else None
    return tuple(one for one in planned.conditions if one not in (circle, begins))


@dataclass(slots=True)
class _Found:
    """A row of a page, with the place in the order that it had when it is no longer there."""

    row: Row
    sort: tuple[Sort, ...]
    former: Cursor | None = None

    @property
    def cursor(self) -> Cursor:
        """Its place in the order: asked of the first and of the last one of a page, most often."""
        return self.former or cursor_of(self.row, self.sort)


@dataclass(slots=True)
class _Run:
    repository: "Repository"
    query: Query
    secret: bytes
    issues: Sequence[Issue]
    sight: Sight | None = None

    def writer(self, planned: Plan | None = None) -> Writer:
        repository = self.repository
        schema, code = repository.store.schema, repository.definitions.type_code
        return Writer(schema, code, repository.statistics, planned is not None and planned.led)

    async def page(self, place: Place | None) -> Page:
        repository, query = self.repository, self.query
        assert query.now is not None
        if query.contained != "false" or any(asks_text(one) for one in query.conditions):
            await fulltext.ensure(repository)
        await repository.statistics.refresh(repository.store, repository.store.schema, query.now)
        pairs = repository.indexer.parameters.pairs(query.types[0]) if len(query.types) == 1 else None
        planned = await plan(query, repository.store, self.writer, repository.statistics, repository.terminology, pairs)
        held: contained.Held | None = None
        if query.contained != "false":
            planned, held = await self._within(planned)
        if ordered := [key.name for key in query.sort if key.by == "ordered"]:
            await ordering.ensure(repository, query.types[0], ordered, lambda: self._searched(planned))
        if query.count == 0:
            counted = await (self._estimate(planned) if query.total == "estimate" else self._count(planned))
            return Page(query, [], [], counted, None, None, tuple(self.issues))
        backward = place is not None and place.backward
        found = await self._found(planned, place, query.count + 1)
        more = len(found) > query.count
        found = found[: query.count]
        if backward:
            found.reverse()
        total = place.total if place else await self._total(planned, None if more else len(found))
        links = self._links(planned, place, found, more, total)
        matches = [repository.store.stored(found_one.row) for found_one in found]
        seen = None if self.sight is None else partial(self.sight.seen, repository)
        if seen is not None:
            matches = [one for one in await seen(matches) if one is not None]
        beside, warnings = (
            await included(repository.store, repository.definitions.type_code, query.includes, matches, seen)
            if query.includes
            else ([], [])
        )
        if held is not None and not query.holders:
            matches = [shown for match in matches for shown in held.shown(match)]
        if query.elements or query.summary != "false":
            matches = [self._shortened(match) for match in matches]
            if query.summary != "false":
                beside = [self._shortened(one) for one in beside]
        return Page(query, matches, beside, total, *links, (*self.issues, *warnings))

    async def _within(self, planned: Plan) -> tuple[Plan, contained.Held]:
        """What finds the resources that hold others of which the conditions are true, and these."""
        query, types = self.query, self.repository.register.types
        if self.sight is not None:
            raise refuse(
                "_contained",
                "« _contained » n'est pas offert à qui ne voit pas tout de ce registre.",
                "“_contained” is not offered to those who do not see all of this register.",
                code="not-supported",
            )
        contained.check(query.conditions)
        held = await contained.find(self.repository, query.types[0], planned.conditions, self.writer(), types)
        conditions = held.among(query.contained, planned.conditions)
        self.query = replace(query, types=types, of=query.types[0])
        return Plan(conditions, planned.sort, query.contained == "true"), held

    # -- rows ----------------------------------------------------------------------------------------------------------

    async def _found(self, planned: Plan, place: Place | None, limit: int) -> list[_Found]:
        """At most `limit` rows from the place on, in the order of reading (reversed when going backward)."""
        if place is None:
            return await self._read(planned, None, limit)
        changed = await self._changed(place) if planned.sort and planned.sort != (Sort("id", name="_id"),) else []
        others = await self._read(planned, place, limit, changed)
        if not changed:
            return others
        moved = await self._moved(planned, place, changed)
        reached = order_key(place.cursor, planned.sort)
        moved = [
            one
            for one in moved
            if (order_key(one.cursor, planned.sort) < reached) is place.backward
            and order_key(one.cursor, planned.sort) != reached
        ]
        every = sorted([*others, *moved], key=lambda one: order_key(one.cursor, planned.sort), reverse=place.backward)
        return every[:limit]

    async def _read(self, planned: Plan, place: Place | None, limit: int, changed: Sequence[int] = ()) -> list[_Found]:
        """Rows from the place on, but those of the keys `changed`."""
        found: list[_Found] = []
        cursor = place.cursor if place else None
        walk = planned.walk
        backward = place is not None and place.backward
        late = planned.late
        alias = "o" if late else "r"
        for make in stretches(planned.sort, cursor, backward=backward, led=planned.led, walk=walk, late=late):
            writer = self.writer(planned)
            writer.led = planned.led or walk is not None  # what is walked is asked row by row too
            where = writer.all(_left(planned), self.query.types, alias, late)
            if place:
                where += f" AND {alias}.rid <= {writer.arg(place.rid, 'bigint')}"
            if changed:
                where += f" AND {alias}.key <> ALL({writer.arg(list(changed), 'bigint[]')})"
            part = make(writer, where)
            # Both bounds are read in the same snapshot as the rows.
            bounds = (
                ""
                if place
                else (
                    f", (SELECT max(rid) FROM {writer.schema}.resource) AS last_rid"
                    f", (SELECT max(seq) FROM {writer.schema}.history) AS last_seq"
                )
            )
            store = self.repository.store
            rows = await (store.settled if planned.settled else store.query)(
                f"SELECT {_COLUMNS}{part.columns}{bounds} FROM {part.tables} WHERE {part.where}"
                f" ORDER BY {part.order} LIMIT {limit - len(found)}",
                *writer.args,
            )
            found.extend(_Found(row, planned.sort) for row in rows)
            if len(found) >= limit:
                break
        return found

    async def _searched(self, planned: Plan) -> list[int]:
        """The rids of what is searched, in no order, as many as `ordering` takes in at once and one more."""
        writer = self.writer(planned)
        where = writer.all(planned.conditions, self.query.types)
        sql = f"SELECT r.rid FROM {writer.schema}.resource r WHERE {where} LIMIT {MOST + 1}"
        return [row["rid"] for row in await self.repository.store.query(sql, *writer.args)]

    async def _changed(self, place: Place) -> list[int]:
        """Keys of the resources of these types that got a new version since the first page."""
        repository = self.repository
        rows = await repository.store.query(
            f"SELECT DISTINCT key FROM {repository.store.schema}.history"
            f" WHERE type = ANY($1::smallint[]) AND seq > $2 AND version > 1 LIMIT {MOST_CHANGED + 1}",
            [repository.definitions.type_code(of) for of in self.query.types],
            place.seq,
        )
        if len(rows) > MOST_CHANGED:
            raise Problem.of(
                Kind.GONE,
                f"Plus de {MOST_CHANGED} ressources ont changé depuis la première page ; refaites la recherche.",
                f"More than {MOST_CHANGED} resources have changed since the first page; search again.",
                rule="FHIR R4 http.html#paging",
            )
        return [row["key"] for row in rows]

    async def _moved(self, planned: Plan, place: Place, changed: Sequence[int]) -> list[_Found]:
        """Those of `changed` that match today, each at the place it had at the first page."""
        repository = self.repository
        writer = self.writer()
        where = writer.all((KeyIn(tuple(changed)), *planned.conditions), self.query.types)
        where += f" AND r.rid <= {writer.arg(place.rid, 'bigint')}"
        rows = await repository.store.query(
            f"SELECT r.key, {_COLUMNS} FROM {writer.schema}.resource r WHERE {where}",
            *writer.args,
        )
        then = await repository.store.query(
            f"SELECT DISTINCT ON (key) key, fid, updated, version FROM {writer.schema}.history"
            " WHERE key = ANY($1::bigint[]) AND seq <= $2 ORDER BY key, version DESC",
            [row["key"] for row in rows],
            place.seq,
        )
        before = {row["key"]: row for row in then}
        found: list[_Found] = []
        for row in rows:
            former = before.get(row["key"])
            if former is None:
                continue
            values = await self._former_values(planned.sort, row, former)
            if values is not None:
                found.append(_Found(row, planned.sort, Cursor(values, row["rid"])))
        return found

    async def _former_values(self, sort: tuple[Sort, ...], row: Row, former: Row) -> tuple[Value, ...] | None:
        """The sort values of a former version, None if it was a deletion."""
        if all(key.by in ("id", "updated") for key in sort):
            return values_of(sort, former["fid"], former["updated"], Keys())
        kind = self.repository.definitions.type_name(row["type"])
        version = await self.repository.store.vread(kind, former["fid"], former["version"])
        if version is None or version.deleted:
            return None
        resource = parse_json(version.body)
        keys = self.repository.indexer.keys(resource)

        def ordered(key: Sort) -> Value:
            parameter = self.repository.indexer.parameters.of(kind)[key.name]
            return ordering.bounds(parameter, resource, self.repository.bases)[key.descending]

        return values_of(sort, version.id, version.updated, keys, ordered)

    # -- totals and links ----------------------------------------------------------------------------------------------

    async def _total(self, planned: Plan, known: int | None) -> int | None:
        if known is not None:
            return known
        match self.query.total:
            case "accurate":
                return await self._count(planned)
            case "estimate":
                return await self._estimate(planned)
        return None

    async def _count(self, planned: Plan) -> int:
        writer = self.writer(planned)
        where = writer.all(planned.conditions, self.query.types)
        rows = await self.repository.store.query(
            f"SELECT count(*) AS total FROM {writer.schema}.resource r WHERE {where}",
            *writer.args,
        )
        return int(rows[0]["total"])

    async def _estimate(self, planned: Plan) -> int:
        """Exact up to `ESTIMATED_FROM`, then what PostgreSQL expects."""
        writer = self.writer(planned)
        where = writer.all(planned.conditions, self.query.types)
        sql = f"SELECT 1 FROM {writer.schema}.resource r WHERE {where}"
        rows = await self.repository.store.query(f"{sql} LIMIT {ESTIMATED_FROM + 1}", *writer.args)
        if len(rows) <= ESTIMATED_FROM:
            return len(rows)
        [explained] = await self.repository.store.query(f"EXPLAIN (FORMAT JSON) {sql}", *writer.args)
        plans = orjson.loads(explained["QUERY PLAN"])
        return max(len(rows), int(plans[0]["Plan"]["Plan Rows"]))

    def _links(
        self, planned: Plan, place: Place | None, found: list[_Found], more: bool, total: int | None
    ) -> tuple[str | None, str | None]:
        """Tokens of the next and previous pages."""
        if not found:
            return None, None
        assert self.query.now is not None
        backward = place is not None and place.backward
        here = Place(
            self.repository.register.name,
            "" if self.query.whole else self.query.of or self.query.types[0],
            self.query.parameters,
            self.query.now,
            found[-1].cursor,
            place.rid if place else found[0].row["last_rid"],
            place.seq if place else found[0].row["last_seq"] or 0,
            False,
            total,
        )
        after = page_token.write(here, self.secret) if more or backward else None
        first = replace(here, cursor=found[0].cursor, backward=True)
        before = page_token.write(first, self.secret) if (more if backward else place is not None) else None
        return after, before

    def _shortened(self, stored: Stored) -> Stored:
        return replace(stored, body=shortened(stored.body, self.query))
