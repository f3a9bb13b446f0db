"""Where concepts, value sets and maps come from, as the algorithms see it."""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from socle.kernel.terminology.entries import Edition, Entry

if TYPE_CHECKING:
    from socle.kernel.terminology.compose import Part

Json = dict[str, Any]

COUNTED: Final = 10_000  # codes that are gone through to tell how many a question finds; beyond, there are many


class Source(Protocol):
    """What is held. What is known of systems is at hand; concepts and value sets are fetched."""

    def editions(self, system: str) -> Sequence[Edition]:
        """Every version of a code system, by its URL, one of its other URLs, or its OID (urn:oid:…); () when not held."""

    def supplements(self, edition: Edition) -> Sequence[Edition]:
        """The supplements held for an edition."""

    def supplements_at(self, url: str) -> Sequence[Edition]:
        """Every version of a supplement, by its own URL; () when not held."""

    async def value_set(self, canonical: str) -> Json | None:
        """A ValueSet by canonical URL (the newest in force when it names no version); None when not held."""

    async def entries(self, edition: Edition, codes: Sequence[str]) -> dict[str, Entry]:
        """The concepts of some codes, by the code as it was asked; those that do not exist are not there."""

    def scan(self, part: "Part", words: Sequence[str]) -> AsyncIterator[list[Entry]]:
        """Concepts that may belong to a part, in order, by groups: at least those that do. `words`: text filter."""

    async def count(self, part: "Part", words: Sequence[str]) -> int | None:
        """How many concepts `scan` would give, when that is exactly how many belong; None when it is not known.

        Beyond COUNTED of those that words find, any greater number may be told.
        """

    async def selected(self, edition: Edition, expression: str) -> int:
        """The ranks that an expression constraint selects, as bits. Raises: Problem(INVALID | NOT_FOUND | TOO_COSTLY)."""

    async def above(self, edition: Edition, codes: Sequence[str] | None) -> int:
        """The ranks of the concepts directly above some codes, as bits; None: above any."""

    async def children(self, edition: Edition, codes: Sequence[str]) -> dict[str, list[str]]:
        """Codes of the direct narrower concepts of some codes."""
