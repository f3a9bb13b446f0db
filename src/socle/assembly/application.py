"""The web application of an open house: its FHIR servers, its pages, its console."""

from typing import Any

from starlette.applications import Starlette

from socle import __version__
from socle.assembly.console_api import console_routes
from socle.assembly.dispatch import Dispatch
from socle.assembly.house import Opened
from socle.kernel.outcome import Problem
from socle.kernel.pages import exception_handlers, portal_routes
from socle.kernel.rest.csrf import RefuseForeign
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.headers import SecurityHeaders
from socle.kernel.rest.kept import KeptAnswers
from socle.kernel.rest.pipeline import fhir_app
from socle.kernel.rest.settings import Settings as RestSettings
from socle.kernel.rest.validating import with_validation
from socle.kernel.search.repository import Repository


def seen_by(endpoint: Endpoint, repository: Repository) -> Repository:
    """A register as one of its servers sees it."""
    return endpoint.view(repository) if endpoint.view else repository


def application(opened: Opened, *, rest: RestSettings | None = None) -> Dispatch:
    """The ASGI application. FHIR servers do not pass through Starlette: they are the hot path."""
    house = opened.house
    answers = KeptAnswers()
    servers = {
        endpoint.base: fhir_app(
            with_validation(endpoint, house.validator),
            seen_by(endpoint, house.repositories[endpoint.register.name]),
            authenticator=house.authenticator,
            clock=house.clock,
            settings=rest,
            secret=house.secret,
            answers=answers,
        )
        for module in house.modules
        for endpoint in module.endpoints
    }
    direct = {path: app for module in house.modules if module.direct for path, app in module.direct(house).items()}
    routes = [
        *portal_routes(house),
        *console_routes(opened),
        *(route for module in house.modules if module.routes for route in module.routes(house)),
    ]
    problems = exception_handlers(house)
    pages = Starlette(routes=routes, exception_handlers=problems)

    async def healthy() -> dict[str, Any]:
        try:
            await opened.database.query("SELECT 1")
        except Problem:
            return {"status": "unavailable", "version": __version__}
        return {"status": "ok", "version": __version__}

    return Dispatch({**servers, **direct}, SecurityHeaders(RefuseForeign(pages, problems[Problem])), healthy)
