"""The statements that keep what the rules concluded: as many as there are tables, however many records came in."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from socle.foundations.ins.index.model import Act, Identifier, Moved, Portrait, Regrouping, State
from socle.kernel.audit import Trace
from socle.kernel.store import Row

Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record as its row keeps it, its person apart."""

    key: int
    fid: str
    local: Identifier
    state: State
    replaced: int | None
    portrait: Portrait
    blocks: tuple[int, ...]


def text_of(portrait: Portrait) -> str:
    """A portrait as its column keeps it."""
    return orjson.dumps(portrait.dump()).decode()


def portrait_of(row: Row) -> Portrait:
    """The portrait in a row of `record`."""
    return Portrait.load(orjson.loads(row["portrait"]))


def of_records(schema: str, rows: Sequence[RecordRow], moved: Mapping[int, Moved], at: datetime) -> list[Statement]:
    """Records, new or changed, each written once: with the person that it goes to, or stays with when it did not move."""
    if not rows:
        return []
    sql = (
        f"INSERT INTO {schema}.record AS r (key, fid, domain, local, state, replaced, portrait, blocks, fed, "
        "person, why, weight, thanks) SELECT key, fid, domain, local, state, replaced, portrait, blocks::bigint[], $9, "
        "nullif(person, '')::uuid, why, weight, thanks FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], "
        "$5::int[], $6::bigint[], $7::text[], $8::text[], $10::text[], $11::text[], $12::real[], $13::bigint[]) "
        "AS n(key, fid, domain, local, state, replaced, portrait, blocks, person, why, weight, thanks) "
        "ON CONFLICT (key) DO UPDATE SET state = EXCLUDED.state, replaced = EXCLUDED.replaced, "
        "portrait = EXCLUDED.portrait, blocks = EXCLUDED.blocks, fed = EXCLUDED.fed, "
        "person = CASE WHEN EXCLUDED.why = '' THEN r.person ELSE EXCLUDED.person END, "
        "weight = CASE WHEN EXCLUDED.why = '' THEN r.weight ELSE EXCLUDED.weight END, "
        "thanks = CASE WHEN EXCLUDED.why = '' THEN r.thanks ELSE EXCLUDED.thanks END, "
        "why = CASE WHEN EXCLUDED.why = '' THEN r.why ELSE EXCLUDED.why END"
    )
    nowhere = Moved(0, "", "", "")
    goes = [moved.get(row.key, nowhere) for row in rows]
    return [
        (
            sql,
            [
                [row.key for row in rows],
                [row.fid for row in rows],
                [row.local.system for row in rows],
                [row.local.value for row in rows],
                [int(row.state) for row in rows],
                [row.replaced for row in rows],
                [text_of(row.portrait) for row in rows],
                ["{" + ",".join(map(str, row.blocks)) + "}" for row in rows],
                at,
                [one.after for one in goes],
                [one.why for one in goes],
                [one.weight for one in goes],
                [one.thanks_to for one in goes],
            ],
        )
    ]


def of_domains(schema: str, domains: Mapping[str, str], at: datetime) -> list[Statement]:
    """Domains heard of for the first time: system -> structure that feeds it."""
    if not domains:
        return []
    sql = (
        f"INSERT INTO {schema}.domain (system, structure, since) SELECT s, o, $3 "
        "FROM unnest($1::text[], $2::text[]) AS n(s, o) ON CONFLICT DO NOTHING"
    )
    return [(sql, [list(domains), list(domains.values()), at])]


def of_regrouping(
    schema: str, done: Regrouping, trace: Trace, *, said: str = "", written: Collection[int] = ()
) -> list[Statement]:
    """Persons, links, pairs and history that follow.

    said     the reason of whoever decided, "" when nobody did
    written  records that `of_records` puts in their person already
    """
    at = trace.at
    statements: list[Statement] = []
    if done.made:
        sql = f"INSERT INTO {schema}.person (id, since) SELECT p::uuid, $2 FROM unnest($1::text[]) AS p"
        statements.append((sql, [done.made, at]))
    if done.closed:
        sql = (
            f"UPDATE {schema}.person SET closed = $3, kept_as = nullif(n.kept_as, '')::uuid "
            "FROM unnest($1::text[], $2::text[]) AS n(id, kept_as) WHERE person.id = n.id::uuid"
        )
        statements.append((sql, [list(done.closed), list(done.closed.values()), at]))
    statements += _of_moved(schema, [one for one in done.moved.values() if one.key not in written])
    statements += _of_pairs(schema, done, at)
    statements += of_acts(schema, done.acts, trace, said)
    return statements


