"""Who takes part in the tests, when, and what they usually say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from socle.kernel.audit import Event, Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.store import traces
from socle.kernel.store.database import Database
from socle.support.consultation import actions
from socle.support.consultation.actions import Answer, Forum, NewConsultation, Reason
from socle.support.consultation.model import (
    Anchor,
    Consultation,
    Contribution,
    ContributionKind,
    Outcome,
    Rewording,
    Submission,
)

ID = "c26"
OPENS = datetime(2026, 10, 5, 7, tzinfo=UTC)
CLOSES = datetime(2026, 12, 18, 17, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 10, tzinfo=UTC)


def actor(name: str, *roles: str, structure: str = "") -> Actor:
    return Actor(f"actor-{name.lower()}", name, frozenset(roles), Means.DEMO, structure)


ANNE = actor("Anne", "contributor")
BRUNO = actor("Bruno", "contributor", structure="Fédération de Test")
CHLOE = actor("Chloé", "contributor")
MODERATOR = actor("Maud", "moderator")
EDITOR = actor("Rémi", "doctrine-editor")
OTHER_EDITOR = actor("Sofia", "doctrine-editor")

keys = (f"key-{number}" for number in count(1))


@dataclass(frozen=True, eq=False)
class HouseOfTests:
    """What the forum needs of a house."""

    database: Database
    modules: tuple[Any, ...] = ()


def trace(by: Actor, at: datetime = NOW) -> Trace:
    return Trace(by.id, by.name, " ".join(sorted(by.roles)), by.structure, by.means, "", at, "consultation", "test")


def as_(by: Actor, at: datetime = NOW) -> dict[str, Any]:
    """`by` and `trace` of an action."""
    return {"by": by, "trace": trace(by, at)}


def said(
    text: str = "Cette exigence mérite un exemple.", title: str = "Un exemple", anchor: Anchor | None = None,
    kind: ContributionKind = ContributionKind.REMARK, rewording: Rewording | None = None,
) -> Submission:  # fmt: skip
    return Submission(anchor or Anchor("ins"), kind, title, text, rewording)


def consultation(**changes: Any) -> NewConsultation:
    facts: dict[str, Any] = {
        "id": ID,
        "edition": "2026",
        "title": "Concertation de test",
        "introduction": "Dites ce qui manque.",
        "opens": OPENS,
        "closes": CLOSES,
    }
    return NewConsultation(**{**facts, **changes})


async def prepared(forum: Forum, **changes: Any) -> Consultation:
    """A consultation that is open."""
    new = await actions.prepare(forum, consultation(**changes), **as_(EDITOR))
    return await actions.move(forum, new.id, "open", new.version, **as_(EDITOR))


async def filed(forum: Forum, text: str, by: Actor = ANNE, at: datetime = NOW, **changes: Any) -> Contribution:
    return await actions.contribute(forum, ID, said(text, **changes), next(keys), **as_(by, at))


async def changed(forum: Forum, requirement: str, statement: str, *causes: int, by: Actor = EDITOR) -> int:
    """The number of a change of the draft."""
    file = await actions.requirement_file(forum, ID, requirement, by=by)
    reason = Reason("Parce qu'on l'a demandé.", causes)
    change = await actions.edit_requirement(forum, ID, requirement, statement, file.version, reason, **as_(by))
    return change.id


async def refused(
    forum: Forum, id: int, by: Actor = EDITOR, answer: str = "Non, le texte le dit déjà."
) -> Contribution:
    return await actions.dispose(forum, id, Answer(Outcome.REFUSED, answer), 0, **as_(by))


async def step(forum: Forum, *names: str, at: datetime = NOW) -> Consultation:
    """Take the consultation through transitions."""
    current = await actions.consultation(forum, ID)
    for name in names:
        current = await actions.move(forum, ID, name, current.version, **as_(EDITOR, at))
    return current


async def events(forum: Forum, count: int = 100) -> Sequence[Event]:
    """What the chain of consultations keeps, the latest first."""
    wanted = traces.Wanted(schemas=frozenset({"consultation"}))
    return [one.event for one in (await traces.page(forum.database, wanted, count)).found]  # type: ignore[arg-type]


LATER = CLOSES + timedelta(hours=1)
