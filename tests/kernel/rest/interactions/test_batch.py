"""batch, as FHIR R4 http.html#brules says: each entry for itself."""

from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.interactions.test_transaction import bundle, entry
from tests.kernel.rest.support import ORGANIZATION, PATIENT, Fhir, issue

from socle.kernel.rest.settings import Limits, Settings

O1 = {**ORGANIZATION, "id": "o1"}


async def test_each_entry_succeeds_or_fails_alone(fhir: Fhir) -> None:
    answer = await fhir.post(
        "",
        bundle(
            entry("POST", "Patient", PATIENT),
            entry("POST", "Patient", {**PATIENT, "birthDate": "hier"}),
            entry("GET", "Patient/unknown"),
            entry("GET", "Nonsense/1"),
            entry("PUT", "Organization/o1", O1),
            entry("GET", "Organization/o1"),
            kind="batch",
        ),
    )
    entries = answer.json()["entry"]
    assert answer.json()["type"] == "batch-response"
    assert [e["response"]["status"].split()[0] for e in entries] == ["201", "400", "404", "404", "201", "200"]
    assert entries[1]["response"]["outcome"]["issue"][0]["expression"] == ["Bundle.entry[1].resource.birthDate"]
    assert entries[5]["resource"]["name"] == "Clinique des Lilas"
    assert await fhir.versions() == 2


async def test_an_entry_without_a_request_is_told_so(fhir: Fhir) -> None:
    answer = await fhir.post("", {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": PATIENT}]})
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["Bundle.entry[0]"])
    assert "request" in issue(answer)["diagnostics"]


async def test_entries_on_the_same_resource_keep_their_order(fhir: Fhir) -> None:
    entries = [entry("PUT", "Organization/o1", {**O1, "name": f"Nom {i}"}) for i in range(5)]
    await fhir.post("", bundle(*entries, kind="batch"))
    assert (await fhir.get("Organization/o1")).json()["name"] == "Nom 4"
    assert (await fhir.get("Organization/o1")).headers["etag"] == 'W/"5"'


async def test_each_entry_has_its_own_permission(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    asked = bundle(entry("GET", "Patient/p1"), entry("POST", "Patient", PATIENT), kind="batch")
    answer = await fhir.as_("reader").post("", asked)
    assert [e["response"]["status"].split()[0] for e in answer.json()["entry"]] == ["200", "403"]
    answer = await fhir.as_("").post(
        "", bundle(entry("GET", "Patient/p1"), entry("GET", "Organization/o"), kind="batch")
    )
    assert [e["response"]["status"].split()[0] for e in answer.json()["entry"]] == ["401", "404"]


async def test_each_entry_has_its_own_trace(fhir: Fhir) -> None:
    await fhir.post(
        "",
        bundle(
            entry("PUT", "Patient/p1", {**PATIENT, "id": "p1"}),
            entry("GET", "Patient/p1"),
            entry("GET", "Patient/p2"),
            entry("GET", "Organization/o1"),
            kind="batch",
        ),
    )
    traced = sorted((e.trace.interaction, e.outcome.value, e.entities) for e in await fhir.events())
    assert traced == [
        ("read", "0", ("Patient/p1/_history/1",)),
        ("read", "4", ("Patient/p2",)),
        ("update", "0", ("Patient/p1/_history/1",)),
    ]


async def test_conditions_hold_in_a_batch_too(fhir: Fhir) -> None:
    made = entry("POST", "Organization", ORGANIZATION, ifNoneExist="identifier=urn:f|1")
    answer = await fhir.post("", bundle(made, made, entry("DELETE", "Organization?identifier=urn:f|1"), kind="batch"))
    assert [e["response"]["status"].split()[0] for e in answer.json()["entry"]] == ["201", "200", "204"]


async def test_a_caller_that_has_the_version_is_told_so(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    answer = await fhir.post("", bundle(entry("GET", "Organization/o1", ifNoneMatch='W/"1"'), kind="batch"))
    assert answer.json()["entry"][0]["response"]["status"] == "304 Not Modified"


async def test_a_batch_that_is_too_long_is_refused(serve: Serve) -> None:
    fhir = serve(settings=Settings(limits=Limits(entries=2)))
    answer = await fhir.post("", bundle(*[entry("GET", "Patient/p1")] * 3, kind="batch"))
    assert (answer.status_code, issue(answer)["code"]) == (400, "too-costly")


async def test_an_entry_says_what_it_ignored(fhir: Fhir) -> None:
    await fhir.put("Organization/o1", O1)
    asked = bundle(entry("GET", "Organization/o1?odd=1"), entry("HEAD", "Organization/o1"), kind="batch")
    first, second = (await fhir.post("", asked, headers={"prefer": "handling=lenient"})).json()["entry"]
    assert first["response"]["outcome"]["issue"][0]["severity"] == "warning"
    assert (first["resource"]["id"], "resource" in second) == ("o1", False)
