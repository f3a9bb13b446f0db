"""What editors do with contributions: take them in charge, answer them, gather duplicates, use answers written once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Actor
from socle.kernel.store.contract import Row
from socle.support.consultation.actions.collisions import both, collision
from socle.support.consultation.actions.forum import Forum, Page, bounded, contribution_name, missing, rules_of
from socle.support.consultation.actions.notices import notified
from socle.support.consultation.model import (
    LONGEST_ANSWER,
    LONGEST_TITLE,
    CannedAnswer,
    Contribution,
    NoticeKind,
    Outcome,
    State,
)
from socle.support.consultation.permissions import EDIT
from socle.support.consultation.rules import contributing, dispositions
from socle.support.consultation.store import consultations, contributions, drafts
from socle.support.consultation.store.contributions import VERSION_RULE, Wanted
from socle.support.consultation.store.rows import contribution_of

MOST_AT_ONCE: Final = 500  # contributions merged or assigned in one go
OUTCOMES: Final = {
    Outcome.ACCEPTED: Text("retenue", "accepted"),
    Outcome.PARTLY: Text("retenue en partie", "partly accepted"),
    Outcome.REFUSED: Text("non retenue", "refused"),
    Outcome.DUPLICATE: Text("doublon", "duplicate"),
    Outcome.OUT_OF_SCOPE: Text("hors sujet", "out of scope"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an editor answers.

    change    the change of the next edition that it caused (accepted, partly)
    original  the contribution that it duplicates
    """

    outcome: Outcome
    answer: str
    change: int | None = None
    original: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What an editor has in charge; `editor` "" for what nobody has."""

    editor: str
    answered: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the treatment of a consultation stands. `last_day` counts the answers of the last 24 hours."""

    answered: int
    waiting: int
    last_day: int
    loads: tuple[Load, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """An editor's private draft of an answer; version 0 when there is none."""

    contribution: int
    text: str
    version: int
    at: datetime | None = None


async def queue(
    forum: Forum, wanted: Wanted, *, after: str = "", count: int = 50, by: Actor, trace: Trace
) -> Page[Contribution]:
    """Contributions as the desk shows them, with who is in charge. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        rows, following = await forum.contributions.page(wanted, after, bounded(count))
        return Page(tuple(contribution_of(row, desk=True) for row in rows), following)


async def progress(forum: Forum, consultation_id: str, *, by: Actor, trace: Trace) -> Progress:
    """What is answered, what waits, and whose it is. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(EDIT, by=by, trace=trace) as trace:
        sql, args = consultations.answered_between(consultation_id, trace.at - timedelta(days=1))
        rows = await forum.database.query(sql, *args)
        loads = tuple(Load(row["assignee_name"], row["answered"], row["waiting"]) for row in rows)
        return Progress(
            sum(load.answered for load in loads),
            sum(load.waiting for load in loads),
            sum(row["recently"] for row in rows),
            loads,
        )


async def assign(forum: Forum, ids: Sequence[int], assignee: str, name: str, *, by: Actor, trace: Trace) -> int:
    """Put an actor (its id and public name) in charge of contributions, nobody with ""; answers how many.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID).
    """
    async with forum.guarded(EDIT, by=by, trace=trace) as trace:
        known = await _known(forum, ids)
        if known:
            written = contributions.assign(known, assignee, name if assignee else "")
            await forum.write([written], trace, Action.UPDATE, [contribution_name(id) for id in known])
        return len(known)


async def dispose(forum: Forum, id: int, said: Answer, version: int, *, by: Actor, trace: Trace) -> Contribution:
    """Answer a contribution, in public, or answer it otherwise; its author is told.

    version  of the answer seen: 0 when there was none
    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | RULE_VIOLATED); Returned (INVALID, TOO_LARGE; CONFLICT with
    both answers when another editor answered in the meantime).
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=contribution_name(id)) as trace:
        answer = contributing.tidied_text("answer", said.answer, LONGEST_ANSWER)
        row = await forum.contribution(id)
        await _may_answer(forum, row, replace(said, answer=answer))
        told = f"« {row['title']} » : {OUTCOMES[said.outcome].fr}.\n\n{answer}"
        statements = [
            contributions.dispose(id, version, said.outcome, answer, trace.at, said.change, said.original),
            *([drafts.no_longer_cause(row["change"], id)] if row["change"] not in (None, said.change) else []),
            *([drafts.cause(said.change, row["consultation"], [id])] if said.change is not None else []),
            *await notified(forum, [row["actor"]], NoticeKind.ANSWERED, row["consultation"], id, told, trace),
        ]
        try:
            await forum.write(statements, trace, Action.UPDATE, [f"{contribution_name(id)}/answer"], [row["actor"]])
        except Problem as problem:
            raise await collision(forum, id, said.answer, problem, answer=True) from problem
        return contribution_of(await forum.contribution(id), desk=True)


async def merge(forum: Forum, ids: Sequence[int], original: int, answer: str, *, by: Actor, trace: Trace) -> int:
    """Answer several contributions as duplicates of `original`, all of them or none; answers how many.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | INVALID | NOT_FOUND | RULE_VIOLATED: CONS-009).
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=contribution_name(original)) as trace:
        said = contributing.tidied_text("answer", answer, LONGEST_ANSWER)
        known = [id for id in await _known(forum, ids) if id != original]
        first = await forum.contribution(original)
        rows = await forum.contributions.read_many(known)
        statements = contributions.merge(known, original, said, trace.at)
        for row in rows:
            told = f"« {row['title']} » : doublon de C-{original}, « {first['title']} ».\n\n{said}"
            statements += await notified(
                forum, [row["actor"]], NoticeKind.ANSWERED, row["consultation"], row["id"], told, trace
            )
        try:
            entities = [f"{contribution_name(id)}/answer" for id in known]
            await forum.write(statements, trace, Action.UPDATE, entities, [row["actor"] for row in rows])
        except Problem as problem:
            if dispositions.ORIGINAL_RULE not in rules_of(problem):
                raise
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"Rien n'a été rattaché : C-{original} et toutes les autres doivent être affichées, de la même "
                "concertation (encore ouverte ou en traitement), et n'être ni l'original ni le doublon d'une autre.",
                f"Nothing was merged: C-{original} and all the others must be shown, of the same consultation (still open "
                "or in treatment), and be neither the original nor the duplicate of another.",
                expression="ids",
                rule=dispositions.ORIGINAL_RULE,
            ) from problem
        return len(known)


