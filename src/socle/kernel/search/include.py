"""What goes with the resources found: those they refer to, those that refer to them, and so on when asked to iterate.

One statement per step, by tokens: no body is read to know what it refers to. Source: FHIR R4 search.html#include.

Within a sight, each step leaves what may not be seen: no further step starts from it, and it takes no room.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Issue, Text
from socle.kernel.search.query import Include
from socle.kernel.store.contract import STORED_COLUMNS, Store, Stored

MOST: Final = 1_000  # resources included in one page
_STEPS: Final = 10  # depth of :iterate
_ROUNDS: Final = 10  # readings of one step, when a sight hides much of what is read

Seen = Callable[[Sequence[Stored]], Awaitable[list[Stored | None]]]  # each as it may be seen, None for what may not be


@dataclass(slots=True)
class _Gathering:
    seen: set[tuple[str, str]]
    found: list[Stored] = field(default_factory=list)
    cut: bool = False


async def included(
    store: Store,
    code: Callable[[str], int],
    includes: Sequence[Include],
    matches: Sequence[Stored],
    seen: Seen | None = None,
) -> tuple[list[Stored], list[Issue]]:
    """The resources to include beside `matches`, each once, none of them a match; a warning when some were left out.

    Given `seen`, they are as it shows them, and `matches` are those that it shows.
    """
    gathering = _Gathering({(match.type, match.id) for match in matches})
    layer = list(matches)
    for step in range(_STEPS):
        asked = [include for include in includes if step == 0 or include.iterate]
        if not layer or not asked:
            break
        layer = await _layer(store, code, asked, layer, gathering, seen)
    else:
        gathering.cut = gathering.cut or bool(layer)
    return gathering.found, [_left_out()] if gathering.cut else []


async def _layer(
    store: Store,
    code: Callable[[str], int],
    includes: Sequence[Include],
    layer: Sequence[Stored],
    all_: _Gathering,
    seen: Seen | None,
) -> list[Stored]:
    """What one step adds."""
    added: list[Stored] = []
    for include in includes:
        room = MOST - len(all_.found)
        if room <= 0:
            all_.cut = True
            break
        around, whole = await _around(store, code, include, layer, room + len(layer) + len(all_.found) + 1, seen)
        all_.cut = all_.cut or not whole
        for one in around:
            if (one.type, one.id) not in all_.seen:
                if len(all_.found) >= MOST:
                    all_.cut = True
                    break
                all_.seen.add((one.type, one.id))
                all_.found.append(one)
                added.append(one)
    return added


async def _around(
    store: Store,
    code: Callable[[str], int],
    include: Include,
    layer: Sequence[Stored],
    most: int,
    seen: Seen | None,
) -> tuple[list[Stored], bool]:
    """At least `most` of what `include` leads to and may be seen, all of it when there is less; and whether all was looked at.

    What is hidden takes the place of nothing: as long as a full answer held some, the following is read, a bounded number of
    times. Whoever is hidden that much is told that not everything is there, as when there is no room.
    """
    read = _backward if include.reverse else _forward
    found, after = list[Stored](), 0
    for _ in range(_ROUNDS):
        rows = await read(store, code, include, layer, after, most)
        if seen is None:
            return rows, True
        shown = [one for one in await seen(rows) if one is not None]
        found += shown
        if len(rows) < most or len(found) >= most:
            return found, True
        after = rows[-1].rid
    return found, False


async def _forward(
    store: Store, code: Callable[[str], int], include: Include, layer: Sequence[Stored], after: int, most: int
) -> list[Stored]:
    rids = [one.rid for one in layer if one.type == include.source]
    if not rids:
        return []
    only = f" AND t.type = {code(include.target)}" if include.target else ""
    columns = ", ".join(f"t.{column}" for column in STORED_COLUMNS.split(", "))
    sql = (
        f"SELECT {columns} FROM {store.schema}.resource t WHERE NOT t.deleted{only} AND t.rid + 0 > $3 AND t.key = ANY(ARRAY("
        f"SELECT u.token # p.own FROM {store.schema}.resource r CROSS JOIN LATERAL unnest(r.toks) AS u(token)"
        f" CROSS JOIN unnest($2::bigint[]) AS p(own) WHERE r.rid = ANY($1::bigint[]))) ORDER BY t.rid LIMIT $4"
    )
    rows = await store.query(sql, rids, list(include.references), after, most)
    return [store.stored(row) for row in rows]


async def _backward(
    store: Store, code: Callable[[str], int], include: Include, layer: Sequence[Stored], after: int, most: int
) -> list[Stored]:
    keys = [resource_key(one.type, one.id) for one in layer if include.target in ("", one.type)]
    if not keys:
        return []
    tokens = [own ^ key for own in include.references for key in keys]
    columns = ", ".join(f"t.{column}" for column in STORED_COLUMNS.split(", "))
    sql = (
        f"SELECT {columns} FROM {store.schema}.resource t"
        f" WHERE NOT t.deleted AND t.type = {code(include.source)} AND t.toks && $1::bigint[]"
        " AND t.rid + 0 > $2 ORDER BY t.rid + 0 LIMIT $3"
    )
    rows = await store.query(sql, tokens, after, most)
    return [store.stored(row) for row in rows]


def _left_out() -> Issue:
    return Issue(
        Text(
            f"Toutes les ressources à inclure ne sont pas dans cette page (au plus {MOST}, {_STEPS} étapes). "
            "Réduisez _count, ou lisez les ressources liées par une autre recherche.",
            f"Not every resource to include is in this page (at most {MOST}, {_STEPS} steps). "
            "Reduce _count, or read the related resources by another search.",
        ),
        rule="FHIR R4 search.html#include",
        code="incomplete",
        severity="warning",
    )
