"""Dates and hours as pages of agendas write them; what an address asks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from socle.foundations.care_offer.agenda.model import ZONE
from socle.foundations.care_offer.agenda.store.agendas import ScheduleRow, SlotRow
from socle.kernel.pages import Page
from socle.kernel.pages.asking import wrong

_DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A slot for the eye."""

    slot: SlotRow
    schedule: ScheduleRow
    hour: str
    day: str
    labels: tuple[str, ...]


def row(page: Page, slot: SlotRow, schedule: ScheduleRow) -> Row:
    """A slot for the eye."""
    return Row(slot, schedule, hour(slot.start), short_day(page, local(slot.start).date()), labels(page, slot))


def labels(page: Page, slot: SlotRow) -> tuple[str, ...]:
    """Where one is seen, when it is not at the practice; for whom, when it is not for all."""
    found = [page.text(f"consultation.{code}") for code in sorted(slot.consultations) if code != "AMB"]
    if slot.walk_in:
        found.append(page.text("slot.walk_in"))
    if "PUBLIC" not in slot.access:
        found += [page.text(f"access.{code}") for code in sorted(slot.access)]
    return tuple(found)


def local(at: datetime) -> datetime:
    """At the time of Paris."""
    return at.astimezone(ZONE)


def hour(at: datetime) -> str:
    """9:05 as 09:05."""
    return f"{local(at):%H:%M}"


def short_day(page: Page, day: date) -> str:
    """lundi 16 mars."""
    name, month = _DAYS[page.language][day.weekday()], _MONTHS[page.language][day.month - 1]
    return f"{name} {day.day} {month}"


def long_time(page: Page, start: datetime, end: datetime) -> str:
    """lundi 16 mars, 09:00 – 09:20."""
    return f"{short_day(page, local(start).date())}, {hour(start)} – {hour(end)}"


def day_asked(page: Page, name: str, default: date) -> date:
    """A day in the address. Raises: Problem(INVALID)."""
    text = page.query(name)
    if not text:
        return default
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not date(2000, 1, 1) <= found <= date(2100, 1, 1):
        raise wrong(
            name,
            f"« {text[:40]} » n'est pas un jour : écrivez AAAA-MM-JJ.",
            f"“{text[:40]}” is no day: write YYYY-MM-DD.",
        )
    return found


def monday_of(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())
