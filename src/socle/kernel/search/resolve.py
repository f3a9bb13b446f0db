"""What a query asks of others than the index: the codes of a value set, the descendants of a code or of a place.

Answered before the search, and replaced by the tokens to look up. Source: FHIR R4 search.html#modifiers, #recursive.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from socle.kernel.fhir.knowledge import Terminology
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.conditions import (
    All,
    Apart,
    Coded,
    Condition,
    Either,
    HasToken,
    IsOneOf,
    Lineage,
    Never,
    ReferredBy,
    RefersTo,
    either,
)
from socle.kernel.search.refusal import refuse, unsupported
from socle.kernel.search.sql import Writer
from socle.kernel.search.types import token as tokens
from socle.kernel.store.contract import Tx

MOST_CODES: Final = 10_000  # of a value set, or below a code
MOST_RELATED: Final = 10_000  # resources of one hierarchy


async def resolved(
    condition: Condition, asked: Tx, new: Callable[[], Writer], terminology: Terminology | None
) -> Condition:
    """`condition` without a question to others. `new` gives the writer of each statement.

    Raises: Problem(INVALID) when the value set or the code is not known; Problem(TOO_COSTLY) when they are too many.
    """
    match condition:
        case Coded():
            return await _coded(condition, terminology)
        case Apart(codes):
            return IsOneOf(tuple(await terminology.systems_with(codes)) if terminology is not None else ())
        case Lineage():
            return await _lineage(condition, asked, new)
        case RefersTo(reference, target, inner):
            return RefersTo(reference, target, await resolved(inner, asked, new, terminology))
        case ReferredBy(reference, source, inner):
            return ReferredBy(reference, source, await resolved(inner, asked, new, terminology))
        case Never(of):
            return Never(await resolved(of, asked, new, terminology))
        case All(every):
            return All(tuple([await resolved(one, asked, new, terminology) for one in every]))
        case Either(some):
            return either([await resolved(one, asked, new, terminology) for one in some])
    return condition


async def _coded(asked: Coded, terminology: Terminology | None) -> Condition:
    name = f"{asked.name}:{asked.how}"
    if terminology is None:
        raise unsupported(
            name,
            f"« :{asked.how} » interroge les terminologies, et ce registre n'en a pas.",
            f"“:{asked.how}” asks the terminologies, and this register has none.",
        )
    try:
        if asked.how == "in":
            found = await terminology.members(asked.value, most=MOST_CODES)
        else:
            related = terminology.above if asked.how == "above" else terminology.below
            codes = await related(asked.system, asked.value, most=MOST_CODES)
            found = [(asked.system, code) for code in (asked.value, *codes)]
    except Problem as problem:
        if problem.kind is not Kind.NOT_FOUND:
            raise
        said = problem.issues[0].text
        raise refuse(
            name, f"« {name} » : {said.fr}", f"“{name}”: {said.en}", rule="FHIR R4 search.html#modifiers"
        ) from problem
    coded = (tokens.coded(asked.resource_type, asked.name, system, code) for system, code in found)
    return HasToken(tuple(dict.fromkeys(coded)))


async def _lineage(asked: Lineage, tx: Tx, new: Callable[[], Writer]) -> Condition:
    """Only live resources, that may be seen, make a hierarchy; one that turns in circles is walked once."""
    writer = replace(new(), led=True)
    key, parent = writer.arg(asked.key, "bigint"), writer.arg(asked.parent, "bigint")
    limits = () if asked.limit is None else (asked.limit,)

    def stands(alias: str) -> str:
        return writer.all(limits, (asked.target,), alias) if limits else f"NOT {alias}.deleted"

    table = f"{writer.schema}.resource"
    step = (
        f"SELECT p.key FROM line JOIN {table} r ON r.key = line.key AND {stands('r')}"
        f" CROSS JOIN LATERAL unnest(r.toks) AS u(token) JOIN {table} p ON p.key = u.token # {parent} AND {stands('p')}"
        if asked.above
        else f"SELECT r.key FROM line JOIN {table} r ON r.toks @> ARRAY[{parent} # line.key] AND {stands('r')}"
    )
    rows = await tx.query(
        f"WITH RECURSIVE line(key) AS (SELECT {key} UNION {step}) SELECT key FROM line LIMIT {MOST_RELATED + 1}",
        *writer.args,
    )
    if len(rows) > MOST_RELATED:
        raise Problem.of(
            Kind.TOO_COSTLY,
            f"« {asked.name} » : la hiérarchie compte plus de {MOST_RELATED} ressources ; partez de plus près.",
            f"“{asked.name}”: the hierarchy has more than {MOST_RELATED} resources; start closer.",
            expression=f"http.{asked.name}",
            rule="FHIR R4 search.html#recursive",
        )
    return HasToken(tuple(asked.reference ^ row["key"] for row in rows))
