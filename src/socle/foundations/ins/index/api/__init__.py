"""`/ins/index/fhir`: PIXm, PDQm and the Patient feed, as a FHIR server."""

from typing import Final

from socle.foundations.ins.index.actions import REGISTER
from socle.foundations.ins.index.api.operations import BASE, OPERATIONS
from socle.foundations.ins.index.api.searching import with_links
from socle.foundations.ins.index.permissions import FEED, METADATA, READ
from socle.foundations.ins.index.store import TYPE, IndexedStore
from socle.foundations.ins.store.fr_core import PATIENT, PATIENT_INS
from socle.kernel.fhir.definitions import SearchParameter
from socle.kernel.outcome import Text
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.search.register import Register

__all__ = ["ENDPOINT"]

_MOTHER: Final = "Patient.extension('http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName').value"
ENDPOINT: Final = Endpoint(
    register=Register(
        REGISTER,
        (TYPE,),
        frozenset({TYPE}),
        {TYPE: {"mothersMaidenName": SearchParameter("mothersMaidenName", "string", _MOTHER)}},
        through=IndexedStore,
    ),
    base=BASE,
    title=Text("Index des patients entre structures (PIXm, PDQm)", "Index of patients across structures (PIXm, PDQm)"),
    read=READ,
    write=FEED,
    read_public=METADATA,
    operations=OPERATIONS,
    profiles={TYPE: (PATIENT, PATIENT_INS)},
    complete=with_links,
)
