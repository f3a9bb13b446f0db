"""socle import annuaire: the extraction of the national directory of professionals, whole or by its daily difference."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from socle.command import door
from socle.command.language import LANGUAGE, t
from socle.command.options import Data, Key, Url
from socle.command.report import ERR, OUT, CommandError, say

PROCESSES: Final = 2  # as many as a house takes when nothing is said
_STEPS = {
    "lecture": ("lecture", "reading"),
    "calcul": ("comparaison", "comparing"),
    "construction": ("construction", "building"),
    "bascule": ("mise en service", "putting in place"),
}


def declare_import(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=t(
            "Charge une extraction de l'Annuaire Santé : PS_LibreAcces (zip, ou dossier de ses trois fichiers), l'extraction "
            "de Pro Santé Connect (50 colonnes), ou celle des boîtes MSSanté (Extraction_Correspondance_MSSante).\n\n"
            "Les colonnes sont reconnues à leur intitulé, l'encodage à chaque ligne. Le premier chargement est complet ; les "
            "suivants ne touchent que ce qui a changé. Ce qui était servi l'est jusqu'à la fin ; rien n'est chargé à moitié ; un "
            "chargement coupé reprend où il en était. Un écart suspect est refusé, sauf avec --force.\n\n"
            "Exemple :\n\n  socle import annuaire PS_LibreAcces_202605040800.zip",
            "Loads an extraction of the Annuaire Santé: PS_LibreAcces (zip, or folder of its three files), the extraction of "
            "Pro Santé Connect (50 columns), or that of the mailboxes of MSSanté (Extraction_Correspondance_MSSante).\n\n"
            "Columns are known by their headings, the encoding line by line. The first load is complete; the next ones touch "
            "only what changed. What was served is served until the end; nothing is half loaded; a load that was cut goes on "
            "where it stopped. A suspicious difference is refused, unless --force.\n\n"
            "Example:\n\n  socle import annuaire PS_LibreAcces_202605040800.zip",
        )
    )
    def annuaire(
        data: Data,
        file: Annotated[Path, typer.Argument(help=t("Fichier, dossier ou zip.", "File, folder or zip."))],
        force: Annotated[
            bool, typer.Option("--force", help=t("Accepte un écart suspect.", "Takes a suspicious difference."))
        ] = False,
        processes: Annotated[
            int, typer.Option("--processes", min=0, max=16, help=t("Processus de calcul.", "Processes that compute."))
        ] = PROCESSES,
        url: Url = "",
        key: Key = "",
    ) -> None:
        """What the load changed on standard output; lines left out on standard error."""
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        with Progress(*columns, console=ERR, transient=True) as bar:
            task = bar.add_task(escape(file.name), total=None)

            def progress(done: int, total: int, step: str) -> None:
                bar.update(task, description=t(*_STEPS[step]), completed=done, total=total or None)

            if url:
                options = {**door.flags(force=force), "processes": str(processes) if processes != PROCESSES else ""}
                done = door.bring(url, key, "annuaire", [file], options, progress)
            else:
                done = door.local(
                    data,
                    lambda console: console.import_annuaire(file, force=force, processes=processes, progress=progress),
                )
        _tell(done)


def _tell(done: Mapping[str, Any]) -> None:
    if done["deja"]:
        OUT.print(t("déjà servi : rien à faire", "served already: nothing to do"))
        return
    for fr, en in done["notes"]:
        say(escape(t(fr, en)))
    for one in done["rejets"]:
        place = f"{one['fichier']}:{one['ligne']}" + (f" [{one['colonne']}]" if one["colonne"] else "")
        say(escape(f"{place}: {one[LANGUAGE]} [{one['regle']}]"))
    if done["rejetes"]:
        say(
            t(
                f"{done['rejetes']} ligne(s) laissée(s) de côté, toutes sur la page /annuaire/imports/{done['lot']}",
                f"{done['rejetes']} line(s) left out, all on the page /annuaire/imports/{done['lot']}",
            )
        )
    found, again = done["ecarts"], done["repris"]
    created, changed, closed = found["crees"], found["modifies"], found["clos"]
    what = (
        t(
            "boîtes MSSanté créées : {}, modifiées : {}, retirées : {}",
            "mailboxes created: {}, changed: {}, taken away: {}",
        )
        if done["boites"]
        else t("{} créés, {} modifiés, {} clos", "{} created, {} changed, {} closed")
    ).format(created, changed, closed)
    written, lines = done["versions"], done["lignes"]
    OUT.print(
        t(
            f"lot {done['lot']} : {what} ; {written} ressources écrites, {lines} lignes lues"
            + (" (repris)" if again else ""),
            f"load {done['lot']}: {what}; {written} resources written, {lines} lines read"
            + (" (taken up)" if again else ""),
        )
    )
    if not done["lignes"]:
        raise CommandError(t("aucune ligne dans ces fichiers.", "no line in these files."))
