"""$graphql: fields, references both ways, filters, directives, searches; permissions and traces. FHIR R4 graphql.html."""

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import SANDBOX, Fhir, issue

Json = dict[str, Any]
ENDPOINT = replace(SANDBOX, graphql=True)
PETER = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:f", "value": "12345"}],
    "active": True,
    "name": [
        {"use": "official", "given": ["Peter", "James"], "family": "Chalmers"},
        {"use": "usual", "given": ["Jim"]},
        {"use": "maiden", "given": ["Peter", "James"], "family": "Windsor"},
    ],
    "birthDate": "1974-12-25",
    "_birthDate": {"extension": [{"url": "urn:time", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    "generalPractitioner": [{"reference": "#d"}, {"reference": "Organization/o1"}],
    "contained": [{"resourceType": "Practitioner", "id": "d", "name": [{"family": "Doc"}]}],
}
WEIGHT = {
    "resourceType": "Observation",
    "id": "w",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/p1"},
    "valueQuantity": {"value": 185, "unit": "lbs"},
    "hasMember": [{"reference": "Observation/none"}],
}


@pytest.fixture
async def fhir(serve: Serve) -> Fhir:
    fhir = serve(ENDPOINT)
    for resource in (PETER, WEIGHT, {"resourceType": "Organization", "id": "o1", "name": "O"}):
        answer = await fhir.put(f"{resource['resourceType']}/{resource['id']}", resource)
        assert answer.status_code == 201
    return fhir


async def ask(fhir: Fhir, query: str, at: str = "Patient/p1", **more: Any) -> Any:
    """What a query answers."""
    answer = await fhir.post(
        f"{at}/$graphql".lstrip("/"), {"query": query, **more}, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()["data"]


async def refused(fhir: Fhir, query: str, at: str = "Patient/p1", **more: Any) -> tuple[int, str]:
    sent = {"query": query, **more}
    answer = await fhir.post(
        f"{at}/$graphql".lstrip("/"), sent, headers={"content-type": "application/json", "accept-language": "en"}
    )
    return answer.status_code, issue(answer)["diagnostics"]


async def test_fields_of_a_resource_what_is_absent_is_left_out(fhir: Fhir) -> None:
    assert await ask(fhir, "{ resourceType active gender name { family given } }") == {
        "resourceType": "Patient",
        "active": True,
        "name": [
            {"family": "Chalmers", "given": ["Peter", "James"]},
            {"given": ["Jim"]},
            {"family": "Windsor", "given": ["Peter", "James"]},
        ],
    }
    assert await ask(fhir, "{ born: birthDate _birthDate { extension { url valueDateTime } } }") == {
        "born": "1974-12-25",
        "_birthDate": {"extension": [{"url": "urn:time", "valueDateTime": "1974-12-25T14:35:45-05:00"}]},
    }


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ("use: official", ["official"]),
        ("use: [usual, maiden]", ["usual", "maiden"]),
        ('given: "Jim"', ["usual"]),
        ('fhirpath: "family.exists()"', ["official", "maiden"]),
        ("_count: 1", ["official"]),
        ("_offset: 1, _count: 5", ["usual", "maiden"]),
        ('fhirpath: "family.exists()", _offset: 1', ["maiden"]),
        ("use: nickname", []),
    ],
)
async def test_lists_are_filtered(fhir: Fhir, arguments: str, kept: list[str]) -> None:
    found = await ask(fhir, f"{{ name({arguments}) {{ use }} }}")
    assert [one["use"] for one in found.get("name", [])] == kept


async def test_references_are_followed(fhir: Fhir) -> None:
    query = (
        "{ subject { reference resource { ... on Patient { active } ... on Group { type } } } valueQuantity { value } }"
    )
    assert await ask(fhir, query, "Observation/w") == {
        "subject": {"reference": "Patient/p1", "resource": {"active": True}},
        "valueQuantity": {"value": 185},
    }
    found = await ask(
        fhir, "{ generalPractitioner { resource { __typename ... on Practitioner { name { family } } } } }"
    )
    assert [one["resource"] for one in found["generalPractitioner"]] == [
        {"__typename": "Practitioner", "name": [{"family": "Doc"}]},
        {"__typename": "Organization"},
    ]
    only = await ask(fhir, "{ subject { reference resource(type: Group) { id } } }", "Observation/w")
    assert only == {"subject": {"reference": "Patient/p1"}}


async def test_a_reference_that_leads_nowhere_is_an_error_unless_optional(fhir: Fhir) -> None:
    assert (await refused(fhir, "{ hasMember { resource { id } } }", "Observation/w"))[0] == 404
    found = await ask(fhir, "{ hasMember { reference resource(optional: true) { id } } }", "Observation/w")
    assert found == {"hasMember": [{"reference": "Observation/none"}]}


async def test_reverse_references(fhir: Fhir) -> None:
    found = await ask(fhir, "{ id ObservationList(_reference: subject, status: final) { id valueQuantity { unit } } }")
    assert found == {"id": "p1", "ObservationList": [{"id": "w", "valueQuantity": {"unit": "lbs"}}]}
    none = await ask(fhir, "{ ObservationList(_reference: subject, status: cancelled) { id } }")
    assert none == {}


async def test_reads_and_searches_of_the_server(fhir: Fhir) -> None:
    assert await ask(fhir, '{ Patient(id: "p1") { id active } }', "") == {"Patient": {"id": "p1", "active": True}}
    for i in range(3):
        await fhir.put(f"Patient/x{i}", {"resourceType": "Patient", "id": f"x{i}", "birthDate": f"200{i}"})
    found = await ask(
        fhir, '{ young: PatientList(birthdate: "ge2000", _sort: "birthdate", _count: 2, _offset: 1) { id } }', ""
    )
    assert [one["id"] for one in found["young"]] == ["x1", "x2"]
    page = "count offset pagesize edges { mode resource { id } } next"
    first = (
        await ask(fhir, f'{{ PatientConnection(birthdate: "ge2000", _sort: "birthdate", _count: 2) {{ {page} }} }}', "")
    )["PatientConnection"]
    assert (first["count"], first["offset"], first["pagesize"]) == (3, 0, 2)
    assert first["edges"][0] == {"mode": "match", "resource": {"id": "x0"}}
    query = f"query more($at: String) {{ PatientConnection(_cursor: $at) {{ {page} }} }}"
    second = (await ask(fhir, query, "", variables={"at": first["next"]}))["PatientConnection"]
    assert [edge["resource"]["id"] for edge in second["edges"]] == ["x2"]


IDENTIFIED = {"system": ["urn:f"], "value": ["12345"], "active": True}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "{ identifier @flatten { system value } active name @flatten { text given family } }",
            {**IDENTIFIED, "given": ["Peter", "James", "Jim", "Peter", "James"], "family": ["Chalmers", "Windsor"]},
        ),
        (
            "{ identifier @flatten { system value } active name @flatten { text given @first family } }",
            {**IDENTIFIED, "given": ["Peter", "Jim", "Peter"], "family": ["Chalmers", "Windsor"]},
        ),
        (
            "{ identifier @flatten { value @singleton } name @flatten @first { given family @singleton } }",
            {"value": "12345", "given": ["Peter", "James"], "family": "Chalmers"},
        ),
        (
            '{ name @flatten @slice(path: "use") { given family @singleton } }',
            {
                "given.official": ["Peter", "James"],
                "family.official": "Chalmers",
                "given.usual": ["Jim"],
                "given.maiden": ["Peter", "James"],
                "family.maiden": "Windsor",
            },
        ),
        (
            '{ name @flatten @slice(path: "$index") { family @singleton } }',
            {"family.0": "Chalmers", "family.2": "Windsor"},
        ),
        ("{ name @first @singleton { use } }", {"name": {"use": "official"}}),
        ("{ active @skip(if: true) id @include(if: false) birthDate }", {"birthDate": "1974-12-25"}),
    ],
)  # fmt: skip
async def test_directives(fhir: Fhir, query: str, expected: Json) -> None:
    assert await ask(fhir, query) == expected


