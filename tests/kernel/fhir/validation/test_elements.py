"""What a profile asks of elements: how often, of which type, with which value, in which slice."""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import found, judged, profile

Json = dict[str, Any]


def patient(**members: Any) -> Json:
    return {"resourceType": "Patient", **members}


def observation(**members: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "pouls"}, **members}


# --- cardinality ----------------------------------------------------------------------------------------------------


def test_an_element_made_mandatory_is_asked_for() -> None:
    mandatory = profile("Patient", {"id": "Patient.birthDate", "min": 1})
    assert found(judged(patient(active=True), mandatory)) == [("Patient.birthDate", "Patient.birthDate")]
    assert found(judged(patient(birthDate="1980"), mandatory)) == []


def test_extensions_may_stand_for_a_mandatory_value() -> None:
    mandatory = profile("Patient", {"id": "Patient.birthDate", "min": 1})
    absent = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    assert found(judged(patient(_birthDate=absent), mandatory)) == []


def test_an_element_is_asked_for_as_often_as_the_profile_says() -> None:
    twice = profile("Patient", {"id": "Patient.name", "min": 2, "max": "3"})
    one = {"family": "DURAND"}
    assert found(judged(patient(name=[one]), twice)) == [("Patient.name", "Patient.name")]
    assert found(judged(patient(name=[one] * 2), twice)) == []
    assert found(judged(patient(name=[one] * 4), twice)) == [("Patient.name", "Patient.name")]


def test_how_often_is_said_in_good_english() -> None:
    asks = profile("Patient", {"id": "Patient.name", "min": 2, "max": "2"})
    assert (
        "expected at least 2 times in this profile, there is 1"
        in judged(patient(name=[{"text": "A"}]), asks).issues[0].text.en
    )
    asks = profile("Patient", {"id": "Patient.name", "max": "1"})
    assert "allowed once at most" in judged(patient(name=[{"text": "A"}, {"text": "B"}]), asks).issues[0].text.en


def test_a_prohibited_element_is_refused() -> None:
    without = profile("Patient", {"id": "Patient.photo", "max": "0"})
    assert found(judged(patient(photo=[{"title": "moi"}]), without)) == [("Patient.photo", "Patient.photo")]


def test_a_nested_element_is_asked_for_where_its_owner_is() -> None:
    relation = profile("Patient", {"id": "Patient.contact.relationship", "min": 1})
    assert found(judged(patient(active=True), relation)) == []
    contact = {"name": {"family": "MARTIN"}}
    assert found(judged(patient(contact=[contact]), relation)) == [
        ("Patient.contact[0].relationship", "Patient.contact.relationship")
    ]


def test_what_the_base_type_asks_for_is_told_once() -> None:
    strict = profile("Observation", {"id": "Observation.code", "min": 1})
    report = judged({"resourceType": "Observation", "status": "final"}, strict)
    assert [place for place, _ in found(report)] == ["Observation.code"]


# --- types ----------------------------------------------------------------------------------------------------------


def test_a_choice_is_kept_to_the_types_of_the_profile() -> None:
    measured = profile("Observation", {"id": "Observation.value[x]", "type": [{"code": "Quantity"}]})
    assert found(judged(observation(valueQuantity={"value": 3}), measured)) == []
    assert found(judged(observation(valueString="3"), measured)) == [("Observation.value", "Observation.value[x]")]


def test_an_element_conforms_to_the_profile_of_its_type() -> None:
    named = profile("HumanName", {"id": "HumanName.family", "min": 1}, name="nom")
    uses = profile("Patient", {"id": "Patient.name", "type": [{"code": "HumanName", "profile": [named["url"]]}]})
    assert found(judged(patient(name=[{"family": "DURAND"}]), uses, named)) == []
    assert found(judged(patient(name=[{"text": "Durand"}]), uses, named)) == [
        ("Patient.name[0].family", "HumanName.family")
    ]


