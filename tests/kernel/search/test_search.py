"""Searches on a real store: what is found, in which order, with what beside it."""

import pytest
from tests.kernel.search.conftest import Finder, bodies

from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import include, plan
from socle.kernel.store import Tx, Unit

PATIENTS = [
    {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"system": "urn:oid:1.2", "value": "2A12"}],
        "name": [{"family": "Lœuvre-Noël", "given": ["Zoé", "Marie-Claude"]}],
        "birthDate": "1980-02-03",
        "gender": "female",
        "managingOrganization": {"reference": "Organization/o1"},
    },
    {
        "resourceType": "Patient",
        "id": "p2",
        "name": [{"family": "Martin", "given": ["Anaïs"]}],
        "birthDate": "1980-02",
        "generalPractitioner": [{"reference": "Practitioner/dr"}],
    },
    {"resourceType": "Patient", "id": "p3", "birthDate": "1979-12-31", "meta": {"tag": [{"system": "t", "code": "x"}]}},
]
OTHERS = [
    {"resourceType": "Organization", "id": "o1", "name": "CHU d'Orléans", "partOf": {"reference": "Organization/o2"}},
    {"resourceType": "Organization", "id": "o2", "name": "GHT", "partOf": {"reference": "Organization/o1"}},
    {"resourceType": "Practitioner", "id": "dr", "name": [{"family": "Œillet"}]},
    {
        "resourceType": "Observation",
        "id": "b1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2024-03-31T23:30:00+02:00",
        "valueQuantity": {"value": 120, "unit": "mmHg"},
    },
    {
        "resourceType": "Observation",
        "id": "b2",
        "status": "final",
        "code": {"text": "sans code"},
        "subject": {"reference": "Patient/p1"},
        "performer": [{"reference": "Practitioner/dr"}],
    },
]


@pytest.fixture
async def clinic(finder: Finder) -> Finder:
    await finder.put(*PATIENTS, *OTHERS)
    return finder


FOUND: list[tuple[str, str, list[str]]] = [
    ("Patient", "", ["p1", "p2", "p3"]),
    ("Patient", "family=loeuvre noel", ["p1"]),
    ("Patient", "family=LŒU", ["p1"]),
    ("Patient", "family:exact=lœuvre-noël", []),
    ("Patient", "family:exact=Lœuvre-Noël", ["p1"]),
    ("Patient", "given:contains=claude", ["p1"]),
    ("Patient", "given=claude", []),
    ("Patient", "identifier=urn:oid:1.2|2a12", ["p1"]),
    ("Patient", "identifier:missing=true", ["p2", "p3"]),
    ("Patient", "birthdate=1980-02", ["p1", "p2"]),
    ("Patient", "birthdate=1980-02-03", ["p1"]),
    ("Patient", "birthdate=lt1980", ["p3"]),
    ("Patient", "birthdate=1980-02-03,1979", ["p1", "p3"]),
    ("Patient", "gender:not=female", ["p2", "p3"]),
    ("Patient", "_id=p3,p1", ["p1", "p3"]),
    ("Patient", "_tag=t|x", ["p3"]),
    ("Patient", "_tag:not=t|x", ["p1", "p2"]),
    ("Patient", "organization.name=chu d orleans", ["p1"]),
    ("Patient", "general-practitioner:Practitioner.family=oeillet", ["p2"]),
    ("Patient", "_has:Observation:subject:code=8480-6", ["p1"]),
    ("Patient", "_has:Observation:performer:status=final", []),
    ("Practitioner", "_has:Observation:performer:status=final", ["dr"]),
    ("Observation", "date=2024-03-31", ["b1"]),
    ("Observation", "date=2024-04", []),
    ("Observation", "subject=p1&value-quantity=gt100||mmHg", ["b1"]),
    ("Observation", "patient.birthdate=1980-02-03&code:missing=true", []),
    ("Observation", "subject:Patient=p1", ["b1", "b2"]),
    ("Patient", "_sort=birthdate", ["p3", "p2", "p1"]),
    ("Patient", "_sort=-birthdate", ["p1", "p2", "p3"]),
    ("Patient", "_sort=family", ["p1", "p2", "p3"]),
    ("Patient", "_sort=-family", ["p2", "p1", "p3"]),
    ("Patient", "_sort=-_id", ["p3", "p2", "p1"]),
    ("Patient", "_lastUpdated=2024-05-01", ["p1", "p2", "p3"]),
    ("Patient", "_lastUpdated=gt2024-05-01", []),
]


async def test_finds_what_the_specification_says(clinic: Finder) -> None:
    answers = [(of, query, await clinic.ids(of, query)) for of, query, _ in FOUND]
    assert answers == FOUND


async def test_what_is_deleted_is_not_found(clinic: Finder) -> None:
    await clinic.delete("Patient/p1", "Organization/o1")
    assert await clinic.ids("Patient", "") == ["p2", "p3"]
    assert await clinic.ids("Patient", "identifier=urn:oid:1.2|2A12") == []
    assert await clinic.ids("Observation", "subject:Patient.family=loeuvre") == []
    assert await clinic.ids("Organization", "_has:Patient:organization:_id=p1") == []


async def test_what_is_changed_is_found_by_what_it_says_now(clinic: Finder) -> None:
    await clinic.put({"resourceType": "Patient", "id": "p1", "name": [{"family": "Durand"}]})
    assert await clinic.ids("Patient", "family=durand") == ["p1"]
    assert await clinic.ids("Patient", "family=loeuvre") == []
    assert await clinic.ids("Patient", "birthdate=1980-02-03") == []


