"""delete, as FHIR R4 http.html#delete says."""

from tests.kernel.rest.support import ORGANIZATION, Fhir, issue

O1 = {**ORGANIZATION, "id": "o1"}


async def test_a_deletion_is_a_version(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.delete("Organization/o1")
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (204, b"", 'W/"2"')


async def test_deleting_what_is_not_there_is_no_error_and_no_version(fhir: Fhir) -> None:
    answer = await fhir.delete("Organization/o1")
    assert answer.status_code == 204
    assert "etag" not in answer.headers
    assert await fhir.versions() == 0


async def test_a_caller_may_prefer_words(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.delete("Organization/o1", headers={"prefer": "return=OperationOutcome"})
    assert (answer.status_code, issue(answer)["severity"]) == (200, "information")


async def test_if_match_protects_what_changed(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    await fhir.put("Organization/o1", O1)
    assert (await fhir.delete("Organization/o1", headers={"if-match": 'W/"1"'})).status_code == 412
    assert (await fhir.delete("Organization/o1", headers={"if-match": 'W/"2"'})).status_code == 204


async def test_by_criteria_the_one_found_is_deleted(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    assert (await fhir.delete("Organization?identifier=urn:f|1")).status_code == 204
    assert (await fhir.get("Organization/o1")).status_code == 410


async def test_by_criteria_nothing_found_is_no_error(fhir: Fhir) -> None:
    assert (await fhir.delete("Organization?identifier=urn:f|1")).status_code == 204


async def test_by_criteria_several_found_refuses(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    await fhir.put("Organization/o2", {**O1, "id": "o2"})
    answer = await fhir.delete("Organization?identifier=urn:f|1")
    assert (answer.status_code, issue(answer)["code"]) == (412, "multiple-matches")
    assert (await fhir.get("Organization/o1")).status_code == 200


async def test_without_criteria_nothing_is_deleted(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    assert (await fhir.delete("Organization")).status_code == 412
    assert (await fhir.get("Organization/o1")).status_code == 200
