"""What a value set holds, as a plan: parts that take codes in and out, of systems in their versions.

`planning` makes it. Source: FHIR R4 valueset.html#compositions.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from socle.kernel.outcome import Issue
from socle.kernel.terminology.entries import Edition, Entry, Name
from socle.kernel.terminology.filters import Condition
from socle.kernel.terminology.findings import standing_of
from socle.kernel.terminology.source import Json

STANDARDS_STATUS: Final = "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A code listed in a value set, with the display and the names that the value set gives it.

    deprecated  the value set says that its use should be reviewed
    extensions  what it says of it that an expansion shows too
    """

    code: str
    display: str = ""
    names: tuple[Name, ...] = ()
    deprecated: bool = False
    extensions: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What a value set needs that is not held, or is not allowed.

    system     of the codes that it might tell of, "" for any
    canonical  what is missing
    issue      why, as it would be refused
    is_set     a value set; else a code system
    refused    held, and excluded by a version check
    """

    system: str
    canonical: str
    issue: Issue
    is_set: bool = False
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One include or exclude.

    edition     the system's version; None when only imported value sets tell
    listed      codes listed, by the code as it is compared, in order; None for all of the system
    conditions  filters, all to be passed
    within      imported value sets, each of which must hold the code
    """

    edition: Edition | None
    listed: Mapping[str, Chosen] | None
    conditions: tuple[Condition, ...]
    within: tuple["Plan", ...]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What a value set holds: what one of `include` holds and none of `exclude`.

    active   whether inactive codes are left out
    open     systems of which it holds more codes than can be known here; "" among them: nobody knows which systems
    missing  what could not be told of it and of those that it imports, when it was planned in spite of that; True for what
             could take codes out
    standings  (deprecated, withdrawn, retired, experimental or draft; canonical) of it and of those that it imports
    """

    canonical: str
    include: tuple[Part, ...]
    exclude: tuple[Part, ...]
    active: bool = False
    resource: Json = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    missing: tuple[tuple[Missing, bool], ...] = ()
    standings: tuple[tuple[str, str], ...] = ()

    def parts(self, met: set[int] | None = None) -> Iterator[Part]:
        """Every part, those of imported value sets too, each once."""
        met = set() if met is None else met
        if id(self) in met:
            return
        met.add(id(self))
        for part in (*self.include, *self.exclude):
            yield part
            for plan in part.within:
                yield from plan.parts(met)

    def editions(self) -> list[Edition]:
        """Every edition that it draws on."""
        return list({part.edition.id: part.edition for part in self.parts() if part.edition is not None}.values())

    def plans(self) -> list["Plan"]:
        """It and every value set that it imports."""
        found: dict[int, Plan] = {}
        waiting = [self]
        while waiting:
            plan = waiting.pop()
            if id(plan) not in found:
                found[id(plan)] = plan
                waiting += [inner for part in (*plan.include, *plan.exclude) for inner in part.within]
        return list(found.values())


Facts = Mapping[int, Entry]  # what one code is, by edition


def holder(plan: Plan, facts: Facts, only: frozenset[int] | None = None) -> Part | None:
    """The part that brings a code in; None when the value set does not hold it. Raises: Problem(TOO_COSTLY).

    only  editions of which one brings it in, None for any: a value set may hold several versions of a system
    """
    return _holder(plan, facts, {}, only)


_Known = dict[tuple[int, bool], Part | None]  # by value set, and whether the editions of `only` alone bring codes in


def _holder(plan: Plan, facts: Facts, known: _Known, only: frozenset[int] | None) -> Part | None:
    mark = id(plan), only is None
    if mark in known:
        return known[mark]
    found: Part | None = None
    for part in plan.include:
        one = _through(part, facts, known, only)
        if one is not None and not (plan.active and _inactive(one, facts)):
            found = one
            break
    if found is not None and any(_through(part, facts, known, None) is not None for part in plan.exclude):
        found = None
    known[mark] = found
    return found


def _inactive(part: Part, facts: Facts) -> bool:
    entry = facts.get(part.edition.id) if part.edition is not None else None
    return entry is not None and entry.inactive


def _through(part: Part, facts: Facts, known: _Known, only: frozenset[int] | None) -> Part | None:
    first: Part | None = None
    if part.edition is not None:
        if only is not None and part.edition.id not in only:
            return None
        entry = facts.get(part.edition.id)
        if entry is None or not passes(part, entry):
            return None
        first = part
    for plan in part.within:
        inner = _holder(plan, facts, known, None if first is not None else only)
        if inner is None:
            return None
        first = first or inner
    return first


def passes(part: Part, entry: Entry) -> bool:
    """Whether a concept of the part's edition is listed and passes its filters, imported value sets apart."""
    if part.listed is not None:
        assert part.edition is not None
        if part.edition.compared(entry.code) not in part.listed:
            return False
    return all(condition.passes(entry) for condition in part.conditions)


def standings(plan: Plan, editions: Iterable[Edition]) -> list[tuple[str, str, bool]]:
    """(deprecated, withdrawn, retired, experimental or draft; canonical; whether a value set) of what a value set uses."""
    told = [(what, canonical, True) for what, canonical in plan.standings]
    for one in editions:
        what = standing_of(one.status, one.experimental, one.standing, plan.resource)
        if what:
            told.append((what, one.canonical, False))
    return told


def standards_status(resource: Json) -> str:
    """What an artefact says of its own standing, "" nothing. Source: extension structuredefinition-standards-status."""
    found = (one.get("valueCode", "") for one in resource.get("extension", ()) if one.get("url") == STANDARDS_STATUS)
    return str(next(found, ""))


def listed_entry(edition: Edition, chosen: Chosen) -> Entry:
    """A code that a value set lists, of a system that is not held whole: all that is known of it."""
    return Entry(edition.id, 0, chosen.code, chosen.display, names=chosen.names)


def chosen_of(plan: Plan, edition: Edition) -> dict[str, Chosen]:
    """The codes of an edition that a value set, and those that it imports, list, by the code as it is compared."""
    found: dict[str, Chosen] = {}
    for part in plan.parts():
        if part.edition is not None and part.edition.id == edition.id and part.listed:
            for code, chosen in part.listed.items():
                found.setdefault(code, chosen)
    return found


def joined_use(system: str, code: str) -> str:
    """ "system|code", the code alone, or ""."""
    return f"{system}|{code}" if system and code else code
