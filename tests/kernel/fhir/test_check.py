"""What R4 allows is accepted; what it forbids is refused, at its place, with what to do."""

import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from tests.kernel.fhir.samples import Json, observation, patient, synthea_bundles

from socle.kernel.fhir.check import check
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Issue, Kind, Problem

DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'


def issues(resource: Any, **how: Any) -> tuple[Issue, ...]:
    with pytest.raises(Problem) as caught:
        check(resource, **how)
    assert caught.value.kind is Kind.INVALID
    return caught.value.issues


def fault(resource: Any, **how: Any) -> tuple[str, str]:
    """(expression, code) of the only issue."""
    (issue,) = issues(resource, **how)
    assert issue.text.fr != issue.text.en
    assert issue.rule.startswith("FHIR R4")
    (expression,) = issue.expression
    return expression, issue.code


def extension(**changes: Any) -> Json:
    return {"url": "https://example.org/e", "valueString": "x", **changes}


# --- accepted ------------------------------------------------------------------------------------------------------


def test_legal_resources_are_accepted() -> None:
    check(patient())
    check(observation(), expected_type="Observation")


def test_every_synthea_resource_is_accepted() -> None:
    for _, text in synthea_bundles(12):
        check(parse(text))


def test_unknown_but_legal_extensions_are_accepted_anywhere() -> None:
    check(
        patient(
            extension=[
                extension(),
                extension(valueString=..., valueMoney={"value": Decimal("1.10"), "currency": "EUR"}),
            ]
            and [extension()],
            modifierExtension=[extension()],
            _birthDate={"extension": [extension()]},
            name=[{"family": "X", "_family": {"extension": [extension()]}, "extension": [extension()]}],
            _deceasedBoolean={"id": "d", "extension": [extension()]},
        )
    )


def test_a_null_holds_the_place_of_a_value_that_has_only_an_extension() -> None:
    check(patient(name=[{"given": ["Anne", None], "_given": [None, {"extension": [extension()]}]}]))
    check(patient(name=[{"given": ["Anne"], "_given": [None]}]))
    check(patient(name=[{"given": [None] * 80, "_given": [{"extension": [extension()]}] * 80}]))


def test_extensions_stand_for_a_mandatory_value() -> None:
    check(observation(status=..., _status={"extension": [extension()]}))


@pytest.mark.parametrize(
    "reference",
    [
        "Organization/o1",
        "Organization/o1/_history/2",
        "https://example.org/fhir/Organization/o1",
        "https://example.org/x",
        "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
        "urn:oid:1.2.250.1.71",
    ],
)
def test_legal_forms_of_references_are_accepted(reference: str) -> None:
    check(patient(managingOrganization={"reference": reference}))


@pytest.mark.parametrize(
    "said", [{"display": "CHU"}, {"identifier": {"value": "1"}}, {"type": "Organization"}, {"extension": [extension()]}]
)
def test_a_reference_may_have_no_text(said: Json) -> None:
    check(patient(managingOrganization=said))


def test_a_contained_resource_may_be_referred_to() -> None:
    check(
        patient(
            contained=[{"resourceType": "Organization", "id": "o", "name": "CHU"}],
            managingOrganization={"reference": "#o"},
        )
    )


def test_a_narrative_may_hold_formatted_text() -> None:
    check(
        patient(text={"status": "generated", "div": f'{DIV}<p class="x">Anne&nbsp;&amp; <a href="#a">b</a></p></div>'})
    )


