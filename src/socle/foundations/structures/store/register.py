"""The register as it is read: one structure with all that is attached to it, a search by words, what loads did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import orjson

from socle.foundations.structures.model import Fiche, Group, Part, PartKind, Structure
from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.rules.words import wanted
from socle.foundations.structures.store.settling import EVENTS, structure_of
from socle.kernel.store import Row

_COLUMNS: Final = "numero, nature, parent, gone, facts"
MOST_SITES: Final = 200
MOST_MEMBERS: Final = 50


class Asked(Protocol):
    """Whoever can be asked: the house's database, or the store of the register."""

    async def query(self, sql: str, *args: Any) -> list[Row]:
        """The rows."""


@dataclass(frozen=True, slots=True)
class Load:
    """A load, ended or not."""

    id: int
    begun: datetime
    finished: datetime | None
    state: str
    difference: bool
    files: tuple[str, ...]
    who: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Changed:
    """What a load did to a structure, or to a part of it (kind above 2)."""

    load: int
    at: datetime
    numero: str
    name: str
    kind: int
    key: str
    event: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Placed:
    """A structure with its position, for lists and maps."""

    structure: Structure
    lat: float | None
    lon: float | None


async def structures(database: Asked, numbers: Sequence[str]) -> list[Structure]:
    """Those that are there, in the order of their numbers."""
    rows = await database.query(
        f"SELECT {_COLUMNS} FROM {REGISTER}.structure WHERE numero = ANY($1::text[]) ORDER BY numero",
        list(numbers),
    )
    return [structure_of(row) for row in rows]


async def sites(database: Asked, entity: str, most: int = MOST_SITES) -> tuple[list[Structure], int]:
    """The establishments of a legal entity (the first `most`), and how many there are."""
    rows = await database.query(
        f"SELECT {_COLUMNS}, count(*) OVER () AS total FROM {REGISTER}.structure WHERE parent = $1 ORDER BY numero LIMIT $2",
        entity,
        most,
    )
    return [structure_of(row) for row in rows], rows[0]["total"] if rows else 0


async def fiche(database: Asked, numero: str) -> Fiche | None:
    """A structure and all that is attached to it; None when it is not in the register."""
    found = await structures(database, [numero])
    if not found:
        return None
    [one] = found
    rows = await database.query(
        f"SELECT kind, key, facts FROM {REGISTER}.part WHERE owner = $1 ORDER BY kind, key",
        numero,
    )
    parts = tuple(Part(PartKind(row["kind"]), numero, row["key"], orjson.loads(row["facts"])) for row in rows)
    under, total = await sites(database, one.parent or one.numero)
    entity = next(iter(await structures(database, [one.parent])), None) if one.parent else None
    return Fiche(one, parts, entity, tuple(under), total, await _groups(database, one, parts))