def test_one_of_several_profiles_is_enough() -> None:
    family = profile("HumanName", {"id": "HumanName.family", "min": 1}, name="famille")
    given = profile("HumanName", {"id": "HumanName.given", "min": 1}, name="prenom")
    either = {"code": "HumanName", "profile": [family["url"], given["url"]]}
    uses = profile("Patient", {"id": "Patient.name", "type": [either]})
    assert found(judged(patient(name=[{"given": ["Ada"]}]), uses, family, given)) == []
    assert found(judged(patient(name=[{"text": "Ada"}]), uses, family, given)) == [("Patient.name[0]", "Patient.name")]


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "good", "bad"),
    [
        ({"fixedUri": "urn:oid:1.2"}, {"system": "urn:oid:1.2"}, {"system": "urn:oid:1.3"}),
        ({"patternUri": "urn:oid:1.2"}, {"system": "urn:oid:1.2"}, {"system": "urn:oid:1.2.3"}),
        ({"maxLength": 11}, {"system": "urn:oid:1.2"}, {"system": "urn:oid:1.2.3"}),
    ],
)
def test_a_primitive_is_what_the_definition_says(wanted: Json, good: Json, bad: Json) -> None:
    asks = profile(
        "Patient", {"id": "Patient.identifier.system", "min": 1, "max": "1", "type": [{"code": "uri"}], **wanted}
    )
    assert found(judged(patient(identifier=[good]), asks)) == []
    assert found(judged(patient(identifier=[bad]), asks)) == [
        ("Patient.identifier[0].system", "Patient.identifier.system")
    ]


def test_a_fixed_object_is_equal_a_pattern_is_held() -> None:
    coding = {"system": "http://loinc.org", "code": "8867-4"}
    more = {"coding": [{"system": "urn:x", "code": "pouls"}, {**coding, "display": "Heart rate"}], "text": "pouls"}
    fixed = profile("Observation", {"id": "Observation.code", "fixedCodeableConcept": {"coding": [coding]}})
    pattern = profile("Observation", {"id": "Observation.code", "patternCodeableConcept": {"coding": [coding]}})
    assert found(judged(observation(code={"coding": [coding]}), fixed)) == []
    assert found(judged(observation(code=more), fixed)) == [("Observation.code", "Observation.code")]
    assert found(judged(observation(code=more), pattern)) == []
    assert found(judged(observation(code={"text": "pouls"}), pattern)) == [("Observation.code", "Observation.code")]


def test_a_value_that_is_asked_for_is_quoted_as_each_language_does() -> None:
    asks = profile("Patient", {"id": "Patient.gender", "patternCode": "male"})
    text = judged(patient(gender="female"), asks).issues[0].text
    assert "« male »" in text.fr
    assert '"male"' in text.en


def test_numbers_are_compared_by_what_they_are_worth() -> None:
    asks = profile("Observation", {"id": "Observation.value[x]", "patternQuantity": {"value": 1.0}})
    assert found(judged(observation(valueQuantity={"value": 1}), asks)) == []


@pytest.mark.parametrize(("value", "good"), [("1899-12-31", False), ("1900-01-01", True), ("2100-01-01", False)])
def test_a_value_stays_between_its_limits(value: str, good: bool) -> None:
    asks = profile("Patient", {"id": "Patient.birthDate", "minValueDate": "1900-01-01", "maxValueDate": "2099-12-31"})
    assert (found(judged(patient(birthDate=value), asks)) == []) is good


def test_a_limit_is_that_of_its_own_type_in_a_choice() -> None:
    types = [{"code": "integer"}, {"code": "Quantity"}, {"code": "dateTime"}]
    asks = profile("Observation", {"id": "Observation.value[x]", "type": types, "minValueInteger": 1})
    assert found(judged(observation(valueInteger=0), asks)) == [("Observation.value", "Observation.value[x]")]
    assert found(judged(observation(valueQuantity={"value": 0}), asks)) == []
    assert found(judged(observation(valueDateTime="2020"), asks)) == []


