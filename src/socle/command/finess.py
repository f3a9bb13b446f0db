"""socle import finess: the files of the FINESS, in any of the formats that it publishes."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from socle.command import door
from socle.command.language import LANGUAGE, t
from socle.command.options import Data, Key, Url
from socle.command.report import ERR, OUT, say

_TOLD = 40


def declare(app: typer.Typer) -> None:
    """Put the command below `app`."""
    app.command(
        "finess",
        help=t(
            "Importe le répertoire des structures : fichiers du FINESS, un ou plusieurs ensemble, un dossier, un zip.\n\n"
            "Formats, reconnus à leur contenu : CSV ouverts (cs1100501, cs1100502, cs1100507), flux XML (cs1400101 à "
            "cs1400105, cs1400109), FINESS+ (JSON structures et activites).\n\n"
            "Un chargement est complet : ce que les fichiers ne disent plus est clos. Avec --difference, ils ne disent que ce "
            "qui change. Une ligne fausse est nommée (fichier, ligne, champ, règle) et refuse tout ; avec --keep-going elle est "
            "laissée de côté. Interrompu, le même import reprend où il en était.\n\n"
            "Exemples :\n\n  socle import finess etalab-cs1100501-stock.csv etalab-cs1100507-stock.csv\n\n"
            "  socle import finess dossier-des-flux/ --keep-going",
            "Imports the register of structures: files of the FINESS, one or several together, a folder, a zip.\n\n"
            "Formats, told by their contents: open CSV (cs1100501, cs1100502, cs1100507), XML feeds (cs1400101 to cs1400105, "
            "cs1400109), FINESS+ (JSON structures and activites).\n\n"
            "A load is complete: what the files no longer say is closed. With --difference they only say what changes. A wrong "
            "line is named (file, line, field, rule) and refuses the whole; with --keep-going it is left out. Interrupted, the "
            "same import goes on where it was.\n\n"
            "Examples:\n\n  socle import finess etalab-cs1100501-stock.csv etalab-cs1100507-stock.csv\n\n"
            "  socle import finess folder-of-feeds/ --keep-going",
        ),
    )(finess)


def finess(
    data: Data,
    files: Annotated[list[Path], typer.Argument(help=t("Fichiers, dossiers, zips.", "Files, folders, zips."))],
    difference: Annotated[
        bool,
        typer.Option(
            "--difference", help=t("Les fichiers ne disent que ce qui change.", "Files only say what changes.")
        ),
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help=t("Laisse de côté les lignes fausses.", "Leaves wrong lines out."))
    ] = False,
    accept_closures: Annotated[
        bool,
        typer.Option(
            "--accept-closures",
            help=t(
                "Accepte de clore plus d'un dixième du répertoire.",
                "Agrees to close more than a tenth of the register.",
            ),
        ),
    ] = False,
    url: Url = "",
    key: Key = "",
) -> None:
    """What was created, changed and closed on standard output; what is wrong or strange on standard error."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("FINESS", total=None, said="")

        def progress(done: int, total: int, items: int) -> None:
            said = t(f"{items:,} lignes".replace(",", " "), f"{items:,} lines")
            bar.update(task, completed=done, total=total or None, said=said)

        if url:
            asked = door.flags(
                **{"difference": difference, "keep-going": keep_going, "accept-closures": accept_closures}
            )
            report = door.bring(url, key, "finess", files, asked, progress)
        else:
            report = door.local(
                data,
                lambda console: console.import_finess(
                    files,
                    difference=difference,
                    keep_going=keep_going,
                    accept_closures=accept_closures,
                    progress=progress,
                ),
            )
    _tell(report)


def _tell(report: dict[str, Any]) -> None:
    for fault in report["faults"][:_TOLD]:
        say(escape(f"{fault['place']}: {fault['text'][LANGUAGE]} [{fault['rule']}]"))
    hidden = len(report["faults"]) - _TOLD
    if hidden > 0:
        said = t(f"… et {hidden} autres : page /structures/imports", f"… and {hidden} more: page /structures/imports")
        say(f"{said}/{report['load']}")
    if report["resumed"]:
        say(t(f"repris : {report['resumed']} lignes déjà lues", f"resumed: {report['resumed']} lines read already"))
    if report["rejected"]:
        say(t(f"{report['rejected']} ligne(s) laissée(s) de côté", f"{report['rejected']} line(s) left out"))
    counts = report["counts"]
    for what, fr, en in (
        ("ej", "entités juridiques", "legal entities"),
        ("et", "établissements", "establishments"),
        ("part", "activités, équipements, positions", "activities, equipment, positions"),
    ):
        created, changed, closed, reopened = (
            counts.get(f"{what}-{event}", 0) for event in ("created", "changed", "closed", "reopened")
        )
        closed += counts.get(f"{what}-removed", 0)
        OUT.print(
            t(
                f"{fr} : {created} créés, {changed} modifiés, {closed} clos ou retirés, {reopened} rouverts",
                f"{en}: {created} created, {changed} changed, {closed} closed or removed, {reopened} reopened",
            )
        )
    if report["annuaire"]:
        shown = report["annuaire"]
        OUT.print(t(f"Annuaire : {shown} ressources écrites", f"Annuaire: {shown} resources written"))
