"""`POST /interoperability/validate`: a text in, what is wrong with it out."""

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette

from socle.foundations.interoperability.api import validating
from socle.foundations.interoperability.module import MODULE
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse
from socle.kernel.module import House, Settings
from socle.kernel.rest.authenticators import Authenticators

NOW = datetime(2026, 5, 4, 9, 12, 45, tzinfo=UTC)

URL = "/interoperability/validate"


class NoPackages:
    """A database in which no package is installed."""

    async def query(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        return [{"last": None, "number": 0}] if "count(*)" in sql else []


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    settings = Settings(tmp_path, demo=True, population=0, url="http://socle.test")
    database = cast(Any, NoPackages())
    house = House(settings, (MODULE,), {}, database, lambda: NOW, Authenticators([]), b"0" * 32)
    transport = httpx.ASGITransport(Starlette(routes=validating.routes(house)))
    return httpx.AsyncClient(transport=transport, base_url="http://socle.test")


WRONG = b'{"resourceType": "Patient",\n "contact": [{"gender": "male"}]}'
RIGHT = b'{"resourceType": "Patient", "active": true}'


async def posted(client: httpx.AsyncClient, body: bytes, query: str = "", **headers: str) -> httpx.Response:
    async with client:
        return await client.post(
            URL + query, content=body, headers={"content-type": "application/fhir+json", **headers}
        )


async def test_a_resource_is_answered_with_an_operation_outcome(client: httpx.AsyncClient) -> None:
    answer = await posted(client, WRONG, "?language=en")
    assert answer.status_code == 200
    outcome: Any = parse(answer.content)
    check(outcome, expected_type="OperationOutcome")
    first = outcome["issue"][0]
    assert (first["severity"], first["expression"]) == ("error", ["Patient.contact[0]"])
    assert [one["valueInteger"] for one in first["extension"]] == [2, 14]
    assert first["details"]["coding"][0]["code"] == "pat-1"
    assert first["diagnostics"].endswith("add one.")


async def test_xml_is_read_as_well(client: httpx.AsyncClient) -> None:
    body = b'<Patient xmlns="http://hl7.org/fhir">\n<contact><gender value="male"/></contact></Patient>'
    outcome: Any = parse((await posted(client, body)).content)
    assert outcome["issue"][0]["extension"][0]["valueInteger"] == 2


async def test_lines_and_archives_are_answered_text_by_text(client: httpx.AsyncClient) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.json", RIGHT)
        archive.writestr("b.ndjson", RIGHT + b"\n" + WRONG.replace(b"\n", b""))
    rows: Any = parse((await posted(client, packed.getvalue(), "?format=json&name=lot.zip")).content)
    assert [(row["file"], row["valid"]) for row in rows] == [
        ("lot.zip/a.json", True),
        ("lot.zip/b.ndjson:1", True),
        ("lot.zip/b.ndjson:2", False),
    ]


async def test_a_text_that_cannot_be_read_is_told(client: httpx.AsyncClient) -> None:
    outcome: Any = parse((await posted(client, b"{")).content)
    assert outcome["issue"][0]["severity"] == "fatal"


async def test_a_page_or_junit_may_be_asked_for(client: httpx.AsyncClient) -> None:
    answer = await posted(client, WRONG, "?format=html")
    assert answer.headers["content-type"].startswith("text/html")
    assert 'lang="fr"' in answer.text


@pytest.mark.parametrize("query", ["?format=pdf", "?lapin=1", "?language=de"])
async def test_what_makes_no_sense_is_refused(client: httpx.AsyncClient, query: str) -> None:
    assert (await posted(client, RIGHT, query)).status_code == 400


async def test_a_form_is_refused_with_what_to_send_instead(client: httpx.AsyncClient) -> None:
    async with client:
        answer = await client.post(URL, files={"file": ("a.json", b"{}")})
    assert answer.status_code == 415
    assert "--data-binary" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "une image PNG"),
        (b"%PDF-1.7\n", "un PDF"),
        (b"\x1f\x8b\x08\x00", "un fichier compressé"),
        (b"\xff\xfe{\x00}\x00", "un texte en UTF-16"),
        (b"MSH|^~\\&|A|B", "un message HL7 v2"),
    ],
)
async def test_a_file_of_another_kind_is_named_with_what_to_send(
    client: httpx.AsyncClient, data: bytes, what: str
) -> None:
    outcome: Any = parse((await posted(client, data)).content)
    assert what in outcome["issue"][0]["diagnostics"]
    assert "JSON ou en XML" in outcome["issue"][0]["diagnostics"]
