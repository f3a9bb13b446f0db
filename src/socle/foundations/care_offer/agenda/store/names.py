"""Addresses of definitions that resources of agendas name."""

from typing import Final

CORE: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition"
CORE_ID: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
SCHEDULE_TYPE: Final = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-schedule-type"
RRULE: Final = "https://www.ietf.org/rfc/rfc2445"
INTEROP: Final = "http://interopsante.org/fhir"
INTEROP_ID: Final = f"{INTEROP}/CodeSystem/fr-v2-0203"
LOCATION_ID: Final = f"{INTEROP}/CodeSystem/fr-location-identifier-type"
SAS_OLD: Final = "http://sas.fr/fhir/StructureDefinition"
SAS_IG: Final = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition"
AVAILABILITY: Final = f"{CORE}/fr-core-schedule-availability-time"
# the example of the GAP guide has the former address, written so
FORMER_AVAILABILITY: Final = f"{INTEROP}/StructureDefinition/FrScheduleAvailabiltyTime"
DURATION: Final = f"{CORE}/fr-core-service-type-duration"
FORMER_DURATION: Final = f"{INTEROP}/StructureDefinition/FrServiceTypeDuration"
OPERATOR: Final = f"{CORE}/fr-core-appointment-operator"
FORMER_OPERATOR: Final = f"{INTEROP}/StructureDefinition/FrAppointmentOperator"
SLOT_SERVICE: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Slot.serviceType"
OURS: Final = "urn:oid:1.2.250.1.999.1.5"  # identifiers that this house gives to appointments; a test arc
