"""Bodies of requests, read within their bounds."""

from starlette.requests import Request

from socle.kernel.outcome import Kind, Problem


async def bounded(request: Request, most: int, command: str) -> bytes:
    """The body. Raises: Problem(TOO_LARGE) above `most` octets, naming the command that reads larger files."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Problem.of(
                Kind.TOO_LARGE,
                f"Le corps dépasse {most // 1_000_000} Mo ; « socle {command} » lit de plus gros fichiers.",
                f"The body exceeds {most // 1_000_000} MB; `socle {command}` reads larger files.",
                rule=f"SOCLE-{command.upper()}-SIZE",
            )
    return bytes(body)
