"""read and vread, as FHIR R4 http.html#read and #vread say."""

from tests.kernel.rest.support import ORGANIZATION, PATIENT, Fhir, issue


async def test_a_resource_comes_back_with_its_version_and_date(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.get("Organization/o1")
    assert answer.status_code == 200
    assert answer.json()["name"] == "Clinique des Lilas"
    assert answer.json()["meta"]["versionId"] == "1"
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["last-modified"].endswith(" GMT")
    assert answer.headers["content-type"] == "application/fhir+json;charset=utf-8"


async def test_the_octets_stored_are_the_octets_sent_to_the_client(fhir: Fhir) -> None:
    created = await fhir.post(
        "Observation",
        b"""{"resourceType":"Observation","status":"final","code":{"text":"Poids"},
        "valueQuantity":{"value":1.10,"unit":"kg"}}""",
    )
    answer = await fhir.get(f"Observation/{created.json()['id']}")
    assert b'"value":1.10' in answer.content


async def test_what_never_was_is_not_found(fhir: Fhir) -> None:
    answer = await fhir.get("Patient/unknown")
    assert answer.status_code == 404
    assert issue(answer)["code"] == "not-found"


async def test_what_was_deleted_is_gone(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    await fhir.delete("Patient/p1")
    answer = await fhir.get("Patient/p1")
    assert answer.status_code == 410
    assert issue(answer)["code"] == "deleted"


async def test_head_answers_as_get_without_the_body(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    whole, head = await fhir.get("Organization/o1"), await fhir("HEAD", "Organization/o1")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))


async def test_a_caller_that_has_the_version_is_told_so(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.get("Organization/o1", headers={"if-none-match": 'W/"1"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == 'W/"1"'


async def test_a_caller_that_has_an_older_version_gets_the_new_one(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1", "name": "Autre"})
    answer = await fhir.get("Organization/o1", headers={"if-none-match": 'W/"1"'})
    assert (answer.status_code, answer.json()["name"]) == (200, "Autre")


async def test_if_modified_since_counts_in_seconds(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    date = (await fhir.get("Organization/o1")).headers["last-modified"]
    assert (await fhir.get("Organization/o1", headers={"if-modified-since": date})).status_code == 304
    older = "Sat, 01 Jan 2000 00:00:00 GMT"
    assert (await fhir.get("Organization/o1", headers={"if-modified-since": older})).status_code == 200


async def test_an_unreadable_date_is_ignored(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    assert (await fhir.get("Organization/o1", headers={"if-modified-since": "hier"})).status_code == 200


async def test_elements_leaves_out_the_others_and_says_so(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    answer = (await fhir.get("Patient/p1?_elements=birthDate")).json()
    assert answer["birthDate"] == "1980-02-29"
    assert "name" not in answer
    assert [tag["code"] for tag in answer["meta"]["tag"]] == ["SUBSETTED"]


async def test_summary_text_keeps_only_the_narrative(fhir: Fhir) -> None:
    text = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Zoé</div>'}
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1", "text": text})
    answer = (await fhir.get("Patient/p1?_summary=text")).json()
    assert answer["text"] == text
    assert "birthDate" not in answer


async def test_a_parameter_that_does_not_exist_here_is_refused(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.get("Organization/o1?name=x")
    assert answer.status_code == 400
    assert issue(answer)["expression"] == ["http.name"]


async def test_leniently_it_is_ignored_and_said(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.get("Organization/o1?name=x", headers={"prefer": "handling=lenient"})
    assert answer.status_code == 200
    assert "'name'" in answer.headers["warning"]
    assert answer.headers["preference-applied"] == "handling=lenient"


async def test_pretty_changes_the_layout_and_no_value(fhir: Fhir) -> None:
    created = await fhir.post(
        "Observation",
        b"""{"resourceType":"Observation","status":"final","code":{"text":"Poids"},
        "valueQuantity":{"value":1.10}}""",
    )
    answer = await fhir.get(f"Observation/{created.json()['id']}?_pretty=true")
    assert b'\n  "status": "final"' in answer.content
    assert b'"value": 1.10' in answer.content


async def test_each_version_can_be_read(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1", "name": "Autre"})
    first = await fhir.get("Organization/o1/_history/1")
    assert (first.status_code, first.json()["name"], first.headers["etag"]) == (200, "Clinique des Lilas", 'W/"1"')


async def test_a_version_that_never_was_is_not_found(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    for version in ("2", "0", "x", "99999999999"):
        assert (await fhir.get(f"Organization/o1/_history/{version}")).status_code == 404


async def test_the_version_that_deleted_is_gone(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    await fhir.delete("Organization/o1")
    assert (await fhir.get("Organization/o1/_history/2")).status_code == 410
    assert (await fhir.get("Organization/o1/_history/1")).status_code == 200


async def test_what_a_write_gives_back_is_shortened_the_same(fhir: Fhir) -> None:
    created = await fhir.post("Patient?_elements=birthDate", PATIENT)
    assert (created.status_code, "name" in created.json(), "birthDate" in created.json()) == (201, False, True)
    one = f"Patient/{created.json()['id']}"
    patch = [{"op": "replace", "path": "/birthDate", "value": "1981-01-01"}]
    changed = (await fhir.patch(f"{one}?_elements=birthDate", patch)).json()
    assert (changed["birthDate"], "name" in changed) == ("1981-01-01", False)
    assert (await fhir.get(one)).json()["name"] == PATIENT["name"]
    assert (await fhir.patch(f"{one}?_summary=count", patch)).status_code == 400


async def test_a_version_that_never_was_is_not_said_of_the_resource(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    answer = await fhir.get("Organization/o1/_history/9", headers={"accept-language": "en"})
    assert "no version “9”" in issue(answer)["diagnostics"]
