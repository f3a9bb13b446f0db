"""Files come in over HTTP: `POST /house/imports/KIND`, for every `socle import` that talks to a house elsewhere.

The body is a file as it is published, or a tar of several (`packed=tar`); it is written beside the data of the house as it
comes, in constant memory. The answer is a line of JSON at a time: {"progress": […]} while the import runs, then {"done": report}
or {"refused": OperationOutcome}. Who hangs up loses what is told and nothing else: the import goes on.
"""

import asyncio
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import StreamingResponse

from socle.assembly.console import Console
from socle.kernel.outcome import Kind, Language, Problem, operation_outcome

log = structlog.get_logger("socle.imports")
LARGEST: Final = 20_000_000_000  # octets
MOST_PROCESSES: Final = 16
FOLDER: Final = "imports"
LEFT: Final = 24 * 3600.0  # seconds after which what a crash left is removed
_APART: Final = 0.2  # seconds between two lines of progress
_SILENCE: Final = 10.0  # after which the last one is said again: the connection is alive
_SENT: Final = ("name", "modified", "packed")

Progress = Callable[..., None]
Asked = Mapping[str, str]
Run = Callable[[Console, Sequence[Path], Asked, Language, Progress], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Import:
    """A kind of files: how they are imported, and the options of its query: words, true or false, numbers up to the most."""

    run: Run
    texts: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


async def _annuaire(
    console: Console, files: Sequence[Path], asked: Asked, language: Language, progress: Progress
) -> Any:
    processes = int(asked.get("processes", "2"))
    return await console.import_annuaire(_one(files), force=_on(asked, "force"), processes=processes, progress=progress)


async def _finess(console: Console, files: Sequence[Path], asked: Asked, language: Language, progress: Progress) -> Any:
    return await console.import_finess(
        files,
        difference=_on(asked, "difference"),
        keep_going=_on(asked, "keep-going"),
        accept_closures=_on(asked, "accept-closures"),
        progress=progress,
    )


async def _communes(
    console: Console, files: Sequence[Path], asked: Asked, language: Language, progress: Progress
) -> Any:
    return await console.import_communes(_one(files))


async def _terminology(
    console: Console, files: Sequence[Path], asked: Asked, language: Language, progress: Progress
) -> Any:
    file = _one(files)
    mapping = None
    if "mapping" in asked:
        # The name is only shown, and told apart by its ending: nothing of a path is kept.
        mapping = file.parent.parent / f"mapping-{Path(asked.get('mapping-name', '')).name or 'mapping.toml'}"
        mapping.write_text(asked["mapping"], encoding="utf-8")
    return await console.import_terminology(
        file,
        format=asked.get("format", "auto"),
        mapping=mapping,
        keep_going=_on(asked, "keep-going"),
        language=asked.get("language", "fr"),
        system=asked.get("system", ""),
        version=asked.get("version", ""),
        stated=_on(asked, "stated"),
        progress=progress,
    )


KINDS: Final[Mapping[str, Import]] = {
    "annuaire": Import(_annuaire, flags=("force",), numbers={"processes": MOST_PROCESSES}),
    "finess": Import(_finess, flags=("difference", "keep-going", "accept-closures")),
    "communes": Import(_communes),
    "terminology": Import(
        _terminology,
        ("format", "language", "system", "version", "mapping", "mapping-name"),
        ("keep-going", "stated"),
    ),
}


async def receive(console: Console, request: Request, language: Language) -> StreamingResponse:
    """Take what is sent, then import it; what it does is told line by line.

    Raises: Problem(NOT_FOUND) for an unknown kind; Problem(INVALID) for an unknown option; Problem(TOO_LARGE).
    """
    kind = KINDS.get(request.path_params["kind"])
    if kind is None:
        known = ", ".join(KINDS)
        raise Problem.of(Kind.NOT_FOUND, f"Genres d'import : {known}.", f"Kinds of imports: {known}.")
    asked = dict(request.query_params)
    accepted = (*_SENT, *kind.texts, *kind.flags, *kind.numbers)
    wrong = [name for name in asked if name not in accepted]
    wrong += [name for name in kind.flags if asked.get(name, "false") not in ("true", "false")]
    wrong += [name for name in ("modified",) if not _is_number(asked.get(name, "0"))]
    wrong += [name for name, most in kind.numbers.items() if not _is_number(asked.get(name, "0"), most)]
    wrong += [name for name in ("packed",) if asked.get(name, "tar") != "tar"]
    if wrong:
        limits = [f"{name} ≤ {most}" for name, most in kind.numbers.items()]
        known, flags, numbers = (", ".join(names) for names in (accepted, kind.flags, ("modified", *limits)))
        raise Problem.of(
            Kind.INVALID,
            f"Paramètres connus : {known} ; {flags or 'aucun'} : true ou false ; {numbers} : un nombre.",
            f"Known parameters: {known}; {flags or 'none'}: true or false; {numbers}: a number.",
            expression=tuple(f"http.{name}" for name in dict.fromkeys(wrong)),
        )
    folder = await asyncio.to_thread(_folder, console.data / FOLDER)
    try:
        files = await _received(request, folder, asked)
    except BaseException:
        await asyncio.to_thread(shutil.rmtree, folder, True)
        raise
    telling = _Telling()
    task = asyncio.create_task(_run(kind, console, files, asked, language, telling, folder))
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    return StreamingResponse(telling.lines(), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


_RUNNING: Final[set["asyncio.Task[None]"]] = set()  # an import that nobody waits for any more is still kept


async def _run(
    kind: Import,
    console: Console,
    files: Sequence[Path],
    asked: Asked,
    language: Language,
    telling: "_Telling",
    folder: Path,
) -> None:
    try:
        said = {"done": await kind.run(console, files, asked, language, telling.progress)}
    except Problem as problem:
        said = {"refused": operation_outcome(problem.issues, language, kind=problem.kind)}
    except Exception:
        log.exception("import failed", file=asked.get("name", ""))
        broken = Problem.of(
            Kind.INTERNAL,
            "L'import s'est arrêté sur une erreur de la maison ; son journal la dit.",
            "The import stopped on an error of the house; its log tells it.",
        )
        said = {"refused": operation_outcome(broken.issues, language, kind=broken.kind)}
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, True)
    telling.end(said)


class _Telling:
    """What is told of an import, the last word only: progress comes faster than a line goes."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._last: tuple[Any, ...] = ()
        self._end: Mapping[str, Any] | None = None

    def progress(self, *said: Any) -> None:
        """From any thread."""
        self._last = said
        with suppress(RuntimeError):  # the house is stopping
            self._loop.call_soon_threadsafe(self._news.set)

    def end(self, said: Mapping[str, Any]) -> None:
        """The last line."""
        self._end = said
        self._over.set()
        self._news.set()

    async def lines(self) -> AsyncIterator[bytes]:
        """Each line, until the last."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), _SILENCE)
            self._news.clear()
            if self._end is not None:
                break
            yield orjson.dumps({"progress": self._last}) + b"\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), _APART)
        yield orjson.dumps(self._end) + b"\n"


def _folder(beside: Path) -> Path:
    """A new folder there; what a crash left there is removed."""
    beside.mkdir(mode=0o700, exist_ok=True)
    for left in beside.iterdir():
        if time.time() - left.stat().st_mtime > LEFT:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=beside))
    (folder / "files").mkdir()
    return folder


