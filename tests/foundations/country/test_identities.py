"""Records of the same people, with the slips that typing makes: the truth column is true."""

import csv
import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from socle.foundations.country.files import identities
from socle.foundations.country.files.errors import SLIPS
from socle.foundations.ins.population import generate

TRAITS = ("nom_naissance", "prenoms", "sexe", "date_naissance", "lieu_naissance")
FIELDS = {
    "nom_naissance": "LEFEBVRE-MARTIN",
    "nom_utilise": "PHILIPPON",
    "prenoms": "MARIE-THERESE NATHALIE ANNE",
    "sexe": "F",
    "date_naissance": "1961-04-09",
    "lieu_naissance": "75113",
    "code_postal": "75013",
    "telephone": "0639981234",
}


@pytest.fixture(scope="module")
def records() -> list[dict[str, str]]:
    """Three thousand people, half of them several times."""
    return list(identities.records(3000, 5, 0.5))


@pytest.mark.parametrize(("name", "slip"), [(name, slip) for name, slip, _ in SLIPS])
def test_a_slip_changes_a_record_or_says_that_it_cannot(name: str, slip: object) -> None:
    changed = 0
    for dice in range(200):
        for prenoms in (FIELDS["prenoms"], "CHRISTOPHE PAUL"):
            fields = {**FIELDS, "prenoms": prenoms}
            before = dict(fields)
            done = slip(fields, [dice * 31 + step * 7919 for step in range(5)])  # type: ignore[operator]
            assert done == (fields != before), name
            changed += done
    assert changed, name


def test_without_duplicates_the_records_are_the_population_itself() -> None:
    made = list(identities.records(500, 9, 0.0))
    people = list(generate(500, 9))
    assert [(r["personne"], *(r[t] for t in TRAITS)) for r in made] == [
        (f"{p.rang}", p.nom_naissance, p.prenoms, p.sexe, p.date_naissance, p.lieu_naissance) for p in people
    ]


def test_records_are_the_same_for_the_same_seed(records: list[dict[str, str]]) -> None:
    assert records == list(identities.records(3000, 5, 0.5))
    assert records != list(identities.records(3000, 6, 0.5))


def test_the_share_of_people_with_duplicates_is_the_one_asked(records: list[dict[str, str]]) -> None:
    times = Counter(record["personne"] for record in records)
    assert len(times) == 3000
    assert 0.45 < sum(n > 1 for n in times.values()) / 3000 < 0.55
    assert max(times.values()) == 4
    assert len({record["enregistrement"] for record in records}) == len(records)


def test_a_record_without_errors_has_the_traits_of_its_person(records: list[dict[str, str]]) -> None:
    people = {f"{person.rang}": person for person in generate(3000, 5)}
    for record in records:
        person = people[record["personne"]]
        same = all(record[trait] == getattr(person, trait) for trait in TRAITS)
        if not record["erreurs"] or record["erreurs"] == "coordonnees":
            assert same
        else:
            assert not same


def test_who_has_a_number_has_the_traits_that_go_with_it(records: list[dict[str, str]]) -> None:
    for record in records:
        assert bool(record["matricule"]) == (record["statut"] in ("QUAL", "RECUP"))
        assert not record["matricule"] or record["erreurs"] in ("", "coordonnees")


def test_every_kind_of_slip_is_met(records: list[dict[str, str]]) -> None:
    met = Counter(name for record in records for name in record["erreurs"].split(",") if name)
    assert {name for name, _, _ in SLIPS} == met.keys()


def test_the_file_has_its_heading_and_no_order_that_tells_the_truth(tmp_path: Path) -> None:
    found = identities.write(tmp_path / "i.csv", 2000, 1, 0.3)
    with (tmp_path / "i.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert tuple(rows[0]) == identities.COLUMNS
    assert found == {"records": len(rows), "people": 2000, "duplicates": len(rows) - 2000}
    beside = sum(a["personne"] == b["personne"] for a, b in pairwise(rows))
    assert beside < 10


def test_the_same_records_are_written_one_object_a_line(tmp_path: Path) -> None:
    found = identities.write(tmp_path / "i.ndjson", 200, 1, 0.3, ndjson=True)
    read = [json.loads(line) for line in (tmp_path / "i.ndjson").read_text("utf-8").splitlines()]
    assert read == list(identities.records(200, 1, 0.3))
    assert found["records"] == len(read)
