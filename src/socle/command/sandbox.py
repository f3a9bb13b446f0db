"""socle sandbox."""

from typing import Annotated

import typer

from socle.command import door
from socle.command.language import t
from socle.command.options import Data, Key, Url
from socle.command.report import CommandError, say

app = typer.Typer(no_args_is_help=True, help=t("Le bac à sable FHIR.", "The FHIR sandbox."))


@app.command(
    help=t(
        "Vide le bac à sable : ressources, historique, index. Les traces restent.\n\nExemple : socle sandbox reset --yes",
        "Empties the sandbox: resources, history, index. The traces stay.\n\nExample: socle sandbox reset --yes",
    )
)
def reset(
    data: Data,
    url: Url = "",
    key: Key = "",
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            "-y",
            help=t("Sans demander ; obligatoire dans un script.", "Do not ask; a script has to say it."),
        ),
    ] = False,
) -> None:
    """Asks first: what is emptied does not come back. Where there is nobody to ask, --yes has to be said."""
    import sys

    if not yes and not sys.stdin.isatty():
        raise CommandError(
            t(
                "rien n'a été fait : personne à qui demander confirmation ici ; ajoutez --yes.",
                "nothing was done: there is nobody to confirm here; add --yes.",
            )
        )
    if not yes and not typer.confirm(t("Vider le bac à sable ?", "Empty the sandbox?"), err=True):
        raise CommandError(t("rien n'a été fait", "nothing was done"))
    if url:
        door.remote(url, key, "POST", "/house/sandbox/reset")
    else:
        door.local(data, lambda console: console.reset_sandbox())
    say(t("bac à sable vidé", "sandbox emptied"))
