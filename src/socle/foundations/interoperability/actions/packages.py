"""Packages of definitions: install with what they depend on, list, read, remove."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from socle.foundations.interoperability.permissions import PACKAGES
from socle.foundations.terminologies.actions import Taken, leave, take
from socle.foundations.terminologies.model import REALM
from socle.kernel.audit import Trace
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.packages import (
    BUILT_IN,
    CORE,
    Entry,
    Package,
    Plan,
    Wanted,
    answering,
    is_package,
    packages_at,
    plan,
)
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store import packages
from socle.kernel.store.database import Database
from socle.kernel.store.packages import Installed

Progress = Callable[[str, int, int, int], None]  # package, its rank from 1, packages in all, resources read so far

TERMINOLOGY = ("CodeSystem", "ValueSet", "ConceptMap", "NamingSystem")
_AT_ONCE = 4_000_000  # octets of terminology resources handed over together: memory stays constant


def silent(name: str, rank: int, total: int, resources: int) -> None:
    """Says nothing."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What was done: packages installed now, packages that were there already, what is missing, what is only near.

    refused  (canonical, why) of code systems and value sets that the terminology service cannot serve
    amended  (canonical, what) of those that it serves otherwise than published: what was left out
    """

    installed: tuple[Installed, ...]
    already: tuple[Installed, ...]
    missing: tuple[Wanted, ...]
    near: tuple[Wanted, ...]
    refused: tuple[tuple[str, Text], ...] = ()
    amended: tuple[tuple[str, Text], ...] = ()


async def install_packages(
    database: Database,
    paths: Sequence[Path],
    *,
    shelves: Sequence[Path] = (),
    allow_missing: bool = False,
    terminologies: Repository | None = None,
    by: Actor,
    trace: Trace,
    progress: Progress = silent,
) -> Installation:
    """Install the packages at `paths` (.tgz, package folders, folders of packages), dependencies first.

    shelves        folders where dependencies may be found
    allow_missing  install although a dependency is nowhere; else nothing is installed
    terminologies  the register that serves their code systems, value sets and maps; None leaves these in the packages only
    Each package is installed whole or not at all; installing what is there is no error.
    Raises: Problem(FORBIDDEN), Problem(RULE_VIOLATED) naming what is missing, what reading a package raises.
    """
    decide(by, PACKAGES).or_raise(Kind.FORBIDDEN)
    held = [(one.name, one.version) for one in await packages.list_all(database)]
    at_hand, decided = planned(paths, shelves, held)
    if not allow_missing:
        decided.or_raise()
    installed: list[Installed] = []
    already: list[Installed] = []
    refused: list[tuple[str, Text]] = []
    amended: list[tuple[str, Text]] = []
    for rank, manifest in enumerate(decided.order, start=1):
        name, total = manifest.id, len(decided.order)
        progress(name, rank, total, 0)
        one = await packages.install(
            database,
            at_hand[name],
            trace=trace,
            progress=partial(progress, name, rank, total),
        )
        (already if (one.name, one.version) in held else installed).append(one)
        if terminologies is not None:  # again for one that was there: a crash may have come in between
            brought = packages.bodies(database, one, TERMINOLOGY)
            async for taken in _taken(terminologies, brought, one.id, by=by, trace=trace):
                refused += taken.refused
                amended += taken.amended
    done = tuple(installed), tuple(already)
    return Installation(*done, decided.missing, decided.near, tuple(refused), tuple(amended))


async def _taken(
    register: Repository, brought: AsyncIterator[tuple[Entry, bytes]], package: str, *, by: Actor, trace: Trace
) -> AsyncIterator[Taken]:
    """Hand resources of a package over to the terminology service; what was taken, some at a time."""
    waiting: list[dict[str, object]] = []
    octets = 0
    async for _, body in brought:
        waiting.append(parse(body))
        octets += len(body)
        if octets > _AT_ONCE:
            yield await take(register, waiting, by=by, trace=trace, package=package)
            waiting, octets = [], 0
    if waiting:
        yield await take(register, waiting, by=by, trace=trace, package=package)


def planned(
    paths: Sequence[Path], shelves: Sequence[Path], held: Iterable[tuple[str, str]]
) -> tuple[dict[str, Package], Plan]:
    """Every package that is at hand, by `name#version`, and what installing those at `paths` will do. What stands in the
    folders of `shelves` and is no package that can be read is passed over: nobody asked for it.

    Raises: Problem when a path, or a shelf that is a file, holds no package that can be read.
    """
    wanted = [Package.open(found) for path in paths for found in packages_at(path)]
    offered = [package for path in shelves for package in _offered(path)]
    decided = plan([one.manifest for one in wanted], [one.manifest for one in offered], held)
    return {one.manifest.id: one for one in (*offered, *wanted)}, decided


def _offered(shelf: Path) -> list[Package]:
    if not shelf.is_dir() or is_package(shelf):
        return [Package.open(shelf)]
    found = []
    with suppress(Problem):  # nothing there
        for path in packages_at(shelf):
            with suppress(Problem):
                found.append(Package.open(path))
    return found


async def remove_packages(
    database: Database,
    names: Sequence[tuple[str, str]],
    *,
    terminologies: Repository | None = None,
    by: Actor,
    trace: Trace,
) -> list[Installed]:
    """Remove packages, together, and what they brought to the terminology service; what another package brings too stays.

    Raises: Problem(FORBIDDEN | NOT_FOUND), Problem(RULE_VIOLATED) while others depend on them.
    """
    decide(by, PACKAGES).or_raise(Kind.FORBIDDEN)
    going = [await packages.one(database, name, version) for name, version in names]
    shared = await packages.sharing(database, going, TERMINOLOGY) if terminologies is not None else {}
    gone = await packages.remove(database, names, trace=trace)
    if terminologies is not None:
        for one in gone:
            await leave(terminologies, one.id, by=by, trace=trace)
        for other in await packages.list_all(database):
            brought = packages.bodies(database, other, TERMINOLOGY, only=shared.get(other.key, ()))
            async for _ in _taken(terminologies, brought, other.id, by=by, trace=trace):
                pass
    return gone


async def installed_packages(database: Database) -> list[Installed]:
    """Every package of the house, the French ones first; definitions are public."""
    return await packages.nearest_first(database, REALM)


@dataclass(frozen=True, slots=True)
class Dependency:
    """What a package asks for. answer: the version held that answers it, "" when there is none; exact: the one asked."""

    name: str
    asked: str
    answer: str
    exact: bool


def dependencies_of(one: Installed, held: Iterable[Installed]) -> list[Dependency]:
    """What a package depends on, by name, and what of the house answers it."""
    versions: dict[str, set[str]] = {CORE: {BUILT_IN}}
    for other in held:
        versions.setdefault(other.name, set()).add(other.version)
    found = []
    for name, asked in sorted(one.dependencies.items()):
        match = answering(asked, versions.get(name, ()))
        answer, exact = (match.version, match.how == "exact") if match is not None else ("", False)
        found.append(Dependency(name, asked, answer, exact))
    return found


async def package_entries(
    database: Database, name: str, version: str, types: Sequence[str] = ()
) -> tuple[Installed, list[Entry]]:
    """A package and what it defines; version "" when a single one is installed. Raises: Problem(NOT_FOUND)."""
    found = await packages.one(database, name, version)
    return found, await packages.entries(database, found, types)
