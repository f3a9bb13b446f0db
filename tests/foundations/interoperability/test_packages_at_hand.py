"""What an installation finds beside the files that it is given."""

from pathlib import Path

import pytest
from tests.kernel.fhir.packages.making import package

from socle.foundations.interoperability.actions import planned
from socle.kernel.outcome import Problem


def test_what_stands_beside_and_is_no_package_is_passed_over(tmp_path: Path) -> None:
    package(tmp_path, "base", "1.0.0", [])
    package(tmp_path, "user", "1.0.0", [], {"base": "1.0.0"})
    (tmp_path / "autre.tgz").write_bytes(b"rien d'un paquet")
    at_hand, decided = planned([tmp_path / "user-1.0.0.tgz"], [tmp_path], [])
    assert [one.id for one in decided.order] == ["base#1.0.0", "user#1.0.0"]
    assert set(at_hand) == {"base#1.0.0", "user#1.0.0"}


def test_a_file_may_stand_where_nothing_else_is_a_package(tmp_path: Path) -> None:
    given = tmp_path / "un" / "paquet"
    given.parent.mkdir()
    made = package(tmp_path, "seul", "1.0.0", [])
    made.rename(given)
    assert [one.id for one in planned([given], [given.parent], [])[1].order] == ["seul#1.0.0"]


def test_what_was_asked_for_and_is_no_package_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "autre.tgz"
    wrong.write_bytes(b"rien d'un paquet")
    with pytest.raises(Problem, match=r"autre\.tgz"):
        planned([wrong], [], [])
    package(tmp_path, "seul", "1.0.0", [])
    with pytest.raises(Problem, match=r"autre\.tgz"):
        planned([tmp_path / "seul-1.0.0.tgz"], [wrong], [])
