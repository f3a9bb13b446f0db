"""vread: one version of a resource. Source: FHIR R4 http.html#vread."""

from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.interactions.read import gone, not_found, shown, visible
from socle.kernel.rest.part import check_parameters


async def vread(x: Exchange) -> Answer:
    """200 with that version.

    Raises: Problem(NOT_FOUND) for a version that never was, Problem(GONE) for the one that deleted the resource.
    """
    check_parameters(x)
    digits = x.version
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise not_found(x)
    stored = await x.server.store.vread(x.type, x.id, int(digits))
    if stored is None:
        raise not_found(x)
    if x.sight is not None:
        stored = await visible(x, stored)
    if stored.deleted:
        raise gone(x, stored)
    return shown(x, stored)
