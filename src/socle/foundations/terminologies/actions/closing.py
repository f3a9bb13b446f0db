"""$closure: a client tells codes as it meets them, and learns which of those that it told are broader than which.

Source: FHIR R4 conceptmap-operation-closure.html, terminology-service.html#closure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from socle.foundations.terminologies.actions.asking import unknown_code
from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.store import Held
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.terminology.planning import choose
from socle.kernel.terminology.versions import VersionRules

MOST: Final = 2_000  # codes of one closure
_NAME: Final = re.compile(r"[A-Za-z0-9._~:/-]{1,120}")
_RULE: Final = "FHIR R4 conceptmap-operation-closure.html"


@dataclass(frozen=True, slots=True)
class Closed:
    """What is new. pairs: (system, broader code, narrower code)."""

    name: str
    version: int
    pairs: tuple[tuple[str, str, str], ...]


async def close(
    held: Held, name: str, told: Sequence[tuple[str, str]], since: int | None, *, by: Actor, trace: Trace
) -> Closed:
    """Add codes, each (system, code), to a closure, and answer the relations that they bring; or those since a version.

    Without codes and without version, the closure starts again, empty. A name is its keeper's own (`by`).
    Raises: Problem(INVALID | NOT_FOUND | TOO_COSTLY).
    """
    if not _NAME.fullmatch(name):
        raise Problem.of(
            Kind.INVALID,
            "Le nom d'une fermeture compte 1 à 120 lettres, chiffres ou « . _ ~ : / - ».",
            "The name of a closure has 1 to 120 letters, digits or “. _ ~ : / -”.",
            expression="Parameters.parameter.where(name = 'name')",
            rule=_RULE,
        )
    said, name = name, f"{by.id} {name}"
    if not told and since is None:
        start = f"INSERT INTO {CONCEPTS}.kept_closure VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET version = 0"
        clear = f"DELETE FROM {CONCEPTS}.kept_code WHERE name = $1"
        await held.database.write(CONCEPTS, [(start, (name,)), (clear, (name,))], trace)
        return Closed(said, 0, ())
    rows = await held.database.query(f"SELECT version FROM {CONCEPTS}.kept_closure WHERE name = $1", name)
    if not rows:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"La fermeture « {said} » n'existe pas : commencez-la par un appel sans concept.",
            f"The closure “{said}” does not exist: start it by a call without concept.",
            expression="Parameters.parameter.where(name = 'name')",
            rule=_RULE,
        )
    version = int(rows[0]["version"])
    known = await _known(held, name)
    if since is not None:
        pairs = await _pairs(held, known, {one for one, at in known.items() if at > since})
        return Closed(said, version, pairs)
    fresh = [one for one in dict.fromkeys(told) if one not in known]
    if len(known) + len(fresh) > MOST:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"Une fermeture compte {MOST} codes au plus : commencez-en une autre.",
            f"A closure has at most {MOST} codes: start another.",
            rule=_RULE,
        )
    if not fresh:
        return Closed(said, version, ())
    await _pairs(
        held, known | dict.fromkeys(fresh, version), set(fresh)
    )  # refuses what does not exist, before it is kept
    # Calls at the same time wait for each other where the version is raised: of two codes, the later tells the relation.
    bump = f"UPDATE {CONCEPTS}.kept_closure SET version = version + 1 WHERE name = $1"
    add = (
        f"INSERT INTO {CONCEPTS}.kept_code SELECT $1, s, c, k.version FROM unnest($2::text[], $3::text[]) AS t (s, c) "
        f"CROSS JOIN (SELECT version FROM {CONCEPTS}.kept_closure WHERE name = $1) AS k ON CONFLICT DO NOTHING"
    )
    systems, codes = [system for system, _ in fresh], [code for _, code in fresh]
    await held.database.write(CONCEPTS, [(bump, (name,)), (add, (name, systems, codes))], trace)
    known = await _known(held, name)
    version = max(known.get(one, 0) for one in fresh)
    pairs = await _pairs(held, {one: at for one, at in known.items() if at <= version}, set(fresh))
    return Closed(said, version, pairs)


async def _known(held: Held, name: str) -> dict[tuple[str, str], int]:
    """The codes of a closure, each (system, code), and the version that brought each."""
    rows = await held.database.query(f"SELECT system, code, version FROM {CONCEPTS}.kept_code WHERE name = $1", name)
    return {(row["system"], row["code"]): int(row["version"]) for row in rows}


async def _pairs(
    held: Held, known: dict[tuple[str, str], int], fresh: set[tuple[str, str]]
) -> tuple[tuple[str, str, str], ...]:
    """(system, broader, narrower) of the pairs in which a fresh code is."""
    snapshot = await held.snapshot()
    found: list[tuple[str, str, str]] = []
    for system, group in groupby(sorted(known), key=lambda one: one[0]):
        codes = [code for _, code in group]
        edition = choose(snapshot, system, "", VersionRules())
        entries = await snapshot.entries(edition, codes)
        missing = next((code for code in codes if code not in entries), None)
        if missing is not None:
            raise unknown_code(edition, missing, "concept")
        by_rank: dict[int, list[str]] = {}  # several where case does not matter
        for code in codes:
            by_rank.setdefault(entries[code].rank, []).append(code)
        for code in codes:
            above = (one for rank in entries[code].ancestors for one in by_rank.get(rank, ()))
            new = (system, code) in fresh
            found.extend((system, broader, code) for broader in above if new or (system, broader) in fresh)
    return tuple(sorted(found))
