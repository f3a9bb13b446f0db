"""What pages need to know of the house and of its modules.

Pages stand below `kernel.module` and beside `kernel.rest`: they see both through these shapes only.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol

from socle.kernel.outcome import Text
from socle.kernel.policy import Actor, Permission


class HouseSettings(Protocol):
    """How the house was started."""

    @property
    def url(self) -> str: ...
    @property
    def demo(self) -> bool: ...


class OperationCard(Protocol):
    """An operation of a FHIR server."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> Text: ...
    @property
    def permission(self) -> Permission: ...


class RegisterCard(Protocol):
    """A register: its name and its resource types."""

    @property
    def types(self) -> Sequence[str]: ...


class EndpointCard(Protocol):
    """A FHIR server."""

    @property
    def base(self) -> str: ...
    @property
    def title(self) -> Text: ...
    @property
    def register(self) -> RegisterCard: ...
    @property
    def read(self) -> Permission: ...
    @property
    def write(self) -> Permission: ...
    @property
    def read_public(self) -> Permission: ...
    @property
    def interactions(self) -> AbstractSet[str]: ...
    @property
    def operations(self) -> Sequence[OperationCard]: ...


class ChapterCard(Protocol):
    """A chapter of the doctrine in one edition."""

    @property
    def edition(self) -> str: ...
    @property
    def id(self) -> str: ...


class DoorCard(Protocol):
    """A way in that is neither a page nor a FHIR server."""

    @property
    def path(self) -> str: ...
    @property
    def title(self) -> Text: ...
    @property
    def protocol(self) -> str: ...


class EntryCard(Protocol):
    """A question that a module answers."""

    @property
    def path(self) -> str: ...
    @property
    def question(self) -> Text: ...
    @property
    def answer(self) -> Text: ...


class ModuleCard(Protocol):
    """A module, as its declaration says."""

    @property
    def name(self) -> str: ...
    @property
    def room(self) -> str: ...
    @property
    def title(self) -> Text: ...
    @property
    def summary(self) -> Text: ...
    @property
    def path(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def chapters(self) -> Sequence[ChapterCard]: ...
    @property
    def permissions(self) -> Sequence[Permission]: ...
    @property
    def endpoints(self) -> Sequence[EndpointCard]: ...
    @property
    def doors(self) -> Sequence[DoorCard]: ...
    @property
    def entries(self) -> Sequence[EntryCard]: ...


class HealthCard(Protocol):
    """How a module is: "running", "degraded", "absent"; and why, unless all is well."""

    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> Text | None: ...


class HouseCard(Protocol):
    """The running house, as pages see it."""

    @property
    def settings(self) -> HouseSettings: ...
    @property
    def modules(self) -> Sequence[ModuleCard]: ...
    @property
    def secret(self) -> bytes: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    async def actor_of(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor: ...
    async def health(self) -> Mapping[str, HealthCard]: ...


ROOMS = ("foundations", "services", "platforms", "support")
RUNNING = "running"
STATES = ("running", "degraded", "absent")
