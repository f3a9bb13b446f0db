"""Beds: what a measure must say, what one may replace, how fresh it must be.

Sources: IG ROR (ror-location-supported-capacity), ROR documentation (patch capacitaire, erreurs 400), doctrine 2.11 (critical
care refreshed at least once a day, twice a day in tension).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.capacity import Capacity, Indicator, StatutCapacite
from socle.kernel.outcome import Issue, Kind, Problem, Text

Json = dict[str, Any]
RULE: Final = "ROR, patch capacitaire (400 : règles métier)"
WHERE: Final = f"Location.extension.where(url='{names.CAPACITY}')"

# Parts of the extension that are codes: (code system, codes accepted; () any two digits, min cardinality).
PARTS: Final[Mapping[str, tuple[str, tuple[str, ...], int]]] = {
    "capacityType": (names.CAPACITY_TYPE, ("01", "02"), 1),
    "capacityStatus": (names.CAPACITY_STATUS, tuple(StatutCapacite), 1),
    "temporalityCapacity": (names.TEMPORALITY, (), 1),
    "capacitySourceType": (names.CAPACITY_SOURCE, ("01", "02", "03", "04"), 1),
    "temporaryAssignement": (names.ASSIGNMENT, ("01", "02", "03"), 1),
    "genderCapacityAvailable": (names.GENDER, ("01", "02", "04"), 0),
    "capacityClosingType": (names.CLOSING_TYPE, ("01", "02", "03"), 0),
    "additionalBedType": (names.ADDITIONAL, ("01", "02", "03", "04"), 0),
    "crisisType": (names.CRISIS, ("01", "02"), 0),
}
# A detail belongs to one status: the gender of free beds, why closed ones are closed, what mobilises additional ones.
DETAILS: Final[Mapping[str, StatutCapacite]] = {
    "genderCapacityAvailable": StatutCapacite.DISPONIBLE,
    "capacityClosingType": StatutCapacite.FERME,
    "additionalBedType": StatutCapacite.SUPPLEMENTAIRE,
    "crisisType": StatutCapacite.SUPPLEMENTAIRE,
}
OTHERS: Final = ("nbCapacity", "capacityUpdateDate")
_DIGITS: Final = re.compile(r"\d\d", re.ASCII)
MOST: Final = 100_000  # beds of one place: more is a slip of the keyboard


class Fraicheur(StrEnum):
    """How fresh a measure is."""

    FRAIS = "frais"
    A_RAFRAICHIR = "a-rafraichir"  # most of its time has passed
    PERIME = "perime"
    INCONNU = "inconnu"


# How long a measure holds: (while the territory is calm, while it is in tension). One time a day, two times a day.
PERIODS: Final[Mapping[bool, timedelta]] = {False: timedelta(hours=24), True: timedelta(hours=12)}
WARNING: Final = 0.75  # of the period, from which it is time to think of it
AHEAD: Final = timedelta(minutes=15)  # of a feeder's clock: beyond, a measure would hold without being made


def freshness(updated: datetime | None, tension: bool, now: datetime) -> Fraicheur:
    """How fresh what was measured at `updated` is; a moment to come (a clock that is ahead) counts as now."""
    if updated is None:
        return Fraicheur.INCONNU
    age = now - updated
    period = PERIODS[tension]
    if age > period:
        return Fraicheur.PERIME
    return Fraicheur.A_RAFRAICHIR if age > period * WARNING else Fraicheur.FRAIS


def due(updated: datetime, tension: bool) -> datetime:
    """Until when a measure holds: another is expected by then, and its lack is an alarm."""
    return updated + PERIODS[tension]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a measure: which part, and in words."""

    part: str
    text: Text


def faults(extension: Json, now: datetime) -> list[Fault]:
    """Everything that is wrong with a capacity extension; [] when it is right."""
    found = _unknown(extension)
    parts = _parts(extension)
    for name, (system, accepted, least) in PARTS.items():
        said = _coding(parts.get(name))
        if said is None:
            if least or name in parts:
                found.append(Fault(name, _text(name, "manque", "is missing")))
            continue
        if said[0] != system:
            found.append(
                Fault(name, _text(name, f"est un code de {system}, pas de {said[0]}", f"is a code of {system}"))
            )
        elif (accepted and said[1] not in accepted) or not _DIGITS.fullmatch(said[1]):
            listed = ", ".join(accepted) or "deux chiffres"
            found.append(
                Fault(
                    name,
                    _text(name, f"vaut {listed} ; reçu : {said[1][:20]}", f"is one of {listed}; got {said[1][:20]}"),
                )
            )
    found += _number(parts.get("nbCapacity"))
    found += _counted(parts.get("capacityUpdateDate"), now)
    status = _coding(parts.get("capacityStatus"))
    if status is not None:
        found += [
            Fault(name, _text(name, f"ne se dit que du statut {needed}", f"is only said of the status {needed}"))
            for name, needed in DETAILS.items()
            if name in parts and status[1] != needed
        ]
    return found


def _unknown(extension: Json) -> list[Fault]:
    """Parts that the extension does not have, and those said more than once: which of the two would count?"""
    urls = [str(one.get("url", "")) for one in extension.get("extension", ()) if isinstance(one, dict)]
    found: list[Fault] = []
    for url, times in Counter(urls).items():
        if url not in PARTS and url not in OTHERS:
            listed = ", ".join([*PARTS, *OTHERS])
            found.append(Fault("", _text(url[:60], f"n'existe pas ici : {listed}", f"does not exist here: {listed}")))
        elif times > 1:
            found.append(
                Fault(url, _text(url, f"est dit {times} fois : une seule", f"is said {times} times: once only"))
            )
    return found


