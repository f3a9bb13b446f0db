"""Read and find identities; print the datamatrix."""

from datetime import datetime

from socle.foundations.ins import datamatrix, rules
from socle.foundations.ins.actions.desk import Desk, because
from socle.foundations.ins.model import Recuperation
from socle.foundations.ins.permissions import READ
from socle.foundations.ins.store import Dossier
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor

MOST = 100


async def read_identity(desk: Desk, id: str, *, by: Actor, trace: Trace) -> Dossier:
    """One identity. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | GONE)."""
    async with desk.guarded(READ, id, by=by, trace=trace) as trace:
        dossier = await desk.identities.read(id)
        await desk.seen([dossier], trace)
        return dossier


async def search(desk: Desk, text: str, *, count: int = 20, by: Actor, trace: Trace) -> list[Dossier]:
    """Identities that match what somebody typed: beginnings of names, birth date, local identifier, INS of qualified
    ones.

    Accents, case and hyphens do not matter; all the words must match; an empty text gives the latest changes. Raises:
    Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    async with desk.guarded(READ, "", by=by, trace=trace) as trace:
        found = await desk.identities.find(text, count=min(count, MOST))
        await desk.seen(found, trace, query=f"text={text[:200]}")
        return found


async def former_ins(desk: Desk, id: str, *, by: Actor, trace: Trace) -> list[tuple[Recuperation, datetime, str]]:
    """What was detached from an identity, most recent first: (retrieval, when, why). The usual problems."""
    async with desk.guarded(READ, id, by=by, trace=trace) as trace:
        dossier = await desk.identities.read(id)
        await desk.seen([dossier], trace, query="detached")
        return await desk.identities.detached(id)


async def datamatrix_of(desk: Desk, id: str, *, by: Actor, trace: Trace) -> str:
    """The text of the INS datamatrix of an identity; draw it with `datamatrix.to_svg` or `datamatrix.to_png`.

    Raises: Problem(RULE_VIOLATED) unless it is qualified (RNIV EXI SI 08); the usual ones.
    """
    async with desk.guarded(READ, id, by=by, trace=trace) as trace:
        dossier = await desk.identities.read(id)
        trace = because(trace, rules.may_transmit_matricule(dossier.identite))
        ins = dossier.identite.ins_transmissible
        assert ins is not None
        await desk.seen([dossier], trace, query="datamatrix")
        return datamatrix.write(ins, dossier.identite.traits)