async def canned_answers(forum: Forum, *, by: Actor, trace: Trace) -> tuple[CannedAnswer, ...]:
    """Answers written once. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        return tuple(
            CannedAnswer(row["id"], row["label"], Outcome(row["outcome"]), row["text"], row["version"])
            for row in await forum.drafts.canned()
        )


async def save_canned(forum: Forum, said: CannedAnswer, *, by: Actor, trace: Trace) -> CannedAnswer:
    """Keep a canned answer: a new one when its version is 0 (its id is then drawn), else in place of the version seen.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN); Returned (INVALID, TOO_LARGE, CONFLICT).
    """
    async with forum.guarded(EDIT, by=by, trace=trace) as trace:
        tidy = CannedAnswer(
            said.id if said.version else await forum.contributions.next_number(),
            contributing.tidied_text("label", said.label, LONGEST_TITLE),
            said.outcome,
            contributing.tidied_text("text", said.text, LONGEST_ANSWER),
            said.version,
        )
        await _keep_canned(forum, tidy, trace, kept=True)
        return replace(tidy, version=said.version + 1)


async def delete_canned(forum: Forum, said: CannedAnswer, *, by: Actor, trace: Trace) -> None:
    """Propose a canned answer no longer. Raises: as `save_canned`."""
    async with forum.guarded(EDIT, by=by, trace=trace) as trace:
        await _keep_canned(forum, said, trace, kept=False)


async def note(forum: Forum, contribution_id: int, *, by: Actor, trace: Trace) -> Note:
    """The draft of an answer that editors share; not public. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(EDIT, by=by, trace=trace):
        row = await forum.drafts.note(contribution_id)
        if row is None:
            return Note(contribution_id, "", 0)
        return Note(contribution_id, row["text"], row["version"], row["at"])


async def keep_note(forum: Forum, contribution_id: int, text: str, version: int, *, by: Actor, trace: Trace) -> Note:
    """Keep the draft of an answer. Raises: Returned(CONFLICT) with both when another editor kept one in the meantime."""
    async with forum.guarded(EDIT, by=by, trace=trace, about=contribution_name(contribution_id)) as trace:
        await forum.contribution(contribution_id)
        said = contributing.tidied_text("text", text, LONGEST_ANSWER)
        try:
            written = drafts.keep_note(contribution_id, said, version, trace.at)
            await forum.write([written], trace, Action.UPDATE, [f"{contribution_name(contribution_id)}/note"])
        except Problem as problem:
            if VERSION_RULE not in rules_of(problem):
                raise
            row = await forum.drafts.note(contribution_id)
            theirs, now = (row["text"], row["version"]) if row else ("", 0)
            raise both(Text("Le brouillon de réponse", "The draft of the answer"), text, theirs, now) from problem
        return Note(contribution_id, said, version + 1, trace.at)


async def _may_answer(forum: Forum, row: Row, said: Answer) -> None:
    original = None
    if said.original is not None:
        found = await forum.contributions.read(said.original)
        if found is not None:
            original = dispositions.Original(
                found["id"],
                found["consultation"],
                State(found["state"]),
                Outcome(found["outcome"]) if found["outcome"] else None,
                found["original"],
            )
    change = await forum.drafts.change(said.change) if said.change is not None else None
    dispositions.may_answer(
        said.outcome,
        id=row["id"],
        consultation=await forum.known(row["consultation"]),
        state=State(row["state"]),
        change=said.change,
        change_known=change is not None and change["consultation"] == row["consultation"],
        original=original,
        has_duplicates=bool(await forum.contributions.duplicates(row["id"])),
    ).or_raise()


async def _keep_canned(forum: Forum, said: CannedAnswer, trace: Trace, *, kept: bool) -> None:
    try:
        written = drafts.keep_canned(said, said.version, kept=kept)
        await forum.write([written], trace, Action.UPDATE, [f"canned/{said.id}"])
    except Problem as problem:
        if VERSION_RULE not in rules_of(problem):
            raise
        theirs = next((row for row in await forum.drafts.canned() if row["id"] == said.id), None)
        what = Text("Cette réponse type", "This canned answer")
        stands = (theirs["text"], theirs["version"]) if theirs else ("", 0)
        raise both(what, said.text, *stands) from problem


async def _known(forum: Forum, ids: Sequence[int]) -> list[int]:
    """Those numbers, each once, all of which must exist. Raises: Problem(INVALID | NOT_FOUND)."""
    wanted = list(dict.fromkeys(ids))
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise Problem.of(
            Kind.INVALID,
            f"Choisissez de 1 à {MOST_AT_ONCE} contributions.",
            f"Choose 1 to {MOST_AT_ONCE} contributions.",
            expression="ids",
        )
    known = {row["id"] for row in await forum.contributions.read_many([id for id in wanted if 0 < id < 2**63])}
    lacking = [id for id in wanted if id not in known]
    if lacking:
        raise missing(f"la contribution C-{lacking[0]}", f"contribution C-{lacking[0]}")
    return wanted
