"""From the lines of persons to the versions to write: resources built, compared with what is served, indexed, packed, written as
COPY takes them. Pure work of the processor: it runs in processes of its own when there is much of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
from socle.kernel.search.index import Indexer
from socle.kernel.search.normalise import normalise
from socle.kernel.search.types import token
from socle.kernel.store import Json, Keys, Op, Put
from socle.kernel.store.compression import unpack
from socle.kernel.store.postgres.rows import pack, put_version
from socle.kernel.store.postgres.switch import Lines

SITUATION: Final = ("personne", "praticien", "role", "nom", "profession", "commune", "postal", "mots")
LETTERS: Final = 3  # of a word, from which its beginnings are keys
MOST_LETTERS: Final = 7
_A: Final[Mapping[str, int]] = {name: place for place, name in enumerate(ACTIVITE.values())}


@dataclass(slots=True)
class Personne:
    """A person to build, from the columns kept of each line."""

    cle: int
    id_nat: str
    lines: list[tuple[str, list[str]]]


@dataclass(slots=True)
class Lot:
    """A batch of work: persons, structures, what is served of them, mailboxes by holder, the first free row.

    served  by key: (rid, version, packed body); what is served and not made again here has left
    """

    personnes: list[Personne] = field(default_factory=list)
    structures: list[list[str]] = field(default_factory=list)
    served: dict[int, tuple[int, int, bytes]] = field(default_factory=dict)
    bals: dict[str, list[BAL]] = field(default_factory=dict)
    rid: int = 0


@dataclass(slots=True)
class Fait:
    """What a batch made: lines for COPY by table, the projection of its persons, how many versions."""

    tables: dict[str, bytes]
    situations: bytes
    versions: int
    rids: int


@cache
def _indexer() -> Indexer:
    return Indexer(REGISTER_OF, r4())


class _Making:
    def __init__(self, lot: Lot, at: datetime) -> None:
        self.lot = lot
        self.at = at
        self.lines = Lines()
        self.next = lot.rid
        self.versions = 0
        self.made: set[int] = set()

    def put(self, resource: Json, towns: Iterable[str] = ()) -> None:
        """A version of this resource, found by these towns too, unless what is served says the same."""
        kind, id = resource["resourceType"], resource["id"]
        own = resource_key(kind, id)
        self.made.add(own)
        served = self.lot.served.get(own)
        if served is None:
            rid, number, op = self.next, 1, Op.CREATE
            self.next += 1
        else:
            rid, number, op = served[0], served[1] + 1, Op.UPDATE
            if fhir.same(parse(unpack(served[2])), resource):
                return
        keys = _indexer().keys(resource)
        found_in(towns, keys)
        version = put_version(Put(kind, id, resource, keys), number, self.at, op, rid)
        self.lines.add(version, pack.dictionary)
        self.versions += 1


def build(lot: Lot, at: datetime, communes: Mapping[str, str]) -> Fait:
    """Make a batch. `at`: the moment that the versions bear, UTC."""
    making = _Making(lot, at)
    situations: list[str] = []
    nothing: Sequence[BAL] = ()

    def of_role(id: str) -> Sequence[BAL]:
        return lot.bals.get(f"PractitionerRole/{id}", nothing)

    for one in lot.personnes:
        person = fhir.practitioner(
            one.id_nat, one.lines, lot.bals.get(f"Practitioner/{fhir.practitioner_id(one.id_nat)}", nothing)
        )
        roles = fhir.roles(one.id_nat, one.lines, of_role)
        rows = projected(one, person, communes)
        situations.extend(row.line for row in rows)
        making.put(person, {row.town for row in rows if row.town})
        for role in roles:
            making.put(role)
    for values in lot.structures:
        id = fhir.organization_id(fhir.structure_key(values))
        making.put(fhir.organization(values, lot.bals.get(f"Organization/{id}", nothing), communes))
    for gone in [one for one in lot.served if one not in making.made]:
        resource: Json = parse(unpack(lot.served[gone][2]))
        making.put(fhir.closed(resource))
    return Fait(making.lines.octets(), "".join(situations).encode(), making.versions, making.next - lot.rid)


class Row(NamedTuple):
    """A row of the projection as COPY takes it, and its town."""

    line: str
    town: str


def projected(one: Personne, person: Json, communes: Mapping[str, str]) -> list[Row]:
    """The rows of the projection of a person."""
    name = person["name"][0]
    family, given = name.get("family", ""), " ".join(name.get("given", ()))
    plain = normalise(f"{family} {given}").strip()
    mots = "{" + ",".join(map(str, words(plain))) + "}"
    praticien = person["id"]
    rows: dict[str, Row] = {}
    for kind, values in one.lines:
        if kind != Sorte.ACTIVITE:
            continue
        structure = fhir.structure_key(values[STRUCTURE_FROM:])
        role = (
            fhir.role_id(one.id_nat, structure, values)
            if structure or values[_A["genre"]] or values[_A["role"]]
            else ""
        )
        if role in rows:
            continue
        commune = values[_A["commune"]] or communes.get(values[_A["code_commune"]], "") or values[_A["cedex"]]
        place = town(commune)
        rows[role] = Row(
            f"{one.cle}\t{praticien}\t{role or chr(92) + 'N'}\t{plain}\t{_safe(values[_A['profession']])}\t"
            f"{place}\t{_safe(values[_A['code_postal']])}\t{mots}\n",
            place,
        )
    if len(rows) > 1:
        rows.pop("", None)
    if not rows:
        profession = next((values[2] for kind, values in one.lines if kind == Sorte.SAVOIR_FAIRE), "")
        rows[""] = Row(f"{one.cle}\t{praticien}\t\\N\t{plain}\t{_safe(profession)}\t\t\t{mots}\n", "")
    return list(rows.values())


@lru_cache(maxsize=65_536)
def town(text: str) -> str:
    """A town as it is compared: no accent, no CEDEX, no district number, "st" written out."""
    plain = normalise(fhir.without_code(text))
    parts = [{"st": "saint", "ste": "sainte"}.get(part, part) for part in plain.split() if part != "cedex"]
    while len(parts) > 1 and (parts[-1].isdigit() or parts[-1] in _DISTRICT):
        parts.pop()
    return " ".join(parts)


_DISTRICT: Final = frozenset({"arrondissement", "er", "e", "eme", *(f"{n}e" for n in range(2, 21)), "1er"})


def found_in(towns: Iterable[str], keys: Keys) -> None:
    """Add the keys of the search parameter `town`: each town as it is compared, and with hyphens."""
    parameter = _indexer().parameters.of("Practitioner")["town"]
    for form in sorted({form for one in towns for form in (one, one.replace(" ", "-"))}):
        keys.toks.append(token.coded("Practitioner", "town", "", form))
        keys.strings.append(token.walked(parameter, form))


def words(plain: str) -> list[int]:
    """The keys of the words of a normalised name: whole, and by their beginnings."""
    return list({one for word in plain.split() for one in _word(word)})


@lru_cache(maxsize=65_536)
def _word(word: str) -> tuple[int, ...]:
    sizes = range(LETTERS, min(len(word), MOST_LETTERS) + 1)
    return (key("mot", word), *(key("debut", word[:size]) for size in sizes))


def _safe(text: str) -> str:
    return text.replace("\\", "").replace("\t", " ")


Build = Callable[[Lot, datetime, Mapping[str, str]], Fait]


def communes_lacking(lot: Lot, communes: Mapping[str, str]) -> Mapping[str, str]:
    """The names of towns that this batch lacks."""
    names = list(ACTIVITE.values())
    code, name = names.index("code_commune"), names.index("commune")
    wanted = {
        values[code]
        for one in lot.personnes
        for kind, values in one.lines
        if kind == Sorte.ACTIVITE and not values[name]
    }
    wanted |= {values[code - STRUCTURE_FROM] for values in lot.structures if not values[name - STRUCTURE_FROM]}
    return {one: communes[one] for one in wanted if one in communes}
