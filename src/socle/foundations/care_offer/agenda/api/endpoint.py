"""The two FHIR servers of agendas, as data: one register, two ways to see it."""

from typing import Final

from socle.foundations.care_offer.agenda.api.admission import admit_to_agenda, admit_to_sas
from socle.foundations.care_offer.agenda.api.operations import AGGREGATE
from socle.foundations.care_offer.agenda.api.view import AgendaView, SasView
from socle.foundations.care_offer.agenda.permissions import (
    READ,
    READ_APPOINTMENT,
    SAS_SEARCH,
    SAS_WRITE,
    WRITE,
)
from socle.foundations.care_offer.agenda.permissions import REGISTER as NAME
from socle.foundations.care_offer.agenda.store.names import CORE, SAS_IG, SAS_OLD, SLOT_SERVICE
from socle.kernel.fhir.definitions import SearchParameter
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import Endpoint, Interaction
from socle.kernel.search.register import Register

TYPES: Final = (
    "Schedule", "Slot", "Appointment", "Practitioner", "PractitionerRole", "Location", "Organization",
    "HealthcareService", "Device", "Patient", "RelatedPerson",
)  # fmt: skip
# Sources: GAP 3.0.0 (created, description, priority), SAS 1.2.0 (service-type-reference).
REGISTER: Final = Register(
    NAME,
    TYPES,
    frozenset({"Appointment", "Patient", "RelatedPerson"}),
    {
        "Slot": {
            "service-type-reference": SearchParameter(
                "service-type-reference",
                "reference",
                f"Slot.serviceType.extension.where(url='{SLOT_SERVICE}').value",
                ("HealthcareService",),
            )
        },
        "Appointment": {
            "created": SearchParameter("created", "date", "Appointment.created"),
            "description": SearchParameter("description", "string", "Appointment.comment | Appointment.description"),
            "priority": SearchParameter("priority", "number", "Appointment.priority"),
        },
    },
)
_READ: Final[frozenset[Interaction]] = frozenset({"read", "vread", "search-type", "history-instance"})
_KEPT: Final[frozenset[Interaction]] = _READ | frozenset[Interaction]({"create", "update", "patch", "delete"})
_NONE: Final[frozenset[Interaction]] = frozenset()
_SAS_READ: Final[frozenset[Interaction]] = frozenset({"read", "search-type"})

AGENDA: Final = Endpoint(
    register=REGISTER,
    base="/agenda/fhir",
    title=Text("Agendas partagés (GAP)", "Shared agendas (GAP)"),
    read=READ_APPOINTMENT,
    write=WRITE,
    read_public=READ,
    interactions=frozenset[Interaction]({"capabilities", "batch"}) | _KEPT,
    # slots follow from their agenda, an appointment is cancelled and never removed
    by_type={"Slot": _READ, "Appointment": _KEPT - frozenset[Interaction]({"delete"})},
    admit=admit_to_agenda,
    profiles={
        "Schedule": (f"{CORE}/fr-core-schedule",),
        "Slot": (f"{CORE}/fr-core-slot",),
        "Appointment": (f"{CORE}/fr-core-appointment",),
    },
    view=AgendaView,
)
SAS: Final = Endpoint(
    register=REGISTER,
    base="/sas/fhir",
    title=Text("Service d'accès aux soins (SAS)", "Access to care service (SAS)"),
    read=SAS_SEARCH,
    write=SAS_WRITE,
    read_public=SAS_SEARCH,
    interactions=frozenset({"capabilities", *_SAS_READ}),
    by_type={
        "Appointment": frozenset({"create", "update"}),
        "Practitioner": frozenset({"create", "update", *_SAS_READ}),
        "Device": _NONE,
        "Patient": _NONE,
        "RelatedPerson": _NONE,
    },
    operations=(AGGREGATE,),
    admit=admit_to_sas,
    admitted=("Appointment", "Practitioner"),
    profiles={
        "Slot": (
            f"{SAS_OLD}/FrSlotAgregateur",
            f"{SAS_IG}/sas-cpts-slot-aggregator",
            f"{SAS_IG}/sas-sos-slot-aggregator",
        ),
        "Schedule": (f"{SAS_OLD}/FrScheduleAgregateur", f"{SAS_IG}/sas-sos-schedule-aggregator"),
        "Practitioner": (f"{SAS_OLD}/FrPractitionerAgregateur", f"{SAS_IG}/FrPractitionerRegul"),
        "PractitionerRole": (f"{SAS_OLD}/FrPractitionerRoleExerciceAgregateur",),
        "Location": (f"{SAS_OLD}/FrLocationAgregateur", f"{SAS_IG}/sas-sos-location-aggregator"),
        "Organization": (f"{SAS_IG}/sas-cpts-organization-aggregator", f"{SAS_IG}/sas-sos-organization-aggregator"),
        "HealthcareService": (f"{SAS_IG}/sas-cpts-healthcareservice-aggregator",),
        "Appointment": (f"{SAS_OLD}/FrAppointmentSAS", f"{SAS_IG}/sas-sos-appointment"),
    },
    meta=False,
    export=None,
    view=SasView,
)
ENDPOINTS: Final = (AGENDA, SAS)
