"""What both servers answer conforms to the profiles of the guides, by the house's own validator.

The packages are beside the project (../shared/fhir-packages, or $SOCLE_SHARED); without them these tests say so. FR Core 1.1.0,
on which the profiles of the SAS stand, is not among them: their snapshots hold its rules, its code lists are not checked.
"""

from typing import Any

import pytest
from tests.foundations.agenda.support import IDNPS, IDNST, AgendasUnderTest, declared, regulator
from tests.foundations.agenda.test_sas_server import AT_NINE, cpts, individual, sos
from tests.shared import SHARED

from socle.foundations.care_offer.agenda import demo
from socle.kernel.fhir.packages.library import Looking, library_of
from socle.kernel.fhir.validation import CoreCodes, validate

Json = dict[str, Any]
GUIDES = SHARED / "fhir-packages"
PACKAGES = ("hl7.fhir.fr.core-2.2.0.tgz", "ans.fhir.fr.gap-3.0.0.tgz", "ans.fhir.fr.sas-1.2.0.tgz")
GAP = "https://interop.esante.gouv.fr/ig/fhir/gap/StructureDefinition"
SAS_IG = "https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition"

pytestmark = pytest.mark.skipif(
    not all((GUIDES / name).exists() for name in PACKAGES),
    reason=f"the packages {', '.join(PACKAGES)} are not in {GUIDES}",
)


@pytest.fixture(scope="module")
def library() -> Looking:
    return library_of(GUIDES / name for name in PACKAGES)


def wrong(resource: Json, library: Looking, *profiles: str) -> list[str]:
    """The errors of a resource, by the profiles that it claims and by `profiles`."""
    report = validate(resource, library, CoreCodes(library), profiles=profiles)
    missing = [url for url in (*profiles, *resource.get("meta", {}).get("profile", [])) if url in report.unknown]
    assert not missing, missing
    return [f"{one.expression} {one.text.en}" for one in report.issues if one.severity in ("error", "fatal")]


async def sought(house: AgendasUnderTest, path: str, pairs: list[tuple[str, str]]) -> Json:
    answer = await house.sas.get(path, params=pairs, headers={"x-who": "sas"})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def of_demo(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same request for two professionals of the demonstration, one of them of a CPTS."""
    numbers = ",".join(f"{IDNPS}|{held.who.id_national}" for held in demo.professionals()[:2])
    return [(name, numbers if name.startswith("schedule.actor") else value) for name, value in pairs]


async def test_the_answers_of_the_sas_conform(house: AgendasUnderTest, library: Looking) -> None:
    await demo.fill(house.agendas, house.clock(), trace=house.trace())
    found = await sought(house, "Slot", of_demo(individual()))
    assert found["total"] > 10
    assert wrong(found, library) == []
    found = await sought(house, "Slot", of_demo(cpts()))
    assert {"HealthcareService", "Organization"} <= {entry["resource"]["resourceType"] for entry in found["entry"]}
    assert wrong(found, library) == []
    place = await house.gap.get("Organization/sos-demonstration", headers={"x-who": "soft"})
    found = await sought(house, "Schedule", sos(place.json()["identifier"][0]["value"]))
    assert found["total"] > 10
    assert wrong(found, library) == []


async def test_resources_of_the_sas_conform_when_they_are_read_alone(house: AgendasUnderTest, library: Looking) -> None:
    await demo.fill(house.agendas, house.clock(), trace=house.trace())
    found = await sought(house, "Slot", of_demo(individual()))
    first = {entry["resource"]["resourceType"]: entry["resource"] for entry in found["entry"]}
    for kind, resource in first.items():
        read = (await house.sas.get(f"{kind}/{resource['id']}", headers={"x-who": "sas"})).json()
        assert read["meta"]["profile"], kind
        assert wrong(read, library) == []


async def test_agendas_slots_and_appointments_conform_to_gap(house: AgendasUnderTest, library: Looking) -> None:
    await demo.fill(house.agendas, house.clock(), trace=house.trace())
    for path, profile in (
        ("Slot?_count=20&_include=Slot:schedule", "gap-bundle-reponse-demande-consult-dispo"),
        ("Appointment?_count=20&_include=Appointment:slot", "gap-bundle-reponse-demande-consult-rdv"),
    ):
        bundle = (await house.gap.get(path, headers={"x-who": "soft"})).json()
        assert len(bundle["entry"]) > 5
        bundle["link"] = bundle["link"][:1]
        assert wrong(bundle, library, f"{GAP}/{profile}") == []


async def test_appointments_and_accounts_of_the_tests_are_those_of_the_guide(library: Looking) -> None:
    appointment = declared(*AT_NINE)
    assert wrong(appointment, library, "http://sas.fr/fhir/StructureDefinition/FrAppointmentSAS") == []
    assert wrong(regulator(), library, f"{SAS_IG}/FrPractitionerRegul") == []
    pending = declared(*AT_NINE, status="pending", participant=[{"type": [{"text": "ADM"}], "status": "needs-action"}])
    assert wrong(pending, library, f"{SAS_IG}/sas-sos-appointment") == []
    assert IDNST.endswith("4.2.2")
