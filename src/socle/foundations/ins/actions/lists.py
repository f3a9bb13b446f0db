"""Lists of identities, page by page; and what happened to one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from socle.foundations.ins.actions.desk import Desk
from socle.foundations.ins.permissions import READ
from socle.foundations.ins.store import Dossier
from socle.foundations.ins.store.lists import MOST, Filter, Lists, Version
from socle.kernel.audit import Event, Trace
from socle.kernel.audit.chain import subject_key
from socle.kernel.policy import Actor
from socle.kernel.store import traces
from socle.kernel.store.database import Database

__all__ = ["MOST", "Filter", "Happening", "history_of", "page_of"]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an identity: an event of the trace chain, with the versions before and after when it
    changed the record.
    """

    at: datetime
    event: Event | None
    before: Version | None = None
    after: Version | None = None


async def page_of(
    desk: Desk, wanted: Filter, *, offset: int = 0, count: int = 50, by: Actor, trace: Trace
) -> tuple[list[Dossier], int]:
    """Some identities of a list, and how many there are (up to MOST). Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with desk.guarded(READ, "", by=by, trace=trace) as trace:
        found, total = await Lists(desk.repository, desk.fr_core).page(wanted, offset=offset, count=count)
        codes = ",".join(code.value for code in (*wanted.codes, *wanted.also))
        await desk.seen(found, trace, query=f"list text={wanted.text[:200]} codes={codes}")
        return found, total


async def history_of(desk: Desk, database: Database, dossier: Dossier, *, count: int = 40) -> Sequence[Happening]:
    """What happened to an identity that was just read (its reading is the trace of this one too): changes, calls to
    INSi, refusals; the latest first. Mere readings are left out: they are the auditor's.
    """
    versions = {
        one.version: one for one in await Lists(desk.repository, desk.fr_core).versions(dossier.id, count=count)
    }
    wanted = traces.Wanted(
        subject=subject_key(dossier.reference), schemas=frozenset({desk.repository.store.schema}), matches=_tells
    )
    written = (await traces.page(database, wanted, count)).found
    found = []
    for one in written:
        after = versions.pop(_version_of(one.event, dossier.reference), None)
        before = versions.get(after.version - 1) if after else None
        found.append(Happening(one.event.trace.at, one.event, before, after))
    # versions whose trace is older than the page read: shown, without their author
    found += [Happening(one.at, None, versions.get(one.version - 1), one) for one in list(versions.values())]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _tells(event: Event) -> bool:
    """Whether an event changed something, called INSi, or was refused."""
    changed = any("/_history/" in reference for reference in event.entities) and event.action in ("C", "U", "D")
    return changed or event.outcome != "0" or event.query.startswith("INSi ")


def _version_of(event: Event, reference: str) -> int:
    """The version of `reference` that an event made, 0 when it made none."""
    prefix = f"{reference}/_history/"
    for entity in event.entities:
        if entity.startswith(prefix) and entity.removeprefix(prefix).isdigit():
            return int(entity.removeprefix(prefix))
    return 0
