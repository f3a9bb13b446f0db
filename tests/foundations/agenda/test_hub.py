"""Messages to the LRMs are carried to the hub: at least once, in order, answered, tried again, given up in the end."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.foundations.agenda.support import NOW, PLATFORM, REGULATOR, AgendasUnderTest, declared

from socle.foundations.care_offer.agenda.actions.carrying import carry, dead, drop, line, send_again
from socle.foundations.care_offer.agenda.actions.notices import tell
from socle.foundations.care_offer.agenda.hub import Hub, LocalHub, Unreached, connect
from socle.foundations.care_offer.agenda.rules import hub as rules
from socle.foundations.care_offer.agenda.rules.lrm import SENDER, Message, envelope
from socle.kernel.outcome import Problem

AT_NINE = ("2026-03-16T09:00:00+01:00", "2026-03-16T09:20:00+01:00")


class Broken:
    """A hub that takes nothing until it is mended."""

    def __init__(self) -> None:
        self.works = False
        self.taken: list[str] = []

    async def publish(self, key: str, message: Mapping[str, Any], *, content_type: str, delivery: int) -> None:
        if not self.works:
            raise Unreached("connection refused")
        self.taken.append(message["distributionID"])

    async def replies(self) -> Sequence[rules.Reply]:
        return []


def local(house: AgendasUnderTest) -> LocalHub:
    return LocalHub(house.agendas, house.clock)


async def booked(house: AgendasUnderTest, hub: Hub | None, samu: str = "fr.health.samu990") -> dict[str, Any]:
    """An appointment of a regulator, told."""
    connect(house.agendas.repository, hub, samu)
    await house.open()
    await house.account()
    made = await house.sas.post("Appointment", json=declared(*AT_NINE), headers={"x-who": "sas"})
    await told(house, made.json()["id"])
    return dict(made.json())


async def told(house: AgendasUnderTest, id: str) -> None:
    stored = await house.agendas.store.read("Appointment", id)
    assert stored is not None
    await tell(house.agendas, stored, now=house.clock(), trace=house.trace())


async def cancelled(house: AgendasUnderTest, made: dict[str, Any]) -> None:
    changed = {**made, "status": "cancelled"}
    answer = await house.sas.put(f"Appointment/{made['id']}", json=changed, headers={"x-who": "sas"})
    assert answer.status_code == 200, answer.text
    await told(house, made["id"])


async def carried(house: AgendasUnderTest) -> list[tuple[int, str, str]]:
    """(version, state, reason) of each message after a turn."""
    await carry(house.agendas, now=house.clock(), trace=house.trace())
    found = await line(house.agendas, by=PLATFORM)
    return sorted((one.version, one.state, one.reason) for one in found.parcels)


async def test_a_regulator_s_appointment_reaches_the_lrm_and_is_acknowledged(house: AgendasUnderTest) -> None:
    made = await booked(house, local(house))
    assert await carried(house) == [(1, "acknowledged", "fr.health.samu990")]
    came = (await line(house.agendas, by=PLATFORM)).came
    assert [one.queue for one in came] == [f"{SENDER}.ack", "fr.health.samu990.message"]
    bundle = came[1].body["content"][0]["JsonContent"]["embeddedJsonContent"]["message"]
    assert bundle["entry"][0]["resource"]["id"] == made["id"]
    assert "Patient" not in str(bundle)


async def test_the_samu_is_that_of_the_place_of_the_agenda(house: AgendasUnderTest) -> None:
    await booked(house, local(house), samu="fr.health.samu750")
    assert [one.recipient for one in (await line(house.agendas, by=PLATFORM)).parcels] == ["fr.health.samu990"]


async def test_what_the_hub_does_not_take_is_tried_again_then_given_up(house: AgendasUnderTest) -> None:
    hub = Broken()
    await booked(house, hub)
    assert await carried(house) == [(1, "waiting", "connection refused")]
    assert await carry(house.agendas, now=house.clock(), trace=house.trace()) == 0  # not due yet
    for _ in range(rules.MOST_ATTEMPTS - 1):
        house.clock.now += rules.LONGEST_DELAY
        found = await carried(house)
    assert found == [(1, "dead", "connection refused")]
    assert await dead(house.agendas) == 1
    hub.works = True
    [parcel] = (await line(house.agendas, "dead", by=PLATFORM)).parcels
    await send_again(house.agendas, parcel.distribution, by=PLATFORM, trace=house.trace(PLATFORM))
    assert await carried(house) == [(1, "sent", "")]
    assert hub.taken == [parcel.distribution]


async def test_messages_of_one_appointment_leave_in_order(house: AgendasUnderTest) -> None:
    hub = Broken()
    made = await booked(house, hub)
    await carried(house)
    await cancelled(house, made)
    house.clock.now += timedelta(seconds=5)  # the second is due, the first is not yet
    hub.works = True
    assert [state for _, state, _ in await carried(house)] == ["waiting", "waiting"]
    house.clock.now += timedelta(minutes=3)
    await carried(house)
    await carried(house)
    assert hub.taken == [f"{SENDER}_{made['id']}-{version}" for version in (1, 2)]


async def test_a_refusal_of_the_hub_is_a_dead_message_with_its_code(house: AgendasUnderTest) -> None:
    await booked(house, local(house))
    await house.database.write(
        "agenda", [("UPDATE agenda.parcel SET body = body - 'distributionStatus'", ())], house.trace()
    )
    assert await carried(house) == [(1, "dead", "300 INVALID_MESSAGE: missing in the envelope: distributionStatus")]


async def test_without_a_line_a_message_waits_then_expires(house: AgendasUnderTest) -> None:
    await booked(house, None)
    assert await carried(house) == [(1, "waiting", "this house has no line to the Hub Santé")]
    house.clock.now += timedelta(hours=25)
    assert [state for _, state, _ in await carried(house)] == ["dead"]
    [parcel] = (await line(house.agendas, "dead", by=PLATFORM)).parcels
    with pytest.raises(Problem, match="expiré"):
        await send_again(house.agendas, parcel.distribution, by=PLATFORM, trace=house.trace(PLATFORM))
    await drop(house.agendas, parcel.distribution, by=PLATFORM, trace=house.trace(PLATFORM))
    assert await dead(house.agendas) == 0


async def test_messages_are_followed_by_who_keeps_the_line(house: AgendasUnderTest) -> None:
    with pytest.raises(Problem, match=r"sas\.hub"):
        await line(house.agendas, by=REGULATOR)


GOOD = dict(
    envelope(Message("a", 1, "CREATE", {"status": "booked"}, NOW, NOW + timedelta(hours=24)), samu="fr.health.samu330")
)


@pytest.mark.parametrize(
    ("change", "asked", "code"),
    [
        ({}, {"content_type": "text/plain"}, 101),
        ({}, {"delivery": 1}, 100),
        ({}, {"key": "fr.health.samu010"}, 200),
        ({"distributionID": "autre_1"}, {}, 300),
        ({"content": []}, {}, 300),
        ({"dateTimeSent": "2026-03-16T07:00:00Z"}, {}, 300),
        ({"dateTimeExpires": "2026-03-16T07:00:00+01:00"}, {}, 400),
        ({"descriptor": {"explicitAddress": {"explicitAddressValue": "fr.fire.sis033"}}}, {}, 501),
        ({}, {}, None),
    ],
)
def test_the_hub_judges_as_its_public_texts_say(
    change: dict[str, Any], asked: dict[str, Any], code: int | None
) -> None:
    given = {"key": SENDER, "content_type": rules.JSON, "delivery": rules.PERSISTENT, "now": NOW, **asked}
    fault = rules.judge({**GOOD, **change}, **given)
    assert (fault.code if fault else None) == code


def test_an_answer_says_what_it_answers() -> None:
    about = GOOD["distributionID"]
    assert rules.reply_of(rules.acknowledgement(GOOD, now=NOW)) == rules.Reply(about, "fr.health.samu330")
    fault = rules.Fault(501, "UNROUTABLE_MESSAGE", "nobody")
    assert rules.reply_of(rules.refusal(GOOD, fault, now=NOW)) == rules.Reply(about, "fr.health.hub", fault)
    assert rules.reply_of({"content": "?"}) is None


@pytest.mark.parametrize(
    ("postal", "samu"),
    [("33000", "330"), ("01000", "010"), ("97400", "974"), ("20000", "2A0"), ("20600", "2B0"), ("", ""), ("330", "")],
)
def test_a_place_belongs_to_the_samu_of_its_department(postal: str, samu: str) -> None:
    assert rules.samu_of(postal) == (f"fr.health.samu{samu}" if samu else "")
