"""Holders of keys: a key is shown once, found by its hash, refused once revoked; each change leaves its trace."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from socle.kernel.audit import Action, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Means
from socle.kernel.store import actors, traces
from socle.kernel.store.postgres import PostgresDatabase

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TRACE = Trace("console", "console", "operator", "", "console", "house.operate", AT, "house", "actor:create")
ROLES = frozenset({"publisher", "auditor"})


async def make(database: PostgresDatabase, name: str = "Éditions Test", **options: object) -> tuple[actors.Holder, str]:
    arguments = {"roles": ["publisher"], "structure": "", "known_roles": ROLES, "trace": TRACE, **options}
    return await actors.create(database, name=name, **arguments)  # type: ignore[arg-type]


async def test_the_key_of_a_new_actor_finds_it(database: PostgresDatabase) -> None:
    holder, key = await make(database, structure="CHU de Brest")
    found = await actors.find(database, actors.key_hash(key))
    assert found == holder
    assert found.actor.means is Means.API_KEY
    assert found.actor.structure == "CHU de Brest"


async def test_a_key_has_256_random_bits_and_says_where_it_is_from(database: PostgresDatabase) -> None:
    drawn: list[int] = []

    def draw(size: int) -> bytes:
        drawn.append(size)
        return bytes(size)

    _, key = await make(database, draw=draw)
    assert drawn[0] == 32
    assert key == "socle_" + "A" * 43


async def test_the_key_is_stored_nowhere(database: PostgresDatabase) -> None:
    _, key = await make(database)
    rows = await database.query("SELECT row_to_json(a)::text AS text FROM house.actor a")
    assert key not in rows[0]["text"]
    assert key.encode().hex() not in rows[0]["text"]


async def test_two_actors_have_two_keys(database: PostgresDatabase) -> None:
    keys = {(await make(database))[1] for _ in range(5)}
    assert len(keys) == 5


async def test_all_are_listed_by_age(database: PostgresDatabase) -> None:
    moments = count()
    for name in ("Alpha", "Bravo"):
        await make(database, name, trace=replace(TRACE, at=AT + timedelta(days=next(moments))))
    assert [holder.name for holder in await actors.list_all(database)] == ["Alpha", "Bravo"]


async def test_a_revoked_key_finds_nobody(database: PostgresDatabase) -> None:
    holder, key = await make(database)
    revoked = await actors.revoke(database, holder.id, trace=TRACE)
    assert revoked.revoked == AT
    assert await actors.find(database, actors.key_hash(key)) is None


async def test_a_revoked_actor_stays_in_the_list_with_the_date(database: PostgresDatabase) -> None:
    holder, _ = await make(database)
    await actors.revoke(database, holder.id, trace=TRACE)
    assert [h.revoked for h in await actors.list_all(database)] == [AT]


async def test_revoking_twice_keeps_the_first_date(database: PostgresDatabase) -> None:
    holder, _ = await make(database)
    await actors.revoke(database, holder.id, trace=TRACE)
    again = await actors.revoke(database, holder.id, trace=replace(TRACE, at=AT + timedelta(days=1)))
    assert again.revoked == AT


async def test_nobody_cannot_be_revoked(database: PostgresDatabase) -> None:
    with pytest.raises(Problem) as caught:
        await actors.revoke(database, "unknown", trace=TRACE)
    assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    "options",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 201},
        {"name": "line\nbreak"},
        {"structure": "\x00"},
        {"roles": []},
        {"roles": ["emperor"]},
        {"roles": ["publisher", "Not A Role"], "known_roles": None},
    ],
)
async def test_what_makes_no_sense_is_refused_and_stores_nothing(
    database: PostgresDatabase, options: dict[str, object]
) -> None:
    with pytest.raises(Problem) as caught:
        await make(database, **options)  # type: ignore[arg-type]
    assert caught.value.kind is Kind.INVALID
    assert await actors.list_all(database) == []


async def test_an_unknown_role_is_answered_with_those_that_exist(database: PostgresDatabase) -> None:
    with pytest.raises(Problem) as caught:
        await make(database, roles=["emperor"])
    assert "auditor, publisher" in caught.value.issues[0].text.fr


async def test_creation_and_revocation_leave_a_trace_that_names_no_key(database: PostgresDatabase) -> None:
    holder, key = await make(database)
    await actors.revoke(database, holder.id, trace=replace(TRACE, interaction="actor:revoke"))
    found = (await traces.page(database, traces.Wanted(), 10)).found
    assert [(w.event.action, w.event.entities) for w in found] == [
        (Action.UPDATE, (f"actor/{holder.id}",)),
        (Action.CREATE, (f"actor/{holder.id}",)),
    ]
    assert key not in repr(found)


async def test_the_day_of_use_is_written_once_a_day(database: PostgresDatabase) -> None:
    holder, key = await make(database)
    await actors.used(database, holder, trace=TRACE)
    seen = await actors.find(database, actors.key_hash(key))
    assert seen is not None
    assert seen.last_used == AT.date()
    before = await traces.start(database)
    await actors.used(database, seen, trace=replace(TRACE, at=AT + timedelta(hours=5)))
    assert await traces.start(database) == before
    await actors.used(database, seen, trace=replace(TRACE, at=AT + timedelta(days=1)))
    [again] = await actors.list_all(database)
    assert again.last_used == (AT + timedelta(days=1)).date()
