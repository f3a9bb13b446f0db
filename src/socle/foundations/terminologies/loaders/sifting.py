"""Concepts seen as a whole while they pass: a code given twice, a parent that does not exist, each named by its line.

What was seen is kept on disk: memory does not grow with the number of concepts.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.model import Concept, Loaded

_TABLES: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -32768;
CREATE TABLE code (code TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
CREATE TABLE parent (parent TEXT, code TEXT, line INTEGER);
"""
_ORPHANS: Final = """
SELECT p.parent, p.code, p.line FROM parent p LEFT JOIN code c ON c.code = p.parent WHERE c.code IS NULL ORDER BY p.rowid
"""


def sifted(loaded: Loaded, watch: Watch) -> Iterator[Concept]:
    """The concepts of `loaded`, once each.

    When the watch keeps going, the second of a code given twice is left out, and so is a link to a parent that does not exist.
    Raises: Problem(INVALID) naming the line, for the first of them, when it does not.
    """
    file = loaded.told.get("file", "")
    exact = bool(loaded.head.resource.get("caseSensitive", True))
    with tempfile.TemporaryDirectory(prefix="socle-sift-") as folder:
        seen = _Seen(Path(folder), exact)
        try:
            if watch.keep_going:
                yield from _kept(loaded, seen, Path(folder), file, watch)
            else:
                yield from _fresh(loaded.concepts, seen, file, watch)
                for parent, code, line in seen.orphans():
                    _orphan(parent, code, line, file, watch)
        finally:
            seen.close()


class _Seen:
    def __init__(self, folder: Path, exact: bool) -> None:
        # A loader may be read from one thread, then from another, never from two at once.
        self._base = sqlite3.connect(folder / "seen", check_same_thread=False)
        self._base.executescript(_TABLES)
        self._exact = exact

    def add(self, concept: Concept) -> int | None:
        """None for a new code; the line where it was first given for one that is not."""
        code = self.compared(concept.code)
        done = self._base.execute("INSERT OR IGNORE INTO code VALUES (?, ?)", (code, concept.line))
        if done.rowcount == 0:
            found = self._base.execute("SELECT line FROM code WHERE code = ?", (code,)).fetchone()
            return int(found[0])
        if concept.parents:
            self._base.executemany(
                "INSERT INTO parent VALUES (?, ?, ?)",
                [(self.compared(parent), concept.code, concept.line) for parent in concept.parents],
            )
        return None

    def orphans(self) -> Iterator[tuple[str, str, int]]:
        """(parent, code, line) for each parent that does not exist."""
        yield from self._base.execute(_ORPHANS)

    def close(self) -> None:
        self._base.close()

    def compared(self, code: str) -> str:
        """A code as codes of this system are compared."""
        return code if self._exact else code.casefold()


def _fresh(concepts: Iterator[Concept], seen: _Seen, file: str, watch: Watch) -> Iterator[Concept]:
    for concept in concepts:
        if not _is_text(concept):
            shown = ascii(concept.code[:60])[1:-1]
            watch.reject(
                file,
                concept.line,
                0,
                "text",
                f"le code « {shown} » porte un caractère nul ou une moitié de caractère (U+D800 à U+DFFF). Retirez-le.",
                f"code “{shown}” has a null character or half a character (U+D800 to U+DFFF). Remove it.",
            )
            continue
        first = seen.add(concept)
        if first is None:
            yield concept
            continue
        where = (f" (déjà ligne {first})", f" (already line {first})") if first else ("", "")
        watch.reject(
            file,
            concept.line,
            0,
            "code-twice",
            f"le code {concept.code} est donné deux fois{where[0]}.",
            f"code {concept.code} is given twice{where[1]}.",
        )


def _is_text(concept: Concept) -> bool:
    """Whether all that a concept says can be written down."""
    said = [concept.code, concept.display, concept.definition, *concept.parents]
    for name in concept.designations:
        said += (name.value, name.language, name.use, name.use_system)
    for one in concept.properties:
        said += (one.code, one.value)
    text = "".join(said)
    if text.isascii():
        return "\0" not in text
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _kept(loaded: Loaded, seen: _Seen, folder: Path, file: str, watch: Watch) -> Iterator[Concept]:
    """Whether a parent exists is known at the end: concepts wait on disk until then."""
    encode = msgspec.msgpack.Encoder().encode
    with (folder / "waiting").open("w+b") as waiting:
        for concept in _fresh(loaded.concepts, seen, file, watch):
            octets = encode(concept)
            waiting.write(len(octets).to_bytes(4, "big"))
            waiting.write(octets)
        absent: dict[str, set[str]] = {}
        for parent, code, line in seen.orphans():
            _orphan(parent, code, line, file, watch)
            absent.setdefault(code, set()).add(parent)
        waiting.seek(0)
        for concept in _read(waiting):
            if (gone := absent.get(concept.code)) is not None:
                yield replace(
                    concept, parents=tuple(each for each in concept.parents if seen.compared(each) not in gone)
                )
            else:
                yield concept


def _read(waiting: IO[bytes]) -> Iterator[Concept]:
    decoder: Any = msgspec.msgpack.Decoder(Concept)
    while size := waiting.read(4):
        yield decoder.decode(waiting.read(int.from_bytes(size, "big")))


def _orphan(parent: str, code: str, line: int, file: str, watch: Watch) -> None:
    watch.reject(
        file,
        line,
        0,
        "parent-unknown",
        f"le code {code} a pour parent {parent}, qui n'existe pas dans ce système.",
        f"code {code} has as its parent {parent}, which does not exist in this system.",
    )