async def _groups(database: Asked, one: Structure, parts: Sequence[Part]) -> tuple[Group, ...]:
    """The groups of a structure, and itself if it is one, with their first members."""
    roles = {part.key: str(part.facts.get("role", "")) for part in parts if part.kind is PartKind.GROUP}
    rows = await database.query(
        f"""SELECT k.key, m.*, t.total FROM unnest($1::text[]) AS k(key)
        CROSS JOIN LATERAL (SELECT count(*) AS total FROM {REGISTER}.part p WHERE p.kind = 12 AND p.key = k.key) t
        CROSS JOIN LATERAL (SELECT p.facts AS said, s.numero, s.nature, s.parent, s.gone, s.facts FROM {REGISTER}.part p
            JOIN {REGISTER}.structure s ON s.numero = p.owner WHERE p.kind = 12 AND p.key = k.key
            ORDER BY p.owner LIMIT $2) m
        ORDER BY k.key, m.numero""",
        [*roles, f"gco-{one.numero}"],
        MOST_MEMBERS,
    )
    found: dict[str, list[tuple[Structure, dict[str, Any], int]]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append((structure_of(row), orjson.loads(row["said"]), row["total"]))
    return tuple(
        Group(
            members[0][1],
            roles.get(key, ""),
            tuple((member, str(said.get("role", ""))) for member, said, _ in members),
            members[0][2],
        )
        for key, members in found.items()
    )


async def search(
    database: Asked, text: str, *, nature: int = 0, departement: str = "", offset: int = 0, count: int = 50
) -> tuple[list[Placed], int]:
    """Structures that have all the words of `text` (each may be the beginning of one), open ones first; how many there are."""
    rows = await database.query(
        f"""SELECT {_COLUMNS}, count(*) OVER () AS total,
            (SELECT p.facts FROM {REGISTER}.part p WHERE p.owner = s.numero AND p.kind = 3 LIMIT 1) AS geo
        FROM {REGISTER}.structure s
        WHERE ($1 = '' OR words @@ to_tsquery('simple', $1)) AND ($2 = 0 OR nature = $2)
            AND ($3 = '' OR facts ->> 'departement' = $3)
        ORDER BY (gone IS NOT NULL OR facts ? 'datefermeture'), nature DESC, facts ->> 'rs', numero OFFSET $4 LIMIT $5""",
        wanted(text),
        nature,
        departement,
        offset,
        count,
    )
    return [_placed(row) for row in rows], rows[0]["total"] if rows else 0


async def around(database: Asked, departement: str, most: int = 3_000) -> list[Placed]:
    """The establishments of a department that have a position."""
    rows = await database.query(
        f"""SELECT s.numero, nature, parent, gone, s.facts, p.facts AS geo FROM {REGISTER}.structure s
        JOIN {REGISTER}.part p ON p.owner = s.numero AND p.kind = 3
        WHERE s.facts ->> 'departement' = $1 AND nature = 2 AND gone IS NULL LIMIT $2""",
        departement,
        most,
    )
    return [_placed(row) for row in rows]


def _placed(row: Any) -> Placed:
    geo = orjson.loads(row["geo"]) if row["geo"] else {}
    return Placed(structure_of(row), geo.get("lat"), geo.get("lon"))


async def towns(database: Asked, names: Sequence[str]) -> list[str]:
    """Those of these names (capitals, no accents) that a town with structures has, or begins its districts' ("PARIS 13")."""
    rows = await database.query(
        f"""SELECT n.name FROM unnest($1::text[]) AS n(name) WHERE EXISTS (
            SELECT FROM {REGISTER}.structure s WHERE (s.facts ->> 'libcommune') COLLATE "C" = n.name COLLATE "C")
        OR EXISTS (SELECT FROM {REGISTER}.structure s WHERE (s.facts ->> 'libcommune') COLLATE "C" >= n.name || ' 0'
            AND (s.facts ->> 'libcommune') COLLATE "C" < n.name || ' :')""",
        list(names),
    )
    return [row["name"] for row in rows]


async def positions(
    database: Asked, numbers: Sequence[str], communes: Sequence[str]
) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """Where establishments are, by number; and where those of communes (COG codes) are on average, by code."""
    rows = await database.query(
        f"""SELECT 1 AS what, owner AS name, (facts ->> 'lat')::float8 AS lat, (facts ->> 'lon')::float8 AS lon
        FROM {REGISTER}.part WHERE kind = 3 AND owner = ANY($1::text[]) AND facts ? 'lat'
        UNION ALL SELECT 2, c.code, avg((p.facts ->> 'lat')::float8), avg((p.facts ->> 'lon')::float8)
        FROM unnest($2::text[]) AS c(code) JOIN {REGISTER}.structure s ON s.facts ->> 'cog' = c.code
        JOIN {REGISTER}.part p ON p.owner = s.numero AND p.kind = 3 GROUP BY c.code""",
        list(numbers),
        list(communes),
    )
    found: tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]] = ({}, {})
    for row in rows:
        if row["lat"] is not None:
            found[row["what"] - 1][row["name"]] = (row["lat"], row["lon"])
    return found


