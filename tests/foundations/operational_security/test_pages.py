"""`/traces`: the traces in words, in both languages, for those who may read them."""

import csv
import io
from dataclasses import replace

import asyncpg
import orjson
from tests.foundations.operational_security.conftest import NOW, Desk, event

from socle.foundations.operational_security.module import MODULE
from socle.kernel.audit import Outcome
from socle.kernel.fhir.check import check


async def page(desk: Desk, url: str, status: int = 200, role: str = "auditor") -> str:
    answer = await desk.get(url, role, **{"accept-language": "fr"})
    assert answer.status_code == status, answer.text
    return answer.text


async def test_the_list_says_who_for_whom_when_and_on_what_ground(desk: Desk) -> None:
    said = await page(desk, "/traces?registre=sandbox")
    assert "9 traces montrées" in said
    assert "Camille Durand" in said
    assert "CHU de Brest" in said
    assert "Patient/2" in said
    assert "sandbox.read as identity-agent; purpose TREAT" in said
    assert "1er mars 2026 à 09:09" in said


async def test_in_english_by_the_switch(desk: Desk) -> None:
    answer = await desk.get("/traces?registre=sandbox&lang=en")
    assert "9 traces shown" in answer.text
    assert "State of the chains" in answer.text


FILTERS = [
    ("personne=Patient/0", 3),
    ("personne=0", 3),
    ("acteur=durand+brest", 9),
    ("acteur=actor-b", 1),
    ("acteur=nobody", 0),
    ("du=2026-03-01&au=2026-03-01", 9),
    ("du=2026-03-02", 0),
    ("au=2026-02-28", 0),
    ("action=E", 1),
    ("resultat=4", 1),
]


async def test_each_filter_keeps_what_it_says(desk: Desk) -> None:
    for query, count in FILTERS:
        word = "trace montrée" if count < 2 else "traces montrées"
        assert f"{count} {word}" in await page(desk, f"/traces?registre=sandbox&{query}"), query


async def test_a_wrong_filter_is_explained_beside_its_field(desk: Desk) -> None:
    for name, value in (("du", "hier"), ("au", "0001-01-01"), ("action", "X"), ("resultat", "9")):
        assert f'id="e-{name}"' in await page(desk, f"/traces?{name}={value}", 400)


async def test_a_damaged_link_is_explained(desk: Desk) -> None:
    assert "Ce lien de suite est abîmé" in await page(desk, "/traces?suite=zzz", 400)


async def test_a_link_to_a_register_that_does_not_exist_is_explained(desk: Desk) -> None:
    await page(desk, "/traces?suite=W1sieCIsMSw1XV0", 400)


async def test_older_traces_are_one_link_away(desk: Desk) -> None:
    for number in range(10, 80):
        await desk.database.record("sandbox", event(number))
    first = await page(desk, "/traces?registre=sandbox")
    assert "50 traces montrées" in first
    link = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = await page(desk, link)
    assert "29 traces montrées" in second
    assert "Revenir aux plus récentes" in second


async def test_an_empty_list_teaches_the_next_step(desk: Desk) -> None:
    assert "Élargissez la période" in await page(desk, "/traces?du=2026-03-03")


async def test_what_a_caller_typed_is_shown_as_text(desk: Desk) -> None:
    hostile = event(20)
    hostile = replace(hostile, trace=replace(hostile.trace, name="<script>alert(1)</script>", means="<b>"))
    await desk.database.record("sandbox", hostile)
    said = await page(desk, "/traces")
    assert "<script>alert" not in said
    assert "&lt;script&gt;alert" in said


async def test_one_trace_in_words_and_in_fhir(desk: Desk) -> None:
    said = await page(desk, "/traces/sandbox-1-4")
    assert "Trace sandbox-1-4" in said
    assert "refusé" in said
    assert "403 FORBIDDEN SOCLE-POLICY" in said
    assert "registre sandbox, chaîne 1, rang 4" in said
    assert "AuditEvent" in said


async def test_an_unknown_trace_is_a_page_too(desk: Desk) -> None:
    assert "Aucune trace ne porte ce nom" in await page(desk, "/traces/sandbox-1-999", 404)


async def test_export_as_csv(desk: Desk) -> None:
    answer = await desk.get("/traces/export.csv?registre=sandbox")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["id"] for row in rows] == [f"sandbox-1-{n}" for n in range(9, 0, -1)]
    assert rows[0]["concerns"] == "Patient/0"
    assert "attachment" in answer.headers["content-disposition"]


async def test_an_export_runs_no_formula_on_the_auditors_desk(desk: Desk) -> None:
    await desk.database.record("sandbox", replace(event(20), query='=HYPERLINK("http://evil.test")'))
    answer = await desk.get("/traces/export.csv?registre=sandbox")
    assert next(csv.DictReader(io.StringIO(answer.text)))["query"].startswith("'=")


async def test_export_as_audit_events(desk: Desk) -> None:
    answer = await desk.get("/traces/export.ndjson?registre=sandbox&resultat=4")
    [resource] = [orjson.loads(line) for line in answer.content.splitlines()]
    check(resource)
    assert resource["outcome"] == "4"


async def test_an_unknown_kind_of_export_is_not_found(desk: Desk) -> None:
    await page(desk, "/traces/export.exe", 404)


async def test_nobody_reads_traces_without_the_permission(desk: Desk) -> None:
    for url in ("/traces", "/traces/sandbox-1-1", "/traces/export.csv"):
        await page(desk, url, 401, role="")
        await page(desk, url, 403, role="publisher")


async def test_reading_the_page_leaves_a_trace(desk: Desk) -> None:
    await page(desk, "/traces?personne=Patient/1")
    last = (await desk.recorded())[0]
    assert last.trace.register == "audit"
    assert last.query == "personne=Patient/1"
    assert last.concerns == ("Patient/1",)


async def test_chains_never_verified_say_so(desk: Desk) -> None:
    assert "pas encore été vérifiée" in await page(desk, "/traces")


async def verified(desk: Desk) -> None:
    """What the background job does when the button was pressed."""
    async with desk.client() as client:
        answer = await client.post("/traces/verification")
    assert answer.status_code == 303
    [job] = await desk.database.query("SELECT name, arguments FROM house.job")
    await MODULE.jobs[job["name"]](desk.house, orjson.loads(job["arguments"]))


async def test_a_verification_asked_on_the_page_tells_its_result_there(desk: Desk) -> None:
    await verified(desk)
    said = await page(desk, "/traces")
    assert "intacte" in said
    asked = [e for e in await desk.recorded() if e.trace.interaction == "audit:verify"]
    assert [e.outcome for e in asked] == [Outcome.SUCCESS, Outcome.SUCCESS]
    assert asked[0].trace.at == NOW


async def test_a_chain_that_was_touched_is_shown_in_red(desk: Desk) -> None:
    connection = await asyncpg.connect(desk.database.dsn)
    await connection.execute("DELETE FROM sandbox.audit WHERE n = 5")
    await connection.close()
    await verified(desk)
    said = await page(desk, "/traces")
    assert "Une chaîne a été touchée" in said
    assert "1 anomalie" in said


async def test_the_publisher_cannot_ask_for_a_verification(desk: Desk) -> None:
    async with desk.client("publisher") as client:
        assert (await client.post("/traces/verification")).status_code == 403


async def test_a_page_stays_light(desk: Desk) -> None:
    for number in range(10, 70):
        await desk.database.record("sandbox", event(number))
    answer = await desk.get("/traces", **{"accept-encoding": "gzip"})
    assert int(answer.headers["content-length"]) < 30_000
