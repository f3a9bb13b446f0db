"""Rows of several large files brought together by their key, in bounded memory: a join by parts, on disk.

Each row goes to the part that its key falls in; then each part, small enough, is put together in memory. Source: the
"grace hash join" of databases.
"""

import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

_ROWS_A_PART = 60_000  # about 30 MB of rows once in memory
_BUFFER = 1 << 14


class Parts:
    """Rows (a kind, then values) kept by key; `groups` gives each key with all its rows, in no order of keys.

    octets  about how many bytes will come, to choose the number of parts
    Used as a context: the disk is given back at its end.
    """

    def __init__(self, octets: int, *, folder: Path | None = None) -> None:
        self._count = max(1, min(256, octets // (_ROWS_A_PART * 120) + 1))
        self._folder = tempfile.TemporaryDirectory(prefix="socle-join-", dir=folder)
        self._files: list[IO[bytes]] = []
        self._encode = msgspec.msgpack.Encoder().encode

    def __enter__(self) -> "Parts":
        top = Path(self._folder.name)
        self._files = [(top / str(number)).open("w+b", buffering=_BUFFER) for number in range(self._count)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()
        self._folder.cleanup()

    def put(self, key: str, kind: str, *values: Any) -> None:
        """Keep a row."""
        row = self._encode((key, kind, *values))
        part = self._files[zlib.crc32(key.encode()) % self._count]
        part.write(len(row).to_bytes(4, "big"))
        part.write(row)

    def groups(self) -> Iterator[tuple[str, dict[str, list[list[Any]]]]]:
        """(key, rows by kind); rows of one kind in the order they came, keys of a part in the order they first came."""
        decode = msgspec.msgpack.Decoder(list[Any]).decode
        for file in self._files:
            file.flush()
            file.seek(0)
            together: dict[str, dict[str, list[list[Any]]]] = {}
            while size := file.read(4):
                key, kind, *values = decode(file.read(int.from_bytes(size, "big")))
                together.setdefault(key, {}).setdefault(kind, []).append(values)
            yield from together.items()
            together.clear()
            file.seek(0)
            file.truncate()
