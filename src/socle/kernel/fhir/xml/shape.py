"""What the elements of a type are in XML: by name, their order, how they repeat, what they hold."""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from functools import cache
from typing import Final

from socle.kernel.fhir.definitions import Element, r4

FHIR: Final = "http://hl7.org/fhir"
XHTML: Final = "http://www.w3.org/1999/xhtml"


class Holds(IntEnum):
    """What an element holds: a value, other elements, a resource of any type, a narrative."""

    VALUE = 0
    ELEMENTS = 1
    RESOURCE = 2
    NARRATIVE = 3


class Member:
    """One way to write an element.

    name        "birthDate", "valueQuantity": the same in JSON and XML
    companion   "_birthDate": where JSON keeps its id and extensions, when it is a primitive
    rank        its place among the elements of its owner
    element     its name without the type of a choice, for paths
    code        FHIR type; the path of a nested element
    extensible  whether it may have an id and extensions
    levels      how many levels of JSON it opens
    """

    __slots__ = ("code", "companion", "element", "extensible", "holds", "levels", "many", "name", "rank")

    def __init__(self, element: Element, name: str, code: str, rank: int) -> None:
        self.name = name
        self.companion = f"_{name}"
        self.rank = rank
        self.element = element.name
        self.code = code
        self.many = element.max is None or element.max > 1
        self.extensible = not element.attribute
        self.holds = _holds(code)
        self.levels = 1 + self.many


def _holds(code: str) -> Holds:
    if code == "Resource":
        return Holds.RESOURCE
    if code == "xhtml":
        return Holds.NARRATIVE
    return Holds.VALUE if r4().kind(code) == "primitive" else Holds.ELEMENTS


@cache
def members(path: str) -> Mapping[str, Member]:
    """The members of a type ("Patient") or nested element ("Patient.contact") that are XML elements, by name."""
    return {member.name: member for member in _members(path)}


@cache
def attributes(path: str) -> frozenset[str]:
    """The members that are XML attributes: id, and the url of an Extension. A resource's id is an element."""
    if r4().is_resource(path):
        return frozenset()
    return frozenset(element.name for element in r4().elements(path).values() if element.attribute)


def _members(path: str) -> Iterator[Member]:
    bare = attributes(path)
    for rank, element in enumerate(r4().elements(path).values()):
        if element.name not in bare:
            for name, code in element.json_names():
                yield Member(element, name, code, rank)
