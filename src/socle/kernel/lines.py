"""The lines of published files as text, each in its own encoding: UTF-8, else Windows-1252 (Latin-1 and more, for what is
printed).

Files that were Latin-1 for years became UTF-8, and some hold both: a file has no encoding to rely on, a line has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

MARK: Final = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Decoder:
    """Decodes lines, and remembers what it met.

    line   lines decoded so far
    utf8   of them, those with something that only UTF-8 writes so; `other` those that are not UTF-8; `first_other` the first
    ended  whether the last line had its end
    """

    line: int = 0
    utf8: int = 0
    other: int = 0
    first_other: int = 0
    ended: bool = True

    def text(self, line: bytes) -> str:
        """The text of the next line. An octet that Windows-1252 does not know becomes U+FFFD."""
        self.line += 1
        if line.isascii():
            return line.decode("ascii")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            self.other += 1
            self.first_other = self.first_other or self.line
            return line.decode("cp1252", errors="replace")
        self.utf8 += 1
        return text

    def lines(self, file: BinaryIO) -> Iterator[str]:
        """Every line of a file, with its end; a mark at the beginning is passed over."""
        for line in file:
            self.ended = line.endswith(b"\n")
            yield self.text(line.removeprefix(MARK) if self.line == 0 else line)
