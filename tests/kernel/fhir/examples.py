"""The examples that FHIR R4 publishes, and what a client would ask to find each of them again. Nothing here tests anything.

They are not part of the project: SOCLE_R4_EXAMPLES names a folder, a zip or a jar of them; else what `make examples` fetched
(the package com.ibm.fhir:fhir-examples 4.11.1 of Maven Central) is taken, then ../shared/r4-examples.*. The tests take the
smallest of each type; all of them with SOCLE_R4_EXAMPLES_ALL=1.
"""

import os
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.shared import SHARED

from socle.kernel.fhir import json

Json = dict[str, Any]

_FETCHED = Path(__file__).parents[3] / ".cache" / "r4-examples.jar"
_GIVEN = os.environ.get("SOCLE_R4_EXAMPLES", "")
ALL = bool(os.environ.get("SOCLE_R4_EXAMPLES_ALL"))
EACH = 2  # of a type, when not all

# What the publisher got wrong, file by file: each fault is one by the specification's own definitions.
FAULTS = {
    r".*-questionnaire": "a questionnaire made from a definition, without Questionnaire.item.linkId (1..1)",
    r".*-extensions-.*": "SearchParameter.base (1..*) is not there, or an id has more than 64 characters",
    r"v2-tables": "a code has two spaces in a row",
    r"deviceusestatement-example": "reasonReference refers to a Procedure, which is not one of its targets",
    r"devicemetric-example": "parent refers to a DeviceDefinition, which is not its target",
    r"observation-example-clinical-gender": "performer refers to an Encounter, which is not one of its targets",
    r"medicationrequest0301": "dispenseRequest.performer refers to a Practitioner, which is not its target",
    r"package-min-ver": "no resource",
}


# What profiles find, by the rule that is broken and what is said of it: true faults too, by the published definitions.
NOT_CONFORMANT = {
    ("FHIR R4 defining-extensions.html#context", "normative-version"): "its definition allows StructureDefinition only",
    ("FHIR R4 defining-extensions.html#context", "/regex"): "its definition does not allow ElementDefinition.type",
    ("FHIR R4 defining-extensions.html#context", "valueset-concept-comments"): "used in a CodeSystem",
    ("FHIR R4 extensibility.html", "example.org"): "a modifier extension that nobody defined",
    ("FHIR R4 extensibility.html", "hla-genotyping"): "a part that the extension does not define",
    ("FHIR R4 bundle.html#references", "fullUrl"): "a fullUrl that is not that of the resource",
    ("FHIR R4 bundle.html#references", "OperationOutcome/"): "the details of a response are not in the message",
    ("bdl-7", ""): "the same fullUrl several times, in a generated Bundle",
    ("FHIR R4 datatypes.html#quantity", "UCUM"): "units that UCUM does not have (mEq, ea, drop, TAB, month, ml/hr…)",
    ("FHIR R4 datatypes.html#identifier", "urn:ietf:rfc:3986"): "an identifier said to be a URI, without urn:oid:",
    ("FHIR R4 datatypes.html#attachment", "hash"): "a hash that is not that of the data",
    (
        "FHIR R4 conceptmap-definitions.html#ConceptMap.source_x_",
        "",
    ): "a code outside of the value sets that are mapped",
    (
        "FHIR R4 capabilitystatement-definitions.html#CapabilityStatement.rest.resource.searchParam.type",
        "",
    ): "a search parameter of another type than that of R4",
    ("txt-2", ""): "a narrative with nothing in it",
    ("sdf-4", ""): "a logical model without a base",
}


def published_fault(name: str) -> str:
    """Why an example is not legal R4 by the specification itself; "" when nothing is known against it."""
    return next((why for pattern, why in FAULTS.items() if re.fullmatch(pattern, name)), "")


def source() -> Path:
    """Where the examples are; skips the test when there are none."""
    shared = sorted((*SHARED.glob("r4-examples*"), *SHARED.glob("*/r4-examples*")))
    found = [Path(_GIVEN)] if _GIVEN else [_FETCHED] if _FETCHED.exists() else shared
    if not found or not found[0].exists():
        pytest.skip(
            "the examples of R4 are not here: run `make examples`, or set SOCLE_R4_EXAMPLES to a folder, zip or jar"
        )
    return found[0]


