"""Who may do what, and what it leaves behind: one request on a person's data, one event."""

from typing import Any

import pytest
from tests.kernel.rest.support import ORGANIZATION, PATIENT, SANDBOX, Clock, Fhir, issue

from socle.kernel.audit import Action, Outcome
from socle.kernel.fhir.definitions import r4
from socle.kernel.policy import ANONYMOUS
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.search.repository import Repository

P1 = {**PATIENT, "id": "p1"}
O1 = {**ORGANIZATION, "id": "o1"}


@pytest.fixture
async def there(fhir: Fhir) -> Fhir:
    """Patient/p1 and Organization/o1 are stored."""
    await fhir.put("Patient/p1", P1)
    await fhir.put("Organization/o1", O1)
    return fhir


REQUESTS: list[tuple[str, str, Any]] = [
    ("GET", "Patient/{}", None),
    ("GET", "Patient/{}/_history/1", None),
    ("GET", "Patient/{}/_history", None),
    ("GET", "Patient?_id={}", None),
    ("PUT", "Patient/{}", PATIENT),
    ("DELETE", "Patient/{}", None),
    ("DELETE", "Patient?_id={}", None),
    ("PUT", "Patient?_id={}", PATIENT),
]


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS)
@pytest.mark.parametrize(("who", "status"), [("", 401), ("nobody", 403), ("unknown", 401)])
async def test_who_may_not_learns_nothing(
    there: Fhir, method: str, path: str, body: Any, who: str, status: int
) -> None:
    """The answer is the same whether the resource exists or not, whether the body is legal or not."""
    asker = there.as_(who)
    exists = await asker(method, path.format("p1"), body, headers={"x-request-id": "r"})
    absent = await asker(method, path.format("p2"), body, headers={"x-request-id": "r"})
    wrong = await asker(method, path.format("p1"), body and {"wrong": 1}, headers={"x-request-id": "r"})
    assert (exists.status_code, exists.content, exists.headers) == (absent.status_code, absent.content, absent.headers)
    assert exists.content == wrong.content
    assert exists.status_code == status
    assert ("www-authenticate" in exists.headers) == (status == 401)


async def test_what_concerns_nobody_may_be_read_by_anybody(there: Fhir) -> None:
    anybody = there.as_("")
    for path in (
        "Organization/o1",
        "Organization?name=clinique",
        "Organization/_history",
        "?_type=Organization",
        "metadata",
    ):
        assert (await anybody.get(path)).status_code == 200, path


@pytest.mark.parametrize(
    "path",
    [
        "Organization?_has:Patient:organization:family=dupont",
        "Organization?_revinclude=Patient:organization",
        "PractitionerRole?organization.name=x&_include=PractitionerRole:organization",
        "",
        "_history",
        "?_type=Organization,Patient",
    ],
)
async def test_but_not_when_the_question_leads_to_persons(there: Fhir, path: str) -> None:
    assert (await there.as_("").get(path)).status_code == 401
    assert (await there.as_("reader").get(path)).status_code == 200


@pytest.mark.parametrize(
    "form", [{"_has:Patient:organization:family": "dupont"}, {"_revinclude": "Patient:organization"}]
)
async def test_nor_when_a_form_does(there: Fhir, form: dict[str, str]) -> None:
    assert (await there.as_("")("POST", "Organization/_search", data=form)).status_code == 401
    assert (await there.as_("reader")("POST", "Organization/_search", data=form)).status_code == 200
    assert (await there.events())[-1].query


async def test_what_wraps_a_person_s_data_is_as_private(there: Fhir) -> None:
    for kind in ("Bundle", "Binary", "Task", "Parameters", "Device"):
        assert (await there.as_("").get(f"{kind}/x")).status_code == 401


async def test_a_reader_does_not_write(there: Fhir) -> None:
    reader = there.as_("reader")
    assert (await reader.get("Patient/p1")).status_code == 200
    for answer in (
        await reader.post("Organization", ORGANIZATION),
        await reader.put("Patient/p1", P1),
        await reader.patch("Patient/p1", [{"op": "remove", "path": "/name"}]),
        await reader.delete("Patient/p1"),
    ):
        assert answer.status_code == 403
        assert "sandbox.write" in issue(answer)["diagnostics"]