# --- slices ---------------------------------------------------------------------------------------------------------


def sliced(element: str, discriminator: Json, *slices: Json, rules: str = "open", ordered: bool = False) -> list[Json]:
    slicing = {"discriminator": [discriminator], "rules": rules, "ordered": ordered}
    return [{"id": element, "slicing": slicing}, *slices]


BY_SYSTEM = {"type": "value", "path": "system"}
INS = [
    {"id": "Patient.identifier:ins", "min": 1, "max": "1"},
    {"id": "Patient.identifier:ins.system", "min": 1, "max": "1", "type": [{"code": "uri"}], "fixedUri": "urn:ins"},
    {"id": "Patient.identifier:ins.value", "min": 1, "max": "1", "type": [{"code": "string"}]},
]


def test_a_slice_is_told_by_a_value() -> None:
    ins = profile("Patient", *sliced("Patient.identifier", BY_SYSTEM, *INS))
    good, other = {"system": "urn:ins", "value": "1"}, {"system": "urn:autre"}
    assert found(judged(patient(identifier=[other, good]), ins)) == []
    assert found(judged(patient(identifier=[other]), ins)) == [("Patient.identifier", "Patient.identifier:ins")]
    assert found(judged(patient(active=True), ins)) == [("Patient.identifier", "Patient.identifier:ins")]
    assert found(judged(patient(identifier=[good, good]), ins)) == [("Patient.identifier", "Patient.identifier:ins")]
    assert found(judged(patient(identifier=[other, {"system": "urn:ins"}]), ins)) == [
        ("Patient.identifier[1].value", "Patient.identifier:ins.value")
    ]


def test_a_closed_slicing_accepts_nothing_else() -> None:
    ins = profile("Patient", *sliced("Patient.identifier", BY_SYSTEM, *INS, rules="closed"))
    report = judged(patient(identifier=[{"system": "urn:ins", "value": "1"}, {"system": "urn:autre"}]), ins)
    assert found(report) == [("Patient.identifier[1]", "Patient.identifier")]


NIA = [
    {"id": "Patient.identifier:nia", "min": 0, "max": "1"},
    {"id": "Patient.identifier:nia.system", "min": 1, "max": "1", "type": [{"code": "uri"}], "fixedUri": "urn:nia"},
]


def test_slices_keep_their_order_when_it_is_imposed() -> None:
    both = profile("Patient", *sliced("Patient.identifier", BY_SYSTEM, *INS, *NIA, ordered=True))
    ins, nia = {"system": "urn:ins", "value": "1"}, {"system": "urn:nia"}
    assert found(judged(patient(identifier=[ins, nia]), both)) == []
    assert found(judged(patient(identifier=[nia, ins]), both)) == [("Patient.identifier[1]", "Patient.identifier")]


def test_others_come_last_when_the_slicing_is_open_at_its_end() -> None:
    ins = profile("Patient", *sliced("Patient.identifier", BY_SYSTEM, *INS, rules="openAtEnd"))
    one, other = {"system": "urn:ins", "value": "1"}, {"system": "urn:autre"}
    assert found(judged(patient(identifier=[one, other]), ins)) == []
    assert found(judged(patient(identifier=[other, one]), ins)) == [("Patient.identifier[1]", "Patient.identifier")]


def test_a_slice_is_told_by_a_pattern() -> None:
    nh = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "NH"}]}
    slices = [
        {"id": "Patient.identifier:nir", "min": 1, "max": "1"},
        {
            "id": "Patient.identifier:nir.type",
            "min": 1,
            "type": [{"code": "CodeableConcept"}],
            "patternCodeableConcept": nh,
        },
    ]
    asks = profile("Patient", *sliced("Patient.identifier", {"type": "pattern", "path": "type"}, *slices))
    assert found(judged(patient(identifier=[{"type": {**nh, "text": "NIR"}, "value": "1"}]), asks)) == []
    assert found(judged(patient(identifier=[{"type": {"text": "NIR"}, "value": "1"}]), asks)) != []


