"""Whose data: resources of a compartment. Source: FHIR R4 compartmentdefinition.html, http.html#vsearch."""

from typing import TYPE_CHECKING

from socle.kernel.fhir import temporal
from socle.kernel.fhir.keys import resource_key
from socle.kernel.search.conditions import Condition, During, Either, KeyIn, either
from socle.kernel.search.escapes import unescape
from socle.kernel.search.parameter import Context
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types import date as dates
from socle.kernel.search.types import reference as references

if TYPE_CHECKING:
    from socle.kernel.search.criterion import Criteria

NAME = "_compartment"  # how `Patient/1/Observation` is kept among the criteria of a query
DURING = "_during"  # how the dates of `$everything` are kept there: "2024-01-01/2024-06-30", either may be absent


def during(criteria: "Criteria", value: str) -> Condition:
    """What was done between two dates, of the types whose `date` says when; everything of the others.

    Raises: Problem(INVALID) when they are no dates.
    """
    start, _, end = value.partition("/")
    context = criteria.context
    lo = dates.compared("start", start, context)[2] if start else temporal.BEGINNING
    hi = dates.compared("end", end, context)[3] if end else temporal.END
    parameters = criteria.parameters
    dated = [
        of for of in sorted(criteria.types) if (date := parameters.of(of).get("date")) is not None and date.principal
    ]
    return During(lo, hi, tuple(parameters.definitions.type_code(of) for of in dated))


def compartment(criteria: "Criteria", of: str, owner: str) -> Condition:
    """Resources of type `of` that are in the compartment of `owner` ("Patient/1"); never, for a type that is in none.

    Raises: Problem(INVALID) when `owner` has no compartment.
    """
    kind, _, id = unescape(owner).partition("/")
    definitions = criteria.parameters.definitions
    if kind not in definitions.compartments:
        listed = ", ".join(definitions.compartments)
        raise refuse(
            NAME,
            f"{kind} ne définit pas de compartiment ; ceux qui existent : {listed}.",
            f"{kind} defines no compartment; those that exist: {listed}.",
            rule="FHIR R4 compartmentdefinition.html",
        )
    known = criteria.parameters.of(of)
    context = Context(criteria.context.now, criteria.context.bases, criteria.context.sight)
    found: list[Condition] = [
        references.condition(known[name], "", [f"{kind}/{id}"], context)
        for name in definitions.compartment(kind, of)
        if name in known and known[name].type == "reference" and kind in known[name].targets
    ]
    if of == kind:
        found.append(KeyIn((resource_key(kind, id),)))
    return either(found) if found else Either(())
