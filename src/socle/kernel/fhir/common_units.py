"""Units that measure the same thing: those in which a quantity may have been written that a search names in another unit.

The units are those of R4's value set ucum-common. UCUM counts a mole as a number and a hertz as a becquerel; nobody who looks
for mmol/L wants 10*9/L, so amounts of substance, equivalents, osmoles and catalytic activities each stay among themselves,
and pure numbers ("{score}", "%") are compared as they are written.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from socle.kernel.fhir.core import core_value_set
from socle.kernel.fhir.units import Dimension, Unit, unit

UCUM: Final = "http://unitsofmeasure.org"
_COMMON: Final = "http://hl7.org/fhir/ValueSet/ucum-common"
_ANNOTATION = re.compile(r"\{[^}]*\}")
_SUBSTANCE = re.compile(r"(?<![A-Za-z\[_])(?:da|[YZEPTGMkhdcmunpfazy])?(mol|eq|osm|kat|U)(?![A-Za-z_\]])")
Measured = tuple[Dimension, frozenset[str]]


def alike(code: str) -> Mapping[str, Unit]:
    """The units into which `code` converts, itself first; itself alone for a pure number, {} for what is no UCUM code."""
    own = unit(code)
    if own is None:
        return {}
    measured = _measured(code, own)
    return {code: own} | (_common().get(measured, {}) if measured != ((), frozenset()) else {})


@lru_cache(maxsize=4096)
def measure(code: str) -> tuple[str, Unit] | None:
    """A name of what a UCUM code measures, the same for all that it converts into, and its worth.

    None for a pure number and for what is no UCUM code: they are compared with their own kind alone.
    """
    own = unit(code)
    if own is None:
        return None
    measured = _measured(code, own)
    if measured == ((), frozenset()):
        return None
    common = _common().get(measured)
    return (min(common) if common else f"{sorted(measured[1])}{measured[0]}"), own


def _measured(code: str, worth: Unit) -> Measured:
    named = _SUBSTANCE.findall(_ANNOTATION.sub("", code))
    return worth.dimension, frozenset("kat" if one == "U" else one for one in named)


@cache
def _common() -> dict[Measured, dict[str, Unit]]:
    held = core_value_set(_COMMON)
    found: dict[Measured, dict[str, Unit]] = {}
    for code in sorted((held.codes.get(UCUM) if held is not None else None) or ()):
        worth = unit(code)
        if worth is not None:
            found.setdefault(_measured(code, worth), {})[code] = worth
    return found
