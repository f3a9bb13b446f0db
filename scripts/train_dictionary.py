"""Make the zstd dictionary of the store from synthetic resources: `python -m scripts.train_dictionary 2`.

The number is the dictionary's, for ever: those that exist are never made again, a new one takes the next number. The
samples are generated here, from a fixed seed, in the shapes that French software writes; no real data.
"""

import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import zstandard

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.audit.chain import encode
from socle.kernel.fhir.json import serialise

FOLDER: Final = Path(__file__).parent.parent / "src/socle/kernel/store/dictionaries"
SIZE: Final = 48_000
SAMPLES: Final = 600  # of each shape
BEGIN: Final = datetime(2024, 1, 1, tzinfo=UTC)

FAMILIES = [
    "MARTIN",
    "BERNARD",
    "THOMAS",
    "PETIT",
    "ROBERT",
    "RICHARD",
    "DURAND",
    "DUBOIS",
    "MOREAU",
    "LAURENT",
    "SIMON",
    "MICHEL",
    "LEFEBVRE",
    "LEROY",
    "ROUX",
]
GIVEN = [
    "Marie",
    "Jean",
    "Camille",
    "Léa",
    "Louis",
    "Jeanne",
    "Pierre",
    "Gabriel",
    "Emma",
    "Nathalie",
    "Isabelle",
    "Philippe",
    "Raphaël",
    "Zoé",
    "Françoise",
]
CITIES = [("PARIS", "75056"), ("MARSEILLE", "13055"), ("LYON", "69123"), ("BORDEAUX", "33063"), ("BASTIA", "2B033")]
LOINC = [
    ("8867-4", "Heart rate", "/min", "vital-signs"),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", "vital-signs"),
    ("29463-7", "Body weight", "kg", "vital-signs"),
    ("2339-0", "Glucose [Mass/volume] in Blood", "mg/dL", "laboratory"),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", "laboratory"),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", "laboratory"),
]
HL7 = "http://terminology.hl7.org/CodeSystem"
FR = "https://hl7.fr/ig/fhir/core"


