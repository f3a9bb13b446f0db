"""Finding professionals: the projection says who, the resources say what."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import permutations
from typing import Any, Final

import orjson

from socle.foundations.people.model import BAL, ID_NAT_PS, Adresse, Professionnel, Situation
from socle.foundations.people.permissions import REGISTER
from socle.foundations.people.store.building import LETTERS, MOST_LETTERS, town
from socle.foundations.people.store.fhir import FINESS, INSEE_CODE, RPPS, SIRENE, bal_of
from socle.kernel.fhir.keys import key, resource_key
from socle.kernel.search.normalise import normalise
from socle.kernel.search.repository import Repository
from socle.kernel.search.sql import LAST
from socle.kernel.search.types.token import coded, identifier_token
from socle.kernel.store import STORED_COLUMNS, Json, Stored
from socle.kernel.store.database import Database

S: Final = REGISTER
_KNOWN: Final = 1_000  # found at most by words in the midst of a name, before they are put in order
_ORDERED: Final = 3  # words that are looked for in every order
_COUNTED: Final = 2_000  # professionals that a town, or a name, is counted up to
_SPECIALISTS: Final = 2_000  # of a specialty, put in order at most

Labels = Mapping[tuple[str, str], str]


async def ids_of(
    database: Database, words: str, profession: str, commune: str, postal: str, *, count: int, offset: int
) -> list[str]:
    """Ids of Practitioners whose name has these words (or their beginnings), of this profession, who practise there. First
    those who have no other name, then those whose name begins so, whichever of family and given name was typed first, then those
    who have the words elsewhere; in the order of names.
    """
    typed = normalise(words).split()
    where: list[str] = []
    args: list[Any] = []

    def arg(value: Any) -> str:
        args.append(value)
        return f"${len(args)}"

    if commune:
        where.append(f"commune = {arg(town(commune))}")
    if profession:
        where.append(f"profession = {arg(profession)}")
    if postal:
        where.append(_postal(postal, arg))
    page, most = f"LIMIT {arg(count)} OFFSET {arg(offset)}", arg((offset + count) * 4)

    def some(rank: int, *more: str) -> str:
        """Those of a rank, read in the order of an index; who has two situations there comes twice in a row."""
        condition = " AND ".join((*where, *more)) or "true"
        named = f"SELECT {rank} AS rang, nom, praticien FROM {S}.situation WHERE {condition}"
        return f"({named} ORDER BY nom, praticien LIMIT {most})"

    async def found(parts: Sequence[str]) -> list[str]:
        every = " UNION ALL ".join(parts)
        sql = f"SELECT DISTINCT rang, nom, praticien FROM ({every}) AS s ORDER BY rang, nom, praticien {page}"
        return [row["praticien"] for row in await database.query(sql, *args)]

    if not typed:
        return await found([some(0)])
    orders = permutations(typed) if len(typed) <= _ORDERED else [typed]
    texts = list(dict.fromkeys(" ".join(one) for one in orders))
    whole = f"nom = ANY({arg(texts)}::text[])"
    begun = [f"nom > {arg(text)} AND nom < {arg(text + LAST)}" for text in texts]
    parts = [some(0, whole), *(some(1, one) for one in begun)]
    first = await found(parts)
    if len(first) == count:
        return first
    elsewhere = [f"NOT ({' OR '.join((whole, *begun))})"]
    if keys := [_key(word) for word in typed if len(word) >= LETTERS]:
        elsewhere.append(f"mots @> {arg(keys)}::bigint[]")
    unsure = [word for word in typed if not LETTERS <= len(word) <= MOST_LETTERS]
    elsewhere += [f"(' ' || nom) LIKE {arg('% ' + word + '%')}" for word in unsure]
    condition = " AND ".join((*where, *elsewhere))
    parts.append(f"(SELECT 2 AS rang, nom, praticien FROM {S}.situation WHERE {condition} LIMIT {_KNOWN})")
    return await found(parts)


async def specialists(
    repository: Repository,
    specialties: Sequence[str],
    words: str,
    profession: str,
    commune: str,
    postal: str,
    *,
    count: int,
    offset: int,
) -> list[str]:
    """Ids of Practitioners who have one of these know-hows: as `ids_of`, in the order of family names. Of very many, two
    thousand are put in order.
    """
    names = repository.indexer.parameters.of("Practitioner")
    args: list[Any] = [repository.definitions.type_code("Practitioner"), names["family"].key]

    def arg(value: Any) -> str:
        args.append(value)
        return f"${len(args)}"

    def tokens(name: str, codes: Sequence[str]) -> list[int]:
        return [coded("Practitioner", name, "", code) for code in codes]

    where = ["NOT r.deleted", "r.type = $1", f"r.toks && {arg(tokens('qualification-code', specialties))}::bigint[]"]
    sure = tokens("town", [town(commune)] if commune else []) + tokens(
        "qualification-code", [profession] if profession else []
    )
    if sure:
        where.append(f"r.toks @> {arg(sure)}::bigint[]")
    where += [
        f"EXISTS (SELECT FROM {S}.ix_str n WHERE n.rid = r.rid AND n.param = {arg(names['name'].key)} "
        f"AND (' ' || n.value) LIKE {arg('% ' + word + '%')})"
        for word in normalise(words).split()
    ]
    if postal:
        where.append(f"r.fid IN (SELECT praticien FROM {S}.situation WHERE {_postal(postal, arg)})")
    rows = await repository.store.query(
        f"SELECT k.fid FROM (SELECT r.rid, r.fid FROM {S}.resource r WHERE {' AND '.join(where)} LIMIT {_SPECIALISTS}) AS k "
        f"LEFT JOIN LATERAL (SELECT min(s.value) AS nom FROM {S}.ix_str s WHERE s.rid = k.rid AND s.param = $2) AS n ON true "
        f"ORDER BY n.nom, k.fid LIMIT {arg(count)} OFFSET {arg(offset)}",
        *args,
    )
    return [row["fid"] for row in rows]


def _postal(postal: str, arg: Callable[[Any], str]) -> str:
    """Of a situation: this postal code, or its beginning."""
    if len(postal) >= 5:
        return f"postal = {arg(postal)}"
    return f"postal >= {arg(postal)} AND postal < {arg(postal + '~')}"


async def towns(database: Database, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Of these names, those of towns where professionals practise: how many do, and how many bear it; counted to two thousand."""
    forms = {name: town(name) for name in names}
    rows = await database.query(
        f"SELECT n.form, t.there FROM unnest($1::text[]) AS n (form), LATERAL (SELECT count(*) AS there FROM "
        f"(SELECT FROM {S}.situation s WHERE s.commune = n.form LIMIT {_COUNTED}) AS c) AS t WHERE t.there > 0",
        sorted({form for form in forms.values() if form}),
    )
    there = {row["form"]: row["there"] for row in rows}
    keys = {form: [_key(word) for word in form.split() if len(word) >= LETTERS] for form in there}
    asked = [form for form in there if keys[form]]
    named = dict.fromkeys(there, 0)
    if asked:
        counts = " UNION ALL ".join(
            f"SELECT {n} AS n, count(*) AS c FROM (SELECT FROM {S}.situation WHERE mots @> ${n + 1}::bigint[] LIMIT {_COUNTED}) "
            f"AS s{n}"
            for n in range(len(asked))
        )
        for row in await database.query(counts, *(keys[form] for form in asked)):
            named[asked[row["n"]]] = row["c"]
    return {name: (there[form], named[form]) for name, form in forms.items() if form in there}


