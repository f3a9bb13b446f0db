"""The queue: what waits, what is mine, what was done; a page at a time, taken in charge by the handful."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Page, only, page_number
from socle.support.consultation.actions.answering import assign
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.lines import MOST, editors, line
from socle.support.consultation.actions.reading import consultations, several
from socle.support.consultation.model import ContributionKind
from socle.support.consultation.pages.desk.filters import NAMES, Order, View, asked
from socle.support.consultation.pages.desk.shell import ROOT, current, how_far, room_named, show, trace_of
from socle.support.consultation.pages.frame import room_of
from socle.support.consultation.permissions import EDIT

SIZE: Final = 50  # contributions a page
NOBODY: Final = "personne"
MYSELF: Final = "moi"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the queue."""

    number: int
    pages: int
    total: int
    full: bool
    query: str

    def url(self, number: int) -> str:
        """The address of another page of the same queue."""
        return "?" + "&".join(part for part in (self.query, urlencode({"page": number}) if number > 1 else "") if part)


async def show_current(page: Page, forum: Forum) -> Response:
    """The desk: the queue of the consultation at work; without any, how to open one."""
    found = await current(forum)
    if found is None:
        only(page)
        return show(page, "nothing.html", None, "queue")
    return await _shown(page, forum, found.id)


async def show_queue(page: Page, forum: Forum) -> Response:
    """The queue of one consultation."""
    return await _shown(page, forum, page.path("id"))


async def _shown(page: Page, forum: Forum, id: str) -> Response:
    only(page, *NAMES, "page")
    room = await room_of(forum, id)
    wanted = asked(page, room)
    ids = await line(forum, wanted.wanted(id, page.actor), by=page.actor, trace=trace_of(page, "queue"))
    pages = max(1, -(-len(ids) // SIZE))
    number = min(page_number(page.query("page", "1")), pages)
    shown = ids[(number - 1) * SIZE : number * SIZE]
    by_id = {one.id: one for one in await several(forum, shown, by=page.actor)}
    trace = trace_of(page, "editors")
    return show(
        page,
        "queue.html",
        room,
        "queue",
        wanted=wanted,
        query=wanted.query,
        sheet=Sheet(number, pages, len(ids), len(ids) == MOST, wanted.query),
        rows=[by_id[one] for one in shown if one in by_id],
        views=View,
        orders=Order,
        natures=ContributionKind,
        progress=await how_far(page, room),
        colleagues=[one for one in await editors(forum, id, by=page.actor, trace=trace) if one[0] != page.actor.id]
        if page.may(EDIT)
        else [],
        every=await consultations(forum),
    )


async def assign_some(page: Page, forum: Forum) -> Response:
    """Put somebody in charge of the contributions that are ticked."""
    room = await room_named(page, forum)
    form = await page.form()
    who = form.get("qui", MYSELF)
    people = dict(await editors(forum, room.consultation.id, by=page.actor, trace=trace_of(page, "editors")))
    if who == MYSELF:
        actor, name = page.actor.id, page.actor.name
    elif who == NOBODY:
        actor, name = "", ""
    elif who in people:
        actor, name = who, people[who]
    else:
        raise Problem.of(
            Kind.INVALID,
            "Cette personne n'a encore rien en charge ici : elle doit d'abord prendre une contribution elle-même.",
            "This person is in charge of nothing here yet: they must first take a contribution themselves.",
            expression="qui",
            rule="consultation",
        )
    ids = [number(text) for text in form.all("ids")]
    if not ids:
        back = with_query(f"{ROOT}/{room.consultation.id}", page)
        return page.redirect(back, done="desk.none_ticked", tone="attention")
    count = await assign(forum, ids, actor, name, by=page.actor, trace=trace_of(page, "assign"))
    back = form.get("retour")
    if back == "contribution" and len(ids) == 1:
        return page.redirect(with_query(f"{ROOT}/contributions/{ids[0]}", page), done="desk.assigned", count=count)
    return page.redirect(with_query(f"{ROOT}/{room.consultation.id}", page), done="desk.assigned", count=count)


def number(text: str) -> int:
    """The number of a contribution: "12" or "C-12". Raises: Problem(INVALID)."""
    digits = text.strip().upper().removeprefix("C-")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 18:
        raise Problem.of(
            Kind.INVALID,
            f"« {text[:40]} » n'est pas un numéro de contribution : écrivez C-12, ou 12.",
            f"“{text[:40]}” is not the number of a contribution: write C-12, or 12.",
            expression="ids",
            rule="consultation",
        )
    return int(digits)


def with_query(url: str, page: Page) -> str:
    """An address, with the queue that this one was part of."""
    query = urlencode([(name, page.query(name)) for name in NAMES if page.query(name)])
    return f"{url}?{query}" if query else url
