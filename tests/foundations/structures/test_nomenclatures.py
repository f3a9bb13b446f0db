"""In which nomenclatures the register tells what a structure does; what an older version told otherwise is told again."""

import json
from importlib.resources import files
from typing import Any

import pytest
from tests.foundations.structures.support import EJ1, ET1, NOW, Structures, csv_text, ej_line, et_line, social, xml_text
from tests.foundations.structures.test_formats import activity

from socle.foundations.country.categories import SOCIAL
from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.store import settling, showing
from socle.foundations.terminologies import shipped
from socle.kernel.audit import Trace

SMT = "https://smt.esante.gouv.fr/fhir/CodeSystem"
R209 = "https://mos.esante.gouv.fr/NOS/TRE_R209-TypeActivite/FHIR/TRE-R209-TypeActivite"
OURS = "https://socle-sante.example/fhir/CodeSystem/finess"
TRACE = Trace("house", "Socle", "operator", "", "system", "essai", NOW, REGISTER, "essai")


def plus(*activities: dict[str, Any]) -> str:
    """A FINESS+ document of activities of one establishment."""
    site = {"egeId": "1", "numFinessEge": ET1, "activitesExercees": list(activities)}
    return json.dumps({"pmej": [{"numFiness": EJ1, "pmSmsseId": "2", "ege": [site]}]})


async def the_service(structures: Structures) -> dict[str, Any]:
    [entry] = (await structures.get("HealthcareService"))["entry"]
    service: dict[str, Any] = entry["resource"]
    return service


async def test_social_equipment_is_told_in_the_nomenclatures_of_the_profiles_of_the_annuaire(
    structures: Structures,
) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    await structures.load_text(xml_text(social()), "105.xml")
    service = await the_service(structures)
    assert service["type"][0]["coding"][0]["system"] == f"{SMT}/tre-r401-activite-sociale-regulee"
    assert service["eligibility"][0]["code"]["coding"][0]["system"] == f"{SMT}/tre-r403-public-activite-smsse-regulee"
    assert service["characteristic"][0]["coding"][0]["system"] == R209
    found = f"HealthcareService?service-type={SMT}/tre-r401-activite-sociale-regulee|924"
    assert await structures.ids(found) == [service["id"]]


@pytest.mark.parametrize(
    ("nature", "name", "system"),
    [
        ("ASOCR", "activiteSocialeRegulee", "tre-r401-activite-sociale-regulee"),
        ("ASMR", "activiteSocialeRegulee", "tre-r401-activite-sociale-regulee"),
        ("ASDR", "activiteSanitaireDiverseRegulee", "tre-r347-activite-sanitaire-diverse-regulee"),
        ("AER", "activiteEnseignementRegulee", "tre-r402-activite-enseignement-regulee"),
    ],
)
async def test_finess_plus_is_told_in_those_that_its_schema_names(
    structures: Structures, nature: str, name: str, system: str
) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    typed = {name: "824", "modeFonctionnement": "09", "public": "990"}
    await structures.load_text(plus(activity(nature, typed)), "a.json")
    service = await the_service(structures)
    assert service["type"][0]["coding"][0] == {"system": f"{SMT}/{system}", "code": "824"}
    assert service["characteristic"][0]["coding"][0]["system"] == (
        f"{SMT}/tre-r404-mode-fonctionnement-activite-smsse-regulee"
    )


async def test_an_activity_by_modality_and_mention_has_its_five_nomenclatures(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    typed = {"activiteAMM": "QA018", "modaliteAMM": "M1", "mentionAMM": "N2", "ptsAMM": "P3", "declarationAMM": "D4"}
    await structures.load_text(plus(activity("AMM", typed)), "a.json")
    service = await the_service(structures)
    codings = [part["coding"][0] for part in (*service["type"], *service["category"], *service["characteristic"])]
    assert [(one["system"].rpartition("/")[2], one["code"]) for one in codings] == [
        ("tre-r381-activite-amm", "QA018"),
        ("tre-r382-modalite-act-de-soin-amm", "M1"),
        ("tre-r383-mention-act-de-soin-amm", "N2"),
        ("tre-r384-pratique-therapeutique-specifique-act-de-soin-amm", "P3"),
        ("tre-r385-declaration-act-de-soin-amm", "D4"),
    ]


async def test_what_an_older_version_showed_in_urls_of_ours_is_shown_again(structures: Structures) -> None:
    await structures.load_text(csv_text(ej_line(EJ1), et_line(ET1)))
    await structures.load_text(xml_text(social()), "105.xml")
    service = await the_service(structures)
    service["type"][0]["coding"][0]["system"] = f"{OURS}-discipline"
    service.pop("meta")
    async with structures.database.whole(REGISTER, TRACE) as whole:  # as the version of before left it
        await whole.put([structures.repository.put(service, id=service["id"])])
        await whole.execute(f"UPDATE {REGISTER}.shown SET digest = 'older' WHERE type = 'HealthcareService'")
    await migrated_again(structures)
    assert await settling.owes(structures.database)
    assert await settling.show_owed(structures.database, structures.repository, TRACE) == 1
    assert not await settling.owes(structures.database)
    again = await the_service(structures)
    assert (again["type"][0]["coding"][0]["system"], again["meta"]["versionId"]) == (showing.DISCIPLINES, "3")
    assert await structures.ids(f"HealthcareService?service-type={OURS}-discipline|924") == []
    assert (await structures.get(f"Organization/{ET1}"))["meta"]["versionId"] == "1"  # what says the same is left alone


async def migrated_again(structures: Structures) -> None:
    """What the migration does with the rows that it finds."""
    sql = files("socle.foundations.structures").joinpath("migrations", "0004_nomenclatures.sql").read_text()
    async with structures.database.whole(REGISTER, TRACE) as whole:
        for statement in sql.replace("{schema}", REGISTER).split(";"):
            if "CREATE TABLE" not in statement and statement.strip():
                await whole.execute(statement)


def test_the_shipped_terminologies_name_what_the_synthetic_country_bears() -> None:
    held = {
        one["url"]: {concept["code"] for concept in one["concept"]}
        for one in shipped.resources()
        if one["resourceType"] == "CodeSystem"
    }
    for discipline, _, mode, _, public, _ in SOCIAL.values():
        assert discipline in held[showing.DISCIPLINES]
        assert mode in held[showing.MODES]
        assert public in held[showing.CLIENTS]
