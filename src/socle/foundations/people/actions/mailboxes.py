"""Operators of MSSanté declare mailboxes: what they see of a holder, and what becomes of what they changed."""

from dataclasses import replace

from socle.foundations.people.model import BAL
from socle.foundations.people.permissions import MAILBOXES
from socle.foundations.people.rules import bal as rules
from socle.foundations.people.store import mailboxes
from socle.foundations.people.store.fhir import bal_of
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Put, Stored


async def seen_by_operators(repository: Repository, current: Stored) -> Json:
    """A resource with all its mailboxes: those on the red list after the others."""
    resource: Json = parse(current.body)
    hidden = await mailboxes.unlisted(repository, f"{current.type}/{current.id}")
    if not hidden:
        return resource
    others, shown = split(resource)
    return mailboxes.with_points(resource, others, [*shown, *hidden])


async def declare(repository: Repository, put: Put, current: Stored, *, by: Actor) -> Put:
    """The change that keeps the mailboxes of `put`: public ones in the resource, the red list beside.

    Raises: Problem(FORBIDDEN); Problem(RULE_VIOLATED) when something else changes or a mailbox is wrong; Problem(CONFLICT) when
    an address is somebody else's.
    """
    decide(by, MAILBOXES).or_raise(Kind.FORBIDDEN)
    before, after = await seen_by_operators(repository, current), put.resource
    rules.may_change(put.type, before, after).or_raise()
    (others, old), (kept, new) = split(before), split(after)
    if others != kept:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Téléphones et courriels ordinaires viennent du répertoire : seules les boîtes MSSanté se modifient ici.",
            "Phones and ordinary mail come from the register: only mailboxes of MSSanté change here.",
            expression=f"{put.type}.telecom",
            rule=rules.RULE,
        )
    rules.may_declare(put.type, old, new).or_raise()
    holder = f"{put.type}/{put.id}"
    taken = await mailboxes.taken(repository, holder, [bal.adresse for bal in new])
    if taken:
        raise Problem.of(
            Kind.CONFLICT,
            f"« {taken[0]} » est déjà la boîte d'un autre titulaire.",
            f"“{taken[0]}” already is another holder's mailbox.",
            expression=f"{put.type}.telecom",
            rule=rules.RULE,
        )
    public = mailboxes.with_points(after, kept, [bal for bal in new if not bal.liste_rouge])
    folder = str(after["practitioner"]["reference"]) if put.type == "PractitionerRole" else holder
    change = repository.put(public, id=put.id, expect=put.expect)
    if put.type == "Practitioner":
        await mailboxes.keep_towns(repository, {**public, "id": put.id}, change.keys)
    return replace(change, rows=mailboxes.rows_of(holder, folder, new))


def split(resource: Json) -> tuple[list[Json], list[BAL]]:
    """Contact points that are no mailbox, and the mailboxes, each in its order.

    Raises: Problem(RULE_VIOLATED) for a mailbox of an unknown kind.
    """
    others: list[Json] = []
    bals: list[BAL] = []
    for place, point in enumerate(resource.get("telecom", ())):
        try:
            bal = bal_of(point)
        except ValueError:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "Le type d'une boîte est PER, CAB, ORG ou APP.",
                "The kind of a mailbox is PER, CAB, ORG or APP.",
                expression=f"{resource['resourceType']}.telecom[{place}].extension",
                rule=rules.RULE,
            ) from None
        if bal is None:
            others.append(point)
        else:
            bals.append(bal)
    return others, bals
