"""`POST /interoperability/fhirpath`: Parameters in, Parameters out, as the engines of FHIRPath Lab."""

from typing import Any

import httpx
import pytest

from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse

URL = "/interoperability/fhirpath"
PATIENT = {
    "resourceType": "Patient",
    "name": [{"family": "MARTIN", "given": ["A", "B"]}, {"given": ["C"]}],
    "birthDate": "1955-06-13",
    "_birthDate": {"extension": [{"url": "urn:x", "valueCode": "y"}]},
    "contact": [{"gender": "female"}],
}


def asked(expression: str, *more: dict[str, Any], resource: dict[str, Any] = PATIENT) -> dict[str, Any]:
    """The Parameters of a trial."""
    parameters = [{"name": "expression", "valueString": expression}, {"name": "resource", "resource": resource}, *more]
    return {"resourceType": "Parameters", "parameter": parameters}


async def answered(client: httpx.AsyncClient, body: Any) -> dict[str, Any]:
    """The answer, which is legal FHIR."""
    async with client:
        response = await client.post(URL, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/fhir+json;charset=utf-8"
    found: dict[str, Any] = parse(response.content)
    check(found)
    return found


async def results(client: httpx.AsyncClient, body: Any) -> list[dict[str, Any]]:
    """The `result` parameters."""
    answer = await answered(client, body)
    return [parameter for parameter in answer["parameter"] if parameter["name"] == "result"]


async def test_items_are_named_by_their_type(client: httpx.AsyncClient) -> None:
    found = await results(client, asked("name.given.first() | birthDate | 1.50 | 2 'mg' | true | $this"))
    assert [part["name"] for part in found[0]["part"]] == [
        "string",
        "date",
        "decimal",
        "Quantity",
        "boolean",
        "Patient",
    ]
    string, date, decimal, quantity, boolean, patient = found[0]["part"]
    assert string["valueString"] == "A"
    assert (date["valueDate"], date["_valueDate"]) == ("1955-06-13", PATIENT["_birthDate"])
    assert str(decimal["valueDecimal"]) == "1.50"
    assert quantity["valueQuantity"]["code"] == "mg"
    assert boolean["valueBoolean"] is True
    assert patient["resource"]["resourceType"] == "Patient"


async def test_an_element_that_parameters_cannot_hold_is_json(client: httpx.AsyncClient) -> None:
    (result,) = await results(client, asked("contact"))
    assert result["part"] == [
        {
            "name": "Patient.contact",
            "extension": [
                {
                    "url": "http://fhir.forms-lab.com/StructureDefinition/json-value",
                    "valueString": '{"gender":"female"}',
                }
            ],
        }
    ]


async def test_each_item_of_the_context_has_its_result_and_its_traces(client: httpx.AsyncClient) -> None:
    body = asked("given.trace('t').count()", {"name": "context", "valueString": "name"})
    first, second = await results(client, body)
    assert (first["valueString"], second["valueString"]) == ("name[0]", "name[1]")
    assert [part["name"] for part in first["part"]] == ["integer", "trace"]
    assert [part["valueString"] for part in first["part"][1]["part"]] == ["A", "B"]
    assert second["part"][0]["valueInteger"] == 1


async def test_variables_are_seen(client: httpx.AsyncClient) -> None:
    variables = {"name": "variables", "part": [{"name": "least", "valueInteger": 2}]}
    (result,) = await results(client, asked("name.where(given.count() >= %least).family", variables))
    assert result["part"] == [{"name": "string", "valueString": "MARTIN"}]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("contact.gender.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", True),
        ("name.first().family.memberOf('http://hl7.org/fhir/ValueSet/administrative-gender')", False),
        (
            "conformsTo('http://hl7.org/fhir/StructureDefinition/Patient')",
            False,
        ),  # pat-1: a contact that nobody can reach
        ("name.first().elementDefinition().exists()", True),
    ],
)
async def test_terminologies_and_definitions_are_asked(client: httpx.AsyncClient, expression: str, said: bool) -> None:
    (result,) = await results(client, asked(expression))
    assert result["part"] == [{"name": "boolean", "valueBoolean": said}]


async def test_what_cannot_be_checked_is_said(client: httpx.AsyncClient) -> None:
    answer = await answered(client, asked("conformsTo('urn:p')"))
    assert {"name": "unchecked", "valueString": "urn:p"} in answer["parameter"][0]["part"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (asked("name.surname"), 400, '"surname" is not an element of HumanName. (character 6'),
        (asked("name.("), 400, '"(" is not expected here'),
        (asked("1.repeat($this + 1)"), 400, "too much computation"),
        (asked("name", resource={"resourceType": "Patient", "nom": 1}), 400, "nom"),
        ({"resourceType": "Parameters"}, 400, 'The parameter "expression" is missing'),
        ({"resourceType": "Patient"}, 400, '"Patient" is sent where "Parameters" is expected'),
    ],
)
async def test_what_is_wrong_is_an_operation_outcome(
    client: httpx.AsyncClient, body: Any, status: int, said: str
) -> None:
    async with client:
        response = await client.post(URL, json=body, headers={"accept-language": "en"})
    assert response.status_code == status
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert said in outcome["issue"][0]["diagnostics"] + str(outcome["issue"][0].get("expression"))


async def test_another_media_type_and_a_body_too_large_are_refused(client: httpx.AsyncClient) -> None:
    async with client:
        assert (await client.post(URL, content="<a/>", headers={"content-type": "text/xml"})).status_code == 415
        large = asked("1", resource={"resourceType": "Binary", "contentType": "a/b", "data": "AAAA" * 300_000})
        assert (await client.post(URL, json=large)).status_code == 413


async def test_a_page_of_another_origin_may_ask_and_read_the_answer(client: httpx.AsyncClient) -> None:
    async with client:
        question = {"origin": "https://lab.example", "access-control-request-method": "POST"}
        preflight = await client.options(URL, headers=question)
        answer = await client.post(URL, json=asked("birthDate"), headers={"origin": "https://lab.example"})
    assert preflight.status_code == 204
    assert "content-type" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_refusal_too_can_be_read_by_a_page_of_another_origin(client: httpx.AsyncClient) -> None:
    async with client:
        answer = await client.post(URL, json=asked("name.("), headers={"origin": "https://lab.example"})
    assert answer.status_code == 400
    assert answer.headers["access-control-allow-origin"] == "*"
