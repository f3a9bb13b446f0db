"""A load takes effect: differences, facts and resources in one transaction. Set-based; memory does not grow with the files."""

from collections.abc import Callable, Sequence
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import orjson

from socle.foundations.structures.formats.shapes import SHAPES
from socle.foundations.structures.model import Json, Nature, Part, PartKind, Structure
from socle.foundations.structures.permissions import REGISTER
from socle.foundations.structures.store.showing import resources
from socle.kernel.audit import Trace
from socle.kernel.fhir.keys import key
from socle.kernel.search.repository import Repository
from socle.kernel.store import Change, Delete
from socle.kernel.store.database import Database, Whole

PAGE: Final = 400  # structures shown together
_LOCK: Final = key("lock", REGISTER, "load")
NATURES: Final = {1: Nature.EJ, 2: Nature.ET}
_PREPARE: Final = (
    # Fields on which each kind of line has a say: the others keep what another file said.
    "CREATE TEMP TABLE say (shape text PRIMARY KEY, fields text[]) ON COMMIT DROP",
    f"""CREATE TEMP TABLE next ON COMMIT DROP AS
    SELECT f.numero, f.kind, f.parent, f.sought, (coalesce(s.facts, '{{}}') - coalesce(say.fields, '{{}}')) || f.facts AS facts,
           s.facts AS old, s.parent AS old_parent, s.gone AS old_gone
    FROM (SELECT DISTINCT ON (kind, numero) * FROM {REGISTER}.stage WHERE load = $1 AND kind <= 2
          ORDER BY kind, numero, source DESC, line DESC) f
    LEFT JOIN say USING (shape) LEFT JOIN {REGISTER}.structure s USING (numero)""",
    "CREATE UNIQUE INDEX ON next (numero)",
    "ANALYZE next",
    f"""CREATE TEMP TABLE next_part ON COMMIT DROP AS
    SELECT DISTINCT ON (numero, kind, key) numero AS owner, kind, key, facts FROM {REGISTER}.stage
    WHERE load = $1 AND kind > 2 ORDER BY numero, kind, key, source DESC, line DESC""",
    "CREATE UNIQUE INDEX ON next_part (owner, kind, key)",
    "ANALYZE next_part",
)
_DIFFER: Final = """
    (SELECT jsonb_object_agg(k, {one} -> k) FROM jsonb_object_keys({old} || {new}) AS k
     WHERE {old} -> k IS DISTINCT FROM {new} -> k AND {one} ? k)
"""
_OLD: Final = "(n.old || jsonb_build_object('nofinessej', n.old_parent))"
_NEW: Final = "(n.facts || jsonb_build_object('nofinessej', n.parent))"
_CHANGES: Final = (
    # Created, changed, closed and opened again, by what the files say now and said before.
    f"""INSERT INTO {REGISTER}.change (load, numero, kind, key, event, before, after)
    SELECT $1, n.numero, n.kind, '',
        CASE WHEN n.old IS NULL THEN 1
             WHEN n.old_gone IS NOT NULL OR (n.old ? 'datefermeture' AND NOT n.facts ? 'datefermeture') THEN 4
             WHEN n.facts ? 'datefermeture' AND NOT n.old ? 'datefermeture' THEN 3
             ELSE 2 END,
        CASE WHEN n.old IS NOT NULL THEN {_DIFFER.format(one=_OLD, old=_OLD, new=_NEW)} END,
        CASE WHEN n.old IS NOT NULL THEN {_DIFFER.format(one=_NEW, old=_OLD, new=_NEW)} END
    FROM next n
    WHERE n.old IS NULL OR n.old <> n.facts OR n.old_parent <> n.parent OR n.old_gone IS NOT NULL""",
    # Complete files that leave a structure out: it is closed.
    f"""INSERT INTO {REGISTER}.change (load, numero, kind, key, event)
    SELECT $1, s.numero, s.nature, '', 3 FROM {REGISTER}.structure s
    WHERE NOT $2 AND s.gone IS NULL AND s.nature IN (SELECT DISTINCT kind FROM next)
        AND NOT EXISTS (SELECT FROM next n WHERE n.numero = s.numero)
        AND NOT s.facts ? 'datefermeture'""",
    f"""INSERT INTO {REGISTER}.change (load, numero, kind, key, event, before, after)
    SELECT $1, n.owner, n.kind, n.key, CASE WHEN p.facts IS NULL THEN 1 ELSE 2 END,
        CASE WHEN p.facts IS NOT NULL THEN {_DIFFER.format(one="p.facts", old="p.facts", new="n.facts")} END,
        CASE WHEN p.facts IS NOT NULL THEN {_DIFFER.format(one="n.facts", old="p.facts", new="n.facts")} ELSE n.facts END
    FROM next_part n LEFT JOIN {REGISTER}.part p USING (owner, kind, key)
    WHERE p.facts IS NULL OR p.facts <> n.facts""",
    f"""INSERT INTO {REGISTER}.change (load, numero, kind, key, event, before)
    SELECT $1, p.owner, p.kind, p.key, 5, p.facts FROM {REGISTER}.part p
    WHERE NOT $2 AND p.kind IN (SELECT DISTINCT kind FROM next_part)
        AND NOT EXISTS (SELECT FROM next_part n WHERE (n.owner, n.kind, n.key) = (p.owner, p.kind, p.key))""",
)
_APPLY: Final = (
    (
        f"""UPDATE {REGISTER}.structure s SET facts = n.facts, parent = n.parent, gone = NULL, load = $1,
        words = to_tsvector('simple', n.sought)
    FROM next n WHERE n.numero = s.numero
        AND (n.old <> n.facts OR n.old_parent <> n.parent OR n.old_gone IS NOT NULL)""",
        1,
    ),
    (
        f"""INSERT INTO {REGISTER}.structure (numero, nature, parent, load, words, facts)
    SELECT numero, kind, parent, $1, to_tsvector('simple', sought), facts FROM next WHERE old IS NULL
    ORDER BY numero""",
        1,
    ),
    (
        f"""UPDATE {REGISTER}.structure s SET gone = $2, load = $1 FROM {REGISTER}.change c
    WHERE c.load = $1 AND c.kind <= 2 AND c.event = 3 AND c.numero = s.numero
        AND NOT EXISTS (SELECT FROM next n WHERE n.numero = s.numero)""",
        2,
    ),
    (
        f"""INSERT INTO {REGISTER}.part (owner, kind, key, facts) SELECT owner, kind, key, facts FROM next_part
    ON CONFLICT (owner, kind, key) DO UPDATE SET facts = EXCLUDED.facts WHERE part.facts <> EXCLUDED.facts""",
        0,
    ),
    (
        f"""DELETE FROM {REGISTER}.part p USING {REGISTER}.change c
    WHERE c.load = $1 AND c.event = 5 AND (c.numero, c.kind, c.key) = (p.owner, p.kind, p.key)""",
        1,
    ),
    # What is to be shown again: what changed, and the establishments whose legal entity has just come.
    (
        f"""CREATE TEMP TABLE touched ON COMMIT DROP AS
    SELECT numero FROM {REGISTER}.change WHERE load = $1
    UNION SELECT s.numero FROM {REGISTER}.change c JOIN {REGISTER}.structure s ON s.parent = c.numero
        WHERE c.load = $1 AND c.kind = 1 AND c.event = 1""",
        1,
    ),
    ("ANALYZE touched", 0),
)
_SHOW: Final = f"""
SELECT s.numero, s.nature, s.parent, s.gone, s.facts,
    EXISTS (SELECT FROM {REGISTER}.structure e WHERE e.numero = s.parent AND e.nature = 1) AS known,
    (SELECT jsonb_agg(jsonb_build_array(p.kind, p.key, p.facts) ORDER BY p.kind, p.key) FROM {REGISTER}.part p
     WHERE p.owner = s.numero) AS parts,
    (SELECT jsonb_agg(jsonb_build_array(h.type, h.fid, encode(h.digest, 'hex'))) FROM {REGISTER}.shown h
     WHERE h.owner = s.numero) AS shown
FROM touched t JOIN {REGISTER}.structure s USING (numero) ORDER BY s.numero
"""
_COUNTS: Final = f"""
SELECT CASE WHEN kind = 1 THEN 'ej' WHEN kind = 2 THEN 'et' ELSE 'part' END AS what, event, count(*) AS n
FROM {REGISTER}.change WHERE load = $1 GROUP BY 1, 2
"""
EVENTS: Final = {1: "created", 2: "changed", 3: "closed", 4: "reopened", 5: "removed"}

