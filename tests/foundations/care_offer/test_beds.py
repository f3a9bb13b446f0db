"""Beds: the rules of a measure, the PATCH of a feeder, freshness, tension, alarms."""

from copy import deepcopy
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foundations.care_offer.support import FHIR, HOST, NOW, Offer, extensions

from socle.foundations.care_offer.actions import alarms
from socle.foundations.care_offer.demo import trace_at
from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.capacity import StatutCapacite
from socle.foundations.care_offer.rules import capacities, synchronisation
from socle.foundations.care_offer.rules.capacities import Fraicheur, freshness
from socle.foundations.care_offer.synthetic import capacity
from socle.kernel.audit import Trace
from socle.kernel.outcome import Problem
from socle.kernel.policy import Actor, Means

URL = f"{HOST}/ror/synchro/Location"
OWN = "10B5000001/U03"  # medicine, in the first hospital
PATH = f"Location.extension.where(url='{names.CAPACITY}')"
TENSE = timedelta(hours=12)


# -- rules -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "calm", "tense"),
    [
        (0, Fraicheur.FRAIS, Fraicheur.FRAIS),
        (8, Fraicheur.FRAIS, Fraicheur.FRAIS),
        (10, Fraicheur.FRAIS, Fraicheur.A_RAFRAICHIR),
        (13, Fraicheur.FRAIS, Fraicheur.PERIME),
        (19, Fraicheur.A_RAFRAICHIR, Fraicheur.PERIME),
        (24, Fraicheur.A_RAFRAICHIR, Fraicheur.PERIME),
        (25, Fraicheur.PERIME, Fraicheur.PERIME),
    ],
)
def test_beds_are_counted_once_a_day_twice_in_tension(hours: int, calm: Fraicheur, tense: Fraicheur) -> None:
    counted = NOW - timedelta(hours=hours)
    assert (freshness(counted, False, NOW), freshness(counted, True, NOW)) == (calm, tense)
    assert freshness(None, True, NOW) is Fraicheur.INCONNU


@given(st.integers(0, 10_000))
def test_what_is_late_while_calm_is_late_in_tension(minutes: int) -> None:
    counted = NOW - timedelta(minutes=minutes)
    order = [Fraicheur.FRAIS, Fraicheur.A_RAFRAICHIR, Fraicheur.PERIME]
    assert order.index(freshness(counted, True, NOW)) >= order.index(freshness(counted, False, NOW))


def changed(part: str, value: Any) -> dict[str, Any]:
    """A right measure with one part changed, or without it."""
    bed = deepcopy(capacity("02", 3, NOW, gender="01"))
    bed["extension"] = [one for one in bed["extension"] if one["url"] != part]
    if value is not None:
        bed["extension"].append({"url": part, **value})
    return bed


def code(system: str, said: str) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": said}]}}


WRONG = [
    ("nbCapacity", {"valueInteger": -1}),
    ("nbCapacity", {"valueInteger": 100_001}),
    ("nbCapacity", {"valueString": "3"}),
    ("nbCapacity", None),
    ("capacityStatus", code(names.CAPACITY_STATUS, "09")),
    ("capacityStatus", code("http://other.example", "02")),
    ("capacityType", code(names.CAPACITY_TYPE, "03")),
    ("temporalityCapacity", None),
    ("capacityUpdateDate", {"valueDateTime": "2026-11-02"}),
    ("capacityUpdateDate", {"valueDateTime": "2026-11-02T08:16:00Z"}),  # beyond what a clock may be ahead
    ("capacityUpdateDate", {"valueDateTime": "9999-12-31T23:59:59-14:00"}),  # no such moment in UTC
    ("capacityUpdateDate", {"valueDateTime": "0001-01-01T00:00:00+14:00"}),
    ("genderCapacityAvailable", code(names.GENDER, "03")),
    ("capacityClosingType", code(names.CLOSING_TYPE, "01")),
    ("crisisType", code(names.CRISIS, "01")),
]


@pytest.mark.parametrize(("part", "value"), WRONG)
def test_what_is_wrong_with_a_measure_is_named(part: str, value: Any) -> None:
    with pytest.raises(Problem) as raised:
        capacities.checked([changed(part, value)], NOW)
    assert {issue.code for issue in raised.value.issues} == {"business-rule"}
    assert any(f"extension('{part}')" in issue.expression[0] for issue in raised.value.issues)


@given(st.sampled_from(sorted(StatutCapacite)), st.integers(0, 100_000))
def test_a_right_measure_is_read_as_it_was_written(status: StatutCapacite, number: int) -> None:
    [read] = capacities.checked([capacity(status.value, number, NOW)], NOW)
    assert (read.indicator.status, read.number, read.updated) == (status, number, NOW)


