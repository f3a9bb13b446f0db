"""The doctrine for machines: an open JSON API, with its OpenAPI document."""

import csv
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest
from openapi_spec_validator import validate
from tests.conftest import OpenDatabase
from tests.support.doctrine.homes import EDITOR, client, home, trace
from tests.support.doctrine.small import FILES, small

from socle.kernel.outcome import Language
from socle.support.doctrine.actions import publish
from socle.support.doctrine.api.openapi import document
from socle.support.doctrine.api.operations import BASE, OPERATIONS
from socle.support.doctrine.forms import data
from socle.support.doctrine.model import Addressee, Certainty, Force, Users, Verification

ONE = f"{BASE}/editions/2030"


@pytest.fixture
async def api(open_house: OpenDatabase) -> AsyncIterator[httpx.AsyncClient]:
    """A house that published the small edition of 2030 beside those shipped."""
    house = home(await open_house("doctrine", modules=[("doctrine", "socle.support.doctrine")]))
    await publish(house, FILES, by=EDITOR, trace=trace())
    async with client(house) as caller:
        yield caller


async def got(api: httpx.AsyncClient, address: str) -> Any:
    answer = await api.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ids(api: httpx.AsyncClient, filters: str) -> list[str]:
    return [one["id"] for one in (await got(api, f"{ONE}/requirements?{filters}"))["requirements"]]


async def test_the_editions_are_listed_with_their_forms(api: httpx.AsyncClient) -> None:
    found = (await got(api, f"{BASE}/editions"))["editions"]
    assert [(one["id"], one["status"]) for one in found] == [("2019", "past"), ("2026", "past"), ("2030", "current")]
    assert found[2]["counts"] == {"chapters": 2, "requirements": 3, "milestones": 1}
    assert (await api.get(found[2]["links"]["json"])).json()["edition"]["id"] == "2030"


async def test_current_is_the_edition_in_force(api: httpx.AsyncClient) -> None:
    assert (await got(api, f"{BASE}/editions/current"))["id"] == "2030"


async def test_a_chapter_comes_with_its_text_and_the_list_without(api: httpx.AsyncClient) -> None:
    listed = (await got(api, f"{ONE}/chapters"))["chapters"]
    assert [one["id"] for one in listed] == ["ins", "dmp"]
    assert "sections" not in listed[0]
    chapter = await got(api, f"{ONE}/chapters/ins")
    assert chapter["sections"][0]["blocks"][0] == {
        "anchor": "contexte-1",
        "markdown": "Confondre deux patients est une **erreur de soins**.",
    }


async def test_requirements_are_filtered_by_who_one_is(api: httpx.AsyncClient) -> None:
    assert await ids(api, "") == ["INS-001", "DMP-001", "INS-002"]
    assert await ids(api, "actor=etablissement") == ["INS-001"]
    assert await ids(api, "actor=editeur-lgc&region=11") == []
    assert await ids(api, "actor=etablissement&actor=editeur-lgo") == ["INS-001", "INS-002"]
    assert await ids(api, "actor=editeurs&force=must&date=2030") == ["INS-001"]
    assert await ids(api, "chapter=dmp&users=usagers") == ["DMP-001"]
    assert await ids(api, "q=identites") == ["INS-001", "INS-002"]


async def test_a_filter_left_empty_is_no_filter(api: httpx.AsyncClient) -> None:
    assert await ids(api, "actor=&date=&q=&force=must") == ["INS-001", "DMP-001"]


async def test_each_requirement_says_why_it_concerns_who_asks(api: httpx.AsyncClient) -> None:
    [one] = (await got(api, f"{ONE}/requirements?actor=etablissement"))["requirements"]
    assert one["when"] == "due"
    assert one["reason"]["fr"] == "Établissement de santé. Échéance passée : 1er janvier 2021."
    assert one["dates"]["due"] == "2021-01-01"


async def test_the_difference_between_two_editions_is_told_word_by_word(api: httpx.AsyncClient) -> None:
    found = await got(api, f"{BASE}/diff?from=2019&to=2026")
    changed = next(one for one in found["requirements"] if one["kinds"] == ["reworded"] or "reworded" in one["kinds"])
    before = "".join(part["text"] for part in changed["wording"] if part["change"] != "added")
    assert before == changed["before"]["statement"]


async def test_search_finds_words_whatever_their_endings_and_says_where(api: httpx.AsyncClient) -> None:
    found = await got(api, f"{ONE}/search?q=qualifiees")
    assert {one["page"] for one in found["found"]} >= {"/doctrine/2030/exigences/INS-001", "/doctrine/2030/ins"}
    assert any(piece["found"] for one in found["found"] for piece in one["passage"])


# One house for all: opening one costs more than asking.
NOT_UNDERSTOOD = (
    f"{ONE}/requirements?acteur=etablissement",
    f"{ONE}/requirements?actor=hopital",
    f"{ONE}/requirements?region=99",
    f"{ONE}/requirements?date=demain",
    f"{ONE}/requirements?force=must&force=should",
    f"{ONE}/requirements?chapter=nothing",
    f"{ONE}/requirements?q={'x' * 201}",
    f"{ONE}/search",
    f"{ONE}/diagram?x=1",
    f"{BASE}/diff?from=2019",
    f"{BASE}/editions?page=2",
    "/doctrine/2030/edition.json?pretty=1",
    "/doctrine/2030/echeances.ics?acteur=x",
    "/doctrine/2030/edition.csv?separator=x",
)
NOT_THERE = (
    f"{BASE}/nothing",
    f"{BASE}/editions/1999",
    f"{ONE}/chapters/nothing",
    f"{ONE}/requirements/XXX-001",
    f"{BASE}/diff?from=2019&to=1999",
    "/doctrine/1999/edition.json",
)