async def test_alternatives_are_a_list_and_a_comma_belongs_to_the_value(fhir: Fhir) -> None:
    await fhir.put("Patient/p2", {"resourceType": "Patient", "id": "p2", "identifier": [{"value": "12, bis"}]})
    for asked, found in (('"12, bis"', ["p2"]), ('["12, bis", "12345"]', ["p1", "p2"]), ('"12345,12, bis"', [])):
        answer = await ask(fhir, f"{{ PatientList(identifier: {asked}) {{ id }} }}", "")
        assert sorted(one["id"] for one in answer.get("PatientList", ())) == found
    several = await ask(fhir, '{ PatientList(_sort: "gender,-_id") { id } }', "")
    assert [one["id"] for one in several["PatientList"]] == ["p2", "p1"]


async def test_variables_and_fragments(fhir: Fhir) -> None:
    query = """query a($all: Boolean = false, $use: String!) { name(use: $use) { ...n } active @include(if: $all) }
               query b { id }
               fragment n on HumanName { family ... { use } }"""
    assert await ask(fhir, query, operationName="a", variables={"use": "maiden"}) == {
        "name": [{"family": "Windsor", "use": "maiden"}]
    }
    assert await ask(fhir, query, operationName="b") == {"id": "p1"}


async def test_three_ways_to_ask(fhir: Fhir) -> None:
    query = "query q($u: String) { name(use: $u) { family } }"
    variables = quote('{"u":"maiden"}')
    got = await fhir.get(f"Patient/p1/$graphql?query={quote(query)}&variables={variables}")
    assert got.json() == {"data": {"name": [{"family": "Windsor"}]}}
    posted = await fhir.post(
        "Patient/p1/$graphql",
        b"{ birthDate }",
        headers={"content-type": "application/graphql", "accept": "application/fhir+xml"},
    )
    assert posted.json() == {"data": {"birthDate": "1974-12-25"}}
    assert (await fhir.post("Patient/p1/$graphql", b"x", headers={"content-type": "text/plain"})).status_code == 415


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ gendre }", 'did you mean "gender"'),
        ("{ identifier { something } }", '"something" does not exist in Identifier'),
        ("{ name }", "is an object"),
        ("{ active { x } }", "is a simple value"),
        ("{ name { ", "line 1, column"),
        ("mutation { a }", "“query” operations only"),
        ("{ ...f } fragment f on Patient { ...f }", "contains itself"),
        ("{ ...f }", "is not defined"),
        ("{ active @deprecated }", "directive “@deprecated”"),
        ("{ name(use: $u) { use } }", "is not declared"),
        ("query a($u: String!) { id }", "“$u” is missing"),
        ("{ name(uses: official) { use } }", "nothing is filtered by it"),
        ("{ name { use } name: active }", "give one of them an alias"),
        ("{ name @flatten { given @singleton } }", "has 5 values"),
        ('{ name(fhirpath: "(") { use } }', "character"),
        ("{ name(_count: -1) { use } }", "from 0 to 1000"),
        ("{ ObservationList(status: final) { id } }", "takes “_reference”"),
        ("{ ObservationList(_reference: subject, size: 3) { id } }", "no criterion of Observation"),
        ("{ ObservationList(_reference: subject, statuss: final) { id } }", "Close: status"),
        ("{ name { __schema { types { name } } } }", "at the root of the query"),
        ("{ __schema { kinds } }", "“kinds” is no field of __Schema"),
        ("{ __schema { types } }", "is an object"),
        ("{ __type { name } }", "“__type” takes “name”"),
        ("{ name { given @flatten } }", "“given” is a simple value"),
        (" ", "“query” is empty"),
    ],
)  # fmt: skip
async def test_what_is_not_understood_is_told(fhir: Fhir, query: str, said: str) -> None:
    status, diagnostics = await refused(fhir, query)
    assert (status, said in diagnostics) == (400, True), diagnostics


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ __schema { kinds } }", "“kinds” is no field of __Schema"),
        ("{ __schema { types } }", "is an object"),
        ("{ __type { name } }", "“__type” takes “name”"),
        ("{ Patient { id } }", "“PatientList” searches by criteria"),
    ],
)
async def test_what_a_server_does_not_answer_is_told(fhir: Fhir, query: str, said: str) -> None:
    status, diagnostics = await refused(fhir, query, "")
    assert (status, said in diagnostics) == (400, True), diagnostics


