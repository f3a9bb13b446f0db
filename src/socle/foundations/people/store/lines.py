"""Lines of a file as the tables of a load take them. The hot path of reading: a few microseconds a line, in processes of their
own when there are many.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from struct import Struct
from typing import Final

from socle.foundations.people.model import Rejet
from socle.foundations.people.model.colonnes import STRUCTURE_FROM, Sorte
from socle.foundations.people.rules.entetes import Entete
from socle.foundations.people.rules.lignes import Fault, fault_of, name_fault
from socle.foundations.people.store.fhir import organization_id, structure_key
from socle.foundations.people.store.pieces import Pieces, pieces
from socle.foundations.people.store.reading import Lecture, decoded
from socle.kernel.fhir.keys import key, resource_key
from socle.kernel.parent import end_with_parent

EMPREINTES: Final = ("empreinte", "personne", "bloc")
BLOCS: Final = ("bloc",)
LIGNES: Final = ("bloc", "personne", "id_nat", "sorte", "fichier", "numero", "empreinte", "structure", "contenu")
_NAME: Final = {Sorte.ACTIVITE: 2, Sorte.DIPLOME: 0, Sorte.SAVOIR_FAIRE: 0}
_NULL: Final = "\\N"
_MOST_MET: Final = 50_000
_EMPREINTE: Final = Struct("!hi8siqi8s").pack  # columns, then the size of each and itself
_BLOC: Final = Struct("!hi8s").pack


@dataclass(slots=True)
class Lues:
    """What a block gave: rows for COPY, lines left out, how many lines there were.

    rows    of the table of lines (text), or of that of hashes (binary)
    blocs   hashes of the pieces that were known (binary)
    labels  names of codes met for the first time
    autres  lines that were not in UTF-8
    """

    rows: bytes = b""
    blocs: bytes = b""
    rejets: list[Rejet] = field(default_factory=list)
    lignes: int = 0
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    autres: int = 0


def person_key(id_nat: str) -> int:
    """The number under which the lines of a person are put together."""
    return int(id_nat) if id_nat.isascii() and id_nat.isdigit() and len(id_nat) < 18 else key("personne", id_nat)


def person_of(line: bytes, place: int) -> int:
    """The number of the person of a line that is not decoded yet; what it has at the place of the identification may be none."""
    fields = line.split(b"|", place + 1)
    id_nat = fields[place] if len(fields) > place else b""
    if id_nat.isdigit() and len(id_nat) < 18:
        return int(id_nat)
    return person_key(decoded(id_nat, Lecture()).strip())


def line_key(line: bytes) -> bytes:
    """The number of a line, by its octets: eight, as PostgreSQL sends a bigint."""
    return blake2b(line, digest_size=8).digest()


def number_of(octets: bytes) -> int:
    """The bigint of these eight octets."""
    return int.from_bytes(octets, "big", signed=True)


@dataclass(slots=True)
class Reader:
    """Reads the blocks of one file: whole lines, of which the headings are none."""

    name: str
    rank: int
    entete: Entete
    known: list[set[str]] = field(init=False)  # codes whose names were met, by nomenclature of the headings
    met: set[tuple[str, ...]] = field(init=False, default_factory=set)  # of codes that came together
    codes: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)
    nom: int = field(init=False)
    tells_structure: bool = field(init=False)
    begin: str = field(init=False)

    def __post_init__(self) -> None:
        labels, sorte = self.entete.labels, self.entete.sorte
        self.known = [{""} for _ in labels]
        two = self.entete.type_id, self.entete.identifiant  # so that there is a tuple whatever the headings
        self.codes = itemgetter(*(code for _, code, _ in labels), *(two if len(labels) < 2 else ()))
        self.nom = _NAME[sorte]
        self.tells_structure = sorte is Sorte.ACTIVITE
        self.begin = f"{sorte.value}\t{self.rank}"

    def hashes(self, octets: bytes, cut: Pieces, known: Collection[bytes]) -> Lues:
        """(hash, person, piece) of each line that is not in a `known` piece, nothing checked yet; the known pieces.

        cut  the pieces of these lines
        """
        place = self.entete.id_nat
        rows: list[bytes] = []
        blocs: list[bytes] = []
        for bloc, start, end in cut:
            if bloc in known:
                blocs.append(_BLOC(1, 8, bloc))
                continue
            for line in octets[start:end].split(b"\n"):
                if line[-1:] == b"\r":
                    line = line[:-1]
                if line:
                    rows.append(_EMPREINTE(3, 8, line_key(line), 8, person_of(line, place), 8, bloc))
        return Lues(b"".join(rows), b"".join(blocs))

    def staged(
        self,
        octets: bytes,
        cut: Pieces,
        first: int,
        persons: Collection[int] | None = None,
        still: Collection[bytes] = frozenset(),
    ) -> Lues:
        """Lines as they are kept.

        cut      the pieces of these lines
        first    the number of the first line in its file
        persons  those whose lines are wanted, None for all of them
        still    pieces in which they have none
        """
        lues = Lues()
        lecture, place = Lecture(), self.entete.id_nat
        rows: list[str] = []
        counted = 0  # octets whose lines are in `first`
        for hashed, start, end in cut:
            if hashed in still:
                continue
            first += octets.count(b"\n", counted, start)
            bloc, before, left_out = str(number_of(hashed)), len(rows), len(lues.rejets)
            lines = octets[start:end].split(b"\n")
            for number, line in enumerate(lines, start=first):
                if line[-1:] == b"\r":
                    line = line[:-1]
                if not line or (persons is not None and person_of(line, place) not in persons):
                    continue
                try:
                    text = line.decode()
                except UnicodeDecodeError:
                    text = decoded(line, lecture)
                row = self._row(number, line, text if text.isprintable() else decoded(line, lecture), bloc, lues)
                if isinstance(row, str):
                    rows.append(row)
                else:
                    lues.rejets.append(self.rejected(number, row))
            first, counted = first + len(lines) - 1, end
            if len(lues.rejets) > left_out:  # what is left out is told each time: its piece is never known
                rows[before:] = [_NULL + row[len(bloc) :] for row in rows[before:]]
        lues.rows = "".join(rows).encode()
        lues.autres = lecture.other
        return lues

    def _row(self, number: int, line: bytes, text: str, bloc: str, lues: Lues) -> str | Fault:
        """A line as COPY takes it, or what is wrong with it."""
        entete = self.entete
        fields = text.split("|")
        if not fields[-1] and (entete.marked or len(fields) == entete.columns + 1):
            fields.pop()
        if " |" in text or "| " in text:
            fields = [one.strip() for one in fields]
        if fault := fault_of(fields, entete):
            return fault
        codes = self.codes(fields)
        if codes not in self.met:
            self._name(codes, fields, lues.labels)
        fields.append("")
        kept: Sequence[str] = entete.take(fields)
        if fault := name_fault(kept[self.nom], entete.sorte):
            return fault
        structure = _NULL
        if self.tells_structure and (own := structure_key(kept[STRUCTURE_FROM:])):
            structure = _organization(own)
        contents = "|".join(kept)
        if "\\" in contents or "\t" in contents:
            contents = contents.replace("\t", " ").replace("\\", "\\\\")
        id_nat = fields[entete.id_nat]
        return (
            f"{bloc}\t{person_key(id_nat)}\t{id_nat}\t{self.begin}\t{number}\t{number_of(line_key(line))}\t"
            f"{structure}\t{contents}\n"
        )

    def _name(self, codes: tuple[str, ...], fields: Sequence[str], labels: dict[tuple[str, str], str]) -> None:
        """Note the names of codes that come together for the first time, until each has one."""
        all_named = True
        for known, (nomenclature, code, label) in zip(self.known, self.entete.labels, strict=True):
            if fields[code] not in known:
                if fields[label]:
                    known.add(fields[code])
                    labels.setdefault((nomenclature, fields[code]), fields[label])
                else:
                    all_named = False
        if all_named:
            if len(self.met) >= _MOST_MET:
                self.met.clear()
            self.met.add(codes)

    def rejected(self, number: int, fault: Fault) -> Rejet:
        """A line left out."""
        column, rule, text = fault
        return Rejet(self.name, number, column, rule, text.fr, text.en)


@lru_cache(maxsize=16_384)
def _organization(structure: str) -> str:
    return str(resource_key("Organization", organization_id(structure)))


_readers: Sequence[Reader] = ()


def prepare(readers: Sequence[Reader]) -> None:
    """Give a process of its own the files that it will read blocks of."""
    global _readers
    end_with_parent()
    _readers = readers


def hashes_apart(rank: int, octets: bytes, first: int) -> Lues:
    """`Reader.hashes`, in a process that was prepared: no piece is known."""
    return _readers[rank].hashes(octets, pieces(octets), frozenset())


def staged_apart(rank: int, octets: bytes, first: int) -> Lues:
    """`Reader.staged`, in a process that was prepared: every line is wanted."""
    return _readers[rank].staged(octets, pieces(octets), first)
