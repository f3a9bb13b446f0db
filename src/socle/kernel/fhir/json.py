"""JSON in and out, exactly: decimals keep their digits, members their order, a member may not be written twice.

Reading costs little more than orjson. msgspec reads (it hands us the text of each decimal), then orjson writes the
value again as short as can be. The same length proves that no member was dropped, that is, that none was written twice
in an object. With spaces and escapes lengths differ: then the same number of colons proves it, for every colon outside
of a string belongs to a member. Source: RFC 8259, FHIR R4 json.html.
"""

import json as standard
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

import msgspec
import orjson

from socle.kernel.outcome import Issue, Kind, Problem, Text

MAX_DEPTH = 100
_BOM = b"\xef\xbb\xbf"
_RULE = "FHIR R4 json.html"
_LONGEST_NUMBER = 400  # characters; FHIR asks for 18 digits
_LOCATED_UP_TO = 8_000_000  # bytes: above, an error is told without its place, to bound the time spent on bad input

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]')
_COLON = re.compile(r"\s*:")


class _BadNumber(Exception):
    pass


class _Duplicate(Exception):
    pass


def parse(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text: dict, list, str, int, `decimal.Decimal`, bool, None.

    Refused beyond what JSON refuses: a member name twice in one object, numbers of more than 400 characters, more than
    `max_depth` levels. A byte order mark at the start is skipped. Time and memory are linear in the size of `data`.

    Raises: Problem(MALFORMED) with the line and column.
    """
    if data[:3] == _BOM:
        data = data[3:]
    try:
        value = _decode(data)
    except (ValueError, RecursionError, _BadNumber) as error:
        _explain(data, error, max_depth)
    deep = data.count(b"{") + data.count(b"[") > max_depth
    try:
        again = orjson.dumps(value, default=_no_longer, option=orjson.OPT_INDENT_2 if deep else 0)
    except TypeError:  # more than 254 levels, or an integer of more than 64 bits
        _look_closely(data, max_depth)
        return value
    if deep:
        # Indented text shows the depth: what lies inside level n starts with n times two spaces.
        if b"\n" + b"  " * (max_depth + 1) in again:
            _look_closely(data, max_depth)
    elif len(again) == len(data):
        return value
    if data.count(b":") != again.count(b":") or (b"\\" in data and b"\\u003" in data):  # \u003a is a colon, disguised
        _look_closely(data, max_depth)
    return value


def serialise(value: Any, *, pretty: bool = False) -> bytes:
    """The JSON text of `value`, compact or indented, UTF-8; decimals with all their digits, members in order.

    Raises: TypeError when `value` holds what is no JSON (a NaN, a lone surrogate, an object of another class).
    """
    option = orjson.OPT_INDENT_2 if pretty else 0
    try:
        return orjson.dumps(value, default=_fragment, option=option)
    except TypeError:
        return orjson.dumps(_with_large_integers(value), default=_fragment, option=option)


def decimal_text(value: Decimal) -> str:
    """A decimal as JSON: its own digits; small numbers without an exponent (0.0000001, not 1E-7).

    Raises: TypeError for NaN and infinities.
    """
    if not value.is_finite():
        raise TypeError("not a JSON number")
    text = str(value)
    if "E-" in text and int(text.partition("E-")[2]) <= 40:
        return format(value, "f")
    return text


def _number(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise _BadNumber
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of more than 18 digits
        raise _BadNumber from None


_decode = msgspec.json.Decoder(float_hook=_number).decode


def _no_longer(value: Decimal) -> orjson.Fragment:
    """A text of the decimal that is not longer than the one it was read from."""
    text = str(value)
    return orjson.Fragment("0" if "E" in text else text)


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(decimal_text(value))
    raise TypeError(f"not JSON: {type(value).__name__}")


def _with_large_integers(value: Any) -> Any:
    """`value` with the integers that orjson does not write replaced by their text."""
    if isinstance(value, dict):
        return {name: _with_large_integers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_large_integers(item) for item in value]
    if type(value) is int and not -(2**63) <= value < 2**63:
        return orjson.Fragment(str(value))
    return value


def _look_closely(data: bytes, max_depth: int) -> None:
    """Refuse a duplicate member or too many levels in a JSON text known to be well formed; slower, exact."""
    if len(data) <= _LOCATED_UP_TO:
        text = data.decode()
        if (fault := _first_fault(text, max_depth)) is not None:
            _refuse_fault(_place(text, fault[0]), fault[1], max_depth)
        return

    def unique(pairs: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _Duplicate(name)
            seen.add(name)

    try:
        standard.loads(data, object_pairs_hook=unique, parse_float=_nothing, parse_int=_nothing)
    except _Duplicate as duplicate:
        _refuse_fault(None, str(duplicate), max_depth)
    except RecursionError:
        _refuse_depth(None, max_depth)


def _nothing(_: str) -> None:
    return None


def _first_fault(text: str, max_depth: int) -> tuple[int, str | None] | None:
    """(position, duplicate name or None for one level too many) of the first fault of a well-formed text."""
    names: list[set[str] | None] = []
    for token in _TOKEN.finditer(text):
        found = token.group()
        if found == "{" or found == "[":
            names.append(set() if found == "{" else None)
            if len(names) > max_depth:
                return token.start(), None
        elif found == "}" or found == "]":
            names.pop()
        elif names and (seen := names[-1]) is not None and _COLON.match(text, token.end()):
            name = orjson.loads(found) if "\\" in found else found[1:-1]
            if name in seen:
                return token.start(), name
            seen.add(name)
    return None


def _refuse_fault(place: tuple[int, int] | None, name: str | None, max_depth: int) -> NoReturn:
    """Refuse a duplicate member; one level too many when `name` is None."""
    if name is None:
        _refuse_depth(place, max_depth)
    short = name[:60]
    _refuse(
        place,
        f"le membre « {short} » est écrit deux fois dans le même objet ; gardez-en un seul",
        f'the member "{short}" is written twice in the same object; keep one of them',
    )


def _refuse_depth(place: tuple[int, int] | None, max_depth: int) -> NoReturn:
    _refuse(
        place,
        f"plus de {max_depth} niveaux sont imbriqués ; aucune ressource n'en demande autant",
        f"more than {max_depth} levels are nested; no resource needs as many",
    )


def _explain(data: bytes, error: Exception, max_depth: int) -> NoReturn:
    """Say why a text cannot be read, and where."""
    if isinstance(error, _BadNumber | msgspec.ValidationError):
        _refuse(
            None,
            f"un nombre est trop grand ; écrivez au plus {_LONGEST_NUMBER} caractères et un exposant raisonnable",
            f"a number is too large; write at most {_LONGEST_NUMBER} characters and a reasonable exponent",
        )
    try:
        text = data.decode()
    except UnicodeDecodeError as bad:
        before = data[: bad.start].decode()
        _refuse(
            _place(before, len(before)),
            "un octet n'est pas de l'UTF-8 ; envoyez le texte en UTF-8",
            "a byte is not UTF-8; send the text in UTF-8",
        )
    if isinstance(error, RecursionError):
        place = None
        if len(data) <= _LOCATED_UP_TO and (fault := _first_level_too_many(text, max_depth)) is not None:
            place = _place(text, fault)
        _refuse_depth(place, max_depth)
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError as bad:
        fr, en = _reason(text, bad.pos, str(bad))
        _refuse((bad.lineno, bad.colno), fr, en)
    _refuse(None, "il ne suit pas la grammaire de JSON", "it does not follow the grammar of JSON")


def _first_level_too_many(text: str, max_depth: int) -> int | None:
    """Where a text, perhaps not well formed, opens one level too many."""
    depth = 0
    for token in _TOKEN.finditer(text):
        found = token.group()
        if found[0] != '"':
            depth += 1 if found in "{[" else -1
            if depth > max_depth:
                return token.start()
    return None


def _reason(text: str, position: int, message: str) -> tuple[str, str]:
    if "surrogate" in message:
        return (
            "une séquence \\u désigne la moitié d'un caractère ; écrivez les deux moitiés, ou le caractère lui-même",
            "a \\u sequence is half of a character; write both halves, or the character itself",
        )
    rest = text[position : position + 9]
    if not text.strip():
        return "le texte est vide", "the text is empty"
    if not rest.strip():
        return "le texte s'arrête trop tôt", "the text ends too early"
    if rest.startswith(("NaN", "Infinity", "-Infinity", "-I", "nfinity")) or text[position - 1 : position + 2] == "NaN":
        return "NaN et Infinity ne sont pas des nombres JSON", "NaN and Infinity are not JSON numbers"
    if rest[0] < " ":
        return (
            "un caractère de contrôle doit être écrit sous la forme \\n, \\t ou \\u00XX",
            "a control character must be written as \\n, \\t or \\u00XX",
        )
    if rest[0] == "<" and not text[:position].strip("\ufeff \t\r\n"):
        return "ce texte est du XML, et du JSON est attendu", "this text is XML, and JSON is expected"
    return f"« {rest[0]} » n'est pas attendu ici", f'"{rest[0]}" is not expected here'


def _place(text: str, position: int) -> tuple[int, int]:
    """(line, column) of a position, both from 1."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _refuse(place: tuple[int, int] | None, fr: str, en: str) -> NoReturn:
    line, column = place or (0, 0)
    text = Text(
        f"JSON illisible, ligne {line}, colonne {column} : {fr}." if place else f"JSON illisible : {fr}.",
        f"JSON cannot be read, line {line}, column {column}: {en}." if place else f"JSON cannot be read: {en}.",
    )
    raise Problem(Kind.MALFORMED, Issue(text, (), _RULE, line=line, column=column))
