"""An edition that does not load is left out, and the module says that it is degraded."""

import sys
from collections.abc import Mapping

import pytest
from tests.support.doctrine.pages.houses import house

from socle.kernel.module import WELL, State
from socle.support.doctrine.actions import editions, left_out
from socle.support.doctrine.module import health
from socle.support.doctrine.store import shipped


def damage(monkeypatch: pytest.MonkeyPatch, damaged: str) -> None:
    """Make the calendar of a shipped edition unreadable, as if it had just been written."""
    read = shipped.read

    def reading(edition: str) -> Mapping[str, str]:
        return {**read(edition), "milestones.yaml": "- id: [\n"} if edition == damaged else read(edition)

    monkeypatch.setattr(shipped, "read", reading)
    place = sys.modules["socle.support.doctrine.actions.editions"]  # its name is also that of its function
    monkeypatch.setattr(place, "_shipped", place._shipped.__wrapped__)  # read again, not remembered


async def test_every_edition_shipped_is_shown() -> None:
    assert await left_out(house()) == ()
    assert await health(house()) == WELL


async def test_an_edition_that_does_not_load_is_left_out_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    damage(monkeypatch, "2019")
    here = house()
    assert await left_out(here) == ("2019",)
    assert "2026" in await editions(here)
    found = await health(here)
    assert found.state is State.DEGRADED
    assert found.reason
    assert "2019" in found.reason.fr
    assert "socle doctrine check" in found.reason.en
