"""A resource with parts left out, marked SUBSETTED: what `_summary` and `_elements` ask for.

Source: FHIR R4 search.html#summary, search.html#elements.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, Literal

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.references import references

Json = dict[str, Any]
Summary = Literal["true", "text", "data"]

SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_ALWAYS = frozenset({"resourceType", "id", "meta", "implicitRules", "modifierExtension"})


def subset(resource: Json, *, elements: Collection[str] | None = None, summary: Summary | None = None) -> Json:
    """A copy of `resource` that holds only what is asked for, tagged SUBSETTED; `resource` itself does not change.

    elements  names of top-level elements: "name", "value" for any value[x] ("value[x]" and "valueQuantity" do as well)
    summary   true: elements marked summary, at every level; text: the narrative; data: all but the narrative

    The id, meta, implicitRules, modifierExtension and mandatory elements are always there, and the contained resources
    when what is kept refers to one. Give one of the two.
    """
    resource_type = resource["resourceType"]
    names = _names(resource_type)
    if summary == "data":
        kept = {name: value for name, value in resource.items() if name != "text"}
    elif summary == "true":
        kept = _summary(resource, resource_type)
    else:
        wanted = {"text"} if summary == "text" else {_plain(names, name) for name in elements or ()}
        wanted |= _ALWAYS | _mandatory(resource_type)
        kept = {name: value for name, value in resource.items() if names.get(name, name) in wanted}
    if "contained" in resource and "contained" not in kept and _refers_inside(kept):
        kept["contained"] = resource["contained"]
    return _tagged(kept)


def _refers_inside(resource: Json) -> bool:
    return any(reference["reference"].startswith("#") for reference, _ in references(resource))


@cache
def _names(path: str) -> dict[str, str]:
    """{JSON name, with and without its _: element}."""
    forms = {form: e.name for e in r4().elements(path).values() for form, _ in e.json_names()}
    return forms | {f"_{form}": name for form, name in forms.items()}


@cache
def _mandatory(path: str) -> frozenset[str]:
    return frozenset(element.name for element in r4().elements(path).values() if element.min)


def _plain(names: dict[str, str], name: str) -> str:
    return names.get(name, name.removesuffix("[x]"))


@cache
def _summary_types(path: str) -> dict[str, tuple[str, bool]] | None:
    """{JSON name: (type, mandatory)} of what a summary keeps of a type; None when the type marks nothing: it is kept whole."""
    elements = r4().elements(path).values()
    if not any(element.summary for element in elements):
        return None
    out: dict[str, tuple[str, bool]] = {}
    for element in elements:
        if element.summary or element.min or element.modifier or (element.name in _ALWAYS and r4().is_resource(path)):
            for form, code in element.json_names():
                out[form] = code, element.min > 0
                if r4().kind(code) == "primitive" and not element.attribute:
                    out[f"_{form}"] = "Element", False
    return out


def _summary(value: Json, path: str) -> Json:
    types = _summary_types(path)
    if types is None:
        return value
    out: Json = {}
    for name, item in value.items():
        if name == "resourceType":
            out[name] = item
        elif (found := types.get(name)) is not None and (kept := _summary_of(item, *found)) != []:
            out[name] = kept
    return out


def _summary_of(item: Any, code: str, mandatory: bool) -> Any:
    """What a summary keeps of an element; an empty list when that is nothing."""
    if r4().kind(code) == "primitive" or code in ("Element", "Resource"):
        return item
    many = type(item) is list
    items = item if many else [item]
    kept = [short for one in items if (short := _summary(one, code) or _told_by_extensions(one))]
    if not kept and mandatory:
        kept = items
    return kept if many or not kept else kept[0]


def _told_by_extensions(value: Json) -> Json:
    """The extensions of an element of which a summary keeps nothing else: they may say why it has no value."""
    return {"extension": value["extension"]} if "extension" in value else {}


def _tagged(resource: Json) -> Json:
    meta = dict(resource.get("meta", {}))
    tags = meta.get("tag", [])
    if not any(tag.get("code") == "SUBSETTED" and tag.get("system") == SUBSETTED["system"] for tag in tags):
        meta["tag"] = [*tags, dict(SUBSETTED)]
    head: Json = {name: resource[name] for name in ("resourceType", "id") if name in resource}
    return {**head, "meta": meta, **{n: v for n, v in resource.items() if n not in ("resourceType", "id", "meta")}}
