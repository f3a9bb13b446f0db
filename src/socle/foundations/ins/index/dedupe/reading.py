"""Reading a file of identities: its separator, its columns by their names, one record a line in its encoding."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from socle.foundations.ins.index.model.portrait import Birth
from socle.foundations.ins.index.model.spelling import digits, plain
from socle.kernel.lines import MARK, Decoder
from socle.kernel.outcome import Issue, Kind, Problem, Text, system_said

csv.field_size_limit(100_000)
COLUMNS: Final[
    Mapping[str, tuple[str, ...]]
] = {  # what we read: the names under which it may come, the first being ours
    "enregistrement": ("enregistrement", "id", "identifiant", "ipp", "n_ipp", "n_dossier"),
    "nom_naissance": ("nom_naissance", "nom", "family", "nom_patronymique", "nom_de_naissance"),
    "nom_utilise": ("nom_utilise", "nom_usage", "nom_marital", "nom_d_usage"),
    "prenoms": ("prenoms", "prenom", "given"),
    "sexe": ("sexe", "sex", "gender"),
    "date_naissance": ("date_naissance", "ddn", "birthdate", "date_de_naissance", "ne_le", "ne_e_le"),
    "lieu_naissance": ("lieu_naissance", "code_insee_naissance"),
    "code_postal": ("code_postal", "cp", "postcode"),
    "telephone": ("telephone", "tel", "phone", "portable"),
    "matricule": ("matricule", "matricule_ins", "ins"),
    "statut": ("statut", "statut_identite"),
    "personne": ("personne",),
}
NEEDED: Final = ("nom_naissance", "prenoms", "date_naissance")
_FRENCH_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_SEXES: Final = {"m": "M", "h": "M", "1": "M", "male": "M", "f": "F", "2": "F", "female": "F"}


class Row(NamedTuple):
    """A record as it is compared: spelled plainly, "" for what is not known; `truth` is the person, when the file says."""

    record: str
    family: str
    usual: str
    first: str
    given: str
    sex: str
    born: str
    place: str
    postcode: str
    phone: str
    ins: str
    truth: str


class Reject(NamedTuple):
    """A line that is no record: its number from 1, and why."""

    line: int
    text: Text


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: separator, and for each of our columns its place in a line."""

    separator: str
    width: int
    places: Mapping[str, int]


def layout(file: Path, named: Mapping[str, str] | None = None) -> Layout:
    """How `file` is written; `named` says under which header one of our columns comes.

    In a header, case, marks, spaces and punctuation do not count: "Date de naissance" is date_de_naissance.
    Raises: Problem(NOT_FOUND | INVALID) naming every column that lacks, and those that were found.
    """
    try:
        with file.open("rb") as lines:
            head = Decoder().text(lines.readline(100_000).removeprefix(MARK))
    except OSError as error:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"« {file} » ne peut pas être lu : {system_said(error).fr}.",
            f"“{file}” cannot be read: {system_said(error).en}.",
        ) from None
    separator = max(";,\t|", key=head.count)
    written = [name.strip().strip('"') for name in head.strip().split(separator)]
    headers = [_header(name) for name in written]
    places: dict[str, int] = {}
    missing: list[Issue] = []
    for column, names in COLUMNS.items():
        wanted = (_header((named or {})[column]),) if column in (named or {}) else names
        found = next((headers.index(name) for name in wanted if name in headers), None)
        if found is not None:
            places[column] = found
        elif column in NEEDED or column in (named or {}):
            shown = ", ".join(written[:40])
            asked = (named or {}).get(column, column)
            text = Text(
                f"Colonne « {asked} » absente de la première ligne ({shown}). Noms admis : {', '.join(names)} ; ou "
                f"dites laquelle c'est : --column {column}=NOM.",
                f"Column “{asked}” is not in the first line ({shown}). Names accepted: {', '.join(names)}; or say which "
                f"one it is: --column {column}=NAME.",
            )
            missing.append(Issue(text, (column,)))
    if missing:
        raise Problem(Kind.INVALID, *missing)
    return Layout(separator, len(headers), places)


def _header(name: str) -> str:
    return plain(name).replace(" ", "_").lower()


def rows(file: Path, how: Layout) -> Iterator[Row | Reject]:
    """Each line as a record, or as why it is none, in constant memory."""
    with file.open("rb") as lines:
        reader = csv.reader(Decoder().lines(lines), delimiter=how.separator)
        next(reader, None)
        while True:
            try:
                values = next(reader, None)
            except csv.Error:
                yield Reject(
                    reader.line_num, Text("la ligne ne se lit pas comme du CSV", "the line does not read as CSV")
                )
                continue
            if values is None:
                return
            if values:
                yield _row(values, how, reader.line_num)


def _row(values: list[str], how: Layout, line: int) -> Row | Reject:
    if len(values) != how.width:
        return Reject(
            line,
            Text(
                f"{len(values)} colonnes, la première ligne en annonce {how.width}",
                f"{len(values)} columns, the first line announces {how.width}",
            ),
        )

    if any("\ufffd" in value for value in values):
        return Reject(line, Text("octets ni UTF-8 ni Windows-1252", "bytes that are neither UTF-8 nor Windows-1252"))

    def value(column: str) -> str:
        place = how.places.get(column)
        return values[place].strip() if place is not None else ""

    family, given = plain(value("nom_naissance")), plain(value("prenoms"))
    if not family or not given:
        return Reject(line, Text("ni nom ni prénom à comparer", "no name to compare"))
    born = _born(value("date_naissance"))
    if born is None:
        return Reject(
            line,
            Text(
                "date_naissance : AAAA-MM-JJ, AAAAMMJJ ou JJ/MM/AAAA attendu",
                "date_naissance: YYYY-MM-DD, YYYYMMDD or DD/MM/YYYY expected",
            ),
        )
    matricule = re.sub(r"\s", "", value("matricule"))[:13]
    return Row(
        value("enregistrement") or str(line),
        family,
        plain(value("nom_utilise")),
        given.split(" ")[0],
        given,
        _SEXES.get(value("sexe").lower(), ""),
        born,
        "" if value("lieu_naissance") in ("99999", "99") else value("lieu_naissance").upper(),
        value("code_postal"),
        digits(value("telephone"))[-9:],
        matricule if value("statut").upper() == "QUAL" else "",
        value("personne"),
    )


def _born(text: str) -> str | None:
    """The date as YYYY-MM-DD with 00 for what is not known; "" when there is none, None when it is no date."""
    if not text:
        return ""
    if french := _FRENCH_DATE.fullmatch(text):
        text = "-".join(reversed(french.groups()))
    born = Birth.parse(text)
    return str(born) if born is not None else None
