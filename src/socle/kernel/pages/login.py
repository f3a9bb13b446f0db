"""The login page of a demonstration: choose who you are, then go back to where you were."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.routing import BaseRoute

from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.pages.contract import HouseCard
from socle.kernel.pages.page import Page
from socle.kernel.pages.pages import LOGIN, LOGOUT, Handler, Pages
from socle.kernel.pages.security import safe_next
from socle.kernel.policy import Actor


@dataclass(frozen=True, slots=True)
class Login:
    """How the house lets someone in.

    people    who can be chosen, by short name; empty on a house without demonstration
    log_in    the Set-Cookie header that makes the browser this person
    log_out   the Set-Cookie header that makes it nobody again
    roles     what each role may do, in words
    came_in   notes who enters, before the door opens
    went_out  notes that `page.actor` leaves
    """

    people: Mapping[str, Actor]
    log_in: Callable[[str], str]
    log_out: Callable[[], str]
    roles: Mapping[str, Text] = field(default_factory=dict)
    came_in: Callable[[Page, Actor], Awaitable[None]] | None = None
    went_out: Callable[[Page], Awaitable[None]] | None = None


def login_routes(house: HouseCard, login: Login) -> list[BaseRoute]:
    """`/connexion` (page and form) and `/deconnexion` (form), for the assembly."""
    pages = Pages(house)
    return [
        pages.get(LOGIN, _choose(login)),
        pages.post(LOGIN, _enter(login)),
        pages.post(LOGOUT, _leave(login)),
    ]


def _choose(login: Login) -> Handler:
    async def handle(page: Page) -> Response:
        return page.render(
            "login.html", people=login.people, roles=login.roles, next=safe_next(page.query("next", "/"))
        )

    return handle


def _enter(login: Login) -> Handler:
    async def handle(page: Page) -> Response:
        form = await page.form()
        name = form.get("person")
        if name not in login.people:
            raise Problem.of(
                Kind.INVALID,
                "Cette personne n'est pas de la démonstration. Choisissez-en une dans la page de connexion.",
                "This person is not part of the demonstration. Choose one on the login page.",
            )
        if login.came_in is not None:
            await login.came_in(page, login.people[name])
        response = page.redirect(safe_next(form.get("next", "/")))
        response.headers.append("Set-Cookie", login.log_in(name))
        return response

    return handle


def _leave(login: Login) -> Handler:
    async def handle(page: Page) -> Response:
        if login.went_out is not None:
            await login.went_out(page)
        response = page.redirect("/", done="login.left")
        response.headers.append("Set-Cookie", login.log_out())
        return response

    return handle
