"""What one can do in a consultation: permit → facts → rule → commit with its trace. Raises `Problem`, nothing else.

Everything takes a `Forum` first, `by` (the actor) and `trace` (the circumstances, register "consultation") last; what
changes something takes the `version` that the caller saw. When somebody else wrote in the meantime, or when a text
cannot be taken, the Problem is a `model.Returned`: its `.yours` is what was sent, `.theirs` what stands now.
Signatures below are complete: import them from here.

    Forum(house, house.settings.url)

Anyone (no trace of who reads; only what is published)
    await consultations(forum) -> tuple[Consultation, ...]                         the latest first
    await consultation(forum, id) -> Consultation                                  Problem(NOT_FOUND)
    await page(forum, Wanted(consultation, …), after="", count=50, by=…) -> Page[Contribution]     keyset; .items .next
    await count_of(forum, Wanted(…)) -> int | None                                 from the counters; None: unknown
    await contribution(forum, id, by=…, trace=None) -> Contribution                with a trace, moderators see what is hidden
    await several(forum, ids, by=…) -> tuple[Contribution, ...]
    await arguments(forum, id, after="", count=50, by=…, trace=None) -> Page[Argument]      the oldest first
    await attachments(forum, id) -> tuple[Attachment, ...]
    await attachment(forum, id) -> tuple[Attachment, bytes]
    await neighbours(forum, id, count=5) -> tuple[Near, ...]
    await neighbours_of_text(forum, consultation_id, text, count=5) -> tuple[Near, ...]      while one writes
    await themes(forum, consultation_id, count=12) -> tuple[Theme, ...]
    await statistics(forum, consultation_id) -> Statistics
    await counts_by_anchor(forum, consultation_id, chapter="") -> Mapping[Anchor, int]       to mark paragraphs; no scan
    await changes(forum, consultation_id, contribution=None) -> tuple[Change, ...]
    await versions(forum, id) -> tuple[Version, ...]                               the texts of a contribution over time
    async for chunk in export_json(forum, id)  /  export_csv(forum, id): bytes     open data, constant memory

Participants (permission CONTRIBUTE)
    await participant(forum, by, trace) -> Participant | None                      oneself
    await register(forum, author, email, by, trace) -> Participant                 public name; created or changed
    await contribute(forum, consultation_id, submission, key, by, trace) -> Contribution   key: drawn with the form
    await amend(forum, id, submission, version, by, trace) -> Contribution
    await withdraw(forum, id, version, by, trace) -> Contribution
    await support(forum, id, by, trace) -> Supports    /    withdraw_support(…)
    await supports_of(forum, ids, by) -> frozenset[int]                            those that the reader supports
    await argue(forum, id, side, text, key, by, trace) -> Argument    /    withdraw_argument(forum, argument_id, …)
    await attach(forum, id, name, content, by, trace) -> Attachment

Moderators (MODERATE)
    await hide(forum, id, rule, words, version, by, trace) -> Contribution   /   restore(forum, id, version, by, trace)
    await hide_argument(forum, argument_id, rule, words, by, trace) / restore_argument(forum, argument_id, by, trace)
    await verify(forum, actor_id, verified, by, trace) -> Participant              supports are counted anew
    await participants(forum, after="", count=50, by, trace) -> Page[Participant]        (PERSONAL) traced
    await author_of(forum, contribution_id, by, trace) -> Participant              (PERSONAL) traced

Editors (EDIT)
    await prepare(forum, NewConsultation(…), by, trace) -> Consultation
    await revise(forum, NewConsultation(…), version, by, trace) -> Consultation      window, title, chapters
    await move(forum, id, transition, version, by, trace) -> Consultation          a name of `rules.cycle.TRANSITIONS`
    await possible(forum, id, by, trace) -> tuple[tuple[Transition, tuple[Refused, ...]], ...]  with what prevents each
    await queue(forum, Wanted(…), after="", count=50, by, trace) -> Page[Contribution]   with assignees
    await progress(forum, id, by, trace) -> Progress                                      answered, left, per editor
    await assign(forum, ids, assignee_actor_id, assignee_name, by, trace) -> int   "" to nobody
    await dispose(forum, id, Answer(outcome, answer, change, original), version, by, trace) -> Contribution
                                                                version: of the disposition seen, 0 for a first answer
    await merge(forum, ids, original, answer, by, trace) -> int                    all duplicates of `original`
    await canned_answers(forum, by, trace) / save_canned(forum, CannedAnswer, by, trace) / delete_canned(forum, CannedAnswer, …)
    await keep_note(forum, contribution_id, text, version, by, trace) -> Note      private draft of an answer
    await note(forum, contribution_id, by, trace) -> Note

The next edition (EDIT; reading it is public once PUBLISHED, editors' before)
    await draft_files(forum, id, by) -> tuple[DraftFile, ...]                      paths, changed or not, without texts
    await draft_file(forum, id, path, by) -> DraftFile
    await edit_file(forum, id, path, text, version, Reason(why, contributions, before="", after=""), by, trace) -> Change
    await edit_requirement(forum, id, requirement, statement, version, Reason(…), by, trace) -> Change
    await requirement_file(forum, id, requirement, by) -> DraftFile                its version is what edit_requirement takes
    await draft(forum, id, by) -> Edition                                          loaded and checked by support.doctrine
    await publish(forum, id, version, by, trace) -> Consultation                   Problem lists everything that prevents

Files and notices
    await import_csv(forum, id, content, by, trace) -> Imported                    (EDIT) all or nothing, faults by line
    await notices(forum, after="", count=50, by, trace) -> Page[Notice]            (PERSONAL) the outbox, traced
    await send_notices(forum, post, trace) -> int                                  the job
"""