def test_a_search_may_stand_for_a_reference_in_a_transaction_only() -> None:
    found = patient(managingOrganization={"reference": "Organization?identifier=1"})
    entry = {"resource": found, "request": {"method": "POST", "url": "Patient"}}
    check({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    check(found, conditional_references=True)
    assert fault(found) == ("Patient.managingOrganization.reference", "value")
    stored = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": found}]}
    assert fault(stored) == ("Bundle.entry[0].resource.managingOrganization.reference", "value")


# --- structure -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expression", "code"),
    [
        ({"nme": []}, "Patient.nme", "structure"),
        ({"Name": []}, "Patient.Name", "structure"),
        ({"deceasedString": "x"}, "Patient.deceasedString", "structure"),
        ({"_name": [{"id": "x"}]}, "Patient.name", "structure"),
        ({"name": {"family": "X"}}, "Patient.name", "structure"),
        ({"name": []}, "Patient.name", "structure"),
        ({"name": [{}]}, "Patient.name[0]", "structure"),
        ({"name": [{"id": "x"}]}, "Patient.name[0]", "structure"),
        ({"name": [[{"family": "X"}]]}, "Patient.name[0]", "structure"),
        ({"name": ["X"]}, "Patient.name[0]", "structure"),
        ({"name": [None]}, "Patient.name[0]", "structure"),
        ({"name": [{"given": ["a", ""]}]}, "Patient.name[0].given[1]", "value"),
        ({"name": [{"given": ["a", None]}]}, "Patient.name[0].given[1]", "structure"),
        ({"name": [{"given": "a"}]}, "Patient.name[0].given", "structure"),
        ({"birthDate": ["1970"]}, "Patient.birthDate", "structure"),
        ({"birthDate": None}, "Patient.birthDate", "structure"),
        ({"birthDate": {"value": "1970"}}, "Patient.birthDate", "structure"),
        ({"active": "true"}, "Patient.active", "structure"),
        ({"_birthDate": {}}, "Patient.birthDate", "structure"),
        ({"_birthDate": [{"id": "x"}]}, "Patient.birthDate", "structure"),
        ({"name": [{"given": ["a"], "_given": [None, {"id": "x"}]}]}, "Patient.name[0].given", "structure"),
        ({"name": [{"_given": [None, {"id": "x"}]}]}, "Patient.name[0].given[0]", "structure"),
        ({"deceasedDateTime": "2020"}, "Patient.deceased", "structure"),
        ({"_deceasedDateTime": {"extension": [extension()]}}, "Patient.deceased", "structure"),
        ({"_birthDate": {"id": "x"}, "birthDate": ...}, "Patient.birthDate", "structure"),
        ({"link": [{"other": {"reference": "Patient/2"}}]}, "Patient.link[0].type", "required"),
        ({"communication": [{"preferred": True}]}, "Patient.communication[0].language", "required"),
        ({"extension": [{"url": "x"}]}, "Patient.extension[0]", "structure"),
        ({"extension": [extension(extension=[extension()])]}, "Patient.extension[0]", "structure"),
        ({"extension": [{"valueString": "x"}]}, "Patient.extension[0].url", "required"),
        ({"extension": [extension(valueCode="y")]}, "Patient.extension[0].value", "structure"),
        ({"managingOrganization": {}}, "Patient.managingOrganization", "structure"),
        ({"fhir_comments": ["x"]}, "Patient.fhir_comments", "structure"),
    ],
)
def test_a_wrong_structure_is_refused_at_its_place(changes: Json, expression: str, code: str) -> None:
    assert fault(patient(**changes)) == (expression, code)


def test_a_reference_to_what_is_not_contained_is_told_beside_other_faults() -> None:
    dangling = patient(birthDate="hier", managingOrganization={"reference": "#o"})
    assert {issue.expression for issue in issues(dangling)} == {
        ("Patient.birthDate",),
        ("Patient.managingOrganization.reference",),
    }


def test_a_missing_mandatory_element_is_refused() -> None:
    assert fault(observation(status=...)) == ("Observation.status", "required")
    assert {issue.expression for issue in issues({"resourceType": "Observation"})} == {
        ("Observation.status",),
        ("Observation.code",),
    }


def test_a_missing_mandatory_choice_is_refused() -> None:
    request = {"resourceType": "MedicationRequest", "status": "active", "intent": "order"}
    assert fault({**request, "subject": {"reference": "Patient/p1"}}) == ("MedicationRequest.medication", "required")


def test_a_name_close_to_another_is_suggested() -> None:
    (issue,) = issues(patient(adress=[]))
    assert issue.text.en == 'Patient.adress: "adress" does not exist in Patient; did you mean "address"?'
    assert issue.text.fr == "Patient.adress : « adress » n'existe pas dans Patient ; vouliez-vous dire « address » ?"


@pytest.mark.parametrize(
    ("resource", "expression"),
    [
        ({"id": "x"}, "resourceType"),
        ({"resourceType": "Patent"}, "resourceType"),
        ({"resourceType": 3}, "resourceType"),
        ({"resourceType": "DomainResource"}, "resourceType"),
        ({"resourceType": "HumanName", "family": "X"}, "resourceType"),
    ],
)
def test_a_resource_says_a_type_that_exists(resource: Json, expression: str) -> None:
    assert fault(resource)[0] == expression


def test_what_is_no_object_is_no_resource() -> None:
    for value in (None, 3, "Patient", [patient()]):
        (issue,) = issues(value)
        assert issue.expression == ()


def test_another_type_than_expected_is_refused() -> None:
    assert fault(patient(), expected_type="Observation") == ("Patient.resourceType", "structure")


# --- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expression"),
    [
        *(
            ({"birthDate": text}, "Patient.birthDate")
            for text in ("2023-02-30", "2023-13", "0000", "55-06-13", "1955/06/13")
        ),
        *(
            ({"birthDate": text}, "Patient.birthDate")
            for text in ("2023-02-29", "1955-06-13T00:00:00Z", "", "1955-6-13")
        ),
        *(({"id": text}, "Patient.id") for text in ("", "a/b", "a" * 65, "é", "a b", "a\n")),
        ({"deceasedBoolean": ..., "deceasedDateTime": "2020-01-01T10:00"}, "Patient.deceased"),
        ({"deceasedBoolean": ..., "deceasedDateTime": "2020-01-01T10:00:00"}, "Patient.deceased"),
        ({"deceasedBoolean": ..., "deceasedDateTime": "2020-02-30T10:00:00Z"}, "Patient.deceased"),
        ({"meta": {"lastUpdated": "2020-01-01"}}, "Patient.meta.lastUpdated"),
        ({"meta": {"lastUpdated": "2020-04-31T00:00:00Z"}}, "Patient.meta.lastUpdated"),
        ({"implicitRules": "a b"}, "Patient.implicitRules"),
        ({"language": " fr"}, "Patient.language"),
        ({"language": "f  r"}, "Patient.language"),
        ({"name": [{"family": "a\x00"}]}, "Patient.name[0].family"),
        ({"name": [{"family": "a" * 1_048_577}]}, "Patient.name[0].family"),
        ({"multipleBirthInteger": 2**31}, "Patient.multipleBirth"),
        ({"photo": [{"data": "abc"}]}, "Patient.photo[0].data"),
        ({"photo": [{"data": "YWJj!"}]}, "Patient.photo[0].data"),
        ({"photo": [{"size": -1}]}, "Patient.photo[0].size"),
        ({"telecom": [{"rank": 0}]}, "Patient.telecom[0].rank"),
        ({"extension": [extension(valueString=..., valueOid="urn:oid:3.1")]}, "Patient.extension[0].value"),
        ({"extension": [extension(valueString=..., valueUuid="urn:uuid:1")]}, "Patient.extension[0].value"),
        ({"extension": [extension(valueString=..., valueTime="24:00:00")]}, "Patient.extension[0].value"),
        ({"extension": [extension(valueString=..., valueDecimal=Decimal("1E999999"))]}, "Patient.extension[0].value"),
    ],
)
def test_a_wrong_format_is_refused(changes: Json, expression: str) -> None:
    if "extension" in changes:
        changes = {"extension": [{name: v for name, v in changes["extension"][0].items() if v is not ...}]}
    assert fault(patient(**changes)) == (expression, "value")


