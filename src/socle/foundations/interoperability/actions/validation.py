"""Checking texts against FHIR R4 and profiles, with the packages and the terminologies of the house. Nothing is kept."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from socle.foundations.interoperability.rules.trial import BUDGET, Findings, Trial, evaluated
from socle.foundations.terminologies.model import REALM
from socle.kernel.fhir.validation import Judged, Source
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.store import packages

MOST_PROFILES: Final = 500


async def judge(
    house: House, texts: Sequence[Source], *, profiles: Sequence[str] = (), now: datetime, language: str
) -> list[Judged]:
    """The report on each text, in order.

    profiles  canonical URLs, beside those that the resources claim
    Raises: Problem(NOT_FOUND) when a profile asked for is in no installed package.
    """
    library = house.library()
    for url in profiles:
        while library.structure(url) is None:
            if not await library.fetch():
                raise _unknown(url)
    return await house.validator.judge_texts(texts, profiles=profiles, now=now, language=language)


async def tried(house: House, trial: Trial, *, now: datetime) -> Findings:
    """What an expression finds, with the packages and the terminologies of the house. Raises: as `rules.trial.evaluated`."""
    return await house.validator.find(trial.resource, partial(evaluated, trial), now=now, budget=BUDGET)


async def profiles(house: House) -> list[tuple[str, str]]:
    """(canonical URL, title) of profiles of resources that installed packages define, the French ones first; at most 500."""
    held = await packages.nearest_first(house.database, REALM)
    return await packages.profiles(house.database, most=MOST_PROFILES, order=[one.key for one in held])


def _unknown(url: str) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le profil {url} n'est dans aucun paquet installé : vérifiez son URL, ou installez son paquet (socle fhir install).",
        f"The profile {url} is in no installed package: check its URL, or install its package (socle fhir install).",
        expression="profile",
        rule="FHIR R4 profiling.html",
        code="not-found",
    )
