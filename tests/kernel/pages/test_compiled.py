"""Templates are compiled once, and read back by the next start."""

import sys
from pathlib import Path
from typing import Any

import jinja2
import pytest

from socle.kernel.pages.compiled import CompiledTemplates, kept_at


class Counting(jinja2.Environment):
    """Counts what it compiles."""

    compiled = 0

    def compile(self, *arguments: Any, **more: Any) -> Any:
        self.compiled += 1
        return super().compile(*arguments, **more)


def started(folder: Path) -> Counting:
    """The templates of a folder, in a process that has just started."""
    return Counting(loader=jinja2.FileSystemLoader(folder), bytecode_cache=CompiledTemplates(), autoescape=True)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "desk").mkdir()
    file = tmp_path / "desk" / "page.html"
    file.write_text("{% if 1 %}Bonjour {{ name }}{% endif %}")
    return file


def read(page: Path, **context: Any) -> tuple[str, int]:
    """What the page says in a process that has just started, and how many templates it compiled for that."""
    env = started(page.parent.parent)
    return env.get_template("desk/page.html").render(name="Zoé", **context), env.compiled


def test_the_next_start_reads_what_the_first_compiled(page: Path) -> None:
    assert read(page) == ("Bonjour Zoé", 1)
    assert read(page) == ("Bonjour Zoé", 0)


def test_a_changed_template_is_compiled_again(page: Path) -> None:
    read(page)
    page.write_text("Bonsoir {{ name }}")
    assert read(page) == ("Bonsoir Zoé", 1)
    assert read(page) == ("Bonsoir Zoé", 0)


def kept(page: Path) -> Path:
    """Where its compiled form is."""
    return kept_at(started(page.parent.parent), str(page))


@pytest.mark.parametrize("damage", [b"", b"j2", b"not what was written there"])
def test_a_damaged_form_is_made_again(page: Path, damage: bytes) -> None:
    read(page)
    kept(page).write_bytes(damage)
    assert read(page) == ("Bonjour Zoé", 1)
    assert read(page) == ("Bonjour Zoé", 0)


def test_a_form_cut_short_is_made_again(page: Path) -> None:
    read(page)
    kept(page).write_bytes(kept(page).read_bytes()[:-20])
    assert read(page) == ("Bonjour Zoé", 1)


def test_nothing_is_written_where_python_is_told_to_write_nothing(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert read(page) == ("Bonjour Zoé", 1)
    assert not kept(page).exists()


def test_a_folder_that_cannot_be_written_only_costs_time(page: Path) -> None:
    (page.parent / "__pycache__").write_text("a file where the folder should be")
    assert read(page) == ("Bonjour Zoé", 1)
    assert read(page) == ("Bonjour Zoé", 1)
