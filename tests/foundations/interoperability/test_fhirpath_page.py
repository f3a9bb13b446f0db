"""`/interoperability/fhirpath`: the page to try an expression, in both languages, with and without script."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from tests.browser import browser, context, overflow, served, violations

__all__ = ["browser"]

URL = "/interoperability/fhirpath"
PATIENT = '{"resourceType": "Patient", "name": [{"family": "<b>", "given": ["A"]}]}'


async def tried(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    """The form, sent."""
    async with client:
        return await client.post(f"{URL}/essai?lang=en", data={"resource": PATIENT, **fields})


async def test_the_page_teaches_by_an_example_that_is_chosen(client: httpx.AsyncClient) -> None:
    async with client:
        french, english = await client.get(f"{URL}?lang=fr"), await client.get(f"{URL}?lang=en&exemple=quantity")
    assert "Essayer une expression FHIRPath" in french.text
    assert "name.where(use = &#39;official&#39;).given" in french.text
    assert 'value="1.5 &#39;g&#39; &gt; 1200 &#39;mg&#39;"' in english.text


async def test_what_is_found_is_shown_with_its_type_and_never_as_markup(client: httpx.AsyncClient) -> None:
    page = await tried(client, expression="name.trace('t').family")
    assert page.status_code == 200
    assert "1 item found" in page.text
    assert '<code>string</code></th><td class="found">&lt;b&gt;</td>' in page.text
    assert "trace(&#39;t&#39;)" in page.text


async def test_a_resource_may_be_in_xml(client: httpx.AsyncClient) -> None:
    resource = '<Patient xmlns="http://hl7.org/fhir"><name><family value="MARTIN"/></name></Patient>'
    assert "MARTIN</td>" in (await tried(client, expression="name.family", resource=resource)).text


async def test_an_empty_result_is_explained(client: httpx.AsyncClient) -> None:
    assert "The result is empty" in (await tried(client, expression="name.prefix")).text


async def test_the_steps_show_where_a_result_becomes_empty(client: httpx.AsyncClient) -> None:
    page = await tried(client, expression="name.where(family = 'X').given")
    assert '<details class="steps" open>' in page.text
    row = page.text.split("<code>name.where(family = &#39;X&#39;)</code>")[1].split("</tr>")[0]
    assert "nothing" in row


async def test_a_part_evaluated_many_times_shows_the_first_ones(client: httpx.AsyncClient) -> None:
    page = await tried(client, expression="(1 | 2 | 3 | 4 | 5 | 6 | 7).select($this + 10)")
    row = page.text.split("<code>$this + 10</code>")[1].split("</tr>")[0]
    assert row.count("<div>") == 5
    assert "evaluated 7 times" in row


async def test_the_context_that_finds_nothing_is_explained(client: httpx.AsyncClient) -> None:
    assert "The context finds no item" in (await tried(client, expression="use", context="name.where(false)")).text


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"expression": "name.surname"}, "expression", "is not an element of HumanName"),
        ({"expression": ""}, "expression", "This field is required"),
        ({"expression": "name", "resource": "{"}, "resource", "JSON"),
        ({"expression": "name", "resource": '{"resourceType": "Patient", "nom": 1}'}, "resource", "nom"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(
    client: httpx.AsyncClient, fields: dict[str, str], field: str, said: str
) -> None:
    page = await tried(client, **fields)
    assert page.status_code == 422
    assert f'id="e-{field}"' in page.text
    assert said in page.text


@pytest.mark.browser
@pytest.mark.parametrize(("phone", "dark", "script"), [(False, False, True), (True, True, False)])
def test_in_a_browser(browser: Any, app: Starlette, phone: bool, dark: bool, script: bool) -> None:
    with served(app) as address:
        page = context(browser, phone=phone, dark=dark, script=script).new_page()
        page.goto(f"{address}{URL}")
        page.fill("#f-expression", "name.given.trace('t')")
        page.keyboard.press("Enter")
        page.wait_for_selector("#resultat")
        found = page.locator(".results > .scroll td.found")
        assert found.all_inner_texts() == ["Dominique", "Aimée", "Dom"] * 2
        page.locator("details.steps > summary").click()
        parts = page.locator(".steps tbody tr")
        assert parts.first.inner_text().split("\t")[0].strip() == "name"
        assert "Dominique · Aimée · Dom" in parts.nth(1).inner_text()
        assert overflow(page) == 0
        if script:
            assert violations(page) == []
