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
    yes: Annotated[bool, typer.Option("--yes", "-y", help=t("Sans demander.", "Do not ask."))] = False,
) -> None:
    """Asks first on a terminal; a script says --yes or is taken at its word."""
    import sys

    if (
        not yes
        and sys.stdin.isatty()
        and not typer.confirm(t("Vider le bac à sable ?", "Empty the sandbox?"), err=True)
    ):
        raise CommandError(t("rien n'a été fait", "nothing was done"))
    if url:
        door.remote(url, key, "POST", "/house/sandbox/reset")
    else:
        door.local(data, lambda console: console.reset_sandbox())
    say(t("bac à sable vidé", "sandbox emptied"))
