"""When an agenda is open or closed, and the slots that follow."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from socle.foundations.care_offer.agenda.model.codes import Consultation, TypeCreneau
from socle.kernel.outcome import Kind, Problem

DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # RFC 5545, weekday 0 is Monday
FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY")
LONGEST: Final = timedelta(days=366)  # of one occurrence
RULE: Final = "AGD-OUVERTURE"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How an opening comes back. Source: RFC 5545 RRULE, the part that FrCoreScheduleAvailabilityTime carries.

    frequency  DAILY, WEEKLY or MONTHLY
    days       on these only, Monday is 0; of MONTHLY, each such day of the month
    ordinals   of MONTHLY: (rank, day), the second Tuesday is (2, 1), the last Friday (-1, 4)
    month_days of MONTHLY: 1 to 31, or -1 (the last day) to -31; a day that a month does not have is left out
    until      last moment at which an occurrence may start
    count      how many occurrences, the first included
    """

    frequency: str
    interval: int = 1
    days: frozenset[int] = frozenset()
    until: datetime | None = None
    count: int | None = None
    ordinals: frozenset[tuple[int, int]] = frozenset()
    month_days: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.frequency not in FREQUENCIES:
            raise _wrong(
                "rrule.freq",
                "la répétition est DAILY, WEEKLY ou MONTHLY ; les autres ne sont pas tenues ici",
                "the recurrence is DAILY, WEEKLY or MONTHLY; others are not kept here",
            )
        monthly = self.frequency == "MONTHLY"
        if any(not (monthly and 1 <= abs(rank) <= 5) for rank, _ in self.ordinals):
            raise _wrong(
                "rrule.byDay",
                "un rang (2TU, -1FR) va de 1 à 5 ou de -1 à -5, et seulement avec MONTHLY",
                "a rank (2TU, -1FR) goes from 1 to 5 or from -1 to -5, and only with MONTHLY",
            )
        if any(not (monthly and 1 <= abs(day) <= 31) for day in self.month_days):
            raise _wrong(
                "rrule.byMonthDay",
                "un jour du mois va de 1 à 31 ou de -1 à -31, et seulement avec MONTHLY",
                "a day of the month goes from 1 to 31 or from -1 to -31, and only with MONTHLY",
            )
        if not 1 <= self.interval <= 366 or (self.count is not None and not 1 <= self.count <= 3660):
            raise _wrong(
                "rrule.interval",
                "l'intervalle va de 1 à 366, le nombre d'occurrences de 1 à 3660",
                "the interval goes from 1 to 366, the count from 1 to 3660",
            )


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of time during which appointments may be taken, or (`closed`) may not: a holiday, an absence.

    start, end     of the first occurrence, aware; wall-clock times repeat: 9:00 stays 9:00 when summer time comes
    access         who may take its slots
    consultations  where patients are seen
    walk_in        one comes without appointment: its slots are shown, not taken
    cpts           structures (FINESS with its prefix) that see its slots
    """

    key: str
    start: datetime
    end: datetime
    closed: bool = False
    recurrence: Recurrence | None = None
    access: frozenset[TypeCreneau] = frozenset({TypeCreneau.PUBLIC})
    consultations: frozenset[Consultation] = frozenset({Consultation.AMB})
    walk_in: bool = False
    cpts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise _wrong("start", "une heure porte son décalage (+01:00)", "a time carries its offset (+01:00)")
        if not timedelta() < self.end - self.start <= LONGEST:
            raise _wrong("end", "la fin suit le début, d'un an au plus", "the end follows the start, by a year at most")


@dataclass(frozen=True, slots=True, order=True)
class Derived:
    """A slot that an opening gives: [start, end), aware, UTC."""

    start: datetime
    end: datetime
    opening: Opening = field(compare=False)

    def day(self) -> date:
        """The day on which it starts, in UTC."""
        return self.start.date()


def _wrong(part: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Ouverture illisible : {fr}.",
        f"Opening not understood: {en}.",
        expression=f"Schedule.extension('availabilityTime').extension('{part}')",
        rule=RULE,
    )
