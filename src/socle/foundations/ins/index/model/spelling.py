"""Names and numbers as they are compared: capitals without marks, one space between words."""

import re
from functools import lru_cache
from typing import Final

from socle.foundations.ins.model.nom import letters

_OTHER: Final = re.compile(r"[^A-Z0-9]+")
_DIGITS: Final = re.compile(r"[^0-9]+")


@lru_cache(maxsize=65_536)
def plain(text: str) -> str:
    """ "Hélène d’Arçay-Le Gall" → "HELENE D ARCAY LE GALL"; "" when nothing is left. Never refuses."""
    return _OTHER.sub(" ", letters(text[:200])).strip() if text else ""


def digits(text: str) -> str:
    """The digits of a telephone number."""
    return _DIGITS.sub("", text)
