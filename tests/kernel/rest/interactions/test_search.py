"""search by GET and POST: the wire; what parameters mean is tested with the search itself. FHIR R4 http.html#search."""

from typing import Any

import pytest
from tests.kernel.rest.support import ORGANIZATION, PATIENT, URL, Fhir, issue


@pytest.fixture
async def people(fhir: Fhir) -> Fhir:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    for i in range(5):
        patient = {**PATIENT, "id": f"p{i}", "managingOrganization": {"reference": "Organization/o1"}}
        await fhir.put(f"Patient/p{i}", patient)
    return fhir


def ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    return [e["resource"]["id"] for e in bundle.get("entry", []) if e["search"]["mode"] == mode]


def link(bundle: dict[str, Any], name: str) -> str | None:
    return next((one["url"].removeprefix(f"{URL}/") for one in bundle["link"] if one["relation"] == name), None)


async def test_what_matches_comes_in_a_searchset(people: Fhir) -> None:
    answer = (await people.get("Patient?family=dupont")).json()
    assert (answer["type"], answer["total"]) == ("searchset", 5)
    assert ids(answer) == ["p0", "p1", "p2", "p3", "p4"]
    assert answer["entry"][0]["fullUrl"] == f"{URL}/Patient/p0"
    assert link(answer, "self") == "Patient?family=dupont"


async def test_nothing_found_is_an_answer(people: Fhir) -> None:
    answer = (await people.get("Patient?family=durand")).json()
    assert (answer["total"], "entry" in answer) == (0, False)


async def test_by_post_an_accent_that_nobody_encoded_is_utf_8(people: Fhir) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = (await people("POST", "Patient/_search", content="family=dupônt".encode(), headers=headers)).json()
    assert answer["total"] == 5
    assert link(answer, "self") == "Patient?family=dup%C3%B4nt"
    refused = await people("POST", "Patient/_search", content="family=dupônt".encode("latin-1"), headers=headers)
    assert (refused.status_code, "UTF-8" in issue(refused)["diagnostics"]) == (400, True)


async def test_by_post_the_parameters_of_the_form_and_of_the_url_count(people: Fhir) -> None:
    answer = await people("POST", "Patient/_search?_count=2", data={"family": "dupont"})
    assert (answer.status_code, len(ids(answer.json()))) == (200, 2)


async def test_by_post_the_form_may_choose_the_format(people: Fhir) -> None:
    answer = await people("POST", "Patient/_search", data={"_id": "p1", "_format": "json", "_pretty": "true"})
    assert answer.text.startswith('{\n  "resourceType": "Bundle"')
    assert (await people("POST", "Patient/_search", data={"_format": "ttl"})).status_code == 406


async def test_by_post_without_a_body_the_url_is_enough(people: Fhir) -> None:
    assert ids((await people("POST", "Patient/_search?_id=p3")).json()) == ["p3"]


async def test_pages_lead_to_every_match_once(people: Fhir) -> None:
    path: str | None = "Patient?family=dupont&_count=2"
    seen: list[str] = []
    while path:
        page = (await people.get(path)).json()
        seen += ids(page)
        path = link(page, "next")
    assert seen == ["p0", "p1", "p2", "p3", "p4"]


async def test_a_page_link_holds_only_where_it_was_given(people: Fhir) -> None:
    page = (await people.get("Patient?_count=2")).json()
    following = link(page, "next")
    assert following is not None
    assert (await people.get(following.replace("Patient?", "Organization?"))).status_code == 400
    assert (await people.get(following + "&family=x")).status_code == 400
    assert (await people.get(following[:-3] + "AAA")).status_code == 400


async def test_a_page_link_gives_no_right(people: Fhir) -> None:
    following = link((await people.get("Patient?_count=2")).json(), "next")
    assert following is not None
    assert (await people.as_("").get(following)).status_code == 401
    whole = link((await people.get("?_count=2")).json(), "next")
    assert whole is not None
    assert (await people.as_("").get(whole.removeprefix(URL))).status_code == 401


async def test_what_goes_with_the_matches_is_marked(people: Fhir) -> None:
    answer = (await people.get("Patient?_id=p1&_include=Patient:organization")).json()
    assert (ids(answer), ids(answer, "include")) == (["p1"], ["o1"])


async def test_the_whole_register_can_be_searched(people: Fhir) -> None:
    answer = (await people.get("?_type=Patient,Organization&_count=10")).json()
    assert sorted(ids(answer)) == ["o1", "p0", "p1", "p2", "p3", "p4"]


async def test_an_unknown_parameter_is_refused(people: Fhir) -> None:
    answer = await people.get("Patient?nonsense=1")
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["http.nonsense"])


async def test_leniently_it_is_ignored_and_said_in_the_bundle(people: Fhir) -> None:
    answer = (await people.get("Patient?nonsense=1&_id=p1", headers={"prefer": "handling=lenient"})).json()
    assert ids(answer) == ["p1"]
    [outcome] = [e["resource"] for e in answer["entry"] if e["search"]["mode"] == "outcome"]
    assert outcome["issue"][0]["severity"] == "warning"
    assert "nonsense" not in (link(answer, "self") or "")


async def test_count_alone(people: Fhir) -> None:
    answer = (await people.get("Patient?_summary=count")).json()
    assert (answer["total"], "entry" in answer) == (5, False)


async def test_a_form_is_a_form(people: Fhir) -> None:
    answer = await people.post("Patient/_search", {"family": "x"})
    assert answer.status_code == 415


@pytest.fixture
async def observed(people: Fhir) -> Fhir:
    for i in range(4):
        observation = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "id": f"x{i}"}
        await people.put(f"Observation/x{i}", {**observation, "subject": {"reference": f"Patient/p{i % 2}"}})
    return people


async def test_a_compartment_is_searched_among_what_concerns_its_owner(observed: Fhir) -> None:
    answer = (await observed.get("Patient/p1/Observation?status=final")).json()
    assert ids(answer) == ["x1", "x3"]
    assert link(answer, "self") == "Patient/p1/Observation?status=final"
    assert ids((await observed("POST", "Patient/p1/Observation/_search", data={"status": "amended"})).json()) == []


async def test_pages_of_a_compartment_stay_in_it(observed: Fhir) -> None:
    first = (await observed.get("Patient/p1/Observation?_count=1")).json()
    following = link(first, "next")
    assert following is not None
    assert following.startswith("Patient/p1/Observation?_page=")
    assert ids((await observed.get(following)).json()) == ["x3"]
    assert (await observed.get(following.replace("p1", "p0"))).status_code == 400


async def test_all_that_concerns_a_patient(observed: Fhir) -> None:
    assert ids((await observed.get("Patient/p1/*")).json()) == ["p1", "x1", "x3"]


async def test_a_compartment_search_names_the_patient_in_its_trace(observed: Fhir) -> None:
    await observed.get("Patient/p1/Observation")
    assert (await observed.events())[-1].query == "_compartment=Patient%2Fp1"


async def test_a_compartment_is_only_said_by_the_path(observed: Fhir) -> None:
    assert issue(await observed.get("Observation?_compartment=Patient/p1"))["expression"] == ["http._compartment"]
    assert (await observed.get("Organization/o1/Patient")).status_code == 404
