"""The `look` step: what may this caller see? Servers that show the same to all whom they let in have nothing to say here."""

from collections.abc import Awaitable

from socle.kernel.rest.endpoint import Seeing
from socle.kernel.rest.exchange import Exchange


def look(x: Exchange) -> Awaitable[None] | None:
    """Find the caller's sight, from its headers and from who it is. An entry of a bundle has that of its bundle.

    Raises: Problem, as the server's own rule says.
    """
    seeing = x.server.endpoint.sight
    return None if seeing is None else _look(x, seeing)


async def _look(x: Exchange, seeing: Seeing) -> None:
    x.sight = await seeing(x.headers, x.call)
