"""The register as data: types, and the search parameters that the Annuaire publishes.

Published expressions that cannot find anything were mended; each says so. The rest is R4's own.
"""

from typing import Final

from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store.fhir import IG, INSEE_CODE, MAILBOX, TRACE
from socle.kernel.fhir.definitions import SearchParameter
from socle.kernel.search.register import Codes, Register, Texts

TYPES: Final = ("Practitioner", "PractitionerRole", "Organization", "HealthcareService", "Device")
_SMARTCARD: Final = f"{IG}/as-ext-smartcard"
_LICENCE: Final = f"{IG}/as-ext-organization-pharmacy-licence"
_PERIOD: Final = "http://hl7.org/fhir/StructureDefinition/organization-period"


def _data(of: str) -> dict[str, SearchParameter]:
    # Mended: the published expressions forget `meta.` before `extension`, where the profiles put the trace.
    trace = f"{of}.meta.extension('{TRACE}')"
    return {
        "data-registration-authority": SearchParameter(
            "data-registration-authority", "token", f"{trace}.extension('autorite-enregistrement').value"
        ),
        "data-information-system": SearchParameter(
            "data-information-system", "token", f"{trace}.extension('systeme-information').value"
        ),
    }


def _mailboxes(of: str) -> dict[str, SearchParameter]:
    return {
        "mailbox-mss": SearchParameter("mailbox-mss", "string", f"{of}.telecom.where(system = 'email').value"),
        "mailbox-mss-type": SearchParameter(
            "mailbox-mss-type", "token", f"{of}.telecom.extension('{MAILBOX}').extension('type').value"
        ),
    }


def _identifier_type(of: str) -> dict[str, SearchParameter]:
    return {"identifier-type": SearchParameter("identifier-type", "token", f"{of}.identifier.type")}


PARAMETERS: Final = {
    "Practitioner": {
        **_data("Practitioner"),
        **_mailboxes("Practitioner"),
        **_identifier_type("Practitioner"),
        # Ours, for town and profession together: its keys come from the places where the person practises (`building`).
        "town": SearchParameter("town", "token", "Practitioner.extension('urn:socle:annuaire:town').value"),
        "qualification-code": SearchParameter("qualification-code", "token", "Practitioner.qualification.code"),
        # Mended: published on PractitionerRole, under the name of an extension that became as-ext-smartcard of Practitioner.
        "number-smartcard": SearchParameter(
            "number-smartcard", "string", f"Practitioner.extension('{_SMARTCARD}').extension('number').value"
        ),
        "type-smartcard": SearchParameter(
            "type-smartcard", "token", f"Practitioner.extension('{_SMARTCARD}').extension('type').value"
        ),
    },
    "PractitionerRole": {**_data("PractitionerRole"), **_mailboxes("PractitionerRole")},
    "Organization": {
        **_data("Organization"),
        **_mailboxes("Organization"),
        **_identifier_type("Organization"),
        "address-line": SearchParameter("address-line", "string", "Organization.address.line"),
        # Mended: the extension holds a Coding, which no string comparison finds; a code is asked as a token.
        "address-insee": SearchParameter(
            "address-insee", "token", f"Organization.address.extension('{INSEE_CODE}').value"
        ),
        "pharmacy-licence": SearchParameter(
            "pharmacy-licence", "string", f"Organization.extension('{_LICENCE}').value"
        ),
        # Mended: published on address.extension; the profile puts the period on the Organization.
        "period": SearchParameter("period", "date", f"Organization.extension('{_PERIOD}').value"),
    },
    "HealthcareService": _data("HealthcareService"),
    "Device": _data("Device"),
}
REGISTER_OF: Final = Register(
    REGISTER,
    TYPES,
    frozenset(),
    PARAMETERS,
    begun={"Practitioner": frozenset({"name", "family", "given"})},
    walked={"Practitioner": frozenset({"town"})},
    paired={
        "Practitioner": (
            Texts("name", frozenset({"family", "given"})),
            Codes("town", "qualification-code", "[0-9]{2}"),  # codes of two digits are professions and titles
        )
    },
)
