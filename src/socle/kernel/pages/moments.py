"""Dates as people read them: in full, with the relative time."""

from datetime import date, datetime

from markupsafe import Markup

from socle.kernel.outcome import Language
from socle.kernel.zone import ZONE

_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_UNITS = (
    (31_536_000, ("an", "ans"), ("year", "years")),
    (2_592_000, ("mois", "mois"), ("month", "months")),
    (86_400, ("jour", "jours"), ("day", "days")),
    (3_600, ("heure", "heures"), ("hour", "hours")),
    (60, ("minute", "minutes"), ("minute", "minutes")),
)


def day(value: date, language: Language) -> str:
    """A date in full: 1er mars 1984, 1 March 1984."""
    ordinal = "1er" if language == "fr" and value.day == 1 else str(value.day)
    return f"{ordinal} {_MONTHS[language][value.month - 1]} {value.year}"


def relative(then: datetime, now: datetime, language: Language) -> str:
    """How long ago (or ahead), to the largest unit: il y a 3 minutes, 3 minutes ago."""
    seconds = (now - then).total_seconds()
    for size, french, english in _UNITS:
        count = int(abs(seconds) // size)
        if count:
            if language == "fr":
                return f"{'il y a' if seconds > 0 else 'dans'} {count} {french[count > 1]}"
            words = f"{count} {english[count > 1]}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "à l'instant" if language == "fr" else "just now"


def when(then: datetime, now: datetime, language: Language) -> Markup:
    """A moment as HTML: full date and time of Paris, relative time behind."""
    local = then.astimezone(ZONE)
    clock = f"à {local:%H:%M}" if language == "fr" else f"at {local:%H:%M}"
    return Markup('<time datetime="{iso}">{full} {clock} <small>({ago})</small></time>').format(
        iso=local.isoformat(timespec="seconds"),
        full=day(local.date(), language),
        clock=clock,
        ago=relative(then, now, language),
    )
