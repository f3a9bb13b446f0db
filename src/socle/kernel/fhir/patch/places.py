"""Where in a resource the items are that a FHIRPath expression finds.

Objects are known by their identity. A primitive has none, so each gets an object of its own for a while: the `_name`
that may hold its id and extensions, which FHIRPath hands back with the value.
"""

import re
from typing import Any, Final, NamedTuple

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment, Items, compiled
from socle.kernel.fhir.xml.shape import Holds, Member, attributes, members

Json = dict[str, Any]
_LAST: Final = re.compile(r"(.*)\.\s*`?([A-Za-z]\w*)`?\s*", re.DOTALL)


class Place(NamedTuple):
    """An element: in the object `owner`, of type `path`, under `member`; at `rank` where it repeats.

    type  of the element itself, the path of a nested element
    """

    owner: Json
    path: str
    member: Member
    rank: int | None
    type: str


class Tree:
    """A resource whose elements can be found again. Its own values are not changed; `plain` takes what was added away."""

    def __init__(self, resource: Json, environment: Environment) -> None:
        self.size = 0
        self._environment = environment  # its budget is that of all the expressions of a patch
        self.places: dict[int, Place] = {}
        self.root: Json = self._object(resource, str(resource.get("resourceType")))

    def find(self, expression: str) -> Items:
        """What an expression finds. Raises: Problem(INVALID | TOO_COSTLY)."""
        type_ = str(self.root["resourceType"])
        self._environment.resource = self.root
        return compiled(expression, type_).find([(type_, self.root, None)], self._environment)

    def place(self, item: tuple[str, Any, Any]) -> Place | None:
        """Where an item is; None for the resource itself, and for what is no part of it."""
        return self.places.get(id(item[1])) or self.places.get(id(item[2]))

    def last_step(self, expression: str) -> tuple[Items, str] | None:
        """(what the path before its last step finds, the name of that step): for a list that is not there yet."""
        found = _LAST.fullmatch(expression)
        return None if found is None else (self.find(found[1]), found[2])

    def _object(self, value: Json, path: str) -> Json:
        self.size += 1
        if r4().is_resource(path):
            path = str(value.get("resourceType", path))
        known, bare = members(path), attributes(path)
        made: Json = {}
        for name, held in value.items():
            if name in known:
                made[name] = self._held(made, path, known[name], held, value.get(f"_{name}"))
            elif name[0] == "_" and name[1:] in known:
                if name[1:] not in value:
                    self._held(made, path, known[name[1:]], None, held)
            elif name in bare or name == "resourceType":
                made[name] = held
        return made

    def _held(self, made: Json, path: str, member: Member, value: Any, companion: Any) -> Any:
        if member.holds is Holds.VALUE and member.extensible:
            many = member.many
            values = (value if value is not None else [None] * len(companion)) if many else [value]
            said = (companion if companion is not None else [None] * len(values)) if many else [companion]
            marks = []
            for i, one in enumerate(said):
                mark = self._object(one, "Element") if one else {}
                self.places[id(mark)] = Place(made, path, member, i if many else None, member.code)
                marks.append(mark)
            self.size += len(marks)
            made[member.companion] = marks if many else marks[0]
            return list(values) if many else value
        if member.holds is Holds.ELEMENTS or member.holds is Holds.RESOURCE:
            several = value if member.many else [value]
            objects = []
            for i, one in enumerate(several):
                type_ = str(one.get("resourceType", "")) if member.holds is Holds.RESOURCE else member.code
                inner = self._object(one, type_)
                self.places[id(inner)] = Place(made, path, member, i if member.many else None, type_)
                objects.append(inner)
            return objects if member.many else objects[0]
        if member.holds is Holds.NARRATIVE:
            div: Json = {}
            self.places[id(div)] = Place(made, path, member, None, "xhtml")
            made[member.companion] = div
        return value


def plain(value: Any) -> Any:
    """The resource without what `Tree` added to it, and without what was emptied."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    out: Json = {}
    for name, held in value.items():
        kept = plain(held)
        if name[0] == "_":
            if isinstance(kept, list):
                kept = [one or None for one in kept]
                if not any(kept):
                    continue
        elif isinstance(kept, list):
            kept = [one for one in kept if one != {}]
            if all(one is None for one in kept):
                continue
        if kept is None or kept == {} or kept == []:
            continue
        out[name] = kept
    return out
