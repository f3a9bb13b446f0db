"""Subscriptions, with a real receiver: told at least once, in order, of what their owner may read, and of nothing else."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.clock import Clock
from tests.foundations.interoperability.houses import START, TRACE, Sandbox, house_database, opened_sandbox
from tests.foundations.interoperability.receivers import Receiver, kind, part, receiving
from tests.foundations.interoperability.test_export import observation, patient

from socle.foundations.interoperability.actions import reset_sandbox
from socle.kernel.policy import Actor, Means
from socle.kernel.store import actors
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.subscription.topics import CHANGE, ENTRY

IG = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"
JSON = "application/fhir+json"


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres, house_template: str) -> AsyncIterator[str]:
    async with house_database(postgres, house_template) as address:
        yield address


@pytest.fixture
async def house(dsn: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with opened_sandbox(dsn, tmp_path, Clock(START), demo=True) as opened:
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as there:
        yield there


def plain(criteria: str, endpoint: str, payload: str = JSON, **channel: Any) -> dict[str, Any]:
    """A subscription of R4."""
    made = {"type": "rest-hook", "endpoint": endpoint, **({"payload": payload} if payload else {}), **channel}
    return {
        "resourceType": "Subscription", "status": "requested", "reason": "essai", "criteria": criteria, "channel": made
    }  # fmt: skip


def by_topic(
    filters: str, endpoint: str = "", content: str = "full-resource", topic: str = CHANGE.url, **extensions: int
) -> dict[str, Any]:
    """A subscription of the backport."""
    channel: dict[str, Any] = {
        "type": "rest-hook" if endpoint else "websocket",
        "payload": JSON,
        "_payload": {"extension": [{"url": f"{IG}/backport-payload-content", "valueCode": content}]},
        "extension": [
            {"url": f"{IG}/backport-{name.replace('_', '-')}", "valueUnsignedInt": value}
            for name, value in extensions.items()
        ],
    }
    if endpoint:
        channel["endpoint"] = endpoint
    if not channel["extension"]:
        del channel["extension"]
    return {
        "resourceType": "Subscription",
        "meta": {"profile": [f"{IG}/backport-subscription"]},
        "status": "requested",
        "reason": "essai",
        "criteria": topic,
        "_criteria": {"extension": [{"url": f"{IG}/backport-filter-criteria", "valueString": filters}]},
        "channel": channel,
    }


async def subscribed(house: Sandbox, resource: dict[str, Any], who: str = "publisher") -> str:
    """The id of a subscription that was made and had its handshake."""
    answer = await house.ask("POST", "Subscription", who, json=resource, headers={"content-type": JSON})
    assert answer.status_code == 201, answer.text
    await house.told()
    return str(answer.json()["id"])


async def state(house: Sandbox, id: str) -> tuple[str, str]:
    found = (await house.ask("GET", f"Subscription/{id}")).json()
    return found["status"], found.get("error", "")


def numbers(receiver: Receiver) -> list[int]:
    """Numbers of the events received, as told."""
    found: list[int] = []
    for letter in receiver.letters:
        if kind(letter) == "event-notification":
            said = letter.json["entry"][0]["resource"]["parameter"]
            found += [int(one["part"][0]["valueString"]) for one in said if one["name"] == "notification-event"]
    return found


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


# -- who may ------------------------------------------------------------------------------------------------------------


async def test_what_the_owner_may_not_read_any_more_is_not_sent(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url), "other")
    [holder] = [one for one in await actors.list_all(house.house.database) if one.name == "other"]
    await house.put(patient("a"))
    await house.house.database.query(f"UPDATE house.actor SET revoked = now() WHERE id = '{holder.id}' RETURNING id")
    await house.told()
    assert receiver.events == []
    status, error = await state(house, id)
    assert (status, "may not read" in error) == ("error", True)
    refused = [one for one in await house.events() if one.trace.interaction == "subscription" and one.outcome == "4"]
    assert [one.trace.who for one in refused] == [holder.id]


async def test_each_delivery_of_a_persons_data_leaves_a_trace(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Observation", receiver.url))
    await house.put(observation("o", "a"))
    await house.told()
    [event] = [one for one in await house.events() if one.trace.interaction == "subscription" and one.action == "R"]
    assert (event.concerns, event.entities, event.detail) == (
        ("Patient/a",), ("Observation/o/_history/1",), f"Subscription/{id}"
    )  # fmt: skip
    assert (event.trace.name, event.trace.means) == ("publisher", "system")


async def test_only_its_owner_or_an_operator_changes_a_subscription(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url))
    body = {**by_topic("Patient", "http://127.0.0.1:1/"), "id": id}
    asked = {"json": body, "headers": {"content-type": JSON}}
    assert (await house.ask("PUT", f"Subscription/{id}", "other", **asked)).status_code == 403
    assert (await house.ask("DELETE", f"Subscription/{id}", "other")).status_code == 403
    assert (await house.ask("POST", f"Subscription/{id}/$signing-key", "other")).status_code == 403
    assert (await house.ask("DELETE", f"Subscription/{id}", "operator")).status_code == 204
    await house.put(patient("a"))
    await house.told()
    assert receiver.events == []
    assert await house.house.database.query("SELECT FROM subscription.subscriber") == []


async def test_the_owner_cannot_be_forged(house: Sandbox, receiver: Receiver) -> None:
    resource = by_topic("Patient", receiver.url)
    url = "https://socle-sante.example/fhir/StructureDefinition/subscription-owner"
    for forged in ({"valueIdentifier": {"value": "somebody-else"}}, {"valueString": "somebody-else"}):
        resource["extension"] = [{"url": url, **forged}]
        id = await subscribed(house, resource)
        patch = [{"op": "replace", "path": "/extension/0/valueIdentifier/value", "value": "somebody-else"}]
        headers = {"content-type": "application/json-patch+json"}
        assert (await house.ask("PATCH", f"Subscription/{id}", json=patch, headers=headers)).status_code == 200
        await house.told()
        [owner] = (await house.ask("GET", f"Subscription/{id}")).json()["extension"]
        assert owner["valueIdentifier"]["value"] != "somebody-else"


async def test_notifications_are_signed_with_a_key_that_the_owner_is_given(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url))
    answer = (await house.ask("POST", f"Subscription/{id}/$signing-key")).json()
    key = bytes.fromhex(answer["parameter"][0]["valueString"])
    await house.put(patient("a"))
    await house.told()
    [letter] = receiver.events
    assert letter.headers["x-socle-signature"] == "sha256=" + hmac.new(key, letter.body, sha256).hexdigest()


async def signing_key(house: Sandbox, id: str) -> bytes:
    """The key that the owner is given."""
    answer = await house.ask("POST", f"Subscription/{id}/$signing-key")
    assert answer.status_code == 200, answer.text
    return bytes.fromhex(answer.json()["parameter"][0]["valueString"])


async def test_a_signing_key_is_in_the_database_sealed_for_its_subscription_alone(
    house: Sandbox, receiver: Receiver
) -> None:
    one, other = [await subscribed(house, by_topic("Patient", receiver.url)) for _ in range(2)]
    key = await signing_key(house, one)
    rows = await house.house.database.query(
        "SELECT id, secret, sealed::text AS text, sealed FROM subscription.subscriber"
    )
    assert [bytes(row["secret"]) for row in rows] == [b"", b""]
    assert not any(key.hex() in row["text"] or key in bytes(row["sealed"]) for row in rows)
    sealed = next(row["sealed"] for row in rows if row["id"] == one)
    await house.house.database.query(
        "UPDATE subscription.subscriber SET sealed = $1 WHERE id = $2 RETURNING id", sealed, other
    )
    moved = await house.ask("POST", f"Subscription/{other}/$signing-key")
    assert moved.status_code == 409
    assert "créez-en un autre" in moved.text
    await house.put(patient("a"))
    await house.told()
    assert len(receiver.events) == 1  # of the other, nothing is sent that could not be signed
    [said] = await house.house.database.query("SELECT error FROM subscription.subscriber WHERE id = $1", other)
    assert "signing key" in said["error"]


_AS_BEFORE = """
UPDATE subscription.subscriber SET secret = decode('{key}', 'hex');
ALTER TABLE subscription.subscriber DROP COLUMN sealed;
ALTER TABLE subscription.subscriber ALTER COLUMN secret DROP DEFAULT;
DELETE FROM house.migration WHERE schema = 'subscription' AND name LIKE '0002_sealed_keys%';
"""


async def test_keys_that_the_version_of_before_left_in_clear_are_sealed_at_the_start(
    dsn: str, tmp_path: Path, receiver: Receiver
) -> None:
    clock = Clock(START)
    async with opened_sandbox(dsn, tmp_path, clock, demo=True) as house:
        id = await subscribed(house, by_topic("Patient", receiver.url))
    key = bytes(range(32))
    connection = await asyncpg.connect(dsn)
    await connection.execute(_AS_BEFORE.format(key=key.hex()))
    await connection.close()
    async with opened_sandbox(dsn, tmp_path, clock, demo=True) as house:
        assert house.house.subscriptions is not None
        await house.house.subscriptions.load("sandbox")
        [row] = await house.house.database.query("SELECT secret FROM subscription.subscriber")
        assert bytes(row["secret"]) == b""
        await house.put(patient("a"))
        await house.told()
        [letter] = receiver.events
        assert letter.headers["x-socle-signature"] == "sha256=" + hmac.new(key, letter.body, sha256).hexdigest()
        assert id


# -- what makes no sense, or is dangerous ---------------------------------------------------------------------------------


async def test_what_makes_no_sense_is_refused_and_named(house: Sandbox) -> None:
    here = "http://127.0.0.1:9/"
    wrong = [
        (plain("Martien?x=1", here), "Martien"),
        (plain("Patient?couleur=bleu", here), "couleur"),
        (plain("Patient?_sort=name", here), "_sort"),
        (plain("Patient?organization.name=x", here), "chaînage"),
        (plain("Subscription?status=active", here), "Subscription"),
        (plain("Patient?active=true", here, type="email"), "email"),
        (plain("Patient?active=true", here, payload="application/fhir+xml"), "payload"),
        (plain("Patient?active=true", here, header=["X: a\r\nY: b"]), ""),
        (plain("Patient?active=true", here, header=["Host: x"]), "header"),
        (plain("Patient?active=true", "ftp://127.0.0.1/"), "http"),
        (plain("Patient?active=true", "http://user:pw@example.org/"), "mot de passe"),
        (plain("Patient?active=true", "http://169.254.169.254/latest"), "SOCLE_HOOKS"),
        (by_topic("Patient", here, topic="https://elsewhere.example/topic"), "sujet inconnu"),
    ]
    for resource, said in wrong:
        answer = await house.ask("POST", "Subscription", json=resource, headers={"content-type": JSON})
        assert answer.status_code in (400, 422), resource
        assert said in answer.json()["issue"][0]["diagnostics"], answer.text


async def test_an_endpoint_that_does_not_answer_the_handshake_is_in_error(house: Sandbox, receiver: Receiver) -> None:
    await receiver.down()
    id = await subscribed(house, by_topic("Patient", receiver.url))
    status, error = await state(house, id)
    assert (status, error.startswith("handshake: ")) == ("error", True)
    await house.put(patient("a"))
    await house.told()
    await receiver.up()
    house.clock.move(minutes=1)
    await house.told()
    assert receiver.letters == []


async def test_no_redirection_is_followed(house: Sandbox, receiver: Receiver) -> None:
    async with receiving() as inside:
        receiver.status, receiver.location = 307, inside.url
        id = await subscribed(house, by_topic("Patient", receiver.url))
        assert await state(house, id) == ("error", "handshake: HTTP 307")
        assert inside.letters == []


async def test_a_house_that_is_no_demonstration_sends_nothing_to_its_own_machine(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost")):
        id = await subscribed(sandbox, by_topic("Patient", url))
        status, error = await state(sandbox, id)
        assert (status, "SOCLE_HOOKS" in error) == ("error", True)
    assert receiver.letters == []


async def test_a_subscription_that_ends_is_switched_off(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, {**by_topic("Patient", receiver.url), "end": "2026-05-04T12:00:00Z"})
    house.clock.move(hours=6)
    await house.told()
    await house.put(patient("a"))
    await house.told()
    assert (await state(house, id))[0] == "off"
    assert receiver.events == []


async def test_a_sandbox_that_is_emptied_forgets_its_subscriptions(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient", receiver.url))
    operator = Actor("console", "console", frozenset({"operator"}), Means.CONSOLE)
    await reset_sandbox(house.house.database, by=operator, trace=TRACE)
    await house.put(patient("a"))
    await house.told()
    subscriptions = house.house.subscriptions
    assert subscriptions is not None
    await subscriptions.load("sandbox")
    assert subscriptions._watched == {}
    assert receiver.events == []