def _key(word: str) -> int:
    """The key of a typed word: all names that begin with it."""
    return key("debut", word[:MOST_LETTERS])


async def professionnels(repository: Repository, database: Database, ids: Sequence[str]) -> list[Professionnel]:
    """Persons with their situations, structures and mailboxes, in the order of `ids`; three questions for all."""
    if not ids:
        return []
    store, labels = repository.store, await labels_of(database)
    reference = repository.indexer.parameters.of("PractitionerRole")["practitioner"].reference
    keys = [resource_key("Practitioner", id) for id in ids]
    persons, roles = await asyncio.gather(
        store.read_many([("Practitioner", id) for id in ids]),
        store.query(
            f"SELECT {STORED_COLUMNS} FROM {S}.resource r WHERE r.toks && $1::bigint[]",
            [reference ^ one for one in keys],
        ),
    )
    of: dict[str, list[Json]] = {}
    for row in roles:
        role: Json = orjson.loads(store.stored(row).body)
        if role["active"]:
            of.setdefault(role["practitioner"]["reference"], []).append(role)
    places = {
        role["organization"]["reference"].partition("/")[2]
        for some in of.values()
        for role in some
        if "organization" in role
    }
    structures = await store.read_many([("Organization", id) for id in sorted(places)])
    named = {one.id: orjson.loads(one.body) for one in structures}
    found = {one.id: _professionnel(one, of.get(f"Practitioner/{one.id}", ()), named, labels) for one in persons}
    return [found[id] for id in ids if id in found]


async def id_of(repository: Repository, database: Database, number: str) -> str | None:
    """The id of the Practitioner of an RPPS number or of a national identification, None when there is none."""
    system, value = (RPPS, number) if len(number) == 11 else (ID_NAT_PS, number)
    rows = await database.query(
        f"SELECT fid FROM {S}.resource WHERE toks @> $1::bigint[] AND NOT deleted",
        [identifier_token("Practitioner", "identifier", system, value)],
    )
    return rows[0]["fid"] if rows else None


async def structure_of(repository: Repository, text: str) -> str | None:
    """The id of the Organization that a FINESS or SIRET number, or its own id, names; None when none has it."""
    tokens = [identifier_token("Organization", "identifier", system, text) for system in (FINESS, SIRENE)]
    rows = await repository.store.query(
        f"SELECT fid FROM {S}.resource WHERE (toks && $1::bigint[] OR key = $2) AND NOT deleted LIMIT 1",
        tokens,
        resource_key("Organization", text),
    )
    return rows[0]["fid"] if rows else None


