"""POST /insi/lps: a SOAP envelope comes in, a SOAP envelope goes out. The order of checks is that of `_serve`."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from random import Random, SystemRandom
from typing import Final

import structlog
from lxml import etree
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.api import http
from socle.foundations.ins.insi.api.contract import wsdl
from socle.foundations.ins.insi.model import Carte
from socle.foundations.ins.insi.soap import body, faults, headers, parse, render
from socle.foundations.ins.insi.soap.names import PATH
from socle.foundations.ins.insi.store import SCHEMA
from socle.kernel.audit import Trace
from socle.kernel.module.house import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor

_log = structlog.get_logger("insi")
_SOAP_12: Final = "application/soap+xml"
_SOAP_11: Final = "text/xml"
_BEARER: Final = ("WWW-Authenticate", 'Bearer realm="socle"')
_PRINTABLE: Final = re.compile(r"[^\x21-\x7e]+")


def new_ids() -> Callable[[], str]:
    """Draws identifiers shaped as UUID version 4. They name messages and need not be hard to guess: no system call."""
    draw = Random(SystemRandom().getrandbits(256)).getrandbits  # noqa: S311 - see above

    def new_id() -> str:
        digits = f"{draw(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    return new_id


class _Said:
    """What is already known of a call when it fails, so that its fault can say it."""

    __slots__ = ("not_understood", "operation", "relates_to")

    def __init__(self) -> None:
        self.relates_to = ""
        self.operation = ""
        self.not_understood: list[etree._Element] = []


class Lps:
    """The SOAP door, an ASGI application."""

    def __init__(self, house: House, insi: INSi) -> None:
        self._house = house
        self._insi = insi
        self._new_id = new_ids()
        self._wsdl = wsdl(house.settings.url + PATH)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """POST: a call. GET: the WSDL."""
        method = scope["method"]
        if method == "POST":
            await self._post(scope, receive, send)
        elif method in ("GET", "HEAD"):
            await http.answer(send, 200, self._wsdl if method == "GET" else b"", "text/xml; charset=utf-8")
        else:
            await http.answer(send, 405, b"", "text/plain", [("Allow", "GET, HEAD, POST")])

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = _Said()
        message = f"uuid:{self._new_id()}"
        try:
            out = await self._serve(scope, receive, said, message)
        except ClientDisconnect:
            return
        except Problem as problem:
            await _refuse(send, problem, said, message)
        except Exception as error:
            # never the error's text: it may quote traits
            _log.error("insi.failed", error=type(error).__name__, request=message)
            await _refuse(send, _unavailable(), said, message)
        else:
            await http.answer(send, 200, out, render.MEDIA_TYPE, [("X-Request-Id", message[5:])])

    async def _serve(self, scope: Scope, receive: Receive, said: _Said, message: str) -> bytes:
        """media type → who → size → envelope → must understand → headers → body → permit, search, trace → answer."""
        at = self._house.clock()
        fields = http.headers_of(scope)
        kind, parameters = http.media_type(fields.get("content-type", ""))
        if kind not in (_SOAP_12, _SOAP_11) or fields.get("content-encoding", "identity") != "identity":
            raise _unsupported()
        actor = await self._house.actor_of(fields, http.cookies_of(fields))
        if not actor.is_authenticated:
            raise _unauthenticated()
        content = await http.read(receive, fields, parse.MAX_BODY, parse.too_large)
        root = parse.envelope(content, parameters.get("charset", ""))
        if kind == _SOAP_11:
            raise _unsupported()
        blocks, payload = parse.parts(root)
        said.relates_to = headers.message_id(blocks)
        said.not_understood = headers.not_understood(blocks)
        if said.not_understood:
            raise _must_understand(said.not_understood)
        context = headers.context(blocks, parameters.get("action", ""))
        said.operation = context.operation
        demande = body.request(context.operation, payload)
        trace = _trace(actor, at, context.operation, message[5:], scope)
        detail = f"message={context.uuid} {_claims(context.emetteur, context.idam, context.logiciel)}"
        if isinstance(demande, Carte):
            found = await self._insi.rechercher_carte(demande, by=actor, trace=trace, detail=detail)
        else:
            found = await self._insi.rechercher(demande, by=actor, trace=trace, detail=detail)
        return render.answer(found, context.operation, relates_to=context.message, message_id=message)


def _trace(actor: Actor, at: datetime, operation: str, request: str, scope: Scope) -> Trace:
    return Trace(
        who=actor.id,
        name=actor.name,
        role=" ".join(sorted(actor.roles)),
        structure=actor.structure,
        means=str(actor.means),
        ground="",  # the decision's own, set by the action
        at=at,
        register=SCHEMA,
        interaction=f"insi:{operation}",
        request=request,
        source=http.source_of(scope),
    )


async def _refuse(send: Send, problem: Problem, said: _Said, message: str) -> None:
    fault = faults.of(problem)
    extra = [("X-Request-Id", message[5:]), *problem.headers]
    if fault.status == 401 and not problem.headers:
        extra.append(_BEARER)
    if fault.status == 413:
        extra.append(("Connection", "close"))
    if fault.code == "socle_107":
        await http.answer(send, fault.status, render.fault_11(fault, problem), render.MEDIA_TYPE_11, extra)
        return
    out = render.fault(
        fault,
        problem,
        relates_to=said.relates_to,
        message_id=message,
        operation=said.operation,
        not_understood=said.not_understood,
    )
    await http.answer(send, fault.status, out, render.MEDIA_TYPE, extra)


@lru_cache(maxsize=1_024)
def _claims(emetteur: str, idam: str, logiciel: str) -> str:
    """What the caller claims, short and on one line, for the trace."""
    claims = {"emetteur": emetteur, "idam": idam, "lps": logiciel}
    return " ".join(f"{name}={_PRINTABLE.sub('_', text)[:60] or '-'}" for name, text in claims.items())


def _unsupported() -> Problem:
    return Problem.of(
        Kind.UNSUPPORTED_MEDIA,
        "Content-Type attendu : application/soap+xml; charset=utf-8, sans compression du corps.",
        "Expected Content-Type: application/soap+xml; charset=utf-8, with no compression of the body.",
        rule="socle_101",
    )


def _unauthenticated() -> Problem:
    return Problem.of(
        Kind.UNAUTHENTICATED,
        "Qui appelle ? Présentez une clé d'accès (en-tête HTTP « Authorization: Bearer … ») ; l'exploitant en crée "
        "une avec "
        "« socle actor create ».",
        "Who is calling? Present an access key (HTTP header “Authorization: Bearer …”); the operator creates one "
        "with "
        "“socle actor create”.",
        rule="socle_401",
    )


def _must_understand(blocks: list[etree._Element]) -> Problem:
    names = ", ".join(etree.QName(block).localname[:40] for block in blocks[:5])
    return Problem.of(
        Kind.INVALID,
        f"En-tête à comprendre obligatoirement (mustUnderstand) mais non traité par ce service : {names}. "
        "L'assertion wsse:Security n'est pas encore vérifiée ici : retirez mustUnderstand ou l'en-tête.",
        f"Header that must be understood (mustUnderstand) but is not processed by this service: {names}. "
        "The wsse:Security assertion is not verified here yet: remove mustUnderstand or the header.",
        rule="socle_108",
    )


def _unavailable() -> Problem:
    return Problem.of(
        Kind.UNAVAILABLE,
        "Le service est momentanément indisponible : renouvelez l'appel ; s'il échoue encore, donnez à l'exploitant "
        "l'identifiant X-Request-Id.",
        "The service is unavailable for the moment: try again; if it still fails, give the operator the X-Request-Id.",
        rule="insi_102",
    )
