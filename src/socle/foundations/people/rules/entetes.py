"""Which column is where: read from the headings, never from an order that may change."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from socle.foundations.people.model.colonnes import (
    ACTIVITE,
    CINQUANTE,
    DIPLOME,
    ID_NATIONALE,
    IDENTIFIANT,
    LABELS,
    OPTIONAL,
    SAVOIR_FAIRE,
    TYPE_ID,
    Sorte,
)
from socle.kernel.outcome import Issue, Kind, Problem, Text

RULE: Final = "SOCLE-ANNUAIRE-COLUMNS"
_KEPT: Final[Mapping[Sorte, Mapping[str, str]]] = {
    Sorte.ACTIVITE: ACTIVITE,
    Sorte.DIPLOME: DIPLOME,
    Sorte.SAVOIR_FAIRE: SAVOIR_FAIRE,
}
_SIGNS: Final = ((Sorte.ACTIVITE, "Raison sociale site"), (Sorte.DIPLOME, "Code diplôme obtenu"))
_WORD: Final = re.compile(r"[^a-z0-9]+")
_DATA: Final = re.compile(r"[0-9]\|[^|]+\|[0-9][^|]*\|")


@dataclass(frozen=True, slots=True)
class Entete:
    """How to read the lines of a file.

    columns   how many fields a line has (the mark that ends it apart)
    id_nat    where the national identification is; `type_id`, `identifiant` the number that it must carry
    take      the values to keep, in the order of the model, from the fields of a line and one more, empty, at the end
    labels    (nomenclature, place of the code, place of its name)
    unknown   headings that nothing here reads
    heading   the first line is the headings (False: it is already data)
    marked    a mark ends the headings, hence each line: a line that ends so with one field less has lost one
    """

    sorte: Sorte
    columns: int
    type_id: int
    identifiant: int
    id_nat: int
    take: Any
    labels: tuple[tuple[str, int, int], ...]
    unknown: tuple[str, ...]
    heading: bool = True
    marked: bool = False


def folded(heading: str) -> str:
    """A heading as it is compared: no accent, no capital, no punctuation ("d'activité" is "activité")."""
    plain = unicodedata.normalize("NFKD", heading.replace("\ufeff", "").replace("’", "'"))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).lower()
    return _WORD.sub(" ", re.sub(r"\b[dl]'", "", letters)).strip()


def read_entete(line: str, file: str) -> Entete:
    """How to read a file, from its first line.

    Raises: Problem(INVALID) that names the file, the missing, doubled or unknown columns, and what to do.
    """
    names = line.rstrip("\r\n").split("|")
    marked = len(names) > 1 and not names[-1].strip()
    if marked:
        names.pop()
    heading = True
    if _DATA.match(line) and len(names) in (len(CINQUANTE), len(CINQUANTE) - 1):
        names, heading = list(CINQUANTE), False
    places: dict[str, int] = {}
    doubled = []
    for place, name in enumerate(names):
        if folded(name) in places:
            doubled.append(name.strip())
        places[folded(name)] = place
    if doubled:
        raise refused(
            file,
            f"la colonne « {doubled[0][:60]} » est donnée deux fois",
            f"the column “{doubled[0][:60]}” is given twice",
            doubled,
        )
    if folded(ID_NATIONALE) not in places:
        raise refused(
            file,
            f"la première ligne n'est pas un en-tête de l'Annuaire : « {ID_NATIONALE} » n'y est pas",
            f"the first line is not a heading of the Annuaire: “{ID_NATIONALE}” is not there",
            [ID_NATIONALE],
        )
    sorte = next((kind for kind, sign in _SIGNS if folded(sign) in places), Sorte.SAVOIR_FAIRE)
    kept = _KEPT[sorte]
    wanted = [TYPE_ID, IDENTIFIANT, ID_NATIONALE, *kept]
    missing = [name for name in wanted if folded(name) not in places and name not in OPTIONAL]
    if missing:
        raise refused(
            file,
            f"il manque {len(missing)} colonne(s) : {', '.join(missing[:6])}",
            f"{len(missing)} column(s) are missing: {', '.join(missing[:6])}",
            missing,
        )
    last = len(names)
    return Entete(
        sorte,
        last,
        places[folded(TYPE_ID)],
        places[folded(IDENTIFIANT)],
        places[folded(ID_NATIONALE)],
        itemgetter(*(places.get(folded(name), last) for name in kept)),
        tuple(
            (nomenclature, places[folded(code)], places[folded(label)])
            for label, (code, nomenclature) in LABELS.items()
            if folded(label) in places and folded(code) in places
        ),
        _unknown(names, sorte),
        heading,
        marked and heading,
    )


def _unknown(names: Sequence[str], sorte: Sorte) -> tuple[str, ...]:
    known = {folded(name) for name in (TYPE_ID, IDENTIFIANT, ID_NATIONALE, *_KEPT[sorte], *LABELS)}
    return tuple(
        name.strip()
        for name in names
        if folded(name) not in known and name[:1] != "_" and folded(name)[:7] != "libelle"
    )


def refused(file: str, fr: str, en: str, columns: Sequence[str]) -> Problem:
    """A file whose headings are wrong, and what to do."""
    return Problem(
        Kind.INVALID,
        Issue(
            Text(
                f"{file}, ligne 1 : {fr}. Les colonnes sont reconnues à leur intitulé, dans n'importe quel ordre : "
                "reprenez le fichier tel qu'il est publié.",
                f"{file}, line 1: {en}. Columns are known by their headings, in any order: take the file as it is published.",
            ),
            tuple(columns[:6]),
            RULE,
        ),
    )
