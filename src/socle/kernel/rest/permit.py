"""The `permit` step: may this actor use this permission at all? Deny by default, before anything is looked up."""

import re
from dataclasses import replace
from typing import Final

from socle.kernel.outcome import Issue, Kind, Problem, Refused, Text
from socle.kernel.policy import Actor, Permission, decide
from socle.kernel.rest.endpoint import WRITING
from socle.kernel.rest.exchange import Exchange
from socle.kernel.store.actors import KEY_PREFIX

_PURPOSE: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="socle"')


def permit(x: Exchange) -> None:
    """Let the caller through, or refuse without a word about what lies behind.

    From the endpoint: `write` for every write, `read` for what concerns a person, `read_public`
    for the rest, the operation's own for an operation. A bundle needs any of them: each entry is then judged alone.

    Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
    """
    endpoint = x.server.endpoint
    if x.column == "search" or x.column == "history":
        _narrow(x)
    if x.column == "bundle":
        _any_of(x, endpoint.read_public, endpoint.read, endpoint.write)
    else:
        require(x, permission_of(x))
    purpose = x.headers.get("x-socle-purpose")
    if purpose is not None:
        x.ground = f"{x.ground}; purpose {_code(purpose)}"


def permission_of(x: Exchange) -> Permission:
    """The permission that this request needs."""
    endpoint = x.server.endpoint
    if x.operation is not None:
        return x.operation.permission
    if x.interaction in WRITING:
        return endpoint.write
    return endpoint.read if x.personal else endpoint.read_public


def require(x: Exchange, permission: Permission) -> None:
    """Refuse unless the actor may use `permission`; the reason goes to the trace.

    Raises: Problem(UNAUTHENTICATED) to an unknown caller, Problem(FORBIDDEN) to a known one.
    """
    decision = decide(x.actor, permission)
    if not decision.allowed:
        name = x.server.endpoint.key_header.upper()
        if name and not x.actor.is_authenticated:
            text = Text(
                f"Authentification requise : présentez une clé d'accès (en-tête « {name}: {KEY_PREFIX}… »).",
                f"Authentication required: present an access key (header “{name}: {KEY_PREFIX}…”).",
            )
            decision = replace(decision, text=text)
        raise refusal(x.actor, decision)
    x.ground = decision.reason


def refusal(actor: Actor, decision: Refused) -> Problem:
    """401 to an unknown caller, 403 to a known one."""
    issue = Issue(decision.text, decision.expression, decision.requirement)
    if actor.is_authenticated:
        return Problem(Kind.FORBIDDEN, issue)
    return Problem(Kind.UNAUTHENTICATED, issue, headers=(CHALLENGE,))


def _any_of(x: Exchange, *permissions: Permission) -> None:
    for permission in permissions[:-1]:
        try:
            return require(x, permission)
        except Problem:
            continue
    return require(x, permissions[-1])


def _narrow(x: Exchange) -> None:
    """A search over several types concerns persons unless it says otherwise; one that follows links may reach them."""
    personal = x.server.personal
    if not x.type:
        types = [name for key, value in x.parameters if key == "_type" for name in value.split(",")]
        x.personal = bool(personal) and (bool(x.compartment) or not types or any(name in personal for name in types))
    if personal and not x.personal and x.column == "search":
        x.personal = any(_follows(name) for name, _ in x.parameters)


def _follows(name: str) -> bool:
    """Whether a search parameter goes to other resources: chains, `_has`, includes, lists, filters, what holds it."""
    return name.startswith(("_has", "_include", "_revinclude", "_list", "_filter", "_contained")) or "." in name


def _code(purpose: str) -> str:
    if not _PURPOSE.fullmatch(purpose):
        raise Problem.of(
            Kind.INVALID,
            "X-Socle-Purpose attend un code court (lettres, chiffres, - et _), par exemple TREAT.",
            "X-Socle-Purpose expects a short code (letters, digits, - and _), for instance TREAT.",
        )
    return purpose
