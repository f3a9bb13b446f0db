"""Access keys: a good key is remembered for a few seconds, a bad one is refused at small cost."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Means
from socle.kernel.rest.api_keys import ApiKeys
from socle.kernel.store.actors import Holder, key_hash

KEY = "socle_" + "a" * 43
HOLDER = Holder("a1", "Éditeur", frozenset({"publisher"}), "Éditions Test", datetime(2026, 1, 1, tzinfo=UTC))


class House:
    """Stored keys, a clock, and a count of the questions asked."""

    def __init__(self) -> None:
        self.stored = {key_hash(KEY): HOLDER}
        self.asked: list[bytes] = []
        self.used: list[Holder] = []
        self.time = 100.0

    async def find(self, hashed: bytes) -> Holder | None:
        self.asked.append(hashed)
        await asyncio.sleep(0)
        return self.stored.get(hashed)

    async def note(self, holder: Holder) -> None:
        self.used.append(holder)

    def keys(self, size: int = 10) -> ApiKeys:
        return ApiKeys(self.find, used=self.note, ttl=5.0, size=size, clock=lambda: self.time)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


async def refusal(keys: ApiKeys, key: str) -> Problem:
    with pytest.raises(Problem) as caught:
        await keys.identify(bearer(key), {})
    return caught.value


async def test_a_known_key_is_its_holder() -> None:
    actor = await House().keys().identify(bearer(KEY), {})
    assert (actor.id, actor.name, actor.structure) == ("a1", "Éditeur", "Éditions Test")
    assert actor.roles == {"publisher"}
    assert actor.means is Means.API_KEY


async def test_the_scheme_is_case_insensitive() -> None:
    actor = await House().keys().identify({"authorization": f"bEARER {KEY}"}, {})
    assert actor.id == "a1"


async def test_no_header_is_nobody() -> None:
    assert await House().keys().identify({}, {}) is ANONYMOUS


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer eyJhbGciOi", "Bearer", "", "socle_x"])
async def test_what_is_not_a_key_of_ours_is_left_to_others(header: str) -> None:
    house = House()
    assert await house.keys().identify({"authorization": header}, {}) is ANONYMOUS
    assert house.asked == []


async def test_an_unknown_key_is_refused_with_a_challenge() -> None:
    problem = await refusal(House().keys(), "socle_unknown")
    assert problem.kind is Kind.UNAUTHENTICATED
    assert problem.headers == (("WWW-Authenticate", 'Bearer realm="socle", error="invalid_token"'),)


async def test_a_known_key_is_asked_once_within_its_time() -> None:
    house = House()
    keys = house.keys()
    for _ in range(3):
        await keys.identify(bearer(KEY), {})
    assert len(house.asked) == 1


async def test_a_revocation_takes_effect_when_the_memory_expires() -> None:
    house = House()
    keys = house.keys()
    await keys.identify(bearer(KEY), {})
    house.stored.clear()
    house.time += 4.9
    assert (await keys.identify(bearer(KEY), {})).id == "a1"
    house.time += 0.2
    assert (await refusal(keys, KEY)).kind is Kind.UNAUTHENTICATED


async def test_forgetting_makes_a_revocation_immediate() -> None:
    house = House()
    keys = house.keys()
    await keys.identify(bearer(KEY), {})
    house.stored.clear()
    keys.forget()
    await refusal(keys, KEY)


async def test_an_unknown_key_is_not_asked_again_at_once() -> None:
    house = House()
    keys = house.keys()
    for _ in range(3):
        await refusal(keys, "socle_unknown")
    assert len(house.asked) == 1


async def test_a_key_made_after_a_wrong_try_is_soon_accepted() -> None:
    house = House()
    keys = house.keys()
    await refusal(keys, "socle_new")
    house.stored[key_hash("socle_new")] = replace(HOLDER, id="a2")
    house.time += 5.1
    assert (await keys.identify(bearer("socle_new"), {})).id == "a2"


async def test_a_flood_of_guesses_drives_out_no_real_key_and_takes_bounded_memory() -> None:
    house = House()
    keys = house.keys(size=10)
    await keys.identify(bearer(KEY), {})
    for guess in range(50):
        await refusal(keys, f"socle_{guess}")
    asked = len(house.asked)
    await keys.identify(bearer(KEY), {})
    assert len(house.asked) == asked
    assert len(keys._unknown) == 10


async def test_the_memory_of_good_keys_is_bounded_too() -> None:
    house = House()
    keys = house.keys(size=10)
    for number in range(30):
        house.stored[key_hash(f"socle_{number}")] = HOLDER
        await keys.identify(bearer(f"socle_{number}"), {})
    assert len(keys._known) == 10


async def test_an_endless_key_is_refused_without_a_look_up() -> None:
    house = House()
    await refusal(house.keys(), "socle_" + "x" * 100_000)
    assert house.asked == []


async def test_requests_that_come_together_ask_once() -> None:
    house = House()
    keys = house.keys()
    actors = await asyncio.gather(*(keys.identify(bearer(KEY), {}) for _ in range(20)))
    assert {actor.id for actor in actors} == {"a1"}
    assert len(house.asked) == 1


async def test_one_caller_that_goes_away_does_not_fail_the_others() -> None:
    house = House()
    keys = house.keys()
    first = asyncio.create_task(keys.identify(bearer(KEY), {}))
    second = asyncio.create_task(keys.identify(bearer(KEY), {}))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).id == "a1"


async def test_the_day_of_use_is_noted_once_per_look_up() -> None:
    house = House()
    keys = house.keys()
    await keys.identify(bearer(KEY), {})
    await keys.identify(bearer(KEY), {})
    assert house.used == [HOLDER]
