"""Which contributions the queue shows, in which order: written in the address, kept from one contribution to the next."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from socle.kernel.pages import Page, choice, one_of
from socle.kernel.policy import Actor
from socle.support.consultation.model import ContributionKind, State
from socle.support.consultation.pages.frame import Room
from socle.support.consultation.store.contributions import Sort, Wanted


class View(StrEnum):
    """What the queue holds."""

    TO_TREAT = "a-traiter"
    MINE = "les-miennes"
    FREE = "libres"
    ANSWERED = "traitees"
    HIDDEN = "masquees"
    ALL = "toutes"


class Order(StrEnum):
    """In which order."""

    OLDEST = "anciennes"
    RECENT = "recentes"
    SUPPORT = "soutiens"


_SORTS: Final[dict[Order, Sort]] = {Order.OLDEST: "oldest", Order.RECENT: "recent", Order.SUPPORT: "supports"}
NAMES: Final = ("vue", "chapitre", "nature", "tri", "q")


@dataclass(frozen=True, slots=True)
class Filter:
    """A queue, as its address says it."""

    view: View
    chapter: str
    kind: ContributionKind | None
    order: Order
    text: str

    @property
    def query(self) -> str:
        """The same, for an address; what is usual is left out."""
        said = {
            "vue": self.view.value if self.view is not View.TO_TREAT else "",
            "chapitre": self.chapter,
            "nature": self.kind.value if self.kind else "",
            "tri": self.order.value if self.order is not Order.OLDEST else "",
            "q": self.text,
        }
        return urlencode({name: value for name, value in said.items() if value})

    def wanted(self, consultation: str, by: Actor) -> Wanted:
        """What to look for."""
        states = {View.HIDDEN: (State.HIDDEN,), View.ALL: (State.SHOWN, State.HIDDEN)}
        return Wanted(
            consultation,
            chapter=self.chapter or None,
            kind=self.kind,
            answered={View.TO_TREAT: False, View.MINE: False, View.FREE: False, View.ANSWERED: True}.get(self.view),
            states=states.get(self.view, (State.SHOWN,)),
            assignee={View.MINE: by.id, View.FREE: ""}.get(self.view),
            text=self.text,
            sort=_SORTS[self.order],
        )


def asked(page: Page, room: Room) -> Filter:
    """The queue that the address asks for. Raises: Problem(INVALID) naming what is not understood."""
    return Filter(
        choice(page, "vue", View) or View.TO_TREAT,
        one_of(page, "chapitre", [chapter.id for chapter in room.chapters]),
        choice(page, "nature", ContributionKind),
        choice(page, "tri", Order) or Order.OLDEST,
        page.query("q")[:200],
    )
