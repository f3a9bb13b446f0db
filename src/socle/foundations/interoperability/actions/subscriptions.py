"""Subscriptions: followed from the start, told of what is committed; dead letters sent again or dropped by an operator."""

from collections.abc import Sequence

from socle.foundations.interoperability.permissions import DEAD_LETTERS, SANDBOX
from socle.kernel.audit import Action, Event, Trace
from socle.kernel.fhir.json import parse
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.store import Stored
from socle.kernel.subscription import desk


async def begin(house: House) -> None:
    """Follow the subscriptions of the sandbox, before anything is written to it."""
    assert house.subscriptions is not None
    await house.subscriptions.load(SANDBOX)


async def react(house: House, versions: Sequence[Stored]) -> None:
    """Take committed versions, in order."""
    assert house.subscriptions is not None
    await house.subscriptions.react(SANDBOX, versions)


async def send_again(house: House, id: str, number: int | None, *, by: Actor, trace: Trace) -> None:
    """Put dead letters back in the queue of a subscription (all when `number` is None), and make it active.

    Raises: Problem(FORBIDDEN); Problem(RULE_VIOLATED) when it is off: nobody but its owner has anything sent again.
    """
    decide(by, DEAD_LETTERS).or_raise(Kind.FORBIDDEN)
    stored = await house.repositories[SANDBOX].read("Subscription", id)
    if stored is None or stored.deleted or parse(stored.body).get("status") == "off":
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Cet abonnement est éteint : rien n'est envoyé tant que son propriétaire ne le remet pas à « requested ».",
            "This subscription is off: nothing is sent until its owner puts it back to “requested”.",
            rule="SOCLE-SUBSCRIPTION",
        )
    await house.database.write(
        SANDBOX, [desk.again(SANDBOX, id, number)], trace, notes=[_event(trace, id, number, "again")]
    )
    assert house.subscriptions is not None
    await house.subscriptions.revive(SANDBOX, id)


async def drop(house: House, id: str, number: int | None, *, by: Actor, trace: Trace) -> None:
    """Give dead letters up; a subscription in error is active again once it has none left.

    Raises: Problem(FORBIDDEN).
    """
    decide(by, DEAD_LETTERS).or_raise(Kind.FORBIDDEN)
    statement = desk.drop(SANDBOX, id, number, trace.at)
    await house.database.write(SANDBOX, [statement], trace, notes=[_event(trace, id, number, "drop")])
    found = await desk.find(house.database, SANDBOX, id)
    if found is not None and not found.dead:
        assert house.subscriptions is not None
        await house.subscriptions.revive(SANDBOX, id)


def _event(trace: Trace, id: str, number: int | None, what: str) -> Event:
    which = "all" if number is None else str(number)
    return Event(trace, Action.EXECUTE, entities=(f"Subscription/{id}",), query=f"{what}={which}")
