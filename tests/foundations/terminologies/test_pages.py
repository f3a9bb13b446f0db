"""`/terminologies`: what is held, leafed through by anyone, in both languages."""

import csv
import io
import re

import httpx
import pytest
from tests.foundations.terminologies.desk import pages
from tests.foundations.terminologies.support import (
    ANIMALS,
    LIBRARIAN,
    Service,
    animals,
    chain,
    of_animals,
    trace,
    value_set,
)

from socle.foundations.terminologies.actions import load, take

MAP = {
    "resourceType": "ConceptMap",
    "url": "http://example.org/map",
    "status": "active",
    "title": "Animaux vers aliments",
    "group": [
        {
            "source": ANIMALS,
            "target": "http://example.org/food",
            "element": [{"code": "cat", "target": [{"code": "milk", "display": "Lait", "equivalence": "relatedto"}]}],
        }
    ],
}
MAMMALS = value_set("http://example.org/mammals", of_animals(("concept", "is-a", "mammal"))) | {"title": "Mammifères"}
BIRDS = value_set("http://example.org/birds", of_animals(codes=["hen"])) | {"title": "Oiseaux"}


class Reader:
    """Somebody who reads the pages."""

    def __init__(self, service: Service) -> None:
        app = pages(service.terminologies.held.database, service.register)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://socle.test")

    async def get(self, path: str, status: int = 200) -> str:
        answer = await self._http.get(f"/terminologies{path}", headers={"accept-language": "fr"})
        assert answer.status_code == status, answer.text
        assert len(answer.content) < 100_000
        return answer.text


@pytest.fixture
async def reader(terms: Service) -> Reader:
    await terms.put(animals())
    return Reader(terms)


async def id_of(terms: Service, kind: str) -> str:
    snapshot = await terms.terminologies.held.snapshot()
    return next(id for type, id in snapshot.catalogue.by_id if type == kind)


async def test_an_empty_house_teaches_the_command(terms: Service) -> None:
    page = await Reader(terms).get("")
    assert "en a pas encore" in page
    assert "socle import terminology FICHIER" in page


async def test_systems_are_listed_with_version_and_count_and_filtered(reader: Reader) -> None:
    page = await reader.get("")
    assert "Animals" in page
    assert '<td class="numeric">7</td>' in page
    assert "Animals" in await reader.get("?q=1.2.3.4")
    assert "Rien ne porte ce nom" in await reader.get("?q=zebra")


async def test_systems_are_told_by_origin_what_is_imported_and_french_first_and_filtered_by_it(
    terms: Service, reader: Reader
) -> None:
    for place, package in enumerate(("hl7.terminology.r4#7.0.1", "hl7.fhir.fr.core#2.2.0", "socle#2026")):
        one = animals() | {"url": f"http://example.org/{place}", "title": f"A{place}"}
        await take(terms.register, [one], by=LIBRARIAN, trace=trace(), package=package)
    page = await reader.get("")
    heads = ["importé<", "livré avec la maison<", "hl7.fhir.fr.core#2.2.0<", "hl7.terminology.r4#7.0.1<"]
    rows = page[page.index('class="under"') :]
    assert [rows.index(head) for head in heads] == sorted(rows.index(head) for head in heads)
    assert ">A1<" in (only := await reader.get("?paquet=hl7.fhir.fr.core%232.2.0"))
    assert ">A2<" not in only
    assert ">A1<" not in await reader.get("?paquet=import")


async def test_every_word_of_a_page_has_its_english(reader: Reader) -> None:
    assert "Code systems" in await reader.get("?lang=en")


async def test_a_search_finds_codes_and_words_without_accents(reader: Reader) -> None:
    for words in ("hen", "poule elevee", "POULE ÉLE"):
        assert "code?code=hen" in await reader.get(f"/recherche?q={words}"), words
    assert "Aucun concept" in await reader.get("/recherche?q=poisson")


async def test_a_system_opens_on_its_first_level_and_can_be_searched(terms: Service, reader: Reader) -> None:
    id = await id_of(terms, "CodeSystem")
    page = await reader.get(f"/systemes/{id}")
    assert "code?code=animal" in page
    assert "code?code=cat" not in page
    assert "urn:oid:1.2.3.4" in page
    assert "code?code=cat" in await reader.get(f"/systemes/{id}?q=chat")


async def test_a_concept_has_its_names_properties_and_neighbours(terms: Service, reader: Reader) -> None:
    id = await id_of(terms, "CodeSystem")
    cat = await reader.get(f"/systemes/{id}/code?code=cat")
    assert "<h1>Chat</h1>" in cat
    assert 'lang="fr">Chat' in cat
    assert "fish" in cat
    assert "code?code=mammal" in cat
    mammal = await reader.get(f"/systemes/{id}/code?code=mammal")
    assert "code?code=dog" in mammal
    assert "code?code=hen" not in mammal
    assert "Gives milk." in mammal
    assert "inactif" in mammal


