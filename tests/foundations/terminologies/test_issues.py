"""What $validate-code says beside its result: the OperationOutcome, the concept given back, what could not be told."""

from typing import Any

import pytest
from tests.foundations.terminologies.support import (
    ANIMALS,
    Json,
    Service,
    animals,
    of_animals,
    parameters,
    value,
    value_set,
)

VS = "http://example.org/vs"
ALL = f"{ANIMALS}/all"
NOWHERE = "http://nowhere.example"
TOPICS = "http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"


def told(answer: Json) -> list[tuple[str, str, str]]:
    """(topic, severity, place) of each issue."""
    out = []
    for one in (value(answer, "issues") or {"issue": []})["issue"]:
        topic = next((c["code"] for c in one["details"]["coding"] if c["system"] == TOPICS), "")
        out.append((topic, one["severity"], ", ".join(one.get("expression", ()))))
    return out


async def in_set(service: Service, given: Any, **more: Any) -> Json:
    """The answer of ValueSet/$validate-code of a value set given whole."""
    return await service.ask("ValueSet/$validate-code", parameters(valueSet=given, **more))


async def test_each_issue_says_where_it_is(zoo: Service) -> None:
    coding = {"system": ANIMALS, "code": "cat", "display": "Dog"}
    asked: dict[str, Json] = {
        "display": {"url": ANIMALS, "code": "cat", "display": "Dog"},
        "Coding.display": {"coding": coding},
        "CodeableConcept.coding[1].display": {
            "codeableConcept": {"coding": [{"system": NOWHERE, "code": "x"}, coding]}
        },
    }
    for place, body in asked.items():
        found = await zoo.ask("CodeSystem/$validate-code", parameters(**body))
        assert ("invalid-display", "error", place) in told(found), place


async def test_a_code_system_judges_its_own_codings_each_at_its_place(zoo: Service) -> None:
    concept = {"coding": [{"system": NOWHERE, "code": "x"}, {"system": ANIMALS, "code": "unicorn"}]}
    found = await zoo.ask("CodeSystem/$validate-code", parameters(url=ANIMALS, codeableConcept=concept))
    assert told(found) == [("invalid-code", "error", "CodeableConcept.coding[1].code")]


async def test_the_concept_asked_about_is_given_back(zoo: Service) -> None:
    concept = {"coding": [{"system": ANIMALS, "code": "dog"}], "text": "Rex"}
    found = await zoo.ask("ValueSet/$validate-code", parameters(url=ALL, codeableConcept=concept))
    assert value(found, "codeableConcept") == concept


async def test_of_a_concept_outside_the_set_each_coding_is_told_and_the_whole(zoo: Service) -> None:
    concept = {"coding": [{"system": ANIMALS, "code": "hen"}]}
    found = await in_set(zoo, value_set(VS, of_animals(codes=["cat"])), codeableConcept=concept)
    assert value(found, "result") is False
    assert value(found, "code") is None
    assert told(found) == [
        ("not-in-vs", "error", ""),
        ("this-code-not-in-vs", "information", "CodeableConcept.coding[0].code"),
    ]


async def test_a_code_outside_the_set_and_outside_its_system_is_told_of_both(zoo: Service) -> None:
    found = await in_set(zoo, value_set(VS, of_animals(codes=["cat"])), coding={"system": ANIMALS, "code": "unicorn"})
    assert [topic for topic, _, _ in told(found)] == ["invalid-code", "not-in-vs"]
    assert "unicorn" in value(found, "message")


async def test_a_system_that_the_set_does_not_take_and_nobody_knows_is_named(zoo: Service) -> None:
    found = await in_set(zoo, value_set(VS, of_animals(codes=["cat"])), coding={"system": NOWHERE, "code": "x"})
    assert value(found, "result") is False
    assert value(found, "x-unknown-system") == NOWHERE
    assert [topic for topic, _, _ in told(found)] == ["not-found", "not-in-vs"]


async def test_a_system_that_is_not_held_is_named_as_the_cause(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url=NOWHERE, code="x")
    assert value(found, "x-caused-by-unknown-system") == NOWHERE


