"""Create an identity, change its traits; and what may be written directly over FHIR."""

from dataclasses import replace
from datetime import datetime

from socle.foundations.ins import rules
from socle.foundations.ins.actions.desk import Desk, because
from socle.foundations.ins.model import (
    INS,
    AutoriteAffectation,
    Declaration,
    Identite,
    MatriculeINS,
    MethodeRecueil,
    TraitsComplementaires,
    TraitsStricts,
)
from socle.foundations.ins.permissions import WRITE
from socle.foundations.ins.store import Dossier, declared
from socle.kernel.audit import Trace
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Actor
from socle.kernel.store import Json, Put


async def create_identity(
    desk: Desk,
    traits: TraitsStricts,
    *,
    complementaires: TraitsComplementaires | None = None,
    methode: MethodeRecueil = MethodeRecueil.SM,
    ipp: str = "",
    by: Actor,
    trace: Trace,
) -> Dossier:
    """A provisional identity (RNIV EXI SI 07). `ipp` is drawn when it is not given.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | RULE_VIOLATED).
    """
    async with desk.guarded(WRITE, "", by=by, trace=trace) as trace:
        rules.may_record(traits, now=trace.at).or_raise()
        identite = Identite(traits, complementaires or TraitsComplementaires(), methode=methode, ipp=ipp)
        return await desk.identities.create(identite, trace)


async def update_traits(
    desk: Desk,
    id: str,
    *,
    traits: TraitsStricts | None = None,
    complementaires: TraitsComplementaires | None = None,
    version: int | None = None,
    by: Actor,
    trace: Trace,
) -> Dossier:
    """Change traits. A strict trait that changes brings the identity back to provisional: INSi and the document spoke
    of other traits (RNIV EXI SI 07); complementary traits change nothing to it.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | RULE_VIOLATED | NOT_FOUND | GONE | CONFLICT).
    """
    async with desk.guarded(WRITE, id, by=by, trace=trace) as trace:
        before = await desk.identities.read(id)
        desk.version_of(before, version)
        after = before.identite
        if traits is not None:
            rules.may_record(traits, now=trace.at).or_raise()
            after = rules.after_traits_change(after, traits)
        if complementaires is not None:
            after = replace(after, complementaires=complementaires)
        if after == before.identite:
            return before
        return await desk.identities.save(before, after, trace, because="trait strict modifié")


correct = update_traits  # the name of the operation over FHIR: $correct


def admit(
    desk: Desk,
    resource: Json,
    before: Dossier | None,
    previous: Json | None,
    *,
    id: str,
    expect: int,
    now: datetime,
) -> Put:
    """The change to commit for a Patient that somebody writes directly, rewritten as this register keeps it.

    Raises: Problem(INVALID) for traits that cannot be recorded; Problem(RULE_VIOLATED) naming the rule, and the
    operation to use, for a status, a matricule, a document or an attribute that only operations may write.
    """
    wanted = declared(resource)
    identite = before.identite if before else None
    warnings = _judge_keys(wanted)
    try:
        rules.may_write_directly(identite, wanted).or_raise()
        if identite is None or wanted.traits != identite.traits:
            rules.may_record(wanted.traits, now=now).or_raise()
    except Problem as problem:
        raise Problem(problem.kind, *problem.issues, *warnings) from None
    if identite is None:
        after = Identite(wanted.traits, wanted.complementaires, ipp=wanted.ipp or id)
    else:
        after = rules.after_traits_change(identite, wanted.traits)
        after = replace(after, complementaires=wanted.complementaires, ipp=wanted.ipp or identite.ipp)
    return desk.identities.rewritten(after, resource, id=id, expect=expect)


def _judge_keys(wanted: Declaration) -> list[Issue]:
    """A word on each wrong key under a test OID. Raises: Problem for what is no matricule, or a wrong key in
    production."""
    carried = [
        INS(MatriculeINS.parse(value), AutoriteAffectation.of_oid(system)) for system, value in sorted(wanted.ins)
    ]
    text = Text(
        "La clé de ce matricule de test est fausse ; elle serait refusée en production.",
        "The key of this test matricule is wrong; it would be refused in production.",
    )
    return [
        Issue(text, ("Patient.identifier.value",), "INS §1 matricule", severity="warning")
        for ins in carried
        if not ins.matricule.is_key_right
    ]


def admit_deletion(before: Dossier | None, trace: Trace) -> Trace:
    """The trace of a deletion that is allowed: provisional identities only. Raises: Problem(RULE_VIOLATED)."""
    if before is None:
        return trace
    try:
        return because(trace, rules.may_delete(before.identite))
    except Problem as problem:
        raise Problem(Kind.RULE_VIOLATED, *problem.issues) from None
