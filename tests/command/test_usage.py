"""Arguments that are wrong are told in one line, in the language of the reader, with the command that explains."""

import pytest
from tests.house.running import socle, typed

WRONG = [
    (["foo"], "la commande « foo » n'existe pas. « socle --help »", "there is no command “foo”"),
    (["actor", "create"], "il manque --name. « socle actor create --help »", "--name is missing"),
    (["import", "finess"], "il manque files. « socle import finess --help »", "files is missing"),
    (["up", "--populaton", "3"], "l'option --populaton n'existe pas ; proches : --population", "no option --populaton"),
    (["up", "--port", "99999"], "--port : au plus 65535. « socle up --help »", "--port: 65535 at most"),
    (["up", "--workers", "0"], "--workers : au moins 1", "--workers: 1 at least"),
    (["up", "--port", "abc"], "--port : un nombre entier est attendu", "--port: a whole number is expected"),
    (["up", "--port"], "--port demande une valeur", "--port needs a value"),
    (["up", "extra"], "argument en trop : extra", "one argument too many: extra"),
]


@pytest.mark.parametrize(("arguments", "fr", "en"), WRONG)
def test_what_is_wrong_is_one_line_in_the_language_of_the_run(arguments: list[str], fr: str, en: str) -> None:
    french, english = typed(*arguments), typed(*arguments, language="en")
    assert (french.returncode, english.returncode) == (2, 2)
    assert fr in french.stderr
    assert en in english.stderr
    assert len(french.stderr.splitlines()) == 1


UNREADABLE = [
    (
        ["validate", "/nulle-part.json"],
        "lecture impossible (il n'y a rien à cet endroit)",
        "cannot be read (No such file",
    ),
    (["validate", "/dev/null/x.json"], "(un des dossiers de ce chemin n'en est pas un)", "(Not a directory)"),
    (["up", "--data", "/dev/null/x"], "ne peut pas servir (un des dossiers", "cannot be used (Not a directory)"),
]


@pytest.mark.parametrize(("arguments", "fr", "en"), UNREADABLE)
def test_what_the_system_refuses_is_told_in_the_language_of_the_run(arguments: list[str], fr: str, en: str) -> None:
    french, english = typed(*arguments), typed(*arguments, language="en")
    assert (french.returncode, english.returncode) == (1, 1)
    assert fr in french.stderr
    assert en in english.stderr


def test_a_family_without_a_command_teaches_it() -> None:
    said = typed("actor")
    assert said.returncode == 2
    assert said.stderr == ""


def test_the_frame_of_help_speaks_the_language_of_the_run() -> None:
    french = socle("actor", "create", "--help").stdout
    assert "[obligatoire]" in french
    assert "Montre cette aide." in french
    assert "Show this message" not in french
    assert "[required]" in socle("--lang", "en", "actor", "create", "--help").stdout
