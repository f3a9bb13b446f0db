"""What PIXm and PDQm answer conforms to the profiles of IHE, as their guides define them.

No package of these guides stands beside the project: the constraints of ITI-83, ITI-78 and ITI-119 are written again here, from
the guides' sources (IHE.PIXm.Query.Parameters.Out; IHE.PDQm.Patient, MatchParametersOut, QueryPatientResourceResponseMessage).
"""

from typing import Any

import httpx
import orjson
import pytest
from tests.foundations.ins_index.support import NORTH, SOUTH, WEST, ins, patient
from tests.foundations.ins_index.test_api import http, match, pix, put
from tests.kernel.fhir.validation.profiles import URL, found, judged, profile

from socle.foundations.ins.index.api.operations import MATCH_GRADE
from socle.kernel.fhir import json
from socle.kernel.fhir.core import core_structure

__all__ = ["http"]  # the fixture
Json = dict[str, Any]
NIR = ins("2610329019001")
_VALUE = {"type": "value", "path": "name"}


def _also(type_: str, element: str, *constraints: tuple[str, str]) -> Json:
    """Constraints beside those of the core."""
    structure = core_structure(type_)
    assert structure is not None
    held = next(one for one in structure["snapshot"]["element"] if one["id"] == element)
    added = [
        {"key": key, "severity": "error", "human": key, "expression": expression} for key, expression in constraints
    ]
    return {"id": element, "constraint": [*held.get("constraint", ()), *added]}


PIX_OUT = profile(
    "Parameters",
    {"id": "Parameters.parameter", "slicing": {"discriminator": [_VALUE], "rules": "open"}},
    {"id": "Parameters.parameter:targetId", "min": 0, "max": "*"},
    {"id": "Parameters.parameter:targetId.name", "fixedString": "targetId"},
    {"id": "Parameters.parameter:targetId.value[x]", "min": 1, "type": [{"code": "Reference"}]},
    {"id": "Parameters.parameter:targetIdentifier", "min": 0, "max": "*"},
    {"id": "Parameters.parameter:targetIdentifier.name", "fixedString": "targetIdentifier"},
    {"id": "Parameters.parameter:targetIdentifier.value[x]", "min": 1, "type": [{"code": "Identifier"}]},
    name="pixm-out",
)
PDQM_PATIENT = profile(
    "Patient",
    {"id": "Patient.implicitRules", "max": "0"},
    {"id": "Patient.modifierExtension", "max": "0"},
    {"id": "Patient.identifier", "min": 1},
    {"id": "Patient.identifier.system", "min": 1},
    {"id": "Patient.identifier.value", "min": 1},
    _also("Patient", "Patient", ("iti-pdqm-linkstatus", "link.exists() implies active.exists()")),
    _also("Patient", "Patient.name", ("iti-pdqm-patname", "family.exists() or given.exists() or text.exists()")),
    name="pdqm-patient",
)
_PATIENT = [{"code": "Patient", "profile": [URL + "pdqm-patient"]}]
MATCH_OUT = profile(
    "Bundle",
    {"id": "Bundle.implicitRules", "max": "0"},
    {"id": "Bundle.type", "fixedCode": "searchset"},
    {"id": "Bundle.entry.request", "max": "0"},
    {"id": "Bundle.entry.response", "max": "0"},
    {"id": "Bundle.entry.resource", "min": 1, "type": _PATIENT},
    {"id": "Bundle.entry.search", "min": 1},
    {"id": "Bundle.entry.search.mode", "min": 1, "fixedCode": "match"},
    {"id": "Bundle.entry.search.score", "min": 1},
    _also("Bundle", "Bundle.entry.search", ("grade", f"extension.where(url = '{MATCH_GRADE}').count() = 1")),
    name="pdqm-match-out",
)
SEARCH_OUT = profile(
    "Bundle",
    {"id": "Bundle.type", "fixedCode": "searchset"},
    {"id": "Bundle.total", "min": 1},
    {"id": "Bundle.entry.fullUrl", "min": 1},
    {"id": "Bundle.entry.resource", "min": 1, "type": _PATIENT},
    name="pdqm-search-out",
)


def wrong(resource: Json, *definitions: Json) -> list[tuple[str, str]]:
    """The errors that the validator finds, in what was sent: decimals as they are written."""
    resource = json.parse(orjson.dumps(resource))
    claims = (next(one["url"] for one in definitions if one["type"] == resource["resourceType"]),)
    return found(judged(resource, *definitions, claims=claims))


@pytest.fixture
async def three(http: httpx.AsyncClient) -> httpx.AsyncClient:
    """One person in three structures, and one who resembles them."""
    await put(http, NORTH, "1", qualified=NIR)
    await put(http, SOUTH, "2", qualified=NIR, family="LEGALL")
    await put(http, WEST, "3")
    await put(http, f"{WEST}.1", "4", family="KERVELLA")
    return http


async def test_what_pix_answers_conforms_to_pixm(three: httpx.AsyncClient) -> None:
    answer = (await pix(three, f"{NORTH}|1")).json()
    assert len(answer["parameter"]) > 3
    assert wrong(answer, PIX_OUT) == []
    answer["parameter"][0].pop("valueIdentifier")
    assert wrong(answer, PIX_OUT)


async def test_what_a_search_answers_conforms_to_pdqm(three: httpx.AsyncClient) -> None:
    answer = (await three.get("/Patient?birthdate=1961-03-09&_total=accurate")).json()
    assert len(answer["entry"]) == 4
    assert wrong(answer, SEARCH_OUT, PDQM_PATIENT) == []
    del answer["entry"][0]["resource"]["identifier"]
    assert wrong(answer, SEARCH_OUT, PDQM_PATIENT)


async def test_what_match_answers_conforms_to_pdqm(three: httpx.AsyncClient) -> None:
    answer = await match(three, patient("urn:oid:1.2.3", "x"))
    assert len(answer["entry"]) == 4
    assert wrong(answer, MATCH_OUT, PDQM_PATIENT) == []
    del answer["entry"][0]["search"]["score"]
    assert wrong(answer, MATCH_OUT, PDQM_PATIENT)


async def test_records_of_one_person_are_linked_in_the_answer_of_match(three: httpx.AsyncClient) -> None:
    answer = await match(three, patient("urn:oid:1.2.3", "x"))
    links = [len(one["resource"].get("link", ())) for one in answer["entry"]]
    assert sorted(links) == [0, 2, 2, 2]
