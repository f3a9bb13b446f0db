"""Where in a resource an item found by FHIRPath stands."""

from collections.abc import Iterator
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Item
from socle.kernel.fhir.fhirpath.types import elements, is_primitive

Json = dict[str, Any]
_ANY: Final = r4().elements("Element")  # id and extensions


class Places:
    """The paths of a resource's elements: "Patient.name[0].given[1]", "Observation.value".

    Items are the very objects of the resource, which tell them apart. Python shares some values (true, small numbers,
    single letters): of these, and of anything computed, the place is not known.
    """

    def __init__(self, resource: Json) -> None:
        name = str(resource["resourceType"])
        self._paths: dict[int, str] = {}
        self._resource = resource  # keeps the objects, whose identities would otherwise be given again
        twice = set()
        for path, value in _inside(name, name, resource):
            if id(value) in self._paths:
                twice.add(id(value))
            self._paths[id(value)] = path
        for one in twice:
            del self._paths[one]

    def of(self, item: Item) -> str:
        """The path of an item; "" when it is not one of the resource's, or not known."""
        type_, value, siblings = item
        if type_.startswith("System."):
            return ""
        return self._paths.get(id(value)) or (self._paths.get(id(siblings)) if siblings else None) or ""


def _inside(path: str, type_: str, value: Any) -> Iterator[tuple[str, Any]]:
    """(path, object) of an element and of all that it holds, where the object is nobody else's."""
    waiting: list[tuple[str, str, Any]] = [(path, type_, value)]
    while waiting:
        path, type_, value = waiting.pop()
        if type_ == "Resource" and isinstance(value, dict):
            type_ = str(value.get("resourceType"))
        if not _shared(value):
            yield path, value
        if not isinstance(value, dict):
            continue
        for name, element in (elements(type_) or _ANY).items():
            for member, code in element.json_names():
                waiting += _members(f"{path}.{name}", code, value.get(member))
                if is_primitive(code):
                    # id and extensions of a primitive: they tell where it is when it has no value of its own
                    waiting += _members(f"{path}.{name}", "Element", value.get("_" + member))


def _members(path: str, code: str, value: Any) -> list[tuple[str, str, Any]]:
    if isinstance(value, list):
        return [(f"{path}[{index}]", code, one) for index, one in enumerate(value)]
    return [] if value is None else [(path, code, value)]


def _shared(value: Any) -> bool:
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and len(value) < 2)
