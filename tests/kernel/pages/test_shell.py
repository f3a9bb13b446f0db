"""The shell: languages, login, refusals as pages, forms of other sites, static files."""

import gzip
import re

import httpx
import pytest
from starlette.responses import Response
from starlette.routing import BaseRoute
from tests.kernel.pages.houses import AGENT, READ, House, application, full_house

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages import Login, Page, Pages, login_routes
from socle.kernel.pages.assets import asset_url, assets
from socle.kernel.pages.flash import Flash, seal, unseal
from socle.kernel.pages.security import safe_next


def routes(house: House) -> list[BaseRoute]:
    pages = Pages(house)

    async def private(page: Page) -> Response:
        page.require(READ)
        return page.render("kernel/modules.html")

    async def refuse(page: Page) -> Response:
        raise Problem(
            Kind.RULE_VIOLATED,
            Issue(Text("Le pays <99> est inconnu.", "Unknown country."), ("Patient.birthPlace",), "RNIV EXI SI 09"),
        )

    async def broken(page: Page) -> Response:
        raise RuntimeError("a secret detail")

    async def receive(page: Page) -> Response:
        await page.form()
        return page.redirect("/", done="login.left")

    login = Login({"agent": AGENT}, lambda name: f"who={name}; Path=/", lambda: "who=; Path=/; Max-Age=0")
    return [
        pages.get("/private", private),
        pages.get("/refuse", refuse),
        pages.get("/broken", broken),
        pages.post("/receive", receive),
        *login_routes(house, login),
    ]


@pytest.fixture
def client() -> httpx.AsyncClient:
    house = full_house()
    transport = httpx.ASGITransport(application(house, routes(house)), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://house")


async def test_the_page_says_its_language_and_remembers_the_choice(client: httpx.AsyncClient) -> None:
    french = await client.get("/")
    english = await client.get("/?lang=en")
    after = await client.get("/")
    assert '<html lang="fr">' in french.text
    assert '<html lang="en">' in english.text
    assert '<html lang="en">' in after.text
    assert after.headers["content-language"] == "en"


async def test_the_language_switch_keeps_the_address(client: httpx.AsyncClient) -> None:
    page = await client.get("/modules?room=services")
    assert 'href="/modules?room=services&amp;lang=en"' in page.text


async def test_nothing_in_a_page_is_inline_and_nothing_comes_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src=\"/static/)", page.text)


async def test_a_page_that_needs_someone_leads_to_the_login_and_back(client: httpx.AsyncClient) -> None:
    refused = await client.get("/private?x=1")
    assert refused.status_code == 401
    assert "/connexion?next=%2Fprivate%3Fx%3D1" in refused.text
    assert "dites d’abord qui vous êtes" in refused.text
    assert "Authorization" not in refused.text, "a header is for software"
    entered = await client.post("/connexion", data={"person": "agent", "next": "/private?x=1"})
    assert entered.status_code == 303
    assert entered.headers["location"] == "/private?x=1"
    assert AGENT.name in (await client.get("/")).text


async def test_leaving_forgets_who_it_was_and_says_so_once(client: httpx.AsyncClient) -> None:
    await client.post("/connexion", data={"person": "agent", "next": "/"})
    await client.post("/deconnexion")
    first, second = await client.get("/"), await client.get("/")
    assert AGENT.name not in first.text
    assert "Vous êtes déconnecté." in first.text
    assert "Vous êtes déconnecté." not in second.text


async def test_a_proof_that_is_no_longer_valid_counts_as_none(client: httpx.AsyncClient) -> None:
    client.cookies.set("who", "stale")
    assert (await client.get("/")).status_code == 200
    assert (await client.get("/private")).status_code == 401


async def test_someone_unknown_cannot_enter(client: httpx.AsyncClient) -> None:
    refused = await client.post("/connexion", data={"person": "operator", "next": "/"})
    assert refused.status_code == 400
    assert "set-cookie" not in refused.headers


async def test_a_refusal_says_what_which_rule_and_what_to_do(client: httpx.AsyncClient) -> None:
    page = await client.get("/refuse")
    assert page.status_code == 422
    assert "Le pays &lt;99&gt; est inconnu." in page.text
    assert "RNIV EXI SI 09" in page.text
    assert "Patient.birthPlace" in page.text


async def test_our_own_failure_shows_a_number_and_no_detail(client: httpx.AsyncClient) -> None:
    page = await client.get("/broken")
    assert page.status_code == 500
    assert "a secret detail" not in page.text
    assert page.headers["x-request-id"] in page.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nulle-part", 404), ("PUT", "/", 405)])
async def test_an_unknown_address_and_a_wrong_method_are_pages(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    page = await client.request(method, path)
    assert page.status_code == status
    assert "<h1>" in page.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://house"}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({}, 303),
    ],
)
async def test_a_form_of_another_site_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await client.post("/receive", data={"a": "b"}, headers=headers)).status_code == status


async def test_a_form_that_is_too_large_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/receive", content=b"a=" + b"x" * 1_000_001, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 413


async def test_a_message_that_is_not_ours_is_not_shown(client: httpx.AsyncClient) -> None:
    client.cookies.set("socle_flash", seal([Flash("ok", "Envoyez votre mot de passe")], b"another secret"))
    assert "mot de passe" not in (await client.get("/nulle-part")).text


def test_a_message_is_read_as_it_was_sealed() -> None:
    messages = [Flash("ok", "Identité créée"), Flash("refused", "Non")]
    assert unseal(seal(messages, b"key"), b"key") == messages
    assert unseal("garbage", b"key") == []


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("/ins?q=é", "/ins?q=é"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nb", "/"),
    ],
)
def test_login_never_leads_to_another_site(url: str, kept: str) -> None:
    assert safe_next(url) == kept


async def test_static_files_are_named_by_their_content_and_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get(asset_url("socle.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.content == assets()["socle.css"].body
    assert (await client.get("/static/socle.00000000.css")).status_code == 404


async def test_the_home_page_and_all_it_needs_stay_under_100_kb(client: httpx.AsyncClient) -> None:
    page = await client.get("/", headers={"Accept-Encoding": "identity"})
    needed = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    total = len(page.content)
    for url in needed:
        total += len((await client.get(url, headers={"Accept-Encoding": "identity"})).content)
    assert total < 100_000
    assert len(gzip.compress(page.content)) < 15_000


async def test_the_house_shows_every_module_running_or_to_come(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    for module in full_house().modules:
        assert page.count(f'href="/modules/{module.name}"') >= 2, module.name  # wide and narrow drawings
    assert 'class="lit" href="/modules/foundations.ins"' in page
    assert 'class="dark" href="/modules/services.dmp"' in page


async def test_a_module_page_tells_its_servers_and_permissions(client: httpx.AsyncClient) -> None:
    page = (await client.get("/modules/foundations.interoperability")).text
    assert "http://127.0.0.1:8000/sandbox/fhir" in page
    assert "sandbox.write" in page
    assert (await client.get("/modules/nothing")).status_code == 404


async def test_modules_can_be_filtered_and_sorted(client: httpx.AsyncClient) -> None:
    names = re.findall(
        r'row-link" href="/modules/([^"]+)"', (await client.get("/modules?room=platforms&sort=-title")).text
    )
    assert names == ["platforms.data_hub", "platforms.citizen_space", "platforms.professional_bouquet"]
    assert "Aucun module" in (await client.get("/modules?q=zzz")).text
