"""An edition to take away: whole as JSON, its requirements as CSV, its deadlines as a calendar, OSCAL."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.kernel.module import House
from socle.support.doctrine.actions.search import Indexes
from socle.support.doctrine.api import answer
from socle.support.doctrine.api.asking import Query, question, who
from socle.support.doctrine.api.filters import FILTERS
from socle.support.doctrine.api.operations import chosen_requirements, edition_named
from socle.support.doctrine.forms import data
from socle.support.doctrine.forms.calendar import calendar
from socle.support.doctrine.forms.table import milestones_csv, requirements_csv
from socle.support.doctrine.model import Edition, Requirement
from socle.support.doctrine.rules.applies import Concern, milestones_for

Endpoint = Callable[[Request], Awaitable[Response]]
Make = Callable[[Request, Edition], Response]


def routes(house: House, indexes: Indexes, guarded: Callable[[Endpoint], Endpoint]) -> list[BaseRoute]:
    """What is taken away from an edition, below its address."""

    def one(path: str, make: Make) -> Route:
        async def serve(request: Request) -> Response:
            return make(request, await edition_named(house, request.path_params["year"]))

        return Route(f"/doctrine/{{year}}/{path}", guarded(serve))

    def chosen(request: Request, edition: Edition) -> tuple[Query, tuple[Concern, ...]]:
        query = Query(request.query_params.multi_items(), FILTERS)
        return query, chosen_requirements(edition, query, indexes, house.clock().date())

    def requirements(request: Request, edition: Edition) -> Response:
        found = _requirements(chosen(request, edition)[1])
        name = f"exigences-{edition.id}.csv"
        return answer.content(request, requirements_csv(edition, found), "text/csv; charset=utf-8", filename=name)

    def deadlines(request: Request, edition: Edition) -> Response:
        query, found = chosen(request, edition)
        today = house.clock().date()
        milestones = () if question(query) else milestones_for(edition, who(query, edition), today=today)
        # Stamped with the day: the same calendar all day, so that a diary that asks again is told that nothing changed.
        body = calendar(
            edition, [*found, *milestones], url=house.settings.url, now=datetime.combine(today, time.min, UTC)
        )
        name = f"echeances-{edition.id}.ics"
        return answer.content(request, body, "text/calendar; charset=utf-8", filename=name, seconds=3600)

    written: dict[str, tuple[Edition, bytes]] = {}

    def whole(request: Request, edition: Edition) -> Response:
        Query(request.query_params.multi_items(), ())
        made = written.get(edition.id)
        if made is None or made[0] is not edition:
            made = written[edition.id] = (edition, orjson.dumps(data.of_edition(edition)))
        return answer.content(request, made[1], answer.JSON)

    return [
        one("edition.json", whole),
        one("edition.csv", requirements),
        one("jalons.csv", _milestones),
        one("echeances.ics", deadlines),
    ]


def _milestones(request: Request, edition: Edition) -> Response:
    Query(request.query_params.multi_items(), ())
    name = f"jalons-{edition.id}.csv"
    return answer.content(request, milestones_csv(edition.milestones), "text/csv; charset=utf-8", filename=name)


def _requirements(found: Sequence[Concern]) -> list[Requirement]:
    return [one.item for one in found if isinstance(one.item, Requirement)]
