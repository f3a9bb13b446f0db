"""`/ins/index/fhir`: PIXm, PDQm and the feed, over HTTP."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from tests.foundations.ins_index.support import AGENT, NORTH, SOUTH, STRANGER, WEST, IndexUnderTest, ins, patient

from socle.foundations.ins.index.api import ENDPOINT
from socle.kernel.fhir.keys import resource_key
from socle.kernel.policy import ANONYMOUS, Actor
from socle.kernel.rest.pipeline import fhir_app

Json = dict[str, Any]
URL = "http://test/ins/index/fhir"
NIR = ins("2610329019001")
NIR_SYSTEM, NIR_VALUE = NIR.autorite.system, NIR.matricule.value


class Keys:
    """`Bearer agent`, `Bearer stranger`."""

    async def identify(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        return {"Bearer agent": AGENT, "Bearer stranger": STRANGER}.get(headers.get("authorization", ""), ANONYMOUS)


@pytest.fixture
async def http(house: IndexUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an agent's key."""
    app = fhir_app(ENDPOINT, house.index.repository, authenticator=Keys(), clock=lambda: house.now, secret=b"secret")
    headers = {"authorization": "Bearer agent", "content-type": "application/fhir+json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=URL, headers=headers) as client:
        yield client


async def put(http: httpx.AsyncClient, domain: str, value: str, **traits: Any) -> str:
    """ITI-104: the record of a structure, created or updated by its identifier; answers its id."""
    response = await http.put(f"/Patient?identifier={domain}|{value}", json=patient(domain, value, **traits))
    assert response.status_code in (200, 201), response.text
    return str(response.json()["id"])


async def pix(http: httpx.AsyncClient, source: str, *targets: str) -> httpx.Response:
    """ITI-83."""
    asked = [("sourceIdentifier", source), *(("targetSystem", target) for target in targets)]
    return await http.get("/Patient/$ihe-pix", params=asked)


def said(response: httpx.Response, name: str) -> list[Any]:
    """The values of a parameter of the answer."""
    return [
        next(value for key, value in one.items() if key.startswith("value"))
        for one in response.json().get("parameter", ())
        if one["name"] == name
    ]


async def test_the_feed_creates_then_updates_by_identifier(http: httpx.AsyncClient) -> None:
    body = patient(NORTH, "1")
    first = await http.put(f"/Patient?identifier={NORTH}|1", json=body)
    again = await http.put(f"/Patient?identifier={NORTH}|1", json={**body, "active": True, "gender": "unknown"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["meta"]["versionId"] == "2"


async def test_a_second_record_under_the_same_identifier_is_refused(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1")
    response = await http.post("/Patient", json=patient(NORTH, "1"))
    assert response.status_code == 422
    assert response.json()["issue"][0]["code"] == "duplicate"


async def test_pix_answers_the_identifiers_of_the_same_person(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1")
    south = await put(http, SOUTH, "77", family="LEGALL")
    await put(http, WEST, "9", given=["CAMILLE"], born="1970-01-05")
    response = await pix(http, f"{NORTH}|1")
    assert said(response, "targetIdentifier") == [{"system": SOUTH, "value": "77"}]
    assert {"reference": f"Patient/{south}"} in said(response, "targetId")


async def test_pix_answers_the_ins_and_from_the_ins(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1", qualified=NIR)
    await put(http, SOUTH, "77")
    there = await pix(http, f"{SOUTH}|77", NIR_SYSTEM)
    back = await pix(http, f"{NIR_SYSTEM}|{NIR_VALUE}", SOUTH)
    assert said(there, "targetIdentifier") == [{"system": NIR_SYSTEM, "value": NIR_VALUE}]
    assert said(back, "targetIdentifier") == [{"system": SOUTH, "value": "77"}]


async def test_pix_with_nothing_in_the_target_domain_is_an_empty_answer(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1")
    await put(http, WEST, "9", given=["CAMILLE"], born="1970-01-05")
    response = await pix(http, f"{NORTH}|1", WEST)
    assert (response.status_code, response.json()) == (200, {"resourceType": "Parameters"})


async def test_pix_by_post(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1")
    await put(http, SOUTH, "77")
    parameters = [
        {"name": "sourceIdentifier", "valueIdentifier": {"system": NORTH, "value": "1"}},
        {"name": "targetSystem", "valueUri": SOUTH},
    ]
    response = await http.post("/Patient/$ihe-pix", json={"resourceType": "Parameters", "parameter": parameters})
    assert said(response, "targetIdentifier") == [{"system": SOUTH, "value": "77"}]


@pytest.mark.parametrize(
    ("source", "target", "status", "code"),
    [
        (f"{NORTH}|unknown", "", 404, "not-found"),
        ("urn:oid:1.2.3|1", "", 400, "code-invalid"),
        (f"{NORTH}|1", "urn:oid:1.2.3", 403, "code-invalid"),
        ("1", "", 400, "invalid"),
    ],
    ids=["unknown identifier", "unknown source domain", "unknown target domain", "no system"],
)
async def test_pix_says_what_it_does_not_know_as_ihe_asks(
    http: httpx.AsyncClient, source: str, target: str, status: int, code: str
) -> None:
    await put(http, NORTH, "1")
    response = await pix(http, source, *([target] if target else []))
    assert (response.status_code, response.json()["issue"][0]["code"]) == (status, code)


async def test_a_record_that_its_structure_merged_is_not_cross_referenced(http: httpx.AsyncClient) -> None:
    kept = await put(http, NORTH, "1")
    await put(http, NORTH, "2")
    gone = patient(NORTH, "2")
    gone.update(active=False, link=[{"other": {"reference": f"Patient/{kept}"}, "type": "replaced-by"}])
    assert (await http.put(f"/Patient?identifier={NORTH}|2", json=gone)).status_code == 200
    assert (await pix(http, f"{NORTH}|2")).status_code == 404
    assert said(await pix(http, f"{NORTH}|1"), "targetIdentifier") == []


async def test_a_record_said_to_be_replaced_and_active_is_refused(http: httpx.AsyncClient) -> None:
    kept = await put(http, NORTH, "1")
    gone = patient(NORTH, "2")
    gone.update(link=[{"other": {"reference": f"Patient/{kept}"}, "type": "replaced-by"}])
    refused = await http.put(f"/Patient?identifier={NORTH}|2", json=gone)
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (422, ["Patient.active"])


async def test_a_merge_that_names_the_survivor_by_its_identifier(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1")
    gone = patient(NORTH, "2")
    gone.update(active=False, link=[{"other": {"identifier": {"system": NORTH, "value": "1"}}, "type": "replaced-by"}])
    assert (await http.put(f"/Patient?identifier={NORTH}|2", json=gone)).status_code == 201


async def test_a_deleted_record_is_no_longer_known(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1")
    assert (await http.delete(f"/Patient?identifier={NORTH}|1")).status_code == 204
    assert (await pix(http, f"{NORTH}|1")).status_code == 404


def links(resource: Json) -> list[tuple[str, str]]:
    """(type, reference) of each link of a Patient."""
    return [(one["type"], one["other"]["reference"]) for one in resource.get("link", ())]


async def searched(http: httpx.AsyncClient, query: str) -> dict[str, Json]:
    """ITI-78: the Patients found, by id."""
    response = await http.get(f"/Patient?{query}")
    assert response.status_code == 200, response.text
    return {one["resource"]["id"]: one["resource"] for one in response.json().get("entry", ())}


async def test_a_search_says_which_records_are_one_person(http: httpx.AsyncClient) -> None:
    north, south = await put(http, NORTH, "1"), await put(http, SOUTH, "1")
    other = await put(http, WEST, "9", family="TANGUY", given=["YANN"], sex="M", born="1990-02-02")
    found = await searched(http, "active=true")
    assert links(found[north]) == [("seealso", f"Patient/{south}")]
    assert links(found[south]) == [("seealso", f"Patient/{north}")]
    assert links(found[other]) == []


async def test_links_go_beyond_the_page_and_the_criteria(http: httpx.AsyncClient) -> None:
    north, south = await put(http, NORTH, "1"), await put(http, SOUTH, "1")
    found = await searched(http, f"identifier={SOUTH}|1&_count=1")
    assert [(id, links(one)) for id, one in found.items()] == [(south, [("seealso", f"Patient/{north}")])]
    assert links((await http.get(f"/Patient/{south}")).json()) == []  # read by id: as it was fed


@pytest.mark.parametrize("query", ["_elements=name", "_summary=text"])
async def test_a_search_asked_without_links_stays_without(http: httpx.AsyncClient, query: str) -> None:
    await put(http, NORTH, "1")
    await put(http, SOUTH, "1")
    assert [links(one) for one in (await searched(http, query)).values()] == [[], []]


@pytest.mark.parametrize("query", ["_elements=link", "_summary=true", "_summary=data"])
async def test_a_shortened_answer_keeps_its_links(http: httpx.AsyncClient, query: str) -> None:
    await put(http, NORTH, "1")
    await put(http, SOUTH, "1")
    assert [len(links(one)) for one in (await searched(http, query)).values()] == [1, 1]


async def test_a_record_fed_with_the_links_of_a_search_says_them_once(http: httpx.AsyncClient) -> None:
    north, south = await put(http, NORTH, "1"), await put(http, SOUTH, "1")
    body = (await searched(http, f"_id={north}"))[north]
    assert (await http.put(f"/Patient/{north}", json=body)).status_code == 200
    assert links((await searched(http, f"_id={north}"))[north]) == [("seealso", f"Patient/{south}")]


async def match(http: httpx.AsyncClient, resource: Json, **parameters: Any) -> Json:
    """ITI-119."""
    given = [{"name": "resource", "resource": resource}]
    for name, value in parameters.items():
        given.append({"name": name, "valueBoolean" if isinstance(value, bool) else "valueInteger": value})
    response = await http.post("/Patient/$match", json={"resourceType": "Parameters", "parameter": given})
    assert response.status_code == 200, response.text
    found: Json = response.json()
    return found


async def test_match_grades_and_scores_its_candidates(http: httpx.AsyncClient) -> None:
    sure = await put(http, NORTH, "1")
    doubtful = await put(http, SOUTH, "2", family="KERVELLA")
    found = await match(http, patient("urn:oid:1.2.3", "x"))
    grades = {
        one["resource"]["id"]: (one["search"]["extension"][0]["valueCode"], one["search"]["score"])
        for one in found["entry"]
    }
    assert grades[sure][0] == "certain"
    assert grades[doubtful][0] in ("probable", "possible")
    assert grades[sure][1] >= grades[doubtful][1]


async def test_match_answers_only_what_is_certain_when_asked(http: httpx.AsyncClient) -> None:
    sure = await put(http, NORTH, "1")
    await put(http, SOUTH, "2", family="KERVELLA")
    found = await match(http, patient("urn:oid:1.2.3", "x"), onlyCertainMatches=True)
    assert [one["resource"]["id"] for one in found["entry"]] == [sure]


async def test_match_answers_nothing_certain_when_two_persons_are(http: httpx.AsyncClient) -> None:
    await put(http, NORTH, "1", qualified=NIR)
    await put(http, SOUTH, "2", qualified=ins("2610329019002"))
    found = await match(http, patient("urn:oid:1.2.3", "x"), onlyCertainMatches=True)
    assert found["total"] == 0


async def test_match_counts(http: httpx.AsyncClient) -> None:
    for rank in range(3):
        await put(http, f"{NORTH}.{rank}", "1")
    assert len((await match(http, patient("urn:oid:1.2.3", "x"), count=2))["entry"]) == 2


ASKED = {"resourceType": "Patient", "name": [{"family": "X", "given": ["Y"]}], "birthDate": "1961-03-09"}


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ({"resourceType": "Patient", "gender": "female"}, ""),
        ({"resourceType": "Patient", "name": [{"family": "Martin", "given": ["Jean"]}]}, ""),
        (ASKED, "?count=0"),
        (ASKED, "?onlyCertainMatches=perhaps"),
        (ASKED, "?fuzzy=yes"),
        ({"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": ASKED}, {"name": "fuzzy"}]}, ""),
    ],
    ids=[
        "nothing to compare",
        "a name alone",
        "no candidate wanted",
        "neither true nor false",
        "an unknown parameter",
        "an unknown parameter in the body",
    ],
)
async def test_match_refuses_what_it_cannot_answer(http: httpx.AsyncClient, body: Json, query: str) -> None:
    assert (await http.post(f"/Patient/$match{query}", json=body)).status_code == 400


async def test_the_question_of_these_refusals_is_otherwise_answered(http: httpx.AsyncClient) -> None:
    assert (await http.post("/Patient/$match", json=ASKED)).status_code == 200


async def test_an_ins_that_is_not_qualified_does_not_come_in(http: httpx.AsyncClient) -> None:
    body = patient(NORTH, "1", qualified=NIR)
    body["extension"] = [one for one in body["extension"] if "reliability" not in one["url"]]
    response = await http.put(f"/Patient?identifier={NORTH}|1", json=body)
    assert response.status_code == 422
    assert response.json()["issue"][0]["expression"] == ["Patient.identifier"]


async def test_pdqm_searches_by_demographics_and_by_identifier(http: httpx.AsyncClient) -> None:
    one = await put(http, NORTH, "1")
    await put(http, SOUTH, "2", family="MARTIN", given=["PAUL"], sex="M", born="1988-01-02")
    for query in (f"identifier={NORTH}|1", "family=legall&birthdate=1961-03-09", "family=le gall&gender=female"):
        found = (await http.get(f"/Patient?{query}")).json()
        if query.startswith("family=legall"):
            assert found["total"] == 0  # a search by parameters compares spelling; $match forgives it
        else:
            assert [entry["resource"]["id"] for entry in found["entry"]] == [one]


async def test_a_transaction_feeds_several_records_that_meet(http: httpx.AsyncClient, house: IndexUnderTest) -> None:
    entries = [
        {"resource": patient(domain, "1"), "request": {"method": "PUT", "url": f"Patient?identifier={domain}|1"}}
        for domain in (NORTH, SOUTH)
    ]
    response = await http.post("", json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert response.status_code == 200, response.text
    assert said(await pix(http, f"{NORTH}|1"), "targetIdentifier") == [{"system": SOUTH, "value": "1"}]


@pytest.mark.parametrize("key", ["", "Bearer stranger"])
async def test_whoever_may_not_read_learns_nothing(http: httpx.AsyncClient, key: str) -> None:
    await put(http, NORTH, "1")
    http.headers["authorization"] = key
    known, unknown = await pix(http, f"{NORTH}|1"), await pix(http, f"{NORTH}|2")
    assert known.status_code == unknown.status_code == (403 if key else 401)
    assert known.json()["issue"] == unknown.json()["issue"]


async def test_every_question_leaves_a_trace_of_whom_it_concerned(
    http: httpx.AsyncClient, house: IndexUnderTest
) -> None:
    await put(http, NORTH, "1")
    south = await put(http, SOUTH, "77")
    await pix(http, f"{NORTH}|1")
    await match(http, patient("urn:oid:1.2.3", "x"))
    key_of_subject = resource_key("Patient", south)
    rows = await house.database.query(
        "SELECT count(*) AS n FROM ins_index.audit WHERE subjects @> ARRAY[$1::bigint]", key_of_subject
    )
    assert rows[0]["n"] == 3  # fed, cross-referenced, found by $match


async def test_the_capabilities_name_both_operations(http: httpx.AsyncClient) -> None:
    stated = (await http.get("/metadata")).json()["rest"][0]["resource"][0]
    assert {"match", "ihe-pix"} <= {one["name"] for one in stated["operation"]}
    assert "mothersMaidenName" in {one["name"] for one in stated["searchParam"]}
