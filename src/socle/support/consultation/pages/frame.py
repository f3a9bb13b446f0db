"""The frame around the public pages: the consultation that is read, its edition, what places are called."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Handler, Page
from socle.support.consultation.actions.forum import Forum
from socle.support.consultation.actions.reading import consultation
from socle.support.consultation.model import Anchor, Consultation, Outcome, Step
from socle.support.consultation.pages import said
from socle.support.consultation.permissions import CONTRIBUTE, EDIT, MODERATE
from socle.support.consultation.rules.contributing import may_contribute
from socle.support.consultation.rules.cycle import STEPS
from socle.support.consultation.rules.moderation import RULES
from socle.support.doctrine.actions import editions
from socle.support.doctrine.model import Chapter, Edition

ROOT: Final = "/concertation"
REGISTER: Final = "consultation"
TONES: Final = {
    Outcome.ACCEPTED: "ok",
    Outcome.PARTLY: "attention",
    Outcome.REFUSED: "refused",
    Outcome.DUPLICATE: "unknown",
    Outcome.OUT_OF_SCOPE: "unknown",
}
STEP_TONES: Final = {Step.OPEN: "ok", Step.TREATMENT: "attention", Step.FROZEN: "attention"}
TABS: Final = (("about", ""), ("contributions", "/contributions"), ("synthesis", "/synthese"), ("data", "/donnees"))


@dataclass(frozen=True, slots=True)
class Place:
    """What a contribution is about, in words, and where it is read."""

    chapter: str
    within: str
    url: str


@dataclass(frozen=True, slots=True)
class Room:
    """A consultation and the edition that it comments upon."""

    forum: Forum
    consultation: Consultation
    edition: Edition

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"{ROOT}/{self.consultation.id}"

    @property
    def chapters(self) -> list[Chapter]:
        """The chapters that are open to comments."""
        return [one for one in self.edition.chapters if self.consultation.concerns(one.id)]

    def place(self, anchor: Anchor) -> Place:
        """What an anchor is called. An anchor that the edition lost keeps its own name."""
        chapter = self.edition.chapter_by_id.get(anchor.chapter)
        title = f"{chapter.number} {chapter.title}" if chapter else anchor.chapter
        end = f"#{anchor.requirement or anchor.block}" if anchor.requirement or anchor.block else ""
        return Place(title, anchor.requirement or anchor.block, f"{self.path}/{anchor.chapter or 'texte'}{end}")

    def address(self, name: str) -> str | None:
        """Where "C-12" or "INS-001" leads."""
        if name.startswith("C-"):
            return f"{self.path}/contributions/{name[2:]}"
        requirement = self.edition.requirement_by_id.get(name)
        return f"{self.path}/{requirement.chapter}#{name}" if requirement else None

    def link(self, target: str) -> str | None:
        """Where a reference in the text of the edition leads: to the same text, open to comments."""
        if target in self.edition.requirement_by_id:
            return self.address(target)
        chapter, _, anchor = target.partition("#")
        if chapter not in self.edition.chapter_by_id:
            return None
        return f"{self.path}/{chapter}" + (f"#{anchor}" if anchor else "")

    def takes(self, page: Page, chapter: str = "") -> bool:
        """Whether contributions are taken now."""
        return bool(may_contribute(self.consultation, chapter, now=page.now).allowed)


Answer = Callable[[Page, Room], Awaitable[Response]]


class Hall:
    """Gives handlers the forum, or the consultation that the address names."""

    def __init__(self, house: House) -> None:
        self._forum = Forum(house, house.settings.url)

    def forum(self, answer: Callable[[Page, Forum], Awaitable[Response]]) -> Handler:
        """A handler that is given the forum."""

        async def handle(page: Page) -> Response:
            return await answer(page, self._forum)

        return handle

    def __call__(self, answer: Answer) -> Handler:
        """A handler that is given the consultation. It raises Problem(NOT_FOUND) when there is none of that name."""

        async def handle(page: Page) -> Response:
            return await answer(page, await room_of(self._forum, page.path("id")))

        return handle


async def room_of(forum: Forum, id: str) -> Room:
    """A consultation with its edition. Raises: Problem(NOT_FOUND)."""
    found = await consultation(forum, id)
    edition = (await editions(forum.house)).get(found.edition)
    if edition is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'édition {found.edition}, que cette concertation commente, n'est plus dans cette maison.",
            f"Edition {found.edition}, which this consultation comments upon, is no longer in this house.",
        )
    return Room(forum, found, edition)


def show(page: Page, template: str, room: Room | None, tab: str = "", *, status: int = 200, **context: Any) -> Response:
    """A page of a consultation (None: of all of them); `tab` is the one that is lit."""
    address = room.address if room else lambda name: None
    helpers = {
        "excerpt": said.excerpt,
        "paragraphs": partial(said.paragraphs, address=address),
        "reworded": said.reworded,
        "tones": TONES,
        "step_tones": STEP_TONES,
        "steps": STEPS,
        "rules": RULES,
        "root": ROOT,
        "contributor": page.may(CONTRIBUTE),
        "at_desk": page.may(EDIT) or page.may(MODERATE),
    }
    shown = {"debate": room, "tab": tab, "tabs": TABS, "takes": room.takes(page) if room else False}
    return page.render(f"public/{template}", status=status, **{**helpers, **shown, **context})
