"""The walk of the README, typed as it is written, does what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.running import RunningHouse

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="the walk needs curl and bash, absent from this machine"
)


def walk() -> list[str]:
    """The commands of the chapter, in order."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    chapter = text[text.index("## A walk") : text.index("## Where to go")]
    return re.findall(r"```sh\n(.*?)```", chapter, re.DOTALL)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    there = set(ROOT.iterdir())
    own = tmp_path_factory.mktemp("walk")
    with RunningHouse(own / "data", "--population", "20") as house:
        script = "set -euo pipefail\n" + "\n".join(walk())
        script = script.replace(".venv/bin/socle", f"{sys.executable} -m socle").replace(
            "http://127.0.0.1:8000", house.url
        )
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "SOCLE_DATA": str(house.data), "TMPDIR": str(own)},
        )
        assert done.returncode == 0, done.stderr
        assert set(ROOT.iterdir()) <= there, "the walk leaves something where it is typed"
        return done.stdout


def test_a_resource_is_created(said: str) -> None:
    assert "201 Created" in said


def test_a_name_is_found_whatever_its_accents_and_ligatures(said: str) -> None:
    assert '"total":0' in said
    assert '"total":1' in said


def test_the_same_resource_in_xml_and_by_graphql(said: str) -> None:
    assert '<family value="D’Œuvre-Lévêque"/>' in said
    assert '{"data":{"PatientList":[{"name":[{"family":"D’Œuvre-Lévêque"}],"birthDate":"1984-02-29"}]}}' in said


def test_an_unknown_parameter_is_refused_and_named(said: str) -> None:
    assert "famly" in said


def test_an_expression_is_shown_step_by_step_and_a_file_is_judged(said: str) -> None:
    assert re.search(r"string +ZOE$", said, re.MULTILINE)
    assert "docs/guides/identite.json:1:1: " in said


def test_the_sandbox_is_exported_and_a_subscription_is_taken(said: str) -> None:
    assert "Patient.1.ndjson" in said
    assert '"criteria":"Patient?birthdate=gt1980"' in said


def test_a_table_is_imported_and_served(said: str) -> None:
    assert "https://socle-sante.example/fhir/CodeSystem/soins|2026  5 concepts" in said
    assert "Prélèvement sanguin" in said


def test_a_synthetic_country_is_loaded_and_found(said: str) -> None:
    assert "CHU DES GLYCINES" in said
    assert '"family":"MOULIN"' in said


def test_an_agenda_opens_slots_that_the_sas_finds_and_one_takes_once(said: str) -> None:
    found = said[said.index('"id":"essai"') :]
    slots = found[: found.index("HTTP/1.1 201")]
    assert '"resourceType":"Bundle"' in slots
    assert '"resourceType":"Slot"' in slots
    assert "AGD-CRENEAU-PRIS" in found


def test_a_patient_is_fed_to_the_index_and_found_however_she_is_spelt(said: str) -> None:
    assert '"valueCode":"certain"' in said


def test_a_number_of_a_legal_entity_is_told_from_one_of_an_establishment(said: str) -> None:
    assert "0B2000004" in said


def test_care_is_found_near_a_place_and_around_a_commune_that_was_imported(said: str) -> None:
    assert '"resourceType":"HealthcareService"' in said
    assert "2 communes chargées" in said or "2 communes loaded" in said


def test_a_bed_manager_counts_its_beds(said: str) -> None:
    assert '"valueInteger":18' in said


def test_the_national_service_knows_zoe_adrun(said: str) -> None:
    assert "<CodeCR>00</CodeCR>" in said


def test_the_desk_qualifies_her_and_then_her_ins_is_there(said: str) -> None:
    last = said[said.rindex('"resourceType":"Patient"') :]
    assert "QUAL" in last
    assert "urn:oid:1.2.250.1.213.1.4.8" in last


def test_the_traces_are_whole(said: str) -> None:
    assert "intactes" in said or "whole" in said


def test_the_deadlines_of_a_kind_of_software_are_a_calendar(said: str) -> None:
    assert "BEGIN:VCALENDAR" in said


def test_the_doctrine_is_told_by_its_differences_and_as_data(said: str) -> None:
    assert "INS-001" in said
    assert '"2026"' in said
