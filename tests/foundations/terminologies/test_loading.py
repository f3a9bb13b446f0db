"""Code systems come in: from a loader, from a package, by FHIR; whole or not at all, what was served being served until then."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.foundations.terminologies.support import (
    ANIMALS,
    NOW,
    Json,
    Service,
    animals,
    chain,
    codes,
    of_animals,
    trace,
    value,
    value_set,
)

from socle.foundations.terminologies import actions, shipped
from socle.foundations.terminologies.model import Concept, Head, Loaded
from socle.foundations.terminologies.store import writing
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS

URL = "http://example.org/loaded"


def loaded(*concepts: Concept, version: str = "1", **head: Any) -> Loaded:
    return Loaded(Head(URL, version, {"resourceType": "CodeSystem", "status": "active"} | head), iter(concepts))


async def test_what_a_loader_gives_is_served(terms: Service) -> None:
    seen: list[int] = []
    done = await actions.load(terms.register, chain(2_500), **terms.who, progress=seen.append)
    assert (done.concepts, seen[-1]) == (2_500, 2_500)
    found = await terms.ask("CodeSystem/$subsumes", system="urn:oid:1.9.9", codeA="2", codeB="2345")
    assert value(found, "outcome") == "subsumes"
    resource = (await terms.http.get(f"/CodeSystem/{done.resource}")).json()
    assert (resource["count"], resource["content"], resource.get("concept")) == (2_500, "complete", None)


async def test_a_search_by_code_finds_what_a_loader_brought(terms: Service) -> None:
    brought = await actions.load(terms.register, loaded(Concept("a"), Concept("Zz"), caseSensitive=False), **terms.who)
    await terms.put(animals())

    async def found(query: str) -> list[str]:
        bundle = (await terms.http.get(f"/CodeSystem?{query}")).json()
        return sorted(entry["resource"]["url"] for entry in bundle.get("entry", []))

    assert await found("code=a") == [URL]
    assert await found("code=ZZ") == [URL]  # as the system compares its codes
    assert await found("code=a,cat") == sorted([URL, ANIMALS])
    assert await found(f"code=a&_id={brought.resource}") == [URL]
    assert await found("code=rien") == []


async def test_the_same_version_again_replaces_it_and_another_stands_beside(terms: Service) -> None:
    first = await actions.load(terms.register, loaded(Concept("a"), Concept("b")), **terms.who)
    second = await actions.load(terms.register, loaded(Concept("b"), Concept("c")), **terms.who)
    third = await actions.load(terms.register, loaded(Concept("d"), version="2"), **terms.who)
    assert first.resource == second.resource != third.resource
    judged = {
        (version, code): value(
            await terms.ask("CodeSystem/$validate-code", url=URL, version=version, code=code), "result"
        )
        for version in ("1", "2")
        for code in "abcd"
    }
    assert [pair for pair, good in judged.items() if good] == [("1", "b"), ("1", "c"), ("2", "d")]
    assert (await terms.http.get(f"/CodeSystem/{first.resource}/_history/1")).status_code == 200


async def test_a_load_that_breaks_changes_nothing(terms: Service) -> None:
    await actions.load(terms.register, loaded(Concept("a")), **terms.who)

    def broken() -> Iterator[Concept]:
        yield Concept("b")
        raise Problem.of(Kind.MALFORMED, "Ligne 3 illisible.", "Line 3 cannot be read.")

    with pytest.raises(Problem, match="Ligne 3"):
        await actions.load(terms.register, replace(loaded(), concepts=broken()), **terms.who)
    assert value(await terms.ask("CodeSystem/$validate-code", url=URL, code="a"), "result") is True
    [left] = await terms.terminologies.held.database.query("SELECT count(*) AS n FROM terminology_concepts.stage")
    assert left["n"] == 0


@pytest.mark.parametrize(
    ("concepts", "said"),
    [
        ([Concept("a"), Concept("b"), Concept("a")], "« a » est donné deux fois"),
        ([Concept("a", parents=("z",))], "« a » a pour parent un code qui n'existe pas"),
        ([Concept("a", parents=("b",)), Concept("b", parents=("a",))], "circulaire : « a »"),
        ([Concept("a", parents=("a",))], "circulaire : « a »"),
        ([Concept(str(n), parents=(str(n - 1),) if n else ()) for n in range(110)], "dépasse 100 niveaux"),
        ([Concept(" ")], "n'a pas de code"),
    ],
    ids=["twice", "orphan", "circle", "own parent", "deep", "no code"],
)
async def test_what_makes_no_hierarchy_is_refused_and_named(terms: Service, concepts: list[Concept], said: str) -> None:
    with pytest.raises(Problem, match=said):
        await actions.load(terms.register, loaded(*concepts), **terms.who)
    assert (await terms.call("CodeSystem/$lookup", system=URL, code="a")).status_code == 404


async def test_a_concept_may_have_several_parents(terms: Service) -> None:
    concepts = [Concept("a"), Concept("b"), Concept("c", parents=("a", "b")), Concept("d", parents=("c",))]
    await actions.load(terms.register, loaded(*concepts), **terms.who)
    assert await terms.terminologies.above(URL, "d", most=9) == ["d", "a", "b", "c"]
    assert await terms.terminologies.below(URL, "b", most=9) == ["b", "c", "d"]


async def test_parents_are_found_in_whatever_case_they_are_written(terms: Service) -> None:
    wide = {"code": "PET", "property": [{"code": "child", "valueCode": "CAT"}]}
    tom = {"code": "Tom", "property": [{"code": "parent", "valueCode": "CAT"}]}
    await terms.put(animals(caseSensitive=False, concept=[wide, {"code": "Cat"}, tom]))
    found = await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="tom", property="parent")
    assert [one["part"][1]["valueCode"] for one in found["parameter"] if one["name"] == "property"] == ["Cat"]
    outcome = await terms.ask("CodeSystem/$subsumes", system=ANIMALS, codeA="pet", codeB="tom")
    assert value(outcome, "outcome") == "subsumes"


async def test_a_parent_may_be_in_another_part_of_a_system_that_is_given_in_part(terms: Service) -> None:
    above = [{"code": "parent", "valueCode": one} for one in ("pet", "animal")]
    some = animals(content="fragment", concept=[{"code": "pet"}, {"code": "cat", "property": above}])
    await terms.put(some)
    outcome = await terms.ask("CodeSystem/$subsumes", system=ANIMALS, codeA="pet", codeB="cat")
    assert value(outcome, "outcome") == "subsumes"
    found = await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="cat", property="parent")
    told = [one["part"][1]["valueCode"] for one in found["parameter"] if one["name"] == "property"]
    assert told == ["pet", "animal"]
    response = await terms.http.post("/CodeSystem", json=some | {"content": "complete", "version": "9"})
    assert response.status_code == 422


async def test_nobody_loads_without_the_right_to(terms: Service) -> None:
    with pytest.raises(Problem) as refused:
        await actions.load(terms.register, loaded(Concept("a")), by=ANONYMOUS, trace=trace())
    assert refused.value.kind is Kind.FORBIDDEN
    terms.http.headers["authorization"] = ""
    assert (await terms.http.post("/CodeSystem", json=animals())).status_code == 401


async def test_what_comes_by_fhir_is_read_back_whole(terms: Service) -> None:
    made = await terms.put(animals())
    found = (await terms.http.get(f"/CodeSystem/{made['id']}")).json()
    assert found["concept"] == animals()["concept"]
    searched = (await terms.http.get("/CodeSystem", params={"code": "cat"})).json()
    assert [entry["resource"]["id"] for entry in searched["entry"]] == [made["id"]]
    assert (await terms.http.get("/CodeSystem", params={"url": ANIMALS, "version": "1.0"})).json()["entry"]


async def test_an_update_is_served_at_once_and_a_deletion_too(terms: Service) -> None:
    made = await terms.put(animals())
    assert (await terms.call("CodeSystem/$lookup", system=ANIMALS, code="fox")).status_code == 404
    changed = {**made, "concept": [{"code": "fox", "display": "Fox"}]}
    assert (await terms.http.put(f"/CodeSystem/{made['id']}", json=changed)).status_code == 200
    assert value(await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="fox"), "display") == "Fox"
    assert (await terms.call("CodeSystem/$lookup", system=ANIMALS, code="cat")).status_code == 404
    assert (await terms.http.delete(f"/CodeSystem/{made['id']}")).status_code in (200, 204)
    assert (await terms.call("CodeSystem/$lookup", system=ANIMALS, code="fox")).status_code == 404


async def test_a_transaction_brings_a_system_and_its_value_set_together(terms: Service) -> None:
    entries = [
        {"resource": one, "request": {"method": "POST", "url": one["resourceType"]}}
        for one in (animals(), value_set("http://example.org/vs", of_animals(codes=["cat"])))
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert (await terms.http.post("", json=bundle)).status_code == 200
    assert codes(await terms.ask("ValueSet/$expand", url="http://example.org/vs")) == ["cat"]


async def test_a_conditional_create_brings_its_concepts_too(terms: Service) -> None:
    headers = {"if-none-exist": f"url={ANIMALS}"}
    assert (await terms.http.post("/CodeSystem", json=animals(), headers=headers)).status_code == 201
    assert (await terms.http.post("/CodeSystem", json=animals(), headers=headers)).status_code == 200
    assert value(await terms.ask("CodeSystem/$lookup", system=ANIMALS, code="cat"), "display") == "Cat"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"version": "1.0"}, 409, "existe déjà"),
        ({"version": "2", "url": None}, 422, "adresse canonique"),
        ({"version": "2", "url": f"{ANIMALS}|2"}, 400, "« | »"),
        ({"version": "2", "concept": [{"code": "a"}, {"code": "a"}]}, 422, "« a » est donné deux fois"),
        ({"version": "2", "content": "supplement"}, 422, "supplément"),
    ],
)
async def test_what_cannot_be_served_is_refused(terms: Service, change: Json, status: int, said: str) -> None:
    await terms.put(animals())
    resource = {name: one for name, one in (animals() | change).items() if one is not None}
    response = await terms.http.post("/CodeSystem", json=resource)
    assert response.status_code == status
    assert said in response.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("kind", ["CodeSystem", "ValueSet", "ConceptMap"])
@pytest.mark.parametrize("name", ["url", "version"])
async def test_an_address_too_long_to_be_looked_for_is_refused(terms: Service, kind: str, name: str) -> None:
    long = "".join(str(number) for number in range(2000))
    resource = {"resourceType": kind, "url": "http://x.example", "status": "active", name: f"urn:{long}"}
    response = await terms.http.post(
        f"/{kind}", json=resource | ({"content": "complete"} if kind == "CodeSystem" else {})
    )
    assert (response.status_code, "2000 octets" in response.text) == (400, True)


async def test_a_package_is_taken_once_and_its_flawed_system_is_told(terms: Service) -> None:
    flawed = animals(url="http://example.org/flawed", concept=[{"code": "a"}, {"code": "a"}])
    resources = [animals(), flawed, value_set("http://example.org/vs", of_animals()), {"resourceType": "Patient"}]
    taken = await actions.take(terms.register, resources, package="zoo#1", **terms.who)
    assert (taken.kept, taken.unchanged, taken.concepts) == (2, 0, 7)
    [(name, why)] = taken.refused
    assert name == "http://example.org/flawed|1.0"
    assert "« a »" in why.fr
    again = await actions.take(terms.register, resources, package="zoo#1", **terms.who)
    assert (again.kept, again.unchanged) == (0, 2)
    assert await actions.leave(terms.register, "zoo#1", **terms.who) == 2
    assert (await terms.call("CodeSystem/$lookup", system=ANIMALS, code="cat")).status_code == 404


async def test_of_a_published_system_what_can_be_served_is_and_the_rest_is_told(terms: Service) -> None:
    concepts = [{"code": "a"}, {"code": "\u00a0", "display": "Jugular", "concept": [{"code": "b"}]}]
    published = [
        animals(url="http://example.org/table|2.1", version="0006", concept=concepts),
        value_set("http://example.org/vs", {"system": "http://example.org/table|2.1"}),
        animals(url="http://example.org/table#2"),
    ]
    taken = await actions.take(terms.register, published, package="zoo#1", **terms.who)
    assert (taken.kept, taken.concepts) == (2, 2)
    assert [(name, what.en) for name, what in taken.amended] == [
        (
            "http://example.org/table|2.1|0006",
            "The address carries its version: kept as http://example.org/table, version 2.1.",
        ),
        ("http://example.org/table|2.1|0006", "Concepts without a code, left out: 1 (CodeSystem.concept[1])."),
    ]
    assert [name for name, _ in taken.refused] == ["http://example.org/table#2|1.0"]
    found = await terms.ask("CodeSystem/$lookup", system="http://example.org/table", version="2.1", code="b")
    assert value(found, "version") == "2.1"
    assert codes(await terms.ask("ValueSet/$expand", url="http://example.org/vs")) == ["a", "b"]
    again = await actions.take(terms.register, published, package="zoo#1", **terms.who)
    assert (again.kept, again.unchanged) == (0, 2)


async def test_what_no_package_brings_is_not_amended(terms: Service) -> None:
    taken = await actions.take(terms.register, [animals(url="http://example.org/table|2.1")], **terms.who)
    assert (taken.kept, taken.amended, len(taken.refused)) == (0, [], 1)


async def test_concepts_that_nothing_names_any_more_are_swept(terms: Service) -> None:
    made = await terms.put(animals())
    changed = {**made, "concept": [{"code": "fox"}]}
    await terms.http.put(f"/CodeSystem/{made['id']}", json=changed)
    held = terms.terminologies.held
    assert await actions.sweep(held, NOW, trace=trace()) == 0  # somebody may still be reading them
    assert await actions.sweep(held, NOW + 2 * writing.PATIENCE, trace=trace()) == 1
    [left] = await held.database.query("SELECT count(*) AS n FROM terminology_concepts.concept")
    assert left["n"] == 1


async def test_the_french_systems_that_ship_are_all_taken(terms: Service) -> None:
    taken = await actions.take(terms.register, shipped.resources(), package=shipped.PACKAGE, **terms.who)
    assert taken.refused == []
    found = await terms.ask("CodeSystem/$lookup", system="urn:oid:1.2.250.1.71.1.2.7", code="10")
    assert value(found, "display") == "Médecin"
    j08 = await terms.ask("ValueSet/$expand", url="urn:oid:1.2.250.1.213.1.1.5.463")
    assert codes(j08)[:4] == ["N", "R", "V", "MASQUE_PS"]
    classes = await terms.ask("ConceptMap/$translate", system="http://loinc.org", code="57833-6")
    assert value(classes, "result") is True


async def test_another_process_sees_what_was_loaded(terms: Service, terms_dsn: str) -> None:
    from tests.foundations.terminologies.conftest import _service

    async with _service(terms_dsn) as other:
        assert (await other.call("CodeSystem/$lookup", system=ANIMALS, code="cat")).status_code == 404
        await terms.put(animals())
        other.terminologies.held.changed()  # as after a second
        assert value(await other.ask("CodeSystem/$lookup", system=ANIMALS, code="cat"), "display") == "Cat"
