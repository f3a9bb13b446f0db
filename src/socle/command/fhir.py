"""socle fhir: the packages of definitions that the house holds."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from socle.command import door
from socle.command.language import LANGUAGE, t
from socle.command.options import Data, Key, Url
from socle.command.report import ERR, OUT, lay_out, say

app = typer.Typer(
    no_args_is_help=True,
    help=t(
        "Paquets FHIR : profils, terminologies, définitions.", "FHIR packages: profiles, terminologies, definitions."
    ),
)


@app.command(
    help=t(
        "Installe des paquets FHIR (format npm) avec leurs dépendances.\n\n"
        "Donnez des fichiers .tgz, des dossiers de paquet, ou un dossier qui en contient. Les dépendances sont cherchées dans "
        "la maison, puis à côté des fichiers donnés et dans les dossiers --from. Plusieurs versions d'un paquet vivent côte à "
        "côte ; quand la version demandée n'est pas là, la plus proche est utilisée, et la commande le dit.\n\n"
        "Un paquet est installé en entier ou pas du tout ; réinstaller ne change rien.\n\n"
        "Exemple : socle fhir install hl7.fhir.fr.core-2.2.0.tgz --allow-missing",
        "Installs FHIR packages (npm layout) with their dependencies.\n\n"
        "Give .tgz files, package folders, or a folder that holds some. Dependencies are looked for in the house, then beside "
        "the files given and in the folders of --from. Several versions of a package live side by side; when the version "
        "asked is not there the nearest is used, and the command says so.\n\n"
        "A package is installed whole or not at all; installing again changes nothing.\n\n"
        "Example: socle fhir install hl7.fhir.fr.core-2.2.0.tgz --allow-missing",
    )
)
def install(
    data: Data,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE|FOLDER…", help=t("Paquets à installer.", "Packages to install.")),
    ],
    shelf: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            help=t(
                "Dossier où trouver les dépendances (répétable).", "Folder where to find dependencies (repeatable)."
            ),
        ),
    ] = None,
    allow_missing: Annotated[
        bool,
        typer.Option(
            "--allow-missing",
            help=t(
                "Installe même s'il manque une dépendance ; elle est nommée.",
                "Installs although a dependency is missing; it is named.",
            ),
        ),
    ] = False,
    url: Url = "",
    key: Key = "",
) -> None:
    """What was installed on standard output, one a line; what is missing or near on standard error."""
    shelves = _shelves(paths, shelf or [])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task(t("paquets", "packages"), total=None, said="")

        def progress(name: str, rank: int, total: int, resources: int) -> None:
            said = f"{name}  {resources} {t('ressources', 'resources')}"
            bar.update(task, completed=rank - 1, total=total, said=escape(said))

        if url:
            done = _install_remotely(url, key, paths, shelves, allow_missing, progress)
        else:
            done = door.local(
                data,
                lambda console: console.install_packages(
                    paths, shelves=shelves, allow_missing=allow_missing, progress=progress
                ),
            )
    for (name, used), asked in _grouped(done["near"]).items():
        said = t("à la place de", "in place of")
        say(escape(f"{t('proche', 'near')}: {name} {used} {said} {asked}"))
    for (name, _), asked in _grouped(done["missing"]).items():
        say(escape(f"{t('manque', 'missing')}: {name} {asked}"))
    for one in done["refused"]:
        refused = t("terminologie refusée", "terminology refused")
        say(escape(f"{refused}: {one['canonical']}: {one[LANGUAGE]}"))
    for one in done["amended"]:
        amended = t("terminologie retenue en partie", "terminology kept in part")
        say(escape(f"{amended}: {one['canonical']}: {one[LANGUAGE]}"))
    for name in done["already"]:
        say(escape(t(f"déjà là : {name}", f"already there: {name}")))
    for one in done["installed"]:
        OUT.print(escape(f"{one['id']}  {one['resources']} {t('ressources', 'resources')}"))


@app.command("list", help=t("Liste les paquets installés.", "Lists the packages installed."))
def list_(data: Data, url: Url = "", key: Key = "") -> None:
    """One line a package."""
    packages = door.remote(url, key, "GET", "/house/packages") if url else door.local(data, lambda c: c.packages())
    lay_out(
        (t("paquet", "package"), t("version", "version"), t("ressources", "resources"), t("installé", "installed")),
        [(one["name"], one["version"], str(one["resources"]), one["installed"]) for one in packages],
    )
    if not packages:
        say(t("aucun paquet ; « socle fhir install FICHIER.tgz »", "no package; “socle fhir install FILE.tgz”"))


@app.command(
    help=t(
        "Retire des paquets (nom, ou nom#version s'il y en a plusieurs).\n\n"
        "Refusé tant qu'un autre paquet en dépend ; retirez-les ensemble, ou dans l'ordre.",
        "Removes packages (name, or name#version when there are several).\n\n"
        "Refused while another package depends on one of them; remove them together, or in order.",
    )
)
def remove(
    data: Data,
    packages: Annotated[list[str], typer.Argument(metavar="NAME[#VERSION]…", help=t("Paquets.", "Packages."))],
    url: Url = "",
    key: Key = "",
) -> None:
    """All together or none."""
    names = [(name, version) for name, _, version in (one.partition("#") for one in packages)]
    gone = (
        door.remote(url, key, "POST", "/house/packages/remove", {"packages": packages})["removed"]
        if url
        else door.local(data, lambda console: console.remove_packages(names))
    )
    for one in gone:
        say(escape(t(f"{one} retiré", f"{one} removed")))


@app.command(help=t("Montre un paquet et ce qu'il définit.", "Shows a package and what it defines."))
def show(
    data: Data,
    package: Annotated[str, typer.Argument(metavar="NAME[#VERSION]", help=t("Le paquet.", "The package."))],
    url: Url = "",
    key: Key = "",
) -> None:
    """Its identity, its dependencies, then a line for each definition."""
    name, _, version = package.partition("#")
    if url and not version:
        version = _only_version(door.remote(url, key, "GET", "/house/packages"), name)
    found = (
        door.remote(url, key, "GET", f"/house/packages/{name}/{version}")
        if url
        else door.local(data, lambda console: console.package(name, version))
    )
    OUT.print(escape(f"{found['id']}  {found['title']}  {found['canonical']}"))
    for asked, wanted in sorted(found["dependencies"].items()):
        OUT.print(escape(f"  {t('dépend de', 'depends on')} {asked} {wanted}"))
    lay_out(
        ("type", t("nom", "name"), t("statut", "status"), "canonical"),
        [
            (
                one["resourceType"],
                one["title"] or one["name"] or one["id"],
                one["status"],
                f"{one['url']}|{one['version']}" if one["version"] else one["url"],
            )
            for one in found["definitions"]
        ],
    )


def _grouped(wanted: Iterable[dict[str, str]]) -> dict[tuple[str, str], str]:
    """{(package, version used): "1.0 (asked by A, B), 1.1 (asked by C)"}."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for one in wanted:
        found.setdefault((one["name"], one["used"]), {}).setdefault(one["asked"], []).append(one["by"])
    by = t("demandé par", "asked by")
    return {
        place: ", ".join(f"{asked} ({by} {', '.join(who)})" for asked, who in sorted(versions.items()))
        for place, versions in sorted(found.items())
    }


