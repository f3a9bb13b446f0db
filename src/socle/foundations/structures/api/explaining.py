"""What to tell a caller who finds nothing because it gives the number of an EJ where an ET is meant, or the reverse."""

import re
from collections.abc import Sequence
from typing import Final

from socle.foundations.structures import actions
from socle.foundations.structures.model import Nature
from socle.foundations.structures.rules.natures import RULE
from socle.kernel.outcome import Issue
from socle.kernel.search.repository import Repository

_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])[0-9][0-9A-Z][0-9]{7}(?![0-9A-Za-z])", re.ASCII)
_OF_ESTABLISHMENTS: Final = frozenset({"Location", "HealthcareService", "Device"})
_EJ: Final = ("LEGAL-ENTITY", "FINEJ")
_ET: Final = ("GEOGRAPHICAL-ENTITY", "FINEG")
_MOST: Final = 3  # numbers looked at


async def explain(repository: Repository, resource_type: str, parameters: Sequence[tuple[str, str]]) -> Sequence[Issue]:
    """One information for each number of the other nature among the parameters."""
    said = " ".join(value for name, value in parameters if name.partition(":")[0] in ("type", "identifier"))
    found: list[Issue] = []
    for name, value in parameters:
        wanted = _wanted(resource_type, name, said)
        if wanted is None:
            continue
        for number in _NUMBER.findall(value)[:_MOST]:
            text = await actions.meant(repository.store, number, wanted)
            if text is not None:
                expression = f"http.{name.partition(':')[0]}"
                found.append(Issue(text, (expression,), RULE, "informational", "information"))
    return found[:_MOST]


def _wanted(resource_type: str, name: str, said: str) -> Nature | None:
    """Which nature a parameter takes; None when both do."""
    if name.startswith("partof"):
        return Nature.EJ
    if resource_type in _OF_ESTABLISHMENTS:
        return Nature.ET
    if any(code in said for code in _ET):
        return Nature.ET
    if any(code in said for code in _EJ):
        return Nature.EJ
    return None
