"""The PATCH of a bed feeder: Parameters in, the capacities of one location after it.

A feeder tries to replace an indicator first; told that it is not there (404, with the path of the extension), it adds it.
The path names the indicator by its codes; those codes and those of the value must be the same. Source: ROR documentation,
patch capacitaire.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.capacity import Indicator
from socle.foundations.care_offer.rules.capacities import (
    WHERE,
    business,
    capacities_of,
    checked,
    indicator_of,
    said_of,
)
from socle.kernel.outcome import Issue, Kind, Problem, Text

Json = dict[str, Any]
RULE: Final = "ROR, patch capacitaire"
MOST: Final = 200  # operations in one PATCH
_QUOTED: Final = re.compile(r"(code\s*=\s*)?'([^']*)'")
_FIELDS: Final = {
    "capacityStatus": "status",
    "temporalityCapacity": "temporality",
    "genderCapacityAvailable": "gender",
    "capacityClosingType": "closing",
    "additionalBedType": "additional",
    "crisisType": "crisis",
    "temporaryAssignement": "assignment",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, understood.

    wanted  the codes that its path names, by part of the indicator; {} when it names none
    value   the capacity extension; None for a delete
    """

    kind: Literal["add", "replace", "delete"]
    wanted: dict[str, str]
    value: Json | None


def operations(body: Json) -> list[Operation]:
    """The operations of a body. Raises: Problem(INVALID)."""
    if body.get("resourceType") != "Parameters":
        raise _wrong("resourceType", "Le corps est une ressource Parameters.", "The body is a Parameters resource.")
    given = [one for one in body.get("parameter", ()) if one.get("name") == "operation"]
    if not given or len(given) != len(body["parameter"]) or len(given) > MOST:
        raise _wrong(
            "Parameters.parameter",
            f"Donnez 1 à {MOST} paramètres « operation », et rien d'autre.",
            f"Give 1 to {MOST} parameters “operation”, and nothing else.",
        )
    return [_operation(one, f"Parameters.parameter[{i}]") for i, one in enumerate(given)]


def _operation(parameter: Json, at: str) -> Operation:
    parts = {part.get("name"): part for part in parameter.get("part", ())}
    kind = _said(parts.get("type"))
    if kind not in ("add", "replace", "delete"):
        raise _wrong(at, "« type » vaut add, replace ou delete.", "“type” is add, replace or delete.")
    path = _said(parts.get("path"))
    if not path.startswith("Location"):
        raise _wrong(at, "« path » commence par Location.", "“path” begins with Location.")
    if names.CAPACITY not in path and path not in ("Location", "Location.extension"):
        raise _wrong(
            at,
            "Ici ne se changent que les capacités (ror-location-supported-capacity).",
            "Only capacities are changed here (ror-location-supported-capacity).",
        )
    wanted = _wanted(path)
    if kind == "delete":
        if not wanted:
            raise _wrong(at, "« path » nomme l'indicateur à retirer.", "“path” names the indicator to remove.")
        return Operation("delete", wanted, None)
    return Operation(kind, wanted, _value(parts.get("value"), at))  # type: ignore[arg-type] # one of three literals


def _wanted(path: str) -> dict[str, str]:
    """The codes that a path names, each after the name of its part: `…extension('capacityStatus')…code = '02'…`."""
    found: dict[str, str] = {}
    part = ""
    for compared, text in _QUOTED.findall(path):
        if compared and part:
            found[_FIELDS[part]] = text
        elif text in _FIELDS:
            part = text
        elif not compared:
            part = ""
    return found


def _said(part: Json | None) -> str:
    if part is None:
        return ""
    return str(next((value for name, value in part.items() if name.startswith("value")), ""))


def _value(part: Json | None, at: str) -> Json:
    """The one capacity extension of a value: as the guide sends it (in a part), or as FHIRPath Patch does."""
    found: list[Json] = []
    pending: list[Any] = [part]
    while pending:
        one = pending.pop()
        if not isinstance(one, dict):
            continue
        if one.get("url") == names.CAPACITY:
            found.append(one)
            continue
        if isinstance(one.get("valueExtension"), dict):
            pending.append(one["valueExtension"])
        for name in ("extension", "part"):
            if isinstance(one.get(name), list):
                pending += one[name]
    if len(found) != 1:
        raise _wrong(
            at,
            "« value » porte une extension ror-location-supported-capacity, une seule.",
            "“value” carries one extension ror-location-supported-capacity, one only.",
        )
    return {"url": names.CAPACITY, "extension": found[0].get("extension", [])}


def applied(location: Json, given: Sequence[Operation], now: datetime) -> Json:
    """The location after these operations, all or none.

    Raises: Problem(NOT_FOUND) with the path of the extension for a replace or a delete of what is not there;
    Problem(INVALID, business-rule) for a measure that is wrong, an indicator added twice, a path that says another one.
    """
    checked([one.value for one in given if one.value is not None], now)
    others = [one for one in location.get("extension", ()) if one.get("url") != names.CAPACITY]
    kept = capacities_of(location)
    for one in given:
        kept = _one(kept, one)
    extension = [*others, *kept]
    return {**{name: value for name, value in location.items() if name != "extension"}, "extension": extension}


def _one(kept: list[Json], operation: Operation) -> list[Json]:
    if operation.value is None:
        at = _places(kept, operation.wanted)
        if not at:
            raise not_there()
        return [one for i, one in enumerate(kept) if i not in at]
    indicator = indicator_of(operation.value)
    for name, code in operation.wanted.items():
        if getattr(indicator, name) != code:
            raise Problem(
                Kind.INVALID,
                business(
                    Text(
                        f"Le chemin et la valeur ne disent pas le même indicateur : {said_of(indicator)}.",
                        f"The path and the value do not say the same indicator: {said_of(indicator)}.",
                    )
                ),
            )
    at = [i for i, one in enumerate(kept) if indicator_of(one) == indicator]
    if operation.kind == "replace":
        if not at:
            raise not_there()
        return [operation.value if i == at[0] else one for i, one in enumerate(kept) if i not in at[1:]]
    if at:
        raise Problem(
            Kind.INVALID,
            business(
                Text(
                    f"Cet indicateur est déjà là ({said_of(indicator)}) : remplacez-le (replace).",
                    f"This indicator is already there ({said_of(indicator)}): replace it (replace).",
                )
            ),
        )
    return [*kept, operation.value]


def _places(kept: Sequence[Json], wanted: dict[str, str]) -> list[int]:
    def fits(indicator: Indicator) -> bool:
        return all(getattr(indicator, name) == code for name, code in wanted.items())

    return [i for i, one in enumerate(kept) if fits(indicator_of(one))]


def not_there() -> Problem:
    """The indicator is not there: the feeder adds it next. Clients recognise the status, the code and the expression."""
    return Problem(
        Kind.NOT_FOUND,
        Issue(
            Text(
                "Aucun indicateur de ce lieu ne correspond : ajoutez-le (add).",
                "No indicator of this location corresponds: add it (add).",
            ),
            (WHERE,),
            RULE,
            "not-found",
        ),
    )


def _wrong(at: str, fr: str, en: str) -> Problem:
    return Problem(Kind.INVALID, Issue(Text(fr, en), (at,), RULE, "invalid"))
