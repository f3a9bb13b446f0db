"""Wrong files of the synthetic country are treated as their list says: refused whole, one line left out, or loaded."""

from pathlib import Path

import pytest
from tests.foundations.people.conftest import Directory

from socle.foundations.country import Country
from socle.foundations.country.files import faults as wrong
from socle.kernel.outcome import Problem

COUNTRY = Country(scale=0.0002)
FAULTS = [fault for fault in wrong.faults(COUNTRY) if fault.name.startswith("annuaire")]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_a_wrong_extraction(directory: Directory, tmp_path: Path, fault: wrong.Fault) -> None:
    source = tmp_path / fault.name
    source.write_bytes(fault.octets)
    if fault.expected == wrong.REFUSED:
        with pytest.raises(Problem):
            await directory.load(source)
        assert await directory.search("Practitioner") == []
        return
    done = await directory.load(source)
    assert [one.ligne for one in done.rejets] == ([fault.line] if fault.expected == wrong.REJECTED else [])
    assert bool(done.notes) or fault.expected != wrong.REMARKED
    assert done.ecarts.crees >= COUNTRY.practitioner_count - 1
