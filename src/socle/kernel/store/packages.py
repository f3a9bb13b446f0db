"""FHIR packages kept in the house: installed whole or not at all, listed, read, removed. Each change leaves its trace.

A package is written in three steps: its row, not ready; its resources by COPY; then it is made ready, in one statement.
Readers see ready packages only. What a crash leaves behind is removed by the next installation of that package.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import orjson

from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.packages import Entry, Package, Resource, answering
from socle.kernel.fhir.packages import nearest_first as ordered
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.bindings import write_bindings
from socle.kernel.store.compression import LATEST, Packer, unpack
from socle.kernel.store.contract import Row
from socle.kernel.store.database import Database

SCHEMA: Final = "house"
ABANDONED: Final = timedelta(hours=1)  # an installation that is not ready after that will never be
_RULE: Final = "SOCLE-PACKAGE"
_BATCH: Final = 64
_COLUMNS: Final = (
    "package n type url version rid kind of_type derivation base name title status snapshot body".split()  # noqa: SIM905
)
_PACKAGE: Final = (
    "id, name, version, canonical, title, fhir_versions, dependencies, begun, who, who_name, resources, octets, digest"
)
_ENTRY: Final = "type, url, version, rid, kind, of_type, derivation, base, name, title, status, snapshot"


@dataclass(frozen=True, slots=True)
class Installed:
    """A package that the house holds.

    dependencies  {name: version asked}; which version answers depends on what else is installed
    resources     how many; octets: of their JSON
    """

    key: int
    name: str
    version: str
    canonical: str
    title: str
    fhir_versions: tuple[str, ...]
    dependencies: Mapping[str, str]
    at: datetime
    who: str
    who_name: str
    resources: int
    octets: int
    digest: bytes

    @property
    def id(self) -> str:
        """`name#version`."""
        return f"{self.name}#{self.version}"


async def list_all(database: Database) -> list[Installed]:
    """Every package, by name and version."""
    sql = f"SELECT {_PACKAGE} FROM house.package WHERE ready ORDER BY name, version"
    return [_installed(row) for row in await database.query(sql)]


async def nearest_first(database: Database, realm: str) -> list[Installed]:
    """Every package, those of a realm (`fr`) first and what everybody builds upon last; the latest version first."""
    held = {(one.name, one.version): one for one in await list_all(database)}
    return [held[one] for one in ordered(held, realm)]


async def find(database: Database, name: str, version: str) -> Installed | None:
    """One package, None when the house does not hold it."""
    sql = f"SELECT {_PACKAGE} FROM house.package WHERE ready AND name = $1 AND version = $2"
    rows = await database.query(sql, name, version)
    return _installed(rows[0]) if rows else None


async def one(database: Database, name: str, version: str = "") -> Installed:
    """One package; version "" when the house holds a single one. Raises: Problem(NOT_FOUND)."""
    return _one(await list_all(database), name, version)


async def install(
    database: Database, package: Package, *, trace: Trace, progress: Callable[[int], None] = lambda count: None
) -> Installed:
    """Keep a package whole; answers with it. One that is there already, the same, is left as it is.

    progress  called with the number of resources read so far
    Raises: Problem(CONFLICT) when this version is there with other contents; what `Package.resources` raises. Nothing of
    the package is kept then.
    """
    manifest = package.manifest
    there = await find(database, manifest.name, manifest.version)
    if there is not None:
        if there.digest != await asyncio.to_thread(_digest, package):
            raise _other_contents(there)
        return there
    [row] = await database.query("SELECT nextval('house.package_id') AS id")
    key: int = row["id"]
    begin = (
        "INSERT INTO house.package (id, name, version, canonical, title, fhir_versions, dependencies, begun, who, who_name) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10)"
    )
    facts = (
        key,
        manifest.name,
        manifest.version,
        manifest.canonical,
        manifest.title,
        list(manifest.fhir_versions),
        orjson.dumps(dict(manifest.dependencies)).decode(),
        trace.at,
        trace.who,
        trace.name,
    )
    sweep = "DELETE FROM house.package WHERE NOT ready AND (name = $1 AND version = $2 AND begun < $3 OR begun < $4)"
    forgotten = (manifest.name, manifest.version, trace.at, trace.at - ABANDONED)
    await database.write(SCHEMA, [(sweep, forgotten), (begin, facts)], trace)
    read = _Reading(key, progress)
    try:
        await database.load(SCHEMA, "package_resource", _COLUMNS, read.rows(package.resources()), trace)
        await write_bindings(database, key, trace)
        ready = "UPDATE house.package SET ready = true, bound = true, resources = $2, octets = $3, digest = $4 WHERE id = $1"
        done = (key, read.count, read.octets, read.digest())
        event = Event(trace, Action.CREATE, entities=(_entity(manifest.name, manifest.version),))
        await database.write(SCHEMA, [(ready, done)], trace, notes=[event])
    except BaseException:
        await asyncio.shield(database.write(SCHEMA, [("DELETE FROM house.package WHERE id = $1", (key,))], trace))
        raise
    found = await find(database, manifest.name, manifest.version)
    if found is None:
        raise AssertionError(f"{manifest.id} was removed as soon as it was installed")
    return found


async def remove(database: Database, names: Sequence[tuple[str, str]], *, trace: Trace) -> list[Installed]:
    """Remove packages together, with all that they define; answers with what was removed.

    names  (name, version) of each; version "" when the house holds a single one
    Raises: Problem(NOT_FOUND); Problem(RULE_VIOLATED) while another package depends on one of them.
    """
    held = await list_all(database)
    going = [_one(held, name, version) for name, version in names]
    leaving = {one.key for one in going}
    staying = [one for one in held if one.key not in leaving]
    for one in going:
        if who := dependents(one, staying, held):
            listed = ", ".join(other.id for other in who)
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"{one.id} ne peut pas être retiré : {listed} en dépend{'ent' if len(who) > 1 else ''}. "
                "Retirez-les d'abord, ou ensemble : « socle fhir remove A B ».",
                f"{one.id} cannot be removed: {listed} depend{'s' if len(who) == 1 else ''} on it. "
                "Remove them first, or together: “socle fhir remove A B”.",
                rule="SOCLE-PACKAGE-DEPENDENCY",
            )
    events = [Event(trace, Action.DELETE, entities=(_entity(one.name, one.version),)) for one in going]
    sql = "DELETE FROM house.package WHERE id = ANY($1::bigint[])"
    await database.write(SCHEMA, [(sql, (sorted(leaving),))], trace, notes=events)
    return going


def dependents(package: Installed, among: Iterable[Installed], held: Sequence[Installed]) -> list[Installed]:
    """Those of `among` that depend on `package`: what they ask of its name is answered, among `held`, by its version."""
    versions = [one.version for one in held if one.name == package.name]
    found = []
    for other in among:
        asked = other.dependencies.get(package.name)
        match = answering(asked, versions) if asked is not None else None
        if match is not None and match.version == package.version:
            found.append(other)
    return found


async def entries(database: Database, package: Installed, types: Sequence[str] = ()) -> list[Entry]:
    """What a package defines, by type, then title: all types when none is named."""
    sql = (
        f"SELECT {_ENTRY} FROM house.package_resource WHERE package = $1 AND ($2::text[] = '{{}}' OR type = ANY($2)) "
        "ORDER BY type, lower(coalesce(nullif(title, ''), name)), rid"
    )
    return [entry_of_row(row) for row in await database.query(sql, package.key, list(types))]


async def profiles(database: Database, *, most: int, order: Sequence[int] = ()) -> list[tuple[str, str]]:
    """(canonical URL, title) of the profiles on resources that packages define, each once; at most `most`.

    order  keys of packages: theirs come first, in that order; then by title
    """
    sql = (
        "SELECT url, min(coalesce(nullif(r.title, ''), r.name)) AS title FROM house.package_resource r "
        "JOIN house.package p ON p.id = r.package AND p.ready "
        "WHERE type = 'StructureDefinition' AND kind = 'resource' AND derivation = 'constraint' "
        "GROUP BY url ORDER BY min(array_position($2::bigint[], p.id::bigint)), "
        "lower(min(coalesce(nullif(r.title, ''), r.name))), url LIMIT $1"
    )
    return [(row["url"], row["title"]) for row in await database.query(sql, most, list(order))]


async def bodies(
    database: Database, package: Installed, types: Sequence[str], *, only: Sequence[str] | None = None
) -> AsyncIterator[tuple[Entry, bytes]]:
    """The resources of some types with their JSON, as they were written, a few at a time; of these URLs when `only` says."""
    sql = (
        f"SELECT n, {_ENTRY}, body FROM house.package_resource "
        "WHERE package = $1 AND type = ANY($2) AND n > $3 AND ($4::text[] IS NULL OR url = ANY($4)) "
        f"ORDER BY n LIMIT {_BATCH}"
    )
    after = 0
    urls = None if only is None else list(only)
    while rows := await database.query(sql, package.key, list(types), after, urls):
        for row in rows:
            yield entry_of_row(row), unpack(row["body"])
        after = rows[-1]["n"]


async def body(database: Database, package: Installed, resource_type: str, url: str) -> bytes | None:
    """One resource of a package by its URL, as it was written; None when the package has none."""
    async for _, found in bodies(database, package, [resource_type], only=[url]):
        return found
    return None


async def sharing(database: Database, packages: Sequence[Installed], types: Sequence[str]) -> dict[int, list[str]]:
    """{key of another package: URLs} of the resources that it has in common with these, same URL and same version."""
    sql = (
        "SELECT r.package, array_agg(DISTINCT r.url) AS urls FROM house.package_resource r "
        "JOIN house.package p ON p.id = r.package AND p.ready "
        "WHERE r.type = ANY($2) AND r.url <> '' AND r.package <> ALL($1::bigint[]) AND EXISTS (SELECT FROM "
        "house.package_resource g WHERE g.package = ANY($1) AND (g.type, g.url, g.version) = (r.type, r.url, r.version)) "
        "GROUP BY r.package"
    )
    rows = await database.query(sql, [one.key for one in packages], list(types))
    return {row["package"]: list(row["urls"]) for row in rows}


def entry_of_row(row: Row) -> Entry:
    """The entry that a row of `package_resource` holds."""
    return Entry(
        row["type"],
        row["url"],
        row["version"],
        row["rid"],
        row["kind"],
        row["of_type"],
        row["derivation"],
        row["base"],
        row["name"],
        row["title"],
        row["status"],
        row["snapshot"],
    )


class _Reading:
    """The rows of a package on their way to the database; read in a thread, so that the house goes on answering."""

    def __init__(self, key: int, progress: Callable[[int], None]) -> None:
        self._key = key
        self._progress = progress
        self._pack = Packer(LATEST)
        self._hashes: list[bytes] = []
        self.count = 0
        self.octets = 0

    async def rows(self, resources: Iterator[Resource]) -> AsyncIterator[tuple[Any, ...]]:
        while batch := await asyncio.to_thread(self._batch, resources):
            for row in batch:
                yield row
            self._progress(self.count)

    def _batch(self, resources: Iterator[Resource]) -> list[tuple[Any, ...]]:
        batch = []
        for entry, body in islice(resources, _BATCH):
            self.count += 1
            self.octets += len(body)
            self._hashes.append(sha256(body).digest())
            batch.append(
                (
                    self._key,
                    self.count,
                    entry.resourceType,
                    entry.url,
                    entry.version,
                    entry.id,
                    entry.kind,
                    entry.type,
                    entry.derivation,
                    entry.base,
                    entry.name,
                    entry.title,
                    entry.status,
                    entry.snapshot,
                    self._pack(body),
                )
            )
        return batch

    def digest(self) -> bytes:
        return _folded(self._hashes)


def _digest(package: Package) -> bytes:
    return _folded([sha256(body).digest() for _, body in package.resources()])


def _folded(hashes: Iterable[bytes]) -> bytes:
    return sha256(b"".join(sorted(hashes))).digest()


def _one(held: Sequence[Installed], name: str, version: str) -> Installed:
    named = [one for one in held if one.name == name]
    found = [one for one in named if version in ("", one.version)]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(one.id for one in named)
    if found:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Plusieurs versions de ce paquet sont installées : {listed}. Dites laquelle.",
            f"Several versions of this package are installed: {listed}. Say which.",
            rule=_RULE,
        )
    fr, en = (f" Versions installées : {listed}.", f" Installed versions: {listed}.") if listed else ("", "")
    raise Problem.of(
        Kind.NOT_FOUND,
        f"Ce paquet n'est pas installé.{fr} « socle fhir list » les montre tous.",
        f"This package is not installed.{en} “socle fhir list” shows them all.",
        rule=_RULE,
    )


def _other_contents(there: Installed) -> Problem:
    return Problem.of(
        Kind.CONFLICT,
        f"{there.id} est déjà installé, avec un autre contenu. Retirez-le d'abord (« socle fhir remove {there.id} ») si "
        "celui-ci doit le remplacer.",
        f"{there.id} is already installed, with other contents. Remove it first (“socle fhir remove {there.id}”) if this "
        "one is to replace it.",
        rule=_RULE,
    )


def _entity(name: str, version: str) -> str:
    return f"package/{name}#{version}"


def _installed(row: Row) -> Installed:
    asked = row["dependencies"]
    return Installed(
        row["id"],
        row["name"],
        row["version"],
        row["canonical"],
        row["title"],
        tuple(row["fhir_versions"]),
        orjson.loads(asked) if isinstance(asked, str) else asked,
        row["begun"],
        row["who"],
        row["who_name"],
        row["resources"],
        row["octets"],
        row["digest"],
    )
