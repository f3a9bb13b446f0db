"""Numbers of persons: the RPPS number and the national identification that carries it.

Sources: ANS, nomenclature TRE_G08 (0 ADELI, 3 FINESS/internal, 5 SIRET/internal, 8 RPPS); RPPS numbers have eleven digits, the
last one a Luhn key.
"""

import re
from functools import lru_cache
from typing import Final

from socle.kernel import luhn

ID_NAT_PS: Final = "urn:oid:1.2.250.1.71.4.2.1"
SERIE_ENROLEMENT: Final = "9989"  # ours: where numbers issued by an employer's enrolment begin, far from real ones
_RPPS: Final = re.compile(r"[0-9]{11}", re.ASCII)
_ID_NAT: Final = re.compile(
    r"8[0-9]{11}|0[0-9A-Z]{9}|[135][0-9A-Z]{8,14}/[A-Za-z0-9._-]{1,30}|[0-9][A-Za-z0-9/._-]{3,40}"
)


def is_numero_rpps(text: str) -> bool:
    """Whether this is an RPPS number: eleven digits, the last one the Luhn key of the others."""
    return _RPPS.fullmatch(text) is not None and luhn.holds(text)


def id_nat_ps(numero_rpps: str) -> str:
    """The national identification of a person who has an RPPS number."""
    return f"8{numero_rpps}"


@lru_cache(maxsize=16_384)
def is_id_nat_ps(text: str) -> bool:
    """Whether this can be a national identification: an RPPS behind its prefix, or another prefix of TRE_G08."""
    if text[:1] == "8":
        return is_numero_rpps(text[1:])
    return _ID_NAT.fullmatch(text) is not None


def numero_enrole(rang: int) -> str:
    """The RPPS number of the enrolment of this rank (from 1). Raises: ValueError beyond a million."""
    if not 0 < rang < 1_000_000:
        raise ValueError("no number left in the series of enrolments")
    racine = f"{SERIE_ENROLEMENT}{rang:06d}"
    return f"{racine}{luhn.check_digit(racine)}"
