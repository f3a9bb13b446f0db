"""`/concertation/<id>/contributions/<n>`: a contribution, what is said about it, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from starlette.responses import Response

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages import Form, Page, only
from socle.support.consultation.actions import participating, reading
from socle.support.consultation.model import (
    Argument,
    Contribution,
    Returned,
    Side,
    State,
)
from socle.support.consultation.pages.asking import number_in, sent
from socle.support.consultation.pages.frame import REGISTER, Room, show
from socle.support.consultation.permissions import CONTRIBUTE, MODERATE
from socle.support.consultation.rules.contributing import may_amend, may_contribute, may_support

SIZE: Final = 50  # arguments on a page
_FIELDS: Final = {"text": "argument", "side": "side"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a contribution; `text` is a former text, "" otherwise."""

    what: str
    at: object
    text: str = ""


async def show_one(page: Page, room: Room) -> Response:
    """A contribution and its thread."""
    only(page, "after")
    return await _shown(page, room, await contribution_in(page, room), Form())


async def support(page: Page, room: Room) -> Response:
    """Support, or no longer; once for each person, whatever is sent twice."""
    one = await contribution_in(page, room)
    form = await page.form()
    trace = page.trace(REGISTER, "support", "")
    back = f"{room.path}/contributions/{one.id}"
    try:
        if form.get("wish") == "withdraw":
            await participating.withdraw_support(room.forum, one.id, by=page.actor, trace=trace)
            return page.redirect(f"{back}#soutien", done="public.one.support_withdrawn")
        await participating.support(room.forum, one.id, by=page.actor, trace=trace)
    except Problem as problem:
        if problem.kind is Kind.UNAUTHENTICATED:
            return page.redirect(f"/connexion?next={back}")
        raise
    return page.redirect(f"{back}#soutien", done="public.one.support_done")


async def argue(page: Page, room: Room) -> Response:
    """Give an argument; what cannot be taken comes back with its reason."""
    one = await contribution_in(page, room)
    form, _ = await sent(page)
    if not page.actor.is_authenticated:
        form.general.append(session_over())
        return await _shown(page, room, one, form, status=401)
    try:
        side = Side(form.get("side"))
    except ValueError:
        form.fail("side", "Dites si c'est pour ou contre.", "Say whether it is for or against.")
        return await _shown(page, room, one, form, status=422)
    try:
        argument = await participating.argue(
            room.forum,
            one.id,
            side,
            form.values.get("argument", [""])[0],
            form.get("key"),
            by=page.actor,
            trace=page.trace(REGISTER, "argue", ""),
        )
    except Returned as problem:
        form.absorb(without_echo(problem), _FIELDS)
        return await _shown(page, room, one, form, status=problem.kind.status)
    return page.redirect(
        f"{room.path}/contributions/{one.id}#argument-{argument.id}", done=f"public.one.argued_{side.value}"
    )


async def withdraw(page: Page, room: Room) -> Response:
    """Take one's contribution back."""
    one = await contribution_in(page, room)
    form = await page.form()
    version = form.get("version")
    await participating.withdraw(
        room.forum,
        one.id,
        int(version) if version.isdecimal() and len(version) < 9 else one.version,
        by=page.actor,
        trace=page.trace(REGISTER, "withdraw", ""),
    )
    return page.redirect(f"{room.path}/contributions/{one.id}", done="public.one.withdrawn_done")


async def withdraw_argument(page: Page, room: Room) -> Response:
    """Take one's argument back."""
    one = await contribution_in(page, room)
    await participating.withdraw_argument(
        room.forum, number_in(page, "argument"), by=page.actor, trace=page.trace(REGISTER, "withdraw-argument", "")
    )
    return page.redirect(f"{room.path}/contributions/{one.id}#arguments", done="public.one.argument_withdrawn")


async def download(page: Page, room: Room) -> Response:
    """A file, to be saved: never shown by the browser as a page of the house."""
    one = await contribution_in(page, room)
    file, content = await reading.attachment(room.forum, number_in(page, "file"))
    if file.contribution != one.id:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{one.reference} n'a pas ce fichier : sa page en donne la liste.",
            f"{one.reference} has no such file: its page lists them.",
        )
    response = page.download(content, file.name, file.media_type.value)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


