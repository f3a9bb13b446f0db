"""What there is: code systems by each of their names, value sets, maps. Built at once, never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from socle.foundations.terminologies.rules.heads import Headline, edition_of
from socle.kernel.terminology import known
from socle.kernel.terminology.entries import Edition
from socle.kernel.terminology.versions import matches, order, split

_PREFERENCE = {"active": 2, "draft": 1, "unknown": 1, "retired": 0}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The headlines of one moment (`generation`), by the names that people use.

    families   every name of a system (URL, urn:oid:…) → the name that stands for all of them; `members` the reverse
    importers  URL of a value set → the value sets that import it
    """

    generation: int
    systems: dict[str, list[Edition]] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    completing: dict[str, list[Edition]] = field(default_factory=dict)
    value_sets: dict[str, list[Headline]] = field(default_factory=dict)
    importers: dict[str, list[Headline]] = field(default_factory=dict)
    whole: dict[str, Edition] = field(default_factory=dict)
    maps: list[Headline] = field(default_factory=list)
    by_id: dict[tuple[str, str], Headline] = field(default_factory=dict)

    def editions(self, system: str) -> Sequence[Edition]:
        """Every version of a system; those of the very URL first."""
        family = self.families.get(system, system)
        found = self.systems.get(family, ())
        if not found:
            for name in (system, *self.members.get(family, ())):
                if (own := known.edition(name)) is not None:
                    return (own,)
            return ()
        exact = [edition for edition in found if edition.url == system]
        return exact or found

    def supplements(self, edition: Edition) -> Sequence[Edition]:
        """Supplements of an edition: those that name its version, or none."""
        found = self.completing.get(edition.family, ())
        return [one for one in found if matches(split(one.supplements)[1], edition.version)] if found else ()

    def supplements_at(self, url: str) -> Sequence[Edition]:
        """Every version of a supplement, by its own URL."""
        return [one for found in self.completing.values() for one in found if one.url == url]

    def value_set(self, canonical: str) -> Headline | None:
        """The value set of a canonical: the newest in force when it names no version."""
        url, version = split(canonical)
        return newest([one for one in self.value_sets.get(url, ()) if matches(version, one.version)], version)

    def edition_with(self, resource: str) -> Edition | None:
        """The edition of a CodeSystem resource, by its id."""
        headline = self.by_id.get(("CodeSystem", resource))
        if headline is None:
            return None
        family = self.families.get(headline.url, headline.url)
        return next((one for one in self.systems.get(family, ()) if one.resource == resource), None) or edition_of(
            headline, family
        )


def newest(headlines: Sequence[Headline], version: str = "") -> Headline | None:
    """The newest in force; the very version first."""
    if not headlines:
        return None
    return max(
        headlines,
        key=lambda h: (h.version == version, _PREFERENCE.get(h.facts.get("status", ""), 1), order(h.version)),
    )


def catalogue(generation: int, headlines: Iterable[Headline]) -> Catalogue:
    """The catalogue of some headlines."""
    every = list(headlines)
    made = Catalogue(generation)
    names = _Families()
    for one in every:
        made.by_id[one.type, one.id] = one
        if one.type == "CodeSystem" and one.facts.get("content") != "supplement":
            names.join([one.url, *(f"urn:oid:{oid}" for oid in one.facts.get("oids", ()))])
        elif one.type == "NamingSystem" and one.facts.get("kind") == "codesystem":
            names.join([_named(kind, value) for kind, value in one.facts.get("ids", ()) if kind in ("oid", "uri")])
    made.families.update(names.resolved())
    for name, family in made.families.items():
        made.members.setdefault(family, []).append(name)
    for one in every:
        if one.type == "CodeSystem":
            if one.facts.get("content") == "supplement":
                base = split(one.facts.get("supplements", ""))[0]
                family = made.families.get(base, base)
                made.completing.setdefault(family, []).append(edition_of(one, family))
                continue
            family = made.families.get(one.url, one.url)
            edition = edition_of(one, family)
            made.systems.setdefault(family, []).append(edition)
            if edition.value_set:
                made.whole.setdefault(edition.value_set, edition)
        elif one.type == "ValueSet":
            made.value_sets.setdefault(one.url, []).append(one)
            for url in one.facts.get("imports", ()):
                made.importers.setdefault(url, []).append(one)
            for oid in one.facts.get("oids", ()):
                made.value_sets.setdefault(f"urn:oid:{oid}", []).append(one)
        elif one.type == "ConceptMap":
            made.maps.append(one)
    return made


class _Families:
    """Names that designate the same thing, put together."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, names: Sequence[str]) -> None:
        """Say that they all designate one thing."""
        for name in names:
            if name:
                self._above[self._top(name)] = self._top(names[0])

    def resolved(self) -> dict[str, str]:
        """Each name → the one that stands for its family."""
        return {name: self._top(name) for name in self._above}

    def _top(self, name: str) -> str:
        self._above.setdefault(name, name)
        while self._above[name] != name:
            self._above[name] = self._above[self._above[name]]
            name = self._above[name]
        return name


def _named(kind: str, value: str) -> str:
    return f"urn:oid:{value.removeprefix('urn:oid:')}" if kind == "oid" else value
