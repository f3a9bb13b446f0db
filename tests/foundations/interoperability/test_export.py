"""$export, as the Bulk Data Access IG 2.0.0 says, asked of the whole house."""

import gzip
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from tests.clock import Clock
from tests.foundations.interoperability.houses import BASE, HOST, START, Sandbox, house_database, opened_sandbox

from socle.kernel.audit import Action
from socle.kernel.bulk import export as exporting
from socle.kernel.module import Module, Room
from socle.kernel.outcome import Text
from socle.kernel.policy import Permission
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.search.register import Register
from socle.kernel.store.embedded import EmbeddedPostgres

LATER = {"prefer": "respond-async", "accept": "application/fhir+json"}


def patient(id: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id, "name": [{"family": f"Nom {id}"}], "gender": "female", **more}


def observation(id: str, of: str, value: int = 1) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": f"Patient/{of}"},
        "valueQuantity": {"value": value, "unit": "kg"},
    }


@pytest.fixture
async def filled(sandbox: Sandbox) -> Sandbox:
    """Three patients, each with an observation; an organisation; a group of two patients."""
    await sandbox.fill(patient(id) for id in "abc")
    await sandbox.fill(observation(f"o-{id}", id) for id in "abc")
    await sandbox.put({"resourceType": "Organization", "id": "chu", "name": "CHU"})
    members = [{"entity": {"reference": f"Patient/{id}"}} for id in "ab"]
    members.append({"entity": {"reference": "Patient/c"}, "inactive": True})
    await sandbox.put({"resourceType": "Group", "id": "g", "type": "person", "actual": True, "member": members})
    return sandbox


async def kicked_off(sandbox: Sandbox, url: str, **more: Any) -> str:
    """Where the export is followed."""
    answer = await sandbox.ask("GET", url, headers=LATER, **more)
    assert answer.status_code == 202, answer.text
    return answer.headers["content-location"]


async def exported(sandbox: Sandbox, url: str) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """The manifest and the resources of each type."""
    where = await kicked_off(sandbox, url)
    await sandbox.work()
    answer = await sandbox.ask("GET", where)
    assert answer.status_code == 200, answer.text
    manifest = answer.json()
    found: dict[str, list[dict[str, Any]]] = {}
    for one in manifest["output"]:
        lines = (await sandbox.ask("GET", one["url"])).content.splitlines()
        assert len(lines) == one["count"]
        found.setdefault(one["type"], []).extend(orjson.loads(line) for line in lines)
    return manifest, found


def ids(found: dict[str, list[dict[str, Any]]]) -> dict[str, set[str]]:
    return {of: {one["id"] for one in some} for of, some in found.items()}


async def test_the_promise_is_in_the_language_of_whoever_asks(filled: Sandbox) -> None:
    for language, said in (("fr", "Accepté. Suivez-le à "), ("en", "Accepted. Follow it at ")):
        answer = await filled.ask("GET", "$export", headers={**LATER, "accept-language": language})
        assert answer.json()["issue"][0]["diagnostics"].startswith(said)


async def test_a_system_export_holds_every_resource_as_it_is_stored(filled: Sandbox) -> None:
    manifest, found = await exported(filled, "$export")
    assert ids(found) == {
        "Patient": {"a", "b", "c"}, "Observation": {"o-a", "o-b", "o-c"}, "Organization": {"chu"}, "Group": {"g"}
    }  # fmt: skip
    stored = (await filled.ask("GET", "Patient/a")).json()
    assert stored in found["Patient"]
    assert manifest["request"] == f"{BASE}/$export"
    assert manifest["requiresAccessToken"] is True
    assert manifest["error"] == []
    assert "deleted" not in manifest


async def test_a_patient_export_holds_the_compartments_only(filled: Sandbox) -> None:
    _, found = await exported(filled, "Patient/$export")
    assert set(found) == {"Patient", "Observation", "Group"}  # a Group is in the compartment of its members


async def test_a_group_export_holds_its_active_members_only(filled: Sandbox) -> None:
    _, found = await exported(filled, "Group/g/$export?_type=Patient,Observation")
    assert ids(found) == {"Patient": {"a", "b"}, "Observation": {"o-a", "o-b"}}


async def test_members_are_named_by_any_reference_that_leads_here_and_by_none_that_leads_elsewhere(
    filled: Sandbox,
) -> None:
    named = ["Patient/a/_history/1", f"{HOST}/sandbox/fhir/Patient/b", "https://elsewhere.example/fhir/Patient/c"]
    members = [{"entity": {"reference": one}} for one in named]
    await filled.put({"resourceType": "Group", "id": "h", "type": "person", "actual": True, "member": members})
    _, found = await exported(filled, "Group/h/$export?_type=Patient")
    assert ids(found) == {"Patient": {"a", "b"}}


