"""Hands for the tests of the identity desk: an agent, a clock, ADRUN ZOE."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from socle.foundations.ins.actions import Desk, Dossier, create_identity
from socle.foundations.ins.insi.port import Teleservice
from socle.foundations.ins.model import INS, DemandeINSi, ReponseINSi, TraitsStricts, VersionFRCore
from socle.kernel.audit import Trace
from socle.kernel.fhir import json
from socle.kernel.policy import Actor, Means
from socle.kernel.store.postgres import PostgresDatabase

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AGENT = Actor("agent-1", "Agente d'accueil", frozenset({"identity-agent"}), Means.API_KEY)
STRANGER = Actor("nobody-1", "Sans rôle", frozenset(), Means.API_KEY)


def trace(at: datetime = NOW) -> Trace:
    """The circumstances of a test."""
    return Trace(AGENT.id, AGENT.name, "identity-agent", "", "api-key", "", at, "ins", "test")


def zoe(**changes: str) -> TraitsStricts:
    """ADRUN ZOE, a published test person that INSi knows."""
    values = {
        "nom_naissance": "Adrun",
        "prenoms": "Zoé",
        "sexe": "F",
        "date_naissance": "31/12/1975",
        "lieu_naissance": "63220",
    }
    return TraitsStricts.of(**{**values, **changes})


@dataclass
class Watched:
    """The teleservice of the house, counting the calls; it can be told to deny what it confirmed."""

    inner: Teleservice
    calls: list[DemandeINSi] = field(default_factory=list)
    denies: bool = False

    async def rechercher(self, demande: DemandeINSi, *, by: Actor, trace: Trace) -> ReponseINSi:
        self.calls.append(demande)
        return await self.inner.rechercher(demande, by=by, trace=trace)

    async def verifier(self, ins: INS, traits: TraitsStricts, *, by: Actor, trace: Trace) -> bool:
        return not self.denies and await self.inner.verifier(ins, traits, by=by, trace=trace)


@dataclass
class DeskUnderTest:
    """The desk, and hands to look behind it."""

    desk: Desk
    database: PostgresDatabase
    insi: Watched
    now: datetime = NOW

    @property
    def who(self) -> dict[str, Any]:
        """`by` and `trace` of an agent, now."""
        return {"by": AGENT, "trace": trace(self.now)}

    def later(self, **time: int) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    async def zoe(self, **changes: str) -> Dossier:
        """A provisional identity for ADRUN ZOE."""
        return await create_identity(self.desk, zoe(**changes), **self.who)

    async def resource(self, id: str) -> dict[str, Any]:
        """The Patient as it is stored."""
        stored = await self.desk.repository.read("Patient", id)
        assert stored is not None
        found: dict[str, Any] = json.parse(stored.body)
        return found

    def writing(self, version: VersionFRCore) -> Desk:
        """The same desk, writing another version of FR Core."""
        return replace(self.desk, fr_core=version)
