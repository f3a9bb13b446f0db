"""A register with its store: resources go in with their keys, and are found again. What modules' store.py stands on."""

from collections.abc import Sequence, Set
from datetime import datetime

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.fhir.keys import resource_key
from socle.kernel.fhir.knowledge import Terminology
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search import engine
from socle.kernel.search.custom import MOST_BITS, TYPE, Learnt, active, learnt_from
from socle.kernel.search.engine import Page
from socle.kernel.search.index import Indexer
from socle.kernel.search.parameter import Context
from socle.kernel.search.parse import Pairs, Parser
from socle.kernel.search.query import Query
from socle.kernel.search.register import Register
from socle.kernel.search.sight import Sight
from socle.kernel.search.statistics import Statistics
from socle.kernel.search.together import find_together
from socle.kernel.store import ANY, STORED_COLUMNS, Json, Put, Store, Stored, Unit, Within


class Repository:
    """One register: definitions, index and store together.

    bases        the server's own base URLs
    terminology  who names the codes of a value set, or below a code; None when nobody does
    """

    def __init__(
        self,
        register: Register,
        store: Store,
        definitions: Definitions,
        bases: tuple[str, ...] = (),
        terminology: Terminology | None = None,
    ) -> None:
        self.register = register
        self.store = store
        self.definitions = definitions
        self.terminology = terminology
        self.bases = tuple(base.rstrip("/") for base in bases)
        self.indexer = Indexer(register, definitions, self.bases)
        self.parser = self._parser()
        self.statistics = Statistics()
        self.learnt: tuple[Learnt, ...] = ()
        self.followed: tuple[int, int] | None = None  # state of the SearchParameters at the last look (`learn`)

    def _parser(self) -> Parser:
        register = self.register
        return Parser(
            self.indexer.parameters,
            register.types,
            self.bases,
            full_text=register.full_text,
            apart=register.apart,
            queries=register.queries,
            page=register.page,
            counts=register.counts,
        )

    def adopt(self, learnt: Sequence[Learnt]) -> bool:
        """Obey these search parameters from now on; whether they are others than before."""
        if tuple(learnt) == self.learnt:
            return False
        self.learnt = tuple(learnt)
        self.indexer = Indexer(self.register, self.definitions, self.bases, self.learnt)
        self.parser = self._parser()
        return True

    def put(self, resource: Json, *, id: str, expect: int = ANY, fresh: bool = False) -> Put:
        """The change that stores `resource` under `id`, with its search keys.

        Raises: Problem(INVALID) when a value cannot be indexed (a date that does not exist).
        """
        resource_type: str = resource["resourceType"]
        if resource_type == TYPE and self.register.learns and active(resource):
            self._check_parameter(resource, id)
        return Put(resource_type, id, resource, self.indexer.keys(resource, id), expect, fresh)

    def _check_parameter(self, resource: Json, id: str) -> None:
        for one in learnt_from(resource, id, self.register.types, self.definitions):
            same = [
                other for other in self.learnt if (other.base, other.definition.name) == (one.base, one.definition.name)
            ]
            taken = any(other.id != id and not other.retired for other in same)
            mine = [other for other in self.learnt if other.base == one.base]
            width = len(self.definitions.search_parameters(one.base)) + len(mine)
            if taken or (width >= MOST_BITS and not same):
                raise Problem.of(
                    Kind.INVALID,
                    f"{one.base} a déjà un paramètre « {one.definition.name} » appris ici."
                    if taken
                    else f"{one.base} a atteint {MOST_BITS} paramètres de recherche : il n'en apprend pas d'autre.",
                    f"{one.base} already has a parameter “{one.definition.name}” learnt here."
                    if taken
                    else f"{one.base} has reached {MOST_BITS} search parameters: it learns no more.",
                    expression="SearchParameter.code",
                    rule="FHIR R4 searchparameter.html",
                )

    async def read(self, resource_type: str, resource_id: str, *, within: Within | None = None) -> Stored | None:
        """The current version, perhaps a tombstone; as `within` a transaction of `Store.exclusive` if given."""
        if within is None:
            return await self.store.read(resource_type, resource_id)
        return next(iter(await self.read_within(within, {(resource_type, resource_id)})), None)

    async def read_within(self, within: Within, references: Set[tuple[str, str]]) -> list[Stored]:
        """The current versions, perhaps tombstones, of those that there ever were, as a transaction sees them."""
        rows = await within.settled(
            f"SELECT {STORED_COLUMNS} FROM {self.store.schema}.resource WHERE key = ANY($1::bigint[])",
            [resource_key(*reference) for reference in references],
        )
        found = [self.store.stored(row) for row in rows]
        return [one for one in found if (one.type, one.id) in references]

    async def commit(self, unit: Unit) -> Sequence[Stored]:
        """Apply a unit. Raises Problem(CONFLICT | PRECONDITION_FAILED)."""
        return await self.store.commit(unit)

    async def search(
        self,
        parameters: Pairs,
        resource_type: str | None,
        *,
        now: datetime,
        secret: bytes,
        lenient: bool = False,
        sight: Sight | None = None,
    ) -> Page:
        """The first page of what `parameters` ask of a type, or of the whole register (None), within a sight.

        Raises: Problem(INVALID) when the query is not understood; Problem(TOO_COSTLY).
        """
        parsed = self.parser.parse(parameters, resource_type, Context(now, self.bases, sight), lenient=lenient)
        return await engine.search(self, parsed.query, secret=secret, issues=parsed.issues, sight=sight)

    async def page(self, token: str, *, now: datetime, secret: bytes, sight: Sight | None = None) -> Page:
        """The page that a link's token leads to. Raises: Problem(INVALID | GONE | TOO_COSTLY)."""
        return await engine.resume(self, token, secret=secret, now=now, sight=sight)

    async def find(
        self,
        resource_type: str,
        parameters: Pairs,
        *,
        now: datetime,
        within: Within | None = None,
        limit: int = 2,
        sight: Sight | None = None,
    ) -> list[tuple[str, int]]:
        """(id, version) of at most `limit` resources that match; `within` a transaction of `Store.exclusive` if given.

        Raises: Problem(INVALID); Problem(PRECONDITION_FAILED) when there is no criterion.
        """
        query = self.criteria(resource_type, parameters, now=now, sight=sight)
        return await self.found(query, now=now, within=within, limit=limit)

    async def found(
        self, query: Query, *, now: datetime, within: Within | None = None, limit: int = 2
    ) -> list[tuple[str, int]]:
        """As `find`, of criteria already read."""
        return await engine.find_ids(self, within or self.store, query, now=now, limit=limit)

    def criteria(self, resource_type: str, parameters: Pairs, *, now: datetime, sight: Sight | None = None) -> Query:
        """The criteria of a conditional operation. Raises: Problem(INVALID | PRECONDITION_FAILED)."""
        return engine.criteria(self, resource_type, parameters, now=now, sight=sight)

    async def find_together(
        self, queries: Sequence[Query], *, now: datetime, within: Within | None = None, limit: int = 2
    ) -> list[list[str] | None]:
        """Of each query, as `find`, the ids; None for one that has to be asked alone."""
        return await find_together(self, within or self.store, queries, now=now, limit=limit)
