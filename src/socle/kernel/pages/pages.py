"""The pages of one module: routes that know the language and the actor, and turn every Problem into a page."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages.contract import HouseCard, ModuleCard
from socle.kernel.pages.environment import prepare
from socle.kernel.pages.page import LANGUAGE_COOKIE, Page
from socle.kernel.pages.security import refuse_foreign_form
from socle.kernel.pages.texts import choose_language
from socle.kernel.policy import ANONYMOUS

Handler = Callable[[Page], Awaitable[Response]]

LOGIN = "/connexion"
LOGOUT = "/deconnexion"


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of the module in its own navigation: path, and key of its text."""

    path: str
    key: str


class Pages:
    """The pages of one module (or of the kernel, with no module name)."""

    def __init__(self, house: HouseCard, module: str = "", tabs: Sequence[Tab] = ()) -> None:
        self.house = house
        self.package = f"socle.{module}" if module else "socle.kernel.pages"
        self.tabs = tuple(tabs)
        prepare(self.package)
        self.module: ModuleCard | None = next(
            (m for m in house.modules if f"{module}.".startswith(f"{m.name}.")), None
        )  # a package inside a module shows its pages as that module's

    @property
    def room(self) -> str:
        """The room that these pages are in, "" for the kernel's own."""
        return str(self.module.room) if self.module else ""

    def tab_of(self, path: str) -> Tab | None:
        """The tab that an address belongs to: the one whose path begins it, the longest first."""
        within = [tab for tab in self.tabs if path == tab.path or path.startswith(f"{tab.path}/")]
        return max(within, key=lambda tab: len(tab.path), default=None)

    def get(self, path: str, handler: Handler) -> Route:
        """A page to read (GET and HEAD)."""
        return Route(path, self._endpoint(handler), methods=["GET"])

    def post(self, path: str, handler: Handler) -> Route:
        """A form to receive; answer with `page.redirect`, or with the form and what is wrong in it."""
        return Route(path, self._endpoint(handler), methods=["POST"])

    async def page(self, request: Request) -> Page:
        """The page asked for. A proof of identity that is no longer valid counts as none: the page will ask again."""
        language = choose_language(
            request.query_params.get("lang"),
            request.cookies.get(LANGUAGE_COOKIE),
            request.headers.get("accept-language", ""),
        )
        try:
            actor = await self.house.actor_of(request.headers, request.cookies)
        except Problem as problem:
            if problem.kind is not Kind.UNAUTHENTICATED:
                raise
            actor = ANONYMOUS
        return Page(request, self, language, actor, self.house.clock())

    def _endpoint(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            page = await self.page(request)
            try:
                if request.method == "POST":
                    refuse_foreign_form(request)
                return await handler(page)
            except Problem as problem:
                return problem_page(page, problem)

        return endpoint


def problem_page(page: Page, problem: Problem) -> Response:
    """A Problem as a page: what happened, which rule, what to do; its HTTP status and headers."""
    where = page.here() if page.request.method == "GET" else "/"
    response = page.render(
        "kernel/problem.html",
        status=problem.kind.status,
        problem=problem,
        login=f"{LOGIN}?next={quote(where, safe='')}" if problem.kind is Kind.UNAUTHENTICATED else "",
    )
    for name, value in problem.headers:
        response.headers[name] = value
    return response


_BY_STATUS = {
    404: (
        Kind.NOT_FOUND,
        "Il n'y a pas de page à cette adresse. Vérifiez l'adresse, ou repartez de la maison.",
        "There is no page at this address. Check the address, or start again from the house.",
    ),
    405: (
        Kind.NOT_ALLOWED,
        "Cette adresse ne répond pas à ce genre de demande. Revenez à la page précédente et utilisez ses boutons.",
        "This address does not answer this kind of request. Go back to the previous page and use its buttons.",
    ),
    400: (
        Kind.MALFORMED,
        "Le formulaire reçu est illisible. Rechargez la page et recommencez.",
        "The form received cannot be read. Reload the page and try again.",
    ),
}
_BROKEN = (
    Kind.INTERNAL,
    "La maison a rencontré une erreur qui n'est pas de votre fait ; elle est notée dans le journal. "
    "Réessayez ; si cela continue, donnez à l'exploitant le numéro de demande ci-dessous.",
    "The house met an error that is not your doing; it is in the log. "
    "Try again; if it goes on, give the operator the request number below.",
)


def exception_handlers(
    house: HouseCard,
) -> dict[int | type[Exception], Callable[[Request, Exception], Awaitable[Response]]]:
    """The error pages of an application, for Starlette: unknown address, wrong method, our own failure."""
    pages = Pages(house)

    async def handle(request: Request, error: Exception) -> Response:
        page = await pages.page(request)
        if isinstance(error, Problem):
            return problem_page(page, error)
        status = error.status_code if isinstance(error, HTTPException) else 500
        return problem_page(page, Problem.of(*_BY_STATUS.get(status, _BROKEN)))

    return {HTTPException: handle, Problem: handle, Exception: handle}
