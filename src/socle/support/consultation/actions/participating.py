"""What participants do: make themselves known, contribute, support, argue, join a file. Nothing sent is ever lost."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Issue, Kind, Problem, Refused, Text
from socle.kernel.policy import Actor
from socle.support.consultation.actions.collisions import collision
from socle.support.consultation.actions.forum import Forum, contribution_name, missing, rules_of
from socle.support.consultation.actions.notices import notified
from socle.support.consultation.model import (
    LARGEST_ATTACHMENT,
    MOST_ATTACHMENTS,
    Argument,
    Attachment,
    Author,
    AuthorKind,
    Contribution,
    NoticeKind,
    Participant,
    Returned,
    Side,
    State,
    Submission,
    Supports,
)
from socle.support.consultation.permissions import CONTRIBUTE
from socle.support.consultation.rules import attachments as files
from socle.support.consultation.rules import contributing as rules
from socle.support.consultation.rules.exchange import place_fault
from socle.support.consultation.store import contributions, people, threads
from socle.support.consultation.store.rows import (
    argument_of,
    attachment_of,
    contribution_of,
    participant_of,
)
from socle.support.doctrine.actions import editions


async def participant(forum: Forum, *, by: Actor, trace: Trace) -> Participant | None:
    """Oneself, as the house knows one; None before the first contribution. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace) as trace:
        row = await forum.people.read(by.id)
        if row is None:
            return None
        await forum.seen([by.id], trace, "oneself")
        return participant_of(row)


async def register(forum: Forum, author: Author, email: str, *, by: Actor, trace: Trace) -> Participant:
    """Say under which name one speaks, and where notices go ("" for nowhere). Another name is verified anew.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN); Returned(INVALID).
    """
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace) as trace:
        author, email = rules.tidied_author(author, email)
        written = people.register(by.id, author, email, trace.at)
        await forum.write([written], trace, Action.UPDATE, [f"participant/{by.id}"], [by.id])
        row = await forum.people.read(by.id)
        assert row is not None
        return participant_of(row)


async def contribute(
    forum: Forum, consultation_id: str, submission: Submission, key: str, *, by: Actor, trace: Trace
) -> Contribution:
    """File a contribution. The same `key` (drawn with the form), or the same words again, give the same contribution.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND); Returned with the text: TOO_LARGE, INVALID (an anchor that
    does not exist), RULE_VIOLATED (CONS-001: too early, too late), THROTTLED, CONFLICT (the key served another text).
    """
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace) as trace:
        rules.checked_key(key)
        consultation = await forum.known(consultation_id)
        said = rules.tidied(submission)
        again = await forum.contributions.of_key(by.id, key) or await forum.contributions.same(
            by.id, consultation_id, said.anchor, said.title, said.text
        )
        if again is not None:
            return _same(again, said, submission, by)
        decision = rules.may_contribute(consultation, said.anchor.chapter, now=trace.at)
        if isinstance(decision, Refused):
            raise _returned(decision, submission.text)
        await _anchored(forum, consultation.edition, said, submission.text)
        rules.within(
            rules.CONTRIBUTIONS, await forum.contributions.since(by.id, trace.at - rules.HOUR), submission.text
        )
        id = await forum.contributions.next_number()
        statements = [
            people.register_once(by.id, author_of(by), trace.at),
            contributions.insert(id, consultation_id, by.id, key, said, trace.at),
            *await notified(forum, [by.id], NoticeKind.RECEIVED, consultation_id, id, said.title, trace),
        ]
        try:
            await forum.write(statements, trace, Action.CREATE, [contribution_name(id)], [by.id])
        except Problem as problem:
            if contributions.WINDOW_RULE in rules_of(problem):  # it closed in the meantime
                closed = rules.may_contribute(
                    replace(await forum.known(consultation_id), closes=trace.at), said.anchor.chapter, now=trace.at
                )
                if isinstance(closed, Refused):
                    raise _returned(closed, submission.text) from problem
            raise
        row = await forum.contributions.of_key(by.id, key)
        assert row is not None
        return _same(row, said, submission, by)


