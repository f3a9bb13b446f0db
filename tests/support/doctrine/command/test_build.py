"""`socle doctrine build` and `export --format oscal`: files that anyone can check."""

import json
from pathlib import Path

import pytest
from tests.support.doctrine.command.test_doctrine import socle, written
from trestle.oscal.catalog import Catalog
from trestle.oscal.component import ComponentDefinition
from trestle.oscal.profile import Profile

__all__ = ["socle"]


def test_build_writes_every_form_and_says_how_many(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    said = socle("build", str(written(tmp_path)), "--out", str(tmp_path / "made"))
    assert said.code == 0, said.err
    made = {str(path.relative_to(tmp_path / "made")) for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert {
        *("html/index.html", "html/ins.html", "html/edition.css", "edition.pdf", "edition.epub", "edition.json"),
        *("exigences.csv", "jalons.csv", "echeances.ics", "oscal/catalog.json", "oscal/profile.json"),
        *("oscal/component-definition.json", "oscal/profile-editeur-dpi.json"),
    } <= made
    assert f"{len(made)} fi" in said.err
    assert said.out == ""


def test_the_same_edition_is_built_to_the_same_bytes(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    place = str(written(tmp_path))
    for name in ("one", "two"):
        assert socle("build", place, "--out", str(tmp_path / name)).code == 0
    for path in (tmp_path / "one").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path


def test_a_folder_that_cannot_be_written_is_one_clear_line(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    place = str(written(tmp_path))
    (tmp_path / "file").write_text("")
    said = socle("build", place, "--out", str(tmp_path / "file"))
    assert said.code == 1
    assert str(tmp_path / "file") in said.err
    assert "Traceback" not in said.err


def test_an_edition_that_is_not_there_is_one_clear_line(socle, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    said = socle("build", "1999", "--out", str(tmp_path / "made"))
    assert (said.code, (tmp_path / "made").exists()) == (1, False)
    assert "1999" in said.err


@pytest.mark.parametrize(
    ("model", "reader"), [("catalog", Catalog), ("profile", Profile), ("component-definition", ComponentDefinition)]
)
def test_each_oscal_document_on_standard_output_is_read_by_trestle(socle, tmp_path: Path, model, reader) -> None:  # type: ignore[no-untyped-def]
    said = socle("export", "--format", "oscal", "--model", model, "--edition", str(written(tmp_path)))
    assert said.code == 0
    assert reader(**json.loads(said.out)[model]).metadata.title


def test_an_unknown_model_is_refused_with_those_there_are(socle) -> None:  # type: ignore[no-untyped-def]
    said = socle("export", "--format", "oscal", "--model", "ssp")
    assert said.code == 1
    assert "component-definition" in said.err
