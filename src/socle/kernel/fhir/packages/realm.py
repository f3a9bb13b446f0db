"""Whose a package is, as its name tells: of a country (`hl7.fhir.fr.core`, `ans.fhir.fr.ror`), or what everybody builds upon."""

import re
from collections.abc import Iterable
from typing import Final

from socle.kernel.fhir.packages.versions import precedence

# FHIR itself, its extensions, its terminology: thousands of definitions under which a guide of twenty would be buried.
_COMMON: Final = re.compile(r"hl7\.(?:fhir\.r\d+b?\.|fhir\.uv\.extensions\b|terminology\b)")


def nearness(name: str, realm: str) -> int:
    """0 for a package of the realm (`fr`), 2 for one that everybody builds upon, 1 for any other."""
    if realm and realm in name.split("."):
        return 0
    return 2 if _COMMON.match(name) else 1


def nearest_first(packages: Iterable[tuple[str, str]], realm: str) -> list[tuple[str, str]]:
    """(name, version) of packages, those of the realm first and what everybody builds upon last; the latest version first."""
    latest = sorted(packages, key=lambda one: precedence(one[1]), reverse=True)
    return sorted(latest, key=lambda one: (nearness(one[0], realm), one[0]))
