"""One request for a page: who asks, in which language, and the ways to answer."""

import gzip
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from socle.kernel.audit import Trace
from socle.kernel.outcome import Issue, Kind, Language, Problem
from socle.kernel.pages import flash, moments
from socle.kernel.pages.environment import rendered
from socle.kernel.pages.form import Form
from socle.kernel.pages.security import HEADERS
from socle.kernel.pages.texts import texts_of, unbroken
from socle.kernel.policy import Actor, Permission, decide

if TYPE_CHECKING:
    from socle.kernel.pages.pages import Pages

LANGUAGE_COOKIE = "socle_lang"
_YEAR = 31_536_000


@dataclass
class Page:
    """What a handler is given. `now`: when the request came in (UTC); `request_id`: in the traces and the answer."""

    request: Request
    pages: "Pages"
    language: Language
    actor: Actor
    now: datetime
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def text(self, key: str, **values: Any) -> str:
        """A sentence of the module, in the reader's language. Raises: KeyError when `texts.toml` has no such key."""
        return texts_of(self.pages.package).plain(key, self.language, values)

    def path(self, name: str) -> str:
        """A part of the path, e.g. `{id}`."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the URL, without the blanks around it."""
        return self.request.query_params.get(name, default).strip()

    async def form(self, *, most_bytes: int = 1_000_000, most_files: int = 10) -> Form:
        """What the form sent (files are left out: see `file`). Raises: Problem(TOO_LARGE | MALFORMED)."""
        length = self.request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > most_bytes:
            raise Problem.of(
                Kind.TOO_LARGE,
                f"Le formulaire dépasse {most_bytes // 1000} ko : envoyez moins de données à la fois.",
                f"The form is larger than {most_bytes // 1000} kB: send less data at a time.",
                rule="SOCLE-FORM-SIZE",
            )
        try:
            sent = await self.request.form(max_files=most_files, max_fields=500)
        except (HTTPException, MultiPartException) as error:
            raise Problem.of(
                Kind.MALFORMED,
                f"Le formulaire ne peut pas être lu ; il envoie {most_files} fichiers et 500 champs au plus.",
                f"The form cannot be read; it sends {most_files} files and 500 fields at most.",
                rule="SOCLE-FORM",
            ) from error
        form = Form()
        for name, value in sent.multi_items():
            if isinstance(value, str):
                form.values.setdefault(name, []).append(value)
        return form

    async def file(self, name: str) -> bytes | None:
        """The file sent in a field, None when none was chosen. Call after `form`, which bounds its size."""
        value = (await self.request.form()).get(name)
        return await value.read() if isinstance(value, UploadFile) and value.filename else None

    def require(self, permission: Permission) -> str:
        """That the actor may use `permission`; answers the ground, for the trace.

        Raises: Problem(UNAUTHENTICATED) when nobody is logged in, Problem(FORBIDDEN) otherwise.
        """
        kind = Kind.FORBIDDEN if self.actor.is_authenticated else Kind.UNAUTHENTICATED
        return decide(self.actor, permission).or_raise(kind).reason

    def may(self, permission: Permission) -> bool:
        """Whether the actor may use `permission`: to show a button or not."""
        return decide(self.actor, permission).allowed

    def trace(self, register: str, interaction: str, ground: str) -> Trace:
        """The circumstances of this request, for an action."""
        client = self.request.client
        return Trace(
            who=self.actor.id,
            name=self.actor.name,
            role=" ".join(sorted(self.actor.roles)),
            structure=self.actor.structure,
            means=self.actor.means,
            ground=ground,
            at=self.now,
            register=register,
            interaction=interaction,
            request=self.request_id,
            source=client.host if client else "",
        )

    def issue(self, issue: Issue) -> str:
        """What an issue says, in the reader's language; French keeps « and » with what they hold."""
        said = issue.text.to(self.language)
        return unbroken(said) if self.language == "fr" else said

    def fragment(self, template: str, **context: Any) -> Markup:
        """A piece of a page, made from a template of the module: to be kept, and put in several pages."""
        return Markup(rendered(self.pages.package, self.language, template, {"page": self, **context}))  # noqa: S704 - escaped

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page made from a template of the module (or `kernel/…`); flash messages are shown and forgotten."""
        cookie = self.request.cookies.get(flash.COOKIE, "")
        messages = flash.unseal(cookie, self.pages.house.secret) if cookie else []
        shell = {
            "page": self,
            "messages": messages,
            "when": partial(moments.when, now=self.now, language=self.language),
            "form": Form(),
        }
        body = rendered(self.pages.package, self.language, template, {**shell, **context}).encode()
        response = self._html(body, status)
        if cookie:
            response.delete_cookie(flash.COOKIE)
        return response

    def redirect(self, url: str, *, done: str = "", tone: str = "ok", **values: Any) -> Response:
        """See another page of the house (303); `done` is the text shown there. It must not name a person."""
        response = RedirectResponse(url, 303, headers=HEADERS)
        if done:
            message = flash.Flash(tone, self.text(done, **values))
            response.set_cookie(
                flash.COOKIE, flash.seal([message], self.pages.house.secret), max_age=60, httponly=True, samesite="lax"
            )
        return response

    def download(self, body: bytes | str, filename: str, media_type: str, *, inline: bool = False) -> Response:
        """A file; `inline` shows it in the page instead of saving it."""
        way = "inline" if inline else "attachment"
        headers = {**HEADERS, "Content-Disposition": f"{way}; filename*=UTF-8''{quote(filename)}"}
        return Response(body, media_type=media_type, headers=headers)

    def here(self, **changes: str) -> str:
        """The address of this page with some of its parameters changed; "" removes one."""
        parameters = [(n, v) for n, v in self.request.query_params.multi_items() if n not in changes]
        parameters += [(n, v) for n, v in changes.items() if v]
        return self.request.url.path + (f"?{urlencode(parameters)}" if parameters else "")

    def _html(self, body: bytes, status: int) -> Response:
        headers = {**HEADERS, "Vary": "Accept-Encoding, Cookie", "X-Request-Id": self.request_id}
        headers["Content-Language"] = self.language
        if len(body) > 1000 and "gzip" in self.request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 5, mtime=0)
            headers["Content-Encoding"] = "gzip"
        response = Response(body, status, headers=headers, media_type="text/html; charset=utf-8")
        if self.request.query_params.get("lang") == self.language:
            response.set_cookie(LANGUAGE_COOKIE, self.language, max_age=_YEAR, httponly=True, samesite="lax")
        return response
