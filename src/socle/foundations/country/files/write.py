"""Writing a generation: pieces made by several processes, files whole or absent, work that can be taken up again.

A file has another name until it is complete. `generation.json` says what was asked and which files are done; when all
are, `manifest.json` takes its place, with counts, sizes and digests.
"""

import json
import shutil
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from hashlib import file_digest
from multiprocessing import get_context
from pathlib import Path
from typing import IO, Any, Final

from socle.foundations.country.files.plan import MAKERS, Member, Parameters, Target, targets
from socle.kernel.outcome import Kind, Problem
from socle.kernel.parent import end_with_parent

MANIFEST: Final = "manifest.json"
STATE: Final = "generation.json"
RULE: Final = "SOCLE-COUNTRY-FOLDER"
_SMALL: Final = 20_000  # ranks under which starting processes costs more than it brings
Progress = Callable[[int, str], None]
Piece = tuple[str, int, int]


def make(asked: Parameters, piece: Piece, encoding: str) -> tuple[bytes, int]:
    """The octets of a piece and how many lines or elements it has. Pure: any process may make it."""
    maker, start, stop = piece
    text, count = MAKERS[maker](asked.country, start, stop)
    return text.encode(encoding), count


class Generation:
    """What a folder is to hold.

    Raises: Problem(CONFLICT) when the folder already holds something else, or is complete; ValueError when the country
    makes no sense.
    """

    def __init__(self, folder: Path, asked: Parameters, more: dict[str, Any] | None = None) -> None:
        self.folder, self.asked = folder, asked
        self.targets = targets(asked)
        self.asked_for = {**asdict(asked), "formats": list(asked.formats), **(more or {})}
        self.done: dict[str, dict[str, Any]] = {}
        self._open()

    @property
    def ranks(self) -> int:
        """The work that is left, in ranks."""
        return sum(target.ranks for target in self.targets if target.name not in self.done)

    def check_room(self, more: int = 0) -> None:
        """Raises: Problem(TOO_COSTLY) when the disk has no room for what is left, a tenth of it, and `more`."""
        needed = int(1.1 * sum(t.octets for t in self.targets if t.name not in self.done)) + more
        free = shutil.disk_usage(self.folder).free
        if needed > free:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Il faut environ {needed / 1e9:.1f} Go et le disque de {self.folder} en a {free / 1e9:.1f} : libérez de la "
                "place ou réduisez --scale.",
                f"About {needed / 1e9:.1f} GB are needed and the disk of {self.folder} has {free / 1e9:.1f}: free some room "
                "or reduce --scale.",
                rule=RULE,
            )

    def write(self, processes: int, progress: Progress = lambda ranks, name: None) -> None:
        """Write the files that are not done yet."""
        with _pool(processes if self.ranks > _SMALL else 1) as pool:
            for target in self.targets:
                if target.name not in self.done:
                    self._write(target, pool, processes, progress)

    def add(self, name: str, **facts: Any) -> None:
        """Record a file that was written otherwise (identities, faults)."""
        self._record(name, facts)

    def finish(self) -> Path:
        """Put the manifest in place. Gives its path."""
        manifest = {"asked": self.asked_for, "files": list(self.done.values())}
        path = self.folder / MANIFEST
        _put(path, manifest)
        (self.folder / STATE).unlink(missing_ok=True)
        return path

    @contextmanager
    def opened(self, name: str) -> Iterator[Path]:
        """The provisional path of a file; it gets its name when all went well."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _open(self) -> None:
        state = self.folder / STATE
        if (self.folder / MANIFEST).exists():
            raise _conflict(
                f"{self.folder} contient déjà une génération complète ({MANIFEST}) : donnez un autre dossier.",
                f"{self.folder} already holds a complete generation ({MANIFEST}): give another folder.",
            )
        if state.exists():
            found = json.loads(state.read_text("utf-8"))
            if found["asked"] != json.loads(json.dumps(self.asked_for)):
                raise _conflict(
                    f"{self.folder} contient une génération interrompue, demandée autrement : redonnez les mêmes options, "
                    "ou un autre dossier.",
                    f"{self.folder} holds an interrupted generation that was asked otherwise: give the same options again, "
                    "or another folder.",
                )
            self.done = {
                one["name"]: one
                for one in found["files"]
                if (self.folder / one["name"]).exists() and (self.folder / one["name"]).stat().st_size == one["octets"]
            }
        elif self.folder.exists() and any(self.folder.iterdir()):
            raise _conflict(
                f"{self.folder} n'est pas vide : donnez un dossier vide ou à créer.",
                f"{self.folder} is not empty: give an empty folder, or one to be made.",
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        self._save()

    def _save(self) -> None:
        _put(self.folder / STATE, {"asked": self.asked_for, "files": list(self.done.values())})

    def _record(self, name: str, facts: dict[str, Any]) -> None:
        path = self.folder / name
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        self.done[name] = {"name": name, **facts, "octets": path.stat().st_size, "sha256": digest}
        self._save()

    def _write(self, target: Target, pool: Executor | None, processes: int, progress: Progress) -> None:
        counts: dict[str, int] = {}
        with self.opened(target.name) as part:
            if target.is_zip:
                with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                    for member in target.members:
                        info = zipfile.ZipInfo(member.name, (*self.asked.country.date.timetuple()[:3], 4, 0, 0))
                        info.compress_type = zipfile.ZIP_DEFLATED
                        with archive.open(info, "w", force_zip64=True) as file:
                            counts[member.name] = self._member(member, target, file, pool, processes, progress)
            else:
                with part.open("wb") as file:
                    for member in target.members:
                        counts[member.name] = self._member(member, target, file, pool, processes, progress)
        facts: dict[str, Any] = {"format": target.format, "encoding": target.encoding}
        facts["count"] = counts if target.is_zip else sum(counts.values())
        self._record(target.name, facts)

    def _member(
        self,
        member: Member,
        target: Target,
        file: IO[bytes],
        pool: Executor | None,
        processes: int,
        progress: Progress,
    ) -> int:
        file.write(member.head.encode(target.encoding))
        between = member.between.encode(target.encoding)
        total, first = 0, True
        for piece, (octets, count) in _made(self.asked, member, target.encoding, pool, processes):
            if octets:
                if between and not first:
                    file.write(between)
                file.write(octets)
                first = False
            total += count
            progress(piece[2] - piece[1], target.name)
        file.write(member.tail.encode(target.encoding))
        return total


def _made(
    asked: Parameters, member: Member, encoding: str, pool: Executor | None, processes: int
) -> Iterator[tuple[Piece, tuple[bytes, int]]]:
    """The pieces in order, made ahead by the pool, a few at a time: memory does not depend on the size."""
    if pool is None:
        for piece in member.pieces():
            yield piece, make(asked, piece, encoding)
        return
    waiting: deque[tuple[Piece, Future[tuple[bytes, int]]]] = deque()
    for piece in member.pieces():
        waiting.append((piece, pool.submit(make, asked, piece, encoding)))
        if len(waiting) > 2 * processes:
            first, future = waiting.popleft()
            yield first, future.result()
    while waiting:
        first, future = waiting.popleft()
        yield first, future.result()


def _pool(processes: int) -> Any:
    if processes <= 1:
        return nullcontext(None)
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=end_with_parent)


def _put(path: Path, content: dict[str, Any]) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.replace(path)


def _conflict(fr: str, en: str) -> Problem:
    return Problem.of(Kind.CONFLICT, fr, en, rule=RULE)
