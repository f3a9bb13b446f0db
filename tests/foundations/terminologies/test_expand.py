"""$expand: what a value set holds. Source: FHIR R4 valueset-operation-expand.html, valueset.html#compositions."""

import pytest
from tests.foundations.terminologies.support import (
    ANIMALS,
    Json,
    Service,
    animals,
    chain,
    codes,
    of_animals,
    parameters,
    value,
    value_set,
)

from socle.foundations.terminologies import actions

VS = "http://example.org/vs"


async def expand(service: Service, *include: Json, exclude: tuple[Json, ...] = (), **more: object) -> list[str]:
    """The codes of a value set given whole."""
    body = parameters(valueSet=value_set(VS, *include, exclude=exclude), **more)
    return codes(await service.ask("ValueSet/$expand", body))


ALL = ["animal", "mammal", "cat", "dog", "mammoth", "bird", "hen"]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (("concept", "is-a", "mammal"), ["mammal", "cat", "dog", "mammoth"]),
        (("concept", "descendent-of", "mammal"), ["cat", "dog", "mammoth"]),
        (("concept", "is-not-a", "mammal"), ["animal", "bird", "hen"]),
        (("concept", "generalizes", "cat"), ["animal", "mammal", "cat"]),
        (("concept", "in", "cat, hen"), ["cat", "hen"]),
        (("concept", "not-in", "cat,hen"), ["animal", "mammal", "dog", "mammoth", "bird"]),
        (("legs", "=", "4"), ["cat", "dog"]),
        (("legs", "in", "2,4"), ["cat", "dog", "hen"]),
        (("legs", "exists", "true"), ["cat", "dog", "hen"]),
        (("legs", "exists", "false"), ["animal", "mammal", "mammoth", "bird"]),
        (("food", "regex", "(fish|grain)"), ["cat", "hen"]),
        (("food", "regex", "fis"), []),
        (("code", "regex", "mam.*"), ["mammal", "mammoth"]),
        (("display", "=", "Dog"), ["dog"]),
        (("parent", "=", "mammal"), ["cat", "dog", "mammoth"]),
        (("child", "=", "hen"), ["bird"]),
        (("child", "in", "hen,cat"), ["mammal", "bird"]),
        (("child", "exists", "true"), ["animal", "mammal", "bird"]),
        (("child", "exists", "false"), ["cat", "dog", "mammoth", "hen"]),
        (("ancestor", "=", "animal"), ["mammal", "cat", "dog", "mammoth", "bird", "hen"]),
        (("inactive", "=", "true"), ["mammoth"]),
    ],
)
async def test_each_filter(zoo: Service, filter: tuple[str, str, str], expected: list[str]) -> None:
    assert await expand(zoo, of_animals(filter)) == expected


async def test_a_filter_on_a_property_that_the_system_does_not_have_is_refused(zoo: Service) -> None:
    asked = parameters(valueSet=value_set(VS, of_animals(("leg", "=", "4"))))
    status, said = await zoo.refusal("ValueSet/$expand", asked)
    assert status == 422
    assert "leg" in said
    assert "legs" in said


async def test_filters_are_all_to_be_passed(zoo: Service) -> None:
    assert await expand(zoo, of_animals(("concept", "is-a", "animal"), ("legs", "=", "2"))) == ["hen"]


async def test_codes_listed_come_in_their_order_and_unknown_ones_do_not_come(zoo: Service) -> None:
    assert await expand(zoo, of_animals(codes=["hen", "unicorn", "cat"])) == ["hen", "cat"]


async def test_parts_are_put_together_each_code_once(zoo: Service) -> None:
    assert await expand(zoo, of_animals(codes=["hen", "cat"]), of_animals(("legs", "=", "4"))) == ["hen", "cat", "dog"]


async def test_what_is_excluded_is_left_out(zoo: Service) -> None:
    found = await expand(zoo, of_animals(), exclude=(of_animals(("concept", "is-a", "mammal")),))
    assert found == ["animal", "bird", "hen"]


