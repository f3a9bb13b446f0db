"""Resources that only exist within others: found by the same questions, as the slow engine says."""

from typing import Any

import pytest
from tests.kernel.search.conftest import Finder, bodies
from tests.kernel.search.worlds import BASE

from socle.kernel.fhir.definitions import r4
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import contained
from socle.kernel.search.reference import Entry, Reference

ATC = "http://www.whocc.no/atc"


def medication(id: str, code: str, **more: Any) -> dict[str, Any]:
    """A medication of a code."""
    return {"resourceType": "Medication", "id": id, "code": {"coding": [{"system": ATC, "code": code}]}, **more}


def request(id: str, *within: dict[str, Any]) -> dict[str, Any]:
    """A prescription that holds its medications."""
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "contained": list(within),
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "medicationReference": {"reference": f"#{within[0]['id']}" if within else "Medication/alone"},
    }


WORLD = [
    medication("alone", "N02BE01", status="active"),
    medication("other", "J01CA04"),
    request("r1", medication("m", "N02BE01", status="inactive")),
    request("r2", medication("m", "J01CA04"), medication("n", "n02be01", status="active")),
    request("r3", {"resourceType": "Patient", "id": "x", "name": [{"family": "Martin"}], "birthDate": "1950-02-01"}),
    request("r4"),
]


@pytest.fixture
async def pharmacy(finder: Finder) -> Finder:
    """Medications by themselves, and within prescriptions."""
    await finder.put(*WORLD, apart=True)
    return finder


@pytest.mark.parametrize("within", ["false", "true", "both"])
async def test_what_is_found_is_what_the_slow_engine_finds(pharmacy: Finder, within: str) -> None:
    entries = []
    for rank, resource in enumerate(WORLD):
        stored = await pharmacy.repository.read(resource["resourceType"], resource["id"])
        assert stored is not None
        entries.append(Entry(resource, stored.updated, rank))
    slow = Reference(r4(), entries, BASE, pharmacy.clock.now)
    asked = [
        ("Medication", f"code={ATC}|N02BE01"),
        ("Medication", "code=N02BE01,J01CA04"),
        ("Medication", "code=N02BE01&status=active"),
        ("Medication", "code:not=J01CA04"),
        ("Medication", "status:missing=true"),
        ("Medication", "_id=m"),
        ("Medication", "code=absent"),
        ("Patient", "family=mart"),
        ("Patient", "birthdate=lt1960&gender:missing=true"),
        ("Medication", ""),
        ("Medication", "_sort=-_id"),
    ]
    for of, query in asked:
        pairs = [("_contained", within), *(tuple(one.split("=", 1)) for one in query.split("&") if one)]
        expected = [(one.type, one.id) for one in slow.search(of, pairs)]  # type: ignore[arg-type] # pairs as a test writes them
        page = await pharmacy.search(of, *pairs, ("_total", "accurate"))  # type: ignore[arg-type] # the same
        assert [(one.type, one.id) for one in page.matches] == expected, (of, query)
        assert page.total == len(expected)


async def test_what_is_contained_is_shown_at_the_address_of_its_holder(pharmacy: Finder) -> None:
    page = await pharmacy.search(
        "Medication", ("code", "N02BE01"), ("_contained", "both"), ("_containedType", "contained")
    )
    assert [f"{one.type}/{one.id}" for one in page.matches] == [
        "Medication/alone",
        "MedicationRequest/r1#m",
        "MedicationRequest/r2#n",
    ]
    assert [(one["resourceType"], one["id"]) for one in bodies(page)] == [
        ("Medication", "alone"),
        ("Medication", "m"),
        ("Medication", "n"),
    ]


async def test_pages_go_from_holder_to_holder(pharmacy: Finder) -> None:
    page = await pharmacy.search("Medication", ("_contained", "true"), ("_count", "1"))
    seen = [one.id for one in page.matches]
    while page.next:
        page = await pharmacy.follow(page.next)
        seen += [one.id for one in page.matches]
    assert seen == ["r1", "r2"]


async def test_it_follows_changes(pharmacy: Finder) -> None:
    assert len((await pharmacy.search("Medication", ("_contained", "true"))).matches) == 2
    await pharmacy.put(request("r1"))
    await pharmacy.delete("MedicationRequest/r2")
    assert (await pharmacy.search("Medication", ("_contained", "true"))).matches == []


async def test_too_many_holders_are_too_many(pharmacy: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contained, "MOST", 1)
    with pytest.raises(Problem) as caught:
        await pharmacy.search("Medication", ("_contained", "true"))
    assert caught.value.kind is Kind.TOO_COSTLY
    assert len((await pharmacy.search("Medication", ("code", "J01CA04"), ("_contained", "true"))).matches) == 1


@pytest.mark.parametrize(
    "query",
    [
        "_contained=yes",
        "_contained=true&_containedType=holder",
        "_contained=true&_sort=code",
        "_contained=true&_elements=code",
        "_contained=true&_has:MedicationRequest:medication:status=active",
        "_contained=true&_content=x",
    ],
)
async def test_what_it_cannot_judge_is_refused(pharmacy: Finder, query: str) -> None:
    with pytest.raises(Problem) as caught:
        await pharmacy.ids("Medication", query)
    assert caught.value.kind is Kind.INVALID


@pytest.mark.parametrize(
    ("criterion", "named"),
    [
        ("_has:MedicationRequest:medication:status=active", "_has"),
        ("_content=x", "_content"),
        ("code:text=x", ":text"),
        ("_list=List/1", "_list"),
    ],
)
async def test_what_does_not_go_with_it_is_named_with_what_to_do(pharmacy: Finder, criterion: str, named: str) -> None:
    with pytest.raises(Problem) as caught:
        await pharmacy.ids("Medication", f"_contained=true&{criterion}")
    [issue] = caught.value.issues
    assert issue.code == "not-supported"
    assert named in issue.text.en
    assert "search what holds it" in issue.text.en


async def test_a_conditional_operation_does_not_take_it(pharmacy: Finder) -> None:
    with pytest.raises(Problem):
        await pharmacy.repository.find("Medication", [("code", "x"), ("_contained", "true")], now=pharmacy.clock.now)
