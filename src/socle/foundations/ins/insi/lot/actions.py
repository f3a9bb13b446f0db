"""What one can do with a batch: send, follow, read, cancel, delete; and the job that verifies."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.lot.model import (
    ABANDONED,
    FINAL,
    MAX_LINES,
    MAX_LOTS,
    RETENTION,
    TRANSITIONS,
    Etat,
    Ligne,
    Lot,
)
from socle.foundations.ins.insi.lot.parse import Lines, reader
from socle.foundations.ins.insi.lot.store import JOB, Lots
from socle.foundations.ins.insi.permissions import VERIFY
from socle.foundations.ins.insi.store import SCHEMA
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store.database import Database

__all__ = ["JOB", "cancel", "delete", "follow", "mine", "purge", "read", "resume", "send", "system_trace", "verify"]


async def send(
    insi: INSi, lot_id: str, media_type: str, chunks: AsyncIterator[bytes], *, by: Actor, trace: Trace
) -> Lot:
    """Receive a batch and put its verification on the job table. Nothing is kept of a batch that is refused.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID | TOO_LARGE | THROTTLED).
    """
    trace = await insi.permit(VERIFY, by=by, trace=trace)
    lots = Lots(insi.database)
    await purge(insi.database, trace)
    if len(await lots.of_owner(by.id)) >= MAX_LOTS:
        raise Problem.of(
            Kind.THROTTLED,
            f"Vous avez déjà {MAX_LOTS} lots : lisez-les puis supprimez-les (DELETE) avant d'en envoyer d'autres.",
            f"You already have {MAX_LOTS} batches: read them, then delete them (DELETE) before sending others.",
            rule="INSi lot",
        )
    await lots.open(lot_id, by.id, trace.at + RETENTION, trace)
    opened = await _known(lots, lot_id)
    try:
        lines = await lots.receive(lot_id, _lines(media_type, chunks), trace)
        if not lines:
            raise Problem.of(Kind.INVALID, "Le lot est vide.", "The batch is empty.", rule="INSi lot")
    except BaseException:
        await lots.delete(opened, trace)
        raise
    await lots.received(lot_id, lines, trace)
    return await _known(lots, lot_id)


async def follow(insi: INSi, lot_id: str, *, by: Actor, trace: Trace) -> Lot:
    """The state of one's own batch. Raises: Problem(NOT_FOUND), also for somebody else's."""
    return (await _own(insi, lot_id, by, trace))[0]


async def mine(insi: INSi, *, by: Actor, trace: Trace) -> list[Lot]:
    """One's own batches, the latest first."""
    await insi.permit(VERIFY, by=by, trace=trace)
    return await Lots(insi.database).of_owner(by.id)


async def read(insi: INSi, lot_id: str, *, by: Actor, trace: Trace) -> Lot:
    """A batch whose results may be read, and it is written that they were. Raises: Problem(NOT_FOUND | CONFLICT)."""
    lot, trace = await _own(insi, lot_id, by, trace)
    if lot.state not in FINAL:
        raise Problem.of(
            Kind.CONFLICT,
            f"Ce lot n'est pas terminé (état : {lot.state}) : suivez-le jusqu'à l'état « termine ».",
            f"This batch is not finished (state: {lot.state}): follow it until the state “termine”.",
            rule="INSi lot",
        )
    await insi.database.record(SCHEMA, Event(trace, Action.READ, entities=(f"lot/{lot.id}",)))
    return lot


async def cancel(insi: INSi, lot_id: str, *, by: Actor, trace: Trace) -> Lot:
    """Stop verifying; what was found so far can be read. Raises: Problem(NOT_FOUND | CONFLICT)."""
    lot, trace = await _own(insi, lot_id, by, trace)
    if Etat.ANNULE not in TRANSITIONS[lot.state]:
        raise Problem.of(
            Kind.CONFLICT,
            f"Un lot à l'état « {lot.state} » ne s'annule pas ; supprimez-le.",
            f"A batch in state “{lot.state}” cannot be cancelled; delete it.",
            rule="INSi lot",
        )
    lots = Lots(insi.database)
    await lots.move(lot, Etat.ANNULE, trace)
    return await _known(lots, lot_id)


async def delete(insi: INSi, lot_id: str, *, by: Actor, trace: Trace) -> None:
    """Forget a batch, lines and results, whatever its state. Raises: Problem(NOT_FOUND)."""
    lot, trace = await _own(insi, lot_id, by, trace)
    await Lots(insi.database).delete(lot, trace)


async def purge(database: Database, trace: Trace) -> None:
    """Forget the batches that expired."""
    lots = Lots(database)
    for lot in await lots.expired(trace.at):
        await lots.delete(lot, replace(trace, interaction="insi:lot-purge", ground="RETENTION"))


async def verify(database: Database, arguments: Mapping[str, Any], trace: Trace) -> None:
    """The job: verify a batch from where it was left, a slice at a time, until the end or until it is cancelled."""
    lots = Lots(database)
    while (lot := await lots.find(arguments["lot"])) is not None:
        if lot.state is Etat.ATTENTE:
            await lots.move(lot, Etat.TRAITEMENT, trace)
        elif lot.state is not Etat.TRAITEMENT:
            return
        elif not await lots.verify_slice(lot, trace):
            await lots.move(lot, Etat.TERMINE, trace)


async def resume(database: Database, now: datetime) -> None:
    """At start: forget what is no longer being received, put the unfinished that lost their job on the table again."""
    trace = system_trace(now, "insi:lot-resume")
    lots = Lots(database)
    await purge(database, trace)
    for lot in await lots.in_states(Etat.RECEPTION):
        if lot.created < now - ABANDONED:  # another worker may be receiving it
            await lots.delete(lot, trace)
    for lot in await lots.in_states(Etat.ATTENTE, Etat.TRAITEMENT):
        await lots.requeue(lot, trace)


def system_trace(now: datetime, interaction: str) -> Trace:
    """The circumstances of what the house does by itself."""
    return Trace("system", "Socle", "", "", "system", "house", now, SCHEMA, interaction)


async def _lines(media_type: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[Ligne]:
    lines = Lines()
    read_line = None
    count = 0
    async for chunk in _and_end(chunks):
        for n, line in lines.end() if chunk is None else lines.feed(chunk):
            if read_line is None:
                read_line, is_header = reader(media_type, line)
                if is_header:
                    continue
            count += 1
            if count > MAX_LINES:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"Ligne {n} : un lot contient au plus {MAX_LINES} identités ; envoyez-en plusieurs.",
                    f"Line {n}: a batch holds at most {MAX_LINES} identities; send several.",
                    rule="INSi lot",
                )
            yield read_line(n, line)


async def _and_end(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes | None]:
    async for chunk in chunks:
        yield chunk
    yield None


async def _own(insi: INSi, lot_id: str, by: Actor, trace: Trace) -> tuple[Lot, Trace]:
    trace = await insi.permit(VERIFY, by=by, trace=trace)
    lot = await Lots(insi.database).find(lot_id)
    if lot is None or lot.owner != by.id or lot.expires < trace.at:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Ce lot n'existe pas, n'est pas à vous, ou a été supprimé (7 jours après son envoi).",
            "This batch does not exist, is not yours, or was deleted (7 days after it was sent).",
            rule="INSi lot",
        )
    return lot, trace


async def _known(lots: Lots, lot_id: str) -> Lot:
    lot = await lots.find(lot_id)
    if lot is None:
        raise Problem.of(Kind.GONE, "Ce lot vient d'être supprimé.", "This batch was just deleted.", rule="INSi lot")
    return lot
