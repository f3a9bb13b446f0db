"""Hands for the tests of the master index: two hospitals, an agent, a person who is known in both."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from socle.foundations.ins.index import actions
from socle.foundations.ins.index.actions import REGISTER, MasterIndex
from socle.foundations.ins.index.model import Identifier, Portrait
from socle.foundations.ins.model import INS, AutoriteAffectation, MatriculeINS, StatutIdentite
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.store.postgres import PostgresDatabase

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
AGENT = Actor("agent-1", "Agente d'identité", frozenset({"identity-agent"}), Means.API_KEY)
STRANGER = Actor("nobody-1", "Sans rôle", frozenset(), Means.API_KEY)
NORTH, SOUTH, WEST = (f"urn:oid:1.2.250.1.999.1.{rank}" for rank in (1, 2, 3))

BORN = {"family": "LE GALL", "given": ["ANNE-MARIE", "ROSE"], "sex": "F", "born": "1961-03-09", "place": "29019"}
HOME = {"street": "3 rue des Lilas", "postcode": "29000", "city": "QUIMPER", "phones": ["0612345678"]}


def trace(at: datetime = NOW, structure: str = "") -> Trace:
    """The circumstances of a test."""
    return Trace(AGENT.id, AGENT.name, "identity-agent", structure, "api-key", "", at, REGISTER, "test")


def ins(numero: str, autorite: AutoriteAffectation = AutoriteAffectation.NIR_TEST) -> INS:
    """An INS with its right key."""
    return INS(MatriculeINS(numero), autorite)


def patient(domain: str, value: str, *, qualified: INS | None = None, **traits: Any) -> dict[str, Any]:
    """A Patient of a structure; the person of `BORN` and `HOME` unless `traits` say otherwise."""
    statut = StatutIdentite.QUAL if qualified else StatutIdentite.PROV
    values = {**BORN, **HOME, **traits}
    return actions.patient(Identifier(domain, value), ins=qualified, statut=statut, **values)


def portrait(**traits: Any) -> Portrait:
    """A portrait of the same person."""
    return Portrait.of(**{**BORN, **HOME, **traits})


@dataclass
class IndexUnderTest:
    """The index, and hands to look behind it."""

    index: MasterIndex
    database: PostgresDatabase
    now: datetime = NOW

    @property
    def who(self) -> dict[str, Any]:
        """`by` and `trace` of an agent; a second passes each time."""
        self.now += timedelta(seconds=1)
        return {"by": AGENT, "trace": trace(self.now)}

    async def feed(self, domain: str, value: str, **traits: Any) -> str:
        """Feed a record; answers the id of its Patient."""
        return (await actions.feed(self.index, patient(domain, value, **traits), **self.who)).id

    async def person(self, id: str) -> str:
        """The person of a Patient, "" when it has none."""
        return (await self.index.index.records([id]))[0].person

    async def waiting(self) -> list[tuple[str, str, str]]:
        """The pairs that wait: the two Patients and the reason."""
        from socle.foundations.ins.index.model import PairState

        return [(one.a.id, one.b.id, one.reason) for one in await self.index.index.doubts([PairState.DOUBTFUL])]

    async def acts(self, person: str) -> list[str]:
        """The history of a person, the first act first."""
        return [one.kind for one in reversed(await self.index.index.history([person]))]

    def by(self, structure: str) -> dict[str, Any]:
        """An agent of a structure."""
        self.now += timedelta(seconds=1)
        return {"by": replace(AGENT, structure=structure), "trace": trace(self.now, structure)}
