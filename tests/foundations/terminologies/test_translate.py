"""$translate and $closure. Source: FHIR R4 conceptmap-operation-translate.html, conceptmap-operation-closure.html."""

import asyncio
from typing import Any

import pytest
from tests.foundations.terminologies.support import ANIMALS, Json, Service, animals, parameters, value

SOUNDS = "http://example.org/sounds"
MAP: Json = {
    "resourceType": "ConceptMap",
    "url": "http://example.org/map",
    "version": "1",
    "status": "active",
    "sourceUri": f"{ANIMALS}/all",
    "group": [
        {
            "source": ANIMALS,
            "target": SOUNDS,
            "element": [
                {"code": "cat", "target": [{"code": "miaow", "display": "Miaow", "equivalence": "equivalent"}]},
                {"code": "mammal", "target": [{"code": "bark", "equivalence": "wider", "comment": "Some do."}]},
                {"code": "bird", "target": [{"equivalence": "unmatched"}]},
                {
                    "code": "dog",
                    "target": [
                        {
                            "code": "howl",
                            "equivalence": "narrower",
                            "dependsOn": [{"property": "http://example.org/moon", "value": "full"}],
                        },
                        {"code": "bark", "equivalence": "equal"},
                    ],
                },
            ],
            "unmapped": {"mode": "fixed", "code": "silence"},
        }
    ],
}


def matches(answer: Json) -> list[tuple[str, str]]:
    """(equivalence, code) of each match."""
    found = []
    for one in answer["parameter"]:
        if one["name"] == "match":
            parts: dict[str, Any] = {part["name"]: part for part in one["part"]}
            code = parts["concept"]["valueCoding"]["code"] if "concept" in parts else ""
            found.append((parts["equivalence"]["valueCode"], code))
    return found


async def translated(terms: Service, code: str, **more: Any) -> Json:
    return await terms.ask("ConceptMap/$translate", parameters(conceptMap=MAP, code=code, system=ANIMALS, **more))


@pytest.mark.parametrize(
    ("code", "expected", "good"),
    [
        ("cat", [("equivalent", "miaow")], True),
        ("mammal", [("wider", "bark")], True),
        ("bird", [("unmatched", "")], False),
        ("dog", [("equal", "bark")], True),
        ("hen", [("inexact", "silence")], True),
    ],
)
async def test_a_code_becomes_what_the_map_says(
    zoo: Service, code: str, expected: list[tuple[str, str]], good: bool
) -> None:
    answer = await translated(zoo, code)
    assert matches(answer) == expected
    assert value(answer, "result") is good


async def test_a_target_that_depends_on_something_needs_it(zoo: Service) -> None:
    moon = {
        "part": [
            {"name": "element", "valueUri": "http://example.org/moon"},
            {"name": "concept", "valueCodeableConcept": {"coding": [{"code": "full"}]}},
        ]
    }
    body = parameters(conceptMap=MAP, code="dog", system=ANIMALS)
    body["parameter"].append({"name": "dependency", **moon})
    assert ("narrower", "howl") in matches(await zoo.ask("ConceptMap/$translate", body))


async def test_a_part_of_a_dependency_that_has_no_name_says_nothing(zoo: Service) -> None:
    body = parameters(conceptMap=MAP, code="dog", system=ANIMALS)
    nameless = {"_name": {"extension": [{"url": "http://example.org/x", "valueCode": "x"}]}, "valueString": "x"}
    body["parameter"].append({"name": "dependency", "part": [nameless]})
    assert ("narrower", "howl") not in matches(await zoo.ask("ConceptMap/$translate", body))


async def test_a_map_is_read_backwards(zoo: Service) -> None:
    body = parameters(conceptMap=MAP, code="bark", system=SOUNDS, reverse=True)
    found = await zoo.ask("ConceptMap/$translate", body)
    assert sorted(matches(found)) == [("equal", "dog"), ("narrower", "mammal")]