def test_the_same_indicator_is_not_given_twice() -> None:
    with pytest.raises(Problem):
        capacities.checked([capacity("02", 3, NOW), capacity("02", 4, NOW)], NOW)


@pytest.mark.parametrize("first", [True, False])
def test_a_part_is_said_once_whichever_would_be_read(first: bool) -> None:
    bed = capacity("02", 3, NOW)
    bed["extension"].insert(0 if first else len(bed["extension"]), {"url": "nbCapacity", "valueInteger": -5})
    with pytest.raises(Problem, match="nbCapacity"):
        capacities.checked([bed], NOW)


def test_a_part_that_the_extension_does_not_have_is_refused() -> None:
    bed = capacity("02", 3, NOW)
    bed["extension"].append({"url": "nbLits", "valueInteger": 3})
    with pytest.raises(Problem, match="nbLits"):
        capacities.checked([bed], NOW)


def test_a_clock_that_is_a_little_ahead_is_taken() -> None:
    [read] = capacities.checked([capacity("02", 3, NOW + timedelta(minutes=10))], NOW)
    assert freshness(read.updated, True, NOW) is Fraicheur.FRAIS


# -- the PATCH ---------------------------------------------------------------------------------------------------------


def operation(kind: str, bed: dict[str, Any] | None, path: str = PATH) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"name": "type", "valueString": kind}, {"name": "path", "valueString": path}]
    if bed is not None:
        parts.append({"name": "value", "part": [{"extension": [bed]}]})
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}


async def patch(offer: Offer, body: Any, identifier: str = OWN, who: str = "feeder", **more: Any) -> httpx.Response:
    return await offer.ask("PATCH", URL, who, params={"identifier": identifier}, json=body, headers=FHIR, **more)


async def beds(offer: Offer, id: str = "lieu-0-3") -> dict[str, int]:
    """Number of beds by status."""
    place = await offer.get(f"Location/{id}")
    found = [capacities.read(one) for one in extensions(place, names.CAPACITY)]
    return {one.indicator.status: one.number for one in found}


async def test_a_feeder_replaces_first_then_adds(offer: Offer) -> None:
    reserved = capacity("04", 7, NOW)
    refused = await patch(offer, operation("replace", reserved))
    [issue] = refused.json()["issue"]
    assert (refused.status_code, issue["code"], issue["expression"]) == (404, "not-found", [PATH])
    added = await patch(offer, operation("add", reserved))
    assert added.status_code == 200
    assert (await beds(offer))["04"] == 7
    again = await patch(offer, operation("add", reserved))
    assert (again.status_code, again.json()["issue"][0]["code"]) == (400, "business-rule")
    replaced = await patch(offer, operation("replace", capacity("04", 2, NOW)))
    assert replaced.headers["etag"] == 'W/"3"'
    assert (await beds(offer))["04"] == 2


async def test_the_path_names_the_indicator_and_the_value_must_be_the_same(offer: Offer) -> None:
    path = PATH + ".where(extension('capacityStatus').value.coding.where(code = '04').exists())"
    refused = await patch(offer, operation("replace", capacity("03", 7, NOW), path))
    assert (refused.status_code, refused.json()["issue"][0]["code"]) == (400, "business-rule")
    assert (await patch(offer, operation("add", capacity("04", 7, NOW), path))).status_code == 200
    assert (await patch(offer, operation("delete", None, path))).status_code == 200
    assert "04" not in await beds(offer)
    assert (await patch(offer, operation("delete", None, path))).status_code == 404


async def test_a_place_that_nobody_knows_and_one_that_several_are(offer: Offer) -> None:
    unknown = await patch(offer, operation("add", capacity("04", 1, NOW)), "10B5000001/NOWHERE")
    assert (unknown.status_code, unknown.json()["issue"][0]["expression"]) == (404, ["Location"])
    place = await offer.get("Location/lieu-0-3")
    await offer.put({**place, "id": "lieu-double"})
    double = await patch(offer, operation("replace", capacity("04", 1, NOW)))
    assert (double.status_code, double.json()["issue"][0]["code"]) == (412, "multiple-matches")


async def test_what_breaks_a_rule_leaves_the_place_as_it_was(offer: Offer) -> None:
    before = await offer.get("Location/lieu-0-3")
    two = operation("add", capacity("04", 5, NOW))
    two["parameter"] += operation("replace", changed("nbCapacity", {"valueInteger": -1}))["parameter"]
    answer = await patch(offer, two)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "business-rule")
    assert await offer.get("Location/lieu-0-3") == before