@pytest.mark.parametrize("value", ["3", 3.5, True, None, [1], {"value": 1}])
def test_a_decimal_is_a_json_number(value: Any) -> None:
    found = fault(observation(valueQuantity={"value": value}))
    assert found == ("Observation.value.value", "structure")


@pytest.mark.parametrize("value", [Decimal("3"), Decimal("2.5"), "3", True])
def test_an_integer_is_a_json_number_without_decimals(value: Any) -> None:
    assert fault(patient(multipleBirthInteger=value)) == ("Patient.multipleBirth", "structure")


def test_a_code_outside_its_closed_value_set_is_refused_with_the_possible_ones() -> None:
    (issue,) = issues(patient(gender="M"))
    assert (issue.expression, issue.code) == (("Patient.gender",), "code-invalid")
    assert "female, male, other, unknown" in issue.text.en


def test_a_concept_needs_one_coding_of_its_closed_value_set() -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    condition: Json = {"resourceType": "Condition", "subject": {"reference": "Patient/p1"}}
    other = {"system": "https://example.org", "code": "actif"}
    check({**condition, "clinicalStatus": {"coding": [other, {"system": system, "code": "active"}]}})
    for wrong in ({"coding": [other]}, {"coding": [{"system": system, "code": "actif"}]}, {"text": "actif"}):
        assert fault({**condition, "clinicalStatus": wrong}) == ("Condition.clinicalStatus", "code-invalid")


# --- references, contained resources, narratives, Bundles ----------------------------------------------------------


@pytest.mark.parametrize(
    "reference",
    [
        "Organization//1",
        "Organization",
        "/Organization/1",
        "Organization/1/2",
        "Organization/a b",
        "Organisation/1",
        "1",
        "Patient/1",
        "https://example.org/fhir/Patient/1",
        "urn:uuid:1",
        "urn:oid:x",
        "Organization/1/_history/",
        "a b",
    ],
)
def test_a_bad_reference_is_refused(reference: str) -> None:
    found = patient(managingOrganization={"reference": reference})
    assert fault(found) == ("Patient.managingOrganization.reference", "value")


