"""A register learns search parameters while it runs: what it writes has them at once, what it held is indexed behind."""

from typing import Any

import pytest
from tests.kernel.rest.support import SANDBOX
from tests.kernel.search.conftest import REGISTER, Finder
from tests.kernel.search.worlds import BASE

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.capability import capability_statement
from socle.kernel.search import learn
from socle.kernel.search.repository import Repository

COLOUR: dict[str, Any] = {
    "resourceType": "SearchParameter",
    "id": "colour",
    "url": "http://example.org/SearchParameter/colour",
    "name": "Colour",
    "status": "active",
    "description": "Colour of the eyes.",
    "code": "eye-colour",
    "base": ["Patient"],
    "type": "token",
    "expression": "Patient.extension('http://example.org/eyes').value",
}
JOB = {"register": "sandbox", "base": "Patient", "code": "eye-colour"}


def patient(id: str, colour: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id, "extension": [{"url": "http://example.org/eyes", "valueCode": colour}]}


async def follow(finder: Finder) -> None:
    await learn.follow(finder.repository, finder.trace())


async def rebuild(finder: Finder, **other: str) -> None:
    await learn.rebuild(finder.repository, {**JOB, **other}, finder.trace())


async def test_what_was_there_and_what_comes_later_are_found(finder: Finder) -> None:
    await finder.put(patient("before", "green"), patient("blue", "blue"))
    await finder.put(COLOUR)
    await follow(finder)
    await finder.put(patient("after", "green"))
    with pytest.raises(Problem) as caught:
        await finder.ids("Patient", "eye-colour=green")
    assert (caught.value.kind, caught.value.issues[0].code) == (Kind.UNAVAILABLE, "transient")
    assert caught.value.headers == (("Retry-After", "10"),)
    for query in ("_sort=eye-colour", "_filter=eye-colour eq green"):
        with pytest.raises(Problem) as caught:
            await finder.ids("Patient", query)
        assert "The index of “eye-colour”" in caught.value.issues[0].text.en
    await rebuild(finder)
    assert await finder.ids("Patient", "eye-colour=green") == ["before", "after"]
    assert await finder.ids("Patient", "eye-colour:not=green") == ["blue"]
    assert await finder.ids("Patient", "eye-colour:missing=true") == []


@pytest.mark.parametrize(
    ("kind", "expression", "query"),
    [
        ("string", "Patient.contact.name", "mine=dup"),
        ("date", "Patient.contact.period", "mine=gt2020"),
        ("reference", "Patient.contact.organization", "mine=Organization/o"),
        ("number", "Patient.multipleBirth.as(integer)", "mine=2"),
        ("uri", "Patient.implicitRules", "mine:below=http://r.example/a"),
    ],
)
async def test_parameters_of_every_type(finder: Finder, kind: str, expression: str, query: str) -> None:
    contact = {
        "name": {"family": "Dupont"},
        "period": {"start": "2021-01-01"},
        "organization": {"reference": "Organization/o"},
    }
    full = {
        "resourceType": "Patient",
        "contact": [contact],
        "multipleBirthInteger": 2,
        "implicitRules": "http://r.example/a/b",
    }
    await finder.put({**full, "id": "p"}, {"resourceType": "Patient", "id": "bare"})
    await finder.put({**COLOUR, "code": "mine", "type": kind, "expression": expression})
    await follow(finder)
    await rebuild(finder, code="mine")
    assert await finder.ids("Patient", query) == ["p"]
    await finder.put({"resourceType": "Patient", "id": "p"})
    assert await finder.ids("Patient", query) == []


async def test_indexing_goes_on_from_where_it_was_stopped(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "BATCH", 2)
    await finder.put(*(patient(f"p{n}", "green") for n in range(5)))
    await finder.put(COLOUR)
    await follow(finder)
    read = finder.repository.indexer.keys
    seen: list[str] = []

    def dying(resource: dict[str, Any], id: str | None = None) -> Any:
        seen.append(str(id))
        if len(seen) == 3:
            raise RuntimeError("killed")
        return read(resource, id)

    finder.repository.indexer.keys = dying  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        await rebuild(finder)
    [building] = await learn.progress(finder.repository)
    assert (building["code"], 0 < building["percent"] < 100) == ("eye-colour", True)
    await rebuild(finder)
    assert len(seen) == 6  # two, one that died, the three that were left
    assert len(await finder.ids("Patient", "eye-colour=green")) == 5


