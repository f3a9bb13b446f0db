"""transaction, as FHIR R4 http.html#transaction and #trules say: all or nothing, references resolved."""

import asyncio
import base64
import random
from copy import deepcopy
from typing import Any

import httpx
import pytest
from tests.kernel.rest.support import ORGANIZATION, PATIENT, URL, Fhir, issue

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Unit
from socle.kernel.store.postgres import PostgresStore, writer

UUID = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9"
OTHER = "urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059"


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **request: str) -> dict[str, Any]:
    made: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    if resource is not None:
        made = {"resource": resource, **made}
    return {"fullUrl": full_url, **made} if full_url else made


def bundle(*entries: dict[str, Any], kind: str = "transaction") -> dict[str, Any]:
    made: dict[str, Any] = {"resourceType": "Bundle", "type": kind}
    return {**made, "entry": list(entries)} if entries else made


def observation(subject: str) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Poids"},
        "subject": {"reference": subject},
    }


def statuses(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["response"]["status"] for one in answer.json()["entry"]]


async def test_entries_are_answered_in_their_order(fhir: Fhir) -> None:
    await fhir.put("Organization/old", {**ORGANIZATION, "id": "old"})
    answer = await fhir.post(
        "",
        bundle(
            entry("GET", "Organization/new"),
            entry("PUT", "Organization/new", {**ORGANIZATION, "id": "new"}),
            entry("POST", "Patient", PATIENT),
            entry("DELETE", "Organization/old"),
        ),
    )
    assert statuses(answer) == ["200 OK", "201 Created", "201 Created", "204 No Content"]
    assert answer.json()["type"] == "transaction-response"
    first, second, third, _ = answer.json()["entry"]
    assert first["resource"]["name"] == "Clinique des Lilas"
    assert second["response"]["location"] == f"{URL}/Organization/new/_history/1"
    assert third["response"]["etag"] == 'W/"1"'
    assert "resource" not in third


async def test_resources_come_back_when_the_caller_prefers_so(fhir: Fhir) -> None:
    answer = await fhir.post("", bundle(entry("POST", "Patient", PATIENT)), headers={"prefer": "return=representation"})
    assert answer.json()["entry"][0]["resource"]["birthDate"] == "1980-02-29"


async def test_an_empty_transaction_does_nothing(fhir: Fhir) -> None:
    answer = await fhir.post("", bundle())
    assert (answer.status_code, "entry" in answer.json()) == (200, False)


async def test_placeholders_become_the_ids_drawn_wherever_they_stand(fhir: Fhir) -> None:
    resource = {
        **observation(UUID),
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{UUID}">la personne</a></div>',
        },
        "extension": [
            {"url": "http://example.org/uri", "valueUri": UUID},
            {"url": "http://example.org/reference", "valueReference": {"reference": OTHER}},
        ],
    }
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Observation", resource),
            entry("POST", "Patient", PATIENT, UUID),
            entry("POST", "Organization", ORGANIZATION, OTHER),
        ),
    )
    places = [
        one["response"]["location"].removeprefix(URL + "/").split("/_history")[0] for one in answer.json()["entry"]
    ]
    stored = (await fhir.get(places[0])).json()
    assert stored["subject"]["reference"] == places[1]
    assert stored["extension"][0]["valueUri"] == places[1]
    assert stored["extension"][1]["valueReference"]["reference"] == places[2]
    assert f'href="{places[1]}"' in stored["text"]["div"]


async def test_a_uri_that_is_named_reference_follows_too(fhir: Fhir) -> None:
    issue = {"resourceType": "DetectedIssue", "status": "final", "patient": {"reference": UUID}, "reference": UUID}
    answer = await fhir.post(
        "", bundle(entry("POST", "Patient", PATIENT, UUID), entry("POST", "DetectedIssue", issue, OTHER))
    )
    patient, made = (one["response"]["location"].split("/_history")[0] for one in answer.json()["entry"])
    name = patient.removeprefix(f"{URL}/")
    stored = (await fhir.get(made.removeprefix(f"{URL}/"))).json()
    assert (stored["patient"]["reference"], stored["reference"]) == (name, name)


