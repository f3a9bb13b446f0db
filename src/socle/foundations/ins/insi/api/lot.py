"""REST of the batches: POST /insi/lot, GET|DELETE /insi/lot/{id}, GET …/resultat, POST …/annulation."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import uuid4

import orjson
import structlog
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.api import http
from socle.foundations.ins.insi.lot import actions
from socle.foundations.ins.insi.lot.model import MAX_BYTES, Lot, Motif
from socle.foundations.ins.insi.lot.parse import CSV, NDJSON
from socle.foundations.ins.insi.lot.store import Lots as Store
from socle.foundations.ins.insi.store import SCHEMA
from socle.kernel.audit import Trace
from socle.kernel.module.house import House
from socle.kernel.outcome import Kind, Language, Problem, operation_outcome
from socle.kernel.policy import Actor

_log = structlog.get_logger("insi")
_JSON: Final = "application/json"
_PAGE: Final = 10_000
_ALLOWED: Final = {"": "GET, POST", "lot": "GET, DELETE", "resultat": "GET", "annulation": "POST"}


class Lots:
    """The batch door, an ASGI application."""

    def __init__(self, house: House, insi: INSi) -> None:
        self._house = house
        self._insi = insi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; every failure is an OperationOutcome."""
        request = str(uuid4())
        fields = http.headers_of(scope)
        language: Language = "en" if fields.get("accept-language", "").lower().startswith("en") else "fr"
        started = False

        async def tell(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._serve(scope, receive, tell, fields, request)
        except ClientDisconnect:
            return
        except Problem as problem:
            await _refuse(send, problem, language, request)
        except Exception as error:
            if started:
                raise  # in the middle of the results: the server cuts the connection, the client sees it
            _log.error("insi.lot.failed", error=type(error).__name__, request=request)
            failure = Problem.of(Kind.INTERNAL, "Erreur interne.", "Internal error.", rule="INSi lot")
            await _refuse(send, failure, language, request)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, fields: http.Headers, request: str) -> None:
        by = await self._house.actor_of(fields, http.cookies_of(fields))
        lot_id: str = scope["path_params"].get("lot", "")
        part: str = scope["path_params"].get("part", "lot" if lot_id else "")
        trace = self._trace(by, f"insi:lot-{part or 'envoi'}", request, scope)
        match (scope["method"], part):
            case ("POST", ""):
                lot = await actions.send(
                    self._insi, str(uuid4()), _format(fields), _chunks(receive, fields), by=by, trace=trace
                )
                location = f"{self._house.settings.url}/insi/lot/{lot.id}"
                await http.answer(send, 202, _status(lot), _JSON, [("Location", location)])
            case ("GET", ""):
                lots = await actions.mine(self._insi, by=by, trace=trace)
                body = b"[" + b",".join(_status(lot) for lot in lots) + b"]"
                await http.answer(send, 200, body, _JSON, [("Cache-Control", "no-store")])
            case ("GET", "lot"):
                lot = await actions.follow(self._insi, lot_id, by=by, trace=trace)
                await http.answer(send, 200, _status(lot), _JSON, [("Cache-Control", "no-store")])
            case ("DELETE", "lot"):
                await actions.delete(self._insi, lot_id, by=by, trace=trace)
                await http.answer(send, 204, b"", _JSON)
            case ("POST", "annulation"):
                lot = await actions.cancel(self._insi, lot_id, by=by, trace=trace)
                await http.answer(send, 200, _status(lot), _JSON)
            case ("GET", "resultat"):
                lot = await actions.read(self._insi, lot_id, by=by, trace=trace)
                await self._results(send, lot)
            case (_, known) if known in _ALLOWED:
                await http.answer(send, 405, b"", _JSON, [("Allow", _ALLOWED[known])])
            case _:
                raise Problem.of(Kind.NOT_FOUND, "Cette adresse n'existe pas.", "There is nothing here.")

    async def _results(self, send: Send, lot: Lot) -> None:
        """The results as CSV, a page at a time: constant memory whatever the size."""
        fields = [(b"content-type", b"text/csv; charset=utf-8"), (b"cache-control", b"no-store")]
        fields.append((b"content-disposition", f'attachment; filename="lot-{lot.id}.csv"'.encode()))
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        body = b"ligne;reference;resultat;motif;detail\r\n"
        store, after = Store(self._insi.database), 0
        while rows := await store.results(lot, after, _PAGE):
            body += "".join(
                f"{row['n']};{_cell(row['reference'])};{'OK' if row['motif'] == Motif.OK else 'KO'};"
                f"{'' if row['motif'] == Motif.OK else row['motif']};{_cell(row['detail'])}\r\n"
                for row in rows
            ).encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body, after = b"", rows[-1]["n"]
        await send({"type": "http.response.body", "body": body})

    def _trace(self, by: Actor, interaction: str, request: str, scope: Scope) -> Trace:
        return Trace(
            who=by.id,
            name=by.name,
            role=" ".join(sorted(by.roles)),
            structure=by.structure,
            means=str(by.means),
            ground="",
            at=self._house.clock(),
            register=SCHEMA,
            interaction=interaction,
            request=request,
            source=http.source_of(scope),
        )


def _format(fields: http.Headers) -> str:
    kind, parameters = http.media_type(fields.get("content-type", ""))
    if kind not in (CSV, NDJSON) or parameters.get("charset", "utf-8").lower() != "utf-8":
        raise Problem.of(
            Kind.UNSUPPORTED_MEDIA,
            f"Content-Type attendu : {CSV} ou {NDJSON}, en UTF-8.",
            f"Expected Content-Type: {CSV} or {NDJSON}, in UTF-8.",
            rule="INSi lot",
        )
    return kind


async def _chunks(receive: Receive, fields: http.Headers) -> AsyncIterator[bytes]:
    """The body as it comes. Raises: Problem(TOO_LARGE)."""
    size = int(fields["content-length"]) if fields.get("content-length", "").isdecimal() else 0
    more = True
    while more:
        if size > MAX_BYTES:
            limit = MAX_BYTES >> 20
            raise Problem.of(
                Kind.TOO_LARGE, f"Lot de plus de {limit} Mio.", f"Batch larger than {limit} MiB.", rule="INSi lot"
            )
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size = size + len(chunk) if "content-length" not in fields else size
        more = message.get("more_body", False)
        yield chunk


def _status(lot: Lot) -> bytes:
    return orjson.dumps(
        {
            "id": lot.id,
            "etat": lot.state,
            "lignes": lot.lines,
            "traitees": lot.ok + lot.ko,
            "ok": lot.ok,
            "ko": lot.ko,
            "cree": lot.created,
            "expire": lot.expires,
        }
    )


def _cell(text: str | None) -> str:
    """A CSV field (RFC 4180)."""
    if not text:
        return ""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ';"\r\n') else text


async def _refuse(send: Send, problem: Problem, language: Language, request: str) -> None:
    body = orjson.dumps(operation_outcome(problem.issues, language, kind=problem.kind))
    extra = [("X-Request-Id", request), *problem.headers]
    if problem.kind is Kind.UNAUTHENTICATED and not problem.headers:
        extra.append(("WWW-Authenticate", 'Bearer realm="socle"'))
    if problem.kind is Kind.TOO_LARGE:
        extra.append(("Connection", "close"))
    await http.answer(send, problem.kind.status, body, "application/fhir+json", extra)
