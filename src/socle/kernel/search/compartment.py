"""Whose data: resources of a compartment. Source: FHIR R4 compartmentdefinition.html, http.html#vsearch."""

from typing import TYPE_CHECKING, Final

from socle.kernel.fhir import temporal
from socle.kernel.fhir.keys import resource_key
from socle.kernel.search.conditions import Condition, Dates, During, Either, KeyIn, either
from socle.kernel.search.escapes import unescape
from socle.kernel.search.parameter import Context
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types import date as dates
from socle.kernel.search.types import reference as references

if TYPE_CHECKING:
    from socle.kernel.search.criterion import Criteria

NAME = "_compartment"  # how `Patient/1/Observation` is kept among the criteria of a query
# Dates that say nothing of care; and those without which what began goes on.
NO_CARE: Final = frozenset({"_lastUpdated", "birthdate", "death-date"})
ENDS: Final = {"Condition": "abatement-date"}
DURING = "_during"  # how the dates of `$everything` are kept there: "2024-01-01/2024-06-30", either may be absent


def during(criteria: "Criteria", value: str) -> Condition:
    """What was done between two dates, of the types that say when by some date; everything of the others.

    Raises: Problem(INVALID) when they are no dates.
    """
    start, _, end = value.partition("/")
    context = criteria.context
    lo = dates.compared("start", start, context)[2] if start else temporal.BEGINNING
    hi = dates.compared("end", end, context)[3] if end else temporal.END
    parameters = criteria.parameters
    dated: list[int] = []
    wide: list[Dates] = []
    for of in sorted(criteria.types):
        code = parameters.definitions.type_code(of)
        known = {one.name: one for one in parameters.of(of).values() if one.type == "date" and one.name not in NO_CARE}
        if "date" in known and known["date"].principal:
            dated.append(code)
        elif known:
            principal = next((one.key for one in known.values() if one.principal), 0)
            over = known[ENDS[of]].key if of in ENDS else 0
            wide.append(Dates(code, tuple(one.key for one in known.values()), principal, over))
    return During(lo, hi, tuple(dated), tuple(wide))


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
