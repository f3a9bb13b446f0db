"""The definitions and the codes that FHIR R4 itself publishes, so that a check needs no package: facts, without prose.

    core_structure("Patient")                     the StructureDefinition with its snapshot; profiles and extensions too
    core_codes("http://hl7.org/fhir/name-use")    the codes of a code system
    core_value_set("http://hl7.org/fhir/ValueSet/name-use")

The table `r4-core.jsonl.zst` is made by `scripts/compile_core.py` from the official package. It is read when first asked
for (about ten milliseconds); each definition is parsed when it is first asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import orjson
import zstandard

Json = dict[str, Any]

VERSION = "4.0.1"
BASE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class CoreSystem:
    """A code system as the core holds it.

    codes     all of them when `complete`, else some
    exact     whether case matters
    """

    codes: frozenset[str]
    complete: bool
    exact: bool


@dataclass(frozen=True, slots=True)
class CoreValueSet:
    """What a value set of the core holds, as far as the core tells.

    codes  {system: codes, or None for every code of that system}
    open   systems of which it holds codes that the core cannot list (SNOMED CT, LOINC …); "" when not even the systems
           are known
    """

    codes: Mapping[str, frozenset[str] | None]
    open: tuple[str, ...]


def core_structure(name: str) -> Json | None:
    """The StructureDefinition of a type ("Patient") or canonical URL (perhaps with "|4.0.1"), with its snapshot; None if
    the core has none. Elements hold facts only: no short, definition, comment, mapping. Shared: never change it.
    """
    url, _, version = name.partition("|")
    if version not in ("", VERSION, "4.0"):
        return None
    return _structure(url if "/" in url else BASE + url)


def core_urls() -> tuple[str, ...]:
    """The canonical URLs of all StructureDefinitions of the core, sorted."""
    return tuple(_table().structures)


def core_codes(system: str) -> CoreSystem | None:
    """A code system of the core by its URL; None when the core has none of its codes."""
    return _system(system)


def core_value_set(url: str) -> CoreValueSet | None:
    """A value set of the core by its URL (perhaps with "|4.0.1"); None when the core has none."""
    bare, _, version = url.partition("|")
    return None if version not in ("", VERSION, "4.0") else _value_set(bare)


class _Table:
    """The lines, and where each definition is."""

    def __init__(self, packed: bytes) -> None:
        header, *self.lines = zstandard.ZstdDecompressor().decompress(packed).split(b"\n")
        facts = orjson.loads(header)
        self.structures = _places(facts["structures"], 0)
        self.systems = _places(facts["systems"], len(self.structures))
        self.value_sets = _places(facts["value_sets"], len(self.structures) + len(self.systems))
        self.constraints: list[Json] = [_constraint(*one) for one in facts["constraints"]]

    def line(self, place: int) -> Json:
        """One definition."""
        found: Json = orjson.loads(self.lines[place])
        return found


@cache
def _table() -> _Table:
    return _Table((files(__package__) / "r4-core.jsonl.zst").read_bytes())


def _places(names: list[str], first: int) -> dict[str, int]:
    return {name: place for place, name in enumerate(names, start=first)}


def _constraint(key: str, severity: str, expression: str, source: str) -> Json:
    out = {"key": key, "severity": severity, "expression": expression}
    return {**out, "source": source} if source else out


@lru_cache(maxsize=512)
def _structure(url: str) -> Json | None:
    table = _table()
    place = table.structures.get(url)
    if place is None:
        return None
    facts = table.line(place)
    elements = facts.pop("snapshot")
    for element in elements:
        element.setdefault("id", element["path"])
        element.setdefault("base", {name: element[name] for name in ("path", "min", "max")})
        if "constraint" in element:
            element["constraint"] = [table.constraints[number] for number in element["constraint"]]
        for entry in element.get("type", ()):
            fhir = entry.pop("fhir", None)
            if fhir is not None:
                entry["extension"] = [{"url": BASE + "structuredefinition-fhir-type", "valueUrl": fhir}]
    return {
        "resourceType": "StructureDefinition",
        **facts,
        "version": VERSION,
        "fhirVersion": VERSION,
        "status": "active",
        "snapshot": {"element": elements},
    }


@lru_cache(maxsize=1024)
def _system(url: str) -> CoreSystem | None:
    table = _table()
    place = table.systems.get(url)
    if place is None:
        return None
    facts = table.line(place)
    if facts["content"] == "not-present":
        return None
    exact = bool(facts["exact"])
    codes = facts["codes"] if exact else [code.lower() for code in facts["codes"]]
    return CoreSystem(frozenset(codes), facts["content"] == "complete", exact)


@lru_cache(maxsize=1024)
def _value_set(url: str) -> CoreValueSet | None:
    table = _table()
    place = table.value_sets.get(url)
    if place is None:
        return None
    facts = table.line(place)
    codes = {system: None if some is None else frozenset(some) for system, some in facts["codes"].items()}
    return CoreValueSet(MappingProxyType(codes), tuple(facts["open"]))
