"""Places near a point: exact distances, whatever the cells; by distance when asked. Source: FHIR R4 location.html."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kernel.search.conftest import Finder
from tests.kernel.search.test_parse import refused, said

from socle.kernel.fhir.definitions import r4
from socle.kernel.search.reference import Entry, Reference
from socle.kernel.search.types import near

TOWNS = {
    "paris": ("48.8566", "2.3522"),
    "versailles": ("48.8049", "2.1204"),
    "orleans": ("47.9029", "1.9093"),
    "suva": ("-18.1416", "178.4415"),
    "samoa": ("-13.8333", "-171.7667"),
}


def place(id: str, latitude: str, longitude: str) -> dict[str, Any]:
    return {
        "resourceType": "Location",
        "id": id,
        "position": {"latitude": Decimal(latitude), "longitude": Decimal(longitude)},
    }


@pytest.fixture
async def towns(finder: Finder) -> Finder:
    await finder.put(
        *(place(id, *at) for id, at in reversed(TOWNS.items())), {"resourceType": "Location", "id": "nowhere"}
    )
    return finder


async def test_within_a_distance(towns: Finder) -> None:
    assert await towns.ids("Location", "near=48.85|2.35|10|km") == ["paris"]
    assert await towns.ids("Location", "near=48.85|2.35|20") == ["paris", "versailles"]
    assert await towns.ids("Location", "near=48.85|2.35|9000|m") == ["paris"]
    assert await towns.ids("Location", "near:missing=true") == ["nowhere"]


async def test_by_distance_page_after_page(towns: Finder) -> None:
    page = await towns.search("Location", ("near", "48.8|2.1|500|km"), ("_sort", "near"), ("_count", "1"))
    seen = [one.id for one in page.matches]
    while page.next:
        page = await towns.follow(page.next)
        seen += [one.id for one in page.matches]
    assert seen == ["versailles", "paris", "orleans"]
    assert page.previous
    assert [one.id for one in (await towns.follow(page.previous)).matches] == ["paris"]


async def test_across_the_antimeridian(towns: Finder) -> None:
    assert await towns.ids("Location", "near=-16|-179.9|1200|km") == ["suva", "samoa"]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    spots=st.lists(st.tuples(st.integers(-90, 90), st.integers(-180, 180)), min_size=1, max_size=8),
    point=st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    km=st.floats(0.001, 20_000),
)
async def test_cells_lose_nothing(
    finder: Finder, spots: list[tuple[int, int]], point: tuple[float, float], km: float
) -> None:
    await finder.empty()
    places = [place(f"l{n}", str(lat), str(lon)) for n, (lat, lon) in enumerate(spots)]
    await finder.put(*places)
    entries = [Entry(one, finder.clock.now, rank) for rank, one in enumerate(places)]
    asked = f"{point[0]:.6f}|{point[1]:.6f}|{km:.3f}|km"
    expected = [one.id for one in Reference(r4(), entries, "", finder.clock.now).search("Location", [("near", asked)])]
    assert sorted(await finder.ids("Location", f"near={asked}")) == expected


@given(
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    metres=st.floats(0, near.FARTHEST),
)
def test_a_question_touches_few_cells(lat: float, lon: float, metres: float) -> None:
    assert 0 < len(near.around("near", lat, lon, metres).cells) <= 9 * 18


@pytest.mark.parametrize(
    "value", ["48", "48|2|x", "91|2", "48|181", "48|2|5|leagues", "48|2|-1", "48|2|99999|km", "a|b", "48|2|1|km|"]
)
def test_what_is_no_place_is_refused(value: str) -> None:
    assert "48.85|2.35|5|km" in said(refused("Location", f"near={value}"))


def test_distance_sorts_alone_and_from_one_point() -> None:
    refused("Location", "_sort=near")
    refused("Location", "near=48|2|5&_sort=near,_id")
    refused("Location", "near=48|2|5&_sort=-near")
