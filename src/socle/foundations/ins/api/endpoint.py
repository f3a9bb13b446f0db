"""The FHIR server of the desk, as data."""

from typing import Final

from socle.foundations.ins.api.admission import admit
from socle.foundations.ins.api.operations import MATCH, OPERATIONS
from socle.foundations.ins.permissions import METADATA, READ, WRITE
from socle.foundations.ins.store.fr_core import PATIENT, PATIENT_INS, RELIABILITY
from socle.foundations.ins.store.identities import STATUT
from socle.kernel.fhir.definitions import SearchParameter
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.search.register import Register

# Statuses and attributes, wherever a version of FR Core writes them.
_STATUS: Final = (
    f"Patient.extension('{RELIABILITY}').extension('identityStatus').value | "
    f"Patient.extension('{RELIABILITY}').extension('comment').value"
)
REGISTER: Final = Register(
    "ins",
    ("Patient",),
    frozenset({"Patient"}),
    {"Patient": {STATUT: SearchParameter(STATUT, "token", _STATUS)}},
)
ENDPOINT: Final = Endpoint(
    register=REGISTER,
    base="/ins/fhir",
    title=Text("Guichet d'identité (INS)", "Identity desk (INS)"),
    read=READ,
    write=WRITE,
    read_public=METADATA,
    operations=OPERATIONS,
    admit=admit,
    matching=MATCH,
    profiles={"Patient": (PATIENT_INS, PATIENT)},
)
