"""Values to sort by that no search key holds: codes, references, URIs, and quantities in one unit.

Writes pay nothing: as full text does, the index follows the history, one parameter at a time, from the first time that
somebody sorts by it. A search first brings it up to date; when there is too much to do, it is refused for a moment while
the background does it.

Each value is a text that sorts as the value does. R4 leaves that order open (search.html#sort); ours is:
a code or an identifier by itself, without its system or case; a reference by its address, `Type/id` when it is local;
a URI to the letter; quantities that measure the same thing by their worth, those of one unit that converts into no other
among themselves.
"""

import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import isfinite
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from socle.kernel.fhir.common_units import UCUM, measure
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import key
from socle.kernel.fhir.units import ONE
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.feed import BATCH, MOST, settled
from socle.kernel.search.parameter import Parameter
from socle.kernel.search.types import quantity, reference, token
from socle.kernel.store.contract import STORED_COLUMNS, Json, Stored

if TYPE_CHECKING:
    from socle.kernel.search.repository import Repository

LONGEST: Final = 600  # characters of a value that are compared: PostgreSQL indexes no more than 2,700 octets
Bounds = tuple[str | None, str | None]


def order_key(parameter: Parameter) -> int:
    """The key of a parameter's values in `ix_order`: another expression is another parameter."""
    return key("so", parameter.resource_type, parameter.name, parameter.type, parameter.expression)


def bounds(parameter: Parameter, resource: Json, bases: Sequence[str] = ()) -> Bounds:
    """The first and the last of a resource's values, as texts that sort as they do; (None, None) without any."""
    values = compiled(parameter.expression, parameter.resource_type)(resource)
    found = [text[:LONGEST] for text in TEXTS[parameter.type](parameter, values, bases) if text]
    return (min(found, key=str.encode), max(found, key=str.encode)) if found else (None, None)


async def ensure(
    repository: "Repository", of: str, names: Sequence[str], found: Callable[[], Awaitable[list[int]]]
) -> None:
    """Bring the order of a type by these parameters up to date; at least that of what is searched, when that is little.

    found  the rids of what is searched, `MOST` + 1 at most
    Raises: Problem(UNAVAILABLE) when there is too much to do.
    """
    known = repository.indexer.parameters.of(of)
    schema = repository.store.schema
    asked = {order_key(known[name]): known[name] for name in names}
    await repository.store.query(
        f"INSERT INTO {schema}.order_position (param, type, name, seq)"
        " SELECT u.param, $2, u.name, 0 FROM unnest($1::bigint[], $3::text[]) AS u(param, name)"
        " ON CONFLICT (param) DO NOTHING",
        list(asked),
        of,
        [one.name for one in asked.values()],
    )
    end = await settled(repository)
    rids: list[int] | None = None
    for param, parameter in asked.items():
        if not await _catch_up(repository, parameter, param, end):
            rids = await found() if rids is None else rids
            if len(rids) <= MOST:
                await _take_in(repository, parameter, param, "rid", rids)
                continue
            raise Problem.of(
                Kind.UNAVAILABLE,
                f"L'ordre par « {parameter.name} » se construit en tâche de fond : il ne contient pas encore tout. "
                "Réessayez dans un instant.",
                f"The order by “{parameter.name}” is being built in the background: it does not hold everything yet. "
                "Try again in a moment.",
                expression="http._sort",
                rule="FHIR R4 search.html#sort",
                code="transient",
            )


async def keep_up(repository: "Repository") -> None:
    """Bring up to date every order that somebody has asked for, and forget those of parameters that are no more."""
    store = repository.store
    rows = await store.query(f"SELECT param, type, name FROM {store.schema}.order_position")
    gone: list[int] = []
    end = await settled(repository) if rows else 0
    for row in rows:
        parameter = repository.indexer.parameters.of(row["type"]).get(row["name"])
        if parameter is None or order_key(parameter) != row["param"]:
            gone.append(row["param"])
            continue
        many = False
        while end >= 0 and not await _catch_up(repository, parameter, row["param"], end):
            many = True
        if many:  # without statistics PostgreSQL sorts them all rather than walk their index
            await store.query(f"ANALYZE {store.schema}.ix_order")
    if gone:
        await store.query(f"DELETE FROM {store.schema}.order_position WHERE param = ANY($1::bigint[])", gone)
        await store.query(f"DELETE FROM {store.schema}.ix_order WHERE param = ANY($1::bigint[])", gone)


