"""What every test may ask for: a real PostgreSQL, started once a run, and a fresh database on it for each test."""

import asyncio
import contextlib
import faulthandler
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import structlog
from hypothesis import HealthCheck, settings

from socle.kernel.store.embedded import EmbeddedPostgres, start
from socle.kernel.store.migrate import steps
from socle.kernel.store.postgres import PostgresDatabase, open_database

# Python keeps what it compiled, here and in every process that a test starts: compiling a house again takes longer than
# opening it. The environments that forbid it (images of containers do) mean their own files, not a working copy.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Nothing here survives the run: waiting for the disk would only make the tests slow. A lock that a test left behind is an
# error of the next test, with its statement, not a wait without end.
FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "lock_timeout": "120s",
}
HOUSES = Path(__file__).parent / "house"
LEAVING = 300.0
"""Seconds that a run which has ended may take to leave; then it says where it is, and ends."""
BROWSING = 240.0
"""Seconds that one test may hold a browser: eight times what the longest takes."""

OpenDatabase = Callable[..., Awaitable[PostgresDatabase]]
_numbers = count(1)
_made: set[str] = set()
_emptied: list[str] = []
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE place record;
BEGIN
    FOR place IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    LOOP
        IF place.schemaname NOT IN ('house', 'sandbox') THEN RAISE EXCEPTION 'not as it was'; END IF;
        IF place.tablename <> 'migration' THEN
            EXECUTE format('DELETE FROM %I.%I', place.schemaname, place.tablename);
        END IF;
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """An embedded PostgreSQL for the whole run."""
    with start(tmp_path_factory.mktemp("postgres"), settings=FAST) as server:
        yield server


async def _administer(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _make_template(dsn: str) -> None:
    await _administer(dsn, "CREATE DATABASE template_house")
    database = await open_database(_of(dsn, "template_house"))
    await database.migrate(steps(["sandbox"]))
    await database.close()


def _of(dsn: str, name: str) -> str:
    return dsn.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a database that has the register `sandbox`: copying it is faster than migrating."""
    asyncio.run(_make_template(postgres.dsn))
    return "template_house"


@asynccontextmanager
async def fresh_database(postgres: EmbeddedPostgres, template: str = "template1") -> AsyncIterator[str]:
    """The address of a database of one's own, dropped afterwards."""
    name = f"test_{next(_numbers)}"
    await _administer(postgres.dsn, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _of(postgres.dsn, name)
    await _administer(postgres.dsn, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def sandbox_database(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """The address of a database that has the register `sandbox`, empty. It is emptied and used again: that is ten times
    faster than making another.
    """
    name = _emptied.pop() if _emptied else f"test_{next(_numbers)}"
    if name not in _made:
        await _administer(postgres.dsn, f"CREATE DATABASE {name} TEMPLATE {template}")
        _made.add(name)
    yield _of(postgres.dsn, name)
    connection = await asyncpg.connect(_of(postgres.dsn, name))
    try:
        await connection.execute(_EMPTY)
        _emptied.append(name)
    except asyncpg.RaiseError:  # the test added tables of its own
        pass
    finally:
        await connection.close()


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    """The address of a database with the register `sandbox`, empty."""
    async with sandbox_database(postgres, template) as address:
        yield address


@pytest.fixture
async def empty_dsn(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database where nothing was ever migrated."""
    async with fresh_database(postgres) as address:
        yield address


@pytest.fixture
async def open_house(dsn: str) -> AsyncIterator[OpenDatabase]:
    """Opens the test's database, migrated: `await open_house("sandbox", clock=…, modules=[("insi", "socle.…")])`.

    Called twice, it gives two workers on one database. Closed after the test.
    """
    async with AsyncExitStack() as stack:

        async def open_one(
            *registers: str,
            clock: Callable[[], datetime] | None = None,
            modules: Sequence[tuple[str, str]] = (),
            **options: Any,
        ) -> PostgresDatabase:
            if clock is not None:
                options["clock"] = clock
            database = await open_database(dsn, **options)
            stack.push_async_callback(database.close)
            await database.migrate(steps(registers or ("sandbox",), modules))
            return database

        yield open_one


@pytest.fixture
async def database(open_house: OpenDatabase) -> PostgresDatabase:
    """A database with one register, `sandbox`, at the version of the code; `database.store("sandbox")` is its store."""
    return await open_house("sandbox")


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command under test sets the log up on a stream that ends with the test: the next test must not write there."""
    yield
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def bounded_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """A browser that does not answer is killed: the test that waits for it then fails with its own line, and says so."""
    if request.node.get_closest_marker("browser") is None:
        yield
        return
    watch = threading.Timer(BROWSING, _kill_browsers)
    watch.daemon = True
    watch.start()
    yield
    watch.cancel()


def _kill_browsers() -> None:
    print(f"the browser has not answered for {BROWSING:.0f} s: killed", file=sys.__stderr__, flush=True)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in process.name():
                process.kill()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """What fails is told at once: a run that is stopped before its end has said why."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ and sys.__stderr__ is not None:
        told = report.longreprtext.splitlines()[-25:]
        print(f"\nFAILED {report.nodeid} ({report.when})", *told, sep="\n  ", file=sys.__stderr__, flush=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that open whole houses or drive a browser come first: begun last, one of them would keep a single worker busy
    while the others have nothing left. Within a file, and among the others, the order stays.
    """
    long = {item.path for item in items if _is_long(item)}
    items.sort(key=lambda item: item.path not in long)


def _is_long(item: pytest.Item) -> bool:
    marked = any(item.get_closest_marker(name) for name in ("browser", "crash"))
    return marked or item.path.is_relative_to(HOUSES)


def pytest_unconfigure(config: pytest.Config) -> None:
    """A thread or a child that does not end keeps the run from ending no longer than `LEAVING`. A worker has nothing to fear:
    it waits for the others, and is ended with the run.
    """
    if sys.__stderr__ is not None and not hasattr(config, "workerinput"):
        faulthandler.dump_traceback_later(LEAVING, exit=True, file=sys.__stderr__)


# How fast a machine is, or how busy, is no property of the code: nothing here depends on it. In CI a change is judged on the
# same examples each time; everywhere else each run tries new ones.
_UNHURRIED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("anywhere", **_UNHURRIED)
settings.register_profile("ci", derandomize=True, database=None, **_UNHURRIED)
settings.load_profile("ci" if os.environ.get("CI") else "anywhere")