async def test_value_sets_are_imported_and_intersected(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(value_set(f"{VS}/legs", of_animals(("legs", "exists", "true"))))
    await terms.put(value_set(f"{VS}/mammals", of_animals(("concept", "is-a", "mammal"))))
    both = {"valueSet": [f"{VS}/legs", f"{VS}/mammals"]}
    assert await expand(terms, {"valueSet": [f"{VS}/legs"]}) == ["cat", "dog", "hen"]
    assert await expand(terms, both) == ["cat", "dog"]
    assert await expand(terms, of_animals(valueSet=[f"{VS}/legs"])) == ["cat", "dog", "hen"]


async def test_all_the_codes_of_a_system_by_its_value_set(zoo: Service) -> None:
    assert codes(await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all")) == ALL


async def test_pages_follow_one_another(zoo: Service) -> None:
    first = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", count=3)
    second = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", count=3, offset=3)
    assert codes(first) + codes(second) == ALL[:6]
    assert first["expansion"]["total"] == second["expansion"]["total"] == 7
    assert second["expansion"]["offset"] == 3
    assert codes(await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", count=0)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("mam", ["mammal", "mammoth"]), ("POULE elev", ["hen"]), ("élevée", ["hen"]), ("am", []), ("!!", [])],
)
async def test_text_is_looked_for_without_case_or_accents(zoo: Service, text: str, expected: list[str]) -> None:
    assert codes(await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", filter=text)) == expected


async def test_inactive_codes_are_marked_or_left_out(zoo: Service) -> None:
    found = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all")
    assert [one["code"] for one in found["expansion"]["contains"] if one.get("inactive")] == ["mammoth"]
    active = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", activeOnly="true")
    assert "mammoth" not in codes(active)


async def test_codes_that_only_group_are_marked_or_left_out(zoo: Service) -> None:
    found = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all")
    assert [one["code"] for one in found["expansion"]["contains"] if one.get("abstract")] == ["animal"]
    assert "animal" not in codes(await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", excludeNotForUI="true"))


async def test_the_hierarchy_is_shown_when_asked_for(zoo: Service) -> None:
    found = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", excludeNested="false")
    [root] = found["expansion"]["contains"]
    assert [one["code"] for one in root["contains"]] == ["mammal", "bird"]
    assert [one["code"] for one in root["contains"][0]["contains"]] == ["cat", "dog", "mammoth"]


async def test_displays_and_designations(zoo: Service) -> None:
    found = await zoo.ask(
        "ValueSet/$expand", url=f"{ANIMALS}/all", filter="cat", displayLanguage="fr", includeDesignations="true"
    )
    [cat] = found["expansion"]["contains"]
    assert cat["display"] == "Chat"
    usage = {"system": "http://terminology.hl7.org/CodeSystem/designation-usage", "code": "display"}
    assert cat["designation"] == [
        {"language": "en", "use": usage, "value": "Cat"},
        {"language": "fr", "value": "Chat"},
    ]


async def test_no_display_where_no_other_language_will_do(zoo: Service) -> None:
    mammals = value_set(VS, of_animals(codes=["cat", "mammal"]))
    for said, shown in (("fr", ["Chat", "Mammal"]), ("fr, *;q=0", ["Chat", None]), ("fr, *;q=0.5", ["Chat", "Mammal"])):
        found = await zoo.ask("ValueSet/$expand", parameters(valueSet=mammals, displayLanguage=said))
        assert [one.get("display") for one in found["expansion"]["contains"]] == shown, said


async def test_names_and_marks_that_the_value_set_gives_are_shown(zoo: Service) -> None:
    some = value_set(VS, of_animals(codes=["cat", "dog"]))
    label = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-label", "valueString": "a)"}
    other = {"url": "http://example.org/other", "valueBoolean": True}
    some["compose"]["include"][0]["concept"][0] |= {
        "extension": [other, label],
        "designation": [{"language": "es", "value": "Gato"}],
    }
    asked = parameters(valueSet=some, includeDesignations=True, displayLanguage="es")
    cat, dog = (await zoo.ask("ValueSet/$expand", asked))["expansion"]["contains"]
    assert (cat["display"], dog["display"]) == ("Gato", "Dog")
    assert cat["extension"] == [label]
    assert [one["value"] for one in cat["designation"]] == ["Cat", "Gato", "Chat"]
    assert "extension" not in dog


async def test_text_is_looked_for_in_the_names_that_the_value_set_gives(zoo: Service) -> None:
    cat = {"code": "cat", "designation": [{"language": "fr", "value": "Félin"}]}
    asked = parameters(
        valueSet=value_set(VS, {"system": ANIMALS, "concept": [cat, {"code": "dog"}]}), filter="felin cat"
    )
    assert codes(await zoo.ask("ValueSet/$expand", asked)) == ["cat"]


async def test_codes_that_are_listed_one_by_one_are_not_put_below_each_other(zoo: Service) -> None:
    listed = value_set(VS, of_animals(codes=["cat", "mammal"]))
    found = await zoo.ask("ValueSet/$expand", parameters(valueSet=listed, excludeNested=False))
    assert codes(found) == ["cat", "mammal"]


async def test_an_expansion_of_a_system_held_in_part_says_that_there_is_more(terms: Service) -> None:
    await terms.put(animals(content="fragment"))
    unclosed = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}
    for part, marks in ((of_animals(), [unclosed]), (of_animals(codes=["cat"]), None)):
        found = await terms.ask("ValueSet/$expand", parameters(valueSet=value_set(VS, part)))
        assert found["expansion"].get("extension") == marks


async def test_a_filter_from_a_code_that_is_not_in_what_is_held_says_so(terms: Service) -> None:
    await terms.put(animals(content="fragment"))
    below_cow = value_set(VS, of_animals(("concept", "is-a", "cow")))
    status, said = await terms.refusal("ValueSet/$expand", parameters(valueSet=below_cow))
    assert (status, "n'est tenu qu'en partie (fragment), sans le code « cow »" in said) == (404, True)


async def test_supplements_and_what_is_no_longer_in_force_are_told(terms: Service) -> None:
    await terms.put(animals(status="retired"))
    named = animals(content="supplement", supplements=ANIMALS, url=f"{ANIMALS}/more", concept=[{"code": "cat"}])
    await terms.put({name: one for name, one in named.items() if name not in ("identifier", "valueSet")})
    found = await terms.ask("ValueSet/$expand", parameters(valueSet=value_set(VS, of_animals()) | {"status": "draft"}))
    told = [(one["name"], one.get("valueUri")) for one in found["expansion"]["parameter"]]
    assert ("used-supplement", f"{ANIMALS}/more|1.0") in told
    assert ("warning-retired", f"{ANIMALS}|1.0") in told


async def test_the_expansion_tells_what_it_was_made_of(zoo: Service) -> None:
    found = await zoo.ask("ValueSet/$expand", url=f"{ANIMALS}/all", activeOnly="true")
    said = {one["name"]: one for one in found["expansion"]["parameter"]}
    assert said["used-codesystem"]["valueUri"] == f"{ANIMALS}|1.0"
    assert said["activeOnly"]["valueBoolean"] is True


async def test_what_an_expansion_was_asked_with_is_told_alike_from_the_url_and_from_parameters(zoo: Service) -> None:
    asked = {"url": f"{ANIMALS}/all", "count": 2, "offset": 1}
    posted = await zoo.ask("ValueSet/$expand", parameters(**asked, activeOnly=True, includeDesignations=False))
    got = await zoo.ask("ValueSet/$expand", **asked, activeOnly="true", includeDesignations="false")
    assert got["expansion"]["parameter"] == posted["expansion"]["parameter"]
    assert {"name": "count", "valueInteger": 2} in got["expansion"]["parameter"]


async def test_the_newest_version_is_taken_unless_another_is_said(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(animals("1.10", concept=[{"code": "fox"}], valueSet=None) | {"valueSet": f"{ANIMALS}/new"})
    assert await expand(terms, of_animals()) == ["fox"]
    assert await expand(terms, of_animals(version="1.0")) == ALL
    assert await expand(terms, of_animals(), system_version=f"{ANIMALS}|1.0") == ALL
    assert await expand(terms, of_animals(version="1.0"), force_system_version=f"{ANIMALS}|1.10") == ["fox"]
    body = parameters(valueSet=value_set(VS, of_animals(version="1.10")), check_system_version=f"{ANIMALS}|1.0")
    status, said = await terms.refusal("ValueSet/$expand", body)
    assert status == 422
    assert "check-system-version" in said


async def test_codes_of_two_versions_of_a_system_say_which_is_theirs(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(animals("2.0", concept=[{"code": "cat", "property": [{"code": "status", "valueCode": "retired"}]}]))
    both = [of_animals(codes=["cat"], version="1.0"), of_animals(version="2.0")]
    found = await terms.ask("ValueSet/$expand", parameters(valueSet=value_set(VS, *both)))
    assert [one["version"] for one in found["expansion"]["contains"]] == ["1.0", "2.0"]
    in_force = value_set(VS, *both, inactive=False)
    found = await terms.ask("ValueSet/$expand", parameters(valueSet=in_force))
    assert [one["version"] for one in found["expansion"]["contains"]] == ["1.0"]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (("concept", "=", "CAT"), ["Cat"]),
        (("code", "in", "PET,CAT"), ["Pet", "Cat"]),
        (("concept", "not-in", "PET,cat"), ["Dog"]),
        (("parent", "=", "pet"), ["Cat", "Dog"]),
    ],
)
async def test_filters_on_codes_do_not_mind_case_where_the_system_does_not(
    terms: Service, filter: tuple[str, str, str], expected: list[str]
) -> None:
    concepts = [{"code": "Pet", "concept": [{"code": "Cat"}]}, {"code": "Dog", "property": [under("PET")]}]
    await terms.put(animals(caseSensitive=False, concept=concepts))
    assert await expand(terms, of_animals(filter)) == expected


def under(code: str) -> Json:
    """The property that says which concept is above."""
    return {"code": "parent", "valueCode": code}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (("broader", "=", "pet"), ["cat"]),
        (("parent", "exists", "false"), ["pet"]),
        (("narrower", "=", "cat"), ["pet"]),
        (("narrower", "exists", "false"), ["cat"]),
        (("ended", "=", "false"), ["pet"]),
    ],
)
async def test_what_follows_from_the_hierarchy_is_filtered_by_the_code_that_the_system_gives_it(
    terms: Service, filter: tuple[str, str, str], expected: list[str]
) -> None:
    await terms.put(renamed())
    assert await expand(terms, of_animals(filter)) == expected


