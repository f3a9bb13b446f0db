"""Count beds: what a bed management system sends, decided and kept in one transaction with its trace."""

from typing import Any, Final

from socle.foundations.care_offer.actions import places
from socle.foundations.care_offer.permissions import BEDS
from socle.foundations.care_offer.rules import feeding, synchronisation
from socle.kernel.audit import Trace
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Actor, decide
from socle.kernel.search.escapes import escape
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Stored, Unit, Within

MOST_NAMED: Final = 50  # duplicates counted in an answer


async def update(repository: Repository, identifier: str, body: Json, *, by: Actor, trace: Trace) -> Stored:
    """Apply a PATCH to the beds of the one location of that identifier; answers its new version.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN); Problem(INVALID) for what breaks a rule; Problem(NOT_FOUND) when there is
    no such location, or no such indicator in it (the expressions tell which); Problem(PRECONDITION_FAILED) for several.
    """
    allowed(by)
    structure, _ = feeding.target(identifier)
    feeding.may_feed(by, structure).or_raise(Kind.FORBIDDEN)
    given = synchronisation.operations(body)

    async def decided(tx: Within) -> Unit:
        current = await _the_one(repository, identifier, tx, trace)
        resource = synchronisation.applied(parse(current.body), given, trace.at)
        check(resource, expected_type="Location")
        put = repository.put(resource, id=current.id, expect=current.version)
        put.rows = places.kept({**resource, "id": current.id})
        return Unit([put], trace)

    return (await repository.store.exclusive([key("care_offer", "beds", identifier)], decided))[0]


def allowed(by: Actor) -> None:
    """Refuse who may not count beds. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    decision = decide(by, BEDS)
    if not decision.allowed:
        kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
        raise Problem(kind, Issue(decision.text, decision.expression, decision.requirement))


async def _the_one(repository: Repository, identifier: str, tx: Within, trace: Trace) -> Stored:
    pairs: list[tuple[str, Any]] = [("identifier", escape(identifier))]
    found = await repository.find("Location", pairs, now=trace.at, within=tx, limit=MOST_NAMED)
    if len(found) > 1:
        raise Problem(
            Kind.PRECONDITION_FAILED,
            Issue(
                Text(
                    f"{len(found)} lieux portent l'identifiant {identifier} : faites supprimer les doublons.",
                    f"{len(found)} locations carry the identifier {identifier}: have the duplicates removed.",
                ),
                ("Location",),
                synchronisation.RULE,
                "multiple-matches",
            ),
        )
    stored = await repository.read("Location", found[0][0], within=tx) if found else None
    if stored is None or stored.deleted:
        raise Problem(
            Kind.NOT_FOUND,
            Issue(
                Text(
                    f"Aucun lieu ne porte l'identifiant {identifier} : faites-le attribuer à un lieu du ROR.",
                    f"No location carries the identifier {identifier}: have it given to a location of the ROR.",
                ),
                ("Location",),
                synchronisation.RULE,
                "not-found",
            ),
        )
    return stored
