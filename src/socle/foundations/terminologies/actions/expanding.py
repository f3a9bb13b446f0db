"""What a value set holds, as its expansion is asked for."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from socle.foundations.terminologies.actions.asking import not_listed
from socle.foundations.terminologies.actions.judging import plan
from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.store import Snapshot
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology import expansion
from socle.kernel.terminology.compose import Plan
from socle.kernel.terminology.expansion import Expansion
from socle.kernel.terminology.versions import VersionRules
from socle.kernel.terminology.words import asked

LONGEST: Final = 10.0  # seconds that an expansion may take


@dataclass(frozen=True, slots=True)
class Wanted:
    """How an expansion is asked for. `excluded`: systems left out (URL, perhaps |version)."""

    text: str = ""
    offset: int = 0
    count: int | None = None
    active: bool = False
    for_ui: bool = False
    excluded: tuple[str, ...] = ()
    rules: VersionRules = field(default_factory=VersionRules)


async def expand(snapshot: Snapshot, value_set: str | Json, wanted: Wanted) -> tuple[Plan, Expansion]:
    """The plan of a value set, and the page of its codes that is wanted.

    Raises: Problem(NOT_FOUND) for what is not held; Problem(TOO_COSTLY) when there are too many codes for one answer.
    """
    made = await plan(snapshot, value_set, wanted.rules)
    if any(inner.open for inner in made.plans()):
        raise not_listed(made.canonical)
    words = asked(wanted.text)
    if wanted.text.strip() and not words:
        return made, Expansion([], 0)
    try:
        async with asyncio.timeout(LONGEST):
            found = await expansion.expanded(
                snapshot,
                made,
                words=words,
                active=wanted.active,
                choosable=wanted.for_ui,
                excluded=frozenset(wanted.excluded),
                offset=wanted.offset,
                count=wanted.count,
            )
    except TimeoutError:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"Énumérer ce jeu de valeurs prend plus de {LONGEST:g} secondes ; précisez ses filtres, ou validez code par code.",
            f"Listing this value set takes more than {LONGEST:g} seconds; make its filters more precise, or validate codes one "
            "by one.",
            expression="ValueSet.compose",
            rule="SOCLE-TERMINOLOGY-SIZE",
        ) from None
    return made, found
