"""socle generate: synthetic data of any size, in the formats that are really published."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from socle.command.language import t
from socle.command.report import ERR, OUT, CommandError, say

app = typer.Typer(
    no_args_is_help=True,
    help=t("Fabrique des données synthétiques, de toute taille.", "Makes synthetic data, of any size."),
)
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
_SHORT_OF_ALL = 1_000_000  # identities written when nobody says how many, at most


@app.callback()
def _generate() -> None:
    """A group: other things than a country may be generated one day."""


@app.command(
    help=t(
        "Fabrique un pays synthétique et cohérent, dans les formats officiels : établissements, professionnels, identités.\n\n"
        "À l'échelle 1 : 1 800 000 professionnels et leurs situations d'exercice, 100 000 établissements. La même graine donne "
        "les mêmes fichiers ; le petit pays est le début du grand. Les numéros, à clé juste, n'appartiennent à personne.\n\n"
        "Formats (un dossier chacun) : annuaire (PS_LibreAcces, zip de trois fichiers), rass (Pro Santé Connect, cinquante "
        "colonnes), finess-csv (cs1100501, 502, 507), finess-xml (cs1400101 à 105, 109), finess-plus (JSON), identities "
        "(CSV, avec des doublons et leurs erreurs si --duplicates).\n\n"
        "Le lendemain : --day 2 --changes 1% ; differences-jour-2.csv dit ce qui a changé. Interrompue, la commande reprend : "
        "redonnez-la telle quelle. manifest.json donne les nombres et les empreintes.\n\n"
        "Exemples :\n\n  socle generate country --scale 0.01 --out pays\n\n"
        "  socle generate country --scale 0.01 --out lendemain --day 2 --changes 1%\n\n"
        "  socle generate country --formats identities --people 100000 --duplicates 20% --out doublons\n\n"
        "  socle generate country --scale 0.001 --faults --out erreurs",
        "Makes a synthetic, consistent country in the official formats: establishments, professionals, identities.\n\n"
        "At scale 1: 1,800,000 professionals and their situations of practice, 100,000 establishments. The same seed gives the "
        "same files; the small country is the beginning of the large one. Numbers have a right key and belong to nobody.\n\n"
        "Formats (a folder each): annuaire (PS_LibreAcces, a zip of three files), rass (Pro Santé Connect, fifty columns), "
        "finess-csv (cs1100501, 502, 507), finess-xml (cs1400101 to 105, 109), finess-plus (JSON), identities (CSV, with "
        "duplicates and their errors if --duplicates).\n\n"
        "The next day: --day 2 --changes 1%; differences-jour-2.csv says what changed. Interrupted, the command goes on: give "
        "it again as it was. manifest.json has the counts and the digests.\n\n"
        "Examples:\n\n  socle generate country --scale 0.01 --out country\n\n"
        "  socle generate country --scale 0.01 --out nextday --day 2 --changes 1%\n\n"
        "  socle generate country --formats identities --people 100000 --duplicates 20% --out duplicates\n\n"
        "  socle generate country --scale 0.001 --faults --out errors",
    )
)
def country(
    out: Annotated[Path, typer.Option("--out", help=t("Dossier vide ou à créer.", "Folder, empty or to be made."))],
    scale: Annotated[
        float, typer.Option("--scale", help=t("1 : la taille réelle ; au plus 3.", "1: the real size; at most 3."))
    ] = 0.01,
    seed: Annotated[int, typer.Option("--seed", help=t("Une autre graine, un autre pays.", "Another seed."))] = 0,
    formats: Annotated[
        str,
        typer.Option("--formats", help=t("Séparés par des virgules (tous sinon).", "Separated by commas (else all).")),
    ] = "",
    day: Annotated[int, typer.Option("--day", help=t("Jour, 1 étant le premier.", "Day, 1 being the first."))] = 1,
    changes: Annotated[
        str, typer.Option("--changes", help=t("Part qui change chaque jour.", "Share that changes each day."))
    ] = "1%",
    encoding: Annotated[
        str,
        typer.Option(
            "--encoding", help=t("Des CSV FINESS : utf-8 ou latin-1.", "Of the FINESS CSVs: utf-8 or latin-1.")
        ),
    ] = "utf-8",
    people: Annotated[
        int | None,
        typer.Option(
            "--people",
            help=t(
                "Identités : combien de personnes (68000000 : le pays entier). Sinon la population à cette échelle, un million "
                "au plus.",
                "Identities: how many people (68000000: the whole country). Else the population at this scale, at most a "
                "million.",
            ),
        ),
    ] = None,
    duplicates: Annotated[
        str, typer.Option("--duplicates", help=t("Identités : part de doublons.", "Identities: share of duplicates."))
    ] = "0",
    ndjson: Annotated[
        bool,
        typer.Option("--ndjson", help=t("Identités : NDJSON au lieu de CSV.", "Identities: NDJSON instead of CSV.")),
    ] = False,
    faults: Annotated[
        bool,
        typer.Option(
            "--faults",
            help=t("Ajoute faults/ : des fichiers faux, leurs erreurs dites.", "Adds faults/: wrong files, told."),
        ),
    ] = False,
    processes: Annotated[
        int,
        typer.Option("--processes", help=t("Processus (autant que de cœurs sinon).", "Processes (else one a core).")),
    ] = 0,
) -> None:
    """The path of the manifest on standard output."""
    from socle.foundations.country.files import identities
    from socle.foundations.country.files.plan import FORMATS, Parameters
    from socle.foundations.country.files.write import Generation

    if str(out) == "-":
        raise CommandError(
            t(
                "--out - : un pays tient dans plusieurs fichiers ; donnez un dossier.",
                "--out -: a country takes several files; give a folder.",
            )
        )
    asked = tuple(dict.fromkeys(part.strip() for part in formats.split(",") if part.strip())) or FORMATS
    if unknown := [name for name in asked if name not in FORMATS]:
        raise CommandError(
            t(f"--formats : {unknown[0]} est inconnu ; ", f"--formats: {unknown[0]} is unknown; ") + ", ".join(FORMATS)
        )
    if encoding not in ("utf-8", "latin-1"):
        raise CommandError(t(f"--encoding {encoding} : utf-8 ou latin-1.", f"--encoding {encoding}: utf-8 or latin-1."))
    rate, repeated = _share("--changes", changes, 0.2), _share("--duplicates", duplicates, 1.0)
    count = 0
    if "identities" in asked:
        count = min(_SHORT_OF_ALL, round(identities.POPULATION * scale)) if people is None else people
        if not 1 <= count <= identities.POPULATION:
            raise CommandError(t("--people : de 1 à 68000000.", "--people: from 1 to 68000000."))
    elif people is not None or repeated or ndjson:
        raise CommandError(
            t(
                "--people, --duplicates et --ndjson demandent le format identities.",
                "--people, --duplicates and --ndjson need the format identities.",
            )
        )
    more: dict[str, Any] = {"people": count, "duplicates": repeated, "ndjson": ndjson, "faults": faults}
    try:
        generation = Generation(out, Parameters(seed, scale, day, rate, asked, encoding), more)
    except ValueError as error:
        raise CommandError(str(error)) from error
    generation.check_room(int(count * identities.OCTETS * (1 + 1.4 * repeated) * (2.4 if ndjson else 1)))
    workers = processes if processes > 0 else os.cpu_count() or 1
    with Progress(*_COLUMNS, console=ERR, transient=True) as bar:
        task = bar.add_task(str(out), total=generation.ranks + count or None)

        def progress(ranks: int, name: str) -> None:
            bar.update(task, advance=ranks, description=name)

        generation.write(workers, progress)
        name = f"identities/identites{'-doublons' if repeated else ''}.{'ndjson' if ndjson else 'csv'}"
        if count and name not in generation.done:
            with generation.opened(name) as path:
                found = identities.write(
                    path, count, seed, repeated, lambda lines: progress(lines, name), ndjson=ndjson
                )
            generation.add(name, format="identities", encoding="utf-8", count=found)
        if faults:
            from socle.foundations.country.files import faults as wrong

            wrong.write(generation)
    manifest = generation.finish()
    for one in generation.done.values():
        say(f"{one['name']}  {one['octets'] / 1e6:,.1f} MB")
    OUT.print(str(manifest), markup=False)


def _share(option: str, text: str, most: float) -> float:
    """A share, written 0.01 or 1%."""
    try:
        value = float(text.removesuffix("%").replace(",", ".")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise CommandError(
            t(
                f"{option} {text} : une part de 0 à {most:.0%}, par exemple 1%.",
                f"{option} {text}: a share from 0 to {most:.0%}, for instance 1%.",
            )
        )
    return value
