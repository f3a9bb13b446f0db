"""$everything: what concerns a patient, or an encounter, page after page, with what it refers to.

The compartment, then, beside each page, the resources that it refers to and that concern nobody else (who cared, where,
with what). Source: FHIR R4 operation-patient-everything.html, operation-encounter-everything.html.
"""

from typing import Final

from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.policy import Permission
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.rest.operations.page import PAGE, given, one_value, searchset
from socle.kernel.search import compartment, page_token
from socle.kernel.search.engine import Page
from socle.kernel.search.include import included
from socle.kernel.search.presentation import every_reference
from socle.kernel.search.query import Include
from socle.kernel.store import Stored

TYPES: Final = ("Patient", "Encounter")
_PARAMETERS: Final = ("start", "end", "_since", "_type", "_count", PAGE)
_TEXT: Final = Text(
    "Tout ce qui concerne un patient ou une venue, page après page, avec ce à quoi cela renvoie.",
    "Everything about a patient or an encounter, page after page, with what it refers to.",
)


def everything_operations(permission: Permission, types: tuple[str, ...] = TYPES) -> tuple[Operation, ...]:
    """`Patient/[id]/$everything` and `Encounter/[id]/$everything`, for the registers that hold these types."""
    return (
        Operation(
            "everything",
            _TEXT,
            permission,
            everything,
            "instance",
            types,
            _PARAMETERS,
            writes=False,
            definition="http://hl7.org/fhir/OperationDefinition/Patient-everything",
        ),
    )


async def everything(call: Call) -> Answer:
    """200 with a page of it. Raises: Problem(NOT_FOUND | GONE) for a resource that is not there; Problem(INVALID)."""
    given(call, _PARAMETERS)
    repository = call.repository
    owner = f"{call.resource_type}/{call.resource_id}"
    stored = await repository.read(call.resource_type, call.resource_id)
    if stored is None or stored.deleted:
        raise Problem.of(
            Kind.NOT_FOUND if stored is None else Kind.GONE,
            f"{owner} n'existe pas." if stored is None else f"{owner} a été supprimé.",
            f"{owner} does not exist." if stored is None else f"{owner} was deleted.",
        )
    token = one_value(call, PAGE)
    if token:
        place = page_token.read(token, call.secret, call.now)
        if (compartment.NAME, owner) not in place.parameters:
            raise Problem.of(
                Kind.INVALID,
                "Ce lien de page se suit tel quel, à l'adresse où il a été donné.",
                "This page link is followed as it is, at the address where it was given.",
                expression=f"http.{PAGE}",
                rule="FHIR R4 http.html#paging",
            )
        page = await repository.page(token, now=call.now, secret=call.secret)
    else:
        page = await repository.search(_asked(call, owner), None, now=call.now, secret=call.secret)
    beside, issues = await _beside(call, page, stored.subject)
    said = (*page.issues, *issues)
    return searchset(call, page.matches, beside, total=page.total, following=page.next, issues=said)


def _asked(call: Call, owner: str) -> list[tuple[str, str]]:
    pairs = [(compartment.NAME, owner)]
    start, end = one_value(call, "start"), one_value(call, "end")
    if start or end:
        pairs.append((compartment.DURING, f"{start}/{end}"))
    since, types, count = one_value(call, "_since"), one_value(call, "_type"), one_value(call, "_count")
    pairs += [("_lastUpdated", f"ge{since}")] if since else []
    pairs += [("_type", types)] if types else []
    return pairs + ([("_count", count)] if count else [])


async def _beside(call: Call, page: Page, subject: str | None) -> tuple[list[Stored], list[Issue]]:
    """What the page refers to, but what may be in a compartment of this kind: if it is not in this one, it is another's."""
    repository = call.repository
    known = repository.indexer.parameters
    types = dict.fromkeys(match.type for match in page.matches)
    links = [Include(False, False, of, every_reference(known.of(of)), "", f"{of}:*") for of in types]
    found, issues = await included(repository.store, repository.definitions.type_code, links, page.matches)
    kind, compartments = call.resource_type, repository.definitions.compartment
    others = [one for one in found if one.type != kind and not compartments(kind, one.type)]
    return [one for one in others if one.subject in (None, subject)], issues
