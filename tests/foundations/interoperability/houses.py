"""A whole house with the sandbox, in process: its FHIR server, its jobs run when the test says so."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.clock import Clock
from tests.conftest import _administer, _of

from socle.assembly.application import application
from socle.assembly.house import Opened, open_house, schemas
from socle.foundations.interoperability.module import MODULE
from socle.kernel.audit import Event, Trace
from socle.kernel.audit.chain import decode
from socle.kernel.module import House, Module, Settings
from socle.kernel.store import actors
from socle.kernel.store.compression import unpack
from socle.kernel.store.embedded import EmbeddedPostgres
from socle.kernel.store.jobs import Jobs
from socle.kernel.store.migrate import steps
from socle.kernel.store.outbox import Outbox
from socle.kernel.store.postgres import open_database

HOST = "http://socle.test"
BASE = f"{HOST}/sandbox/fhir"
START = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
_numbers = count(1)
TRACE = Trace("console", "console", "operator", "", "console", "test", START, "house", "actor:create")


@dataclass
class Sandbox:
    """What a test does with the house."""

    opened: Opened
    clock: Clock
    keys: dict[str, str]
    app: Any = field(init=False)
    outboxes: list[Outbox] = field(init=False)

    def __post_init__(self) -> None:
        self.app = application(self.opened)
        self.outboxes = [
            Outbox(self.opened.database, one.register, one.consumer, partial(one.react, self.house), self.clock)
            for one in MODULE.reactions
        ]

    @property
    def house(self) -> House:
        return self.opened.house

    @property
    def data(self) -> Path:
        return self.house.settings.data

    async def ask(self, method: str, url: str, who: str = "publisher", **more: Any) -> httpx.Response:
        """One request; nobody asks when `who` is ""."""
        headers = dict(more.pop("headers", {}))
        if who:
            headers["authorization"] = f"Bearer {self.keys[who]}"
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=f"{BASE}/") as client:
            return await client.request(method, url, headers=headers, **more)

    async def put(self, resource: dict[str, Any], who: str = "publisher") -> dict[str, Any]:
        """Store a resource under its id."""
        url = f"{resource['resourceType']}/{resource['id']}"
        answer = await self.ask("PUT", url, who, json=resource, headers={"content-type": "application/fhir+json"})
        assert answer.status_code in (200, 201), answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    async def fill(self, resources: Iterable[dict[str, Any]]) -> None:
        """Store many."""
        for resource in resources:
            await self.put(resource)

    async def work(self, jobs: Jobs | None = None) -> int:
        """Run the jobs that are due, all kinds, until none is left; how many."""
        handlers = {
            name: partial(job, self.house)
            for module in self.house.modules
            for name, job in {**module.jobs, **module.long_jobs}.items()
        }
        runner = jobs or Jobs(self.opened.database, self.clock)
        ran = 0
        while await runner.run_one(handlers):
            ran += 1
        return ran

    async def told(self) -> None:
        """Let subscriptions follow what was committed and deliver what is due, until nothing is left to do now."""
        subscriptions = self.house.subscriptions
        assert subscriptions is not None
        for _ in range(3):  # a handshake writes a version, which is committed in turn
            for outbox in self.outboxes:
                while (await outbox.deliver()).handled:
                    pass
            await subscriptions.look()
            await subscriptions.settle()

    async def events(self, schema: str = "sandbox") -> list[Event]:
        """Every event kept in a chain, oldest first."""
        rows = await self.house.database.query(f"SELECT body FROM {schema}.audit ORDER BY chain, n")
        return [decode(unpack(row["body"])) for row in rows]


@pytest.fixture(scope="session")
def house_template(postgres: EmbeddedPostgres) -> str:
    """A database in which the sandbox was migrated once: copying it is faster."""

    async def make() -> None:
        await _administer(postgres.dsn, "CREATE DATABASE template_sandbox")
        database = await open_database(_of(postgres.dsn, "template_sandbox"))
        own = list(MODULE.schemas.items())
        await database.migrate(steps(schemas((MODULE,)), own))
        await database.close()

    asyncio.run(make())
    return "template_sandbox"


_emptied: list[str] = []
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE place record;
BEGIN
    FOR place IN SELECT schemaname, tablename FROM pg_tables
                 WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename <> 'migration' LOOP
        EXECUTE format('DELETE FROM %I.%I', place.schemaname, place.tablename);
    END LOOP;
END $$
"""


@asynccontextmanager
async def house_database(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """The address of a database with an empty sandbox; emptied and used again, which is faster than making another."""
    if _emptied:
        name = _emptied.pop()
    else:
        name = f"sandbox_{next(_numbers)}"
        await _administer(postgres.dsn, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _of(postgres.dsn, name)
    await _administer(_of(postgres.dsn, name), _EMPTY)
    _emptied.append(name)


@asynccontextmanager
async def opened_sandbox(
    dsn: str, data: Path, clock: Clock, *, demo: bool = False, more: tuple[Module, ...] = ()
) -> AsyncIterator[Sandbox]:
    """A house on a database, with a key for each role; a demonstration tells receivers on this machine."""
    settings = Settings(data, demo=demo, population=0, url=HOST)
    async with open_house(settings, dsn, modules=(MODULE, *more), clock=clock) as opened:
        keys = {}
        for name, role in (
            ("publisher", "publisher"),
            ("other", "publisher"),
            ("operator", "operator"),
            ("auditor", "auditor"),
            ("editor", "doctrine-editor"),
        ):
            _, keys[name] = await actors.create(opened.database, name=name, roles=[role], trace=TRACE)
        assert MODULE.start is not None
        await MODULE.start(opened.house)
        sandbox = Sandbox(opened, clock, keys)
        yield sandbox
        assert opened.house.subscriptions is not None
        await opened.house.subscriptions.hooks.close()


@pytest.fixture
async def sandbox(postgres: EmbeddedPostgres, house_template: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A house of one's own with an empty sandbox."""
    async with (
        house_database(postgres, house_template) as dsn,
        opened_sandbox(dsn, tmp_path, Clock(START)) as sandbox,
    ):
        yield sandbox
