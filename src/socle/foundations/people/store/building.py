"""From the lines of persons to the versions to write: resources built, compared with what is served, indexed, packed, written as
COPY takes them. Pure work of the processor: it runs in processes of its own when there is much of it.
"""

import gc
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Final, NamedTuple

from socle.foundations.people.model import BAL
from socle.foundations.people.model.colonnes import ACTIVITE, STRUCTURE_FROM, Sorte
from socle.foundations.people.store import fhir
from socle.foundations.people.store.register import REGISTER_OF
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import key, resource_key
from socle.kernel.parent import end_with_parent
from socle.kernel.search.index import Indexer
from socle.kernel.search.normalise import normalise
from socle.kernel.search.types import token
from socle.kernel.store import Json, Keys, Op, Put
from socle.kernel.store.compression import unpack
from socle.kernel.store.postgres.binary import Lines
from socle.kernel.store.postgres.rows import pack, put_version

SITUATION: Final = ("personne", "praticien", "role", "nom", "profession", "commune", "postal", "mots")
PERSONNES: Final = "personne, id_nat, sorte, fichier, numero, contenu"
STRUCTURES: Final = "structure, contenu"
# Members of which the values come back from one resource to the next.
RECURRING: Final = frozenset({"meta", "active", "type", "code", "qualification"})
_NULL: Final = "\\N"
LETTERS: Final = 3  # of a word, from which its beginnings are keys
MOST_LETTERS: Final = 7
_A: Final[Mapping[str, int]] = {name: place for place, name in enumerate(ACTIVITE.values())}


@dataclass(slots=True)
class Personne:
    """A person to build, from the columns kept of each line."""

    cle: int
    id_nat: str
    lines: list[tuple[str, list[str]]]


class Autre(NamedTuple):
    """A line that bears the number of a person of another name: it is left out."""

    fichier: int
    numero: int
    id_nat: str
    premier: str
    autre: str


@dataclass(slots=True)
class Lot:
    """A batch of work: lines of persons or of structures as the database gives them, what is served of them, mailboxes by
    holder, the first free row.

    personnes   COPY's text of `PERSONNES`, persons whole, in the order of their keys
    structures  COPY's text of `STRUCTURES`
    served      by key: (rid, version, packed body); what is served and not made again here has left
    towns       by Practitioner: those by which it is found so far, as they are compared
    """

    personnes: bytes = b""
    structures: bytes = b""
    served: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    towns: dict[str, set[str]] = field(default_factory=dict)
    bals: dict[str, list[BAL]] = field(default_factory=dict)
    rid: int = 0

    @property
    def most(self) -> int:
        """How many resources it may make, at most: a role a line, and its person; a structure a line."""
        return 2 * self.personnes.count(b"\n") + self.structures.count(b"\n")


@dataclass(slots=True)
class Fait:
    """What a batch made: what COPY takes by table, the projection of its persons, how many versions and persons."""

    tables: dict[str, bytes]
    situations: bytes
    versions: int
    personnes: int
    autres: list[Autre]


def rows_of(lines: bytes) -> list[str]:
    """The lines of COPY's text."""
    return lines.decode().split("\n")[:-1]


def first_of(lines: bytes) -> int:
    """The first column of the last line."""
    return int(lines[lines.rfind(b"\n", 0, -1) + 1 :].partition(b"\t")[0])


def together(waiting: bytearray, size: int) -> int:
    """Where to cut lines after about `size` octets, so that those of one first column stay together; 0 when more must come."""
    begin = waiting.rfind(b"\n", 0, size) + 1
    one = bytes(waiting[begin : waiting.find(b"\t", begin) + 1])
    while one:
        begin = waiting.find(b"\n", begin) + 1
        if not begin or waiting.find(b"\t", begin) < 0:
            return 0
        if not waiting.startswith(one, begin):
            return begin
    return 0


