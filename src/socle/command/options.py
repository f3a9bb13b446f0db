"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from socle.command.language import t


def default_data() -> Path:
    """Where a house keeps everything unless told otherwise: SOCLE_DATA, else `.socle/data` below the current folder."""
    return Path(os.environ.get("SOCLE_DATA") or ".socle/data")


Data = Annotated[
    Path,
    typer.Option(
        "--data",
        default_factory=default_data,
        show_default=".socle/data",
        help=t(
            "Dossier des données de la maison (variable SOCLE_DATA).",
            "Folder of the house's data (variable SOCLE_DATA).",
        ),
    ),
]
Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="SOCLE_URL",
        help=t(
            "Adresse d'une maison qui tourne ailleurs, au lieu de --data ; demande --key.",
            "Address of a house that runs elsewhere, instead of --data; needs --key.",
        ),
    ),
]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        envvar="SOCLE_KEY",
        help=t("Clé d'un acteur exploitant, avec --url.", "Key of an operator, with --url."),
    ),
]

# What `socle doctrine` is, told in one place for its own help and for the list of commands, which does not import it.
DOCTRINE = t(
    "La doctrine en données : vérifier, comparer, exporter, commencer une édition.\n\n"
    "Une édition est un dossier de fichiers Markdown et YAML ; son format est décrit dans docs/guides/doctrine.md. Là où "
    "une commande demande une édition, donnez son année (2026) ou le dossier où elle est.",
    "The doctrine as data: check, compare, export, begin an edition.\n\n"
    "An edition is a folder of Markdown and YAML files; docs/guides/doctrine.md describes the format. Where a command asks "
    "for an edition, give its year (2026) or the folder that holds it.",
)
