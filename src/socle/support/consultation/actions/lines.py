"""The queue of the desk: its order, its groups of near-duplicates, who works on it. For editors and moderators."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, decide
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.permissions import EDIT, MODERATE
from socle.support.consultation.rules.alike import groups
from socle.support.consultation.store.contributions import Wanted
from socle.support.consultation.store.lines import Lines

MOST: Final = 2000  # contributions in one queue; beyond, filter
COMPARED: Final = 600  # contributions compared with each other at once, the oldest that wait


@asynccontextmanager
async def at_the_desk(forum: Forum, *, by: Actor, trace: Trace) -> AsyncIterator[Trace]:
    """Let editors and moderators in; a refusal is traced. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    permission = MODERATE if decide(by, MODERATE).allowed else EDIT
    async with forum.guarded(permission, by=by, trace=trace) as trace:
        yield trace


async def line(forum: Forum, wanted: Wanted, *, by: Actor, trace: Trace) -> tuple[int, ...]:
    """The numbers of a queue in its order, `MOST` at most. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with at_the_desk(forum, by=by, trace=trace):
        return tuple(await forum.contributions.order(wanted, MOST))


async def near_duplicates(forum: Forum, id: str, *, by: Actor, trace: Trace) -> tuple[tuple[int, ...], ...]:
    """Groups of contributions that wait and say nearly the same. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        return groups(await Lines(forum.database).waiting_stems(id, COMPARED))


async def editors(forum: Forum, id: str, *, by: Actor, trace: Trace) -> tuple[tuple[str, str], ...]:
    """Who is in charge of something: actor and public name. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        return tuple((row["assignee"], row["name"]) for row in await Lines(forum.database).editors(id))
