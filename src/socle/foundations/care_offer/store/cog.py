"""Communes with their centres, as published: a CSV with a heading. Files by several publishers, told by their columns.

The code of the INSEE (COG) alone has no position: the file must have a latitude and a longitude too.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from socle.foundations.care_offer.store.communes import Commune
from socle.kernel.outcome import Kind, Problem, system_said

# For each part, the headings that publishers give it, without case; the first found is read.
COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "code": ("code_insee", "code_commune_insee", "com", "code", "insee"),
    "name": ("nom_standard", "nom_commune_complet", "nom_commune", "libelle", "nom"),
    "lat": ("latitude_centre", "latitude_mairie", "latitude", "lat"),
    "lon": ("longitude_centre", "longitude_mairie", "longitude", "lon", "lng"),
}
MOST_OCTETS: Final = 64 * 1024 * 1024
_CODE: Final = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}", re.ASCII)
_RULE: Final = "SOCLE-COG"


def read(path: Path) -> list[Commune]:
    """The communes of a file; lines of one code and one place once (a commune has several postal codes).

    Raises: Problem(INVALID) naming line and column; nothing is kept then.
    """
    try:
        if path.stat().st_size > MOST_OCTETS:
            raise _wrong(path, 0, "le fichier dépasse 64 Mo", "the file exceeds 64 MB")
        octets = path.read_bytes()
    except OSError as error:
        raise _wrong(
            path, 0, f"illisible ({system_said(error).fr})", f"cannot be read ({system_said(error).en})"
        ) from error
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = octets.decode("latin-1")
    found: dict[str, Commune] = {}
    for one in _lines(path, text):
        found.setdefault(one.code, one)
    if not found:
        raise _wrong(path, 0, "aucune commune dans ce fichier", "no commune in this file")
    return list(found.values())


def _lines(path: Path, text: str) -> Iterator[Commune]:
    heading = text.partition("\n")[0]
    lines = csv.reader(StringIO(text, newline=""), delimiter=";" if heading.count(";") > heading.count(",") else ",")
    try:
        names = [name.strip().lower() for name in next(lines, [])]
        places = {part: _place(path, names, part) for part in COLUMNS}
        for line in lines:
            if not any(line):
                continue
            yield _commune(path, lines.line_num, line, places)
    except csv.Error as error:
        raise _wrong(path, lines.line_num, f"CSV mal formé ({error})", f"malformed CSV ({error})") from error


def _place(path: Path, names: Sequence[str], part: str) -> int:
    for name in COLUMNS[part]:
        if name in names:
            return names.index(name)
    possible = ", ".join(COLUMNS[part])
    raise _wrong(path, 1, f"il manque une colonne, l'une de : {possible}", f"a column is missing, one of: {possible}")


def _commune(path: Path, number: int, line: Sequence[str], places: Mapping[str, int]) -> Commune:
    if len(line) <= max(places.values()):
        raise _wrong(path, number, f"{len(line)} champs seulement", f"only {len(line)} fields")
    code = line[places["code"]].strip().upper().zfill(5)
    if not _CODE.fullmatch(code):
        raise _wrong(path, number, f"code de commune « {code[:20]} »", f"code of commune “{code[:20]}”")
    name = line[places["name"]].strip()
    if not name:
        raise _wrong(path, number, "le nom manque", "the name is missing")
    return Commune(
        code, name, _degrees(path, number, line[places["lat"]], 90), _degrees(path, number, line[places["lon"]], 180)
    )


def _degrees(path: Path, number: int, text: str, most: int) -> float:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not abs(value) <= most:  # neither does NaN
        raise _wrong(
            path,
            number,
            f"« {text[:20]} » n'est pas une position en degrés décimaux",
            f"“{text[:20]}” is no position in decimal degrees",
        )
    return value


def _wrong(path: Path, line: int, fr: str, en: str) -> Problem:
    where = f"{path.name}:{line}" if line else path.name
    return Problem.of(Kind.INVALID, f"{where} : {fr}.", f"{where}: {en}.", rule=_RULE)
