"""A page of resources as operations answer it: a searchset made of stored octets, its links, its trace."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import orjson

from socle.kernel.outcome import Issue, Kind, Language, Problem, operation_outcome
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call
from socle.kernel.rest.render import bundle
from socle.kernel.rest.trace import touched
from socle.kernel.store import Stored

PAGE = "_page"
FRENCH: Language = "fr"


def one_value(call: Call, name: str) -> str:
    """The value of a parameter that may be given once, in the URL or in Parameters; "" when it is absent.

    Raises: Problem(INVALID) when it is given several times.
    """
    values = list(call.parameters.get(name, ()))
    for parameter in (call.body or {}).get("parameter", ()):
        if parameter.get("name") == name:
            values += _values(parameter)
    if len(values) > 1:
        raise Problem.of(
            Kind.INVALID,
            f"« {name} » ne peut être donné qu'une fois.",
            f"“{name}” can be given only once.",
            expression=f"http.{name}",
        )
    return values[0] if values else ""


def given(call: Call, known: Sequence[str]) -> dict[str, list[str]]:
    """The parameters of an operation, of its URL and of the Parameters that it was sent; `known`: their names.

    Raises: Problem(INVALID) that names what is no parameter of it.
    """
    found = {name: list(values) for name, values in call.parameters.items()}
    body = call.body or {}
    if body and body.get("resourceType") != "Parameters":
        raise Problem.of(
            Kind.INVALID,
            "Envoyez un Parameters, ou les paramètres dans l'adresse.",
            "Send a Parameters, or the parameters in the URL.",
        )
    for rank, parameter in enumerate(body.get("parameter", ())):
        name, values = str(parameter.get("name", "")), _values(parameter)
        if name not in known or not values:
            listed = ", ".join(known)
            raise Problem.of(
                Kind.INVALID,
                f"« {name[:60]} » n'est pas un paramètre d'ici, ou n'a pas de valeur simple ; paramètres : {listed}.",
                f"“{name[:60]}” is no parameter here, or has no simple value; parameters: {listed}.",
                expression=f"Parameters.parameter[{rank}]",
            )
        found.setdefault(name, []).extend(values)
    return found


def _values(parameter: dict[str, Any]) -> list[str]:
    """The simple values of a parameter, as an URL writes them; of a Reference, what it refers to."""
    values = [value for key, value in parameter.items() if key.startswith("value")]
    plain = [one.get("reference") if isinstance(one, dict) else one for one in values]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in plain if one is not None]


def searchset(
    call: Call,
    matches: Sequence[Stored],
    included: Sequence[Stored] = (),
    *,
    total: int | None = None,
    following: str | None = None,
    issues: Sequence[Issue] = (),
) -> Answer:
    """200 with a searchset. `following`: the token of the next page."""
    entries = [_entry(call.base, one, b'"match"') for one in matches] + [
        _entry(call.base, one, b'"include"') for one in included
    ]
    if issues:
        outcome = orjson.dumps(operation_outcome(issues, FRENCH))
        entries.append(b'{"resource":' + outcome + b',"search":{"mode":"outcome"}}')
    here = call.url.partition("?")[0]
    links = [("self", call.url)]
    if following is not None:
        links.append(("next", f"{here}?{urlencode({PAGE: following})}"))
    entities, concerns = touched((*matches, *included))
    body = bundle("searchset", entries, links=links, total=total, updated=call.now.isoformat(timespec="milliseconds"))
    return Answer(200, body, entities=entities, concerns=concerns)


def _entry(base: str, stored: Stored, mode: bytes) -> bytes:
    url = orjson.dumps(f"{base}/{stored.type}/{stored.id}")
    return b'{"fullUrl":%b,"resource":%b,"search":{"mode":%b}}' % (url, stored.body, mode)
