"""$operations and the register's own rule on changes: what modules plug in. FHIR R4 operations.html."""

from dataclasses import replace

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.interactions.test_transaction import bundle, entry
from tests.kernel.rest.support import ORGANIZATION, PATIENT, READ, SANDBOX, WRITE, Fhir, issue

from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.store import Change, Json, Put, Stored


async def count_names(call: Call) -> Json:
    """Answers how many names a patient has, `extra` more when asked."""
    stored = await call.repository.read(call.resource_type, call.resource_id)
    if stored is None:
        raise Problem.of(Kind.NOT_FOUND, "Absente.", "Absent.")
    value = 1 + len(call.parameters.get("extra", []))
    return {"resourceType": "Parameters", "parameter": [{"name": "count", "valueInteger": value}]}


async def echo(call: Call) -> Json:
    """Answers what was posted."""
    return call.body or {"resourceType": "Parameters"}


TEXT = Text("Un essai", "A trial")
OPERATIONS = (
    Operation("count", TEXT, READ, count_names, "instance", ("Patient",), ("extra",), writes=False),
    Operation("echo", TEXT, WRITE, echo, "type", ("Patient",)),
)


@pytest.fixture
def fhir(serve: Serve) -> Fhir:
    return serve(replace(SANDBOX, operations=OPERATIONS))


async def test_an_operation_that_only_reads_takes_get_and_post(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    for method in ("GET", "POST"):
        answer = await fhir(method, "Patient/p1/$count?extra=a&extra=b")
        assert (answer.status_code, answer.json()["parameter"][0]["valueInteger"]) == (200, 3)


async def test_an_operation_that_writes_takes_post_alone(fhir: Fhir) -> None:
    answer = await fhir.get("Patient/$echo")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await fhir.post("Patient/$echo", PATIENT)).json()["birthDate"] == "1980-02-29"


async def test_an_operation_belongs_to_its_level_and_types(fhir: Fhir) -> None:
    for path in ("$count", "Patient/$count", "Organization/o1/$count", "Patient/$nonsense"):
        assert (await fhir.get(path)).status_code == 404


async def test_its_parameters_are_those_declared(fhir: Fhir) -> None:
    answer = await fhir.get("Patient/p1/$count?other=1")
    assert (answer.status_code, issue(answer)["expression"]) == (400, ["http.other"])


async def test_its_body_must_be_legal(fhir: Fhir) -> None:
    answer = await fhir.post("Patient/$echo", {**PATIENT, "birthDate": "hier"})
    assert answer.status_code == 400


async def test_its_permission_is_its_own(fhir: Fhir) -> None:
    assert (await fhir.as_("reader").post("Patient/$echo", PATIENT)).status_code == 403
    assert (await fhir.as_("").get("Patient/p1/$count")).status_code == 401


async def test_what_it_shows_of_a_person_is_traced(fhir: Fhir) -> None:
    await fhir.put("Patient/p1", {**PATIENT, "id": "p1"})
    await fhir.get("Patient/p1/$count?extra=a")
    event = (await fhir.events())[-1]
    assert (event.trace.interaction, event.concerns, event.query) == ("$count", ("Patient/p1",), "extra=a")


async def test_the_capabilities_say_them(fhir: Fhir) -> None:
    [rest] = (await fhir.get("metadata")).json()["rest"]
    patient = next(one for one in rest["resource"] if one["type"] == "Patient")
    assert [one["name"] for one in patient["operation"]][:2] == ["count", "echo"]


# -- the register's own rule ------------------------------------------------------------------------------------------


async def admit(change: Change, current: Stored | None, call: Call) -> Change:
    """Refuses a deletion, and an organisation called “Non”; says in `alias` what it replaces."""
    if not isinstance(change, Put):
        raise Problem.of(Kind.RULE_VIOLATED, "On ne supprime pas.", "Nothing is deleted.", rule="TEST-1")
    if change.resource.get("name") == "Non":
        raise Problem.of(Kind.RULE_VIOLATED, "Non.", "No.", expression="Organization.name", rule="TEST-2")
    before = current.version if current is not None else 0
    return call.repository.put(
        {**change.resource, "alias": [f"{before}"]}, id=change.id, expect=change.expect, fresh=change.fresh
    )


@pytest.fixture
def ruled(serve: Serve) -> Fhir:
    return serve(replace(SANDBOX, admit=admit))


async def test_it_sees_each_change_with_the_version_that_it_replaces(ruled: Fhir) -> None:
    o1 = {**ORGANIZATION, "id": "o1"}
    aliases = [
        (await ruled.post("Organization", ORGANIZATION)).json()["alias"],
        (await ruled.put("Organization/o1", o1)).json()["alias"],
        (await ruled.put("Organization/o1", o1)).json()["alias"],
        (await ruled.patch("Organization/o1", [{"op": "add", "path": "/active", "value": True}])).json()["alias"],
    ]
    assert aliases == [["0"], ["0"], ["1"], ["2"]]


async def test_its_refusal_is_the_answer_and_stores_nothing(ruled: Fhir) -> None:
    no = {**ORGANIZATION, "id": "o1", "name": "Non"}
    for answer in (
        await ruled.post("Organization", no),
        await ruled.put("Organization/o1", no),
        await ruled.put("Organization?identifier=urn:f|1", no),
        await ruled.post("Organization", no, headers={"if-none-exist": "identifier=urn:f|1"}),
        await ruled.post("", bundle(entry("POST", "Patient", PATIENT), entry("PUT", "Organization/o1", no))),
    ):
        assert (answer.status_code, issue(answer)["details"]["coding"][0]["code"]) == (422, "TEST-2")
    assert await ruled.versions() == 0


async def test_it_may_forbid_deletions_everywhere(ruled: Fhir) -> None:
    await ruled.put("Organization/o1", {**ORGANIZATION, "id": "o1"})
    assert (await ruled.delete("Organization/o1")).status_code == 422
    assert (await ruled.delete("Organization?identifier=urn:f|1")).status_code == 422
    assert (await ruled.post("", bundle(entry("DELETE", "Organization/o1")))).status_code == 422
    assert (await ruled.get("Organization/o1")).status_code == 200
