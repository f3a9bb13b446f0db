"""From rows to values, and the places where a page of a list begins."""

from datetime import datetime
from typing import Any, Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.store.contract import Row
from socle.support.consultation.model import (
    Anchor,
    Argument,
    Attachment,
    Author,
    AuthorKind,
    Change,
    Consultation,
    Contribution,
    ContributionKind,
    Disposition,
    MediaType,
    Moderation,
    ModerationRule,
    Notice,
    NoticeKind,
    NoticeState,
    Outcome,
    Participant,
    Rewording,
    Side,
    State,
    Step,
    Supports,
)

SCHEMA: Final = "consultation"
AUTHOR: Final = "p.kind AS author_kind, p.name, p.organisation, p.verified"
CONTRIBUTION: Final = (
    "c.id, c.consultation, c.chapter, c.block, c.requirement, c.actor, c.kind, c.title, c.text, c.before, c.after, c.at, "
    "c.amended, c.version, c.state, c.synthetic, c.rule, c.words, c.moderated, c.supports_verified, "
    "c.supports_unverified, c.arguments_for, c.arguments_against, c.attachments, c.outcome, c.answer, c.answered, "
    f"c.change, c.original, c.answer_version, c.assignee, c.assignee_name, {AUTHOR}"
)
FROM_CONTRIBUTION: Final = "FROM consultation.contribution c JOIN consultation.participant p ON p.actor = c.actor"


def author_of(row: Row) -> Author:
    """Columns of AUTHOR."""
    return Author(AuthorKind(row["author_kind"]), row["name"], row["organisation"], row["verified"])


def consultation_of(row: Row) -> Consultation:
    """A row of `consultation`."""
    return Consultation(
        row["id"],
        row["edition"],
        row["next_edition"],
        row["title"],
        row["introduction"],
        tuple(row["chapters"]),
        row["opens"],
        row["closes"],
        Step(row["step"]),
        row["version"],
        row["synthetic"],
    )


def moderation_of(row: Row) -> Moderation | None:
    """Why a row is hidden."""
    if row["state"] != State.HIDDEN:
        return None
    return Moderation(ModerationRule(row["rule"]), row["words"], row["moderated"])


def contribution_of(row: Row, *, reader: str = "", desk: bool = False, reveal: bool = False) -> Contribution:
    """Columns of CONTRIBUTION.

    reader  actor that reads; desk: whether assignees are shown; reveal: whether a hidden text is
    """
    mine = bool(reader) and row["actor"] == reader
    shown = row["state"] == State.SHOWN or mine or reveal
    rewording = Rewording(row["before"], row["after"] or "") if row["before"] is not None and shown else None
    disposition = None
    if row["outcome"]:
        disposition = Disposition(
            Outcome(row["outcome"]),
            row["answer"],
            row["answered"],
            row["change"],
            row["original"],
            row["answer_version"],
        )
    return Contribution(
        id=row["id"],
        consultation=row["consultation"],
        anchor=Anchor(row["chapter"], row["block"], row["requirement"]),
        author=author_of(row) if shown else Author(AuthorKind(row["author_kind"]), ""),
        kind=ContributionKind(row["kind"]),
        title=row["title"] if shown else "",
        text=row["text"] if shown else "",
        rewording=rewording,
        at=row["at"],
        amended=row["amended"],
        version=row["version"],
        state=State(row["state"]),
        synthetic=row["synthetic"],
        supports=Supports(row["supports_verified"], row["supports_unverified"]),
        arguments_for=row["arguments_for"],
        arguments_against=row["arguments_against"],
        attachments=row["attachments"],
        disposition=disposition,
        moderation=moderation_of(row),
        assignee=row["assignee_name"] if desk else "",
        mine=mine,
    )


def argument_of(row: Row, *, reader: str = "", reveal: bool = False) -> Argument:
    """A row of `argument` with its author."""
    mine = bool(reader) and row["actor"] == reader
    shown = row["state"] == State.SHOWN or mine or reveal
    return Argument(
        row["id"],
        row["contribution"],
        author_of(row) if shown else Author(AuthorKind(row["author_kind"]), ""),
        Side(row["side"]),
        row["text"] if shown else "",
        row["at"],
        State(row["state"]),
        moderation_of(row),
        mine,
    )


def attachment_of(row: Row) -> Attachment:
    """A row of `attachment`."""
    return Attachment(
        row["id"],
        row["contribution"],
        row["name"],
        MediaType(row["media_type"]),
        row["size"],
        row["hash"],
        row["at"],
    )


def participant_of(row: Row) -> Participant:
    """A row of `participant`."""
    author = Author(AuthorKind(row["kind"]), row["name"], row["organisation"], row["verified"])
    return Participant(row["actor"], author, row["email"], row["since"], row["version"])


def change_of(row: Row) -> Change:
    """A row of `change` with `causes`."""
    return Change(
        row["id"],
        row["consultation"],
        row["path"],
        row["requirement"],
        row["before"],
        row["after"],
        row["why"],
        row["at"],
        tuple(row["causes"]),
    )


def notice_of(row: Row) -> Notice:
    """A row of `notice`."""
    return Notice(
        row["id"],
        NoticeKind(row["kind"]),
        row["address"],
        row["subject"],
        row["text"],
        row["at"],
        NoticeState(row["state"]),
        row["attempts"],
        row["sent"],
    )


def place(first: Any, id: Any) -> str:
    """Where a list goes on, for an address."""
    return f"{first.isoformat() if isinstance(first, datetime) else first}~{id}"


def place_of(after: str, *, number: bool = False) -> tuple[Any, Any]:
    """What `place` wrote: a moment, or a number, then an identifier. Raises: Problem(INVALID)."""
    first, tilde, id = after.partition("~")
    try:
        if not tilde or len(after) > 200:
            raise ValueError(after)
        value = int(first) if number else datetime.fromisoformat(first)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(after)
        if isinstance(value, int) and abs(value) >= 2**31:
            raise ValueError(after)
    except ValueError:
        raise Problem.of(
            Kind.INVALID,
            "Cette suite de liste est illisible : reprenez la liste au début.",
            "This place in the list cannot be read: start the list again.",
            expression="after",
        ) from None
    return value, id


def number_of(id: str) -> int:
    """An identifier that must be a number. Raises: Problem(INVALID)."""
    if not id.isascii() or not id.isdecimal() or len(id) > 18:
        raise Problem.of(
            Kind.INVALID,
            "Cette suite de liste est illisible : reprenez la liste au début.",
            "This place in the list cannot be read: start the list again.",
            expression="after",
        )
    return int(id)