async def _received(request: Request, folder: Path, asked: Asked) -> list[Path]:
    """The files that were sent, under the names that they had: a crash between two tries changes nothing of them."""
    inside = folder / "files"
    name = Path(asked.get("name", "")).name or "file"
    target = folder / "sent.tar" if "packed" in asked else inside / name
    size = 0
    with target.open("wb") as out:
        async for chunk in request.stream():
            size += len(chunk)
            if size > LARGEST:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"L'envoi dépasse {LARGEST // 10**9} Go ; importez avec --data, sur la machine.",
                    f"What is sent exceeds {LARGEST // 10**9} GB; import it with --data, on the machine.",
                )
            await asyncio.to_thread(out.write, chunk)
    if "packed" not in asked:
        if "modified" in asked:
            moment = int(asked["modified"])
            os.utime(target, ns=(moment, moment))
        return [target]
    try:
        await asyncio.to_thread(_unpack, target, inside)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise Problem.of(
            Kind.MALFORMED,
            f"Ce tar ne se lit pas, ou l'envoi a été coupé : {error}",
            f"This tar cannot be read, or what was sent was cut: {error}",
        ) from error
    target.unlink()
    return sorted(inside.iterdir())


def _unpack(archive: Path, into: Path) -> None:
    """Files and folders, and nothing outside `into` (`extractall` learnt to refuse the rest in the middle of Python 3.11).

    Raises: TarError.
    """
    root = into.resolve()
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            place = (root / member.name).resolve()
            if not (member.isreg() or member.isdir()) or not place.is_relative_to(root):
                raise tarfile.TarError(member.name[:200])
            if member.isdir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(member)
            assert content is not None  # of a regular file
            with content, place.open("wb") as out:
                shutil.copyfileobj(content, out)
            os.utime(place, (member.mtime, member.mtime))


def _one(files: Sequence[Path]) -> Path:
    if len(files) != 1:
        raise Problem.of(Kind.INVALID, "Un seul fichier ou dossier est attendu.", "One file or folder is expected.")
    return files[0]


def _is_number(text: str, most: int = 10**19) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most


def _on(asked: Asked, name: str) -> bool:
    return asked.get(name) == "true"
