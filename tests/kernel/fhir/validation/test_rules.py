"""Invariants, bindings, references, extensions, ids: what a validation tells beside the elements themselves."""

from typing import Any

import pytest
from tests.kernel.fhir.samples import synthea_bundles
from tests.kernel.fhir.validation.profiles import URL, found, judged, profile

from socle.kernel.fhir.validation import CoreCodes, Shelf, validate
from socle.kernel.outcome import Issue, Kind, Problem

Json = dict[str, Any]
R4 = "http://hl7.org/fhir/StructureDefinition/"


def patient(**members: Any) -> Json:
    return {"resourceType": "Patient", **members}


def observation(**members: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "pouls"}, **members}


# --- invariants -----------------------------------------------------------------------------------------------------


def test_the_invariants_of_the_base_types_are_checked() -> None:
    report = judged(
        patient(contact=[{"gender": "male"}], identifier=[{"value": "1", "period": {"start": "2021", "end": "2020"}}])
    )
    assert found(report) == [("Patient.contact[0]", "pat-1"), ("Patient.identifier[0].period", "per-1")]


def test_dates_of_different_precision_are_not_out_of_order() -> None:
    assert found(judged(patient(identifier=[{"value": "1", "period": {"start": "2020-05-02", "end": "2020"}}]))) == []


def test_rules_that_were_published_with_a_mistake_do_not_refuse_what_is_right() -> None:
    asked = {"question": "a", "operator": "exists", "answerBoolean": True}
    item = {"linkId": "b", "type": "string", "text": "b", "enableWhen": [asked]}
    form = {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "a", "type": "string"}, item]}
    assert found(judged(form)) == []
    wrong = {**asked, "answerBoolean": ..., "answerString": "x"}
    item["enableWhen"] = [{name: value for name, value in wrong.items() if value is not ...}]
    assert [rule for _, rule in found(judged(form))] == ["que-7"]
    assert [rule for _, rule in found(judged({**form, "name": "un nom"}), "warning")] == ["que-0"]
    assert found(judged(form), "warning") == []
    risk = {"status": "final", "subject": {"display": "x"}, "prediction": [{"qualitativeRisk": {"text": "moderate"}}]}
    assert found(judged({"resourceType": "RiskAssessment", **risk})) == []


RULE = {"key": "essai-1", "severity": "error", "human": "Le nom a une famille.", "expression": "family.exists()"}


def test_a_profile_states_its_own_invariants_in_its_own_words() -> None:
    asks = profile("Patient", {"id": "Patient.name", "constraint": [{**RULE, "source": URL + "essai"}]})
    report = judged(patient(name=[{"family": "A"}, {"text": "B"}]), asks)
    assert found(report) == [("Patient.name[1]", "essai-1")]
    assert "Le nom a une famille" in report.issues[0].text.en
    assert report.issues[0].rule == URL + "essai#essai-1"


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (
            {"resourceType": "Group", "type": "person", "actual": False, "member": [{"entity": {"display": "x"}}]},
            "actual",
        ),
        (
            {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "type": "group"}]},
            "a group has items",
        ),
        (
            {"resourceType": "ValueSet", "status": "draft", "compose": {"include": [{"concept": [{"code": "a"}]}]}},
            "add system",
        ),
        (
            {"resourceType": "InsurancePlan", "status": "draft"},
            "at least an identifier or a name",
        ),
    ],
)
def test_an_invariant_of_r4_is_said_in_words_that_tell_what_to_change(resource: Json, said: str) -> None:
    told = [one.text.en for one in judged(resource).issues if one.severity == "error"]
    assert any(said in one for one in told)
    assert not any("this expression must be true" in one for one in told)


def test_an_invariant_may_be_a_warning() -> None:
    asks = profile("Patient", {"id": "Patient.name", "constraint": [{**RULE, "severity": "warning"}]})
    report = judged(patient(name=[{"text": "B"}]), asks)
    assert report.valid
    assert found(report, "warning") == [("Patient.name[0]", "essai-1")]


@pytest.mark.parametrize(
    "expression", ["family.lapin(", "family.matches('(a+)+$')", "(1 | 2 | 3).repeat($this + 1).exists()"]
)
def test_a_rule_that_cannot_be_evaluated_is_told(expression: str) -> None:
    asks = profile("Patient", {"id": "Patient.name", "constraint": [{**RULE, "expression": expression}]})
    report = judged(patient(name=[{"family": "a" * 40 + "!"}]), asks)
    assert ("Patient.name[0]", "essai-1") in found(report, "error", "warning", "information")


