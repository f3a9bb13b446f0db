"""socle export, socle import ndjson: a register out to files, and files in."""

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from socle.command import bulk_remote, door
from socle.command.language import LANGUAGE, t
from socle.command.options import Data, Key, Url
from socle.command.report import ERR, OUT, CommandError, say

if TYPE_CHECKING:
    from socle.kernel.bulk.load import Place

SANDBOX = "/sandbox/fhir"
Server = Annotated[
    str,
    typer.Option(
        "--server",
        help=t("Serveur FHIR de la maison : le chemin de sa base.", "FHIR server of the house: the path of its base."),
    ),
]
_SHOWN = 20  # wrong lines told on the terminal; the report has them all
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())


def declare(app: typer.Typer) -> None:
    """Add `export`."""

    @app.command(
        help=t(
            "Exporte un registre en fichiers NDJSON, plusieurs par type, tels qu'ils étaient à un même instant.\n\n"
            "L'export laisse ses traces, avec chaque personne dont il a pris les données. L'instant est écrit à la fin : donnez-"
            "le à --since la fois suivante.\n\n"
            "Exemples :\n\n  socle export dossier\n\n  socle export dossier --type Patient --type Observation\n\n"
            "  socle export dossier --group 42 --since 2026-11-28T00:00:00Z\n\n"
            "  socle export dossier --server /terminologies/fhir --url https://maison.example --key …",
            "Exports a register to NDJSON files, several a type, as they were at one moment.\n\n"
            "The export leaves its traces, with each person whose data it took. The moment is printed at the end: give it to "
            "--since next time.\n\n"
            "Examples:\n\n  socle export folder\n\n  socle export folder --type Patient --type Observation\n\n"
            "  socle export folder --group 42 --since 2026-11-28T00:00:00Z\n\n"
            "  socle export folder --server /terminologies/fhir --url https://house.example --key …",
        )
    )
    def export(
        data: Data,
        out: Annotated[Path, typer.Argument(help=t("Dossier vide ou à créer.", "Folder, empty or to be made."))],
        types: Annotated[
            list[str] | None, typer.Option("--type", help=t("Type (répétable).", "Type (repeatable)."))
        ] = None,
        filters: Annotated[
            list[str] | None,
            typer.Option("--filter", help=t("Type?recherche (répétable).", "Type?search (repeatable).")),
        ] = None,
        since: Annotated[str, typer.Option("--since", help=t("Ce qui a changé depuis.", "What changed since."))] = "",
        patients: Annotated[
            bool, typer.Option("--patients", help=t("Dossiers des patients seuls.", "Records of patients only."))
        ] = False,
        group: Annotated[str, typer.Option("--group", help=t("Membres de ce groupe.", "Members of this group."))] = "",
        server: Server = SANDBOX,
        url: Url = "",
        key: Key = "",
    ) -> None:
        """The files on standard output, one a line."""
        asked = {"_type": types or [], "_typeFilter": filters or [], "_since": [since] if since else []}
        if url:
            start = f"Group/{group}/" if group else "Patient/" if patients else ""
            _listed(*bulk_remote.export(url, key, _path(server), start, asked, out, _follow))
            return
        with Progress(*_COLUMNS, console=ERR, transient=True) as bar:
            task = bar.add_task(t("export", "export"), total=None)

            def progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            found = door.local(
                data,
                lambda console: console.export(
                    server, out, "group" if group else "patient" if patients else "system", group, asked, progress
                ),
            )
        _listed(found.at, found.files)


def declare_import(app: typer.Typer) -> None:
    """Add `import ndjson`."""

    @app.command(
        name="ndjson",
        help=t(
            "Importe des fichiers NDJSON dans un registre qui en prend : une ressource FHIR R4 par ligne, vérifiée et soumise "
            "aux règles du registre comme une écriture par REST, puis indexée.\n\n"
            "Une ligne fausse est nommée (fichier, numéro, raison) et laissée de côté ; avec --refuse, une seule ligne fausse "
            "fait tout refuser. Interrompu, l'import reprend où il en était : relancez la même commande.\n\n"
            "Exemples :\n\n  socle import ndjson export/*.ndjson\n\n"
            "  socle import ndjson codes.ndjson --server /terminologies/fhir",
            "Imports NDJSON files into a register that takes them: one FHIR R4 resource a line, checked, judged by the "
            "register's rules as a write by REST is, then indexed.\n\n"
            "A wrong line is named (file, number, reason) and left out; with --refuse, a single wrong line has everything "
            "refused. Interrupted, the import goes on where it was: run the same command again.\n\n"
            "Examples:\n\n  socle import ndjson export/*.ndjson\n\n"
            "  socle import ndjson codes.ndjson --server /terminologies/fhir",
        ),
    )
    def ndjson(
        data: Data,
        files: Annotated[list[Path], typer.Argument(metavar="FILE…", help=t("Fichiers NDJSON.", "NDJSON files."))],
        refuse: Annotated[
            bool,
            typer.Option("--refuse", help=t("Tout ou rien : deux lectures.", "All or nothing: two readings.")),
        ] = False,
        server: Server = SANDBOX,
        url: Url = "",
        key: Key = "",
    ) -> None:
        """Exits with 1 when a line was wrong."""
        if url:
            totals, lines = bulk_remote.load(url, key, _path(server), files, refuse, _follow)
            for line in lines[:_SHOWN]:
                ERR.print(line, markup=False)
            _counted(totals)
            return
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)  # nothing here makes cycles, and there are many objects
        with Progress(*_COLUMNS, TextColumn("{task.fields[said]}"), console=ERR, transient=True) as bar:
            task = bar.add_task(t("import", "import"), total=None, said="")

            def progress(done: int, total: int, place: "Place") -> None:
                said = t(f"{place.stored} rangées", f"{place.stored} stored")
                if place.rejected:
                    said += t(f", {place.rejected} fausses", f", {place.rejected} wrong")
                what = t("import", "import") if place.checked else t("relecture", "check")
                bar.update(task, completed=done, total=total, said=said, description=what)

            counts, report = door.local(
                data, lambda console: console.import_ndjson(server, files, refuse, LANGUAGE, progress)
            )
        _told(counts, report)


def _path(server: str) -> str:
    return f"/{server.strip('/')}"


def _follow(said: str) -> None:
    if said:
        say(said)


def _listed(at: str, files: Sequence[tuple[Path, str, int]]) -> None:
    for path, kind, count in files:
        typer.echo(f"{path}\t{kind}\t{count}")
    total = sum(count for _, _, count in files)
    say(t(f"{total} ressources, telles qu'à {at}", f"{total} resources, as of {at}"))


def _told(counts: Mapping[str, Any], report: Path) -> None:
    import orjson

    if counts["rejected"]:
        with report.open("rb") as lines:
            for _, line in zip(range(_SHOWN), lines, strict=False):
                for issue in orjson.loads(line)["issue"]:
                    ERR.print(issue["diagnostics"], markup=False)
        say(t(f"toutes les lignes fausses : {report}", f"every wrong line: {report}"))
    _counted(counts)


def _counted(counts: Mapping[str, Any]) -> None:
    stored, rejected = counts["stored"], counts["rejected"]
    OUT.print(t(f"{stored} ressources importées", f"{stored} resources imported"))
    if counts["refused"]:
        raise CommandError(
            t(
                f"rien n'a été importé : {rejected} ligne(s) fausse(s)",
                f"nothing was imported: {rejected} wrong line(s)",
            )
        )
    if rejected:
        raise CommandError(t(f"{rejected} ligne(s) laissée(s) de côté", f"{rejected} line(s) left out"))
