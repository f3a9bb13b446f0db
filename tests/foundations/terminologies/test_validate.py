"""$validate-code. Source: FHIR R4 codesystem-operation-validate-code.html, valueset-operation-validate-code.html."""

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

from socle.kernel.fhir.knowledge import Cause, CodeQuestion

VS = "http://example.org/vs"
ALL = f"{ANIMALS}/all"


async def test_a_code_of_the_system_is_good(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="cat", display="Cat")
    assert value(found, "result") is True
    assert value(found, "display") == "Cat"
    assert value(found, "version") == "1.0"
    assert value(found, "message") is None


async def test_a_code_that_does_not_exist_is_wrong(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="unicorn")
    assert value(found, "result") is False
    assert "« unicorn » n'existe pas" in value(found, "message")
    assert ". ;" not in value(found, "message")
    assert value(found, "issues")["issue"][0]["code"] == "code-invalid"


async def test_a_display_may_be_any_name_of_the_code(zoo: Service) -> None:
    for display in ("Cat", "Chat", "  CHAT "):
        found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="cat", display=display)
        assert value(found, "result") is True, display


async def test_a_wrong_display_is_told_with_the_right_ones(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="cat", display="Dog")
    assert value(found, "result") is False
    assert "« Cat » ; « Chat »" in value(found, "message")


async def test_a_wrong_display_may_be_a_warning_only(zoo: Service) -> None:
    body = parameters(url=ANIMALS, code="cat", display="Dog", lenient_display_validation=True)
    found = await zoo.ask("CodeSystem/$validate-code", body)
    assert value(found, "result") is True
    assert value(found, "issues")["issue"][0]["severity"] == "warning"


async def test_an_inactive_code_is_good_and_it_is_told(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="mammoth")
    assert value(found, "result") is True
    assert value(found, "inactive") is True
    assert "ne doit plus être utilisé" in value(found, "message")


async def test_a_code_that_only_groups_is_refused_when_one_may_not_choose_it(zoo: Service) -> None:
    assert value(await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="animal"), "result") is True
    found = await zoo.ask("CodeSystem/$validate-code", url=ANIMALS, code="animal", abstract="false")
    assert value(found, "result") is False


async def test_a_value_set_holds_a_code_or_does_not(zoo: Service) -> None:
    body = parameters(valueSet=value_set(VS, of_animals(("concept", "is-a", "mammal"))), system=ANIMALS, code="cat")
    assert value(await zoo.ask("ValueSet/$validate-code", body), "result") is True
    body = parameters(valueSet=value_set(VS, of_animals(("concept", "is-a", "bird"))), system=ANIMALS, code="cat")
    found = await zoo.ask("ValueSet/$validate-code", body)
    assert value(found, "result") is False
    assert "n'est pas dans le jeu de valeurs" in value(found, "message")


async def test_excluded_and_inactive_codes(zoo: Service) -> None:
    without = value_set(VS, of_animals(), exclude=[of_animals(codes=["cat"])], inactive=False)
    for code, good in (("dog", True), ("cat", False), ("mammoth", False)):
        found = await zoo.ask("ValueSet/$validate-code", parameters(valueSet=without, system=ANIMALS, code=code))
        assert value(found, "result") is good, code


async def test_the_system_is_found_when_it_is_not_said(zoo: Service) -> None:
    found = await zoo.ask("ValueSet/$validate-code", url=ALL, code="cat", inferSystem="true")
    assert value(found, "result") is True
    assert value(found, "system") == ANIMALS
    assert (await zoo.refusal("ValueSet/$validate-code", url=ALL, code="cat"))[0] == 400


async def test_a_concept_is_good_when_one_of_its_codings_is(zoo: Service) -> None:
    concept = {"coding": [{"system": "http://other", "code": "x"}, {"system": ANIMALS, "code": "dog"}]}
    found = await zoo.ask("ValueSet/$validate-code", parameters(url=ALL, codeableConcept=concept))
    assert value(found, "result") is True
    assert value(found, "code") == "dog"
    assert value(found, "issues")["issue"][0]["severity"] == "warning"


