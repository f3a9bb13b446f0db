"""vread: one version of a resource. Source: FHIR R4 http.html#vread."""

from socle.kernel.outcome import Kind, Problem
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
        raise never(x)
    stored = await x.server.store.vread(x.type, x.id, int(digits))
    if stored is None:
        raise never(x)
    if x.sight is not None:
        stored = await visible(x, stored)
    if stored.deleted:
        raise gone(x, stored)
    return shown(x, stored)


def never(x: Exchange) -> Problem:
    """No such version. To whoever sees a part of the register only, the same words as for what is hidden."""
    if x.sight is not None:
        return not_found(x)
    return Problem.of(
        Kind.NOT_FOUND,
        f"{x.type}/{x.id} n'a pas de version « {x.version[:64]} » ; {x.type}/{x.id}/_history les donne toutes.",
        f"{x.type}/{x.id} has no version “{x.version[:64]}”; {x.type}/{x.id}/_history gives them all.",
        rule="FHIR R4 http.html#vread",
    )
