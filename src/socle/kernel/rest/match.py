"""The `match` step: which interaction is asked for, from the method and the path. Source: FHIR R4 http.html#summary."""

import re
from collections.abc import Mapping
from typing import Final

from socle.kernel.outcome import Kind, Problem
from socle.kernel.rest.exchange import Exchange
from socle.kernel.search import page_token

PAGE: Final = "_page"
ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")

# What each shape of path means, by method (HEAD is GET).
SHAPES: Final[Mapping[str, Mapping[str, str]]] = {
    "": {"GET": "search-system", "POST": "batch"},
    "metadata": {"GET": "capabilities"},
    "_search": {"POST": "search-system"},
    "_history": {"GET": "history-system"},
    "[type]": {"GET": "search-type", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"},
    "[type]/_search": {"POST": "search-type"},
    "[type]/_history": {"GET": "history-type"},
    "[type]/[id]": {"GET": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"},
    "[type]/[id]/_history": {"GET": "history-instance"},
    "[type]/[id]/_history/[vid]": {"GET": "vread"},
    "[type]/[id]/[type]": {"GET": "search-type"},
    "[type]/[id]/[type]/_search": {"POST": "search-type"},
    "[type]/[id]/*": {"GET": "search-system"},
}
COLUMN: Final[Mapping[str, str]] = {
    "read": "read",
    "vread": "vread",
    "search-type": "search",
    "search-system": "search",
    "history-instance": "history",
    "history-type": "history",
    "history-system": "history",
    "create": "create",
    "update": "update",
    "patch": "patch",
    "delete": "delete",
    "batch": "bundle",
    "capabilities": "capabilities",
}


def match(x: Exchange) -> None:
    """Find the interaction in the path of an HTTP request.

    Raises: Problem(NOT_FOUND | NOT_ALLOWED | INVALID).
    """
    path: str = x.scope["path"]
    path = path[len(x.server.endpoint.base) :].strip("/")
    if path == PAGE and x.server.endpoint.pages_apart:
        path = _page(x)
    match_path(x, path)


def _page(x: Exchange) -> str:
    """`[base]/_page?id=…` stands for the search that the link continues; its type.

    Raises: Problem(INVALID | GONE) when the link was not made here, was changed, or is too old.
    """
    x.accept_only("id")
    token = x.parameter("id") or ""
    x.parameters = [(PAGE, token)]
    return page_token.read(token, x.server.secret, x.at).resource_type


def match_path(x: Exchange, path: str) -> None:
    """Find the interaction in a path relative to the base: "Patient/1". Also used for entries of bundles.

    Raises: Problem(NOT_FOUND | NOT_ALLOWED | INVALID).
    """
    segments = path.split("/")
    last = segments[-1]
    if last[:1] == "$":
        _operation(x, segments[:-1], last[1:])
        return
    shape = _shape(x, segments)
    if shape is None:
        raise _nowhere(path)
    x.personal = (
        x.type in x.server.personal if x.type else shape in ("", "_search", "_history") and bool(x.server.personal)
    )
    if x.compartment:
        x.personal = x.personal or x.compartment.partition("/")[0] in x.server.personal or not x.type
    meanings = SHAPES[shape]
    interaction = meanings.get("GET" if x.method == "HEAD" else x.method)
    if interaction is None or not _offered(x, interaction):
        raise _not_allowed(x, [m for m, meaning in meanings.items() if _offered(x, meaning)])
    x.interaction = interaction
    x.column = COLUMN[interaction]
    if interaction == "batch":
        x.personal = False  # its entries say what they touch


def _shape(x: Exchange, segments: list[str]) -> str | None:
    first = segments[0]
    if len(segments) == 1 and first in ("", "metadata", "_search", "_history"):
        return first
    _take_type(x, first)
    if len(segments) == 1:
        return "[type]"
    second = segments[1]
    if len(segments) == 2:
        if second in ("_search", "_history"):
            return f"[type]/{second}"
        _take_id(x, second)
        return "[type]/[id]"
    if segments[2] != "_history" and first in x.server.compartments:
        return _compartment(x, segments)
    if segments[2] != "_history" or len(segments) > 4:
        return None
    _take_id(x, second)
    if len(segments) == 3:
        return "[type]/[id]/_history"
    x.version = segments[3]
    return "[type]/[id]/_history/[vid]"


def _compartment(x: Exchange, segments: list[str]) -> str | None:
    """`Patient/1/Observation`: a search among what concerns the patient. Source: FHIR R4 http.html#vsearch."""
    owner, id, inner, *rest = segments
    _take_id(x, id)
    x.id, x.compartment = "", f"{owner}/{id}"
    if inner == "*" and not rest:
        x.type = ""
        return "[type]/[id]/*"
    _take_type(x, inner)
    return {(): "[type]/[id]/[type]", ("_search",): "[type]/[id]/[type]/_search"}.get(tuple(rest))


def _take_type(x: Exchange, name: str) -> None:
    if name not in x.server.interactions or not name:
        raise Problem.of(
            Kind.NOT_FOUND,
            f"Ce serveur ne connaît pas le type de ressource « {name[:64]} » ; voyez [base]/metadata.",
            f"This server does not know the resource type “{name[:64]}”; see [base]/metadata.",
            rule="FHIR R4 http.html#general",
            code="not-supported",
        )
    x.type = name


def _take_id(x: Exchange, name: str) -> None:
    if not ID.fullmatch(name):
        raise Problem.of(
            Kind.INVALID,
            "Un identifiant de ressource compte 1 à 64 lettres sans accent, chiffres, « - » ou « . ».",
            "A resource id has 1 to 64 ASCII letters, digits, “-” or “.”.",
            rule="FHIR R4 datatypes.html#id",
            code="value",
        )
    x.id = name


def _operation(x: Exchange, before: list[str], name: str) -> None:
    of_version = len(before) == 4 and before[2] == "_history"
    if len(before) > 2 and not of_version:
        raise _nowhere("/".join((*before, f"${name}")))
    level = ("system", "type", "instance")[min(len(before), 2)]
    if before:
        _take_type(x, before[0])
        x.personal = x.type in x.server.personal
    if len(before) >= 2:
        _take_id(x, before[1])
    operation = x.server.operations.get((level, name))
    if operation is not None and of_version:
        x.version = before[3]
        operation = operation if operation.versions else None
    if operation is None or (before and operation.types and x.type not in operation.types):
        raise Problem.of(
            Kind.NOT_FOUND,
            f"L'opération « ${name[:64]} » n'existe pas à cet endroit ; voyez [base]/metadata.",
            f"The operation “${name[:64]}” does not exist at this place; see [base]/metadata.",
            rule="FHIR R4 operations.html",
            code="not-supported",
        )
    allowed = ["POST"] if operation.writes else ["GET", "POST"]
    allowed += ["DELETE"] if operation.withdraw is not None else []
    if ("GET" if x.method == "HEAD" else x.method) not in allowed:
        raise _not_allowed(x, allowed)
    x.operation = operation
    x.interaction = f"${name}"
    x.column = "operation"
    x.personal = x.personal or (not before and bool(x.server.personal))


def _offered(x: Exchange, interaction: str) -> bool:
    offered = x.server.interactions[x.type]
    if interaction == "batch":
        return "batch" in offered or "transaction" in offered
    return interaction in offered


def _nowhere(path: str) -> Problem:
    return Problem.of(
        Kind.NOT_FOUND,
        f"Rien n'existe à l'adresse « {path[:200]} » ; voyez [base]/metadata.",
        f"Nothing exists at “{path[:200]}”; see [base]/metadata.",
        rule="FHIR R4 http.html#summary",
    )


def _not_allowed(x: Exchange, methods: list[str]) -> Problem:
    if "GET" in methods:
        methods = [*methods, "HEAD"]
    allow = ", ".join(sorted(methods))
    problem = Problem.of(
        Kind.NOT_ALLOWED,
        f"La méthode {x.method[:20]} n'est pas offerte à cet endroit ; méthodes possibles : {allow or 'aucune'}.",
        f"The method {x.method[:20]} is not offered at this place; possible methods: {allow or 'none'}.",
        rule="FHIR R4 http.html#summary",
    )
    problem.headers = (("Allow", allow),)
    return problem
