"""Reading traces, and having them verified. Whoever reads leaves a trace too."""

from pathlib import Path
from typing import Final

from socle.foundations.operational_security.model import Filter
from socle.foundations.operational_security.permissions import READ, VERIFY
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.audit.chain import subject_key
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, Means, Permission, decide
from socle.kernel.store import audit_trail, traces, verifications
from socle.kernel.store.anchors import audited_schemas
from socle.kernel.store.database import Database
from socle.kernel.store.traces import Page, Position, Written

SCHEMA: Final = "house"
REGISTER: Final = "audit"  # what the traces of reading traces say
JOB: Final = "operational_security.verify"


async def find(
    database: Database,
    wanted: Filter,
    *,
    count: int,
    position: Position | None = None,
    query: str = "",
    by: Actor,
    trace: Trace,
) -> Page:
    """A page of traces, the latest first; `position` is where the page before ended, `query` what the reader asked.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    _permit(by, READ)
    found = await traces.page(
        database,
        traces.Wanted(
            since=wanted.since,
            until=wanted.until,
            subject=subject_key(wanted.person) if wanted.person else None,
            schemas=await _schemas(database, wanted.register),
            matches=wanted.matches if wanted.is_selective or wanted.register else None,
        ),
        count,
        position,
    )
    persons = {person for written in found.found for person in _shown(written)}
    await database.record(SCHEMA, Event(trace, Action.EXECUTE, concerns=tuple(sorted(persons)), query=query))
    return found


async def read(database: Database, trace_id: str, *, by: Actor, trace: Trace) -> Written | None:
    """One trace, None when there is none of that name.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    _permit(by, READ)
    found = await traces.find(database, trace_id)
    if found is not None:
        entities, concerns = (f"AuditEvent/{found.id}",), _shown(found)
        await database.record(SCHEMA, Event(trace, Action.READ, entities=entities, concerns=concerns))
    return found


async def chains(database: Database, *, by: Actor) -> list[verifications.State]:
    """Every chain with its last verification. It concerns nobody, and leaves no trace.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    _permit(by, READ)
    return await verifications.states(database)


async def findings(database: Database) -> int:
    """How many things the last verification of each chain found wrong. A number: it says nothing of anybody."""
    return sum(state.findings for state in await verifications.states(database))


async def ask_verification(database: Database, *, by: Actor, trace: Trace) -> int:
    """Have every chain verified in the background; answers the number of the job.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    _permit(by, VERIFY)
    await database.record(SCHEMA, Event(trace, Action.EXECUTE, detail="asked"))
    return await database.enqueue(JOB, {"who": by.id, "name": by.name}, trace)


async def verify_all(database: Database, folder: Path, *, trace: Trace) -> audit_trail.Report:
    """Verify every chain and write down what was found. The background job: whoever asked for it had the permission."""
    report = await audit_trail.verify(database, await audited_schemas(database), folder=folder)
    await verifications.keep(database, report, trace=trace)
    return report


def _permit(by: Actor, permission: Permission) -> None:
    decide(by, permission).or_raise(Kind.UNAUTHENTICATED if by.means is Means.NONE else Kind.FORBIDDEN)


async def _schemas(database: Database, register: str) -> frozenset[str] | None:
    """Where the traces of a register are: in its own schema, or in the house's when it keeps none."""
    if not register:
        return None
    return frozenset({register if register in await audited_schemas(database) else SCHEMA})


def _shown(written: Written) -> tuple[str, ...]:
    """Persons whose data a trace shows. Those that an auditor's own reading showed are not counted again and again."""
    event = written.event
    return () if event.trace.register == REGISTER else event.concerns
