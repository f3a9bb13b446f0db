"""The running house, as modules see it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from socle.kernel.fhir.knowledge import Terminology
from socle.kernel.fhir.packages.library import Looking, core_library
from socle.kernel.module.checkup import Checkup
from socle.kernel.module.health import Health
from socle.kernel.module.module import Module
from socle.kernel.outcome import Text
from socle.kernel.policy import Actor
from socle.kernel.rest.identify import Authenticator
from socle.kernel.seal import Seal
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database
from socle.kernel.store.validator import Validator
from socle.kernel.subscription.service import Subscriptions
from socle.kernel.terminology.nothing_loaded import NothingLoaded


@dataclass(frozen=True, slots=True)
class Settings:
    """How this house was started.

    data        folder that holds everything, None when the database is external and nothing else is kept
    demo        whether demonstration content and login are on
    population  number of synthetic people of the national base
    url         where browsers reach the house, e.g. "http://127.0.0.1:8000"
    shift       how far the ports of other doors are from their defaults; None: they stay closed
    """

    data: Path
    demo: bool
    population: int
    url: str
    shift: int | None = None


@dataclass(frozen=True, slots=True)
class House:
    """What a module's doors are given: its repositories, its tables, the clock, who is asking. Nothing global exists."""

    settings: Settings
    modules: tuple[Module, ...]
    repositories: Mapping[str, Repository]
    database: Database
    clock: Callable[[], datetime]
    authenticator: Authenticator
    secret: bytes
    seal: Seal = field(
        default_factory=Seal.fleeting, compare=False
    )  # for secrets of others: its key is in the data folder
    tell: Callable[[Text], None] = lambda text: None  # long work says where it is to whoever watches the start
    subscriptions: Subscriptions | None = field(default=None, compare=False)  # None in a house without its assembly
    terminology: Terminology = field(default_factory=NothingLoaded, compare=False)
    library: Callable[[], Looking] = field(default=core_library, compare=False)  # definitions, for one check
    unopened: dict[str, Text] = field(default_factory=dict, compare=False)  # modules with a door that did not open
    checkup: Checkup = field(default_factory=Checkup, compare=False)
    validator: Validator = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "validator", Validator(self.library, self.terminology))

    async def actor_of(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor:
        """Who asks, from a request's headers (lower-case names) and cookies; ANONYMOUS when nobody is proven.

        Raises: Problem(UNAUTHENTICATED) when a proof is presented that is not valid.
        """
        return await self.authenticator.identify(headers, cookies)

    async def health(self) -> Mapping[str, Health]:
        """How each module is, by name, looked at a few seconds ago at most."""
        return await self.checkup.of(self)
