"""What one can do in a consultation: permit → facts → rule → commit with its trace. Raises `Problem`, nothing else.

Everything takes a `Forum` first, `by` (the actor) and `trace` (the circumstances, register "consultation") last; what
changes something takes the `version` that the caller saw. When somebody else wrote in the meantime, or when a text
cannot be taken, the Problem is a `model.Returned`: its `.yours` is what was sent, `.theirs` what stands now.
Signatures below are complete: import them from here.

    Forum(database, folder)                  folder: where attachments are kept (`forum_of(house)`)

Anyone (no trace of who reads; only what is published)
    await consultations(forum) -> tuple[Consultation, ...]                         the latest first
    await consultation(forum, id) -> Consultation                                  Problem(NOT_FOUND)
    await page(forum, Wanted(consultation, …), after="", count=50, by=…) -> Page[Contribution]     keyset; .items .next
    await contribution(forum, id, by=…) -> Contribution                            Problem(NOT_FOUND)
    await arguments(forum, id, after="", count=50, by=…) -> Page[Argument]         the oldest first
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
    await revise(forum, id, NewConsultation(…), version, by, trace) -> Consultation      window, title, chapters
    await move(forum, id, transition, version, by, trace) -> Consultation          a name of `rules.cycle.TRANSITIONS`
    await possible(forum, id, now) -> tuple[tuple[Transition, tuple[Refused, ...]], ...]  with what prevents each
    await queue(forum, Wanted(…), after="", count=50, by, trace) -> Page[Contribution]   with assignees
    await progress(forum, id, by) -> Progress                                      answered, left, per editor
    await assign(forum, ids, assignee_actor_id, assignee_name, by, trace) -> int   "" to nobody
    await dispose(forum, id, Answer(outcome, answer, change, original), version, by, trace) -> Contribution
                                                                version: of the disposition seen, 0 for a first answer
    await merge(forum, ids, original, answer, by, trace) -> int                    all duplicates of `original`
    await canned_answers(forum) / save_canned(forum, CannedAnswer, by, trace) / delete_canned(forum, id, by, trace)
    await keep_note(forum, contribution_id, text, version, by, trace) -> Note      private draft of an answer
    await note(forum, contribution_id, by) -> Note

The next edition (EDIT; reading it is public once PUBLISHED, editors' before)
    await draft_files(forum, id, by) -> tuple[str, ...]                            paths, changed or not
    await draft_file(forum, id, path, by) -> DraftFile
    await edit_file(forum, id, path, text, version, Reason(why, contributions, before="", after=""), by, trace) -> Change
    await edit_requirement(forum, id, requirement, statement, version, Reason(…), by, trace) -> Change
    await draft(forum, id, by) -> Edition                                          loaded and checked by support.doctrine
    await publish(forum, id, version, by, trace) -> Consultation                   Problem lists everything that prevents

Files and notices
    await import_csv(forum, id, content, by, trace) -> Imported                    (EDIT) all or nothing, faults by line
    await notices(forum, after="", count=50, by, trace) -> Page[Notice]            (PERSONAL) the outbox, traced
    await send_notices(forum, mail, trace) -> int                                  the job
"""