# --- bindings -------------------------------------------------------------------------------------------------------


def test_a_code_outside_of_a_required_value_set_is_an_error() -> None:
    asks = profile(
        "Patient",
        {
            "id": "Patient.maritalStatus",
            "binding": {"strength": "required", "valueSet": "http://hl7.org/fhir/ValueSet/marital-status"},
        },
    )
    system = "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus"
    assert found(judged(patient(maritalStatus={"coding": [{"system": system, "code": "M"}]}), asks)) == []
    other = {"coding": [{"system": "http://hl7.org/fhir/name-use", "code": "usual"}]}
    assert found(judged(patient(maritalStatus=other), asks)) == [("Patient.maritalStatus", "Patient.maritalStatus")]
    assert found(judged(patient(maritalStatus={"text": "marié"}), asks)) == [
        ("Patient.maritalStatus", "Patient.maritalStatus")
    ]


@pytest.mark.parametrize(("strength", "severity"), [("extensible", "warning"), ("preferred", "information")])
def test_weaker_bindings_are_told_more_softly(strength: str, severity: str) -> None:
    value_set = "http://hl7.org/fhir/ValueSet/marital-status"
    asks = profile("Patient", {"id": "Patient.maritalStatus", "binding": {"strength": strength, "valueSet": value_set}})
    other = {"coding": [{"system": "http://hl7.org/fhir/name-use", "code": "usual"}]}
    report = judged(patient(maritalStatus=other), asks)
    assert report.valid
    assert ("Patient.maritalStatus", "Patient.maritalStatus") in found(report, severity)
    assert found(judged(patient(maritalStatus={"text": "marié"}), asks), severity) == []


def test_the_largest_value_set_is_required_even_when_it_is_the_value_set() -> None:
    url = "http://hl7.org/fhir/ValueSet/administrative-gender"
    largest = {"url": R4 + "elementdefinition-maxValueSet", "valueCanonical": url}
    binding = {"strength": "extensible", "valueSet": url, "extension": [largest]}
    asks = profile("Observation", {"id": "Observation.method", "binding": binding})
    system = "http://hl7.org/fhir/observation-status"
    report = judged(observation(method={"coding": [{"system": system, "code": "final"}]}), asks)
    assert found(report) == [("Observation.method", "Observation.method")]
    assert found(report, "warning") == []


@pytest.mark.parametrize(("language", "good"), [("text/cql", True), ("text/x-mine", True), ("cql", False)])
def test_the_language_of_an_expression_is_a_media_type(language: str, good: bool) -> None:
    condition = {"kind": "applicability", "expression": {"language": language, "expression": "true"}}
    plan = {"resourceType": "PlanDefinition", "status": "draft", "action": [{"condition": [condition]}]}
    assert [one for one in found(judged(plan), "error") if "language" in one[0]] == (
        [] if good else [("PlanDefinition.action[0].condition[0].expression.language", "Expression.language")]
    )
    assert not any("could not" in one.text.en or "not checked" in one.text.en for one in judged(plan).issues)


def test_a_code_that_could_not_be_checked_is_told_with_all_its_places() -> None:
    snomed = {"coding": [{"system": "http://snomed.info/sct", "code": "123"}]}
    report = judged(observation(bodySite=snomed, method=snomed))
    unchecked = [one for one in report.issues if one.code == "not-found" and one.rule.endswith("#Coding")]
    assert len(unchecked) == 1
    assert unchecked[0].severity == "information"
    assert unchecked[0].expression == ("Observation.bodySite.coding[0]", "Observation.method.coding[0]")
    assert "socle fhir install" in unchecked[0].text.fr


def test_a_required_code_that_could_not_be_checked_is_a_warning() -> None:
    binding = {"strength": "required", "valueSet": "https://exemple.test/ValueSet/inconnu"}
    report = judged(
        observation(bodySite={"coding": [{"system": "urn:x", "code": "1"}]}),
        profile("Observation", {"id": "Observation.bodySite", "binding": binding}),
    )
    assert ("Observation.bodySite", "Observation.bodySite") in found(report, "warning")


def test_an_unknown_code_of_a_system_of_fhir_is_an_error() -> None:
    coding = {"system": "http://hl7.org/fhir/name-use", "code": "lapin"}
    assert found(judged(patient(meta={"tag": [coding]}))) == [("Patient.meta.tag[0]", "Coding")]


