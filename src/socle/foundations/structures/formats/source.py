"""Files as they come: plain, in a gzip or in a zip, in a folder. Read in constant memory, within bounds."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from socle.kernel.outcome import Kind, Problem, system_said

ENDINGS: Final = (".csv", ".txt", ".xml", ".json")
PACKED: Final = (".gz", ".zip")
LARGEST: Final = 20_000_000_000  # octets once unpacked: the widest file that FINESS publishes is a hundredth of it
_BUFFER: Final = 1 << 18
RULE: Final = "SOCLE-FINESS-FILE"

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read: where it is, its name as readers are told, the member of a zip, its size on the disk."""

    path: Path
    name: str
    size: int
    stamp: str
    member: str = ""

    @contextmanager
    def open(self, progress: Progress = lambda octets: None) -> Iterator[BinaryIO]:
        """Its octets, unpacked. `progress` is called with the octets of the disk read so far.

        Raises: Problem(NOT_FOUND) when it is not there any more; EOFError or zipfile.BadZipFile as it is read, when it is
        cut short.
        """
        try:
            raw = self.path.open("rb", buffering=0)
        except OSError as error:
            raise _unreadable(self.name, error) from error
        with raw, _Watched(raw, progress) as watched:
            if self.member:
                with zipfile.ZipFile(raw) as archive, archive.open(self.member) as inside:
                    # Positions in an archive jump: what is read of the member stands for what is read of the disk.
                    yield cast(BinaryIO, io.BufferedReader(_Watched(cast(io.RawIOBase, inside), progress), _BUFFER))
            elif self.path.suffix == ".gz":
                yield cast(BinaryIO, gzip.GzipFile(fileobj=cast(Any, io.BufferedReader(watched, _BUFFER))))
            else:
                yield cast(BinaryIO, io.BufferedReader(watched, _BUFFER))


class _Watched(io.RawIOBase):
    """A file whose reading is told, and bounded."""

    def __init__(self, file: io.RawIOBase | io.FileIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer))
        data = self._file.read(len(view)) or b""
        view[: len(data)] = data
        self._read += len(data)
        if self._read > LARGEST:
            raise Problem.of(
                Kind.TOO_LARGE,
                f"Le fichier dépasse {LARGEST // 10**9} Go une fois décompressé.",
                f"The file exceeds {LARGEST // 10**9} GB once unpacked.",
                rule=RULE,
            )
        self._progress(self._read)
        return len(data)

    def seekable(self) -> bool:
        return False


def gather(paths: Sequence[Path]) -> list[Source]:
    """The files that `paths` name, folders and zips opened, in a stable order.

    Raises: Problem(NOT_FOUND) for a path where nothing is; Problem(INVALID) when no file has a known ending.
    """
    found: list[Source] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
            found += [each for one in inside if one.suffix.lower() in (*ENDINGS, *PACKED) for each in _sources(one)]
        else:
            found += _sources(path)
    if not found:
        raise Problem.of(
            Kind.INVALID,
            f"Aucun fichier du FINESS ici : il en faut au moins un qui finit par {', '.join((*ENDINGS, *PACKED))}.",
            f"No file of the FINESS here: one at least must end in {', '.join((*ENDINGS, *PACKED))}.",
            rule=RULE,
        )
    return found


def _sources(path: Path) -> list[Source]:
    try:
        stat = path.stat()
        stamp = f"{stat.st_size}.{stat.st_mtime_ns}"
        if path.suffix.lower() != ".zip":
            return [Source(path, path.name, stat.st_size, stamp)]
        with zipfile.ZipFile(path) as archive:
            return [
                Source(path, f"{path.name}/{one.filename}", one.file_size, stamp, one.filename)
                for one in sorted(archive.infolist(), key=lambda one: one.filename)
                if one.filename.lower().endswith(ENDINGS)
            ]
    except OSError as error:
        raise _unreadable(path.name, error) from error
    except zipfile.BadZipFile as error:
        raise Problem.of(
            Kind.MALFORMED,
            f"« {path.name} » n'est pas un zip entier : le téléchargement a sans doute été coupé. Téléchargez-le de nouveau.",
            f"“{path.name}” is not a whole zip: the download was probably cut. Download it again.",
            rule=RULE,
        ) from error


def _unreadable(name: str, error: OSError) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"« {name} » ne peut pas être lu ({system_said(error).fr}). Vérifiez le chemin et les droits.",
        f"“{name}” cannot be read ({system_said(error).en}). Check the path and the permissions.",
        rule=RULE,
    )
