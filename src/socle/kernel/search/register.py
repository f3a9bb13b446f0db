"""What a register holds, as data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from socle.kernel.fhir.definitions import SearchParameter
from socle.kernel.store import Store


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A search that a register gives a name, for `_query`. Source: FHIR R4 search.html#query.

    parameters  what it takes, all of them
    criteria    the parameters of an ordinary search that it stands for, from the values given
    """

    parameters: tuple[str, ...]
    criteria: Callable[[Mapping[str, str]], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Two texts of one parameter. `among`: parameters whose texts are all texts of it."""

    of: str
    among: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Codes:
    """A code of `first`, which is kept in order itself (`Register.walked`), and one of `second` that `shape` matches whole."""

    first: str
    second: str
    shape: str


@dataclass(frozen=True, slots=True)
class Register:
    """One FHIR register: its name is its PostgreSQL schema.

    name        lower-case identifier, e.g. "ins"
    types       resource types it holds
    personal    those of them that concern a person: each access to them leaves a trace, none is anonymous
    learns      obeys the SearchParameter resources that are stored in it, see `learn`
    apart       concepts of CodeSystem resources may be kept apart: `CodeSystem?code=` asks the terminologies too
    full_text   offers `_text`, `_content` and `:text`, see `fulltext`
    queries     named queries, for `_query`
    page        resources of a page when `_count` does not say
    counts      how many there are in all is said when `_total` does not say, but in a search by distance
    parameters  search parameters of its own, by type and name (none in R4 core); adding one means indexing again
    begun       strings that are asked together with others, by type: more of their beginnings are tokens
    walked      codes that many resources share and that are asked together with others, by type: kept in the order of
                creation too, so that a page is read from there and no further
    paired      what is frequent apart and asked together, by type: pairs of values are kept in order too, see `pairs`
    through     what stands between its doors and its store, when a write decides more than itself (an index that must
                be true whatever door a change comes by)
    """

    name: str
    types: tuple[str, ...]
    personal: frozenset[str]
    parameters: Mapping[str, Mapping[str, SearchParameter]] = field(default_factory=dict)
    begun: Mapping[str, frozenset[str]] = field(default_factory=dict)
    walked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    paired: Mapping[str, tuple[Texts | Codes, ...]] = field(default_factory=dict)
    learns: bool = False
    apart: bool = False
    full_text: bool = False
    queries: Mapping[str, NamedQuery] = field(default_factory=dict)
    page: int = 50
    counts: bool = False
    through: Callable[[Store], Store] | None = None

    def keep(self, store: Store) -> Store:
        """The store as the doors of this register see it."""
        return self.through(store) if self.through else store
