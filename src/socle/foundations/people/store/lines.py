"""Lines of a file as the tables of a load take them. The hot path of reading: a few microseconds a line."""

from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from socle.foundations.people.model import Rejet
from socle.foundations.people.model.colonnes import STRUCTURE_FROM, Sorte
from socle.foundations.people.rules.entetes import Entete
from socle.foundations.people.rules.lignes import Fault, fault_of, name_fault
from socle.foundations.people.store.fhir import organization_id, structure_key
from socle.foundations.people.store.reading import Lecture, decoded
from socle.kernel.fhir.keys import key, resource_key

_NAME: Final = {Sorte.ACTIVITE: 2, Sorte.DIPLOME: 0, Sorte.SAVOIR_FAIRE: 0}


@dataclass(slots=True)
class Lues:
    """What a block gave: rows for COPY, lines left out, how many lines there were."""

    rows: list[str] = field(default_factory=list)
    rejets: list[Rejet] = field(default_factory=list)
    lignes: int = 0


def person_key(id_nat: str) -> int:
    """The number under which the lines of a person are put together."""
    return int(id_nat) if id_nat.isascii() and id_nat.isdigit() and len(id_nat) < 18 else key("personne", id_nat)


def line_key(line: bytes) -> int:
    """The number of a line, by its octets."""
    return int.from_bytes(blake2b(line, digest_size=8).digest(), "big", signed=True)


@dataclass(slots=True)
class Reader:
    """Reads the blocks of one file. `labels`: names of codes, filled on the way."""

    name: str
    rank: int
    entete: Entete
    lecture: Lecture
    labels: dict[tuple[str, str], str]

    def hashes(self, lines: list[bytes]) -> Lues:
        """(hash, person) of each line, nothing checked yet."""
        place = self.entete.id_nat
        lues = Lues(lignes=len(lines))
        for line in lines:
            if line[-1:] == b"\r":
                line = line[:-1]
            if not line:
                continue
            person = _raw_person(line, place)
            if person is not None:
                lues.rows.append(f"{line_key(line)}\t{person}\n")
        return lues

    def staged(self, lines: list[bytes], first: int, persons: Collection[int] | None) -> Lues:
        """Lines as they are kept; of `persons` only, when given. `first`: the number of the first line in its file."""
        lues = Lues(lignes=len(lines))
        rows, entete, take, sorte = lues.rows, self.entete, self.entete.take, self.entete.sorte
        columns, place = entete.columns, entete.id_nat
        kind, name = str(sorte), _NAME[sorte]
        for number, line in enumerate(lines, start=first):
            if line[-1:] == b"\r":
                line = line[:-1]
            if not line or (persons is not None and _raw_person(line, place) not in persons):
                continue
            text = decoded(line, self.lecture)
            fields = text.split("|")
            if not fields[-1] and (entete.marked or len(fields) == columns + 1):
                fields.pop()
            if " |" in text or "| " in text:
                fields = [one.strip() for one in fields]
            if fault := fault_of(fields, entete):
                lues.rejets.append(self.rejected(number, fault))
                continue
            id_nat = fields[place]
            person = person_key(id_nat)
            for nomenclature, code, label in entete.labels:
                if fields[code]:
                    known = nomenclature, fields[code]
                    if known not in self.labels and fields[label]:
                        self.labels[known] = fields[label]
            fields.append("")
            kept = take(fields)
            if fault := name_fault(kept[name], sorte):
                lues.rejets.append(self.rejected(number, fault))
                continue
            structure = "\\N"
            if sorte is Sorte.ACTIVITE and (own := structure_key(kept[STRUCTURE_FROM:])):
                structure = str(_organization(own))
            contents = "|".join(kept)
            if "\\" in contents or "\t" in contents:
                contents = contents.replace("\t", " ").replace("\\", "\\\\")
            rows.append(
                f"{person}\t{id_nat}\t{kind}\t{self.rank}\t{number}\t{line_key(line)}\t{structure}\t{contents}\n"
            )
        return lues

    def rejected(self, number: int, fault: Fault) -> Rejet:
        """A line left out."""
        column, rule, text = fault
        return Rejet(self.name, number, column, rule, text.fr, text.en)


def _raw_person(line: bytes, place: int) -> int | None:
    """The person of a line that is not decoded yet, None when the line is too short to tell."""
    fields = line.split(b"|", place + 1)
    if len(fields) <= place:
        return None
    id_nat = fields[place]
    if id_nat.isdigit() and len(id_nat) < 18:
        return int(id_nat)
    return key("personne", id_nat.decode("utf-8", "replace").strip())


def _organization(structure: str) -> int:
    return resource_key("Organization", organization_id(structure))