def _of_moved(schema: str, moved: Sequence[Moved]) -> list[Statement]:
    if not moved:
        return []
    sql = (
        f"UPDATE {schema}.record SET person = nullif(n.person, '')::uuid, why = n.why, weight = n.weight, "
        "thanks = n.thanks FROM unnest($1::bigint[], $2::text[], $3::text[], $4::real[], $5::bigint[]) "
        "AS n(key, person, why, weight, thanks) WHERE record.key = n.key"
    )
    return [
        (
            sql,
            [
                [one.key for one in moved],
                [one.after for one in moved],
                [one.why for one in moved],
                [one.weight for one in moved],
                [one.thanks_to for one in moved],
            ],
        )
    ]


def _of_pairs(schema: str, done: Regrouping, at: datetime) -> list[Statement]:
    """Pairs that came into doubt; those of the records reviewed that no longer are go void, as do those now linked."""
    statements: list[Statement] = []
    if done.reviewed or done.moved:
        touched = list({*done.reviewed, *done.moved})
        sql = (
            f"UPDATE {schema}.pair p SET state = 'void' WHERE p.state IN ('doubtful', 'later') "
            "AND (p.a = ANY($1::bigint[]) OR p.b = ANY($1::bigint[])) AND ("
            "(p.state = 'doubtful' AND (p.a = ANY($2::bigint[]) OR p.b = ANY($2::bigint[]))) OR EXISTS "
            f"(SELECT FROM {schema}.record x, {schema}.record y WHERE x.key = p.a AND y.key = p.b "
            "AND (x.person = y.person OR x.state <> 1 OR y.state <> 1)))"
        )
        statements.append((sql, [touched, done.reviewed]))
    if pairs := list(done.pairs.values()):
        sql = (
            f"INSERT INTO {schema}.pair (a, b, state, weight, reason, since) "
            "SELECT a, b, 'doubtful', w, r, $5 FROM unnest($1::bigint[], $2::bigint[], $3::real[], $4::text[]) "
            "AS n(a, b, w, r) ON CONFLICT (a, b) DO UPDATE SET state = 'doubtful', weight = EXCLUDED.weight, "
            "reason = EXCLUDED.reason, since = CASE WHEN pair.state = 'void' THEN EXCLUDED.since ELSE pair.since END "
            "WHERE pair.state IN ('doubtful', 'void')"
        )
        columns = [
            [one.a for one in pairs],
            [one.b for one in pairs],
            [one.weight for one in pairs],
            [one.reason for one in pairs],
        ]
        statements.append((sql, [*columns, at]))
    return statements


def of_acts(schema: str, acts: Iterable[Act], trace: Trace, said: str = "") -> list[Statement]:
    """History, added to, never changed."""
    acts = list(acts)
    if not acts:
        return []
    sql = (
        f"INSERT INTO {schema}.decision (at, who, name, kind, person, other, key, thanks, weight, findings, said) "
        "SELECT $1, $2, $3, kind, person::uuid, nullif(other, '')::uuid, key, thanks, weight, findings, $11 FROM "
        "unnest($4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::real[], $10::text[]) "
        "WITH ORDINALITY AS n(kind, person, other, key, thanks, weight, findings, rank) ORDER BY rank"
    )
    return [
        (
            sql,
            [
                trace.at,
                trace.who,
                trace.name,
                [act.kind for act in acts],
                [act.person for act in acts],
                [act.other for act in acts],
                [act.key for act in acts],
                [act.thanks_to for act in acts],
                [act.weight for act in acts],
                [orjson.dumps(act.findings).decode() for act in acts],
                said,
            ],
        )
    ]


def of_verdicts(
    schema: str, pairs: Sequence[tuple[int, int, float]], state: str, trace: Trace, said: str
) -> list[Statement]:
    """What somebody said of pairs (a < b, bits)."""
    if not pairs:
        return []
    sql = (
        f"INSERT INTO {schema}.pair (a, b, state, weight, reason, since, judged, judge, said) "
        "SELECT a, b, $4, w, 'human', $5, $5, $6, $7 FROM unnest($1::bigint[], $2::bigint[], $3::real[]) AS n(a, b, w) "
        "ON CONFLICT (a, b) DO UPDATE SET state = $4, judged = $5, judge = $6, said = $7"
    )
    columns = [[one[0] for one in pairs], [one[1] for one in pairs], [one[2] for one in pairs]]
    return [(sql, [*columns, state, trace.at, trace.name, said])]
