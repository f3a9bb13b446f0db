"""What the rules must know to regroup, read inside the transaction that will write it."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from socle.foundations.ins.index.model import Known, PairState, Portrait
from socle.kernel.fhir.keys import key
from socle.kernel.store import Row, Tx

LOCK: Final = key("mpi", "regroup")  # whoever regroups holds it: two feeds of one person cannot make two
PER_BLOCK: Final = 60  # records read under one key: beyond, it says too little, unless another key says it too
HUMAN: Final = (PairState.SAME, PairState.APART, PairState.LATER)


def sharing(schema: str, owners: str) -> str:
    """SQL of (owner, key): the active records that share a key with each owner, bounded whatever the index holds.

    A key is read up to `PER_BLOCK` records. Those that go beyond (a common name in a year, a first of January) are read
    together, two by two: whoever shares two of them is found however many share one. Who shares only one of them is not
    sought: it says too little of anybody for the rules to conclude.
    owners  SQL of the rows (owner, block)
    """
    read = f"SELECT r.key FROM {schema}.record r WHERE r.blocks @> ARRAY[{{0}}] LIMIT {PER_BLOCK}"
    return (
        f"WITH w AS MATERIALIZED ({owners}), "
        f"one AS MATERIALIZED (SELECT w.owner, w.block, c.key FROM w CROSS JOIN LATERAL ({read.format('w.block')}) c), "
        f"crowded AS MATERIALIZED (SELECT owner, block FROM one GROUP BY owner, block HAVING count(*) = {PER_BLOCK}) "
        "SELECT owner, key FROM one UNION "
        "SELECT x.owner, c.key FROM crowded x JOIN crowded y ON y.owner = x.owner AND y.block > x.block "
        f"CROSS JOIN LATERAL ({read.format('x.block, y.block')}) c"
    )


async def candidates(tx: Tx, schema: str, wanted: Sequence[tuple[int, Sequence[int]]]) -> dict[int, set[int]]:
    """Of each (key, blocks): the active records that share a block with it, itself apart."""
    owners = [owner for owner, blocks in wanted for _ in blocks]
    blocks = [block for _, some in wanted for block in some]
    if not blocks:
        return {}
    given = "SELECT owner, block FROM unnest($1::bigint[], $2::bigint[]) AS n(owner, block)"
    rows = await tx.query(sharing(schema, given), owners, blocks)
    found: dict[int, set[int]] = {}
    for row in rows:
        if row["key"] != row["owner"]:
            found.setdefault(row["owner"], set()).add(row["key"])
    return found


async def around(tx: Tx, schema: str, keys: Sequence[int]) -> list[Known]:
    """These records, and all others of their persons."""
    rows = await tx.query(
        "SELECT r.key, r.person::text AS person, r.portrait, p.since "
        f"FROM {schema}.record r JOIN {schema}.person p ON p.id = r.person WHERE r.person IN "
        f"(SELECT o.person FROM {schema}.record o WHERE o.key = ANY($1::bigint[]) AND o.person IS NOT NULL)",
        list(keys),
    )
    return [known(row) for row in rows]


async def verdicts(tx: Tx, schema: str, keys: Sequence[int]) -> Mapping[tuple[int, int], PairState]:
    """What people said of pairs among these records."""
    rows = await tx.query(
        f"SELECT a, b, state FROM {schema}.pair WHERE a = ANY($1::bigint[]) AND b = ANY($1::bigint[]) "
        "AND state = ANY($2::text[])",
        list(keys),
        [state.value for state in HUMAN],
    )
    return {(row["a"], row["b"]): PairState(row["state"]) for row in rows}


def known(row: Row) -> Known:
    """A row with key, person, since and portrait."""
    return Known(
        row["key"],
        row["person"],
        int(row["since"].timestamp() * 1_000_000),
        Portrait.load(orjson.loads(row["portrait"])),
    )
