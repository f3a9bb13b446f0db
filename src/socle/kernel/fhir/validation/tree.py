"""A snapshot as a tree: elements, what they hold, their slices. Source: FHIR R4 elementdefinition.html#id."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


class Node:
    """One element of a snapshot.

    name      of the element: "identifier", "value[x]"
    children  elements in it, by name; empty when the snapshot does not go into it
    slices    its slices, in order; slices of a slice are that slice's own
    reference the element that it is defined as (contentReference), perhaps one that holds it
    checks    by type, what was compiled for those that refer to it
    """

    __slots__ = ("checks", "children", "definition", "id", "name", "reference", "slice_name", "slices", "source")

    def __init__(self, id_: str, name: str, slice_name: str, source: str, definition: Json) -> None:
        self.id = id_
        self.name = name
        self.slice_name = slice_name
        self.source = source
        self.definition = definition
        self.children: dict[str, Node] = {}
        self.slices: list[Node] = []
        self.reference: Node | None = None
        self.checks: dict[str, Any] = {}

    @property
    def rule(self) -> str:
        """The identifier of what this element asks for."""
        return f"{self.source}#{self.id}"

    @property
    def types(self) -> list[Json]:
        """Its ElementDefinition.type."""
        found: list[Json] = self.definition.get("type", [])
        return found

    def value(self, prefix: str) -> Any:
        """fixed[x] or pattern[x] of the definition; None when it has none."""
        for name, value in self.definition.items():
            if name.startswith(prefix):
                return value
        return None

    def child(self, name: str) -> "Node | None":
        """The child of this name, "value" meaning value[x] too."""
        return self.children.get(name) or self.children.get(name + "[x]")

    def walk(self) -> Iterator["Node"]:
        """Itself and every element below, slices too."""
        yield self
        for one in (*self.slices, *self.children.values()):
            yield from one.walk()


def tree(structure: Json) -> Node | None:
    """The root of a StructureDefinition's snapshot; None when it has none."""
    elements = structure.get("snapshot", {}).get("element") or ()
    if not elements:
        return None
    version = structure.get("version")
    url = structure.get("url", "")
    source = url if not version or url.startswith("http://hl7.org/fhir/StructureDefinition/") else f"{url}|{version}"
    root: Node | None = None
    for definition in elements:
        id_ = definition.get("id") or _id(definition)
        steps = id_.split(".")
        if root is None:
            root = Node(id_, steps[0], "", source, definition)
        elif len(steps) > 1:
            _put(root, steps[1:], id_, definition)
    if root is not None:
        _refer(root)
    return root


def _refer(root: Node) -> None:
    """Link the elements that are defined as others of the same snapshot."""
    nodes = {node.id: node for node in root.walk()}
    for node in nodes.values():
        reference = node.definition.get("contentReference")
        if reference:
            node.reference = nodes.get(reference.rpartition("#")[2])


def _put(root: Node, steps: list[str], id_: str, definition: Json) -> None:
    holder = root
    for step in steps[:-1]:
        name, _, slice_name = step.partition(":")
        found = _element(holder, name, slice_name)
        if found is None:  # the element above was left out: what the snapshot says below it stands on its own
            found = Node(id_, name, slice_name, root.source, {"id": id_, "path": definition.get("path", "")})
            _attach(holder, found)
        holder = found
    name, _, slice_name = steps[-1].partition(":")
    _attach(holder, Node(id_, name, slice_name, root.source, definition))


def _element(holder: Node, name: str, slice_name: str) -> Node | None:
    node = holder.child(name)
    return node if node is None or not slice_name else _slice(node, slice_name)


def _slice(node: Node, slice_name: str) -> Node | None:
    for one in node.slices:
        if one.slice_name == slice_name:
            return one
        if slice_name.startswith(one.slice_name + "/") and (found := _slice(one, slice_name)) is not None:
            return found
    return None


def _attach(holder: Node, node: Node) -> None:
    """Put a node where it belongs: an element, a slice of it, a slice of its slice."""
    above = holder.child(node.name)
    if not node.slice_name or above is None:
        if node.slice_name:  # a choice sliced without its general element: valueQuantity alone
            above = Node(
                f"{holder.id}.{node.name}", node.name, "", node.source, {"path": node.definition.get("path", "")}
            )
            holder.children[node.name] = above
            above.slices.append(node)
            return
        holder.children[node.name] = node
        return
    for one in above.slices:
        if node.slice_name.startswith(one.slice_name + "/"):
            above = one
            break
    above.slices.append(node)


def _id(definition: Json) -> str:
    """The id of an element that has none: its path, with the name of its slice."""
    path, slice_name = definition.get("path", ""), definition.get("sliceName")
    return f"{path}:{slice_name}" if slice_name else path
