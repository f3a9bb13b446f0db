"""Ask the index: who is this (PDQm $match), under which other identifiers is this patient known (PIXm)?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from socle.foundations.ins.index.actions.desk import MasterIndex
from socle.foundations.ins.index.model import Comparison, Identifier, Portrait, Record, State, Verdict
from socle.foundations.ins.index.permissions import READ
from socle.foundations.ins.index.rules import compare
from socle.foundations.ins.index.store import INS_SYSTEMS
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor

Grade = Literal["certain", "probable", "possible"]  # FHIR R4 codesystem-match-grade
PROBABLE = 27.0  # bits from which a doubtful candidate is probable rather than possible
MOST = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that may be the person sought."""

    record: Record
    comparison: Comparison

    @property
    def grade(self) -> Grade:
        """certain: what would be linked without anybody; probable and possible: what somebody would have to look at."""
        if self.comparison.verdict is Verdict.LINK:
            return "certain"
        return "probable" if self.comparison.weight >= PROBABLE else "possible"

    @property
    def score(self) -> float:
        """The probability that it is the same person, 0 to 1."""
        return self.comparison.probability


async def match(
    index: MasterIndex, portrait: Portrait, *, count: int = 10, only_certain: bool = False, by: Actor, trace: Trace
) -> list[Candidate]:
    """The records that may be this person, the surest first (IHE PDQm ITI-119). Those apart are not answered.

    only_certain  nothing unless the certain candidates are all records of one person
    Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    async with index.guarded(READ, by=by, trace=trace) as trace:
        near = await index.index.near(portrait)
        found = [Candidate(one, compare(portrait, one.portrait, index.configuration)) for one in near]
        found = [one for one in found if one.comparison.verdict is not Verdict.APART]
        found.sort(key=lambda one: (one.grade != "certain", -one.comparison.weight, one.record.id))
        if only_certain:
            found = [one for one in found if one.grade == "certain"]
            if len({one.record.person for one in found}) > 1:
                found = []
        found = found[:count]
        await index.seen([one.record for one in found], trace, query="match")
        return found


async def cross_reference(
    index: MasterIndex, source: Identifier, targets: Sequence[str] = (), *, by: Actor, trace: Trace
) -> tuple[list[Identifier], list[Record]]:
    """Identifiers and records of the same person (IHE PIXm ITI-83), those of `targets` only when some are given.

    The source itself is not answered. An INS is answered once, whoever carries it; it is in the index only qualified.
    Raises: Problem(UNAUTHENTICATED | FORBIDDEN); Problem(INVALID) for a source domain that is not known, NOT_FOUND for an
    identifier that is not; FORBIDDEN for a target domain that is not known: the three answers that IHE asks for.
    """
    async with index.guarded(READ, by=by, trace=trace) as trace:
        known = {one.system for one in await index.index.domains([source.system, *targets])} | INS_SYSTEMS.keys()
        if source.system not in known:
            raise Problem.of(
                Kind.INVALID,
                "L'autorité d'affectation de sourceIdentifier n'est pas connue de cet index "
                "(sourceIdentifier Assigning Authority not found).",
                "sourceIdentifier Assigning Authority not found.",
                expression="Parameters.parameter.where(name = 'sourceIdentifier')",
                rule="IHE PIXm ITI-83 case 4",
                code="code-invalid",
            )
        for target in targets:
            if target not in known:
                raise Problem.of(
                    Kind.FORBIDDEN,
                    f"Le domaine demandé n'est pas connu de cet index : {target[:200]} (targetSystem not found).",
                    f"targetSystem not found: {target[:200]}.",
                    expression="Parameters.parameter.where(name = 'targetSystem')",
                    rule="IHE PIXm ITI-83 case 5",
                    code="code-invalid",
                )
        sources = [one for one in await index.index.named(source) if one.state is State.ACTIVE]
        if not sources:
            raise Problem.of(
                Kind.NOT_FOUND,
                "Aucun patient actif sous cet identifiant (sourceIdentifier Patient Identifier not found).",
                "sourceIdentifier Patient Identifier not found.",
                expression="Parameters.parameter.where(name = 'sourceIdentifier')",
                rule="IHE PIXm ITI-83 case 3",
            )
        records = await index.index.of_persons(list({one.person for one in sources}))
        wanted = set(targets)
        identifiers: dict[Identifier, None] = {}
        kept: list[Record] = []
        for record in records:
            mine = [record.identifier, *([record.portrait.ins] if record.portrait.ins else [])]
            asked = [one for one in mine if (not wanted or one.system in wanted) and one != source]
            identifiers.update(dict.fromkeys(asked))
            if asked and (not wanted or record.identifier.system in wanted):
                kept.append(record)
        await index.seen([*sources, *kept], trace, query="ihe-pix")
        return list(identifiers), kept
