"""What the writer sends in binary is what PostgreSQL would have read in text."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from tests.conftest import OpenDatabase
from tests.kernel.store.things import NOON, Clock, patient, trace, unit

from socle.kernel.fhir.keys import resource_key
from socle.kernel.fhir.temporal import BEGINNING, END
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import Delete, Keys, Put, Unit
from socle.kernel.store.postgres import PostgresDatabase
from socle.kernel.store.postgres.values import MOMENT, UNFIT, bigints, floats, longs, microseconds, texts

LONGS = [0, 1, -1, 2**63 - 1, -(2**63), 20 * 2**32]
FLOATS = [0.0, -0.0, 1.5, -1e300, 5e-324, inf, -inf, 3]
TEXTS = ["", "é", "d œuvre \\ {lévêque}", '"NULL"', "NULL", "𝄞", "x" * 70_000]
MOMENTS = [
    BEGINNING,
    END,
    NOON,
    NOON + timedelta(microseconds=1),
    datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


async def read(database: PostgresDatabase, of: str, values: Sequence[object]) -> bytes:
    """The array that PostgreSQL reads in text, as it writes it in binary."""
    [row] = await database.query(f"SELECT array_send($1::text[]::{of}[]) AS octets", [str(value) for value in values])
    return bytes(row["octets"])


@pytest.mark.parametrize("values", [[], [-7], LONGS], ids=["none", "one", "extreme"])
async def test_numbers_are_the_octets_of_postgresql(database: PostgresDatabase, values: list[int]) -> None:
    octets = await read(database, "bigint", values)
    assert longs(values) == octets
    assert bigints(values) == len(octets).to_bytes(4, "big") + octets


@pytest.mark.parametrize("values", [[], FLOATS], ids=["none", "extreme"])
async def test_decimals_are_the_octets_of_postgresql(database: PostgresDatabase, values: list[float]) -> None:
    assert floats(values) == await read(database, "float8", values)


@pytest.mark.parametrize("values", [[], TEXTS], ids=["none", "extreme"])
async def test_texts_are_the_octets_of_postgresql(database: PostgresDatabase, values: list[str]) -> None:
    assert texts(values) == await read(database, "text", values)


@pytest.mark.parametrize("values", [[], MOMENTS], ids=["none", "extreme"])
async def test_moments_are_the_octets_of_postgresql(database: PostgresDatabase, values: list[datetime]) -> None:
    assert longs([microseconds(value) for value in values], MOMENT) == await read(database, "timestamptz", values)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1])
def test_a_number_that_no_type_takes_is_refused(number: int) -> None:
    for write in (bigints, longs):
        with pytest.raises(UNFIT):
            write([number])


@pytest.mark.parametrize(
    ("low", "high"),
    [(None, None), (BEGINNING, END), (NOON, None), (None, NOON)],
    ids=["none", "both", "from", "until"],
)
async def test_a_version_is_written_as_it_was_given(
    database: PostgresDatabase, low: datetime | None, high: datetime | None
) -> None:
    store = database.store("sandbox")
    keys = Keys(
        toks=LONGS,
        present=-(2**63),
        dlo=low,
        dhi=high,
        dates=[(-5, BEGINNING, END), (5, NOON, NOON)],
        numbers=[(-6, value, value, -7, 7) for value in FLOATS],
        strings=[(-8, text) for text in TEXTS if len(text) < 100],
        subject="Patient/é𝄞",
    )
    await store.commit(unit(Put("Patient", "1", {"resourceType": "Patient"}, keys)))
    [row] = await database.query("SELECT * FROM sandbox.resource")
    assert (row["key"], row["fid"], row["subject"]) == (resource_key("Patient", "1"), "1", "Patient/é𝄞")
    assert (row["toks"], row["present"], row["dlo"], row["dhi"]) == (LONGS, -(2**63), low, high)
    dates = await database.query("SELECT param, lo, hi FROM sandbox.ix_date ORDER BY param")
    assert [tuple(found.values()) for found in dates] == keys.dates
    numbers = await database.query("SELECT param, lo, hi, sys_code, code FROM sandbox.ix_num")
    assert [tuple(found.values()) for found in numbers] == keys.numbers
    strings = await database.query("SELECT param, value FROM sandbox.ix_str")
    assert [tuple(found.values()) for found in strings] == keys.strings
    rids = await database.query(
        "SELECT rid FROM sandbox.ix_date UNION SELECT rid FROM sandbox.ix_num UNION SELECT rid FROM sandbox.ix_str"
    )
    assert [found["rid"] for found in rids] == [row["rid"]]


async def test_what_is_found_by_a_resource_follows_it_through_one_unit(open_house: OpenDatabase) -> None:
    """New, changed, new and changed, deleted, in one statement: each row of a side table is of its resource."""
    database = await open_house(clock=Clock(), interests={("sandbox", "Patient"): ["mirror"]})
    store = database.store("sandbox")
    await store.commit(unit(patient("old", "AVANT"), patient("gone", "PARTI")))
    made = await store.commit(
        unit(
            patient("new", "NEUF"),
            patient("old", "APRÈS"),
            patient("twice", "UN"),
            Delete("Patient", "gone"),
            patient("twice", "DEUX"),
            patient("last", "FIN"),
        )
    )
    rids = {stored.id: stored.rid for stored in made}
    rows = await database.query("SELECT fid, rid, version, deleted, toks FROM sandbox.resource ORDER BY rid")
    assert {row["fid"]: row["rid"] for row in rows} == rids
    assert [(row["fid"], row["version"], row["deleted"]) for row in rows] == [
        ("old", 2, False),
        ("gone", 2, True),
        ("new", 1, False),
        ("twice", 2, False),
        ("last", 1, False),
    ]
    named = await database.query(
        "SELECT r.fid, s.value, d.param, n.code FROM sandbox.ix_str s JOIN sandbox.resource r USING (rid) "
        "JOIN sandbox.ix_date d USING (rid) JOIN sandbox.ix_num n USING (rid) ORDER BY r.rid"
    )
    assert [tuple(row.values()) for row in named] == [
        ("old", "après", 11, 3),
        ("new", "neuf", 11, 3),
        ("twice", "deux", 11, 3),
        ("last", "fin", 11, 3),
    ]
    history = await database.query("SELECT seq, fid, version FROM sandbox.history ORDER BY seq")
    assert [(row["seq"], row["fid"], row["version"]) for row in history[2:]] == [
        (stored.seq, stored.id, stored.version) for stored in made
    ]
    told = await database.query("SELECT consumer, seq, due FROM sandbox.outbox ORDER BY id")
    assert [tuple(row.values()) for row in told] == [("mirror", row["seq"], NOON) for row in history]


@pytest.mark.parametrize("fresh", [False, True], ids=["looked up", "fresh"])
@pytest.mark.parametrize(
    "keys",
    [
        Keys(toks=[2**63]),
        Keys(numbers=[(1, 0.0, 0.0, 2**63, 0)]),
        Keys(strings=[(1, "\ud800")]),
    ],
    ids=["token", "number", "string"],
)
async def test_a_key_that_cannot_be_sent_is_told_to_its_caller_alone(
    database: PostgresDatabase, keys: Keys, fresh: bool
) -> None:
    store = database.store("sandbox")
    wrong = Put("Patient", "2", {"resourceType": "Patient"}, keys, fresh=fresh)
    sent = [Unit([put], trace()) for put in (patient("1"), wrong, patient("3"))]
    answers = await asyncio.gather(*map(store.commit, sent), return_exceptions=True)
    assert isinstance(answers[1], Problem)
    assert answers[1].kind is Kind.INVALID
    assert sorted(stored.id for stored in await store.history()) == ["1", "3"]
