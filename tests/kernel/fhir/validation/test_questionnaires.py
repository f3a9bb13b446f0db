"""Answers against their questionnaire."""

from typing import Any

import pytest
from tests.kernel.fhir.validation.profiles import found, judged

Json = dict[str, Any]
URL = "https://exemple.test/Questionnaire/q"
BASE = "http://hl7.org/fhir/StructureDefinition/"


def questionnaire(*items: Json) -> Json:
    return {"resourceType": "Questionnaire", "url": URL, "status": "active", "item": list(items)}


def response(*items: Json, status: str = "completed") -> Json:
    return {"resourceType": "QuestionnaireResponse", "questionnaire": URL, "status": status, "item": list(items)}


def asked(link: str, type_: str, **more: Any) -> Json:
    return {"linkId": link, "type": type_, **more}


def told(link: str, *answers: Json, **more: Any) -> Json:
    return {"linkId": link, **({"answer": list(answers)} if answers else {}), **more}


AGE = asked("age", "integer", required=True)
SMOKES = asked("fume", "boolean")
HOW_MANY = asked(
    "combien", "integer", required=True, enableWhen=[{"question": "fume", "operator": "=", "answerBoolean": True}]
)


def errors(answers: Json, *questions: Json) -> list[str]:
    return [place for place, _ in found(judged(answers, questionnaire(*questions)))]


def test_what_is_required_is_answered_once_the_response_is_complete() -> None:
    assert errors(response(told("fume", {"valueBoolean": True})), AGE, SMOKES) == ["QuestionnaireResponse"]
    assert errors(response(told("fume", {"valueBoolean": True}), status="in-progress"), AGE, SMOKES) == []
    assert errors(response(told("age", {"valueInteger": 3})), AGE) == []


def test_items_are_those_of_the_questionnaire_in_its_order() -> None:
    age, smokes = told("age", {"valueInteger": 3}), told("fume", {"valueBoolean": True})
    assert errors(response(age, smokes), AGE, SMOKES) == []
    assert errors(response(smokes, age), AGE, SMOKES) == ["QuestionnaireResponse.item[1].linkId"]
    assert errors(response(age, told("lapin")), AGE) == ["QuestionnaireResponse.item[1].linkId"]


def test_an_answer_has_the_type_of_its_question() -> None:
    assert errors(response(told("age", {"valueString": "3"})), AGE) == ["QuestionnaireResponse.item[0].answer[0].value"]


def test_only_a_question_that_repeats_takes_several_answers() -> None:
    two = [{"valueInteger": 3}, {"valueInteger": 4}]
    assert errors(response(told("age", *two)), AGE) == ["QuestionnaireResponse.item[0].answer"]
    assert errors(response(told("age", *two)), {**AGE, "repeats": True}) == []


def test_a_question_is_asked_when_its_condition_holds() -> None:
    yes, no = told("fume", {"valueBoolean": True}), told("fume", {"valueBoolean": False})
    many = told("combien", {"valueInteger": 3})
    assert errors(response(yes, many), SMOKES, HOW_MANY) == []
    assert errors(response(yes), SMOKES, HOW_MANY) == ["QuestionnaireResponse"]
    assert errors(response(no), SMOKES, HOW_MANY) == []
    assert errors(response(no, many), SMOKES, HOW_MANY) == ["QuestionnaireResponse.item[1]"]


@pytest.mark.parametrize(
    ("operator", "value", "good"),
    [(">", 17, False), (">", 19, True), ("<=", 18, True), ("!=", 18, False), ("exists", 1, True)],
)
def test_conditions_compare(operator: str, value: int, good: bool) -> None:
    wanted = {"answerBoolean": True} if operator == "exists" else {"answerInteger": 18}
    adult = asked("adulte", "string", enableWhen=[{"question": "age", "operator": operator, **wanted}])
    answers = response(told("age", {"valueInteger": value}), told("adulte", {"valueString": "oui"}))
    assert (errors(answers, AGE, adult) == []) is good


