"""`POST /interoperability/fhirpath`: Parameters in, Parameters out, as the engines of FHIRPath Lab."""

import json
from typing import Any

import httpx
import pytest

from socle import __version__
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse

URL = "/interoperability/fhirpath"
LAB = "http://fhir.forms-lab.com/StructureDefinition/"
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


async def about(client: httpx.AsyncClient, body: Any) -> dict[str, Any]:
    """What the answer says of the question: the parts of `parameters`, by name."""
    answer = await answered(client, body)
    return {part["name"]: part for part in answer["parameter"][0]["part"]}


def path(part: dict[str, Any]) -> list[str]:
    """The place in the resource that a part tells."""
    return [one["valueString"] for one in part.get("extension", ()) if one["url"] == LAB + "resource-path"]


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
                {"url": LAB + "resource-path", "valueString": "Patient.contact[0]"},
                {"url": LAB + "json-value", "valueString": '{"gender":"female"}'},
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
    assert [part["valueString"] for part in result["part"]] == ["MARTIN"]


async def test_variables_are_said_again(client: httpx.AsyncClient) -> None:
    variables = [{"name": "least", "valueInteger": 2}, {"name": "nobody"}, {"name": "who", "resource": PATIENT}]
    said = await about(client, asked("%nobody | %least", {"name": "variables", "part": variables}))
    assert said["variables"]["part"] == variables


async def test_a_variable_whose_type_nothing_tells_is_refused(client: httpx.AsyncClient) -> None:
    part = {"name": "v", "extension": [{"url": LAB + "json-value", "valueString": '{"value": 1}'}]}
    async with client:
        response = await client.post(URL, json=asked("%v", {"name": "variables", "part": [part]}))
    assert response.status_code == 400
    assert response.json()["issue"][0]["expression"] == ["Parameters.parameter[2]"]


async def test_the_engine_says_its_version_and_that_of_fhir(client: httpx.AsyncClient) -> None:
    answer = await answered(client, asked("1"))
    assert answer["parameter"][0]["part"][0] == {"name": "evaluator", "valueString": f"Socle {__version__} (R4)"}


async def test_the_syntax_tree_is_told_with_its_places(client: httpx.AsyncClient) -> None:
    said = await about(client, asked("name.where(use = 'usual')[0].given is string"))
    tree = json.loads(said["parseDebugTree"]["valueString"])
    assert (tree["ExpressionType"], tree["Name"], tree["Position"], tree["Length"]) == ("BinaryExpression", "is", 35, 2)
    given, type_ = tree["Arguments"]
    assert (type_["ExpressionType"], type_["Name"]) == ("ConstantExpression", "string")
    assert (given["ExpressionType"], given["Name"], given["Position"]) == ("ChildExpression", "given", 29)
    (index,) = given["Arguments"]
    assert (index["ExpressionType"], index["Name"]) == ("IndexerExpression", "[]")
    where, zero = index["Arguments"]
    assert zero == {"ExpressionType": "ConstantExpression", "Name": "0", "Position": 26, "Length": 1}
    assert (where["ExpressionType"], where["Name"], where["Length"]) == ("FunctionCallExpression", "where", 5)
    name, criterion = where["Arguments"]
    assert name["Arguments"] == [{"ExpressionType": "AxisExpression", "Name": "builtin.that"}]
    assert criterion["Arguments"][1]["Name"] == '"usual"'


@pytest.mark.parametrize(
    ("expression", "drawn"),
    [
        ("$this", {"ExpressionType": "AxisExpression", "Name": "builtin.this", "Position": 0, "Length": 5}),
        ("%resource", {"ExpressionType": "VariableRefExpression", "Name": "resource", "Position": 0, "Length": 9}),
        ("{ }", {"ExpressionType": "ConstantExpression", "Name": "{}", "Position": 0, "Length": 3}),
        ("4.5 'mg'", {"ExpressionType": "ConstantExpression", "Name": "4.5 'mg'", "Position": 0, "Length": 8}),
        ("@2015-02", {"ExpressionType": "ConstantExpression", "Name": "@2015-02", "Position": 0, "Length": 8}),
    ],
)
async def test_what_holds_nothing_else_is_a_leaf(
    client: httpx.AsyncClient, expression: str, drawn: dict[str, Any]
) -> None:
    said = await about(client, asked(expression))
    assert json.loads(said["parseDebugTree"]["valueString"]) == drawn


