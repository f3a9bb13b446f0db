"""The terminologies of the house as algorithms see them: a snapshot of the catalogue over the tables."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import quote, unquote
from weakref import WeakKeyDictionary

from socle.foundations.terminologies.model import Json
from socle.foundations.terminologies.permissions import CONCEPTS
from socle.foundations.terminologies.rules.heads import Headline, unpacked
from socle.foundations.terminologies.store.catalogue import Catalogue, catalogue
from socle.foundations.terminologies.store.graph import SNOMED, TableGraph
from socle.foundations.terminologies.store.reading import Concepts
from socle.kernel.fhir.json import parse
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database
from socle.kernel.terminology import known
from socle.kernel.terminology.compose import Part, Plan
from socle.kernel.terminology.ecl import bits_of, evaluate
from socle.kernel.terminology.ecl import parse as read_constraint
from socle.kernel.terminology.entries import Edition, Entry, Name
from socle.kernel.terminology.planning import plan_of
from socle.kernel.terminology.versions import VersionRules, newest, split

FRESH: Final = 1.0  # seconds during which the catalogue is not looked at again: what others change is seen after that
WARY: Final = 5.0  # seconds after a write of our own during which it is looked at each time
PLANS: Final = 512
_NO_RULES: Final = VersionRules()
_GENERATION: Final = f"SELECT number FROM {CONCEPTS}.generation"
_HEADLINES: Final = f"SELECT type, id, url, version, edition, package, facts FROM {CONCEPTS}.canonical"


class Held:
    """The terminologies of one house: one object for as long as it runs."""

    def __init__(self, database: Database, repository: Repository) -> None:
        self.database = database
        self.repository = repository
        self.concepts = Concepts(database)
        self._snapshot: Snapshot | None = None
        self._looked = 0.0
        self._wary_until = 0.0
        self._looking: asyncio.Task[Snapshot] | None = None
        self._reading = asyncio.Lock()
        _held[repository] = self

    @staticmethod
    def at(repository: Repository) -> "Held":
        """The terminologies kept in a register. Raises: Problem(UNAVAILABLE) when the house is not ready."""
        found = _held.get(repository)
        if found is None:
            raise Problem.of(
                Kind.UNAVAILABLE,
                "Les terminologies ne sont pas encore prêtes : réessayez dans un instant.",
                "The terminologies are not ready yet: try again in a moment.",
            )
        return found

    def fresh(self) -> "Snapshot | None":
        """The snapshot, when it was looked at just now; None when `snapshot` must be awaited."""
        now = asyncio.get_running_loop().time()
        return self._snapshot if self._looked <= now < self._looked + FRESH and now >= self._wary_until else None

    async def snapshot(self) -> "Snapshot":
        """What is held now: what this process wrote is in it, what others wrote a second ago too."""
        found = self.fresh()
        if found is not None:
            return found
        if asyncio.get_running_loop().time() < self._wary_until:
            return await self._look()  # not with others: their look may have begun before our write ended
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    def changed(self) -> None:
        """Something is being written here: look each time for a while."""
        self._looking = None
        self._wary_until = asyncio.get_running_loop().time() + WARY

    async def _look(self) -> "Snapshot":
        begun = asyncio.get_running_loop().time()
        [row] = await self.database.query(_GENERATION)
        async with self._reading:
            found = self._snapshot
            if found is None or found.catalogue.generation < row["number"]:
                # The number was read first: headlines may be newer than it says, never older.
                rows = await self.database.query(_HEADLINES)
                found = Snapshot(self, catalogue(row["number"], [unpacked(one) for one in rows]))
                self._snapshot = found
        self._looked = max(self._looked, begun)  # what was committed since this look began is not in it
        return found


_held: WeakKeyDictionary[Repository, Held] = WeakKeyDictionary()


class Snapshot:
    """A `Source`: the catalogue of one moment, concepts of all. Value sets and plans are remembered as long as it lasts."""

    def __init__(self, held: Held, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.held = held
        self._concepts = held.concepts
        self._resources: dict[tuple[str, str], Json] = {}
        self._plans: dict[tuple[str, bool, frozenset[tuple[str, str]]], Plan] = {}

    # -- what is at hand -----------------------------------------------------------------------------------------------

    def names(self, system: str) -> Sequence[str]:
        """Every name of a system, the one given among them."""
        return self.catalogue.members.get(self.catalogue.families.get(system, system)) or (system,)

    def same(self, one: str, other: str) -> bool:
        """Whether two names are of the same system."""
        return one == other or one in self.names(other)

    def editions(self, system: str) -> Sequence[Edition]:
        """Every version of a system held, those of the very URL first."""
        return self.catalogue.editions(system)

    def supplements(self, edition: Edition) -> Sequence[Edition]:
        """The supplements held for an edition."""
        return self.catalogue.supplements(edition)

    def supplements_at(self, url: str) -> Sequence[Edition]:
        """Every version of a supplement, by its own URL."""
        return self.catalogue.supplements_at(url)

    # -- resources -----------------------------------------------------------------------------------------------------

    async def value_set(self, canonical: str) -> Json | None:
        """A value set held, one that a code system gives (all of its codes), or one of FHIR's own."""
        headline = self.catalogue.value_set(canonical)
        if headline is not None:
            return await self.resource(headline)
        url, version = split(canonical)
        edition = self.catalogue.whole.get(url)
        if edition is not None:
            return whole(url, newest(self.editions(edition.url), version) or edition)
        return implicit(url, version) or known.value_set(canonical)

    async def resource(self, headline: Headline) -> Json | None:
        """The resource of a headline; None when it was deleted meanwhile."""
        key = headline.type, headline.id
        if key not in self._resources:
            stored = await self.held.repository.read(headline.type, headline.id)
            if stored is None or stored.deleted:
                return None
            if len(self._resources) >= PLANS:
                self._resources.clear()
            self._resources[key] = parse(stored.body)
        return self._resources[key]

    async def plan(self, canonical: str, rules: VersionRules | None = None, *, partial: bool = False) -> Plan | None:
        """The plan of a value set by its canonical, remembered; None when it is not held. Raises: as `plan_of`."""
        said = rules or _NO_RULES
        usual = not (said.check or said.force or said.sets or said.latest)
        key = (canonical, partial, frozenset(said.default.items())) if usual else None
        if key is not None and key in self._plans:
            return self._plans[key]
        resource = await self.value_set(canonical)
        if resource is None:
            return None
        plan = await plan_of(self, resource, said, partial=partial)
        if key is not None:
            if len(self._plans) >= PLANS:
                self._plans.clear()
            self._plans[key] = plan
        return plan

    # -- concepts ------------------------------------------------------------------------------------------------------

    async def entry(self, edition: Edition, code: str) -> Entry | None:
        """One concept; None when it does not exist."""
        if edition.id > 0 and not self.catalogue.completing:
            at_hand, one = self._concepts.at_hand(edition, code)
            if at_hand:
                return one
        return (await self.entries(edition, [code])).get(code)

    async def entries(self, edition: Edition, codes: Sequence[str]) -> dict[str, Entry]:
        """Those of some codes that exist, with what supplements add."""
        if edition.id <= 0:
            return known.entries(edition, codes)
        found = await self._concepts.entries(edition, codes)
        more = self.supplements(edition)
        return await self._completed(found, more) if more and found else found

    async def scan(self, part: Part, words: Sequence[str]) -> AsyncIterator[list[Entry]]:
        """Concepts that may belong to a part, in order."""
        edition = part.edition
        assert edition is not None
        if edition.id <= 0:
            every = known.every(edition)
            if every is None:
                raise Problem.of(
                    Kind.RULE_VIOLATED,
                    f"Les codes de {edition.url} ne peuvent pas être énumérés : c'est une grammaire. Validez-les un à un.",
                    f"The codes of {edition.url} cannot be listed: it is a grammar. Validate them one by one.",
                    expression="ValueSet.compose.include",
                    rule="FHIR R4 valueset-operation-expand.html",
                    code="not-supported",
                )
            yield every
            return
        more = self.supplements(edition)
        async for group in self._concepts.scan(part, words, whole=not more):
            if more:
                completed = await self._completed({one.code: one for one in group}, more)
                group = list(completed.values())
            yield group

    async def count(self, part: Part, words: Sequence[str]) -> int | None:
        """How many concepts belong to a part, None when that is not known without looking at each."""
        edition = part.edition
        assert edition is not None
        if edition.id <= 0:
            return None
        return await self._concepts.count(part, words, whole=not self.supplements(edition))

    async def selected(self, edition: Edition, expression: str) -> int:
        """The ranks that an expression constraint selects, as bits."""
        if edition.id <= 0 or not edition.url.startswith(SNOMED):
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"Une expression ECL porte sur SNOMED CT, et non sur {edition.canonical}.",
                f"An ECL expression is about SNOMED CT, not {edition.canonical}.",
                rule="FHIR R4 snomedct.html",
                code="not-supported",
            )
        return await evaluate(read_constraint(expression), TableGraph(self.held.database, edition))

    async def above(self, edition: Edition, codes: Sequence[str] | None) -> int:
        """The ranks of the concepts directly above some codes, as bits; None: above any."""
        if edition.id <= 0:
            return 0
        ranks = None if codes is None else [one.rank for one in (await self.entries(edition, codes)).values()]
        return bits_of(await self._concepts.above(edition, ranks))

    async def children(self, edition: Edition, codes: Sequence[str]) -> dict[str, list[str]]:
        """Codes of the direct narrower concepts of some codes."""
        if edition.id <= 0:
            return {}
        found = await self._concepts.entries(edition, codes)
        below = await self._concepts.children(edition, [one.rank for one in found.values()])
        return {code: below.get(one.rank, []) for code, one in found.items()}

    async def codes_above(self, edition: Edition, one: Entry) -> list[str]:
        """Codes of all broader concepts."""
        return await self._concepts.codes_at(edition, one.ancestors) if one.ancestors else []

    async def codes_below(self, edition: Edition, one: Entry, most: int) -> list[str]:
        """Codes of all narrower concepts, at most `most`."""
        return await self._concepts.below(edition, one.rank, most) if edition.id > 0 else []

    async def _completed(self, found: dict[str, Entry], more: Sequence[Edition]) -> dict[str, Entry]:
        """Concepts with the names and values that supplements add."""
        out = dict(found)
        for supplement in more:
            if supplement.id <= 0:
                continue
            added = await self._concepts.entries(supplement, [one.code for one in found.values()])
            for code, own in found.items():
                if (one := added.get(own.code)) is not None:
                    out[code] = completed(out[code], one, supplement)
        return out


