"""FR Core: the names and codes of its versions, in one place.

The published 2.1.0 and 2.2.0 know neither RECUP nor QUAL, and read VALI as “has an INS” (invariant fr-core-1); the
RNIV and the build of 2026 make QUAL that status. We read both ways, and write the configured version (docs/decisions,
fr-core-statut).
"""

from typing import Final

from socle.foundations.ins.model import StatutIdentite, TypeDocument, VersionFRCore

BASE: Final = "https://hl7.fr/ig/fhir/core"
PATIENT: Final = f"{BASE}/StructureDefinition/fr-core-patient"
PATIENT_INS: Final = f"{BASE}/StructureDefinition/fr-core-patient-ins"
RELIABILITY: Final = f"{BASE}/StructureDefinition/fr-core-identity-reliability"
GIVEN_NAMES: Final = f"{BASE}/StructureDefinition/fr-core-patient-birth-list-given-name"
INSEE_CODE: Final = f"{BASE}/StructureDefinition/fr-core-address-insee-code"
BIRTH_PLACE: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"

V2_0203: Final = f"{BASE}/CodeSystem/fr-core-cs-v2-0203"
V2_0445: Final = f"{BASE}/CodeSystem/fr-core-cs-v2-0445"
STATUS: Final = f"{BASE}/CodeSystem/fr-core-cs-identity-status"
COMMENT: Final = f"{BASE}/CodeSystem/fr-core-cs-identity-status-comment"
METHOD: Final = f"{BASE}/CodeSystem/fr-core-cs-method-collection"
MODE: Final = f"{BASE}/CodeSystem/fr-core-cs-mode-validation-identity"
COMMUNE: Final = "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM"
V2_0203_HL7: Final = "http://terminology.hl7.org/CodeSystem/v2-0203"

# Ours: what FR Core has no place for.
OURS: Final = "https://socle-sante.example/fhir/StructureDefinition"
LUNAR_DATE: Final = f"{OURS}/date-lunaire"
CHECK: Final = f"{OURS}/controle-identite"
IPP: Final = "https://socle-sante.example/fhir/NamingSystem/ipp"

# What FR Core 2.1 and 2.2 call a code where the RNIV says it otherwise: a validator refuses any other display.
_DISPLAYS: Final = {
    (V2_0445, "HOMA"): "Homonyme avéré",
    (V2_0445, "DOUT"): "Identité douteuse (Attribut d’identité « douteuse »)",
    (V2_0445, "FICT"): "Identité fictive (Attribut d’identité « fictive »)",
    (MODE, "CS"): "Carte de séjour",
    (MODE, "CE"): "Carte Européenne",
    (MODE, "IE"): "Identification électronique EIDAS",
    (MODE, "DC"): "Document de Circulation pour étranger mineur",
}


def display(system: str, code: str, label: str) -> str:
    """The display of a code, which is `label` here."""
    return _DISPLAYS.get((system, code), label)


def status_system(version: VersionFRCore, statut: StatutIdentite) -> str:
    """The code system of a status. PROV and VALI are in v2-0445 since 2.1; the two others are not."""
    if version is VersionFRCore.BUILD_2026 or statut in (StatutIdentite.RECUP, StatutIdentite.QUAL):
        return STATUS
    return V2_0445


def writes_comments(version: VersionFRCore) -> bool:
    """Whether attributes go in sub-extensions `comment`; before, each is a reliability extension of its own."""
    return version is VersionFRCore.BUILD_2026


def nia_use(version: VersionFRCore) -> str:
    """Identifier.use of a NIA."""
    return "temp" if version is VersionFRCore.V2_1 else "official"


def profile(version: VersionFRCore, statut: StatutIdentite, document: TypeDocument | None) -> str:
    """The profile that a resource may claim.

    In 2.1.0 and 2.2.0 an identity validated without INS breaks fr-core-1, and 2.2.0 binds validationMode of
    patient-ins to four documents: such resources claim fr-core-patient only.
    """
    if version is VersionFRCore.BUILD_2026:
        return PATIENT_INS
    if statut is StatutIdentite.VALI:
        return PATIENT
    narrow = {TypeDocument.PA, TypeDocument.CN, TypeDocument.AN, TypeDocument.LE}
    if version is VersionFRCore.V2_2 and document is not None and document not in narrow:
        return PATIENT
    return PATIENT_INS
