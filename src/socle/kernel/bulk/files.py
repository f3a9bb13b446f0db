"""NDJSON on disk: several files a type, readable by the house alone, whole or not there."""

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

MOST_LINES: Final = 100_000
MOST_OCTETS: Final = 256 * 1024 * 1024
NAME: Final = re.compile(r"(deleted\.|error\.)?[A-Z][A-Za-z]{1,63}\.[0-9]{1,6}\.ndjson", re.ASCII)
ID: Final = re.compile(r"[a-f0-9]{32}", re.ASCII)


def folder_of(data: Path, id: str) -> Path:
    """Where the files of a request are. `id` is one of ours: 32 hexadecimal digits."""
    if not ID.fullmatch(id):
        raise ValueError("not the id of a request")
    return data / "bulk" / id


def emptied(folder: Path) -> Path:
    """The folder, empty, readable by us only."""
    remove(folder)
    folder.mkdir(parents=True, mode=0o700)
    return folder


def remove(folder: Path) -> None:
    """The folder and its files, if they are there."""
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Written:
    """One file: its name, its type of resource, how many there are."""

    name: str
    type: str
    count: int


class Files:
    """Writes the lines of one type of resource to files of bounded size. For one thread at a time."""

    def __init__(
        self, folder: Path, resource_type: str, *, prefix: str = "", lines: int = MOST_LINES, octets: int = MOST_OCTETS
    ) -> None:
        self._folder = folder
        self._type = resource_type
        self._prefix = prefix
        self._lines = lines
        self._octets = octets
        self._file: BinaryIO | None = None
        self._name = ""
        self._count = self._size = self._n = 0
        self.written: list[Written] = []

    def write(self, lines: Sequence[bytes]) -> None:
        """Append lines, none of which holds an end of line."""
        begin = 0
        while begin < len(lines):
            if self._file is None:
                self._open()
            assert self._file is not None
            some = lines[begin : begin + self._lines - self._count]
            block = b"\n".join(some) + b"\n"
            self._file.write(block)
            self._count += len(some)
            self._size += len(block)
            begin += len(some)
            if self._count >= self._lines or self._size >= self._octets:
                self.close()

    def close(self) -> None:
        """End the file under way, durably."""
        file, self._file = self._file, None
        if file is not None:
            file.flush()
            os.fsync(file.fileno())
            file.close()
            self.written.append(Written(self._name, self._type, self._count))

    def abandon(self) -> None:
        """Close without a word: the folder will be removed."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> None:
        self._n += 1
        self._name = f"{self._prefix}{self._type}.{self._n}.ndjson"
        self._count = self._size = 0
        descriptor = os.open(self._folder / self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
