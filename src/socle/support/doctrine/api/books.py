"""An edition to take away in the forms that take time to make: PDF, EPUB, OSCAL."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from socle.kernel.module import House
from socle.support.doctrine.actions.press import Press
from socle.support.doctrine.api import answer
from socle.support.doctrine.api.asking import Query
from socle.support.doctrine.api.operations import edition_named
from socle.support.doctrine.forms.oscal import MODELS
from socle.support.doctrine.model import Addressee, Edition

Endpoint = Callable[[Request], Awaitable[Response]]
_EPUB: Final = "application/epub+zip"


def routes(house: House, guarded: Callable[[Endpoint], Endpoint]) -> list[BaseRoute]:
    """`/doctrine/<year>/edition.pdf`, `edition.epub`, `oscal/<model>.json`, `oscal/profile-<addressee>.json`."""
    press = Press(house.settings.data / "doctrine", {module.name: module.title.fr for module in house.modules})

    def one(path: str, media_type: str, make: Callable[[Edition], Awaitable[bytes]], filename: str = "") -> Route:
        async def serve(request: Request) -> Response:
            Query(request.query_params.multi_items(), ())
            edition = await edition_named(house, request.path_params["year"])
            return answer.content(request, await make(edition), media_type, filename=filename.format(edition.id))

        return Route(f"/doctrine/{{year}}/{path}", guarded(serve))

    return [
        one("edition.pdf", "application/pdf", press.pdf, "doctrine-{}.pdf"),
        one("edition.epub", _EPUB, press.epub, "doctrine-{}.epub"),
        *(one(f"oscal/{model}.json", answer.JSON, partial(press.oscal, model=model)) for model in MODELS),
        *(
            one(f"oscal/profile-{addressee}.json", answer.JSON, partial(press.profile, addressee=addressee))
            for addressee in Addressee
        ),
    ]