def test_the_codes_that_a_value_set_lists_are_those_of_their_system() -> None:
    def listing(*codes: str, system: str = "http://hl7.org/fhir/name-use", part: str = "include") -> list[Issue]:
        lists = [{"system": system, "concept": [{"code": code} for code in codes]}]
        value_set = {"resourceType": "ValueSet", "status": "active", "compose": {"include": lists, part: lists}}
        return [one for one in judged(value_set).issues if "compose" in "".join(one.expression)]

    assert listing("official", "maiden") == []
    [wrong] = listing("official", "lapin")
    assert (wrong.severity, wrong.code) == ("warning", "code-invalid")
    assert wrong.expression == ("ValueSet.compose.include[0].concept[1].code",)
    assert [one.expression[0] for one in listing("lapin", part="exclude")] == [
        "ValueSet.compose.include[0].concept[0].code",
        "ValueSet.compose.exclude[0].concept[0].code",
    ]
    [unchecked] = listing("123", "456", system="http://snomed.info/sct")
    assert (unchecked.severity, len(unchecked.expression)) == ("information", 2)


def test_value_sets_of_packages_are_read() -> None:
    system = {
        "resourceType": "CodeSystem",
        "url": "urn:cs",
        "content": "complete",
        "concept": [{"code": "a", "concept": [{"code": "b"}]}, {"code": "c"}],
    }
    value_set = {
        "resourceType": "ValueSet",
        "url": "urn:vs",
        "compose": {"include": [{"system": "urn:cs"}], "exclude": [{"system": "urn:cs", "concept": [{"code": "c"}]}]},
    }
    codes = CoreCodes(Shelf([system, value_set]))
    asks = profile(
        "Observation", {"id": "Observation.bodySite", "binding": {"strength": "required", "valueSet": "urn:vs"}}
    )

    def errors(code: str) -> list[tuple[str, str]]:
        resource = observation(bodySite={"coding": [{"system": "urn:cs", "code": code}]})
        return found(validate(resource, Shelf([asks]), codes, profiles=[asks["url"]]))

    assert errors("d") == [("Observation.bodySite.coding[0]", "Coding")]


