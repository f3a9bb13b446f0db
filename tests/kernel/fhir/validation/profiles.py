"""Small profiles for tests: the core's snapshot with what a test changes of it."""

from copy import deepcopy
from typing import Any

from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.validation import CoreCodes, Report, Shelf, validate

Json = dict[str, Any]
URL = "https://exemple.test/StructureDefinition/"


def profile(type_: str, *changes: Json, name: str = "essai", **also: Any) -> Json:
    """A profile on `type_` whose elements are those of the core, changed by id; elements with a new id are put after the
    last that they belong with.
    """
    structure = deepcopy(core_structure(type_))
    assert structure is not None
    elements: list[Json] = structure["snapshot"]["element"]
    for change in changes:
        held = next((one for one in elements if one["id"] == change["id"]), None)
        if held is not None:
            held.update(change)
            continue
        elements.insert(_place(elements, change["id"]), _new(elements, change))
    return {
        **structure,
        "url": URL + name,
        "version": "1.0",
        "name": name,
        "derivation": "constraint",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/" + type_,
        **also,
    }


def _new(elements: list[Json], change: Json) -> Json:
    path = ".".join(step.partition(":")[0] for step in change["id"].split("."))
    base: Json = next(
        (deepcopy(one) for one in elements if one["path"] == path and "sliceName" not in one), {"path": path}
    )
    base.pop("slicing", None)
    slice_name = change["id"].split(".")[-1].partition(":")[2]
    return {**base, **({"sliceName": slice_name} if slice_name else {}), **change}


def _place(elements: list[Json], id_: str) -> int:
    """After the last element that has the longest beginning in common."""
    owner = id_
    while owner:
        places = [
            rank
            for rank, one in enumerate(elements)
            if one["id"] == owner or one["id"].startswith((owner + ".", owner + ":"))
        ]
        if places:
            return places[-1] + 1
        owner = owner.rpartition(":" if ":" in owner.rpartition(".")[2] else ".")[0]
    return len(elements)


def judged(resource: Json, *definitions: Json, claims: tuple[str, ...] = ()) -> Report:
    """The report on a resource, by the profiles among `definitions` that are made for its type, or by `claims`."""
    shelf = Shelf(definitions)
    wanted = claims or tuple(
        one["url"]
        for one in definitions
        if one["resourceType"] == "StructureDefinition" and one["type"] == resource["resourceType"]
    )
    return validate(resource, shelf, CoreCodes(shelf), profiles=wanted)


def found(report: Report, *severities: str) -> list[tuple[str, str]]:
    """(place, rule) of the issues of some severities (errors when none is given), without the address of the profile."""
    wanted = severities or ("error",)
    return [
        (issue.expression[0] if issue.expression else "", issue.rule.rpartition("#")[2] or issue.rule)
        for issue in report.issues
        if issue.severity in wanted and issue.rule != "dom-6"
    ]