@pytest.mark.parametrize(
    ("kind", "answer", "waited", "equal"),
    [
        ("quantity", {"value": 5, "unit": "mg", "code": "mg"}, {"value": 5, "unit": "mg", "code": "mg"}, True),
        ("quantity", {"value": 5, "unit": "mg", "code": "mg"}, {"value": 7, "unit": "mg", "code": "mg"}, False),
        ("quantity", {"value": 1000, "unit": "mg", "code": "mg"}, {"value": 1, "unit": "g", "code": "g"}, True),
        ("dateTime", "2024-05-01T12:00:00+02:00", "2024-05-01T10:00:00Z", True),
        ("dateTime", "2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00Z", False),
        ("choice", {"system": "urn:x", "code": "a", "display": "A"}, {"system": "urn:x", "code": "a"}, True),
        ("choice", {"system": "urn:x", "code": "a"}, {"system": "urn:x", "code": "b"}, False),
    ],
)
def test_a_condition_compares_what_values_are_worth(kind: str, answer: Any, waited: Any, equal: bool) -> None:
    member = {"quantity": "Quantity", "dateTime": "DateTime", "choice": "Coding"}[kind]
    if kind == "quantity":
        answer, waited = ({**one, "system": "http://unitsofmeasure.org"} for one in (answer, waited))
    for operator in ("=", "!="):
        when = {"question": "un", "operator": operator, "answer" + member: waited}
        questions = asked("un", kind), asked("deux", "string", enableWhen=[when])
        answers = response(told("un", {"value" + member: answer}), told("deux", {"valueString": "oui"}))
        assert (errors(answers, *questions) == []) is (equal is (operator == "="))


def test_a_condition_on_a_value_of_a_wrong_shape_says_nothing() -> None:
    waited = {"value": 5, "unit": "mg"}
    when = {"question": "un", "operator": "=", "answerQuantity": waited}
    questions = asked("un", "quantity"), asked("deux", "string", enableWhen=[when])
    for value in ("", "cinq", {}, []):
        answers = response(told("un", {"valueQuantity": {**waited, "value": value}}))
        places = errors(answers, *questions)
        assert places
        assert all(place.startswith("QuestionnaireResponse.item[0].answer[0].value") for place in places)


def test_a_choice_is_one_of_its_options() -> None:
    options = [{"valueCoding": {"system": "urn:x", "code": "a", "display": "A"}}]
    choice = asked("c", "choice", answerOption=options)
    assert errors(response(told("c", {"valueCoding": {"system": "urn:x", "code": "a"}})), choice) == []
    other = response(told("c", {"valueCoding": {"system": "urn:x", "code": "b"}}))
    assert errors(other, choice) == ["QuestionnaireResponse.item[0].answer[0].value"]
    assert errors(response(told("c", {"valueString": "autre"})), {**choice, "type": "open-choice"}) == []


def test_a_choice_is_in_its_value_set() -> None:
    choice = asked("c", "choice", answerValueSet="http://hl7.org/fhir/ValueSet/administrative-gender")
    system = "http://hl7.org/fhir/administrative-gender"
    assert errors(response(told("c", {"valueCoding": {"system": system, "code": "male"}})), choice) == []
    assert "QuestionnaireResponse.item[0].answer[0].value" in errors(
        response(told("c", {"valueCoding": {"system": system, "code": "homme"}})), choice
    )


GENDER = "http://hl7.org/fhir/administrative-gender"
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"


def chosen(system: str, code: str, **value_set: Any) -> tuple[list[str], list[str]]:
    """(errors, warnings) for a code, by a questionnaire whose choice has a value set that it contains."""
    contained = {"resourceType": "ValueSet", "id": "v", "status": "active", **value_set}
    held = {**questionnaire(asked("c", "choice", answerValueSet="#v")), "contained": [contained]}
    report = judged(response(told("c", {"valueCoding": {"system": system, "code": code}})), held)
    place = "QuestionnaireResponse.item[0].answer[0].value"
    errors, warnings = (
        [one for one, rule in found(report, severity) if one == place and "questionnaireresponse" in rule]
        for severity in ("error", "warning")
    )
    return errors, warnings


GOOD: tuple[list[str], list[str]] = ([], [])
WRONG = (["QuestionnaireResponse.item[0].answer[0].value"], [])
UNSURE = ([], ["QuestionnaireResponse.item[0].answer[0].value"])
LISTED = {"system": "urn:x", "concept": [{"code": "a"}, {"code": "b"}]}


