"""The server as data."""

from typing import Final

from socle.foundations.care_offer.api import extraction
from socle.foundations.care_offer.api.admission import admit
from socle.foundations.care_offer.api.parameters import PARAMETERS
from socle.foundations.care_offer.api.seeing import seeing
from socle.foundations.care_offer.model.names import PROFILES
from socle.foundations.care_offer.permissions import READ, REGISTER, WRITE
from socle.foundations.care_offer.store.communes import COMMUNES
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import Endpoint, Interaction
from socle.kernel.search.register import Register

TYPES: Final = (
    "HealthcareService",
    "Organization",
    "Location",
    "Practitioner",
    "PractitionerRole",
    "Task",
    "Questionnaire",
)
# Professionals are published by the register; a report of an anomaly says who reports: each access to one is traced.
PERSONAL: Final = frozenset({"Practitioner", "PractitionerRole", "Task"})
INTERACTIONS: Final[frozenset[Interaction]] = frozenset(
    {
        "read",
        "vread",
        "search-type",
        "history-instance",
        "create",
        "update",
        "patch",
        "delete",
        "batch",
        "transaction",
        "capabilities",
    }
)

ENDPOINT: Final = Endpoint(
    register=Register(REGISTER, TYPES, PERSONAL, PARAMETERS, page=200, counts=True),
    base="/ror/fhir",
    title=Text("Offre de santé (ROR)", "Care offer (ROR)"),
    read=READ,
    write=WRITE,
    read_public=READ,
    interactions=INTERACTIONS,
    admit=admit,
    profiles={of: (url,) for of, url in PROFILES.items()},
    operations=extraction.OPERATIONS,
    export=None,  # its own, below the rules of access profiles
    sight=seeing(COMMUNES),
)
