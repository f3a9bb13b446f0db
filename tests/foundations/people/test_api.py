"""The FHIR API, as the national one: key in its header, search parameters, links, increments, pace."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from tests.foundations.people.conftest import KEY, Directory, asked
from tests.foundations.people.files import RPPS

from socle.foundations.people.api import ENDPOINT
from socle.kernel.rest.pace import Pace
from socle.kernel.store.actors import KEY_PREFIX


async def found(api: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    answer = await api.get(path)
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


def names(people: list[dict[str, Any]]) -> set[str]:
    return {one["name"][0]["family"] for one in people if one["resourceType"] == "Practitioner"}


async def test_without_a_key_nobody_learns_anything(api: httpx.AsyncClient) -> None:
    del api.headers["ESANTE-API-KEY"]
    assert (await api.get("/Practitioner")).status_code == 401
    api.headers["ESANTE-API-KEY"] = KEY_PREFIX + "wrong"
    assert (await api.get("/Practitioner")).status_code == 401


async def test_who_has_no_key_is_told_in_which_header_it_is_given(api: httpx.AsyncClient) -> None:
    api.headers["ESANTE-API-KEY"] = "f5a1"
    of_another_house = await api.get("/Practitioner")
    del api.headers["ESANTE-API-KEY"]
    for refused in (of_another_house, await api.get("/Practitioner")):
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert "ESANTE-API-KEY" in refused.json()["issue"][0]["diagnostics"]


async def test_every_published_search_parameter_is_offered(api: httpx.AsyncClient) -> None:
    published = {
        "Organization": "_id _lastUpdated active address address-city address-line address-postalcode data-information-system "
        "data-registration-authority identifier identifier-type mailbox-mss name partof pharmacy-licence type",
        "Device": "_id _lastUpdated data-information-system data-registration-authority identifier manufacturer model "
        "organization status type",
        "Practitioner": "_id _lastUpdated active data-information-system data-registration-authority family given identifier "
        "identifier-type mailbox-mss name number-smartcard qualification-code type-smartcard",
        "PractitionerRole": "_id _lastUpdated active data-information-system data-registration-authority identifier "
        "mailbox-mss organization practitioner role",
        "HealthcareService": "_id _lastUpdated _profile active characteristic data-information-system "
        "data-registration-authority identifier organization service-category service-type",
    }
    statement = (await api.get("/metadata")).json()
    offered = {one["type"]: {p["name"] for p in one["searchParam"]} for one in statement["rest"][0]["resource"]}
    for kind, parameters in published.items():
        assert set(parameters.split()) <= offered[kind], kind
    assert all("create" not in str(one["interaction"]) for one in statement["rest"][0]["resource"])


@pytest.mark.parametrize(
    ("query", "who"),
    [
        (f"identifier=https://rpps.esante.gouv.fr|{RPPS[0]}", {"MARTIN-LÉVY"}),
        (f"identifier=8{RPPS[1]}", {"DURAND"}),
        ("name=hel", {"MARTIN-LÉVY"}),
        ("family=martin", {"MARTIN-LÉVY"}),
        ("family:exact=PETIT", {"PETIT"}),
        ("given:contains=ean", {"PETIT"}),
        ("qualification-code=10,21", {"MARTIN-LÉVY", "DURAND"}),
        ("qualification-code=SM54", {"MARTIN-LÉVY"}),
        ("data-information-system=RPPS", {"MARTIN-LÉVY", "DURAND", "PETIT"}),
        ("data-registration-authority=CNOP", {"DURAND"}),
        ("identifier-type=IDNPS&name=durand", {"DURAND"}),
        ("_has:PractitionerRole:practitioner:organization.address-city=lyon&qualification-code=60", {"PETIT"}),
        ("_has:PractitionerRole:practitioner:organization.address-postalcode=38000", {"DURAND"}),
        ("town=lyon&qualification-code=60", {"PETIT"}),
        ("town=grenoble", {"DURAND"}),
    ],
)
async def test_people_are_found(api: httpx.AsyncClient, query: str, who: set[str]) -> None:
    assert names(await found(api, f"/Practitioner?{query}")) == who


async def test_situations_are_found_with_whom_and_where(api: httpx.AsyncClient) -> None:
    role = (
        "PractitionerRole?role=https://mos.esante.gouv.fr/NOS/TRE_R23-ModeExercice/FHIR/TRE-R23-ModeExercice|S"
        "&_include=PractitionerRole:practitioner&_include=PractitionerRole:organization"
    )
    answer = await found(api, f"/{role}")
    assert sorted(one["resourceType"] for one in answer) == ["Organization", "Practitioner", "PractitionerRole"]
    with_roles = await found(api, "/Organization?address-insee=38185&_revinclude=PractitionerRole:organization")
    assert [one["resourceType"] for one in with_roles] == ["Organization", "PractitionerRole"]
    assert await found(api, "/Organization?address-line:contains=lilas&type=SA07")


async def test_post_searches_too(api: httpx.AsyncClient) -> None:
    answer = await api.post("/Practitioner/_search", data={"family": "petit"})
    assert names([entry["resource"] for entry in answer.json()["entry"]]) == {"PETIT"}


async def test_links_go_forward_only_by_an_opaque_page(api: httpx.AsyncClient) -> None:
    first = (await api.get("/Practitioner?_count=2&_total=accurate&active=true")).json()
    links = {link["relation"]: link["url"] for link in first["link"]}
    assert (first["total"], set(links)) == (3, {"self", "next"})
    assert links["next"].startswith("http://socle.test/annuaire/fhir/v2/_page?id=")
    second = (await api.get(links["next"])).json()
    assert {link["relation"] for link in second["link"]} == {"self"}
    everyone = [entry["resource"] for page in (first, second) for entry in page["entry"]]
    assert names(everyone) == {"MARTIN-LÉVY", "DURAND", "PETIT"}
    assert (await api.get("/_page?id=other")).status_code == 400


async def test_elements_are_marked_as_a_part(api: httpx.AsyncClient) -> None:
    [one] = await found(api, "/Practitioner?family=petit&_elements=identifier")
    assert "name" not in one
    assert one["meta"]["tag"][0]["code"] == "SUBSETTED"


@pytest.mark.parametrize("query", ["speciality=SM54", "_since=2026-01-01"])
async def test_parameters_that_do_not_exist_are_refused(api: httpx.AsyncClient, query: str) -> None:
    answer = await api.get(f"/Practitioner?{query}")
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == [f"http.{query.partition('=')[0]}"]


async def test_nothing_is_written_but_mailboxes(api: httpx.AsyncClient) -> None:
    assert (await api.post("/Practitioner", json={"resourceType": "Practitioner"})).status_code == 405
    assert (await api.delete("/Practitioner/1")).status_code == 405
    assert (await api.patch("/Device/1", json={})).status_code == 405


async def test_one_application_may_not_call_more_often_than_its_pace(directory: Directory) -> None:
    from dataclasses import replace

    endpoint = replace(ENDPOINT, pace=lambda: 2.0)
    async with asked(directory, endpoint) as client:
        client.headers["ESANTE-API-KEY"] = KEY
        statuses = [(await client.get("/Practitioner")).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        refused = await client.get("/Practitioner")
        assert (refused.headers["retry-after"], refused.json()["issue"][0]["code"]) == ("1", "throttled")
        directory.now += timedelta(seconds=1)
        assert (await client.get("/Practitioner")).status_code == 200


def test_a_pace_of_nothing_lets_everyone_through() -> None:
    pace = Pace(0)
    assert all(pace.wait("one", datetime(2026, 1, 1, tzinfo=UTC)) == 0 for _ in range(100))


@pytest.mark.parametrize("written", ["Lyon 3e", "LYÔN", "lyon cedex"])
async def test_a_town_that_is_written_otherwise_is_told(api: httpx.AsyncClient, written: str) -> None:
    answer = (await api.get("/Practitioner", params={"town": written})).json()
    assert answer["total"] == 0
    [issue] = answer["entry"][0]["resource"]["issue"]
    assert issue["diagnostics"].endswith("town=lyon.")
    assert await found(api, "/Practitioner?town=lyon")
    assert "entry" not in (await api.get("/Practitioner", params={"town": "nullepart"})).json()
