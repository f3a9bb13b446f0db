"""The terminologies of a house that has loaded none: FHIR's own codes, languages, media types, units."""

from collections.abc import AsyncIterator, Sequence

from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Codes
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology import known
from socle.kernel.terminology.compose import Part
from socle.kernel.terminology.entries import Edition, Entry
from socle.kernel.terminology.expansion import expanded
from socle.kernel.terminology.judging import Asked, Verdict, in_system, in_value_set
from socle.kernel.terminology.planning import plan_of, unknown_system, unknown_value_set
from socle.kernel.terminology.source import Json
from socle.kernel.terminology.versions import VersionRules


class Core:
    """A `Source` of what is known without loading anything."""

    def editions(self, system: str) -> Sequence[Edition]:
        """The one edition of a system of the core."""
        found = known.edition(system)
        return (found,) if found is not None else ()

    def supplements(self, edition: Edition) -> Sequence[Edition]:
        """None."""
        return ()

    def supplements_at(self, url: str) -> Sequence[Edition]:
        """None."""
        return ()

    async def value_set(self, canonical: str) -> Json | None:
        """A value set of the core."""
        return known.value_set(canonical)

    async def entries(self, edition: Edition, codes: Sequence[str]) -> dict[str, Entry]:
        """Those of some codes that exist."""
        return known.entries(edition, codes)

    async def scan(self, part: Part, words: Sequence[str]) -> AsyncIterator[list[Entry]]:
        """All concepts of the part's system."""
        every = known.every(part.edition) if part.edition is not None else None
        if every is None:
            raise not_listed(part.edition.url if part.edition is not None else "")
        yield every

    async def count(self, part: Part, words: Sequence[str]) -> int | None:
        """Not known without looking."""
        return None

    async def selected(self, edition: Edition, expression: str) -> int:
        """No graph is known. Raises: Problem(NOT_FOUND)."""
        raise unknown_system(edition.url, "", ())

    async def above(self, edition: Edition, codes: Sequence[str] | None) -> int:
        """No hierarchy is known."""
        return 0

    async def children(self, edition: Edition, codes: Sequence[str]) -> dict[str, list[str]]:
        """No hierarchy is known."""
        return {}


class NothingLoaded:
    """Keeps `Terminology` with the core alone."""

    def __init__(self) -> None:
        self._source = Core()

    async def judge(self, questions: Sequence[CodeQuestion]) -> list[CodeAnswer]:
        """One answer each, in order."""
        return [await self._judged(one) for one in questions]

    async def members(self, value_set: str, *, most: int) -> list[tuple[str, str]]:
        """(system, code) of a value set of the core."""
        resource = known.value_set(value_set)
        if resource is None or resource.get(known.OPEN):
            raise unknown_value_set(value_set)
        plan = await plan_of(self._source, resource, VersionRules())
        found = await expanded(self._source, plan, most=most)
        return [(member.edition.url, member.entry.code) for member in found.members]

    async def below(self, system: str, code: str, *, most: int) -> list[str]:
        """The code alone: no hierarchy is known."""
        edition = known.edition(system)
        if edition is None or code not in known.entries(edition, [code]):
            raise unknown_system(system, "", ())
        return [code]

    async def above(self, system: str, code: str, *, most: int) -> list[str]:
        """The code alone: no hierarchy is known."""
        return await self.below(system, code, most=most)

    async def systems_with(self, codes: Sequence[str]) -> list[str]:
        """None: nothing is kept apart."""
        return []

    def codes(self) -> Codes:
        """A judge that fetches what it notes."""
        return _Codes(self)

    async def _judged(self, question: CodeQuestion) -> CodeAnswer:
        if question.below:
            return CodeAnswer(None, Cause.UNKNOWN_SYSTEM)
        asked = Asked(question.system, question.code, question.version, question.display)
        try:
            if not question.value_set:
                return answer(await in_system(self._source, asked, VersionRules()))
            resource = known.value_set(question.value_set)
            if resource is None:
                raise unknown_value_set(question.value_set)
            plan = await plan_of(self._source, resource, VersionRules(), partial=True)
            return answer(await in_value_set(self._source, plan, asked))
        except Problem as problem:
            return CodeAnswer(None, Cause.UNKNOWN_VALUE_SET, problem.issues[0].text)


class _Codes:
    def __init__(self, house: NothingLoaded) -> None:
        self._house = house
        self._own: dict[CodeQuestion, CodeAnswer] = {}
        self._noted: dict[CodeQuestion, None] = {}

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """The answer, or NOT_AT_HAND."""
        found = self._own.get(question)
        if found is None:
            self._noted[question] = None
            return CodeAnswer(None, Cause.NOT_AT_HAND)
        return found

    async def fetch(self) -> bool:
        """Bring what was noted."""
        noted, self._noted = list(self._noted), {}
        self._own.update(zip(noted, await self._house.judge(noted), strict=True))
        return bool(noted)


def answer(verdict: Verdict) -> CodeAnswer:
    """A verdict as checks read it."""
    return CodeAnswer(verdict.good, verdict.cause, verdict.text, verdict.display)


def not_listed(url: str) -> Problem:
    """The codes of a grammar cannot be listed."""
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Les codes de {url} ne peuvent pas être énumérés : c'est une grammaire. Validez-les un à un.",
        f"The codes of {url} cannot be listed: it is a grammar. Validate them one by one.",
        expression="ValueSet.compose.include",
        rule="FHIR R4 valueset-operation-expand.html",
        code="not-supported",
    )
