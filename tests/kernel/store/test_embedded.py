"""The embedded server: starts as anyone, on any folder, alone; dies with the house; comes back after any end."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.store.embedded import (
    EmbeddedPostgres,
    FolderInUse,
    FolderUnusable,
    PostgresFailed,
    configuration,
    running,
    start,
)

MB = 1024 * 1024
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="changes users")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with its cluster, at rest: to be copied."""
    folder = tmp_path_factory.mktemp("cluster") / "data"
    start(folder).stop()
    return folder


@pytest.fixture
def data(cluster: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "data"
    subprocess.run(["cp", "-a", str(cluster), str(copy)], check=True)
    return copy


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int) -> bool:
    limit = time.monotonic() + 30
    while alive(pid) and time.monotonic() < limit:
        time.sleep(0.01)  # another process ends: there is nothing to await
    return not alive(pid)


async def ask(server: EmbeddedPostgres, sql: str) -> object:
    connection = await asyncpg.connect(server.dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_it_starts_on_a_folder_that_does_not_exist_and_keeps_what_is_written(tmp_path: Path) -> None:
    told: list[Text] = []
    data = tmp_path / "new" / "data"
    with start(data, progress=told.append) as server:
        await ask(server, "CREATE TABLE kept AS SELECT 42 AS n")
    assert told[0].fr == "Création de la base de données…"
    assert not server.alive
    with start(data) as server:
        assert await ask(server, "SELECT n FROM kept") == 42


async def test_it_is_durable_closed_and_sorts_by_code_point(data: Path) -> None:
    with start(data) as server:
        settings = {}
        for name in ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "jit", "TimeZone"):
            settings[name] = await ask(server, f"SHOW {name}")
        assert settings == {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "listen_addresses": "",
            "jit": "off",
            "TimeZone": "UTC",
        }
        assert await ask(server, "SELECT 'Z' < 'a' AND 'é' > 'z'")
        assert await ask(server, "SELECT pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == "UTF8"


async def test_nobody_enters_without_the_password(data: Path) -> None:
    with start(data) as server:
        address = server.dsn.replace(urlsplit(server.dsn).password or "?", "guess")
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(address)
    assert stat.S_IMODE((data / "postgres.password").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "postgres").stat().st_mode) == 0o700


@pytest.mark.parametrize(("machine", "kept"), [(512, "64MB"), (2_048, "64MB"), (4_096, "128MB"), (65_536, "256MB")])
def test_postgres_keeps_pages_in_memory_as_the_machine_allows(machine: int, kept: str) -> None:
    assert configuration.buffers(machine * MB) == kept


def test_a_container_has_the_memory_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, given, none = configuration.memory(), tmp_path / "given", tmp_path / "none"
    given.write_text(f"{512 * MB}\n")
    none.write_text("max\n")
    monkeypatch.setattr(configuration, "_LIMITS", (tmp_path / "absent", none))
    assert configuration.memory() >= machine
    monkeypatch.setattr(configuration, "_LIMITS", (none, given))
    assert configuration.memory() == 512 * MB


async def test_settings_of_the_house_and_of_the_operator_are_obeyed(data: Path) -> None:
    (data / "postgres" / "local.conf").write_text("work_mem = '9MB'\n")
    with start(data, settings={"shared_buffers": "32MB"}) as server:
        assert await ask(server, "SHOW shared_buffers") == "32MB"
        assert await ask(server, "SHOW work_mem") == "9MB"


def test_a_second_house_on_the_folder_is_told_whose_it_is(data: Path) -> None:
    with start(data), pytest.raises(FolderInUse) as caught:
        start(data)
    assert caught.value.pid == os.getpid()
    assert str(os.getpid()) in caught.value.issues[0].text.fr
    assert "--data" in caught.value.issues[0].text.en


@pytest.mark.parametrize("inside", ["", "data"])
def test_a_folder_that_cannot_be_is_told_with_what_to_do(tmp_path: Path, inside: str) -> None:
    taken = tmp_path / "file"
    taken.touch()
    with pytest.raises(FolderUnusable) as caught:
        start(taken / inside)
    assert str(taken) in caught.value.issues[0].text.fr
    assert "--data" in caught.value.issues[0].text.en


async def test_a_running_server_is_found_by_its_folder(data: Path) -> None:
    with start(data) as server:
        assert running(data) == server.dsn
    assert running(data) is None
    assert running(data / "nothing") is None