@pytest.mark.parametrize(
    ("system", "code", "compose", "verdict"),
    [
        ("urn:x", "a", {"include": [LISTED]}, GOOD),
        ("urn:x", "c", {"include": [LISTED]}, WRONG),
        ("urn:y", "a", {"include": [LISTED]}, WRONG),
        ("urn:x", "b", {"include": [LISTED], "exclude": [{"system": "urn:x", "concept": [{"code": "b"}]}]}, WRONG),
        ("urn:x", "c", {"include": [LISTED, {"system": "urn:x", "concept": [{"code": "c"}]}]}, GOOD),
        (GENDER, "male", {"include": [{"system": GENDER}]}, GOOD),
        (GENDER, "homme", {"include": [{"system": GENDER}]}, WRONG),
        (GENDER, "male", {"include": [{"valueSet": [GENDERS]}]}, GOOD),
        (GENDER, "male", {"include": [{"valueSet": [GENDERS]}], "exclude": [{"system": GENDER}]}, WRONG),
        (GENDER, "male", {"include": [{"system": "urn:x", "valueSet": [GENDERS]}]}, WRONG),
        ("urn:x", "a", {"include": [{"system": "urn:x"}]}, UNSURE),
        ("urn:x", "a", {"include": [LISTED, {"valueSet": ["urn:unknown"]}]}, GOOD),
        ("urn:x", "c", {"include": [LISTED, {"valueSet": ["urn:unknown"]}]}, UNSURE),
        ("urn:x", "a", {"include": [LISTED], "exclude": [{"valueSet": ["urn:unknown"]}]}, UNSURE),
        (GENDER, "male", {"include": [{"system": GENDER, "filter": [{"property": "concept"}]}]}, UNSURE),
    ],
)
def test_a_choice_is_in_the_value_set_that_its_questionnaire_contains(
    system: str, code: str, compose: Json, verdict: tuple[list[str], list[str]]
) -> None:
    assert chosen(system, code, compose=compose) == verdict


def test_a_contained_value_set_may_be_an_expansion() -> None:
    inner = [{"system": "urn:x", "code": "b"}]
    expansion = {"contains": [{"system": "urn:x", "code": "a", "abstract": True, "contains": inner}]}
    assert chosen("urn:x", "b", expansion=expansion) == GOOD
    assert chosen("urn:x", "a", expansion=expansion) == WRONG
    assert chosen("urn:x", "a") == UNSURE


def test_a_value_set_that_the_questionnaire_does_not_contain_is_told() -> None:
    assert chosen("urn:x", "a", id="other") == UNSURE


def test_a_value_stays_within_its_limits() -> None:
    limited = {
        **AGE,
        "extension": [{"url": BASE + "minValue", "valueInteger": 0}, {"url": BASE + "maxValue", "valueInteger": 130}],
    }
    assert errors(response(told("age", {"valueInteger": 42})), limited) == []
    assert errors(response(told("age", {"valueInteger": 131})), limited) == [
        "QuestionnaireResponse.item[0].answer[0].value"
    ]
    short = asked("nom", "string", maxLength=3)
    assert errors(response(told("nom", {"valueString": "abcd"})), short) == [
        "QuestionnaireResponse.item[0].answer[0].value"
    ]


def test_groups_hold_items_and_displays_take_no_answer() -> None:
    group = asked("g", "group", item=[AGE, asked("texte", "display")])
    good = told("g", item=[told("age", {"valueInteger": 3})])
    assert errors(response(good), group) == []
    assert errors(response(told("g", item=[])), group)
    bad = told("g", item=[told("age", {"valueInteger": 3}), told("texte", {"valueString": "x"})])
    assert errors(response(bad), group) == ["QuestionnaireResponse.item[0].item[1].answer"]


def test_an_unknown_questionnaire_is_told() -> None:
    report = judged(response(told("age", {"valueInteger": 3})))
    assert ("QuestionnaireResponse.questionnaire", "FHIR R4 questionnaireresponse.html") in found(report, "warning")