async def test_the_place_of_an_element_is_told(client: httpx.AsyncClient) -> None:
    absent = {"extension": [{"url": "urn:absent", "valueCode": "unknown"}]}
    patient = PATIENT | {"multipleBirthInteger": 700, "maritalStatus": {"text": "yes"}, "_gender": absent}
    expression = "name.given | name | multipleBirth | maritalStatus.text | gender | 'computed'"
    (result,) = await results(client, asked(expression.replace("name.given", "name.family"), resource=patient))
    assert [path(part) for part in result["part"]] == [
        ["Patient.name[0].family"],
        ["Patient.name[0]"],
        ["Patient.name[1]"],
        [],  # numbers are shared: which one it is cannot be told
        ["Patient.maritalStatus.text"],
        ["Patient.gender"],
        [],
    ]


async def test_each_step_is_told_when_asked(client: httpx.AsyncClient) -> None:
    debug = {"name": "debug_trace", "valueBoolean": True}
    answer = await answered(client, asked("name.where(family.exists()).given", debug))
    (trace,) = (one for one in answer["parameter"] if one["name"] == "debug-trace")
    assert [step["name"] for step in trace["part"]] == [
        "0,4,name",
        "11,6,family",
        "18,6,exists",
        "11,6,family",
        "18,6,exists",
        "5,5,where",
        "28,5,given",
    ]
    found, _focus, this = trace["part"][1]["part"]
    assert (found["name"], found["valueString"], path(found)) == ("string", "MARTIN", ["Patient.name[0].family"])
    assert this == {"name": "this-resource-path", "valueString": "Patient.name[0]"}
    assert {"name": "focus-resource-path", "valueString": "Patient.name[0]"} in trace["part"][6]["part"]


async def test_steps_have_an_end(client: httpx.AsyncClient) -> None:
    debug = {"name": "debug_trace", "valueBoolean": True}
    body = asked("(1 | 2 | 3 | 4 | 5 | 6 | 7).repeat($this + 1 - 1).select(%resource.name.given)", debug)
    answer = await answered(client, body | {"parameter": [*body["parameter"]]})
    (trace,) = (one for one in answer["parameter"] if one["name"] == "debug-trace")
    assert len(trace["part"]) <= 1_000


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("json-value", '{"resourceType": "Patient", "birthDate": "1955-06-13"}'),
        ("xml-value", '<Patient xmlns="http://hl7.org/fhir"><birthDate value="1955-06-13"/></Patient>'),
    ],
)
async def test_the_resource_may_come_as_text(client: httpx.AsyncClient, url: str, text: str) -> None:
    written = {"name": "resource", "extension": [{"url": LAB + url, "valueString": text}]}
    expression = {"name": "expression", "valueString": "birthDate"}
    (result,) = await results(client, {"resourceType": "Parameters", "parameter": [expression, written]})
    assert [part["valueDate"] for part in result["part"]] == ["1955-06-13"]


UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ({"name": "resource", "valueString": "https://example.org/Patient/1"}, "this engine fetches nothing"),
        ({"name": "resource", "valueString": '{"resourceType": '}, "JSON"),
        ({"name": "exprssion", "valueString": "1"}, 'There is no parameter "exprssion" here'),
        ({"_name": UNKNOWN, "valueString": "1"}, 'There is no parameter "" here'),
        ({"name": "variables", "part": [{"_name": UNKNOWN, "valueString": "1"}]}, "Each variable has a name"),
    ],
)
async def test_what_the_engine_does_not_take_is_refused(
    client: httpx.AsyncClient, parameter: dict[str, Any], said: str
) -> None:
    body = {"resourceType": "Parameters", "parameter": [{"name": "expression", "valueString": "1"}, parameter]}
    async with client:
        response = await client.post(URL, json=body, headers={"accept-language": "en"})
    assert response.status_code == 400
    assert said in response.json()["issue"][0]["diagnostics"]


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
