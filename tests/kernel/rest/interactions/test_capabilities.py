"""capabilities: what is declared, no more and no less. FHIR R4 http.html#capabilities."""

from dataclasses import replace
from typing import Any

from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import ORGANIZATION, REGISTER, SANDBOX, URL, Fhir, issue

from socle.kernel.fhir.check import check


async def statement(fhir: Fhir, query: str = "") -> dict[str, Any]:
    answer = await fhir.get(f"metadata{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_it_is_legal_and_says_where_it_is(fhir: Fhir) -> None:
    found = await statement(fhir.as_(""))
    check(found, expected_type="CapabilityStatement")
    assert (found["fhirVersion"], found["implementation"]["url"]) == ("4.0.1", URL)
    assert found["format"] == ["application/fhir+json", "json", "application/fhir+xml", "xml"]


async def test_every_type_of_the_register_is_there_with_what_can_be_done(fhir: Fhir) -> None:
    [rest] = (await statement(fhir))["rest"]
    assert [one["type"] for one in rest["resource"]] == sorted(REGISTER.types)
    patient = next(one for one in rest["resource"] if one["type"] == "Patient")
    assert {"read", "vread", "update", "patch", "delete", "create", "search-type"} <= {
        i["code"] for i in patient["interaction"]
    }
    assert {"name": "birthdate", "type": "date"}.items() <= next(
        one for one in patient["searchParam"] if one["name"] == "birthdate"
    ).items()
    assert "Patient:organization" in patient["searchInclude"]
    assert "Observation:subject" in patient["searchRevInclude"]
    assert (patient["conditionalDelete"], patient["conditionalRead"]) == ("single", "full-support")
    assert {i["code"] for i in rest["interaction"]} == {"transaction", "batch", "search-system", "history-system"}


async def test_what_is_not_declared_is_neither_said_nor_done(serve: Serve) -> None:
    only = replace(
        SANDBOX,
        interactions=frozenset({"read", "search-type", "create", "capabilities"}),
        by_type={"Organization": frozenset({"read"})},
    )
    fhir = serve(only)
    found = await statement(fhir)
    check(found, expected_type="CapabilityStatement")
    [rest] = found["rest"]
    organization = next(one for one in rest["resource"] if one["type"] == "Organization")
    assert [i["code"] for i in organization["interaction"]] == ["read"]
    assert "interaction" not in rest
    answer = await fhir.post("Organization", ORGANIZATION)
    assert (answer.status_code, answer.headers["allow"]) == (405, "")
    answer = await fhir.put("Organization/o1", ORGANIZATION)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert (await fhir.post("", {"resourceType": "Bundle", "type": "batch"})).status_code == 405


async def test_a_type_that_only_comes_with_others_is_said_without_interaction(serve: Serve) -> None:
    found = await statement(serve(replace(SANDBOX, by_type={"Organization": frozenset()})))
    check(found, expected_type="CapabilityStatement")
    organization = next(one for one in found["rest"][0]["resource"] if one["type"] == "Organization")
    assert "interaction" not in organization


async def test_modes(fhir: Fhir) -> None:
    assert (await statement(fhir, "?mode=normative")) == (await statement(fhir, "?mode=full"))
    check(await statement(fhir, "?mode=terminology"), expected_type="TerminologyCapabilities")
    answer = await fhir.get("metadata?mode=other")
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["http.mode"])


async def test_search_parameters_that_are_not_offered_are_not_announced(fhir: Fhir) -> None:
    [rest] = (await statement(fhir))["rest"]
    for resource in rest["resource"]:
        for parameter in resource.get("searchParam", []):
            assert parameter["name"] != "phonetic", parameter
            assert parameter["type"] != "special" or parameter["name"] == "near", parameter


async def test_a_part_of_it_is_given_to_who_asks_for_a_part(fhir: Fhir) -> None:
    found = await statement(fhir, "?_elements=fhirVersion")
    assert found["fhirVersion"] == "4.0.1"
    assert "rest" not in found or found["rest"] == []
    assert found["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert issue(await fhir.get("metadata?_elements=nothing"))["expression"] == ["http._elements"]