Progress = Callable[[int, int], None]


async def settle(
    database: Database,
    repository: Repository,
    load: int,
    *,
    difference: bool,
    trace: Trace,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Make a staged load the register; answers how many of each were created, changed, closed ("et-created": 12 …).

    progress  called with (structures shown, in all)
    Raises: Problem; the register is then as it was.
    """
    async with database.whole(REGISTER, trace) as whole:
        await whole.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await whole.execute("SET LOCAL work_mem = '64MB'")
        for sql in _PREPARE:
            await (whole.execute(sql, load) if "$1" in sql else whole.execute(sql))
            if sql.startswith("CREATE TEMP TABLE say"):
                await _say(whole)
        for sql in _CHANGES:
            await (whole.execute(sql, load, difference) if "$2" in sql else whole.execute(sql, load))
        for sql, count in _APPLY:
            await whole.execute(sql, *(load, trace.at.date())[:count])
        await _show(whole, repository, trace.at.date(), progress)
        counts = {f"{row['what']}-{EVENTS[row['event']]}": row["n"] for row in await whole.query(_COUNTS, load)}
        counts["resources"] = whole.written
        await whole.execute(f"DELETE FROM {REGISTER}.stage WHERE load = $1", load)
        await whole.execute(
            f"UPDATE {REGISTER}.load SET state = 'kept', finished = $2, counts = $3::text::jsonb WHERE id = $1",
            load,
            trace.at,
            orjson.dumps(counts).decode(),
        )
        whole.detail = f"load {load}"
    return counts


async def show_owed(database: Database, repository: Repository, trace: Trace) -> int:
    """Show again the structures whose resources an older version of the house made otherwise; how many."""
    async with database.whole(REGISTER, trace) as whole:
        await whole.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await whole.execute(f"CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT numero FROM {REGISTER}.owed")
        [row] = await whole.query("SELECT count(*) AS n FROM touched")
        await _show(whole, repository, trace.at.date(), None)
        await whole.execute(f"DELETE FROM {REGISTER}.owed")
        whole.detail = f"{row['n']} structures shown again"
    return int(row["n"])


async def owes(database: Database) -> bool:
    """Whether structures wait to be shown again."""
    return bool(await database.query(f"SELECT FROM {REGISTER}.owed LIMIT 1"))


async def _say(whole: Whole) -> None:
    await whole.execute(
        "INSERT INTO say SELECT name, string_to_array(fields, ' ') FROM unnest($1::text[], $2::text[]) AS u(name, fields)",
        list(SHAPES),
        [" ".join(sorted(shape.fields)) for shape in SHAPES.values()],
    )


async def _show(whole: Whole, repository: Repository, today: date, progress: Progress | None) -> None:
    [row] = await whole.query("SELECT count(*) AS n FROM touched")
    total, done = row["n"], 0
    async for page in whole.pages(_SHOW, size=PAGE):
        changes: list[Change] = []
        kept: list[tuple[str, str, str, bytes]] = []
        gone: list[tuple[str, str, str]] = []
        for row in page:
            one, parts = structure_of(row), parts_of(row["numero"], row["parts"])
            before = {(type, id): digest for type, id, digest in orjson.loads(row["shown"] or "[]")}
            for resource in resources(one, parts, known=row["known"], today=today):
                name = (resource["resourceType"], resource["id"])
                digest = blake2b(orjson.dumps(resource), digest_size=12)
                if before.pop(name, "") != digest.hexdigest():
                    changes.append(repository.put(resource, id=name[1]))
                    kept.append((one.numero, *name, digest.digest()))
            changes += [Delete(type, id) for type, id in before]
            gone += [(one.numero, type, id) for type, id in before]
        await whole.put(changes)
        await _remember(whole, kept, gone)
        done += len(page)
        if progress is not None:
            progress(done, total)


async def _remember(
    whole: Whole, kept: Sequence[tuple[str, str, str, bytes]], gone: Sequence[tuple[str, str, str]]
) -> None:
    if kept:
        await whole.execute(
            f"INSERT INTO {REGISTER}.shown (owner, type, fid, digest) "
            "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[]) "
            "ON CONFLICT (owner, type, fid) DO UPDATE SET digest = EXCLUDED.digest",
            *(list(column) for column in zip(*kept, strict=True)),
        )
    if gone:
        await whole.execute(
            f"DELETE FROM {REGISTER}.shown WHERE (owner, type, fid) IN "
            "(SELECT * FROM unnest($1::text[], $2::text[], $3::text[]))",
            *(list(column) for column in zip(*gone, strict=True)),
        )


def structure_of(row: Any) -> Structure:
    """The structure that a row of `structure` holds."""
    facts: Json = orjson.loads(row["facts"])
    return Structure(row["numero"], NATURES[row["nature"]], row["parent"], facts, row["gone"])


def parts_of(owner: str, said: str | None) -> list[Part]:
    """Parts, as a page of structures brings them."""
    return [Part(PartKind(kind), owner, key, facts) for kind, key, facts in orjson.loads(said or "[]")]