def renamed() -> Json:
    """A system that gives its own codes to properties of FHIR."""
    meant = {"broader": "parent", "narrower": "child", "ended": "inactive"}
    uri = "http://hl7.org/fhir/concept-properties#"
    cat = {
        "code": "cat",
        "property": [{"code": "broader", "valueCode": "pet"}, {"code": "ended", "valueBoolean": True}],
    }
    return animals(
        property=[{"code": code, "type": "code", "uri": uri + said} for code, said in meant.items()],
        concept=[{"code": "pet"}, cat],
    )


async def test_a_value_set_that_imports_itself_is_refused(terms: Service) -> None:
    await terms.put(animals())
    await terms.put(value_set(f"{VS}/a", {"valueSet": [f"{VS}/b"]}))
    await terms.put(value_set(f"{VS}/b", {"valueSet": [f"{VS}/a"]}))
    status, said = await terms.refusal("ValueSet/$expand", url=f"{VS}/a")
    assert status == 422
    assert f"{VS}/a → {VS}/b → {VS}/a" in said


async def test_a_chain_of_value_sets_without_end_is_refused(terms: Service) -> None:
    await terms.put(animals())
    for n in range(35):
        await terms.put(value_set(f"{VS}/{n}", {"valueSet": [f"{VS}/{n + 1}"]}))
    status, said = await terms.refusal("ValueSet/$expand", url=f"{VS}/0")
    assert status == 400
    assert "30" in said


