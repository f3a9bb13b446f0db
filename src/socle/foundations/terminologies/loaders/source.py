"""Files as they are published: alone, in a folder, in a zip. Read in order, within bounds, never unpacked.

Refused: names that climb out of the archive or the folder, archives that would unpack to far more than they weigh,
encrypted members. Nothing of an archive is written to the disk under its own name.
"""

import io
import re
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from socle.foundations.terminologies.loaders.watch import Watch
from socle.kernel.outcome import Kind, Problem, Text, system_said

MOST_MEMBERS = 50_000
MOST_UNPACKED = 40 * 1024**3  # bytes, all members together: the largest SNOMED CT full release is a tenth of it
_RATIO = 200  # text compresses ten to thirty times
_RATIO_FROM = 20 * 1024**2
_CHUNK = 1 << 20


class Place(Protocol):
    """Where named files are: what a loader is given."""

    name: str

    def names(self) -> list[str]:
        """Every file, by its path from the top, with "/" between folders, in order."""

    def open(self, name: str, watch: Watch | None = None) -> BinaryIO:
        """Its bytes, in order; counted by `watch` when one is given."""

    def size(self, name: str) -> int:
        """Its bytes, unpacked."""


def find(place: Place, pattern: str) -> list[str]:
    """The files whose path matches a regular expression, whatever its case."""
    wanted = re.compile(pattern, re.IGNORECASE)
    return [name for name in place.names() if wanted.search(name)]


@dataclass(slots=True, weakref_slot=True)
class Folder:
    """A folder, or a file alone (then `names` is that file)."""

    path: Path
    name: str = ""
    _streams: "weakref.WeakSet[BinaryIO]" = field(default_factory=weakref.WeakSet)

    def __post_init__(self) -> None:
        self.name = self.path.name

    def close(self) -> None:
        """Close what was left open."""
        _close(self._streams)

    def names(self) -> list[str]:
        """Symbolic links that leave the folder are refused."""
        if self.path.is_file():
            return [self.path.name]
        top = self.path.resolve()
        found = []
        for each in sorted(self.path.rglob("*")):
            if not each.is_file():
                continue
            if not each.resolve().is_relative_to(top):
                raise _climbs(str(each.relative_to(self.path)))
            if _is_of_the_machine(each.relative_to(self.path).as_posix()):
                continue
            found.append(each.relative_to(self.path).as_posix())
            if len(found) > MOST_MEMBERS:
                raise _too_many(self.name)
        return found

    def open(self, name: str, watch: Watch | None = None) -> BinaryIO:
        """As `Place.open`."""
        stream = self._at(name).open("rb", buffering=0)
        return _buffered(stream, watch, self._streams)

    def size(self, name: str) -> int:
        """As `Place.size`."""
        return self._at(name).stat().st_size

    def _at(self, name: str) -> Path:
        return self.path if self.path.is_file() else self.path / name


