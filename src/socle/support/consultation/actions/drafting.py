"""The next edition, as editors write it: the files of the edition it starts from, with theirs over them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import ANONYMOUS, Actor, decide
from socle.support.consultation.actions.collisions import both
from socle.support.consultation.actions.forum import Forum, missing, rules_of
from socle.support.consultation.model import Change, Consultation, DraftFile, Step
from socle.support.consultation.permissions import EDIT
from socle.support.consultation.rules import contributing, dispositions, drafting
from socle.support.consultation.store import drafts
from socle.support.consultation.store.contributions import VERSION_RULE
from socle.support.consultation.store.rows import change_of
from socle.support.doctrine.actions import files_of, known_to
from socle.support.doctrine.model import Edition, EditionStatus
from socle.support.doctrine.rules.reading import load

LARGEST: Final = 1_000_000  # characters of a file
HEAD: Final = "edition.yaml"
SYNTHESIS: Final = "synthesis.md"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something changes.

    contributions  numbers of the contributions that caused it, () when none did
    before, after  the passage for people to read; found by comparing the files when both are ""
    """

    why: str
    contributions: Sequence[int] = ()
    before: str = ""
    after: str = ""


async def draft_files(forum: Forum, consultation_id: str, *, by: Actor) -> tuple[DraftFile, ...]:
    """Every file of the next edition by path; version 0 for those nobody changed. Texts are left out.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND).
    """
    consultation = await _readable(forum, consultation_id, by)
    ours = {row["path"]: row for row in await forum.drafts.files(consultation_id)}
    paths = sorted({*await files_of(forum.house, consultation.edition), *ours})
    return tuple(
        DraftFile(path, "", ours[path]["version"], ours[path]["at"]) if path in ours else DraftFile(path, "", 0)
        for path in paths
    )


async def draft_file(forum: Forum, consultation_id: str, path: str, *, by: Actor) -> DraftFile:
    """A file of the next edition. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND)."""
    consultation = await _readable(forum, consultation_id, by)
    row = await forum.drafts.file(consultation_id, path)
    if row is not None:
        return DraftFile(path, row["text"], row["version"], row["at"])
    base = await files_of(forum.house, consultation.edition)
    if path not in base:
        raise missing(f"le fichier « {path[:80]} »", f"file “{path[:80]}”")
    return DraftFile(path, base[path], 0)


