"""Subscriptions of tests: how they are written, a house and a receiver for them, what arrived."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.clock import Clock
from tests.foundations.interoperability.houses import START, Sandbox, house_database, opened_sandbox
from tests.foundations.interoperability.receivers import Receiver, kind, receiving

from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.subscription.topics import CHANGE

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
