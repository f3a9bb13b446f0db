"""The FHIR server of the directory, as data. Its base, its header and its links are those of the national one."""

import os
from typing import Final

from socle.foundations.people.actions import mailboxes
from socle.foundations.people.api.enrolling import OPERATIONS
from socle.foundations.people.api.explaining import explain
from socle.foundations.people.permissions import MAILBOXES, READ
from socle.foundations.people.store.fhir import CORE, IG
from socle.foundations.people.store.register import REGISTER_OF
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.endpoint import Call, Endpoint, Interaction
from socle.kernel.store import Change, Json, Put, Stored

BASE: Final = "/annuaire/fhir/v2"
KEY_HEADER: Final = "esante-api-key"
NATIONAL_PACE: Final = 17.0  # calls a second for one application
_READING: Final[frozenset[Interaction]] = frozenset({"read", "search-type", "capabilities"})
_MAILBOXES: Final[frozenset[Interaction]] = _READING | {"patch"}


def pace() -> float:
    """Calls a second for one application: `SOCLE_ANNUAIRE_PACE`; none by default (17 nationally)."""
    try:
        return float(os.environ.get("SOCLE_ANNUAIRE_PACE", "0"))
    except ValueError:
        return NATIONAL_PACE


def _profiles(dp: str, *fr: str) -> tuple[str, ...]:
    return (f"{IG}/{dp}", *(f"{CORE}/StructureDefinition/{one}" for one in fr))


async def _seen(current: Stored, call: Call) -> Json:
    """What an operator patches: all the mailboxes, those on the red list too."""
    return await mailboxes.seen_by_operators(call.repository, current)


async def _admit(change: Change, current: Stored | None, call: Call) -> Change:
    """Mailboxes are all that changes by REST."""
    if not isinstance(change, Put) or current is None:
        raise Problem.of(
            Kind.NOT_ALLOWED,
            "L'annuaire ne se modifie ici que par PATCH des boîtes MSSanté.",
            "The directory changes here by PATCH of mailboxes of MSSanté only.",
        )
    return await mailboxes.declare(call.repository, change, current, by=call.actor)


ENDPOINT: Final = Endpoint(
    register=REGISTER_OF,
    base=BASE,
    title=Text("Annuaire Santé (API FHIR v2)", "Annuaire Santé (FHIR API v2)"),
    read=READ,
    write=MAILBOXES,
    read_public=READ,
    interactions=_READING,
    by_type=dict.fromkeys(("Practitioner", "PractitionerRole", "Organization"), _MAILBOXES),
    profiles={
        "Practitioner": _profiles("as-dp-practitioner", "fr-core-practitioner"),
        "PractitionerRole": _profiles("as-dp-practitionerrole", "fr-core-practitioner-role"),
        "Organization": _profiles("as-dp-organization", "fr-core-organization"),
        "HealthcareService": (
            *_profiles("as-dp-healthcareservice-healthcare-activity"),
            *_profiles("as-dp-healthcareservice-social-equipment"),
        ),
        "Device": _profiles("as-dp-device"),
    },
    key_header=KEY_HEADER,
    pages_apart=True,
    meta=False,
    export=None,
    pace=pace,
    operations=OPERATIONS,
    seen=_seen,
    admit=_admit,
    explain=explain,
)