async def contribution_in(page: Page, room: Room) -> Contribution:
    """The contribution that the address names. Raises: Problem(NOT_FOUND)."""
    number = number_in(page, "number")
    trace = page.trace(REGISTER, "read", "") if page.may(MODERATE) else None
    one = await reading.contribution(room.forum, number, by=page.actor, trace=trace)
    if one.consultation != room.consultation.id:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"C-{number} n'est pas de cette concertation : /concertation/{one.consultation}/contributions/{number}.",
            f"C-{number} is not of this consultation: /concertation/{one.consultation}/contributions/{number}.",
        )
    return one


async def _shown(page: Page, room: Room, one: Contribution, form: Form, *, status: int = 200) -> Response:
    forum = room.forum
    trace = page.trace(REGISTER, "read", "") if page.may(MODERATE) else None
    thread = await reading.arguments(forum, one.id, after=page.query("after"), count=SIZE, by=page.actor, trace=trace)
    shown = one.state is State.SHOWN
    supported = await participating.supports_of(forum, [one.id], by=page.actor)
    near = await reading.neighbours(forum, one.id) if shown and not page.query("after") else ()
    original = one.disposition.original if one.disposition else None
    duplicates = await reading.duplicates_of(forum, one.id) if shown else ()
    linked = await reading.several(forum, [*([original] if original else []), *duplicates], by=page.actor)
    form.values.setdefault("key", [uuid4().hex])
    takes = bool(may_contribute(room.consultation, one.anchor.chapter, now=page.now).allowed)
    return show(
        page,
        "one.html",
        room,
        "contributions",
        status=status,
        one=one,
        place=room.place(one.anchor),
        form=form,
        labels={name: page.text(f"public.one.field_{name}") for name in ("argument", "side")},
        files=await reading.attachments(forum, one.id),
        sides=[(side, _of_side(thread.items, side)) for side in Side],
        more=page.here(after=thread.next) if thread.next else "",
        start=page.here(after="") if page.query("after") else "",
        takes_here=takes and shown,
        supported=one.id in supported,
        may_support=page.may(CONTRIBUTE) and may_support("mine" if one.mine else "other", "mine").allowed,
        may_amend=takes and one.mine and may_amend("mine", "mine", one.state, one.disposition is not None).allowed,
        near=[each for each in near if each.score >= 0.1],
        original=next((each for each in linked if each.id == original), None),
        duplicates=[each for each in linked if each.id != original],
        changes=await reading.changes(forum, room.consultation.id, contribution=one.id) if shown else (),
        moments=await _moments(page, room, one),
    )


def _of_side(items: Sequence[Argument], side: Side) -> list[Argument]:
    return [one for one in items if one.side is side]


async def _moments(page: Page, room: Room, one: Contribution) -> list[Moment]:
    former = await reading.versions(room.forum, one.id)
    moments = [Moment(page.text("public.history.filed"), one.at, former[0].text if former else "")]
    moments += [Moment(page.text("public.history.amended"), each.at, each.text) for each in former[1:]]
    if one.amended:
        moments.append(Moment(page.text("public.history.amended"), one.amended))
    if one.moderation:
        moments.append(Moment(page.text("public.history.hidden"), one.moderation.at))
    if one.disposition:
        words = page.text(f"public.outcome.{one.disposition.outcome.value}")
        moments.append(Moment(page.text("public.history.answered", outcome=words), one.disposition.at))
    return moments


def without_echo(problem: Problem) -> Problem:
    """The same without the texts that it hands back: the form holds them already."""
    return Problem(problem.kind, *(issue for issue in problem.issues if issue.severity != "information"))


def session_over() -> Issue:
    return Issue(
        Text(
            "Vous n'êtes pas (ou plus) connecté : votre texte est gardé ici. Connectez-vous dans un autre onglet, puis "
            "déposez de nouveau depuis cette page.",
            "You are not logged in (any more): your text is kept here. Log in in another tab, then send again from this "
            "page.",
        )
    )
