"""Deadlines as a calendar (RFC 5545): all-day events, for any diary."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from socle.support.doctrine.model import Edition, Milestone, PartialDate, Requirement
from socle.support.doctrine.rules.applies import Concern
from socle.support.doctrine.rules.fields import last_day
from socle.support.doctrine.rules.words import FORCES, say_date

_DOMAIN: Final = "doctrine.socle"
_FOLD: Final = 75  # octets of a line, its end apart
_DAY: Final = timedelta(days=1)


def calendar(edition: Edition, concerns: Iterable[Concern], *, url: str, now: datetime) -> bytes:
    """The dated ones among `concerns`; `url` is where the house is, for links.

    A requirement is due on the last day that its date may mean (31 December for "2026"), a milestone lasts the whole of
    its date or of its window. UIDs are stable: a diary that reads the calendar again moves an event, never doubles it.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Socle//Doctrine {edition.id}//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        _text("X-WR-CALNAME", f"Échéances de la doctrine, édition {edition.id}"),
    ]
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    for concern in concerns:
        if concern.due is not None:
            lines += _event(edition, concern, concern.due.on, url, stamp)
    lines.append("END:VCALENDAR")
    return "".join(_fold(line) for line in lines).encode()


def _event(edition: Edition, concern: Concern, on: PartialDate, url: str, stamp: str) -> list[str]:
    item = concern.item
    if isinstance(item, Requirement):
        begins, after = last_day(on), last_day(on) + _DAY
        uid = f"{edition.id}-exigence-{item.id}@{_DOMAIN}"
        title = f"{item.id} · {FORCES[item.force].fr} : {item.statement}"
        where = f"{url}/doctrine/{edition.id}/exigences/{item.id}"
        said = [item.statement, item.legal, f"Source : {item.source}", concern.reason.fr]
        category = edition.chapter_by_id[item.chapter].title
    else:
        begins, after = on.first, _end(item, on) + _DAY
        uid = f"{edition.id}-jalon-{item.id}@{_DOMAIN}"
        title = item.title
        where = f"{url}/doctrine/{edition.id}/calendrier#{item.id}"
        said = [item.note, item.conflict, concern.reason.fr]
        category = "Jalon"
    if on.precision != "day":
        said.append(f"Date connue : {say_date(on).fr}.")
    slip = item.dates.slip_days
    if slip and item.dates.planned:
        said.append(f"Prévu d'abord : {say_date(item.dates.planned.on).fr}.")
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;VALUE=DATE:{_day(begins)}",
        f"DTEND;VALUE=DATE:{_day(after)}",
        _text("SUMMARY", _shortened(title)),
        _text("DESCRIPTION", "\n".join(part for part in said if part)),
        _text("CATEGORIES", category),
        f"URL:{where}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _end(item: Milestone, on: PartialDate) -> date:
    return last_day(item.ends) if item.ends else last_day(on)


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _shortened(title: str) -> str:
    return title if len(title) <= 120 else title[:119].rsplit(" ", 1)[0] + "…"


def _text(name: str, value: str) -> str:
    """A property whose value is TEXT (RFC 5545, 3.3.11)."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        value = value.replace(plain, escaped)
    return f"{name}:{value}"


def _fold(line: str) -> str:
    """Lines of at most 75 octets, never cut inside a character (RFC 5545, 3.1)."""
    out, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _FOLD:
            out.append(" ")
            size = 1
        out[-1] += character
        size += octets
    return "\r\n".join(out) + "\r\n"