from socle.support.consultation.actions.answering import (
    OUTCOMES,
    Answer,
    Load,
    Note,
    Progress,
    assign,
    canned_answers,
    delete_canned,
    dispose,
    keep_note,
    merge,
    note,
    progress,
    queue,
    save_canned,
)
from socle.support.consultation.actions.cycle import (
    CLOSE_JOB,
    NewConsultation,
    close_by_clock,
    move,
    possible,
    prepare,
    publish,
    revise,
)
from socle.support.consultation.actions.drafting import (
    Reason,
    draft,
    draft_file,
    draft_files,
    edit_file,
    edit_requirement,
    requirement_file,
)
from socle.support.consultation.actions.exchange import Imported, export_csv, export_json, import_csv
from socle.support.consultation.actions.figures import statistics
from socle.support.consultation.actions.forum import Forum, Page
from socle.support.consultation.actions.moderating import (
    author_of,
    hide,
    hide_argument,
    participants,
    restore,
    restore_argument,
    verify,
)
from socle.support.consultation.actions.notices import JOB as SEND_JOB
from socle.support.consultation.actions.notices import notices, send_notices
from socle.support.consultation.actions.participating import (
    amend,
    argue,
    attach,
    contribute,
    participant,
    register,
    support,
    supports_of,
    withdraw,
    withdraw_argument,
    withdraw_support,
)
from socle.support.consultation.actions.reading import (
    Version,
    arguments,
    attachment,
    attachments,
    changes,
    consultation,
    consultations,
    contribution,
    count_of,
    counts_by_anchor,
    duplicates_of,
    neighbours,
    neighbours_of_text,
    page,
    several,
    themes,
    versions,
)
from socle.support.consultation.store.contributions import Wanted

__all__ = [
    "CLOSE_JOB",
    "OUTCOMES",
    "SEND_JOB",
    "Answer",
    "Forum",
    "Imported",
    "Load",
    "NewConsultation",
    "Note",
    "Page",
    "Progress",
    "Reason",
    "Version",
    "Wanted",
    "amend",
    "argue",
    "arguments",
    "assign",
    "attach",
    "attachment",
    "attachments",
    "author_of",
    "canned_answers",
    "changes",
    "close_by_clock",
    "consultation",
    "consultations",
    "contribute",
    "contribution",
    "count_of",
    "counts_by_anchor",
    "delete_canned",
    "dispose",
    "draft",
    "draft_file",
    "draft_files",
    "duplicates_of",
    "edit_file",
    "edit_requirement",
    "export_csv",
    "export_json",
    "hide",
    "hide_argument",
    "import_csv",
    "keep_note",
    "merge",
    "move",
    "neighbours",
    "neighbours_of_text",
    "note",
    "notices",
    "page",
    "participant",
    "participants",
    "possible",
    "prepare",
    "progress",
    "publish",
    "queue",
    "register",
    "requirement_file",
    "restore",
    "restore_argument",
    "revise",
    "save_canned",
    "send_notices",
    "several",
    "statistics",
    "support",
    "supports_of",
    "themes",
    "verify",
    "versions",
    "withdraw",
    "withdraw_argument",
    "withdraw_support",
]
