"""Moderation by the published rules, and the verification of who speaks. Nothing is deleted, everything is traced."""

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Problem
from socle.kernel.policy import Actor
from socle.kernel.store.contract import Row
from socle.support.consultation.actions.collisions import collision
from socle.support.consultation.actions.forum import Forum, Page, bounded, contribution_name, missing, participant
from socle.support.consultation.actions.notices import notified
from socle.support.consultation.model import (
    Argument,
    Contribution,
    ModerationRule,
    NoticeKind,
    Participant,
    State,
)
from socle.support.consultation.permissions import MODERATE, PERSONAL
from socle.support.consultation.rules import contributing, moderation
from socle.support.consultation.store import contributions, people, threads
from socle.support.consultation.store.rows import argument_of, contribution_of, participant_of


async def hide(
    forum: Forum, id: int, rule: ModerationRule, words: str, version: int, *, by: Actor, trace: Trace
) -> Contribution:
    """Hide a contribution that breaks a published rule; `words` say how, in public. Its author is told.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | RULE_VIOLATED); Returned(CONFLICT).
    """
    async with forum.guarded(MODERATE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        said = contributing.tidied_text("words", words)
        moderation.may_hide(State(row["state"])).or_raise()
        told = f"« {row['title']} »\n\n{moderation.RULES[rule].fr}\n{said}"
        try:
            await forum.write(
                [
                    contributions.set_state(id, version, State.HIDDEN, trace.at, rule, said),
                    *await notified(forum, [row["actor"]], NoticeKind.HIDDEN, row["consultation"], id, told, trace),
                ],
                trace,
                Action.UPDATE,
                [contribution_name(id)],
                [row["actor"]],
            )
        except Problem as problem:
            raise await collision(forum, id, words, problem) from problem
        return contribution_of(await forum.contribution(id), desk=True, reveal=True)


async def restore(forum: Forum, id: int, version: int, *, by: Actor, trace: Trace) -> Contribution:
    """Show again what moderation hid. Raises: as `hide`."""
    async with forum.guarded(MODERATE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        moderation.may_restore(State(row["state"])).or_raise()
        try:
            await forum.write(
                [
                    contributions.set_state(id, version, State.SHOWN, None),
                    *await notified(
                        forum,
                        [row["actor"]],
                        NoticeKind.RESTORED,
                        row["consultation"],
                        id,
                        f"« {row['title']} »",
                        trace,
                    ),
                ],
                trace,
                Action.UPDATE,
                [contribution_name(id)],
                [row["actor"]],
            )
        except Problem as problem:
            raise await collision(forum, id, "", problem) from problem
        return contribution_of(await forum.contribution(id), desk=True)


async def hide_argument(
    forum: Forum, argument_id: int, rule: ModerationRule, words: str, *, by: Actor, trace: Trace
) -> Argument:
    """Hide an argument that breaks a published rule. Raises: as `hide`."""
    async with forum.guarded(MODERATE, by=by, trace=trace, about=f"argument/{argument_id}") as trace:
        row = await _argument(forum, argument_id)
        said = contributing.tidied_text("words", words)
        moderation.may_hide(State(row["state"])).or_raise()
        written = threads.set_argument_state(argument_id, State.SHOWN, State.HIDDEN, trace.at, rule, said)
        await forum.write([written], trace, Action.UPDATE, [f"argument/{argument_id}"], [row["actor"]])
        return argument_of(await _argument(forum, argument_id), reveal=True)


async def restore_argument(forum: Forum, argument_id: int, *, by: Actor, trace: Trace) -> Argument:
    """Show again an argument that moderation hid. Raises: as `hide`."""
    async with forum.guarded(MODERATE, by=by, trace=trace, about=f"argument/{argument_id}") as trace:
        row = await _argument(forum, argument_id)
        moderation.may_restore(State(row["state"])).or_raise()
        written = threads.set_argument_state(argument_id, State.HIDDEN, State.SHOWN, None)
        await forum.write([written], trace, Action.UPDATE, [f"argument/{argument_id}"], [row["actor"]])
        return argument_of(await _argument(forum, argument_id))


async def verify(forum: Forum, actor_id: str, verified: bool, *, by: Actor, trace: Trace) -> Participant:
    """Say that one has checked who a participant is, or no longer: their supports change sides in every count.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND).
    """
    async with forum.guarded(MODERATE, by=by, trace=trace, about=participant(actor_id)) as trace:
        if await forum.people.read(actor_id) is None:
            raise missing("ce participant", "such participant")
        written = people.verify(actor_id, verified)
        await forum.write([written], trace, Action.UPDATE, [participant(actor_id)], [actor_id])
        row = await forum.people.read(actor_id)
        assert row is not None
        return participant_of(row)


async def participants(forum: Forum, *, after: str = "", count: int = 50, by: Actor, trace: Trace) -> Page[Participant]:
    """Participants with their addresses, the latest first: personal data, the reading is traced.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID).
    """
    async with forum.guarded(PERSONAL, by=by, trace=trace) as trace:
        rows, following = await forum.people.page(after, bounded(count))
        await forum.seen([row["actor"] for row in rows], trace, "participants")
        return Page(tuple(participant_of(row) for row in rows), following)


async def author_of(forum: Forum, contribution_id: int, *, by: Actor, trace: Trace) -> Participant:
    """Who wrote a contribution, with their address: personal data, the reading is traced.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND).
    """
    async with forum.guarded(PERSONAL, by=by, trace=trace, about=contribution_name(contribution_id)) as trace:
        row = await forum.contribution(contribution_id)
        await forum.seen([row["actor"]], trace, f"author of {contribution_name(contribution_id)}")
        found = await forum.people.read(row["actor"])
        assert found is not None
        return participant_of(found)


async def _argument(forum: Forum, id: int) -> Row:
    row = await forum.threads.argument(id) if 0 < id < 2**63 else None
    if row is None:
        raise missing("cet argument", "such argument")
    return row
