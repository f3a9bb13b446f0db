"""One concept and everything known of it; which of two is the broader."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from socle.foundations.terminologies.actions.asking import unknown_code
from socle.foundations.terminologies.store import Snapshot
from socle.kernel.terminology import displays
from socle.kernel.terminology.entries import Edition, Entry, Value
from socle.kernel.terminology.filters import meant
from socle.kernel.terminology.planning import choose
from socle.kernel.terminology.versions import VersionRules


@dataclass(frozen=True, slots=True)
class Found:
    """A concept. children: codes of the direct narrower ones, when they were asked for; `values` then tells none of them."""

    edition: Edition
    entry: Entry
    display: str
    children: tuple[str, ...] = ()
    values: tuple[Value, ...] = field(default_factory=tuple)


async def look_up(
    snapshot: Snapshot, system: str, code: str, version: str, *, languages: Sequence[str], properties: Sequence[str]
) -> Found:
    """What is known of a code. Raises: Problem(NOT_FOUND) for a system, a version or a code that is not held."""
    edition = choose(snapshot, system, version, VersionRules())
    entry = await snapshot.entry(edition, code)
    if entry is None:
        raise unknown_code(edition, code)
    children: list[str] = []
    if any(meant(edition, name) == "child" for name in properties):
        children = (await snapshot.children(edition, [code])).get(code, [])
    values = tuple(one for one in entry.values if not children or meant(edition, one.code) != "child")
    return Found(edition, entry, displays.display(entry, edition.language, languages), tuple(children), values)


async def subsumes(snapshot: Snapshot, system: str, a: str, b: str, version: str, *, names: tuple[str, str]) -> str:
    """How A stands to B: equivalent, subsumes (A is broader), subsumed-by, not-subsumed.

    names  of the parameters that told them
    Raises: Problem(NOT_FOUND) for a system or a code that is not held.
    """
    edition = choose(snapshot, system, version, VersionRules())
    found = await snapshot.entries(edition, [a, b])
    for code, name in zip((a, b), names, strict=True):
        if code not in found:
            raise unknown_code(edition, code, name)
    first, second = found[a], found[b]
    if first.rank == second.rank and edition.compared(first.code) == edition.compared(second.code):
        return "equivalent"
    if second.is_below(first):
        return "subsumes"
    return "subsumed-by" if first.is_below(second) else "not-subsumed"
