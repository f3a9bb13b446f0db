"""create: a new resource, under an id that the server draws. Source: FHIR R4 http.html#create, #ccreate."""

from collections.abc import Mapping, Set
from types import MappingProxyType

from socle.kernel.rest.answer import Answer
from socle.kernel.rest.conditional import Criteria, several
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.part import check_parameters
from socle.kernel.rest.trace import met
from socle.kernel.rest.written import admitted, again, written
from socle.kernel.store import ABSENT, Put, Stored, Unit, Within


async def create(x: Exchange) -> Answer:
    """201 with the resource and its Location; with If-None-Exist, 200 when one is there already.

    Raises: Problem(PRECONDITION_FAILED) when If-None-Exist finds several.
    """
    check_parameters(x)
    condition = x.headers.get("if-none-exist")
    if condition is not None:
        return await _conditional(x, Criteria(x, condition))

    async def attempt() -> Answer:
        change = await admitted(x, new(x), None)
        return written(x, (await x.server.store.commit(Unit([change], x.trace)))[0], 201)

    # what an admission brings along may have been written by somebody else in between: it is then judged anew
    return await again(attempt, x.server.endpoint.admits(x.type))


def new(x: Exchange) -> Put:
    """The change that stores the body under a fresh id."""
    return x.server.repository.put(x.resource, id=x.server.new_id(), expect=ABSENT, fresh=True)


async def _conditional(x: Exchange, criteria: Criteria) -> Answer:
    there: list[Stored] = []
    put = new(x)  # read and indexed here, while others write
    criteria.query()

    async def decide(tx: Within) -> Unit:
        there[:] = await existing(x, criteria, tx)
        if there:
            return Unit([], x.trace, notes=[met(x, there[0])])
        return Unit([await admitted(x, put, None)], x.trace)

    done = await x.server.store.exclusive([criteria.lock], decide)
    return written(x, there[0], 200) if there else written(x, done[0], 201)


async def existing(
    x: Exchange,
    criteria: Criteria,
    within: Within | None,
    known: Mapping[tuple[str, str], Stored] = MappingProxyType({}),
    gone: Set[tuple[str, str]] = frozenset(),
) -> list[Stored]:
    """The resource that If-None-Exist finds, if any; not read again when it is `known`, not found when it is `gone`.

    Raises: Problem(PRECONDITION_FAILED) when it finds several.
    """
    found = [id for id in await criteria.find(within, beside=len(gone)) if (x.type, id) not in gone]
    if len(found) > 1:
        raise several(x, "If-None-Exist")
    if not found:
        return []
    stored = known.get((x.type, found[0])) or await x.server.repository.read(x.type, found[0], within=within)
    return [stored] if stored is not None else []
