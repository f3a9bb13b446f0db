"""What FHIR adds: extensions, references, terminology, profiles, narratives."""

from typing import Any

import pytest
from tests.kernel.fhir.fhirpath.speaking import OBSERVATION, PATIENT, found, refused

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment, Item, Items, compiled, evaluate, resource_item
from socle.kernel.outcome import Problem

_R4 = r4()
_KNOWN_WRONG = {"cid-0"}  # R4's own fault: ChargeItemDefinition has no `name`


class Codes:
    """A terminology that knows one value set."""

    def member_of(self, coded: Item, value_set: str) -> bool | None:
        return coded[1] == "official" if value_set == "urn:set" else None

    def subsumes(self, broader: Item, narrower: Item) -> bool | None:
        return str(narrower[1]).startswith(str(broader[1]))


@pytest.mark.parametrize("type_", [*_R4.resource_types, "Element", "DomainResource", "Quantity", "Timing", "Extension"])
def test_every_invariant_and_search_expression_of_a_type_compiles(type_: str) -> None:
    expressions = [(rule.expression, rule.path) for rule in _R4.invariants(type_) if rule.key not in _KNOWN_WRONG]
    if _R4.is_resource(type_):
        expressions += [(one.expression, type_) for one in _R4.search_parameters(type_).values()]
    for expression, path in expressions:
        assert compiled(expression, path).text == expression


def test_an_expression_published_with_a_wrong_element_compiles_when_asked_not_to_be_strict() -> None:
    rule = next(rule for rule in _R4.invariants("ChargeItemDefinition") if rule.key == "cid-0")
    with pytest.raises(Problem):
        compiled(rule.expression, rule.path)
    expression = compiled(rule.expression, rule.path, strict=False)
    assert (
        expression.test([("ChargeItemDefinition", {"resourceType": "ChargeItemDefinition"}, None)], Environment())
        is None
    )


def test_extensions_of_a_value_that_is_not_there_are_found() -> None:
    assert found("gender.extension('urn:absent').value") == ["unknown"]
    assert found("gender.hasValue()") == [False]
    assert found("birthDate.getValue()") == ["1955-06-13"]


def test_the_value_of_a_primitive_is_an_element_of_it() -> None:
    patient = {"resourceType": "Patient", "gender": "male", "name": [{"given": ["A", "B"]}], "_birthDate": {"id": "x"}}
    assert [one[1] for one in evaluate("Patient.gender.value", patient)] == ["male"]
    assert [one[1] for one in evaluate("name.given.value", patient)] == ["A", "B"]
    assert evaluate("birthDate.value", patient) == []
    for observation, value in (({"valueString": "a"}, "a"), ({"valueQuantity": {"value": 3}}, 3)):
        assert [one[1] for one in evaluate("value.value", {"resourceType": "Observation", **observation})] == [value]
    published = compiled("value = 'PUT' or value = 'POST'", "code", strict=False)
    assert published.test([("code", "POST", None)], Environment()) is True


def test_resolve_finds_contained_resources_alone() -> None:
    assert found("managingOrganization.resolve().name") == ["Clinique"]


def test_resolve_asks_the_resolver_for_what_is_elsewhere() -> None:
    known = {"Practitioner/8": {"resourceType": "Practitioner", "id": "8"}}
    assert found("generalPractitioner.resolve().id", resolve=known.get) == ["8"]
    assert found("generalPractitioner.resolve().id", resolve=lambda text: None) == []


def test_resolve_finds_the_entries_of_a_bundle() -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Organization", "id": "a", "name": "Un"}},
            {"resource": {"resourceType": "Patient", "managingOrganization": {"reference": "urn:uuid:1"}}},
            {"resource": {"resourceType": "Patient", "managingOrganization": {"reference": "Organization/a"}}},
        ],
    }
    assert found("Bundle.entry.resource.managingOrganization.resolve().name", bundle) == ["Un", "Un"]


def test_the_type_of_a_reference_is_known_without_resolving_it() -> None:
    assert found("generalPractitioner.where(resolve() is Practitioner).count()") == [1]
    assert found("generalPractitioner.where(resolve().is(Organization)).count()") == [0]


