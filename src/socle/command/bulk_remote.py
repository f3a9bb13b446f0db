"""`$export` and `$import` of a house that runs elsewhere: asked, followed, fetched, over HTTP with a key."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from socle.command import door
from socle.command.language import t
from socle.command.report import CommandError

IMPORTED: Final = "https://socle-sante.example/fhir/bulk-import"
_NDJSON: Final = "application/fhir+ndjson"
_SENT: Final = "input.ndjson"  # what the house calls a file that came without a name
_LATER: Final = {"Prefer": "respond-async"}
_PAUSE: Final = 0.5  # seconds between two looks

Told = Callable[[str], None]


def export(
    url: str, key: str, server: str, start: str, parameters: Mapping[str, Sequence[str]], out: Path, told: Told
) -> tuple[str, list[tuple[Path, str, int]]]:
    """Export to the folder `out`, which must be empty or absent: the moment that it shows, and (file, type, resources).

    start  "" for everything, "Patient/" or "Group/<id>/"
    Raises: CommandError.
    """
    if out.exists() and any(out.iterdir()):
        raise CommandError(
            t(
                f"le dossier {out} n'est pas vide : choisissez-en un autre.",
                f"the folder {out} is not empty: choose another.",
            )
        )
    asked = urlencode([(name, value) for name, values in parameters.items() for value in values], quote_via=quote)
    path = f"{server}/{start}$export" + (f"?{asked}" if asked else "")
    began = door.asked(url, key, "GET", path, headers={**_LATER, "Accept": "application/fhir+json"})
    manifest, where = _followed(url, key, began.headers, told)
    out.mkdir(parents=True, exist_ok=True)
    found: list[tuple[Path, str, int]] = []
    for one in [*manifest["output"], *manifest.get("deleted", [])]:
        file = out / Path(urlsplit(one["url"]).path).name
        door.asked(url, key, "GET", _path(one["url"]), headers={"Accept": _NDJSON}, into=file)
        found.append((file, one["type"], int(one.get("count", 0))))
    door.asked(url, key, "DELETE", where)
    return manifest["transactionTime"], found


def load(
    url: str, key: str, server: str, files: Sequence[Path], refuse: bool, told: Told
) -> tuple[dict[str, int], list[str]]:
    """Import files one after the other: (stored, rejected, refused) in all, and what was said of wrong lines.

    Raises: CommandError; what was imported of the files before stays.
    """
    totals = {"stored": 0, "rejected": 0, "refused": 0}
    said: list[str] = []
    for file in files:
        if not file.is_file():
            raise CommandError(t(f"{file} : ce n'est pas un fichier.", f"{file}: not a file."))
        path = f"{server}/$import?errors={'refuse' if refuse else 'skip'}"
        began = door.asked(url, key, "POST", path, file=file, media=_NDJSON, headers=_LATER)
        manifest, _ = _followed(url, key, began.headers, told)
        for name, value in manifest["extension"][IMPORTED].items():
            totals[name] += int(value)
        for one in manifest["error"]:
            report = door.lines(url, key, _path(one["url"]))
            said += [_of_file(file, issue["diagnostics"]) for outcome in report for issue in outcome["issue"]]
        if refuse and totals["refused"]:
            break
    return totals, said


def _of_file(file: Path, said: str) -> str:
    """What the house says of a line, by the name of the file here: there it has none."""
    where, comma, rest = said.partition(", ")
    return f"{file.name}, {rest}" if comma and where == _SENT else f"{file.name}{t(' :', ':')} {said}"


def _followed(url: str, key: str, headers: Mapping[str, str], told: Told) -> tuple[dict[str, Any], str]:
    """The manifest once the work is done, and where it was followed."""
    where = _path(headers.get("content-location", ""))
    while True:
        answer = door.asked(url, key, "GET", where)
        if answer.status != 202:
            return answer.body, where
        at = answer.headers.get("x-progress", "")
        told(t("en attente", "waiting") if at == "waiting" else at)
        time.sleep(_PAUSE)


def _path(address: str) -> str:
    """The path of an address of the house: it may name itself otherwise than it was reached (a proxy)."""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")
