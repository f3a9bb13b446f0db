"""The definitions and the codes that FHIR R4 publishes, as facts."""

import os
from pathlib import Path

import orjson
import pytest
import zstandard
from scripts.compile_core import OUTPUT, lines

from socle.kernel.fhir.core import core_codes, core_structure, core_urls, core_value_set
from socle.kernel.fhir.definitions import r4

PACKAGE = Path(
    os.environ.get("SOCLE_R4_PACKAGE", Path(__file__).parents[4] / "shared/fhir-packages/hl7.fhir.r4.core-4.0.1.tgz")
)


def test_every_type_has_a_structure_with_a_snapshot() -> None:
    for name in r4().resource_types:
        structure = core_structure(name)
        assert structure is not None
        assert structure["type"] == structure["snapshot"]["element"][0]["path"] == name


def test_a_structure_is_found_by_name_by_url_and_by_version() -> None:
    url = "http://hl7.org/fhir/StructureDefinition/Patient"
    assert core_structure("Patient") is core_structure(url)
    assert core_structure(url + "|4.0.1") == core_structure(url)
    assert core_structure(url + "|3.0.2") is None
    assert core_structure("Lapin") is None


def test_an_element_has_its_id_base_binding_and_constraints() -> None:
    structure = core_structure("Observation")
    assert structure is not None
    elements = {element["id"]: element for element in structure["snapshot"]["element"]}
    status = elements["Observation.status"]
    assert status["binding"]["strength"] == "required"
    assert status["base"] == {"path": "Observation.status", "min": 1, "max": "1"}
    assert {"obs-6", "obs-7"} <= {constraint["key"] for constraint in elements["Observation"]["constraint"]}
    assert elements["Observation.component.referenceRange"]["contentReference"] == "#Observation.referenceRange"


def test_core_profiles_and_extensions_are_there_with_slices_and_contexts() -> None:
    assert len(core_urls()) > 600
    vitals = core_structure("http://hl7.org/fhir/StructureDefinition/vitalsigns")
    assert vitals is not None
    assert any(element.get("sliceName") == "VSCat" for element in vitals["snapshot"]["element"])
    birth_place = core_structure("http://hl7.org/fhir/StructureDefinition/patient-birthPlace")
    assert birth_place is not None
    assert birth_place["context"] == [{"type": "element", "expression": "Patient"}]


def test_codes_of_a_system() -> None:
    gender = core_codes("http://hl7.org/fhir/administrative-gender")
    assert gender is not None
    assert gender.complete
    assert gender.codes == {"male", "female", "other", "unknown"}
    assert core_codes("http://snomed.info/sct") is None
    example = core_codes("http://terminology.hl7.org/CodeSystem/service-type")
    assert example is not None
    assert not example.complete


def test_a_value_set_says_what_it_holds_and_what_it_cannot_tell() -> None:
    status = core_value_set("http://hl7.org/fhir/ValueSet/observation-status|4.0.1")
    assert status is not None
    assert status.codes == {"http://hl7.org/fhir/observation-status": None}
    assert status.open == ()
    condition = core_value_set("http://hl7.org/fhir/ValueSet/condition-code")
    assert condition is not None
    assert condition.open == ("http://snomed.info/sct",)
    encounter = core_value_set("http://terminology.hl7.org/ValueSet/v3-ActEncounterCode")
    assert encounter is not None
    codes = encounter.codes["http://terminology.hl7.org/CodeSystem/v3-ActCode"]
    assert codes is not None
    assert "AMB" in codes
    assert "DEDNEXT" not in codes


@pytest.mark.skipif(not PACKAGE.exists(), reason="the official package is not in ../shared")
def test_the_facts_are_those_of_the_official_package() -> None:
    held = zstandard.ZstdDecompressor().decompress(OUTPUT.read_bytes()).split(b"\n")
    assert [orjson.loads(line) for line in held] == lines(PACKAGE)
