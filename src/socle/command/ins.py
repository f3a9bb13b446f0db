"""socle ins: identities by the file."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from socle.command.language import t
from socle.command.report import ERR, OUT, CommandError, say

app = typer.Typer(
    no_args_is_help=True, help=t("Identités de patients, par fichiers.", "Identities of patients, by files.")
)


@app.callback()
def _ins() -> None:
    """A group: other things may be done with files of identities."""


@app.command(
    help=t(
        "Trouve les doublons d'un fichier d'identités, sans maison ni base : rien n'en sort, rien n'y entre.\n\n"
        "Le CSV (virgules, points-virgules ou tabulations ; UTF-8 ou Windows) nomme ses colonnes : nom_naissance, prenoms et "
        "date_naissance sont nécessaires ; nom_utilise, sexe, lieu_naissance, code_postal, telephone, matricule, statut aident. "
        "Une colonne porte un autre nom ? --column nom_naissance=NOM_PAT.\n\n"
        "Les poids sont appris du fichier même (Fellegi-Sunter, par splink). Dans --out : paires.csv (chaque paire, probabilité "
        "et raisons), groupes.csv (chaque enregistrement et son groupe), rejets.csv (les lignes illisibles). Si une colonne "
        "personne dit la vérité, précision et rappel sont calculés.\n\n"
        "Exemples :\n\n  socle ins dedupe patients.csv\n\n  socle ins dedupe patients.csv --threshold 0.99 --out doublons",
        "Finds the duplicates of a file of identities, with no house and no database: nothing leaves it, nothing enters it.\n\n"
        "The CSV (commas, semicolons or tabs; UTF-8 or Windows) names its columns: nom_naissance, prenoms and date_naissance are "
        "needed; nom_utilise, sexe, lieu_naissance, code_postal, telephone, matricule and statut help. A column under another "
        "name? --column nom_naissance=SURNAME.\n\n"
        "Weights are learnt from the file itself (Fellegi-Sunter, by splink). In --out: paires.csv (each pair, its probability "
        "and its reasons), groupes.csv (each record and its group), rejets.csv (lines that cannot be read). When a column "
        "personne says the truth, precision and recall are worked out.\n\n"
        "Examples:\n\n  socle ins dedupe patients.csv\n\n  socle ins dedupe patients.csv --threshold 0.99 --out duplicates",
    )
)
def dedupe(
    file: Annotated[Path, typer.Argument(help=t("Fichier CSV.", "CSV file."))],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help=t("Dossier des résultats (FICHIER-doublons sinon).", "Folder of results (else FILE-doublons)."),
        ),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            "--threshold",
            help=t(
                "Probabilité à partir de laquelle on groupe, de 0.5 à 1.",
                "Probability from which records are grouped, 0.5 to 1.",
            ),
        ),
    ] = 0.999,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help=t("NOTRE_NOM=LEUR_NOM ; se répète.", "OUR_NAME=THEIR_NAME; may be repeated.")),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help=t("Tirage de l'apprentissage.", "Draw of the learning."))] = 1,
) -> None:
    """The counts on standard output; where the files are on standard error."""
    from socle.foundations.ins.index.dedupe import COLUMNS, Stage, judge, layout

    if not 0.5 <= threshold <= 1:
        raise CommandError(t("--threshold va de 0.5 à 1.", "--threshold goes from 0.5 to 1."))
    named = dict(one.split("=", 1) for one in column or () if "=" in one)
    if len(named) != len(column or ()) or not set(named) <= set(COLUMNS):
        raise CommandError(
            t(
                f"--column NOTRE_NOM=LEUR_NOM, NOTRE_NOM étant l'un de : {', '.join(COLUMNS)}.",
                f"--column OUR_NAME=THEIR_NAME, OUR_NAME being one of: {', '.join(COLUMNS)}.",
            )
        )
    folder = out or file.with_name(f"{file.stem}-doublons")
    how = layout(file, named)
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=ERR) as bar:
        tasks = {stage: bar.add_task(t(stage.value.fr, stage.value.en), total=1, start=False) for stage in Stage}
        stages = list(Stage)

        def told(stage: Stage, part: float) -> None:
            for before in stages[: stages.index(stage)]:
                bar.update(tasks[before], completed=1)
            bar.start_task(tasks[stage])
            bar.update(tasks[stage], completed=part)

        found = judge(file, how, folder, threshold=threshold, seed=seed, told=told)
    OUT.print(t(f"enregistrements : {found.records}", f"records: {found.records}"))
    OUT.print(t(f"lignes rejetées : {found.rejected}", f"lines rejected: {found.rejected}"))
    OUT.print(t(f"paires : {found.pairs}, dont sûres {found.linked}", f"pairs: {found.pairs}, sure {found.linked}"))
    OUT.print(t(f"groupes de plusieurs : {found.groups}", f"groups of several: {found.groups}"))
    if found.precision is not None and found.recall is not None:
        OUT.print(
            t(
                f"précision {found.precision:.4f}, rappel {found.recall:.4f}",
                f"precision {found.precision:.4f}, recall {found.recall:.4f}",
            )
        )
    for reject in found.rejects[:5]:
        say(t(f"ligne {reject.line} : {reject.text.fr}", f"line {reject.line}: {reject.text.en}"))
    say(t(f"résultats dans {folder}", f"results in {folder}"))
