"""The order of checks: a request that is wrong in two ways is answered for the step that comes first."""

from typing import Any

import pytest
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import PATIENT

from socle.kernel.rest import pipeline
from socle.kernel.rest.pipeline import ARRIVAL, COLUMNS, PLANS, TABLE
from socle.kernel.rest.settings import Limits, Settings

SMALL = Settings(limits=Limits(url=300, body=2_000))

# What makes each step refuse: (status, changes to a good `PUT Patient/p1`).
FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "limits": (414, {"query": "x=" + "y" * 300}),
    "parse": (400, {"headers": {"host": "a b"}}),
    "identify": (401, {"headers": {"authorization": "Bearer socle_unknown"}}),
    "match": (405, {"method": "POST"}),
    "negotiate": (406, {"headers": {"accept": "text/turtle"}}),
    "permit": (403, {"headers": {"authorization": "Bearer socle_reader"}}),
    "receive": (415, {"headers": {"content-type": "text/plain"}}),
    "handle": (412, {"headers": {"if-match": 'W/"9"'}}),
}
ORDER = tuple(FAULTS)


async def put(serve: Serve, *faults: str) -> int:
    fhir = serve(settings=SMALL)
    method, query, headers = "PUT", "", {}
    for fault in faults:
        wrong = FAULTS[fault][1]
        method, query = wrong.get("method", method), wrong.get("query", query)
        headers |= wrong.get("headers", {})
    path = f"Patient/p1?{query}" if query else "Patient/p1"
    return (await fhir(method, path, {**PATIENT, "id": "p1"}, headers=headers)).status_code


async def test_without_fault_it_goes_through(serve: Serve) -> None:
    assert await put(serve) == 201


@pytest.mark.parametrize("step", ORDER)
async def test_each_step_refuses_what_is_its_own(serve: Serve, step: str) -> None:
    assert await put(serve, step) == FAULTS[step][0]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (a, b)
        for i, a in enumerate(ORDER)
        for b in ORDER[i + 1 :]
        if not (FAULTS[a][1].get("headers", {}).keys() & FAULTS[b][1].get("headers", {}).keys())
    ],
)
async def test_the_first_step_answers(serve: Serve, first: str, second: str) -> None:
    assert await put(serve, first, second) == FAULTS[first][0]


def test_the_table_is_the_order_that_is_documented() -> None:
    documented = [
        line.split()[0] for line in (pipeline.__doc__ or "").splitlines() if line[:1].isalpha() and "  " in line
    ]
    assert [row.step.__name__ for row in TABLE] == documented


def test_every_row_says_something_of_every_column() -> None:
    assert {len(row.columns) for row in TABLE} == {len(COLUMNS)}


def test_what_comes_before_the_match_is_for_all() -> None:
    assert all(all(row.columns) for row in TABLE[: len(ARRIVAL)])


def test_only_what_is_public_is_not_permitted() -> None:
    assert [name for name, steps in PLANS.items() if pipeline.permit not in steps] == ["capabilities"]


def test_every_reading_kind_is_audited_by_the_pipeline_and_every_writing_kind_by_the_store() -> None:
    audited = {name for name, steps in PLANS.items() if pipeline.audit in steps}
    assert audited == {"read", "vread", "search", "history", "operation"}
