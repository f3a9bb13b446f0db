"""where, select, repeat, ofType, aggregate, iif. Source: FHIRPath N1, "Filtering and projection", "iif", "Aggregates"."""

from socle.kernel.fhir.fhirpath.code import (
    EMPTY,
    Call,
    Code,
    Scope,
    as_test,
    numbered,
    spend,
    too_many,
)
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import Items, key

FAMILY: Family = {}
_ROUND = 8  # what one round of a repeat costs, in items


@function(FAMILY, "where", 1)
def _where(call: Call) -> Code:
    run, place = call.source.run, call.place
    test = as_test(call.each(0), place)
    if call.numbered[0]:
        return Code(
            lambda focus, environment: [
                item for item, met in numbered(run(focus, environment), test, environment) if met
            ],
            call.source.types,
            call.source.one,
        )

    def where(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        if not items:
            return items
        spend(environment, place, len(items))
        return [item for item in items if test([item], environment)]

    return Code(where, call.source.types, call.source.one)


@function(FAMILY, "select", 1)
def _select(call: Call) -> Code:
    run, place = call.source.run, call.place
    body = call.each(0)
    project = body.run
    with_index = call.numbered[0]

    def select(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        spend(environment, place, len(items))
        if with_index:
            found = [one for _, some in numbered(items, project, environment) for one in some]
        else:
            found = [one for item in items for one in project([item], environment)]
        spend(environment, place, len(found))
        return found

    return Code(select, body.types, call.source.one and body.one)


@function(FAMILY, "repeat", 1)
def _repeat(call: Call) -> Code:
    run, place = call.source.run, call.place
    # What is found is searched again: its types are those of the source and of whatever the projection answers.
    body = call.compile(call.arguments[0], Scope(_closure(call), True))
    project, with_index = body.run, call.numbered[0]

    def repeat(focus: Items, environment: Environment) -> Items:
        seen = set()
        out: Items = []
        waiting = run(focus, environment)
        while waiting:
            spend(environment, place, _ROUND + 4 * len(waiting))
            if with_index:
                found = [one for _, some in numbered(waiting, project, environment) for one in some]
            else:
                found = [one for item in waiting for one in project([item], environment)]
            waiting = []
            for item in found:
                mark = (item[0], key(item))
                if mark not in seen:
                    seen.add(mark)
                    out.append(item)
                    waiting.append(item)
        return out

    return Code(repeat, body.types)


def _closure(call: Call) -> frozenset[str] | None:
    """The types of the items that a repeat goes through: a fixed point, None when it is not reached in a few rounds."""
    types = call.source.types
    for _ in range(4):
        if types is None:
            return None
        found = call.compile(call.arguments[0], Scope(types, True)).types
        if found is None:
            return None
        if found <= types:
            return types
        types = types | found
    return None


@function(FAMILY, "aggregate", 1, 2)
def _aggregate(call: Call) -> Code:
    run, place = call.source.run, call.place
    step = call.each(0).run
    first = call.given(1) if len(call.arguments) == 2 else EMPTY

    def aggregate(focus: Items, environment: Environment) -> Items:
        outer, index = environment.total, environment.index
        total = first.run(focus, environment)
        try:
            for place_, item in enumerate(run(focus, environment)):
                spend(environment, place, 1 + len(total))
                environment.total, environment.index = total, place_
                total = step([item], environment)
        finally:
            environment.total, environment.index = outer, index
        return total

    return Code(aggregate, None)


@function(FAMILY, "iif", 2, 3)
def _iif(call: Call) -> Code:
    run, place = call.source.run, call.place
    # In iif, $this is the source; only the branch that is taken is evaluated.
    criterion = as_test(call.each(0), place)
    then = call.each(1)
    otherwise = call.each(2) if len(call.arguments) == 3 else EMPTY

    def iif(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        if len(items) > 1:
            raise too_many(place, len(items))
        return (then if criterion(items, environment) else otherwise).run(items, environment)

    types = then.types | otherwise.types if then.types is not None and otherwise.types is not None else None
    return Code(iif, types, then.one and otherwise.one)
