"""The order of checks: one table, steps × kinds of request. Read it from top to bottom: that is what happens.

A column is a kind of request, a row is a step; a step marked in a column is taken by that kind, in this order, and the
first that refuses ends it. `match` finds the column, so the steps before it are taken by all. An entry of a batch or a
transaction comes in through the bundle's own request: it starts after `match`, and "entry" says which steps it takes.

limits      is it small enough to be looked at?                         arrive.py       400 413 414 431
parse       where did it come to, with which parameters?                arrive.py       400
identify    who is asking?                                              arrive.py       401
pace        not too often?                                              pace.py         429
match       which interaction is that?                                  match.py        400 404 405
negotiate   can the answer be in the format asked for?                  negotiate.py    406
permit      may this caller do that at all?                             permit.py       401 403
look        what may this caller see of what the server holds?          look.py         400 403
receive     what is in the body: readable, legal, the one announced?    receive.py      400 408 413 415
handle      the interaction itself                                      interactions/   304 404 409 410 412 422
audit       the trace of what was shown, durable before the answer      trace.py        503
render      octets                                                      render.py
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from os import urandom
from traceback import extract_tb
from typing import Final, NamedTuple

import structlog

from socle.kernel.fhir.validation import with_places
from socle.kernel.outcome import Issue, Kind, Problem
from socle.kernel.policy import decide
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.arrive import identify, limits, next_request, parse
from socle.kernel.rest.cors import cross_origin, preflight
from socle.kernel.rest.declared import with_declared
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.exchange import Disconnected, Exchange, Presented, Receive, Scope, Send, Server
from socle.kernel.rest.identify import AtOnce, Authenticator
from socle.kernel.rest.interactions import HANDLERS
from socle.kernel.rest.kept import KeptAnswers
from socle.kernel.rest.look import look
from socle.kernel.rest.match import match
from socle.kernel.rest.negotiate import negotiate
from socle.kernel.rest.pace import pace, pace_of
from socle.kernel.rest.permit import permit
from socle.kernel.rest.receive import receive
from socle.kernel.rest.render import deliver, problem_answer, render, whole
from socle.kernel.rest.settings import Settings
from socle.kernel.rest.trace import audit, refused
from socle.kernel.rest.wire import Reply
from socle.kernel.search.repository import Repository

Step = Callable[[Exchange], Awaitable[None] | None]

log = structlog.get_logger("socle.rest")


async def handle(x: Exchange) -> None:
    """Do what the interaction does."""
    x.answer = await HANDLERS[x.column](x)


X, _ = True, False
COLUMNS: Final = (
    "read", "vread", "search", "history", "create", "update", "patch", "delete", "bundle", "operation", "capabilities",
)  # fmt: skip


class Row(NamedTuple):
    """One step, and the kinds of request that take it; `entry` for the entries of a bundle."""

    step: Step
    columns: tuple[bool, ...]
    entry: bool


# fmt: off
TABLE: Final[tuple[Row, ...]] = (
    #               read vread search history create update patch delete bundle operation capabilities    entry
    Row(limits,    (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             _),
    Row(parse,     (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             _),
    Row(identify,  (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             _),
    Row(pace,      (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             _),
    Row(match,     (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             _),
    Row(negotiate, (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             X),
    Row(permit,    (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        _),             X),
    Row(look,      (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        _),             _),
    Row(receive,   (_,   _,    X,     _,      X,     X,     X,    _,     X,     X,        _),             X),
    Row(handle,    (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             X),
    Row(audit,     (X,   X,    X,     X,      _,     _,     _,    _,     _,     X,        _),             X),
    Row(render,    (X,   X,    X,     X,      X,     X,     X,    X,     X,     X,        X),             _),
)
# fmt: on

_MATCH = next(i for i, row in enumerate(TABLE) if row.step is match)
ARRIVAL: Final[tuple[Step, ...]] = tuple(row.step for row in TABLE[: _MATCH + 1])
PLANS: Final[dict[str, tuple[Step, ...]]] = {
    column: tuple(row.step for row in TABLE[_MATCH + 1 :] if row.columns[i]) for i, column in enumerate(COLUMNS)
}
ENTRY: Final[dict[str, tuple[Step, ...]]] = {
    column: tuple(row.step for row in TABLE[_MATCH + 1 :] if row.columns[i] and row.entry)
    for i, column in enumerate(COLUMNS)
}


_LARGE: Final = 1024 * 1024  # octets: a larger body is gone through again in a thread
_DRAWN: Final = 256  # identifiers drawn at once: asking the system costs more than writing one
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def random_ids() -> Iterator[str]:
    """Random UUIDs (version 4) as text, without end, at a fifth of what `uuid` takes. Source: RFC 9562 section 5.4."""
    while True:
        drawn = urandom(16 * _DRAWN).hex()
        for at in range(0, len(drawn), 32):
            text = drawn[at : at + 32]
            yield f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:]}"


def fhir_app(
    endpoint: Endpoint,
    repository: Repository,
    *,
    authenticator: Authenticator,
    clock: Callable[[], datetime],
    secret: bytes,
    settings: Settings | None = None,
    new_id: Callable[[], str] | None = None,
    answers: KeptAnswers | None = None,
) -> "FhirApp":
    """The ASGI application of one FHIR server. It answers whatever lies under `endpoint.base`.

    clock    the present moment, aware, UTC
    secret   signs the links between pages of a search
    new_id   draws the id of a new resource: a random UUID unless said
    answers  where answers are kept, when several servers share it
    """
    offered = with_declared(endpoint)
    server = Server(
        offered,
        repository,
        authenticator,
        clock,
        new_id or random_ids().__next__,
        secret,
        settings or Settings(),
        enter,
    )
    server.pace = pace_of(endpoint.pace)
    return FhirApp(server, answers or KeptAnswers())


class FhirApp:
    """One FHIR server as an application: ASGI for whoever speaks it, whole replies for our own HTTP server."""

    __slots__ = ("_answers", "_server", "_who")

    def __init__(self, server: Server, answers: KeptAnswers) -> None:
        self._server = server
        self._answers = answers
        self._who = server.authenticator if isinstance(server.authenticator, AtOnce) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI wants it."""
        x = await self._answered(scope, receive)
        if x is not None:
            await deliver(x, send)

    async def reply(self, scope: Scope, receive: Receive) -> Reply | None:
        """Answer one request; None when its client went away."""
        x = await self._answered(scope, receive)
        if x is None:
            return None
        if x.stamp is not None:
            self._answers.keep(x)
        return whole(x)

    def at_once(self, path: bytes, known: Mapping[Server, Presented]) -> bytes | None:
        """The answer to a GET that was kept, after its status line (200); None when the request has to go the long way.

        known  what the headers of the request said before, on the same connection
        """
        server, who = self._server, self._who
        presented = known.get(server)
        if presented is None or presented.way is None or who is None:
            return None
        kept = self._answers.find(path, presented.way)
        if kept is None:
            return None
        if not server.store.holds(kept.stamp):
            self._answers.drop(path, presented.way)
            return None
        actor = who.at_once(presented.headers)
        if actor is None or not decide(actor, server.endpoint.read_public).allowed:
            return None
        return b"x-request-id: %b\r\n%b%b" % (next_request().encode(), kept.head, kept.body)

    async def _answered(self, scope: Scope, receive: Receive) -> Exchange | None:
        server = self._server
        x = Exchange(server, scope, receive)
        if server.settings.origins and preflight(x):
            return x
        try:
            for step in ARRIVAL:
                waiting = step(x)
                if waiting is not None:
                    await waiting
            for step in PLANS[x.column]:
                waiting = step(x)
                if waiting is not None:
                    await waiting
        except Disconnected:
            return None
        except Exception as error:
            await fail(x, error)
        finally:
            server.held -= x.held
        if server.settings.origins:
            cross_origin(x)
        return x


