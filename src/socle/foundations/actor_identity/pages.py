"""`/connexion` and `/deconnexion`: the demonstration's door."""

from collections.abc import Mapping
from dataclasses import replace

from starlette.routing import BaseRoute

from socle.foundations.actor_identity import actions
from socle.foundations.actor_identity.people import PEOPLE, ROLES
from socle.kernel.module import House
from socle.kernel.pages import Login, Page, login_routes
from socle.kernel.policy import Actor
from socle.kernel.rest.demo_login import DemoLogin


def routes(house: House) -> list[BaseRoute]:
    """The login pages; without demonstration they teach how to get a key."""
    people: Mapping[str, Actor] = PEOPLE if house.settings.demo else {}
    desk = DemoLogin(people, house.secret, house.clock, secure=house.settings.url.startswith("https:"))

    async def came_in(page: Page, actor: Actor) -> None:
        entering = replace(page, actor=actor)
        await actions.come_in(house.database, by=actor, trace=entering.trace("house", actions.LOGIN, "demo"))

    async def went_out(page: Page) -> None:
        await actions.go_out(house.database, by=page.actor, trace=page.trace("house", actions.LOGOUT, "demo"))

    login = Login(people, desk.log_in, desk.log_out, roles=ROLES, came_in=came_in, went_out=went_out)
    return login_routes(house, login)