async def _catch_up(repository: "Repository", parameter: Parameter, param: int, end: int) -> bool:
    """Take in what was committed up to `end`, `MOST` versions at most; whether that was all of it."""
    store, of = repository.store, parameter.resource_type
    schema, code = store.schema, repository.definitions.type_code(of)
    done = 0
    while done < MOST:
        versions = await store.query(
            f"SELECT seq, key FROM {schema}.history WHERE type = $1"
            f" AND seq > (SELECT seq FROM {schema}.order_position WHERE param = $2) AND seq <= $3"
            f" ORDER BY seq LIMIT {BATCH}",
            code,
            param,
            end,
        )
        if versions:
            await _take_in(repository, parameter, param, "key", list({row["key"] for row in versions}))
        # The last of them, or the end itself: the versions of other types are not gone through again.
        reached = versions[-1]["seq"] if len(versions) == BATCH else end
        await store.query(
            f"UPDATE {schema}.order_position SET seq = $2 WHERE param = $1 AND seq < $2",
            param,
            reached,
        )
        done += len(versions)
        if len(versions) < BATCH:
            return end >= 0
    return False


async def _take_in(
    repository: "Repository", parameter: Parameter, param: int, column: str, named: Sequence[int]
) -> None:
    """Keep the values of the resources named by their `column` (rid or key), as they are now."""
    store = repository.store
    for start in range(0, len(named), BATCH):
        rows = await store.query(
            f"SELECT {STORED_COLUMNS} FROM {store.schema}.resource WHERE {column} = ANY($1::bigint[])",
            named[start : start + BATCH],
        )
        found = [(one.rid, one.version, *_bounds_of(repository, parameter, one)) for one in map(store.stored, rows)]
        await store.query(
            f"INSERT INTO {store.schema}.ix_order AS o (rid, param, version, low, high)"
            " SELECT u.rid, $1, u.version, u.low, u.high"
            " FROM unnest($2::bigint[], $3::int[], $4::text[], $5::text[]) AS u(rid, version, low, high)"
            " ON CONFLICT (rid, param) DO UPDATE SET version = excluded.version, low = excluded.low,"
            " high = excluded.high WHERE o.version < excluded.version",
            param,
            *([one[place] for one in found] for place in range(4)),
        )


def _bounds_of(repository: "Repository", parameter: Parameter, stored: Stored) -> Bounds:
    return (None, None) if stored.deleted else bounds(parameter, parse(stored.body), repository.bases)


# -- texts that sort as values do ------------------------------------------------------------------------------------------

Texts = Callable[[Parameter, Sequence[tuple[str, Any]], Sequence[str]], list[str]]


def _of_tokens(parameter: Parameter, values: Sequence[tuple[str, Any]], bases: Sequence[str]) -> list[str]:
    return [code.casefold() for kind, value in values for code in token.texts(kind, value)]


def _of_references(parameter: Parameter, values: Sequence[tuple[str, Any]], bases: Sequence[str]) -> list[str]:
    return [text for _, value in values if (text := reference.address(value, bases))]


def _of_uris(parameter: Parameter, values: Sequence[tuple[str, Any]], bases: Sequence[str]) -> list[str]:
    return [value for _, value in values]


def _of_quantities(parameter: Parameter, values: Sequence[tuple[str, Any]], bases: Sequence[str]) -> list[str]:
    return [_measured(*found) for kind, value in values if (found := quantity.lowest(kind, value))]


def _measured(low: Decimal | int, above: bool, unit: Mapping[str, Any]) -> str:
    """What is measured, then its worth, then whether it is more than that."""
    code, system = unit.get("code", ""), unit.get("system", "")
    known = measure(code) if system == UCUM else None
    of, worth = known or (f"{system}|{code or unit.get('unit', '')}", ONE)
    number = float((Fraction(low) + worth.shift) * worth.factor) if isfinite(low) else float(low)
    return f"{of} {sortable(number)}{int(above)}"


def sortable(number: float) -> str:
    """Sixteen digits that sort, as a text, where the number does."""
    [bits] = struct.unpack(">Q", struct.pack(">d", number + 0.0))
    return f"{bits ^ (0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else 1 << 63):016x}"


TEXTS: Final[Mapping[str, Texts]] = MappingProxyType(
    {"token": _of_tokens, "reference": _of_references, "uri": _of_uris, "quantity": _of_quantities}
)