async def outcome(fhir: Fhir, entries: list[dict[str, Any]]) -> Any:
    """What became of the references of a transaction: the ranks of the entries that they lead to; or the refusal."""
    answer = await fhir.post("", bundle(*entries), headers={"Prefer": "return=representation"})
    if answer.status_code != 200:
        return answer.status_code, issue(answer)["code"], issue(answer)["expression"]
    made = [one["resource"] for one in answer.json()["entry"]]
    ranks = {f"Observation/{one['id']}": rank for rank, one in enumerate(made)}

    def told(reference: dict[str, str]) -> int | str:
        return ranks.get(reference["reference"], reference["reference"])

    return [(told(one["subject"]), [told(member) for member in one.get("hasMember", ())]) for one in made]


@pytest.mark.parametrize("seed", range(12))
async def test_what_is_not_walked_is_what_the_walk_would_have_left(fhir: Fhir, seed: int) -> None:
    # Placeholders in References alone are replaced where the check met them; one more in a text, and all is walked.
    rng = random.Random(seed)
    names = [f"urn:uuid:{rank:08d}-0000-4000-8000-000000000000" for rank in range(4)]
    others = [names[0], "Patient/1", "https://example.org/fhir/Observation/1", "urn:oid:1.2.3"] * (seed % 2)
    entries = [
        entry(
            "POST",
            "Observation",
            observation("Patient/1") | {"hasMember": [{"reference": rng.choice(names + others)} for _ in range(3)]},
            full_url=name if seed % 3 or rng.random() < 0.9 else "",
        )
        for name in names
    ]
    walked = deepcopy(entries)
    walked[0]["resource"]["code"] = {"text": "urn:uuid: is how placeholders begin"}
    assert await outcome(fhir, entries) == await outcome(fhir, walked)


async def test_resources_may_refer_to_one_another_in_circles(fhir: Fhir) -> None:
    first = {**PATIENT, "link": [{"other": {"reference": OTHER}, "type": "seealso"}]}
    second = {**PATIENT, "link": [{"other": {"reference": UUID}, "type": "seealso"}]}
    answer = await fhir.post("", bundle(entry("POST", "Patient", first, UUID), entry("POST", "Patient", second, OTHER)))
    one, two = (e["response"]["location"].split("/")[-3] for e in answer.json()["entry"])
    assert (await fhir.get(f"Patient/{one}")).json()["link"][0]["other"]["reference"] == f"Patient/{two}"
    assert (await fhir.get(f"Patient/{two}")).json()["link"][0]["other"]["reference"] == f"Patient/{one}"


async def test_relative_references_follow_the_full_urls_of_the_sender(fhir: Fhir) -> None:
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Patient", PATIENT, "http://sender.example/fhir/Patient/123"),
            entry("POST", "Observation", observation("Patient/123"), "http://sender.example/fhir/Observation/9"),
            entry("POST", "Observation", observation("http://sender.example/fhir/Patient/123")),
        ),
    )
    patient, *others = (
        e["response"]["location"].removeprefix(URL + "/")[: -len("/_history/1")] for e in answer.json()["entry"]
    )
    for other in others:
        assert (await fhir.get(other)).json()["subject"]["reference"] == patient


