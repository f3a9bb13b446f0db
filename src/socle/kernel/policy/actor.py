"""Who is asking, and how they proved it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Means(StrEnum):
    """How an actor proved who they are, from nothing to strong."""

    NONE = "none"
    DEMO = "demo"  # demonstration login: no proof, only on a house started with its demonstration
    API_KEY = "api-key"
    CONSOLE = "console"  # the operator at the machine's own command line
    SYSTEM = "system"  # the house itself (jobs, subscriptions)


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or system that asks. Frozen: what was decided for it cannot change underneath.

    id         stable, opaque, unique in this house; goes to the trace
    name       what a human reads in the trace
    roles      names of roles; a role carries permissions (see `Permission.roles`)
    structure  organisation on whose behalf it acts, "" when none
    """

    id: str
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    means: Means = Means.NONE
    structure: str = ""

    @property
    def is_authenticated(self) -> bool:
        """Whether anything at all proves who this is."""
        return self.means is not Means.NONE


ANONYMOUS = Actor(id="anonymous", name="anonyme")
HOUSE = Actor("house", "Socle", frozenset({"operator"}), Means.SYSTEM)  # what it does by itself, in the background
