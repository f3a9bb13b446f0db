"""The desk: where identities are, whom to ask about the INS, and how each action is guarded."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from socle.foundations.ins.adapters import connection_of
from socle.foundations.ins.model import TeleserviceINSi, VersionFRCore
from socle.foundations.ins.store import Dossier, Identities
from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.outcome import Decision, Kind, Problem
from socle.kernel.policy import Actor, Permission, decide
from socle.kernel.search.repository import Repository


@dataclass(frozen=True, slots=True)
class Desk:
    """What every action of the desk is given first.

    repository        the register of identities
    teleservice       INSi, whoever serves it
    fr_core           version of FR Core that is written
    records_refusals  whether refusals are traced here; False where the door that calls already does (FHIR)
    """

    repository: Repository
    teleservice: TeleserviceINSi
    fr_core: VersionFRCore = VersionFRCore.V2_2
    records_refusals: bool = True

    @classmethod
    def at(cls, repository: Repository, *, records_refusals: bool = True) -> "Desk":
        """The desk of a register, with the teleservice that the house connected at start.

        Raises: Problem(UNAVAILABLE) before that.
        """
        connection = connection_of(repository)
        return cls(repository, connection.teleservice, connection.fr_core, records_refusals)

    @property
    def identities(self) -> Identities:
        """The identities of this desk."""
        return Identities(self.repository, self.fr_core)

    @asynccontextmanager
    async def guarded(self, permission: Permission, id: str, *, by: Actor, trace: Trace) -> AsyncIterator[Trace]:
        """The trace with its ground, if `by` may use `permission`; a refusal met inside leaves its event.

        Raises: Problem(UNAUTHENTICATED | FORBIDDEN), and whatever the action raises.
        """
        try:
            kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
            allowed = decide(by, permission).or_raise(kind)
            yield replace(trace, ground=trace.ground or allowed.reason)
        except Problem as problem:
            if self.records_refusals:
                await self.repository.store.record(_refusal(problem, id, trace))
            raise

    async def seen(self, dossiers: Iterable[Dossier], trace: Trace, *, query: str = "") -> None:
        """Keep the event of a read or a search, durable before anything is shown."""
        references = tuple(dict.fromkeys(dossier.reference for dossier in dossiers))
        action = Action.EXECUTE if query else Action.READ
        await self.repository.store.record(Event(trace, action, entities=references, concerns=references, query=query))

    def version_of(self, dossier: Dossier, version: int | None) -> None:
        """Check the version that the caller saw. Raises: Problem(CONFLICT)."""
        if version is not None and version != dossier.version:
            raise Problem.of(
                Kind.CONFLICT,
                "Quelqu'un a modifié cette identité entre-temps : relisez-la, puis recommencez.",
                "Somebody changed this identity in the meantime: read it again, then start again.",
                rule="FHIR R4 http.html#concurrency",
            )


def because(trace: Trace, decision: Decision) -> Trace:
    """The trace with the reason of the rule that allowed it. Raises: Problem(RULE_VIOLATED) when it refused."""
    reason = decision.or_raise().reason
    return replace(trace, ground=f"{trace.ground}; {reason}" if trace.ground else reason)


def _refusal(problem: Problem, id: str, trace: Trace) -> Event:
    touched = (f"Patient/{id}",) if id else ()
    rule = next((issue.rule for issue in problem.issues if issue.rule), "")
    detail = f"{problem.kind.name} {rule}".strip()
    return Event(trace, Action.EXECUTE, Outcome.REFUSED, entities=touched, concerns=touched, detail=detail)
