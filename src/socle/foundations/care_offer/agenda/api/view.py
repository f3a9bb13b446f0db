"""How the two servers see the register: GAP bounds its searches of slots, the SAS has searches and shapes of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from socle.foundations.care_offer.agenda.actions.answering import answer
from socle.foundations.care_offer.agenda.rules.forms import Form, check_window, is_form, moment, question
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.foundations.care_offer.agenda.store.reading import references
from socle.foundations.care_offer.agenda.store.sas import shaped
from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import page_token
from socle.kernel.search.engine import Page
from socle.kernel.search.order import Cursor
from socle.kernel.search.page_token import Place
from socle.kernel.search.query import Query
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import Sight
from socle.kernel.store import Json, Store, Stored

if TYPE_CHECKING:
    from socle.kernel.search.parse import Pairs


def kept(repository: Repository) -> Repository:
    """The register as it is kept, behind a view or not."""
    return repository.kept if isinstance(repository, _View) else repository


class _View(Repository):
    """A register seen otherwise; `kept` is the register itself."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(
            repository.register, repository.store, repository.definitions, repository.bases, repository.terminology
        )
        self.kept = repository


class AgendaView(_View):
    """The register as GAP sees it: as it is kept, within a window for searches of slots."""

    async def search(
        self,
        parameters: "Pairs",
        resource_type: str | None,
        *,
        now: datetime,
        secret: bytes,
        lenient: bool = False,
        sight: Sight | None = None,
    ) -> Page:
        """As the register's own. Raises: Problem(TOO_COSTLY) for too long a window of slots."""
        if resource_type == "Slot":
            starts = [value for name, value in parameters if name == "start"]
            low = [found for value in starts if value[:2] in ("ge", "gt") and (found := moment(value[2:]))]
            high = [found for value in starts if value[:2] in ("le", "lt") and (found := moment(value[2:], end=True))]
            if low and high:
                check_window(max(low), min(high))
        return await super().search(parameters, resource_type, now=now, secret=secret, lenient=lenient, sight=sight)


class SasView(_View):
    """The register as the SAS sees it."""

    def __init__(self, repository: Repository) -> None:
        super().__init__(repository)
        self.store = cast("Store", _Shapes(repository.store))
        self.agendas = Agendas(repository)

    async def search(
        self,
        parameters: "Pairs",
        resource_type: str | None,
        *,
        now: datetime,
        secret: bytes,
        lenient: bool = False,
        sight: Sight | None = None,
    ) -> Page:
        """One of the forms of the guide, or an ordinary search of what the forms name.

        Raises: Problem(INVALID | TOO_COSTLY) naming each parameter that is wrong.
        """
        if resource_type is None or not is_form(resource_type, parameters):
            return await super().search(parameters, resource_type, now=now, secret=secret, lenient=lenient, sight=sight)
        return await self._answer(resource_type, tuple(parameters), None, now, secret)

    async def page(self, token: str, *, now: datetime, secret: bytes, sight: Sight | None = None) -> Page:
        """The page that a link's token leads to."""
        place = page_token.read(token, secret, now)
        if not is_form(place.resource_type, place.parameters):
            return await super().page(token, now=now, secret=secret, sight=sight)
        return await self._answer(place.resource_type, place.parameters, place, now, secret)

    async def _answer(
        self,
        resource_type: str,
        parameters: tuple[tuple[str, str], ...],
        place: Place | None,
        now: datetime,
        secret: bytes,
    ) -> Page:
        asked = question(resource_type, parameters)
        after = _after(place)
        alone = asked.form is not Form.INDIVIDUAL  # their profiles allow one link: all in one answer
        limit = max(asked.count, 0)
        slots, total = await self.agendas.asked(asked, after=after, limit=limit + 1)
        if alone and total > limit:
            raise _too_many(total, limit)
        more, slots = len(slots) > limit, slots[:limit]
        found = await answer(self.agendas, asked, slots)
        matches, included = _sides(found, "Schedule" if asked.form is Form.SOS else "Slot")
        following = None
        if more and slots:
            cursor = Cursor((slots[-1].start, slots[-1].slot), 0)
            following = page_token.write(
                Place(self.register.name, resource_type, parameters, place.asked if place else now, cursor, 0, 0),
                secret,
            )
        return Page(
            Query((resource_type,), now=now, parameters=parameters, count=limit),
            matches,
            included,
            total,  # of slots: the guide counts them, also where agendas match
            following,
            None,
            profile=asked.form.value if matches or not alone else "",
            lone=alone or (following is None and place is None),
        )


def _sides(found: Sequence[Stored], matched: str) -> tuple[list[Stored], list[Stored]]:
    return [one for one in found if one.type == matched], [one for one in found if one.type != matched]


def _after(place: Place | None) -> tuple[datetime, str] | None:
    if place is None:
        return None
    start, slot = place.cursor.values
    assert isinstance(start, datetime)
    return start, str(slot)


def _too_many(total: int, limit: int) -> Problem:
    return Problem.of(
        Kind.TOO_COSTLY,
        f"{total} créneaux répondent, une réponse de cette forme en tient {limit} : resserrez les bornes.",
        f"{total} slots match, an answer of this form holds {limit}: narrow the bounds.",
        expression="http.start",
        rule="AGD-FENETRE",
    )


class _Shapes:
    """A store that shows what it reads in the shapes of the SAS; everything else is the store's own."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """The current version, in its shape."""
        stored = await self._store.read(resource_type, resource_id)
        return None if stored is None else shaped(stored, None, await self._beside([stored]))

    def stamp(self, resource_type: str, resource_id: str) -> None:
        """A shape depends on other resources too: it is made each time."""

    async def read_many(self, references: Sequence[tuple[str, str]]) -> list[Stored]:
        """Current versions, in their shapes."""
        found: list[Stored] = await self._store.read_many(references)
        beside = await self._beside(found)
        return [shaped(one, None, beside) for one in found]

    def stored(self, row: Mapping[str, Any]) -> Stored:
        """A version found by a search. A role is then without its place: it is read with it."""
        return shaped(self._store.stored(row), None, {})

    async def _beside(self, found: Sequence[Stored]) -> dict[str, Json]:
        places = [
            ("Location", id)
            for one in found
            if one.type == "PractitionerRole" and one.body
            for id in references(json.parse(one.body).get("location", ()), "Location")
        ]
        if not places:
            return {}
        return {f"{one.type}/{one.id}": json.parse(one.body) for one in await self._store.read_many(places)}
