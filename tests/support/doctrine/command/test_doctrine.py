"""`socle doctrine`: check, diff, export, new-edition; clear lines, non-zero exits."""

import csv
import io
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest
from tests.support.doctrine.small import FILES, edited

from socle import command
from socle.catalogue import MODULES
from socle.support.doctrine.forms import data, oscal
from socle.support.doctrine.store import shipped


class Said:
    """What a command wrote, and its exit."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def socle(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]):  # type: ignore[no-untyped-def]
    """Runs `socle doctrine …` in this process, as `__main__` does."""

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["socle", "doctrine", *arguments])
        code = 0
        try:
            command.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfdbinary.readouterr()
        return Said(code, out.decode(), err.decode())

    return run


def written(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """An edition in `folder`/2030."""
    for path, text in files.items():
        file = folder / "2030" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "2030"


def test_the_editions_shipped_are_checked_without_a_folder(socle) -> None:  # type: ignore[no-untyped-def]
    said = socle("check")
    assert said.code == 0
    assert [line.split(" ")[0] for line in said.out.splitlines()] == list(shipped.editions())


def test_every_fault_is_a_line_that_an_editor_can_jump_to(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    files = edited("requirements/ins.yaml", "force: should", "force: may")
    place = written(tmp_path, edited("diagram.yaml", "band: socle", "band: cave", files=files))
    said = socle("check", str(place))
    assert said.code == 1
    assert [line.split(" : ")[0] for line in said.out.splitlines()] == [
        f"{place}/diagram.yaml:7",
        f"{place}/requirements/ins.yaml:18",
    ]
    assert "2 faute(s)" in said.err


def test_a_folder_of_editions_is_checked_one_by_one(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    written(tmp_path)
    said = socle("check", str(tmp_path))
    assert (said.code, said.out) == (0, "2030 : 2 chapitres, 3 exigences, 1 jalons, sans faute\n")


def test_the_folder_must_bear_the_year_of_the_edition(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    place = shutil.move(written(tmp_path), tmp_path / "2031")
    said = socle("check", str(place))
    assert said.code == 1
    assert "le dossier se nomme « 2031 »" in said.out


def test_a_file_that_is_not_text_is_named(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    place = written(tmp_path)
    (place / "synthesis.md").write_bytes("Synthèse".encode("latin-1"))
    said = socle("check", str(place))
    assert said.code == 1
    assert "synthesis.md" in said.out
    assert "UTF-8" in said.out


def test_a_folder_without_an_edition_is_refused(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    said = socle("check", str(tmp_path))
    assert said.code == 1
    assert "Aucune édition" in said.err


def test_two_editions_are_compared(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    before = written(tmp_path / "a")
    after = written(tmp_path / "b", edited("requirements/ins.yaml", "chaque donnée", "toute donnée"))
    said = socle("diff", str(before), str(after))
    assert said.code == 0
    assert "INS-001 · reformulée" in said.out
    assert "chaquetoute donnée" in said.out  # in colour on a terminal: one struck through, the other bold
    found = json.loads(socle("diff", str(before), str(after), "--format", "json").out)
    assert [one["id"] for one in found["requirements"]] == ["INS-001"]
    assert found["kept"] == 2


def test_an_edition_that_is_not_shipped_is_refused_with_those_that_are(socle) -> None:  # type: ignore[no-untyped-def]
    said = socle("diff", "1999", "2026")
    assert said.code == 1
    assert "2019, 2026" in said.err


def test_the_edition_in_force_is_exported_as_json(socle) -> None:  # type: ignore[no-untyped-def]
    said = socle("export", "--format", "json")
    whole = json.loads(said.out)
    assert whole["edition"]["id"] == "2026"
    assert len(whole["chapters"]) == 26
    assert len(whole["requirements"]) >= 150
    assert whole["milestones"]
    assert whole["diagram"]["blocks"]
    jsonschema.validate(whole, json.loads(data.schema()))


def test_the_requirements_are_exported_as_csv(socle) -> None:  # type: ignore[no-untyped-def]
    out = socle("export", "--format", "csv", "--edition", "2019").out
    rows = list(csv.DictReader(io.StringIO(out.lstrip("\ufeff")), delimiter=";"))
    assert {row["identifiant"] for row in rows} >= {"INS-001"}


def test_an_edition_is_exported_as_oscal(socle) -> None:  # type: ignore[no-untyped-def]
    catalog = json.loads(socle("export", "--format", "oscal").out)
    assert oscal.from_catalog(catalog).id == "2026"


def test_an_unknown_format_is_refused(socle) -> None:  # type: ignore[no-untyped-def]
    said = socle("export", "--format", "xml")
    assert (said.code, said.out) == (1, "")
    assert "json, csv, oscal" in said.err


def test_a_new_edition_is_a_draft_of_the_one_before_with_its_comments(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    said = socle("new-edition", "2027", "--from", "2026", "--in", str(tmp_path))
    place = Path(said.out.strip())
    assert (said.code, place) == (0, tmp_path / "2027")
    head = (place / "edition.yaml").read_text(encoding="utf-8")
    assert "status: draft" in head
    assert 'based_on: "2026"' in head
    assert "published" not in head
    for path, text in shipped.read("2026").items():
        assert path == "edition.yaml" or (place / path).read_text(encoding="utf-8") == text
    assert socle("check", str(place)).code == 0
    assert json.loads(socle("diff", "2026", str(place), "--format", "json").out)["requirements"] == []


@pytest.mark.parametrize("year", ["2026", "2019", "bientôt", "27"])
def test_a_new_edition_comes_after_the_one_that_it_is_drawn_from(socle, tmp_path: Path, year: str) -> None:  # type: ignore[no-untyped-def]
    said = socle("new-edition", year, "--from", "2026", "--in", str(tmp_path))
    assert (said.code, list(tmp_path.iterdir())) == (1, [])
    assert year in said.err


def test_nothing_that_is_there_is_overwritten(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "2027").mkdir()
    said = socle("new-edition", "2027", "--from", "2026", "--in", str(tmp_path))
    assert (said.code, list((tmp_path / "2027").iterdir())) == (1, [])


def test_each_chapter_that_a_module_declares_names_that_module() -> None:
    from socle.support.doctrine.rules.reading import load

    there = {id: load(shipped.read(id)) for id in shipped.editions()}
    for module in MODULES:
        for chapter in module.chapters:
            assert module.name in there[chapter.edition].chapter_by_id[chapter.id].modules, (module.name, chapter)
