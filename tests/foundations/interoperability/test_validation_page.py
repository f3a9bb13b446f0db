"""`/interoperability/validate`: a resource is pasted or a file given, and what is wrong is shown on the text."""

import zipfile
from io import BytesIO
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from tests.browser import browser, context, cut, overflow, served, violations

from socle.foundations.interoperability.pages import validation
from socle.foundations.interoperability.rules.marked import AROUND, marked
from socle.kernel.fhir.validation import Judged, Report, Source
from socle.kernel.outcome import Issue, Text

__all__ = ["browser"]

URL = "/interoperability/validate"
PATIENT = '{"resourceType": "Patient", "gender": "femme",\n "birthDate": "1955-06-13"}'


async def checked(
    client: httpx.AsyncClient, resource: str = "", *, file: tuple[str, bytes] | None = None, **fields: str
) -> Any:
    """The form, sent by somebody who is not logged in."""
    files = {"file": file} if file else {"file": ("", b"")}
    async with client:
        return await client.post(
            f"{URL}/essai?lang=en", data={"resource": resource, "profile": "", **fields}, files=files
        )


async def test_an_issue_is_told_with_its_line_its_element_its_rule_and_shown_on_the_text(
    client: httpx.AsyncClient,
) -> None:
    page = await checked(client, PATIENT)
    assert page.status_code == 200
    assert "Does not conform" in page.text
    assert '<a href="#t1-1">1:' in page.text
    assert "Patient.gender: " in page.text
    assert "terminologies.html#required" in page.text
    assert '<li id="t1-1" value="1" class="tone-refused">' in page.text


async def test_a_resource_without_fault_conforms(client: httpx.AsyncClient) -> None:
    page = await checked(client, '{"resourceType": "Patient", "birthDate": "1955-06-13"}')
    assert "Verdict: 1 resource of 1 conforms" in page.text


async def test_the_example_of_the_page_has_faults_to_see(client: httpx.AsyncClient) -> None:
    async with client:
        page = await client.get(f"{URL}?lang=fr")
    assert "Vérifier une ressource" in page.text
    assert "1955-06-31" in page.text


async def test_markup_in_a_resource_is_shown_never_obeyed(client: httpx.AsyncClient) -> None:
    page = await checked(client, '{"resourceType": "Patient", "gender": "<script>alert(1)</script>"}')
    assert "<script>alert" not in page.text


async def test_an_archive_is_told_text_by_text_those_with_errors_first(client: httpx.AsyncClient) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.json", '{"resourceType": "Patient"}')
        archive.writestr("b.json", PATIENT)
        archive.writestr("c.xml", '<Patient xmlns="http://hl7.org/fhir"><gender value="female"/></Patient>')
    page = await checked(client, file=("three.zip", content.getvalue()))
    assert "Verdict: 2 of 3 resources conform" in page.text
    assert page.text.index("three.zip/b.json") < page.text.index("three.zip/a.json")


async def test_several_files_are_checked_together(client: httpx.AsyncClient) -> None:
    files = [("file", ("a.json", PATIENT.encode())), ("file", ("b.xml", b'<Patient xmlns="http://hl7.org/fhir"/>'))]
    async with client:
        page = await client.post(f"{URL}/essai?lang=en", data={"resource": "", "profile": ""}, files=files)
    assert "of 2 resources conform" in page.text
    assert page.text.index("a.json") < page.text.index("b.xml")


async def test_more_files_than_are_read_is_said(client: httpx.AsyncClient) -> None:
    files = [("file", (f"{number}.json", b"{}")) for number in range(validation.MOST + 1)]
    async with client:
        page = await client.post(f"{URL}/essai?lang=en", data={"resource": ""}, files=files)
    assert page.status_code == 400
    assert f"{validation.MOST} files" in page.text


