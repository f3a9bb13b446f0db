"""What an operator can do with a house: one function each, reached from the data folder or from `/house/` over HTTP."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from socle import __version__
from socle.foundations.interoperability import actions as interoperability
from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Text
from socle.kernel.policy import Actor, Means, Permission, decide
from socle.kernel.store import actors, audit_trail, verifications
from socle.kernel.store.postgres import PostgresDatabase

Progress = Callable[[int, int], None]

OPERATE = Permission("house.operate", Text("Exploiter la maison", "Operate the house"), frozenset({"operator"}))
SYSTEM_CONSOLE = Actor("console", "console", frozenset({"operator", "auditor"}), Means.CONSOLE)


class Console:
    """An operator's hands on an open house. Every action is decided by a permission and leaves a trace."""

    def __init__(
        self, house: House, database: PostgresDatabase, schemas: Sequence[str], roles: frozenset[str], *, by: Actor
    ) -> None:
        decide(by, OPERATE).or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
        self._house = house
        self._database = database
        self._schemas = tuple(schemas)
        self._roles = roles
        self._by = by

    async def status(self) -> dict[str, Any]:
        """Version, state, registers with their counts (planner's estimates beyond a hundred thousand), jobs."""
        return {
            "version": __version__,
            "state": "ok",
            "database": await self._database.version(),
            "registers": [await self._database.counts(schema) for schema in self._schemas],
            "jobs": await self._database.job_counts(),
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
