"""Compile the definitions and the codes of the official FHIR R4 package into the facts that `socle.kernel.fhir.core` reads.

    python scripts/compile_core.py hl7.fhir.r4.core-4.0.1.tgz

Facts only: elements with their cardinalities, types, bindings, slices and expressions; codes without their names. No
prose of the specification. JSON lines under zstd: line 1 the header (urls, constraints), then one line for each
StructureDefinition, CodeSystem and ValueSet, in the header's order. The same package always gives the same lines.

Source: package hl7.fhir.r4.core 4.0.1, CC0, from packages.fhir.org.
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from scripts.compile_r4 import Package
from scripts.packed import command

Json = dict[str, Any]
Codes = dict[str, list[str] | None]

OUTPUT = Path(__file__).parents[1] / "src/socle/kernel/fhir/r4-core.jsonl.zst"
_BASE = "http://hl7.org/fhir/StructureDefinition/"
_MAXIMUM = _BASE + "elementdefinition-maxValueSet"
_STRUCTURE = (
    "url",
    "id",
    "name",
    "type",
    "kind",
    "abstract",
    "baseDefinition",
    "derivation",
    "context",
    "contextInvariant",
)
_ELEMENT = ("id", "path", "sliceName", "min", "max", "contentReference", "maxLength", "representation")
_TYPE = ("code", "profile", "targetProfile", "aggregation", "versioning")
_VALUED = ("fixed", "pattern", "minValue", "maxValue")


def main() -> None:
    """Read the package, write the facts."""
    command(__doc__, OUTPUT, lines)


def lines(path: Path) -> list[Any]:
    """The lines of the facts."""
    package = Package(path)
    structures = _sorted(s for s in package.by_type["StructureDefinition"] if "snapshot" in s)
    systems = {s["url"]: s for s in _sorted(package.by_type["CodeSystem"])}
    value_sets = {v["url"]: v for v in _sorted(package.by_type["ValueSet"])}
    constraints: dict[tuple[str, ...], int] = {}
    bodies = [structure_facts(structure, constraints) for structure in structures]
    sets = Sets(systems, value_sets)
    header = {
        "fhir": "4.0.1",
        "structures": [s["url"] for s in structures],
        "systems": list(systems),
        "value_sets": list(value_sets),
        "constraints": [list(constraint) for constraint in constraints],
    }
    return [header, *bodies, *map(system_facts, systems.values()), *(sets.facts(url) for url in value_sets)]


def _sorted(resources: Any) -> list[Json]:
    return sorted(resources, key=lambda resource: str(resource["url"]))


def structure_facts(structure: Json, constraints: dict[tuple[str, ...], int]) -> Json:
    """A StructureDefinition without prose; its constraints are numbers, shared by all."""
    facts = {name: structure[name] for name in _STRUCTURE if name in structure}
    facts["snapshot"] = [element_facts(element, constraints) for element in structure["snapshot"]["element"]]
    return facts


def element_facts(element: Json, constraints: dict[tuple[str, ...], int]) -> Json:
    """An ElementDefinition without prose; what can be told from the rest (id, base) is left out."""
    facts = {name: element[name] for name in _ELEMENT if name in element}
    facts |= {name: value for name, value in element.items() if name.startswith(_VALUED)}
    facts |= {name: True for name in ("isModifier", "isSummary") if element.get(name)}
    if facts["id"] == facts["path"]:
        del facts["id"]
    base = element.get("base")
    if base and base != {name: element[name] for name in ("path", "min", "max")}:
        facts["base"] = base
    if "type" in element:
        facts["type"] = [type_facts(entry) for entry in element["type"]]
    if "slicing" in element:
        facts["slicing"] = {name: value for name, value in element["slicing"].items() if name != "description"}
    binding = element.get("binding")
    if binding and "valueSet" in binding:
        facts["binding"] = {"strength": binding["strength"], "valueSet": binding["valueSet"]}
        largest = [extension for extension in binding.get("extension", []) if extension["url"] == _MAXIMUM]
        if largest:
            facts["binding"]["extension"] = largest
    stated = [
        (c["key"], c["severity"], c["expression"], c.get("source", ""))
        for c in element.get("constraint", [])
        if "expression" in c
    ]
    if stated:
        facts["constraint"] = [constraints.setdefault(one, len(constraints)) for one in stated]
    return facts


def type_facts(entry: Json) -> Json:
    """A type; the FHIR type of id and url, which the snapshot hides behind a System type, is kept in `fhir`."""
    facts = {name: entry[name] for name in _TYPE if name in entry}
    for extension in entry.get("extension", []):
        if extension["url"] == _BASE + "structuredefinition-fhir-type":
            facts["fhir"] = extension.get("valueUrl", extension.get("valueUri"))
    return facts


def system_facts(system: Json) -> Json:
    """{content, exact (case matters), codes}."""
    codes = list(_parents(system.get("concept", []), ""))
    return {
        "content": system["content"],
        "exact": system.get("caseSensitive", True),
        "codes": [code for code, _ in codes],
    }


def _parents(concepts: list[Json], parent: str) -> Any:
    for concept in concepts:
        yield concept["code"], parent
        yield from _parents(concept.get("concept", []), concept["code"])


class _Open(Exception):
    """What a value set holds cannot be told from the package alone; the argument is the system."""


class Sets:
    """Value sets expanded: {system: codes, or None for all of them}, and the systems of which nothing can be told."""

    def __init__(self, systems: dict[str, Json], value_sets: dict[str, Json]) -> None:
        self.systems = systems
        self.value_sets = value_sets
        self.children: dict[str, dict[str, list[str]]] = {}

    def facts(self, url: str) -> Json:
        """{codes: {system: [codes] | null for the whole system}, open: [systems that cannot be told]}."""
        codes, open_ = self.expanded(url, ())
        return {"codes": codes, "open": sorted(open_)}

    def expanded(self, url: str, seen: tuple[str, ...]) -> tuple[Codes, set[str]]:
        """What a value set holds; in `open`, "" when not even the system can be told."""
        value_set = self.value_sets.get(url.split("|")[0])
        if value_set is None or url in seen or not value_set.get("compose", {}).get("include"):
            return {}, {""}
        out: Codes = {}
        open_: set[str] = set()
        for include in value_set["compose"]["include"]:
            codes, unknown = self.included(include, (*seen, url))
            open_ |= unknown
            for system, some in codes.items():
                known = out.get(system, [])
                out[system] = None if some is None or known is None else sorted({*known, *some})
        for exclude in value_set["compose"].get("exclude", []):
            codes, unknown = self.included(exclude, (*seen, url))
            open_ |= unknown
            for system, some in codes.items():
                if system in out:
                    try:
                        out[system] = sorted(set(self.listed(system, out[system])) - set(self.listed(system, some)))
                    except _Open:
                        open_.add(system)
        return {system: codes for system, codes in out.items() if system not in open_ or codes}, open_

    def included(self, include: Json, seen: tuple[str, ...]) -> tuple[Codes, set[str]]:
        """What one include (or exclude) holds."""
        parts: list[tuple[Codes, set[str]]] = [self.expanded(url, seen) for url in include.get("valueSet", [])]
        system = include.get("system")
        if system:
            try:
                parts.append(({system: self.of_system(system, include)}, set()))
            except _Open:
                parts.append(({}, {system}))
        if len(parts) == 1:
            return parts[0]
        open_ = set().union(*(unknown for _, unknown in parts))
        if open_:
            return {}, open_
        common = set.intersection(*(set(codes) for codes, _ in parts))
        return {
            name: sorted(set.intersection(*(set(self.listed(name, codes[name])) for codes, _ in parts)))
            for name in common
        }, set()

    def of_system(self, system: str, include: Json) -> list[str] | None:
        """The codes of a system that an include takes; None for all. Raises: _Open."""
        if "concept" in include:
            return sorted(concept["code"] for concept in include["concept"])
        held = self.systems.get(system)
        if held is None or held["content"] != "complete":
            raise _Open(system)
        if "filter" not in include:
            return None
        found = set(self.listed(system, None))
        for one in include["filter"]:
            found &= self.filtered(system, one["property"], one["op"], one["value"])
        return sorted(found)

    def filtered(self, system: str, name: str, operator: str, value: str) -> set[str]:
        """The codes that a filter keeps. Raises: _Open for filters on properties."""
        if name != "concept" or operator not in ("is-a", "descendent-of", "is-not-a"):
            raise _Open(system)
        children = self.children.setdefault(system, self.hierarchy(system))
        below: set[str] = set()
        ahead = [value]
        while ahead:
            code = ahead.pop()
            if code not in below:
                below.add(code)
                ahead += children.get(code, [])
        if operator == "descendent-of":
            return below - {value}
        return below if operator == "is-a" else set(self.listed(system, None)) - below

    def hierarchy(self, system: str) -> dict[str, list[str]]:
        """{code: its children}, by nesting and by the property subsumedBy of v3."""
        out: dict[str, list[str]] = {}

        def walk(concepts: list[Json], parent: str) -> None:
            for concept in concepts:
                out.setdefault(parent, []).append(concept["code"])
                for one in concept.get("property", []):
                    if one["code"] == "subsumedBy":
                        out.setdefault(one["valueCode"], []).append(concept["code"])
                walk(concept.get("concept", []), concept["code"])

        walk(self.systems[system].get("concept", []), "")
        return out

    def listed(self, system: str, codes: list[str] | None) -> list[str]:
        """The codes themselves. Raises: _Open for the whole of a system that is not held."""
        if codes is not None:
            return codes
        held = self.systems.get(system)
        if held is None or held["content"] != "complete":
            raise _Open(system)
        return [code for code, _ in _parents(held.get("concept", []), "")]


if __name__ == "__main__":
    main()
