"""Terminologies that a request brings with it (`tx-resource`, `codeSystem`), over those of the house, for that request alone.

Source: the parameters of the HL7 terminology ecosystem; FHIR R4 codesystem-operation-validate-code.html.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from socle.foundations.terminologies.model import Concept, Json
from socle.foundations.terminologies.rules.concepts import read
from socle.foundations.terminologies.rules.heads import acceptable, edition_of, headline
from socle.foundations.terminologies.store.held import Snapshot, completed, whole
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.compose import Part, joined_use
from socle.kernel.terminology.ecl import bits_of
from socle.kernel.terminology.entries import Edition, Entry, Name, Value
from socle.kernel.terminology.versions import matches, order, split

_FIRST: Final = -(2**42)  # numbers of editions that are lent: none that is kept, or known by rule, has one
_MOST_PAIRS: Final = 1_000_000  # of a code and one above it, in a code system that is lent


@dataclass(slots=True)
class _Book:
    """A code system that was lent, by code as codes are compared, in its order."""

    edition: Edition
    entries: dict[str, Entry] = field(default_factory=dict)


class Lent(Snapshot):
    """A snapshot with more in it. What is lent comes before what is held under the same address and version, the last first."""

    def __init__(self, base: Snapshot, resources: Sequence[Json]) -> None:
        """Lay the resources over a snapshot.

        Raises: Problem(INVALID | RULE_VIOLATED) for what is no CodeSystem or ValueSet that could be kept.
        """
        super().__init__(base.held, base.catalogue)
        outer = base if isinstance(base, Lent) else None  # what a batch brings, under what one of its questions does
        self._books: dict[int, _Book] = dict(outer._books) if outer else {}
        self._systems: dict[str, list[Edition]] = {}
        self._supplements: list[Edition] = list(outer._supplements) if outer else []
        self._sets: dict[str, list[Json]] = {}
        if outer:
            self._systems = {url: list(some) for url, some in outer._systems.items()}
            self._sets = {url: list(some) for url, some in outer._sets.items()}
        for resource in resources:
            kind = resource.get("resourceType")
            if kind not in ("CodeSystem", "ValueSet"):
                raise Problem.of(
                    Kind.INVALID,
                    f"« tx-resource » apporte un CodeSystem ou un ValueSet (reçu : {kind}).",
                    f"“tx-resource” brings a CodeSystem or a ValueSet (received: {kind}).",
                    expression="Parameters.parameter.where(name = 'tx-resource')",
                    rule="SOCLE-TERMINOLOGY-GIVEN",
                    code="not-supported",
                )
            acceptable(resource)
            if kind == "ValueSet":
                self._sets.setdefault(str(resource["url"]), []).insert(0, resource)
            else:
                self._lay(resource, _FIRST - len(self._books))

    def _lay(self, resource: Json, number: int) -> None:
        url: str = resource["url"]
        family = self.catalogue.families.get(url, url)
        made = edition_of(headline(resource, ""), family)
        edition = replace(made, id=number, content=resource.get("content", "complete"))
        self._books[number] = _Book(edition, _entries(edition, resource))
        if edition.content == "supplement":
            self._supplements.append(edition)
        else:
            self._systems.setdefault(family, []).insert(0, edition)

    def editions(self, system: str) -> Sequence[Edition]:
        """Every version of a system, those that were lent first."""
        held = super().editions(system)
        lent = self._systems.get(self.catalogue.families.get(system, system), ())
        if not lent:
            return held
        versions = {one.version for one in lent}
        return [*lent, *(one for one in held if one.version not in versions)]

    def supplements(self, edition: Edition) -> Sequence[Edition]:
        """The supplements of an edition, those that were lent among them."""
        found = list(super().supplements(edition))
        for one in self._supplements:
            url, version = split(one.supplements)
            if self.catalogue.families.get(url, url) == edition.family and matches(version, edition.version):
                found.append(one)
        return found

    def supplements_at(self, url: str) -> Sequence[Edition]:
        """Every version of a supplement, by its own URL."""
        return [*super().supplements_at(url), *(one for one in self._supplements if one.url == url)]

    async def value_set(self, canonical: str) -> Json | None:
        """A value set: one that was lent, one of all the codes of a system that was, or one that is held."""
        url, version = split(canonical)
        lent = [one for one in self._sets.get(url, ()) if matches(version, one.get("version", ""))]
        if lent:
            return max(lent, key=lambda one: order(one.get("version", "")))
        for editions in self._systems.values():
            for edition in editions:
                if edition.value_set == url:
                    return whole(url, edition)
        return await super().value_set(canonical)

    async def entry(self, edition: Edition, code: str) -> Entry | None:
        """One concept; None when it does not exist."""
        return (await self.entries(edition, [code])).get(code)

    async def entries(self, edition: Edition, codes: Sequence[str]) -> dict[str, Entry]:
        """Those of some codes that exist."""
        book = self._books.get(edition.id)
        if book is None:
            return await super().entries(edition, codes)
        found = {code: one for code in codes if (one := book.entries.get(edition.compared(code))) is not None}
        return await self._completed(found, self.supplements(edition))

    async def scan(self, part: Part, words: Sequence[str]) -> AsyncIterator[list[Entry]]:
        """Concepts that may belong to a part, in order."""
        assert part.edition is not None
        book = self._books.get(part.edition.id)
        if book is None:
            async for group in super().scan(part, words):
                yield group
            return
        every = {one.code: one for one in book.entries.values()}
        yield list((await self._completed(every, self.supplements(part.edition))).values())

    async def count(self, part: Part, words: Sequence[str]) -> int | None:
        """How many concepts belong to a part, when that is known without looking."""
        assert part.edition is not None
        return None if part.edition.id in self._books else await super().count(part, words)

    async def above(self, edition: Edition, codes: Sequence[str] | None) -> int:
        """The ranks of the concepts directly above some codes, as bits; None: above any."""
        book = self._books.get(edition.id)
        if book is None:
            return await super().above(edition, codes)
        below = {edition.compared(code) for code in codes} if codes is not None else book.entries.keys()
        parents = (parent for code in below if code in book.entries for parent in book.entries[code].parents)
        return bits_of(book.entries[one].rank for one in map(edition.compared, parents) if one in book.entries)

    async def children(self, edition: Edition, codes: Sequence[str]) -> dict[str, list[str]]:
        """Codes of the direct narrower concepts of some codes."""
        book = self._books.get(edition.id)
        if book is None:
            return await super().children(edition, codes)
        return {code: [one.code for one in book.entries.values() if code in one.parents] for code in codes}

    async def _completed(self, found: dict[str, Entry], more: Sequence[Edition]) -> dict[str, Entry]:
        out = await super()._completed(found, more)
        for supplement in more:
            book = self._books.get(supplement.id)
            if book is not None:
                for code, own in out.items():
                    added = book.entries.get(supplement.compared(own.code))
                    out[code] = completed(own, added, supplement) if added is not None else own
        return out


def _entries(edition: Edition, resource: Json) -> dict[str, Entry]:
    """Concepts by code as codes are compared. Raises: Problem(TOO_COSTLY) for a hierarchy too deep to be read at once."""
    concepts = {edition.compared(one.code): (rank, one) for rank, one in enumerate(read(resource), 1)}
    out: dict[str, Entry] = {}
    pairs = 0
    for code, (rank, one) in concepts.items():
        above = _ancestors(edition, code, concepts)
        pairs += len(above)
        if pairs > _MOST_PAIRS:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"La hiérarchie de {edition.canonical} est trop profonde pour une question : chargez ce système de codes.",
                f"The hierarchy of {edition.canonical} is too deep for a question: load this code system.",
                expression="CodeSystem.concept",
                rule="SOCLE-TERMINOLOGY-SIZE",
            )
        out[code] = _entry(edition, rank, one, above)
    return out


def _ancestors(edition: Edition, code: str, concepts: dict[str, tuple[int, Concept]]) -> tuple[int, ...]:
    """Ranks of all the broader concepts of a code, itself not among them."""
    met: dict[str, None] = {}
    waiting = [code]
    while waiting:
        for parent in concepts[waiting.pop()][1].parents:
            one = edition.compared(parent)
            if one in concepts and one != code and one not in met:
                met[one] = None
                waiting.append(one)
    return tuple(concepts[one][0] for one in met)


def _entry(edition: Edition, rank: int, one: Concept, ancestors: tuple[int, ...]) -> Entry:
    return Entry(
        edition.id,
        rank,
        one.code,
        one.display,
        one.inactive,
        one.abstract,
        one.definition,
        one.parents,
        ancestors,
        tuple(Name(n.value, n.language, joined_use(n.use_system, n.use), n.use_display) for n in one.designations),
        tuple(Value(v.code, v.value, v.type) for v in one.properties),
    )
