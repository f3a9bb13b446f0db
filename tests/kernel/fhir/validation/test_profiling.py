"""Profiles that are validated: can they be used?"""

from collections.abc import Hashable
from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import URL, found, judged, profile
from tests.kernel.fhir.validation.test_definitions import element, of_patient

from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.snapshot import Found, Generator

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
        (element("Patient.birthDate", minValueDate="1900-01-01"), ""),
        (element("Patient.birthDate", minValueQuantity={"value": -150, "unit": "ans"}), ""),
        (element("Patient.birthDate", maxValueInteger=2100), "maxValue"),
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
    assert found(report) == [("StructureDefinition.differential.element[2]", "snapshot")]
    assert "Patient.contact.gender: max is 2" in report.issues[0].text.en


def test_one_whose_base_is_not_held_is_not_judged_and_this_is_said() -> None:
    report = judged(of_patient(element("Patient.gender", max="2"), baseDefinition=URL + "absent"))
    assert found(report) == []
    assert ("StructureDefinition.baseDefinition", "snapshot") in found(report, "information")


SLICED = {"discriminator": [{"type": "value", "path": "system"}], "rules": "closed", "ordered": True}
BASE = [
    element("Patient.telecom", slicing=SLICED),
    {"id": "Patient.telecom:mel", "path": "Patient.telecom", "sliceName": "mel", "min": 1, "max": "1"},
    {"id": "Patient.telecom:mel.system", "path": "Patient.telecom.system", "fixedCode": "email"},
    element("Patient.maritalStatus", patternCodeableConcept={"text": "pacs"}),
    element("Patient.multipleBirth[x]", type=[{"code": "integer"}], minValueInteger=1, maxValueInteger=5),
    element("Patient.managingOrganization", type=[{"code": "Reference", "targetProfile": [R4 + "Organization"]}]),
    element("Patient.link.other.display", maxLength=20),
]


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [
        ({"id": "Patient.telecom:mel", "path": "Patient.telecom", "sliceName": "mel", "min": 1}, False),
        ({"id": "Patient.telecom:mel", "path": "Patient.telecom", "sliceName": "mel", "min": 0}, True),
        (element("Patient.telecom", slicing=SLICED), False),
        (element("Patient.telecom", slicing={**SLICED, "rules": "open"}), True),
        (element("Patient.telecom", slicing={**SLICED, "ordered": False}), True),
        (element("Patient.telecom", slicing={**SLICED, "discriminator": [{"type": "value", "path": "use"}]}), True),
        (element("Patient.maritalStatus", patternCodeableConcept={"text": "pacs", "id": "a"}), False),
        (element("Patient.maritalStatus", patternCodeableConcept={"text": "marié"}), True),
        (element("Patient.maritalStatus", fixedCodeableConcept={"text": "marié"}), True),
        (element("Patient.multipleBirth[x]", minValueInteger=2), False),
        (element("Patient.multipleBirth[x]", minValueInteger=0), True),
        (element("Patient.multipleBirth[x]", maxValueInteger=6), True),
        (element("Patient.link.other.display", maxLength=10), False),
        (element("Patient.link.other.display", maxLength=30), True),
        (typed("Patient.contained", "HumanName"), True),
        (
            element("Patient.managingOrganization", type=[{"code": "Reference", "targetProfile": [R4 + "Patient"]}]),
            True,
        ),
        (
            element(
                "Patient.generalPractitioner", type=[{"code": "Reference", "targetProfile": [R4 + "Practitioner"]}]
            ),
            False,
        ),
    ],
)
def test_a_profile_on_a_profile_loosens_nothing_of_it(stated: Json, wrong: bool) -> None:
    base = {**of_patient(*BASE), "url": URL + "large"}
    base["snapshot"] = {"element": [*Generator(_core).generate(Found(base))]}
    report = judged(of_patient(stated, baseDefinition=URL + "large"), base)
    assert found(report) == ([("StructureDefinition.differential.element[1]", "snapshot")] if wrong else [])


def _core(canonical: str, scope: Hashable) -> Found | None:
    held = core_structure(canonical)
    return Found(held) if held is not None else None


def test_slices_that_must_be_there_have_their_place() -> None:
    slicing = {"discriminator": [{"type": "type", "path": "$this"}], "rules": "open"}
    dead = [
        {**typed("Patient.deceased[x]", code, min=1), "id": f"Patient.deceased[x]:{code}", "sliceName": code}
        for code in ("boolean", "dateTime")
    ]
    report = judged(of_patient(element("Patient.deceased[x]", slicing=slicing), *dead))
    assert found(report) == [("StructureDefinition.differential.element[1]", "snapshot")]
    assert found(judged(of_patient(element("Patient.deceased[x]", slicing=slicing), dead[0]))) == []