def test_what_a_question_proposes_has_its_type() -> None:
    """The values at first and the options."""

    def places(*items: Json) -> list[str]:
        return [place for place, _ in found(judged(questionnaire(*items)))]

    coding = {"system": "urn:x", "code": "a"}
    assert places(asked("a", "integer", initial=[{"valueInteger": 3}])) == []
    assert places(asked("a", "url", initial=[{"valueUri": "https://exemple.test"}])) == []
    assert places(asked("a", "open-choice", answerOption=[{"valueCoding": coding}])) == []
    assert places(asked("a", "integer", initial=[{"valueString": "3"}])) == ["Questionnaire.item[0].initial[0].value"]
    group = asked("g", "group", item=[asked("d", "date", answerOption=[{"valueCoding": coding}])])
    assert places(group) == ["Questionnaire.item[0].item[0].answerOption[0].value"]


def test_a_condition_waits_for_a_value_of_the_type_of_its_question() -> None:
    def warned(operator: str, **answer: Any) -> list[str]:
        when = [{"question": "age", "operator": operator, **answer}]
        report = judged(questionnaire(AGE, asked("b", "boolean", enableWhen=when)))
        return [place for place, _ in found(report, "warning") if "enableWhen" in place]

    assert warned(">", answerInteger=18) == []
    assert warned("exists", answerBoolean=True) == []
    assert warned("=", answerString="18") == ["Questionnaire.item[1].enableWhen[0].answer"]


def test_a_condition_looks_at_a_question_that_is_asked_before_it() -> None:
    """Not at the item itself, nor at one within it, nor at one that is not there; what follows may be looked at."""

    def when(link: str) -> list[Json]:
        return [{"question": link, "operator": "exists", "answerBoolean": True}]

    def places(*items: Json) -> list[str]:
        return [place for place, _ in found(judged(questionnaire(*items)))]

    inner = asked("g.1", "boolean")
    assert places(asked("a", "boolean", enableWhen=when("b")), asked("b", "boolean")) == []
    assert places(asked("g", "group", item=[inner, asked("g.2", "boolean", enableWhen=when("g.1"))])) == []
    wrong = ["Questionnaire.item[0].enableWhen[0].question"]
    assert places(asked("g", "group", item=[inner], enableWhen=when("g.1"))) == wrong
    assert places(asked("a", "boolean", enableWhen=when("a"))) == wrong
    assert places(asked("a", "boolean", enableWhen=when("z"))) == wrong
    below = asked("g", "group", item=[inner, asked("g.2", "boolean", enableWhen=when("z"))])
    assert places(below) == ["Questionnaire.item[0].item[1].enableWhen[0].question"]


# --- which answer a condition looks at ------------------------------------------------------------------------------

CHILD = asked(
    "enfant",
    "group",
    repeats=True,
    item=[
        asked("malade", "boolean"),
        asked(
            "maladie",
            "string",
            required=True,
            enableWhen=[{"question": "malade", "operator": "=", "answerBoolean": True}],
        ),
    ],
)


def child(ill: bool, *more: Json) -> Json:
    return told("enfant", item=[told("malade", {"valueBoolean": ill}), *more])


def test_in_a_group_that_repeats_a_condition_looks_at_the_answer_of_its_own_group() -> None:
    named = told("maladie", {"valueString": "rougeole"})
    assert errors(response(child(True, named), child(False)), CHILD) == []
    assert errors(response(child(False), child(True, named)), CHILD) == []
    assert errors(response(child(True, named), child(False, named)), CHILD) == ["QuestionnaireResponse.item[1].item[1]"]
    assert errors(response(child(False), child(True)), CHILD) == ["QuestionnaireResponse.item[1]"]


def test_outside_the_groups_that_repeat_it_looks_at_the_nearest_before() -> None:
    after = asked("suite", "string", enableWhen=[{"question": "malade", "operator": "=", "answerBoolean": True}])
    named, next_ = told("maladie", {"valueString": "rougeole"}), told("suite", {"valueString": "repos"})
    assert errors(response(child(False), child(True, named), next_), CHILD, after) == []
    assert errors(response(child(True, named), child(False), next_), CHILD, after) == ["QuestionnaireResponse.item[2]"]


def test_several_conditions_say_how_they_go_together() -> None:
    twice = [{"question": "age", "operator": "exists", "answerBoolean": one} for one in (True, False)]
    q = questionnaire(AGE, asked("b", "string", enableWhen=twice))
    assert found(judged(q)) == [("Questionnaire.item[1]", "que-12")]
    q["item"][1]["enableBehavior"] = "any"
    assert found(judged(q)) == []