def completed(own: Entry, added: Entry, supplement: Edition) -> Entry:
    """A concept with the names and values that a supplement adds."""
    extra = (*added.names, Name(added.display, supplement.language)) if added.display else added.names
    return replace(own, names=(*own.names, *extra), values=(*own.values, *added.values))


def whole(url: str, edition: Edition) -> Json:
    """The value set of all the codes of a system."""
    version = {"version": edition.version} if edition.version else {}
    include: Json = {"system": edition.url, **version}
    return {
        "resourceType": "ValueSet",
        "url": url,
        **version,
        "name": edition.name,
        "status": "active",
        "compose": {"include": [include]},
    }


def implicit(url: str, version: str) -> Json | None:
    """Value sets that SNOMED CT's URLs define by themselves. Source: FHIR R4 snomedct.html#implicit."""
    system, _, said = url.partition("?")
    if not said or not system.startswith("http://snomed.info/sct"):
        return None
    include: Json = {"system": "http://snomed.info/sct"}
    if system != "http://snomed.info/sct":
        include["version"] = system
    name, _, value = said.partition("=")
    if name != "fhir_vs":
        return None
    if value.startswith("isa/"):
        include["filter"] = [{"property": "concept", "op": "is-a", "value": value.removeprefix("isa/")}]
    elif value.startswith("refset/"):
        include["filter"] = [{"property": "memberOf", "op": "=", "value": value.removeprefix("refset/")}]
    elif value.startswith("ecl/"):
        include["filter"] = [{"property": "constraint", "op": "=", "value": unquote(value.removeprefix("ecl/"))}]
    elif value:
        return None
    return {
        "resourceType": "ValueSet",
        "url": re.sub(r"\s", lambda blank: quote(blank[0]), url),  # a uri holds no blank
        **({"version": version} if version else {}),
        "status": "active",
        "compose": {"include": [include]},
    }
