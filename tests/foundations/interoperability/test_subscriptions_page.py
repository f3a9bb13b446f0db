"""`/interoperability/abonnements`: an operator sees what does not arrive, sends it again, or drops it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from tests.browser import browser
from tests.clock import Clock
from tests.foundations.interoperability.houses import HOST, START, Sandbox, house_database, opened_sandbox
from tests.foundations.interoperability.living import Application, living, shown
from tests.foundations.interoperability.receivers import Receiver, receiving
from tests.foundations.interoperability.subscribing import JSON, by_topic, numbers, state, subscribed
from tests.foundations.interoperability.test_export import patient

from socle.kernel.store.embedded import EmbeddedPostgres

__all__ = ["browser"]
URL = f"{HOST}/interoperability/abonnements"


@pytest.fixture
async def house(postgres: EmbeddedPostgres, house_template: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with (
        house_database(postgres, house_template) as dsn,
        opened_sandbox(dsn, tmp_path, Clock(START), demo=True) as opened,
    ):
        yield opened


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as there:
        yield there


async def in_trouble(house: Sandbox, receiver: Receiver) -> str:
    """A subscription in error, with a dead letter and an event that waits."""
    id = await subscribed(house, by_topic("Patient?active=true", receiver.url + "?token=secret"))
    receiver.status = 503
    await house.put(patient("a", active=True))
    await house.put(patient("b", active=True))
    while (await state(house, id))[0] == "active":
        await house.told()
        house.clock.move(minutes=11)
    receiver.status = 200
    receiver.letters.clear()
    return id


async def press(house: Sandbox, id: str, what: str, number: str, who: str = "operator") -> httpx.Response:
    return await house.ask("POST", URL, who, data={"abonnement": id, "quoi": what, "numero": number})


async def test_what_does_not_arrive_is_shown_and_no_secret_is(house: Sandbox, receiver: Receiver) -> None:
    assert "Aucun abonnement" in (await house.ask("GET", URL, "operator")).text
    await in_trouble(house, receiver)
    page = (await house.ask("GET", URL, "operator")).text
    assert "en erreur" in page
    assert "le destinataire a répondu HTTP 503, au lieu de 2xx" in page
    assert "1 lettre morte" in page
    assert "Patient?active=true" in page
    assert "secret" not in page
    assert "Dead letters" in (await house.ask("GET", f"{URL}?lang=en", "operator")).text


async def test_why_nothing_arrives_is_told_in_a_sentence(house: Sandbox, receiver: Receiver) -> None:
    await subscribed(house, by_topic("Patient?active=true", receiver.url))
    await receiver.down()
    await house.put(patient("1", active=True))
    await house.told()
    assert "personne ne répond à cette adresse" in (await house.ask("GET", URL, "operator")).text


async def test_a_letter_is_sent_again_before_those_that_wait(house: Sandbox, receiver: Receiver) -> None:
    id = await in_trouble(house, receiver)
    assert (await press(house, id, "renvoyer", "1")).status_code == 303
    await house.told()
    assert numbers(receiver) == [1, 2]
    assert (await state(house, id))[0] == "active"


async def test_a_letter_is_dropped_and_those_that_wait_are_sent(house: Sandbox, receiver: Receiver) -> None:
    id = await in_trouble(house, receiver)
    assert (await press(house, id, "abandonner", "1")).status_code == 303
    await house.told()
    assert numbers(receiver) == [2]
    [event] = [one for one in await house.events() if one.trace.interaction == "subscription:abandonner"]
    assert (event.entities, event.query) == ((f"Subscription/{id}",), "drop=1")


async def test_all_letters_are_dropped_at_once(house: Sandbox, receiver: Receiver) -> None:
    id = await subscribed(house, by_topic("Patient", receiver.url, max_count=10))
    receiver.status = 503
    await house.fill(patient(str(n)) for n in range(3))
    while (await state(house, id))[0] == "active":
        await house.told()
        house.clock.move(minutes=11)
    receiver.status = 200
    receiver.letters.clear()
    assert "Tout abandonner" in (await house.ask("GET", URL, "operator")).text
    assert (await press(house, id, "abandonner", "")).status_code == 303
    await house.told()
    assert (await state(house, id))[0] == "active"
    assert receiver.letters == []
    assert "lettre morte" not in (await house.ask("GET", URL, "operator")).text


async def test_a_subscription_that_its_owner_switched_off_stays_off(house: Sandbox, receiver: Receiver) -> None:
    id = await in_trouble(house, receiver)
    off = {**by_topic("Patient?active=true", receiver.url), "id": id, "status": "off"}
    assert (await house.ask("PUT", f"Subscription/{id}", json=off, headers={"content-type": JSON})).status_code == 200
    page = (await house.ask("GET", URL, "operator")).text
    assert "Abandonner" in page
    assert "Renvoyer" not in page
    refused = await press(house, id, "renvoyer", "1")
    assert refused.status_code == 422
    assert "éteint" in refused.text
    assert (await press(house, id, "abandonner", "1")).status_code == 303
    await house.told()
    assert (await state(house, id))[0] == "off"
    assert receiver.letters == []


async def test_only_an_operator_comes_here(house: Sandbox, receiver: Receiver) -> None:
    assert (await house.ask("GET", URL, "")).status_code == 401
    assert (await house.ask("GET", URL, "publisher")).status_code == 403
    assert (await press(house, "x", "renvoyer", "", "publisher")).status_code == 403
    assert (await press(house, "x", "renvoyer", "")).status_code == 404
    assert (await press(house, "x", "brûler", "")).status_code == 400


@pytest.fixture(scope="module")
def troubled(
    postgres: EmbeddedPostgres, house_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Application, str]]:
    """The application of a house in trouble, and an operator's key."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Sandbox]:
        async with (
            house_database(postgres, house_template) as dsn,
            opened_sandbox(dsn, tmp_path_factory.mktemp("troubled"), Clock(START), demo=True) as house,
            receiving() as receiver,
        ):
            await in_trouble(house, receiver)
            await subscribed(house, by_topic("Observation?code=http://loinc.org|29463-7", receiver.url))
            yield house

    with living(opened) as found:
        yield found


@pytest.mark.browser
@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)])
def test_in_a_browser(browser: Any, troubled: tuple[Application, str], phone: bool, dark: bool) -> None:
    with shown(browser, troubled, "/interoperability/abonnements?lang=fr", phone=phone, dark=dark) as seen:
        assert seen.get_by_role("heading", level=1).inner_text() == "Abonnements du bac à sable"
        expect(seen.get_by_role("button", name="Renvoyer", exact=True)).to_have_count(1)
