"""Editions in folders: what an author checks, compares and begins at the command line."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.support.doctrine.model import Edition, EditionStatus
from socle.support.doctrine.rules.checking import Known
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.rules.writing import write_head
from socle.support.doctrine.store import shipped


def known_modules(modules: Iterable[str]) -> Known:
    """What an edition may name, when these modules exist: them, their requirements, the guides where there are any."""
    names = frozenset(modules)
    return Known(modules=names, guides=shipped.guides(), references=shipped.references(sorted(names)))


def load_folder(folder: Path, known: Known) -> Edition:
    """The edition in a folder. Raises: Problem(NOT_FOUND); Problem(INVALID) with every fault, its path as `folder` is."""
    if not folder.is_dir():
        raise Problem.of(Kind.NOT_FOUND, f"{folder} n'est pas un dossier.", f"{folder} is not a folder.")
    root = f"{folder.as_posix().rstrip('/')}/"
    edition = load(shipped.read_folder(folder), known=known, root=root)
    if edition.id != folder.resolve().name:
        text = Text(
            f"{root}edition.yaml:1 : id : « {edition.id} », mais le dossier se nomme « {folder.resolve().name} ».",
            f"{root}edition.yaml:1: id: “{edition.id}”, but the folder is named “{folder.resolve().name}”.",
        )
        raise Problem(Kind.INVALID, Issue(text, (f"{root}edition.yaml:1",), "doctrine"))
    return edition


def editions_in(place: Path) -> list[Path]:
    """The editions of a folder: itself when it is one, else the folders below that are."""
    if (place / "edition.yaml").is_file():
        return [place]
    found = sorted(one for one in place.iterdir() if (one / "edition.yaml").is_file()) if place.is_dir() else []
    if not found:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Aucune édition dans {place} : un dossier d'édition contient edition.yaml.",
            f"No edition in {place}: the folder of an edition holds edition.yaml.",
        )
    return found


def shipped_folder() -> Path | None:
    """Where the shipped editions can be edited, None when they are inside a zip."""
    place = shipped.folder()
    return place if isinstance(place, Path) else None


def shipped_edition(id: str, known: Known) -> Edition:
    """A shipped edition. Raises: Problem(NOT_FOUND | INVALID)."""
    if id not in shipped.editions():
        there = ", ".join(shipped.editions())
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Pas d'édition « {id} » ; éditions livrées : {there}.",
            f"No edition “{id}”; editions shipped: {there}.",
        )
    return load(shipped.read(id), known=known, root=f"doctrine/editions/{id}/")


def current_edition(known: Known) -> Edition:
    """The shipped edition in force: the latest that says so. Raises: Problem(NOT_FOUND | INVALID)."""
    for id in reversed(shipped.editions()):
        edition = shipped_edition(id, known)
        if edition.status is EditionStatus.CURRENT:
            return edition
    raise Problem.of(Kind.NOT_FOUND, "Aucune édition n'est en vigueur.", "No edition is in force.")


def begin(year: str, source: Edition, files: Path | None, folder: Path) -> Path:
    """A new draft in `folder`/`year`, made from `source`: its files as they are (comments kept), its head rewritten.

    `files` is where the files of `source` are, None when it is a shipped one. Answers the folder of the draft.
    Raises: Problem(CONFLICT) when something is there already; Problem(INVALID) when `year` is not one.
    """
    if not (len(year) == 4 and year.isascii() and year.isdecimal()):
        raise Problem.of(Kind.INVALID, f"« {year} » : une année est attendue.", f"“{year}”: a year is expected.")
    if year <= source.id:
        raise Problem.of(
            Kind.INVALID,
            f"L'édition {year} ne peut pas être tirée de l'édition {source.id} : elle doit la suivre.",
            f"Edition {year} cannot be drawn from edition {source.id}: it must come after.",
        )
    target = folder / year
    if target.exists():
        raise Problem.of(
            Kind.CONFLICT, f"{target} existe déjà : rien n'a été écrit.", f"{target} exists: nothing was written."
        )
    kept = dict(shipped.read_folder(files) if files is not None else shipped.read(source.id))
    title = source.title.replace(source.id, year) if source.id in source.title else f"{source.title} ({year})"
    draft = replace(
        source, id=year, title=title, status=EditionStatus.DRAFT, published=None, based_on=source.id, thanks=()
    )
    kept["edition.yaml"] = write_head(draft)
    for path, text in kept.items():
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return target
