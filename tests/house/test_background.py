"""Work that nobody waits for goes on after what befell it, and tells it without the words of anybody."""

import asyncio

import pytest
from structlog.testing import capture_logs

from socle.assembly import background
from socle.kernel.outcome import Kind, Problem


class Ended(BaseException):
    """The test has seen enough."""


async def test_a_failure_is_told_by_its_kind_and_waited_for_longer_each_time_until_all_went_well_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lasts = iter([0.0, 0.0, 0.0, 3_600.0, 0.0])
    moment = 0.0
    pauses: list[float] = []

    async def work() -> None:
        nonlocal moment
        try:
            moment += next(lasts)
        except StopIteration:
            raise Ended from None
        raise Problem.of(Kind.UNAVAILABLE, "Mme Martin n'est pas là.", "Mrs Martin is not there.")

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: moment, raising=False)
    monkeypatch.setattr(background.asyncio, "sleep", sleep)
    with capture_logs() as said, pytest.raises(Ended):
        await background._lasting("essai", work)
    assert pauses == [1.0, 2.0, 4.0, 1.0, 2.0]
    assert {(one["work"], one["error"]) for one in said} == {("essai", "Problem UNAVAILABLE")}
