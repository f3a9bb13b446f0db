"""What FHIR adds to FHIRPath. Source: FHIR R4 fhirpath.html, "Additional functions"."""

from typing import Any

from socle.kernel.fhir.fhirpath.code import Call, Code, one_item, one_text, spend, truth
from socle.kernel.fhir.fhirpath.environment import Environment, resource_item
from socle.kernel.fhir.fhirpath.functions.registry import Family, function
from socle.kernel.fhir.fhirpath.items import Item, Items, Json
from socle.kernel.fhir.fhirpath.navigation import child
from socle.kernel.fhir.fhirpath.types import is_a, is_primitive, resolved
from socle.kernel.fhir.narrative import narrative

FAMILY: Family = {}
_REFERENCES = frozenset({"Reference", "canonical", "uri", "url", "string", "System.String"})
_EXTENSION = frozenset({"Extension"})


@function(FAMILY, "extension", 1)
def _extension(call: Call) -> Code:
    found = child(call.source, "extension", call.place).run
    url_of = one_text(call.given(0), call.place)

    def extension(focus: Items, environment: Environment) -> Items:
        items = found(focus, environment)
        if not items:
            return items
        url = url_of(focus, environment)
        return [item for item in items if item[1].get("url") == url]

    return Code(extension, _EXTENSION)


@function(FAMILY, "hasExtension", 1)
def _has_extension(call: Call) -> Code:
    """Not of the specification, but R4's search parameter `item-subject` calls it."""
    run = _extension(call).run
    return truth(lambda focus, environment: bool(run(focus, environment)))


@function(FAMILY, "hasValue")
def _has_value(call: Call) -> Code:
    run = call.source.run

    def test(focus: Items, environment: Environment) -> bool:
        items = run(focus, environment)
        return len(items) == 1 and _has(items[0])

    return truth(test)