async def test_nothing_but_beds_is_changed_here(offer: Offer) -> None:
    answer = await patch(offer, operation("replace", capacity("02", 1, NOW), "Location.name"))
    assert answer.status_code == 400


async def test_a_feeder_counts_its_own_beds_a_region_all_and_the_others_none(offer: Offer) -> None:
    body = operation("add", capacity("04", 1, NOW))
    other = "10B5000019/U00"
    assert (await patch(offer, body, other)).status_code == 403
    assert (await patch(offer, body, other, "region")).status_code == 200
    assert (await patch(offer, body, other, "public")).status_code == 403
    assert (await patch(offer, body, other, "")).status_code == 401


async def test_what_is_no_request_is_refused(offer: Offer) -> None:
    body = operation("add", capacity("04", 1, NOW))
    assert (await patch(offer, body, "no-slash")).status_code == 400
    assert (await patch(offer, {"resourceType": "Patient"})).status_code == 400
    assert (await patch(offer, {"resourceType": "Parameters", "parameter": []})).status_code == 400
    assert (await patch(offer, [])).status_code == 400
    text = await offer.ask(
        "PATCH", URL, "feeder", params={"identifier": OWN}, content="x", headers={"content-type": "text/plain"}
    )
    assert text.status_code == 415
    other = await offer.ask("GET", URL, "feeder", params={"identifier": OWN}, headers={})
    assert (other.status_code, other.headers["allow"]) == (405, "PATCH")
    assert other.json()["resourceType"] == "OperationOutcome"
    said = await offer.ask("PATCH", URL, "feeder", params={"identifier": OWN}, json=body)
    assert said.status_code == 400
    assert "Ror-" in said.json()["issue"][0]["diagnostics"]


@given(st.text(max_size=60))
def test_a_path_is_read_or_refused(text: str) -> None:
    body = operation("add", capacity("04", 1, NOW), f"{PATH}.where({text})")
    [read] = synchronisation.operations(body)
    assert set(read.wanted) <= {"status", "temporality", "gender", "closing", "additional", "crisis", "assignment"}


# -- tension and alarms ------------------------------------------------------------------------------------------------


async def open_alarms(offer: Offer) -> set[str]:
    rows = await offer.house.database.query("SELECT location FROM care_offer.alarm WHERE ended IS NULL")
    return {row["location"] for row in rows}


async def test_an_alarm_is_raised_in_time_and_ends_when_beds_are_counted(offer: Offer) -> None:
    await patch(offer, operation("replace", capacity("03", 9, offer.clock.now)))
    await alarms.watch(offer.house, {})
    assert "lieu-0-3" not in await open_alarms(offer)
    offer.clock.move(hours=25)
    await alarms.watch(offer.house, {})
    assert "lieu-0-3" in await open_alarms(offer)
    assert (await offer.house.health())["foundations.care_offer"].state.value == "degraded"
    await patch(offer, operation("replace", capacity("03", 8, offer.clock.now)))
    assert "lieu-0-3" not in await open_alarms(offer)


async def test_in_tension_an_alarm_comes_twice_as_soon_and_leaves_with_it(offer: Offer) -> None:
    await patch(offer, operation("replace", capacity("03", 9, offer.clock.now)))
    offer.clock.move(hours=13)
    await alarms.watch(offer.house, {})
    assert "lieu-0-3" not in await open_alarms(offer)
    operator = _actor("operator")
    trace = _trace(offer)
    await alarms.declare(offer.house.database, "11", True, "épidémie", by=operator, trace=trace)
    await alarms.watch(offer.house, {})
    assert "lieu-0-3" in await open_alarms(offer)
    offer.clock.move(minutes=1)
    await alarms.declare(offer.house.database, "11", False, "fin", by=operator, trace=_trace(offer))
    await alarms.watch(offer.house, {})
    assert "lieu-0-3" not in await open_alarms(offer)
    rows = await offer.house.database.query("SELECT who, reason FROM care_offer.tension ORDER BY at")
    assert [row["reason"] for row in rows] == ["épidémie", "fin"]


async def test_who_may_not_declare_tension_is_refused_and_a_reason_is_due(offer: Offer) -> None:
    for actor, reason in ((_actor("publisher"), "x"), (_actor("operator"), " ")):
        with pytest.raises(Problem):
            await alarms.declare(offer.house.database, "11", True, reason, by=actor, trace=_trace(offer))


def _actor(role: str) -> Actor:
    return Actor("a", "Agent", frozenset({role}), Means.SYSTEM)


def _trace(offer: Offer) -> Trace:
    return trace_at(offer.clock())
