"""What the data folder keeps secret: drawn once, whole, readable by its owner alone."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socle.assembly.house import house_seal, house_secret
from socle.kernel.outcome import Problem

KEPT = [(house_secret, "secret"), (house_seal, "sealing-key")]


@pytest.mark.parametrize(("kept", "name"), KEPT)
def test_a_secret_is_of_32_octets_for_its_owner_alone(tmp_path: Path, kept: Callable[[Path], Any], name: str) -> None:
    kept(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).stat().st_size == 32
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_what_a_house_sealed_opens_when_it_is_started_again(tmp_path: Path) -> None:
    assert house_seal(tmp_path).open(house_seal(tmp_path).close("cle", bound="a"), bound="a") == "cle"


@pytest.mark.parametrize(("kept", "name"), KEPT)
def test_a_damaged_file_stops_the_start_and_says_what_to_do(
    tmp_path: Path, kept: Callable[[Path], Any], name: str
) -> None:
    (tmp_path / name).write_bytes(b"short")
    with pytest.raises(Problem, match="retirez-le"):
        kept(tmp_path)
