"""delete: a tombstone; the history stays. Source: FHIR R4 http.html#delete, #3.1.0.7.1."""

from socle.kernel.rest.answer import Answer
from socle.kernel.rest.conditional import Criteria, several
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.written import admitted, again, deleted, expectation, precondition
from socle.kernel.store import ABSENT, ANY, Change, Delete, Unit, Within


async def delete(x: Exchange) -> Answer:
    """204, also when there was nothing to delete.

    Raises: Problem(PRECONDITION_FAILED) when If-Match is not the current version, or the criteria match several.
    """
    if not x.id:
        return await _conditional(x)
    x.accept_only()
    expect = expectation(x)

    async def attempt() -> Answer:
        change = await removing(x, x.id, expect)
        return deleted(x, (await x.server.store.commit(Unit([change], x.trace)))[0])

    return await again(attempt, expect == ANY and x.server.endpoint.admits(x.type))


async def removing(x: Exchange, id: str, expect: int, within: Within | None = None) -> Change:
    """The change that deletes `id`, admitted by the register."""
    change = Delete(x.type, id, expect)
    if not x.server.endpoint.admits(x.type):
        return change
    current = await x.server.repository.read(x.type, id, within=within)
    if current is None or current.deleted:
        if expect not in (ANY, ABSENT):
            raise precondition(x)
        return change
    if expect == ANY:
        change.expect = current.version
    return await admitted(x, change, current)


async def _conditional(x: Exchange) -> Answer:
    """DELETE [type]?criteria: one match is deleted, none is no error, several refuse ("single" in our capabilities)."""
    criteria = Criteria(x, x.query)
    expect = expectation(x)
    nothing: list[bool] = []

    async def decide(tx: Within) -> Unit:
        found = await criteria.find(tx)
        if len(found) > 1:
            raise several(x, "DELETE")
        nothing[:] = [not found]
        return Unit([await removing(x, id, expect, tx) for id in found], x.trace)

    done = await x.server.store.exclusive([criteria.lock], decide)
    return deleted(x, done[0]) if not nothing[0] else deleted(x, None)