async def amend(
    forum: Forum, id: int, submission: Submission, version: int, *, by: Actor, trace: Trace
) -> Contribution:
    """Replace one's text, as long as it is not answered and the window is open; the former one is kept.

    Raises: Returned(CONFLICT) with both texts when it changed since `version`; the others as `contribute`.
    """
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        said = rules.tidied(replace(submission, anchor=contribution_of(row).anchor))
        consultation = await forum.known(row["consultation"])
        for decision in (
            rules.may_amend(row["actor"], by.id, State(row["state"]), bool(row["outcome"])),
            rules.may_contribute(consultation, "", now=trace.at),
        ):
            if isinstance(decision, Refused):
                raise _returned(decision, submission.text)
        await _anchored(forum, consultation.edition, said, submission.text)
        try:
            written = contributions.amend(id, version, said, trace.at)
            await forum.write(
                [written], trace, Action.UPDATE, [f"{contribution_name(id)}/_history/{version + 1}"], [by.id]
            )
        except Problem as problem:
            raise await collision(forum, id, submission.text, problem) from problem
        return contribution_of(await forum.contribution(id), reader=by.id)


async def withdraw(forum: Forum, id: int, version: int, *, by: Actor, trace: Trace) -> Contribution:
    """Take one's contribution back: its text is no longer shown nor exported. Raises: as `amend`."""
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        rules.may_amend(row["actor"], by.id, State(row["state"]), bool(row["outcome"])).or_raise()
        try:
            written = contributions.set_state(id, version, State.WITHDRAWN, None)
            await forum.write([written], trace, Action.UPDATE, [contribution_name(id)], [by.id])
        except Problem as problem:
            raise await collision(forum, id, "", problem) from problem
        return contribution_of(await forum.contribution(id), reader=by.id)


async def support(forum: Forum, id: int, *, by: Actor, trace: Trace) -> Supports:
    """Support a contribution, once; again changes nothing. Raises: Problem(RULE_VIOLATED | THROTTLED | NOT_FOUND)."""
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        _still_shown(row)
        rules.may_support(row["actor"], by.id).or_raise()
        rules.may_contribute(await forum.known(row["consultation"]), row["chapter"], now=trace.at).or_raise()
        if id not in await forum.threads.supported(by.id, [id]):
            rules.within(rules.SUPPORTS, await forum.threads.supports_since(by.id, trace.at - rules.HOUR), "")
            statements = [
                people.register_once(by.id, author_of(by), trace.at),
                threads.support(id, by.id, trace.at),
            ]
            await forum.write(statements, trace, Action.CREATE, [f"{contribution_name(id)}/support"], [by.id])
        return contribution_of(await forum.contribution(id)).supports


async def withdraw_support(forum: Forum, id: int, *, by: Actor, trace: Trace) -> Supports:
    """No longer support a contribution. Raises: Problem(RULE_VIOLATED) when the window is over."""
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        rules.may_contribute(await forum.known(row["consultation"]), row["chapter"], now=trace.at).or_raise()
        if id in await forum.threads.supported(by.id, [id]):
            written = threads.withdraw_support(id, by.id)
            await forum.write([written], trace, Action.DELETE, [f"{contribution_name(id)}/support"], [by.id])
        return contribution_of(await forum.contribution(id)).supports


async def supports_of(forum: Forum, ids: list[int], *, by: Actor) -> frozenset[int]:
    """Those of these contributions that the reader supports."""
    return await forum.threads.supported(by.id, ids) if by.is_authenticated else frozenset()


async def argue(forum: Forum, id: int, side: Side, text: str, key: str, *, by: Actor, trace: Trace) -> Argument:
    """Give an argument for or against a contribution; the same `key` gives the same argument.

    Raises: Returned with the text (TOO_LARGE, INVALID, RULE_VIOLATED, THROTTLED); Problem(NOT_FOUND).
    """
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=contribution_name(id)) as trace:
        rules.checked_key(key)
        row = await forum.contribution(id)
        said = rules.tidied_text("text", text)
        again = await forum.threads.argument_of_key(by.id, key)
        if again is not None:
            return argument_of(again, reader=by.id)
        _still_shown(row)
        decision = rules.may_contribute(await forum.known(row["consultation"]), row["chapter"], now=trace.at)
        if isinstance(decision, Refused):
            raise _returned(decision, text)
        rules.within(rules.ARGUMENTS, await forum.threads.arguments_since(by.id, trace.at - rules.HOUR), text)
        number = await forum.contributions.next_number()
        statements = [
            people.register_once(by.id, author_of(by), trace.at),
            threads.argue(number, id, by.id, key, side, said, trace.at),
        ]
        await forum.write(statements, trace, Action.CREATE, [f"argument/{number}", contribution_name(id)], [by.id])
        found = await forum.threads.argument_of_key(by.id, key)
        assert found is not None
        return argument_of(found, reader=by.id)


