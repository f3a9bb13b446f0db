"""socle validate: do files conform to FHIR R4 and to profiles? No house needs to run."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from socle.command import door
from socle.command.language import LANGUAGE, t
from socle.command.options import Key
from socle.command.report import ERR, CommandError, say
from socle.kernel.outcome import system_said

if TYPE_CHECKING:
    from socle.command.judges import Judge
    from socle.kernel.fhir.validation import Judged, Source

FORMATS = ("text", "json", "html", "junit")
_READ = (".json", ".xml", ".ndjson", ".zip")
_MANY = 20  # files: from there on a progress bar


def declare(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=t(
            "Vérifie que des ressources FHIR R4 sont conformes : structure, profils, règles, codes, références.\n\n"
            "Les fichiers sont du JSON, du XML, du NDJSON, des archives zip, ou des dossiers qui en contiennent. Sans rien "
            "d'autre, tout est jugé d'après FHIR R4 ; --package ajoute des paquets de profils (.tgz), --data les paquets et les "
            "terminologies d'une maison, qui tourne ou non ; --url confie tout à une maison ailleurs. Les profils appliqués "
            "sont ceux que les ressources annoncent (meta.profile) et ceux de --profile. Un code qu'on ne peut pas vérifier "
            "ici est signalé, jamais passé sous silence.\n\n"
            "Le code de sortie est 1 s'il y a une erreur, 0 sinon.\n\n"
            "Exemples :\n\n"
            "  socle validate patient.json\n\n"
            "  socle validate exports/ --package hl7.fhir.fr.core-2.2.0.tgz --profile "
            "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient\n\n"
            "  socle validate exports/ --data .socle/data\n\n"
            "  socle validate *.json --format junit > rapport.xml",
            "Checks that FHIR R4 resources conform: structure, profiles, rules, codes, references.\n\n"
            "Files are JSON, XML, NDJSON, zip archives, or folders that hold some. On its own the command judges by FHIR R4; "
            "--package adds packages of profiles (.tgz), --data the packages and the terminologies of a house, running or not; "
            "--url leaves all of it to a house elsewhere. The profiles that apply are those that resources claim "
            "(meta.profile) and those of --profile. A code that cannot be checked here is told, never passed over.\n\n"
            "The exit code is 1 when there is an error, else 0.\n\n"
            "Examples:\n\n"
            "  socle validate patient.json\n\n"
            "  socle validate exports/ --package hl7.fhir.fr.core-2.2.0.tgz --profile "
            "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient\n\n"
            "  socle validate exports/ --data .socle/data\n\n"
            "  socle validate *.json --format junit > report.xml",
        )
    )
    def validate(
        files: Annotated[
            list[str],
            typer.Argument(
                metavar="FILE|FOLDER…",
                help=t("Ce qu'il faut vérifier ; - : l'entrée standard.", "What to check; -: standard input."),
            ),
        ],
        profile: Annotated[
            list[str] | None,
            typer.Option(
                "--profile",
                help=t("URL d'un profil à appliquer (répétable).", "URL of a profile to apply (repeatable)."),
            ),
        ] = None,
        package: Annotated[
            list[Path] | None,
            typer.Option(
                "--package",
                help=t(
                    "Paquet FHIR .tgz, dossier de paquet ou de paquets (répétable).",
                    "FHIR package .tgz, package folder or folder of packages (repeatable).",
                ),
            ),
        ] = None,
        data: Annotated[
            Path | None,
            typer.Option(
                "--data",
                help=t(
                    "Dossier d'une maison, dont les paquets et les terminologies servent aussi.",
                    "Folder of a house, whose packages and terminologies serve too.",
                ),
            ),
        ] = None,
        format_: Annotated[str, typer.Option("--format", help="text, json, html, junit")] = "text",
        url: Annotated[  # not from SOCLE_URL: without --url nothing leaves this machine
            str,
            typer.Option("--url", help=t("Adresse d'une maison qui vérifie.", "Address of a house that checks.")),
        ] = "",
        key: Key = "",
    ) -> None:
        """The report on standard output, progress and the summary on standard error."""
        if format_ not in FORMATS:
            raise CommandError(
                t(
                    f"--format {format_} n'est pas offert ; écrivez un de {', '.join(FORMATS)}.",
                    f"--format {format_} is not offered; write one of {', '.join(FORMATS)}.",
                )
            )
        if url and (data or package):
            raise CommandError(
                t(
                    "--url confie la vérification à une autre maison : ni --data ni --package ne vont avec.",
                    "--url leaves the check to another house: neither --data nor --package goes with it.",
                )
            )
        texts, profiles = _texts(files), profile or []

        from socle.command.judges import Alone, Elsewhere, InHouse

        if data is not None:
            wrong = door.local(
                data, lambda console: _run(texts, InHouse(console, package or [], data), profiles, format_, data)
            )
        else:
            judge = Elsewhere(url, key) if url else Alone(package or [])
            wrong = asyncio.run(_run(texts, judge, profiles, format_, None))
        if wrong:
            raise typer.Exit(1)


async def _run(texts: list["Source"], judge: "Judge", profiles: list[str], format_: str, data: Path | None) -> int:
    """Judge, write; how many texts do not conform."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from socle.command.judges import unknown_definitions
    from socle.kernel.fhir.json import serialise
    from socle.kernel.fhir.validation.reports import as_html, as_junit, as_row, as_text

    await judge.know(profiles)
    wrong = 0
    kept: list[Judged] = []
    unknown: dict[str, None] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    many = len(texts) >= _MANY
    bar = Progress(*columns, console=ERR, transient=True) if many else None
    with bar or nullcontext():
        task = bar.add_task(t("vérification", "checking"), total=len(texts)) if bar else None
        for source in texts:
            one = await judge.judge(source, profiles)
            wrong += not one.report.valid
            unknown.update(dict.fromkeys(one.report.unknown))
            if format_ == "text":
                print(as_text(one, LANGUAGE))
            elif format_ == "json":
                sys.stdout.buffer.write(serialise(as_row(one, LANGUAGE)) + b"\n")
            else:
                kept.append(one)
            if bar is not None and task is not None:
                bar.advance(task)
    if format_ == "html":
        sys.stdout.write(as_html(kept, LANGUAGE))
    elif format_ == "junit":
        sys.stdout.write(as_junit(kept, LANGUAGE))
    if unknown:
        say(unknown_definitions(list(unknown), f" --data {data}" if data else ""))
    good = len(texts) - wrong
    say(t(f"{good} conforme(s), {wrong} non conforme(s)", f"{good} conform, {wrong} do not"))
    return wrong


def _texts(files: list[str]) -> list["Source"]:
    """Everything that the arguments name."""
    from socle.kernel.fhir.validation import sources

    out = [source for path in _paths(files) for source in sources(str(path), _bytes(path))]
    if not out:
        raise CommandError(
            t(
                "rien à vérifier : aucun fichier .json, .xml, .ndjson ou .zip",
                "nothing to check: no .json, .xml, .ndjson or .zip file",
            )
        )
    return out


def _paths(files: list[str]) -> Iterator[str]:
    for file in files:
        if file != "-" and Path(file).is_dir():
            yield from (str(one) for one in sorted(Path(file).rglob("*")) if one.is_file() and one.suffix in _READ)
        else:
            yield file


def _bytes(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        told = system_said(error)
        raise CommandError(
            t(f"{path} : lecture impossible ({told.fr})", f"{path}: cannot be read ({told.en})")
        ) from error
