"""What a check may ask of the house beside the resource itself: definitions (packages) and codes (terminologies).

Checks are plain synchronous functions; definitions and codes live in a database. So a check asks a `Library` and a
`Codes`, which answer at once from what is at hand and note what is not. The caller then fetches what was noted and
begins again, until nothing more is wanted:

    while True:
        report = validate(resource, library, codes)
        if not await library.fetch() and not await codes.fetch():
            return report
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from socle.kernel.outcome import Problem, Text

Json = dict[str, Any]


class Cause(StrEnum):
    """Why a code was not accepted, or could not be judged."""

    NONE = ""
    UNKNOWN_SYSTEM = "unknown-system"  # cannot be judged: the code system is not held, or only a part of it
    UNKNOWN_VALUE_SET = "unknown-value-set"  # cannot be judged: the value set is not held, or cannot be expanded
    NOT_AT_HAND = "not-at-hand"  # cannot be judged yet: noted, to be fetched
    UNKNOWN_CODE = "unknown-code"
    NOT_IN_VALUE_SET = "not-in-value-set"
    WRONG_DISPLAY = "wrong-display"  # the code is good, its display is not one of its names
    INACTIVE = "inactive"  # the code is known, and no longer to be used


@dataclass(frozen=True, slots=True)
class CodeQuestion:
    """Is this code good? In its code system when `value_set` is "", else in that value set too; with `below`, is it that
    code or one under it?

    system     canonical URL or "urn:oid:…"; "" when the value set alone must tell (a bare `code` element)
    value_set  canonical URL, perhaps with |version
    language   in which the display is looked for first (BCP 47); "" for any
    """

    system: str
    code: str
    version: str = ""
    display: str = ""
    value_set: str = ""
    language: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """`good` is None when it cannot be judged; `cause` and `text` say why, `display` is the code's preferred name."""

    good: bool | None
    cause: Cause = Cause.NONE
    text: Text | None = None
    display: str = ""


class Library(Protocol):
    """Definitions that installed packages hold (and the core of R4)."""

    def structure(self, canonical: str) -> Json | None:
        """The StructureDefinition, with its snapshot, of a canonical URL ("…", "…|1.0"), or of a core type's URL.

        None when no package holds it, or when it is not at hand yet (then it was noted).
        """

    def problem(self, canonical: str) -> Problem | None:
        """Why `structure` gives nothing for a definition that is held: its snapshot cannot be made. None otherwise."""

    def resource(self, resource_type: str, canonical: str) -> Json | None:
        """Any other definition (Questionnaire, SearchParameter …) by its canonical URL; None as above."""

    async def fetch(self) -> bool:
        """Bring what was noted. True when something new is at hand: ask again."""


class Targets(Protocol):
    """Resources that references lead to, elsewhere than in what is validated."""

    def of(self, reference: str) -> Json | None:
        """The resource; None when it is not there, or not at hand yet (then it was noted)."""

    async def fetch(self) -> bool:
        """Bring what was noted. True when something new is at hand: ask again."""


class Codes(Protocol):
    """Codes judged at once, from what is at hand."""

    def judge(self, question: CodeQuestion) -> CodeAnswer:
        """The answer; `Cause.NOT_AT_HAND` when it was noted, to be fetched."""

    async def fetch(self) -> bool:
        """Bring what was noted. True when something new is at hand: ask again."""


class Terminology(Protocol):
    """The terminologies of the house, for whoever may wait for an answer."""

    async def judge(self, questions: Sequence[CodeQuestion]) -> list[CodeAnswer]:
        """One answer each, in order; never `NOT_AT_HAND`."""

    async def members(self, value_set: str, *, most: int) -> list[tuple[str, str]]:
        """(system, code) of what a value set holds. Raises: Problem(NOT_FOUND); Problem(TOO_COSTLY) above `most`."""

    async def below(self, system: str, code: str, *, most: int) -> list[str]:
        """The code and its descendants. Raises: Problem(NOT_FOUND), Problem(TOO_COSTLY)."""

    async def above(self, system: str, code: str, *, most: int) -> list[str]:
        """The code and its ancestors. Raises: Problem(NOT_FOUND), Problem(TOO_COSTLY)."""

    async def systems_with(self, codes: Sequence[str]) -> list[str]:
        """Ids of the CodeSystem resources whose concepts are kept apart from them and have one of these codes."""

    def codes(self) -> Codes:
        """A judge for one check: what it fetches is remembered by the house, what it notes is its own."""
