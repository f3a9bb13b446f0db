"""Code systems and value sets that a request brings with it: `tx-resource`, `codeSystem`, `useSupplement`."""

import pytest
from tests.foundations.terminologies.support import (
    ANIMALS,
    Json,
    Service,
    animals,
    codes,
    of_animals,
    parameters,
    value,
    value_set,
)

FRUITS = "http://example.org/fruits"
VS = "http://example.org/vs/fruits"


def fruits(**changes: object) -> Json:
    """A code system that nobody holds."""
    return {
        "resourceType": "CodeSystem",
        "url": FRUITS,
        "version": "3",
        "status": "active",
        "content": "complete",
        "valueSet": f"{FRUITS}/all",
        "concept": [
            {"code": "pome", "display": "Pome", "concept": [{"code": "apple", "display": "Apple"}, {"code": "pear"}]},
            {"code": "berry", "display": "Berry"},
        ],
    } | changes


def polish(**changes: object) -> Json:
    """A supplement that names animals in Polish."""
    return {
        "resourceType": "CodeSystem",
        "url": f"{ANIMALS}/pl",
        "version": "1",
        "status": "active",
        "content": "supplement",
        "supplements": ANIMALS,
        "language": "pl",
        "concept": [{"code": "cat", "designation": [{"language": "pl", "value": "Kot"}]}],
    } | changes


async def test_a_code_system_brought_along_is_known_for_that_question_only(zoo: Service) -> None:
    found = await zoo.ask("CodeSystem/$lookup", parameters(tx_resource=fruits(), system=FRUITS, code="apple"))
    assert value(found, "display") == "Apple"
    assert (await zoo.refusal("CodeSystem/$lookup", system=FRUITS, code="apple"))[0] == 404


async def test_the_code_system_of_the_question_is_judged_by(zoo: Service) -> None:
    good = await zoo.ask("CodeSystem/$validate-code", parameters(codeSystem=fruits(), code="pear"))
    assert (value(good, "result"), value(good, "system"), value(good, "version")) == (True, FRUITS, "3")
    wrong = await zoo.ask("CodeSystem/$validate-code", parameters(codeSystem=fruits(), code="cat"))
    assert value(wrong, "result") is False


async def test_a_value_set_brought_along_may_filter_a_system_brought_along(zoo: Service) -> None:
    pomes = value_set(
        VS, {"system": FRUITS, "filter": [{"property": "concept", "op": "descendent-of", "value": "pome"}]}
    )
    brought = [fruits(), pomes]
    for code, good in (("apple", True), ("pome", False), ("berry", False)):
        body = parameters(tx_resource=brought, url=VS, system=FRUITS, code=code)
        assert value(await zoo.ask("ValueSet/$validate-code", body), "result") is good, code
    expanded = await zoo.ask("ValueSet/$expand", parameters(tx_resource=brought, url=VS))
    assert codes(expanded) == ["apple", "pear"]
    assert all(one["name"] != "tx-resource" for one in expanded["expansion"]["parameter"])


async def test_the_value_set_of_all_codes_of_a_system_brought_along(zoo: Service) -> None:
    expanded = await zoo.ask("ValueSet/$expand", parameters(tx_resource=fruits(), url=f"{FRUITS}/all"))
    assert codes(expanded) == ["pome", "apple", "pear", "berry"]


async def test_what_is_brought_comes_before_what_is_held(zoo: Service) -> None:
    other = animals(concept=[{"code": "dragon", "display": "Dragon"}])
    for code, good in (("dragon", True), ("cat", False)):
        body = parameters(tx_resource=other, url=ANIMALS, code=code)
        assert value(await zoo.ask("CodeSystem/$validate-code", body), "result") is good, code


async def test_a_supplement_brought_along_names_what_is_held(zoo: Service) -> None:
    asked = {"system": ANIMALS, "code": "cat", "displayLanguage": "pl"}
    found = await zoo.ask("CodeSystem/$lookup", parameters(tx_resource=polish(), **asked))
    assert value(found, "display") == "Kot"
    assert value(await zoo.ask("CodeSystem/$lookup", parameters(**asked)), "display") == "Cat"


async def test_a_supplement_that_is_to_be_used_must_be_held(zoo: Service) -> None:
    asked = {"system": ANIMALS, "code": "cat"}
    status, said = await zoo.refusal("CodeSystem/$lookup", parameters(useSupplement=f"{ANIMALS}/pl", **asked))
    assert status == 404
    assert f"{ANIMALS}/pl" in said
    both = parameters(useSupplement=f"{ANIMALS}/pl", tx_resource=polish(), **asked)
    assert value(await zoo.ask("CodeSystem/$lookup", both), "code") is None
    other = parameters(useSupplement=f"{ANIMALS}/pl|2", tx_resource=polish(), **asked)
    assert (await zoo.refusal("CodeSystem/$lookup", other))[0] == 404


