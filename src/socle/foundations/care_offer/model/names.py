"""Canonical names of the ROR guide: profiles, extensions, code systems. Source: IG ans.fhir.fr.ror 0.7.0."""

from typing import Final

IG: Final = "https://interop.esante.gouv.fr/ig/fhir/ror"
STRUCTURES: Final = f"{IG}/StructureDefinition"
NOS: Final = "https://mos.esante.gouv.fr/NOS"


def extension(name: str) -> str:
    """The URL of an extension of the guide."""
    return f"{STRUCTURES}/{name}"


def terminology(name: str) -> str:
    """The URL of a code system of the NOS: "TRE_R30-RegionOM"."""
    return f"{NOS}/{name}/FHIR/{name.replace('TRE_', 'TRE-')}"


PROFILES: Final = {
    "HealthcareService": f"{STRUCTURES}/ror-healthcareservice",
    "Organization": f"{STRUCTURES}/ror-organization",
    "Location": f"{STRUCTURES}/ror-location",
    "Practitioner": f"{STRUCTURES}/ror-practitioner",
    "PractitionerRole": f"{STRUCTURES}/ror-practitionerrole",
    "Task": f"{STRUCTURES}/ror-task",
    "Questionnaire": f"{STRUCTURES}/ror-questionnaire-healthcareservice",
}
STRUCTURE_KIND: Final = terminology("TRE_R67-TypeStructure-EJ-EG")
LAUNCH_CONTEXT: Final = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-launchContext"

CAPACITY: Final = extension("ror-location-supported-capacity")
EQUIPMENT: Final = extension("ror-location-equipment")
EQUIPMENT_LIMIT: Final = extension("ror-location-equipment-limit")
RESIDENTIAL: Final = extension("ror-location-residential-capacity")
COMMUNE: Final = extension("ror-commune-cog")
CREATED: Final = extension("ror-meta-creation-date")
SENSITIVE: Final = extension("ror-healthcareservice-sensitive-unit")
PATIENTS: Final = extension("ror-healthcareservice-patient-type")
CONTACT: Final = extension("ror-healthcareservice-contact")
CONTACT_TELECOM: Final = extension("ror-healthcareservice-contact-telecom")
LEVEL: Final = extension("ror-confidentiality-level")
CONTACT_LEVEL: Final = extension("ror-contact-confidentiality-level")
TELECOM_LEVEL: Final = extension("ror-telecom-confidentiality-level")
TELECOM_CHANNEL: Final = extension("ror-telecom-communication-channel")
SECTOR: Final = extension("ror-healthcareservice-psychiatric-sector")
TERRITORY: Final = extension("ror-territorial-division")
PRICE: Final = extension("ror-organization-price")
DROP_ZONE: Final = extension("ror-organization-drop-zone")
ORSAN: Final = extension("ror-organization-level-recourse-orsan")
CLOSING: Final = extension("ror-organization-closing-type")
PERIOD: Final = "http://hl7.org/fhir/StructureDefinition/organization-period"
ROLE_NAME: Final = extension("ror-practitionerrole-name")
EXERCISE_MODE: Final = extension("ror-practitionerrole-unit-exercise-mode")

REGION: Final = terminology("TRE_R30-RegionOM")
FIELD: Final = terminology("TRE_R227-ChampActivite")
ACTIVITY: Final = terminology("TRE_R211-ActiviteOperationnelle")
CARE_MODE: Final = terminology("TRE_R213-ModePriseEnCharge")
RECEPTION: Final = terminology("TRE_R338-ModaliteAccueil")
OFFER_TYPE: Final = terminology("TRE_R244-CategorieOrganisation")
CONFIDENTIALITY: Final = terminology("TRE_R283-NiveauConfidentialite")
LOCATION_FUNCTION: Final = terminology("TRE_R343-FonctionLieu")
LOCATION_IDENTIFIER: Final = terminology("TRE_R354-TypeIdentifiantRessourceOperationnelle")
STRUCTURE_IDENTIFIER: Final = terminology("TRE_G07-TypeIdentifiantStructure")
COG: Final = terminology("TRE_R13-CommuneOM")
CAPACITY_TYPE: Final = terminology("TRE_R329-NatureCapacite")
CAPACITY_STATUS: Final = terminology("TRE_R330-TypeStatutCapacite")
TEMPORALITY: Final = terminology("TRE_R331-TemporaliteCapacite")
GENDER: Final = terminology("TRE_R332-GenreCapacite")
CLOSING_TYPE: Final = terminology("TRE_R333-TypeFermetureCapacite")
ADDITIONAL: Final = terminology("TRE_R334-TypeLitSupplementaire")
CAPACITY_SOURCE: Final = terminology("TRE_R335-TypeSourceCapacite")
CRISIS: Final = terminology("TRE_R336-TypeCrise")
ASSIGNMENT: Final = terminology("TRE_R337-AffectationTemporaire")
ANOMALY_STATUS: Final = terminology("TRE_R352-StatutMetierAnomalie")
ANOMALY_THEME: Final = terminology("TRE_R350-ThematiqueAnomalie")
ANOMALY_ACTION: Final = terminology("TRE_R349-ActionAnomalie")
TASK_INPUT: Final = f"{IG}/CodeSystem/input-task-ror-codesystem"
TASK_OUTPUT: Final = f"{IG}/CodeSystem/output-task-ror-codesystem"
RPPS: Final = "urn:oid:1.2.250.1.71.4.2.1"
STRUCTURE_ID: Final = "urn:oid:1.2.250.1.71.4.2.2"
FINESS: Final = "https://finess.esante.gouv.fr"
ACTOR: Final = "https://socle-sante.example/fhir/actor"  # ours: who reported, as this house knows them
