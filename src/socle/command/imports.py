"""socle import: files that others publish, brought into the house. One command a kind of file."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from socle.command import annuaire, bulk, communes, door, finess
from socle.command.language import LANGUAGE, t
from socle.command.options import Data, Key, Url
from socle.command.report import ERR, OUT, CommandError, say
from socle.kernel.outcome import system_said

app = typer.Typer(
    no_args_is_help=True,
    help=t(
        "Importe des fichiers : terminologies publiées, FINESS, Annuaire Santé, communes, NDJSON.",
        "Imports files: published terminologies, FINESS, Annuaire Santé, communes, NDJSON.",
    ),
)
bulk.declare_import(app)
annuaire.declare_import(app)
finess.declare(app)
communes.declare(app)
FORMATS = ("auto", "fhir", "svs", "claml", "loinc", "rf2", "csv")


@app.command(
    help=t(
        "Importe une terminologie : un fichier, un dossier ou un zip.\n\n"
        "Formats : fhir (JSON, XML, NDJSON), svs (NOS de l'ANS), claml (CIM-10), loinc (le zip), rf2 (SNOMED CT, le zip ou son "
        "dossier), csv (avec --mapping). auto reconnaît le format.\n\n"
        "Une ligne fausse est nommée (fichier, ligne, colonne, règle) et refuse tout ; avec --keep-going elle est laissée de "
        "côté, et le reste chargé. Recharger une version la remplace ; une autre version se range à côté.\n\n"
        "Exemples :\n\n  socle import terminology TRE_R38-SpecialiteOrdinale.xml\n\n"
        "  socle import terminology Loinc_2.78.zip\n\n  socle import terminology actes.csv --mapping actes.toml --keep-going",
        "Imports a terminology: a file, a folder or a zip.\n\n"
        "Formats: fhir (JSON, XML, NDJSON), svs (NOS of the ANS), claml (ICD-10), loinc (the zip), rf2 (SNOMED CT, zip or "
        "folder), csv (with --mapping). auto recognises the format.\n\n"
        "A wrong line is named (file, line, column, rule) and refuses the whole; with --keep-going it is left out and the rest "
        "is loaded. Loading a version again replaces it; another version stands beside.\n\n"
        "Examples:\n\n  socle import terminology TRE_R38-SpecialiteOrdinale.xml\n\n"
        "  socle import terminology Loinc_2.78.zip\n\n  socle import terminology acts.csv --mapping acts.toml --keep-going",
    )
)
def terminology(
    data: Data,
    file: Annotated[Path, typer.Argument(help=t("Fichier, dossier ou zip.", "File, folder or zip."))],
    format: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "auto",
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", help=t("csv : colonnes, en TOML ou YAML.", "csv: columns, in TOML or YAML.")),
    ] = None,
    keep_going: Annotated[
        bool,
        typer.Option("--keep-going", help=t("Laisse de côté les lignes fausses.", "Leaves wrong lines out.")),
    ] = False,
    system: Annotated[
        str,
        typer.Option(
            "--system",
            help=t("URL canonique, si le fichier ne la dit pas.", "Canonical URL, when the file tells none."),
        ),
    ] = "",
    version: Annotated[
        str,
        typer.Option(
            "--version", help=t("Version, si le fichier ne la dit pas.", "Version, when the file tells none.")
        ),
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help=t("Langue des libellés préférés.", "Language of preferred names."))
    ] = "fr",
    stated: Annotated[
        bool,
        typer.Option("--stated", help=t("rf2 : la forme déclarée.", "rf2: the stated form.")),
    ] = False,
    url: Url = "",
    key: Key = "",
) -> None:
    """What was loaded on standard output, one line a code system; what was left out on standard error."""
    if format not in FORMATS:
        raise CommandError(t(f"--format {format} : {', '.join(FORMATS)}.", f"--format {format}: {', '.join(FORMATS)}."))
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(),
    )
    asked = {"format": format, "system": system, "version": version, "language": language}
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task(escape(file.name), total=None, said="")

        def progress(done: int, total: int, concepts: int) -> None:
            said = t(f"{concepts:,} concepts".replace(",", " "), f"{concepts:,} concepts")
            bar.update(task, completed=done, total=total or None, said=said)

        if url:
            report = _remote(url, key, file, mapping, asked, keep_going, stated, progress)
        else:
            report = door.local(
                data,
                lambda console: console.import_terminology(
                    file, mapping=mapping, keep_going=keep_going, stated=stated, progress=progress, **asked
                ),
            )
    _tell(report)


def _tell(report: dict[str, Any]) -> None:
    for note in report["notes"]:
        say(escape(note[LANGUAGE]))
    for fault in report["faults"]:
        say(escape(f"{fault['place']}: {fault['text'][LANGUAGE]} [{fault['rule']}]"))
    for one in report["systems"]:
        version = f"|{one['version']}" if one["version"] else ""
        OUT.print(escape(f"{one['url']}{version}  {one['concepts']} concepts"))
    if report["resources"] or report["unchanged"]:
        OUT.print(
            t(
                f"{report['resources']} jeux de valeurs, correspondances et noms ({report['unchanged']} déjà là)",
                f"{report['resources']} value sets, maps and names ({report['unchanged']} already there)",
            )
        )
    if report["rejected"]:
        say(t(f"{report['rejected']} ligne(s) laissée(s) de côté", f"{report['rejected']} line(s) left out"))
    for canonical, text in report["refused"]:
        say(escape(f"{canonical}: {text[LANGUAGE]}"))
    if report["refused"]:
        raise CommandError(
            t(f"{len(report['refused'])} ressource(s) refusée(s)", f"{len(report['refused'])} resource(s) refused")
        )
    if not report["systems"] and not report["resources"] and not report["unchanged"]:
        raise CommandError(t("rien à importer dans ce fichier.", "nothing to import in this file."))


def _remote(
    url: str,
    key: str,
    file: Path,
    mapping: Path | None,
    asked: dict[str, str],
    keep_going: bool,
    stated: bool,
    progress: Callable[[int, int, int], None],
) -> Any:
    query = asked | door.flags(**{"keep-going": keep_going, "stated": stated})
    if mapping is not None:
        try:
            query |= {"mapping": mapping.read_text(encoding="utf-8"), "mapping-name": mapping.name}
        except OSError as error:
            told = system_said(error)
            raise CommandError(
                t(f"{mapping} : lecture impossible ({told.fr})", f"{mapping}: cannot be read ({told.en})")
            ) from error
        except UnicodeDecodeError as error:
            raise CommandError(t(f"{mapping} n'est pas en UTF-8", f"{mapping} is not in UTF-8")) from error
    return door.bring(url, key, "terminology", [file], query, progress)
