"""Forms that take time to make are made once, in a thread, and kept."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.doctrine.forms.sample import EDITION

from socle.support.doctrine.actions import press as module
from socle.support.doctrine.actions.press import Press
from socle.support.doctrine.model import Addressee, Edition


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The editions that were typeset, in order; typesetting is quick here."""
    found: list[str] = []

    def quick(edition: Edition) -> bytes:
        found.append(edition.note)
        return b"%PDF " + edition.note.encode()

    monkeypatch.setattr(module, "to_pdf", quick)
    return found


async def test_a_form_is_made_once(made: list[str], tmp_path: Path) -> None:
    press = Press(tmp_path, {})
    assert await press.pdf(EDITION) == await press.pdf(EDITION)
    assert made == [EDITION.note]


async def test_a_pdf_is_kept_from_one_start_to_the_next(made: list[str], tmp_path: Path) -> None:
    first = await Press(tmp_path / "doctrine", {}).pdf(EDITION)
    assert await Press(tmp_path / "doctrine", {}).pdf(replace(EDITION)) == first
    assert made == [EDITION.note]


async def test_another_content_is_another_pdf_and_the_old_one_is_forgotten(made: list[str], tmp_path: Path) -> None:
    press = Press(tmp_path, {})
    await press.pdf(EDITION)
    assert await press.pdf(replace(EDITION, note="Autre.")) == b"%PDF Autre."
    assert made == [EDITION.note, "Autre."]
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_folder_that_cannot_be_written_costs_only_time(made: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert (await Press(tmp_path / "file", {}).pdf(EDITION)).startswith(b"%PDF")
    assert made == [EDITION.note]


async def test_two_who_ask_at_once_wait_for_one_making_and_one_who_leaves_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    making, made = threading.Event(), []

    def slow(edition: Edition) -> bytes:
        making.wait(10)
        made.append(edition.id)
        return b"book"

    monkeypatch.setattr(module, "to_pdf", slow)
    press = Press(tmp_path, {})
    first, second = (asyncio.create_task(press.pdf(EDITION)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    making.set()
    assert await second == b"book"
    assert made == ["2026"]


async def test_a_making_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tries: list[str] = []

    def fragile(edition: Edition) -> bytes:
        tries.append(edition.id)
        if len(tries) == 1:
            raise RuntimeError("interrupted")
        return b"book"

    monkeypatch.setattr(module, "to_pdf", fragile)
    press = Press(tmp_path, {})
    with pytest.raises(RuntimeError, match="interrupted"):
        await press.pdf(EDITION)
    assert await press.pdf(EDITION) == b"book"


async def test_the_other_forms_are_those_of_the_command_line(tmp_path: Path) -> None:
    press = Press(tmp_path, {"foundations.ins": "Identité"})
    assert (await press.epub(EDITION)).startswith(b"PK")
    assert b'"title": "Identit' in await press.oscal(EDITION, "component-definition")
    assert b'"with-ids"' in await press.profile(EDITION, Addressee.EDITEUR_DPI)
