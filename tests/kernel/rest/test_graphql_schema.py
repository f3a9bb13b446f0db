"""__schema and __type: what tools read of a server. GraphQL October 2021, "Introspection"; FHIR R4 graphql.html."""

from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, parse, validate, validate_schema
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import Fhir
from tests.kernel.rest.test_graphql import ENDPOINT, PETER, ask, refused

Json = dict[str, Any]
SYSTEM = """
{ Patient(id: "p1") { id resourceType active birthDate _birthDate { extension { url valueDateTime } }
    name(use: "official", _count: 1) { family given }
    contact { relationship { coding { code } } name { family } }
    generalPractitioner { reference resource(optional: true) { __typename ... on Practitioner { name { family } } } }
    ObservationList(_reference: "subject", status: "final", _count: 2) { status valueQuantity { value unit } } }
  PatientList(family: ["Chalmers", "Windsor"], _sort: "birthdate") { id }
  PatientConnection(name: "peter", _count: 10) { count next edges { mode score resource { id } } } }
"""


@pytest.fixture
async def fhir(serve: Serve) -> Fhir:
    fhir = serve(ENDPOINT)
    assert (await fhir.put("Patient/p1", PETER)).status_code == 201
    return fhir


_MADE: dict[str, GraphQLSchema] = {}


async def described(fhir: Fhir, at: str = "") -> GraphQLSchema:
    """The schema as a tool makes it of what a server tells of itself; made once, it takes seconds."""
    if at not in _MADE:
        told = await ask(fhir, get_introspection_query(input_value_deprecation=True), at)
        _MADE[at] = build_client_schema(told)
    return _MADE[at]


async def test_a_tool_makes_a_legal_schema_of_it(fhir: Fhir) -> None:
    schema = await described(fhir)
    assert validate_schema(schema) == []
    assert schema.query_type is not None
    assert schema.query_type.name == "Query"
    assert validate(schema, parse(SYSTEM)) == []


async def test_what_the_schema_allows_is_answered(fhir: Fhir) -> None:
    found = await ask(fhir, SYSTEM, "")
    assert found["Patient"]["name"] == [{"family": "Chalmers", "given": ["Peter", "James"]}]
    assert found["PatientList"] == [{"id": "p1"}]


async def test_the_query_about_a_resource_starts_from_its_type(fhir: Fhir) -> None:
    schema = await described(fhir, "Patient/p1")
    assert schema.query_type is not None
    assert schema.query_type.name == "Patient"
    assert validate(schema, parse("{ name @flatten { given @first } birthDate }")) == []


async def test_what_the_server_refuses_the_schema_does_not_have(fhir: Fhir) -> None:
    schema = await described(fhir)
    for query in (
        "{ Patient { id } }",
        '{ Patient(id: "p1") { naissance } }',
        "{ PatientList(couleur: 1) { id } }",
        "{ Martian { id } }",
        '{ Patient(id: "p1") { PatientList { id } } }',
    ):
        assert validate(schema, parse(query)) != [], query
        assert (await refused(fhir, query, ""))[0] == 400, query


async def test_one_type_may_be_asked_by_its_name(fhir: Fhir) -> None:
    query = (
        "{ __type(name: $name) { kind name fields { name type { kind name ofType { name } } } interfaces { name } } }"
    )
    found = await ask(fhir, f"query one($name: String!) {query}", "", variables={"name": "PatientContact"})
    of = found["__type"]
    assert (of["kind"], of["name"], of["interfaces"]) == ("OBJECT", "PatientContact", [])
    fields = {one["name"]: one["type"] for one in of["fields"]}
    assert fields["relationship"] == {"kind": "LIST", "name": None, "ofType": {"name": "CodeableConcept"}}
    assert fields["gender"] == {"kind": "SCALAR", "name": "code", "ofType": None}
    assert fields["_gender"]["name"] == "Element"
    assert (await ask(fhir, '{ __type(name: "Martian") { name } }', ""))["__type"] is None


async def test_the_schema_may_be_asked_beside_data(fhir: Fhir) -> None:
    found = await ask(fhir, "{ __schema { queryType { name } } id }")
    assert found == {"id": "p1", "__schema": {"queryType": {"name": "Patient"}}}


async def test_a_description_has_a_limit(fhir: Fhir) -> None:
    deep = "name type { ofType { fields { name type { fields { name type { fields { name } } } } } } }"
    status, said = await refused(fhir, f"{{ __schema {{ types {{ fields {{ {deep} }} }} }} }}", "")
    assert (status, "exceeds 1200000 values" in said) == (400, True), said
