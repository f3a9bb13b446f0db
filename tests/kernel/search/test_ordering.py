"""Sorting by what no search key holds: codes, references, URIs, quantities in one unit."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.search.conftest import REGISTER, Finder

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import ordering
from socle.kernel.search.parameters import Parameters

UCUM = "http://unitsofmeasure.org"


def weight(id: str, value: str, code: str, **more: Any) -> dict[str, Any]:
    """An observation of so much."""
    quantity = {"value": Decimal(value), "system": UCUM, "code": code, **more}
    code_of = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    return {"resourceType": "Observation", "id": id, "status": "final", "code": code_of, "valueQuantity": quantity}


@pytest.fixture
async def weights(finder: Finder) -> Finder:
    """Four weights and a length."""
    await finder.put(
        weight("adult", "70", "kg"),
        weight("child", "5400", "g"),
        weight("same", "5.4", "kg"),
        weight("dose", "900000", "mg"),
        weight("tall", "2", "m"),
    )
    return finder


async def test_a_quantity_is_sorted_by_its_worth_not_by_its_number(weights: Finder) -> None:
    assert await weights.ids("Observation", "_sort=value-quantity&value-quantity=gt0||kg,gt0||g,gt0||mg") == [
        "dose",
        "child",
        "same",
        "adult",
    ]
    found = await weights.ids("Observation", "_sort=-value-quantity")
    assert [one for one in found if one != "tall"] == ["adult", "same", "child", "dose"]


async def test_more_than_a_number_comes_after_it(finder: Finder) -> None:
    await finder.put(weight("more", "5", "g", comparator=">"), weight("five", "5000", "mg"))
    await finder.put(weight("less", "5", "g", comparator="<"))
    assert await finder.ids("Observation", "_sort=value-quantity") == ["less", "five", "more"]


async def test_codes_are_sorted_without_their_systems_and_absent_ones_come_last(finder: Finder) -> None:
    await finder.put(
        {"resourceType": "Patient", "id": "none"},
        {"resourceType": "Patient", "id": "m", "gender": "male"},
        {"resourceType": "Patient", "id": "f", "gender": "female"},
    )
    assert await finder.ids("Patient", "_sort=gender") == ["f", "m", "none"]
    assert await finder.ids("Patient", "_sort=-gender") == ["m", "f", "none"]


async def test_a_reference_here_is_sorted_alike_however_it_is_written(finder: Finder) -> None:
    await finder.put(
        *(
            {"resourceType": "Patient", "id": f"p{n}", "managingOrganization": {"reference": reference}}
            for n, reference in enumerate(
                (
                    "Organization/b",
                    "http://socle.example/sandbox/fhir/Organization/a",
                    "Organization/a/_history/3",
                    "#in",
                )
            )
        )
    )
    found = await finder.ids("Patient", "_sort=organization")
    assert found[-1] == "p3"
    assert found.index("p2") < found.index("p0")


async def test_it_follows_changes_and_deletions(weights: Finder) -> None:
    assert (await weights.ids("Observation", "_sort=value-quantity,_id"))[-4:] == ["dose", "child", "same", "adult"]
    await weights.put(weight("dose", "80", "kg"))
    await weights.delete("Observation/tall")
    assert await weights.ids("Observation", "_sort=-value-quantity,_id") == ["dose", "adult", "child", "same"]


async def test_what_changes_between_two_pages_keeps_the_place_that_it_had(weights: Finder) -> None:
    page = await weights.search(
        "Observation", ("_sort", "-value-quantity"), ("_count", "2"), ("value-quantity:missing", "false")
    )
    await weights.put(weight("dose", "99", "kg"), weight("adult", "1", "mg"))
    seen = [one.id for one in page.matches]
    while page.next:
        page = await weights.follow(page.next)
        seen += [one.id for one in page.matches]
    assert sorted(seen) == ["adult", "child", "dose", "same", "tall"]
    assert seen.index("adult") < seen.index("same") < seen.index("dose")


async def test_too_far_behind_it_says_so_and_the_background_catches_up(
    weights: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordering, "BATCH", 1)
    monkeypatch.setattr(ordering, "MOST", 1)
    with pytest.raises(Problem) as caught:
        await weights.ids("Observation", "_sort=status")
    assert (caught.value.kind, caught.value.issues[0].code) == (Kind.UNAVAILABLE, "transient")
    assert await weights.ids("Observation", "_sort=status&_id=adult") == [
        "adult"
    ]  # few: these are put in order at once
    await ordering.keep_up(weights.repository)
    assert len(await weights.ids("Observation", "_sort=status")) == 5


async def test_writes_keep_nothing_for_it(weights: Finder) -> None:
    """Until somebody sorts by a parameter, nothing of it is kept; then only of that one."""
    rows = f"SELECT count(*) AS n FROM {weights.repository.store.schema}.ix_order"
    assert (await weights.repository.store.query(rows))[0]["n"] == 0
    await weights.ids("Observation", "_sort=status")
    assert (await weights.repository.store.query(rows))[0]["n"] == 5


async def test_the_order_of_a_parameter_that_is_no_more_is_forgotten(
    weights: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    await weights.ids("Observation", "_sort=status")
    monkeypatch.setattr(ordering, "order_key", lambda parameter: 1)
    await ordering.keep_up(weights.repository)
    schema = weights.repository.store.schema
    assert await weights.repository.store.query(f"SELECT 1 FROM {schema}.ix_order") == []
    assert await weights.repository.store.query(f"SELECT 1 FROM {schema}.order_position") == []


@pytest.mark.parametrize(
    ("of", "sort", "why"),
    [
        ("Observation", "code-value-quantity", "Sort by the parameter of one of them"),
        ("Patient", "phonetic", "Sort by “family” or “name”"),
        ("Location", "-near", "“_sort=near” sorts from the nearest"),
    ],
    ids=["composite", "phonetic", "from the farthest"],
)
async def test_what_has_no_order_is_refused_with_what_to_sort_by(finder: Finder, of: str, sort: str, why: str) -> None:
    with pytest.raises(Problem) as caught:
        await finder.ids(of, f"_sort={sort}")
    [issue] = caught.value.issues
    assert (issue.code, issue.expression) == ("not-supported", ("http._sort",))
    assert why in issue.text.en


async def test_an_empty_register_is_sorted_too(finder: Finder) -> None:
    assert await finder.ids("Patient", "_sort=gender") == []


@given(st.lists(st.floats(allow_nan=False), min_size=2, max_size=8))
def test_numbers_written_to_sort_do(numbers: list[float]) -> None:
    for before, after in pairwise(sorted(numbers)):
        assert ordering.sortable(before) <= ordering.sortable(after)
        assert (before == after) == (ordering.sortable(before) == ordering.sortable(after))


def test_decimals_are_compared_exactly() -> None:
    """5.4 and 5400 are no exact binary numbers: they are converted before they are rounded."""
    parameter = Parameters(REGISTER, r4()).of("Observation")["value-quantity"]
    texts = {
        ordering.bounds(
            parameter,
            parse(
                f'{{"resourceType":"Observation","valueQuantity":{{"value":{value},"system":"{UCUM}","code":"{code}"}}}}'.encode()
            ),
        )
        for value, code in (("5.4", "mg"), ("0.0054", "g"), ("0.0000054", "kg"), ("5400", "ug"))
    }
    assert len(texts) == 1
