"""A module, as data."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from socle.kernel.module.health import Health
from socle.kernel.outcome import Text
from socle.kernel.policy import Permission
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.store import Stored

if TYPE_CHECKING:
    from socle.kernel.module.house import House


class Room(StrEnum):
    """The four rooms of the house, named as the roadmap's orientations."""

    FOUNDATIONS = "foundations"
    SERVICES = "services"
    PLATFORMS = "platforms"
    SUPPORT = "support"


class Status(StrEnum):
    """Whether a module runs in this house."""

    RUNNING = "running"
    TO_COME = "to-come"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the doctrine that a module implements, in one edition."""

    edition: str
    id: str


@dataclass(frozen=True, slots=True)
class Door:
    """A way in that is neither a page nor a FHIR server: its path, what it is, what it speaks ("SOAP 1.2")."""

    path: str
    title: Text
    protocol: str


@dataclass(frozen=True, slots=True)
class Listener:
    """A door with a port of its own, on this machine only: whoever must reach it from elsewhere comes by a tunnel.

    port      by default; it moves with the port of the house (`Settings.shift`)
    protocol  as readers are told of it ("HL7 v2, MLLP"); `scheme` as an address begins ("mllp")
    serve     answers at (host, port) while its block runs; raises OSError when the port is taken
    """

    port: int
    title: Text
    protocol: str
    scheme: str
    serve: "Callable[[House, str, int], AbstractAsyncContextManager[int]]"

    def at(self, shift: int) -> int:
        """The port of a house whose own port moved by `shift`."""
        return self.port + shift

    def address(self, shift: int) -> str:
        """Where it is reached."""
        return f"{self.scheme}://127.0.0.1:{self.at(shift)}"


@dataclass(frozen=True, slots=True)
class Entry:
    """A question that the module answers, asked on the home page of the house: the page that answers it, and a sentence."""

    path: str
    question: Text
    answer: Text


Job = Callable[["House", Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a module does with what is committed to a register: told of each version, at least once, in order,
    several together when several wait.

    consumer  its name in the outbox
    types     resource types that it is told of ("*" for all); it may ask for more at work (`PostgresDatabase.interest`)
    react     called with the house and the versions; when it raises, it is called with each, then again later with the one
              that fails, and what follows waits
    """

    register: str
    consumer: str
    types: tuple[str, ...]
    react: "Callable[[House, Sequence[Stored]], Awaitable[None]]"


@dataclass(frozen=True, slots=True)
class Module:
    """Everything that a module adds to the house.

    name        import path below socle, e.g. "foundations.ins"
    path        where its pages live, e.g. "/ins"; "" when it has none
    routes      pages and protocols that are not FHIR, given the house
    direct      protocols on the hot path, by path: ASGI applications that are given their requests before any routing
    doors       protocols that are not FHIR, as readers are told of them
    listeners   doors that have a port of their own
    entries     questions that it answers, asked first on the home page
    schemas     its schemas with tables of its own, each with the package whose `migrations/` holds their SQL
    jobs        background work by name: called with the house and the job's arguments
    long_jobs   the same for work of minutes or hours: it has a runner of its own, and holds up no other job
    periods     jobs that come back, with the time between two of them
    reactions   what it does with what is committed, after the commit
    start       called once at start, after migrations: demonstration content
    health      the module's own check, after those that hold for all (tables, jobs): WELL, or what is missing
    """

    name: str
    room: Room
    title: Text
    summary: Text
    path: str = ""
    status: Status = Status.RUNNING
    chapters: tuple[Chapter, ...] = ()
    permissions: tuple[Permission, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    routes: "Callable[[House], Sequence[BaseRoute]] | None" = None
    direct: "Callable[[House], Mapping[str, ASGIApp]] | None" = None
    doors: tuple[Door, ...] = ()
    listeners: tuple[Listener, ...] = ()
    entries: tuple[Entry, ...] = ()
    schemas: Mapping[str, str] = field(default_factory=dict)
    jobs: Mapping[str, Job] = field(default_factory=dict)
    long_jobs: Mapping[str, Job] = field(default_factory=dict)
    periods: Mapping[str, timedelta] = field(default_factory=dict)
    reactions: tuple[Reaction, ...] = ()
    start: "Callable[[House], Awaitable[None]] | None" = None
    health: "Callable[[House], Awaitable[Health]] | None" = None
