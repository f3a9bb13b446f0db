"""What one may look for among traces."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from socle.kernel.audit import Action, Event, Outcome


@dataclass(frozen=True, slots=True)
class Filter:
    """Which traces; "" or None or empty: whatever.

    since, until  moment of the access: `since` included, `until` not
    person        reference of the person concerned: "Patient/1"
    agents        identifiers of actors, one of which asked
    name          words that the actor's name, structure or identifier holds, whatever the case
    names         beginnings, one of which the actor's name has, whatever the case
    register      name of the register
    entities      references, one of which was touched (any version when none is said)
    """

    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    agents: frozenset[str] = frozenset()
    name: str = ""
    names: tuple[str, ...] = ()
    register: str = ""
    actions: frozenset[Action] = frozenset()
    outcomes: frozenset[Outcome] = frozenset()
    entities: frozenset[str] = frozenset()

    @property
    def is_selective(self) -> bool:
        """Whether it asks more than the columns of a trace can say."""
        return bool(self.agents or self.name or self.names or self.actions or self.outcomes or self.entities)

    def matches(self, event: Event) -> bool:
        """Whether an event is one of those."""
        trace = event.trace
        if self.actions and event.action not in self.actions:
            return False
        if self.outcomes and event.outcome not in self.outcomes:
            return False
        if self.agents and trace.who not in self.agents:
            return False
        if self.register and trace.register != self.register:
            return False
        if self.name:
            said = f"{trace.name} {trace.structure} {trace.who}".casefold()
            if not all(word in said for word in self.name.casefold().split()):
                return False
        if self.names and not trace.name.casefold().startswith(tuple(name.casefold() for name in self.names)):
            return False
        return not self.entities or any(
            touched in self.entities or touched.partition("/_history/")[0] in self.entities
            for touched in (*event.entities, *event.concerns)
        )


@dataclass(frozen=True, slots=True)
class Bases:
    """Where the references of each register lead: base URL by name of register."""

    url: str
    paths: Mapping[str, str] = field(default_factory=dict)

    def of(self, register: str) -> str:
        """The base URL of a register's FHIR server, "" when it has none."""
        path = self.paths.get(register)
        return f"{self.url}{path}" if path else ""
