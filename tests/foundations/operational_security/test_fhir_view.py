"""`/audit/fhir`: the traces as AuditEvents, for those who may read them, and never without a trace."""

from base64 import b64decode
from typing import Any
from urllib.parse import quote

import asyncpg
from tests.foundations.operational_security.conftest import Desk

from socle.kernel.audit import Action, Outcome
from socle.kernel.fhir.check import check

SANDBOX = "http://socle.test/audit/fhir/AuditEvent?site=sandbox"


def resources(bundle: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle.get("entry", [])]


def ids(bundle: dict[str, Any]) -> list[str]:
    return [resource["id"] for resource in resources(bundle)]


async def search(desk: Desk, query: str) -> list[str]:
    answer = await desk.get(f"{SANDBOX}&{query}")
    assert answer.status_code == 200, answer.text
    return [name.removeprefix("sandbox-1-") for name in ids(answer.json())]


async def test_a_trace_is_read_by_its_name(desk: Desk) -> None:
    answer = await desk.get("/audit/fhir/AuditEvent/sandbox-1-3")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+json")
    resource = answer.json()
    assert resource["id"] == "sandbox-1-3"
    assert resource["recorded"] == "2026-03-01T08:03:00.000Z"
    assert resource["agent"][0]["who"]["identifier"]["value"] == "actor-a"


async def test_references_lead_to_the_register_that_they_belong_to(desk: Desk) -> None:
    resource = (await desk.get("/audit/fhir/AuditEvent/sandbox-1-3")).json()
    assert resource["entity"][0]["what"]["reference"] == "http://socle.test/sandbox/fhir/Patient/0"


async def test_an_unknown_name_is_not_found(desk: Desk) -> None:
    for name in ("sandbox-1-99", "sandbox-1", "nowhere-1-1"):
        answer = await desk.get(f"/audit/fhir/AuditEvent/{name}")
        assert answer.status_code == 404
        assert answer.json()["resourceType"] == "OperationOutcome"


async def test_every_answer_is_legal_fhir(desk: Desk) -> None:
    bundle = (await desk.get("/audit/fhir/AuditEvent")).json()
    assert len(bundle["entry"]) >= 12
    for resource in resources(bundle):
        check(resource)
    check(bundle)
    check((await desk.get("/audit/fhir/metadata", role="")).json())


async def test_the_latest_come_first(desk: Desk) -> None:
    assert await search(desk, "") == ["9", "8", "7", "6", "5", "4", "3", "2", "1"]


FOUND = [
    ("patient=Patient/0", ["9", "6", "3"]),
    ("patient=0", ["9", "6", "3"]),
    ("patient=Patient/none", []),
    ("date=2026-03-01T08:05Z", ["5"]),
    ("date=ge2026-03-01T08:08:00Z", ["9", "8"]),
    ("date=gt2026-03-01T08:08:00Z", ["9"]),
    ("date=lt2026-03-01T08:02:00Z", ["1"]),
    ("date=le2026-03-01T08:02:00Z", ["2", "1"]),
    ("date=ge2026-03-01T08:03Z&date=le2026-03-01T08:04Z", ["4", "3"]),
    ("date=2026-03-01", ["9", "8", "7", "6", "5", "4", "3", "2", "1"]),
    ("date=2026-03-02", []),
    ("agent=actor-b", ["4"]),
    (f"agent:identifier={quote('https://socle-sante.example/actor|actor-b')}", ["4"]),
    ("agent-name=camille", ["9", "8", "7", "6", "5", "4", "3", "2", "1"]),
    ("agent-name=durand", []),
    ("action=E", ["5"]),
    ("action=E,C", ["5"]),
    ("outcome=4", ["4"]),
    ("outcome=0&agent=actor-b", []),
    ("entity=Patient/1/_history/1", ["7", "4", "1"]),
    ("entity=Patient/1", ["7", "4", "1"]),
    ("_id=sandbox-1-2,sandbox-1-4,sandbox-1-999", ["2", "4"]),
    ("_id=sandbox-1-2,sandbox-1-4&outcome=4", ["4"]),
    ("_sort=-date&_count=2", ["9", "8"]),
]

REFUSED = [
    "date=yesterday",
    "date=zz2026",
    "action=X",
    "outcome=1",
    "patient=",
    "patient=1,2",
    "entity=nothing",
    "_count=many",
    "_sort=date",
    "_page=%22",
    "_page=W1sieCIsMSwxXV0",
    "_page=é",
    "agent=https://elsewhere.example|x",
    "patient=1&patient=2",
    "unknown=1",
    "subtype:not=x",
]


async def test_what_is_asked_is_found(desk: Desk) -> None:
    for query, found in FOUND:
        assert await search(desk, query) == found, query


