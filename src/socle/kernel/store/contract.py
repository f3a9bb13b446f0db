"""What a store promises. `postgres` keeps it fast, `memory` keeps it obvious; tests compare them at random.

Vocabulary: a *unit* is what one request changes, all or nothing, with its trace. A *stored* is one version of a
resource. Bodies are FHIR JSON bytes, `id`, `meta.versionId` and `meta.lastUpdated` inside, ready for the socket.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, Protocol

from socle.kernel.audit import Event, Trace
from socle.kernel.store.board import Stamp

Json = dict[str, Any]
Row = Mapping[str, Any]

STORED_COLUMNS: Final = "rid, type, fid, version, updated, deleted, subject, body"  # of `resource`, for `Store.stored`

ANY: Final = -1  # whatever the current version, or none
ABSENT: Final = 0  # there must be no live resource with this id


class Op(IntEnum):
    """What a version did."""

    CREATE = 1
    UPDATE = 2
    DELETE = 3


@dataclass(slots=True)
class Keys:
    """Everything by which a resource can be found, computed by `kernel.search.index`; the store only keeps it.

    toks     keys of codes, identifiers, references, exact strings, days (see kernel.fhir.keys)
    present  bit set of the type's search parameters that have a value (for :missing)
    dlo,dhi  bounds of the type's principal date
    dates    (parameter key, from, to) for every date parameter
    numbers  (parameter key, from, to, key of system|code, key of code); units 0 when none
    strings  (parameter key, normalised value)
    subject  the person whose data it is, as a reference ("Patient/1"), None when it concerns no person
    """

    toks: list[int] = field(default_factory=list)
    present: int = 0
    dlo: datetime | None = None
    dhi: datetime | None = None
    dates: list[tuple[int, datetime, datetime]] = field(default_factory=list)
    numbers: list[tuple[int, float, float, int, int]] = field(default_factory=list)
    strings: list[tuple[int, str]] = field(default_factory=list)
    subject: str | None = None


@dataclass(slots=True)
class Put:
    """Create or replace. The store sets id, versionId and lastUpdated in `resource` (its other members are kept as they
    are, in order; `id` and `meta` are placed after `resourceType` when they were absent).

    expect    ANY, ABSENT, or the version that must be current
    fresh     the id was just drawn by us: no other writer can have it, no look-up is needed
    rows      statements of the module's own tables that go with this change: (sql, args)
    also      other changes that this one brings: they come last in its unit
    """

    type: str
    id: str
    resource: Json
    keys: Keys
    expect: int = ANY
    fresh: bool = False
    rows: Sequence[tuple[str, Sequence[Any]]] = ()
    also: "Sequence[Change]" = ()


@dataclass(slots=True)
class Delete:
    """Delete (a tombstone; history stays). Deleting what is absent or deleted is not an error: no version is made.

    rows  statements of the module's own tables that go with this change: (sql, args)
    also  other changes that this one brings: they come last in its unit
    """

    type: str
    id: str
    expect: int = ANY
    rows: Sequence[tuple[str, Sequence[Any]]] = ()
    also: "Sequence[Change]" = ()


Change = Put | Delete


@dataclass(slots=True)
class Stored:
    """One version of one resource. `body` is b"" for a tombstone. `rid` orders resources by first creation."""

    type: str
    id: str
    version: int
    updated: datetime
    op: Op
    body: bytes
    subject: str | None = None
    rid: int = 0
    seq: int = 0  # position in the change feed (history only)

    @property
    def deleted(self) -> bool:
        """Whether this version is a tombstone."""
        return self.op is Op.DELETE


@dataclass(slots=True)
class Unit:
    """What one request changes, all or nothing, and why it may.

    notes   more events to record in the same transaction, beside the one that the store makes from trace and changes
    rows    statements of the module's own tables, executed in the same transaction before the changes: (sql, args);
            those of its changes are added to them

    What its changes bring with them (`also`) is added after the last of them.
    """

    changes: Sequence[Change]
    trace: Trace
    notes: Sequence[Event] = ()
    rows: Sequence[tuple[str, Sequence[Any]]] = ()

    def __post_init__(self) -> None:
        also = [brought for change in self.changes if change.also for brought in change.also]
        if also:
            self.changes = [*self.changes, *also]
        for change in self.changes:
            if change.rows:
                self.rows = [*self.rows, *change.rows]


class Tx(Protocol):
    """Questions; schema-qualified SQL, $1 arguments."""

    async def query(self, sql: str, *args: Any) -> list[Row]: ...


class Within(Tx, Protocol):
    """Questions asked inside a write transaction (see `Store.exclusive`)."""

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        """As `query`, for SQL that has one good plan whatever its arguments are: the plan is made once a connection."""


class Store(Protocol):
    """A register's store: versioned resources, their history, their traces. One schema."""

    @property
    def schema(self) -> str:
        """The PostgreSQL schema, for SQL built by `kernel.search` and by modules' store.py."""

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """The current version (perhaps a tombstone), or None if there never was one. Coalesced with its neighbours."""

    def stamp(self, resource_type: str, resource_id: str) -> Stamp | None:
        """Taken before `read`: what tells by `holds`, as often as asked, that what was read is still what `read` answers.
        None when that cannot be told.
        """

    def holds(self, stamp: Stamp) -> bool:
        """Whether nothing that was stamped has begun to change since."""

    async def read_many(self, references: Sequence[tuple[str, str]]) -> list[Stored]:
        """Current versions of those of (type, id) that are live; any order."""

    async def vread(self, resource_type: str, resource_id: str, version: int) -> Stored | None:
        """One version (perhaps a tombstone), or None."""

    async def vread_many(self, versions: Sequence[tuple[str, str, int]]) -> list[Stored | None]:
        """The version of each of (type, id, version), None where there is none; one question for all."""

    async def history(
        self,
        *,
        resource_type: str | None = None,
        resource_id: str | None = None,
        since: datetime | None = None,
        at: tuple[datetime, datetime] | None = None,
        before: int | None = None,
        count: int = 50,
    ) -> list[Stored]:
        """Versions, newest first, of one resource, one type, or all; `before` is the `seq` of the last one seen."""

    async def commit(self, unit: Unit) -> list[Stored]:
        """Apply a unit durably, with its event; grouped with its neighbours in one transaction.

        One Stored per change, in order (for a Delete of nothing: version 0). Raises Problem(CONFLICT |
        PRECONDITION_FAILED) when an expectation fails, and then nothing of the unit is kept.
        """

    async def exclusive(self, locks: Sequence[int], decide: Callable[[Within], Awaitable[Unit]]) -> list[Stored]:
        """As `commit`, for a unit that depends on what is stored (conditional create, update, delete; transactions with
        conditional references). `decide` runs inside the write transaction, after advisory locks on `locks` (keys) are
        held, and everything of this worker queued before is visible to it. It may raise a Problem: nothing is kept.
        """

    async def record(self, event: Event) -> None:
        """Keep an event durably (grouped with its neighbours); returns after its commit."""

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """A search, on the searchers' connections (custom plans).

        Raises: Problem(TOO_COSTLY) when it takes longer than a search may.
        """

    async def settled(self, sql: str, *args: Any) -> list[Row]:
        """As `query`, for SQL that has one good plan whatever its arguments are: the plan is made once a connection."""

    def stored(self, row: Row) -> Stored:
        """The version that a row of `resource` holds (columns STORED_COLUMNS at least), its body unpacked."""
