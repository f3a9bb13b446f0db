"""socle doctrine: check, compare, export, begin an edition of the doctrine."""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table
from rich.text import Text as Styled

from socle.catalogue import MODULES
from socle.command import doctrine_build
from socle.command.language import t
from socle.command.options import DOCTRINE
from socle.command.report import OUT, CommandError, say
from socle.kernel.outcome import Problem
from socle.support.doctrine.actions import folders
from socle.support.doctrine.forms import data, oscal, table
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.checking import Known
from socle.support.doctrine.rules.difference import Changed, Kind, difference
from socle.support.doctrine.rules.wording import Change

app = typer.Typer(add_completion=False, no_args_is_help=True, help=DOCTRINE)
_KINDS = {
    Kind.ADDED: t("nouvelle", "new"),
    Kind.DROPPED: t("retirée", "dropped"),
    Kind.REWORDED: t("reformulée", "reworded"),
    Kind.REDATED: t("redatée", "re-dated"),
    Kind.ADDRESSED: t("autres acteurs", "other actors"),
    Kind.FORCE: t("autre force", "other force"),
    Kind.ANCHORED: t("autre texte ou source", "other text or source"),
    Kind.VERIFIED: t("autre vérification", "other verification"),
    Kind.RENAMED: t("renommée", "renamed"),
    Kind.MOVED: t("déplacée", "moved"),
    Kind.AIMED: t("autre cible ou trajectoire", "other target or trajectory"),
}
_STYLES = {Change.SAME: "", Change.REMOVED: "red strike", Change.ADDED: "green bold"}
EditionArgument = Annotated[
    str, typer.Argument(help=t("Année livrée, ou dossier d'une édition.", "Year shipped, or folder of an edition."))
]


@app.command(
    help=t(
        "Vérifie une édition, ou toutes celles d'un dossier ; sans dossier, celles qui sont livrées.\n\n"
        "Toutes les fautes sont dites d'un coup, une par ligne : fichier:ligne : ce qui ne va pas et ce qui est attendu. Sort "
        "avec 1 s'il y en a une.\n\nExemple : socle doctrine check doctrine/editions/2026",
        "Checks an edition, or all those of a folder; without a folder, those that are shipped.\n\n"
        "Every fault is told at once, one a line: file:line: what is wrong and what is expected. Exits with 1 when there is "
        "one.\n\nExample: socle doctrine check doctrine/editions/2026",
    )
)
def check(
    folder: Annotated[
        Path | None, typer.Argument(help=t("Dossier à vérifier.", "Folder to check."), show_default=False)
    ] = None,
) -> None:
    """Faults on standard output, so that an editor can jump to them; the count on standard error."""
    known = known_here()
    place = folder or folders.shipped_folder()
    if place is None:
        raise CommandError(t("indiquez un dossier.", "give a folder."))
    faults = 0
    for one in folders.editions_in(_shown(place)):
        try:
            edition = folders.load_folder(one, known)
        except Problem as problem:
            faults += len(problem.issues)
            for issue in problem.issues:
                OUT.print(t(issue.text.fr, issue.text.en), markup=False)
            continue
        OUT.print(_counted(edition))
    if faults:
        raise CommandError(t(f"{faults} faute(s)", f"{faults} fault(s)"))


@app.command(
    help=t(
        "Ce qui change d'une édition à l'autre : exigence par exigence, chapitres, jalons.\n\n"
        "Exemples :\n\n  socle doctrine diff 2019 2026\n\n  socle doctrine diff 2026 brouillons/2027\n\n"
        "  socle doctrine diff 2019 2026 --format json",
        "What changes from one edition to another: requirement by requirement, chapters, milestones.\n\n"
        "Examples:\n\n  socle doctrine diff 2019 2026\n\n  socle doctrine diff 2026 drafts/2027\n\n"
        "  socle doctrine diff 2019 2026 --format json",
    )
)
def diff(
    a: EditionArgument,
    b: EditionArgument,
    format: Annotated[str, typer.Option("--format", help=t("text ou json.", "text or json."))] = "text",
) -> None:
    """Words removed are struck through, words added are bold."""
    _one_of("--format", format, ("text", "json"))
    found = difference(edition_at(a), edition_at(b))
    if format == "json":
        _json(data.of_difference(found))
        return
    _section(t("Chapitres", "Chapters"), found.chapters)
    _section(t("Exigences", "Requirements"), found.requirements)
    _section(t("Jalons", "Milestones"), found.milestones)
    summary = Table(box=None, pad_edge=False, show_header=False)
    for kind in Kind:
        if count := found.count(kind):
            summary.add_row(_KINDS[kind], str(count))
    summary.add_row(t("inchangée", "unchanged"), str(found.kept))
    OUT.print(t(f"Exigences, de {found.a} à {found.b} :", f"Requirements, from {found.a} to {found.b}:"))
    OUT.print(summary)


