"""The figures of a consultation, from counters kept as things are written."""

from collections import Counter

from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.model import (
    AuthorKind,
    ContributionKind,
    Outcome,
    State,
    Statistics,
    Supports,
)
from socle.support.consultation.store.figures import Figures


async def statistics(forum: Forum, consultation_id: str) -> Statistics:
    """Everything that the synthesis page shows. Raises: Problem(NOT_FOUND)."""
    await forum.known(consultation_id)
    figures = Figures(forum.database)
    chapters: Counter[str] = Counter()
    kinds: Counter[ContributionKind] = Counter()
    authors: Counter[AuthorKind] = Counter()
    outcomes: Counter[Outcome | None] = Counter()
    states: Counter[State] = Counter()
    for row in await figures.tally(consultation_id):
        n = row["n"]
        states[State(row["state"])] += n
        if row["state"] != State.SHOWN:
            continue
        chapters[row["chapter"]] += n
        kinds[ContributionKind(row["kind"])] += n
        authors[AuthorKind(row["author_kind"])] += n
        outcomes[Outcome(row["outcome"]) if row["outcome"] else None] += n
    totals = await figures.totals(consultation_id)
    people = await figures.taking_part(consultation_id)
    shown = states[State.SHOWN]
    return Statistics(
        contributions=shown,
        answered=shown - outcomes[None],
        hidden=states[State.HIDDEN],
        withdrawn=states[State.WITHDRAWN],
        participants=people["participants"],
        organisations=people["organisations"],
        verified=people["verified"],
        supports=Supports(totals["supports_verified"], totals["supports_unverified"]),
        arguments=totals["arguments"],
        changes=totals["changes"],
        per_chapter={chapter: n for chapter, n in chapters.most_common() if n},
        per_kind={kind: kinds[kind] for kind in ContributionKind},
        per_author={kind: authors[kind] for kind in AuthorKind},
        per_outcome={None: outcomes[None], **{outcome: outcomes[outcome] for outcome in Outcome}},
        per_day={row["day"].isoformat(): row["n"] for row in await figures.received(consultation_id)},
    )
