"""The frame around every page of the editor's desk: who may come in, which consultation is at work, what is shown always."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from socle.kernel.audit import Trace
from socle.kernel.module import House
from socle.kernel.pages import Handler, Page
from socle.kernel.policy import Permission
from socle.support.consultation.actions.answering import OUTCOMES, Progress, progress
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.lines import at_the_desk
from socle.support.consultation.actions.reading import consultations
from socle.support.consultation.model import Consultation, Outcome, Step
from socle.support.consultation.pages import said
from socle.support.consultation.pages.frame import STEP_TONES, TONES, Room, room_of
from socle.support.consultation.permissions import EDIT, MODERATE, PERSONAL
from socle.support.consultation.rules.cycle import STEPS
from socle.support.consultation.rules.moderation import RULES

ROOT: Final = "/concertation/redaction"
REGISTER: Final = "consultation"
KEYS: Final = {
    Outcome.ACCEPTED: "a",
    Outcome.PARTLY: "p",
    Outcome.REFUSED: "r",
    Outcome.DUPLICATE: "d",
    Outcome.OUT_OF_SCOPE: "h",
}

Answer = Callable[[Page, Forum], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the desk: its address, its text, and who may use it."""

    name: str
    url: str
    permission: Permission = EDIT


class Desk:
    """Gives handlers the forum, once the caller was let in: nothing is read, and nothing said, before that."""

    def __init__(self, house: House) -> None:
        self._forum = Forum(house, house.settings.url)

    def __call__(self, answer: Answer, permission: Permission | None = None) -> Handler:
        """A handler for those who may use `permission`; for editors and moderators when it is None."""

        async def handle(page: Page) -> Response:
            trace = trace_of(page, "desk")
            if permission is None:
                async with at_the_desk(self._forum, by=page.actor, trace=trace):
                    pass
            else:
                async with self._forum.guarded(permission, by=page.actor, trace=trace):
                    pass
            return await answer(page, self._forum)

        return handle


def trace_of(page: Page, interaction: str) -> Trace:
    """The circumstances of what is done at the desk; the action finds its ground."""
    return page.trace(REGISTER, interaction, "")


async def current(forum: Forum) -> Consultation | None:
    """The consultation at work: the latest that is not published, else the latest; None when there is none."""
    every = await consultations(forum)
    return next((one for one in every if one.step is not Step.PUBLISHED), every[0] if every else None)


async def room_named(page: Page, forum: Forum) -> Room:
    """The consultation that the address names. Raises: Problem(NOT_FOUND)."""
    return await room_of(forum, page.path("id"))


async def how_far(page: Page, room: Room) -> Progress | None:
    """Where the treatment stands; None for those who only moderate."""
    if not page.may(EDIT):
        return None
    return await progress(room.forum, room.consultation.id, by=page.actor, trace=trace_of(page, "progress"))


def tabs_of(page: Page, room: Room | None) -> list[Tab]:
    """The pages of the desk that this reader may use."""
    here = f"{ROOT}/{room.consultation.id}" if room else ROOT
    tabs = [Tab("queue", here, MODERATE if page.may(MODERATE) else EDIT)]
    if room is not None:
        tabs += [
            Tab("groups", f"{here}/doublons"),
            Tab("draft", f"{here}/edition"),
            Tab("cycle", f"{here}/cycle"),
            Tab("files", f"{here}/fichiers"),
        ]
    tabs += [
        Tab("canned", f"{ROOT}/reponses-types"),
        Tab("people", f"{ROOT}/participants", PERSONAL),
        Tab("outbox", f"{ROOT}/avis", PERSONAL),
    ]
    return [tab for tab in tabs if page.may(tab.permission)]


def show(page: Page, template: str, room: Room | None, tab: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the desk; `tab` is the one that is lit."""
    helpers = {
        "excerpt": said.excerpt,
        "paragraphs": partial(said.paragraphs, address=room.address if room else lambda name: None),
        "reworded": said.reworded,
        "tones": TONES,
        "step_tones": STEP_TONES,
        "steps": STEPS,
        "rules": RULES,
        "outcomes": OUTCOMES,
        "keys": KEYS,
        "root": ROOT,
        "here": f"{ROOT}/{room.consultation.id}" if room else ROOT,
        "editor": page.may(EDIT),
        "moderator": page.may(MODERATE),
    }
    shown = {"office": room, "tab": tab, "tabs": tabs_of(page, room), "query": "", "progress": None}
    return page.render(f"desk/{template}", status=status, **{**helpers, **shown, **context})