async def test_some_patients_may_be_named(filled: Sandbox) -> None:
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patient", "valueReference": {"reference": "Patient/c"}},
            {"name": "_type", "valueString": "Patient,Observation"},
        ],
    }
    answer = await filled.ask(
        "POST", "Patient/$export", headers={**LATER, "content-type": "application/fhir+json"}, json=body
    )
    assert answer.status_code == 202, answer.text
    await filled.work()
    manifest = (await filled.ask("GET", answer.headers["content-location"])).json()
    assert {(one["type"], one["count"]) for one in manifest["output"]} == {("Patient", 1), ("Observation", 1)}


async def test_since_holds_what_changed_and_names_what_was_deleted(filled: Sandbox) -> None:
    manifest, _ = await exported(filled, "$export")
    await filled.put(patient("b", active=True))
    await filled.ask("DELETE", "Observation/o-c")
    later, found = await exported(filled, f"$export?_since={manifest['transactionTime']}")
    assert ids(found) == {"Patient": {"b"}}
    [deleted] = later["deleted"]
    bundle = orjson.loads((await filled.ask("GET", deleted["url"])).content)
    assert bundle["type"] == "transaction"
    assert [entry["request"] for entry in bundle["entry"]] == [{"method": "DELETE", "url": "Observation/o-c"}]


async def test_filters_choose_within_their_type_and_any_of_them_is_enough(filled: Sandbox) -> None:
    filters = (
        "_typeFilter=Patient%3F_id%3Da&_typeFilter=Patient%3F_id%3Db&_typeFilter=Observation%3Fsubject%3DPatient/c"
    )
    _, found = await exported(filled, f"$export?_type=Patient,Observation,Organization&{filters}")
    assert ids(found) == {"Patient": {"a", "b"}, "Observation": {"o-c"}, "Organization": {"chu"}}


