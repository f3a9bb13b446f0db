"""A register with its store: resources go in with their keys, and are found again. What modules' store.py stands on."""

from collections.abc import Sequence

from socle.kernel.fhir.definitions import Definitions
from socle.kernel.search.index import Indexer
from socle.kernel.search.register import Register
from socle.kernel.store import ANY, Json, Put, Store, Stored, Unit


class Repository:
    """One register: definitions, index and store together."""

    def __init__(self, register: Register, store: Store, definitions: Definitions) -> None:
        self.register = register
        self.store = store
        self.definitions = definitions
        self.indexer = Indexer(register, definitions)

    def put(self, resource: Json, *, id: str, expect: int = ANY, fresh: bool = False) -> Put:
        """The change that stores `resource` under `id`, with its search keys.

        Raises: Problem(INVALID) when a value cannot be indexed (a date that does not exist).
        """
        resource_type: str = resource["resourceType"]
        return Put(resource_type, id, resource, self.indexer.keys(resource), expect, fresh)

    async def read(self, resource_type: str, resource_id: str) -> Stored | None:
        """The current version, perhaps a tombstone."""
        return await self.store.read(resource_type, resource_id)

    async def commit(self, unit: Unit) -> Sequence[Stored]:
        """Apply a unit. Raises Problem(CONFLICT | PRECONDITION_FAILED)."""
        return await self.store.commit(unit)
