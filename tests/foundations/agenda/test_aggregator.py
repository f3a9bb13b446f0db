"""The aggregator of the SAS asks registered publishers at once, each within its patience, and says who did not answer."""

import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from tests.browser import served
from tests.foundations.agenda.support import (
    NOW,
    OTHER_RPPS,
    PLATFORM,
    REGULATOR,
    RPPS,
    AgendasUnderTest,
)

from socle.foundations.care_offer.agenda.actions.aggregating import Aggregated, aggregate
from socle.foundations.care_offer.agenda.actions.listing import forget, listed, register, seal_kept
from socle.foundations.care_offer.agenda.adapters import connect, request_of
from socle.foundations.care_offer.agenda.model.offer import offers
from socle.foundations.care_offer.agenda.rules.forms import Form, Question, question
from socle.foundations.care_offer.agenda.store import publishers
from socle.foundations.care_offer.agenda.store.publishers import FORMS, Publisher
from socle.kernel.outbound.hooks import Reach
from socle.kernel.outcome import Problem
from socle.kernel.seal import Seal

ASKED = Question(
    Form.INDIVIDUAL, NOW, NOW + timedelta(days=2), (RPPS, OTHER_RPPS), frozenset({"Slot:schedule", "Schedule:actor"})
)
SEAL = Seal(bytes(range(32)))
Handler = Callable[[str, dict[str, str]], Awaitable[tuple[int, bytes]]]


def bundle(number: str = OTHER_RPPS, start: str = "2026-03-16T10:00:00+01:00") -> bytes:
    """What another publisher's software answers."""
    resources = [
        {
            "resourceType": "Slot",
            "id": "1636036800",
            "status": "free",
            "start": start,
            "end": start.replace(":00:00", ":20:00"),
            "schedule": {"reference": "Schedule/a"},
            "comment": "https://editeur.test/agenda",
        },
        {
            "resourceType": "Schedule",
            "id": "a",
            "actor": [{"reference": "Practitioner/p"}, {"reference": "PractitionerRole/r"}],
        },
        {
            "resourceType": "Practitioner",
            "id": "p",
            "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": number}],
            "name": [{"family": "AILLEURS", "given": ["Dominique"]}],
        },
        {
            "resourceType": "PractitionerRole",
            "id": "r",
            "contained": [{"resourceType": "Location", "id": "l", "address": {"city": "Ailleurs"}}],
        },
    ]
    entries = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": entries}).encode()