_last_counts: list[tuple[Asked, int, dict[str, int]]] = []


async def counts(database: Asked) -> dict[str, int]:
    """How many legal entities, establishments (open ones), parts of each kind: counted again after each load."""
    [last] = await database.query(
        f"SELECT coalesce(max(id), 0) AS id FROM {REGISTER}.load WHERE state = 'kept'",
    )
    for asked, load, known in _last_counts:
        if asked is database and load == last["id"]:
            return known
    found = await _counted(database)
    _last_counts[:] = [(database, last["id"], found)]
    return found


async def _counted(database: Asked) -> dict[str, int]:
    rows = await database.query(
        f"SELECT nature AS kind, count(*) FILTER (WHERE gone IS NULL AND NOT facts ? 'datefermeture') AS n "
        f"FROM {REGISTER}.structure GROUP BY nature UNION ALL SELECT kind, count(*) FROM {REGISTER}.part GROUP BY kind"
    )
    return {str(row["kind"]): row["n"] for row in rows}


async def loads(database: Asked, most: int = 50) -> list[Load]:
    """Loads, the last one first."""
    rows = await database.query(
        f"SELECT * FROM {REGISTER}.load ORDER BY id DESC LIMIT $1",
        most,
    )
    return [_load(row) for row in rows]


async def load(database: Asked, id: int) -> Load | None:
    """One load."""
    rows = await database.query(f"SELECT * FROM {REGISTER}.load WHERE id = $1", id)
    return _load(rows[0]) if rows else None


def _load(row: Any) -> Load:
    files = tuple(one["name"] for one in orjson.loads(row["sources"]))
    said = orjson.loads(row["counts"])
    return Load(row["id"], row["begun"], row["finished"], row["state"], row["difference"], files, row["who_name"], said)


async def faults(database: Asked, id: int) -> list[Mapping[str, Any]]:
    """What was wrong in a load, in the order of its files."""
    return await database.query(f"SELECT * FROM {REGISTER}.fault WHERE load = $1 ORDER BY n", id)


_CHANGED: Final = f"""
SELECT c.*, l.finished, coalesce(s.facts ->> 'rslongue', s.facts ->> 'rs', c.numero) AS name, count(*) OVER () AS total
FROM {REGISTER}.change c JOIN {REGISTER}.load l ON l.id = c.load LEFT JOIN {REGISTER}.structure s USING (numero)
"""


async def changes(
    database: Asked, id: int, *, event: int = 0, whole: bool = True, offset: int = 0, count: int = 100
) -> tuple[list[Changed], int]:
    """What a load did; `whole`: to structures only, else to what is attached to them. And how many changes there are."""
    rows = await database.query(
        f"{_CHANGED} WHERE c.load = $1 AND ($2 = 0 OR c.event = $2) AND (c.kind <= 2) = $3 "
        "ORDER BY c.event, c.numero, c.kind, c.key OFFSET $4 LIMIT $5",
        id,
        event,
        whole,
        offset,
        count,
    )
    return [_changed(row) for row in rows], rows[0]["total"] if rows else 0


async def history(database: Asked, numero: str, most: int = 200) -> list[Changed]:
    """What loads did to a structure, the last one first."""
    rows = await database.query(
        f"{_CHANGED} WHERE c.numero = $1 ORDER BY c.load DESC, c.kind, c.key LIMIT $2", numero, most
    )
    return [_changed(row) for row in rows]


def _changed(row: Any) -> Changed:
    return Changed(
        row["load"],
        row["finished"],
        row["numero"],
        row["name"],
        row["kind"],
        row["key"],
        EVENTS[row["event"]],
        orjson.loads(row["before"] or "{}"),
        orjson.loads(row["after"] or "{}"),
    )
