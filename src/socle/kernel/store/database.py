"""Tables that are not FHIR resources: a module's own schema, read by SQL, written only with a trace."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

from socle.kernel.audit import Event, Trace
from socle.kernel.store.contract import Change, Row

if TYPE_CHECKING:
    from socle.kernel.store.postgres.switch import Switch


class Snapshot(Protocol):
    """Questions about one moment."""

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows, all at once."""

    def pages(self, sql: str, *args: Any, size: int) -> AsyncIterator[list[Row]]:
        """The rows by pages of at most `size`, in constant memory."""

    def lines(self, sql: str, *args: Any) -> AsyncGenerator[bytes, None]:
        """The rows as the lines of COPY's text format, in pieces cut anywhere; to be closed (`aclosing`) if left early."""


class Whole(Protocol):
    """A transaction that holds a great many changes of one register; it is seen whole, at its commit, or never."""

    written: int  # versions made so far
    detail: str  # what the event that tells the whole says of it

    async def put(self, changes: Sequence[Change]) -> int:
        """Write changes; answers how many versions they made. Raises: Problem(CONFLICT | PRECONDITION_FAILED)."""

    async def execute(self, sql: str, *args: Any) -> str:
        """A statement of the module's own tables; answers what PostgreSQL says of it ("UPDATE 12")."""

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows, as this transaction sees them."""

    def pages(self, sql: str, *args: Any, size: int) -> AsyncIterator[list[Row]]:
        """The rows by pages of at most `size`; changes may be put between two pages."""


class Database(Protocol):
    """The house's PostgreSQL. SQL is schema-qualified, arguments are $1, $2 …"""

    @property
    def dsn(self) -> str:
        """Where it is, for another process of ours."""

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """Read (on the searchers' connections)."""

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """The database as it is now, until the end of the block, whatever others write: for reading much."""

    def switch(self, schema: str) -> "AbstractAsyncContextManager[Switch]":
        """Many versions of a register made beside it, then put in their place at once."""

    def wrote(self, schema: str, rows: int) -> None:
        """Another process of ours wrote so many versions of a register: what looks after it is told."""

    def consumers(self, schema: str) -> list[tuple[str, str]]:
        """Who is told of what in a register, (type or "*", consumer)."""

    async def write(
        self, schema: str, statements: Sequence[tuple[str, Sequence[Any]]], trace: Trace, *, notes: Sequence[Event] = ()
    ) -> None:
        """Execute statements and their trace in one transaction; `schema` is the register whose chain keeps it."""

    async def record(self, schema: str, event: Event) -> None:
        """Keep an event durably in the chain of `schema`; grouped with its neighbours."""

    async def load(
        self,
        schema: str,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]] | AsyncIterable[Sequence[Any]],
        trace: Trace,
    ) -> int:
        """Bulk load (COPY), constant memory, one trace for the whole; answers the number of rows."""

    def whole(self, schema: str, trace: Trace) -> AbstractAsyncContextManager[Whole]:
        """Write a great many changes of a register in one transaction, in constant memory, while readers and writers go on."""

    async def enqueue(self, job: str, arguments: dict[str, Any], trace: Trace) -> int:
        """Put a job on the table, durably; answers its number."""