@pytest.mark.parametrize(
    ("filter", "status"),
    [
        (("code", "regex", "(a+"), 400),
        (("code", "regex", "a" * 1001), 400),
        (("legs", "is-a", "4"), 422),
        (("concept", "is-a", "unicorn"), 404),
        (("legs", "exists", "perhaps"), 400),
    ],
)
async def test_filters_that_cannot_be_applied_are_refused(
    zoo: Service, filter: tuple[str, str, str], status: int
) -> None:
    body = parameters(valueSet=value_set(VS, of_animals(filter)))
    assert (await zoo.refusal("ValueSet/$expand", body))[0] == status


async def test_a_pattern_that_takes_for_ever_is_stopped(terms: Service) -> None:
    await terms.put(animals(concept=[{"code": "a" * 60 + "!"}]))
    body = parameters(valueSet=value_set(VS, of_animals(("code", "regex", "(a|aa)+$"))))
    status, said = await terms.refusal("ValueSet/$expand", body)
    assert status == 400
    assert "trop de temps" in said


async def test_a_grammar_cannot_be_listed(terms: Service) -> None:
    body = parameters(valueSet=value_set(VS, {"system": "urn:ietf:bcp:47"}))
    assert (await terms.refusal("ValueSet/$expand", body))[0] == 422


