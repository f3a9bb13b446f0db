"""The editions shipped with the software: package data in a wheel, `doctrine/editions` at the root of a checkout."""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from socle.kernel.outcome import Kind, Problem

_PACKAGE = "socle.support.doctrine"
_ROOT = Path(__file__).parents[5]  # of a checkout: src/socle/support/doctrine/store/shipped.py


@cache
def folder() -> Traversable:
    """The folder that holds one folder an edition. Raises: Problem(UNAVAILABLE) when the installation lost it."""
    for place in (files(_PACKAGE) / "editions", _ROOT / "doctrine" / "editions"):
        if place.is_dir():
            return place
    raise Problem.of(
        Kind.UNAVAILABLE,
        "Les éditions livrées avec le logiciel sont introuvables : réinstallez-le.",
        "The editions shipped with the software cannot be found: install it again.",
    )


def editions() -> tuple[str, ...]:
    """The editions shipped, the oldest first."""
    return tuple(sorted(place.name for place in folder().iterdir() if place.is_dir()))


def read(edition: str) -> Mapping[str, str]:
    """The files of an edition: path below its folder → text. Raises: Problem(NOT_FOUND)."""
    place = folder() / edition
    if edition not in editions():
        raise Problem.of(Kind.NOT_FOUND, f"Pas d'édition {edition}.", f"No edition {edition}.")
    return read_folder(place)


def read_folder(place: Traversable) -> Mapping[str, str]:
    """The text of every file below a folder; hidden files and editors' backups are left out.

    Raises: Problem(INVALID) naming each file that is not UTF-8 text.
    """
    found: dict[str, str] = {}
    wrong: list[str] = []
    _walk(place, "", found, wrong)
    if wrong:
        names = ", ".join(wrong)
        raise Problem.of(
            Kind.INVALID,
            f"{names} : ce n'est pas du texte en UTF-8. Enregistrez ces fichiers en UTF-8.",
            f"{names}: not UTF-8 text. Save these files as UTF-8.",
        )
    return found


def _walk(place: Traversable, prefix: str, found: dict[str, str], wrong: list[str]) -> None:
    for one in sorted(place.iterdir(), key=lambda each: each.name):
        if one.name.startswith(".") or one.name.endswith("~"):
            continue
        path = prefix + one.name
        if one.is_dir():
            _walk(one, path + "/", found, wrong)
            continue
        try:
            found[path] = one.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            wrong.append(path)


def guides() -> frozenset[str] | None:
    """The guides of the documentation, "docs/guides/insi.md"; None where the documentation is not (a wheel)."""
    place = _ROOT / "docs" / "guides"
    if not place.is_dir():
        return None
    return frozenset(f"docs/guides/{one.name}" for one in place.iterdir() if one.suffix == ".md")


def references(modules: Iterable[str]) -> frozenset[str]:
    """The requirements of these modules, "foundations.ins#INS-012", from each module's `requirements.toml`."""
    found: set[str] = set()
    for module in modules:
        file = files("socle").joinpath(*module.split("."), "requirements.toml")
        if file.is_file():
            entries = tomllib.loads(file.read_text(encoding="utf-8")).get("requirement", [])
            found.update(f"{module}#{entry['id']}" for entry in entries)
    return frozenset(found)