def _shelves(paths: Iterable[Path], asked: list[Path]) -> list[Path]:
    """Where dependencies are looked for: beside each file given, and where one was told to look."""
    beside = [path.parent for path in paths if path.is_file()]
    return list(dict.fromkeys([*asked, *beside]))


def _only_version(packages: list[dict[str, Any]], name: str) -> str:
    versions = [one["version"] for one in packages if one["name"] == name]
    return versions[0] if len(versions) == 1 else "-"  # the house says what it holds


def _install_remotely(
    url: str, key: str, paths: list[Path], shelves: list[Path], allow_missing: bool, progress: Any
) -> dict[str, Any]:
    """Decide here, from what the house holds; then send one package after the other."""
    from socle.foundations.interoperability.actions import planned

    held = [(one["name"], one["version"]) for one in door.remote(url, key, "GET", "/house/packages")]
    at_hand, decided = planned(paths, shelves, held)
    if not allow_missing:
        decided.or_raise()
    done: dict[str, Any] = {"installed": [], "already": [], "refused": [], "amended": []}
    for rank, manifest in enumerate(decided.order, start=1):
        progress(manifest.id, rank, len(decided.order), 0)
        with tempfile.TemporaryDirectory() as folder:
            file = at_hand[manifest.id].as_archive(Path(folder))
            answer = door.remote(url, key, "POST", "/house/packages?allow-missing=true", file=file)
        done["installed"] += answer["installed"]
        done["already"] += answer["already"]
        done["refused"] += answer["refused"]
        done["amended"] += answer["amended"]
    for what, found in (("missing", decided.missing), ("near", decided.near)):
        done[what] = [{"by": one.by, "name": one.name, "asked": one.asked, "used": one.answer} for one in found]
    return done
