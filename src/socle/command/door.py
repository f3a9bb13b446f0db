"""How a command reaches a house: through its data folder, or through its HTTP address with an operator's key."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from socle.command.language import LANGUAGE, t
from socle.command.report import CommandError
from socle.kernel.outbound import Unreachable, request_json

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
    headers: dict[str, str] = {"Accept-Language": LANGUAGE}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    if file is not None:
        headers["Content-Type"] = media
    patience = 60.0 if file is None else 600.0
    try:
        answer = request_json(method, url.rstrip("/") + path, body=body, file=file, headers=headers, timeout=patience)
    except Unreachable as error:
        raise CommandError(t(f"personne ne répond : {error}", f"nobody answers: {error}")) from error
    if answer.status >= 400:
        issues = answer.body.get("issue", []) if isinstance(answer.body, dict) else []
        said = " ; ".join(_said(issue) for issue in issues) or f"HTTP {answer.status}"
        raise CommandError(said)
    return answer.body


def _said(issue: dict[str, Any]) -> str:
    said, rule = str(issue.get("diagnostics", "")), issue.get("details", {}).get("text", "")
    return f"{said} [{rule}]" if rule else said
