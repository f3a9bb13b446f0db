"""`/concertation/<id>/contributions`: what was said, filtered, sorted, searched; each state of the list is an address.

A list of any length is read a page at a time by key: the server holds one page, whatever comes before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Page, choice, one_of, only
from socle.support.consultation.actions.reading import count_of, several
from socle.support.consultation.actions.reading import page as page_of
from socle.support.consultation.model import (
    AuthorKind,
    Consultation,
    Contribution,
    ContributionKind,
    Outcome,
    State,
    Theme,
)
from socle.support.consultation.pages.frame import Room, show
from socle.support.consultation.pages.speaking import themes_of
from socle.support.consultation.store.contributions import Sort, Wanted

SIZE: Final = 50
_SORTS: Final[Mapping[str, Sort]] = {"": "recent", "recent": "recent", "oldest": "oldest", "supports": "supports"}
_FILTERS: Final = ("q", "chapter", "block", "requirement", "kind", "author", "answer", "theme", "mine", "state", "sort")
_WAITING: Final = "waiting"
_ANSWERED: Final = "answered"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    wanted: Wanted
    theme: str = ""


async def show_list(page: Page, room: Room) -> Response:
    """The list."""
    only(page, *_FILTERS, "after")
    asked = _asked(page, room.consultation)
    themes = await themes_of(room.forum, room.consultation.id, page.now)
    count: int | None
    if asked.theme:
        items, following, count = await _of_theme(page, room, asked, themes)
    else:
        found = await page_of(room.forum, asked.wanted, after=page.query("after"), count=SIZE, by=page.actor)
        items, following = found.items, found.next
        count = await count_of(room.forum, asked.wanted)
        if count is None and not following and not page.query("after"):
            count = len(items)
    return show(
        page,
        "contributions.html",
        room,
        "contributions",
        items=items,
        count=count,
        next_url=page.here(after=following) if following else "",
        start_url=page.here(after="") if page.query("after") else "",
        sort=asked.wanted.sort,
        filtered=any(page.query(name) for name in _FILTERS if name != "sort"),
        kept={name: page.query(name) for name in ("block", "requirement", "mine", "state")},
        chapters=[(one.id, f"{one.number} {one.title}") for one in room.chapters],
        kinds=[(one.value, page.text(f"public.kind.{one.value}")) for one in ContributionKind],
        authors=[(one.value, page.text(f"public.author.{one.value}")) for one in AuthorKind],
        outcomes=[
            *((one, page.text(f"public.outcome.{one}")) for one in (_WAITING, _ANSWERED)),
            *((one.value, page.text(f"public.outcome.{one.value}")) for one in Outcome),
        ],
        themes=[(theme.words[0], ", ".join(theme.words)) for theme in themes],
        sorts=[(one, page.text(f"public.sort.{one}")) for one in ("recent", "oldest", "supports")],
    )


def _asked(page: Page, consultation: Consultation) -> Asked:
    answer = one_of(page, "answer", (_WAITING, _ANSWERED, *(one.value for one in Outcome)))
    mine = one_of(page, "mine", ("yes",)) == "yes"
    if mine and not page.actor.is_authenticated:
        raise Problem.of(
            Kind.UNAUTHENTICATED,
            "Connectez-vous pour lire la liste de vos contributions.",
            "Log in to read the list of your contributions.",
        )
    state = choice(page, "state", State) or State.SHOWN
    states: Sequence[State] = tuple(State) if mine else (state,)
    if state is State.WITHDRAWN and not mine:
        raise Problem.of(
            Kind.INVALID,
            "Ce que son auteur a retiré n'est plus montré qu'à lui.",
            "What its author withdrew is shown to them alone.",
            expression="state",
        )
    wanted = Wanted(
        consultation.id,
        chapter=page.query("chapter") or None,
        block=page.query("block") or None,
        requirement=page.query("requirement") or None,
        kind=choice(page, "kind", ContributionKind),
        author_kind=choice(page, "author", AuthorKind),
        outcome=Outcome(answer) if answer and answer not in (_WAITING, _ANSWERED) else None,
        answered={_WAITING: False, _ANSWERED: True}.get(answer),
        states=states,
        author=page.actor.id if mine else None,
        text=page.query("q"),
        sort=_SORTS[one_of(page, "sort", (name for name in _SORTS if name), "recent")],
    )
    if wanted.chapter == "texte":  # the edition as a whole
        wanted = replace(wanted, chapter="")
    return Asked(wanted, page.query("theme"))


async def _of_theme(
    page: Page, room: Room, asked: Asked, themes: Sequence[Theme]
) -> tuple[Sequence[Contribution], str, int]:
    """Contributions of a theme: few enough to be filtered here, the most supported first unless asked otherwise."""
    theme = next((one for one in themes if asked.theme in one.words), None)
    if theme is None:
        known = ", ".join(one.words[0] for one in themes)
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Il n'y a pas (ou plus) de thème « {asked.theme[:60]} ». Thèmes du moment : {known}.",
            f"There is no theme “{asked.theme[:60]}” (any more). Themes now: {known}.",
            expression="theme",
        )
    wanted = asked.wanted
    kept = set(theme.contributions)
    if wanted.text:
        found = await page_of(room.forum, replace(wanted, sort="supports"), count=200, by=page.actor)
        kept &= {one.id for one in found.items}
    items = [one for one in await several(room.forum, sorted(kept), by=page.actor) if _is_wanted(one, wanted)]
    if wanted.sort == "supports":
        items.sort(key=lambda one: (-one.supports.total, -one.id))
    else:
        items.sort(key=lambda one: (one.at, one.id), reverse=wanted.sort == "recent")
    after = page.query("after")
    start = next((rank for rank, one in enumerate(items) if str(one.id) == after), -1) + 1
    shown = items[start : start + SIZE]
    return shown, str(shown[-1].id) if start + SIZE < len(items) else "", len(items)


def _is_wanted(one: Contribution, wanted: Wanted) -> bool:
    anchor = one.anchor
    return (
        one.state in wanted.states
        and wanted.chapter in (None, anchor.chapter)
        and wanted.block in (None, anchor.block)
        and wanted.requirement in (None, anchor.requirement)
        and wanted.kind in (None, one.kind)
        and wanted.author_kind in (None, one.author.kind)
        and (wanted.outcome is None or (one.disposition is not None and one.disposition.outcome is wanted.outcome))
        and wanted.answered in (None, one.disposition is not None)
        and (wanted.author is None or one.mine)
    )
