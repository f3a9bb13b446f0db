"""update, as FHIR R4 http.html#update says."""

from tests.kernel.rest.support import ORGANIZATION, URL, Fhir, issue

O1 = {**ORGANIZATION, "id": "o1"}


async def test_a_client_may_choose_the_id(fhir: Fhir) -> None:
    answer = await fhir.put("Organization/o1", O1)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{URL}/Organization/o1/_history/1"


async def test_then_a_new_version_replaces_it(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization/o1", {**O1, "name": "Autre"})
    assert (answer.status_code, answer.headers["etag"], answer.json()["name"]) == (200, 'W/"2"', "Autre")


async def test_what_was_deleted_comes_back_as_a_new_version(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    await fhir.delete("Organization/o1")
    answer = await fhir.put("Organization/o1", O1)
    assert (answer.status_code, answer.headers["etag"]) == (201, 'W/"3"')


async def test_the_body_must_carry_the_id_of_the_address(fhir: Fhir) -> None:
    for body in (ORGANIZATION, {**ORGANIZATION, "id": "o2"}):
        answer = await fhir.put("Organization/o1", body)
        assert (answer.status_code, issue(answer)["expression"]) == (400, ["Organization.id"])
    assert await fhir.versions() == 0


async def test_if_match_lets_the_current_version_be_replaced(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization/o1", O1, headers={"if-match": 'W/"1"'})
    assert answer.status_code == 200


async def test_if_match_refuses_when_somebody_else_wrote(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization/o1", {**O1, "name": "Perdu"}, headers={"if-match": 'W/"1"'})
    assert answer.status_code == 412
    assert (await fhir.get("Organization/o1")).json()["name"] == "Clinique des Lilas"


async def test_if_match_refuses_what_does_not_exist(fhir: Fhir) -> None:
    for tag in ('W/"1"', 'W/"abc"', 'W/"0"'):
        assert (await fhir.put("Organization/o1", O1, headers={"if-match": tag})).status_code == 412
    assert await fhir.versions() == 0


async def test_if_match_takes_one_tag(fhir: Fhir) -> None:
    assert (await fhir.put("Organization/o1", O1, headers={"if-match": 'W/"1", W/"2"'})).status_code == 400


async def test_if_match_star_is_refused_in_its_own_words(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization/o1", O1, headers={"if-match": "*"})
    assert answer.status_code == 400
    assert "If-Match: *" in issue(answer)["diagnostics"]


async def test_if_none_match_star_only_creates(fhir: Fhir) -> None:
    headers = {"if-none-match": "*"}
    assert (await fhir.put("Organization/o1", O1, headers=headers)).status_code == 201
    assert (await fhir.put("Organization/o1", O1, headers=headers)).status_code == 412


async def test_by_criteria_nothing_found_creates(fhir: Fhir) -> None:
    answer = await fhir.put("Organization?identifier=urn:f|1", ORGANIZATION)
    assert answer.status_code == 201


async def test_by_criteria_nothing_found_creates_under_the_id_of_the_body(fhir: Fhir) -> None:
    answer = await fhir.put("Organization?identifier=urn:f|1", O1)
    assert (answer.status_code, answer.json()["id"]) == (201, "o1")


async def test_by_criteria_nothing_found_overwrites_nothing(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization?identifier=urn:f|none", {**O1, "name": "Autre"})
    assert answer.status_code == 409
    assert (await fhir.get("Organization/o1")).json()["name"] == "Clinique des Lilas"
    entry = {
        "resource": {**O1, "name": "Autre"},
        "request": {"method": "PUT", "url": "Organization?identifier=urn:f|none"},
    }
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert (await fhir.post("", sent)).status_code == 409
    assert await fhir.versions() == 1


async def test_by_criteria_nothing_found_creates_again_what_was_deleted(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    await fhir.delete("Organization/o1")
    assert (await fhir.put("Organization?identifier=urn:f|1", O1)).status_code == 201


async def test_by_criteria_the_one_found_is_replaced(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization?identifier=urn:f|1", {**ORGANIZATION, "name": "Autre"})
    assert (answer.status_code, answer.json()["id"], answer.json()["name"]) == (200, "o1", "Autre")


async def test_by_criteria_the_one_found_must_be_the_one_of_the_body(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.put("Organization?identifier=urn:f|1", {**ORGANIZATION, "id": "o2"})
    assert answer.status_code == 400


async def test_by_criteria_several_found_refuses(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    await fhir.put("Organization/o2", {**O1, "id": "o2"})
    answer = await fhir.put("Organization?identifier=urn:f|1", ORGANIZATION)
    assert (answer.status_code, issue(answer)["code"]) == (412, "multiple-matches")
    assert await fhir.versions() == 2


async def test_without_id_nor_criteria_it_is_refused(fhir: Fhir) -> None:
    assert (await fhir.put("Organization", ORGANIZATION)).status_code == 412
    assert await fhir.versions() == 0