def persons(lines: bytes) -> tuple[list[Personne], list[Autre]]:
    """The persons of these lines (`PERSONNES`), and the lines that are of others than their numbers say."""
    found: list[Personne] = []
    others: list[Autre] = []
    before = ""
    places: list[tuple[str, str]] = []  # of the activities of the person, in their order
    several = False
    for line in rows_of(lines):
        cle, id_nat, sorte, fichier, numero, contenu = line.split("\t")
        values = _unescaped(contenu).split("|")
        if cle != before:
            if several:
                others += _set_apart(found[-1], places)
            before, places, several = cle, [], False
            current = Personne(int(cle), id_nat, [])
            found.append(current)
        if sorte == Sorte.ACTIVITE:
            places.append((fichier, numero))
            several = several or (bool(current.lines) and _another(current.lines[0][1], values))
        current.lines.append((sorte, values))
    if several:
        others += _set_apart(found[-1], places)
    return found, others


def _another(first: Sequence[str], values: Sequence[str]) -> bool:
    """Whether two activities are of two persons: another name and another given name."""
    if first[2] == values[2] or first[3] == values[3]:
        return False
    return normalise(first[2]) != normalise(values[2]) and normalise(first[3]) != normalise(values[3])


def _set_apart(person: Personne, places: Sequence[tuple[str, str]]) -> list[Autre]:
    """Leave a number to whom the degrees and know-how name, else to whom the files name first; the lines of the others."""
    activities = [(int(file), int(n), values) for (file, n), (_, values) in zip(places, person.lines, strict=False)]
    rest = person.lines[len(activities) :]

    def rank(one: tuple[int, int, list[str]]) -> tuple[bool, int, int]:
        file, n, values = one
        return not any(values[2:4] == named[:2] for _, named in rest), file, n

    holder = min(activities, key=rank)[2]
    others = [one for one in activities if _another(holder, one[2])]
    kept = [values for *_, values in activities if not _another(holder, values)]
    person.lines[:] = [*((Sorte.ACTIVITE.value, values) for values in kept), *rest]
    name = f"{holder[2]} {holder[3]}"
    return [Autre(file, n, person.id_nat, name, f"{values[2]} {values[3]}") for file, n, values in others]


def structures(lines: bytes) -> list[list[str]]:
    """The columns of the structures of these lines (`STRUCTURES`)."""
    return [_unescaped(line.partition("\t")[2]).split("|")[STRUCTURE_FROM:] for line in rows_of(lines)]


def _unescaped(text: str) -> str:
    """A column as it was before COPY: lines hold neither tabs nor what ends one."""
    return text.replace("\\\\", "\\") if "\\" in text else text


@cache
def _indexer() -> Indexer:
    return Indexer(REGISTER_OF, r4(), recurring=RECURRING)


class _Making:
    def __init__(self, lot: Lot, at: datetime) -> None:
        self.lot = lot
        self.at = at
        self.lines = Lines()
        self.next = lot.rid
        self.versions = 0
        self.made: set[int] = set()

    def put(self, resource: Json, towns: Collection[str] = ()) -> None:
        """A version of this resource, found by these towns too, unless what is served says the same and is found so."""
        kind, id = resource["resourceType"], resource["id"]
        served = None
        if self.lot.served:
            own = resource_key(kind, id)
            self.made.add(own)
            served = self.lot.served.get(own)
        if served is None:
            rid, number, op = self.next, 1, Op.CREATE
            self.next += 1
        else:
            rid, number, op = served[0], served[1] + 1, Op.UPDATE
            if fhir.same(parse(unpack(served[2])), resource) and self.lot.towns.get(id, set()) == set(towns):
                return
        keys = _indexer().keys(resource)
        if towns:
            found_in(towns, resource, keys)
        version = put_version(Put(kind, id, resource, keys), number, self.at, op, rid)
        self.lines.add(version, pack.dictionary)
        self.versions += 1


def build(lot: Lot, at: datetime, communes: Mapping[str, str]) -> Fait:
    """Make a batch. `at`: the moment that the versions bear, UTC."""
    making = _Making(lot, at)
    situations: list[str] = []
    nothing: Sequence[BAL] = ()
    everyone, autres = persons(lot.personnes)

    def of_role(id: str) -> Sequence[BAL]:
        return lot.bals.get(f"PractitionerRole/{id}", nothing)

    for one in everyone:
        person = fhir.practitioner(
            one.id_nat, one.lines, lot.bals.get(f"Practitioner/{fhir.practitioner_id(one.id_nat)}", nothing)
        )
        found = fhir.situations(one.id_nat, one.lines)
        roles = fhir.roles_of(one.id_nat, found, of_role)
        rows = projected(one, found, person, communes)
        situations.extend(row.line for row in rows)
        making.put(person, {row.town for row in rows if row.town})
        for role in roles:
            making.put(role)
    for values in structures(lot.structures):
        id = fhir.organization_id(fhir.structure_key(values))
        making.put(fhir.organization(values, lot.bals.get(f"Organization/{id}", nothing), communes))
    for gone in [one for one in lot.served if one not in making.made]:
        resource: Json = parse(unpack(lot.served[gone][2]))
        making.put(fhir.closed(resource))
    return Fait(making.lines.octets(), "".join(situations).encode(), making.versions, len(everyone), autres)


