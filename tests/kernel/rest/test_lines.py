"""Where in the body is what is refused: line and column, in JSON and in XML."""

from typing import Any

import pytest
from tests.kernel.rest.support import Fhir

JSON = b'{"resourceType": "Patient",\n "active": true,\n  "birthDate": "hier"}'
XML = b'<Patient xmlns="http://hl7.org/fhir">\n <active value="true"/>\n  <contact/></Patient>'
TYPED = {"headers": {"content-type": "application/fhir+xml"}}


def places(answer: Any) -> list[tuple[str, int, int]]:
    """(expression, line, column) of each issue."""
    assert answer.status_code in (400, 422), answer.text
    return [
        (one["expression"][0], *(extension["valueInteger"] for extension in one.get("extension", ())))
        for one in answer.json()["issue"]
    ]


async def test_what_a_create_refuses_has_its_line_and_column(fhir: Fhir) -> None:
    assert places(await fhir.post("Patient", JSON)) == [("Patient.birthDate", 3, 3)]


async def test_so_has_what_it_refuses_in_xml(fhir: Fhir) -> None:
    found = await fhir.post("Patient", XML, headers={**TYPED["headers"], "accept": "application/fhir+json"})
    assert [one[:2] for one in places(found)] == [("Patient.contact[0]", 3)]


async def test_so_has_the_id_that_is_not_that_of_the_address(fhir: Fhir) -> None:
    body = b'{"resourceType": "Patient",\n\n"id": "b"}'
    assert places(await fhir.put("Patient/a", body)) == [("Patient.id", 3, 1)]


async def test_so_has_an_entry_of_a_transaction(fhir: Fhir) -> None:
    entry = b'{"request": {"method": "POST", "url": "Patient"}, "resource":\n'
    body = b'{"resourceType": "Bundle", "type": "transaction", "entry": [\n' + entry + JSON + b"}]}"
    assert places(await fhir.post("", body)) == [("Bundle.entry[0].resource.birthDate", 5, 3)]


@pytest.mark.parametrize("path", ["Patient?couleur=1", "Patient?_format=lapin"])
async def test_what_is_wrong_in_the_address_has_none(fhir: Fhir, path: str) -> None:
    answer = await fhir.post(path, {"resourceType": "Patient"})
    assert answer.status_code >= 400
    assert "extension" not in answer.json()["issue"][0]
