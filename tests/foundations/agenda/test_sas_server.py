"""`/sas/fhir`: the three searches of the SAS guide, regulators' accounts, appointments sent to the SAS."""

from datetime import time, timedelta

import httpx
import pytest
from tests.foundations.agenda.support import (
    IDNPS,
    IDNST,
    NOW,
    OTHER_RPPS,
    RPPS,
    SAS_ID,
    AgendasUnderTest,
    agenda,
    declared,
    issues,
    opening,
    regulator,
    resources,
)

from socle.foundations.care_offer.agenda.model import TypeCreneau

FINESS = "1990000014"
SIRET = "334173748400020"
LOW, HIGH = "ge2026-03-16T00:00:00+01:00", "le2026-03-18T00:00:00+01:00"


def individual(*more: tuple[str, str], rpps: str = RPPS) -> list[tuple[str, str]]:
    """The request of the guide for professionals."""
    return [
        ("_include", "Slot:schedule"),
        ("_include:iterate", "Schedule:actor"),
        ("start", LOW),
        ("start", HIGH),
        ("schedule.actor:Practitioner.identifier", ",".join(f"{IDNPS}|{one}" for one in rpps.split(","))),
        ("status", "free"),
        *more,
    ]


def cpts() -> list[tuple[str, str]]:
    """The same, for professionals of a CPTS."""
    return individual(
        ("_include", "Slot:service-type-reference"), ("_include:iterate", "HealthcareService:organization")
    )


def sos(number: str = SIRET) -> list[tuple[str, str]]:
    """The request of the guide for SOS Médecins."""
    return [
        ("_revinclude", "Slot:schedule"),
        ("_include", "Schedule:actor:Location"),
        ("_include:iterate", "Location:organization"),
        ("_has:Slot:schedule:start", LOW),
        ("_has:Slot:schedule:start", HIGH),
        ("_has:Slot:schedule:status", "free"),
        ("actor:Location.organization.identifier", f"{IDNST}|{number}"),
    ]


async def asked(house: AgendasUnderTest, path: str, pairs: list[tuple[str, str]]) -> httpx.Response:
    return await house.sas.get(path, params=pairs, headers={"x-who": "sas"})


async def of_cpts(house: AgendasUnderTest) -> None:
    for resource in (
        {
            "resourceType": "Organization",
            "id": "cpts",
            "name": "CPTS",
            "identifier": [{"system": IDNST, "value": FINESS}],
        },
        {"resourceType": "HealthcareService", "id": "cpts", "providedBy": {"reference": "Organization/cpts"}},
    ):
        assert (await house.put(resource)).status_code == 201
    both = frozenset({TypeCreneau.PUBLIC, TypeCreneau.CPTS})
    only = frozenset({TypeCreneau.CPTS})
    await house.open(
        openings=(
            opening("public", access=both, cpts=(FINESS,)),
            opening("cpts", at=time(11), access=only, cpts=(FINESS,)),
        )
    )


async def of_sos(house: AgendasUnderTest) -> None:
    organization = {
        "resourceType": "Organization",
        "id": "sos",
        "name": "SOS Médecins d'Essai",
        "identifier": [{"system": IDNST, "value": SIRET}],
    }
    place = {
        "resourceType": "Location",
        "id": "pfg",
        "name": "Point fixe",
        "identifier": [{"system": "https://editeur.test", "value": "1"}],
        "address": {"line": ["1 rue des Tests"], "city": "Testville", "postalCode": "99000"},
        "managingOrganization": {"reference": "Organization/sos"},
    }
    schedule = {**agenda("sos"), "actor": [{"reference": "Location/pfg"}]}
    for resource in (organization, place, schedule):
        assert (await house.put(resource)).status_code == 201


async def test_the_request_of_the_guide_finds_slots_with_who_offers_them(house: AgendasUnderTest) -> None:
    await house.open()
    answer = await asked(house, "Slot", individual())
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["meta"]["profile"] == ["http://sas.fr/fhir/StructureDefinition/BundleAgregateur"]
    assert bundle["total"] == 6
    slot = resources(bundle, "Slot")[0]
    assert slot["meta"]["security"][0]["code"] == "PUBLIC"
    assert slot["comment"] == "http://socle.test/agenda/agendas/agenda-essai"
    [role] = resources(bundle, "PractitionerRole")
    assert role["contained"][0]["resourceType"] == "Location"
    assert role["location"] == [{"reference": "#lieu"}]
    [practitioner] = resources(bundle, "Practitioner")
    assert [one["value"] for one in practitioner["identifier"]] == [RPPS]


