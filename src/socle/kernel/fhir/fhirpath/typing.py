"""is, as, ofType. Source: FHIRPath N1, "Types"; FHIR R4 fhirpath.html.

`as` refuses several items, as N1 says; not in published expressions, where it keeps those of the type: R4's own search
parameters count on it (`Group.characteristic.value as CodeableConcept`). These also write `as String` of a FHIR string, as the
engines of R4 accept.
"""

from socle.kernel.fhir.fhirpath.code import EMPTY, Code, too_many, truth
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.items import Items
from socle.kernel.fhir.fhirpath.types import is_a, known, resolved


def specified(name: str, place: Place) -> str:
    """The type that a specifier names. Raises: Problem(INVALID) when there is none."""
    found = resolved(name)
    if found is None:
        raise place.problem(
            f"« {name} » n'est ni un type de FHIR R4 ni un type de FHIRPath.",
            f'"{name}" is neither a FHIR R4 type nor a FHIRPath type.',
            code="not-found",
        )
    return found


def type_test(source: Code, name: str, place: Place) -> Code:
    """source is name"""
    wanted, run = specified(name, place), source.run

    def test(focus: Items, environment: Environment) -> bool | None:
        items = run(focus, environment)
        if not items:
            return None
        if len(items) > 1:
            raise too_many(place, len(items))
        return is_a(items[0][0], wanted)

    return truth(test)


def alone(source: Code, place: Place) -> Code:
    """The source, refused where it has several items."""
    if source.one:
        return source
    run = source.run

    def one(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        if len(items) > 1:
            raise place.problem(
                f"« as » veut un seul élément, il y en a {len(items)} ; ofType(…) garde ceux d'un type.",
                f'"as" takes a single item, there are {len(items)}; ofType(…) keeps those of a type.',
                code="value",
            )
        return items

    return Code(one, source.types, True)


# What published expressions write for the primitives of FHIR.
LOOSE = {
    name: name[0].lower() + name[1:] for name in ("Boolean", "String", "Integer", "Decimal", "Date", "DateTime", "Time")
}


def loosely(source: Code, name: str, place: Place) -> Code:
    """source as String, and its like, in a published expression: a FHIR string stands for one."""
    wanted, run = (specified(name, place), LOOSE[name]), source.run

    def either(focus: Items, environment: Environment) -> Items:
        return [item for item in run(focus, environment) if is_a(item[0], wanted[0]) or is_a(item[0], wanted[1])]

    return Code(either, None, source.one)


def typed(source: Code, name: str, place: Place) -> Code:
    """source as name, source.ofType(name)"""
    wanted, run = specified(name, place), source.run
    if source.types is None or not all(map(known, source.types)):
        types = frozenset({wanted}) if known(wanted) else None

        def dynamic(focus: Items, environment: Environment) -> Items:
            return [item for item in run(focus, environment) if is_a(item[0], wanted)]

        return Code(dynamic, types, source.one)
    kept = frozenset(type_ for type_ in source.types if is_a(type_, wanted))
    if not kept:
        return EMPTY
    if kept == source.types:
        return source
    return Code(
        lambda focus, environment: [item for item in run(focus, environment) if item[0] in kept], kept, source.one
    )