@app.command(
    help=t(
        "Écrit une édition sur la sortie standard : l'édition en vigueur, sauf --edition.\n\n"
        "json : tout, avec chapters, requirements, milestones, diagram (schéma : docs/guides/doctrine.md). csv : les exigences, "
        "pour un tableur. oscal : un document OSCAL 1.1, le catalogue sauf --model profile ou component-definition.\n\n"
        "Exemple : socle doctrine export --format json > doctrine.json",
        "Writes an edition to standard output: the one in force, unless --edition.\n\n"
        "json: everything, with chapters, requirements, milestones, diagram (schema: docs/guides/doctrine.md). csv: the "
        "requirements, for a spreadsheet. oscal: an OSCAL 1.1 document, the catalog unless --model profile or "
        "component-definition.\n\n"
        "Example: socle doctrine export --format json > doctrine.json",
    )
)
def export(
    format: Annotated[str, typer.Option("--format", help=t("json, csv ou oscal.", "json, csv or oscal."))] = "json",
    edition: Annotated[
        str, typer.Option("--edition", help=t("Année livrée, ou dossier.", "Year shipped, or folder."))
    ] = "",
    model: Annotated[
        str, typer.Option("--model", help=t("Document OSCAL : ", "OSCAL document: ") + ", ".join(oscal.MODELS) + ".")
    ] = "catalog",
) -> None:
    """Nothing else on standard output."""
    _one_of("--format", format, ("json", "csv", "oscal"))
    _one_of("--model", model, oscal.MODELS)
    chosen = edition_at(edition) if edition else folders.current_edition(known_here())
    if format == "json":
        _json(data.of_edition(chosen))
    elif format == "csv":
        sys.stdout.buffer.write(table.requirements_csv(chosen, chosen.requirements))
    else:
        _json(oscal.document(model, chosen, {module.name: module.title.fr for module in MODULES}))


@app.command(
    "new-edition",
    help=t(
        "Commence une édition à partir d'une autre : copie ses fichiers dans FOLDER/YEAR, en projet.\n\n"
        "Modifiez les fichiers, puis vérifiez : socle doctrine check FOLDER.\n\n"
        "Exemple : socle doctrine new-edition 2027 --from 2026 --in brouillons",
        "Begins an edition from another: copies its files to FOLDER/YEAR, as a draft.\n\n"
        "Change the files, then check: socle doctrine check FOLDER.\n\n"
        "Example: socle doctrine new-edition 2027 --from 2026 --in drafts",
    ),
)
def new_edition(
    year: Annotated[str, typer.Argument(help=t("Année de la nouvelle édition.", "Year of the new edition."))],
    source: Annotated[
        str,
        typer.Option(
            "--from", help=t("Édition de départ : année ou dossier.", "Edition to start from: year or folder.")
        ),
    ],
    folder: Annotated[Path, typer.Option("--in", help=t("Où l'écrire.", "Where to write it."))],
) -> None:
    """The folder of the draft on standard output."""
    place = Path(source) if Path(source).is_dir() else None
    target = folders.begin(year, edition_at(source), place, folder)
    edition = folders.load_folder(target, known_here())
    say(t(f"édition {year} commencée :", f"edition {year} begun:") + " " + _counted(edition))
    print(target)


doctrine_build.declare(app)


def known_here() -> Known:
    """What an edition may name in this installation."""
    return folders.known_modules(module.name for module in MODULES)


def edition_at(place: str) -> Edition:
    """The edition of a year, or of a folder. Raises: Problem(NOT_FOUND | INVALID)."""
    if Path(place).is_dir():
        return folders.load_folder(Path(place), known_here())
    return folders.shipped_edition(place, known_here())


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise CommandError(
            t(f"{option} {value} : attendu {', '.join(known)}.", f"{option} {value}: expected {', '.join(known)}.")
        )


def _counted(edition: Edition) -> str:
    chapters, requirements, milestones = map(len, (edition.chapters, edition.requirements, edition.milestones))
    return t(
        f"{edition.id} : {chapters} chapitres, {requirements} exigences, {milestones} jalons, sans faute",
        f"{edition.id}: {chapters} chapters, {requirements} requirements, {milestones} milestones, no fault",
    )


def _json(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _section(title: str, changes: tuple[Changed[Any], ...]) -> None:
    if not changes:
        return
    OUT.print(Styled(title, style="bold"))
    for one in changes:
        line = Styled(f"  {one.id}", style="bold")
        line.append(" · " + ", ".join(_KINDS[kind] for kind in one.kinds), style="not bold")
        if one.days:
            line.append(t(f" ({one.days:+} jours)", f" ({one.days:+} days)"), style="not bold")
        OUT.print(line)
        words = Styled("    ")
        for part in one.wording:
            words.append(part.text, style=_STYLES[part.change])
        OUT.print(words)
    OUT.print()


def _shown(place: Path) -> Path:
    """Relative to the current folder where that is shorter to read and can be opened as it is printed."""
    try:
        return place.resolve().relative_to(Path.cwd())
    except ValueError:
        return place