async def test_maps_that_are_held_are_found_by_the_systems_that_they_speak_of(terms: Service) -> None:
    made = await terms.put(MAP)
    for asked in (
        {"system": ANIMALS, "code": "cat"},
        {"system": ANIMALS, "code": "cat", "targetsystem": SOUNDS},
        {"system": ANIMALS, "code": "cat", "url": MAP["url"], "conceptMapVersion": "1"},
        {"system": ANIMALS, "code": "cat", "source": f"{ANIMALS}/all"},
    ):
        assert matches(await terms.ask("ConceptMap/$translate", **asked)) == [("equivalent", "miaow")]
    found = await terms.ask(f"ConceptMap/{made['id']}/$translate", system=ANIMALS, code="cat")
    assert matches(found) == [("equivalent", "miaow")]
    assert matches(await terms.ask("ConceptMap/$translate", system=ANIMALS, code="cat", targetsystem="http://x")) == []
    assert (await terms.refusal("ConceptMap/$translate", system=ANIMALS, code="cat", url="http://nowhere"))[0] == 404


def sounds(url: str, *targets: Json, code: str = "cat", to: str = SOUNDS, **more: Any) -> Json:
    """A map of one code of the animals."""
    group = {"source": ANIMALS, "target": to, "element": [{"code": code, "target": list(targets)}], **more}
    return {"resourceType": "ConceptMap", "url": url, "status": "active", "group": [group]}


