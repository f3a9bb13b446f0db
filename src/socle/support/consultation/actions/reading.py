"""What anyone may read: contributions that are published, what is said about them, and where they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import ANONYMOUS, Actor, decide
from socle.support.consultation.actions.forum import Forum, Page, at_desk, bounded, missing, reader_of
from socle.support.consultation.model import (
    Anchor,
    Argument,
    Attachment,
    Change,
    Consultation,
    Contribution,
    Near,
    Rewording,
    State,
    Theme,
)
from socle.support.consultation.permissions import MODERATE
from socle.support.consultation.rules import themes as rules
from socle.support.consultation.store.contributions import Wanted
from socle.support.consultation.store.figures import Figures
from socle.support.consultation.store.rows import (
    argument_of,
    attachment_of,
    change_of,
    consultation_of,
    contribution_of,
)
from socle.support.consultation.store.similar import Similar

_LEADING = 40  # words that themes are made of


@dataclass(frozen=True, slots=True)
class Version:
    """A text that a contribution had."""

    version: int
    title: str
    text: str
    rewording: Rewording | None
    at: datetime


async def consultations(forum: Forum) -> tuple[Consultation, ...]:
    """Every consultation, the latest first."""
    return tuple(consultation_of(row) for row in await forum.consultations.all())


async def consultation(forum: Forum, id: str) -> Consultation:
    """One consultation. Raises: Problem(NOT_FOUND)."""
    return await forum.known(id)


async def page(
    forum: Forum, wanted: Wanted, *, after: str = "", count: int = 50, by: Actor = ANONYMOUS
) -> Page[Contribution]:
    """Some contributions of a list. Hidden ones come without their text, withdrawn ones only to their author.

    Raises: Problem(INVALID) when `after` cannot be read.
    """
    rows, following = await forum.contributions.page(wanted, after, bounded(count))
    reader, desk = reader_of(by), at_desk(by)
    return Page(tuple(contribution_of(row, reader=reader, desk=desk) for row in rows), following)


async def count_of(forum: Forum, wanted: Wanted) -> int | None:
    """How many contributions a filter keeps, from the counters; None when only reading them all would tell."""
    return await Figures(forum.database).count(wanted)


async def contribution(forum: Forum, id: int, *, by: Actor = ANONYMOUS, trace: Trace | None = None) -> Contribution:
    """One contribution. With a `trace`, a moderator reads what is hidden, and that is recorded.

    Raises: Problem(NOT_FOUND).
    """
    row = await forum.contribution(id)
    reveal = False
    if trace is not None and row["state"] == State.HIDDEN and decide(by, MODERATE).allowed:
        await forum.seen([row["actor"]], trace, f"hidden contribution/{id}")
        reveal = True
    return contribution_of(row, reader=reader_of(by), desk=at_desk(by), reveal=reveal)


async def several(forum: Forum, ids: Sequence[int], *, by: Actor = ANONYMOUS) -> tuple[Contribution, ...]:
    """Those of these numbers that exist."""
    rows = await forum.contributions.read_many(ids[:1000])
    return tuple(contribution_of(row, reader=reader_of(by), desk=at_desk(by)) for row in rows)


async def versions(forum: Forum, id: int) -> tuple[Version, ...]:
    """The texts that a contribution had before the current one, the oldest first; none when it is not shown."""
    row = await forum.contribution(id)
    if row["state"] != State.SHOWN:
        return ()
    return tuple(
        Version(
            one["version"],
            one["title"],
            one["text"],
            Rewording(one["before"], one["after"]) if one["before"] is not None else None,
            one["at"],
        )
        for one in await forum.contributions.versions(id)
    )


async def arguments(
    forum: Forum, id: int, *, after: str = "", count: int = 50, by: Actor = ANONYMOUS, trace: Trace | None = None
) -> Page[Argument]:
    """Arguments about a contribution, the oldest first. Moderators read hidden ones as in `contribution`.

    Raises: Problem(NOT_FOUND); Problem(INVALID) when `after` cannot be read.
    """
    row = await forum.contribution(id)
    if row["state"] == State.WITHDRAWN:
        return Page(())
    rows, following = await forum.threads.arguments(id, after, bounded(count))
    hidden = [one["actor"] for one in rows if one["state"] == State.HIDDEN]
    reveal = False
    if trace is not None and hidden and decide(by, MODERATE).allowed:
        await forum.seen(hidden, trace, f"hidden arguments of contribution/{id}")
        reveal = True
    return Page(tuple(argument_of(one, reader=reader_of(by), reveal=reveal) for one in rows), following)


async def attachments(forum: Forum, id: int) -> tuple[Attachment, ...]:
    """Files of a contribution; none when it is not shown. Raises: Problem(NOT_FOUND)."""
    row = await forum.contribution(id)
    if row["state"] != State.SHOWN:
        return ()
    return tuple(attachment_of(one) for one in await forum.threads.attachments([id]))


async def attachment(forum: Forum, id: int) -> tuple[Attachment, bytes]:
    """A file and its content. Raises: Problem(NOT_FOUND); Problem(GONE) when its contribution is no longer shown."""
    row = await forum.threads.attachment(id) if 0 < id < 2**63 else None
    if row is None:
        raise missing("ce fichier", "such file")
    if row["state"] != State.SHOWN:
        raise Problem.of(
            Kind.GONE,
            "La contribution qui portait ce fichier n'est plus affichée.",
            "The contribution that carried this file is no longer shown.",
        )
    return attachment_of(row), row["bytes"]


async def neighbours(forum: Forum, id: int, *, count: int = 5) -> tuple[Near, ...]:
    """Contributions that use the same rare words: perhaps duplicates. The nearest first."""
    return _near(await Similar(forum.database).near(id, bounded(count)))


async def neighbours_of_text(forum: Forum, consultation_id: str, text: str, *, count: int = 5) -> tuple[Near, ...]:
    """Contributions near a text that is being written; nothing is kept of it."""
    return _near(await Similar(forum.database).near_text(consultation_id, text[:20_000], bounded(count)))


async def themes(forum: Forum, consultation_id: str, *, count: int = 12) -> tuple[Theme, ...]:
    """What the contributions speak of: groups that share their leading words, the largest first."""
    figures, similar = Figures(forum.database), Similar(forum.database)
    total = await figures.count(Wanted(consultation_id)) or 0
    known = {row["stem"]: row for row in await similar.words(consultation_id)}
    stems = rules.leading([(stem, row["n"]) for stem, row in known.items()], total, _LEADING)
    holding = await similar.holding(consultation_id, stems)
    words = [rules.Word(known[stem]["surface"], holding[stem]) for stem in stems if stem in holding]
    return rules.themes(words, total, count)


async def counts_by_anchor(forum: Forum, consultation_id: str, chapter: str = "") -> Mapping[Anchor, int]:
    """How many contributions are shown at each place of a chapter."""
    rows = await Figures(forum.database).anchored(consultation_id, chapter)
    return {Anchor(row["chapter"], row["block"], row["requirement"]): row["n"] for row in rows}


async def changes(forum: Forum, consultation_id: str, *, contribution: int | None = None) -> tuple[Change, ...]:
    """What changes in the next edition, and which contributions caused it; for one contribution, what it caused."""
    return tuple(change_of(row) for row in await forum.drafts.changes(consultation_id, contribution))


async def duplicates_of(forum: Forum, id: int) -> tuple[int, ...]:
    """Numbers of the contributions that duplicate this one."""
    return tuple(await forum.contributions.duplicates(id))


def _near(rows: Sequence[Mapping[str, object]]) -> tuple[Near, ...]:
    found = []
    for row in rows:
        words = row["words"] if isinstance(row["words"], list) else []
        score = float(str(row["score"])) if row["score"] is not None else 0.0
        found.append(Near(int(str(row["id"])), str(row["title"]), round(score, 3), tuple(words)))
    return tuple(found)
