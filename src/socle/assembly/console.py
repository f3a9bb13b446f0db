"""What an operator can do with a house: one function each, reached from the data folder or from `/house/` over HTTP."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from socle import __version__
from socle.assembly import bulk
from socle.foundations.care_offer.actions import communes
from socle.foundations.interoperability import actions as interoperability
from socle.foundations.people.actions import importing as annuaire
from socle.foundations.people.actions import offering
from socle.foundations.people.actions.mailing import Progress as AnnuaireProgress
from socle.foundations.people.permissions import REGISTER as ANNUAIRE
from socle.foundations.structures import actions as structures
from socle.foundations.structures.actions.importing import Progress as FinessProgress
from socle.foundations.structures.permissions import REGISTER as STRUCTURES
from socle.foundations.terminologies.actions import FRESH, importing
from socle.foundations.terminologies.loaders import Options
from socle.foundations.terminologies.permissions import REGISTER as TERMINOLOGIES
from socle.kernel.audit import Trace
from socle.kernel.bulk.asked import Level
from socle.kernel.fhir.packages import Wanted
from socle.kernel.fhir.packages.library import Beside, Looking
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Language, Text
from socle.kernel.policy import Actor, Means, Permission, decide
from socle.kernel.search.learn import progress
from socle.kernel.store import actors, audit_trail, verifications
from socle.kernel.store.library import KEPT, PackagedDefinitions
from socle.kernel.store.packages import Installed
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.validator import Validator

Progress = Callable[[int, int], None]
PackageProgress = interoperability.Progress

OPERATE = Permission("house.operate", Text("Exploiter la maison", "Operate the house"), frozenset({"operator"}))
SYSTEM_CONSOLE = Actor("console", "console", frozenset({"operator", "auditor"}), Means.CONSOLE)


class Console:
    """An operator's hands on an open house. Every action is decided by a permission and leaves a trace.

    served  the house answers others meanwhile: what changes its definitions ends once they have noticed
    """

    def __init__(
        self,
        house: House,
        database: PostgresDatabase,
        schemas: Sequence[str],
        roles: frozenset[str],
        *,
        by: Actor,
        served: bool = True,
    ) -> None:
        decide(by, OPERATE).or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
        self._house = house
        self._database = database
        self._schemas = tuple(schemas)
        self._roles = roles
        self._by = by
        self._served = served

    @property
    def data(self) -> Path:
        """The folder of the house."""
        return self._house.settings.data

    async def status(self) -> dict[str, Any]:
        """Version, state, registers with their counts (planner's estimates beyond a hundred thousand), jobs."""
        return {
            "version": __version__,
            "state": "ok",
            "database": await self._database.version(),
            "registers": [await self._database.counts(schema) for schema in self._schemas],
            "jobs": await self._database.job_counts(),
            "building": [
                {"register": name, **one}
                for name, repository in self._house.repositories.items()
                if repository.register.learns
                for one in await progress(repository)
            ],
        }

    async def create_actor(self, name: str, roles: Sequence[str], structure: str = "") -> dict[str, Any]:
        """The new actor and its key, shown once. Raises: Problem(INVALID) for an unknown role or an empty name."""
        holder, key = await actors.create(
            self._database,
            name=name,
            roles=roles,
            structure=structure,
            known_roles=self._roles,
            trace=self._trace("actor:create"),
        )
        return {"id": holder.id, "name": holder.name, "roles": sorted(holder.roles), "key": key}

    async def actors(self) -> list[dict[str, Any]]:
        """Every actor, without keys."""
        return [
            {
                "id": holder.id,
                "name": holder.name,
                "roles": sorted(holder.roles),
                "structure": holder.structure,
                "created": _iso(holder.created),
                "revoked": _iso(holder.revoked) if holder.revoked else None,
                "last_used": holder.last_used.isoformat() if holder.last_used else None,
            }
            for holder in await actors.list_all(self._database)
        ]

    async def revoke_actor(self, id: str) -> None:
        """Take an actor's key away. Raises: Problem(NOT_FOUND)."""
        await actors.revoke(self._database, id, trace=self._trace("actor:revoke"))

    async def verify_audit(self, progress: Progress | None = None) -> dict[str, Any]:
        """Read every chain of traces again; what is wrong, if anything."""
        folder = self._house.settings.data
        report = await audit_trail.verify(self._database, self._schemas, progress, folder=folder)
        await verifications.keep(self._database, report, trace=self._trace("audit:verify"))
        return report.facts()

    async def reset_sandbox(self) -> None:
        """Empty the sandbox; traces stay."""
        await interoperability.reset_sandbox(self._database, by=self._by, trace=self._trace("sandbox:reset"))

    async def packages(self) -> list[dict[str, Any]]:
        """Every FHIR package, by name and version."""
        return [_package(one) for one in await interoperability.installed_packages(self._database)]

    async def package(self, name: str, version: str = "") -> dict[str, Any]:
        """A package and what it defines. Raises: Problem(NOT_FOUND)."""
        found, entries = await interoperability.package_entries(self._database, name, version)
        return {**_package(found), "definitions": [msgspec.to_builtins(entry) for entry in entries]}

    async def install_packages(
        self,
        paths: Sequence[Path],
        *,
        shelves: Sequence[Path] = (),
        allow_missing: bool = False,
        progress: PackageProgress | None = None,
    ) -> dict[str, Any]:
        """Install packages with their dependencies; what was done. Raises: as `interoperability.install_packages`."""
        done = await interoperability.install_packages(
            self._database,
            paths,
            shelves=shelves,
            allow_missing=allow_missing,
            terminologies=self._house.repositories.get(TERMINOLOGIES),
            by=self._by,
            trace=self._trace("package:install"),
            progress=progress or interoperability.silent,
        )
        if done.installed:
            await self._noticed()
        return {
            "installed": [_package(one) for one in done.installed],
            "already": [one.id for one in done.already],
            "missing": [_wanted(one) for one in done.missing],
            "near": [_wanted(one) for one in done.near],
            "refused": [{"canonical": canonical, **why._asdict()} for canonical, why in done.refused],
            "amended": [{"canonical": canonical, **what._asdict()} for canonical, what in done.amended],
        }

    async def remove_packages(self, names: Sequence[tuple[str, str]]) -> list[str]:
        """Remove packages, together; their ids. Raises: as `interoperability.remove_packages`."""
        gone = await interoperability.remove_packages(
            self._database,
            names,
            terminologies=self._house.repositories.get(TERMINOLOGIES),
            by=self._by,
            trace=self._trace("package:remove"),
        )
        await self._noticed()
        return [one.id for one in gone]

    async def _noticed(self) -> None:
        """Wait until whoever serves this house looks at its packages and terminologies again."""
        if self._served:
            await asyncio.sleep(max(KEPT.total_seconds(), FRESH))

    def validator(self, packages: Sequence[Path] = ()) -> tuple[Validator, Callable[[], Looking]]:
        """What judges by the packages installed, the terminologies loaded and the packages at `packages`, installed or not;
        and the definitions that it judges by. Raises: as `Beside.read`.
        """
        if not packages:
            return self._house.validator, self._house.library
        library = PackagedDefinitions(self._database, self._house.clock, Beside.read(packages)).library
        return Validator(library, self._house.terminology), library

    async def import_terminology(
        self,
        path: Path,
        *,
        format: str = "auto",
        mapping: Path | None = None,
        keep_going: bool = False,
        language: str = "fr",
        system: str = "",
        version: str = "",
        stated: bool = False,
        progress: importing.Progress | None = None,
    ) -> dict[str, Any]:
        """Import a published terminology; what was done. Raises: as `importing.import_file`."""
        done = await importing.import_file(
            self._house.repositories[TERMINOLOGIES],
            path,
            format,
            Options(self._house.clock(), language, system, version, mapping, stated),
            by=self._by,
            trace=self._trace("terminology:import"),
            keep_going=keep_going,
            progress=progress,
        )
        return {
            "systems": [msgspec.to_builtins(one) for one in done.systems],
            "resources": done.resources,
            "unchanged": done.unchanged,
            "refused": [(name, text._asdict()) for name, text in done.refused],
            "rejected": done.rejected,
            "faults": [{"place": one.place, "rule": one.rule, "text": one.text._asdict()} for one in done.faults],
            "notes": [note._asdict() for note in done.notes],
        }

    async def import_annuaire(
        self, path: Path, *, force: bool, processes: int, progress: AnnuaireProgress
    ) -> dict[str, Any]:
        """Load an extraction of the Annuaire; what was done (a `Charge`). Raises: as `import_extraction`."""
        done = await annuaire.import_extraction(
            self._house.repositories[ANNUAIRE],
            self._database,
            path,
            clock=self._house.clock,
            by=self._by,
            trace=self._trace("annuaire:import"),
            force=force,
            processes=processes,
            progress=progress,
        )
        return asdict(done)

    async def import_communes(self, path: Path) -> int:
        """Load communes with their centres; how many. Raises: Problem(INVALID), as `care_offer.load_file`."""
        return await communes.load_file(self._database, path, by=self._by, trace=self._trace("communes:import"))

    async def import_finess(
        self,
        paths: Sequence[Path],
        *,
        difference: bool = False,
        keep_going: bool = False,
        accept_closures: bool = False,
        progress: FinessProgress | None = None,
    ) -> dict[str, Any]:
        """Load files of the FINESS, and show it in the Annuaire; what was done. Raises: as `structures.import_finess`."""
        done = await structures.import_finess(
            self._database,
            self._house.repositories[STRUCTURES],
            paths,
            by=self._by,
            trace=self._trace("finess:import"),
            difference=difference,
            keep_going=keep_going,
            accept_closures=accept_closures,
            progress=progress,
        )
        shown = await offering.follow(
            self._house.repositories[ANNUAIRE], self._database, by=self._by, trace=self._trace(offering.JOB)
        )
        return {
            "load": done.load,
            "annuaire": shown.written,
            "items": done.items,
            "rejected": done.rejected,
            "resumed": done.resumed,
            "counts": done.counts,
            "faults": [
                {"place": one.place, "rule": one.rule, "text": one.text._asdict(), "severe": one.severe}
                for one in done.faults
            ],
        }

    async def export(
        self,
        server: str,
        out: Path,
        level: Level,
        group: str,
        parameters: Mapping[str, Sequence[str]],
        progress: Progress,
    ) -> bulk.Exported:
        """Export the register of a FHIR server to a folder. Raises: Problem."""
        trace = self._trace("$export")
        return await bulk.export_to(
            self._house, server, out, level, group, parameters, progress, by=self._by, trace=trace
        )

    async def import_ndjson(
        self, server: str, paths: Sequence[Path], whole: bool, language: Language, progress: bulk.LoadProgress
    ) -> tuple[Mapping[str, Any], Path]:
        """Load NDJSON files into a FHIR server; the counts, and where wrong lines are told. Raises: Problem."""
        trace = self._trace("$import")
        return await bulk.import_files(self._house, server, paths, whole, language, progress, by=self._by, trace=trace)

    def _trace(self, interaction: str) -> Trace:
        by = self._by
        return Trace(
            who=by.id,
            name=by.name,
            role=" ".join(sorted(by.roles)),
            structure=by.structure,
            means=by.means,
            ground=OPERATE.name,
            at=self._house.clock(),
            register="house",
            interaction=interaction,
        )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _package(one: Installed) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "version": one.version,
        "title": one.title,
        "canonical": one.canonical,
        "dependencies": dict(one.dependencies),
        "resources": one.resources,
        "octets": one.octets,
        "installed": _iso(one.at),
        "by": one.who_name,
    }


def _wanted(one: Wanted) -> dict[str, str]:
    return {"by": one.by, "name": one.name, "asked": one.asked, "used": one.answer}
