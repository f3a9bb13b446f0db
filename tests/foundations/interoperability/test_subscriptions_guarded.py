"""Subscriptions, with a real receiver: told of what their owner may read, signed, and of nothing else; what is refused."""

import hmac
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.clock import Clock
from tests.foundations.interoperability.houses import START, TRACE, Sandbox, opened_sandbox
from tests.foundations.interoperability.receivers import Receiver, receiving
from tests.foundations.interoperability.subscribing import (
    JSON,
    by_topic,
    dsn,
    house,
    plain,
    receiver,
    state,
    subscribed,
)
from tests.foundations.interoperability.test_export import observation, patient

from socle.foundations.interoperability.actions import reset_sandbox
from socle.foundations.interoperability.api.subscriptions import bind
from socle.foundations.interoperability.permissions import SANDBOX
from socle.kernel.policy import Actor, Means
from socle.kernel.store import actors

__all__ = ["dsn", "house", "receiver"]


class Ear:
    """A websocket that listens."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.ended = False

    async def tell(self, text: str) -> None:
        """Hear."""
        self.heard.append(text)

    async def end(self) -> None:
        """Be closed."""
        self.ended = True


def without(of: dict[str, Any], name: str) -> dict[str, Any]:
    """All but one member."""
    return {member: value for member, value in of.items() if member != name}


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "send “bind <id of the Subscription>”"),
        ("bind x", "error no key: open the websocket with the owner's key"),
        ("bind-with-token x", "error nothing to bind to"),
    ],
)
async def test_a_websocket_that_is_not_bound_is_told_what_to_send(house: Sandbox, text: str, said: str) -> None:
    socket = Ear()
    assert await bind(house.house, {}, socket, text) == 0
    [heard] = socket.heard
    assert said in heard


async def test_the_capability_statement_says_where_the_websocket_is(house: Sandbox) -> None:
    [rest] = (await house.ask("GET", "metadata")).json()["rest"]
    [extension] = rest["extension"]
    assert extension["url"] == "http://hl7.org/fhir/StructureDefinition/capabilitystatement-websocket"
    assert (extension["valueUri"][:5], extension["valueUri"].endswith("/sandbox/websocket")) == ("ws://", True)


async def test_the_websocket_of_an_owner_who_may_not_read_any_more_is_closed(house: Sandbox) -> None:
    """A silence would pass for nothing to tell."""
    id = await subscribed(house, by_topic("Patient"), "other")
    [holder] = [one for one in await actors.list_all(house.house.database) if one.name == "other"]
    socket, late = Ear(), Ear()
    subscriptions = house.house.subscriptions
    assert subscriptions is not None
    subscriptions.bind(SANDBOX, id, socket)
    said = (await house.ask("POST", f"Subscription/{id}/$get-ws-binding-token", "other")).json()["parameter"]
    token = next(one["valueString"] for one in said if one["name"] == "token")
    await house.house.database.query(f"UPDATE house.actor SET revoked = now() WHERE id = '{holder.id}' RETURNING id")
    await house.put(patient("a"))
    await house.told()
    assert (await state(house, id))[0] == "error"
    assert (socket.heard, socket.ended) == ([], True)
    assert await bind(house.house, {}, late, f"bind-with-token {token}") == 0
    assert "in error" in late.heard[0]


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


async def test_a_period_or_a_time_to_answer_out_of_bounds_is_refused(house: Sandbox, receiver: Receiver) -> None:
    for wrong in ({"heartbeat_period": 1}, {"heartbeat_period": 100_000}, {"timeout": 0}, {"timeout": 61}):
        answer = await house.ask(
            "POST", "Subscription", json=by_topic("Patient", receiver.url, **wrong), headers={"content-type": JSON}
        )
        [name] = wrong
        assert answer.status_code == 422
        [issue] = answer.json()["issue"]
        assert issue["expression"] == ["Subscription.channel.extension"]
        assert f"backport-{name.replace('_', '-')}" in issue["diagnostics"]
    text = by_topic("Patient", receiver.url, timeout=5)
    text["channel"]["extension"][0] = {"url": text["channel"]["extension"][0]["url"], "valueString": "5"}
    answer = await house.ask("POST", "Subscription", json=text, headers={"content-type": JSON})
    assert answer.status_code == 422


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
        (plain("Patient?active=true", here, payload="text/turtle"), "payload"),
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
        assert answer.json()["issue"][0]["expression"][0].startswith("Subscription."), answer.text


async def test_an_element_that_has_extensions_and_no_value_is_asked_for_one(house: Sandbox) -> None:
    unknown = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    told = plain("Patient?active=true", "http://127.0.0.1:9/")
    wrong = [
        ({**without(told, "criteria"), "_criteria": unknown}, "criteria"),
        ({**without(told, "status"), "_status": unknown}, "status"),
        ({**told, "channel": {**without(told["channel"], "type"), "_type": unknown}}, "channel.type"),
        ({**told, "channel": {**told["channel"], "header": [None], "_header": [unknown]}}, "channel.header"),
    ]
    for resource, element in wrong:
        answer = await house.ask("POST", "Subscription", json=resource, headers={"content-type": JSON})
        assert answer.status_code == 422, answer.text
        assert answer.json()["issue"][0]["expression"] == [f"Subscription.{element}"]


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
