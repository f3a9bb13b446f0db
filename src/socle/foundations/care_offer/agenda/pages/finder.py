"""`/agenda`: where, when, with whom; by days or in a list. Each state is an address."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.reading import MOST, find
from socle.foundations.care_offer.agenda.model import ZONE, Consultation
from socle.foundations.care_offer.agenda.pages.words import Row, day_asked, local, row, short_day
from socle.foundations.care_offer.agenda.permissions import SAS_BOOK
from socle.foundations.care_offer.agenda.store.agendas import Agendas, ScheduleRow, Wanted
from socle.kernel.pages import Page
from socle.kernel.pages.asking import one_of, only

DAYS: Final = ("1", "3", "5", "7", "14")
SHOWN: Final = 4  # hours of a day on a line, before "more"
A_DAY: Final = 16  # and with it
LISTED: Final = 300  # lines of the list


@dataclass(frozen=True, slots=True)
class Line:
    """A professional and the hours of each day."""

    schedule: ScheduleRow
    days: tuple[tuple[Row, ...], ...]
    total: int


async def show(page: Page, agendas: Agendas) -> Response:
    """The finder."""
    only(page, "lieu", "specialite", "jour", "jours", "consultation", "vue", "page")
    known = await agendas.specialties()
    first = max(day_asked(page, "jour", local(page.now).date()), local(page.now).date())
    count = int(one_of(page, "jours", DAYS, "5"))
    start = max(datetime.combine(first, datetime.min.time(), ZONE), local(page.now))
    end = datetime.combine(first + timedelta(days=count), datetime.min.time(), ZONE)
    chosen = one_of(page, "specialite", (code for code, _ in known))
    consultation = one_of(page, "consultation", (one.value for one in Consultation))
    view = one_of(page, "vue", ("jours", "liste"), "jours")
    wanted = Wanted(start, end, page.query("lieu")[:80], chosen, consultation)
    found = await find(agendas, wanted, a_day=A_DAY if view == "jours" else None, by=page.actor)
    most = MOST if view == "jours" else LISTED
    rows = [row(page, slot, schedule) for slot, schedule in found[:most]]
    days = [first + timedelta(days=n) for n in range(count)]
    return page.render(
        "finder.html",
        rows=rows,
        lines=_lines(rows, days),
        days=[(day, short_day(page, day)) for day in days],
        shown=SHOWN,
        truncated=len(found) > most,
        view=view,
        specialties=known,
        consultations=[(one.value, page.text(f"consultation.{one.value}")) for one in Consultation],
        lengths=[(one, page.text("finder.length", count=int(one))) for one in DAYS],
        place=page.query("lieu"),
        specialty=chosen,
        consultation=consultation,
        day=first.isoformat(),
        length=str(count),
        earlier=page.here(jour=_shifted(first, -count, page)),
        later=page.here(jour=(first + timedelta(days=count)).isoformat()),
        is_first=first <= local(page.now).date(),
        by_days=page.here(vue=""),
        by_list=page.here(vue="liste"),
        regulates=page.may(SAS_BOOK),
    )


def _shifted(first: date, days: int, page: Page) -> str:
    today = local(page.now).date()
    return max(first + timedelta(days=days), today).isoformat()


def _lines(rows: list[Row], days: list[date]) -> list[Line]:
    """Professionals, the soonest free first, each with the hours of each day."""
    by_schedule: dict[str, list[Row]] = {}
    for one in rows:
        by_schedule.setdefault(one.slot.schedule, []).append(one)
    return [
        Line(
            mine[0].schedule,
            tuple(tuple(one for one in mine if local(one.slot.start).date() == day) for day in days),
            len(mine),
        )
        for mine in by_schedule.values()
    ]
