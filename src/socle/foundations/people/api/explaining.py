"""What to tell a caller who finds nothing because it gives the FINESS number of a legal entity (EJ) where the Annuaire has
establishments (ET), or the reverse. The register of structures says which is which.
"""

import re
from collections.abc import Sequence
from typing import Final

from socle.foundations.structures import actions as structures
from socle.foundations.structures.model import Nature
from socle.kernel.outcome import Issue
from socle.kernel.search.repository import Repository

RULE: Final = "SOCLE-FINESS-EJ-ET"
# A FINESS number, alone or as a national identification of structures (1 and the number).
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])1?([0-9][0-9A-Z][0-9]{7})(?![0-9A-Za-z])", re.ASCII)
_MOST: Final = 3  # numbers looked at


async def explain(repository: Repository, resource_type: str, parameters: Sequence[tuple[str, str]]) -> Sequence[Issue]:
    """One information for each number of the other nature among the parameters."""
    found: list[Issue] = []
    for name, value in parameters:
        wanted = _wanted(resource_type, re.split("[.:]", name)[0])
        if wanted is None:
            continue
        for number in _NUMBER.findall(value)[:_MOST]:
            text = await structures.meant(repository.store, number, wanted)
            if text is not None:
                found.append(Issue(text, (f"http.{name}",), RULE, "informational", "information"))
    return found[:_MOST]


def _wanted(resource_type: str, name: str) -> Nature | None:
    """Which nature a parameter takes; None when it takes no structure."""
    if resource_type == "Organization":
        return {"identifier": Nature.ET, "partof": Nature.EJ}.get(name)
    return Nature.ET if name == "organization" else None
