"""Profiles that are validated: can they be used?"""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import URL, found, judged, profile
from tests.kernel.fhir.validation.test_definitions import element, of_patient

Json = dict[str, Any]
R4 = "http://hl7.org/fhir/StructureDefinition/"


def typed(path: str, code: str, *profiles: str, **more: Any) -> Json:
    return element(path, type=[{"code": code, **({"profile": list(profiles)} if profiles else {})}], **more)


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        (typed("Patient.gender", "code", fixedCode="male"), ""),
        (typed("Patient.maritalStatus", "CodeableConcept", patternCodeableConcept={"text": "marié"}), ""),
        (element("Patient.contact.telecom.system", fixedCode="phone"), ""),
        (element("Patient.deceased[x]", patternBoolean=True), ""),
        (element("Patient.extension.url", fixedUri="urn:x:e"), ""),
        (element("Patient.contained.status", fixedString="vu"), ""),
        (typed("Patient.gender", "code", fixedString="male"), "fixed"),
        (element("Patient.contact.telecom.system", fixedUri="urn:x:phone"), "fixed"),
        (element("Patient.deceased[x]", patternPeriod={"start": "2020"}), "pattern"),
        (typed("Patient.maritalStatus", "CodeableConcept", patternCoding={"code": "M"}), "pattern"),
    ],
)
def test_a_value_that_is_imposed_is_of_the_type_of_its_element(stated: Json, place: str) -> None:
    wrong = [(f"StructureDefinition.differential.element[1].{place}", "ElementDefinition.fixed_x_")] if place else []
    assert found(judged(of_patient(stated))) == wrong


def test_a_profile_of_a_type_is_made_for_that_type() -> None:
    place = "StructureDefinition.differential.element[1].type[0].profile[0]"
    assert found(judged(of_patient(typed("Patient.address", "Address", R4 + "Address")))) == []
    assert found(judged(of_patient(typed("Patient.address", "Address", R4 + "HumanName")))) == [
        (place, "ElementDefinition.type.profile")
    ]
    assert found(judged(of_patient(typed("Patient.contained", "Resource", R4 + "Organization")))) == []
    assert found(judged(of_patient(typed("Patient.address", "Address", URL + "inconnu")))) == []


@pytest.mark.parametrize(("modifier", "name"), [(True, "extension"), (False, "modifierExtension")])
def test_an_extension_goes_where_what_it_changes_says(modifier: bool, name: str) -> None:
    one = profile("Extension", {"id": "Extension", "isModifier": modifier}, name="marque")
    right = "modifierExtension" if modifier else "extension"
    for place in (name, right):
        stated = typed(f"Patient.{place}", "Extension", URL + "marque", sliceName="marque")
        wrong = [rule for _, rule in found(judged(of_patient(stated), one, claims=()))]
        assert wrong == ([] if place == right else ["ElementDefinition.type.profile"])


def test_a_differential_that_widens_its_base_is_told_and_why() -> None:
    report = judged(of_patient(element("Patient.contact"), element("Patient.contact.gender", max="2")))
    assert found(report) == [("StructureDefinition.differential", "snapshot")]
    assert "Patient.contact.gender: max is 2" in report.issues[0].text.en


def test_one_whose_base_is_not_held_is_not_judged() -> None:
    assert found(judged(of_patient(element("Patient.gender", max="2"), baseDefinition=URL + "absent"))) == []


def test_slices_that_nothing_tells_apart_are_a_warning_since_r4_publishes_some() -> None:
    report = judged(of_patient(element("Patient.name", sliceName="usuel")))
    assert found(report) == []
    assert ("StructureDefinition.differential", "snapshot") in found(report, "warning")


def test_what_an_absent_element_stands_for_is_not_for_a_profile_to_say() -> None:
    stated = element("Patient.gender", meaningWhenMissing="Le sexe n'est pas connu.")
    report = judged(of_patient(stated))
    assert report.valid
    place = "StructureDefinition.differential.element[1].meaningWhenMissing"
    assert (place, "interpretation") in found(report, "warning")
