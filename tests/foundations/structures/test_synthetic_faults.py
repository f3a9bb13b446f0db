"""Wrong files of the synthetic country are treated as their list says: refused whole, one line named, or loaded."""

from pathlib import Path

import pytest
from tests.foundations.structures.support import Structures

from socle.foundations.country import Country
from socle.foundations.country.files import faults as wrong
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.outcome import Problem

FAULTS = [fault for fault in wrong.faults(Country(scale=0.0002)) if fault.name.startswith("finess")]


async def count(structures: Structures) -> int:
    """How many structures the register holds."""
    [row] = await structures.database.query(f"SELECT count(*) AS n FROM {REGISTER}.structure")
    return int(row["n"])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_wrong_file(structures: Structures, tmp_path: Path, fault: wrong.Fault) -> None:
    source = tmp_path / fault.name
    source.write_bytes(fault.octets)
    if fault.expected in (wrong.REFUSED, wrong.REJECTED):
        with pytest.raises(Problem):  # one wrong line refuses the whole, unless it may be left out
            await structures.load(source)
        assert await count(structures) == 0
    if fault.expected != wrong.REFUSED:
        done = await structures.load(source, keep_going=True)
        assert bool(done.faults) or fault.expected == wrong.LOADED
        assert await count(structures) >= 19
