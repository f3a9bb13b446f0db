"""Reports of anomalies: their life as a table, then over FHIR."""

from itertools import product
from typing import Any

import pytest
from tests.foundations.care_offer.support import FHIR, PROFILES, Offer, headers

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.anomaly import StatutAnomalie as S
from socle.foundations.care_offer.rules import anomalies as rules
from socle.kernel.outcome import Allowed, Refused

BOTH: frozenset[rules.Party] = frozenset({"reporter", "owner"})


def test_every_state_has_a_row_a_status_and_a_name() -> None:
    assert set(rules.TABLE) == set(rules.TASK) == set(rules.LABELS) == set(S)


@pytest.mark.parametrize(("before", "after"), list(product(S, S)))
def test_a_report_lives_by_the_table(before: S, after: S) -> None:
    party = rules.TABLE[before].get(after)
    assert isinstance(rules.may_pass(before, after, BOTH), Refused if party is None else Allowed)
    if party is not None:
        other: rules.Party = "owner" if party == "reporter" else "reporter"
        assert isinstance(rules.may_pass(before, after, frozenset({other})), Refused)


def test_every_state_is_reached_and_what_is_open_can_end() -> None:
    def reached(start: S) -> set[S]:
        found, waiting = {start}, [start]
        while waiting:
            for one in rules.TABLE[waiting.pop()]:
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return found

    assert reached(S.CREE) == set(S)
    ends = {one for one, row in rules.TABLE.items() if not row}
    assert all(reached(one) & ends or one in rules.ANSWERS for one in S)


def report(**more: Any) -> dict[str, Any]:
    """A report as a consumer sends it."""
    return {
        "resourceType": "Task",
        "status": "in-progress",
        "businessStatus": {"coding": [{"system": names.ANOMALY_STATUS, "code": "02"}]},
        "intent": "order",
        "code": {"coding": [{"system": names.ANOMALY_THEME, "code": "06"}]},
        "description": "Le téléphone n'est plus attribué.",
        "focus": {"reference": "HealthcareService/offre-0-1"},
        "authoredOn": "2026-11-02T08:00:00+00:00",
        "lastModified": "2026-11-02T08:00:00+00:00",
        "reasonCode": {"coding": [{"system": names.ANOMALY_ACTION, "code": "COR"}]},
        "input": [
            {
                "type": {"coding": [{"system": names.TASK_INPUT, "code": "systemRequester"}]},
                "valueString": "Logiciel",
            }
        ],
        **more,
    }


async def send(offer: Offer, who: str, task: dict[str, Any], method: str = "POST", url: str = "Task") -> Any:
    return await offer.ask(method, url, who, json=task, headers={**headers(PROFILES[who]), **FHIR})


async def test_a_consumer_reports_and_reads_its_own_reports_only(offer: Offer) -> None:
    sent = await send(offer, "profil2", report())
    assert sent.status_code == 201, sent.text
    task = sent.json()
    assert await offer.ids("Task", "profil2") == [task["id"]]
    assert await offer.ids("Task", "profil4") == []
    assert (await offer.ask("GET", f"Task/{task['id']}", "profil4")).status_code == 404
    assert await offer.ids("Task", "owner") == [task["id"]]
    stranger = await send(offer, "profil4", task, "PUT", f"Task/{task['id']}")
    assert stranger.status_code == 404


async def test_each_party_moves_it_as_the_table_says(offer: Offer) -> None:
    task = (await send(offer, "profil2", report())).json()
    url = f"Task/{task['id']}"

    async def move(who: str, to: S) -> int:
        now = await offer.get(url, "owner")
        moved = {**now, "businessStatus": {"coding": [{"system": names.ANOMALY_STATUS, "code": to.value}]}}
        answer = await send(offer, who, moved, "PUT", url)
        return int(answer.status_code)

    assert await move("profil2", S.CORRIGE) == 422
    assert await move("owner", S.CORRIGE) == 200
    assert (await offer.get(url, "profil2"))["status"] == "completed"
    assert await move("owner", S.A_VERIFIER) == 422
    assert await move("profil2", S.A_VERIFIER) == 200
    assert await move("owner", S.TOLERE_DEFINITIVEMENT) == 422
    changed = {**(await offer.get(url, "owner")), "focus": {"reference": "HealthcareService/offre-0-0"}}
    assert (await send(offer, "owner", changed, "PUT", url)).status_code == 422
    assert (await offer.ask("DELETE", url, "owner", headers=headers(1))).status_code == 405


@pytest.mark.parametrize(
    ("more", "status", "expression"),
    [
        ({"focus": {"reference": "HealthcareService/nobody"}}, 404, "Task.focus"),
        ({"description": " "}, 400, "Task.description"),
        ({"code": {"coding": [{"code": "99"}]}}, 400, "Task.code"),
        ({"businessStatus": {"coding": [{"system": names.ANOMALY_STATUS, "code": "08"}]}}, 400, "Task.businessStatus"),
    ],
)
async def test_what_is_wrong_with_a_report_is_named(
    offer: Offer, more: dict[str, Any], status: int, expression: str
) -> None:
    answer = await send(offer, "profil2", report(**more))
    assert answer.status_code == status, answer.text
    assert expression in answer.text
