"""Which elements the packages of the house bind to which value sets: written with a package, asked by value set."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from socle.kernel.audit import Trace
from socle.kernel.fhir.bound import Bound, stated
from socle.kernel.store.compression import unpack
from socle.kernel.store.database import Database

SCHEMA: Final = "house"
_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Usage:
    """An element that is bound to a value set: of which structure, in which package ("", "" for FHIR R4 itself)."""

    bound: Bound
    url: str
    version: str
    title: str
    package: tuple[str, str]


async def bound_to(
    database: Database, value_sets: Sequence[str], *, most: int, order: Sequence[int] = ()
) -> list[Usage]:
    """The elements that packages bind to one of these value sets (URLs without version); at most `most`.

    order  keys of packages: theirs come first, in that order; then by title
    """
    sql = (
        "SELECT b.element, b.strength, b.value_set, b.version AS asked, r.url, r.version, "
        "coalesce(nullif(r.title, ''), nullif(r.name, ''), r.url) AS title, p.name AS package, "
        "p.version AS package_version FROM house.package_binding b "
        "JOIN house.package_resource r ON r.package = b.package AND r.n = b.n "
        "JOIN house.package p ON p.id = b.package AND p.ready WHERE b.value_set = ANY($1::text[]) "
        "ORDER BY array_position($3::bigint[], p.id::bigint), lower(coalesce(nullif(r.title, ''), r.name)), r.url, p.name, "
        "p.version, b.element LIMIT $2"
    )
    return [
        Usage(
            Bound(row["element"], row["strength"], row["value_set"], row["asked"]),
            row["url"],
            row["version"],
            row["title"],
            (row["package"], row["package_version"]),
        )
        for row in await database.query(sql, list(value_sets), most, list(order))
    ]


async def catch_up(database: Database, trace: Trace) -> int:
    """Write the bindings of the packages that were installed before bindings were written; how many packages."""
    rows = await database.query("SELECT id FROM house.package WHERE ready AND NOT bound ORDER BY id")
    for row in rows:
        await write_bindings(database, row["id"], trace)
        await database.write(SCHEMA, [("UPDATE house.package SET bound = true WHERE id = $1", (row["id"],))], trace)
    return len(rows)


async def write_bindings(database: Database, package: int, trace: Trace) -> None:
    """Write the bindings that the structures of a package state, read a few at a time; those written before are replaced."""
    await database.write(SCHEMA, [("DELETE FROM house.package_binding WHERE package = $1", (package,))], trace)
    columns = ("package", "n", "element", "strength", "value_set", "version")
    await database.load(SCHEMA, "package_binding", columns, _bindings(database, package), trace)


async def _bindings(database: Database, package: int) -> AsyncIterator[tuple[Any, ...]]:
    sql = (
        "SELECT n, body FROM house.package_resource WHERE package = $1 AND type = 'StructureDefinition' AND n > $2 "
        "ORDER BY n LIMIT $3"
    )
    after = 0
    while rows := await database.query(sql, package, after, _BATCH):
        for row in rows:
            for one in stated(unpack(row["body"])):
                yield (package, row["n"], *one)
        after = rows[-1]["n"]
