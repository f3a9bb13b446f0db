"""patch: a change to a part of a resource, by one of the three kinds of `kernel/fhir/patch`. Source: http.html#patch."""

from socle.kernel.fhir import json
from socle.kernel.fhir.check import check
from socle.kernel.fhir.patch import Patch
from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.conditional import Criteria, several
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.interactions.read import gone, not_found
from socle.kernel.rest.part import check_parameters
from socle.kernel.rest.written import PATCHES, admitted, again, expectation, precondition, written
from socle.kernel.store import ANY, Change, Unit, Within


async def patch(x: Exchange) -> Answer:
    """200 with the new version. The result must be legal R4; id and resourceType do not change.

    Raises: Problem(RULE_VIOLATED) when it does not apply to the current version, Problem(NOT_FOUND | GONE |
    PRECONDITION_FAILED).
    """
    if not x.id:
        return await _conditional(x)
    check_parameters(x)
    expect = expectation(x)

    async def attempt() -> Answer:
        change = await patching(x, x.id, expect)
        return written(x, (await x.server.store.commit(Unit([change], x.trace)))[0], 200)

    return await again(attempt, expect == ANY, PATCHES)


async def patching(x: Exchange, id: str, expect: int, within: Within | None = None) -> Change:
    """The change that applies the patch in the body to the current version of `id`."""
    patch: Patch = x.content
    current = await x.server.repository.read(x.type, id, within=within)
    if current is None:
        raise not_found(x)
    if current.deleted:
        raise gone(x, current)
    if expect not in (ANY, current.version):
        raise precondition(x)
    seen = x.server.endpoint.seen
    resource = patch.apply(await seen(current, x.call) if seen else json.parse(current.body))
    if not isinstance(resource, dict) or resource.get("resourceType") != x.type or resource.get("id") != id:
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Un patch ne change ni « resourceType » ni « id ».",
            "A patch changes neither “resourceType” nor “id”.",
            expression=(f"{x.type}.id",),
            rule="FHIR R4 http.html#patch",
        )
    check(resource, expected_type=x.type)
    put = x.server.repository.put(resource, id=id, expect=current.version)
    return await admitted(x, put, current)


async def _conditional(x: Exchange) -> Answer:
    """PATCH [type]?criteria: exactly one match is patched."""
    criteria = Criteria(x, x.query)
    expect = expectation(x)

    async def decide(tx: Within) -> Unit:
        id = one(x, await criteria.find(tx))
        return Unit([await patching(x, id, expect, tx)], x.trace)

    return written(x, (await x.server.store.exclusive([criteria.lock], decide))[0], 200)


def one(x: Exchange, found: list[str]) -> str:
    """The only match of a conditional patch. Raises: Problem(NOT_FOUND | PRECONDITION_FAILED)."""
    if len(found) > 1:
        raise several(x, "PATCH")
    if not found:
        raise Problem.of(
            Kind.NOT_FOUND,
            "Les critères ne désignent aucune ressource : il n'y a rien à modifier.",
            "The criteria designate no resource: there is nothing to change.",
            rule="FHIR R4 http.html#patch",
        )
    return found[0]
