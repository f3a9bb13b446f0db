"""update: a new version of a resource, or a resource under an id that a client chose. Source: http.html#update."""

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.conditional import Criteria, several
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.part import check_parameters
from socle.kernel.rest.written import admitted, again, expectation, precondition, written
from socle.kernel.store import ABSENT, ANY, Change, Op, Unit, Within


async def update(x: Exchange) -> Answer:
    """200 with the new version, 201 when it is the first.

    Raises: Problem(PRECONDITION_FAILED) when If-Match is not the current version, or the criteria match several.
    """
    if not x.id:
        return await _conditional(x)
    check_parameters(x)
    expect = expectation(x)

    async def attempt() -> Answer:
        change = await replacing(x, x.id, expect)
        try:
            stored = (await x.server.store.commit(Unit([change], x.trace)))[0]
        except Problem as problem:
            if expect == ABSENT and problem.kind is Kind.CONFLICT:  # `If-None-Match: *`, and it is there
                raise precondition(x) from problem
            raise
        return written(x, stored, 201 if stored.op is Op.CREATE else 200)

    return await again(attempt, expect == ANY and x.server.endpoint.admits(x.type))


async def replacing(x: Exchange, id: str, expect: int, within: Within | None = None) -> Change:
    """The change that puts the body under `id`, admitted by the register against the version that it replaces."""
    if not x.server.endpoint.admits(x.type):
        return x.server.repository.put(x.resource, id=id, expect=expect)
    current = await x.server.repository.read(x.type, id, within=within)
    live = current is not None and not current.deleted
    if expect == ANY:
        expect = current.version if current is not None and live else ABSENT
    elif (current.version if current is not None and live else ABSENT) != expect:
        raise precondition(x)
    return await admitted(x, x.server.repository.put(x.resource, id=id, expect=expect), current if live else None)


async def _conditional(x: Exchange) -> Answer:
    """PUT [type]?criteria: no match creates, one match updates, several refuse. Source: http.html#cond-update."""
    criteria = Criteria(x, x.query)
    expect, drawn = expectation(x), x.server.new_id()
    criteria.query()  # read here, while others write

    async def decide(tx: Within) -> Unit:
        id, fresh = aim(x, await criteria.find(tx), drawn)
        if not fresh:
            return Unit([await replacing(x, id, expect, tx)], x.trace)
        put = x.server.repository.put(x.resource, id=id, expect=ABSENT)
        return Unit([await admitted(x, put, None)], x.trace)

    stored = (await x.server.store.exclusive([criteria.lock], decide))[0]
    return written(x, stored, 201 if stored.op is Op.CREATE else 200)


def aim(x: Exchange, found: list[str], drawn: str) -> tuple[str, bool]:
    """(id to write, whether nothing may be there) of a conditional update whose criteria found `found`.

    Nothing found: it creates, under the id of the body or `drawn`; a resource that has this id and does not match is not
    overwritten. R4 leaves that to servers, R5 says so.

    Raises: Problem(PRECONDITION_FAILED) for several matches, Problem(INVALID) when the body names another id.
    """
    given = x.resource.get("id")
    if len(found) > 1:
        raise several(x, "PUT")
    if not found:
        return given or drawn, True
    if given and given != found[0]:
        raise Problem.of(
            Kind.INVALID,
            f"Les critères désignent une autre ressource que l'identifiant du corps ({given}).",
            f"The criteria designate another resource than the id in the body ({given}).",
            expression=f"{x.type}.id",
            rule="FHIR R4 http.html#cond-update",
        )
    return found[0], False
