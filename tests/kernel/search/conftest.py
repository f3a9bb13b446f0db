"""A searchable register on a real PostgreSQL, with a clock that the test holds."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from tests.conftest import OpenDatabase
from tests.kernel.search.worlds import BASE, Words

from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.search.engine import Page
from socle.kernel.search.register import Codes, Register, Texts
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import Sight
from socle.kernel.store import Delete, Put, Unit
from socle.kernel.store.postgres import PostgresDatabase

SECRET = b"a secret of the tests"
START = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)
REGISTER = Register(
    "sandbox",
    r4().resource_types,
    frozenset({"Patient"}),
    learns=True,
    full_text=True,
    begun={"Patient": frozenset({"name", "family"})},
    walked={"Patient": frozenset({"gender"}), "Observation": frozenset({"code", "status"})},
    paired={
        "Patient": (Texts("name", frozenset({"family", "given"})), Codes("gender", "active", "true")),
        "Observation": (Codes("code", "status", "final|amended"),),
    },
)


@dataclass
class Clock:
    """Moves only when told."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def tick(self, seconds: float = 1.0) -> None:
        """Later."""
        self.now += timedelta(seconds=seconds)


@dataclass
class Finder:
    """A repository, and short words to write in it and ask it."""

    repository: Repository
    database: PostgresDatabase
    clock: Clock = field(default_factory=Clock)

    async def put(self, *resources: dict[str, Any], apart: bool = False) -> None:
        """Store resources under the ids that they carry; `apart`: one second between two."""
        puts = [self.repository.put(parse_copy(one), id=one["id"]) for one in resources]
        if not apart:
            await self.repository.commit(Unit(puts, self.trace()))
            return
        for put in puts:
            self.clock.tick()
            await self.repository.commit(Unit([put], self.trace()))

    async def delete(self, *references: str) -> None:
        """Delete resources."""
        changes = [Delete(*reference.split("/")) for reference in references]
        await self.repository.commit(Unit(changes, self.trace()))

    async def load(self, puts: Sequence[Put]) -> None:
        """Store many, with fresh statistics."""
        await self.repository.store.load(puts, self.trace())  # type: ignore[attr-defined]
        await self.database.tidy("sandbox")

    async def search(
        self, of: str | None, *pairs: tuple[str, str], lenient: bool = False, sight: Sight | None = None
    ) -> Page:
        """The first page."""
        now = self.clock.now
        return await self.repository.search(pairs, of, now=now, secret=SECRET, lenient=lenient, sight=sight)

    async def follow(self, token: str) -> Page:
        """The page of a link."""
        return await self.repository.page(token, now=self.clock.now, secret=SECRET)

    async def ids(self, of: str | None, query: str) -> list[str]:
        """Ids found by `name=value&name=value` (no decoding), in order."""
        pairs = [tuple(pair.split("=", 1)) for pair in query.split("&") if pair]
        return [one.id for one in (await self.search(of, *pairs)).matches]  # type: ignore[arg-type]

    def trace(self) -> Trace:
        """Why the tests write."""
        return Trace("t", "test", "tester", "", "system", "test", self.clock.now, "sandbox", "create")

    async def empty(self) -> None:
        """Remove everything, history included."""
        connection = await asyncpg.connect(self.database.dsn)
        try:
            tables = ", ".join(
                f"sandbox.{name}"
                for name in (
                    "resource",
                    "ix_date",
                    "ix_num",
                    "ix_str",
                    "history",
                    "search_parameter",
                    "ix_text",
                    "text_position",
                    "ix_order",
                    "order_position",
                )
            )
            await connection.execute(f"TRUNCATE {tables}")
        finally:
            await connection.close()
        board = self.database._watch("sandbox")  # nothing else tells it of what is removed by hand
        board.changed(board.all_changing())


def parse_copy(resource: dict[str, Any]) -> dict[str, Any]:
    """A copy that the store may change."""
    return deepcopy(resource)


def bodies(page: Page) -> list[dict[str, Any]]:
    """The matches, parsed."""
    return [parse(one.body) for one in page.matches]


@pytest.fixture
async def finder(open_house: OpenDatabase) -> Finder:
    """An empty register `sandbox` of every R4 type."""
    clock = Clock()
    database = await open_house("sandbox", clock=clock)
    return Finder(Repository(REGISTER, database.store("sandbox"), r4(), (BASE,), Words()), database, clock)
