"""A search parameter as this part of the house uses it, and what a query's values may depend on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from socle.kernel.search.sight import Sight


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter of one resource type.

    type        FHIR search parameter type: token, reference, string, date, number, quantity, uri, special, composite
    expression  FHIRPath that gives its values, "" when there is none
    targets     resource types a reference may lead to
    bit         its place in `Keys.present`
    key         its key in the side tables
    reference   its part of the tokens of references
    principal   whether its bounds are kept in the resource's own row (one date parameter per type)
    single      a date parameter that never has several values
    short       a date parameter whose values never last more than 366 days (no Period, no Timing)
    parts       of a composite, each with the expression that starts at the element where the parts stand together
    whole       of a composite, plain parameters that stand for its parts where that element is not repeated
    paths       of a composite, the elements that are repeated, whose parts are kept in pairs
    keeper      of a composite, the one that keeps its pairs: itself, or another that has the same
    kept        of a composite, the bit of its keeper
    learnt      a SearchParameter of the register said so; its values may be of types that it does not suit
    begun       a string of which several beginnings are tokens, see `types.string`
    walked      a code whose resources are kept in order too, see `types.token`
    paired      a code of which pairs are kept, see `pairs`
    building    what was written before it came is not all indexed yet: it cannot be asked
    systems     of a bare code, the code system that its required value set gives it
    """

    resource_type: str
    name: str
    type: str
    expression: str
    targets: tuple[str, ...] = ()
    bit: int = 0
    key: int = 0
    reference: int = 0
    principal: bool = False
    single: bool = False
    short: bool = False
    parts: tuple["Parameter", ...] = ()
    whole: tuple[tuple["Parameter", ...], ...] = ()
    paths: tuple[str, ...] = ()
    keeper: str = ""
    kept: int = 0
    learnt: bool = False
    building: bool = False
    begun: bool = False
    walked: bool = False
    paired: bool = False
    systems: Mapping[str, str] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Context:
    """What query values may depend on: the instant (for `ap`), the server's own base URLs (for references), and what whoever
    asks may see (None: everything).
    """

    now: datetime
    bases: tuple[str, ...] = ()
    sight: Sight | None = field(default=None, compare=False)