async def fail(x: Exchange, error: Exception) -> None:
    """Answer a request that did not go through, with its trace where it touches a person's data."""
    problem = error if isinstance(error, Problem) else unexpected(x, error)
    if not x.column:
        with suppress(Problem):  # refused before it was matched: did it aim at a person's data?
            match(x)
    if x.personal:
        try:
            await x.server.store.record(refused(x, problem))
        except Exception as second:
            unexpected(x, second)
            problem = unavailable()
    x.answer = problem_answer(x, await _with_lines(x, problem))
    x.pretty = False
    render(x)


async def _with_lines(x: Exchange, problem: Problem) -> Problem:
    """The problem; what it says of the resource in the body, with the line and the column where that was written."""
    source, content = x.written or x.body, x.content
    if not source or not isinstance(content, dict):
        return problem
    of = str(content.get("resourceType"))
    told = [_about(issue) == of and not issue.line for issue in problem.issues]
    if not any(told):
        return problem
    large = len(source) > _LARGE
    placed = (
        await asyncio.to_thread(with_places, problem.issues, source) if large else with_places(problem.issues, source)
    )
    chosen = (new if here else old for old, new, here in zip(problem.issues, placed, told, strict=True))
    return Problem(problem.kind, *chosen, headers=problem.headers)


def _about(issue: Issue) -> str:
    """The type of the resource in which an issue is."""
    return issue.expression[0].partition(".")[0].partition("[")[0] if issue.expression else ""


async def enter(x: Exchange) -> Answer:
    """Take an entry of a bundle, already matched, through its steps. A refusal leaves its trace. Raises: Problem."""
    try:
        for step in ENTRY[x.column]:
            waiting = step(x)
            if waiting is not None:
                await waiting
    except Exception as error:
        problem = error if isinstance(error, Problem) else unexpected(x, error)
        if x.personal:
            await x.server.store.record(refused(x, problem))
        raise problem from error
    assert x.answer is not None
    x.answer.said = x.said
    if x.method == "HEAD":
        x.answer.body = b""
    return x.answer


def unexpected(x: Exchange, error: Exception) -> Problem:
    """The answer to what nobody foresaw: an identifier for the operator, no detail for the caller.

    The log says where it happened and what kind of error it was, never its text: that may quote data.
    """
    where = [f"{frame.filename.rpartition('/socle/')[2]}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    log.error(
        "unexpected",
        request=x.request,
        interaction=x.interaction,
        type=x.type,
        error=type(error).__qualname__,
        where=where[-8:],
    )
    if isinstance(error, ConnectionError):
        return unavailable()
    return Problem.of(
        Kind.INTERNAL,
        f"Une erreur imprévue s'est produite ; donnez ce numéro à l'exploitant : {x.request}.",
        f"An unexpected error occurred; give this number to the operator: {x.request}.",
    )


def unavailable() -> Problem:
    """The answer when the store cannot be reached, or a trace cannot be kept: nothing is shown without its trace."""
    return Problem.of(
        Kind.UNAVAILABLE,
        "Le service est momentanément indisponible : réessayez dans quelques instants.",
        "The service is temporarily unavailable: try again in a moment.",
    )