@cache
def files() -> dict[str, int]:
    """Size of each file of examples, by its path."""
    path = source()
    if path.is_dir():
        found = {str(one.relative_to(path)): one.stat().st_size for one in path.rglob("*") if one.is_file()}
    else:
        with zipfile.ZipFile(path) as archive:
            found = {one.filename: one.file_size for one in archive.infolist() if not one.is_dir()}
    spec = {name: size for name, size in found.items() if "/spec/" in f"/{name}"}
    return spec or found


def texts(suffix: str) -> Iterator[tuple[str, bytes]]:
    """(name without its suffix, text) of each example of ".json" or ".xml", the smallest first."""
    path = source()
    names = sorted((name for name in files() if name.endswith(suffix)), key=lambda name: (files()[name], name))
    archive = None if path.is_dir() else zipfile.ZipFile(path)
    try:
        for name in names:
            data = (path / name).read_bytes() if archive is None else archive.read(name)
            yield Path(name).name.removesuffix(suffix), data
    finally:
        if archive is not None:
            archive.close()


_TYPE = re.compile(rb'"resourceType"\s*:\s*"(\w+)"')


@cache
def examples() -> tuple[tuple[str, bytes], ...]:
    """The examples in JSON that a run looks at: some of each type, or all."""
    taken: dict[bytes, int] = {}
    out = []
    for name, data in texts(".json"):
        found = _TYPE.search(data)
        of = found[1] if found else b""
        if ALL or taken.get(of, 0) < EACH:
            if not published_fault(name):
                taken[of] = taken.get(of, 0) + 1
            out.append((name, data))
    return tuple(out)


def resources() -> Iterator[tuple[str, Json]]:
    """(name, resource) of the examples that are legal by the specification."""
    for name, data in examples():
        if not published_fault(name):
            yield name, json.parse(data)


# — what finds a value —


def questions(kind: str, type_: str, value: Any) -> list[str]:
    """Values of a search parameter of a kind, each of which finds a resource that has (FHIR type, value) there."""
    match kind:
        case "token":
            return [one for one in _tokens(type_, value) if one]
        case "string":
            return [_escaped(text) for text in _strings(value) if text.strip()][:3]
        case "uri":
            return [_escaped(value)]
        case "reference":
            return _references(type_, value)
        case "date":
            return _dates(type_, value)
        case "number":
            return [_number(value)] if isinstance(value, int | Decimal) else []
        case "quantity":
            return _quantities(type_, value)
    return []


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("$", "\\$").replace(",", "\\,")


def _tokens(type_: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, str | int | Decimal):
        return [_escaped(str(value))]
    if type_ == "CodeableConcept":
        return [one for coding in value.get("coding", ()) for one in _tokens("Coding", coding)]
    code = value.get("value" if type_ in ("Identifier", "ContactPoint") else "code", "")
    if not code:
        return []
    system = value.get("system", "")
    return [_escaped(code), f"{_escaped(system)}|{_escaped(code)}"] if system else [_escaped(code)]


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, dict):
        return []
    wanted = (
        "family",
        "given",
        "text",
        "prefix",
        "suffix",
        "line",
        "city",
        "district",
        "state",
        "postalCode",
        "country",
    )
    found = [value[name] for name in wanted if name in value]
    return [text for one in found for text in (one if isinstance(one, list) else [one]) if isinstance(text, str)]


def _references(type_: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [] if value.startswith("#") else [_escaped(value)]  # what a resource contains, no search reaches
    text = value.get("reference", "")
    if not text or text.startswith("#"):
        return []
    return [_escaped(text.partition("/_history/")[0])]


def _dates(type_: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if type_ in ("date", "dateTime", "instant") else []
    if type_ == "Timing":
        events = value.get("event", [])
        bounds = value.get("repeat", {}).get("boundsPeriod", {})
        return [f"le{one}" for one in events[:1]] or _dates("Period", bounds)
    out = [f"ge{value['start']}"] if "start" in value else []
    return [*out, f"le{value['end']}"] if "end" in value else out


def _number(value: Any) -> str:
    return json.decimal_text(value) if isinstance(value, Decimal) else str(value)


def _quantities(type_: str, value: Json) -> list[str]:
    if type_ == "Range":
        return [f"ge{_number(one['value'])}" for one in (value.get("low", {}),) if "value" in one]
    if "value" not in value:
        return []
    prefix = {">": "gt", ">=": "ge", "<": "lt", "<=": "le"}.get(value.get("comparator", ""), "")
    number = prefix + _number(value["value"])
    if type_ == "Money":
        return [number]
    system, code = value.get("system", ""), value.get("code", "")
    return [number, f"{number}|{_escaped(system)}|{_escaped(code)}"] if system and code else [number]
