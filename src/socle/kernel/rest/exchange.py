"""One request on its way through the table of checks, and the server that it came to."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from socle.kernel.audit import Trace
from socle.kernel.fhir.media import JSON
from socle.kernel.outcome import Issue, Kind, Language, Problem
from socle.kernel.policy import ANONYMOUS, Actor
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Endpoint, Operation
from socle.kernel.rest.fields import Prefer, language, prefer
from socle.kernel.rest.identify import Authenticator
from socle.kernel.rest.settings import Settings
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import Sight
from socle.kernel.store import Json, Stamp, Store

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Parameters = Sequence[tuple[str, str]]
Way = tuple[str, str]  # Accept and Accept-Encoding: by what else it depends on, a read that is kept cannot differ
_NO_PREFERENCE = Prefer()


class Disconnected(Exception):
    """The client went away before its request was whole: nobody is left to answer."""


class Paced(Protocol):
    """How fast callers may come; see `pace`."""

    rate: float

    def wait(self, who: str, now: datetime) -> float: ...


class Server:
    """One FHIR server at work: what it offers, where it keeps it, what time it is, how it draws identifiers.

    secret signs the links between pages
    enter  takes an entry of a bundle through the pipeline
    held   octets of the bodies of the requests under way
    keeps  whether what it shows of a resource that concerns nobody is the same for all whom it lets in
    """

    __slots__ = (
        "authenticator",
        "clock",
        "compartments",
        "endpoint",
        "enter",
        "held",
        "interactions",
        "keeps",
        "new_id",
        "operations",
        "pace",
        "personal",
        "repository",
        "secret",
        "settings",
        "since",
        "statements",
        "store",
    )

    def __init__(
        self,
        endpoint: Endpoint,
        repository: Repository,
        authenticator: Authenticator,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        secret: bytes,
        settings: Settings,
        enter: "Callable[[Exchange], Awaitable[Answer]]",
    ) -> None:
        self.endpoint = endpoint
        self.repository = repository
        self.store: Store = repository.store
        self.authenticator = authenticator
        self.clock = clock
        self.since = clock()
        self.pace: Paced | None = None
        self.new_id = new_id
        self.secret = secret
        self.settings = settings
        self.personal = endpoint.register.personal
        self.interactions: dict[str, frozenset[str]] = {
            name: frozenset(endpoint.by_type.get(name, endpoint.interactions)) for name in endpoint.register.types
        }
        self.interactions[""] = frozenset(endpoint.interactions)
        self.operations: dict[tuple[str, str], Operation] = {(o.level, o.name): o for o in endpoint.operations}
        self.compartments = frozenset(repository.definitions.compartments)
        self.enter = enter
        self.held = 0
        self.keeps = endpoint.sight is None and endpoint.view is None and endpoint.pace is None and not settings.origins
        self.statements: dict[tuple[str, str], bytes] = {}  # CapabilityStatements already written, by (base, mode)


class Presented(NamedTuple):
    """What the headers of a request say by themselves, Content-Length apart: the same for all that carry the same.

    way  None when more of them counts than it holds
    """

    headers: Mapping[str, str]
    base: str
    source: str
    prefer: Prefer
    way: Way | None = None


class Exchange:
    """What is known of a request so far; each step of the pipeline fills its part.

    column       its column in the pipeline's table, e.g. "search"
    interaction  FHIR interaction, e.g. "search-type"
    compartment  whose data are searched: "Patient/1"; "" for all
    inside       "batch" or "transaction" for an entry of one, else ""
    personal     whether it touches what concerns a person: it then leaves a trace
    ground       why it was let through, for the trace
    """

    headers: Mapping[str, str]
    query = ""
    parameters: Parameters = ()
    base = ""
    request = ""
    source = ""
    actor: Actor = ANONYMOUS
    ground = ""
    column = ""
    interaction = ""
    type = ""
    id = ""
    compartment = ""
    version = ""
    operation: Operation | None = None
    personal = False
    inside = ""
    prefer = _NO_PREFERENCE
    pretty = False
    content_type = JSON
    content: Any = None  # the body: a resource, a Patch, None
    body = b""
    written = b""  # the body as it came, when that was XML
    media = ""  # of a body that is no FHIR
    held = 0
    heard = False  # its body was read to the end
    answer: Answer | None = None
    said: Sequence[Issue] = ()
    dropped = 0  # comments of an XML body, which JSON has no place for
    stamp: Stamp | None = None  # of what is read, when the answer may be given again
    sight: Sight | None = None  # what the caller may see; None: everything
    known: "Presented | None" = None  # what the same headers said before, on the same connection
    _trace: Trace | None = None

    def __init__(self, server: Server, scope: Scope, receive: Receive) -> None:
        self.server = server
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.at = server.clock()
        self.headers = {}

    @property
    def language(self) -> Language:
        """The language that the caller reads."""
        return language(self.headers.get("accept-language", ""))

    @property
    def trace(self) -> Trace:
        """Who, why, when, by what means: the same for all that this request does."""
        if self._trace is None:
            actor = self.actor
            self._trace = Trace(
                actor.id,
                actor.name,
                " ".join(sorted(actor.roles)),
                actor.structure,
                str(actor.means),
                self.ground,
                self.at,
                self.server.endpoint.register.name,
                self.interaction,
                self.request,
                self.source,
            )
        return self._trace

    @property
    def resource(self) -> Json:
        """The resource in the body, checked by the `receive` step."""
        content: Json = self.content
        return content

    @property
    def call(self) -> Call:
        """The request as admission rules see it."""
        return self.called()

    def called(self, ask: Callable[[str], Awaitable[Answer]] | None = None) -> Call:
        """The request as operations see it; `ask` puts questions of their own to the server."""
        values: dict[str, list[str]] = {}
        for name, value in self.parameters:
            values.setdefault(name, []).append(value)
        body = self.content if isinstance(self.content, dict) else None
        base, path = self.server.endpoint.base, self.scope["path"]
        url = self.base + path[len(base) :] + (f"?{self.query}" if self.query else "")
        origin = self.base[: -len(base)]
        return Call(
            self.actor,
            self.trace,
            self.server.repository,
            self.type,
            self.id,
            values,
            body,
            url,
            origin,
            self.prefer.later,
            self.version,
            self.headers.get("accept-language", ""),
            (self.media, self.body) if self.media else ("", b""),
            ask=ask,
            secret=self.server.secret,
            source=b"" if self.media else self.written or self.body,
            sight=self.sight,
            base=self.base,
        )

    def accept_only(self, *names: str) -> None:
        """Refuse URL parameters other than `names`; `Prefer: handling=lenient` ignores them and says so.

        Raises: Problem(INVALID).
        """
        if not self.parameters:
            return
        unknown = tuple(dict.fromkeys(name for name, _ in self.parameters if name not in names))
        if not unknown:
            return
        issues = [_ignored(name) if self.prefer.lenient else _unknown(name, names) for name in unknown]
        if not self.prefer.lenient:
            raise Problem(Kind.INVALID, *issues)
        self.said = (*self.said, *issues)
        self.parameters = [pair for pair in self.parameters if pair[0] in names]

    def parameter(self, name: str) -> str | None:
        """The value of a parameter that may be given once.

        Raises: Problem(INVALID) when it is given several times.
        """
        values = [value for key, value in self.parameters if key == name]
        if len(values) > 1:
            raise Problem.of(
                Kind.INVALID,
                f"Le paramètre « {name} » ne peut être donné qu'une fois.",
                f"The parameter “{name}” can be given only once.",
                expression=f"http.{name}",
            )
        return values[0] if values else None

    def url(self, *segments: str) -> str:
        """An absolute URL on this server."""
        return "/".join((self.base, *segments))

    def entry(self, method: str, headers: Mapping[str, str]) -> "Exchange":
        """A request inside this one: an entry of a bundle, asked by the same actor, at the same moment."""
        inner = Exchange.__new__(Exchange)  # what is not set here is as the class says
        inner.server, inner.scope, inner.receive, inner.at = self.server, self.scope, self.receive, self.at
        inner.base, inner.request, inner.source, inner.actor = self.base, self.request, self.source, self.actor
        inner.method = method
        inner.headers = headers
        inner.prefer = self.prefer
        inner.inside = self.interaction
        inner.sight = self.sight
        return inner

    def hold(self, octets: int) -> None:
        """Count octets of a body against what the server may hold for all its callers, until this request ends.

        Raises: Problem(UNAVAILABLE) beyond.
        """
        server = self.server
        if server.held + octets > server.settings.limits.held:
            raise Problem.of(
                Kind.UNAVAILABLE,
                "Trop de grandes requêtes en même temps : réessayez dans quelques instants.",
                "Too many large requests at the same time: try again in a moment.",
                code="throttled",
            )
        server.held += octets
        self.held += octets

    def read_preferences(self) -> None:
        """Take `Prefer` into account."""
        value = self.headers.get("prefer")
        if value is not None:
            self.prefer = prefer(value)


def _unknown(name: str, known: Sequence[str]) -> Issue:
    from_here = ", ".join(known) or "_format, _pretty"
    text = Problem.of(
        Kind.INVALID,
        f"Le paramètre « {name[:60]} » n'existe pas ici ; paramètres possibles : {from_here}. "
        "« Prefer: handling=lenient » fait ignorer les paramètres inconnus.",
        f"The parameter “{name[:60]}” does not exist here; possible parameters: {from_here}. "
        "“Prefer: handling=lenient” has unknown parameters ignored.",
        expression=f"http.{name[:60]}",
        rule="FHIR R4 search.html#errors",
        code="not-supported",
    )
    return text.issues[0]


def _ignored(name: str) -> Issue:
    text = Problem.of(
        Kind.INVALID,
        f"Le paramètre inconnu « {name[:60]} » a été ignoré.",
        f"The unknown parameter “{name[:60]}” was ignored.",
        expression=f"http.{name[:60]}",
    ).issues[0]
    return Issue(text.text, text.expression, text.rule, "not-supported", "warning")
