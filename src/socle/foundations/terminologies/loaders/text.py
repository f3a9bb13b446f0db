"""Text files line by line: encoding detected and said, wrong lines named, memory bounded whatever the lines are."""

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch
from socle.kernel.lines import MARK, Decoder
from socle.kernel.outcome import Kind, Problem

LONGEST_LINE: Final = 1 << 20
_LONGEST_RECORD: Final = 200  # lines that one quoted record may span
_KNOWN: Final = frozenset({"utf-8", "utf-8-sig", "utf-16", "ascii", "iso8859-1", "iso8859-15", "cp1252"})
_DELIMITERS: Final = ("\t", ";", ",", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """One record and the line where it begins."""

    line: int
    values: list[str]


def encoding_of(place: Place, name: str, watch: Watch, asked: str = "") -> str:
    """The encoding of a file: asked, or told by its byte order mark, or found by reading it whole.

    A file most of whose accented lines are UTF-8 is UTF-8 with wrong lines; else it is Windows-1252. What was found is noted.
    Where a line may be in another encoding than its neighbours (`kernel.lines`) a wrong word is a wrong name; here it would be
    a wrong code system: the file has one encoding, and what is not in it is told. Raises: Problem(INVALID) for an unknown one.
    """
    if asked:
        return _known(asked)
    with place.open(name) as stream:
        start = stream.read(4)
        if start.startswith(MARK):
            return "utf-8-sig"
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            watch.note(f"{name} : encodage UTF-16 (marque d'ordre)", f"{name}: encoding UTF-16 (byte order mark)")
            return "utf-16"
    met = Decoder()
    with place.open(name) as stream:
        while piece := stream.readline(LONGEST_LINE):
            met.text(piece)
    if met.other and met.utf8 > met.other:
        watch.note(
            f"{name} : encodage UTF-8, {met.other} ligne(s) mal encodée(s), la première est la {met.first_other}",
            f"{name}: encoding UTF-8, {met.other} line(s) wrongly encoded, the first is {met.first_other}",
        )
        return "utf-8"
    found = "cp1252" if met.other else "utf-8"
    watch.note(f"{name} : encodage {found} (détecté)", f"{name}: encoding {found} (detected)")
    return found


def lines(place: Place, name: str, encoding: str, watch: Watch) -> Iterator[tuple[int, str]]:
    """(number, text) of each line, without its end; lines that cannot be decoded, or too long, are rejected."""
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    with place.open(name, watch) as stream:
        if codec == "utf-16":
            yield from _wide_lines(codecs.getreader("utf-16")(stream), name, watch)
            return
        number = 0
        while raw := stream.readline(LONGEST_LINE + 1):
            number += 1
            if number == 1 and raw.startswith(MARK):
                raw = raw.removeprefix(MARK)
            if len(raw) > LONGEST_LINE:
                while raw and not raw.endswith(b"\n"):
                    raw = stream.readline(LONGEST_LINE + 1)
                _too_long(name, number, watch)
                continue
            try:
                text = raw.decode(codec)
            except UnicodeDecodeError as error:
                octet = f"0x{raw[error.start]:02X}"
                watch.reject(
                    name,
                    number,
                    len(raw[: error.start].decode(codec, "replace")) + 1,
                    "encoding",
                    f"l'octet {octet} n'est pas du {encoding}. Corrigez la ligne, ou dites l'encodage du fichier.",
                    f"byte {octet} is not {encoding}. Correct the line, or tell the file's encoding.",
                )
                continue
            yield number, text.rstrip("\r\n")


def tab_rows(place: Place, name: str, columns: tuple[str, ...], watch: Watch) -> Iterator[Row]:
    """Rows of a file of RF2's kind: UTF-8, tabs, no quotes, a header that must begin with `columns`.

    Raises: Problem(INVALID) for another header. Source: SNOMED CT Release File Specifications, §3.1.
    """
    width = 0
    for number, text in lines(place, name, "utf-8", watch):
        values = text.split("\t")
        if width == 0:
            if tuple(values[: len(columns)]) != columns:
                raise Problem.of(
                    Kind.INVALID,
                    f"{name}:1 : en-tête inattendu ; attendu {', '.join(columns)}.",
                    f"{name}:1: unexpected header; expected {', '.join(columns)}.",
                    rule="rf2-header",
                )
            width = len(values)
        elif len(values) != width:
            if text:
                _width(name, number, len(values), width, watch)
        else:
            yield Row(number, values)


def quoted_rows(
    place: Place, name: str, encoding: str, watch: Watch, *, delimiter: str = ",", quote: str = '"', skip: int = 0
) -> Iterator[Row]:
    """Rows of a CSV file (RFC 4180), the header among them; rows with more or fewer values than the first are rejected.

    A quote that is never closed costs its line alone, not the rest of the file.
    """
    width = 0
    for number, text in _records(lines(place, name, encoding, watch), name, delimiter, quote, watch, skip):
        if quote and quote in text:
            try:
                parsed = next(csv.reader([text], delimiter=delimiter, quotechar=quote, strict=True))
            except (csv.Error, StopIteration) as error:
                watch.reject(
                    name,
                    number,
                    0,
                    "csv-quotes",
                    f"guillemets mal placés ({error}). Doublez ceux qui sont dans une valeur.",
                    f"misplaced quotes ({error}). Double those inside a value.",
                )
                continue
        else:
            parsed = text.split(delimiter)
        if width == 0:
            width = len(parsed)
        if len(parsed) != width:
            _width(name, number, len(parsed), width, watch)
            continue
        yield Row(number, parsed)


def delimiter_of(place: Place, name: str, encoding: str, watch: Watch, *, quote: str = '"', skip: int = 0) -> str:
    """The delimiter that parts the first lines into the same number of values, at least two; noted.

    Raises: Problem(INVALID) when none does.
    """
    silent = Watch(keep_going=True)
    sample = []
    for number, text in lines(place, name, encoding, silent):
        if number > skip and text:
            sample.append(text)
        if len(sample) == 20:
            break
    best, score = "", 0.0
    for candidate in _DELIMITERS:
        counts = [_outside(text, candidate, quote) for text in sample]
        if counts and counts[0]:
            agreed = counts[0] * sum(count == counts[0] for count in counts) / len(counts)
            if agreed > score:
                best, score = candidate, agreed
    if not best:
        raise Problem.of(
            Kind.INVALID,
            f"{name} : aucun séparateur reconnu (tabulation, ; , |). Écrivez-le dans le fichier de correspondance : "
            'file.delimiter = ";".',
            f'{name}: no delimiter recognised (tab, ; , |). Write it in the mapping file: file.delimiter = ";".',
            rule="csv-delimiter",
        )
    shown = "tabulation" if best == "\t" else best
    watch.note(
        f"{name} : séparateur {shown} (détecté)", f"{name}: delimiter {'tab' if best == chr(9) else best} (detected)"
    )
    return best


def _records(
    feed: Iterator[tuple[int, str]], name: str, delimiter: str, quote: str, watch: Watch, skip: int
) -> Iterator[tuple[int, str]]:
    """Lines joined where a quoted value goes on; the first line of one that never ends is rejected, the others read again."""
    waiting: deque[tuple[int, str]] = deque()

    def following() -> tuple[int, str] | None:
        return waiting.popleft() if waiting else next(feed, None)

    while (current := following()) is not None:
        number, text = current
        if number <= skip or not text.strip():
            continue
        if not quote or text.count(quote) % 2 == 0:
            yield number, text
            continue
        joined = [current]
        odd, size = True, len(text)
        while odd and len(joined) < _LONGEST_RECORD and size < LONGEST_LINE and (more := following()) is not None:
            joined.append(more)
            size += len(more[1])
            odd ^= more[1].count(quote) % 2 == 1
        whole = "\n".join(each for _, each in joined)
        if not odd and _parses(whole, delimiter, quote):
            yield number, whole
            continue
        waiting.extendleft(reversed(joined[1:]))
        watch.reject(
            name,
            number,
            text.rfind(quote) + 1,
            "csv-quotes",
            "un guillemet ouvert n'est jamais fermé. Fermez-le, ou doublez-le s'il fait partie de la valeur.",
            "a quote is opened and never closed. Close it, or double it when it is part of the value.",
        )


def _parses(text: str, delimiter: str, quote: str) -> bool:
    try:
        return len(list(csv.reader([text], delimiter=delimiter, quotechar=quote, strict=True))) == 1
    except csv.Error:
        return False


def _wide_lines(reader: codecs.StreamReader, name: str, watch: Watch) -> Iterator[tuple[int, str]]:
    number = 0
    try:
        while text := reader.readline(LONGEST_LINE + 1):
            number += 1
            yield number, text.rstrip("\r\n")
    except UnicodeDecodeError as error:
        watch.reject(
            name,
            number + 1,
            0,
            "encoding",
            f"la suite n'est pas de l'UTF-16 ({error.reason}) ; le fichier n'a pas été lu plus loin.",
            f"what follows is not UTF-16 ({error.reason}); the file was read no further.",
        )


def _outside(text: str, delimiter: str, quote: str) -> int:
    return sum(part.count(delimiter) for part in (text.split(quote)[::2] if quote else [text]))


def _known(asked: str) -> str:
    try:
        found = codecs.lookup(asked).name
    except LookupError:
        found = ""
    if found not in _KNOWN:
        raise Problem.of(
            Kind.INVALID,
            f"Encodage « {asked} » inconnu : utf-8, utf-16, iso-8859-1, iso-8859-15 ou cp1252.",
            f"Unknown encoding “{asked}”: utf-8, utf-16, iso-8859-1, iso-8859-15 or cp1252.",
            rule="encoding",
        )
    return found


def _too_long(name: str, number: int, watch: Watch) -> None:
    watch.reject(
        name,
        number,
        LONGEST_LINE,
        "line-length",
        f"ligne de plus de {LONGEST_LINE} octets.",
        f"line longer than {LONGEST_LINE} bytes.",
    )


def _width(name: str, number: int, has: int, expected: int, watch: Watch) -> None:
    watch.reject(
        name,
        number,
        0,
        "columns",
        f"{has} valeur(s), {expected} attendue(s) d'après la première ligne.",
        f"{has} value(s), {expected} expected from the first line.",
    )