class Shapes:
    """Resources of each shape, from one source of chance."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def id(self) -> str:
        """As our servers draw them."""
        return (
            f"{self._random.getrandbits(128):032x}"[:8]
            + "-"
            + "-".join(f"{self._random.getrandbits(16):04x}" for _ in "abc")
        )

    def moment(self) -> str:
        """An instant."""
        at = BEGIN + timedelta(seconds=self._random.randrange(90_000_000), milliseconds=self._random.randrange(1000))
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def base(self, kind: str, *profiles: str) -> dict[str, Any]:
        """What every resource begins with."""
        meta: dict[str, Any] = {"versionId": str(self._random.choice([1, 1, 1, 2, 3])), "lastUpdated": self.moment()}
        if profiles:
            meta["profile"] = [f"{FR}/StructureDefinition/{profile}" for profile in profiles]
        return {"resourceType": kind, "id": self.id(), "meta": meta}

    def person(self) -> dict[str, Any]:
        """Name, gender, birth."""
        chance = self._random
        return {
            "name": [{"use": "official", "family": chance.choice(FAMILIES), "given": chance.sample(GIVEN, 2)}],
            "gender": chance.choice(["male", "female"]),
            "birthDate": f"{chance.randrange(1925, 2025)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        }

    def reference(self, kind: str) -> dict[str, str]:
        """A reference on the same server."""
        return {"reference": f"{kind}/{self.id()}"}

    def concept(self, system: str, code: str, display: str) -> dict[str, Any]:
        """A CodeableConcept of one coding."""
        return {"coding": [{"system": system, "code": code, "display": display}], "text": display}

    def patient(self) -> dict[str, Any]:
        """A patient with a French identity."""
        chance = self._random
        city, insee = chance.choice(CITIES)
        return {
            **self.base("Patient", chance.choice(["fr-core-patient", "fr-core-patient-ins"])),
            "extension": [
                {
                    "url": f"{FR}/StructureDefinition/fr-core-identity-reliability",
                    "extension": [
                        {
                            "url": "identityStatus",
                            "valueCoding": {
                                "system": f"{FR}/CodeSystem/fr-core-cs-v2-0445",
                                "code": chance.choice(["VALI", "PROV", "VIDE", "DOUTE", "FICTI"]),
                            },
                        }
                    ],
                }
            ],
            "identifier": [
                {
                    "use": "official",
                    "type": {"coding": [{"system": f"{FR}/CodeSystem/fr-core-cs-identifier-type", "code": "INS-NIR"}]},
                    "system": "urn:oid:1.2.250.1.213.1.4.10",
                    "value": f"{chance.randrange(10**14, 3 * 10**14)}",
                },
                {
                    "use": "usual",
                    "type": {"coding": [{"system": f"{HL7}/v2-0203", "code": "PI"}]},
                    "system": "urn:oid:1.2.250.1.71.4.2.7",
                    "value": str(chance.randrange(10**8)),
                },
            ],
            "active": True,
            **self.person(),
            "telecom": [{"system": "phone", "value": f"06{chance.randrange(10**8):08}", "use": "mobile"}],
            "address": [
                {
                    "use": "home",
                    "line": [f"{chance.randrange(200)} rue de la République"],
                    "city": city,
                    "postalCode": insee,
                    "country": "FRA",
                    "extension": [
                        {
                            "url": f"{FR}/StructureDefinition/fr-core-address-insee-code",
                            "valueCoding": {"system": f"{FR}/CodeSystem/fr-core-cs-insee-code", "code": insee},
                        }
                    ],
                }
            ],
            "managingOrganization": self.reference("Organization"),
        }

    def observation(self) -> dict[str, Any]:
        """A measure."""
        chance = self._random
        code, display, unit, category = chance.choice(LOINC)
        return {
            **self.base("Observation"),
            "status": chance.choice(["final", "final", "preliminary", "amended"]),
            "category": [self.concept(f"{HL7}/observation-category", category, category)],
            "code": self.concept("http://loinc.org", code, display),
            "subject": self.reference("Patient"),
            "encounter": self.reference("Encounter"),
            "effectiveDateTime": self.moment(),
            "issued": self.moment(),
            "performer": [self.reference("Practitioner")],
            "valueQuantity": {
                "value": round(chance.uniform(1, 200), 1),
                "unit": unit,
                "system": "http://unitsofmeasure.org",
                "code": unit,
            },
        }

    def encounter(self) -> dict[str, Any]:
        """A stay or a visit."""
        return {
            **self.base("Encounter"),
            "status": self._random.choice(["finished", "in-progress"]),
            "class": {"system": f"{HL7}/v3-ActCode", "code": self._random.choice(["AMB", "IMP", "EMER"])},
            "type": [self.concept("http://snomed.info/sct", "185349003", "Encounter for check up (procedure)")],
            "subject": self.reference("Patient"),
            "participant": [{"individual": self.reference("Practitioner")}],
            "period": {"start": self.moment(), "end": self.moment()},
            "serviceProvider": self.reference("Organization"),
        }

    def condition(self) -> dict[str, Any]:
        """A diagnosis."""
        return {
            **self.base("Condition"),
            "clinicalStatus": self.concept(f"{HL7}/condition-clinical", "active", "Active"),
            "verificationStatus": self.concept(f"{HL7}/condition-ver-status", "confirmed", "Confirmed"),
            "category": [self.concept(f"{HL7}/condition-category", "encounter-diagnosis", "Encounter Diagnosis")],
            "code": self.concept(
                "http://hl7.org/fhir/sid/icd-10", f"E{self._random.randrange(10, 90)}.9", "Diabète sucré"
            ),
            "subject": self.reference("Patient"),
            "encounter": self.reference("Encounter"),
            "onsetDateTime": self.moment(),
            "recordedDate": self.moment(),
        }

    def prescription(self) -> dict[str, Any]:
        """A line of prescription."""
        return {
            **self.base("MedicationRequest"),
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": self.concept("http://www.whocc.no/atc", "N02BE01", "Paracétamol"),
            "subject": self.reference("Patient"),
            "authoredOn": self.moment(),
            "requester": self.reference("Practitioner"),
            "dosageInstruction": [
                {
                    "sequence": 1,
                    "text": "1 comprimé matin, midi et soir pendant 5 jours",
                    "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}},
                    "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "comprimé"}}],
                }
            ],
        }

    def practitioner(self) -> dict[str, Any]:
        """A professional."""
        return {
            **self.base("Practitioner", "fr-core-practitioner"),
            "identifier": [
                {
                    "use": "official",
                    "type": {"coding": [{"system": f"{FR}/CodeSystem/fr-core-cs-v2-0203", "code": "IDNPS"}]},
                    "system": "urn:oid:1.2.250.1.71.4.2.1",
                    "value": f"8{self._random.randrange(10**11):011}",
                }
            ],
            "active": True,
            **self.person(),
        }

    def organization(self) -> dict[str, Any]:
        """A structure."""
        return {
            **self.base("Organization", "fr-core-organization"),
            "identifier": [
                {
                    "type": {"coding": [{"system": f"{FR}/CodeSystem/fr-core-cs-v2-0203", "code": "FINEG"}]},
                    "system": "https://finess.esante.gouv.fr",
                    "value": f"{self._random.randrange(10**9):09}",
                }
            ],
            "active": True,
            "type": [self.concept(f"{HL7}/organization-type", "prov", "Healthcare Provider")],
            "name": f"CENTRE HOSPITALIER DE {self._random.choice(CITIES)[0]}",
        }

    def trace(self) -> bytes:
        """An event, as the chain encodes it."""
        chance = self._random
        register = chance.choice(["sandbox", "ins"])
        interaction, action = chance.choice(
            [("read", Action.READ), ("search-type", Action.READ), ("create", Action.CREATE), ("update", Action.UPDATE)]
        )
        permission = f"{register}.{'write' if action in (Action.CREATE, Action.UPDATE) else 'read'}"
        patient = f"Patient/{self.id()}"
        trace = Trace(
            who=f"{chance.getrandbits(64):016x}",
            name="Logiciel de démonstration",
            role="identity-agent publisher",
            structure="Centre hospitalier de démonstration",
            means=chance.choice(["api-key", "demo"]),
            ground=f"{permission} as publisher",
            at=BEGIN + timedelta(microseconds=chance.randrange(9 * 10**13)),
            register=register,
            interaction=interaction,
            request=f"{chance.getrandbits(128):032x}",
            source="127.0.0.1",
        )
        query = "family=martin&birthdate=1980-01-01" if interaction == "search-type" else ""
        return encode(Event(trace, action, Outcome.SUCCESS, (f"{patient}/_history/1",), (patient,), query))

    def samples(self, each: int) -> list[bytes]:
        """`each` of every shape, as stored."""
        makers: Sequence[Callable[[], dict[str, Any]]] = (
            self.patient,
            self.observation,
            self.encounter,
            self.condition,
            self.prescription,
            self.practitioner,
            self.organization,
        )
        return [serialise(make()) for _ in range(each) for make in makers] + [self.trace() for _ in range(each)]


def main(number: int) -> None:
    """Train, write, say what it brings on samples that it has not seen."""
    file = FOLDER / f"{number}.zdict"
    if file.exists():
        raise SystemExit(f"dictionary {number} exists: bodies depend on it, take the next number")
    trained = zstandard.train_dictionary(SIZE, list(Shapes(seed=number).samples(SAMPLES)), dict_id=number, level=3)
    FOLDER.mkdir(exist_ok=True)
    file.write_bytes(trained.as_bytes())
    unseen = Shapes(seed=number + 1000).samples(50)
    packer, plain = zstandard.ZstdCompressor(level=3, dict_data=trained), zstandard.ZstdCompressor(level=3)
    total = sum(map(len, unseen))
    with_it, without = (sum(len(z.compress(s)) for s in unseen) for z in (packer, plain))
    sys.stdout.write(f"{file.name}: {total} bytes → {without} without, {with_it} with\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
