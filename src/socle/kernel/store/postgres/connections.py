"""Connections, and a fixed circle of them shared in turn.

No pool: its reset on each return would double the cost of a read.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg

from socle.kernel.outcome import Kind, Problem

# What a lost connection looks like; the statement may or may not have happened.
LOST: Final = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver lost track of a connection that was cut
    asyncpg.exceptions.AdminShutdownError,
    asyncpg.exceptions.CrashShutdownError,
    asyncpg.exceptions.CannotConnectNowError,
    asyncpg.exceptions.TooManyConnectionsError,
)


def unavailable() -> Problem:
    """The Problem of a database that cannot be reached."""
    return Problem(
        Kind.UNAVAILABLE,
        *Problem.of(
            Kind.UNAVAILABLE,
            "La base de données ne répond pas ; rien n'a été confirmé. Réessayez dans un instant.",
            "The database does not answer; nothing was confirmed. Try again in a moment.",
        ).issues,
        headers=(("Retry-After", "1"),),
    )


async def connect(dsn: str, name: str, settings: dict[str, str]) -> asyncpg.Connection:
    """A connection named `name` in the server's own lists, with `settings` for its session.

    Raises: Problem(UNAVAILABLE).
    """
    try:
        return await asyncpg.connect(
            dsn,
            server_settings={"application_name": f"socle {name}", "timezone": "UTC", "jit": "off", **settings},
            max_cached_statement_lifetime=0,
        )
    except (*LOST, TimeoutError) as error:
        raise unavailable() from error
    except asyncpg.PostgresError as error:
        said = type(error).__name__
        raise Problem.of(
            Kind.UNAVAILABLE,
            f"La base de données refuse la connexion ({said}). Vérifiez l'adresse, le nom et le mot de passe donnés par "
            "SOCLE_DATABASE_URL.",
            f"The database refuses the connection ({said}). Check the address, the name and the password given by "
            "SOCLE_DATABASE_URL.",
        ) from error


@dataclass(frozen=True, slots=True)
class RowTypes:
    """The numbers that the types of rows have in this database."""

    trace: int
    version: int


async def row_types(connection: asyncpg.Connection) -> RowTypes:
    """Let `connection` take the bytes of the house's domains (migrations/house/0007_arguments.sql) as they are."""
    for domain in ("new_versions", "new_traces", "bigints", "moments", "floats", "texts"):
        await connection.set_builtin_type_codec(domain, schema="house", codec_name="bytea", format="binary")
    row = await connection.fetchrow("SELECT 'house.new_trace'::regtype::oid, 'house.new_version'::regtype::oid")
    assert row is not None
    return RowTypes(row[0], row[1])


class Circle:
    """A fixed number of connections, opened when first needed, reopened when lost."""

    def __init__(self, open_one: Callable[[], Awaitable[asyncpg.Connection]], size: int) -> None:
        self._open = open_one
        self._free: list[asyncpg.Connection | None] = [None] * size
        self._waiting: deque[asyncio.Future[asyncpg.Connection | None]] = deque()
        self._all: set[asyncpg.Connection] = set()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of our own for a moment; waits when all are taken."""
        connection = await self._next()
        try:
            if connection is None or connection.is_closed():
                if connection is not None:
                    self._all.discard(connection)
                    connection = None
                connection = await self._open()
                self._all.add(connection)
            yield connection
        finally:
            self._give(connection)

    async def _next(self) -> asyncpg.Connection | None:
        if self._free:
            return self._free.pop()
        waiter: asyncio.Future[asyncpg.Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._give(waiter.result())  # given to us as we left: pass it on
            raise

    def _give(self, connection: asyncpg.Connection | None) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._free.append(connection)

    async def close(self) -> None:
        """Close them all."""
        for connection in self._all:
            if not connection.is_closed():
                await connection.close(timeout=5)
        self._all.clear()
