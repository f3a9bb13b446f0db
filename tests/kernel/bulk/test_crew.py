"""What other processes make ready for an import is what this one would have made."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import msgspec
import orjson
import pytest

from socle.kernel.bulk import crew
from socle.kernel.bulk.crew import Crew, Order, Ready
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import parse
from socle.kernel.search.register import Register
from socle.kernel.search.repository import Repository
from socle.kernel.store.contract import Op
from socle.kernel.store.memory import MemoryStore
from socle.kernel.store.postgres.rows import put_version

REGISTER = Register("sandbox", r4().resource_types, frozenset({"Patient"}), learns=True)
TAKEN = frozenset(REGISTER.types) - {"Subscription"}
NOW = datetime(2026, 11, 29, tzinfo=UTC)
GOOD = [
    b'{"resourceType":"Patient","id":"a","name":[{"family":"Z\xc3\xa9lie \\"B\\""}],"birthDate":"1990-02-03"}',
    b'{"id":"o","resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org",'
    b'"code":"1"}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":"2024-01-02T03:04:05.678+02:00",'
    b'"valueQuantity":{"value":1.10,"unit":"g","comparator":"<"}}',
    b'{ "resourceType" : "Patient", "id" : "m", "meta" : {"extension":[{"url":"http://x","valueDecimal":2.50}],'
    b'"tag":[{"code":"t"}], "lastUpdated":"2001-01-01T00:00:00Z"}, "active" : true }',
]


def register() -> Repository:
    return Repository(REGISTER, MemoryStore("sandbox", lambda: NOW), r4(), ("http://ici",))


def made(lines: Sequence[bytes]) -> list[Ready | None]:
    """What a worker answers, its pipes being octets."""
    order = Order(REGISTER.types, TAKEN, REGISTER.parameters, REGISTER.learns, register().bases, ())
    asked = b"".join(len(one).to_bytes(4, "big") + one for one in map(msgspec.msgpack.encode, (order, lines)))
    out = BytesIO()
    crew.work(BytesIO(asked), out)
    return msgspec.msgpack.decode(out.getvalue()[4:], type=list[Ready | None])


def written(put: Any) -> tuple[Any, ...]:
    version = put_version(put, 3, NOW, Op.UPDATE)
    keys = version.keys
    return version.body, sorted(keys.toks), keys.dates, keys.numbers, keys.strings, keys.present, keys.dlo, keys.subject


def test_a_line_made_ready_elsewhere_is_stored_to_the_letter_as_if_it_had_been_here() -> None:
    repository = register()
    for line, ready in zip(GOOD, made(GOOD), strict=True):
        resource = parse(line)
        assert ready is not None
        assert written(ready.put()) == written(repository.put(resource, id=resource["id"]))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b'{"resourceType":"Patient","id":"a","couleur":"bleu"}',
        b'{"resourceType":"Patient"}',
        b'{"resourceType":"Subscription","id":"s","status":"off","reason":"r","criteria":"Patient?",'
        b'"channel":{"type":"rest-hook"}}',
        b'{"resourceType":"SearchParameter","id":"p","url":"http://x","name":"p","status":"active","description":"d",'
        b'"code":"p","base":["Patient"],"type":"token","expression":"Patient.active"}',
    ],
    ids=["blank", "unreadable", "illegal", "without id", "not taken", "to be learnt"],
)
def test_what_is_wrong_or_not_theirs_to_judge_is_left_to_the_house(line: bytes) -> None:
    assert made([line, GOOD[0]])[0] is None


async def test_a_worker_that_died_leaves_its_lines_to_the_house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_COMMAND", (sys.executable, "-I", "-S", "-c", "pass"))
    workers = await Crew.start(register(), TAKEN, 1)
    try:
        assert await workers.ready(GOOD) == [None, None, None]
        assert await workers.ready([orjson.dumps({})]) == [None]
    finally:
        await workers.close()


@pytest.mark.parametrize(("octets", "cores", "size"), [(99, 8, 0), (100, 2, 0), (100, 3, 3), (100, 64, crew.MOST)])
def test_a_small_import_or_two_cores_have_no_crew(
    monkeypatch: pytest.MonkeyPatch, octets: int, cores: int, size: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    assert crew.size_for(octets, 100) == size