async def test_a_reference_to_what_is_already_here_stays_as_it_is(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    answer = await fhir.post(
        "", bundle(entry("POST", "Observation", observation("Patient/p1")), entry("POST", "Patient", PATIENT, UUID))
    )
    place = answer.json()["entry"][0]["response"]["location"].removeprefix(URL + "/")
    assert (await fhir.get(place)).json()["subject"]["reference"] == "Patient/p1"


async def test_a_placeholder_that_designates_no_entry_is_refused(fhir: Fhir) -> None:
    answer = await fhir.post("", bundle(entry("POST", "Observation", observation(UUID))))
    assert answer.status_code == 400
    assert issue(answer)["expression"] == ["Bundle.entry[0].resource.subject.reference"]
    assert await fhir.versions() == 0


async def test_a_conditional_reference_becomes_the_resource_found(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    resource = {**PATIENT, "managingOrganization": {"reference": "Organization?identifier=urn:f|1"}}
    answer = await fhir.post("", bundle(entry("PUT", "Patient/p1", {**resource, "id": "p1"})))
    assert statuses(answer) == ["201 Created"]
    assert (await fhir.get("Patient/p1")).json()["managingOrganization"]["reference"] == "Organization/o1"


@pytest.mark.parametrize(("there", "code"), [(0, "not-found"), (2, "multiple-matches")])
async def test_a_conditional_reference_must_designate_one_resource(fhir: Fhir, there: int, code: str) -> None:
    for i in range(there):
        await fhir.put(f"Organization/o{i}", {**ORGANIZATION, "id": f"o{i}"})
    resource = {**PATIENT, "managingOrganization": {"reference": "Organization?identifier=urn:f|1"}}
    answer = await fhir.post("", bundle(entry("POST", "Patient", PATIENT), entry("POST", "Patient", resource)))
    assert (answer.status_code, issue(answer)["code"]) == (412, code)
    assert issue(answer)["expression"] == ["Bundle.entry[1].resource.managingOrganization.reference"]
    assert await fhir.versions() == there


OF_FINESS_1 = {**PATIENT, "id": "p1", "managingOrganization": {"reference": "Organization?identifier=urn:f|1"}}


@pytest.mark.parametrize("condition", [{}, {"ifNoneExist": "identifier=urn:f|1"}])
async def test_a_conditional_reference_finds_what_the_transaction_creates(
    fhir: Fhir, condition: dict[str, str]
) -> None:
    answer = await fhir.post(
        "",
        bundle(
            entry("PUT", "Patient/p1", OF_FINESS_1),
            entry("POST", "Organization", ORGANIZATION, **condition),
        ),
    )
    assert statuses(answer) == ["201 Created", "201 Created"]
    made = answer.json()["entry"][1]["fullUrl"].removeprefix(f"{URL}/")
    assert (await fhir.get("Patient/p1")).json()["managingOrganization"]["reference"] == made


async def test_a_conditional_reference_finds_a_resource_as_the_transaction_leaves_it(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.put("Organization/o2", {**ORGANIZATION, "id": "o2", "identifier": [{"system": "urn:f", "value": "2"}]})
    answer = await fhir.post(
        "",
        bundle(
            entry("PUT", "Patient/p1", OF_FINESS_1),
            entry("PUT", "Organization/o1", {"resourceType": "Organization", "id": "o1", "name": "Fermée"}),
            entry("PUT", "Organization/o2", {**ORGANIZATION, "id": "o2"}),
        ),
    )
    assert statuses(answer) == ["201 Created", "200 OK", "200 OK"]
    assert (await fhir.get("Patient/p1")).json()["managingOrganization"]["reference"] == "Organization/o2"


async def test_a_conditional_reference_does_not_find_what_the_transaction_deletes(fhir: Fhir) -> None:
    for i in range(3):
        await fhir.put(f"Organization/o{i}", {**ORGANIZATION, "id": f"o{i}"})
    gone = [entry("DELETE", "Organization/o0"), entry("DELETE", "Organization/o1")]
    answer = await fhir.post("", bundle(entry("PUT", "Patient/p1", OF_FINESS_1), *gone))
    assert statuses(answer)[0] == "201 Created"
    assert (await fhir.get("Patient/p1")).json()["managingOrganization"]["reference"] == "Organization/o2"
    last = bundle(entry("PUT", "Patient/p1", OF_FINESS_1), entry("DELETE", "Organization/o2"))
    assert (await fhir.post("", last)).status_code == 412


async def test_one_stored_and_one_created_are_several_for_a_conditional_reference(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.post(
        "", bundle(entry("PUT", "Patient/p1", OF_FINESS_1), entry("POST", "Organization", ORGANIZATION))
    )
    assert (answer.status_code, issue(answer)["code"]) == (412, "multiple-matches")
    assert await fhir.versions() == 1


@pytest.mark.parametrize("deleted", ["Organization/o1", "Organization?identifier=urn:f|1"])
async def test_if_none_exist_no_longer_finds_what_the_transaction_deletes(fhir: Fhir, deleted: str) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Organization", ORGANIZATION, ifNoneExist="identifier=urn:f|1"),
            entry("DELETE", deleted),
        ),
    )
    assert statuses(answer) == ["201 Created", "204 No Content"]
    assert (await fhir.get("Organization?identifier=urn:f|1&_summary=count")).json()["total"] == 1


@pytest.mark.parametrize("criteria", ["Patient?organization.name=Autre", "Patient?_has:Patient:link:family=x"])
async def test_criteria_that_follow_what_the_transaction_writes_are_refused(fhir: Fhir, criteria: str) -> None:
    linked = {**PATIENT, "id": "p2", "link": [{"type": "seealso", "other": {"reference": criteria}}]}
    answer = await fhir.post(
        "",
        bundle(
            entry("PUT", "Patient/p2", linked),
            entry("PUT", "Organization/o1", {**ORGANIZATION, "id": "o1", "name": "Autre"}),
        ),
    )
    assert (answer.status_code, issue(answer)["code"]) == (400, "not-supported")
    assert "fullUrl" in issue(answer)["diagnostics"]
    assert await fhir.versions() == 0


async def test_if_none_exist_that_follows_what_the_transaction_deletes_is_refused(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    made = entry("POST", "Patient", PATIENT, ifNoneExist="organization.identifier=urn:f|1")
    answer = await fhir.post("", bundle(made, entry("DELETE", "Organization/o1")))
    assert (answer.status_code, issue(answer)["code"]) == (400, "not-supported")
    assert await fhir.versions() == 1


async def test_criteria_that_follow_what_is_stored_alone_are_judged(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.put(
        "Organization/o2", {"resourceType": "Organization", "partOf": {"reference": "Organization/o1"}, "id": "o2"}
    )
    resource = {**PATIENT, "id": "p1", "managingOrganization": {"reference": "Organization?partof.identifier=urn:f|1"}}
    assert statuses(await fhir.post("", bundle(entry("PUT", "Patient/p1", resource)))) == ["201 Created"]
    assert (await fhir.get("Patient/p1")).json()["managingOrganization"]["reference"] == "Organization/o2"


async def test_if_none_exist_reuses_what_is_there_and_references_follow(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Organization", ORGANIZATION, UUID, ifNoneExist="identifier=urn:f|1"),
            entry("PUT", "Patient/p1", {**PATIENT, "id": "p1", "managingOrganization": {"reference": UUID}}),
        ),
    )
    assert statuses(answer) == ["200 OK", "201 Created"]
    assert (await fhir.get("Patient/p1")).json()["managingOrganization"]["reference"] == "Organization/o1"
    assert await fhir.versions() == 2


async def test_if_none_exist_creates_what_is_not(fhir: Fhir) -> None:
    made = bundle(
        entry("POST", "Organization", ORGANIZATION, UUID, ifNoneExist="identifier=urn:f|1"),
        entry("POST", "Patient", {**PATIENT, "managingOrganization": {"reference": UUID}}),
    )
    answers = await asyncio.gather(*(fhir.post("", made) for _ in range(5)))
    assert sorted(statuses(answer)[0] for answer in answers) == ["200 OK"] * 4 + ["201 Created"]
    found = (await fhir.get("Organization?identifier=urn:f|1")).json()
    assert len(found["entry"]) == 1
    referring = await fhir.get(f"Patient?organization=Organization/{found['entry'][0]['resource']['id']}")
    assert len(referring.json()["entry"]) == 5


async def test_what_is_tried_again_finds_anew_what_its_references_designate(
    fhir: Fhir, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {**ORGANIZATION, "identifier": [{"system": "urn:f", "value": "1"}]}
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    await fhir.put("Organization/o1", {**named, "id": "o1"})
    commit = PostgresStore.commit
    met: list[Unit] = []

    async def crossed(self: PostgresStore, unit: Unit) -> Any:
        if len(unit.changes) == 2 and not met:
            met.append(unit)
            await fhir.delete("Organization/o1")
            await fhir.put("Organization/o2", {**named, "id": "o2"})
            raise Problem.of(Kind.PRECONDITION_FAILED, "Quelqu'un est passé.", "Somebody came by.")
        return await commit(self, unit)

    monkeypatch.setattr(PostgresStore, "commit", crossed)
    patch = {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": base64.b64encode(b'[{"op": "replace", "path": "/birthDate", "value": "1990-01-01"}]').decode(),
    }
    newcomer = {**PATIENT, "managingOrganization": {"reference": "Organization?identifier=urn:f|1"}}
    answer = await fhir.post("", bundle(entry("POST", "Patient", newcomer), entry("PATCH", "Patient/p1", patch)))
    assert statuses(answer) == ["201 Created", "200 OK"]
    made = answer.json()["entry"][0]["response"]["location"].removeprefix(f"{URL}/").split("/_history")[0]
    assert (await fhir.get(made)).json()["managingOrganization"] == {"reference": "Organization/o2"}


async def test_conditions_of_many_entries_are_asked_together(fhir: Fhir, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    fetch = writer._Question.settled

    async def counted(self: writer._Question, sql: str, *args: Any) -> Any:
        asked.append(sql)
        return await fetch(self, sql, *args)

    def made(n: int) -> dict[str, Any]:
        return {**ORGANIZATION, "identifier": [{"system": "urn:f", "value": str(n)}]}

    for n in range(3):
        await fhir.put(f"Organization/o{n}", {**made(n), "id": f"o{n}"})
    monkeypatch.setattr(writer._Question, "settled", counted)
    answer = await fhir.post(
        "",
        bundle(
            *(entry("POST", "Organization", made(n), ifNoneExist=f"identifier=urn:f|{n}") for n in range(6)),
            *(
                entry(
                    "POST",
                    "Patient",
                    {**PATIENT, "managingOrganization": {"reference": f"Organization?identifier=urn:f|{n}"}},
                )
                for n in range(3)
            ),
        ),
    )
    assert statuses(answer) == ["200 OK"] * 3 + ["201 Created"] * 6
    assert len(asked) == 3  # what the conditions find, what it is, what the references find


async def test_updates_deletions_and_patches_by_criteria(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    await fhir.put("Patient/p2", {**PATIENT, "id": "p2", "birthDate": "2000-01-01"})
    patch = {
        "resourceType": "Binary",
        "contentType": "application/json-patch+json",
        "data": "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2dlbmRlciIsInZhbHVlIjoiZmVtYWxlIn1d",
    }
    answer = await fhir.post(
        "",
        bundle(
            entry("PUT", "Organization?identifier=urn:f|1", {**ORGANIZATION, "name": "Autre"}),
            entry("DELETE", "Patient?birthdate=1980-02-29"),
            entry("DELETE", "Patient?birthdate=1800-01-01"),
            entry("PATCH", "Patient?birthdate=2000-01-01", patch),
        ),
    )
    assert statuses(answer) == ["200 OK", "204 No Content", "204 No Content", "200 OK"]
    assert (await fhir.get("Organization/o1")).json()["name"] == "Autre"
    assert (await fhir.get("Patient/p1")).status_code == 410
    assert (await fhir.get("Patient/p2")).json()["gender"] == "female"


async def test_patches_that_meet_in_transactions_all_pass(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    part = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.birthDate"},
        {"name": "value", "valueDate": "1981-01-01"},
    ]
    patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]}
    sent = bundle(entry("PATCH", "Patient/p1", patch), entry("POST", "Observation", observation("Patient/p1")))
    answers = await asyncio.gather(*(fhir.post("", sent) for _ in range(8)))
    assert [statuses(answer) for answer in answers] == [["200 OK", "201 Created"]] * 8
    assert (await fhir.get("Patient/p1")).headers["etag"] == 'W/"9"'
    assert (await fhir.get("Observation?_summary=count")).json()["total"] == 8


async def test_if_match_of_one_entry_stops_them_all(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Patient", PATIENT),
            entry("PUT", "Organization/o1", {**ORGANIZATION, "id": "o1"}, ifMatch='W/"7"'),
        ),
    )
    assert answer.status_code == 412
    assert issue(answer)["expression"] == ["Bundle.entry[1].request.ifMatch"]
    assert await fhir.versions() == 1


async def test_one_illegal_resource_stops_them_all_and_is_named(fhir: Fhir) -> None:
    answer = await fhir.post(
        "", bundle(entry("POST", "Patient", PATIENT), entry("POST", "Patient", {**PATIENT, "birthDate": "hier"}))
    )
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["Bundle.entry[1].resource.birthDate"])
    assert await fhir.versions() == 0


async def test_the_same_resource_twice_is_refused(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    twice = {**ORGANIZATION, "id": "o1"}
    for second in (
        entry("PUT", "Organization/o1", twice),
        entry("DELETE", "Organization/o1"),
        entry("PUT", "Organization?identifier=urn:f|1", ORGANIZATION),
    ):
        answer = await fhir.post("", bundle(entry("PUT", "Organization/o1", twice), second))
        assert (answer.status_code, issue(answer)["code"]) == (400, "duplicate")
        assert issue(answer)["expression"] == ["Bundle.entry[0]", "Bundle.entry[1]"]
    assert await fhir.versions() == 1


async def test_the_same_condition_twice_is_refused(fhir: Fhir) -> None:
    made = entry("POST", "Organization", ORGANIZATION, ifNoneExist="identifier=urn:f|1")
    assert (await fhir.post("", bundle(made, made))).status_code == 400
    assert await fhir.versions() == 0


async def test_the_same_full_url_twice_is_refused(fhir: Fhir) -> None:
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Patient", PATIENT, UUID),
            entry("POST", "Patient", PATIENT, UUID),
            entry("POST", "Observation", observation(UUID)),
        ),
    )
    assert (answer.status_code, issue(answer)["code"]) == (400, "duplicate")
    assert issue(answer)["expression"] == ["Bundle.entry[0].fullUrl", "Bundle.entry[1].fullUrl"]
    assert await fhir.versions() == 0


async def test_reading_what_will_not_be_there_stops_the_writes(fhir: Fhir) -> None:
    answer = await fhir.post("", bundle(entry("POST", "Patient", PATIENT), entry("GET", "Patient/unknown")))
    assert answer.status_code == 404
    assert await fhir.versions() == 0


async def test_a_search_in_a_transaction_sees_it_done(fhir: Fhir) -> None:
    answer = await fhir.post("", bundle(entry("GET", "Patient?family=dupont"), entry("POST", "Patient", PATIENT)))
    assert answer.json()["entry"][0]["resource"]["total"] == 1


async def test_a_search_that_cannot_run_stops_the_writes(fhir: Fhir) -> None:
    answer = await fhir.post("", bundle(entry("GET", "Patient?nonsense=1"), entry("POST", "Patient", PATIENT)))
    assert answer.status_code == 400
    assert await fhir.versions() == 0


async def test_one_entry_that_is_not_permitted_stops_them_all(fhir: Fhir) -> None:
    answer = await fhir.as_("reader").post("", bundle(entry("GET", "Patient/p1"), entry("POST", "Patient", PATIENT)))
    assert answer.status_code == 403
    assert await fhir.versions() == 0


async def test_a_transaction_leaves_one_event_for_all_it_wrote(fhir: Fhir) -> None:
    await fhir.post("", bundle(entry("POST", "Patient", PATIENT), entry("POST", "Organization", ORGANIZATION)))
    [event] = await fhir.events()
    assert event.trace.interaction == "transaction"
    assert event.trace.ground == "sandbox.write as publisher"
    assert len(event.entities) == 2


async def test_a_refused_transaction_leaves_its_event_too(fhir: Fhir) -> None:
    await fhir.post("", bundle(entry("POST", "Patient", {**PATIENT, "birthDate": "hier"})))
    [event] = await fhir.events()
    assert (event.trace.interaction, event.outcome.value) == ("transaction", "4")


@pytest.mark.parametrize(
    "wrong",
    [
        {"resourceType": "Bundle", "type": "collection"},
        {"resourceType": "Bundle"},
        {"resourceType": "Patient"},
        bundle({"resource": PATIENT}),
        bundle(entry("POST", "Patient")),
        bundle(entry("FETCH", "Patient/1")),
        bundle(entry("GET", "http://elsewhere.example/Patient/1")),
        bundle(entry("POST", "", bundle())),
        bundle(entry("POST", "Patient/$everything")),
        bundle(entry("POST", "Organization", PATIENT)),
        bundle(entry("PUT", "Patient/p1", PATIENT)),
        bundle(entry("PATCH", "Patient/p1", PATIENT)),
        {**bundle(), "entry": "text"},
        {**bundle(), "surprise": 1},
    ],
)
async def test_what_makes_no_sense_is_refused(fhir: Fhir, wrong: dict[str, Any]) -> None:
    answer = await fhir.post("", wrong)
    assert answer.status_code in (400, 404), answer.text
    assert issue(answer)["severity"] == "error"
    assert await fhir.versions() == 0
