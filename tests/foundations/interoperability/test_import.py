"""$import: NDJSON in, wrong lines named, nothing twice and nothing lost when the work is cut short."""

import gzip
from dataclasses import replace
from typing import Any

import orjson
import pytest
from tests.foundations.interoperability.houses import Sandbox
from tests.foundations.interoperability.test_export import observation, patient

from socle.foundations.interoperability.module import MODULE
from socle.foundations.interoperability.permissions import IMPORT
from socle.kernel.bulk import load, reading
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, Means
from socle.kernel.rest.bulk import Admitting, check_may_import

LATER = {"prefer": "respond-async", "content-type": "application/fhir+ndjson", "accept-language": "en"}


def ndjson(*resources: dict[str, Any] | bytes) -> bytes:
    return b"".join((one if isinstance(one, bytes) else orjson.dumps(one)) + b"\n" for one in resources)


async def sent(sandbox: Sandbox, body: bytes, query: str = "", **headers: str) -> str:
    answer = await sandbox.ask("POST", f"$import{query}", content=body, headers={**LATER, **headers})
    assert answer.status_code == 202, answer.text
    where: str = answer.headers["content-location"]
    return where


async def outcome(sandbox: Sandbox, where: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(what the manifest counts, the report of wrong lines)."""
    answer = await sandbox.ask("GET", where)
    assert answer.status_code == 200, answer.text
    manifest = answer.json()
    report: list[dict[str, Any]] = []
    for one in manifest["error"]:
        lines = (await sandbox.ask("GET", one["url"])).content.splitlines()
        assert len(lines) == one["count"]
        report += [orjson.loads(line) for line in lines]
    return manifest["extension"]["https://socle-sante.example/fhir/bulk-import"], report


async def imported(
    sandbox: Sandbox, body: bytes, query: str = "", **headers: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    where = await sent(sandbox, body, query, **headers)
    await sandbox.work()
    return await outcome(sandbox, where)


async def count(sandbox: Sandbox, table: str = "resource") -> int:
    [row] = await sandbox.house.database.query(f"SELECT count(*) AS n FROM sandbox.{table}")
    return int(row["n"])


def places(report: list[dict[str, Any]]) -> list[str]:
    return [one["extension"][0]["valueString"] for one in report]


WRONG = [
    b"{",
    orjson.dumps({"resourceType": "Patient", "couleur": "bleu"}),
    b"[]",
    orjson.dumps({"resourceType": "Subscription"}),
]


async def test_resources_keep_their_id_and_are_found_by_search(sandbox: Sandbox) -> None:
    counts, report = await imported(sandbox, ndjson(patient("a"), observation("o", "a")))
    assert (counts, report) == ({"stored": 2, "rejected": 0, "refused": False}, [])
    assert (await sandbox.ask("GET", "Patient/a")).json()["name"] == [{"family": "Nom a"}]
    found = (await sandbox.ask("GET", "Observation?subject=Patient/a")).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["o"]


async def test_a_resource_without_id_receives_one_and_one_that_is_there_a_new_version(sandbox: Sandbox) -> None:
    await sandbox.put(patient("a"))
    loose = patient("x")
    del loose["id"]
    await imported(sandbox, ndjson(patient("a", active=True), loose, b"", patient("a", active=False)))
    stored = (await sandbox.ask("GET", "Patient/a")).json()
    assert (stored["active"], stored["meta"]["versionId"]) == (False, "3")
    assert await count(sandbox) == 2


async def test_wrong_lines_are_named_and_the_rest_is_kept(sandbox: Sandbox) -> None:
    body = ndjson(patient("a"), WRONG[0], patient("b"), WRONG[1], WRONG[2], WRONG[3], patient("c"))
    counts, report = await imported(sandbox, body)
    assert counts == {"stored": 3, "rejected": 4, "refused": False}
    assert places(report) == ["input.ndjson:2", "input.ndjson:4", "input.ndjson:5", "input.ndjson:6"]
    assert report[0]["issue"][0]["extension"][0]["valueInteger"] == 2  # the place is that of the file
    assert report[0]["issue"][0]["diagnostics"].startswith("input.ndjson, line 2: JSON cannot be read, column ")
    assert report[1]["issue"][0]["expression"] == ["Patient.couleur"]
    assert report[1]["issue"][0]["diagnostics"].startswith("input.ndjson, line 4: ")


async def test_a_single_wrong_line_refuses_the_whole_when_asked(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 10)
    body = ndjson(*(patient(str(n)) for n in range(50)), WRONG[1], patient("z"))
    counts, report = await imported(sandbox, body, "?errors=refuse")
    assert counts == {"stored": 0, "rejected": 1, "refused": True}
    assert places(report) == ["input.ndjson:51"]
    assert await count(sandbox) == 0
    counts, _ = await imported(sandbox, ndjson(patient("a")), "?errors=refuse")
    assert counts == {"stored": 1, "rejected": 0, "refused": False}


async def test_what_the_store_itself_refuses_is_one_line(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    store = sandbox.house.repositories["sandbox"].store
    commit = store.commit

    async def refusing(unit: Any) -> Any:
        if any(change.id == "bad" for change in unit.changes):
            raise Problem.of(Kind.INVALID, "Une valeur ne peut pas être conservée.", "A value cannot be kept.")
        return await commit(unit)

    monkeypatch.setattr(store, "commit", refusing)
    counts, report = await imported(sandbox, ndjson(*(patient(id) for id in ("a", "b", "bad", "c", "d", "e"))))
    assert counts == {"stored": 5, "rejected": 1, "refused": False}
    assert places(report) == ["input.ndjson:3"]


async def test_lines_take_effect_in_their_order_across_batches(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH", 3)
    loose = patient("x")
    del loose["id"]
    lines = [patient("a"), WRONG[0], loose, observation("o", "a"), b"", patient("a", active=True), WRONG[1]]
    counts, report = await imported(sandbox, ndjson(*lines))
    assert counts == {"stored": 4, "rejected": 2, "refused": False}
    assert places(report) == ["input.ndjson:2", "input.ndjson:7"]
    stored = (await sandbox.ask("GET", "Patient/a")).json()
    assert (stored["active"], stored["meta"]["versionId"]) == (True, "2")
    found = (await sandbox.ask("GET", "Observation?subject=Patient/a")).json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["o"]


async def test_a_line_without_end_is_refused_without_being_held(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LONGEST", 1_000)
    counts, report = await imported(sandbox, ndjson(patient("a"), b"x" * 5_000, patient("b")) + b"y" * 3_000)
    assert counts == {"stored": 2, "rejected": 2, "refused": False}
    assert places(report) == ["input.ndjson:2", "input.ndjson:4"]


@pytest.mark.parametrize("query", ["", "?errors=refuse"])
async def test_work_cut_short_at_any_moment_goes_on_with_nothing_twice_and_nothing_lost(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(reading, "BATCH", 5)
    monkeypatch.setattr(load, "PULSE", 0.0)
    lines: list[dict[str, Any] | bytes] = []
    for n in range(60):
        loose = patient(str(n))
        del loose["id"]  # were a line taken twice, there would be one resource more
        lines.append(loose)
        if not query and n % 7 == 0:
            lines.append(WRONG[0])
    where = await sent(sandbox, ndjson(*lines), query)
    settled = load._Work._settled
    alive = 0

    async def dying(self: Any, *arguments: Any) -> Any:
        nonlocal alive
        alive += 1
        if alive % 4 == 0:
            raise RuntimeError("the process dies before")
        done = await settled(self, *arguments)
        if alive % 4 == 2:
            raise RuntimeError("the process dies after the commit, before anybody knows")
        return done

    monkeypatch.setattr(load._Work, "_settled", dying)
    for _ in range(5):
        await sandbox.work()
        sandbox.clock.move(hours=1)
    monkeypatch.setattr(load._Work, "_settled", settled)
    # The table of jobs gives up after five failures; a process that dies is no failure: its lease ends.
    [row] = await sandbox.house.database.query("UPDATE house.job SET state = 'waiting', attempts = 0 RETURNING id")
    assert row
    await sandbox.work()
    counts, report = await outcome(sandbox, where)
    wrong = 0 if query else 9
    assert counts == {"stored": 60, "rejected": wrong, "refused": False}
    assert len(set(places(report))) == len(report) == wrong
    assert await count(sandbox) == await count(sandbox, "history") == 60


async def test_two_turns_at_once_store_nothing_twice(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BATCH", 5)
    loose = patient("x")
    del loose["id"]
    where = await sent(sandbox, ndjson(*[loose] * 40))
    settled = load._Work._settled
    job = sandbox.house.modules[0].long_jobs["bulk:import"]
    id = where.rpartition("/")[2]
    turns = 0

    async def overtaken(self: Any, *arguments: Any) -> Any:
        nonlocal turns
        turns += 1
        if turns == 3:  # its lease was believed over: another worker takes the work and does it all
            await job(sandbox.house, {"id": id})
        return await settled(self, *arguments)

    monkeypatch.setattr(load._Work, "_settled", overtaken)
    await job(sandbox.house, {"id": id})
    assert await count(sandbox) == 40
    assert (await outcome(sandbox, where))[0]["stored"] == 40


async def test_an_import_may_be_cancelled_and_its_file_goes(sandbox: Sandbox) -> None:
    where = await sent(sandbox, ndjson(patient("a")))
    assert (await sandbox.ask("DELETE", where)).status_code == 202
    await sandbox.work()
    assert await count(sandbox) == 0
    assert list((sandbox.data / "bulk").iterdir()) == []


async def test_the_file_that_was_sent_does_not_stay(sandbox: Sandbox) -> None:
    await imported(sandbox, ndjson(patient("a"), b"{"))
    [folder] = (sandbox.data / "bulk").iterdir()
    assert [file.name for file in folder.iterdir()] == [load.REPORT]


async def test_it_may_come_compressed(sandbox: Sandbox) -> None:
    body = gzip.compress(ndjson(*(patient(str(n)) for n in range(20))))
    counts, _ = await imported(sandbox, body, **{"content-encoding": "gzip"})
    assert counts["stored"] == 20


async def test_each_import_leaves_its_traces(sandbox: Sandbox) -> None:
    await imported(sandbox, ndjson(patient("a"), observation("o", "b")))
    persons = {person for event in await sandbox.events() for person in event.concerns}
    assert persons == {"Patient/a", "Patient/b"}
    [asked] = [event for event in await sandbox.events() if event.entities and event.entities[0].startswith("bulk/")]
    assert (asked.trace.name, asked.trace.interaction) == ("publisher", "$import")


async def test_what_cannot_be_taken_is_refused_and_leaves_nothing(sandbox: Sandbox) -> None:
    good = ndjson(patient("a"))

    async def status(body: bytes, query: str = "", who: str = "publisher", method: str = "POST", **headers: str) -> int:
        answer = await sandbox.ask(method, f"$import{query}", who, content=body, headers={**LATER, **headers})
        assert answer.json()["resourceType"] == "OperationOutcome"
        return answer.status_code

    assert await status(good, who="") == 401
    assert await status(good, who="auditor") == 403
    assert await status(good, method="GET") == 405
    assert await status(good, **{"content-type": "application/fhir+json"}) == 415
    assert await status(good, prefer="return=minimal") == 400
    assert await status(good, "?erreurs=refuse") == 400
    assert await status(good, "?errors=perhaps") == 400
    assert await status(b"") == 400
    assert await status(b"not gzip", **{"content-encoding": "gzip"}) == 400
    assert await status(gzip.compress(good)[:-3], **{"content-encoding": "gzip"}) == 400
    assert await count(sandbox) == 0
    assert not list((sandbox.data / "bulk").glob("*"))


# -- a line is judged as a write by REST is --------------------------------------------------------------------------------


def subscription(id: str, **more: Any) -> dict[str, Any]:
    """A Subscription that tells a receiver."""
    channel = {"type": "rest-hook", "endpoint": "https://receiver.example/hook", "payload": "application/fhir+json"}
    return {
        "resourceType": "Subscription",
        "id": id,
        "status": "active",
        "reason": "test",
        "criteria": "Patient?active=true",
        "channel": channel,
        **more,
    }


async def test_the_register_s_own_rule_rewrites_an_imported_line(sandbox: Sandbox) -> None:
    """A Subscription belongs to who sends it and waits to be tried, whatever the line says."""
    counts, _ = await imported(sandbox, ndjson(subscription("s")))
    assert counts["stored"] == 1
    assert (await sandbox.ask("GET", "Subscription/s")).json()["status"] == "requested"


async def test_the_register_s_own_rule_refuses_an_imported_line(sandbox: Sandbox) -> None:
    """Somebody else's Subscription cannot be replaced in bulk either; the lines around it are stored."""
    await sandbox.put(subscription("s"), "other")
    lines = ndjson(patient("a"), subscription("s", reason="mine"), subscription("t", criteria="Patient?nom=x"))
    counts, report = await imported(sandbox, lines)
    assert (counts["stored"], counts["rejected"]) == (1, 2)
    assert places(report) == ["input.ndjson:2", "input.ndjson:3"]
    assert report[0]["issue"][0]["code"] == "forbidden"
    assert (await sandbox.ask("GET", "Subscription/s", "other")).json()["reason"] == "test"


async def test_a_line_is_judged_against_what_the_lines_before_it_wrote(sandbox: Sandbox) -> None:
    counts, _ = await imported(sandbox, ndjson(subscription("s"), patient("a"), subscription("s", reason="again")))
    assert counts == {"stored": 3, "rejected": 0, "refused": False}
    stored = (await sandbox.ask("GET", "Subscription/s")).json()
    assert (stored["reason"], stored["meta"]["versionId"]) == ("again", "2")


async def test_all_or_nothing_counts_what_the_rule_refuses(sandbox: Sandbox) -> None:
    await sandbox.put(subscription("s"), "other")
    counts, _ = await imported(sandbox, ndjson(patient("a"), subscription("s")), "?errors=refuse")
    assert counts == {"stored": 0, "rejected": 1, "refused": True}


def test_a_write_that_rest_does_not_offer_is_not_imported() -> None:
    [endpoint] = MODULE.endpoints
    reading = replace(endpoint, by_type={"Patient": frozenset({"read", "update"})})
    rules = Admitting(reading, None)  # type: ignore[arg-type] # nothing is read of it
    rules.check("Patient", "a")
    for of, id in (("Patient", ""), ("Inconnu", "a")):
        with pytest.raises(Problem) as caught:
            rules.check(of, id)
        assert caught.value.issues[0].code == "not-supported"


def test_who_may_not_write_there_may_not_import_and_a_server_may_take_none() -> None:
    [endpoint] = MODULE.endpoints
    by = Actor("a", "A", frozenset({"publisher"}), Means.API_KEY)
    assert check_may_import(by, endpoint)
    cases = (
        (replace(endpoint, imports=None), Kind.NOT_FOUND),
        (replace(endpoint, write=replace(endpoint.write, roles=frozenset({"operator"}))), Kind.FORBIDDEN),
        (replace(endpoint, imports=replace(IMPORT, roles=frozenset({"operator"}))), Kind.FORBIDDEN),
    )
    for server, kind in cases:
        with pytest.raises(Problem) as caught:
            check_may_import(by, server)
        assert caught.value.kind is kind
