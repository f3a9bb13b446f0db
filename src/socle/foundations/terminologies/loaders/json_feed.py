"""JSON read as it comes, value by value: constant memory, lines and columns kept. Decimals are not made floats."""

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final

from socle.kernel.outcome import Kind, Problem

_CHUNK: Final = 1 << 18
LARGEST: Final = 64 << 20  # characters of one value that is read whole
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_NEAR: Final = 12  # an error so near the end of what was read may only be a cut


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


class JsonFeed:
    """A cursor in a JSON text. `members` and `items` go in; `value` takes a whole value.

    Raises everywhere: Problem(MALFORMED) naming file, line and column.
    """

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream = stream
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")()
        self._scan = json.JSONDecoder(parse_float=_decimal).raw_decode
        self._text = ""
        self._at = 0
        self._line = 1  # of the character at _followed
        self._column = 1
        self._followed = 0
        self._ended = False

    def place(self) -> tuple[int, int]:
        """(line, column) of the cursor."""
        self._blank()
        self._follow(self._at)
        return self._line, self._column

    def members(self) -> Iterator[str]:
        """Each key of the object at the cursor; its value must be taken before the next is asked for."""
        self._take("{")
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                raise self._malformed("une clé entre guillemets est attendue", "a key between quotes is expected")
            key = self.value()
            self._take(":")
            yield key
            if self._separator("}"):
                return

    def items(self) -> Iterator[None]:
        """Once for each value of the array at the cursor; it must be taken before the next is asked for."""
        self._take("[")
        if self._peek() == "]":
            self._at += 1
            return
        while True:
            yield None
            if self._separator("]"):
                return

    def value(self, *, most: int = LARGEST) -> Any:
        """The value at the cursor, whole. Raises: Problem(TOO_LARGE) above `most` characters."""
        found, value = self.small(most)
        if not found:
            line, column = self.place()
            raise Problem.of(
                Kind.TOO_LARGE,
                f"{self._file}:{line}:{column} : une valeur de plus de {most} caractères.",
                f"{self._file}:{line}:{column}: a value of more than {most} characters.",
                rule="json-size",
            )
        return value

    def small(self, most: int) -> tuple[bool, Any]:
        """(True, the value at the cursor) when it holds in `most` characters, else (False, None), the cursor unmoved."""
        self._blank()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR
                if self._ended or not cut:
                    raise self._malformed(*_reason(error), at=error.pos) from None
            except RecursionError:
                raise self._malformed("trop de niveaux emboîtés", "too many nested levels") from None
            else:
                if end < len(self._text) or self._ended:
                    self._at = end
                    return True, value
            if len(self._text) - self._at > most:
                return False, None
            self._more(max(_CHUNK, len(self._text) - self._at))

    def peek(self) -> str:
        """The next character that is not blank; "" at the end."""
        return self._peek()

    def end(self) -> None:
        """Nothing may follow."""
        if self._peek():
            raise self._malformed("du texte suit la fin du JSON", "text follows the end of the JSON")

    def _separator(self, closing: str) -> bool:
        character = self._peek()
        if character not in (",", closing):
            raise self._malformed(f"« , » ou « {closing} » est attendu", f"“,” or “{closing}” is expected")
        self._at += 1
        return character == closing

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise self._malformed(f"« {character} » est attendu", f"“{character}” is expected")
        self._at += 1

    def _peek(self) -> str:
        self._blank()
        return self._text[self._at : self._at + 1]

    def _blank(self) -> None:
        while True:
            found = _BLANK.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or self._ended:
                return
            self._more(_CHUNK)

    def _more(self, size: int) -> None:
        if self._at:
            self._follow(self._at)
            self._text = self._text[self._at :]
            self._at = self._followed = 0
        octets = self._stream.read(size)
        try:
            self._text += self._decode.decode(octets, final=not octets)
        except UnicodeDecodeError as error:
            good = octets[: error.start].decode("utf-8", "replace") if error.object == octets else ""
            self._text += good
            raise self._malformed("un octet n'est pas de l'UTF-8", "a byte is not UTF-8", at=len(self._text)) from None
        self._ended = not octets

    def _follow(self, at: int) -> None:
        """Bring line and column to a place not before the last one asked for."""
        passed = self._text.count("\n", self._followed, at)
        if passed:
            self._column = at - self._text.rfind("\n", self._followed, at)
        else:
            self._column += at - self._followed
        self._line += passed
        self._followed = at

    def _malformed(self, fr: str, en: str, *, at: int | None = None) -> Problem:
        if at is not None:
            self._at = min(at, len(self._text))
        self._follow(self._at)
        place = f"{self._file}:{self._line}:{self._column}"
        return Problem.of(
            Kind.MALFORMED, f"{place} : JSON mal formé, {fr}.", f"{place}: malformed JSON, {en}.", rule="json"
        )


def _reason(error: json.JSONDecodeError) -> tuple[str, str]:
    if error.msg.startswith("Unterminated string"):
        return "une chaîne n'est pas fermée", "a string is not closed"
    if error.msg.startswith("Expecting value"):
        return "une valeur est attendue", "a value is expected"
    if error.msg.startswith(("Expecting property name", "Illegal trailing comma")):
        return "une clé entre guillemets est attendue", "a key between quotes is expected"
    return f"il est refusé ({error.msg})", f"it is refused ({error.msg})"
