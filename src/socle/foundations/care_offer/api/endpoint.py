"""The server as data."""

from typing import Final

from socle.foundations.care_offer.permissions import READ, REGISTER, WRITE
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.search.register import Register

TYPES: Final = (
    "HealthcareService",
    "Organization",
    "Location",
    "Practitioner",
    "PractitionerRole",
    "Task",
    "Questionnaire",
    "Measure",
    "MeasureReport",
)
# Professionals are published by the register; a report of an anomaly says who reports: each access to one is traced.
PERSONAL: Final = frozenset({"Practitioner", "PractitionerRole", "Task"})

ENDPOINT: Final = Endpoint(
    register=Register(REGISTER, TYPES, PERSONAL),
    base="/ror/fhir",
    title=Text("Offre de santé (ROR)", "Care offer (ROR)"),
    read=READ,
    write=WRITE,
    read_public=READ,
)