def test_a_slice_is_told_by_what_is_fixed_below_its_discriminator() -> None:
    slices = [
        {"id": "Observation.category:vs", "min": 1, "max": "1"},
        {"id": "Observation.category:vs.coding", "min": 1, "type": [{"code": "Coding"}]},
        {"id": "Observation.category:vs.coding.code", "min": 1, "type": [{"code": "code"}], "fixedCode": "vital-signs"},
    ]
    asks = profile("Observation", *sliced("Observation.category", {"type": "value", "path": "coding.code"}, *slices))
    assert found(judged(observation(category=[{"coding": [{"code": "vital-signs"}]}]), asks)) == []
    assert found(judged(observation(category=[{"coding": [{"code": "exam"}]}]), asks)) == [
        ("Observation.category", "Observation.category:vs")
    ]


def test_a_slice_is_told_by_the_presence_of_an_element() -> None:
    slices = [
        {"id": "Patient.name:ancien", "min": 1, "max": "1"},
        {"id": "Patient.name:ancien.period", "min": 1, "type": [{"code": "Period"}]},
    ]
    asks = profile("Patient", *sliced("Patient.name", {"type": "exists", "path": "period"}, *slices))
    assert found(judged(patient(name=[{"family": "A"}, {"family": "B", "period": {"end": "2020"}}]), asks)) == []
    assert found(judged(patient(name=[{"family": "A"}]), asks)) == [("Patient.name", "Patient.name:ancien")]


def test_a_slice_is_told_by_a_type() -> None:
    slices = [
        {"id": "Bundle.entry:patient", "min": 1, "max": "1"},
        {"id": "Bundle.entry:patient.resource", "min": 1, "type": [{"code": "Patient"}]},
    ]
    asks = profile("Bundle", *sliced("Bundle.entry", {"type": "type", "path": "resource"}, *slices))
    one = {"fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "resource": patient(active=True)}
    assert found(judged({"resourceType": "Bundle", "type": "collection", "entry": [one]}, asks)) == []
    other = {**one, "resource": observation()}
    assert found(judged({"resourceType": "Bundle", "type": "collection", "entry": [other]}, asks)) == [
        ("Bundle.entry", "Bundle.entry:patient")
    ]


def test_a_slice_is_told_by_a_profile() -> None:
    ins = profile("Identifier", {"id": "Identifier.system", "min": 1, "fixedUri": "urn:ins"}, name="ins")
    slices = [
        {
            "id": "Patient.identifier:ins",
            "min": 1,
            "max": "1",
            "type": [{"code": "Identifier", "profile": [ins["url"]]}],
        }
    ]
    asks = profile("Patient", *sliced("Patient.identifier", {"type": "profile", "path": "$this"}, *slices))
    assert found(judged(patient(identifier=[{"system": "urn:ins", "value": "1"}]), asks, ins)) == []
    assert found(judged(patient(identifier=[{"system": "urn:autre"}]), asks, ins)) == [
        ("Patient.identifier", "Patient.identifier:ins")
    ]


def test_a_slice_is_told_by_the_resource_that_a_reference_leads_to() -> None:
    slices = [
        {
            "id": "Observation.performer:organisation",
            "min": 1,
            "max": "1",
            "type": [{"code": "Reference", "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Organization"]}],
        }
    ]
    asks = profile("Observation", *sliced("Observation.performer", {"type": "type", "path": "resolve()"}, *slices))
    held = [{"resourceType": "Organization", "id": "o", "name": "CHU"}]
    assert found(judged(observation(contained=held, performer=[{"reference": "#o"}]), asks)) == []
    held = [{"resourceType": "Practitioner", "id": "o"}]
    assert found(judged(observation(contained=held, performer=[{"reference": "#o"}]), asks)) == [
        ("Observation.performer", "Observation.performer:organisation")
    ]


