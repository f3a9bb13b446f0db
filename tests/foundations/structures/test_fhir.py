"""The register over FHIR: what a caller finds, and what it is told when it takes an EJ for an ET."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.foundations.structures.support import (
    EJ1,
    EJ2,
    ET1,
    ET2,
    NOW,
    Structures,
    care,
    csv_text,
    ej_line,
    et_line,
    geo_line,
    numero,
    outcome_of,
    scanner,
    social,
    xml_text,
)

from socle.foundations.structures import actions, demo
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.audit import Trace
from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse

FINESS = "https://finess.esante.gouv.fr"


@pytest.fixture
async def filled(structures: Structures) -> Structures:
    """Two establishments of one legal entity, seven kilometres apart."""
    paris = ("652469.02", "6862035.26")
    await structures.load_text(
        csv_text(ej_line(EJ1), et_line(ET1), geo_line(ET1), et_line(ET2, name="CLINIQUE DU LAC"), geo_line(ET2, *paris))
    )
    return structures


async def test_a_structure_is_found_by_its_finess_number(filled: Structures) -> None:
    assert await filled.ids(f"Organization?identifier={FINESS}|{ET1}") == [ET1]


async def test_establishments_are_found_by_town_name_category_and_entity(filled: Structures) -> None:
    assert await filled.ids("Organization?address-city=viriat&type=355&name=hopital") == [ET1]
    assert await filled.ids(f"Organization?partof=Organization/{EJ1}") == sorted([ET1, ET2])


async def test_places_near_a_point_are_found(filled: Structures) -> None:
    assert await filled.ids("Location?near=46.2|5.25|10|km") == [ET1]
    assert await filled.ids("Location?near=48.8566|2.3522|1|km") == [ET2]


@pytest.mark.parametrize(
    "query",
    [
        f"Location?identifier={FINESS}|{EJ1}",
        f"Location?organization=Organization/{EJ1}",
        f"HealthcareService?organization=Organization/{EJ1}",
        f"Organization?identifier={EJ1}&type=GEOGRAPHICAL-ENTITY",
    ],
)
async def test_the_number_of_an_entity_where_an_establishment_is_meant_is_explained(
    filled: Structures, query: str
) -> None:
    [said] = outcome_of(await filled.get(query))
    assert said.startswith(f"{EJ1} est le numéro d'une entité juridique (EJ)")
    assert f"Ses 2 établissements : {ET1} (HOPITAL DU PONT), {ET2} (CLINIQUE DU LAC)" in said


@pytest.mark.parametrize(
    "query", [f"Organization?partof=Organization/{ET1}", f"Organization?identifier={ET1}&type=LEGAL-ENTITY"]
)
async def test_the_number_of_an_establishment_where_an_entity_is_meant_is_explained(
    filled: Structures, query: str
) -> None:
    [said] = outcome_of(await filled.get(query))
    assert said.startswith(f"{ET1} est le numéro d'un établissement (ET, dit aussi EG)")
    assert f"Son entité juridique : {EJ1} (GROUPE DES DEUX RIVES)" in said


async def test_a_place_asked_by_the_number_of_an_entity_is_not_found_and_explained(filled: Structures) -> None:
    answer = await filled.client.get(f"Location/{EJ1}")
    assert answer.status_code == 404
    issues = answer.json()["issue"]
    assert issues[1]["severity"] == "information"
    assert "entité juridique (EJ)" in issues[1]["diagnostics"]


async def test_a_search_that_finds_something_explains_nothing(filled: Structures) -> None:
    assert outcome_of(await filled.get(f"Organization?identifier={EJ1}")) == []


async def test_a_number_is_told_apart_by_its_own_operation(filled: Structures) -> None:
    said = await filled.get(f"Organization/$finess?numero={EJ1.lower()}")
    values = {one["name"]: next(iter(v for k, v in one.items() if k != "name")) for one in said["parameter"]}
    assert (values["nature"], values["cle-juste"]) == ("EJ", True)
    refused = await filled.client.get(f"Organization/$finess?numero={EJ1}&attendu=ET")
    assert refused.status_code == 422
    assert "entité juridique" in refused.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [("numero=12", 400), (f"numero={numero(999)}", 404), (f"numero={EJ1}&attendu=XX", 400), ("", 400)],
)
async def test_the_operation_refuses_what_it_does_not_understand(filled: Structures, asked: str, status: int) -> None:
    assert (await filled.client.get(f"Organization/$finess?{asked}")).status_code == status


async def test_nobody_writes_by_fhir(filled: Structures) -> None:
    answer = await filled.client.post("Organization", json={"resourceType": "Organization", "name": "X"})
    assert answer.status_code == 405


async def test_what_was_known_on_a_day_is_in_the_history(filled: Structures) -> None:
    later = NOW + timedelta(days=1)
    await filled.load_text(
        csv_text(et_line(ET1, name="HOPITAL NEUF", siret="26010004500012")), difference=True, now=later
    )
    before = await filled.get(f"Organization/{ET1}/_history?_at={NOW.date().isoformat()}")
    assert [entry["resource"]["name"] for entry in before["entry"]] == ["HOPITAL DU PONT"]
    known, since = await actions.as_known_on(filled.database, ET1, NOW + timedelta(hours=1))
    assert known is not None
    assert known.name == "HOPITAL DU PONT"
    assert "siret" not in known.facts
    assert [one.event for one in since] == ["changed"]
    assert (await actions.as_known_on(filled.database, ET1, datetime(2020, 1, 1, tzinfo=UTC)))[0] is None


async def test_what_is_served_is_legal_fhir_with_the_french_identifiers(structures: Structures) -> None:
    await structures.load_text(
        csv_text(ej_line(EJ1, siren="260104633"), et_line(ET1, siret="26010004500012"), geo_line(ET1))
    )
    await structures.load_text(xml_text(care(), scanner(), social()), "parts.xml")
    for name in ("Organization", "Location", "HealthcareService", "Device"):
        answer = await structures.client.get(name)
        for entry in answer.json()["entry"]:
            raw = await structures.client.get(f"{name}/{entry['resource']['id']}")
            check(parse(raw.content))
    one = await structures.get(f"Organization/{ET1}")
    codes = {i["type"]["coding"][0]["code"]: i["value"] for i in one["identifier"]}
    assert codes == {"FINEG": ET1, "IDNST": f"1{ET1}", "SIRET": "26010004500012"}
    entity = await structures.get(f"Organization/{EJ1}")
    assert {i["type"]["coding"][0]["code"] for i in entity["identifier"]} == {"FINEJ", "IDNST", "SIREN"}
    assert one["address"][0]["extension"][0]["valueCoding"]["code"] == "01451"


async def test_the_demonstration_is_the_synthetic_country_and_comes_once(structures: Structures) -> None:
    by = demo.SEEDER
    trace = Trace(by.id, by.name, "operator", "", by.means, "essai", NOW, REGISTER, "finess:import")
    report = await demo.fill(structures.database, structures.repository, trace)
    assert report is not None
    assert report.faults == []
    assert (report.counts["ej-created"], report.counts["et-created"]) == (55, 100)
    assert await demo.fill(structures.database, structures.repository, trace) is None
    assert len(await structures.ids("Location?near=48.85|2.35|30|km&_count=100")) > 5
    real = await structures.load_text(csv_text(ej_line(EJ2), et_line(ET2, EJ2)))  # the first real files take its place
    assert (real.counts["ej-closed"], real.counts["et-closed"]) == (55, 100)
