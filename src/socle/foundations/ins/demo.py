"""Demonstration content of the desk: identities in every status, made by the same actions as anyone's, once."""

from datetime import datetime
from itertools import islice

from socle.foundations.ins import actions
from socle.foundations.ins.actions import Desk
from socle.foundations.ins.model import (
    Attribut,
    CodeRetour,
    Piece,
    TraitsComplementaires,
    TraitsStricts,
    TypeDocument,
)
from socle.foundations.ins.population import Personne, generate
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means

AGENT = Actor("system:ins-demo", "Socle (démonstration)", frozenset({"identity-agent"}), Means.SYSTEM)
COUNT = 48


def trace_at(now: datetime) -> Trace:
    """The circumstances of what the house does by itself."""
    return Trace(AGENT.id, AGENT.name, "identity-agent", "", "system", "démonstration", now, "ins", "demo")


async def fill(desk: Desk, now: datetime, population: int) -> int:
    """Fill an empty desk with people of the national base; answers how many identities were made (0 when there are
    some).

    One in five stays provisional, is retrieved, or validated; the others are qualified; a few carry attributes. The
    published test persons are left to whoever tries the desk.
    """
    trace = trace_at(now)
    if await desk.identities.find("", count=1):
        return 0
    people = list(islice(generate(population), min(population, COUNT)))
    for rank, personne in enumerate(people):
        await _admit(desk, rank, personne, trace)
    return len(people)


async def _admit(desk: Desk, rank: int, personne: Personne, trace: Trace) -> None:
    known = personne.traits
    # at the front desk one rarely knows all the given names, or the birthplace
    traits = (
        known
        if rank % 3
        else TraitsStricts(
            known.nom_naissance, known.premier_prenom, (known.premier_prenom,), known.sexe, known.date_naissance
        )
    )
    dossier = await actions.create_identity(
        desk, traits, complementaires=TraitsComplementaires(), ipp=f"{100000 + rank}", by=AGENT, trace=trace
    )
    if rank % 17 == 11:
        await actions.set_attribute(desk, dossier.id, Attribut.DOUT, by=AGENT, trace=trace)
        return
    if rank % 23 == 19:
        await actions.set_attribute(desk, dossier.id, Attribut.FICT, by=AGENT, trace=trace)
        return
    step = rank % 5
    if step in (0, 2, 4):
        document = (TypeDocument.CN, TypeDocument.PA, TypeDocument.CS)[rank % 3]
        await actions.record_document(desk, dossier.id, Piece(document), by=AGENT, trace=trace)
    if step in (0, 1, 4):
        _, proposition = await actions.look_up(desk, dossier.id, by=AGENT, trace=trace)
        if proposition.code is CodeRetour.UNE and proposition.decision and proposition.decision.allowed:
            await actions.retrieve(desk, dossier.id, by=AGENT, trace=trace)
