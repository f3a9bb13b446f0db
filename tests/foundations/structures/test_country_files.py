"""Files that another part of the house writes in the official formats load, and say the same structures; wrong ones are told."""

from pathlib import Path

import pytest
from tests.foundations.structures.support import Structures

from socle.foundations.country import Country
from socle.foundations.country.files import finess_csv

SMALL = Country(seed=3, scale=0.0002)


def stock(folder: Path, country: Country) -> list[Path]:
    """The open CSV files of a country."""
    count, sites = country.entity_count, country.establishment_count
    texts = {
        "ej.csv": finess_csv.entities(country, 0, count)[0],
        "et.csv": finess_csv.establishments(country, 0, sites)[0] + finess_csv.positions(country, 0, sites)[0],
    }
    paths = []
    for name, text in texts.items():
        path = folder / name
        path.write_text(finess_csv.metadata(country) + text, encoding="latin-1")
        paths.append(path)
    return paths


async def test_a_generated_country_loads_without_a_remark_and_stands_where_it_should(structures: Structures) -> None:
    report = await structures.load(*stock(structures.folder, SMALL))
    assert report.faults == []
    assert report.counts["ej-created"] == SMALL.entity_count
    assert report.counts["et-created"] == SMALL.establishment_count
    for site in SMALL.establishments():
        place = (await structures.get(f"Location/{site.finess}"))["position"]
        assert place["latitude"] == pytest.approx(site.address.latitude, abs=2e-6)
        assert place["longitude"] == pytest.approx(site.address.longitude, abs=2e-6)


async def test_the_next_day_of_a_country_changes_what_it_says(structures: Structures) -> None:
    country = Country(seed=3, scale=0.002, changes=0.1)
    later = Country(seed=3, scale=0.002, changes=0.1, day=2)
    await structures.load(*stock(structures.folder, country))
    report = await structures.load(*stock(structures.folder, later))
    closed = [site for site in later.establishments() if site.closed]
    new = later.establishment_count - country.establishment_count
    assert report.counts.get("et-created", 0) == new > 0
    assert report.counts.get("et-closed", 0) == len(closed) > 0
