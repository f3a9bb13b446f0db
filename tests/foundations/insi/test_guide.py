"""docs/guides/insi.md: what it shows works, what it lists is complete."""

import asyncio
import re
from pathlib import Path

import pytest

from socle.foundations.ins.insi.lot.model import Etat, Motif
from socle.foundations.ins.insi.lot.parse import CSV, reader
from socle.foundations.ins.insi.soap.faults import FAULTS

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "insi.md").read_text("utf-8")


def block(language: str) -> str:
    """The first example in this language."""
    found = re.search(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found[1]


async def test_the_envelope_of_the_guide_is_answered_00(insi):
    answer = await insi.post(block("xml"), content_type="application/soap+xml; charset=utf-8")
    assert answer.code == "00"


async def test_the_zeep_example_runs(url, capsys):
    code = block("python").replace("http://127.0.0.1:8000", url)
    scope = {"KEY": "publisher"}
    await asyncio.to_thread(exec, code, scope)
    scope["session"].close()
    scope["insi"].transport.session.close()
    assert capsys.readouterr().out == "00 2751263220749\n"


def test_every_fault_is_listed_with_its_status():
    listed = dict(re.findall(r"^\| `(\w+)` \| (\d{3}) \|", GUIDE, re.MULTILINE))
    assert listed == {code: str(fault.status) for code, fault in FAULTS.items()}


@pytest.mark.parametrize("name", [*Etat, *(motif for motif in Motif if motif is not Motif.OK)])
def test_every_state_and_reason_is_explained(name):
    assert f"`{name.value}`" in GUIDE


def test_the_csv_of_the_guide_is_read():
    header, line = block("csv").splitlines()
    read, _ = reader(CSV, header.encode())
    assert (read(2, line.encode()).motif, read(2, line.encode()).reference) == (None, "dossier-1")
