"""single, first, last, tail, skip, take, intersect, exclude, union, combine. Source: FHIRPath N1, "Subsetting", "Combining"."""

from collections.abc import Callable

from socle.kernel.fhir.fhirpath.code import Call, Code, one_integer, spend, too_many
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.existence import distinct
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import NOTHING, Items, key
from socle.kernel.fhir.fhirpath.types import Types

FAMILY: Family = {}


@function(FAMILY, "single")
def _single(call: Call) -> Code:
    run, place = call.source.run, call.place

    def single(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        if len(items) > 1:
            raise too_many(place, len(items))
        return items

    return Code(single, call.source.types, True)


@function(FAMILY, "first")
def _first(call: Call) -> Code:
    run = call.source.run
    return Code(lambda focus, environment: run(focus, environment)[:1], call.source.types, True)


@function(FAMILY, "last")
def _last(call: Call) -> Code:
    run = call.source.run
    return Code(lambda focus, environment: run(focus, environment)[-1:], call.source.types, True)


@function(FAMILY, "tail")
def _tail(call: Call) -> Code:
    run = call.source.run
    return Code(lambda focus, environment: run(focus, environment)[1:], call.source.types)


@function(FAMILY, "skip", 1)
def _skip(call: Call) -> Code:
    run, count = call.source.run, one_integer(call.given(0), call.place)

    def skip(focus: Items, environment: Environment) -> Items:
        number = count(focus, environment)
        return NOTHING if number is None else run(focus, environment)[max(number, 0) :]

    return Code(skip, call.source.types)


@function(FAMILY, "take", 1)
def _take(call: Call) -> Code:
    run, count = call.source.run, one_integer(call.given(0), call.place)

    def take(focus: Items, environment: Environment) -> Items:
        number = count(focus, environment)
        return NOTHING if number is None else run(focus, environment)[: max(number, 0)]

    return Code(take, call.source.types)


@function(FAMILY, "intersect", 1)
def _intersect(call: Call) -> Code:
    run, other = call.source.run, call.given(0).run

    def intersect(focus: Items, environment: Environment) -> Items:
        keys = {key(item) for item in other(focus, environment)}
        return distinct([item for item in run(focus, environment) if key(item) in keys])

    return Code(intersect, call.source.types, call.source.one)


@function(FAMILY, "exclude", 1)
def _exclude(call: Call) -> Code:
    run, other = call.source.run, call.given(0).run

    def exclude(focus: Items, environment: Environment) -> Items:
        keys = {key(item) for item in other(focus, environment)}
        return [item for item in run(focus, environment) if key(item) not in keys]

    return Code(exclude, call.source.types, call.source.one)


@function(FAMILY, "union", 1)
def _union(call: Call) -> Code:
    return joined(call, distinct)


@function(FAMILY, "combine", 1)
def _combine(call: Call) -> Code:
    return joined(call, lambda items: items)


def joined(call: Call, then: Callable[[Items], Items]) -> Code:
    """Both collections, one after the other."""
    run, other, place = call.source.run, call.given(0), call.place

    def join(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment) + other.run(focus, environment)
        spend(environment, place, len(items))
        return then(items)

    return Code(join, together(call.source.types, other.types))


def together(left: Types, right: Types) -> Types:
    """The types of two collections put together."""
    return None if left is None or right is None else left | right
