"""The MLLP door of the index: a message in, what it tells done, its acknowledgement out.

Who sends is proven by the key of an actor in MSH-8 (security): ours, for HL7 v2 has nothing for it. A demonstration house
takes messages without a key, as its pages take a login without a password. The door listens to this machine only.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.adt.model import Doing, Identity, Told
from socle.foundations.ins.index.adt.rules import Wrong, read
from socle.kernel.audit import Trace
from socle.kernel.fhir.check import check
from socle.kernel.hl7v2 import Broken, Fault, Message, Place, Status, acknowledge, listening, parse
from socle.kernel.module import House, Listener
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor, Means
from socle.kernel.store import Json

PORT: Final = 2575
DEMO: Final = Actor("mllp-demo", "Émetteur de démonstration", frozenset({"publisher"}), Means.DEMO)
# A problem met while doing what was told: the code of table 0357, and whether sending the message again later may help.
_CODES: Final = {
    Kind.NOT_FOUND: 204,
    Kind.CONFLICT: 205,
    Kind.PRECONDITION_FAILED: 206,
    Kind.INVALID: 102,
    Kind.RULE_VIOLATED: 103,
}
log = structlog.get_logger("socle.index.adt")


async def answered(house: House, data: bytes) -> bytes:
    """Do what a message tells; its acknowledgement. Never raises.

    AA when it is done and durable; AE when the message is wrong; AR when it may be sent again (database away, sender unknown).
    """
    message: Message | None = None
    now, number = house.clock(), secrets.token_hex(10)
    try:
        message = parse(data)
        by = await _sender(house, message)
        told = read(message)
        await _done(house, message, told, by)
    except Broken as broken:
        faults = [Fault(broken.place, broken.code, broken.text)]
        return acknowledge(None, faults, now=now, number=number, control_id=broken.control_id)
    except Wrong as wrong:
        return acknowledge(message, wrong.faults, now=now, number=number)
    except Problem as problem:
        again = problem.kind not in _CODES
        place = _place(problem, message)
        faults = [Fault(place, _CODES.get(problem.kind, 207), issue.text) for issue in problem.issues]
        return acknowledge(message, faults, now=now, number=number, status=Status.REJECTED if again else None)
    except Exception as error:
        log.error("message not taken", error=type(error).__qualname__)
        text = Text(
            "Une erreur interne a empêché de prendre ce message ; rien n'en est gardé. Renvoyez-le plus tard.",
            "An internal error kept this message from being taken; nothing of it is kept. Send it again later.",
        )
        fault = Fault(Place("MSH"), 207, text)
        return acknowledge(message, [fault], now=now, number=number, status=Status.REJECTED)
    return acknowledge(message, told.warnings, now=now, number=number)


def _place(problem: Problem, message: Message | None) -> Place:
    """Where to look: the sender, the identifier of what is not known, else the identity."""
    if problem.kind in (Kind.UNAUTHENTICATED, Kind.FORBIDDEN):
        return Place("MSH", 1, 8)
    if problem.kind is Kind.NOT_FOUND and message is not None:
        return {
            "A40": Place("MRG", 1, 1),
            "A47": Place("MRG", 1, 1),
            "A37": Place("PID", 2, 3),
        }.get(message.header.get(9, 2), Place("PID", 1, 3))
    return Place("PID")


async def _sender(house: House, message: Message) -> Actor:
    """Raises: Problem(UNAUTHENTICATED)."""
    key = message.header.get(8)
    if not key and house.settings.demo:
        return DEMO
    wrong = Problem.of(
        Kind.UNAUTHENTICATED,
        "MSH-8 : donnez la clé de l'émetteur (socle actor create), telle qu'elle a été remise.",
        "MSH-8: give the sender's key (socle actor create), as it was handed over.",
    )
    try:
        by = await house.actor_of({"authorization": f"Bearer {key}"} if key else {}, {})
    except Problem as problem:
        if problem.kind is Kind.UNAUTHENTICATED:  # it speaks of HTTP, which the sender does not
            raise wrong from None
        raise
    if not by.is_authenticated:
        raise wrong
    return by


async def _done(house: House, message: Message, told: Told, by: Actor) -> None:
    index = MasterIndex(house.repositories[REGISTER])
    trace = Trace(
        who=by.id,
        name=by.name,
        role=" ".join(sorted(by.roles)),
        structure=by.structure,
        means=by.means,
        ground="",
        at=house.clock(),
        register=REGISTER,
        interaction=f"ADT^{message.header.get(9, 2)}",
    )
    identity, other = told.identity, told.other
    if told.doing in (Doing.FEED, Doing.MERGE, Doing.RENAME):
        patient = _patient(identity)
        check(patient, expected_type="Patient")  # what HL7 v2 lets through, a control character for one, R4 may not
        await actions.feed(index, patient, replaces=other, by=by, trace=trace)
    elif told.doing is Doing.UNMERGE:
        assert other is not None
        await actions.unmerge(index, other, by=by, trace=trace)
    elif told.doing is Doing.REMOVE:
        await actions.remove(index, identity.local, by=by, trace=trace)


def _patient(identity: Identity) -> Json:
    return actions.patient(
        identity.local,
        family=identity.family,
        given=identity.given,
        usual_family=identity.usual_family,
        usual_given=identity.usual_given,
        sex=identity.sex,
        born=identity.born,
        place=identity.place,
        ins=identity.ins,
        former=identity.former,
        phones=identity.phones,
        mails=identity.mails,
        street=identity.street,
        postcode=identity.postcode,
        city=identity.city,
        statut=identity.statut,
    )


@asynccontextmanager
async def _serve(house: House, host: str, port: int) -> AsyncIterator[int]:
    async def answer(data: bytes) -> bytes:
        return await answered(house, data)

    async with listening(host, port, answer) as bound:
        yield bound


LISTENER: Final = Listener(
    PORT,
    Text("Index des patients, alimentation (PAM)", "Index of patients, feed (PAM)"),
    "HL7 v2, MLLP",
    "mllp",
    _serve,
)
