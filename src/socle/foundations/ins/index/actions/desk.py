"""The index as actions see it, and how each is guarded."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

from socle.foundations.ins.index.model import Record
from socle.foundations.ins.index.rules import FRENCH, Configuration
from socle.foundations.ins.index.store import TYPE, Index, Judging
from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, Permission, decide
from socle.kernel.search.repository import Repository

REGISTER: Final = "ins_index"


@dataclass(frozen=True, slots=True)
class MasterIndex:
    """What every action is given first.

    repository        the register of the index (`house.repositories["ins_index"]`)
    configuration     fields, weights, thresholds of what is looked for (what is fed obeys the store's own)
    traces            whether looks and refusals are traced here; False where the door that calls already does (FHIR)
    """

    repository: Repository
    configuration: Configuration = FRENCH
    traces: bool = True

    @property
    def index(self) -> Index:
        """What is read."""
        return Index(self.repository.store)

    @property
    def judging(self) -> Judging:
        """What people decide."""
        return Judging(self.repository.store, self.configuration)

    @asynccontextmanager
    async def guarded(self, permission: Permission, *, by: Actor, trace: Trace) -> AsyncIterator[Trace]:
        """The trace with its ground, if `by` may use `permission`; a refusal met inside leaves its event.

        Raises: Problem(UNAUTHENTICATED | FORBIDDEN), and whatever the action raises.
        """
        try:
            kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
            allowed = decide(by, permission).or_raise(kind)
            yield replace(trace, ground=trace.ground or allowed.reason)
        except Problem as problem:
            if self.traces:
                rule = next((issue.rule for issue in problem.issues if issue.rule), "")
                detail = f"{problem.kind.name} {rule}".strip()
                await self.repository.store.record(Event(trace, Action.EXECUTE, Outcome.REFUSED, detail=detail))
            raise

    async def seen(self, records: Iterable[Record], trace: Trace, *, query: str) -> None:
        """Keep the event of a look, durable before anything is shown."""
        if not self.traces:
            return
        references = tuple(dict.fromkeys(f"{TYPE}/{record.id}" for record in records))
        await self.repository.store.record(
            Event(trace, Action.EXECUTE, entities=references, concerns=references, query=query)
        )
