"""The table of facts says what R4 says."""

import os
from pathlib import Path

import orjson
import pytest
import zstandard
from scripts.compile_r4 import OUTPUT, lines

from socle.kernel.fhir.definitions import r4

PACKAGE = Path(
    os.environ.get("SOCLE_R4_PACKAGE", Path(__file__).parents[4] / "shared/fhir-packages/hl7.fhir.r4.core-4.0.1.tgz")
)


def test_r4_has_its_resource_types_in_order() -> None:
    types = r4().resource_types
    assert len(types) == 146
    assert types == tuple(sorted(types))
    assert "DomainResource" not in types


def test_a_type_code_is_a_place_from_one() -> None:
    assert r4().type_code("Account") == 1
    for name in r4().resource_types:
        assert r4().type_name(r4().type_code(name)) == name
    with pytest.raises(IndexError):
        r4().type_name(0)


def test_an_element_knows_its_cardinality_types_and_targets() -> None:
    elements = r4().elements("Patient")
    assert list(elements)[:4] == ["id", "meta", "implicitRules", "language"]
    assert elements["name"].max is None
    assert elements["birthDate"].max == 1
    assert elements["deceased"].json_names() == (("deceasedBoolean", "boolean"), ("deceasedDateTime", "dateTime"))
    assert elements["managingOrganization"].targets == {"Reference": ("Organization",)}
    assert elements["contact"].types == ("Patient.contact",)
    assert r4().elements("Patient.link")["other"].min == 1


def test_a_reference_to_another_element_has_its_type() -> None:
    assert r4().elements("Observation.component")["referenceRange"].types == ("Observation.referenceRange",)


def test_types_derive() -> None:
    assert r4().is_a("Age", "Quantity")
    assert r4().is_a("Patient", "DomainResource")
    assert not r4().is_a("Quantity", "Age")


def test_closed_value_sets_are_listed_hierarchies_included() -> None:
    assert r4().codes("http://hl7.org/fhir/ValueSet/administrative-gender") == {
        "http://hl7.org/fhir/administrative-gender": {"female", "male", "other", "unknown"}
    }
    (codes,) = r4().codes("http://hl7.org/fhir/ValueSet/observation-status").values()
    assert {"amended", "corrected"} <= codes


def test_search_parameters_include_those_of_every_resource() -> None:
    found = r4().search_parameters("Patient")
    assert {"_id", "_lastUpdated", "_tag", "_profile", "_security", "_source", "birthdate", "family"} <= found.keys()
    assert list(found) == sorted(found)
    assert found["general-practitioner"].targets == ("Organization", "Practitioner", "PractitionerRole")


def test_a_shared_search_parameter_keeps_the_branch_of_the_type() -> None:
    found = r4().search_parameters("Observation")
    assert found["patient"].expression == "Observation.subject.where(resolve() is Patient)"
    parts = found["code-value-quantity"].components
    assert [(part.name, part.type) for part in parts] == [("code", "token"), ("value-quantity", "quantity")]


def test_professional_directory_data_concern_no_patient() -> None:
    personal = {name for name in r4().resource_types if r4().is_personal(name)}
    assert {"Patient", "Person", "RelatedPerson", "Observation", "AuditEvent", "Consent"} <= personal
    assert not {"Practitioner", "PractitionerRole", "Organization", "Location", "ValueSet"} & personal


def test_what_may_carry_a_person_s_data_counts_as_personal() -> None:
    """Every type outside the compartment that can refer to a patient, or hold any content."""
    carriers = {"Bundle", "Binary", "Parameters", "Linkage", "MessageHeader", "Subscription"}
    referring = {
        name
        for name in r4().resource_types
        for element in r4().elements(name).values()
        if "Reference" in element.types and "Patient" in element.targets.get("Reference", ())
    }
    assert all(r4().is_personal(name) for name in carriers | referring), [
        name for name in sorted(carriers | referring) if not r4().is_personal(name)
    ]


def test_the_patient_compartment_names_search_parameters() -> None:
    assert r4().patient_compartment("Observation") == ("subject", "performer")
    assert r4().patient_compartment("Organization") == ()
    for name in r4().resource_types:
        assert set(r4().patient_compartment(name)) <= r4().search_parameters(name).keys()


def test_a_summary_keeps_what_the_specification_marks() -> None:
    assert {"name", "birthDate", "identifier", "link"} <= r4().summary("Patient")
    assert not {"text", "contact", "photo"} & r4().summary("Patient")


def test_the_shipped_table_is_what_the_script_makes_of_the_package() -> None:
    if not PACKAGE.exists():
        pytest.skip(f"no package at {PACKAGE}: set SOCLE_R4_PACKAGE to hl7.fhir.r4.core-4.0.1.tgz")
    shipped = zstandard.ZstdDecompressor().decompress(OUTPUT.read_bytes()).split(b"\n")
    assert [orjson.loads(line) for line in shipped] == lines(PACKAGE)