class Software:
    """The servers of other publishers, by the first part of their path; `asked` keeps what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.keys: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        self.asked.append((scope["path"], dict(parse_qsl(scope["query_string"].decode()))))
        self.keys += [value.decode() for name, value in scope["headers"] if name == b"authorization"]
        kind = scope["path"].split("/")[1]
        while kind == "late":  # whoever asks has gone before an answer
            if (await receive())["type"] == "http.disconnect":
                return
        status, body = await self.answer(kind)
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
        await send({"type": "http.response.body", "body": body})

    async def answer(self, kind: str) -> tuple[int, bytes]:
        match kind:
            case "broken":
                return 200, b"<html>"
            case "refuses":
                return 403, b"{}"
            case "beside":
                return 200, bundle("899700000999")
            case "large":
                return 200, b" " * 9_000_000
            case _:
                return 200, bundle()


@pytest.fixture(scope="module")
def software() -> Iterator[tuple[str, Software]]:
    one = Software()
    with served(one) as url:
        yield url, one


async def knows(house: AgendasUnderTest, *made: tuple[str, str]) -> None:
    """Publishers of these (name, base), the house first; they may be on this machine."""
    connect(house.agendas.repository, Reach(loopback=True), SEAL)
    own = publishers.keep(house.agendas, Publisher("house", "Maison", "", FORMS, 10_000, True, NOW))
    await house.database.write("agenda", [own], house.trace())
    for name, base in made:
        await register(
            house.agendas,
            name,
            base,
            patience=300 if base.endswith("/late") else 10_000,
            key="cle-essai",
            by=PLATFORM,
            trace=house.trace(PLATFORM),
        )


async def found(house: AgendasUnderTest, asked: Question = ASKED) -> Aggregated:
    return await aggregate(house.agendas, asked, trace=house.trace(PLATFORM))


async def test_slots_of_the_house_and_of_others_come_together_by_time(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    url, one = software
    await house.open()
    await knows(house, ("Autre éditeur", f"{url}/good"))
    answer = await found(house)
    assert not answer.is_partial
    assert len(answer.offers) == 7
    assert [one.start for one in answer.offers] == sorted(one.start for one in answer.offers)
    other = next(one for one in answer.offers if one.number == OTHER_RPPS)
    assert (other.name, other.city, other.link) == ("Dominique AILLEURS", "Ailleurs", "https://editeur.test/agenda")
    path, parameters = one.asked[-1]
    assert path == "/good/Slot"
    assert parameters["schedule.actor:Practitioner.identifier"].endswith(OTHER_RPPS)
    assert one.keys[-1] == "Bearer cle-essai"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("late", "no answer within 0.3 s"),
        ("broken", "not JSON"),
        ("refuses", "HTTP 403"),
        ("large", "more than"),
    ],
)
async def test_a_publisher_that_does_not_answer_is_said_and_the_others_are_shown(
    house: AgendasUnderTest, software: tuple[str, Software], kind: str, reason: str
) -> None:
    await house.open()
    await knows(house, ("Muet", f"{software[0]}/{kind}"))
    answer = await found(house)
    assert answer.is_partial
    assert len(answer.offers) == 6
    [silent] = [one for one in answer.said if one.reason]
    assert silent.reason.startswith(reason)
    kept = {one.name: one.answer for one in await listed(house.agendas)}
    assert kept["Maison"] == "6"
    assert kept["Muet"].startswith(reason)


async def test_a_slot_beside_the_question_is_left_out_and_counted(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    await knows(house, ("À côté", f"{software[0]}/beside"))
    answer = await found(house)
    assert answer.offers == ()
    assert [one.left for one in answer.said if one.publisher.name == "À côté"] == [1]


async def test_more_professionals_than_a_request_takes_are_asked_in_several(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    url, one = software
    await knows(house, ("Autre éditeur", f"{url}/good"))
    before = len(one.asked)
    await found(house, replace(ASKED, numbers=tuple(f"8997{n:08}" for n in range(60))))
    assert len(one.asked) - before == 3


async def test_the_aggregation_is_an_operation_of_the_sas(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    await house.open()
    await knows(house, ("Muet", f"{software[0]}/late"))
    answer = await house.sas.get(
        "$aggregate",
        params=[
            ("start", "ge2026-03-16"),
            ("start", "le2026-03-17"),
            ("status", "free"),
            ("schedule.actor:Practitioner.identifier", f"urn:oid:1.2.250.1.71.4.2.1|{RPPS}"),
        ],
        headers={"x-who": "sas"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == 6
    outcome = answer.json()["entry"][-1]["resource"]
    assert outcome["issue"][0]["code"] == "incomplete"
    assert "Muet" in outcome["issue"][0]["diagnostics"]


def test_a_request_is_written_as_the_guide_writes_it() -> None:
    path, _, query = request_of(ASKED).partition("?")
    asked = question(path, parse_qsl(query))
    assert asked == ASKED
    places = replace(ASKED, form=Form.SOS, numbers=("333417374840002",))
    path, _, query = request_of(places).partition("?")
    assert question(path, parse_qsl(query)).numbers == places.numbers


def test_what_is_not_whole_in_an_answer_is_no_offer() -> None:
    whole = json.loads(bundle())["entry"]
    for left_out in range(3):
        part = [entry["resource"] for rank, entry in enumerate(whole) if rank != left_out]
        assert [one for one in offers("x", part) if one.number] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"base": "ftp://editeur.test"}, "base"),
        ({"base": "http://169.254.169.254/fhir"}, "base"),
        ({"forms": ()}, "forms"),
        ({"patience": 5}, "patience"),
        ({"key": "clé accentuée"}, "key"),
    ],
)
async def test_what_is_wrong_with_a_publisher_is_named(
    house: AgendasUnderTest, change: dict[str, Any], field: str
) -> None:
    connect(house.agendas.repository, Reach(), SEAL)
    asked = {"name": "Éditeur", "base": "https://editeur.test/fhir", **change}
    with pytest.raises(Problem) as caught:
        await register(house.agendas, **asked, by=PLATFORM, trace=house.trace(PLATFORM))
    assert field in [one for issue in caught.value.issues for one in issue.expression]
    assert await listed(house.agendas) == []


async def test_only_who_keeps_the_list_changes_it(house: AgendasUnderTest) -> None:
    await knows(house)
    with pytest.raises(Problem, match=r"sas\.publishers"):
        await register(house.agendas, "X", "https://x.test", by=REGULATOR, trace=house.trace(REGULATOR))
    with pytest.raises(Problem):
        await forget(house.agendas, "house", by=PLATFORM, trace=house.trace(PLATFORM))
    assert len(await listed(house.agendas)) == 1


async def test_a_publisher_s_key_lies_nowhere_in_clear(house: AgendasUnderTest, software: tuple[str, Software]) -> None:
    await knows(house, ("Autre éditeur", f"{software[0]}/good"))
    await found(house)
    for table in await house.database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'agenda'"):
        rows = await house.database.query(f"SELECT t::text AS row FROM agenda.{table['tablename']} t")
        assert not [row for row in rows if "cle-essai" in row["row"]], table
    assert "cle-essai" not in repr(await listed(house.agendas))


async def test_a_key_is_kept_while_its_address_stays_and_asked_for_again_when_it_changes(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    url, one = software
    await knows(house, ("Autre éditeur", f"{url}/good"))
    id = (await listed(house.agendas))[1].id
    trace = house.trace(PLATFORM)
    await register(house.agendas, "Renommé", f"{url}/good", patience=10_000, id=id, by=PLATFORM, trace=trace)
    before = len(one.keys)
    await found(house)
    assert one.keys[before:] == ["Bearer cle-essai"]
    with pytest.raises(Problem) as caught:
        await register(house.agendas, "Renommé", f"{url}/elsewhere", id=id, by=PLATFORM, trace=trace)
    assert [issue.expression for issue in caught.value.issues] == [("key",)]


async def test_a_key_moved_in_the_database_to_another_address_is_not_sent_there(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    url, one = software
    await knows(house, ("Autre éditeur", f"{url}/good"))
    moved = "UPDATE agenda.publisher SET base = $1 WHERE base <> ''"
    await house.database.write("agenda", [(moved, (f"{url}/elsewhere",))], house.trace())
    before = len(one.keys)
    answer = await found(house)
    assert one.keys[before:] == []
    assert "give it again" in next(said.reason for said in answer.said if said.reason)


async def test_keys_that_an_earlier_house_left_in_clear_are_sealed(
    house: AgendasUnderTest, software: tuple[str, Software]
) -> None:
    url, one = software
    await knows(house, ("Autre éditeur", f"{url}/good"))
    old = "UPDATE agenda.publisher SET key = 'cle-ancienne', sealed = '' WHERE base <> ''"
    await house.database.write("agenda", [(old, ())], house.trace())
    assert await seal_kept(house.agendas, trace=house.trace()) == 1
    assert await seal_kept(house.agendas, trace=house.trace()) == 0
    before = len(one.keys)
    await found(house)
    assert one.keys[before:] == ["Bearer cle-ancienne"]
