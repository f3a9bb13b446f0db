"""`socle generate country`: files of the formats asked, one clear line for what makes no sense."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from socle.command import generate
from socle.command.report import CommandError


def run(*arguments: str) -> Path:
    """Run the command in process; gives the path of the manifest that it printed."""
    result = CliRunner().invoke(generate.app, ["country", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return Path(result.stdout.strip().splitlines()[-1])


def test_a_small_country_is_written_with_its_manifest(tmp_path: Path) -> None:
    manifest = json.loads(run("--scale", "0.0002", "--out", str(tmp_path / "c"), "--people", "50").read_text("utf-8"))
    assert {one["format"] for one in manifest["files"]} == {
        "annuaire", "rass", "finess-csv", "finess-xml", "finess-plus", "identities"
    }  # fmt: skip


def test_a_second_day_tells_its_differences(tmp_path: Path) -> None:
    out = str(tmp_path / "c")
    run("--scale", "0.002", "--out", out, "--formats", "finess-csv", "--day", "2", "--changes", "5%")
    told = (tmp_path / "c" / "differences-jour-2.csv").read_text("utf-8").splitlines()
    assert told[0] == "registre;identifiant;changement;champs"
    assert {line.split(";")[2] for line in told[1:]} == {"created", "changed", "closed"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--formats", "excel"], "excel"),
        (["--out", "-"], "dossier"),
        (["--encoding", "utf-16"], "utf-16"),
        (["--changes", "beaucoup"], "--changes"),
        (["--changes", "90%"], "--changes"),
        (["--scale", "12"], "scale"),
        (["--formats", "rass", "--people", "10"], "identities"),
        (["--formats", "identities", "--people", "0"], "--people"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_and_nothing_is_written(
    arguments: list[str], word: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=word):
        run("--scale", "0.0002", "--out", str(tmp_path / "c"), *arguments)
    assert not (tmp_path / "c").exists()
