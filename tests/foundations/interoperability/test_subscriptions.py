"""Subscriptions, with a real receiver: told at least once, in order, in the form that was asked."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.clock import Clock
from tests.foundations.interoperability.houses import START, Sandbox, opened_sandbox
from tests.foundations.interoperability.receivers import Receiver, kind, part, receiving
from tests.foundations.interoperability.subscribing import (
    JSON,
    by_topic,
    dsn,
    house,
    numbers,
    plain,
    receiver,
    state,
    subscribed,
)
from tests.foundations.interoperability.test_export import observation, patient

from socle.kernel.fhir import xml
from socle.kernel.fhir.media import XML
from socle.kernel.subscription.topics import CHANGE, ENTRY

__all__ = ["dsn", "house", "receiver"]


# -- R4 ----------------------------------------------------------------------------------------------------------------


async def test_r4_rest_hook_with_a_payload_puts_the_resource_as_it_is_stored(
    house: Sandbox, receiver: Receiver
) -> None:
    id = await subscribed(house, plain("Patient?gender=female", receiver.url, header=["X-Mine: yes"]))
    assert await state(house, id) == ("active", "")
    stored = await house.put(patient("a"))
    await house.put(patient("b", gender="male"))
    await house.put(observation("o", "a"))
    await house.told()
    [letter] = receiver.events
    assert (letter.method, letter.path, letter.json) == ("PUT", "/hook/Patient/a", stored)
    assert (letter.headers["x-mine"], letter.headers["x-socle-event"]) == ("yes", "1")
    assert letter.headers["content-type"] == JSON


async def test_r4_rest_hook_may_ask_for_xml(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, plain("Patient?gender=female", receiver.url, payload="application/fhir+xml"))
    stored = await house.put(patient("a"))
    await house.told()
    letter = receiver.letters[-1]
    assert (letter.method, letter.path, letter.headers["content-type"]) == ("PUT", "/hook/Patient/a", XML)
    assert xml.read(letter.body).resource == stored


async def test_r4_rest_hook_without_payload_is_a_signal(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, plain("Patient?active=true", receiver.url, payload=""))
    await house.put(patient("a", active=True))
    await house.told()
    handshake, signal = receiver.letters
    assert (handshake.method, handshake.body) == (signal.method, signal.body) == ("POST", b"")
    assert signal.headers["x-socle-event"] == "1"


async def test_r4_criteria_are_about_what_is_written(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, plain("Patient?active=true", receiver.url))
    for active in (False, True, True, False):  # out, in, still in, out
        await house.put(patient("a", active=active))
    await house.ask("DELETE", "Patient/a")
    await house.told()
    assert [letter.json["meta"]["versionId"] for letter in receiver.events] == ["2", "3"]


# -- topics ------------------------------------------------------------------------------------------------------------


async def test_a_topic_tells_in_xml_when_asked(house: Sandbox, receiver: Receiver) -> None:
    made = by_topic("Patient?active=true", receiver.url)
    made["channel"]["payload"] = XML
    await subscribed(house, made)
    stored = await house.put(patient("a", active=True))
    await house.told()
    handshake, event = (xml.read(letter.body).resource for letter in receiver.letters)
    assert {letter.headers["content-type"] for letter in receiver.letters} == {XML}
    assert handshake["entry"][0]["resource"]["parameter"][3] == {"name": "type", "valueCode": "handshake"}
    assert event["entry"][1]["resource"] == stored


async def test_a_topic_tells_of_entering_staying_leaving_and_deletion(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient?active=true", receiver.url))
    for active in (False, True, True, False, False, True):
        await house.put(patient("a", active=active))
    await house.ask("DELETE", "Patient/a")
    await house.told()
    methods = [letter.json["entry"][1]["request"]["method"] for letter in receiver.events]
    assert methods == ["PUT", "PUT", "PUT", "PUT", "DELETE"]
    assert numbers(receiver) == [1, 2, 3, 4, 5]
    assert [part(letter, "type") for letter in receiver.letters][:2] == ["handshake", "event-notification"]
    first = receiver.events[0]
    assert part(first, "topic") == CHANGE.url
    assert part(first, "subscription")["reference"].endswith(f"/sandbox/fhir/Subscription/{id}")
    assert first.json["entry"][1]["resource"]["active"] is True
    assert "resource" not in receiver.events[-1].json["entry"][1]


async def test_the_topic_of_entries_tells_of_entering_only(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient?active=true", receiver.url, topic=ENTRY.url))
    for active in (False, True, True, False, True):
        await house.put(patient("a", active=active))
    await house.told()
    assert [letter.json["entry"][1]["resource"]["meta"]["versionId"] for letter in receiver.events] == ["2", "5"]


async def test_a_notification_holds_what_was_asked_and_no_more(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient?active=true", receiver.url, "empty"))
    await subscribed(house, by_topic("Patient?active=true", receiver.url, "id-only"))
    await house.put(patient("a", active=True))
    await house.told()
    empty, named = sorted(receiver.events, key=lambda letter: len(letter.body))
    assert len(empty.json["entry"]) == 1
    assert b"Patient/a" not in empty.body
    assert named.json["entry"][1]["fullUrl"].endswith("/Patient/a")
    assert "resource" not in named.json["entry"][1]


async def test_a_creation_is_told_by_the_request_that_made_it(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient", receiver.url, "id-only"))
    posted = await house.ask("POST", "Patient", json={"resourceType": "Patient"}, headers={"content-type": JSON})
    await house.put(patient("a"))
    await house.told()
    told = [letter.json["entry"][1]["request"] for letter in receiver.events]
    assert told == [{"method": "POST", "url": "Patient"}, {"method": "PUT", "url": "Patient/a"}]
    answers = [letter.json["entry"][1]["response"]["status"] for letter in receiver.events]
    assert (posted.status_code, answers) == (201, ["201", "201"])


async def test_several_events_may_come_together(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient", receiver.url, max_count=10))
    await house.fill(patient(str(n)) for n in range(12))
    await house.told()
    assert [len(letter.json["entry"]) - 1 for letter in receiver.events] == [10, 2]
    assert numbers(receiver) == list(range(1, 13))


async def test_a_silent_subscription_gives_signs_of_life(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient", receiver.url, heartbeat_period=60))
    house.clock.move(seconds=30)
    await house.told()
    assert len(receiver.letters) == 1
    house.clock.move(seconds=40)
    await house.told()
    await house.told()
    assert [kind(letter) for letter in receiver.letters] == ["handshake", "heartbeat"]


async def test_a_sign_of_life_that_failed_holds_up_no_event(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient", receiver.url, heartbeat_period=86_400))
    receiver.status = 503
    house.clock.move(hours=25)
    await house.told()
    assert [kind(letter) for letter in receiver.letters] == ["handshake", "heartbeat"]
    receiver.status = 200
    await house.put(patient("a"))
    house.clock.move(seconds=2)
    await house.told()
    assert numbers(receiver) == [1]


async def test_a_websocket_that_nobody_opened_is_given_no_sign_of_life(house: Sandbox) -> None:
    id = await subscribed(house, by_topic("Patient", heartbeat_period=10))
    house.clock.move(minutes=1)
    await house.told()
    status = (await house.ask("GET", f"Subscription/{id}/$status")).json()["entry"][0]["resource"]["parameter"]
    assert not any(one["name"] == "error" for one in status)


async def test_status_and_past_events_can_be_asked(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url, "id-only"))
    await house.fill(patient(name) for name in "abc")
    await house.told()
    status = (await house.ask("GET", f"Subscription/{id}/$status")).json()
    said = {one["name"]: one for one in status["entry"][0]["resource"]["parameter"]}
    assert (said["status"]["valueCode"], said["type"]["valueCode"]) == ("active", "query-status")
    assert said["events-since-subscription-start"]["valueString"] == "3"
    events = (await house.ask("GET", f"Subscription/{id}/$events?eventsSinceNumber=2&content=full-resource")).json()
    assert "entry" in events, events
    assert [entry["resource"]["id"] for entry in events["entry"][1:]] == ["b", "c"]
    assert (await house.ask("GET", f"Subscription/{id}/$events", "other")).status_code == 403


async def test_the_topics_of_the_house_are_in_its_capability_statement(house: Sandbox) -> None:
    rest = (await house.ask("GET", "metadata")).json()["rest"][0]
    [subscription] = [one for one in rest["resource"] if one["type"] == "Subscription"]
    assert {one["valueCanonical"] for one in subscription["extension"]} == {CHANGE.url, ENTRY.url}
    assert {"status", "events", "get-ws-binding-token"} <= {one["name"] for one in subscription["operation"]}


# -- at least once -----------------------------------------------------------------------------------------------------


async def test_a_receiver_that_is_down_then_up_misses_nothing(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url))
    await receiver.down()
    await house.fill(patient(str(n)) for n in range(5))
    await house.told()
    assert numbers(receiver) == []
    found = (await house.ask("GET", f"Subscription/{id}/$status")).json()["entry"][0]["resource"]["parameter"]
    assert any(one["name"] == "error" for one in found)
    await receiver.up()
    await house.told()  # not before its time
    assert numbers(receiver) == []
    house.clock.move(seconds=5)
    await house.told()
    assert numbers(receiver) == [1, 2, 3, 4, 5]


async def test_a_house_that_dies_between_commit_and_delivery_tells_after_it_starts_again(
    dsn: str, tmp_path: Path, receiver: Receiver
) -> None:
    async with opened_sandbox(dsn, tmp_path, Clock(START), demo=True) as first:
        await subscribed(first, by_topic("Patient", receiver.url))
        await first.fill(patient(name) for name in "abc")
        for outbox in first.outboxes:  # numbered, and not sent
            await outbox.deliver()
        await first.fill(patient(name) for name in "de")  # committed, and nothing more
    assert numbers(receiver) == []
    async with opened_sandbox(dsn, tmp_path, Clock(START), demo=True) as second:
        second.clock.move(minutes=1)
        await second.told()
        await second.put(patient("f"))
        await second.told()
    assert numbers(receiver) == [1, 2, 3, 4, 5, 6]


async def test_an_event_that_is_reacted_to_twice_has_one_number(
    house: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribed(house, by_topic("Patient", receiver.url))
    await house.put(patient("a"))
    [outbox] = house.outboxes
    forget = outbox._forget

    async def dying(handled: Any) -> None:
        raise RuntimeError("the process dies before the outbox is emptied")

    monkeypatch.setattr(outbox, "_forget", dying)
    with pytest.raises(RuntimeError):
        await outbox.deliver()
    monkeypatch.setattr(outbox, "_forget", forget)
    await house.told()
    assert numbers(receiver) == [1]


async def test_a_slow_receiver_holds_up_no_other(house: Sandbox, receiver: Receiver) -> None:
    async with receiving() as slow:
        await subscribed(house, by_topic("Patient", slow.url))
        await subscribed(house, by_topic("Patient", receiver.url))
        slow.hang = True
        await house.fill(patient(name) for name in "abc")
        [outbox] = house.outboxes
        await outbox.deliver()
        subscriptions = house.house.subscriptions
        assert subscriptions is not None
        await subscriptions.look()
        async with asyncio.timeout(10):
            while numbers(receiver) != [1, 2, 3]:
                await asyncio.sleep(0.01)
        assert len(slow.events) == 1  # it has not answered yet
        for task in list(subscriptions._tasks.values()):
            task.cancel()
        await subscriptions.settle()


async def test_a_long_queue_ends_a_subscription_to_which_nothing_arrives_and_no_other(
    house: Sandbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socle.kernel.subscription.service.MOST_WAITING", 150)
    lost = await subscribed(house, by_topic("Patient", receiver.url))
    await receiver.down()
    house.clock.move(hours=2)
    async with receiving() as well:
        heard = await subscribed(house, by_topic("Patient", well.url, max_count=50))
        [outbox] = house.outboxes
        await house.fill(patient(str(n)) for n in range(200))
        while (await outbox.deliver()).handled:
            pass
        await house.told()
        assert (await state(house, lost))[0] == "off"
        assert (await state(house, heard))[0] == "active"
        assert numbers(well) == list(range(1, 201))


async def test_letters_that_never_arrive_are_dead_then_sent_again_or_dropped(
    house: Sandbox, receiver: Receiver
) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url))
    receiver.status = 500
    await house.put(patient("a"))
    await house.put(patient("b"))
    tries = 0
    while (await state(house, id))[0] == "active":
        tries += 1
        await house.told()
        house.clock.move(minutes=11)
    assert (tries, await state(house, id)) == (10, ("error", "HTTP 500"))
    await house.put(patient("c"))  # kept, for when it is better
    await house.told()
    assert len(receiver.events) == 10
    receiver.status = 200
    receiver.letters.clear()
    answer = await house.ask(
        "PUT",
        f"Subscription/{id}",
        json={**by_topic("Patient", receiver.url), "id": id},
        headers={"content-type": JSON},
    )
    assert answer.status_code == 200
    await house.told()
    assert (await state(house, id))[0] == "active"
    assert numbers(receiver) == [2, 3]
    [dead] = await house.house.database.query("SELECT number, error FROM subscription.event WHERE state = 'dead'")
    assert tuple(dead.values()) == (1, "HTTP 500")