async def test_a_number_without_its_prefix_finds_the_same_professional(house: AgendasUnderTest) -> None:
    await house.open()
    assert (await asked(house, "Slot", individual(rpps=RPPS[1:]))).json()["total"] == 6


async def test_nobody_found_is_an_empty_answer_and_no_error(house: AgendasUnderTest) -> None:
    bundle = (await asked(house, "Slot", individual())).json()
    assert bundle["total"] == 0
    assert "entry" not in bundle
    assert [one["relation"] for one in bundle["link"]] == ["self"]


async def test_a_taken_slot_is_not_offered(house: AgendasUnderTest) -> None:
    await house.open()
    await house.account()
    await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    assert (await asked(house, "Slot", individual())).json()["total"] == 5


async def test_an_answer_goes_on_by_pages_when_a_count_is_asked(house: AgendasUnderTest) -> None:
    await house.open()
    seen: list[str] = []
    answer = await asked(house, "Slot", individual(("_count", "4")))
    for _ in range(2):
        seen += [one["id"] for one in resources(answer.json(), "Slot")]
        following = [one["url"] for one in answer.json()["link"] if one["relation"] == "next"]
        if following:
            answer = await house.sas.get(following[0], headers={"x-who": "sas"})
    assert len(seen) == len(set(seen)) == 6


async def test_slots_of_a_cpts_come_with_the_structure(house: AgendasUnderTest) -> None:
    await of_cpts(house)
    bundle = (await asked(house, "Slot", cpts())).json()
    assert bundle["meta"]["profile"][0].endswith("sas-cpts-bundle-aggregator")
    assert bundle["total"] == 12
    assert [one["relation"] for one in bundle["link"]] == ["self"]  # the profile allows no other
    assert resources(bundle, "HealthcareService")[0]["id"] == "cpts"
    assert resources(bundle, "Organization")[0]["identifier"][0]["value"] == FINESS
    slot = resources(bundle, "Slot")[0]
    service = next(one for one in slot["serviceType"] if "extension" in one)
    assert service["coding"][0]["code"] == "604"
    assert service["extension"][0]["valueReference"] == {"reference": "HealthcareService/cpts"}


async def test_what_is_kept_for_a_cpts_is_not_shown_to_an_individual_search(house: AgendasUnderTest) -> None:
    await of_cpts(house)
    bundle = (await asked(house, "Slot", individual())).json()
    assert bundle["total"] == 6
    for slot in resources(bundle, "Slot"):
        assert [one["code"] for one in slot["meta"]["security"]] == ["PUBLIC"]
        assert all("extension" not in one for one in slot["serviceType"])


async def test_places_of_sos_come_with_their_slots_and_association(house: AgendasUnderTest) -> None:
    await of_sos(house)
    answer = await asked(house, "Schedule", sos())
    assert answer.status_code == 200, answer.text
    bundle = answer.json()
    assert bundle["meta"]["profile"][0].endswith("sas-sos-bundle-aggregator")
    modes = {(e["resource"]["resourceType"], e["search"]["mode"]) for e in bundle["entry"]}
    assert modes == {("Schedule", "match"), ("Slot", "include"), ("Location", "include"), ("Organization", "include")}
    assert bundle["total"] == 6  # slots, as the example of the guide counts
    assert resources(bundle, "Location")[0]["identifier"][0]["type"]["coding"][0]["code"] == "INTRN"


async def test_everything_that_is_wrong_is_said_at_once(house: AgendasUnderTest) -> None:
    answer = await asked(house, "Slot", [("status", "busy"), ("autre", "1")])
    named = [one for one, _ in issues(answer)]
    assert {"http.start", "http.status", "http.autre", "http.schedule.actor:Practitioner.identifier"} <= set(named)


async def test_the_search_is_for_the_platform_regulators_and_software(house: AgendasUnderTest) -> None:
    assert (await house.sas.get("Slot", params=individual())).status_code == 401
    assert (await house.sas.get("Slot", params=individual(), headers={"x-who": "doc"})).status_code == 403


