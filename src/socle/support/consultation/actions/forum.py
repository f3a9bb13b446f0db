"""The forum: where consultations are, and how each action is guarded."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor, Permission, decide
from socle.kernel.store.database import Database
from socle.support.consultation.model import Consultation
from socle.support.consultation.permissions import EDIT, MODERATE
from socle.support.consultation.store.consultations import Consultations
from socle.support.consultation.store.contributions import Contributions, Statement
from socle.support.consultation.store.drafts import Drafts
from socle.support.consultation.store.people import People
from socle.support.consultation.store.rows import SCHEMA, consultation_of
from socle.support.consultation.store.threads import Threads
from socle.support.doctrine.actions import Home

T = TypeVar("T")
MOST: Final = 200  # items on a page


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list; `next` is where the following ones begin, "" at the end."""

    items: tuple[T, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Forum:
    """What every action is given first.

    house  for its database and its editions
    url    where readers reach the house, for the links of notices
    """

    house: Home
    url: str = ""

    @property
    def database(self) -> Database:
        """The house's tables."""
        return self.house.database

    @property
    def consultations(self) -> Consultations:
        """The consultations."""
        return Consultations(self.database)

    @property
    def contributions(self) -> Contributions:
        """The contributions."""
        return Contributions(self.database)

    @property
    def threads(self) -> Threads:
        """Supports, arguments, files."""
        return Threads(self.database)

    @property
    def people(self) -> People:
        """Participants and notices."""
        return People(self.database)

    @property
    def drafts(self) -> Drafts:
        """The next edition."""
        return Drafts(self.database)

    @asynccontextmanager
    async def guarded(
        self, permission: Permission, *, by: Actor, trace: Trace, about: str = ""
    ) -> AsyncIterator[Trace]:
        """The trace with its ground, if `by` may use `permission`; a refusal met inside leaves its event.

        Raises: Problem(UNAUTHENTICATED | FORBIDDEN), and whatever the action raises.
        """
        try:
            kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
            allowed = decide(by, permission).or_raise(kind)
            yield replace(trace, ground=trace.ground or allowed.reason)
        except Problem as problem:
            rule = next((issue.rule for issue in problem.issues if issue.rule), "")
            entities = (about,) if about else ()
            detail = f"{problem.kind.name} {rule}".strip()
            refusal = Event(trace, Action.EXECUTE, Outcome.REFUSED, entities=entities, detail=detail)
            if by.is_authenticated and problem.kind is not Kind.UNAVAILABLE:
                await self.database.record(SCHEMA, refusal)
            raise

    async def write(
        self,
        statements: Sequence[Statement],
        trace: Trace,
        action: Action,
        entities: Sequence[str],
        concerns: Sequence[str] = (),
    ) -> None:
        """Write, with the event that says what was touched and whose data it is."""
        event = Event(trace, action, entities=tuple(entities), concerns=tuple(participant(one) for one in concerns))
        await self.database.write(SCHEMA, statements, trace, notes=(event,))

    async def seen(self, actors: Sequence[str], trace: Trace, query: str) -> None:
        """Keep the event of a reading of personal data, before it is shown."""
        people = tuple(dict.fromkeys(participant(one) for one in actors))
        await self.database.record(SCHEMA, Event(trace, Action.READ, entities=people, concerns=people, query=query))

    async def known(self, id: str) -> Consultation:
        """A consultation. Raises: Problem(NOT_FOUND)."""
        row = await self.consultations.read(id)
        if row is None:
            raise missing(f"la concertation « {id[:40]} »", f"consultation “{id[:40]}”")
        return consultation_of(row)

    async def contribution(self, id: int) -> Any:
        """The row of a contribution. Raises: Problem(NOT_FOUND)."""
        row = await self.contributions.read(id) if 0 < id < 2**63 else None
        if row is None:
            raise missing(f"la contribution C-{id}", f"contribution C-{id}")
        return row


def participant(actor: str) -> str:
    """How traces name a participant."""
    return f"participant/{actor}"


def contribution_name(id: int) -> str:
    """How traces name a contribution."""
    return f"contribution/{id}"


def missing(fr: str, en: str) -> Problem:
    """The Problem of something that is not there."""
    return Problem.of(Kind.NOT_FOUND, f"On ne trouve pas {fr}.", f"There is no {en}.")


def reader_of(by: Actor) -> str:
    """The actor for whom a page is read, "" for the public: nothing is kept about who reads."""
    return "" if by is ANONYMOUS or not by.is_authenticated else by.id


def at_desk(by: Actor) -> bool:
    """Whether `by` works on the consultation: editors and moderators see who is in charge."""
    return decide(by, EDIT).allowed or decide(by, MODERATE).allowed


def rules_of(problem: Problem) -> frozenset[str]:
    """The rules that a Problem names."""
    return frozenset(issue.rule for issue in problem.issues)


def bounded(count: int) -> int:
    """A size of page that the house serves."""
    return max(1, min(count, MOST))
