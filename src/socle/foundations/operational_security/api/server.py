"""The door `/audit/fhir`: the house's pipeline, with handlers that read traces instead of a register.

The steps are those of every FHIR server here (`kernel.rest.pipeline`), the `audit` step apart: `actions` records what
was shown.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC
from functools import partial
from typing import Final, cast
from urllib.parse import urlencode
from uuid import uuid4

import orjson

from socle.foundations.operational_security import actions
from socle.foundations.operational_security.api import parameters
from socle.foundations.operational_security.model import Bases
from socle.foundations.operational_security.permissions import READ
from socle.kernel.audit import Event
from socle.kernel.audit.audit_event import audit_event
from socle.kernel.fhir.definitions import r4
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Endpoint
from socle.kernel.rest.exchange import Disconnected, Exchange, Receive, Scope, Send, Server
from socle.kernel.rest.pipeline import ARRIVAL, PLANS, enter, fail, handle
from socle.kernel.rest.render import bundle, deliver, outcome
from socle.kernel.rest.settings import Settings
from socle.kernel.rest.trace import audit
from socle.kernel.search.register import Register
from socle.kernel.search.repository import Repository
from socle.kernel.store import Store
from socle.kernel.store.database import Database
from socle.kernel.store.traces import Written, from_token, to_token

BASE: Final = "/audit/fhir"
ENDPOINT: Final = Endpoint(
    register=Register(actions.REGISTER, ("AuditEvent",), frozenset({"AuditEvent"})),
    base=BASE,
    title=Text("Traces des accès", "Traces of accesses"),
    read=READ,
    write=READ,
    read_public=READ,
    interactions=frozenset({"read", "search-type", "capabilities"}),
)
_KINDS: Final = {
    "date": "date",
    "patient": "reference",
    "agent": "reference",
    "agent-name": "string",
    "entity": "reference",
}

Handler = Callable[[Exchange], Awaitable[Answer]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class _Recorder:
    """What the pipeline needs of a store here: to record the refusals."""

    schema = actions.SCHEMA

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, event: Event) -> None:
        await self._database.record(actions.SCHEMA, event)


def audit_server(house: House) -> App:
    """The ASGI application of `/audit/fhir`."""
    repository = Repository(ENDPOINT.register, cast("Store", _Recorder(house.database)), r4())
    server = Server(
        endpoint=ENDPOINT,
        repository=repository,
        authenticator=house.authenticator,
        clock=house.clock,
        new_id=lambda: str(uuid4()),
        secret=house.secret,
        settings=Settings(),
        enter=enter,
    )
    paths = {endpoint.register.name: endpoint.base for module in house.modules for endpoint in module.endpoints}
    handlers: Mapping[str, Handler] = {
        "read": partial(_read, house.database, paths),
        "search": partial(_search, house.database, paths),
        "capabilities": _capabilities,
    }

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        x = Exchange(server, scope, receive)
        try:
            for step in ARRIVAL:
                if (waiting := step(x)) is not None:
                    await waiting
            for step in PLANS[x.column]:
                if step is handle:
                    x.answer = await handlers[x.column](x)
                elif step is not audit and (waiting := step(x)) is not None:
                    await waiting
        except Disconnected:
            return
        except Exception as error:
            await fail(x, error)
        await deliver(x, send)

    return app


async def _read(database: Database, paths: Mapping[str, str], x: Exchange) -> Answer:
    x.accept_only()
    found = await actions.read(database, x.id, by=x.actor, trace=x.trace)
    if found is None:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Aucune trace ne porte ce nom ; une trace se nomme registre-chaîne-rang, par exemple ins-1-42.",
            "No trace has this name; a trace is named register-chain-rank, for instance ins-1-42.",
            rule="FHIR R4 http.html#read",
        )
    return Answer(200, _octets(found, _bases(x, paths)))


async def _search(database: Database, paths: Mapping[str, str], x: Exchange) -> Answer:
    x.accept_only(*parameters.NAMES)
    parameters.check_sort(x.parameter("_sort"))
    count = parameters.count(x.parameter("_count"))
    token = x.parameter(parameters.PAGE)
    asked = [pair for pair in x.parameters if pair[0] != parameters.PAGE]
    wanted = parameters.wanted(asked)
    following = ""
    named = x.parameter("_id")
    if named is not None:
        found = await _by_name(database, named, x)
        found = [written for written in found if wanted.matches(written.event)]
    else:
        try:
            position = from_token(token) if token is not None else None
            page = await actions.find(
                database, wanted, count=count, position=position, query=x.query, by=x.actor, trace=x.trace
            )
        except (KeyError, ValueError) as error:
            raise parameters.bad_page() from error
        found = list(page.found)
        if page.next is not None:
            following = to_token(page.next)
    self_url = x.url("AuditEvent") + (f"?{urlencode(asked)}" if asked else "")
    links = [("self", f"{x.url('AuditEvent')}?{x.query}" if x.query and x.method != "POST" else self_url)]
    if following:
        links.append(("next", f"{x.url('AuditEvent')}?{urlencode([*asked, (parameters.PAGE, following)])}"))
    bases = _bases(x, paths)
    entries = [_entry(x, written, bases) for written in found]
    if x.said:
        entries.append(b'{"resource":' + outcome(x.said, x.language) + b',"search":{"mode":"outcome"}}')
    updated = x.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Answer(200, bundle("searchset", entries, links=links, id=x.server.new_id(), updated=updated))


async def _by_name(database: Database, named: str, x: Exchange) -> list[Written]:
    names = dict.fromkeys(named.split(","))
    if len(names) > parameters.MOST:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"« _id » accepte au plus {parameters.MOST} noms.",
            f"“_id” takes at most {parameters.MOST} names.",
        )
    found = [await actions.read(database, name, by=x.actor, trace=x.trace) for name in names]
    return [written for written in found if written is not None]


async def _capabilities(x: Exchange) -> Answer:
    x.accept_only("mode")
    searched = [{"name": name, "type": _KINDS.get(name, "token")} for name in parameters.SEARCHED]
    statement = {
        "resourceType": "CapabilityStatement",
        "url": x.url("metadata"),
        "name": "SocleAudit",
        "title": ENDPOINT.title.fr,
        "status": "active",
        "date": x.at.isoformat(timespec="seconds"),
        "description": f"{ENDPOINT.title.fr} / {ENDPOINT.title.en}",
        "kind": "instance",
        "software": {"name": "Socle"},
        "implementation": {"description": ENDPOINT.title.fr, "url": x.base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": f"Authorization: Bearer … ({READ.name})"},
                "resource": [
                    {
                        "type": "AuditEvent",
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "versioning": "no-version",
                        "searchParam": searched,
                    }
                ],
            }
        ],
    }
    return Answer(200, orjson.dumps(statement))


def _bases(x: Exchange, paths: Mapping[str, str]) -> Bases:
    return Bases(x.base.removesuffix(BASE), paths)


def _entry(x: Exchange, written: Written, bases: Bases) -> bytes:
    url = orjson.dumps(x.url("AuditEvent", written.id))
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":"match"}}' % (url, _octets(written, bases))


def _octets(written: Written, bases: Bases) -> bytes:
    event = written.event
    return orjson.dumps(audit_event(event, id=written.id, base=bases.of(event.trace.register)))
