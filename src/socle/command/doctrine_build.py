"""socle doctrine build: every form of an edition in a folder."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from socle.catalogue import MODULES
from socle.command.language import t
from socle.command.report import ERR, CommandError, say
from socle.kernel.outcome import system_said
from socle.support.doctrine.actions import folders
from socle.support.doctrine.forms.everything import FORMS, everything
from socle.support.doctrine.model import Edition


def declare(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=t(
            "Écrit toutes les formes d'une édition dans un dossier : pages HTML, PDF accessible, EPUB, OSCAL, JSON, CSV, "
            "calendrier. La même édition donne les mêmes octets.\n\n"
            "Sans édition, celle qui est en vigueur. Les fichiers de même nom sont remplacés, les autres laissés.\n\n"
            "Exemple : socle doctrine build 2026 --out site/doctrine",
            "Writes every form of an edition to a folder: HTML pages, accessible PDF, EPUB, OSCAL, JSON, CSV, calendar. The "
            "same edition gives the same bytes.\n\n"
            "Without an edition, the one in force. Files of the same name are replaced, others left alone.\n\n"
            "Example: socle doctrine build 2026 --out site/doctrine",
        )
    )
    def build(
        out: Annotated[Path, typer.Option("--out", help=t("Dossier où écrire.", "Folder to write to."))],
        edition: Annotated[
            str,
            typer.Argument(help=t("Année livrée, ou dossier d'une édition.", "Year shipped, or folder of an edition.")),
        ] = "",
        url: Annotated[
            str,
            typer.Option(
                help=t("Adresse de la maison, pour les liens du calendrier.", "Address of the house, for the calendar.")
            ),
        ] = "http://127.0.0.1:8000",
    ) -> None:
        began = time.monotonic()
        files = write(chosen(edition), out, url)
        say(
            t(
                f"{files} fichiers dans {out}, en {time.monotonic() - began:.1f} s",
                f"{files} files in {out}, in {time.monotonic() - began:.1f} s",
            )
        )


def chosen(place: str) -> Edition:
    """The edition of a year or of a folder; the one in force when nothing is said."""
    known = folders.known_modules(module.name for module in MODULES)
    if not place:
        return folders.current_edition(known)
    return folders.load_folder(Path(place), known) if Path(place).is_dir() else folders.shipped_edition(place, known)


def titles() -> dict[str, str]:
    """What modules are called in this installation, by name."""
    return {module.name: module.title.fr for module in MODULES}


def write(edition: Edition, out: Path, url: str) -> int:
    """Make every form and write it below `out`, with a bar on standard error; how many files were written."""
    count = 0
    bar = Progress(
        TextColumn("{task.description:<6}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=ERR
    )
    with bar:
        task = bar.add_task("", total=FORMS)
        for name, make in everything(edition, titles=titles(), url=url):
            bar.update(task, description=name)
            for path, content in make().items():
                _put(out / path, content)
                count += 1
            bar.advance(task)
    return count


def _put(path: Path, content: bytes) -> None:
    """A file, whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.part")
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        told = system_said(error)
        raise CommandError(
            t(f"{path} : écriture impossible ({told.fr})", f"{path}: cannot be written ({told.en})")
        ) from error