async def test_each_group_sends_elsewhere_what_it_does_not_have(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(sounds("http://example.org/more", {"code": "cluck", "equivalence": "equal"}, code="hen"))
    first = sounds(
        "http://example.org/first", {"code": "7", "equivalence": "equal"}, code="hen", to="http://example.org/numbers"
    )
    other = {"mode": "other-map", "url": "http://example.org/more"}
    first["group"] += sounds("", {"code": "miaow", "equivalence": "equal"}, unmapped=other)["group"]
    found = await terms.ask("ConceptMap/$translate", parameters(conceptMap=first, system=ANIMALS, code="hen"))
    assert matches(found) == [("equal", "7"), ("equal", "cluck")]
    asked = parameters(conceptMap=first, system=ANIMALS, code="hen", targetsystem="http://example.org/numbers")
    assert matches(await terms.ask("ConceptMap/$translate", asked)) == [("equal", "7")]


async def test_a_map_that_sends_to_one_that_is_not_held_does_not_silence_the_others(terms: Service) -> None:
    await terms.put(animals())
    lost = sounds(
        "http://example.org/lost", code="dog", unmapped={"mode": "other-map", "url": "http://example.org/gone"}
    )
    del lost["group"][0]["element"][0]["target"]
    await terms.put(lost)
    await terms.put(sounds("http://example.org/good", {"code": "miaow", "equivalence": "equal"}))
    assert matches(await terms.ask("ConceptMap/$translate", system=ANIMALS, code="cat")) == [("equal", "miaow")]
    status, said = await terms.refusal(
        "ConceptMap/$translate", system=ANIMALS, code="cat", url="http://example.org/lost"
    )
    assert (status, "http://example.org/gone" in said) == (404, True)


async def test_of_several_versions_of_a_map_the_newest_tells(terms: Service) -> None:
    await terms.put(animals())
    for version, code in (("1.9", "old"), ("1.10", "new")):
        await terms.put(sounds("http://example.org/map", {"code": code, "equivalence": "equal"}) | {"version": version})
    assert matches(await terms.ask("ConceptMap/$translate", system=ANIMALS, code="cat")) == [("equal", "new")]


async def test_the_display_of_a_match_is_that_of_the_newest_version_of_its_system(terms: Service) -> None:
    for version, display in (("1.10", "New"), ("1.9", "Old")):
        await terms.put(animals(version, concept=[{"code": "cat", "display": display}]))
    to_animals = sounds("http://example.org/map", {"code": "cat", "equivalence": "equal"}, to=ANIMALS)
    for more, display in (({}, "New"), ({"targetVersion": "1.9"}, "Old")):
        to_animals["group"][0] |= more
        found = await terms.ask("ConceptMap/$translate", parameters(conceptMap=to_animals, system=ANIMALS, code="cat"))
        [part] = [one["part"] for one in found["parameter"] if one["name"] == "match"]
        [concept] = [one["valueCoding"] for one in part if one["name"] == "concept"]
        assert concept["display"] == display


async def test_one_code_with_two_products_is_two_matches(zoo: Service) -> None:
    loud, low = ([{"property": "http://example.org/volume", "value": volume}] for volume in ("loud", "low"))
    both = [{"code": "miaow", "equivalence": "equal", "product": product} for product in (loud, low)]
    asked = parameters(conceptMap=sounds("http://example.org/map", *both), system=ANIMALS, code="cat")
    assert len(matches(await zoo.ask("ConceptMap/$translate", asked))) == 2


async def test_a_code_is_translated_in_whatever_case_its_system_takes_it(terms: Service) -> None:
    await terms.put(animals(caseSensitive=False))
    asked = parameters(conceptMap=MAP, system=ANIMALS, code="CAT")
    assert matches(await terms.ask("ConceptMap/$translate", asked)) == [("equivalent", "miaow")]


async def test_a_closure_tells_what_each_new_code_brings(terms: Service) -> None:
    await terms.put(animals())

    async def close(*told: str, **more: Any) -> Json:
        concepts = [{"system": ANIMALS, "code": code} for code in told]
        return await terms.ask("$closure", parameters(name="mine", concept=concepts, **more))

    def pairs(concept_map: Json) -> list[tuple[str, str]]:
        return [
            (element["code"], target["code"])
            for group in concept_map.get("group", ())
            for element in group["element"]
            for target in element["target"]
        ]

    begun = await close()
    assert (begun["version"], pairs(begun)) == ("0", [])
    assert pairs(await close("cat")) == []
    assert pairs(await close("dog", "mammal")) == [("cat", "mammal"), ("dog", "mammal")]
    assert pairs(await close("animal")) == [("cat", "animal"), ("dog", "animal"), ("mammal", "animal")]
    assert pairs(await close("cat")) == []
    again = await close(version=1)
    assert (again["version"], len(pairs(again))) == ("3", 5)
    assert (await terms.refusal("$closure", parameters(name="mine", concept=[{"system": ANIMALS, "code": "x"}])))[
        0
    ] == 404
    assert (await terms.refusal("$closure", parameters(name="other", version=1)))[0] == 404


async def test_a_closure_knows_a_code_in_each_case_in_which_it_was_told(terms: Service) -> None:
    await terms.put(animals(caseSensitive=False))
    await terms.ask("$closure", parameters(name="cases"))
    found = []
    for code in ("cat", "mammal", "MAMMAL"):
        told = await terms.ask("$closure", parameters(name="cases", concept={"system": ANIMALS, "code": code}))
        found += [target["code"] for group in told.get("group", ()) for target in group["element"][0]["target"]]
    assert found == ["mammal", "MAMMAL"]


async def test_codes_told_to_a_closure_at_the_same_time_miss_no_relation(terms: Service) -> None:
    await terms.put(animals())
    await terms.ask("$closure", parameters(name="busy"))
    told = ("animal", "mammal", "cat", "dog", "bird", "hen")
    answers = await asyncio.gather(
        *(terms.ask("$closure", parameters(name="busy", concept={"system": ANIMALS, "code": code})) for code in told)
    )
    whole = await terms.ask("$closure", parameters(name="busy", version=0))
    assert sorted(pair for answer in answers for pair in related(answer)) == sorted(related(whole))
    assert len(related(whole)) == 8
    assert len({answer["version"] for answer in answers}) == len(told)


def related(closed: Json) -> list[tuple[str, str]]:
    """(narrower, broader) of each relation of an answer of $closure."""
    elements = [element for group in closed.get("group", ()) for element in group["element"]]
    return [(element["code"], target["code"]) for element in elements for target in element["target"]]
