"""The functions by name: how many arguments, and what compiles a call."""

from collections.abc import Callable
from dataclasses import dataclass

from socle.kernel.fhir.fhirpath.code import Call, Code

Builder = Callable[[Call], Code]


@dataclass(frozen=True, slots=True)
class Function:
    """least, most: how many arguments; each: arguments evaluated for each item, where $this is the item."""

    build: Builder
    least: int
    most: int


Family = dict[str, Function]


def function(family: Family, name: str, least: int = 0, most: int | None = None) -> Callable[[Builder], Builder]:
    """Declare the builder of a function in a family."""

    def declare(build: Builder) -> Builder:
        family[name] = Function(build, least, least if most is None else most)
        return build

    return declare
