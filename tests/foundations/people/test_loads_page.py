"""What the page of loads tells of one: what its figures count, and how far it is."""

from typing import Any

import pytest

from socle.foundations.people.pages.imports import told


def lot(**said: Any) -> dict[str, Any]:
    """A row of `lot`."""
    row = {"origine": "extraction", "etat": "servi", "fait": 0, "total": 0, "crees": 0, "modifies": 0, "clos": 0}
    return {**row, "notes": "[]", "refus": None, "point": "{}", **said}


def test_a_load_of_mailboxes_counts_mailboxes_and_the_others_professionals() -> None:
    assert told(lot(origine="mssante"))["what"] == "mailboxes"
    assert [told(lot(origine=one))["what"] for one in ("extraction", "demonstration")] == ["persons", "persons"]


@pytest.mark.parametrize(
    ("said", "stage", "gone_through"),
    [
        ({"etat": "lecture", "fait": 250, "total": 1000}, 1, 25),
        ({"etat": "lecture", "total": 1000}, 1, None),
        ({"etat": "calcul", "fait": 1000, "total": 1000}, 2, None),
        ({"etat": "construction", "point": '{"persons": 5}', "crees": 6, "modifies": 3, "clos": 1}, 3, 50),
        ({"etat": "construction", "origine": "mssante", "crees": 6}, 3, None),
        ({"etat": "bascule"}, 4, None),
        ({"etat": "servi", "fait": 1000, "total": 1000}, 0, None),
        ({"etat": "refuse"}, 0, None),
    ],
)
def test_a_load_says_its_stage_and_how_far_this_one_is(said: dict[str, Any], stage: int, gone_through: int) -> None:
    found = told(lot(**said))
    assert (found["stage"], found["gone_through"]) == (stage, gone_through)
