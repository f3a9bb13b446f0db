"""The terminologies of the house for its other parts: the kernel's `Terminology`."""

import asyncio
from collections.abc import Sequence
from typing import Final

from socle.foundations.terminologies.store import Held, Snapshot
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Codes
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database
from socle.kernel.terminology import expansion
from socle.kernel.terminology.displays import languages
from socle.kernel.terminology.entries import Edition, Entry
from socle.kernel.terminology.findings import not_in_part
from socle.kernel.terminology.judging import Asked, Verdict, in_system, in_value_set
from socle.kernel.terminology.planning import choose, unknown_value_set
from socle.kernel.terminology.versions import VersionRules

REMEMBERED: Final = 20_000  # answers
_AT_ONCE: Final = 500
_NO_RULES: Final = VersionRules()
_NOT_AT_HAND: Final = CodeAnswer(None, Cause.NOT_AT_HAND)


def service(database: Database, repository: Repository) -> "Terminologies":
    """The terminologies of a house, kept in `repository`. Called once, when the house opens."""
    return Terminologies(Held(database, repository))


class Terminologies:
    """Keeps `kernel.fhir.knowledge.Terminology`."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self._answers: dict[CodeQuestion, CodeAnswer] = {}
        self._of: Snapshot | None = None

    def codes(self) -> Codes:
        """A judge for one check."""
        return _Codes(self)

    async def judge(self, questions: Sequence[CodeQuestion]) -> list[CodeAnswer]:
        """One answer each, in order."""
        snapshot = await self._now()
        missing = [one for one in dict.fromkeys(questions) if one not in self._answers]
        found: dict[CodeQuestion, CodeAnswer] = {}
        for begin in range(0, len(missing), _AT_ONCE):
            some = missing[begin : begin + _AT_ONCE]
            answers = await asyncio.gather(*(self._judged(snapshot, one) for one in some))
            for question, answer in zip(some, answers, strict=True):
                found[question] = answer
                self._remember(snapshot, question, answer)
        return [found.get(one) or self._answers.get(one) or await self._judged(snapshot, one) for one in questions]

    async def members(self, value_set: str, *, most: int) -> list[tuple[str, str]]:
        """(system, code) of what a value set holds."""
        snapshot = await self.held.snapshot()
        plan = await snapshot.plan(value_set)
        if plan is None:
            raise unknown_value_set(value_set)
        if any(inner.open for inner in plan.plans()):
            raise not_listed(value_set)
        found = await expansion.expanded(snapshot, plan, most=most)
        return [(member.edition.url, member.entry.code) for member in found.members]

    async def below(self, system: str, code: str, *, most: int) -> list[str]:
        """The code and its descendants."""
        snapshot, edition, entry = await self._concept(system, code)
        found = await snapshot.codes_below(edition, entry, most)
        if len(found) >= most:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Plus de {most} codes sont sous « {code} » : partez d'un code plus précis.",
                f"More than {most} codes are below “{code}”: start from a more precise code.",
            )
        return [entry.code, *found]

    async def above(self, system: str, code: str, *, most: int) -> list[str]:
        """The code and its ancestors."""
        snapshot, edition, entry = await self._concept(system, code)
        if len(entry.ancestors) >= most:
            raise Problem.of(Kind.TOO_COSTLY, f"Plus de {most} codes au-dessus.", f"More than {most} codes above.")
        return [entry.code, *await snapshot.codes_above(edition, entry)]

    async def systems_with(self, codes: Sequence[str]) -> list[str]:
        """Ids of the CodeSystem resources held that have one of these codes."""
        snapshot = await self.held.snapshot()
        editions = [edition for some in snapshot.catalogue.systems.values() for edition in some if edition.id > 0]
        found = await self.held.concepts.editions_with(editions, codes)
        return [edition.resource for edition in editions if edition.id in found]

    async def _concept(self, system: str, code: str) -> tuple[Snapshot, Edition, Entry]:
        snapshot = await self.held.snapshot()
        edition = choose(snapshot, system, "", _NO_RULES)
        entry = await snapshot.entry(edition, code)
        if entry is None:
            raise unknown_code(edition, code)
        return snapshot, edition, entry

    async def _now(self) -> Snapshot:
        snapshot = await self.held.snapshot()
        if snapshot is not self._of:
            self._of = snapshot
            self._answers.clear()
        return snapshot

    def _remember(self, snapshot: Snapshot, question: CodeQuestion, answer: CodeAnswer) -> None:
        if snapshot is not self._of:
            return
        while len(self._answers) >= REMEMBERED:
            del self._answers[next(iter(self._answers))]
        self._answers[question] = answer

    def answered(self, question: CodeQuestion) -> CodeAnswer | None:
        """The answer, when it is remembered."""
        return self._answers.get(question)

    async def _judged(self, snapshot: Snapshot, question: CodeQuestion) -> CodeAnswer:
        asked = Asked(question.system, question.code, question.version, question.display, languages(question.language))
        try:
            if question.below:
                return await self._under(snapshot, question)
            if not question.value_set:
                return _answer(await in_system(snapshot, asked, _NO_RULES))
            version = question.version
            rules = VersionRules(dict.fromkeys(snapshot.names(question.system), version)) if version else None
            plan = await snapshot.plan(question.value_set, rules, partial=True)
            if plan is None:
                raise unknown_value_set(question.value_set)
            return _answer(await in_value_set(snapshot, plan, asked))
        except Problem as problem:
            cause = Cause.UNKNOWN_SYSTEM if question.below else Cause.UNKNOWN_VALUE_SET
            return CodeAnswer(None, cause, problem.issues[0].text)

    async def _under(self, snapshot: Snapshot, question: CodeQuestion) -> CodeAnswer:
        """Whether a code is another one, or under it; what is not held cannot be told. Raises: Problem(NOT_FOUND)."""
        edition = choose(snapshot, question.system, question.version, _NO_RULES)
        found = await snapshot.entries(edition, [question.below, question.code])
        broader, narrower = found.get(question.below), found.get(question.code)
        if broader is None or narrower is None:
            raise unknown_code(edition, question.below if broader is None else question.code)
        return CodeAnswer(narrower.code == broader.code or narrower.is_below(broader))


class _Codes:
    """Answers from what the house remembers; what it does not is noted, and fetched together."""

    def __init__(self, terminologies: Terminologies) -> None:
        self._house = terminologies
        self._own: dict[CodeQuestion, CodeAnswer] = {}
        self._noted: dict[CodeQuestion, None] = {}

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """The answer, or NOT_AT_HAND."""
        found = self._own.get(question)
        if found is None:
            found = self._house.answered(question)
            if found is None:
                self._noted[question] = None
                return _NOT_AT_HAND
            self._own[question] = found
        return found

    async def fetch(self) -> bool:
        """Bring what was noted. True when something new is at hand."""
        if not self._noted:
            return False
        noted, self._noted = list(self._noted), {}
        self._own.update(zip(noted, await self._house.judge(noted), strict=True))
        return True


def _answer(verdict: Verdict) -> CodeAnswer:
    return CodeAnswer(verdict.good, verdict.cause, verdict.text, verdict.display)


def unknown_code(edition: Edition, code: str, name: str = "code") -> Problem:
    """The code does not exist; or it is not in what is held of a system that is not held whole. name: of the parameter."""
    if edition.content != "complete" and not edition.supplements:
        text = not_in_part(code, edition).text
        return Problem.of(
            Kind.NOT_FOUND,
            f"{text.fr} Chargez le système entier (socle import terminology).",
            f"{text.en} Load the whole system (socle import terminology).",
            expression=f"Parameters.parameter.where(name = '{name}')",
            rule="FHIR R4 codesystem.html (content)",
        )
    return Problem.of(
        Kind.NOT_FOUND,
        f"Le code « {code[:200]} » n'existe pas dans {edition.canonical}.",
        f"The code “{code[:200]}” does not exist in {edition.canonical}.",
        expression=f"Parameters.parameter.where(name = '{name}')",
        rule="FHIR R4 codesystem-operation-lookup.html",
    )


def not_listed(canonical: str) -> Problem:
    """The value set takes codes from a system that is not held."""
    text = Text(
        f"Le jeu de valeurs {canonical[:300]} prend des codes dans un système qui n'est pas chargé ici.",
        f"The value set {canonical[:300]} takes codes from a system that is not loaded here.",
    )
    return Problem.of(Kind.NOT_FOUND, text.fr, text.en, rule="FHIR R4 valueset-operation-expand.html")