async def test_what_would_cost_too_much_is_refused(fhir: Fhir) -> None:
    deep = "{ extension " * 30 + "{ url }" + " }" * 30
    spread = "{ ...a } " + "".join(
        f"fragment {a} on Patient {{ {f'...{b} ' * 9} }} " for a, b in zip("abcdef", "bcdefg", strict=True)
    )
    many = "{ " + " ".join(f'a{i}: Patient(id: "p{i}") {{ id }}' for i in range(300)) + " }"
    long = "{ " + "id " * 6_000 + "}"
    for query, at in (
        (deep, "Patient/p1"),
        (spread + "fragment g on Patient { id }", "Patient/p1"),
        (long, "Patient/p1"),
    ):
        assert (await refused(fhir, query, at))[0] == 400
    for i in range(2):
        await fhir.put(f"Patient/p{i}", {"resourceType": "Patient", "id": f"p{i}"})
    assert (await refused(fhir, many, ""))[0] in (400, 404)


async def test_absent_fields_count_too(fhir: Fhir) -> None:
    await fhir.put("Patient/big", {"resourceType": "Patient", "id": "big", "name": [{"family": "x"}] * 500})
    absent = " ".join(f"a{i}: suffix" for i in range(1_000))
    status, said = await refused(fhir, f"{{ name {{ {absent} }} }}", "Patient/big")
    assert (status, "ask for less" in said) == (400, True)


async def test_each_read_and_search_is_permitted_and_traced_as_if_alone(fhir: Fhir) -> None:
    before = len(await fhir.events())
    await ask(fhir, "{ id ObservationList(_reference: subject) { id } }")
    traced = [(event.trace.interaction, event.entities) for event in (await fhir.events())[before:]]
    assert ("read", ("Patient/p1/_history/1",)) in traced
    assert ("search-type", ("Observation/w/_history/1",)) in traced
    assert ("$graphql", ("Patient/p1",)) in [(interaction, entities[:1]) for interaction, entities in traced]
    open_type = await ask(fhir.as_("nobody"), "{ name }", "Organization/o1")
    assert open_type == {"name": "O"}
    for who, status in (("nobody", 403), ("", 401), ("reader", 200)):
        sent = {"query": '{ Patient(id: "p1") { id } }'}
        answer = await fhir.as_(who).post("$graphql", sent, headers={"content-type": "application/json"})
        assert answer.status_code == status
        gone = await fhir.as_(who).post(
            "Patient/none/$graphql", {"query": "{ id }"}, headers={"content-type": "application/json"}
        )
        assert gone.status_code == (404 if who == "reader" else status)


async def test_it_is_declared(fhir: Fhir) -> None:
    rest = (await fhir.get("metadata")).json()["rest"][0]
    assert "graphql" in [one["name"] for one in rest["operation"]]
    assert "graphql" in [one["name"] for one in rest["resource"][0]["operation"]]