async def test_codes_of_a_system_that_is_not_held_are_listed_as_they_are_written(terms: Service) -> None:
    part = {"system": "http://loinc.org", "concept": [{"code": "34133-9", "display": "Summary"}]}
    found = await terms.ask("ValueSet/$expand", parameters(valueSet=value_set(VS, part)))
    assert found["expansion"]["contains"] == [{"system": "http://loinc.org", "code": "34133-9", "display": "Summary"}]


async def test_what_is_excluded_of_a_system_that_is_not_held_is_left_out_whatever_its_version(terms: Service) -> None:
    both = {"system": "http://unheld", "version": "1", "concept": [{"code": "a"}, {"code": "b"}]}
    for version in ({}, {"version": "2"}):
        b = {"system": "http://unheld", "concept": [{"code": "b"}]} | version
        assert await expand(terms, both, exclude=(b,)) == ["a"]


async def test_an_expansion_that_comes_alone_holds_the_codes_of_the_versions_that_it_was_made_of(
    terms: Service,
) -> None:
    await terms.put(animals(concept=[{"code": "dodo"}]))
    await terms.put(animals("2.0"))
    made = await terms.ask("ValueSet/$expand", parameters(valueSet=value_set(VS, of_animals(version="1.0"))))
    assert codes(await terms.ask("ValueSet/$expand", parameters(valueSet=made))) == ["dodo"]


async def test_what_would_be_too_much_for_one_answer_is_refused(terms: Service) -> None:
    await actions.load(terms.register, chain(10_050), **terms.who)
    whole = value_set(VS, {"system": "http://example.org/chain"})
    assert (await terms.refusal("ValueSet/$expand", parameters(valueSet=whole)))[0] == 400
    assert (await terms.refusal("ValueSet/$expand", parameters(valueSet=whole, count=20_000)))[0] == 400
    assert (await terms.refusal("ValueSet/$expand", parameters(valueSet=whole, count=1, offset=200_000)))[0] == 400
    found = await terms.ask("ValueSet/$expand", parameters(valueSet=whole, count=2, offset=10_000))
    assert codes(found) == ["10000", "10001"]
    assert found["expansion"]["total"] == 10_050


def part_of_loinc(code: str, type: str, name: str) -> Json:
    """A part, as LOINC's own CodeSystem has it."""
    return {"code": code, "display": name, "property": [{"code": "PartTypeName", "valueString": type}]}


def term_of_loinc(code: str, scale: str) -> Json:
    """A term, whose scale is a part."""
    return {
        "code": code,
        "property": [{"code": "SCALE_TYP", "valueCoding": {"system": "http://loinc.org", "code": scale}}],
    }


@pytest.mark.parametrize("said", ["LP7753-9", "Qn", "QN"])
async def test_an_axis_of_loinc_is_filtered_by_the_code_of_a_part_or_by_its_name(terms: Service, said: str) -> None:
    concepts = [
        part_of_loinc("LP7753-9", "SCALE", "Qn"),
        part_of_loinc("LP7750-5", "SCALE", "Nom"),
        part_of_loinc("LP0000-0", "SYSTEM", "Qn"),
        term_of_loinc("2345-7", "LP7753-9"),
        term_of_loinc("882-1", "LP7750-5"),
        term_of_loinc("1-8", "LP0000-0"),
    ]
    properties = [{"code": "SCALE_TYP", "type": "Coding"}, {"code": "PartTypeName", "type": "string"}]
    loinc = animals(url="http://loinc.org", concept=concepts, property=properties)
    await terms.put({name: one for name, one in loinc.items() if name not in ("identifier", "valueSet")})
    part = {"system": "http://loinc.org", "filter": [{"property": "SCALE_TYP", "op": "=", "value": said}]}
    assert await expand(terms, part) == ["2345-7"]
    for code, good in (("2345-7", True), ("882-1", False)):
        body = parameters(valueSet=value_set(VS, part), system="http://loinc.org", code=code)
        assert value(await terms.ask("ValueSet/$validate-code", body), "result") is good, code
