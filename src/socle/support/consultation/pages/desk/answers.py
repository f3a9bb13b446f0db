"""What editors and moderators send from the bench: an answer, its draft, duplicates, a moderation."""

from typing import Final

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page
from socle.support.consultation.actions.answering import Answer, canned_answers, dispose, keep_note, merge
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.lines import line
from socle.support.consultation.actions.moderating import hide, hide_argument, restore, restore_argument
from socle.support.consultation.actions.reading import contribution
from socle.support.consultation.model import ModerationRule, Outcome, Returned
from socle.support.consultation.pages.asking import number_in
from socle.support.consultation.pages.desk.bench import Theirs, after, bench
from socle.support.consultation.pages.desk.filters import asked
from socle.support.consultation.pages.desk.queue import number, with_query
from socle.support.consultation.pages.desk.shell import ROOT, room_named, trace_of
from socle.support.consultation.pages.frame import room_of

MOST_BYTES: Final = 2_000_000  # of an answer form: what is too long is handed back, not lost
_FIELDS: Final = {
    "answer": "answer",
    "text": "answer",
    "change": "change",
    "original": "original",
    "words": "words",
    "outcome": "outcome",
}


async def answer(page: Page, forum: Forum) -> Response:
    """Answer, then the next one; or keep the draft; or put a canned answer in. Nothing that was typed is lost."""
    id = number_in(page, "number")
    form = await page.form(most_bytes=MOST_BYTES)
    match form.get("faire", "suivante"):
        case "inserer":
            return await _insert(page, forum, id, form)
        case "brouillon":
            return await _keep(page, forum, id, form)
        case "reprendre":  # theirs, under mine: the editor makes one of both
            both = "\n\n".join(text for text in (form.get("answer"), form.get("leur")) if text)
            form.values["answer"] = [both]
            return await bench(page, forum, id, form=form)
        case after_saving:
            return await _answer(page, forum, id, form, stay=after_saving == "rester")


async def _answer(page: Page, forum: Forum, id: int, form: Form, *, stay: bool) -> Response:
    form.require("outcome", "answer")
    if form.get("outcome") and form.get("outcome") not in set(Outcome):
        form.fail("outcome", "Choisissez l'une des cinq suites.", "Choose one of the five outcomes.")
    if not form.ok:
        return await bench(page, forum, id, form=form, status=422)
    trace = trace_of(page, "answer")
    before = await contribution(forum, id, by=page.actor)
    room = await room_of(forum, before.consultation)
    order = await line(forum, asked(page, room).wanted(room.consultation.id, page.actor), by=page.actor, trace=trace)
    try:
        outcome = Outcome(form.get("outcome"))
        takes_change = outcome in (Outcome.ACCEPTED, Outcome.PARTLY)
        said = Answer(
            outcome,
            form.get("answer"),
            change=number(form.get("change")) if takes_change and form.get("change") else None,
            original=number(form.get("original")) if outcome is Outcome.DUPLICATE and form.get("original") else None,
        )
        await dispose(forum, id, said, number_of_version(form), by=page.actor, trace=trace)
    except Problem as problem:
        return await _again(page, forum, id, form, problem)
    following = after(order, id)
    if stay:
        return page.redirect(with_query(f"{ROOT}/contributions/{id}", page), done="desk.answered", reference=f"C-{id}")
    if not following:
        return page.redirect(
            with_query(f"{ROOT}/{room.consultation.id}", page), done="desk.answered_last", reference=f"C-{id}"
        )
    return page.redirect(
        with_query(f"{ROOT}/contributions/{following}", page), done="desk.answered", reference=f"C-{id}"
    )


async def _again(
    page: Page, forum: Forum, id: int, form: Form, problem: Problem, *, answering: bool = True
) -> Response:
    """The form once more, with what was typed; when another editor answered meanwhile, both texts."""
    theirs = None
    if isinstance(problem, Returned) and problem.kind is Kind.CONFLICT and answering:
        theirs = Theirs(problem.theirs, problem.version)
        form.values["version"] = [str(problem.version)]
    elif problem.kind not in (Kind.INVALID, Kind.TOO_LARGE, Kind.RULE_VIOLATED, Kind.CONFLICT):
        raise problem
    form.absorb(_said(problem), _FIELDS)
    return await bench(page, forum, id, form=form, theirs=theirs, status=problem.kind.status)


def _said(problem: Problem) -> Problem:
    """A Problem without the texts that it hands back: the form shows them itself."""
    issues = [issue for issue in problem.issues if issue.severity == "error"]
    return Problem(problem.kind, *issues)


async def _insert(page: Page, forum: Forum, id: int, form: Form) -> Response:
    """Without script: the canned answer that was chosen, after what was typed."""
    known = {str(one.id): one for one in await canned_answers(forum, by=page.actor, trace=trace_of(page, "canned"))}
    chosen = known.get(form.get("type"))
    if chosen is not None:
        form.values["answer"] = ["\n\n".join(text for text in (form.get("answer"), chosen.text) if text)]
        form.values["outcome"] = [form.get("outcome") or chosen.outcome.value]
    return await bench(page, forum, id, form=form)