TYPES = [
    {
        "id": f"Patient.generalPractitioner:{name}",
        "min": least,
        "max": "1",
        "type": [{"code": "Reference", "targetProfile": [url]}],
    }
    for name, least, url in [
        ("organisation", 0, "http://hl7.org/fhir/StructureDefinition/Organization"),
        ("praticien", 1, "http://hl7.org/fhir/StructureDefinition/Practitioner"),
    ]
]


def test_a_slice_is_told_by_the_type_that_a_reference_says_when_the_resource_is_elsewhere() -> None:
    by_type = {"type": "type", "path": "resolve()"}
    asks = profile("Patient", *sliced("Patient.generalPractitioner", by_type, *TYPES, rules="closed"))
    elsewhere = [{"reference": "Organization/1"}, {"reference": "https://x.test/fhir/Practitioner/2"}]
    assert found(judged(patient(generalPractitioner=elsewhere), asks)) == []
    named = {"type": "Practitioner", "identifier": {"value": "1"}}
    assert found(judged(patient(generalPractitioner=[named]), asks)) == []
    assert found(judged(patient(generalPractitioner=[named, {"reference": "PractitionerRole/1"}]), asks)) == [
        ("Patient.generalPractitioner[1]", "Patient.generalPractitioner")
    ]
    assert found(judged(patient(generalPractitioner=[{"reference": "Organization/1"}]), asks)) == [
        ("Patient.generalPractitioner", "Patient.generalPractitioner:praticien")
    ]


@pytest.mark.parametrize(
    "reference",
    [{"type": 5}, {"reference": 5}, {"reference": ""}, {"identifier": 5}, {"type": "Zut"}, {"reference": "#zut"}, 5],
)
def test_a_malformed_reference_is_told_by_its_structure_whatever_the_slices(reference: Any) -> None:
    by_type = {"type": "type", "path": "resolve()"}
    asks = profile("Patient", *sliced("Patient.generalPractitioner", by_type, *TYPES))
    assert judged(patient(generalPractitioner=[reference]), asks).issues


@pytest.mark.parametrize("kind", [5, {}, []])
def test_a_contained_resource_of_no_type_is_told_by_its_structure(kind: Any) -> None:
    by_type = {"type": "type", "path": "resolve()"}
    asks = profile("Patient", *sliced("Patient.generalPractitioner", by_type, *TYPES))
    held = [{"resourceType": kind, "id": "x"}]
    assert found(judged(patient(contained=held, generalPractitioner=[{"reference": "#x"}]), asks))
    assert found(judged(patient(contained=held, managingOrganization={"reference": "#x"})))


def test_a_quantity_whose_value_is_no_number_is_told_by_its_structure() -> None:
    low = {"value": "peu", "system": "http://unitsofmeasure.org", "code": "kg"}
    report = judged(observation(valueRange={"low": low, "high": {**low, "value": 2}}))
    assert found(report)[0][0] == "Observation.value.low.value"


def test_what_a_reference_leads_to_elsewhere_is_in_no_slice_for_certain() -> None:
    named = profile("Organization", {"id": "Organization.name", "min": 1}, name="nommee")
    entry = {"code": "Reference", "targetProfile": [named["url"]]}
    slice_ = {"id": "Patient.generalPractitioner:nommee", "min": 1, "max": "1", "type": [entry]}
    by_profile = {"type": "profile", "path": "resolve()"}
    asks = profile("Patient", *sliced("Patient.generalPractitioner", by_profile, slice_, rules="closed"))
    report = judged(patient(generalPractitioner=[{"reference": "Organization/1"}]), asks, named)
    assert found(report) == []
    assert found(report, "warning") == [("Patient.generalPractitioner[0]", "Patient.generalPractitioner")]
    report = judged(patient(generalPractitioner=[{"reference": "Practitioner/1"}]), asks, named)
    assert ("Patient.generalPractitioner[0]", "Patient.generalPractitioner") in found(report)


