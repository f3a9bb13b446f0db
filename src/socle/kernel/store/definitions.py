"""What the packages of the house define, looked through: structures by words, by base, by URL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from socle.kernel.fhir.packages import Entry
from socle.kernel.store.database import Database
from socle.kernel.store.packages import Installed, entry_of_row

_ACCENTS: Final = ("àâäáãåçéèêëíìîïñóòôöõúùûüÿ", "aaaaaaceeeeiiiinooooouuuuy")
# Words are sought without case or accents. The table has one row a definition: some thousands, read without their bodies.
_SAID: Final = f"translate(lower(concat_ws(' ', r.title, r.name, r.url, r.of_type)), '{_ACCENTS[0]}', '{_ACCENTS[1]}')"
_PLAIN: Final = str.maketrans(*_ACCENTS)


class Sought(NamedTuple):
    """Which structures. words: all of them, anywhere in title, name, URL, type; sort: see SORTS; package: (name, version)."""

    words: tuple[str, ...] = ()
    sort: str = ""
    of_type: str = ""
    package: tuple[str, str] | None = None


SORTS: Final[Mapping[str, str]] = {
    "profile": "r.derivation = 'constraint' AND r.of_type <> 'Extension' AND r.kind <> 'logical'",
    "extension": "r.of_type = 'Extension' AND r.derivation = 'constraint'",
    "type": "r.derivation <> 'constraint' AND r.kind <> 'logical'",
    "logical": "r.kind = 'logical'",
}


def sort_of(entry: Entry) -> str:
    """The sort of a structure, as SORTS names it."""
    if entry.kind == "logical":
        return "logical"
    if entry.derivation != "constraint":
        return "type"
    return "extension" if entry.type == "Extension" else "profile"


def plain(text: str) -> str:
    """A text without case or accents, as structures are sought."""
    return text.lower().translate(_PLAIN)


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry and the package that holds it: (name, version)."""

    entry: Entry
    package: tuple[str, str]


async def structures(
    database: Database, sought: Sought, *, offset: int, limit: int, order: Sequence[int] = ()
) -> tuple[list[Placed], int]:
    """A page of the structures that packages define, and how many there are in all.

    order  keys of packages: theirs come first, in that order, each by sort and title; then the others by title
    """
    conditions, arguments = ["r.type = 'StructureDefinition'"], list[Any]()
    for word in sought.words:
        arguments.append(plain(word))
        conditions.append(f"position(${len(arguments)}::text in {_SAID}) > 0")
    if sought.sort:
        conditions.append(f"({SORTS[sought.sort]})")
    if sought.of_type:
        arguments.append(sought.of_type)
        conditions.append(f"r.of_type = ${len(arguments)}")
    if sought.package is not None:
        arguments += sought.package
        conditions.append(f"p.name = ${len(arguments) - 1} AND p.version = ${len(arguments)}")
    source = (
        "FROM house.package_resource r JOIN house.package p ON p.id = r.package AND p.ready "
        f"WHERE {' AND '.join(conditions)}"
    )
    n = len(arguments)
    place = f"array_position(${n + 3}::bigint[], p.id::bigint)"
    sorts = " ".join(f"WHEN {condition} THEN {rank}" for rank, condition in enumerate(SORTS.values()))
    sql = (
        "SELECT r.type, r.url, r.version, r.rid, r.kind, r.of_type, r.derivation, r.base, r.name, r.title, r.status, "
        f"r.snapshot, p.name AS package, p.version AS package_version, count(*) OVER () AS total {source} "
        f"ORDER BY {place}, CASE WHEN {place} IS NOT NULL THEN CASE {sorts} END END, "
        "lower(coalesce(nullif(r.title, ''), r.name)), r.url, p.name, p.version, r.n "
        f"OFFSET ${n + 1} LIMIT ${n + 2}"
    )
    rows = await database.query(sql, *arguments, offset, limit, list(order))
    if not rows and offset:  # beyond the last: how many there are is still asked
        rest = await database.query(f"SELECT count(*) AS total {source}", *arguments)
        return [], rest[0]["total"]
    found = [Placed(entry_of_row(row), (row["package"], row["package_version"])) for row in rows]
    return found, rows[0]["total"] if rows else 0


async def holders(database: Database, url: str) -> list[Placed]:
    """Every package that defines a structure of this URL."""
    sql = (
        "SELECT r.type, r.url, r.version, r.rid, r.kind, r.of_type, r.derivation, r.base, r.name, r.title, r.status, "
        "r.snapshot, p.name AS package, p.version AS package_version FROM house.package_resource r "
        "JOIN house.package p ON p.id = r.package AND p.ready WHERE r.url = $1 AND r.type = 'StructureDefinition' "
        "ORDER BY p.name, p.version"
    )
    return [
        Placed(entry_of_row(row), (row["package"], row["package_version"])) for row in await database.query(sql, url)
    ]


async def derived(database: Database, url: str, *, most: int) -> list[Placed]:
    """The structures whose base is this one, each URL once, by title; at most `most`."""
    sql = (
        "SELECT DISTINCT ON (lower(coalesce(nullif(r.title, ''), r.name)), r.url) r.type, r.url, r.version, r.rid, r.kind, "
        "r.of_type, r.derivation, r.base, r.name, r.title, r.status, r.snapshot, p.name AS package, "
        "p.version AS package_version FROM house.package_resource r JOIN house.package p ON p.id = r.package AND p.ready "
        "WHERE r.type = 'StructureDefinition' AND r.url <> $1 AND (r.base = $1 OR starts_with(r.base, $1 || '|')) "
        "ORDER BY lower(coalesce(nullif(r.title, ''), r.name)), r.url, p.name, p.version DESC LIMIT $2"
    )
    rows = await database.query(sql, url, most)
    return [Placed(entry_of_row(row), (row["package"], row["package_version"])) for row in rows]


async def counts(database: Database) -> dict[str, int]:
    """How many structures packages define, by sort, and how many resources of other types, by type."""
    cases = " ".join(f"WHEN {condition} THEN '{name}'" for name, condition in SORTS.items())
    sql = (
        f"SELECT CASE WHEN r.type <> 'StructureDefinition' THEN r.type {cases} ELSE 'type' END AS what, count(*) AS n "
        "FROM house.package_resource r JOIN house.package p ON p.id = r.package AND p.ready GROUP BY 1"
    )
    return {row["what"]: row["n"] for row in await database.query(sql)}


async def types_of(database: Database, package: Installed) -> list[tuple[str, int]]:
    """(resourceType, how many) of what a package defines, the most first."""
    sql = (
        "SELECT type, count(*) AS n FROM house.package_resource WHERE package = $1 GROUP BY type ORDER BY n DESC, type"
    )
    return [(row["type"], row["n"]) for row in await database.query(sql, package.key)]