@pytest.mark.parametrize(
    ("coding", "place"),
    [({"code": "cat"}, "Coding"), ({"system": ANIMALS}, "Coding")],
    ids=["no system", "no code"],
)
async def test_a_coding_without_system_or_code_is_wrong_not_refused(zoo: Service, coding: Json, place: str) -> None:
    body = {"name": "coding", "valueCoding": coding}
    asked = {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": ALL}, body]}
    found = await zoo.ask("ValueSet/$validate-code", asked)
    assert value(found, "result") is False
    assert ("invalid-data", "error", place) in told(found)


async def test_a_system_that_is_no_address_is_told(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", parameters(coding={"system": "animals", "code": "cat"}))
    assert ("invalid-data", "error", "Coding.system") in told(found)


async def test_the_address_of_a_value_set_is_no_code_system(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", parameters(coding={"system": ALL, "code": "cat"}))
    assert told(found) == [("invalid-data", "error", "Coding.system")]
    assert "n'est pas" not in value(found, "message")
    assert "jeu de valeurs" in value(found, "message")


async def test_a_code_in_another_case_is_told_how_it_is_written(terms: Service) -> None:
    await terms.put(animals(caseSensitive=False))
    found = await terms.ask("CodeSystem/$validate-code", url=ANIMALS, code="CAT")
    assert (value(found, "result"), value(found, "normalized-code")) == (True, "cat")
    assert told(found) == [("code-rule", "information", "code")]


async def test_a_code_no_longer_used_is_told_with_its_status(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="mammoth")
    assert (value(found, "inactive"), value(found, "status")) == (True, "retired")
    assert told(found) == [("code-comment", "warning", "code")]


async def test_a_code_that_its_system_deprecates_is_good_and_it_is_told(terms: Service) -> None:
    old = {"code": "dodo", "property": [{"code": "status", "valueCode": "deprecated"}]}
    await terms.put(animals(concept=[old]))
    found = await terms.ask("CodeSystem/$validate-code", url=ANIMALS, code="dodo")
    assert (value(found, "result"), value(found, "inactive"), value(found, "status")) == (True, None, "deprecated")
    assert told(found) == [("code-comment", "warning", "code")]


async def test_only_active_codes_when_they_alone_are_asked_for(zoo: Service) -> None:
    found = await zoo.ask("ValueSet/$validate-code", url=ALL, system=ANIMALS, code="mammoth", activeOnly="true")
    assert value(found, "result") is False
    assert [topic for topic, _, _ in told(found)] == ["code-rule", "code-comment", "not-in-vs"]


async def test_a_code_of_several_systems_of_the_set_is_not_guessed(terms: Service) -> None:
    plants = "http://example.org/plants"
    await terms.put(animals())
    oid = [{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3.5"}]
    await terms.put(animals(url=plants, valueSet=f"{plants}/all", identifier=oid, concept=[{"code": "cat"}]))
    both = value_set(VS, of_animals(), {"system": plants})
    found = await in_set(terms, both, code="cat", inferSystem=True)
    assert value(found, "result") is False
    assert told(found)[0][0] == "cannot-infer"
    assert value(await in_set(terms, both, code="dog", inferSystem=True), "system") == ANIMALS


async def test_a_set_held_in_part_judges_what_it_can(zoo: Service) -> None:
    """A part of an unknown system says nothing of codes of another; a part that takes out does."""
    more = value_set(VS, of_animals(codes=["cat"]), {"system": NOWHERE, "filter": [_filter()]})
    assert value(await in_set(zoo, more, coding={"system": ANIMALS, "code": "cat"}), "result") is True
    outside = await in_set(zoo, more, coding={"system": ANIMALS, "code": "dog"})
    assert [topic for topic, _, _ in told(outside)] == ["not-in-vs"]
    untold = await in_set(zoo, more, coding={"system": NOWHERE, "code": "x"})
    assert value(untold, "result") is False
    assert value(untold, "x-caused-by-unknown-system") == NOWHERE
    assert value(untold, "message").startswith("Code non vérifié")
    less = value_set(VS, of_animals(), exclude=[{"valueSet": [f"{NOWHERE}/vs"]}])
    lost = await in_set(zoo, less, coding={"system": ANIMALS, "code": "cat"})
    assert value(lost, "result") is False
    assert ("vs-invalid", "warning", "") in told(lost)


def _filter() -> Json:
    return {"property": "concept", "op": "is-a", "value": "x"}


async def test_a_value_set_that_is_not_held_is_refused(zoo: Service) -> None:
    response = await zoo.call("ValueSet/$validate-code", url=f"{NOWHERE}/vs", system=ANIMALS, code="cat")
    assert response.status_code == 404
    details = response.json()["issue"][0]["details"]
    assert {"system": TOPICS, "code": "not-found"} in details["coding"]
    assert details["text"] == response.json()["issue"][0]["diagnostics"]


async def test_the_display_is_judged_in_the_language_asked_for(zoo: Service) -> None:
    for language, display, good in (
        ("fr", "Chat", True),
        ("fr", "Cat", False),
        ("en", "Cat", True),
        ("de", "Cat", True),
    ):
        body = parameters(url=ANIMALS, code="cat", display=display, displayLanguage=language)
        found = await zoo.ask("CodeSystem/$validate-code", body)
        assert value(found, "result") is good, (language, display)
    assert told(found) == [("display-comment", "information", "display")]


async def test_a_language_that_is_none_is_refused(zoo: Service) -> None:
    status, said = await zoo.refusal("CodeSystem/$validate-code", url=ANIMALS, code="cat", displayLanguage="en-;q")
    assert status == 400
    assert "displayLanguage" in said


async def test_membership_alone_is_asked_without_the_display(zoo: Service) -> None:
    coding = {"system": ANIMALS, "code": "cat", "display": "Dog"}
    found = await zoo.ask("ValueSet/$validate-code", parameters(url=ALL, coding=coding, valueset_membership_only=True))
    assert value(found, "result") is True
    assert told(found) == []


async def test_a_mode_that_nobody_knows_is_refused(zoo: Service) -> None:
    body = parameters(url=ANIMALS, code="cat", display="Dog")
    body["parameter"].append({"name": "mode", "valueString": "lenient-display-validation"})
    assert value(await zoo.ask("CodeSystem/$validate-code", body), "result") is True
    body["parameter"][-1]["valueString"] = "severe"
    assert (await zoo.refusal("CodeSystem/$validate-code", body))[0] == 400


async def test_names_and_what_was_used_are_told_on_request(zoo: Service) -> None:
    body = parameters(url=ALL, system=ANIMALS, code="cat", includeDesignations=True, diagnostics=True)
    found = await zoo.ask("ValueSet/$validate-code", body)
    names = [
        part["valueString"] for one in found["parameter"] for part in one.get("part", ()) if part["name"] == "value"
    ]
    assert names == ["Cat", "Chat"]
    assert value(found, "diagnostics") == f"{ANIMALS}|1.0, {ALL}"


async def test_a_draft_or_a_deprecated_terminology_is_told(terms: Service) -> None:
    status = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"
    await terms.put(animals(extension=[{"url": status, "valueCode": "deprecated"}]))
    some = value_set(VS, of_animals(codes=["cat"])) | {"status": "retired"}
    found = await in_set(terms, some, coding={"system": ANIMALS, "code": "cat"})
    assert value(found, "result") is True
    assert told(found) == [("status-check", "information", "")] * 2
    said = [one["diagnostics"] for one in value(found, "issues")["issue"]]
    assert said == [
        f"Le jeu de valeurs {VS} n'est plus en vigueur.",
        f"Le système de codes {ANIMALS}|1.0 est déconseillé.",
    ]


async def test_a_code_that_the_set_marks_as_deprecated_is_good_and_it_is_told(zoo: Service) -> None:
    some = value_set(VS, of_animals(codes=["cat"]))
    mark = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-deprecated", "valueBoolean": True}
    some["compose"]["include"][0]["concept"][0]["extension"] = [mark]
    found = await in_set(zoo, some, coding={"system": ANIMALS, "code": "cat"})
    assert value(found, "result") is True
    assert told(found) == [("code-comment", "warning", "Coding.code")]


async def test_the_newest_version_serves_when_the_caller_allows_it(zoo: Service) -> None:
    coding = {"system": ANIMALS, "version": "9", "code": "cat"}
    for operation, more in (("CodeSystem/$validate-code", {}), ("ValueSet/$validate-code", {"url": ALL})):
        strict = await zoo.ask(operation, parameters(coding=coding, **more))
        assert value(strict, "result") is False
        found = await zoo.ask(operation, parameters(coding=coding, default_to_latest_version=True, **more))
        assert (value(found, "result"), value(found, "version")) == (True, "1.0")
        assert told(found)[0] == ("not-found", "warning", "Coding.version")


async def test_the_version_of_the_coding_comes_before_the_version_by_default(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(animals("2.0", concept=[{"code": "fox"}]) | {"valueSet": f"{ANIMALS}/new"})
    every = value_set(VS, of_animals())
    for version, code in (("2.0", "fox"), ("1.0", "cat")):
        coding = {"system": ANIMALS, "version": version, "code": code}
        for default in ("1.0", "2.0"):
            found = await in_set(terms, every, coding=coding, system_version=f"{ANIMALS}|{default}")
            assert (value(found, "result"), value(found, "version")) == (True, version), (version, default)


async def test_the_version_of_a_system_that_nobody_knows_is_told_with_it(zoo: Service) -> None:
    body = parameters(coding={"system": NOWHERE, "version": "7", "code": "x"})
    found = await zoo.ask("CodeSystem/$validate-code", body)
    assert value(found, "version") == "7"
    assert value(found, "x-caused-by-unknown-system") == f"{NOWHERE}|7"


async def test_a_code_outside_the_set_is_told_of_in_its_own_version(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(animals("2.0", concept=[{"code": "fox", "display": "Fox"}]) | {"valueSet": f"{ANIMALS}/new"})
    coding = {"system": ANIMALS, "version": "1.0", "code": "dog"}
    found = await in_set(terms, value_set(VS, of_animals(codes=["cat"])), coding=coding)
    assert (value(found, "result"), value(found, "version"), value(found, "display")) == (False, "1.0", "Dog")


async def test_the_version_of_an_imported_value_set_may_be_said(terms: Service) -> None:
    await terms.put(animals())
    for version, code in (("1", "cat"), ("2", "dog")):
        await terms.put(value_set(VS, of_animals(codes=[code])) | {"version": version})
    outer = value_set(f"{VS}/outer", {"valueSet": [VS]})
    for versions, good in (([], False), ([f"{VS}|1"], True)):
        found = await in_set(terms, outer, coding={"system": ANIMALS, "code": "cat"}, default_valueset_version=versions)
        assert value(found, "result") is good, versions


async def test_a_part_of_a_system_does_not_call_a_code_wrong(terms: Service) -> None:
    await terms.put(animals(content="fragment"))
    found = await terms.ask("CodeSystem/$validate-code", url=ANIMALS, code="cow")
    assert value(found, "result") is True
    assert told(found) == [("invalid-code", "warning", "code")]


async def test_a_set_that_lists_codes_of_a_part_of_a_system_is_whole(terms: Service) -> None:
    await terms.put(animals(content="fragment"))
    listed = value_set(VS, of_animals(codes=["cat", "cow"]))
    for code, good in (("cow", True), ("goat", False)):
        found = await in_set(terms, listed, coding={"system": ANIMALS, "code": code})
        assert value(found, "result") is good, code


async def test_a_version_that_a_check_excludes_makes_the_code_wrong(zoo: Service) -> None:
    body = {"valueSet": value_set(VS, of_animals()), "check_system_version": f"{ANIMALS}|2.x"}
    response = await zoo.call("ValueSet/$validate-code", parameters(code="cat", system=ANIMALS, **body))
    assert response.status_code == 200
    assert value(response.json(), "result") is False


async def test_a_property_of_fhir_is_filtered_by_whatever_code_it_is_declared(terms: Service) -> None:
    uri = "http://hl7.org/fhir/concept-properties#notSelectable"
    group = [{"code": "pet", "property": [{"code": "abstrait", "valueBoolean": True}]}, {"code": "cat"}]
    await terms.put(animals(property=[{"code": "abstrait", "type": "boolean", "uri": uri}], concept=group))
    groups = value_set(VS, of_animals(("notSelectable", "=", "true")))
    for code, good in (("pet", True), ("cat", False)):
        assert value(await in_set(terms, groups, coding={"system": ANIMALS, "code": code}), "result") is good, code
