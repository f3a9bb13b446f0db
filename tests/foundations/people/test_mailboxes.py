"""Operators declare mailboxes by PATCH: telecom only, the red list out of sight, one holder at a time."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.foundations.people.conftest import KEY, Directory, asked
from tests.foundations.people.files import DURAND, MARTIN, PETIT, RPPS, archive

from socle.foundations.people.model import BAL, TypeBAL
from socle.foundations.people.store.fhir import MAILBOX, mailbox

PERSON = f"/Practitioner?identifier=https://rpps.esante.gouv.fr|{RPPS[0]}"
ADDRESS = "helene.martin@exemple.mssante.fr"


@pytest.fixture
async def api(directory: Directory, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    await directory.load(archive(tmp_path, [MARTIN, DURAND, PETIT]))
    async with asked(directory) as client:
        client.headers["ESANTE-API-KEY"] = KEY
        client.headers["Content-Type"] = "application/fhir+json"
        yield client


def operations(*some: dict[str, Any]) -> dict[str, Any]:
    """A FHIRPath Patch."""
    parts = [
        {
            "name": "operation",
            "part": [
                {
                    "name": name,
                    ("valueCode" if name == "type" else "valueString" if isinstance(value, str) else key): value,
                }
                for name, (key, value) in (
                    (n, v if isinstance(v, tuple) else ("valueString", v)) for n, v in one.items()
                )
            ],
        }
        for one in some
    ]
    return {"resourceType": "Parameters", "parameter": parts}


def added(bal: BAL, kind: str = "Practitioner") -> dict[str, Any]:
    return {"type": "add", "path": kind, "name": "telecom", "value": ("valueContactPoint", mailbox(bal))}


def of(kind: str, address: str) -> str:
    return f"{kind}.telecom.where(value = '{address}')"


async def shown(api: httpx.AsyncClient) -> list[str]:
    [entry] = (await api.get(PERSON)).json()["entry"]
    return [point["value"] for point in entry["resource"].get("telecom", [])]


async def test_a_mailbox_is_added_described_and_removed(api: httpx.AsyncClient) -> None:
    answer = await api.patch(PERSON, json=operations(added(BAL(ADDRESS, TypeBAL.PER, rang=1))))
    assert answer.status_code == 200, answer.text
    assert await shown(api) == [ADDRESS]
    found = (await api.get(f"/Practitioner?mailbox-mss={ADDRESS}&mailbox-mss-type=PER&town=lyon")).json()
    assert found["entry"][0]["resource"]["telecom"][0]["rank"] == 1
    gone = await api.patch(PERSON, json=operations({"type": "delete", "path": of("Practitioner", ADDRESS)}))
    assert gone.status_code == 200
    assert await shown(api) == []


async def test_a_mailbox_on_the_red_list_leaves_the_public_view_and_can_come_back(api: httpx.AsyncClient) -> None:
    await api.patch(PERSON, json=operations(added(BAL(ADDRESS, TypeBAL.PER))))
    red = mailbox(BAL(ADDRESS, TypeBAL.PER, liste_rouge=True))
    replaced = {"type": "replace", "path": of("Practitioner", ADDRESS), "value": ("valueContactPoint", red)}
    answer = await api.patch(PERSON, json=operations(replaced))
    assert answer.status_code == 200, answer.text
    assert ADDRESS not in answer.text
    assert await shown(api) == []
    assert "entry" not in (await api.get(f"/Practitioner?mailbox-mss={ADDRESS}")).json()
    path = f"{of('Practitioner', ADDRESS)}.extension('{MAILBOX}').extension('listeRouge').value"
    back = {"type": "replace", "path": path, "value": ("valueBoolean", False)}
    assert (await api.patch(PERSON, json=operations(back))).status_code == 200
    assert await shown(api) == [ADDRESS]


async def test_two_holders_are_too_many(api: httpx.AsyncClient) -> None:
    patch = operations(added(BAL(ADDRESS, TypeBAL.PER)))
    answer = await api.patch("/Practitioner?active=true", json=patch)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (412, "multiple-matches")
    assert (await api.patch("/Practitioner?identifier=unknown", json=patch)).status_code == 404
    assert await shown(api) == []


@pytest.mark.parametrize(
    ("operation", "expression"),
    [
        ({"type": "replace", "path": "Practitioner.name.family", "value": "AUTRE"}, "Practitioner.name"),
        ({"type": "delete", "path": "Practitioner.qualification[0]"}, "Practitioner.qualification"),
        (added(BAL(ADDRESS, TypeBAL.ORG)), "Practitioner.telecom[0].extension"),
        (added(BAL("helene.martin", TypeBAL.PER)), "Practitioner.telecom[0].value"),
        (
            {
                "type": "add",
                "path": "Practitioner",
                "name": "telecom",
                "value": ("valueContactPoint", {"system": "phone", "value": "0400000000"}),
            },
            "Practitioner.telecom",
        ),
    ],
)
async def test_anything_else_is_refused_with_its_place(
    api: httpx.AsyncClient, operation: dict[str, Any], expression: str
) -> None:
    answer = await api.patch(PERSON, json=operations(operation))
    assert answer.status_code == 422, answer.text
    assert answer.json()["issue"][0]["expression"] == [expression]


async def test_neither_address_nor_kind_of_a_mailbox_changes(api: httpx.AsyncClient) -> None:
    await api.patch(PERSON, json=operations(added(BAL(ADDRESS, TypeBAL.PER))))
    for other in (BAL("autre@exemple.mssante.fr", TypeBAL.PER), BAL(ADDRESS, TypeBAL.CAB)):
        change = {
            "type": "replace",
            "path": of("Practitioner", ADDRESS),
            "value": ("valueContactPoint", mailbox(other)),
        }
        assert (await api.patch(PERSON, json=operations(change))).status_code == 422
    assert await shown(api) == [ADDRESS]


async def test_an_address_has_one_holder(api: httpx.AsyncClient) -> None:
    patch = operations(added(BAL(ADDRESS, TypeBAL.PER)))
    assert (await api.patch(PERSON, json=patch)).status_code == 200
    other = f"/Practitioner?identifier=https://rpps.esante.gouv.fr|{RPPS[1]}"
    assert (await api.patch(other, json=patch)).status_code == 409


async def test_situations_and_structures_carry_theirs(api: httpx.AsyncClient) -> None:
    role = (await api.get("/PractitionerRole?_count=1")).json()["entry"][0]["resource"]["id"]
    answer = await api.patch(
        f"/PractitionerRole/{role}", json=operations(added(BAL(ADDRESS, TypeBAL.PER), "PractitionerRole"))
    )
    assert answer.status_code == 200, answer.text
    place = "/Organization?name=pharmacie"
    bal = BAL("pharmacie@exemple.mssante.fr", TypeBAL.ORG, "Comptoir")
    answer = await api.patch(place, json=operations(added(bal, "Organization")))
    assert answer.status_code == 200, answer.text
    assert {point["system"] for point in answer.json()["telecom"]} == {"phone", "email"}


async def test_a_load_keeps_the_mailboxes(api: httpx.AsyncClient, directory: Directory, tmp_path: Path) -> None:
    await api.patch(PERSON, json=operations(added(BAL(ADDRESS, TypeBAL.PER))))
    renamed = {**MARTIN, "Prénom d'exercice": "Hélène-Anne"}
    await directory.load(archive(tmp_path, [renamed, DURAND, PETIT], name="PS_LibreAcces_2.zip"))
    assert await shown(api) == [ADDRESS]
    [entry] = (await api.get(PERSON)).json()["entry"]
    assert entry["resource"]["name"][0]["given"] == ["Hélène-Anne"]
