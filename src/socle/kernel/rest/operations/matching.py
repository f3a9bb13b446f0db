"""`[type]/$match`: is this one here already? The kernel reads what is asked and writes the answer; a register's own matcher
says who resembles, and how much. Source: FHIR R4 patient-operation-match.html.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Permission
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.store import Json

GRADE: Final = "http://hl7.org/fhir/StructureDefinition/match-grade"
COUNT: Final = 10  # candidates, when the caller does not say
_RULE: Final = "FHIR R4 patient-operation-match.html"
_TITLE: Final = Text("Cette ressource est-elle déjà connue ?", "Is this resource known already?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: a resource, perhaps in part only.

    count    candidates at most
    certain  only those that are certain; the answer leaves the others out in any case
    """

    resource: Json
    count: int
    certain: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One that resembles. score: from 0 to 1."""

    resource: Json
    grade: Literal["certain", "probable", "possible", "certainly-not"]
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """A register's declaration: `Endpoint(…, matching=Match(…))`.

    matcher  answers with candidates, best first; it decides and traces nothing that the pipeline does already
    most     candidates that may be asked for
    """

    matcher: Callable[[Call, Wanted], Awaitable[Sequence[Candidate]]]
    types: tuple[str, ...]
    permission: Permission
    most: int = 50
    title: Text = _TITLE


def match_operations(match: Match) -> tuple[Operation, ...]:
    """`$match` on the types of a declaration."""

    async def handle(call: Call) -> Json:
        """A searchset of candidates, each with its score and grade. Raises: Problem(INVALID); what the matcher raises."""
        wanted = asked(call, match.most)
        found = [one for one in await match.matcher(call, wanted) if one.grade == "certain" or not wanted.certain]
        base = call.url.partition("?")[0].removesuffix("/$match")
        entries = [
            {
                "fullUrl": f"{base}/{one.resource['id']}",
                "resource": one.resource,
                "search": {
                    "extension": [{"url": GRADE, "valueCode": one.grade}],
                    "mode": "match",
                    "score": one.score,
                },
            }
            for one in found
        ]
        bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
        return {**bundle, "entry": entries} if entries else bundle

    return (
        Operation(
            "match",
            match.title,
            match.permission,
            handle,
            level="type",
            types=match.types,
            parameters=("count", "onlyCertainMatches"),
            writes=False,
            definition="http://hl7.org/fhir/OperationDefinition/Patient-match",
        ),
    )


def asked(call: Call, most: int) -> Wanted:
    """What a request looks for, by its body (the resource, or Parameters) and its URL. Raises: Problem(INVALID)."""
    given: dict[str, Any] = {name: values[-1] for name, values in call.parameters.items()}
    body = call.body or {}
    resource: Json | None = body if body.get("resourceType") == call.resource_type else None
    for one in body.get("parameter", ()) if resource is None else ():
        name = one.get("name")
        if name == "resource":
            resource = one.get("resource")
        elif name in ("count", "onlyCertainMatches"):
            given[name] = next((value for key, value in one.items() if key.startswith("value")), "")
        else:
            listed = "resource, count, onlyCertainMatches"
            raise _wrong(str(name), f"ce paramètre n'existe pas ; {listed}", f"there is no such parameter; {listed}")
    if resource is None or resource.get("resourceType") != call.resource_type:
        raise _wrong(
            "resource",
            f"envoyez un {call.resource_type}, seul ou dans un Parameters",
            f"send a {call.resource_type}, alone or in a Parameters",
        )
    count, certain = str(given.get("count", min(COUNT, most))), given.get("onlyCertainMatches", False)
    if not (count.isascii() and count.isdigit() and 0 < int(count[:4]) <= most):
        raise _wrong("count", f"un nombre de 1 à {most}", f"a number from 1 to {most}")
    if certain not in (True, False, "true", "false"):
        raise _wrong("onlyCertainMatches", "true ou false", "true or false")
    return Wanted(resource, int(count), certain in (True, "true"))


def _wrong(name: str, fr: str, en: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"« {name[:60]} » : {fr}.",
        f"“{name[:60]}”: {en}.",
        expression=f"Parameters.parameter.where(name = '{name[:60]}')",
        rule=_RULE,
    )