async def test_nobody_writes_anonymously_even_what_is_public(fhir: Fhir) -> None:
    assert (await fhir.as_("").post("Organization", ORGANIZATION)).status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body", "interaction", "action", "entities", "query"),
    [
        ("GET", "Patient/p1", None, "read", Action.READ, ("Patient/p1/_history/1",), ""),
        ("GET", "Patient/p1/_history/1", None, "vread", Action.READ, ("Patient/p1/_history/1",), ""),
        ("GET", "Patient/p1/_history", None, "history-instance", Action.READ, ("Patient/p1/_history/1",), ""),
        ("GET", "Patient?birthdate=1980-02-29", None, "search-type", Action.EXECUTE, ("Patient/p1/_history/1",),
         "birthdate=1980-02-29"),
        ("PUT", "Patient/p1", P1, "update", Action.UPDATE, ("Patient/p1/_history/2",), ""),
        ("DELETE", "Patient/p1", None, "delete", Action.DELETE, ("Patient/p1/_history/2",), ""),
    ],
)  # fmt: skip
async def test_each_access_leaves_its_event(
    there: Fhir, method: str, path: str, body: Any, interaction: str, action: Action, entities: Any, query: str
) -> None:
    before = len(await there.events())
    answer = await there(method, path, body, headers={"x-request-id": "r-7", "x-socle-purpose": "TREAT"})
    assert answer.is_success
    [event] = (await there.events())[before:]
    trace = event.trace
    assert (trace.interaction, event.action, event.outcome) == (interaction, action, Outcome.SUCCESS)
    assert (event.entities, event.concerns, event.query) == (entities, ("Patient/p1",), query)
    assert (trace.who, trace.name, trace.role, trace.structure) == (
        "a-writer",
        "Éditeur",
        "publisher",
        "Éditions Test",
    )
    assert (trace.means, trace.register, trace.request) == ("api-key", "sandbox", "r-7")
    assert trace.ground.endswith(" as publisher; purpose TREAT")


async def test_what_concerns_nobody_leaves_none(there: Fhir) -> None:
    before = len(await there.events())
    await there.get("Organization/o1")
    await there.get("Organization?name=x")
    await there.get("metadata")
    assert len(await there.events()) == before


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "detail"),
    [
        ("nobody", "GET", "Patient/p1", None, "403 FORBIDDEN SOCLE-POLICY"),
        ("", "GET", "Patient/p1", None, "401 UNAUTHENTICATED SOCLE-POLICY"),
        ("unknown", "GET", "Patient/p1", None, "401 UNAUTHENTICATED SOCLE-KEY"),
        ("writer", "GET", "Patient/p2", None, "404 NOT_FOUND FHIR R4 http.html#read"),
        ("writer", "PUT", "Patient/p2", {**P1, "id": "p3"}, "400 INVALID FHIR R4 http.html#update"),
    ],
)
async def test_each_refusal_leaves_its_event(
    there: Fhir, who: str, method: str, path: str, body: Any, detail: str
) -> None:
    before = len(await there.events())
    await there.as_(who)(method, path, body)
    [event] = (await there.events())[before:]
    assert (event.outcome, event.detail, event.entities) == (Outcome.REFUSED, detail, (path,))


async def test_an_include_tells_the_persons_that_it_showed(there: Fhir) -> None:
    await there.put("Patient/p1", {**P1, "managingOrganization": {"reference": "Organization/o1"}})
    await there.get("Organization?_id=o1&_revinclude=Patient:organization")
    assert (await there.events())[-1].concerns == ("Patient/p1",)


async def test_a_conditional_create_that_finds_a_person_tells_it(there: Fhir) -> None:
    before = len(await there.events())
    await there.post("Patient", PATIENT, headers={"if-none-exist": "birthdate=1980-02-29"})
    [event] = (await there.events())[before:]
    assert (event.action, event.concerns, event.trace.interaction) == (Action.READ, ("Patient/p1",), "create")


async def test_a_purpose_is_a_short_code(there: Fhir) -> None:
    assert (await there.get("Patient/p1", headers={"x-socle-purpose": "a b"})).status_code == 400


async def test_a_cookie_alone_does_not_write_for_another_site(there: Fhir) -> None:
    """The authenticator is given the cookies of a write only when the browser says that our own page asks."""
    seen: list[dict[str, str]] = []

    class Watching:
        async def identify(self, headers: Any, cookies: Any) -> Any:
            seen.append(dict(cookies))
            return ANONYMOUS

    repository = Repository(SANDBOX.register, there.database.store("sandbox"), r4())
    app = fhir_app(SANDBOX, repository, authenticator=Watching(), clock=Clock(), secret=b"s")
    client = Fhir(app, there.database, "")
    await client.post("Patient", PATIENT, headers={"cookie": "session=1"})
    await client.post("Patient", PATIENT, headers={"cookie": "session=1", "sec-fetch-site": "cross-site"})
    await client.post("Patient", PATIENT, headers={"cookie": "session=1", "sec-fetch-site": "same-origin"})
    await client.get("Patient/p1", headers={"cookie": "session=1"})
    assert seen == [{}, {}, {"session": "1"}, {"session": "1"}]