def test_a_path_too_long_for_a_socket_is_no_obstacle(data: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("très-long-" * 8) / ("chemin " * 8)
    deep.parent.mkdir()
    data.rename(deep)
    with start(deep) as server:
        sockets = Path(parse_qs(urlsplit(server.dsn).query)["host"][0])
        assert len(os.fsencode(sockets)) < 90
    assert not sockets.exists()


def test_a_cluster_of_another_version_is_refused_in_words(data: Path) -> None:
    (data / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(Problem) as caught:
        start(data)
    assert caught.value.kind is Kind.CONFLICT
    assert "PostgreSQL 16" in str(caught.value)


def test_a_server_that_cannot_start_says_why_and_frees_the_folder(data: Path) -> None:
    with pytest.raises(PostgresFailed) as caught:
        start(data, settings={"shared_buffers": "'a lot'"})
    assert "shared_buffers" in caught.value.log
    start(data).stop()


def test_an_unfinished_creation_is_begun_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "postgres.new").mkdir(parents=True)
    (data / "postgres.new" / "half").write_text("?")
    start(data).stop()
    assert not (data / "postgres.new").exists()


HOUSE = textwrap.dedent("""
    import sys, time
    from pathlib import Path
    from socle.kernel.store.embedded import start
    server = start(Path(sys.argv[1]))
    print(server.pid, flush=True)
    time.sleep(600)
""")


def house(data: Path, *prefix: str) -> "tuple[subprocess.Popen[str], int]":
    """A house of its own process; it and the pid of its server."""
    process = subprocess.Popen(
        [*prefix, sys.executable, "-c", HOUSE, str(data)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_the_server_dies_with_a_house_that_is_killed(data: Path) -> None:
    process, server = house(data)
    with process:
        process.kill()
    assert wait_until_gone(server)
    start(data).stop()


def test_a_server_left_behind_is_stopped_by_the_next_house(data: Path) -> None:
    process, server = house(data)
    os.kill(server, signal.SIGSTOP)  # so that it cannot follow its house
    with process:
        process.kill()
    assert alive(server)
    signalled = start_while_continuing(data, server)
    assert wait_until_gone(server)
    signalled.stop()


def start_while_continuing(data: Path, server: int) -> EmbeddedPostgres:
    """Start; the frozen server goes on as soon as it is found."""
    return start(data, progress=lambda text: os.kill(server, signal.SIGCONT) if "restée ouverte" in text.fr else None)


async def test_it_recovers_from_its_own_sudden_death(data: Path) -> None:
    server = start(data)
    await ask(server, "CREATE TABLE kept AS SELECT 42 AS n")
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    with start(data) as again:
        assert await ask(again, "SELECT n FROM kept") == 42


async def test_one_that_ended_by_itself_is_launched_again_at_the_same_address(data: Path) -> None:
    with start(data) as server:
        await ask(server, "CREATE TABLE revived AS SELECT 42 AS n")
        before = server.pid
        os.kill(server.pid, signal.SIGKILL)
        while server.alive:
            pass
        limit = time.monotonic() + 60
        answer = None
        while answer != 42 and time.monotonic() < limit:
            if not server.alive:  # also while processes of the one that was killed are not all gone
                server.revive()
            with suppress(OSError, asyncpg.PostgresError):
                answer = await ask(server, "SELECT n FROM revived")
        assert answer == 42
        assert server.pid != before


def test_a_stale_pid_file_that_names_another_process_is_no_obstacle(data: Path) -> None:
    (data / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n{data / 'postgres'}\n0\n5432\n\n\n\nready\n")
    start(data).stop()


@root_only
def test_as_root_the_server_is_nobody_even_below_a_closed_folder(data: Path) -> None:
    data.parent.chmod(0o700)
    with start(data) as server:
        owner = Path(f"/proc/{server.pid}").stat().st_uid
    assert owner == pwd.getpwnam("nobody").pw_uid != 0


def others_can_run(program: str) -> bool:
    """Whether everybody may enter the folders above a program."""
    return all(step.stat().st_mode & stat.S_IXOTH for step in Path(program).resolve().parents)


# A user of that number, with no name, who may read everything: the interpreter may be in a home that is closed to others.
STRANGER = [
    "setpriv",
    "--reuid=54322",
    "--regid=54322",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
]


@root_only
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
@pytest.mark.skipif(not others_can_run(sys.executable), reason="the interpreter is closed to other users")
def test_a_user_without_a_name_can_start_it() -> None:
    """As in a container that runs under an arbitrary number."""
    with TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        os.chown(folder, 54322, 54322)
        process, server = house(folder, *STRANGER[:4])
        with process:
            assert Path(f"/proc/{server}").stat().st_uid == 54322
            process.kill()
        assert wait_until_gone(server)


@root_only
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_a_folder_of_someone_else_is_refused_in_words(data: Path) -> None:
    os.chown(data / "postgres", 54321, 54321)
    os.chown(data, 54322, 54322)
    (data / "house.lock").unlink()
    done = subprocess.run(
        [*STRANGER, sys.executable, "-c", HOUSE, str(data)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert "appartient à l'utilisateur n° 54321" in done.stderr


async def test_no_value_of_a_row_goes_to_the_log(data: Path) -> None:
    with start(data) as server:
        connection = await asyncpg.connect(server.dsn)
        await connection.execute("CREATE TABLE person (name text PRIMARY KEY)")
        await connection.execute("INSERT INTO person VALUES ('SECRETNAME')")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("INSERT INTO person VALUES ('SECRETNAME')")
        await connection.close()
    assert "SECRETNAME" not in (data / "postgres.log").read_text()
    assert "person_pkey" in (data / "postgres.log").read_text()