async def test_a_system_that_is_not_held_is_not_called_wrong_but_not_checked(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$validate-code", url="http://loinc.org", code="34133-9")
    assert value(found, "result") is False
    assert value(found, "message").startswith("Code non vérifié")
    [answer] = await zoo.terminologies.judge([CodeQuestion("http://loinc.org", "34133-9")])
    assert (answer.good, answer.cause) == (None, Cause.UNKNOWN_SYSTEM)


async def test_a_fragment_does_not_tell_that_a_code_is_wrong(terms: Service) -> None:
    await terms.put(animals(content="fragment"))
    [known, unknown] = await terms.terminologies.judge([CodeQuestion(ANIMALS, "cat"), CodeQuestion(ANIMALS, "cow")])
    assert known.good is True
    assert (unknown.good, unknown.cause) == (None, Cause.UNKNOWN_SYSTEM)


async def test_the_version_of_the_coding_counts(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(animals("2.0", concept=[{"code": "fox"}]) | {"valueSet": f"{ANIMALS}/new"})
    every = value_set(VS, of_animals())
    for version, code, good in (
        ("1.0", "cat", True),
        ("2.0", "cat", False),
        ("2.0", "fox", True),
        ("3.0", "fox", False),
    ):
        coding = {"system": ANIMALS, "version": version, "code": code}
        response = await terms.call("ValueSet/$validate-code", parameters(valueSet=every, coding=coding))
        held = response.status_code == 200 and value(response.json(), "result") is True
        assert held is good, (version, code)


async def test_a_value_set_of_two_versions_holds_the_codes_of_both(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(animals("2.0"))
    both = value_set(VS, of_animals(version="1.0"), of_animals(version="2.0"))
    for version in ("1.0", "2.0"):
        coding = {"system": ANIMALS, "code": "cat", "version": version}
        found = await terms.ask("ValueSet/$validate-code", parameters(valueSet=both, coding=coding))
        assert (value(found, "result"), value(found, "version")) == (True, version)


OID = "urn:oid:1.2.3.4"


@pytest.mark.parametrize(("written", "said"), [(ANIMALS, OID), (OID, ANIMALS)])
async def test_a_version_is_meant_of_a_system_by_whichever_of_its_names(
    terms: Service, written: str, said: str
) -> None:
    await terms.put(animals(concept=[{"code": "dodo"}]))
    await terms.put(animals("2.0"))
    every = value_set(VS, {"system": written})
    for asked in (
        {"coding": {"system": said, "code": "dodo", "version": "1.0"}},
        {"system": said, "code": "dodo", "system_version": f"{said}|1.0"},
        {"system": written, "code": "dodo", "force_system_version": f"{said}|1.0"},
    ):
        found = await terms.ask("ValueSet/$validate-code", parameters(valueSet=every, **asked))
        assert (value(found, "result"), value(found, "version")) == (True, "1.0")
    checked = parameters(valueSet=every, check_system_version=f"{said}|1.0")
    expanded = await terms.ask("ValueSet/$expand", checked)
    assert [one["code"] for one in expanded["expansion"]["contains"]] == ["dodo"]
    await terms.put(every)
    [answer] = await terms.terminologies.judge([CodeQuestion(said, "dodo", version="1.0", value_set=VS)])
    assert answer.good is True
    found = await terms.ask(
        "CodeSystem/$validate-code", parameters(url=written, coding={"system": said, "code": "cat"})
    )
    assert value(found, "result") is True


async def test_the_name_that_a_value_set_gives_is_shown_where_the_system_gives_none(terms: Service) -> None:
    await terms.put(animals(concept=[{"code": "cat"}]))
    cats = value_set(VS, {"system": ANIMALS, "concept": [{"code": "cat", "display": "Puss"}]})
    asked = parameters(valueSet=cats, code="cat", system=ANIMALS, displayLanguage="es")
    assert value(await terms.ask("ValueSet/$validate-code", asked), "display") == "Puss"


async def test_many_codes_are_checked_in_one_request(zoo: Service) -> None:
    body = parameters(
        validation=[
            parameters(url=ALL, system=ANIMALS, code="cat"),
            parameters(url=ALL, system=ANIMALS, code="unicorn"),
            parameters(url="http://nowhere", system=ANIMALS, code="cat"),
        ]
    )
    found = await zoo.ask("ValueSet/$batch-validate-code", body)
    answers = [one["resource"] for one in found["parameter"]]
    assert [value(one, "result") for one in answers[:2]] == [True, False]
    assert answers[2]["resourceType"] == "OperationOutcome"


async def test_a_question_of_a_batch_that_is_no_structure_is_refused(zoo: Service) -> None:
    status, said = await zoo.refusal("ValueSet/$batch-validate-code", parameters(validation="cat", system=ANIMALS))
    assert (status, "validation" in said) == (400, True)


async def test_checks_are_answered_from_what_is_at_hand_then_fetched(zoo: Service) -> None:
    codes = zoo.terminologies.codes()
    question = CodeQuestion(ANIMALS, "cat", value_set=ALL)
    assert codes.judge(question).cause is Cause.NOT_AT_HAND
    assert await codes.fetch()
    assert codes.judge(question).good is True
    assert not await codes.fetch()


async def test_each_cause_is_told_to_those_who_check(zoo: Service) -> None:
    asked = {
        Cause.NONE: CodeQuestion(ANIMALS, "cat", display="chat", language="fr"),
        Cause.UNKNOWN_CODE: CodeQuestion(ANIMALS, "unicorn", value_set=ALL),
        Cause.WRONG_DISPLAY: CodeQuestion(ANIMALS, "cat", display="Dog", value_set=ALL),
        Cause.INACTIVE: CodeQuestion(ANIMALS, "mammoth"),
        Cause.UNKNOWN_VALUE_SET: CodeQuestion(ANIMALS, "cat", value_set="http://nowhere"),
        Cause.UNKNOWN_SYSTEM: CodeQuestion("http://nowhere", "cat"),
        Cause.NOT_IN_VALUE_SET: CodeQuestion("", "unicorn", value_set="http://hl7.org/fhir/ValueSet/name-use"),
    }
    answers = await zoo.terminologies.judge(list(asked.values()))
    assert [answer.cause for answer in answers] == list(asked)


async def test_languages_media_types_and_units_are_known_by_their_grammar(zoo: Service) -> None:
    said = {
        ("urn:ietf:bcp:47", "fr-FR"): True,
        ("urn:ietf:bcp:47", "français"): False,
        ("urn:ietf:bcp:13", "application/pdf"): True,
        ("urn:ietf:bcp:13", "pdf"): False,
        ("http://unitsofmeasure.org", "mg/dL"): True,
        ("http://unitsofmeasure.org", "miligram"): None,
    }
    answers = await zoo.terminologies.judge([CodeQuestion(system, code) for system, code in said])
    assert [answer.good for answer in answers] == list(said.values())


async def test_what_is_below_and_above_a_code(zoo: Service) -> None:
    assert await zoo.terminologies.below(ANIMALS, "mammal", most=10) == ["mammal", "cat", "dog", "mammoth"]
    assert await zoo.terminologies.above(ANIMALS, "cat", most=10) == ["cat", "animal", "mammal"]
    members = await zoo.terminologies.members(ALL, most=10)
    assert (ANIMALS, "hen") in members
    assert len(members) == 7


async def test_of_several_codings_the_one_whose_name_alone_is_wrong_is_told(zoo: Service) -> None:
    concept = {"coding": [{"system": ANIMALS, "code": "hen"}, {"system": ANIMALS, "code": "cat", "display": "Chien"}]}
    mammals = value_set(VS, of_animals(("concept", "is-a", "mammal")))
    found = await zoo.ask("ValueSet/$validate-code", parameters(valueSet=mammals, codeableConcept=concept))
    assert value(found, "result") is False
    assert value(found, "code") == "cat"
    assert "Chien" in value(found, "message")


UNITS = "http://unitsofmeasure.org"


def measured(property: str, op: str, of: str) -> Json:
    """A value set of units, as R4 writes those of its durations and distances."""
    return value_set(VS, {"system": UNITS, "filter": [{"property": property, "op": op, "value": of}]})


@pytest.mark.parametrize(("code", "good"), [("min", True), ("wk", True), ("a", True), ("m", False), ("mm[Hg]", False)])
async def test_units_are_filtered_by_what_they_convert_into(terms: Service, code: str, good: bool) -> None:
    asked = parameters(valueSet=measured("canonical", "=", "s"), coding={"system": UNITS, "code": code})
    assert value(await terms.ask("ValueSet/$validate-code", asked), "result") is good


async def test_a_filter_that_a_grammar_cannot_answer_is_refused_not_answered_no(terms: Service) -> None:
    asked = parameters(valueSet=measured("property", "=", "time"), coding={"system": UNITS, "code": "min"})
    status, said = await terms.refusal("ValueSet/$validate-code", asked)
    assert status == 422
    assert "property = time" in said


@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("json", True),
        ("application/fhir+json", True),
        ("application/dicom; variant=DICOM STOW-RS", True),
        ("yaml", False),
    ],
)
async def test_the_formats_of_fhir_are_media_types_by_their_short_names(terms: Service, code: str, good: bool) -> None:
    asked = await terms.ask("CodeSystem/$validate-code", url="urn:ietf:bcp:13", code=code)
    assert value(asked, "result") is good
