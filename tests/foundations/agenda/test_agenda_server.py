"""`/agenda/fhir` (GAP): an agenda is opened, its slots follow, appointments take them once and let them go."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from tests.foundations.agenda.support import (
    DOCTOR,
    NOW,
    OTHER_DOCTOR,
    OTHER_RPPS,
    RPPS,
    AgendasUnderTest,
    agenda,
    appointment,
    issues,
    opening,
)


async def test_slots_follow_from_the_openings_of_an_agenda(house: AgendasUnderTest) -> None:
    await house.open()
    slots = await house.slots(schedule="Schedule/agenda-essai")
    assert len(slots) == 3 * 20  # an hour in slots of twenty minutes, four weeks of five days
    assert slots[0]["start"] == "2026-03-16T09:00:00+01:00"
    assert slots[0]["status"] == "free"
    assert slots[-1]["start"] == "2026-04-10T09:40:00+02:00"  # the same hour of the clock in summer time


async def test_slots_are_found_by_their_professional_and_their_bounds(house: AgendasUnderTest) -> None:
    await house.open()
    await house.open(OTHER_RPPS, "autre")
    found = await house.gap.get(
        "Slot",
        params=[
            ("status", "free"),
            ("start", "ge2026-03-17T00:00:00+01:00"),
            ("start", "le2026-03-18T00:00:00+01:00"),
            ("schedule.actor:Practitioner.identifier", f"urn:oid:1.2.250.1.71.4.2.1|{RPPS}"),
            ("_include", "Slot:schedule"),
            ("_include:iterate", "Schedule:actor"),
        ],
        headers={"x-who": "soft"},
    )
    assert found.status_code == 200, found.text
    entries = [(e["search"]["mode"], e["resource"]["resourceType"]) for e in found.json()["entry"]]
    assert entries.count(("match", "Slot")) == 3
    assert {kind for mode, kind in entries if mode == "include"} == {"Schedule", "Practitioner", "PractitionerRole"}


async def test_a_changed_opening_moves_free_slots_and_leaves_taken_ones(house: AgendasUnderTest) -> None:
    id = await house.open()
    first = (await house.free())[0]
    assert (await house.gap.post("Appointment", json=appointment(first), headers={"x-who": "soft"})).status_code == 201
    later = agenda("essai", opening(at=NOW.time().replace(hour=14)), minutes=30)
    assert (await house.put(later)).status_code == 200
    slots = await house.slots(schedule=f"Schedule/{id}")
    assert [slot["id"] for slot in slots if slot["status"] == "busy"] == [first["id"]]
    assert {slot["start"][11:16] for slot in slots if slot["status"] == "free"} == {"14:00", "14:30"}


async def test_a_booking_takes_its_slot_and_cancelling_lets_it_go(house: AgendasUnderTest) -> None:
    await house.open()
    slot = (await house.free())[1]
    made = await house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "soft"})
    assert made.status_code == 201, made.text
    assert (await house.gap.get(f"Slot/{slot['id']}", headers={"x-who": "soft"})).json()["status"] == "busy"
    body = {**made.json(), "status": "cancelled"}
    assert (await house.put(body)).status_code == 200
    assert (await house.gap.get(f"Slot/{slot['id']}", headers={"x-who": "soft"})).json()["status"] == "free"


async def test_a_slot_is_taken_once_whoever_comes_at_the_same_moment(house: AgendasUnderTest) -> None:
    await house.open()
    slot = (await house.free())[0]
    answers = await asyncio.gather(
        *(house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "soft"}) for _ in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert ("Appointment.slot", "AGD-CRENEAU-PRIS") in issues(next(a for a in answers if a.status_code == 409))
    held = await house.database.query("SELECT count(*) AS n FROM agenda.holding")
    assert held[0]["n"] == 1


async def test_an_appointment_without_slot_takes_those_that_its_time_touches(house: AgendasUnderTest) -> None:
    await house.open()
    first, second = (await house.free())[:2]
    wanted = appointment(first, end=second["end"])
    del wanted["slot"]
    made = await house.gap.post("Appointment", json=wanted, headers={"x-who": "soft"})
    assert made.status_code == 201, made.text
    assert [one["reference"] for one in made.json()["slot"]] == [f"Slot/{first['id']}", f"Slot/{second['id']}"]
    again = await house.gap.post("Appointment", json=appointment(second), headers={"x-who": "soft"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("start", "end", "where"),
    [
        ("2026-12-03T09:40:00+01:00", "2026-12-03T09:20:00+01:00", "Appointment.end"),
        ("2026-12-03T09:40:00+01:00", "2026-12-03T09:40:00+01:00", "Appointment.end"),
        ("2026-12-03T09:40:00+01:00", "", "Appointment.end"),
        ("", "2026-12-03T09:40:00+01:00", "Appointment.start"),
        ("", "", "Appointment.start"),
        ("0001-01-01T00:00:00+14:00", "2026-12-03T09:40:00+01:00", "Appointment.start"),
        ("2026-12-03T09:40:00+01:00", "9999-12-31T23:59:59-14:00", "Appointment.start"),
    ],
)
async def test_times_that_no_appointment_has_are_refused_and_nothing_is_kept(
    house: AgendasUnderTest, start: str, end: str, where: str
) -> None:
    await house.open()
    wanted = appointment((await house.free())[0])
    for name, value in (("slot", None), ("start", start), ("end", end)):
        wanted.pop(name, None)
        if value:
            wanted[name] = value
    refused = await house.gap.post("Appointment", json=wanted, headers={"x-who": "soft"})
    assert (refused.status_code, issues(refused)) == (422, [(where, "AGD-RDV-HEURES")])
    assert await house.database.query("SELECT 1 FROM agenda.holding") == []


async def test_moving_an_appointment_lets_one_slot_go_and_takes_another(house: AgendasUnderTest) -> None:
    await house.open()
    before, after = (await house.free())[:2]
    made = await house.gap.post("Appointment", json=appointment(before), headers={"x-who": "soft"})
    moved = {**made.json(), **appointment(after)}
    assert (await house.put(moved)).status_code == 200
    free = {slot["id"] for slot in await house.free()}
    assert before["id"] in free
    assert after["id"] not in free


async def test_a_conditional_update_by_identifier_is_how_a_software_updates(house: AgendasUnderTest) -> None:
    await house.open()
    slot = (await house.free())[0]
    body = appointment(slot, identifier=[{"system": "urn:x", "value": "42"}])
    for status, expected in (("booked", 201), ("cancelled", 200)):
        answer = await house.gap.put(
            "Appointment", params={"identifier": "urn:x|42"}, json={**body, "status": status}, headers={"x-who": "soft"}
        )
        assert answer.status_code == expected, answer.text


async def test_an_appointment_that_has_not_begun_is_neither_missed_nor_fulfilled(house: AgendasUnderTest) -> None:
    await house.open()
    slot = (await house.free())[0]
    made = (await house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "soft"})).json()
    early = await house.put({**made, "status": "noshow"})
    assert early.status_code == 422
    assert issues(early) == [("Appointment.status", "AGD-RDV-HEURE")]
    house.clock.now = NOW + timedelta(hours=3)
    assert (await house.put({**made, "status": "noshow"})).status_code == 200


async def test_a_status_that_the_table_does_not_have_is_refused(house: AgendasUnderTest) -> None:
    await house.open()
    slot = (await house.free())[0]
    made = (await house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "soft"})).json()
    await house.put({**made, "status": "cancelled"})
    refused = await house.put({**made, "status": "booked"})
    assert refused.status_code == 422
    assert issues(refused) == [("Appointment.status", "AGD-RDV-STATUT")]


async def test_a_professional_changes_their_own_agenda_and_no_other(house: AgendasUnderTest) -> None:
    await house.open()
    await house.is_whose(DOCTOR, RPPS)
    await house.is_whose(OTHER_DOCTOR, OTHER_RPPS)
    slot = (await house.free())[0]
    refused = await house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "doc2"})
    assert (refused.status_code, issues(refused)) == (422, [("Appointment.slot", "AGD-QUI")])
    assert (await house.put(agenda("essai"), "doc2")).status_code == 422
    assert (await house.put(agenda("essai"), "doc")).status_code == 200
    assert (await house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "doc"})).status_code == 201


async def test_a_professional_does_not_read_others_appointments_nor_write_their_people(house: AgendasUnderTest) -> None:
    await house.open()
    await house.is_whose(DOCTOR, RPPS)
    assert (await house.gap.get("Appointment", headers={"x-who": "doc"})).status_code == 403
    other = {"resourceType": "Practitioner", "id": "ps-autre", "name": [{"family": "AUTRE"}]}
    assert (await house.put(other, "doc")).status_code == 422


async def test_an_agenda_goes_when_no_appointment_is_to_come(house: AgendasUnderTest) -> None:
    id = await house.open()
    slot = (await house.free())[0]
    made = (await house.gap.post("Appointment", json=appointment(slot), headers={"x-who": "soft"})).json()
    refused = await house.gap.delete(f"Schedule/{id}", headers={"x-who": "soft"})
    assert (refused.status_code, issues(refused)) == (409, [("Schedule", "AGD-AGENDA-RDV")])
    await house.put({**made, "status": "cancelled"})
    assert (await house.gap.delete(f"Schedule/{id}", headers={"x-who": "soft"})).status_code == 204
    assert await house.slots() == []


async def test_too_long_a_window_is_refused_with_its_limit(house: AgendasUnderTest) -> None:
    answer = await house.gap.get(
        "Slot", params=[("start", "ge2026-01-01"), ("start", "le2026-06-01")], headers={"x-who": "soft"}
    )
    assert (answer.status_code, issues(answer)) == (400, [("http.start", "AGD-FENETRE")])
    assert "31" in answer.json()["issue"][0]["diagnostics"]


async def test_an_unknown_parameter_is_refused(house: AgendasUnderTest) -> None:
    answer = await house.gap.get("Slot", params={"creneau": "libre"}, headers={"x-who": "soft"})
    assert (answer.status_code, issues(answer)[0][0]) == (400, "http.creneau")


async def test_nobody_learns_anything_without_a_proof(house: AgendasUnderTest) -> None:
    await house.open()
    assert (await house.gap.get("Slot", params={"status": "free"})).status_code == 401
    assert (await house.gap.get("Appointment", headers={"x-who": "reg"})).status_code == 403


async def test_a_patient_s_appointment_leaves_a_trace_in_its_own_transaction(house: AgendasUnderTest) -> None:
    await house.open()
    await house.put({"resourceType": "Patient", "id": "p1", "name": [{"family": "ESSAI"}]})
    slot = (await house.free())[0]
    body = appointment(slot)
    body["participant"].append({"actor": {"reference": "Patient/p1"}, "status": "accepted"})
    made = await house.gap.post("Appointment", json=body, headers={"x-who": "soft"})
    assert made.status_code == 201
    stored = await house.agendas.store.read("Appointment", made.json()["id"])
    assert stored is not None
    assert stored.subject == "Patient/p1"


async def test_openings_that_are_not_understood_name_their_part(house: AgendasUnderTest) -> None:
    await house.open()
    wrong = agenda("essai")
    rule = next(p for p in wrong["extension"][0]["extension"] if p["url"] == "rrule")
    rule["extension"][0]["valueCoding"]["code"] = "YEARLY"
    answer = await house.put(wrong)
    assert answer.status_code == 422
    assert issues(answer) == [("Schedule.extension('availabilityTime').extension('rrule.freq')", "AGD-OUVERTURE")]


async def test_the_agenda_of_the_guide_opens_slots(house: AgendasUnderTest) -> None:
    guide = Path(__file__).parents[3] / "docs/guides/agenda.json"
    await house.put({"resourceType": "Practitioner", "id": "essai", "name": [{"family": "ESSAI"}]})
    assert (await house.put(json.loads(guide.read_text("utf-8")))).status_code == 201
    assert {slot["start"][11:16] for slot in await house.free()} >= {"09:00", "11:40"}
