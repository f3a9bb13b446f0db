"""After an appointment is committed, who must know is told: the holder of the agenda, the regulator, the LRM."""

from tests.foundations.agenda.support import REGULATOR_ID, RPPS, AgendasUnderTest, appointment, declared

from socle.foundations.care_offer.agenda.actions.notices import notices_for, tell
from socle.kernel.fhir.check import check

AT_NINE = ("2026-03-16T09:00:00+01:00", "2026-03-16T09:20:00+01:00")


async def told(house: AgendasUnderTest, id: str) -> int:
    stored = await house.agendas.store.read("Appointment", id)
    assert stored is not None
    return await tell(house.agendas, stored, now=house.clock(), trace=house.trace())


async def test_a_regulator_s_appointment_is_told_to_three(house: AgendasUnderTest) -> None:
    await house.open()
    await house.account()
    made = await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    assert await told(house, made.json()["id"]) == 3
    assert await told(house, made.json()["id"]) == 3  # told twice, kept once
    [holder] = await notices_for(house.agendas, RPPS, "HOLDER")
    assert (holder.event, holder.message["start"]) == ("book", AT_NINE[0])
    [message] = await notices_for(house.agendas, REGULATOR_ID, "LRM")
    assert message.message["distributionKind"] == "Report"
    assert not message.message["dateTimeSent"].endswith("Z")
    bundle = message.message["content"][0]["JsonContent"]["embeddedJsonContent"]["message"]
    assert bundle["entry"][0]["request"]["method"] == "POST"
    check(bundle)


async def test_a_cancellation_is_told_to_the_lrm_as_an_update(house: AgendasUnderTest) -> None:
    await house.open()
    await house.account()
    made = (await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})).json()
    await house.sas.put(f"Appointment/{made['id']}", json={**made, "status": "cancelled"}, headers={"x-who": "sas"})
    await told(house, made["id"])
    [message] = await notices_for(house.agendas, REGULATOR_ID, "LRM")
    entry = message.message["content"][0]["JsonContent"]["embeddedJsonContent"]["message"]["entry"][0]
    assert (entry["request"]["method"], entry["resource"]["status"]) == ("PUT", "cancelled")


async def test_an_appointment_without_regulator_is_told_to_the_holder_alone(house: AgendasUnderTest) -> None:
    await house.open()
    who = {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": RPPS}}
    body = appointment((await house.free())[0], participant=[{"actor": who, "status": "accepted"}])
    made = await house.gap.post("Appointment", json=body, headers={"x-who": "soft"})
    assert await told(house, made.json()["id"]) == 1
    assert len(await notices_for(house.agendas, RPPS, "HOLDER")) == 1