class Zip:
    """A zip, read where it is."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            # A zip is read from its end: without it, it is taken for another kind of file.
            why = (
                system_said(error)
                if isinstance(error, OSError)
                else Text("il est coupé, ou abîmé", "it is cut, or damaged")
            )
            raise Problem.of(
                Kind.MALFORMED,
                f"{path.name} : zip illisible ({why.fr}). Téléchargez-le de nouveau.",
                f"{path.name}: unreadable zip ({why.en}). Download it again.",
                rule="zip",
            ) from error
        self._streams: weakref.WeakSet[BinaryIO] = weakref.WeakSet()
        try:
            self._members = {info.filename: info for info in self._checked()}
        except Problem:
            self._zip.close()
            raise

    def names(self) -> list[str]:
        """As `Place.names`."""
        return sorted(self._members)

    def open(self, name: str, watch: Watch | None = None) -> BinaryIO:
        """As `Place.open`."""
        try:
            stream = self._zip.open(self._members[name])
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise Problem.of(
                Kind.MALFORMED,
                f"{self.name} : {name} ne peut pas être lu ({error}).",
                f"{self.name}: {name} cannot be read ({error}).",
                rule="zip",
            ) from error
        return _buffered(cast(BinaryIO, stream), watch, self._streams)

    def size(self, name: str) -> int:
        """As `Place.size`."""
        return self._members[name].file_size

    def close(self) -> None:
        """Close the file, and what was left open of it."""
        _close(self._streams)
        self._zip.close()

    def _checked(self) -> Iterator[zipfile.ZipInfo]:
        total = 0
        infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS:
            raise _too_many(self.name)
        for info in infos:
            if _is_outside(info.filename):
                raise _climbs(info.filename)
            if info.is_dir() or _is_of_the_machine(info.filename):
                continue
            if info.flag_bits & 0x1:
                raise Problem.of(
                    Kind.INVALID,
                    f"{self.name} : {info.filename} est chiffré. Donnez une archive sans mot de passe.",
                    f"{self.name}: {info.filename} is encrypted. Give an archive without password.",
                    rule="zip-encrypted",
                )
            total += info.file_size
            swells = info.file_size > _RATIO_FROM and info.file_size > _RATIO * max(info.compress_size, 1)
            if swells or total > MOST_UNPACKED:
                raise Problem.of(
                    Kind.TOO_LARGE,
                    f"{self.name} : {info.filename} ferait {info.file_size} octets pour {info.compress_size} dans l'archive : "
                    f"au plus {_RATIO} fois plus, et {MOST_UNPACKED} octets en tout.",
                    f"{self.name}: {info.filename} would take {info.file_size} bytes for {info.compress_size} in the archive; "
                    f"at most {_RATIO} times as much, and {MOST_UNPACKED} bytes in all.",
                    rule="zip-bomb",
                )
            yield info


@contextmanager
def opened(path: Path) -> Iterator[Place]:
    """The place at `path`. Raises: Problem(NOT_FOUND), Problem(MALFORMED | INVALID | TOO_LARGE) for an archive."""
    if not path.exists():
        raise Problem.of(
            Kind.NOT_FOUND,
            f"{path} : aucun fichier ni dossier de ce nom.",
            f"{path}: no file or folder of that name.",
            rule="file",
        )
    place = Zip(path) if path.is_file() and _is_zip(path) else Folder(path)
    try:
        yield place
    finally:
        place.close()


def _is_zip(path: Path) -> bool:
    """Also one that was cut: its end is missing, its beginning tells."""
    if zipfile.is_zipfile(path):
        return True
    with path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


class _Counted(io.RawIOBase):
    """Bytes of a stream, told as they pass; a broken archive is a Problem."""

    def __init__(self, stream: BinaryIO, watch: Watch | None) -> None:
        self._stream = stream
        self._watch = watch

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # narrower than WriteableBuffer
        try:
            read = self._stream.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise Problem.of(
                Kind.MALFORMED, f"Fichier abîmé : {error}", f"Damaged file: {error}", rule="zip"
            ) from error
        buffer[: len(read)] = read
        if self._watch is not None:
            self._watch.advance(len(read))
        return len(read)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _buffered(stream: BinaryIO, watch: Watch | None, opened: "weakref.WeakSet[BinaryIO]") -> BinaryIO:
    reader = io.BufferedReader(_Counted(stream, watch), _CHUNK)
    opened.add(reader)
    return reader


def _close(streams: "weakref.WeakSet[BinaryIO]") -> None:
    for stream in list(streams):
        stream.close()


def _is_outside(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or parts[0] == "/" or ".." in parts or ":" in parts[0] or "\0" in name


def _is_of_the_machine(name: str) -> bool:
    """What macOS adds to archives and folders: no part of a release."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or parts[-1].startswith("._") or parts[-1] == ".DS_Store"


def _climbs(name: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"« {name} » désigne un fichier hors de l'archive ou du dossier : refusé.",
        f"“{name}” names a file outside the archive or the folder: refused.",
        rule="path-traversal",
    )


def _too_many(name: str) -> Problem:
    return Problem.of(
        Kind.TOO_LARGE,
        f"{name} : plus de {MOST_MEMBERS} fichiers.",
        f"{name}: more than {MOST_MEMBERS} files.",
        rule="too-many-files",
    )
