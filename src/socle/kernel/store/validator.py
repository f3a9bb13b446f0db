"""Validation in a house: definitions from its packages, codes from its terminologies, both brought as checks ask."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from socle.kernel.fhir.fhirpath import Environment
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion, Codes, Library, Targets, Terminology
from socle.kernel.fhir.validation import CoreCodes, Judged, Report, Source, judge_text, knowing, validate
from socle.kernel.outcome import Problem, Text
from socle.kernel.zone import ZONE

Json = dict[str, Any]
Found = TypeVar("Found")
_PUBLISHED: Final = CoreCodes()  # with FHIR R4
_ROUNDS: Final = 40  # each brings one more level of definitions
_LARGE: Final = 50_000  # octets: longer texts are judged in a thread, so that the house goes on answering


class Validator:
    """The validator of a house. `library` makes the Library of one check."""

    def __init__(self, library: Callable[[], Library], terminology: Terminology) -> None:
        self._library = library
        self._terminology = terminology

    async def judge(
        self,
        resource: Json,
        *,
        profiles: Sequence[str] = (),
        now: datetime | None = None,
        language: str = "",
        beside: Sequence[Json] = (),
        targets: Targets | None = None,
    ) -> Report:
        """The report on a resource that is already read.

        beside   definitions that no package holds
        targets  where references are followed to; without it they are not, beyond the resource and its Bundle
        """
        library, codes = self._begin(beside)
        now = _local(now)
        for _ in range(_ROUNDS):
            report = await asyncio.to_thread(
                validate,
                resource,
                library,
                codes,
                profiles=profiles,
                now=now,
                language=language,
                resolve=targets.of if targets is not None else None,
            )
            if not await _more(library, codes, targets):
                break
        return report

    async def judge_texts(
        self, texts: Iterable[Source], *, profiles: Sequence[str] = (), now: datetime | None = None, language: str = ""
    ) -> list[Judged]:
        """The reports on texts, with lines and columns."""
        library, codes = self._begin()
        now = _local(now)
        out = []
        for source in texts:
            for _ in range(_ROUNDS):
                if len(source.data) > _LARGE:
                    report = await asyncio.to_thread(
                        judge_text, source, library, codes, profiles=profiles, now=now, language=language
                    )
                else:
                    report = judge_text(source, library, codes, profiles=profiles, now=now, language=language)
                if not await _more(library, codes):
                    break
            out.append(Judged(source, report))
            await asyncio.sleep(0)
        return out

    async def find(
        self, resource: Json, search: Callable[[Environment], Found], *, now: datetime | None = None, budget: int
    ) -> Found:
        """What `search` finds in a resource, its expressions asking packages and terminologies; in a thread, as a costly
        expression must not hold the requests of others. `search` is called again when more is at hand.
        """
        library, codes = self._begin()
        for _ in range(_ROUNDS):
            environment = knowing(resource, library, codes, now=_local(now), budget=budget)
            found = await asyncio.to_thread(search, environment)
            if not await _more(library, codes):
                break
        return found

    def _begin(self, beside: Sequence[Json] = ()) -> tuple[Library, "_Codes"]:
        library = _Beside(self._library(), beside) if beside else self._library()
        return library, _Codes(self._terminology.codes(), library)


def _local(now: datetime | None) -> datetime | None:
    """The moment by the clocks of France: a child born at half past midnight was not born tomorrow."""
    return now.astimezone(ZONE) if now is not None else None


class _Beside:
    """A library, and definitions that it does not hold."""

    def __init__(self, library: Library, more: Sequence[Json]) -> None:
        self._library = library
        self._more = {(one["resourceType"], str(one.get("url", ""))): one for one in more}

    def structure(self, canonical: str) -> Json | None:
        """As the library."""
        return self._library.structure(canonical)

    def problem(self, canonical: str) -> Problem | None:
        """As the library."""
        return self._library.problem(canonical)

    def resource(self, resource_type: str, canonical: str) -> Json | None:
        """The library's, else what is beside it."""
        held = self._library.resource(resource_type, canonical)
        return held if held is not None else self._more.get((resource_type, canonical.partition("|")[0]))

    async def fetch(self) -> bool:
        """As the library."""
        return await self._library.fetch()


class _Codes:
    """The Codes of one check: the house's terminologies, then what packages list, then what FHIR R4 publishes."""

    def __init__(self, terms: Codes, library: Library) -> None:
        self._terms = terms
        self._library = library
        self._listed = CoreCodes(library)

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """The first answer that tells."""
        answer = self._terms.judge(question)
        if answer.cause in (Cause.UNKNOWN_SYSTEM, Cause.UNKNOWN_VALUE_SET):
            listed = self._listed.judge(question)
            return answer if listed.good is None else listed
        if answer.cause is Cause.UNKNOWN_CODE and not question.value_set and not question.version:
            return self._dropped(question) or answer
        return answer

    def _dropped(self, question: CodeQuestion) -> CodeAnswer | None:
        """A code that FHIR R4 published and a later edition has not: it may still be used, and this is said."""
        if not _PUBLISHED.judge(question).good:
            return None
        system, code = question.system[:200], question.code[:100]
        text = Text(
            f"« {code} » est dans l'édition de {system} publiée avec FHIR R4, et n'est plus dans celle que tient la maison",
            f'"{code}" is in the edition of {system} published with FHIR R4, and no longer in the one that the house holds',
        )
        return CodeAnswer(True, Cause.INACTIVE, text)

    def forget(self) -> None:
        """Read packages again: more of them is at hand."""
        self._listed = CoreCodes(self._library)

    async def fetch(self) -> bool:
        """Bring what was noted."""
        return await self._terms.fetch()


async def _more(library: Library, codes: _Codes, targets: Targets | None = None) -> bool:
    """Whether something new is at hand: all that was noted is brought, for one round more."""
    definitions = await library.fetch()
    if definitions:
        codes.forget()
    judged = await codes.fetch()
    referred = await targets.fetch() if targets is not None else False
    return definitions or judged or referred