async def test_workers_learn_from_each_other(finder: Finder) -> None:
    other = Finder(Repository(REGISTER, finder.database.store("sandbox"), r4(), (BASE,)), finder.database, finder.clock)
    await finder.put(COLOUR)
    await follow(finder)
    await follow(other)
    await other.put(patient("p", "green"))
    await rebuild(finder)
    await follow(other)
    assert await other.ids("Patient", "eye-colour=green") == ["p"]
    jobs = await finder.database.query("SELECT arguments FROM house.job WHERE name = $1", learn.JOB)
    assert len(jobs) == 1  # noted by one of them


async def test_one_that_is_withdrawn_is_no_longer_known_and_leaves_its_place(finder: Finder) -> None:
    await finder.put(COLOUR, {**COLOUR, "id": "other", "code": "other"})
    await follow(finder)
    bit = finder.repository.indexer.parameters.of("Patient")["other"].bit
    await finder.delete("SearchParameter/colour")
    await follow(finder)
    known = finder.repository.indexer.parameters.of("Patient")
    assert "eye-colour" not in known
    assert known["other"].bit == bit


async def test_a_draft_is_only_kept(finder: Finder) -> None:
    await finder.put({**COLOUR, "status": "draft", "expression": "(("})
    await follow(finder)
    assert "eye-colour" not in finder.repository.indexer.parameters.of("Patient")


async def test_values_that_do_not_suit_it_are_left_out(finder: Finder) -> None:
    await finder.put({**COLOUR, "type": "date"})
    await follow(finder)
    await finder.put(patient("p", "green"))
    await rebuild(finder)
    assert await finder.ids("Patient", "eye-colour=gt2000") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "family"},
        {"code": "a.b"},
        {"type": "composite"},
        {"expression": "Patient.nonsense"},
        {"expression": "Patient.name.given ~ 'x'"},
        {"expression": "Observation.code"},
        {"expression": "(" * 300},
        {"base": ["Resource"]},
        {"type": "date", "expression": "Patient.name.given"},
        {"type": "reference", "expression": "Patient.name"},
    ],
)
async def test_one_that_cannot_be_obeyed_is_refused_when_it_is_stored(finder: Finder, wrong: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        await finder.put({**COLOUR, **wrong})
    assert caught.value.kind is Kind.INVALID
    assert caught.value.issues[0].expression == (f"SearchParameter.{next(iter(wrong))}",)


@pytest.mark.parametrize("element", ["code", "type", "base"])
async def test_one_that_has_extensions_in_the_place_of_a_value_is_refused(finder: Finder, element: str) -> None:
    unknown = {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
    told = {name: value for name, value in COLOUR.items() if name != element}
    with pytest.raises(Problem) as caught:
        await finder.put({**told, f"_{element}": [unknown] if element == "base" else unknown})
    assert caught.value.issues[0].expression == (f"SearchParameter.{element}",)


async def test_the_same_code_twice_is_refused(finder: Finder) -> None:
    await finder.put(COLOUR)
    await follow(finder)
    with pytest.raises(Problem):
        await finder.put({**COLOUR, "id": "again"})
    await finder.put({**COLOUR, "description": "The same, described otherwise."})


async def test_what_is_learnt_is_declared(finder: Finder) -> None:
    await finder.put(COLOUR)
    await follow(finder)
    await rebuild(finder)
    statement = capability_statement(SANDBOX, finder.repository, BASE, finder.clock.now)
    [patient_] = [one for one in statement["rest"][0]["resource"] if one["type"] == "Patient"]
    assert "eye-colour" in [one["name"] for one in patient_["searchParam"]]


@pytest.mark.parametrize("sort", ["mine", "-mine", "mine,_id"])
async def test_open_periods_of_a_learnt_parameter_are_turned_over_once(finder: Finder, sort: str) -> None:
    open_ = [{"start": "2021-01-01"}, {"end": "2021-01-01"}, {"end": "2022-01-01"}]
    bodies = [{"resourceType": "Patient", "id": f"p{n}", "contact": [{"period": one}]} for n, one in enumerate(open_)]
    await finder.put(*bodies[:2])
    await finder.put({**COLOUR, "code": "mine", "type": "date", "expression": "Patient.contact.period"})
    await follow(finder)
    await rebuild(finder, code="mine")
    await finder.put(*bodies[2:])
    page = await finder.search("Patient", ("_sort", sort), ("_count", "1"))
    found = [one.id for one in page.matches]
    while page.next and len(found) < 9:
        page = await finder.follow(page.next)
        found += [one.id for one in page.matches]
    assert sorted(found) == ["p0", "p1", "p2"]
