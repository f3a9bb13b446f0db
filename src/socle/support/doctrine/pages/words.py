"""How pages say what the model holds: in the reader's language, from `texts.toml`."""

import re
from datetime import date
from functools import lru_cache
from typing import Final

from socle.kernel.pages import Markup, Page, typeset
from socle.support.doctrine.model import Addressee, PartialDate

KINDS: tuple[tuple[str, tuple[Addressee, ...]], ...] = (
    ("publish", tuple(addressee for addressee in Addressee if addressee.is_publisher)),
    ("care", (Addressee.ETABLISSEMENT, Addressee.MEDICO_SOCIAL, Addressee.PROFESSIONNEL_LIBERAL)),
    ("operate", (Addressee.HEBERGEUR, Addressee.OPERATEUR_MSSANTE)),
    ("steer", (Addressee.REGION, Addressee.OPERATEUR_NATIONAL, Addressee.ETAT)),
)
"""Addressees as people see themselves: those who publish, who care, who operate, who steer."""


def distance(then: PartialDate, today: date, page: Page) -> str:
    """How far a date is, in days, months or years: "dans 3 mois", "depuis 2 ans"; "" when it is too vague to say."""
    days = (then.first - today).days
    if then.precision == "year" and abs(days) < 366:
        return ""
    size, unit = next(
        (size, unit) for size, unit in ((365, "years"), (30, "months"), (1, "days"), (0, "today")) if abs(days) >= size
    )
    if unit == "today":
        return page.text("distance.today")
    return page.text(f"distance.{'in' if days > 0 else 'since'}_{unit}", count=abs(days) // size)


def slip(days: int, page: Page) -> str:
    """A slip in words: "1 an de retard", "3 mois d'avance"; "" for none."""
    if days == 0:
        return ""
    size, unit = next((size, unit) for size, unit in ((365, "years"), (30, "months"), (1, "days")) if abs(days) >= size)
    return page.text(f"slip.{'late' if days > 0 else 'early'}_{unit}", count=abs(days) // size)


_KEPT: Final = re.compile(r"(<code>.*?</code>|<[^>]+>)", re.DOTALL)


@lru_cache(maxsize=8_192)
def printed(text: str) -> str:
    """A sentence of the doctrine with the apostrophes and the blanks of French print."""
    return typeset(text, "fr")


def printed_html(html: Markup) -> Markup:
    """The same for what is already HTML: tags and code stay as they are."""
    parts = _KEPT.split(html)
    return Markup("".join(part if rank % 2 else typeset(part, "fr") for rank, part in enumerate(parts)))
