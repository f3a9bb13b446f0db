"""How a command reaches a house: through its data folder, or through its HTTP address with an operator's key."""

import asyncio
import json
import tarfile
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from socle.command.language import LANGUAGE, t
from socle.command.report import CommandError
from socle.command.whole_house import read_at_once
from socle.kernel.outbound import Answer, Unreachable, request_json, request_lines

if TYPE_CHECKING:
    from socle.assembly.console import Console


def local(data: Path, ask: "Callable[[Console], Awaitable[Any]]") -> Any:
    """Ask the house whose data are in `data`; its database is started for the time of the question if it is at rest.

    Raises: CommandError when there is no house there; Problem as the action does.
    """
    if not (data / "house.json").exists():
        raise CommandError(
            t(
                f"aucune maison dans {data} : lancez d'abord « socle up --data {data} », ou indiquez --data ou --url.",
                f"no house in {data}: start one with “socle up --data {data}”, or give --data or --url.",
            )
        )

    # The whole house: not for a command that asks by HTTP, nor for --help.
    with read_at_once():
        from socle.assembly.house import open_console

    folder = data.resolve()

    async def run() -> Any:
        async with open_console(folder) as console:
            return await ask(console)

    return asyncio.run(run())


def remote(
    url: str,
    key: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    file: Path | None = None,
    media: str = "application/gzip",
) -> Any:
    """Ask the house at `url`; the JSON of its answer. `file` (of type `media`) is sent instead of a body.

    Raises: CommandError with the house's own words when it refuses, or when nobody answers.
    """
    return asked(url, key, method, path, body, file=file, media=media).body


def asked(
    url: str,
    key: str,
    method: str,
    path: str,
    body: Any = None,
    *,
    file: Path | None = None,
    media: str = "application/gzip",
    into: Path | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """The same, with the status and the headers of the answer; `into`: the file that its body is written to."""
    said: dict[str, str] = {"Accept-Language": LANGUAGE, **(headers or {})}
    if key:
        said["Authorization"] = f"Bearer {key}"
    if file is not None:
        said["Content-Type"] = media
    patience = 60.0 if file is None and into is None else 600.0
    if not url.startswith(("http://", "https://")):
        raise CommandError(
            t(
                f"--url {url} : une adresse commence par http:// ou https://, par exemple http://127.0.0.1:8000.",
                f"--url {url}: an address begins with http:// or https://, for instance http://127.0.0.1:8000.",
            )
        )
    address = url.rstrip("/") + path
    try:
        answer = request_json(method, address, body=body, file=file, into=into, headers=said, timeout=patience)
    except Unreachable as error:
        raise CommandError(_silent(error)) from error
    if answer.status >= 400:
        raise CommandError(_refused(answer.body, answer.status, key))
    return answer


def _silent(error: Unreachable) -> str:
    said = error.text
    return t(
        f"pas de réponse de {said.fr}. Vérifiez l'adresse, et que la maison tourne (socle up).",
        f"no answer from {said.en}. Check the address, and that the house runs (socle up).",
    )


def lines(url: str, key: str, path: str) -> list[Any]:
    """The JSON of each line of a file of the house, which is small."""
    with tempfile.TemporaryDirectory(prefix="socle-") as folder:
        file = Path(folder) / "lines"
        asked(url, key, "GET", path, into=file, headers={"Accept": "application/fhir+ndjson"})
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def bring(
    url: str,
    key: str,
    kind: str,
    files: Sequence[Path],
    options: Mapping[str, str],
    progress: Callable[..., None],
) -> Any:
    """Have the house at `url` import files (`POST /house/imports/KIND`); its report.

    A single file is sent as it is, several or a folder as one tar; in constant memory. `progress` is given what the import tells.
    Raises: CommandError with the house's own words when it refuses, or when nobody answers.
    """
    for file in files:
        if not file.exists():
            raise CommandError(
                t(f"{file} : aucun fichier ni dossier de ce nom.", f"{file}: no file or folder of that name.")
            )
    query = {name: value for name, value in options.items() if value}
    headers = {"Accept-Language": LANGUAGE, "Content-Type": "application/octet-stream"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    with tempfile.TemporaryDirectory(prefix="socle-import-") as folder:
        if len(files) == 1 and files[0].is_file():
            [sent] = files
            query |= {"name": sent.name, "modified": str(sent.stat().st_mtime_ns)}
        else:
            sent = Path(folder) / "files.tar"
            _packed(files, sent)
            query["packed"] = "tar"
        path = f"{url.rstrip('/')}/house/imports/{kind}?{urlencode(query)}"
        try:
            with request_lines(path, sent, headers=headers, timeout=600.0) as answer:
                if answer.status >= 400:
                    raise CommandError(_refused(answer.body, answer.status, key))
                for line in answer.lines:
                    if line.get("progress"):
                        progress(*line["progress"])
                    elif "refused" in line:
                        raise CommandError(_refused(line["refused"], 200))
                    elif "done" in line:
                        return line["done"]
        except Unreachable as error:
            raise CommandError(_silent(error)) from error
    raise CommandError(
        t(
            "la maison s'est tue avant la fin : l'import continue peut-être, ses pages le disent. Relancez le même : il reprend.",
            "the house fell silent before the end: the import may go on, its pages tell. The same again takes it up.",
        )
    )


def flags(**options: bool) -> dict[str, str]:
    """The options that are on, as `bring` sends them."""
    return {name: "true" for name, on in options.items() if on}


def _packed(files: Sequence[Path], into: Path) -> None:
    """A tar of files and folders under their own names, as they are dated."""
    with tarfile.open(into, "w") as tar:
        for file in files:
            tar.add(
                file.resolve(), file.resolve().name, filter=lambda one: one if one.isfile() or one.isdir() else None
            )


def _refused(body: Any, status: int, key: str = "") -> str:
    if status == 401 and not key:
        return t(
            "cette maison demande qui vous êtes : ajoutez --key (ou SOCLE_KEY), la clé d'un acteur qui en a le droit.",
            "this house asks who you are: add --key (or SOCLE_KEY), the key of an actor that has the permission.",
        )
    issues = body.get("issue", []) if isinstance(body, dict) else []
    return " ; ".join(_said(issue) for issue in issues) or f"HTTP {status}"


def _said(issue: dict[str, Any]) -> str:
    said, rule = str(issue.get("diagnostics", "")), issue.get("details", {}).get("text", "")
    return f"{said} [{rule}]" if rule else said
