"""The demonstration: filed once, open whenever the house is started, clearly synthetic."""

from datetime import UTC, datetime

import pytest
from tests.support.consultation.support import EDITOR

from socle.support.consultation import actions, demo
from socle.support.consultation.actions import Forum, Wanted
from socle.support.consultation.model import Step


@pytest.mark.parametrize(
    "now", [datetime(2026, 11, 22, 23, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), datetime(2031, 7, 14, tzinfo=UTC)]
)
async def test_it_is_open_whenever_the_house_is_started(empty_forum: Forum, now: datetime) -> None:
    assert await demo.fill(empty_forum, now)
    said = await actions.consultation(empty_forum, demo.ID)
    assert (said.step, said.opens <= now < said.closes, said.synthetic) == (Step.OPEN, True, True)
    found = (await actions.page(empty_forum, Wanted(demo.ID), count=200)).items
    assert all(one.synthetic and one.at <= now for one in found)
    assert all(one.disposition.at <= now for one in found if one.disposition)


async def test_it_is_filed_once(empty_forum: Forum) -> None:
    now = datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert await demo.fill(empty_forum, now)
    before = await actions.statistics(empty_forum, demo.ID)
    assert not await demo.fill(empty_forum, now)
    assert await actions.statistics(empty_forum, demo.ID) == before


async def test_its_changes_are_in_the_draft_of_the_next_edition(empty_forum: Forum) -> None:
    await demo.fill(empty_forum, datetime(2026, 11, 22, 23, tzinfo=UTC))
    edition = await actions.draft(empty_forum, demo.ID, by=EDITOR)
    changes = await actions.changes(empty_forum, demo.ID)
    assert changes
    for change in changes:
        if change.requirement:
            assert edition.requirement_by_id[change.requirement].statement == change.after
        else:
            text = (await actions.draft_file(empty_forum, demo.ID, change.path, by=EDITOR)).text
            assert change.after.split() == [word for word in change.after.split() if word in text.split()]


async def test_its_counters_agree_with_what_it_filed(empty_forum: Forum) -> None:
    await demo.fill(empty_forum, datetime(2026, 11, 22, 23, tzinfo=UTC))
    said = await actions.statistics(empty_forum, demo.ID)
    found = (await actions.page(empty_forum, Wanted(demo.ID), count=200)).items
    assert said.contributions == len(found)
    assert said.answered == sum(one.disposition is not None for one in found)
    assert said.supports.total == sum(one.supports.total for one in found)
    assert said.arguments == sum(one.arguments_for + one.arguments_against for one in found)
    assert sum(said.per_chapter.values()) == sum(said.per_day.values()) == len(found)
