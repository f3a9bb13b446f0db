"""Dropping anchors and reading them back: a file of the data folder, and a copy in the database.

The file is written first and flushed to the disk: a stop in between leaves the copy one anchor behind, which the next
drop repairs. The file is only ever appended to.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from socle.kernel.audit import Trace
from socle.kernel.audit.anchor import Anchor, Head, drop, from_line, to_line
from socle.kernel.store.database import Database

FILE: Final = "anchors.log"
_SCHEMA: Final = "house"
_BLOCK: Final = 65_536


async def audited_schemas(database: Database) -> list[str]:
    """Schemas that keep traces, by name."""
    rows = await database.query("SELECT schemaname FROM pg_tables WHERE tablename = 'audit_head' ORDER BY schemaname")
    return [row["schemaname"] for row in rows]


async def heads(database: Database, schemas: Iterable[str]) -> list[Head]:
    """Where every chain of `schemas` stands."""
    found = []
    for schema in schemas:
        sql = f'SELECT chain, n, hash FROM "{schema}".audit_head WHERE n > 0 ORDER BY chain'
        found += [Head(schema, row["chain"], row["n"], row["hash"]) for row in await database.query(sql)]
    return found


async def drop_anchor(database: Database, folder: Path | None, *, trace: Trace) -> Anchor | None:
    """Hash the heads of all chains together and keep the anchor; None when no chain has moved since the last one.

    folder  the data folder, None when the house keeps none: then the copy in the database is all there is
    trace   why, and when (`trace.at`)
    Only one process at a time may do so for a house.
    """
    last, copied = last_in_file(folder) if folder else None, await last_in_database(database)
    behind = _after(folder, copied.n if copied else 0) if folder else []
    if last is None or (copied is not None and copied.n > last.n):
        last = copied
    standing = await heads(database, await audited_schemas(database))
    anchor = drop(last, trace.at, standing) if _moved(last.heads if last else (), standing) else None
    if anchor is not None and folder is not None:
        _append(folder / FILE, to_line(anchor))
    await _copy(database, [*behind, anchor] if anchor else behind, trace)
    return anchor


async def last_in_database(database: Database) -> Anchor | None:
    """The last anchor copied, None when there is none that can be read."""
    rows = await database.query("SELECT line FROM house.anchor ORDER BY n DESC LIMIT 1")
    return read_line(rows[0]["line"]) if rows else None


def last_in_file(folder: Path) -> Anchor | None:
    """The last anchor of the file, None when there is none that can be read."""
    return next((anchor for anchor in map(read_line, _backwards(folder / FILE)) if anchor is not None), None)


def lines(folder: Path) -> Iterator[bytes]:
    """Every whole line of the file, in order; nothing when there is no file.

    A last line without an end is a write that a crash cut short: it never was an anchor.
    """
    try:
        with (folder / FILE).open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))
    except FileNotFoundError:
        return


def read_line(line: bytes) -> Anchor | None:
    """The anchor of a line, None when it is none."""
    try:
        return from_line(line)
    except ValueError:
        return None


def _moved(before: Iterable[Head], now: Iterable[Head]) -> bool:
    """Whether a chain has moved. The house's own moves by one trace with each copy: that does not count."""
    stood = {(head.schema, head.chain): head.n for head in before}
    own = 0
    for head in now:
        steps = head.n - stood.get((head.schema, head.chain), 0)
        if head.schema == _SCHEMA:
            own += steps
        elif steps:
            return True
    return own > 1


def _after(folder: Path, n: int) -> list[Anchor]:
    """Anchors of the file that come after the n-th, in order."""
    found: list[Anchor] = []
    for anchor in map(read_line, _backwards(folder / FILE)):
        if anchor is not None:
            if anchor.n <= n:
                break
            found.append(anchor)
    return found[::-1]


async def _copy(database: Database, anchors: list[Anchor], trace: Trace) -> None:
    if anchors:
        sql = "INSERT INTO house.anchor (n, at, hash, line) VALUES ($1, $2, $3, $4) ON CONFLICT (n) DO NOTHING"
        rows = [(sql, (anchor.n, anchor.at, anchor.hash, to_line(anchor))) for anchor in anchors]
        await database.write(_SCHEMA, rows, trace)


def _backwards(path: Path) -> Iterator[bytes]:
    """The whole lines of a file, last first, without reading all of it."""
    try:
        with path.open("rb") as file:
            position, rest = file.seek(0, os.SEEK_END), b""
            first = True  # what follows the last end of line is no line
            while position:
                size = min(_BLOCK, position)
                position -= size
                file.seek(position)
                *pieces, last = (file.read(size) + rest).split(b"\n")
                if not pieces:
                    rest = last
                    continue
                if not first:
                    yield last + b"\n"
                first, rest = False, pieces[0]
                yield from (piece + b"\n" for piece in reversed(pieces[1:]))
            if not first:
                yield rest + b"\n"
    except FileNotFoundError:
        return


def _append(path: Path, line: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = _whole(descriptor, os.fstat(descriptor).st_size)
        os.ftruncate(descriptor, end)  # what a crash cut short
        os.pwrite(descriptor, line, end)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _whole(descriptor: int, size: int) -> int:
    """How much of the file is whole lines."""
    while size:
        start = max(0, size - _BLOCK)
        found = os.pread(descriptor, size - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        size = start
    return 0
