"""What the writing interactions share: expectations, admission, and the answer after a write."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.exchange import Exchange
from socle.kernel.rest.fields import version_of
from socle.kernel.rest.part import part
from socle.kernel.rest.render import all_well
from socle.kernel.store import ABSENT, ANY, Change, Stored

_T = TypeVar("_T")
ATTEMPTS: Final = 5
PATCHES: Final = 20  # attempts at patching what others patch too: of those who meet, one passes each time


def expectation(x: Exchange) -> int:
    """The version that must be current, from If-Match; ABSENT from `If-None-Match: *`; ANY when nothing is said.

    Raises: Problem(PRECONDITION_FAILED) when If-Match names what can be no version, Problem(INVALID) when unreadable.
    """
    wanted = x.headers.get("if-match")
    if wanted is None:
        return ABSENT if x.headers.get("if-none-match", "").strip() == "*" else ANY
    version = version_of(wanted)
    if version <= 0:
        raise precondition(x)
    return version


def precondition(x: Exchange) -> Problem:
    """If-Match does not name the current version."""
    return Problem.of(
        Kind.PRECONDITION_FAILED,
        f"La version attendue de {x.type}/{x.id} n'est pas la version courante : relisez-la, puis recommencez.",
        f"The expected version of {x.type}/{x.id} is not the current one: read it again, then retry.",
        rule="FHIR R4 http.html#concurrency",
    )


async def admitted(x: Exchange, change: Change, current: Stored | None) -> Change:
    """The change as the register's own rule lets it through. Raises: Problem."""
    endpoint = x.server.endpoint
    if endpoint.admit is None or not endpoint.admits(change.type):
        return change
    return await endpoint.admit(change, current, x.call)


async def again(attempt: Callable[[], Awaitable[_T]], retry: bool, attempts: int = ATTEMPTS) -> _T:
    """What `attempt` answers; when somebody else wrote in between and the caller named no version, try anew.

    Raises: Problem(CONFLICT) after so many attempts: a version that nobody named is no precondition.
    """
    if not retry:
        return await attempt()
    for _ in range(attempts - 1):
        try:
            return await attempt()
        except Problem as problem:
            if problem.kind not in (Kind.CONFLICT, Kind.PRECONDITION_FAILED):
                raise
    try:
        return await attempt()
    except Problem as problem:
        if problem.kind is not Kind.PRECONDITION_FAILED:
            raise
        raise Problem.of(
            Kind.CONFLICT,
            "D'autres modifient cette ressource sans cesse ; rien n'a changé. Recommencez dans un instant.",
            "Others keep changing this resource; nothing was changed. Try again in a moment.",
            rule="FHIR R4 http.html#concurrency",
        ) from problem


def written(x: Exchange, stored: Stored, status: int) -> Answer:
    """The answer to a create, update or patch, whole or in part, as the caller prefers. Source: FHIR R4 http.html#return."""
    returns = x.prefer.returns or ("minimal" if x.inside else "representation")
    body = b""
    if returns == "representation":
        shaped = x.parameters and (
            x.id or x.column == "create"
        )  # otherwise they are the criteria of a conditional write
        body = part(x, stored.body) if shaped else stored.body
    elif returns == "OperationOutcome":
        body = all_well(_done(stored), x.language)
    location = f"{x.base}/{stored.type}/{stored.id}/_history/{stored.version}"
    return Answer(status, body, stored=stored, location=location)


def deleted(x: Exchange, stored: Stored | None) -> Answer:
    """The answer to a delete: 204, or 200 with an OperationOutcome when the caller prefers one."""
    gone = stored if stored is not None and stored.version else None
    if x.prefer.returns == "OperationOutcome":
        text = (
            Text("Supprimée.", "Deleted.")
            if gone
            else Text("Il n'y avait rien à supprimer.", "There was nothing to delete.")
        )
        return Answer(200, all_well(Issue(text, severity="information"), x.language), stored=gone)
    return Answer(204, stored=gone)


def _done(stored: Stored) -> Issue:
    return Issue(
        Text(
            f"Enregistrée : {stored.type}/{stored.id}, version {stored.version}.",
            f"Stored: {stored.type}/{stored.id}, version {stored.version}.",
        ),
        severity="information",
    )