@function(FAMILY, "getValue")
def _get_value(call: Call) -> Code:
    run = call.source.run

    def value(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        return [(items[0][0], items[0][1], None)] if len(items) == 1 and _has(items[0]) else []

    return Code(value, call.source.types, True)


def _has(item: Item) -> bool:
    return item[1] is not None and (item[0].startswith("System.") or is_primitive(item[0]))


@function(FAMILY, "resolve")
def _resolve(call: Call) -> Code:
    run, place = call.source.run, call.place

    def resolve(focus: Items, environment: Environment) -> Items:
        out: Items = []
        for item in run(focus, environment):
            if item[0] in _REFERENCES:
                spend(environment, place, 1)
                text = item[1].get("reference") if isinstance(item[1], dict) else item[1]
                if isinstance(text, str) and text:
                    out += resource_item(_resolved(text, environment))
        return out

    return Code(resolve, None, call.source.one)


def _resolved(text: str, environment: Environment) -> Json | None:
    """Contained resources, entries of the Bundle, then what the caller's resolver knows."""
    for container in (environment.resource, environment.root_resource):
        if container is None:
            continue
        if text[0] == "#":
            if text == "#":
                return environment.root_resource or container
            for contained in container.get("contained") or ():
                if contained.get("id") == text[1:]:
                    return contained  # type: ignore[no-any-return]
        elif container.get("resourceType") == "Bundle":
            found = _in_bundle(text, container)
            if found is not None:
                return found
    if text[0] == "#":
        return None
    if environment.resolve is None:
        environment.cannot_check(text)
        return None
    return environment.resolve(text)


def _in_bundle(text: str, bundle: Json) -> Json | None:
    for entry in bundle.get("entry") or ():
        resource = entry.get("resource")
        if resource is None:
            continue
        full_url = entry.get("fullUrl", "")
        if (
            full_url == text
            or full_url.endswith("/" + text)
            or f"{resource.get('resourceType')}/{resource.get('id')}" == text
        ):
            return resource  # type: ignore[no-any-return]
    return None


@function(FAMILY, "memberOf", 1)
def _member_of(call: Call) -> Code:
    item_of, value_set_of = one_item(call.source, call.place), one_text(call.given(0), call.place)

    def test(focus: Items, environment: Environment) -> bool | None:
        item, value_set = item_of(focus, environment), value_set_of(focus, environment)
        if item is None or value_set is None:
            return None
        found = environment.terminology.member_of(item, value_set) if environment.terminology else None
        if found is None:
            environment.cannot_check(value_set)
        return found

    return truth(test)


def _subsumption(name: str, *, reverse: bool) -> None:
    @function(FAMILY, name, 1)
    def build(call: Call) -> Code:
        item_of, other_of = one_item(call.source, call.place), one_item(call.given(0), call.place)

        def test(focus: Items, environment: Environment) -> bool | None:
            item, other = item_of(focus, environment), other_of(focus, environment)
            if item is None or other is None:
                return None
            broader, narrower = (other, item) if reverse else (item, other)
            found = environment.terminology.subsumes(broader, narrower) if environment.terminology else None
            if found is None:
                environment.cannot_check(name)
            return found

        return truth(test)


_subsumption("subsumes", reverse=False)
_subsumption("subsumedBy", reverse=True)


@function(FAMILY, "conformsTo", 1)
def _conforms_to(call: Call) -> Code:
    item_of, profile_of = one_item(call.source, call.place), one_text(call.given(0), call.place)

    def test(focus: Items, environment: Environment) -> bool | None:
        item, profile = item_of(focus, environment), profile_of(focus, environment)
        if item is None or profile is None:
            return None
        found = environment.conforms(item, profile) if environment.conforms else None
        if found is None:
            found = _is_of(item[0], profile)
        if found is None:
            environment.cannot_check(profile)
        return found

    return truth(test)


def _is_of(type_: str, profile: str) -> bool | None:
    """Whether the type alone tells: R4's definition of its own type or of one above, or of a type that it cannot be."""
    base, _, name = profile.rpartition("/")
    if base != "http://hl7.org/fhir/StructureDefinition" or resolved(f"FHIR.{name}") is None:
        return None
    if is_a(type_, name):
        return True
    return None if is_a(name, type_) else False


@function(FAMILY, "elementDefinition")
def _element_definition(call: Call) -> Code:
    run = call.source.run

    def definitions(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        if environment.element is None:
            if items:
                environment.cannot_check("elementDefinition()")
            return []
        return [found for item in items if (found := environment.element(item)) is not None]

    return Code(definitions, None, call.source.one)


@function(FAMILY, "slice", 2)
def _slice(call: Call) -> Code:
    run, place = call.source.run, call.place
    structure_of, name_of = one_text(call.given(0), place), one_text(call.given(1), place)

    def sliced(focus: Items, environment: Environment) -> Items:
        items, structure, name = run(focus, environment), structure_of(focus, environment), name_of(focus, environment)
        if structure is None or name is None or not items:
            return []
        if environment.slices is None:
            environment.cannot_check(structure)
            return []
        return [item for item in items if environment.slices(item, structure, name)]

    return Code(sliced, call.source.types, call.source.one)


@function(FAMILY, "checkModifiers", 0, 50)
def _check_modifiers(call: Call) -> Code:
    run, place = call.source.run, call.place
    allowed_of = [one_text(call.given(position), place) for position in range(len(call.arguments))]

    def check(focus: Items, environment: Environment) -> Items:
        items = run(focus, environment)
        allowed = {url(focus, environment) for url in allowed_of}
        for item in items:
            spend(environment, place, 1)
            for url in _modifiers(item[1]):
                if url not in allowed:
                    raise place.problem(
                        f"L'extension {url} change le sens de l'élément et n'est pas connue ici.",
                        f"The extension {url} changes the meaning of the element and is not known here.",
                        code="extension",
                    )
        return items

    return Code(check, call.source.types, call.source.one)


def _modifiers(value: Any) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [str(extension.get("url")) for extension in value.get("modifierExtension") or ()]


@function(FAMILY, "htmlChecks")
def _html_checks(call: Call) -> Code:
    run = call.source.run

    def test(focus: Items, environment: Environment) -> bool | None:
        items = run(focus, environment)
        if not items:
            return None
        return all(isinstance(item[1], str) and narrative(item[1]) is None for item in items)

    return truth(test)
