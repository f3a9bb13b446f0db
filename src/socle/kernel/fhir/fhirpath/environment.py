"""What an expression may see beside its input: resources, variables, the clock, and services passed by the caller."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from socle.kernel.fhir.fhirpath.items import Item, Items, Json
from socle.kernel.fhir.fhirpath.moments import Moment, of_datetime

BUDGET = 1_000_000  # items that the expressions may go through, about a second
PATTERN_SECONDS = 0.5  # for all their regular expressions

Trace = Callable[[str, Items], None]


class Terminology(Protocol):
    """What `memberOf` and `subsumes` ask. None: cannot be known."""

    def member_of(self, coded: Item, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept is in a value set."""
        ...

    def subsumes(self, broader: Item, narrower: Item) -> bool | None:
        """Whether a code is, or is an ancestor of, another of the same system."""
        ...


class Environment:
    """What all the expressions evaluated on one resource may see; one evaluation at a time.

    Its budget is theirs together.

    resource       %resource: the resource that holds the input; the input itself when not said
    root_resource  %rootResource: the container of a contained resource, else `resource`
    variables      %name → collection; names without %
    now            clock of now(), today(), timeOfDay(); aware. Its offset stands for those that dates do not say
    resolve        reference or canonical text → resource; contained and Bundle entries need none
    terminology    for memberOf and subsumes: without it they answer nothing, which the caller can tell by `unchecked`
    conforms       (item, profile URL) → verdict, None when the profile is not known
    element        (item) → ElementDefinition of the item, for elementDefinition()
    slices         (item, structure URL, slice name) → whether the item is in the slice, for slice()
    trace          called by trace(name, …)
    budget         items that the expressions may go through together
    """

    __slots__ = (
        "_moment",
        "_now",
        "conforms",
        "context",
        "element",
        "index",
        "left",
        "offset",
        "pattern_seconds",
        "resolve",
        "resource",
        "root_resource",
        "slices",
        "terminology",
        "total",
        "trace",
        "unchecked",
        "variables",
    )

    def __init__(
        self,
        *,
        resource: Json | None = None,
        root_resource: Json | None = None,
        variables: Mapping[str, Items] | None = None,
        now: datetime | None = None,
        resolve: Callable[[str], Json | None] | None = None,
        terminology: Terminology | None = None,
        conforms: Callable[[Item, str], bool | None] | None = None,
        element: Callable[[Item], Item | None] | None = None,
        slices: Callable[[Item, str, str], bool | None] | None = None,
        trace: Trace | None = None,
        budget: int = BUDGET,
    ) -> None:
        self.resource = resource
        self.root_resource = root_resource
        self.variables: Mapping[str, Items] = variables or {}
        self._now = now
        self._moment: Moment | None = None
        # Minutes east of UTC for moments that do not say theirs: those of a clock that was passed, else UTC.
        east = now.utcoffset() if now is not None else None
        self.offset = int(east.total_seconds()) // 60 if east is not None else 0
        self.resolve = resolve
        self.terminology = terminology
        self.conforms = conforms
        self.element = element
        self.slices = slices
        self.trace = trace
        self.context: Items = []
        self.index = 0
        self.total: Items = []
        self.left = budget
        self.pattern_seconds = PATTERN_SECONDS
        self.unchecked: Sequence[str] = ()

    @property
    def now(self) -> Moment:
        """The clock of this evaluation: the same moment however often it is asked."""
        if self._moment is None:
            self._moment = of_datetime(self._now or datetime.now(UTC).astimezone())
        return self._moment

    def cannot_check(self, what: str) -> None:
        """Remember that a service was missing or did not know: a verdict that rests on nothing must be told as such."""
        if what not in self.unchecked:
            self.unchecked = (*self.unchecked, what)


def resource_item(resource: Json | None) -> Items:
    """A resource as a collection."""
    return [] if resource is None else [(_type(resource), resource, None)]


def _type(resource: Mapping[str, Any]) -> str:
    return str(resource.get("resourceType", "Resource"))
