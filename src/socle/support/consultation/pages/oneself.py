"""`/concertation/mes-contributions`: under which name one speaks, where notices go, and what one has said."""

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Page, only
from socle.support.consultation.actions import participating, reading
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.model import Author, AuthorKind, Participant, Returned
from socle.support.consultation.pages.frame import REGISTER, ROOT, show
from socle.support.consultation.pages.one import without_echo
from socle.support.consultation.permissions import CONTRIBUTE

_FIELDS = {"name": "name", "organisation": "organisation", "email": "email"}


async def show_oneself(page: Page, forum: Forum) -> Response:
    """The form, as the house knows the reader."""
    only(page)
    page.require(CONTRIBUTE)
    known = await participating.participant(forum, by=page.actor, trace=page.trace(REGISTER, "oneself", ""))
    author = known.author if known else participating.author_of(page.actor)
    form = Form(
        {
            "kind": [author.kind.value],
            "name": [author.name],
            "organisation": [author.organisation],
            "email": [known.email if known else ""],
        }
    )
    return await _form(page, forum, form, known)


async def receive_oneself(page: Page, forum: Forum) -> Response:
    """Keep the public name and the address."""
    page.require(CONTRIBUTE)
    form = await page.form()
    kind = form.get("kind")
    if kind not in {one.value for one in AuthorKind}:
        form.fail("kind", "Dites au nom de qui vous parlez.", "Say in whose name you speak.")
        return await _form(page, forum, form, None, status=422)
    try:
        await participating.register(
            forum,
            Author(AuthorKind(kind), form.get("name"), form.get("organisation")),
            form.get("email"),
            by=page.actor,
            trace=page.trace(REGISTER, "register", ""),
        )
    except Returned as problem:
        form.absorb(without_echo(problem), _FIELDS)
        return await _form(page, forum, form, None, status=422)
    except Problem as problem:
        if problem.kind is not Kind.CONFLICT:
            raise
        form.absorb(problem, _FIELDS)
        return await _form(page, forum, form, None, status=409)
    return page.redirect(f"{ROOT}/mes-contributions", done="public.oneself.done")


async def _form(page: Page, forum: Forum, form: Form, known: Participant | None, *, status: int = 200) -> Response:
    return show(
        page,
        "oneself.html",
        None,
        status=status,
        form=form,
        known=known,
        kinds=[(one.value, page.text(f"public.author.{one.value}")) for one in AuthorKind],
        labels={name: page.text(f"public.oneself.{name}") for name in ("kind", "name", "organisation", "email")},
        consultations=await reading.consultations(forum),
    )
