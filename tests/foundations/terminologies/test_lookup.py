"""$lookup and $subsumes. Source: FHIR R4 codesystem-operation-lookup.html, codesystem-operation-subsumes.html."""

import pytest
from tests.foundations.terminologies.support import ANIMALS, Service, animals, of_animals, parameters, value, value_set

from socle.kernel.fhir.check import check


async def test_a_code_is_told_with_its_names_and_properties(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$lookup", system=ANIMALS, code="cat")
    assert value(found, "name") == "Animals"
    assert value(found, "version") == "1.0"
    assert value(found, "display") == "Cat"
    parts = [p["part"] for p in found["parameter"] if p["name"] == "property"]
    told = {part[0]["valueCode"]: next(v for k, v in part[1].items() if k != "name") for part in parts}
    assert told == {"inactive": False, "parent": "mammal", "legs": 4, "food": "fish"}


async def test_the_display_is_in_the_language_asked_for(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$lookup", system=ANIMALS, code="cat", displayLanguage="fr-FR")
    assert value(found, "display") == "Chat"


async def test_children_are_told_when_asked_for(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$lookup", system=ANIMALS, code="mammal", property="child")
    children = [p["part"][1]["valueCode"] for p in found["parameter"] if p["name"] == "property"]
    assert children == ["cat", "dog", "mammoth"]


async def test_a_system_that_says_its_hierarchy_by_other_names_has_one(terms: Service) -> None:
    uri = "http://hl7.org/fhir/concept-properties#"
    meant = {"narrower": "child", "broader": "parent"}
    declared = [{"code": code, "type": "code", "uri": uri + said} for code, said in meant.items()]
    cat = {"code": "narrower", "valueCode": "cat"}
    await terms.put(animals(property=declared, concept=[{"code": "pet", "property": [cat]}, {"code": "cat"}]))
    outcome = await terms.ask("CodeSystem/$subsumes", system=ANIMALS, codeA="pet", codeB="cat")
    assert value(outcome, "outcome") == "subsumes"
    for code, property, other in (("pet", "narrower", "cat"), ("pet", "child", "cat"), ("cat", "broader", "pet")):
        found = await terms.ask("CodeSystem/$lookup", system=ANIMALS, code=code, property=property)
        told = [[part["valueCode"] for part in one["part"]] for one in found["parameter"] if one["name"] == "property"]
        assert told == [[property, other]]


async def test_the_use_of_a_name_is_told_with_what_it_is_called(terms: Service) -> None:
    use = {"system": "http://snomed.info/sct", "code": "900000000000013009", "display": "Synonym"}
    await terms.put(animals(concept=[{"code": "cat", "designation": [{"value": "Puss", "use": use}]}]))
    found = await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="cat")
    [parts] = [one["part"] for one in found["parameter"] if one["name"] == "designation"]
    assert [part["valueCoding"] for part in parts if part["name"] == "use"] == [use]


async def test_a_coding_will_do(zoo: Service) -> None:
    body = parameters(coding={"system": ANIMALS, "code": "dog"})
    assert value(await zoo.ask("CodeSystem/$lookup", body), "display") == "Dog"


async def test_the_oid_names_the_system_too(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$lookup", system="urn:oid:1.2.3.4", code="cat")
    assert value(found, "display") == "Cat"


async def test_a_naming_system_gives_a_system_another_url(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(
        {
            "resourceType": "NamingSystem",
            "name": "Animaux",
            "status": "active",
            "kind": "codesystem",
            "date": "2026",
            "uniqueId": [
                {"type": "oid", "value": "1.2.3.4"},
                {"type": "uri", "value": "https://smt.example/fhir/CodeSystem/animaux"},
            ],
        }
    )
    found = await terms.ask("CodeSystem/$lookup", system="https://smt.example/fhir/CodeSystem/animaux", code="hen")
    assert value(found, "display") == "Hen"


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({"system": ANIMALS, "code": "fish"}, 404, "“fish” does not exist"),
        ({"system": ANIMALS, "code": "CAT"}, 404, "“CAT” does not exist"),
        ({"system": "http://nowhere", "code": "cat"}, 404, "http://nowhere is not known"),
        ({"system": ANIMALS, "code": "cat", "version": "9"}, 404, "versions held: 1.0"),
        ({"system": ANIMALS}, 400, "“code” with “system”"),
        ({"code": "cat"}, 400, "“system”"),
        ({"system": ANIMALS, "code": "cat", "colour": "red"}, 400, "colour"),
    ],
)
async def test_what_is_wrong_is_said(zoo: Service, asked: dict[str, str], status: int, said: str) -> None:
    zoo.http.headers["accept-language"] = "en"
    found = await zoo.refusal("CodeSystem/$lookup", **asked)
    assert found[0] == status
    assert said in found[1]


async def test_a_code_that_is_not_in_what_is_held_is_not_told_not_to_exist(terms: Service) -> None:
    await terms.put(animals(content="fragment"))
    status, said = await terms.refusal("CodeSystem/$lookup", system=ANIMALS, code="cow")
    assert (status, "n'est tenu qu'en partie (fragment)" in said, "n'existe pas" in said) == (404, True, False)


async def test_a_system_that_does_not_mind_case_finds_codes_in_any(terms: Service) -> None:
    await terms.put(animals(caseSensitive=False))
    found = await terms.ask("CodeSystem/$validate-code", url=ANIMALS, code="CAT")
    assert value(found, "result") is True
    assert value(found, "code") == "CAT"
    assert value(found, "normalized-code") == "cat"


@pytest.mark.parametrize(
    ("a", "b", "outcome"),
    [
        ("cat", "cat", "equivalent"),
        ("animal", "cat", "subsumes"),
        ("cat", "mammal", "subsumed-by"),
        ("cat", "dog", "not-subsumed"),
        ("bird", "cat", "not-subsumed"),
    ],
)
async def test_which_of_two_codes_is_the_broader(zoo: Service, a: str, b: str, outcome: str) -> None:
    found = await zoo.ask("CodeSystem/$subsumes", system=ANIMALS, codeA=a, codeB=b)
    assert value(found, "outcome") == outcome


async def test_an_instance_answers_for_its_own_version_under_any_of_its_names(terms: Service) -> None:
    first = await terms.put(animals())
    await terms.put(animals("2.0"))
    oid = "urn:oid:1.2.3.4"
    found = await terms.ask(f"CodeSystem/{first['id']}/$lookup", code="cat", system=oid)
    assert value(found, "version") == "1.0"
    status, said = await terms.refusal(f"CodeSystem/{first['id']}/$lookup", code="cat", version="2.0")
    assert (status, "et non sa version 2.0" in said) == (400, True)
    both = parameters(codingA={"system": oid, "code": "mammal"}, codingB={"system": ANIMALS, "code": "cat"})
    assert value(await terms.ask("CodeSystem/$subsumes", both), "outcome") == "subsumes"


async def test_the_parameter_whose_code_does_not_exist_is_named(zoo: Service) -> None:
    response = await zoo.call("CodeSystem/$subsumes", system=ANIMALS, codeA="cat", codeB="unicorn")
    assert response.json()["issue"][0]["expression"] == ["Parameters.parameter.where(name = 'codeB')"]


async def test_a_language_is_the_same_in_any_case(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$subsumes", system="urn:ietf:bcp:47", codeA="fr-FR", codeB="fr-fr")
    assert value(found, "outcome") == "equivalent"


async def test_a_supplement_adds_names_and_properties(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(
        {
            "resourceType": "CodeSystem",
            "url": "http://example.org/animaux-allemands",
            "status": "active",
            "content": "supplement",
            "supplements": ANIMALS,
            "concept": [{"code": "cat", "designation": [{"language": "de", "value": "Katze"}]}],
        }
    )
    found = await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="cat", displayLanguage="de")
    assert value(found, "display") == "Katze"
    said = await terms.ask("CodeSystem/$validate-code", url=ANIMALS, code="cat", display="Katze")
    assert value(said, "result") is True


GERMAN = {
    "resourceType": "CodeSystem",
    "url": "http://example.org/animaux-allemands",
    "status": "active",
    "content": "supplement",
    "supplements": ANIMALS,
    "property": [{"code": "genre", "type": "code"}],
    "concept": [
        {
            "code": "cat",
            "designation": [{"language": "de", "value": "Katze"}],
            "property": [{"code": "genre", "valueCode": "f"}],
        }
    ],
}


async def test_a_supplement_is_read_in_whatever_case_the_code_is_asked(terms: Service) -> None:
    await terms.put(animals(caseSensitive=False))
    polish = {"code": "cat", "designation": [{"language": "pl", "value": "Kot"}]}
    more = animals(
        url="http://example.org/polish", content="supplement", supplements=ANIMALS, concept=[polish], version="2"
    )
    more.pop("valueSet")
    more.pop("identifier")
    await terms.put(more)
    found = await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="CAT", displayLanguage="pl")
    assert value(found, "display") == "Kot"


async def test_a_value_set_may_need_a_supplement_by_its_own_url(terms: Service) -> None:
    await terms.put(animals())
    needs = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-supplement", "valueCanonical": GERMAN["url"]}
    asked = value_set("http://example.org/vs", of_animals(("genre", "=", "f"))) | {"extension": [needs]}
    status, _ = await terms.refusal(
        "ValueSet/$expand", parameters(valueSet=asked | {"compose": {"include": [of_animals()]}})
    )
    assert status == 404
    await terms.put(GERMAN)
    found = await terms.ask("ValueSet/$expand", parameters(valueSet=asked, displayLanguage="de"))
    assert [(one["code"], one["display"]) for one in found["expansion"]["contains"]] == [("cat", "Katze")]


async def test_a_property_is_told_once(terms: Service) -> None:
    await terms.put(
        {
            "resourceType": "CodeSystem",
            "url": "http://example.org/retires",
            "status": "active",
            "content": "complete",
            "concept": [{"code": "a", "property": [{"code": "inactive", "valueBoolean": True}]}],
        }
    )
    found = await terms.ask("CodeSystem/$lookup", system="http://example.org/retires", code="a")
    told = [part["part"][1] for part in found["parameter"] if part["name"] == "property"]
    assert told == [{"name": "value", "valueBoolean": True}]


async def test_what_fhir_itself_publishes_is_known_without_loading_anything(terms: Service) -> None:
    found = await terms.ask("CodeSystem/$validate-code", url="http://hl7.org/fhir/administrative-gender", code="female")
    assert value(found, "result") is True
    wrong = await terms.ask("CodeSystem/$validate-code", url="http://hl7.org/fhir/administrative-gender", code="F")
    assert value(wrong, "result") is False


async def test_the_service_tells_which_code_systems_it_holds(zoo: Service) -> None:
    found = (await zoo.http.get("/metadata", params={"mode": "terminology"})).json()
    check(found, expected_type="TerminologyCapabilities")
    assert {"uri": ANIMALS, "version": [{"isDefault": True, "code": "1.0"}]} in found["codeSystem"]