_labels: dict[int, tuple[int, dict[tuple[str, str], str]]] = {}


async def labels_of(database: Database) -> Labels:
    """Names of codes, as the files gave them (towns apart); read again after each load."""
    [row] = await database.query(f"SELECT coalesce(max(id), 0) AS lot FROM {S}.lot WHERE etat = 'servi'")
    known = _labels.get(id(database))
    if known is None or known[0] != row["lot"]:
        rows = await database.query(f"SELECT * FROM {S}.libelle WHERE nomenclature <> 'commune'")
        known = row["lot"], {(one["nomenclature"], one["code"]): one["nom"] for one in rows}
        _labels.clear()
        _labels[id(database)] = known
    return known[1]


async def professions(database: Database) -> list[tuple[str, str]]:
    """(code, name) of the professions that the files name, by name."""
    rows = await database.query(
        f"SELECT code, nom FROM {S}.libelle WHERE nomenclature = 'profession' ORDER BY nom, code"
    )
    return [(row["code"], row["nom"]) for row in rows]


async def specialties(database: Database) -> list[tuple[str, str]]:
    """(code, name) of the know-hows that the files name, by name."""
    labels = await labels_of(database)
    known = [(code, name) for (table, code), name in labels.items() if table == "savoir_faire"]
    return sorted(known, key=lambda one: (one[1], one[0]))


# -- from resources ----------------------------------------------------------------------------------------------------


def _professionnel(
    stored: Stored, roles: Iterable[Json], structures: Mapping[str, Json], labels: Labels
) -> Professionnel:
    person: Json = orjson.loads(stored.body)
    name = person.get("name", [{}])[0]
    numbers = {one["system"]: one["value"] for one in person.get("identifier", ())}
    profession = categorie = ""
    know_how: list[str] = []
    degrees: list[str] = []
    for one in person.get("qualification", ()):
        for coding in one["code"].get("coding", ()):
            code, table = coding["code"], _table(coding.get("system", ""))
            if table in ("G15", "R94", "R95"):
                profession = profession or code
            elif table == "R09":
                categorie = categorie or code
            elif table in ("R48", "R49", "R55"):
                degrees.append(labels.get(("diplome", code), code))
            elif table not in ("R04", "R14"):
                know_how.append(labels.get(("savoir_faire", code), code))
    return Professionnel(
        stored.id,
        numbers.get(ID_NAT_PS, ""),
        numbers.get(RPPS, ""),
        name.get("family", ""),
        " ".join(name.get("given", ())),
        " ".join(name.get("suffix", ()) or name.get("prefix", ())),
        profession,
        labels.get(("profession", profession), profession),
        labels.get(("categorie", categorie), categorie),
        tuple(know_how),
        tuple(degrees),
        tuple(sorted((_situation(role, structures, labels) for role in roles), key=lambda one: one.id)),
        _bals(person),
        bool(person.get("active", True)),
    )


@lru_cache(maxsize=1024)
def _table(system: str) -> str:
    """The number of a nomenclature: "…/TRE-G15-ProfessionSante" is G15."""
    return system.rpartition("/TRE-")[2].partition("-")[0]


def _situation(role: Json, structures: Mapping[str, Json], labels: Labels) -> Situation:
    codes: dict[str, str] = {}
    for one in role.get("code", ()):
        for coding in one.get("coding", ()):
            codes[_table(coding.get("system", ""))] = coding["code"]
    function = codes.get("R21") or codes.get("R96") or ""
    id = role.get("organization", {}).get("reference", "").partition("/")[2]
    place = structures.get(id, {})
    numbers = {one["system"]: one["value"] for one in place.get("identifier", ())}
    kinds = [
        coding["code"]
        for one in place.get("type", ())
        for coding in one.get("coding", ())
        if "TRE_R02" in coding["system"]
    ]
    return Situation(
        role["id"],
        id,
        place.get("name", ""),
        labels.get(("mode", codes.get("R23", "")), codes.get("R23", "")),
        labels.get(("role", function), function),
        labels.get(("genre", codes.get("R22", "")), codes.get("R22", "")),
        labels.get(("secteur", kinds[0]), kinds[0]) if kinds else "",
        _adresse(place),
        next((one["value"] for one in place.get("telecom", ()) if one["system"] == "phone"), ""),
        numbers.get(FINESS, ""),
        numbers.get(SIRENE, "") if len(numbers.get(SIRENE, "")) == 14 else "",
        (*_bals(role), *_bals(place)),
    )


def _adresse(place: Json) -> Adresse:
    for one in place.get("address", ()):
        codes = [e["valueCoding"]["code"] for e in one.get("extension", ()) if e.get("url") == INSEE_CODE]
        return Adresse(
            tuple(one.get("line", ())), one.get("postalCode", ""), one.get("city", ""), codes[0] if codes else ""
        )
    return Adresse()


def _bals(holder: Json) -> tuple[BAL, ...]:
    found = (bal_of(point) for point in holder.get("telecom", ()) if "extension" in point)
    return tuple(bal for bal in found if bal is not None)
