"""What to tell a caller who finds nothing: the FINESS number of a legal entity (EJ) was given where the Annuaire has
establishments (ET), or the reverse, as the register of structures knows; a town was written otherwise than towns are compared.
"""

import re
from collections.abc import Sequence
from typing import Final

from socle.foundations.people.store.building import town
from socle.foundations.structures import actions as structures
from socle.foundations.structures.model import Nature
from socle.kernel.outcome import Issue, Text
from socle.kernel.search.repository import Repository

RULE: Final = "SOCLE-FINESS-EJ-ET"
# A FINESS number, alone or as a national identification of structures (1 and the number).
_NUMBER: Final = re.compile(r"(?<![0-9A-Za-z])1?([0-9][0-9A-Z][0-9]{7})(?![0-9A-Za-z])", re.ASCII)
_MOST: Final = 3  # numbers looked at


async def explain(repository: Repository, resource_type: str, parameters: Sequence[tuple[str, str]]) -> Sequence[Issue]:
    """One information for each number of the other nature, and each town written otherwise, among the parameters."""
    found: list[Issue] = []
    for name, value in parameters:
        if (resource_type, name) == ("Practitioner", "town"):
            found += [_written(form) for one in value.split(",") if (form := _form(one))]
        wanted = _wanted(resource_type, re.split("[.:]", name)[0])
        if wanted is None:
            continue
        for number in _NUMBER.findall(value)[:_MOST]:
            text = await structures.meant(repository.store, number, wanted)
            if text is not None:
                found.append(Issue(text, (f"http.{name}",), RULE, "informational", "information"))
    return found[:_MOST]


def _form(text: str) -> str:
    """How a town is asked, when it was written otherwise; "" when it was not."""
    form = town(text)
    return "" if text.strip().casefold() in (form, form.replace(" ", "-")) else form


def _written(form: str) -> Issue:
    text = Text(
        f"Une ville se demande sans accent, sans arrondissement et sans abréviation : town={form}.",
        f"A town is asked without accents, district or abbreviation: town={form}.",
    )
    return Issue(text, ("http.town",), "", "informational", "information")


def _wanted(resource_type: str, name: str) -> Nature | None:
    """Which nature a parameter takes; None when it takes no structure."""
    if resource_type == "Organization":
        return {"identifier": Nature.ET, "partof": Nature.EJ}.get(name)
    return Nature.ET if name == "organization" else None