def test_languages_units_and_media_types_are_judged_by_their_grammar() -> None:
    good = observation(
        language="fr-FR",
        valueQuantity={"value": 1, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    )
    assert found(judged(good), "error", "warning") == []
    assert ("Observation.language", "Observation.language") in found(
        judged(observation(language="du français")), "error", "warning"
    )


# --- references -----------------------------------------------------------------------------------------------------


def test_a_reference_leads_to_the_profile_that_is_asked_for() -> None:
    active = profile("Organization", {"id": "Organization.active", "min": 1}, name="active")
    asks = profile(
        "Patient",
        {"id": "Patient.managingOrganization", "type": [{"code": "Reference", "targetProfile": [active["url"]]}]},
    )

    def errors(**organization: Any) -> list[tuple[str, str]]:
        held = [{"resourceType": "Organization", "id": "o", "name": "CHU", **organization}]
        return found(judged(patient(contained=held, managingOrganization={"reference": "#o"}), asks, active))

    assert errors(active=True) == []
    assert errors() == [("Patient.managingOrganization", "Patient.managingOrganization")]


def test_a_reference_that_cannot_be_followed_is_judged_by_its_type() -> None:
    active = profile("Organization", name="active")
    asks = profile(
        "Patient",
        {"id": "Patient.generalPractitioner", "type": [{"code": "Reference", "targetProfile": [active["url"]]}]},
    )
    assert found(judged(patient(generalPractitioner=[{"reference": "Organization/1"}]), asks, active)) == []
    assert found(judged(patient(generalPractitioner=[{"reference": "Practitioner/1"}]), asks, active)) == [
        ("Patient.generalPractitioner[0]", "Patient.generalPractitioner")
    ]


def test_a_type_that_r4_does_not_allow_is_told_wherever_it_is_read() -> None:
    practitioner = [{"resourceType": "Practitioner", "id": "p"}]
    wrong = [("Observation.subject", "Observation.subject")]
    assert found(judged(observation(contained=practitioner, subject={"reference": "#p"}))) == wrong
    named = {"identifier": {"system": "urn:x", "value": "1"}}
    assert found(judged(observation(subject={"type": "Practitioner", **named}))) == wrong
    assert found(judged(observation(subject={"type": "Patient", **named}))) == []
    assert found(judged(observation(contained=practitioner, performer=[{"reference": "#p"}]))) == []


def test_the_way_a_target_is_given_may_be_imposed() -> None:
    entry = {"code": "Reference", "targetProfile": [R4 + "Organization"], "aggregation": ["contained"]}
    asks = profile("Patient", {"id": "Patient.managingOrganization", "type": [entry]})
    held = [{"resourceType": "Organization", "id": "o", "name": "CHU"}]
    assert found(judged(patient(contained=held, managingOrganization={"reference": "#o"}), asks)) == []
    assert found(judged(patient(managingOrganization={"reference": "Organization/1"}), asks)) == [
        ("Patient.managingOrganization", "Patient.managingOrganization")
    ]


# --- contained ------------------------------------------------------------------------------------------------------


def test_what_is_contained_is_referred_to() -> None:
    held = [{"resourceType": "Organization", "id": "o", "name": "CHU"}]
    assert found(judged(patient(contained=held))) == [("Patient.contained[0]", "dom-3")]


def test_what_is_contained_has_an_id_of_its_own() -> None:
    one = {"resourceType": "Organization", "id": "o", "name": "CHU"}
    link = {"reference": "#o"}
    assert found(judged(patient(contained=[one, one], managingOrganization=link))) == [
        ("Patient.contained[1].id", "contained")
    ]
    assert ("Patient.contained[0]", "contained") in found(
        judged(patient(contained=[{"resourceType": "Organization", "name": "CHU"}]))
    )


def test_what_is_contained_is_checked_too() -> None:
    held = [{"resourceType": "Organization", "id": "o"}]
    assert found(judged(patient(contained=held, managingOrganization={"reference": "#o"}))) == [
        ("Patient.contained[0]", "org-1")
    ]


def test_ids_of_elements_differ() -> None:
    assert found(judged(patient(name=[{"id": "a", "family": "A"}, {"id": "a", "family": "B"}]))) == [
        ("Patient.name[1].id", "id")
    ]


def test_a_value_set_is_no_system() -> None:
    own = {"resourceType": "ValueSet", "status": "draft", "url": "https://exemple.test/vs"}
    for url in ("http://hl7.org/fhir/ValueSet/name-use", own["url"]):
        coded = patient(maritalStatus={"coding": [{"system": url, "code": "usual"}]})
        assert found(judged(coded, own)) == [("Patient.maritalStatus.coding[0].system", "Coding")]


def test_the_national_identifiers_of_each_country_are_of_a_kind_that_is_known() -> None:
    system = "http://terminology.hl7.org/CodeSystem/v2-0203"
    kinds = {"resourceType": "CodeSystem", "status": "active", "url": system, "content": "complete"}
    kinds["concept"] = [{"code": "NNxxx"}]
    for code, good in (("NNFRA", True), ("NNfra", False), ("NNFRAN", False)):
        identifier = {"type": {"coding": [{"system": system, "code": code}]}, "value": "1"}
        wrong = [] if good else [("Patient.identifier[0].type.coding[0]", "Coding")]
        assert found(judged(patient(identifier=[identifier]), kinds)) == wrong


# --- extensions -----------------------------------------------------------------------------------------------------


def test_an_extension_conforms_to_its_definition() -> None:
    place = {"url": R4 + "patient-birthPlace", "valueAddress": {"city": "Tours"}}
    assert found(judged(patient(extension=[place]))) == []
    assert found(judged(patient(extension=[{"url": place["url"], "valueString": "Tours"}]))) == [
        ("Patient.extension[0].value", "Extension.value[x]")
    ]


def test_a_complex_extension_has_the_parts_of_its_definition() -> None:
    parts = [{"url": "code", "valueCodeableConcept": {"text": "FR"}}]
    nationality = {"url": R4 + "patient-nationality", "extension": parts}
    assert found(judged(patient(extension=[nationality]))) == []
    parts.append({"url": "pays", "valueCodeableConcept": {"text": "FR"}})
    assert found(judged(patient(extension=[nationality]))) == [
        ("Patient.extension[0].extension[1].url", "FHIR R4 extensibility.html")
    ]


def test_an_extension_stands_where_it_may() -> None:
    time = {"url": R4 + "patient-birthTime", "valueDateTime": "1980-01-01T10:00:00+01:00"}
    assert found(judged(patient(birthDate="1980-01-01", _birthDate={"extension": [time]}))) == []
    assert found(judged(patient(extension=[time]))) == [("Patient.extension[0]", "context")]


def test_an_extension_for_whatever_is_published_may_stand_there() -> None:
    url = "https://exemple.test/maturite"
    context = [{"type": "element", "expression": "CanonicalResource"}]
    asks = profile("Extension", name="maturite", context=context) | {"url": url, "type": "Extension"}
    mature = {"url": url, "valueString": "a"}
    value_set = {"resourceType": "ValueSet", "status": "draft", "extension": [mature]}
    shelf = Shelf([asks])
    assert found(validate(value_set, shelf, CoreCodes(shelf))) == []
    assert found(validate(patient(extension=[mature]), shelf, CoreCodes(shelf))) == [
        ("Patient.extension[0]", "context")
    ]


def test_an_unknown_extension_is_told_an_unknown_modifier_more_loudly() -> None:
    unknown = {"url": "https://exemple.test/inconnue", "valueBoolean": True}
    report = judged(patient(extension=[unknown]))
    assert report.valid
    assert ("Patient.extension[0]", "FHIR R4 extensibility.html") in found(report, "information")
    assert found(judged(patient(modifierExtension=[unknown])), "warning") == [
        ("Patient.modifierExtension[0]", "FHIR R4 extensibility.html")
    ]


def test_an_extension_that_changes_the_meaning_is_written_as_such() -> None:
    modifier = profile(
        "Extension",
        {"id": "Extension", "isModifier": True},
        {"id": "Extension.url", "fixedUri": URL + "nie"},
        name="nie",
        context=[{"type": "element", "expression": "Element"}],
    )
    one = {"url": URL + "nie", "valueBoolean": True}
    assert found(judged(patient(modifierExtension=[one]), modifier)) == []
    assert found(judged(patient(extension=[one]), modifier)) == [("Patient.extension[0]", "FHIR R4 extensibility.html")]


def test_what_an_unknown_extension_holds_is_checked_by_its_type() -> None:
    unknown = {"url": "https://exemple.test/inconnue", "valuePeriod": {"start": "2021", "end": "2020"}}
    assert found(judged(patient(extension=[unknown]))) == [("Patient.extension[0].value", "per-1")]


# --- profiles -------------------------------------------------------------------------------------------------------


def test_the_profiles_that_a_resource_claims_are_applied() -> None:
    mandatory = profile("Patient", {"id": "Patient.birthDate", "min": 1})
    report = validate(patient(meta={"profile": [mandatory["url"] + "|1.0"]}), Shelf([mandatory]), CoreCodes())
    assert found(report) == [("Patient.birthDate", "Patient.birthDate")]
    assert report.profiles == (mandatory["url"],)


def test_an_unknown_profile_is_told_and_the_base_type_applied() -> None:
    report = judged(patient(meta={"profile": ["https://exemple.test/inconnu"]}, contact=[{"gender": "male"}]))
    assert found(report) == [("Patient.contact[0]", "pat-1")]
    assert found(report, "warning") == [("Patient.meta.profile", "FHIR R4 profiling.html")]
    assert report.unknown == ("https://exemple.test/inconnu",)


def test_a_profile_that_answers_for_another_version_is_told() -> None:
    held = profile("Patient", name="tenu")
    report = validate(patient(active=True), Shelf([held]), CoreCodes(), profiles=(held["url"] + "|9.9",))
    assert found(report, "warning") == [("Patient", "resources")]
    assert "1.0" in report.issues[0].text.en


def test_a_profile_that_is_held_and_cannot_be_used_is_not_said_to_be_unknown() -> None:
    class Circle(Shelf):
        def problem(self, canonical: str) -> Problem | None:
            return Problem.of(Kind.INVALID, "En cercle : a → b → a.", "In a circle: a → b → a.")

    report = validate(patient(active=True), Circle(), CoreCodes(), profiles=("https://exemple.test/a",))
    [issue] = [one for one in report.issues if one.rule == "FHIR R4 profiling.html"]
    assert "In a circle: a → b → a." in issue.text.en
    assert "install" not in issue.text.en


def test_a_profile_made_for_another_type_is_refused() -> None:
    other = profile("Organization")
    assert found(judged(patient(active=True), other, claims=(other["url"],))) == [("Patient", "resources")]


# --- whatever comes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", [None, [], "x", {}, {"resourceType": "Lapin"}, {"resourceType": ["Patient"]}])
def test_what_is_no_resource_is_told(resource: Any) -> None:
    assert not validate(resource, Shelf(), CoreCodes()).valid


def test_a_wrong_structure_does_not_hide_the_rest() -> None:
    report = judged(patient(naissance="1980", contact=[{"gender": "male"}]))
    assert found(report) == [("Patient.naissance", "FHIR R4 json.html"), ("Patient.contact[0]", "pat-1")]


def test_synthea_has_no_error_by_the_base_types() -> None:
    from socle.kernel.fhir.json import parse

    shelf, codes = Shelf(), CoreCodes()
    for name, text in synthea_bundles(2):
        assert found(validate(parse(text), shelf, codes)) == [], name