async def withdraw_argument(forum: Forum, argument_id: int, *, by: Actor, trace: Trace) -> Argument:
    """Take one's argument back. Raises: Problem(NOT_FOUND | RULE_VIOLATED)."""
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=f"argument/{argument_id}") as trace:
        row = await forum.threads.argument(argument_id)
        if row is None:
            raise missing("cet argument", "such argument")
        rules.may_amend(row["actor"], by.id, State(row["state"]), answered=False).or_raise()
        written = threads.set_argument_state(argument_id, State.SHOWN, State.WITHDRAWN, None)
        await forum.write([written], trace, Action.UPDATE, [f"argument/{argument_id}"], [by.id])
        return argument_of({**row, "state": State.WITHDRAWN}, reader=by.id)


async def attach(forum: Forum, id: int, name: str, content: bytes, *, by: Actor, trace: Trace) -> Attachment:
    """Join a file to one's contribution; its type is read in its content. The same file again changes nothing.

    Raises: Problem(TOO_LARGE | UNSUPPORTED_MEDIA | RULE_VIOLATED | NOT_FOUND).
    """
    async with forum.guarded(CONTRIBUTE, by=by, trace=trace, about=contribution_name(id)) as trace:
        row = await forum.contribution(id)
        rules.may_amend(row["actor"], by.id, State(row["state"]), bool(row["outcome"])).or_raise()
        rules.may_contribute(await forum.known(row["consultation"]), row["chapter"], now=trace.at).or_raise()
        media_type = files.media_type_of(content[: LARGEST_ATTACHMENT + 1])
        digest = sha256(content).hexdigest()
        number = await forum.contributions.next_number()
        said = Attachment(number, id, files.shown_name(name, media_type), media_type, len(content), digest, trace.at)
        try:
            written = threads.attach(said, content, MOST_ATTACHMENTS)
            await forum.write(written, trace, Action.CREATE, [f"attachment/{number}", contribution_name(id)], [by.id])
        except Problem as problem:
            if files.RULE not in rules_of(problem):
                raise
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"Pas plus de {MOST_ATTACHMENTS} fichiers par contribution.",
                f"No more than {MOST_ATTACHMENTS} files for a contribution.",
                expression="file",
                rule=files.RULE,
            ) from problem
        kept = [attachment_of(one) for one in await forum.threads.attachments([id]) if one["hash"] == digest]
        return kept[0]


def author_of(by: Actor) -> Author:
    """How an actor who has not said otherwise is shown."""
    return Author(AuthorKind.PERSON, by.name, by.structure)


def _same(row: Any, said: Submission, sent: Submission, by: Actor) -> Contribution:
    """What is filed, if it is what was said. Raises: Returned(CONFLICT) when the key served another text."""
    kept = contribution_of(row, reader=by.id)
    if row["version"] == 1 and (kept.title, kept.text, kept.anchor) != (said.title, said.text, said.anchor):
        raise Returned(
            Kind.CONFLICT,
            Issue(
                Text(
                    f"Ce formulaire a déjà servi à déposer {kept.reference} : ouvrez-en un autre pour ce nouveau texte, "
                    "ou modifiez votre contribution.",
                    f"This form was already used to file {kept.reference}: open another for this new text, or change "
                    "your contribution.",
                ),
                ("key",),
                "CONS-002",
            ),
            yours=sent.text,
            theirs=kept.text,
            version=kept.version,
        )
    return kept


def _returned(refused: Refused, yours: str) -> Returned:
    return Returned(Kind.RULE_VIOLATED, Issue(refused.text, refused.expression, refused.requirement), yours=yours)


def _still_shown(row: Any) -> None:
    if row["state"] != State.SHOWN:
        raise Problem.of(
            Kind.GONE,
            "Cette contribution a été retirée ou masquée.",
            "This contribution was withdrawn or hidden.",
            rule=rules.OWN_RULE,
        )


async def _anchored(forum: Forum, edition_id: str, said: Submission, yours: str) -> None:
    """That the anchor is something of the edition. Raises: Returned(INVALID)."""
    edition = (await editions(forum.house)).get(edition_id)
    if edition is None:
        raise missing(f"l'édition {edition_id}", f"edition {edition_id}")
    anchor = said.anchor
    wrong = place_fault(anchor, edition)
    if wrong:
        place = getattr(anchor, wrong)
        raise Returned(
            Kind.INVALID,
            Issue(
                Text(
                    f"L'édition {edition_id} n'a pas « {place[:60]} » à cet endroit : choisissez un chapitre, un "
                    "paragraphe ou une exigence de cette édition.",
                    f"Edition {edition_id} has no “{place[:60]}” there: choose a chapter, a paragraph or a requirement "
                    "of this edition.",
                ),
                (wrong,),
                "CONS-024",
            ),
            yours=yours,
        )
