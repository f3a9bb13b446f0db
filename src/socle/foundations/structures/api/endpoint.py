"""What the register of structures offers over FHIR, as data. Ours: the FINESS has no national FHIR API."""

from typing import Final

from socle.foundations.structures.api.explaining import explain
from socle.foundations.structures.api.operations import OPERATIONS
from socle.foundations.structures.permissions import READ, REGISTER, WRITE
from socle.foundations.structures.store.showing import ETABLISSEMENT, LOCATION, ORGANIZATION, SERVICE
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import READING, Endpoint, Interaction
from socle.kernel.search.register import Register

BASE: Final = "/structures/fhir"
TYPES: Final = ("Organization", "Location", "HealthcareService", "Device")
_OFFERED: Final[frozenset[Interaction]] = READING | {"batch", "capabilities"}

ENDPOINT: Final = Endpoint(
    register=Register(REGISTER, TYPES, frozenset(), begun={"Organization": frozenset({"name", "address-city"})}),
    base=BASE,
    title=Text("Répertoire des structures (FINESS)", "Register of structures (FINESS)"),
    read=READ,
    write=WRITE,
    read_public=READ,
    interactions=_OFFERED,
    operations=OPERATIONS,
    profiles={
        "Organization": (ETABLISSEMENT, ORGANIZATION),
        "Location": (LOCATION,),
        "HealthcareService": (SERVICE,),
    },
    explain=explain,
)
