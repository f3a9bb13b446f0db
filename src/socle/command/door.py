"""How a command reaches a house: through its data folder, or through its HTTP address with an operator's key."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socle.command.language import LANGUAGE, t
from socle.command.report import CommandError
from socle.kernel.outbound import Answer, Unreachable, request_json

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
    address = url.rstrip("/") + path
    try:
        answer = request_json(method, address, body=body, file=file, into=into, headers=said, timeout=patience)
    except Unreachable as error:
        raise CommandError(t(f"personne ne répond : {error}", f"nobody answers: {error}")) from error
    if answer.status >= 400:
        issues = answer.body.get("issue", []) if isinstance(answer.body, dict) else []
        raise CommandError(" ; ".join(_said(issue) for issue in issues) or f"HTTP {answer.status}")
    return answer


def lines(url: str, key: str, path: str) -> list[Any]:
    """The JSON of each line of a file of the house, which is small."""
    with tempfile.TemporaryDirectory(prefix="socle-") as folder:
        file = Path(folder) / "lines"
        asked(url, key, "GET", path, into=file, headers={"Accept": "application/fhir+ndjson"})
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _said(issue: dict[str, Any]) -> str:
    said, rule = str(issue.get("diagnostics", "")), issue.get("details", {}).get("text", "")
    return f"{said} [{rule}]" if rule else said
