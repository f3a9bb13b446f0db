"""socle up: the whole house, in the foreground."""

import asyncio
import ipaddress
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from socle.command.language import t
from socle.command.options import Data
from socle.command.report import ERR, CommandError, say
from socle.command.whole_house import read_at_once
from socle.kernel.outcome import system_said

if TYPE_CHECKING:
    from socle.assembly.serve import Opening


def declare(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=t(
            "Démarre toute la maison au premier plan et affiche ses portes. Ctrl-C pour arrêter.\n\n"
            "Sans base indiquée (SOCLE_DATABASE_URL), une base PostgreSQL embarquée vit dans le dossier --data. La "
            "démonstration ajoute une population synthétique et une connexion sans mot de passe : --no-demo l'enlève.\n\n"
            "Exemples :\n\n  socle up\n\n  socle up --data /srv/socle --port 8080 --no-demo\n\n  socle up --population 100000",
            "Starts the whole house in the foreground and prints its doors. Ctrl-C to stop.\n\n"
            "Unless a database is given (SOCLE_DATABASE_URL), an embedded PostgreSQL lives in the --data folder. The "
            "demonstration adds a synthetic population and a login without password: --no-demo leaves it out.\n\n"
            "Examples:\n\n  socle up\n\n  socle up --data /srv/socle --port 8080 --no-demo\n\n  socle up --population 100000",
        )
    )
    def up(
        data: Data,
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help=t("Port HTTP.", "HTTP port."))] = 8000,
        host: Annotated[
            str, typer.Option("--host", help=t("Adresse d'écoute.", "Address to listen on."))
        ] = "127.0.0.1",
        population: Annotated[
            int,
            typer.Option(
                "--population",
                min=0,
                max=70_000_000,
                help=t("Personnes synthétiques de la base nationale.", "Synthetic people of the national base."),
            ),
        ] = 1000,
        demo: Annotated[
            bool,
            typer.Option(
                "--demo/--no-demo",
                help=t("Démonstration : population et connexion libre.", "Demonstration: population, open login."),
            ),
        ] = True,
        workers: Annotated[
            int,
            typer.Option(
                "--workers",
                min=1,
                max=32,
                help=t(
                    "Processus qui répondent ensemble : autant que de cœurs à occuper.",
                    "Processes that answer together: as many as cores to keep busy.",
                ),
            ),
        ] = 1,
    ) -> None:
        if demo and not _is_loopback(host):
            say(
                t(
                    f"[yellow]attention[/yellow] : la connexion de démonstration est ouverte à qui atteint {host} ; "
                    "--no-demo pour la fermer.",
                    f"[yellow]beware[/yellow]: the demonstration login is open to whoever reaches {host}; "
                    "--no-demo closes it.",
                )
            )
        listener = _listen(host, port, shared=workers > 1)
        with read_at_once():
            import uvloop  # here and below: what only an open house needs

            from socle.assembly.serve import Opening, serve

        opening = Opening(
            data=data.resolve(),
            demo=demo,
            population=population,
            host=host,
            port=listener.getsockname()[1],
            say=_step,
            workers=workers,
        )
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(
                    serve(opening, listener, database_url=os.environ.get("SOCLE_DATABASE_URL", ""), ready=_doors)
                )
        finally:
            listener.close()

    @app.command(hidden=True, help=t("Un des processus de socle up --workers.", "One process of socle up --workers."))
    def worker() -> None:
        with read_at_once():
            import uvloop

            from socle.assembly.workers import work

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(work())


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """The listening socket, opened first: a taken port is known before anything is started, `shared` or not.

    Raises: CommandError naming the port and what to do.
    """
    from socle.kernel.rest.serve import listen

    try:
        listener = listen(host, port, shared=False)
        if (
            shared
        ):  # a second house would share the port with ours, and be heard now and then: the first look was ours alone
            port = listener.getsockname()[1]
            listener.close()
            listener = listen(host, port, shared=True)
    except socket.gaierror as error:
        raise CommandError(t(f"adresse {host} inconnue", f"unknown address {host}")) from error
    except OSError as error:
        raise CommandError(
            t(
                f"le port {port} de {host} n'est pas libre ({system_said(error).fr}) : choisissez-en un autre avec --port, "
                "ou arrêtez ce qui l'occupe.",
                f"port {port} of {host} is not free ({system_said(error).en}): choose another with --port, "
                "or stop what holds it.",
            )
        ) from error
    return listener


def _step(fr: str, en: str) -> None:
    say(f"[dim]…[/dim] {t(fr, en)}")


def _doors(opening: "Opening", seconds: float) -> None:
    """What a newcomer needs to see: where to go, and the next command."""
    from socle.kernel.module import Status

    url = opening.url
    ERR.print()
    ERR.print(
        t(f"[bold]Socle est ouvert[/bold] en {seconds:.1f} s", f"[bold]Socle is open[/bold] after {seconds:.1f} s")
    )
    ERR.print(f"  {url}/  " + t("la maison", "the house"))
    for module in opening.modules:
        if module.status is not Status.RUNNING:
            continue
        if module.path:
            ERR.print(f"  {url}{module.path}  {t(module.title.fr, module.title.en)}")
        for endpoint in module.endpoints:
            ERR.print(f"  {url}{endpoint.base}  {t(endpoint.title.fr, endpoint.title.en)} · FHIR R4")
        for door in module.doors:
            ERR.print(f"  {url}{door.path}  {t(door.title.fr, door.title.en)} · {door.protocol}")
        for listener in module.listeners:
            ERR.print(
                f"  {listener.address(opening.shift)}  {t(listener.title.fr, listener.title.en)} · {listener.protocol}"
            )
    where = _shown(opening.data)
    ERR.print()
    ERR.print(t("Une clé d'accès, dans un autre terminal :", "An access key, in another terminal:"))
    ERR.print(f'  socle actor create --name "{t("Mon logiciel", "My software")}" --role publisher --data {where}')
    ERR.print(t("Ctrl-C pour arrêter ; les données restent dans ", "Ctrl-C to stop; the data stay in ") + where)


def _shown(data: Path) -> str:
    try:
        return str(data.relative_to(Path.cwd()))
    except ValueError:
        return str(data)
