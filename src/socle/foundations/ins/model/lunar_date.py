"""Birth dates as civil status knows them: the day, or the day and the month, may be unknown."""

import re
from dataclasses import dataclass
from datetime import date

from socle.kernel.outcome import Kind, Problem

RULE = "RNIV EXI PP 19"
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_FRENCH = re.compile(r"([0-9]{2})[/.]([0-9]{2})[/.]([0-9]{4})")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, order=True)
class LunarDate:
    """A “date lunaire”: year, month or 0, day or 0. Written YYYY-MM-DD, with 00 for what is unknown."""

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        if not (1850 <= self.year <= 2200 and 0 <= self.month <= 12 and self._is_day_possible()):
            raise Problem.of(
                Kind.INVALID,
                "Cette date de naissance n'existe pas. Formes acceptées : AAAA-MM-JJ, JJ/MM/AAAA, AAAA-MM ou AAAA ; "
                "00 pour un "
                "jour ou un mois inconnu.",
                "This birth date does not exist. Accepted: YYYY-MM-DD, DD/MM/YYYY, YYYY-MM or YYYY; 00 for an unknown "
                "day or "
                "month.",
                rule=RULE,
            )

    def _is_day_possible(self) -> bool:
        if self.day == 0 or self.month == 0:
            return 0 <= self.day <= 31
        if self.month == 2 and self.day == 29:
            return self.year % 4 == 0 and (self.year % 100 != 0 or self.year % 400 == 0)
        return self.day <= _DAYS[self.month - 1]

    @classmethod
    def parse(cls, text: str) -> "LunarDate":
        """The date written in `text`: YYYY, YYYY-MM, YYYY-MM-DD (00 where unknown) or DD/MM/YYYY.

        Raises: Problem(INVALID) when it is none of them, or no date at all.
        """
        text = text.strip()
        if match := _ISO.fullmatch(text):
            return cls(int(match[1]), int(match[2] or 0), int(match[3] or 0))
        if match := _FRENCH.fullmatch(text):
            return cls(int(match[3]), int(match[2]), int(match[1]))
        return cls(0)  # raises the Problem that says which forms are accepted

    @classmethod
    def of(cls, day: date) -> "LunarDate":
        """A complete date."""
        return cls(day.year, day.month, day.day)

    @property
    def is_complete(self) -> bool:
        """Whether day and month are both known."""
        return self.month > 0 and self.day > 0

    def completed(self) -> date:
        """The calendar date that stands for it in a health identity.

        Day unknown: 1st of the month; month unknown: January; both: 31 December.
        Source: RNIV EXI PP 19; Guide INS v3.0, EXI ID 11.
        """
        if self.is_complete:
            return date(self.year, self.month, self.day)
        if self.month:
            return date(self.year, self.month, 1)
        if self.day:
            return date(self.year, 1, self.day)
        return date(self.year, 12, 31)

    def earliest(self) -> date:
        """The first day that it may be: what is not known is as early as it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    def age(self, on: date) -> int:
        """Whole years lived on the day `on`, counted from the completed date."""
        birth = self.completed()
        return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"