async def test_of_many_texts_only_those_shown_are_built_and_the_others_counted(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []

    def build(judged: Judged) -> Any:
        built.append(judged.source.name)
        return marked(judged)

    monkeypatch.setattr(validation, "marked", build)
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(15):
            archive.writestr(f"{number:02}.json", PATIENT)
    page = await checked(client, file=("many.zip", content.getvalue()))
    assert len(built) == validation.DETAILED
    assert page.text.count('<th scope="row">') == 15
    assert page.text.count("1 error") == 15 + validation.DETAILED


async def test_a_text_that_cannot_be_read_is_an_issue_of_that_text(client: httpx.AsyncClient) -> None:
    page = await checked(client, '{"resourceType": ')
    assert page.status_code == 200
    assert "Unreadable" in page.text


@pytest.mark.parametrize(
    ("sent", "field", "said"),
    [
        ({"resource": ""}, "resource", "This field is required"),
        ({"resource": "", "file": ("x.zip", b"PK\x03\x04 no")}, "file", "not a readable zip archive"),
        ({"resource": "", "file": ("x.zip", b"PK\x05\x06" + bytes(18))}, "file", "Nothing to check in this file"),
        ({"resource": PATIENT, "profile": "https://nowhere.example/p"}, "profile", "in no installed package"),
    ],
)
async def test_what_cannot_be_checked_is_said_beside_its_field(
    client: httpx.AsyncClient, sent: dict[str, Any], field: str, said: str
) -> None:
    page = await checked(client, **sent)
    assert page.status_code == 422
    assert f'id="e-{field}"' in page.text
    assert said in page.text


def test_a_long_text_is_shown_around_its_issues() -> None:
    text = "\n".join(f"line {number}" for number in range(1, 5001)).encode()
    issue = Issue(Text("faux", "wrong"), line=2500, column=3)
    shown = marked(Judged(Source("long.json", text), Report((issue,), (), ())))
    [part] = shown.parts
    assert [line.number for line in part] == list(range(2500 - AROUND, 2500 + AROUND + 1))
    assert part[AROUND].issues == (issue,)
    assert shown.left


@pytest.mark.browser
@pytest.mark.parametrize(("phone", "dark", "script"), [(False, False, True), (True, True, False)])
def test_in_a_browser(browser: Any, app: Starlette, phone: bool, dark: bool, script: bool) -> None:
    with served(app) as address:
        page = context(browser, phone=phone, dark=dark, script=script).new_page()
        page.goto(f"{address}/interoperability/validate?lang=fr")
        page.fill("#f-resource", '{\n "resourceType": "Patient",\n "gender": "femme"\n}')
        page.get_by_role("button", name="Vérifier").click()
        page.wait_for_selector("#resultat")
        expect(page.locator(".source li.tone-refused")).to_have_count(1)
        assert overflow(page) == 0
        assert not phone or cut(page) == []
        if script:
            assert violations(page) == []


FILES = """() => {
  const held = new DataTransfer();
  held.items.add(new File(['{"resourceType": "Patient", "gender": "femme"}'], "un.json"));
  held.items.add(new File(['{"resourceType": "Patient"}'], "deux.json"));
  return held;
}"""


@pytest.mark.browser
def test_files_are_dropped_anywhere_on_the_form(browser: Any, app: Starlette) -> None:
    with served(app) as address:
        page = context(browser).new_page()
        page.goto(f"{address}/interoperability/validate?lang=fr")
        held = page.evaluate_handle(FILES)
        page.dispatch_event("#f-resource", "dragover", {"dataTransfer": held})
        expect(page.locator("form.dropping")).to_have_count(1)
        page.dispatch_event("#f-resource", "drop", {"dataTransfer": held})
        expect(page.locator("form.dropping")).to_have_count(0)
        page.get_by_role("button", name="Vérifier").click()
        page.wait_for_selector("#resultat")
        assert page.locator("section.judged h3").count() == 2
        assert "un.json" in page.locator("section.judged h3").first.inner_text()
