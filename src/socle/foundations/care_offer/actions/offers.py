"""Offers brought in by many, without REST."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from socle.foundations.care_offer.actions import places
from socle.foundations.care_offer.permissions import OWN
from socle.kernel.audit import Trace
from socle.kernel.outcome import Kind
from socle.kernel.policy import Actor, decide
from socle.kernel.search.repository import Repository
from socle.kernel.store import Json, Put, Unit

BATCH: Final = 500


async def is_empty(repository: Repository) -> bool:
    """Whether the register holds nothing."""
    return not await repository.store.query(f"SELECT 1 FROM {repository.store.schema}.resource LIMIT 1")


async def put(repository: Repository, resources: Iterable[Json], *, by: Actor, trace: Trace) -> int:
    """Store resources under their ids, by batches, each whole; answers how many. Raises: Problem(FORBIDDEN)."""
    decide(by, OWN).or_raise(Kind.FORBIDDEN)
    pending, count = iter(resources), 0
    while batch := list(islice(pending, BATCH)):
        await repository.commit(Unit([_put(repository, one) for one in batch], trace))
        count += len(batch)
    return count


def _put(repository: Repository, resource: Json) -> Put:
    put = repository.put(resource, id=resource["id"])
    if resource["resourceType"] == "Location":
        put.rows = places.kept(resource)
    return put