async def test_what_is_not_understood_is_refused_in_both_languages(api: httpx.AsyncClient) -> None:
    for address in NOT_UNDERSTOOD:
        answers = [await api.get(address, headers={"Accept-Language": language}) for language in ("fr", "en")]
        assert [answer.status_code for answer in answers] == [400, 400], address
        assert answers[0].json()["resourceType"] == "OperationOutcome"
        assert answers[0].json()["issue"][0]["expression"], address
        assert answers[0].text != answers[1].text


async def test_what_is_not_there_is_not_found(api: httpx.AsyncClient) -> None:
    assert [(await api.get(address)).status_code for address in NOT_THERE] == [404] * len(NOT_THERE)


async def test_an_answer_that_did_not_change_is_not_sent_again(api: httpx.AsyncClient) -> None:
    for address in (f"{ONE}/requirements", "/doctrine/2030/edition.json", "/doctrine/2030/echeances.ics"):
        first = await api.get(address)
        assert re.fullmatch(r"public, max-age=\d+", first.headers["cache-control"])
        again = await api.get(address, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_any_site_may_read_and_nobody_is_asked_who_they_are(api: httpx.AsyncClient) -> None:
    answer = await api.get(f"{BASE}/editions", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "set-cookie" not in answer.headers


async def test_long_answers_are_compressed_for_who_understands_it(api: httpx.AsyncClient) -> None:
    plain = await api.get("/doctrine/2026/edition.json", headers={"Accept-Encoding": "identity"})
    packed = await api.get("/doctrine/2026/edition.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert packed.json() == plain.json()


async def test_the_whole_edition_is_valid_against_its_published_schema(api: httpx.AsyncClient) -> None:
    schema = await got(api, f"{BASE}/edition.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    for id in ("2019", "2026", "2030"):
        jsonschema.validate(await got(api, f"/doctrine/{id}/edition.json"), schema)


def test_the_schema_knows_every_value_that_the_model_has() -> None:
    import orjson

    defs = orjson.loads(data.schema())["$defs"]
    requirement = defs["requirement"]["properties"]
    assert defs["addressee"]["enum"] == [one.value for one in Addressee]
    assert defs["users"]["enum"] == [one.value for one in Users]
    assert defs["certainty"]["enum"] == [one.value for one in Certainty]
    assert requirement["force"]["enum"] == [one.value for one in Force]
    assert requirement["verified"]["anyOf"][0]["properties"]["by"]["enum"] == [one.value for one in Verification]


def test_a_field_too_many_or_missing_is_against_the_schema() -> None:
    import orjson

    validator = jsonschema.Draft202012Validator(orjson.loads(data.schema()))
    whole = data.of_edition(small())
    assert validator.is_valid(whole)
    assert not validator.is_valid({**whole, "extra": 1})
    assert not validator.is_valid({name: part for name, part in whole.items() if name != "diagram"})


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_openapi_document_is_one(language: Language) -> None:
    made = document(language, "http://house")
    validate(made)
    assert made["openapi"].startswith("3.1")
    assert set(made["paths"]) == {operation.path for operation in OPERATIONS}


EXAMPLES = {
    "editions": f"{BASE}/editions",
    "edition": ONE,
    "chapters": f"{ONE}/chapters",
    "chapter": f"{ONE}/chapters/ins",
    "requirements": f"{ONE}/requirements?actor=editeur-dpi",
    "requirement": f"{ONE}/requirements/INS-001",
    "milestones": f"{ONE}/milestones?actor=etablissement&date=2030&chapter=ins",
    "diagram": f"{ONE}/diagram",
    "diff": f"{BASE}/diff?from=2019&to=2026",
    "search": f"{ONE}/search?q=identite",
}


async def test_every_answer_is_what_the_document_says(api: httpx.AsyncClient) -> None:
    components = (await got(api, f"{BASE}/openapi.json"))["components"]
    assert EXAMPLES.keys() == {operation.id for operation in OPERATIONS}
    for operation in OPERATIONS:
        answer = await got(api, EXAMPLES[operation.id])
        jsonschema.Draft202012Validator({**operation.answer, "components": components}).validate(answer)


async def test_requirements_are_a_table_for_spreadsheets(api: httpx.AsyncClient) -> None:
    answer = await api.get("/doctrine/2030/edition.csv?actor=editeur-dpi&force=must")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "exigences-2030.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(row["identifiant"], row["échéance"], row["date prévue"]) for row in rows] == [
        ("INS-001", "2021-01-01", "2020-01-01"),
        ("DMP-001", "2031", "2031"),
    ]
    assert rows[0]["acteurs"] == "Éditeur de dossier patient informatisé (DPI) | Établissement de santé"


async def test_milestones_are_a_table_too(api: httpx.AsyncClient) -> None:
    answer = await api.get("/doctrine/2030/jalons.csv")
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert (row["identifiant"], row["décalage en jours"]) == ("ins-obligatoire", "366")


def test_a_cell_is_never_a_formula() -> None:
    from dataclasses import replace

    from socle.support.doctrine.forms.table import requirements_csv

    edition = small()
    one = replace(edition.requirements[0], statement='=HYPERLINK("http://x")', note="+1 point; à voir")
    text = requirements_csv(edition, [one]).decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(text), delimiter=";")
    assert row["énoncé"] == '\'=HYPERLINK("http://x")'
    assert row["note"] == "'+1 point; à voir"
