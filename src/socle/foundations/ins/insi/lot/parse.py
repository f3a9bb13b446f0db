"""Lines of a file → identities to verify. A line that cannot be read says why and does not stop the others.

CSV (RFC 4180, « ; » or « , », header required, no line break inside a field) or NDJSON (one object a line, same names).
"""

import csv
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import orjson

from socle.foundations.ins.insi.lot.model import COLUMNS, MAX_LINE, OPTIONAL, Ligne, Motif
from socle.foundations.ins.model import (
    INS,
    AutoriteAffectation,
    LunarDate,
    MatriculeINS,
    normalise_nom,
    normalise_prenom,
)
from socle.kernel.outcome import Kind, Problem

CSV: Final = "text/csv"
NDJSON: Final = "application/x-ndjson"
_KNOWN: Final = frozenset(COLUMNS + OPTIONAL)
_MAX_REFERENCE: Final = 64

Read = Callable[[int, bytes], Ligne]


def reader(media_type: str, first: bytes) -> tuple[Read, bool]:
    """How to read lines of this format, and whether `first` is a header rather than an identity.

    Raises: Problem(INVALID) when the CSV header lacks a column or has an unknown one.
    """
    if media_type == NDJSON:
        return _ndjson, False
    try:
        return _csv(_text(first)), True
    except (UnicodeDecodeError, csv.Error):
        raise Problem.of(
            Kind.INVALID,
            "Ligne 1 : en-tête illisible (UTF-8 et RFC 4180 attendus).",
            "Line 1: the header cannot be read (UTF-8 and RFC 4180 expected).",
            rule="INSi lot",
        ) from None


def _csv(header: str) -> Read:
    separator = ";" if header.count(";") >= header.count(",") else ","
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=separator), [])]
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name[:30] for name in names if name not in _KNOWN]
    if missing or unknown or len(set(names)) != len(names):
        expected = separator.join(COLUMNS + OPTIONAL)
        raise Problem.of(
            Kind.INVALID,
            f"Ligne 1 : en-tête attendu « {expected} » (les deux dernières colonnes sont facultatives) ; "
            f"manquent : {', '.join(missing) or 'aucune'} ; inconnues : {', '.join(unknown) or 'aucune'}.",
            f"Line 1: expected header “{expected}” (the last two columns are optional); "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}.",
            rule="INSi lot",
        )

    def read(n: int, line: bytes) -> Ligne:
        try:
            values = next(csv.reader([_text(line)], delimiter=separator, strict=True), [])
        except (csv.Error, UnicodeDecodeError):
            return _wrong(n, None, "ligne illisible : UTF-8 et RFC 4180 attendus")
        if len(values) != len(names):
            return _wrong(n, None, f"{len(values)} colonnes au lieu de {len(names)}")
        return _ligne(n, dict(zip(names, values, strict=True)))

    return read


def _ndjson(n: int, line: bytes) -> Ligne:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return _wrong(n, None, "JSON illisible")
    if not isinstance(value, dict):
        return _wrong(n, None, "objet JSON attendu")
    if unknown := [name for name in value if name not in _KNOWN]:
        return _wrong(n, None, f"membre inconnu : {unknown[0][:30]}")
    if any(not isinstance(each, str) for each in value.values()):
        return _wrong(n, None, "toutes les valeurs sont des chaînes")
    return _ligne(n, value)


def _ligne(n: int, values: dict[str, str]) -> Ligne:
    reference = values.get("reference", "").strip() or None
    if reference and len(reference) > _MAX_REFERENCE:
        return _wrong(n, None, f"reference : plus de {_MAX_REFERENCE} caractères")
    column = ""
    try:
        column = "matricule"
        matricule = MatriculeINS.parse(values.get("matricule", ""))
        column = "oid"
        autorite = _autorite(values.get("oid", "").strip())
        if autorite is None:
            return Ligne(n, reference, motif=Motif.OID)
        column = "nom_naissance"
        nom = normalise_nom(values.get("nom_naissance", ""))
        column = "prenoms"
        prenoms = " ".join(normalise_prenom(each) for each in values.get("prenoms", "").split())
        if not prenoms:
            return _wrong(n, reference, "prenoms")
        column = "sexe"
        sexe = values.get("sexe", "").strip().upper()
        if sexe not in ("M", "F"):
            return _wrong(n, reference, "sexe : M ou F")
        column = "date_naissance"
        naissance = str(LunarDate.parse(values.get("date_naissance", "")))
        column = "lieu_naissance"
        lieu = values.get("lieu_naissance", "").strip().upper() or None
        if lieu and (len(lieu) != 5 or not lieu.isascii() or not lieu.isalnum()):
            return _wrong(n, reference, "lieu_naissance")
    except Problem:
        return _wrong(n, reference, column)
    try:
        INS(matricule, autorite)
    except Problem:
        return Ligne(n, reference, motif=Motif.CLE)
    return Ligne(n, reference, matricule.numero, autorite.oid, nom, prenoms, sexe, naissance, lieu)


@lru_cache(maxsize=64)
def _autorite(oid: str) -> AutoriteAffectation | None:
    try:
        return AutoriteAffectation.of_oid(oid)
    except Problem:
        return None


def _wrong(n: int, reference: str | None, detail: str) -> Ligne:
    return Ligne(n, reference, motif=Motif.FORMAT, detail=detail)


def _text(line: bytes) -> str:
    return line.decode("utf-8-sig")


class Lines:
    """Cuts chunks of bytes into numbered lines, in constant memory. Blank lines count but are not given."""

    def __init__(self) -> None:
        self._rest = b""
        self._n = 0

    def feed(self, chunk: bytes) -> Sequence[tuple[int, bytes]]:
        """The lines that `chunk` completes. Raises: Problem(TOO_LARGE) for a line that never ends."""
        *whole, rest = (self._rest + chunk).split(b"\n")
        self._rest = rest
        lines = self._numbered(whole)
        if len(rest) > MAX_LINE:
            raise self._too_long(self._n + 1)
        return lines

    def end(self) -> Sequence[tuple[int, bytes]]:
        """The last line, when it is not ended."""
        rest, self._rest = self._rest, b""
        return self._numbered([rest] if rest else [])

    def _numbered(self, lines: list[bytes]) -> list[tuple[int, bytes]]:
        out = []
        for line in lines:
            self._n += 1
            if len(line) > MAX_LINE:
                raise self._too_long(self._n)
            bare = line.strip()
            if bare:
                out.append((self._n, bare))
        return out

    def _too_long(self, n: int) -> Problem:
        return Problem.of(
            Kind.TOO_LARGE,
            f"Ligne {n} : plus de {MAX_LINE} octets. Est-ce bien un fichier d'une identité par ligne ?",
            f"Line {n}: more than {MAX_LINE} bytes. Is this a file with one identity per line?",
            rule="INSi lot",
        )