@pytest.mark.parametrize(
    ("first", "second", "good"),
    [
        (element("Patient.name"), element("Patient.birthDate"), True),
        (element("Patient.birthDate"), element("Patient.name"), False),
        (element("Patient.name"), element("Patient.name.family"), True),
        (element("Patient.name.family"), element("Patient.name"), False),
        (element("Patient.contact.name.family"), element("Patient.communication"), True),
    ],
)
def test_elements_come_in_the_order_of_the_snapshot(first: Json, second: Json, good: bool) -> None:
    told = ("StructureDefinition.differential.element[2]", "StructureDefinition.differential")
    report = judged(of_patient(first, second))
    assert report.valid
    assert (told in found(report, "warning")) is not good


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("system", ""),
        ("period.start", ""),
        ("extension('urn:x:e').value", ""),
        ("zut", "error"),
        ("period.zut", "error"),
        ("system.where($this = 'phone')", "warning"),
    ],
)
def test_a_discriminator_leads_to_an_element_of_what_is_sliced(path: str, severity: str) -> None:
    slicing = {"discriminator": [{"type": "value", "path": path}], "rules": "open"}
    report = judged(of_patient(element("Patient.telecom", slicing=slicing)))
    told = ("StructureDefinition.differential.element[1].slicing.discriminator[0].path", "discriminator")
    assert [one for one in ("error", "warning") if told in found(report, one)] == ([severity] if severity else [])


def test_a_slice_says_what_tells_it() -> None:
    slicing = {"discriminator": [{"type": "value", "path": "value"}], "rules": "open"}
    one = {"id": "Patient.telecom:a", "path": "Patient.telecom", "sliceName": "a"}
    value = {"id": "Patient.telecom:a.value", "path": "Patient.telecom.value"}
    told = ("StructureDefinition.differential.element[2]", "discriminator")
    for said, good in (({"fixedString": "3646"}, True), ({"short": "Un numéro"}, False)):
        report = judged(of_patient(element("Patient.telecom", slicing=slicing), one, {**value, **said}))
        assert (told in found(report, "warning")) is not good


def test_an_extension_is_written_with_the_address_of_its_definition() -> None:
    for url, wrong in (
        (URL + "marque", []),
        (URL + "autre", [("StructureDefinition.differential.element[1].fixed", "definition")]),
    ):
        stated = {"element": [element("Extension"), element("Extension.url", fixedUri=url)]}
        context = [{"type": "element", "expression": "Patient"}]
        marked = of_patient(
            url=URL + "marque", type="Extension", kind="complex-type", context=context, differential=stated
        )
        assert found(judged({**marked, "baseDefinition": R4 + "Extension"})) == wrong


def test_a_reference_leads_to_a_resource() -> None:
    stated = element("Patient.managingOrganization", type=[{"code": "Reference", "targetProfile": [R4 + "Identifier"]}])
    place = "StructureDefinition.differential.element[1].type[0].targetProfile[0]"
    assert (place, "ElementDefinition.type.targetProfile") in found(judged(of_patient(stated)))


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


@pytest.mark.parametrize(
    ("name", "value"),
    [("type", 3), ("type", [3]), ("slicing", []), ("max", "deux"), ("min", "x"), ("constraint", {}), ("binding", 1)],
)
def test_a_definition_of_a_wrong_shape_is_told_and_hides_nothing_else(name: str, value: Any) -> None:
    report = judged(of_patient(element("Patient.telecom", **{name: value}), element("Patient.zut")))
    places = [place for place, _ in found(report)]
    assert any(place.startswith(f"StructureDefinition.differential.element[1].{name}") for place in places)
    assert "StructureDefinition.differential.element[2].path" in places


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": [{"code": 3}]},
        {"slicing": {"discriminator": [{"type": "value", "path": []}], "rules": "open"}},
        {"min": "x"},
    ],
)
def test_what_is_judged_by_a_definition_of_a_wrong_shape_is_not_said_to_conform(wrong: Json) -> None:
    bad = profile("Patient", {"id": "Patient.telecom", **wrong}, {"id": "Patient.telecom:a", "min": 1})
    report = judged({"resourceType": "Patient", "telecom": [{"value": "01"}]}, bad)
    assert not report.valid
    assert any("malformed" in one.text.en or "cannot be used" in one.text.en for one in report.issues)