def test_a_verdict_that_rests_on_nothing_is_told() -> None:
    environment = Environment(resource=PATIENT)
    assert evaluate("name.first().use.memberOf('urn:set')", PATIENT, environment) == []
    assert evaluate("conformsTo('urn:profile')", PATIENT, environment) == []
    assert environment.unchecked == ("urn:set", "urn:profile")


def test_member_of_and_subsumes_ask_the_terminology() -> None:
    assert found("name.first().use.memberOf('urn:set')", terminology=Codes()) == [True]
    assert found("name.last().use.memberOf('urn:set')", terminology=Codes()) == [False]
    assert found("name.first().use.memberOf('urn:other')", terminology=Codes()) == []
    assert found("'a'.subsumes('ab')", terminology=Codes()) == [True]
    assert found("'a'.subsumedBy('ab')", terminology=Codes()) == [False]


def test_conforms_to_asks_the_caller_and_knows_base_types() -> None:
    assert found("conformsTo('urn:p')", conforms=lambda item, profile: profile == "urn:p") == [True]
    for name, verdict in (("Patient", [True]), ("DomainResource", [True]), ("Person", [False]), ("Quantity", [False])):
        assert found(f"conformsTo('http://hl7.org/fhir/StructureDefinition/{name}')") == verdict
    assert found("conformsTo('http://hl7.org/fhir/StructureDefinition/bodyweight')") == []


def test_a_quantity_may_be_an_age() -> None:
    assert found("value.conformsTo('http://hl7.org/fhir/StructureDefinition/Age')", OBSERVATION) == []


def test_as_in_a_published_expression_keeps_several_items() -> None:
    published = compiled("(name as HumanName).use", "Patient", strict=False)
    assert [item[1] for item in published.find(resource_item(PATIENT), Environment(resource=PATIENT))] == [
        "official",
        "usual",
    ]


@pytest.mark.parametrize("expression", ["name[1].use as String", "name[1].use.as(String)", "'usual' as String"])
def test_in_a_published_expression_string_stands_for_the_primitives_of_fhir(expression: str) -> None:
    published = compiled(expression, "Patient", strict=False)
    assert [item[1] for item in published.find(resource_item(PATIENT), Environment(resource=PATIENT))] == ["usual"]


def test_in_any_other_a_system_string_is_none_of_fhir() -> None:
    assert found("name[1].use as String") == []


def test_trace_tells_the_caller_and_changes_nothing() -> None:
    told: list[tuple[str, Items]] = []
    environment = Environment(resource=PATIENT, trace=lambda name, items: told.append((name, items)))
    assert evaluate("name.trace('names', use).count()", PATIENT, environment) == [("System.Integer", 2, None)]
    assert told == [("names", [("code", "official", None), ("code", "usual", None)])]


def test_modifier_extensions_must_be_known() -> None:
    patient = {**PATIENT, "modifierExtension": [{"url": "urn:not", "valueBoolean": True}]}
    assert "The extension urn:not changes the meaning" in refused("checkModifiers().id", patient)
    assert found("checkModifiers('urn:not').id", patient) == ["p1"]


@pytest.mark.parametrize(("div", "legal"), [("<p>a</p>", True), ("<script>a</script>", False)])
def test_html_checks_looks_at_the_narrative(div: str, legal: bool) -> None:
    text = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{div}</div>'}
    assert found("text.`div`.htmlChecks()", {"resourceType": "Patient", "text": text}) == [legal]


def test_variables_come_from_the_caller() -> None:
    variables: dict[str, Any] = {"age": [("System.Integer", 3, None)]}
    assert found("%age + 1", variables=variables) == [4]


def test_a_nested_element_may_be_the_input() -> None:
    contact = {"name": {"family": "A"}}
    assert compiled("name.exists() and $this is BackboneElement", "Patient.contact").test(
        [("Patient.contact", contact, None)], Environment()
    )


def test_the_root_of_a_contained_resource_is_its_container() -> None:
    organization = PATIENT["contained"][0]
    environment = Environment(resource=organization, root_resource=PATIENT)
    assert evaluate("%rootResource.birthDate", organization, environment)[0][1] == "1955-06-13"
    assert evaluate("%resource.name", organization, environment)[0][1] == "Clinique"
