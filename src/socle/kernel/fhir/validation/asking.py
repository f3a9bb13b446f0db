"""What the types of R4 ask for beyond their structure: types that ask for nothing need not be gone into."""

from functools import cache
from typing import Any, Final

from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.validation.constraints import ELSEWHERE

Json = dict[str, Any]

SYSTEM: Final = "http://hl7.org/fhirpath/System."
_NESTED: Final = frozenset({"BackboneElement", "Element"})


@cache
def own_constraints(code: str) -> tuple[Json, ...]:
    """What a type asks of itself, which the snapshots of profiles do not repeat."""
    structure = core_structure(code)
    return tuple(structure["snapshot"]["element"][0].get("constraint", ())) if structure is not None else ()


@cache
def dull(code: str) -> bool:
    """Whether a type asks for nothing that the structural check does not tell, all the way down."""
    return not _asks(code, ())


def _asks(code: str, seen: tuple[str, ...]) -> bool:
    if code in ("Extension", "xhtml") or code in seen or code.startswith(SYSTEM):
        return False
    if code == "Resource":
        return True
    if "." in code:  # a nested element is gone into by the snapshot itself
        return True
    structure = core_structure(code)
    if structure is None:
        return False
    known = r4().elements(code) if r4().kind(code) != "primitive" else {}
    for element in structure["snapshot"]["element"]:
        if any(one["key"] not in ELSEWHERE for one in element.get("constraint", ())):
            return True
        binding = element.get("binding", {})
        if binding and binding["strength"] != "example":
            held = known.get(element["path"].removeprefix(code + ".").removesuffix("[x]"))
            if held is None or held.value_set != binding["valueSet"].partition("|")[0]:
                return True
        if any(
            _asks(entry["code"], (*seen, code)) for entry in element.get("type", ()) if entry["code"] not in _NESTED
        ):
            return True
    return False
