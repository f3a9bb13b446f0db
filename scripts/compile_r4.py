"""Compile the official FHIR R4 package into the table of facts that `socle.kernel.fhir.definitions` reads.

    python scripts/compile_r4.py hl7.fhir.r4.core-4.0.1.tgz

The table holds facts only (elements, types, cardinalities, codes, expressions), no prose of the specification. It is
JSON lines under zstd, so that a type is parsed when it is first asked for: line 1 the header (types, compartments),
line 2 the value sets, then one line per type in the header's order. The same package always gives the same lines.

Source: package hl7.fhir.r4.core 4.0.1, CC0, from packages.fhir.org.
"""

import json
import re
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from scripts.packed import command

Json = dict[str, Any]

OUTPUT = Path(__file__).parents[1] / "src/socle/kernel/fhir/r4.jsonl.zst"
LARGEST_VALUE_SET = 300

CHOICE, SUMMARY, MODIFIER, ATTRIBUTE = 1, 2, 4, 8  # flags of an element, as definitions.py reads them

_BASE = "http://hl7.org/fhir/StructureDefinition/"
_SYSTEM_TYPE = "http://hl7.org/fhirpath/System."
_REGEX = _BASE + "regex"
_EXAMPLES = {"example", "example-extension", "example-reference"}  # search parameters that only illustrate the page


class Package:
    """The resources of a FHIR package, by type."""

    def __init__(self, path: Path) -> None:
        self.by_type: dict[str, list[Json]] = {}
        wanted = {"StructureDefinition", "SearchParameter", "CompartmentDefinition", "ValueSet", "CodeSystem"}
        with tarfile.open(path) as archive:
            for member in sorted(archive.getmembers(), key=lambda m: m.name):
                name = member.name.removeprefix("package/")
                file = archive.extractfile(member) if name.split("-")[0] in wanted and name.endswith(".json") else None
                if file:
                    resource = json.load(file)
                    self.by_type.setdefault(resource["resourceType"], []).append(resource)

    def types(self) -> list[Json]:
        """StructureDefinitions of types (no profile, no logical model), in order of their names."""
        found = [
            s
            for s in self.by_type["StructureDefinition"]
            if s.get("derivation") != "constraint" and s["kind"] != "logical"
        ]
        return sorted(found, key=lambda s: str(s["type"]))


def main() -> None:
    """Read the package, write the table."""
    command(__doc__, OUTPUT, lines)


def lines(path: Path) -> list[Any]:
    """The lines of the table."""
    package = Package(path)
    types = package.types()
    value_sets, unchecked = required_value_sets(package)
    parameters = search_parameters(package)
    header = {
        "fhir": "4.0.1",
        "types": [[s["type"], kind(s), s.get("baseDefinition", "").removeprefix(_BASE)] for s in types],
        "compartments": compartments(package),
        "unchecked": unchecked,
    }
    return [header, value_sets, *(type_line(s, set(value_sets), parameters.get(s["type"], [])) for s in types)]


def kind(structure: Json) -> str:
    """resource | abstract | complex | primitive."""
    if structure.get("abstract"):
        return "abstract"
    return str(structure["kind"]).removesuffix("-type")


def type_line(structure: Json, value_sets: set[str], parameters: list[list[Any]]) -> Json:
    """Everything about one type: its elements by owner path, its invariants, its search parameters, its regex."""
    own: str = structure["type"]
    owners: dict[str, list[list[Any]]] = {own: []}
    invariants: list[list[str]] = []
    line: Json = {"elements": owners}
    for element in structure["snapshot"]["element"]:
        path: str = element["path"]
        invariants += own_invariants(element, own)
        if path == own:
            continue
        owner, name = path.rsplit(".", 1)
        if kind(structure) == "primitive" and name == "value":
            line["regex"] = primitive_regex(element)
        else:
            owners.setdefault(owner, []).append(element_facts(element, owner, name, structure, value_sets))
    if invariants:
        line["invariants"] = invariants
    if parameters:
        line["parameters"] = parameters
    return line


def element_facts(element: Json, owner: str, name: str, structure: Json, value_sets: set[str]) -> list[Any]:
    """[name, min, max (0: many), flags, types, {type: targets}, required value set], trailing empties left out."""
    codes: list[str] = []
    targets: dict[str, list[str]] = {}
    flags = 0
    if "contentReference" in element:
        codes.append(element["contentReference"].removeprefix("#"))
    for entry in element.get("type", []):
        code: str = entry["code"]
        if code.startswith(_SYSTEM_TYPE):
            flags |= ATTRIBUTE
            code = {"id": "string", "url": "uri"}[name]
            if structure["kind"] == "resource" and owner == structure["type"]:
                code = "id"
        elif code in ("BackboneElement", "Element"):
            code = element["path"]
        codes.append(code)
        allowed = sorted(t.removeprefix(_BASE) for t in entry.get("targetProfile", []))
        if allowed and "Resource" not in allowed:
            targets[code] = allowed
    if name.endswith("[x]"):
        flags |= CHOICE
        name = name.removesuffix("[x]")
    flags |= SUMMARY if element.get("isSummary") else 0
    flags |= MODIFIER if element.get("isModifier") else 0
    maximum = 0 if element["max"] == "*" else int(element["max"])
    binding = element.get("binding", {})
    value_set = binding.get("valueSet", "").split("|")[0] if binding.get("strength") == "required" else ""
    facts = [name, element["min"], maximum, flags, codes, targets, value_set if value_set in value_sets else ""]
    while not facts[-1]:
        facts.pop()
    return facts


