"""The open CSV files: `;`, a first line of metadata (`finess;etalab;111;2026-05-12`), then lines that say their kind first.

The first line may name the columns instead (`finess;nofinesset;…`): they then stand in that order. Files were Latin-1 and
are now UTF-8; some mix both (`kernel/lines.py`).
"""

import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

from socle.foundations.structures.formats.item import Fault, Found
from socle.foundations.structures.formats.made import made
from socle.foundations.structures.formats.shapes import CSV_EJ, CSV_ET, CSV_GEO, SHAPES
from socle.kernel.lines import Decoder
from socle.kernel.outcome import Text

_KINDS: Final = {
    "structureej": (SHAPES["csv-ej"], CSV_EJ),
    "structureet": (SHAPES["csv-et"], CSV_ET),
    "geolocalisation": (SHAPES["csv-geo"], CSV_GEO),
}
_ALIASES: Final = {"maj": "datemaj", "date": "datemaj", "datemajcoord": "datemaj"}
_RULE: Final = "FINESS, CSV ouvert"
_LONGEST: Final = 20  # lines that a quoted field may span: beyond, a quote was left open


def read_csv(file: BinaryIO, name: str) -> Iterator[Found]:
    """What an open CSV file says, in order."""
    lines = Decoder()
    rows = csv.reader((line.replace("\x00", "") for line in lines.lines(file)), delimiter=";", strict=True)
    columns: tuple[str, ...] | None = None
    first = True
    while True:
        before = lines.line
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield _fault(name, before + 1, "", f"ligne illisible ({error})", f"unreadable line ({error})")
            continue
        if row is None:
            break
        line = before + 1
        if first:
            first = False
            if row and row[0] == "finess":
                columns = _header(row)
                continue
        if not any(row):
            continue
        if lines.line - before > _LONGEST:
            yield _fault(
                name,
                line,
                "",
                f"un guillemet ouvert ici ne se ferme qu'à la ligne {lines.line}",
                f"a quote opened here is only closed on line {lines.line}",
            )
            continue
        yield from _row(row, name, line, columns, cut=not lines.ended)
    if lines.other and lines.utf8:
        yield Fault(
            name,
            lines.first_other,
            "",
            _RULE,
            Text(
                f"Encodages mêlés : {lines.utf8} lignes en UTF-8, {lines.other} en Latin-1 ; chacune a été lue dans le sien.",
                f"Mixed encodings: {lines.utf8} lines in UTF-8, {lines.other} in Latin-1; each was read in its own.",
            ),
            severe=False,
        )


def _header(row: list[str]) -> tuple[str, ...] | None:
    names = [_ALIASES.get(cell.strip().lower(), cell.strip().lower()) for cell in row[1:]]
    return tuple(name for name in names if name) if {"nofinesset", "nofiness"} & set(names) else None


def _row(row: list[str], name: str, line: int, columns: tuple[str, ...] | None, *, cut: bool) -> Iterator[Found]:
    kind = _KINDS.get(row[0].strip().lower())
    if kind is None:
        known = ", ".join(_KINDS)
        yield _fault(
            name,
            line,
            "",
            f"la ligne commence par « {row[0][:40]} » ; les genres connus sont {known}",
            f"the line begins with “{row[0][:40]}”; known kinds are {known}",
        )
        return
    shape, order = kind
    if columns is not None and row[0] != "geolocalisation":
        order = columns
    cells = row[1:]
    while len(cells) > len(order) and not cells[-1].strip():
        cells.pop()
    # numuai is last, often empty, and some files leave its separator out.
    if len(cells) == len(order) - 1 and order[-1] == "numuai":
        cells.append("")
    if len(cells) != len(order):
        why = Text("", "")
        if cut:
            why = Text(
                " Le fichier est coupé ici : téléchargez-le de nouveau.", " The file is cut here: download it again."
            )
        yield _fault(
            name,
            line,
            "",
            f"{len(cells)} champs après « {row[0]} », il en faut {len(order)}.{why.fr}".removesuffix("."),
            f"{len(cells)} fields after “{row[0]}”, {len(order)} are needed.{why.en}".removesuffix("."),
        )
        return
    yield from made(shape, dict(zip(order, cells, strict=True)), name, line, order)


def _fault(name: str, line: int, field: str, fr: str, en: str) -> Fault:
    return Fault(name, line, field, _RULE, Text(f"{fr[0].upper()}{fr[1:]}.", f"{en[0].upper()}{en[1:]}."))
