"""Places and their beds, for the board and the alarms: what is kept with each version of a Location, and read in one go."""

from datetime import UTC
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.permissions import REGISTER
from socle.foundations.care_offer.rules import capacities
from socle.kernel.fhir.keys import resource_key
from socle.kernel.store import Json

Statement = tuple[str, tuple[Any, ...]]
_S: Final = REGISTER


def kept(location: Json) -> list[Statement]:
    """Statements that keep a location's place and beds in place of what was known, and end its alarm if they are new."""
    id = location["id"]
    measures = [capacities.read(one) for one in capacities.capacities_of(location)]
    updated = max((one.updated for one in measures), default=None)
    return [
        *_emptied(id),
        (
            f"INSERT INTO {_S}.place (location, key, territory, department, name, commune, organization, function, updated) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            (
                id,
                resource_key("Location", id),
                region_of(location),
                department_of(location),
                str(location.get("name", "")),
                commune_of(location),
                str(location.get("managingOrganization", {}).get("reference", "")).rpartition("/")[2],
                _function(location),
                updated,
            ),
        ),
        (
            f"INSERT INTO {_S}.bed (location, rank, kind, status, temporality, gender, number, updated) "
            "SELECT $1, b.* FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], "
            "$8::timestamptz[]) AS b",
            (
                id,
                list(range(len(measures))),
                [one.kind for one in measures],
                [one.indicator.status for one in measures],
                [one.indicator.temporality for one in measures],
                [one.indicator.gender for one in measures],
                [one.number for one in measures],
                [one.updated.astimezone(UTC) for one in measures],
            ),
        ),
        (
            f"UPDATE {_S}.alarm SET ended = $2 WHERE location = $1 AND ended IS NULL "
            "AND $2::timestamptz IS NOT NULL AND (since IS NULL OR since < $2)",
            (id, updated),
        ),
    ]


def removed(id: str) -> list[Statement]:
    """Statements that forget a location; its alarms are history and stay, ended."""
    return [
        *_emptied(id),
        (f"UPDATE {_S}.alarm SET ended = now() WHERE location = $1 AND ended IS NULL", (id,)),
    ]


def _emptied(id: str) -> list[Statement]:
    return [
        (f"DELETE FROM {_S}.bed WHERE location = $1", (id,)),
        (f"DELETE FROM {_S}.place WHERE location = $1", (id,)),
    ]


def region_of(resource: Json) -> str:
    """The region of the source, from the tags."""
    tags = resource.get("meta", {}).get("tag", ())
    return next((str(tag.get("code", "")) for tag in tags if tag.get("system") == names.REGION), "")


def commune_of(location: Json) -> str:
    """The COG code of a location, "" when it has none."""
    for one in location.get("extension", ()):
        if one.get("url") == names.COMMUNE:
            codings = one.get("valueCodeableConcept", {}).get("coding", ())
            return next((str(coding.get("code", "")) for coding in codings), "")
    return ""


def department_of(location: Json) -> str:
    """The department: the first two characters of the commune's code, three overseas."""
    code = commune_of(location) or str(location.get("address", {}).get("postalCode", ""))
    return code[:3] if code[:2] in ("97", "98") else code[:2]


def _function(location: Json) -> str:
    for concept in location.get("type", ()):
        for coding in concept.get("coding", ()):
            if coding.get("system") == names.LOCATION_FUNCTION:
                return str(coding.get("code", ""))
    return ""
