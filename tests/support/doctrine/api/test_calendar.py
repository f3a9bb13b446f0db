"""Deadlines as a calendar that any diary reads; read here by an independent parser."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from tests.conftest import OpenDatabase
from tests.support.doctrine.homes import EDITOR, client, home, trace
from tests.support.doctrine.small import FILES, edited, small

from socle.support.doctrine.actions import publish
from socle.support.doctrine.forms.calendar import calendar
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.applies import Who, milestones_for, requirements_for

NOW = datetime(2030, 11, 22, tzinfo=UTC)


def made(edition: Edition, now: datetime = NOW) -> bytes:
    """The calendar of everything in an edition."""
    today = now.date()
    concerns = [*requirements_for(edition, Who(), today=today), *milestones_for(edition, Who(), today=today)]
    return calendar(edition, concerns, url="http://house", now=now)


def events(body: bytes) -> dict[str, Any]:
    """Events by UID, as the independent parser reads them."""
    return {str(event["UID"]): event for event in Calendar.from_ical(body).walk("VEVENT")}


@pytest.fixture
async def diary(open_house: OpenDatabase) -> AsyncIterator[httpx.AsyncClient]:
    house = home(await open_house("doctrine", modules=[("doctrine", "socle.support.doctrine")]))
    await publish(house, FILES, by=EDITOR, trace=trace())
    async with client(house) as caller:
        yield caller


def test_a_requirement_is_due_on_the_last_day_that_its_date_may_mean() -> None:
    event = events(made(small()))["2030-exigence-DMP-001@doctrine.socle"]
    assert event.decoded("DTSTART") == date(2031, 12, 31)
    assert event.decoded("DTEND") == date(2032, 1, 1)
    assert "Date connue : 2031." in str(event["DESCRIPTION"])


def test_an_event_says_what_must_be_done_and_where_it_is_written() -> None:
    event = events(made(small()))["2030-exigence-INS-001@doctrine.socle"]
    assert str(event["SUMMARY"]).startswith("INS-001 · Obligation : L'établissement référence chaque donnée")
    assert str(event["URL"]) == "http://house/doctrine/2030/exigences/INS-001"
    assert "Prévu d'abord : 1er janvier 2020." in str(event["DESCRIPTION"])


def test_a_milestone_lasts_its_whole_window() -> None:
    event = events(made(small()))["2030-jalon-ins-obligatoire@doctrine.socle"]
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (date(2021, 1, 1), date(2022, 1, 1))


def test_what_has_no_date_is_not_in_the_calendar() -> None:
    assert not [uid for uid in events(made(small())) if "INS-002" in uid]


def test_an_event_that_moves_keeps_its_uid() -> None:
    moved = small(edited("requirements/dmp.yaml", '"2031"', '"2032-03-01"'))
    before, after = events(made(small())), events(made(moved))
    assert before.keys() == after.keys()
    assert after["2030-exigence-DMP-001@doctrine.socle"].decoded("DTSTART") == date(2032, 3, 1)


def test_the_calendar_is_the_same_all_day() -> None:
    assert made(small()) == made(small())
    assert made(small()) != made(small(), NOW + timedelta(days=1))


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), min_size=1, max_size=300))
@settings(deadline=None)
def test_any_text_comes_back_as_it_was_in_lines_of_75_octets(text: str) -> None:
    edition = small()
    one = replace(edition.requirements[0], legal=text, statement=text)
    body = made(replace(edition, chapters=(replace(edition.chapters[0], requirements=(one,)),)))
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert b"\n" not in body.replace(b"\r\n", b"")
    [event] = [event for uid, event in events(body).items() if "exigence" in uid]
    assert str(event["DESCRIPTION"]).split("\n")[1] == text


@pytest.mark.parametrize("id", ["2019", "2026"])
async def test_the_calendars_of_the_editions_shipped_are_read_whole(diary: httpx.AsyncClient, id: str) -> None:
    answer = await diary.get(f"/doctrine/{id}/echeances.ics")
    whole = (await diary.get(f"/doctrine/{id}/edition.json")).json()
    dated = [one for part in ("requirements", "milestones") for one in whole[part] if one["dates"]["due"]]
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert len(events(answer.content)) == len(dated)


async def test_the_filters_of_the_requirements_are_those_of_the_calendar(diary: httpx.AsyncClient) -> None:
    async def uids(filters: str) -> list[str]:
        return sorted(events((await diary.get(f"/doctrine/2030/echeances.ics?{filters}")).content))

    assert await uids("actor=etablissement") == [
        "2030-exigence-INS-001@doctrine.socle",
        "2030-jalon-ins-obligatoire@doctrine.socle",
    ]
    assert await uids("actor=editeur-dpi&chapter=dmp") == ["2030-exigence-DMP-001@doctrine.socle"]
    assert await uids("q=document") == ["2030-exigence-DMP-001@doctrine.socle"]
