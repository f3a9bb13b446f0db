"""socle import communes: where communes are, for searches around them."""

from pathlib import Path
from typing import Annotated

import typer

from socle.command import door
from socle.command.language import t
from socle.command.options import Data, Key, Url
from socle.command.report import OUT


def declare(app: typer.Typer) -> None:
    """Put the command below `app`."""
    app.command(
        "communes",
        help=t(
            "Importe les communes et leur centre : un CSV avec un en-tête (code INSEE, nom, latitude, longitude), par exemple "
            "communes-france.csv de data.gouv.fr.\n\n"
            "Une ligne fausse est nommée et refuse tout. Recharger met à jour.\n\n"
            "Exemple :\n\n  socle import communes communes-france.csv",
            "Imports communes and their centres: a CSV with a heading (INSEE code, name, latitude, longitude), for instance "
            "communes-france.csv of data.gouv.fr.\n\n"
            "A wrong line is named and refuses the whole. Loading again updates.\n\n"
            "Example:\n\n  socle import communes communes-france.csv",
        ),
    )(communes)


def communes(
    data: Data,
    file: Annotated[Path, typer.Argument(help=t("Fichier CSV.", "CSV file."))],
    url: Url = "",
    key: Key = "",
) -> None:
    """How many were loaded on standard output."""
    if url:
        count = door.bring(url, key, "communes", [file], {}, lambda *said: None)
    else:
        count = door.local(data, lambda console: console.import_communes(file))
    OUT.print(t(f"{count} communes chargées", f"{count} communes loaded"))
