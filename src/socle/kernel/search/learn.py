"""A register learns new search parameters while it runs, and indexes again in the background what it already held.

1. A SearchParameter is stored with the status active (`custom.learnt_from` has accepted it).
2. Each worker looks every few seconds (`follow`). The first to see it notes it in the table `search_parameter`, and puts a
   job on the table, for later; every worker then keeps the new keys of what it writes.
3. When all have had the time to look, the job (`rebuild`) goes through what was there before, in batches, each in one
   transaction that remembers how far it went: killed, it goes on from there.
4. Once the end is reached the parameter is ready. Until then, queries by it are refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from socle.kernel.audit import Trace
from socle.kernel.fhir.definitions import SearchParameter
from socle.kernel.fhir.json import parse
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Problem
from socle.kernel.search.custom import TYPE, Learnt, active, learnt_from
from socle.kernel.search.repository import Repository
from socle.kernel.store import STORED_COLUMNS, Keys, Row, Tx, Unit
from socle.kernel.store.jobs import enqueue

JOB: Final = "search:rebuild"
EVERY: Final = timedelta(seconds=2)  # between two looks of a worker
GRACE: Final = timedelta(seconds=10)  # after which every worker has looked
BATCH: Final = 100

Statement = tuple[str, Sequence[Any]]


async def follow(repository: Repository, trace: Trace) -> bool:
    """Look at the SearchParameters of a register: note what is new, adopt what is known. Whether something changed."""
    table = await _table(repository, repository.store)
    state = await _state(repository)
    if state == repository.followed:  # nothing was written of them since the last look
        return repository.adopt([_learnt(row) for row in table])
    if _differences(table, await _wanted(repository, repository.store)):

        async def decide(tx: Tx) -> Unit:
            there, asked = await _table(repository, tx), await _wanted(repository, tx)
            return Unit((), trace, rows=_noting(repository, _differences(there, asked), trace))

        await repository.store.exclusive([key("search", "learn", repository.register.name)], decide)
        table = await _table(repository, repository.store)
    repository.followed = state
    return repository.adopt([_learnt(row) for row in table])


async def rebuild(repository: Repository, arguments: Mapping[str, Any], trace: Trace) -> None:
    """The job: give the resources of a type the keys of a parameter. Run again, it goes on from where it was."""
    base, code = arguments["base"], arguments["code"]
    await follow(repository, trace)
    ended: list[bool] = [False]

    async def decide(tx: Tx) -> Unit:
        rows = await tx.query(
            f"SELECT state, reached FROM {schema}.search_parameter WHERE base = $1 AND code = $2", base, code
        )
        if not rows or rows[0]["state"] != "building":
            ended[0] = True
            return Unit((), trace)
        statements, reached = await _batch(repository, tx, base, code, rows[0]["reached"])
        ended[0] = not reached
        change = "reached = $3" if reached else "state = 'ready', reached = $3"
        done = (f"UPDATE {schema}.search_parameter SET {change} WHERE base = $1 AND code = $2", (base, code, reached))
        return Unit((), trace, rows=[*statements, done])

    schema = repository.store.schema
    while not ended[0]:
        await repository.store.exclusive([], decide)
    await follow(repository, trace)


async def progress(repository: Repository) -> list[dict[str, Any]]:
    """Parameters that are being built: {"base", "code", "percent"}."""
    schema = repository.store.schema
    rows = await repository.store.query(
        f"SELECT base, code, least(100, 100 * reached / greatest(1, (SELECT max(rid) FROM {schema}.resource)))::int"
        f" AS percent FROM {schema}.search_parameter WHERE state = 'building' ORDER BY slot"
    )
    return [dict(row) for row in rows]


async def _batch(repository: Repository, tx: Tx, base: str, code: str, after: int) -> tuple[list[Statement], int]:
    """Statements that give the next resources their keys, and the rid of the last one; 0 when there is none left."""
    schema = repository.store.schema
    found = await tx.query(
        f"SELECT rid FROM {schema}.resource WHERE type = $1 AND rid > $2 AND NOT deleted ORDER BY rid LIMIT {BATCH}",
        repository.definitions.type_code(base),
        after,
    )
    rids = [row["rid"] for row in found]
    if not rids:
        return [], 0
    # Locked in the order in which writers lock: a resource that changes meanwhile waits, or is read as it became.
    rows = await tx.query(
        f"SELECT {STORED_COLUMNS}, toks, present FROM {schema}.resource"
        " WHERE rid = ANY($1::bigint[]) AND NOT deleted ORDER BY key FOR UPDATE",
        rids,
    )
    own = repository.indexer.parameters.of(base)[code].key
    statements: list[Statement] = []
    for row in rows:
        stored = repository.store.stored(row)
        try:
            keys = repository.indexer.keys(parse(stored.body), stored.id)
        except Problem:  # an old body that today's rules would not index
            continue
        statements += _rewriting(schema, row, keys, own)
    return statements, rids[-1]


def _rewriting(schema: str, row: Row, keys: Keys, own: int) -> list[Statement]:
    rid = row["rid"]
    found: list[Statement] = []
    if set(row["toks"]) != set(keys.toks) or row["present"] != keys.present:
        sql = f"UPDATE {schema}.resource SET toks = $2::bigint[], present = $3::bigint WHERE rid = $1"
        found.append((sql, (rid, keys.toks, keys.present)))
    sides: dict[str, tuple[str, Sequence[tuple[Any, ...]]]] = {
        "ix_date": (
            "$3::text::timestamptz, $4::text::timestamptz",  # asyncpg sends the two ends of time as infinities
            [(param, lo.isoformat(), hi.isoformat()) for param, lo, hi in keys.dates if param == own],
        ),
        "ix_num": ("$3::float8, $4::float8, $5::bigint, $6::bigint", [one for one in keys.numbers if one[0] == own]),
        "ix_str": ("$3::text", [one for one in keys.strings if one[0] == own]),
    }
    for table, (columns, values) in sides.items():
        found.append((f"DELETE FROM {schema}.{table} WHERE rid = $1 AND param = $2", (rid, own)))
        found += [
            (f"INSERT INTO {schema}.{table} VALUES ($1::bigint, $2::bigint, {columns})", (rid, *one)) for one in values
        ]
    return found


# -- what there is, what there should be ---------------------------------------------------------------------------------


async def _table(repository: Repository, asked: Tx) -> list[Row]:
    return await asked.query(f"SELECT * FROM {repository.store.schema}.search_parameter ORDER BY slot")


async def _state(repository: Repository) -> tuple[int, int]:
    """What changes each time a SearchParameter is written: how many versions there are, and the last one."""
    [row] = await repository.store.query(
        f"SELECT count(*) AS n, coalesce(max(seq), 0) AS seq FROM {repository.store.schema}.history WHERE type = $1",
        repository.definitions.type_code(TYPE),
    )
    return row["n"], row["seq"]


async def _wanted(repository: Repository, asked: Tx) -> list[Learnt]:
    """What the active SearchParameters say; of two for the same code of a type, the first stored."""
    rows = await asked.query(
        f"SELECT {STORED_COLUMNS} FROM {repository.store.schema}.resource WHERE type = $1 AND NOT deleted ORDER BY rid",
        repository.definitions.type_code(TYPE),
    )
    found: dict[tuple[str, str], Learnt] = {}
    for row in rows:
        stored = repository.store.stored(row)
        resource = parse(stored.body)
        if not active(resource):
            continue
        try:
            said = learnt_from(resource, stored.id, repository.register.types, repository.definitions)
        except Problem:  # stored before the register obeyed them
            continue
        for one in said:
            found.setdefault((one.base, one.definition.name), one)
    return list(found.values())


def _differences(table: Sequence[Row], wanted: Sequence[Learnt]) -> list[Learnt]:
    """What must be noted: parameters that are new, changed or back; and, retired, those that nothing asks any more."""
    there = {(row["base"], row["code"]): _learnt(row) for row in table}
    asked = {(one.base, one.definition.name): one for one in wanted}
    found = [
        one
        for name, one in asked.items()
        if (known := there.get(name)) is None
        or known.retired
        or (known.definition, known.id) != (one.definition, one.id)
    ]
    return found + [replace(one, retired=True) for name, one in there.items() if name not in asked and not one.retired]


def _noting(repository: Repository, changes: Sequence[Learnt], trace: Trace) -> list[Statement]:
    schema = repository.store.schema
    statements: list[Statement] = []
    for one in changes:
        definition = one.definition
        values = (
            one.base, definition.name, one.id, definition.type, definition.expression, list(definition.targets),
            "retired" if one.retired else "building",
        )  # fmt: skip
        statements.append(
            (
                f"INSERT INTO {schema}.search_parameter (base, code, fid, kind, expression, targets, state)"
                " VALUES ($1, $2, $3, $4, $5, $6::text[], $7) ON CONFLICT (base, code) DO UPDATE SET"
                " fid = $3, kind = $4, expression = $5, targets = $6::text[], state = $7, reached = 0",
                values,
            )
        )
        if not one.retired:
            arguments = {"register": repository.register.name, "base": one.base, "code": definition.name}
            statements.append(enqueue(JOB, arguments, trace, due=trace.at + GRACE))
    return statements


def _learnt(row: Row) -> Learnt:
    definition = SearchParameter(row["code"], row["kind"], row["expression"], tuple(row["targets"]))
    return Learnt(row["base"], definition, row["fid"], row["state"] == "ready", row["state"] == "retired")