async def test_elements_shorten_and_say_so(filled: Sandbox) -> None:
    _, found = await exported(filled, "$export?_type=Patient,Organization&_elements=Patient.gender")
    for one in found["Patient"]:
        assert one.keys() == {"resourceType", "id", "meta", "gender"}
        assert one["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert found["Organization"][0]["name"] == "CHU"


async def test_a_type_has_several_files_when_there_is_much(filled: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    monkeypatch.setattr("socle.kernel.bulk.files.MOST_LINES", 2)
    files = exporting.files.Files

    def small(*arguments: Any, **more: Any) -> exporting.files.Files:
        return files(*arguments, **{**more, "lines": 2})

    monkeypatch.setattr(exporting.files, "Files", small)
    manifest, found = await exported(filled, "$export?_type=Patient")
    assert [one["count"] for one in manifest["output"]] == [2, 1]
    assert ids(found) == {"Patient": {"a", "b", "c"}}


async def test_a_large_resource_is_exported_whole(filled: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "LARGE", 10)
    _, found = await exported(filled, "$export?_type=Patient")
    assert ids(found) == {"Patient": {"a", "b", "c"}}


async def test_the_work_is_followed_then_the_manifest_expires_with_its_files(filled: Sandbox) -> None:
    where = await kicked_off(filled, "$export")
    waiting = await filled.ask("GET", where)
    assert (waiting.status_code, waiting.headers["x-progress"]) == (202, "waiting")
    assert int(waiting.headers["retry-after"]) > 0
    await filled.work()
    done = await filled.ask("GET", where)
    assert done.headers["content-type"] == "application/json"
    assert done.headers["expires"].endswith("GMT")
    [folder] = (filled.data / "bulk").iterdir()
    assert (folder.stat().st_mode & 0o777, {file.stat().st_mode & 0o777 for file in folder.iterdir()}) == (
        0o700,
        {0o600},
    )
    filled.clock.move(hours=25)
    assert (await filled.ask("GET", where)).status_code == 404
    await filled.house.modules[0].jobs["bulk:sweep"](filled.house, {})
    assert list((filled.data / "bulk").iterdir()) == []


async def test_a_cancelled_export_leaves_nothing(filled: Sandbox) -> None:
    where = await kicked_off(filled, "$export")
    assert (await filled.ask("DELETE", where)).status_code == 202
    assert (await filled.ask("GET", where)).status_code == 404
    await filled.work()
    assert not (filled.data / "bulk").exists()


async def test_an_export_cancelled_while_it_runs_stops(filled: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    where = await kicked_off(filled, "$export")
    monkeypatch.setattr(exporting, "PULSE", 0.0)
    tell = exporting._Work._tell

    async def cancelling(self: Any, page: Any) -> None:
        assert (await filled.ask("DELETE", where)).status_code == 202
        await tell(self, page)

    monkeypatch.setattr(exporting._Work, "_tell", cancelling)
    await filled.work()
    assert (await filled.ask("GET", where)).status_code == 404
    assert list((filled.data / "bulk").iterdir()) == []


async def test_an_interrupted_export_begins_again(filled: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    where = await kicked_off(filled, "$export?_type=Patient")
    write = exporting._write

    def broken(*arguments: Any) -> None:
        write(*arguments)
        raise RuntimeError("the process dies here")

    monkeypatch.setattr(exporting, "_write", broken)
    await filled.work()
    assert (await filled.ask("GET", where)).status_code == 202
    monkeypatch.setattr(exporting, "_write", write)
    filled.clock.move(minutes=5)
    await filled.work()
    manifest = (await filled.ask("GET", where)).json()
    assert [(one["type"], one["count"]) for one in manifest["output"]] == [("Patient", 3)]


async def test_an_export_that_always_breaks_is_given_up_and_says_so(
    filled: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any) -> None:
        raise RuntimeError("always")

    where = await kicked_off(filled, "$export")
    monkeypatch.setattr(exporting, "_write", broken)
    for _ in range(5):
        await filled.work()
        filled.clock.move(hours=2)
    answer = await filled.ask("GET", where)
    assert answer.status_code in (404, 500)


async def test_what_is_written_after_the_moment_of_the_export_is_for_the_next(
    filled: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = exporting._Work._types

    async def meanwhile(self: Any, moment: Any) -> dict[str, int]:
        await filled.put(patient("d"))
        return await types(self, moment)

    monkeypatch.setattr(exporting._Work, "_types", meanwhile)
    manifest, found = await exported(filled, "$export?_type=Patient")
    assert ids(found) == {"Patient": {"a", "b", "c"}}
    monkeypatch.undo()
    _, found = await exported(filled, f"$export?_type=Patient&_since={manifest['transactionTime']}")
    assert ids(found) == {"Patient": {"d"}}


async def test_files_are_compressed_for_who_takes_gzip(filled: Sandbox) -> None:
    manifest, _ = await exported(filled, "$export?_type=Patient")
    url = manifest["output"][0]["url"]
    plain = await filled.ask("GET", url, headers={"accept-encoding": "identity"})
    assert plain.headers["content-type"].startswith("application/fhir+ndjson")
    assert "content-encoding" not in plain.headers
    transport = httpx.ASGITransport(filled.app)
    headers = {"accept-encoding": "gzip", "authorization": f"Bearer {filled.keys['publisher']}"}
    async with httpx.AsyncClient(transport=transport) as client, client.stream("GET", url, headers=headers) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content


async def test_nobody_else_sees_an_export(filled: Sandbox) -> None:
    manifest, _ = await exported(filled, "$export?_type=Patient")
    file = manifest["output"][0]["url"]
    for who in ("", "other", "auditor", "operator"):
        for method, url in (("GET", file), ("GET", file.rpartition("/")[0]), ("DELETE", file.rpartition("/")[0])):
            assert (await filled.ask(method, url, who)).status_code == (404 if who else 401)
    assert (await filled.ask("GET", file)).status_code == 200


async def test_an_export_takes_a_permission_of_its_own(filled: Sandbox) -> None:
    assert (await filled.ask("GET", "$export", "", headers=LATER)).status_code == 401
    assert (await filled.ask("GET", "$export", "auditor", headers=LATER)).status_code == 403


async def test_a_file_out_of_the_folder_is_not_served(filled: Sandbox) -> None:
    where = await kicked_off(filled, "$export")
    await filled.work()
    for name in ("..%2F..%2Fsecret", "secret", "Patient.1.ndjson.bak", ".ndjson"):
        assert (await filled.ask("GET", f"{where}/{name}")).status_code == 404


async def test_an_export_tells_whose_data_it_took_and_each_file_who_fetched_it(filled: Sandbox) -> None:
    manifest, _ = await exported(filled, "$export?_type=Patient,Observation")
    id = manifest["output"][0]["url"].split("/")[-2]
    about = [event for event in await filled.events() if any(one.startswith(f"bulk/{id}") for one in event.entities)]
    assert {person for event in about for person in event.concerns} == {"Patient/a", "Patient/b", "Patient/c"}
    assert {event.trace.name for event in about} == {"publisher"}
    fetched = [event for event in about if event.action is Action.READ and event.entities[0].endswith(".ndjson")]
    assert len(fetched) == 2


NONSENSE = [
    ("_outputFormat=parquet", "NDJSON"),
    ("_type=Patient,Martien", "Martien"),
    ("_since=demain", "_since"),
    ("_typeFilter=Patient%3Fcouleur%3Dbleu", "couleur"),
    ("_typeFilter=Patient%3F_sort%3Dname", "_sort"),
    ("_type=Patient&_typeFilter=Observation%3Fstatus%3Dfinal", "Observation"),
    ("_elements=Patient.couleur", "couleur"),
    ("patient=Patient/a", "patient"),
    ("includeAssociatedData=LatestProvenanceResources", "includeAssociatedData"),
    ("_inconnu=1", "_inconnu"),
]


async def test_what_makes_no_sense_is_refused_at_once_and_named(sandbox: Sandbox) -> None:
    for query, said in NONSENSE:
        answer = await sandbox.ask("GET", f"$export?{query}", headers=LATER)
        assert answer.status_code == 400, query
        assert said in answer.json()["issue"][0]["diagnostics"]


async def test_a_parameter_without_a_name_is_refused_at_its_place(sandbox: Sandbox) -> None:
    unnamed = {"_name": {"extension": [{"url": "http://example.org/x", "valueCode": "x"}]}, "valueString": "Patient"}
    answer = await sandbox.ask(
        "POST",
        "$export",
        headers={**LATER, "content-type": "application/fhir+json"},
        json={"resourceType": "Parameters", "parameter": [unnamed]},
    )
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["Parameters.parameter[0].name"]


async def test_an_export_without_respond_async_or_of_no_group_is_refused(sandbox: Sandbox) -> None:
    assert "respond-async" in (await sandbox.ask("GET", "$export")).json()["issue"][0]["diagnostics"]
    assert (await sandbox.ask("GET", "Group/none/$export", headers=LATER)).status_code == 404


async def test_one_actor_has_three_exports_under_way_at_most(sandbox: Sandbox) -> None:
    answers = [(await sandbox.ask("GET", "$export", headers=LATER)).status_code for _ in range(4)]
    assert answers == [202, 202, 202, 429]


async def test_the_capability_statement_says_so(sandbox: Sandbox) -> None:
    rest = (await sandbox.ask("GET", f"{HOST}/sandbox/fhir/metadata")).json()["rest"][0]
    assert "export" in {one["name"] for one in rest["operation"]}
    of: Callable[[str], set[str]] = lambda name: {  # noqa: E731
        one["name"]
        for resource in rest["resource"]
        if resource["type"] == name
        for one in resource.get("operation", ())
    }
    assert "export" in of("Patient")
    assert "export" in of("Group")
    assert "export" not in of("Organization")


PUBLISHERS = Permission("places.use", Text("Utiliser", "Use"), frozenset({"publisher"}))
PLACES = Module(
    name="foundations.places",
    room=Room.FOUNDATIONS,
    title=Text("Lieux", "Places"),
    summary=Text("Un registre quelconque.", "Any register."),
    permissions=(PUBLISHERS,),
    endpoints=(
        Endpoint(
            Register("places", ("Location",), frozenset()),
            "/places/fhir",
            Text("Lieux", "Places"),
            PUBLISHERS,
            PUBLISHERS,
            PUBLISHERS,
        ),
    ),
)


@pytest.fixture
async def two_registers(postgres: EmbeddedPostgres, house_template: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """The sandbox, and a register that says nothing of exports."""
    async with (
        house_database(postgres, house_template) as dsn,
        opened_sandbox(dsn, tmp_path, Clock(START), more=(PLACES,)) as sandbox,
    ):
        yield sandbox


async def test_every_register_is_exported_by_operators(two_registers: Sandbox) -> None:
    place = {"resourceType": "Location", "id": "l1", "name": "Salle 3"}
    url = f"{HOST}/places/fhir/Location/l1"
    sent = await two_registers.ask("PUT", url, json=place, headers={"content-type": "application/fhir+json"})
    assert sent.status_code == 201, sent.text
    export = f"{HOST}/places/fhir/$export"
    assert (await two_registers.ask("GET", export, headers=LATER)).status_code == 403  # who reads may not take all
    where = await kicked_off(two_registers, export, who="operator")
    await two_registers.work()
    manifest = (await two_registers.ask("GET", where, "operator")).json()
    [file] = manifest["output"]
    assert (file["type"], file["count"]) == ("Location", 1)
    assert b"Salle 3" in (await two_registers.ask("GET", file["url"], "operator")).content
    assert [event.trace.register for event in await two_registers.events("places")].count("places") >= 3
    declared = (await two_registers.ask("GET", f"{HOST}/places/fhir/metadata")).json()["rest"][0]
    assert {one["name"] for one in declared["operation"]} == {"meta", "export"}