_communes: Mapping[str, str] = {}


def prepare(communes: Mapping[str, str]) -> None:
    """Give a process of its own the names of towns, once."""
    global _communes
    end_with_parent()
    _communes = communes
    _indexer()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)  # nothing here makes cycles, and there are many objects


def build_apart(lot: Lot, at: datetime) -> Fait:
    """`build`, in a process that was prepared."""
    return build(lot, at, _communes)


class Row(NamedTuple):
    """A row of the projection as COPY takes it, and its town."""

    line: str
    town: str


def projected(
    one: Personne, found: Mapping[str, tuple[str, Sequence[str]]], person: Json, communes: Mapping[str, str]
) -> list[Row]:
    """The rows of the projection of a person, from her `situations` and her Practitioner."""
    name = person["name"][0]
    plain = normalise(f"{name.get('family', '')} {' '.join(name.get('given', ()))}").strip()
    mots = "{" + ",".join(map(str, words(plain))) + "}"
    who = f"{one.cle}\t{person['id']}"
    rows: list[Row] = []
    for role, (_, values) in found.items():
        if not role and len(found) > 1:
            continue
        place = town(values[_A["commune"]] or communes.get(values[_A["code_commune"]], "") or values[_A["cedex"]])
        where = f"{_safe(values[_A['profession']])}\t{place}\t{_safe(values[_A['code_postal']])}"
        rows.append(Row(f"{who}\t{role or _NULL}\t{plain}\t{where}\t{mots}\n", place))
    if not rows:
        profession = next((values[2] for kind, values in one.lines if kind == Sorte.SAVOIR_FAIRE), "")
        rows.append(Row(f"{who}\t{_NULL}\t{plain}\t{_safe(profession)}\t\t\t{mots}\n", ""))
    return rows


@lru_cache(maxsize=65_536)
def town(text: str) -> str:
    """A town as it is compared: no accent, no CEDEX, no district number, "st" written out."""
    plain = normalise(fhir.without_code(text))
    parts = [{"st": "saint", "ste": "sainte"}.get(part, part) for part in plain.split() if part != "cedex"]
    while len(parts) > 1 and (parts[-1].isdigit() or parts[-1] in _DISTRICT):
        parts.pop()
    return " ".join(parts)


_DISTRICT: Final = frozenset({"arrondissement", "er", "e", "eme", *(f"{n}e" for n in range(2, 21)), "1er"})


def found_in(towns: Iterable[str], person: Json, keys: Keys) -> None:
    """Add to the keys of a Practitioner those of the search parameter `town`: each as it is compared, and with hyphens; beside
    the person's professions too.
    """
    parameters = _indexer().parameters
    parameter, pairs = parameters.of("Practitioner")["town"], parameters.pairs("Practitioner")
    for form in sorted({form for one in towns for form in (one, one.replace(" ", "-"))}):
        keys.toks.append(token.coded("Practitioner", "town", "", form))
        keys.strings.append(token.walked(parameter, form))
    assert pairs is not None
    keys.strings += list(pairs.rows_of_codes(person, keys.strings))


def words(plain: str) -> list[int]:
    """The keys of the words of a normalised name: whole, and by their beginnings."""
    return list({one for word in plain.split() for one in _word(word)})


@lru_cache(maxsize=65_536)
def _word(word: str) -> tuple[int, ...]:
    sizes = range(LETTERS, min(len(word), MOST_LETTERS) + 1)
    return (key("mot", word), *(key("debut", word[:size]) for size in sizes))


def _safe(text: str) -> str:
    return text.replace("\\", "").replace("\t", " ")