def _counted(part: Json | None, now: datetime) -> list[Fault]:
    name = "capacityUpdateDate"
    updated = _moment(part)
    if updated is None:
        return [
            Fault(name, _text(name, "attend une date et une heure avec fuseau", "expects a dateTime with its zone"))
        ]
    if updated - now > AHEAD:
        return [
            Fault(
                name,
                _text(
                    name,
                    f"est à venir ({updated:%Y-%m-%dT%H:%MZ}) : dites quand les lits ont été comptés, et réglez l'horloge",
                    f"is to come ({updated:%Y-%m-%dT%H:%MZ}): say when the beds were counted, and set the clock",
                ),
            )
        ]
    return []


def _number(part: Json | None) -> list[Fault]:
    value = part.get("valueInteger") if part else None
    if isinstance(value, bool) or not isinstance(value, int):
        return [Fault("nbCapacity", _text("nbCapacity", "attend un entier (valueInteger)", "expects an integer"))]
    if not 0 <= value <= MOST:
        return [
            Fault(
                "nbCapacity",
                _text("nbCapacity", f"va de 0 à {MOST} ; reçu : {value}", f"goes from 0 to {MOST}; got {value}"),
            )
        ]
    return []


def checked(extensions: Sequence[Json], now: datetime) -> list[Capacity]:
    """The measures in these extensions, all right and each indicator once.

    Raises: Problem(INVALID, business-rule) with one issue for each fault.
    """
    issues = [business(fault.text, fault.part) for extension in extensions for fault in faults(extension, now)]
    if issues:
        raise Problem(Kind.INVALID, *issues)
    measures = [read(extension) for extension in extensions]
    seen: set[Indicator] = set()
    for one in measures:
        if one.indicator in seen:
            raise Problem(
                Kind.INVALID,
                business(
                    Text(
                        f"Le même indicateur est donné deux fois ({said_of(one.indicator)}).",
                        f"The same indicator is given twice ({said_of(one.indicator)}).",
                    )
                ),
            )
        seen.add(one.indicator)
    return measures


def business(text: Text, part: str = "") -> Issue:
    """An issue of the kind that the synchronisation answers for what breaks a rule."""
    where = f"Location.extension('{names.CAPACITY}').extension('{part}')" if part else WHERE
    return Issue(text, (where,), RULE, "business-rule")


def read(extension: Json) -> Capacity:
    """The measure that an extension says; it must be right (see `faults`)."""
    parts = _parts(extension)

    def code(name: str) -> str:
        said = _coding(parts.get(name))
        return said[1] if said else ""

    updated = _moment(parts.get("capacityUpdateDate"))
    assert updated is not None
    return Capacity(
        indicator_of(extension),
        code("capacityType"),
        parts["nbCapacity"]["valueInteger"],
        updated,
        code("capacitySourceType"),
    )


def indicator_of(extension: Json) -> Indicator:
    """What an extension counts, even when the rest of it is wrong."""
    parts = _parts(extension)

    def code(name: str) -> str:
        said = _coding(parts.get(name))
        return said[1] if said else ""

    return Indicator(
        code("capacityStatus"),
        code("temporalityCapacity"),
        code("genderCapacityAvailable"),
        code("capacityClosingType"),
        code("additionalBedType"),
        code("crisisType"),
        code("temporaryAssignement"),
    )


def said_of(one: Indicator) -> str:
    """An indicator in words of the guide."""
    pairs = (
        ("capacityStatus", one.status),
        ("temporalityCapacity", one.temporality),
        ("genderCapacityAvailable", one.gender),
        ("capacityClosingType", one.closing),
        ("additionalBedType", one.additional),
        ("crisisType", one.crisis),
        ("temporaryAssignement", one.assignment),
    )
    return " / ".join(f"{name}: {value or 'null'}" for name, value in pairs)


def capacities_of(location: Json) -> list[Json]:
    """The capacity extensions of a location, in order."""
    return [one for one in location.get("extension", ()) if one.get("url") == names.CAPACITY]


def freshest(location: Json) -> datetime | None:
    """When a bed of this location was last counted; None when none was."""
    moments = [_moment(_parts(one).get("capacityUpdateDate")) for one in capacities_of(location)]
    known = [moment for moment in moments if moment is not None]
    return max(known) if known else None


def _parts(extension: Json) -> dict[str, Json]:
    found = extension.get("extension", ())
    return {one["url"]: one for one in found if isinstance(one, dict) and isinstance(one.get("url"), str)}


def _coding(part: Json | None) -> tuple[str, str] | None:
    concept = part.get("valueCodeableConcept") if part else None
    codings = concept.get("coding") if isinstance(concept, dict) else None
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and isinstance(coding.get("code"), str):
            return str(coding.get("system", "")), coding["code"]
    return None


def _moment(part: Json | None) -> datetime | None:
    text = part.get("valueDateTime") if part else None
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # no date, or none in UTC: the last hours of the year 9999
        return None


def _text(part: str, fr: str, en: str) -> Text:
    return Text(f"« {part} » {fr}.", f"“{part}” {en}.")
