"""Publishing an edition: checked whole, kept whole, traced."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from socle.kernel.audit import Action, Event, Outcome, Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor, decide
from socle.support.doctrine.actions.editions import Home, editions, known_to, remember
from socle.support.doctrine.model import Edition, EditionStatus
from socle.support.doctrine.permissions import PUBLISH
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.store import published

_MOST = 20_000_000  # characters of an edition, all its files together; 2,000 requirements are about two million


async def publish(
    house: Home, files: Mapping[str, str], *, replace_draft: bool = False, by: Actor, trace: Trace
) -> Edition:
    """Keep an edition in this house and show it. A draft that is there is replaced only when `replace_draft` asks so.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN); Problem(INVALID) with every fault of the files, by file and line;
    Problem(CONFLICT) when the edition is there already, or was published meanwhile; Problem(TOO_LARGE).
    """
    try:
        kind = Kind.FORBIDDEN if by.is_authenticated else Kind.UNAUTHENTICATED
        trace = replace(trace, ground=trace.ground or decide(by, PUBLISH).or_raise(kind).reason)
    except Problem as problem:
        refusal = Event(trace, Action.EXECUTE, Outcome.REFUSED, detail=f"{problem.kind.name} {PUBLISH.name}")
        await house.database.record(published.SCHEMA, refusal)
        raise
    if sum(map(len, files.values())) > _MOST:
        raise Problem.of(
            Kind.TOO_LARGE,
            f"L'édition dépasse {_MOST // 1_000_000} millions de caractères.",
            f"The edition is larger than {_MOST // 1_000_000} million characters.",
        )
    edition = await asyncio.to_thread(load, files, known=known_to(house))  # a large one takes a second
    # The version first, the status after: whoever publishes in between is met by one or by the other.
    before = next((one.version for one in await published.latest(house.database) if one.id == edition.id), 0)
    _may_stand(edition, await editions(house, fresh=True), replace_draft=replace_draft)
    await published.write(house.database, edition.id, before + 1, edition.status, files, trace)
    remember(house, edition, before + 1)
    return (await editions(house, fresh=True))[edition.id]


def _may_stand(edition: Edition, there: Mapping[str, Edition], *, replace_draft: bool) -> None:
    known = there.get(edition.id)
    if known is not None and known.status is not EditionStatus.DRAFT:
        raise Problem.of(
            Kind.CONFLICT,
            f"L'édition {edition.id} est publiée : elle ne change plus. Publiez une édition d'une autre année.",
            f"Edition {edition.id} is published: it no longer changes. Publish an edition of another year.",
            rule="doctrine",
        )
    if known is not None and not replace_draft:
        raise Problem.of(
            Kind.CONFLICT,
            f"Un projet de l'édition {edition.id} existe déjà ; demandez à le remplacer.",
            f"There is a draft of edition {edition.id} already; ask to replace it.",
            rule="doctrine",
        )
    if edition.based_on and edition.based_on not in there:
        raise Problem.of(
            Kind.INVALID,
            f"edition.yaml : based_on : il n'y a pas d'édition « {edition.based_on} ».",
            f"edition.yaml: based_on: there is no edition “{edition.based_on}”.",
            rule="doctrine",
        )
