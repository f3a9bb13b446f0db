"""trace, now, today, timeOfDay, children, descendants, type, is, as, ofType, not. Source: FHIRPath N1."""

from socle.kernel.fhir.fhirpath.code import (
    Call,
    Code,
    as_test,
    one_text,
    scalar,
    spend,
    truth,
)
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import Items
from socle.kernel.fhir.fhirpath.moments import Moment, day_of, of_parts
from socle.kernel.fhir.fhirpath.navigation import TYPE_INFO, children
from socle.kernel.fhir.fhirpath.tree import Name
from socle.kernel.fhir.fhirpath.typing import type_test, typed

FAMILY: Family = {}


@function(FAMILY, "not")
def _not(call: Call) -> Code:
    test = as_test(call.source, call.place)

    def negation(focus: Items, environment: Environment) -> bool | None:
        found = test(focus, environment)
        return None if found is None else not found

    return truth(negation)


@function(FAMILY, "trace", 1, 2)
def _trace(call: Call) -> Code:
    run, place = call.source.run, call.place
    name_of = one_text(call.given(0), place)
    project = call.each(1).run if len(call.arguments) == 2 else None

    def trace(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        if environment.trace is not None:
            shown = items if project is None else [one for item in items for one in project([item], environment)]
            environment.trace(name_of(focus, environment) or "", shown)
        return items

    return Code(trace, call.source.types, call.source.one)


@function(FAMILY, "now")
def _now(call: Call) -> Code:
    return scalar(lambda focus, environment: environment.now, "System.DateTime")


@function(FAMILY, "today")
def _today(call: Call) -> Code:
    def value(focus: Items, environment: Environment) -> Moment:
        return day_of(environment.now)

    return scalar(value, "System.Date")


@function(FAMILY, "timeOfDay")
def _time_of_day(call: Call) -> Code:
    def value(focus: Items, environment: Environment) -> Moment:
        return of_parts("Time", environment.now.parts[3:], None)

    return scalar(value, "System.Time")


@function(FAMILY, "children")
def _children(call: Call) -> Code:
    run, place = call.source.run, call.place

    def below(focus: Items, environment: Environment) -> Items:
        out = [child for item in run(focus, environment) for child in children(item)]
        spend(environment, place, len(out))
        return out

    return Code(below, None)


@function(FAMILY, "descendants")
def _descendants(call: Call) -> Code:
    run, place = call.source.run, call.place

    def below(focus: Items, environment: Environment) -> Items:
        out: Items = []
        level = run(focus, environment)
        while level:
            level = [child for item in level for child in children(item)]
            spend(environment, place, len(level))
            out += level
        return out

    return Code(below, None)


@function(FAMILY, "type")
def _type(call: Call) -> Code:
    run = call.source.run

    def types(focus: Items, environment: Environment) -> Items:
        out: Items = []
        for type_, _, _ in run(focus, environment):
            space, _, name = type_.rpartition(".")
            named = {"namespace": space, "name": name} if space == "System" else {"namespace": "FHIR", "name": type_}
            out.append((TYPE_INFO, named, None))
        return out

    return Code(types, frozenset({TYPE_INFO}), call.source.one)


@function(FAMILY, "is", 1)
def _is(call: Call) -> Code:
    return type_test(call.source, _specifier(call), call.place)


@function(FAMILY, "as", 1)
def _as(call: Call) -> Code:
    return typed(call.source, _specifier(call), call.place)


@function(FAMILY, "ofType", 1)
def _of_type(call: Call) -> Code:
    return typed(call.source, _specifier(call), call.place)


def _specifier(call: Call) -> str:
    match call.arguments[0]:
        case Name(name=name, of=None):
            return name
        case Name(name=name, of=Name(name=space, of=None)):
            return f"{space}.{name}"
        case _:
            raise call.place.problem(
                f"{call.name}() veut le nom d'un type, comme Quantity ou FHIR.Patient.",
                f"{call.name}() takes the name of a type, such as Quantity or FHIR.Patient.",
            )