async def edit_file(
    forum: Forum, consultation_id: str, path: str, text: str, version: int, reason: Reason, *, by: Actor, trace: Trace
) -> Change:
    """Give a file of the next edition a new text (or add one). The whole edition is checked before it is kept.

    version  of the file seen: 0 when nobody had changed it
    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND | RULE_VIOLATED); Problem(INVALID) with every fault, by file
    and line; Returned(CONFLICT) with both texts; Problem(TOO_LARGE).
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"draft/{consultation_id}/{path[:80]}") as trace:
        return await _edit(forum, consultation_id, path, text, version, reason, "", trace)


async def edit_requirement(
    forum: Forum,
    consultation_id: str,
    requirement: str,
    statement: str,
    version: int,
    reason: Reason,
    *,
    by: Actor,
    trace: Trace,
) -> Change:
    """Say a requirement otherwise in the next edition; its file keeps the rest, comments included.

    version  of the file of its chapter (`draft_file`): 0 when nobody had changed it
    Raises: as `edit_file`.
    """
    async with forum.guarded(EDIT, by=by, trace=trace, about=f"draft/{consultation_id}/{requirement[:40]}") as trace:
        said = contributing.tidied_text("statement", statement)
        path, file = await _file_of(forum, consultation_id, requirement)
        text, before = drafting.with_statement(file.text, requirement, said)
        shown = Reason(reason.why, reason.contributions, before, " ".join(said.split()))
        return await _edit(forum, consultation_id, path, text, version, shown, requirement, trace)


async def requirement_file(forum: Forum, consultation_id: str, requirement: str, *, by: Actor) -> DraftFile:
    """The file where a requirement is written in the next edition: its version is what `edit_requirement` takes.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND).
    """
    await _readable(forum, consultation_id, by)
    return (await _file_of(forum, consultation_id, requirement))[1]


async def draft(forum: Forum, consultation_id: str, *, by: Actor) -> Edition:
    """The next edition as it stands, checked. Raises: Problem(UNAUTHENTICATED | FORBIDDEN | NOT_FOUND); Problem(INVALID)."""
    consultation = await _readable(forum, consultation_id, by)
    return checked(forum, consultation, await files(forum, consultation))


async def files(forum: Forum, consultation: Consultation) -> dict[str, str]:
    """The files of the next edition, path → text, its heading still that of the edition it starts from."""
    whole = dict(await files_of(forum.house, consultation.edition))
    whole.update({row["path"]: row["text"] for row in await forum.drafts.files(consultation.id)})
    return whole


def checked(forum: Forum, consultation: Consultation, whole: Mapping[str, str]) -> Edition:
    """The edition that these files make, as a draft. Raises: Problem(INVALID) with every fault."""
    with suppress(Problem):  # a heading that cannot be read is told by the loader, with its line
        head = drafting.headed(
            whole.get(HEAD, ""),
            id=consultation.next_edition,
            based_on=consultation.edition,
            status=EditionStatus.DRAFT,
            published="",
            thanks=(),
        )
        whole = {**whole, HEAD: head}
    return load(whole, known=known_to(forum.house))


async def _edit(
    forum: Forum,
    consultation_id: str,
    path: str,
    text: str,
    version: int,
    reason: Reason,
    requirement: str,
    trace: Trace,
) -> Change:
    if len(text) > LARGEST:
        raise Problem.of(
            Kind.TOO_LARGE,
            f"Ce fichier dépasse {LARGEST // 1_000_000} million de caractères.",
            f"This file is larger than {LARGEST // 1_000_000} million characters.",
            expression="text",
        )
    why = contributing.tidied_text("why", reason.why)
    consultation = await forum.known(consultation_id)
    if consultation.step in (Step.FROZEN, Step.PUBLISHED):
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "L'édition suivante est gelée : dégelez la concertation pour la modifier.",
            "The next edition is frozen: thaw the consultation to change it.",
            rule=drafting.RULE,
        )
    text = text.replace("\r\n", "\n")
    stands = await _stands(forum, consultation, path)
    if stands.version != version:
        raise both(Text(f"Le fichier {path}", f"File {path}"), text, stands.text, stands.version)
    if stands.text == text:
        raise Problem.of(
            Kind.RULE_VIOLATED, "Rien ne change dans ce fichier.", "Nothing changes in this file.", rule=drafting.RULE
        )
    checked(forum, consultation, {**await files(forum, consultation), path: text})
    before, after = (reason.before, reason.after)
    if not before and not after:
        before, after = drafting.passage(stands.text, text)
    change = Change(
        await forum.contributions.next_number(), consultation_id, path, requirement, before, after, why, trace.at
    )
    causes = tuple(dict.fromkeys(reason.contributions))
    try:
        written = drafts.write(consultation_id, path, text, version, change, causes, trace.at)
        entities = [f"draft/{consultation_id}/{path}/_history/{version + 1}", f"change/{change.id}"]
        await forum.write(written, trace, Action.UPDATE, entities)
    except Problem as problem:
        raise await _explained(forum, consultation, path, text, problem) from problem
    row = await forum.drafts.change(change.id)
    assert row is not None
    return change_of(row)


async def _explained(forum: Forum, consultation: Consultation, path: str, yours: str, problem: Problem) -> Problem:
    rules = rules_of(problem)
    if VERSION_RULE in rules:
        now = await _stands(forum, consultation, path)
        return both(Text(f"Le fichier {path}", f"File {path}"), yours, now.text, now.version)
    if dispositions.CHANGE_RULE in rules:
        return Problem.of(
            Kind.RULE_VIOLATED,
            "Une contribution citée comme cause n'est pas de cette concertation.",
            "A contribution named as a cause is not of this consultation.",
            expression="contributions",
            rule=dispositions.CHANGE_RULE,
        )
    return problem


async def _stands(forum: Forum, consultation: Consultation, path: str) -> DraftFile:
    """A file as it stands, empty when it is new."""
    row = await forum.drafts.file(consultation.id, path)
    if row is not None:
        return DraftFile(path, row["text"], row["version"], row["at"])
    return DraftFile(path, (await files_of(forum.house, consultation.edition)).get(path, ""), 0)


async def _file_of(forum: Forum, consultation_id: str, requirement: str) -> tuple[str, DraftFile]:
    consultation = await forum.known(consultation_id)
    whole = await files(forum, consultation)
    edition = checked(forum, consultation, whole)
    known = edition.requirement_by_id.get(requirement)
    if known is None:
        raise missing(f"l'exigence {requirement[:40]}", f"requirement {requirement[:40]}")
    return known.place.file, await _stands(forum, consultation, known.place.file)


async def _readable(forum: Forum, consultation_id: str, by: Actor = ANONYMOUS) -> Consultation:
    """The consultation, if its draft may be read: by editors, by everyone once published."""
    consultation = await forum.known(consultation_id)
    if consultation.step is not Step.PUBLISHED:
        decide(by, EDIT).or_raise(Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED)
    return consultation