def test_a_choice_is_sliced_by_type() -> None:
    slicing = {"discriminator": [{"type": "type", "path": "$this"}], "rules": "closed"}
    asks = profile(
        "Observation",
        {"id": "Observation.value[x]", "slicing": slicing},
        {"id": "Observation.value[x]:valueQuantity", "min": 0, "max": "1", "type": [{"code": "Quantity"}]},
        {"id": "Observation.value[x]:valueQuantity.unit", "min": 1, "max": "1", "type": [{"code": "string"}]},
    )
    assert found(judged(observation(valueQuantity={"value": 1, "unit": "kg"}), asks)) == []
    assert found(judged(observation(valueQuantity={"value": 1}), asks)) == [
        ("Observation.value.unit", "Observation.value[x]:valueQuantity.unit")
    ]
    assert found(judged(observation(valueString="1 kg"), asks)) == [("Observation.value", "Observation.value[x]")]


def test_a_slice_is_sliced_again() -> None:
    asks = profile(
        "Patient",
        *sliced("Patient.identifier", BY_SYSTEM, *INS[:2]),
        {
            "id": "Patient.identifier:ins",
            "max": "*",
            "slicing": {"discriminator": [{"type": "value", "path": "use"}], "rules": "open"},
        },
        {"id": "Patient.identifier:ins/officiel", "min": 1, "max": "1"},
        {"id": "Patient.identifier:ins/officiel.use", "min": 1, "type": [{"code": "code"}], "fixedCode": "official"},
    )
    one = {"system": "urn:ins"}
    assert found(judged(patient(identifier=[{**one, "use": "official"}, one]), asks)) == []
    assert found(judged(patient(identifier=[one, one]), asks)) == [
        ("Patient.identifier", "Patient.identifier:ins/officiel")
    ]


def test_a_slicing_that_cannot_be_read_is_told_not_passed_over() -> None:
    asks = profile(
        "Patient", {"id": "Patient.name", "slicing": {"rules": "open"}}, {"id": "Patient.name:usuel", "min": 1}
    )
    report = judged(patient(name=[{"family": "A"}]), asks)
    assert found(report) == []
    assert found(report, "warning") == [("Patient.name[0]", "Patient.name")]


# --- bad definitions --------------------------------------------------------------------------------------------------


def test_circular_profiles_end() -> None:
    one = profile(
        "Patient",
        {
            "id": "Patient.link.other",
            "type": [{"code": "Reference", "targetProfile": ["https://exemple.test/StructureDefinition/b"]}],
        },
        name="a",
    )
    other = profile(
        "Patient",
        {
            "id": "Patient.link.other",
            "type": [{"code": "Reference", "targetProfile": ["https://exemple.test/StructureDefinition/a"]}],
        },
        name="b",
    )
    entries = [
        {
            "fullUrl": f"https://x.test/Patient/{n}",
            "resource": patient(
                id=n, link=[{"other": {"reference": f"Patient/{m}"}, "type": "seealso"}], meta={"profile": [one["url"]]}
            ),
        }
        for n, m in (("1", "2"), ("2", "1"))
    ]
    report = judged({"resourceType": "Bundle", "type": "collection", "entry": entries}, one, other)
    assert found(report) == []


def test_a_type_that_profiles_itself_ends() -> None:
    extension = "https://exemple.test/StructureDefinition/boucle"
    loop = profile(
        "Extension",
        {"id": "Extension.extension", "type": [{"code": "Extension", "profile": [extension]}]},
        name="boucle",
    )
    nested: Json = {
        "url": extension,
        "extension": [{"url": extension, "extension": [{"url": extension, "valueString": "x"}]}],
    }
    judged(patient(extension=[nested]), loop)


def test_a_structure_without_snapshot_is_told() -> None:
    bare = {**profile("Patient"), "snapshot": {}}
    assert found(judged(patient(active=True), bare)) == [("Patient", "FHIR R4 profiling.html")]