async def test_what_is_not_understood_is_refused_with_the_parameters_name(desk: Desk) -> None:
    for query in REFUSED:
        answer = await desk.get(f"/audit/fhir/AuditEvent?{query}")
        assert answer.status_code == 400, query
        assert answer.json()["issue"][0]["expression"] == [f"http.{query.partition('=')[0]}"], query


async def test_an_unknown_parameter_can_be_ignored_and_then_it_is_said(desk: Desk) -> None:
    answer = await desk.get("/audit/fhir/AuditEvent?unknown=1&_count=1", prefer="handling=lenient")
    assert [resource["resourceType"] for resource in resources(answer.json())] == ["AuditEvent", "OperationOutcome"]


async def test_pages_follow_each_other_to_the_end_while_others_write(desk: Desk) -> None:
    found: list[str] = []
    url = f"{SANDBOX}&_count=4"
    while url:
        bundle = (await desk.get(url)).json()
        found += ids(bundle)
        url = next((link["url"] for link in bundle["link"] if link["relation"] == "next"), "")
    assert found == [f"sandbox-1-{n}" for n in range(9, 0, -1)]


async def test_search_by_post_finds_the_same(desk: Desk) -> None:
    async with desk.client() as client:
        answer = await client.post("/audit/fhir/AuditEvent/_search", data={"site": "sandbox", "outcome": "4"})
    assert ids(answer.json()) == ["sandbox-1-4"]


async def test_the_query_of_a_search_is_in_its_trace(desk: Desk) -> None:
    resource = (await desk.get("/audit/fhir/AuditEvent/sandbox-1-5")).json()
    [query] = [entity["query"] for entity in resource["entity"] if "query" in entity]
    assert b64decode(query).decode() == "name=é"


async def test_nobody_reads_traces_without_the_permission(desk: Desk) -> None:
    for url in ("/audit/fhir/AuditEvent", "/audit/fhir/AuditEvent/sandbox-1-1"):
        assert (await desk.get(url, role="")).status_code == 401
        assert (await desk.get(url, role="publisher")).status_code == 403
        assert (await desk.get(url, role="operator")).status_code == 200


async def test_reading_a_trace_leaves_a_trace_of_whose_data_it_showed(desk: Desk) -> None:
    await desk.get("/audit/fhir/AuditEvent/sandbox-1-3")
    last = (await desk.recorded())[0]
    assert (last.trace.register, last.trace.interaction, last.action) == ("audit", "read", Action.READ)
    assert last.trace.name == "auditor"
    assert last.entities == ("AuditEvent/sandbox-1-3",)
    assert last.concerns == ("Patient/0",)


async def test_searching_traces_leaves_a_trace_with_the_query(desk: Desk) -> None:
    await desk.get(f"{SANDBOX}&patient=Patient/1&_count=1")
    last = (await desk.recorded())[0]
    assert last.trace.interaction == "search-type"
    assert last.query == "site=sandbox&patient=Patient/1&_count=1"
    assert last.concerns == ("Patient/1",)


async def test_a_refusal_leaves_a_trace(desk: Desk) -> None:
    await desk.get("/audit/fhir/AuditEvent", role="publisher")
    last = (await desk.recorded())[0]
    assert last.outcome is Outcome.REFUSED
    assert last.trace.name == "publisher"


async def test_reading_the_traces_of_readings_does_not_pile_up_persons(desk: Desk) -> None:
    for _ in range(3):
        await desk.get("/audit/fhir/AuditEvent?site=audit")
    assert (await desk.recorded())[0].concerns == ()


async def test_nothing_is_written_here(desk: Desk) -> None:
    async with desk.client() as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await client.request(method, "/audit/fhir/AuditEvent/sandbox-1-1", json={})
            assert answer.status_code == 405
        created = await client.post("/audit/fhir/AuditEvent", json={"resourceType": "AuditEvent"})
    assert created.status_code == 405


async def test_the_capabilities_name_what_can_be_searched(desk: Desk) -> None:
    statement = (await desk.get("/audit/fhir/metadata", role="")).json()
    [resource] = statement["rest"][0]["resource"]
    assert [each["code"] for each in resource["interaction"]] == ["read", "search-type"]
    assert "patient" in [each["name"] for each in resource["searchParam"]]


async def test_traces_come_in_xml_too(desk: Desk) -> None:
    answer = await desk.get("/audit/fhir/AuditEvent?_format=xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/fhir+xml")
    assert "<AuditEvent>" in answer.text


async def test_a_trace_made_unreadable_hides_no_other(desk: Desk) -> None:
    connection = await asyncpg.connect(desk.database.dsn)
    await connection.execute("UPDATE sandbox.audit SET body = 'x'::bytea WHERE n = 2")
    await connection.close()
    assert await search(desk, "") == ["9", "8", "7", "6", "5", "4", "3", "1"]
