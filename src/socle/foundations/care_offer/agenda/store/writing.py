"""Resources of agendas, written as the guides ask: FR Core (GAP) is how they are kept."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from socle.foundations.care_offer.agenda.model import (
    ACT_CODE,
    APPOINTMENT_REASON,
    CATEGORIE_ETABLISSEMENT,
    CPTS_CATEGORY,
    IDNST,
    TYPE_CRENEAU,
    ZONE,
    Derived,
    Opening,
    Recurrence,
)
from socle.foundations.care_offer.agenda.model.opening import DAYS
from socle.foundations.care_offer.agenda.store.names import (
    AVAILABILITY,
    CORE,
    DURATION,
    RRULE,
    SCHEDULE_TYPE,
    SLOT_SERVICE,
)
from socle.foundations.care_offer.agenda.store.reading import motives_of
from socle.kernel.store import Json

SLOT_PROFILE: Final = f"{CORE}/fr-core-slot"
SCHEDULE_PROFILE: Final = f"{CORE}/fr-core-schedule"
APPOINTMENT_PROFILE: Final = f"{CORE}/fr-core-appointment"


def written(at: datetime) -> str:
    """A moment as FHIR writes it, at the time of Paris."""
    return at.astimezone(ZONE).isoformat(timespec="seconds")


def slot_id(schedule: str, start: datetime) -> str:
    """The id of the slot of a schedule that begins at `start`: derived again, a slot is the same."""
    return f"{schedule[:49]}-{start.astimezone(UTC):%y%m%d%H%M%S}"


def slot_of(schedule: Json, derived: Derived, *, services: Mapping[str, str], link: str) -> Json:
    """The Slot that an opening of `schedule` gives.

    services  HealthcareService of a CPTS, by its FINESS
    link      address of the page where it is taken
    """
    opening = derived.opening
    kinds: list[Json] = [{"coding": [{"system": ACT_CODE, "code": code}]} for code in sorted(opening.consultations)]
    kinds += [{"text": motive} for motive in motives_of(schedule)]
    kinds += [
        {
            "extension": [
                {"url": SLOT_SERVICE, "valueReference": {"reference": f"HealthcareService/{services[number]}"}}
            ],
            "coding": [{"system": CATEGORIE_ETABLISSEMENT, "code": CPTS_CATEGORY}],
        }
        for number in opening.cpts
        if number in services
    ]
    slot: dict[str, Any] = {
        "resourceType": "Slot",
        "id": slot_id(schedule["id"], derived.start),
        "meta": {
            "profile": [SLOT_PROFILE],
            "security": [{"system": TYPE_CRENEAU, "code": code} for code in sorted(opening.access)],
        },
        "serviceType": kinds,
        "specialty": schedule.get("specialty", ()),
        "appointmentType": {
            "coding": [{"system": APPOINTMENT_REASON, "code": "WALKIN" if opening.walk_in else "ROUTINE"}]
        },
        "schedule": {"reference": f"Schedule/{schedule['id']}"},
        "status": "free",
        "start": written(derived.start),
        "end": written(derived.end),
        "comment": link,
    }
    return {name: value for name, value in slot.items() if value}


def schedule_of(
    id: str,
    actors: Sequence[str],
    openings: Sequence[Opening],
    *,
    duration: timedelta,
    motive: str,
    specialty: Mapping[str, str] | None = None,
) -> Json:
    """A Schedule with its openings. `actors`: references, the practitioner's role first where there is one."""
    schedule: dict[str, Any] = {
        "resourceType": "Schedule",
        "id": id,
        "meta": {"profile": [SCHEDULE_PROFILE]},
        "extension": [*map(opening_extension, openings), _duration_extension(duration, motive)],
        "active": True,
        "actor": [{"reference": reference} for reference in actors],
    }
    if specialty:
        schedule["specialty"] = [{"coding": [dict(specialty)]}]
    return schedule


def opening_extension(opening: Opening) -> Json:
    """An opening as `availabilityTime`. Access, consultations, walk-in and CPTS are identifiers of ours in it."""
    marks = [{"value": opening.key}]
    if not opening.closed:
        marks += [{"system": TYPE_CRENEAU, "value": code} for code in sorted(opening.access)]
        marks += [{"system": ACT_CODE, "value": code} for code in sorted(opening.consultations)]
        marks += [{"system": APPOINTMENT_REASON, "value": "WALKIN"}] if opening.walk_in else []
        marks += [{"system": IDNST, "value": number} for number in opening.cpts]
    parts: list[Json] = [{"url": "identifier", "valueIdentifier": mark} for mark in marks]
    code = "busy-unavailable" if opening.closed else "free"
    parts.append({"url": "type", "valueCoding": {"system": SCHEDULE_TYPE, "code": code}})
    if opening.recurrence:
        parts.append({"url": "rrule", "extension": _rrule(opening.recurrence)})
    parts.append({"url": "start", "valueDateTime": written(opening.start)})
    parts.append({"url": "end", "valueDateTime": written(opening.end)})
    return {"url": AVAILABILITY, "extension": parts}


def _rrule(recurrence: Recurrence) -> list[Json]:
    parts: list[Json] = [{"url": "freq", "valueCoding": {"system": RRULE, "code": recurrence.frequency}}]
    if recurrence.until:
        parts.append({"url": "until", "valueDateTime": written(recurrence.until)})
    if recurrence.count:
        parts.append({"url": "count", "valueInteger": recurrence.count})
    if recurrence.interval > 1:
        parts.append({"url": "interval", "valueInteger": recurrence.interval})
    parts += [{"url": "byDay", "valueString": DAYS[day]} for day in sorted(recurrence.days)]
    parts += [{"url": "byDay", "valueString": f"{rank}{DAYS[day]}"} for rank, day in sorted(recurrence.ordinals)]
    parts += [{"url": "byMonthDay", "valueInteger": day} for day in sorted(recurrence.month_days)]
    return parts


def _duration_extension(duration: timedelta, motive: str) -> Json:
    minutes = int(duration.total_seconds() // 60)
    length = {"value": minutes, "unit": "minute", "system": "http://unitsofmeasure.org", "code": "min"}
    return {
        "url": DURATION,
        "extension": [
            {"url": "serviceType", "valueCodeableConcept": {"text": motive}},
            {"url": "duration", "valueDuration": length},
        ],
    }