async def _keep(page: Page, forum: Forum, id: int, form: Form) -> Response:
    """Keep what was typed as a draft that the editors share."""
    try:
        await keep_note(
            forum,
            id,
            form.get("answer"),
            number_of_version(form, "note_version"),
            by=page.actor,
            trace=trace_of(page, "note"),
        )
    except Returned as problem:
        theirs = None
        if problem.kind is Kind.CONFLICT:
            form.values["note_version"] = [str(problem.version)]
            theirs = Theirs(problem.theirs, problem.version, "note")
        form.absorb(_said(problem), _FIELDS)
        return await bench(page, forum, id, form=form, theirs=theirs, status=problem.kind.status)
    return page.redirect(with_query(f"{ROOT}/contributions/{id}", page), done="desk.note_kept")


async def merge_some(page: Page, forum: Forum) -> Response:
    """Answer several contributions as duplicates of one, all at once; then the next one."""
    room = await room_named(page, forum)
    form = await page.form()
    original = number(form.get("original"))
    ids = [one for one in map(number, form.all("ids")) if one != original]
    here = f"{ROOT}/{room.consultation.id}"
    at = number_in_form(form, "depuis") or original
    if not ids:
        back = f"{here}/doublons" if form.get("retour") else with_query(f"{ROOT}/contributions/{at}", page)
        return page.redirect(back, done="desk.none_ticked", tone="attention")
    trace = trace_of(page, "merge")
    order = await line(forum, asked(page, room).wanted(room.consultation.id, page.actor), by=page.actor, trace=trace)
    words = form.get("answer") or page.text("desk.merged_answer", reference=f"C-{original}")
    count = await merge(forum, ids, original, words, by=page.actor, trace=trace)
    if form.get("retour") == "doublons":
        return page.redirect(f"{here}/doublons", done="desk.merged", count=count, reference=f"C-{original}")
    following = at if at not in ids else after(order, at, frozenset(ids))
    where = f"{ROOT}/contributions/{following}" if following else here
    return page.redirect(with_query(where, page), done="desk.merged", count=count, reference=f"C-{original}")


def number_in_form(form: Form, name: str) -> int:
    """A number that a form sent, 0 when it sent none. Raises: Problem(INVALID)."""
    return number(form.get(name)) if form.get(name) else 0


async def hide_one(page: Page, forum: Forum) -> Response:
    """Hide a contribution by one of the published rules."""
    id = number_in(page, "number")
    form = await page.form()
    _moderation(form)
    if not form.ok:
        return await bench(page, forum, id, form=form, status=422)
    try:
        rule = ModerationRule(form.get("rule"))
        trace = trace_of(page, "hide")
        await hide(forum, id, rule, form.get("words"), number_of_version(form, "seen"), by=page.actor, trace=trace)
    except Problem as problem:
        return await _again(page, forum, id, form, problem, answering=False)
    return page.redirect(with_query(f"{ROOT}/contributions/{id}", page), done="desk.hidden", reference=f"C-{id}")


async def restore_one(page: Page, forum: Forum) -> Response:
    """Show a contribution again."""
    id = number_in(page, "number")
    form = await page.form()
    try:
        await restore(forum, id, number_of_version(form, "seen"), by=page.actor, trace=trace_of(page, "restore"))
    except Problem as problem:
        return await _again(page, forum, id, form, problem, answering=False)
    return page.redirect(with_query(f"{ROOT}/contributions/{id}", page), done="desk.restored", reference=f"C-{id}")


async def moderate_argument(page: Page, forum: Forum) -> Response:
    """Hide an argument, or show it again."""
    id, argument = number_in(page, "number"), number_in(page, "argument")
    form = await page.form()
    trace = trace_of(page, "moderate-argument")
    if form.get("faire") == "retablir":
        await restore_argument(forum, argument, by=page.actor, trace=trace)
    else:
        _moderation(form)
        if not form.ok:
            return await bench(page, forum, id, form=form, status=422)
        rule = ModerationRule(form.get("rule"))
        await hide_argument(forum, argument, rule, form.get("words"), by=page.actor, trace=trace)
    return page.redirect(with_query(f"{ROOT}/contributions/{id}", page), done="desk.argument_moderated")


def _moderation(form: Form) -> None:
    """That a rule was chosen, and said how it is broken."""
    form.require("rule", "words")
    if form.get("rule") and form.get("rule") not in set(ModerationRule):
        form.fail("rule", "Choisissez l'une des règles publiées.", "Choose one of the published rules.")


def number_of_version(form: Form, name: str = "version") -> int:
    """The version that the caller saw; one that cannot be read is none that ever stood."""
    said = form.get(name, "0")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 9 else -1