async def test_several_types_at_once(clinic: Finder) -> None:
    assert await clinic.ids(None, "_id=p1,o1") == ["p1", "o1"]
    assert await clinic.ids(None, "_type=Patient,Organization&_tag:not=t|x&_sort=-_id") == ["p2", "p1", "o2", "o1"]


async def test_matches_are_the_stored_bytes(clinic: Finder) -> None:
    [match] = (await clinic.search("Patient", ("_id", "p1"))).matches
    stored = await clinic.repository.read("Patient", "p1")
    assert stored is not None
    assert match.body == stored.body
    assert match.subject == "Patient/p1"


async def included(finder: Finder, of: str, *pairs: tuple[str, str]) -> list[str]:
    page = await finder.search(of, *pairs)
    return [f"{one.type}/{one.id}" for one in page.included]


async def test_include_brings_what_is_referred_to_once(clinic: Finder) -> None:
    assert await included(clinic, "Observation", ("_include", "Observation:subject")) == ["Patient/p1"]
    assert await included(clinic, "Observation", ("_include", "*")) == ["Patient/p1", "Practitioner/dr"]
    assert await included(clinic, "Observation", ("_include", "Observation:performer:Organization")) == []


async def test_revinclude_brings_what_refers_to_it(clinic: Finder) -> None:
    found = await included(clinic, "Patient", ("_id", "p1"), ("_revinclude", "Observation:subject"))
    assert found == ["Observation/b1", "Observation/b2"]


async def test_iterate_follows_to_the_end_even_in_circles(clinic: Finder) -> None:
    pairs = (("_id", "p1"), ("_include", "Patient:organization"), ("_include:iterate", "Organization:partof"))
    assert await included(clinic, "Patient", *pairs) == ["Organization/o1", "Organization/o2"]


async def test_include_without_iterate_stops_at_the_matches(clinic: Finder) -> None:
    pairs = (("_id", "p1"), ("_include", "Patient:organization"), ("_include", "Organization:partof"))
    assert await included(clinic, "Patient", *pairs) == ["Organization/o1"]


async def test_what_is_left_out_of_an_include_is_said(clinic: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(include, "MOST", 1)
    page = await clinic.search("Patient", ("_id", "p1"), ("_revinclude", "Observation:subject"))
    assert len(page.included) == 1
    assert [issue.severity for issue in page.issues] == ["warning"]


async def test_total_is_counted_when_asked_and_free_when_all_is_there(clinic: Finder) -> None:
    assert (await clinic.search("Patient")).total == 3
    assert (await clinic.search("Patient", ("_count", "1"))).total is None
    assert (await clinic.search("Patient", ("_count", "1"), ("_total", "accurate"))).total == 3
    assert (await clinic.search("Patient", ("_count", "1"), ("_total", "estimate"))).total == 3
    counted = await clinic.search("Patient", ("_summary", "count"))
    assert (counted.total, counted.matches, counted.next) == (3, [], None)


async def test_elements_keep_what_is_asked_and_what_is_required(clinic: Finder) -> None:
    [body] = bodies(await clinic.search("Observation", ("_id", "b1"), ("_elements", "subject")))
    assert body.keys() == {"resourceType", "id", "meta", "status", "code", "subject"}
    assert body["meta"]["tag"][0]["code"] == "SUBSETTED"


async def test_leniently_the_unknown_is_ignored_and_said(clinic: Finder) -> None:
    page = await clinic.search("Patient", ("couleur", "bleu"), ("_id", "p1"), lenient=True)
    assert [one.id for one in page.matches] == ["p1"]
    assert "couleur" in page.issues[0].text.en


async def test_a_conditional_operation_finds_inside_its_transaction(clinic: Finder) -> None:
    seen: list[list[tuple[str, int]]] = []
    new = {"resourceType": "Patient", "id": "p9", "identifier": [{"system": "urn:oid:1.2", "value": "9"}]}

    async def decide(tx: Tx) -> Unit:
        asked = [("identifier", "urn:oid:1.2|9")]
        seen.append(await clinic.repository.find("Patient", asked, now=clinic.clock.now, within=tx))
        return Unit([clinic.repository.put(dict(new), id="p9")], trace)

    trace: Trace = clinic.trace()
    await clinic.repository.store.exclusive([1], decide)
    await clinic.repository.store.exclusive([1], decide)
    assert seen == [[], [("p9", 1)]]


async def test_a_conditional_operation_needs_a_criterion(clinic: Finder) -> None:
    with pytest.raises(Problem) as caught:
        await clinic.repository.find("Patient", [], now=clinic.clock.now)
    assert caught.value.kind is Kind.PRECONDITION_FAILED


async def test_a_chain_with_many_targets_asks_each_candidate(clinic: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "FEW", 0)
    monkeypatch.setattr(plan, "MOST_SOURCES", 0)
    assert await clinic.ids("Observation", "subject:Patient.family=loeuvre") == ["b1", "b2"]
    assert await clinic.ids("Patient", "_has:Observation:subject:code=8480-6") == ["p1"]
    assert await clinic.ids("Patient", "_has:Observation:subject:code=autre") == []


async def test_a_chain_leads_to_what_a_list_holds(clinic: Finder) -> None:
    await clinic.put(
        {
            "resourceType": "List",
            "id": "mine",
            "status": "current",
            "mode": "working",
            "entry": [{"item": {"reference": "Patient/p1"}}],
        }
    )
    assert await clinic.ids("Observation", "patient._list=mine") == ["b1", "b2"]
