"""What one FHIR server offers on the wire, as data: `capability` prints it, `pipeline` obeys it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from socle.kernel.audit import Trace
from socle.kernel.outcome import Issue, Text
from socle.kernel.policy import Actor, Permission
from socle.kernel.rest.answer import Answer
from socle.kernel.search.register import Register
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import Sight
from socle.kernel.store import Change, Json, Stored

if TYPE_CHECKING:
    from socle.kernel.rest.operations.matching import Match
    from socle.kernel.search.engine import Page

Interaction = Literal[
    "read",
    "vread",
    "create",
    "update",
    "patch",
    "delete",
    "search-type",
    "history-instance",
    "history-type",
    "search-system",
    "history-system",
    "batch",
    "transaction",
    "capabilities",
]
READING: frozenset[Interaction] = frozenset(
    {"read", "vread", "search-type", "search-system", "history-instance", "history-type", "history-system"}
)
WRITING: frozenset[Interaction] = frozenset({"create", "update", "patch", "delete"})
OPERATORS: Final = Permission(
    "bulk.export",
    Text("Exporter un registre en masse", "Export a register in bulk"),
    frozenset({"operator"}),
)
ALL: frozenset[Interaction] = READING | WRITING | {"batch", "transaction", "capabilities"}


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation (or an admission rule) is given: everything it may depend on, and no HTTP.

    parameters  the URL's parameters, each with its values in order; only those that the operation declares
    body        the resource that was posted, already parsed and structurally checked, None when there was none
    url         the URL asked for, query included; `origin` its beginning: "https://socle.example"; `base` that of the
                server: "https://socle.example/sandbox/fhir"
    version     of an operation on one version of a resource; "" for the current one
    raw         (media type, octets) of a body that is no FHIR resource
    ask         makes a GET on this server as the same caller, permitted and traced by itself: `ask("Patient/1")`; raises
                what it would answer. For operations only.
    secret      signs the links between pages
    source      the octets of `body` as they came, JSON or XML: for lines and columns
    sight       what the caller may see of the register; None: everything
    later       the caller prefers an answer now and the result later (Prefer: respond-async)
    spoken      the languages that the caller reads, as Accept-Language says them; "" when it says nothing
    """

    actor: Actor
    trace: Trace
    repository: Repository
    resource_type: str = ""
    resource_id: str = ""
    parameters: Mapping[str, list[str]] = field(default_factory=dict)
    body: Json | None = None
    url: str = ""
    origin: str = ""
    later: bool = False
    version: str = ""
    spoken: str = ""
    raw: tuple[str, bytes] = ("", b"")
    ask: Callable[[str], Awaitable[Answer]] | None = None
    secret: bytes = b""
    source: bytes = b""
    sight: Sight | None = None
    base: str = ""

    @property
    def now(self) -> datetime:
        """When the request came in."""
        return self.trace.at


@dataclass(frozen=True, slots=True)
class Operation:
    """A FHIR operation ($name). Source: FHIR R4 operations.html.

    handler     answers with the resource to send (200), or with a whole Answer, or raises Problem
    parameters  names accepted in the URL; any other is refused
    writes      True when it changes something: POST only
    bodies      media types of its body when it is no FHIR resource: the handler reads `Call.raw`
    withdraw    answers DELETE at the same address; None: DELETE is refused
    unchecked   the body is a resource of any structure, right or wrong: `body` is then not checked
    versions    of an instance: also on one of its versions ([type]/[id]/_history/[vid]/$name)
    """

    name: str
    text: Text
    permission: Permission
    handler: Callable[[Call], Awaitable[Json | Answer]]
    level: Literal["system", "type", "instance"] = "type"
    types: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    writes: bool = True
    definition: str = ""
    versions: bool = False
    unchecked: bool = False
    bodies: tuple[str, ...] = ()
    withdraw: Callable[[Call], Awaitable[Json | Answer]] | None = None


Seeing = Callable[[Mapping[str, str], Call], Awaitable[Sight | None]]
Admission = Callable[[Change, Stored | None, Call], Awaitable[Change]]

Explain = Callable[[Repository, str, Sequence[tuple[str, str]]], Awaitable[Sequence[Issue]]]

Complete = Callable[[Repository, "Page"], "Awaitable[Page]"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One FHIR server: base URL, register, interactions, permissions, operations.

    base         path of the base URL, e.g. "/ins/fhir"
    read, write  permissions for types that concern a person, and for every write
    read_public  permission to read types that concern no person (may be public)
    interactions what is offered, for every type unless `by_type` says less
    admit        the register's own rule on each change that comes by REST (given the current version); raises Problem
    admitted     types whose changes `admit` looks at; () for all
    profiles     profiles supported, by type
    extensions   what else the CapabilityStatement says of a type (R4 extensions)
    websocket    path of the websocket that subscriptions are bound to; "": none
    sight        from the headers and the caller, what may be seen; raises Problem when the headers do not say enough
    terminology  what it adds to TerminologyCapabilities, now: code systems, expansion, validation, translation
    meta         $meta for who reads; $meta-add and $meta-delete for who writes, on types that can be updated
    export       who may $export; None: nobody. Whoever may read one resource may not for that take them all
    imports      who may $import NDJSON, beside `write`; None: nobody. Each line is judged as a write by REST is, by `admit` too
    again        this server as another process makes it, to share an import: a function known by its name. None where what
                 it keeps or decides is more than its declaration tells
    graphql      $graphql: each of its reads is permitted by itself
    matching     $match: the register's own matcher
    view         how this server sees its register, when that is otherwise than it is kept: other shapes, searches of its own
    key_header   header (lower case) in which callers may present their access key, beside Authorization
    pages_apart  links between pages are `[base]/_page?id=…`, forward only
    pace         requests a second that one caller may make, asked once; 0 for no limit
    seen         what whoever patches a resource sees of it, when that is more than is served
    explain      what to tell who finds nothing, given the type and the parameters of the search (of a read: its `_id`)
    complete     adds to what a search found what the register knows beside it; what is read by id stays as it was written
    """

    register: Register
    base: str
    title: Text
    read: Permission
    write: Permission
    read_public: Permission
    interactions: frozenset[Interaction] = ALL
    by_type: Mapping[str, frozenset[Interaction]] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    admit: Admission | None = None
    admitted: tuple[str, ...] = ()
    profiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extensions: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    websocket: str = ""
    terminology: Callable[[Repository], Awaitable[Json]] | None = None
    meta: bool = True
    export: Permission | None = OPERATORS
    imports: Permission | None = None
    again: "Callable[[], Endpoint] | None" = None
    graphql: bool = False
    matching: "Match | None" = None
    view: Callable[[Repository], Repository] | None = None
    key_header: str = ""
    pages_apart: bool = False
    pace: Callable[[], float] | None = None
    seen: Callable[[Stored, Call], Awaitable[Json]] | None = None
    sight: Seeing | None = None
    explain: Explain | None = None
    complete: Complete | None = None
    _offered: Mapping[str, frozenset[Interaction]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked at each request, and a register may hold 148 types.
        offered = {name: self.by_type.get(name, self.interactions) for name in self.register.types}
        object.__setattr__(self, "_offered", offered)

    def admits(self, resource_type: str) -> bool:
        """Whether the register's own rule looks at changes of that type."""
        return self.admit is not None and (not self.admitted or resource_type in self.admitted)

    def offers(self, interaction: Interaction, resource_type: str = "") -> bool:
        """Whether this server offers `interaction` (on `resource_type`)."""
        if not resource_type:
            return interaction in self.interactions
        return interaction in self._offered.get(resource_type, ())
