"""Notices: what is said of an appointment after its commit, to the holder of the agenda, the regulator, the LRM.

The message to the LRM (logiciel de régulation médicale) is the Bundle of the SAS guide, « Transmission des informations de
RDV aux LRM », in its EDXL-DE envelope. It is kept with the notice, in the same transaction, for `carrying` to bring to the hub.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from socle.foundations.care_offer.agenda.hub import samu_of_last_resort
from socle.foundations.care_offer.agenda.model import Event, numero_ps
from socle.foundations.care_offer.agenda.rules import event_of
from socle.foundations.care_offer.agenda.rules.hub import samu_of
from socle.foundations.care_offer.agenda.rules.lrm import Message, envelope
from socle.foundations.care_offer.agenda.store import parcels
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.parcels import Parcel
from socle.foundations.care_offer.agenda.store.reading import numbers_of, operator_of, standing_of
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.outcome import Problem
from socle.kernel.store import Json, Stored, Unit

CONSUMER: Final = "agenda:notices"
_LIFE: Final = timedelta(hours=24)  # DST of the Hub Santé: a message that nobody took within a day is dropped


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was said of an appointment."""

    appointment: str
    version: int
    audience: str
    recipient: str
    event: str
    at: datetime
    message: Mapping[str, Any]


async def tell(agendas: Agendas, stored: Stored, *, now: datetime, trace: Trace) -> int:
    """Keep the notices of one version of an appointment; told twice, they are the same. Answers how many there are."""
    if stored.deleted or stored.type != "Appointment":
        return 0
    appointment: Json = json.parse(stored.body)
    previous = await agendas.store.vread("Appointment", stored.id, stored.version - 1) if stored.version > 1 else None
    before: Json | None = json.parse(previous.body) if previous is not None and previous.body else None
    event = event_of(standing_of(before) if before else None, standing_of(appointment))
    if event is None:
        return 0
    short = {
        "appointment": f"Appointment/{stored.id}",
        "status": appointment.get("status"),
        "start": appointment.get("start"),
        "end": appointment.get("end"),
    }
    found = [("HOLDER", numero_ps(number), short) for number in dict.fromkeys(_legible(numbers_of(appointment)))][:1]
    operator = operator_of(appointment)
    if operator.get("value"):
        found.append(("REGULATOR", str(operator["value"]), short))
        kind = "CREATE" if before is None else "UPDATE"
        message = Message(stored.id, stored.version, kind, appointment, stored.updated, stored.updated + _LIFE)
        samu = await _samu(agendas, appointment)
        told = dict(envelope(message, samu=samu))
        found.append(("LRM", str(operator["value"]), told))
        parcel = Parcel(told["distributionID"], stored.id, stored.version, samu, told, now, message.expires)
        await _keep(agendas, stored, event, found, now, trace, parcel)
        return len(found)
    await _keep(agendas, stored, event, found, now, trace)
    return len(found)


async def _samu(agendas: Agendas, appointment: Json) -> str:
    """The client of the hub where an appointment is: by the postal code of its agenda's place, else the last resort."""
    ids = [reference_id(one.get("reference", "")) for one in appointment.get("slot", ())]
    slots = await agendas.slots([id for id in ids if id])
    places = await agendas.schedules([one.schedule for one in slots[:1]])
    known = next((samu_of(one.postal) for one in places.values()), "")
    return known or samu_of_last_resort(agendas.repository)


def reference_id(reference: str) -> str:
    """The id in "Slot/id"."""
    return reference.rpartition("/")[2]


def _legible(numbers: list[str]) -> list[str]:
    found = []
    for number in numbers:
        try:
            found.append(numero_ps(number))
        except Problem:
            continue
    return found


async def _keep(
    agendas: Agendas,
    stored: Stored,
    event: Event,
    found: list[tuple[str, str, Json]],
    now: datetime,
    trace: Trace,
    parcel: Parcel | None = None,
) -> None:
    if not found:
        return
    sql = (
        f"INSERT INTO {agendas.schema}.notice (appointment, version, audience, recipient, event, at, message) "
        "SELECT $1, $2, audience, recipient, $3, $4, message::jsonb "
        "FROM unnest($5::text[], $6::text[], $7::text[]) AS t(audience, recipient, message) "
        "ON CONFLICT (appointment, version, audience) DO NOTHING"
    )
    texts = [json.serialise(message).decode() for _, _, message in found]
    args = [stored.id, stored.version, event.value, now, [a for a, _, _ in found], [r for _, r, _ in found], texts]
    rows = [(sql, args), *([parcels.keep(agendas, parcel)] if parcel else [])]
    await agendas.store.commit(Unit([], trace, rows=rows))


async def notices_for(agendas: Agendas, recipient: str, audience: str, *, limit: int = 20) -> list[Notice]:
    """What was said to somebody, the latest first."""
    rows = await agendas.store.query(
        "SELECT appointment, version, audience, recipient, event, at, message::text AS message "
        f"FROM {agendas.schema}.notice WHERE recipient = $1 AND audience = $2 ORDER BY at DESC, version DESC LIMIT $3",
        recipient,
        audience,
        limit,
    )
    return [
        Notice(
            row["appointment"],
            row["version"],
            row["audience"],
            row["recipient"],
            row["event"],
            row["at"],
            json.parse(row["message"].encode()),
        )
        for row in rows
    ]
