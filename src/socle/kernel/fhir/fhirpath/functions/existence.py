"""empty, exists, all, count, distinct… Source: FHIRPath N1, "Existence"."""

from collections.abc import Callable
from typing import Any

from socle.kernel.fhir.fhirpath.code import Call, Code, Test, as_test, numbered, spend, truth
from socle.kernel.fhir.fhirpath.comparing import equal_values
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import INTEGER, Items, key, system

FAMILY: Family = {}
_FEW = 8  # below, comparing objects two by two is faster than making a key of each


@function(FAMILY, "empty")
def _empty(call: Call) -> Code:
    run, some = call.source.run, call.source.some
    if some is not None:
        return truth(lambda focus, environment: not some(focus, environment))
    return truth(lambda focus, environment: not run(focus, environment))


@function(FAMILY, "exists", 0, 1)
def _exists(call: Call) -> Code:
    run, place = call.source.run, call.place
    if not call.arguments and call.source.some is not None:
        return truth(call.source.some)
    if not call.arguments:
        return truth(lambda focus, environment: bool(run(focus, environment)))
    test = as_test(call.each(0), place)
    if call.numbered[0]:
        return truth(
            lambda focus, environment: any(met for _, met in numbered(run(focus, environment), test, environment))
        )

    def exists(focus: Items, environment: Environment) -> bool:
        items = run(focus, environment)
        spend(environment, place, len(items))
        for item in items:  # noqa: SIM110 - half the time of any()
            if test([item], environment):
                return True
        return False

    return truth(exists)


@function(FAMILY, "all", 1)
def _all(call: Call) -> Code:
    run, place = call.source.run, call.place
    test = as_test(call.each(0), place)
    if call.numbered[0]:
        return truth(
            lambda focus, environment: all(met for _, met in numbered(run(focus, environment), test, environment))
        )

    def every(focus: Items, environment: Environment) -> bool:
        items = run(focus, environment)
        spend(environment, place, len(items))
        for item in items:  # noqa: SIM110 - half the time of all()
            if not test([item], environment):
                return False
        return True

    return truth(every)


def _of_booleans(name: str, answer: Callable[[list[bool]], bool]) -> None:
    @function(FAMILY, name)
    def build(call: Call) -> Code:
        run, place = call.source.run, call.place

        def test(focus: Items, environment: Environment) -> bool:
            values = [item[1] for item in run(focus, environment)]
            if not all(type(value) is bool for value in values):
                raise place.problem(f"{name}() ne s'applique qu'à des booléens.", f"{name}() only applies to booleans.")
            return answer(values)

        return truth(test)


_of_booleans("allTrue", all)
_of_booleans("anyTrue", any)
_of_booleans("allFalse", lambda values: not any(values))
_of_booleans("anyFalse", lambda values: not all(values))


@function(FAMILY, "subsetOf", 1)
def _subset_of(call: Call) -> Code:
    return truth(_within(call.source, call.given(0)))


@function(FAMILY, "supersetOf", 1)
def _superset_of(call: Call) -> Code:
    return truth(_within(call.given(0), call.source))


def _within(part: Code, whole: Code) -> Test:
    def test(focus: Items, environment: Environment) -> bool:
        keys = {key(item) for item in whole.run(focus, environment)}
        return all(key(item) in keys for item in part.run(focus, environment))

    return test


@function(FAMILY, "count")
def _count(call: Call) -> Code:
    run = call.source.run
    return Code(lambda focus, environment: [(INTEGER, len(run(focus, environment)), None)], frozenset({INTEGER}), True)


@function(FAMILY, "distinct")
def _distinct(call: Call) -> Code:
    run = call.source.run
    return Code(lambda focus, environment: distinct(run(focus, environment)), call.source.types, call.source.one)


@function(FAMILY, "isDistinct")
def _is_distinct(call: Call) -> Code:
    run = call.source.run

    def test(focus: Items, environment: Environment) -> bool:
        items = run(focus, environment)
        return len(items) < 2 or len({key(item) for item in items}) == len(items)

    return truth(test)


def distinct(items: Items) -> Items:
    """The items without those that equal an earlier one."""
    if len(items) < 2:
        return items
    if len(items) <= _FEW and any(type(item[1]) is dict for item in items):
        return _few_distinct(items)
    seen = set()
    out: Items = []
    for item in items:
        mark = key(item)
        if mark not in seen:
            seen.add(mark)
            out.append(item)
    return out


def _few_distinct(items: Items) -> Items:
    kept: list[Any] = []
    out: Items = []
    for item in items:
        value = system(item)
        if not any(equal_values(value, other, 0) for other in kept):
            kept.append(value)
            out.append(item)
    return out
