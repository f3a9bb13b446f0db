"""Which concepts say that others are below them, kept on disk: memory does not grow with their number."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from socle.foundations.terminologies.model import Json
from socle.kernel.terminology.filters import meaning


class Said:
    """The codes of the properties that concepts have."""

    def __init__(self) -> None:
        """None yet."""
        self.codes: set[str] = set()

    def note(self, concepts: Iterable[Any]) -> None:
        """Keep what concepts held in memory say, and those below them."""
        waiting = list(concepts)
        while waiting:
            concept = waiting.pop()
            if isinstance(concept, dict):
                self.add(concept)
                below = concept.get("concept")
                waiting += reversed(below) if isinstance(below, list) else ()

    def add(self, concept: Json) -> None:
        """Keep what one concept says."""
        said = concept.get("property")
        every = said if isinstance(said, list) else ()
        self.codes.update(str(each.get("code", "")) for each in every if isinstance(each, dict))


class Claims(Said):
    """The property `child` of a code system: it may come after the concept of which it speaks, or before."""

    def __init__(self, head: Json) -> None:
        """None yet. head: the CodeSystem, which says by what codes it calls the properties of FHIR, and whether case matters."""
        super().__init__()
        self.uris = uris_of(head)
        self._exact = bool(head.get("caseSensitive", True))
        self._base: sqlite3.Connection | None = None

    def add(self, concept: Json) -> None:
        """Keep what one concept says of those below it."""
        code, said = concept.get("code"), concept.get("property")
        if not isinstance(code, str) or not isinstance(said, list):
            return
        for each in said:
            child = each.get("valueCode") if isinstance(each, dict) else None
            if isinstance(child, str) and meaning(self.uris, str(each.get("code", ""))) == "child":
                self._tables().execute("INSERT INTO claim VALUES (?, ?)", (self._compared(child), code))

    def are_in(self, said: Said) -> bool:
        """Whether there are some to be kept, of concepts that have these properties."""
        return any(meaning(self.uris, code) == "child" for code in said.codes)

    def on(self, code: str) -> list[str]:
        """The codes of the concepts that say that this one is below them."""
        if self._base is None:
            return []
        found = self._base.execute("SELECT parent FROM claim WHERE child = ? ORDER BY rowid", (self._compared(code),))
        return [str(parent) for (parent,) in found]

    def _tables(self) -> sqlite3.Connection:
        if self._base is None:
            # Without a name: a file of its own, removed with it. A loader may be read from one thread, then from another.
            self._base = sqlite3.connect("", check_same_thread=False)
            self._base.executescript("CREATE TABLE claim (child TEXT, parent TEXT); CREATE INDEX at ON claim (child)")
        return self._base

    def _compared(self, code: str) -> str:
        return code if self._exact else code.casefold()


def uris_of(head: Json) -> dict[str, str]:
    """What the properties that a code system declares mean, by code."""
    declared = head.get("property", ())
    every = [each for each in declared if isinstance(each, dict)] if isinstance(declared, list) else []
    return {str(each.get("code", "")): str(each.get("uri", "")) for each in every}
