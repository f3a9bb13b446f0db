"""`/interoperability` and its profiles: what there is, what a profile changes of its parent, element by element."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.browser import browser, context, cut, overflow, served, violations
from tests.foundations.interoperability.houses import HOST, TRACE, Sandbox
from tests.foundations.interoperability.shelves import (
    BASE,
    CHILD,
    EXTENSION,
    OPERATOR,
    ORPHAN,
    PROFILE,
    VALUE_SET,
    Served,
    stocked,
    structure,
)
from tests.kernel.fhir.packages.making import package

from socle.foundations.interoperability.actions import install_packages
from socle.foundations.interoperability.module import MODULE
from socle.kernel.store import packages
from socle.kernel.store.database import Database
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.packages import Installed

__all__ = ["browser"]

PATH = f"{HOST}/interoperability"


@pytest.fixture
async def house(sandbox: Sandbox, tmp_path: Path) -> Sandbox:
    return await stocked(sandbox, tmp_path)


async def read(house: Sandbox, path: str, status: int = 200) -> str:
    """A page, read by nobody in particular, in French."""
    answer = await house.ask("GET", f"{PATH}{path}", "", headers={"accept-language": "fr"})
    assert answer.status_code == status, answer.text
    assert len(answer.content) < 100_000
    return answer.text


def one(url: str, **more: str) -> str:
    """The page of a structure."""
    return "/profils/voir?url=" + quote(url, safe="") + "".join(f"&{k}={quote(v)}" for k, v in more.items())


async def test_the_list_reads_the_packages_once(house: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    async def counted(database: Database) -> list[Installed]:
        reads.append(database)
        return await list_all(database)

    list_all = packages.list_all
    monkeypatch.setattr(packages, "list_all", counted)
    assert "1.0.0" in await read(house, "/profils")
    assert len(reads) == 1


async def test_the_home_page_tells_what_is_really_here(house: Sandbox) -> None:
    page = await read(house, "")
    assert "1 paquet, en plus de FHIR R4" in page
    assert "1 serveur FHIR" in page
    assert "/sandbox/fhir/metadata" in page
    for path in ("/validate", "/fhirpath", "/profils", "/paquets", "/abonnements"):
        assert f'href="/interoperability{path}"' in page
    assert MODULE.path == "/interoperability"


async def test_profiles_are_found_by_words_without_accents_by_sort_type_and_package(house: Sandbox) -> None:
    assert "Patient suivi à l" in await read(house, "/profils?q=SUIVI+a+hopital")
    assert "Surnom" not in await read(house, "/profils?sorte=profile&paquet=exemple.fhir.suivi%231.0.0")
    extensions = await read(house, "/profils?sorte=extension&type=Extension&paquet=exemple.fhir.suivi%231.0.0")
    assert "Surnom" in extensions
    assert "1 résultat" in extensions
    assert "Rien ne correspond" in await read(house, "/profils?q=zzzz")


async def test_the_list_is_a_file_too_with_the_same_filters(house: Sandbox) -> None:
    page = await read(house, "/profils?sorte=profile&paquet=exemple.fhir.suivi%231.0.0")
    assert "/interoperability/profils.csv?sorte=profile&amp;paquet=exemple.fhir.suivi%231.0.0" in page
    answer = await house.ask("GET", f"{PATH}/profils.csv?sorte=profile&paquet=exemple.fhir.suivi%231.0.0", "")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[0] for row in rows] == ["title", "Patient suivi en ville", "Patient suivi à l'hôpital", "Sans parent"]
    whole = await house.ask("GET", f"{PATH}/profils.csv", "")
    assert len(list(csv.reader(io.StringIO(whole.text)))) == 1 + 657


async def test_the_types_of_r4_are_there_without_any_package(sandbox: Sandbox) -> None:
    page = await read(sandbox, "/profils?q=Patient&sorte=type")
    assert quote(BASE + "Patient|4.0.1", safe="") in page
    page = await read(sandbox, one(BASE + "Patient"))
    assert ">maritalStatus</a>" in page
    assert "marital-status" in page
    assert "FHIR R4" in await read(sandbox, "/paquets")


async def test_packages_come_before_r4_and_pages_go_on_from_one_to_the_other(house: Sandbox) -> None:
    first = await read(house, "/profils")
    assert first.index("Patient suivi en ville") < first.index("Sans parent") < first.index("Surnom")  # profiles first
    assert "657 résultats" in first
    last = await read(house, "/profils?page=14")
    assert last.count('class="row-link"') == 657 - 13 * 50


async def test_french_packages_come_first_each_under_its_name_and_what_all_build_upon_comes_last(
    house: Sandbox, tmp_path: Path
) -> None:
    for name, version, title in (
        ("hl7.fhir.uv.extensions.r4", "5.0.0", "A commun"),
        ("hl7.fhir.fr.core", "2.9.0", "Z français d'avant"),
        ("hl7.fhir.fr.core", "2.10.0", "Z français"),
    ):
        one = structure(f"https://hl7.fr/{name}/x", BASE + "Patient", [], version=version, title=title)
        path = package(tmp_path, name, version, [one], title=f"Guide {version}")
        await install_packages(house.opened.database, [path], by=OPERATOR, trace=TRACE)
    page = await read(house, "/profils?sorte=profile")
    rows = page[page.index('class="under"') :]
    heads = ["Guide 2.10.0", "Guide 2.9.0", "Suivi d", "Guide 5.0.0", "FHIR R4"]
    places = [rows.index(f">{head}") for head in heads]
    assert places == sorted(places)
    assert rows.count('class="under"') == len(heads)
    chosen = await read(house, "/validate")
    assert chosen.index("Z français") < chosen.index("Sans parent") < chosen.index("A commun")
    assert (await read(house, "/profils?paquet=hl7.fhir.fr.core%232.9.0")).count('class="row-link"') == 1


async def test_a_profile_opens_on_what_it_changes_of_its_parent(house: Sandbox) -> None:
    page = await read(house, one(PROFILE))
    for said in (
        "nouvelle tranche « ins »".replace(" »", "\u00a0»").replace("« ", "«\u00a0"),
        "nombre\u00a0: 0..* devient 1..*",
        "interdit (était 0..*)",
        "motif imposé\u00a0: urn:oid:1.2.250.1.213.1.4.10",
        "règle ajoutée\u00a0: suivi-1",
        "force des codes\u00a0: extensible devient required",
        "découpé en tranches\u00a0: value system",
    ):
        assert said in page, said
    assert VALUE_SET in page
    assert f"/interoperability/validate?profile={quote(PROFILE, safe='')}" in page.replace("%2F", "%2F")
    assert "Patient suivi en ville" in page  # what is built upon it


async def test_the_whole_of_a_profile_is_opened_an_element_at_a_time(house: Sandbox) -> None:
    page = await read(house, one(PROFILE, vue="complet"))
    assert "identifier" in page
    assert "maritalStatus" in page
    page = await read(house, one(PROFILE, vue="complet", element="Patient.identifier:ins.system"))
    assert "urn:oid:1.2.250.1.213.1.4.10" in page
    assert "0..1 chez le parent" in page
    page = await read(house, one(PROFILE, vue="complet", element="Patient.identifier"))
    assert "value system" in page
    assert "d&#39;autres sont permises" in page or "d’autres sont permises" in page


async def test_what_is_inside_an_element_typed_by_a_profile_is_compared_with_that_profile(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    place = "https://exemple.fr/StructureDefinition/"
    typing = {"id": "Patient.name", "path": "Patient.name", "type": [{"code": "HumanName", "profile": [place + "nom"]}]}
    given = {"id": "HumanName.given", "path": "HumanName.given", "min": 1}
    inside = [{"id": f"Patient.name.{name}", "path": f"Patient.name.{name}", "min": 1} for name in ("given", "family")]
    structures = [
        structure(place + "nom", BASE + "HumanName", [given], kind="complex-type", type="HumanName"),
        structure(place + "nomme", BASE + "Patient", [typing, *inside]),
    ]
    path = package(tmp_path, "exemple.noms", resources=structures)
    await install_packages(sandbox.opened.database, [path], by=OPERATOR, trace=TRACE)
    page = await read(sandbox, one(place + "nomme"))
    rows = {
        id: page[page.index(f">{id}</a>") :].partition("</tr>")[0]
        for id in ("Patient.name.given", "Patient.name.family")
    }
    assert "redit sans changer" in rows["Patient.name.given"]
    assert "0..1 devient 1..1" in rows["Patient.name.family"]


async def test_an_element_that_does_not_exist_shows_the_top(house: Sandbox) -> None:
    assert "maritalStatus" in await read(house, one(PROFILE, vue="complet", element="Patient.nowhere"))


async def test_an_extension_tells_where_it_is_used_and_is_not_offered_to_the_validator(house: Sandbox) -> None:
    page = await read(house, one(EXTENSION))
    assert "Patient.name" in page
    assert "Vérifier une ressource avec ce profil" not in page


async def test_a_profile_without_its_parent_says_why_and_shows_what_it_states(house: Sandbox) -> None:
    page = await read(house, one(ORPHAN))
    assert "La vue complète ne peut pas être faite" in page
    assert "https://ailleurs.fr/absent" in page
    assert "Patient.name" in page
    assert "non comparé" in page


async def test_names_of_types_are_cut_between_their_words_only(house: Sandbox) -> None:
    assert '<td class="type">Codeable<wbr>Concept</td>' in await read(house, "/profils?q=CodeableConcept&sorte=type")


async def test_what_is_nowhere_is_said_with_what_to_do(house: Sandbox) -> None:
    assert "ne dit pas quel profil" in await read(house, "/profils/voir", 404)
    page = await read(house, one("https://nulle.part/x"), 404)
    assert "socle fhir install" in page
    assert "paramètre" in await read(house, "/profils?couleur=bleu", 400)
    assert "possibles" in await read(house, "/profils?sorte=bleue", 400)


async def test_versions_stand_side_by_side_and_each_has_its_address(house: Sandbox, tmp_path: Path) -> None:
    newer = structure(
        CHILD, PROFILE, [{"id": "Patient.name", "path": "Patient.name", "min": 1}], version="2.0.0", title="Deux"
    )
    path = package(tmp_path, "exemple.fhir.suivi", "2.0.0", [newer])
    await install_packages(house.opened.database, [path], by=OPERATOR, trace=TRACE)
    assert ">Deux<" in await read(house, one(CHILD))
    old = await read(house, one(f"{CHILD}|1.0.0"))
    assert "Patient.birthDate" in old
    assert "exemple.fhir.suivi#2.0.0" in old


async def test_a_package_tells_what_it_holds_and_what_it_lacks(house: Sandbox) -> None:
    page = await read(house, "/paquets")
    assert "Suivi d" in page
    assert ">1 absent<" in page
    assert "1 dépendance manque" in page
    assert ">exemple.absent<" in page
    page = await read(house, "/paquets?paquet=exemple.fhir.suivi%231.0.0")
    assert "exemple.absent" in page
    assert ">absent<" in page
    assert "Voir les 4 structures" in page
    await read(house, "/paquets?paquet=rien%231", 404)


async def test_the_package_of_r4_once_installed_stands_for_what_the_house_knows(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    patient = structure(BASE + "Patient", BASE + "DomainResource", [], version="4.0.1", name="Patient")
    patient["derivation"] = "specialization"
    path = package(tmp_path, "hl7.fhir.r4.core", "4.0.1", [patient])
    await install_packages(sandbox.opened.database, [path], by=OPERATOR, trace=TRACE)
    page = await read(sandbox, "/profils?q=Patient&sorte=type")
    assert "1 résultat<" in page
    assert (await read(sandbox, "/paquets")).count('class="row-link"') == 1
    assert "StructureDefinition" in await read(sandbox, "/paquets?paquet=hl7.fhir.r4.core%234.0.1")
    assert ">maritalStatus</a>" in await read(sandbox, one(BASE + "Patient", vue="complet"))


async def test_the_validator_opens_with_the_profile_chosen(house: Sandbox) -> None:
    page = await read(house, "/validate?profile=" + quote(PROFILE, safe=""))
    assert f'name="profile" type="text" value="{PROFILE}"' in page


async def test_a_large_profile_is_shown_by_pages(house: Sandbox, tmp_path: Path) -> None:
    elements = [{"id": "Big", "path": "Big"}] + [
        {"id": f"Big.e{n}", "path": f"Big.e{n}", "min": 0, "max": "1", "type": [{"code": "string"}]}
        for n in range(2_000)
    ]
    url = "https://exemple.fr/StructureDefinition/Big"
    big = structure(url, BASE + "Element", elements, kind="logical", type=url, title="Grand")
    big["derivation"] = "specialization"
    await install_packages(
        house.opened.database, [package(tmp_path, "exemple.grand", resources=[big])], by=OPERATOR, trace=TRACE
    )
    page = await read(house, one(url, vue="complet"))
    assert page.count('class="row-link') == 100
    assert ">e150<" not in page
    assert ">e150<" in await read(house, one(url, vue="complet", page="2"))


@pytest.fixture(scope="module")
def address(postgres: EmbeddedPostgres, house_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Served(postgres, house_template, tmp_path_factory.mktemp("shelves"))) as url:
        yield f"{url}/interoperability"


@pytest.mark.browser
@pytest.mark.parametrize("look", [{}, {"phone": True, "dark": True}], ids=["wide", "phone-dark"])
def test_every_page_is_accessible_and_fits_the_screen(browser: Any, address: str, look: dict[str, bool]) -> None:
    here = context(browser, bypass_csp=True, **look)
    page = here.new_page()
    paths = (
        one(PROFILE),
        one(PROFILE, vue="complet", element="Patient.identifier"),
        "/profils?q=patient",
        "/paquets?paquet=exemple.fhir.suivi%231.0.0",
        "",
        "/profils?q=zzzz",
        one(EXTENSION),
        one(ORPHAN),
    )
    for path in paths[:4] if look else paths:
        page.goto(address + path)
        assert violations(page) == [], path
        assert overflow(page) == 0, path
        assert not look.get("phone") or cut(page) == [], path
    here.close()


@pytest.mark.browser
def test_a_reader_goes_from_the_home_page_to_an_element_without_script(browser: Any, address: str) -> None:
    here = context(browser, script=False)
    page = here.new_page()
    page.goto(address)
    page.get_by_role("link", name="Lire un profil").click()
    page.get_by_label("Chercher").fill("suivi hopital")
    page.get_by_role("button", name="Montrer").click()
    page.get_by_role("link", name="Patient suivi à l'hôpital").click()
    page.get_by_role("link", name="Tous les éléments").click()
    page.get_by_role("link", name="identifier", exact=True).click()
    page.get_by_role("link", name="identifier:ins", exact=True).click()
    assert page.locator(".card h3").inner_text() == "Patient.identifier:ins"
    page.get_by_role("link", name="Vérifier une ressource avec ce profil").click()
    assert page.input_value("#f-profile") == PROFILE
    here.close()


@pytest.mark.browser
def test_the_list_and_the_elements_are_gone_through_by_the_keyboard(browser: Any, address: str) -> None:
    here = context(browser)
    page = here.new_page()
    page.goto(f"{address}/profils")
    page.keyboard.press("/")
    page.keyboard.type("suivi en ville")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=suivi**")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/voir?url=**")
    assert page.get_by_role("heading", level=1).inner_text() == "Patient suivi en ville"
    here.close()
