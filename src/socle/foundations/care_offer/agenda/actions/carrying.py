"""Carry messages to the Hub Santé: each at least once, those of one appointment in order, tried again, given up in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from socle.foundations.care_offer.agenda.hub import PAGE, Hub, LocalHub, Unreached, hub_of
from socle.foundations.care_offer.agenda.permissions import HUB
from socle.foundations.care_offer.agenda.rules import hub as rules
from socle.foundations.care_offer.agenda.rules.lrm import SENDER
from socle.foundations.care_offer.agenda.store import parcels
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.parcels import Came, Parcel
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.kernel.store import Unit

STATES = ("waiting", "sent", "acknowledged", "dead", "dropped")
_Settled = tuple[str, str, str, datetime]


@dataclass(frozen=True, slots=True)
class Line:
    """What is on its way: the latest messages, how many are in each state, what the demonstration's hub received.

    there  whether the house has a hub; `local`: it is the demonstration's
    """

    parcels: tuple[Parcel, ...]
    counts: dict[str, int]
    there: bool
    local: bool
    came: tuple[Came, ...]


async def carry(agendas: Agendas, *, now: datetime, trace: Trace) -> int:
    """Send what is due, then read what came back; answers how many messages changed state."""
    hub = hub_of(agendas.repository)
    claimed = await parcels.claim(agendas, now, limit=PAGE)
    settled = [await _sent(hub, one, now) for one in claimed]
    await _keep(agendas, settled, now, trace)
    replies = list(await hub.replies()) if hub is not None else []
    if isinstance(hub, LocalHub) and await hub.listen():
        replies += await hub.replies()
    answered = [_answered(one, now) for one in {one.distribution: one for one in replies}.values()]
    await _keep(agendas, answered, now, trace)
    return len(settled) + len(answered)


async def _keep(agendas: Agendas, settled: Sequence[_Settled], now: datetime, trace: Trace) -> None:
    if settled:
        await agendas.store.commit(Unit([], trace, rows=[parcels.settle(agendas, settled, now)]))


async def _sent(hub: Hub | None, one: Parcel, now: datetime) -> _Settled:
    """What became of an attempt."""
    if one.expires <= now:
        return one.distribution, "dead", one.reason or "it expired before it was sent", now
    if not one.recipient:
        return one.distribution, "dead", "the place of the appointment says no SAMU", now
    try:
        if hub is None:
            raise Unreached("this house has no line to the Hub Santé")
        await hub.publish(SENDER, one.body, content_type=rules.JSON, delivery=rules.PERSISTENT)
    except Unreached as unreached:
        given_up = one.attempts >= rules.MOST_ATTEMPTS
        return one.distribution, "dead" if given_up else "waiting", unreached.reason, now + rules.delay(one.attempts)
    return one.distribution, "sent", "", now


def _answered(reply: rules.Reply, now: datetime) -> _Settled:
    if reply.fault is None:
        return reply.distribution, "acknowledged", reply.sender, now
    return reply.distribution, "dead", str(reply.fault), now


async def line(agendas: Agendas, state: str = "", *, by: Actor) -> Line:
    """What is on its way, of one state if it is named. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    _permit(by)
    hub = hub_of(agendas.repository)
    local = isinstance(hub, LocalHub)
    return Line(
        tuple(await parcels.latest(agendas, state, limit=PAGE)),
        await parcels.counts(agendas),
        hub is not None,
        local,
        tuple(await parcels.arrived(agendas, limit=PAGE)) if local else (),
    )


async def send_again(agendas: Agendas, distribution: str, *, by: Actor, trace: Trace) -> None:
    """Try a dead message again. Raises: Problem(FORBIDDEN | NOT_FOUND | CONFLICT): it is not dead, or it expired."""
    one = await _dead(agendas, distribution, by)
    if one.expires <= trace.at:
        raise Problem.of(
            Kind.CONFLICT,
            "Ce message a expiré : le Hub le refuserait. Modifiez le rendez-vous pour qu'un nouveau message parte, ou appelez.",
            "This message expired: the hub would refuse it. Change the appointment so that a new one leaves, or call.",
            rule="SAS-HUB",
        )
    await agendas.store.commit(Unit([], trace, rows=[parcels.restart(agendas, distribution, trace.at)]))


async def drop(agendas: Agendas, distribution: str, *, by: Actor, trace: Trace) -> None:
    """Give a dead message up. Raises: Problem(FORBIDDEN | NOT_FOUND | CONFLICT)."""
    await _dead(agendas, distribution, by)
    await agendas.store.commit(Unit([], trace, rows=[parcels.drop(agendas, distribution, trace.at)]))


async def dead(agendas: Agendas) -> int:
    """How many messages were given up, and wait for somebody."""
    return (await parcels.counts(agendas)).get("dead", 0)


async def _dead(agendas: Agendas, distribution: str, by: Actor) -> Parcel:
    _permit(by)
    found = await parcels.find(agendas, distribution)
    if found is None:
        raise Problem.of(Kind.NOT_FOUND, "Ce message n'existe pas.", "There is no such message.")
    if found.state != "dead":
        raise Problem.of(
            Kind.CONFLICT,
            "Ce message n'est pas en échec : quelqu'un s'en est occupé entre-temps.",
            "This message is not a dead one: somebody saw to it meanwhile.",
            rule="SAS-HUB",
        )
    return found


def _permit(by: Actor) -> None:
    decide(by, HUB).or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