def own_invariants(element: Json, own: str) -> Iterator[list[str]]:
    """[path, key, severity, expression] of the invariants that this type itself states."""
    for constraint in element.get("constraint", []):
        if constraint.get("source", _BASE + own) == _BASE + own and "expression" in constraint:
            yield [element["path"], constraint["key"], constraint["severity"], constraint["expression"]]


def primitive_regex(element: Json) -> str:
    """The regular expression of a primitive type, "" when it has none."""
    for extension in element["type"][0].get("extension", []):
        if extension["url"] == _REGEX:
            return str(extension["valueString"])
    return ""


def required_value_sets(package: Package) -> tuple[Json, list[str]]:
    """({value set: {system: codes}}, value sets that are required somewhere but open, absent or too large to list)."""
    value_sets = {v["url"]: v for v in package.by_type["ValueSet"]}
    systems = {c["url"]: c for c in package.by_type["CodeSystem"]}
    required = {
        element["binding"]["valueSet"].split("|")[0]
        for structure in package.types()
        for element in structure["snapshot"]["element"]
        if element.get("binding", {}).get("strength") == "required"
    }
    found: Json = {}
    unchecked: list[str] = []
    for url in sorted(required):
        codes = expand(value_sets.get(url), systems)
        if codes and sum(map(len, codes.values())) <= LARGEST_VALUE_SET:
            found[url] = codes
        else:
            unchecked.append(url)
    return found, unchecked


def expand(value_set: Json | None, systems: dict[str, Json]) -> dict[str, list[str]] | None:
    """{system: codes} of a value set that lists codes or takes whole code systems; None when it does anything else."""
    compose = (value_set or {}).get("compose", {})
    if "exclude" in compose or not compose.get("include"):
        return None
    out: dict[str, list[str]] = {}
    for include in compose["include"]:
        system = systems.get(include.get("system", ""))
        if "filter" in include or "valueSet" in include:
            return None
        if "concept" in include:
            codes = [c["code"] for c in include["concept"]]
        elif system and system["content"] == "complete":
            codes = list(all_codes(system.get("concept", [])))
        else:
            return None
        out[include["system"]] = sorted({*out.get(include["system"], []), *codes})
    return out


def all_codes(concepts: list[Json]) -> Iterator[str]:
    """The codes of a hierarchy."""
    for concept in concepts:
        yield concept["code"]
        yield from all_codes(concept.get("concept", []))


def compartments(package: Package) -> dict[str, dict[str, list[str]]]:
    """{compartment: {resource type: search parameters by which it belongs}}."""
    return {
        c["code"]: {r["code"]: r["param"] for r in c["resource"] if r.get("param")}
        for c in package.by_type["CompartmentDefinition"]
        if c["id"] != "example"
    }


def search_parameters(package: Package) -> dict[str, list[list[Any]]]:
    """{base type: [code, type, expression for this base, targets, components, comparators]}.

    Parameters that state no expression (_text, _content, _query, _filter, a few extensions) are left out: nothing
    can be extracted for them.
    """
    usable = [p for p in package.by_type["SearchParameter"] if p.get("expression") and p["id"] not in _EXAMPLES]
    by_url = {p["url"]: p for p in usable}
    out: dict[str, list[list[Any]]] = {}
    for parameter in usable:
        for base in parameter["base"]:
            facts = [
                parameter["code"],
                parameter["type"],
                expression_for(parameter, base),
                sorted(parameter.get("target", [])),
                [component(c, by_url[c["definition"]]) for c in parameter.get("component", [])],
                parameter.get("comparator", []),
            ]
            out.setdefault(base, []).append(facts)
    return {base: sorted(found, key=lambda f: str(f[0])) for base, found in out.items()}


def component(entry: Json, definition: Json) -> list[Any]:
    """[code, type, expression, targets] of one part of a composite parameter."""
    expression = entry["expression"].replace("as(DateTime)", "as(dateTime)")  # a slip of the specification
    return [definition["code"], definition["type"], expression, sorted(definition.get("target", []))]


def expression_for(parameter: Json, base: str) -> str:
    """The branches of the expression that start at `base`; all of it when the parameter has one base only."""
    expression: str = " ".join(parameter["expression"].split())
    if len(parameter["base"]) == 1:
        return expression
    branches = [branch.strip() for branch in expression.split("|")]
    return " | ".join(branch for branch in branches if re.match(rf"\(*{base}\b", branch))


if __name__ == "__main__":
    main()