# -- appointments ------------------------------------------------------------------------------------------------------

AT_NINE = ("2026-03-16T09:00:00+01:00", "2026-03-16T09:20:00+01:00")


async def test_an_appointment_of_a_regulator_takes_the_slot_of_its_time(house: AgendasUnderTest) -> None:
    await house.open()
    await house.account()
    made = await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    assert made.status_code == 201, made.text
    assert made.headers["location"].startswith("http://socle.test/sas/fhir/Appointment/")
    taken = [slot for slot in await house.slots() if slot["status"] == "busy"]
    assert [slot["start"] for slot in taken] == [AT_NINE[0]]


async def test_a_slot_that_is_taken_is_a_conflict(house: AgendasUnderTest) -> None:
    await house.open()
    await house.account()
    await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    again = await house.sas.post("Appointment", json=declared(*AT_NINE, identifier="rdv-2"), headers={"x-who": "sas"})
    assert (again.status_code, issues(again)) == (409, [("Appointment.slot", "AGD-CRENEAU-PRIS")])


async def test_an_appointment_with_a_professional_of_another_publisher_is_kept(house: AgendasUnderTest) -> None:
    await house.account()
    made = await house.sas.post("Appointment", json=declared(*AT_NINE, rpps=OTHER_RPPS), headers={"x-who": "sas"})
    assert made.status_code == 201, made.text


async def test_a_cancellation_comes_by_conditional_update_and_frees_the_slot(house: AgendasUnderTest) -> None:
    await house.open()
    await house.account()
    await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    answer = await house.sas.put(
        "Appointment",
        params={"identifier": "urn:oid:1.1.111.1.11.1.1.1|rdv-1"},
        json=declared(*AT_NINE, status="cancelled"),
        headers={"x-who": "sas"},
    )
    assert answer.status_code == 200, answer.text
    assert len(await house.free()) == 60


async def test_the_same_appointment_sent_twice_is_a_conflict(house: AgendasUnderTest) -> None:
    await house.account()
    body = declared(*AT_NINE, rpps=OTHER_RPPS)
    await house.sas.post("Appointment", json=body, headers={"x-who": "sas"})
    again = await house.sas.post("Appointment", json=body, headers={"x-who": "sas"})
    assert (again.status_code, issues(again)[0][0]) == (409, "Appointment.identifier")


@pytest.mark.parametrize("active", [None, False])
async def test_a_regulator_without_an_active_account_does_not_book(
    house: AgendasUnderTest, active: bool | None
) -> None:
    await house.open()
    if active is not None:
        await house.account(active)
    answer = await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    assert answer.status_code == 422
    assert issues(answer)[0][1] == "SAS-REGULATEUR"


async def test_a_pending_appointment_of_sos_needs_no_known_professional(house: AgendasUnderTest) -> None:
    await house.account()
    body = declared(*AT_NINE, status="pending", participant=[{"type": [{"text": "ADM"}], "status": "needs-action"}])
    assert (await house.sas.post("Appointment", json=body, headers={"x-who": "sas"})).status_code == 201


# -- regulators' accounts ----------------------------------------------------------------------------------------------


async def test_an_account_is_made_then_updated_under_its_identifier(house: AgendasUnderTest) -> None:
    where = {"identifier": f"{SAS_ID}|compte-1"}
    for active, expected in ((True, 201), (False, 200)):
        answer = await house.sas.put(
            "Practitioner", params=where, json=regulator(active, "compte-1"), headers={"x-who": "sas"}
        )
        assert answer.status_code == expected, answer.text
    rows = await house.database.query("SELECT active FROM agenda.regulator WHERE value = 'compte-1'")
    assert [row["active"] for row in rows] == [False]


async def test_days_go_by_and_slots_are_derived_further(house: AgendasUnderTest) -> None:
    from socle.foundations.care_offer.agenda.actions.schedules import extend

    await house.open()
    house.clock.now = NOW + timedelta(days=7)
    assert await extend(house.agendas, house.clock(), trace=house.trace()) == 3 * 5
    assert await extend(house.agendas, house.clock(), trace=house.trace()) == 0
