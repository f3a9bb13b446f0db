"""create, as FHIR R4 http.html#create says."""

import asyncio
from typing import Any

import pytest
from tests.kernel.rest.support import ORGANIZATION, PATIENT, URL, Fhir, issue


async def test_a_resource_gets_an_id_a_version_and_an_address(fhir: Fhir) -> None:
    answer = await fhir.post("Patient", PATIENT)
    assert answer.status_code == 201
    created = answer.json()
    assert answer.headers["location"] == f"{URL}/Patient/{created['id']}/_history/1"
    assert answer.headers["etag"] == 'W/"1"'
    assert {**PATIENT, "id": created["id"], "meta": created["meta"]} == created


async def test_the_id_of_the_body_is_not_used(fhir: Fhir) -> None:
    answer = await fhir.post("Patient", {**PATIENT, "id": "mine"})
    assert answer.json()["id"] != "mine"
    assert (await fhir.get("Patient/mine")).status_code == 404


async def test_minimal_sends_no_body(fhir: Fhir) -> None:
    answer = await fhir.post("Patient", PATIENT, headers={"prefer": "return=minimal"})
    assert (answer.status_code, answer.content) == (201, b"")
    assert "location" in answer.headers


async def test_operation_outcome_says_what_was_done(fhir: Fhir) -> None:
    answer = await fhir.post("Patient", PATIENT, headers={"prefer": "return=OperationOutcome"})
    assert issue(answer)["severity"] == "information"


async def test_another_type_than_the_address_says_is_refused(fhir: Fhir) -> None:
    answer = await fhir.post("Patient", ORGANIZATION)
    assert answer.status_code == 400
    assert await fhir.versions() == 0


async def test_if_none_exist_creates_when_nothing_matches(fhir: Fhir) -> None:
    answer = await fhir.post("Organization", ORGANIZATION, headers={"if-none-exist": "identifier=urn:f|1"})
    assert answer.status_code == 201


async def test_if_none_exist_answers_what_is_there(fhir: Fhir) -> None:
    first = await fhir.post("Organization", ORGANIZATION)
    answer = await fhir.post("Organization", ORGANIZATION, headers={"if-none-exist": "identifier=urn:f|1"})
    assert answer.status_code == 200
    assert answer.json()["id"] == first.json()["id"]
    assert answer.headers["location"] == first.headers["location"]
    assert await fhir.versions() == 1


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
async def test_if_none_exist_reads_an_accent_that_nobody_encoded(fhir: Fhir, encoding: str) -> None:
    await fhir.post("Organization", {**ORGANIZATION, "name": "Hôpital"})
    headers: Any = {b"if-none-exist": "name:exact=Hôpital".encode(encoding)}
    answer = await fhir.post("Organization", ORGANIZATION, headers=headers)
    assert (answer.status_code, await fhir.versions()) == (200, 1)


async def test_if_none_exist_refuses_to_choose(fhir: Fhir) -> None:
    await fhir.post("Organization", ORGANIZATION)
    await fhir.post("Organization", ORGANIZATION)
    answer = await fhir.post("Organization", ORGANIZATION, headers={"if-none-exist": "identifier=urn:f|1"})
    assert (answer.status_code, issue(answer)["code"]) == (412, "multiple-matches")
    assert await fhir.versions() == 2


async def test_if_none_exist_needs_a_criterion(fhir: Fhir) -> None:
    answer = await fhir.post("Organization", ORGANIZATION, headers={"if-none-exist": ""})
    assert answer.status_code == 412
    assert await fhir.versions() == 0


async def test_if_none_exist_refuses_an_unknown_parameter(fhir: Fhir) -> None:
    answer = await fhir.post("Organization", ORGANIZATION, headers={"if-none-exist": "nonsense=1"})
    assert answer.status_code == 400


async def test_twenty_callers_with_the_same_condition_create_one_resource(fhir: Fhir) -> None:
    headers = {"if-none-exist": "identifier=urn:f|1"}
    answers = await asyncio.gather(*(fhir.post("Organization", ORGANIZATION, headers=headers) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_the_question_of_a_condition_by_identifier_keeps_its_plan(fhir: Fhir) -> None:
    for n in range(3):
        await fhir.post(
            "Organization",
            {**ORGANIZATION, "identifier": [{"system": "urn:f", "value": str(n)}]},
            headers={"If-None-Exist": f"identifier=urn:f|{n}"},
        )
    connection = fhir.database.store("sandbox")._writer._connection
    assert connection is not None
    plans = await connection.fetch(
        "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT r.fid, r.version %'"
    )
    assert [tuple(row) for row in plans] == [(2, 1)]  # the first comes after the statistics were read
