"""socle status."""

import json
from typing import Annotated, Any

import typer

from socle.command import door
from socle.command.language import t
from socle.command.options import Data, Key, Url
from socle.command.report import OUT, lay_out


def declare(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=t(
            "Dit comment va la maison : base, registres, traces, travaux en attente.\n\n"
            "Exemple : socle status --data .socle/data",
            "Says how the house is: database, registers, traces, waiting jobs.\n\nExample: socle status --data .socle/data",
        )
    )
    def status(
        data: Data,
        url: Url = "",
        key: Key = "",
        as_json: Annotated[bool, typer.Option("--json", help=t("Réponse en JSON.", "Answer in JSON."))] = False,
    ) -> None:
        facts: dict[str, Any] = (
            door.remote(url, key, "GET", "/house/status") if url else door.local(data, lambda console: console.status())
        )
        if as_json:
            OUT.print_json(json.dumps(facts))
            return
        OUT.print(f"Socle {facts['version']} · {facts['state']} · {facts['database']}")
        lay_out(
            (t("registre", "register"), t("ressources", "resources"), "versions", "traces"),
            [
                (one["name"], str(one["resources"]), str(one["versions"]), str(one["traces"]))
                for one in facts["registers"]
            ],
            numbers=(1, 2, 3),
        )
        for one in facts.get("building", ()):
            OUT.print(
                t(
                    f"index en construction : {one['register']} {one['base']}.{one['code']}, {one['percent']} %",
                    f"index being built: {one['register']} {one['base']}.{one['code']}, {one['percent']} %",
                )
            )
        jobs = facts["jobs"]
        OUT.print(
            t(
                f"travaux : {jobs['waiting']} en attente, {jobs['running']} en cours, {jobs['failed']} en échec",
                f"jobs: {jobs['waiting']} waiting, {jobs['running']} running, {jobs['failed']} failed",
            )
        )