async def test_where_a_code_is_used(terms: Service, reader: Reader) -> None:
    await terms.put(MAMMALS)
    await terms.put(BIRDS)
    await terms.put(MAP)
    id = await id_of(terms, "CodeSystem")
    cat = await reader.get(f"/systemes/{id}/usages?code=cat")
    assert "<h1>Où «" in cat
    assert "Cat · <a" in cat or "Chat · <a" in cat
    assert "en rapport" in cat
    assert "/terminologies/correspondances/" in cat[cat.index("Lait") :]
    assert "Mammifères" in cat
    assert "Oiseaux" not in cat
    assert "Lait" in cat
    assert "Aucune correspondance" in await reader.get(f"/systemes/{id}/usages?code=hen")
    assert "emploie ce code" in await reader.get(f"/systemes/{id}/usages?code=bird")


async def test_where_a_value_set_is_used(terms: Service, reader: Reader) -> None:
    await terms.put(MAMMALS)
    await terms.put(value_set("http://example.org/beasts", {"valueSet": [MAMMALS["url"]]}) | {"title": "Bêtes"})
    snapshot = await terms.terminologies.held.snapshot()
    one = snapshot.catalogue.value_set(MAMMALS["url"])
    assert one is not None
    assert f"/terminologies/jeux/{one.id}/usages" in await reader.get(f"/jeux/{one.id}")
    page = await reader.get(f"/jeux/{one.id}/usages")
    assert "Bêtes" in page
    assert "Aucun élément de profil ne le demande" in page


async def test_a_value_set_unrolls_filters_and_exports(terms: Service, reader: Reader) -> None:
    await terms.put(MAMMALS)
    id = await id_of(terms, "ValueSet")
    page = await reader.get(f"/jeux/{id}")
    assert "4 codes" in page
    assert "code?code=dog" in page
    assert "code?code=dog" not in await reader.get(f"/jeux/{id}?q=chat")
    rows = list(csv.reader(io.StringIO((await reader.get(f"/jeux/{id}/export.csv")).removeprefix("\ufeff"))))
    assert rows[0] == ["system", "code", "display"]
    assert [ANIMALS, "cat", "Cat"] in rows


async def test_a_value_set_of_which_much_is_found_says_how_many_at_least(
    terms: Service, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (
        "foundations.terminologies.store.reading",
        "kernel.terminology.expansion",
        "foundations.terminologies.pages",
    ):
        monkeypatch.setattr(f"socle.{place}.COUNTED", 1)
    monkeypatch.setattr("socle.foundations.terminologies.pages._SIZE", 1)
    await terms.put(MAMMALS)
    page = await reader.get(f"/jeux/{await id_of(terms, 'ValueSet')}?q=c")
    assert "1 code au moins" in page


async def test_a_value_set_that_cannot_be_unrolled_says_why(terms: Service, reader: Reader) -> None:
    await terms.put(value_set("http://example.org/other", {"system": "http://example.org/unknown"}))
    page = await reader.get(f"/jeux/{await id_of(terms, 'ValueSet')}")
    assert "ne peut pas être déroulé" in page
    assert "http://example.org/unknown" in page


async def test_a_value_set_tells_what_it_is_made_of(terms: Service, reader: Reader) -> None:
    made = value_set(
        "http://example.org/made",
        of_animals(codes=["cat", "hen"]),
        of_animals(("concept", "is-a", "mammal")),
        {"system": "http://example.org/absent", "version": "3"},
        {"valueSet": ["http://example.org/other"]},
        exclude=[of_animals(codes=["dog"])],
    )
    await terms.put(made)
    page = await reader.get(f"/jeux/{await id_of(terms, 'ValueSet')}")
    said = " ".join(re.sub("<[^>]*>", " ", page[page.index("De quoi il est fait") :]).replace("\u202f", " ").split())
    assert f"Prend 2 codes de {ANIMALS} cat , hen" in said
    assert f"Prend les codes qui remplissent une condition de {ANIMALS} concept is-a mammal" in said
    assert "Prend tous les codes de http://example.org/absent pas dans la maison en version 3" in said
    assert "Prend ce qui est dans http://example.org/other pas dans la maison" in said
    assert f"Sauf 1 code de {ANIMALS} dog" in said


async def test_a_map_shows_what_each_code_becomes(terms: Service, reader: Reader) -> None:
    await terms.put(MAP)
    page = await reader.get(f"/correspondances/{await id_of(terms, 'ConceptMap')}")
    assert "en rapport" in page
    assert "Lait" in page


async def test_ten_thousand_codes_are_leafed_through(terms: Service) -> None:
    await load(terms.register, chain(10_000), **terms.who)
    await terms.put(value_set("http://example.org/all", {"system": "http://example.org/chain"}))
    reader, id = Reader(terms), await id_of(terms, "CodeSystem")
    one = await reader.get(f"/systemes/{id}/code?code=1")
    assert "code?code=19" in one
    assert "code?code=100" not in one
    first = await reader.get(f"/jeux/{await id_of(terms, 'ValueSet')}?page=100")
    assert "code?code=4950" in first
    assert 'rel="next"' in await reader.get("/recherche?q=concept")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/systemes/none", 404),
        ("/jeux/none", 404),
        ("/recherche?x=1", 400),
        ("?page=x", 200),
        ("/systemes/{id}/code?code=no", 404),
    ],
)
async def test_what_does_not_exist_is_said(terms: Service, reader: Reader, path: str, status: int) -> None:
    await reader.get(path.replace("{id}", await id_of(terms, "CodeSystem")), status)
