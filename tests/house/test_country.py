"""As a stranger would: a country in the official formats, loaded in a house, found through its doors, and its next day."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house.running import RunningHouse, socle

from socle.foundations.country import Country, Establishment, Practitioner

SCALE = 0.0002  # one territory
COUNTRY = Country(scale=SCALE)
CHANGES = 0.1


def command(*arguments: str) -> str:
    """What a command says on standard output; it must have gone well."""
    done = socle(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The country of two days, in the formats that the registers publish."""
    folder = tmp_path_factory.mktemp("country")
    common = ("generate", "country", "--scale", f"{SCALE}", "--formats", "annuaire,finess-csv,finess-xml")
    command(*common, "--out", str(folder / "1"))
    command(*common, "--out", str(folder / "2"), "--day", "2", "--changes", f"{CHANGES}")
    return folder


@pytest.fixture(scope="module")
def house(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house, without demonstration, that has loaded the first day."""
    with RunningHouse(tmp_path_factory.mktemp("stranger") / "data", "--no-demo") as running:
        data = ("--data", str(running.data))
        command("import", "finess", *(str(files / "1" / name) for name in ("finess-csv", "finess-xml")), *data)
        command("import", "annuaire", str(next((files / "1" / "annuaire").iterdir())), *data)
        yield running


@pytest.fixture(scope="module")
def key(house: RunningHouse) -> str:
    """A publisher's key."""
    return house.key("publisher")


def found(house: RunningHouse, path: str, key: str) -> list[dict[str, object]]:
    """The resources that a search finds."""
    status, bundle, _ = house.get(path, key=key)
    assert status == 200, bundle
    return [entry["resource"] for entry in bundle.get("entry", [])]


def employed() -> tuple[Practitioner, Establishment]:
    """A professional who works in an establishment."""
    return next(
        (person, one.structure)
        for person in COUNTRY.practitioners()
        for one in person.situations
        if isinstance(one.structure, Establishment)
    )


def test_every_professional_is_there_and_found_by_number_and_by_name(house: RunningHouse, key: str) -> None:
    person, _ = employed()
    [one] = found(house, f"/annuaire/fhir/v2/Practitioner?identifier={person.rpps}", key)
    assert one["name"][0]["family"] == person.nom  # type: ignore[index]
    ids = {two["id"] for two in found(house, f"/annuaire/fhir/v2/Practitioner?family={person.nom[:4].lower()}", key)}
    assert one["id"] in ids
    status, bundle, _ = house.get("/annuaire/fhir/v2/Practitioner?_total=accurate&_count=1", key=key)
    assert (status, bundle["total"]) == (200, COUNTRY.practitioner_count)


def test_the_establishment_where_they_work_is_the_same_in_both_registers(house: RunningHouse, key: str) -> None:
    person, site = employed()
    roles = found(house, f"/annuaire/fhir/v2/PractitionerRole?practitioner.identifier={person.rpps}", key)
    assert len(roles) == len(person.situations)
    [employer] = found(house, f"/annuaire/fhir/v2/Organization?identifier={site.finess}", key)
    [registered] = found(house, f"/structures/fhir/Organization?identifier={site.finess}", key)
    assert site.raison_sociale in (employer["name"], registered["name"])
    assert {role["organization"]["reference"] for role in roles} & {f"Organization/{employer['id']}"}  # type: ignore[index]


def test_every_structure_is_there_with_its_owner(house: RunningHouse, key: str) -> None:
    status, bundle, _ = house.get("/structures/fhir/Organization?_total=accurate&_count=1", key=key)
    assert status == 200
    assert bundle["total"] == COUNTRY.establishment_count + COUNTRY.entity_count
    site = COUNTRY.establishment(3)
    [one] = found(house, f"/structures/fhir/Organization?identifier={site.finess}", key)
    [owner] = found(house, f"/structures/fhir/Organization?identifier={site.finess_ej}", key)
    assert one["partOf"]["reference"] == f"Organization/{owner['id']}"  # type: ignore[index]


def test_professionals_are_found_by_town_and_profession(house: RunningHouse, key: str) -> None:
    town = COUNTRY.establishment(0).address.commune.nom
    where = f"_has:PractitionerRole:practitioner:organization.address-city={town}".replace(" ", "%20")
    query = f"/annuaire/fhir/v2/Practitioner?qualification-code=10&{where}&_count=200"
    ids = {one["id"] for one in found(house, query, key)}
    expected = {
        person.rpps
        for person in COUNTRY.practitioners()
        if person.profession.code == "10"
        and any(one.structure.address.commune.nom == town for one in person.situations)
    }
    assert {str(id).removeprefix("003-8") for id in ids} == expected
    assert expected


def test_the_next_day_closes_changes_and_creates_what_its_differences_tell(house: RunningHouse, files: Path) -> None:
    with (files / "2" / "differences-jour-2.csv").open(encoding="utf-8") as file:
        told = Counter((row["registre"], row["changement"]) for row in csv.DictReader(file, delimiter=";"))
    data = ("--data", str(house.data))
    said = command("import", "annuaire", str(next((files / "2" / "annuaire").iterdir())), *data)
    numbers = [int(n) for n in re.findall(r"(\d+) (?:créé|modifié|clos)", said)]
    assert numbers == [told["annuaire", kind] for kind in ("created", "changed", "closed")], said
    said = command("import", "finess", str(files / "2" / "finess-csv"), *data)
    [line] = [line for line in said.splitlines() if "établissements" in line]
    assert re.findall(r"\d+", line)[:1] == [str(told["finess", "created"])]
