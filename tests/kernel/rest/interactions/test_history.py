"""history of a resource, a type, the register, as FHIR R4 http.html#history says."""

import pytest
from tests.kernel.rest.support import ORGANIZATION, PATIENT, URL, Fhir, issue

O1 = {**ORGANIZATION, "id": "o1"}


@pytest.fixture
async def lived(fhir: Fhir) -> Fhir:
    """Organization/o1 created, changed, deleted, created again; Patient/p1 created."""
    await fhir.put("Organization/o1", O1)
    await fhir.put("Organization/o1", {**O1, "name": "Autre"})
    await fhir.delete("Organization/o1")
    await fhir.put("Organization/o1", O1)
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    return fhir


async def test_the_versions_of_a_resource_newest_first(lived: Fhir) -> None:
    answer = (await lived.get("Organization/o1/_history")).json()
    assert answer["type"] == "history"
    assert [(e["request"]["method"], e["response"]["status"]) for e in answer["entry"]] == [
        ("PUT", "201 Created"),
        ("DELETE", "204 No Content"),
        ("PUT", "200 OK"),
        ("PUT", "201 Created"),
    ]
    assert [e["response"]["etag"] for e in answer["entry"]] == ['W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']
    assert {e["fullUrl"] for e in answer["entry"]} == {f"{URL}/Organization/o1"}


@pytest.mark.parametrize(
    ("id", "request_"),
    [
        ("o1", {"method": "PUT", "url": "Organization/o1"}),
        ("6f2c1b9e-3a0d-4c58-9b1e-0d7a52f4e913", {"method": "POST", "url": "Organization"}),
    ],
)
async def test_a_resource_whose_id_no_register_draws_was_made_by_its_client(
    fhir: Fhir, id: str, request_: dict[str, str]
) -> None:
    await fhir.put(f"Organization/{id}", {**ORGANIZATION, "id": id})
    [made] = (await fhir.get(f"Organization/{id}/_history")).json()["entry"]
    assert made["request"] == request_


async def test_a_deletion_has_no_resource_and_the_others_have_theirs(lived: Fhir) -> None:
    entries = (await lived.get("Organization/o1/_history")).json()["entry"]
    assert [e.get("resource", {}).get("meta", {}).get("versionId") for e in entries] == ["4", None, "2", "1"]


async def test_the_versions_of_a_type_and_of_the_register(lived: Fhir) -> None:
    assert len((await lived.get("Organization/_history")).json()["entry"]) == 4
    assert len((await lived.get("_history")).json()["entry"]) == 5


async def test_pages_follow_one_another_to_the_end(lived: Fhir) -> None:
    seen: list[str] = []
    path = "_history?_count=2"
    for _ in range(5):
        page = (await lived.get(path)).json()
        seen += [e["fullUrl"].removeprefix(URL) + e["response"]["etag"] for e in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        if "next" not in links:
            break
        path = links["next"].removeprefix(f"{URL}/")
    assert seen == [
        '/Patient/p1W/"1"',
        '/Organization/o1W/"4"',
        '/Organization/o1W/"3"',
        '/Organization/o1W/"2"',
        '/Organization/o1W/"1"',
    ]


async def test_a_page_does_not_move_while_others_write(lived: Fhir) -> None:
    page = (await lived.get("Organization/_history?_count=2")).json()
    await lived.put("Organization/o2", {**O1, "id": "o2"})
    following = next(link["url"] for link in page["link"] if link["relation"] == "next")
    after = (await lived.get(following.removeprefix(f"{URL}/"))).json()
    assert [e["response"]["etag"] for e in after["entry"]] == ['W/"2"', 'W/"1"']


async def test_since_leaves_out_what_is_older(lived: Fhir) -> None:
    entries = (await lived.get("Organization/o1/_history")).json()["entry"]
    since = entries[1]["response"]["lastModified"]
    found = (await lived.get("Organization/o1/_history", params={"_since": since})).json()["entry"]
    assert [e["response"]["etag"] for e in found] == ['W/"4"', 'W/"3"']


async def test_at_keeps_what_was_current_then(lived: Fhir) -> None:
    entries = (await lived.get("Organization/o1/_history")).json()["entry"]
    at = entries[2]["response"]["lastModified"]
    found = (await lived.get("Organization/o1/_history", params={"_at": at})).json()["entry"]
    assert [e["response"]["etag"] for e in found] == ['W/"2"']


async def test_an_id_that_never_was_has_no_history(fhir: Fhir) -> None:
    assert (await fhir.get("Organization/o1/_history")).status_code == 404


async def test_a_type_without_resources_has_an_empty_one(fhir: Fhir) -> None:
    answer = await fhir.get("Organization/_history")
    assert (answer.status_code, "entry" in answer.json()) == (200, False)


@pytest.mark.parametrize(
    "query", ["_since=hier", "_since=2026-02-30T00:00:00Z", "_at=2026-13", "_at=gt2026-11-22T20:00:00Z"]
)
async def test_a_moment_that_cannot_be_is_named(fhir: Fhir, query: str) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.get(f"Organization/o1/_history?{query}")
    assert (answer.status_code, issue(answer)["expression"]) == (400, [f"http.{query.partition('=')[0]}"])


@pytest.mark.parametrize("query", ["_count=x", "_count=-1", "_since=hier", "_since=2026", "_at=2026-13", "_sort=_id"])
async def test_values_that_make_no_sense_are_refused(fhir: Fhir, query: str) -> None:
    answer = await fhir.get(f"Organization/_history?{query}")
    assert (answer.status_code, issue(answer)["severity"]) == (400, "error")