def test_a_reference_to_a_contained_resource_that_is_not_there_is_refused() -> None:
    assert fault(patient(managingOrganization={"reference": "#o"})) == (
        "Patient.managingOrganization.reference",
        "not-found",
    )


def test_contained_resources_are_checked_and_do_not_nest() -> None:
    def with_contained(**changes: Any) -> Json:
        return patient(contained=[{"resourceType": "Organization", "id": "o", "name": "CHU", **changes}])

    check(with_contained())
    assert fault(with_contained(nom="x"))[0] == "Patient.contained[0].nom"
    assert fault(with_contained(meta={"versionId": "1"}))[0] == "Patient.contained[0]"
    inner = {"resourceType": "Organization", "id": "i", "name": "x"}
    assert fault(with_contained(contained=[inner]))[0] == "Patient.contained[0]"


@pytest.mark.parametrize(
    "div",
    [
        *("", "text", "<div>x</div>", f"{DIV}<p></div>", f"{DIV}<script>x</script></div>", f"{DIV}<form/></div>"),
        *(f'{DIV}<p onclick="x"/></div>', f'{DIV}<a href=" java\nscript:x">x</a></div>', f"{DIV}</div>{DIV}</div>"),
        *(f"<!DOCTYPE html>{DIV}</div>", f'{DIV}<svg xmlns="http://www.w3.org/2000/svg"/></div>'),
    ],
)
def test_a_narrative_is_well_formed_text_that_does_nothing(div: str) -> None:
    assert fault(patient(text={"status": "generated", "div": div})) == ("Patient.text.div", "value")


def test_resources_in_bundles_and_parameters_are_checked() -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient(gender="M")}]}
    assert fault(bundle) == ("Bundle.entry[0].resource.gender", "code-invalid")
    inside = {"name": "a", "part": [{"name": "b", "resource": patient(nme=1)}]}
    assert (
        fault({"resourceType": "Parameters", "parameter": [inside]})[0]
        == "Parameters.parameter[0].part[0].resource.nme"
    )


def test_a_fragment_is_looked_for_in_its_own_resource() -> None:
    holder = patient(contained=[{"resourceType": "Organization", "id": "o", "name": "x"}])
    other = patient(managingOrganization={"reference": "#o"})
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": holder}, {"resource": other}]}
    assert fault(bundle) == ("Bundle.entry[1].resource.managingOrganization.reference", "not-found")


# --- bounds --------------------------------------------------------------------------------------------------------


def test_every_fault_is_told_up_to_fifty() -> None:
    assert len(issues(patient(birthDate="x", gender="M", nme=1, name=[]))) == 4
    assert len(issues(patient(**{f"member{i}": 1 for i in range(1000)}))) == 50
    assert len(issues(patient(name=[{"family": 1} for _ in range(1000)]))) == 50
    assert len(issues(patient(name=[{"given": [None] * 1000}]))) == 50


@pytest.mark.parametrize(
    "hostile",
    [
        patient(photo=[{"data": " a" * 200_000}]),
        patient(photo=[{"data": "AAAA" * 50_000 + " "}]),
        patient(language="a " * 200_000),
        patient(managingOrganization={"reference": "https://" + "a/" * 200_000}),
        patient(managingOrganization={"reference": "urn:oid:1" + ".1" * 200_000 + "x"}),
        patient(text={"status": "generated", "div": DIV + "<p>" * 100_000}),
        patient(**{"x" * 1_000_000: 1}),
        patient(name=[{"given": [None] * 300_000}]),
    ],
    ids=["spaced base64", "base64", "code", "reference", "oid", "narrative", "name", "nulls"],
)
def test_hostile_input_takes_a_bounded_time(hostile: Json) -> None:
    started = time.process_time()
    with suppress(Problem):  # some are legal
        check(hostile)
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("contained", "expression"),
    [
        ([{"resourceType": "Basic", "id": ["b"], "code": {"text": "x"}}], "Patient.contained[0].id"),
        ([{"resourceType": "Basic", "id": 3, "code": {"text": "x"}}], "Patient.contained[0].id"),
        ({"resourceType": "Basic", "id": "b", "code": {"text": "x"}}, "Patient.contained"),
        (["b"], "Patient.contained[0]"),
    ],
)
def test_what_is_contained_in_a_wrong_shape_is_told_once_not_with_each_reference_to_it(
    contained: Any, expression: str
) -> None:
    with pytest.raises(Problem) as raised:
        check(patient(contained=contained, link=[{"other": {"reference": "#b"}, "type": "seealso"}]))
    assert [issue.expression for issue in raised.value.issues] == [(expression,)]