async def test_codes_of_a_system_brought_along_subsume_each_other(zoo: Service) -> None:
    body = parameters(tx_resource=fruits(), system=FRUITS, codeA="pome", codeB="pear")
    assert value(await zoo.ask("CodeSystem/$subsumes", body), "outcome") == "subsumes"


async def test_what_is_brought_once_serves_every_question_of_a_batch(zoo: Service) -> None:
    asked = [parameters(code=code) for code in ("apple", "cat")]
    body = parameters(validation=asked, tx_resource=fruits(), url=f"{FRUITS}/all", system=FRUITS)
    answered = await zoo.ask("ValueSet/$batch-validate-code", body)
    assert [value(one["resource"], "result") for one in answered["parameter"]] == [True, False]


async def test_what_one_question_of_a_batch_brings_is_added_to_what_the_batch_does(zoo: Service) -> None:
    more = fruits(concept=[{"code": "melon"}])
    set_of_both = value_set(VS, {"system": FRUITS}, of_animals(codes=["cat"]))
    asked = [
        parameters(code="melon", system=FRUITS, tx_resource=more),
        parameters(code="apple", system=FRUITS, tx_resource=more),
        parameters(code="apple", system=FRUITS),
        parameters(code="cat", system=ANIMALS, tx_resource=more),
    ]
    body = parameters(validation=asked, tx_resource=[fruits(), set_of_both], url=VS)
    answered = await zoo.ask("ValueSet/$batch-validate-code", body)
    assert [value(one["resource"], "result") for one in answered["parameter"]] == [True, False, True, True]


@pytest.mark.parametrize(
    ("brought", "said"),
    [
        ({"resourceType": "Patient", "active": True}, "Patient"),
        (fruits(url=""), "url"),
        (polish(supplements=None), "supplements"),
    ],
)
async def test_only_terminologies_that_could_be_kept_are_brought(zoo: Service, brought: Json, said: str) -> None:
    brought = {name: one for name, one in brought.items() if one}
    status, told = await zoo.refusal("CodeSystem/$lookup", parameters(tx_resource=brought, system=FRUITS, code="apple"))
    assert status in (400, 422)
    assert said in told


async def test_a_hierarchy_too_deep_for_a_question_is_refused(zoo: Service) -> None:
    below = [{"code": str(n), "property": [{"code": "parent", "valueCode": str(n - 1)}]} for n in range(1, 1_500)]
    chain = [{"code": "0"}, *below]
    body = parameters(tx_resource=fruits(concept=chain), system=FRUITS, code="7")
    assert (await zoo.call("CodeSystem/$lookup", body)).json()["issue"][0]["code"] == "too-costly"


async def test_a_value_set_may_contain_the_one_that_it_imports(zoo: Service) -> None:
    whole = value_set(VS, {"valueSet": ["#mammals"]})
    whole["contained"] = [value_set(VS, of_animals(("concept", "is-a", "mammal"))) | {"id": "mammals"}]
    for code, good in (("cat", True), ("hen", False)):
        body = parameters(valueSet=whole, system=ANIMALS, code=code)
        assert value(await zoo.ask("ValueSet/$validate-code", body), "result") is good, code


async def test_a_contained_value_set_that_imports_itself_is_refused(zoo: Service) -> None:
    whole = value_set(VS, {"valueSet": ["#loop"]})
    whole["contained"] = [value_set(VS, {"valueSet": ["#loop"]}) | {"id": "loop"}]
    assert (await zoo.refusal("ValueSet/$validate-code", parameters(valueSet=whole, system=ANIMALS, code="cat")))[
        0
    ] == 422


async def test_extensions_in_the_place_of_a_value_are_told_at_their_place(zoo: Service) -> None:
    unknown = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    nameless = fruits(concept=[{"_code": unknown, "display": "Pome"}])
    included = "ValueSet.compose.include[0]"
    wrong = [
        ([nameless], {"system": FRUITS}, "CodeSystem.concept[0].code"),
        ([fruits()], {"system": FRUITS, "concept": [{"_code": unknown}]}, f"{included}.concept[0].code"),
        (
            [fruits()],
            {"system": FRUITS, "filter": [{"property": "concept", "op": "is-a", "_value": unknown}]},
            f"{included}.filter[0].value",
        ),
    ]
    for brought, part, place in wrong:
        body = parameters(tx_resource=brought, valueSet=value_set(VS, part))
        answer = await zoo.call("ValueSet/$expand", body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["issue"][0]["expression"] == [place]


async def test_a_property_or_a_designation_without_a_value_is_left_out(zoo: Service) -> None:
    unknown = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    apple = {
        "code": "apple",
        "property": [{"_code": unknown, "valueString": "x"}],
        "designation": [{"_value": unknown}],
    }
    found = await zoo.ask(
        "CodeSystem/$lookup", parameters(tx_resource=fruits(concept=[apple]), system=FRUITS, code="apple")
    )
    properties = [one["part"][0]["valueCode"] for one in found["parameter"] if one["name"] == "property"]
    assert (properties, value(found, "designation")) == (["inactive"], None)
