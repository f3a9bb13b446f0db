"""Elements of a StructureDefinition as a tree.

A node has children (its elements) and slices (each a node like itself, of the same name). A slice of a slice, "a/b", is
a slice of the slice "a". In the flat list a node comes first, then its children, then its slices.
"""

from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]
Segment = tuple[str, str]  # (name of the element, name of the slice or "")

MAX_DEPTH = 40  # segments of a path: real ones have ten


class Node:
    """One element. `element` is None when the list only implies it (a child is stated, it is not)."""

    __slots__ = ("children", "element", "name", "slice", "slices")

    def __init__(self, name: str, slice_name: str = "", element: Json | None = None) -> None:
        self.name = name
        self.slice = slice_name
        self.element = element
        self.children: dict[str, Node] = {}
        self.slices: dict[str, Node] = {}

    def copy(self) -> "Node":
        """The same again, to be changed: elements are copied one level deep, which is how deep `merge` changes them."""
        made = Node(self.name, self.slice, dict(self.element) if self.element is not None else None)
        made.children = {name: child.copy() for name, child in self.children.items()}
        made.slices = {name: one.copy() for name, one in self.slices.items()}
        return made

    def size(self) -> int:
        """How many nodes: itself and all below."""
        return 1 + sum(one.size() for one in (*self.children.values(), *self.slices.values()))

    def at(self, segments: Sequence[Segment]) -> "Node | None":
        """The node reached by names of elements and slices; None when there is none."""
        node: Node | None = self
        for name, slice_name in segments:
            node = node.children.get(name) if node is not None else None
            if node is not None and slice_name:
                node = node.sliced(slice_name)
        return node

    def sliced(self, name: str) -> "Node | None":
        """The slice of that name, among the slices or their own slices."""
        if name in self.slices:
            return self.slices[name]
        for one in self.slices.values():
            if name.startswith(one.slice + "/"):
                return one.sliced(name)
        return None


def segments_of(elements: Sequence[Json]) -> Iterator[tuple[Json, list[Segment]]]:
    """Each element with its place: that of its id when it agrees with its path, else its path and slice name read after
    what came before.
    """
    last: list[Segment] = []
    for element in elements:
        names = str(element.get("path", "")).split(".")
        stated = _stated(str(element.get("id", "")), names)
        if stated is not None and not stated[-1][1] and element.get("sliceName", names[-1]) != names[-1]:
            stated[-1] = (names[-1], str(element["sliceName"]))  # an id that leaves out the slice of the element itself
        if stated is None:
            kept = 0
            while kept < min(len(last), len(names) - 1) and last[kept][0] == names[kept]:
                kept += 1
            stated = [*last[:kept], *((name, "") for name in names[kept:])]
            stated[-1] = (names[-1], str(element.get("sliceName", "")))
        last = stated
        yield element, stated


def places(elements: Sequence[Json]) -> list[str]:
    """Where each element is, names of slices included: "Patient.identifier:INS-NIR.system"."""
    return [
        ".".join(f"{name}:{one}" if one else name for name, one in segments) for _, segments in segments_of(elements)
    ]


def _stated(identifier: str, names: list[str]) -> list[Segment] | None:
    parts = identifier.split(".")
    if len(parts) != len(names) or len(parts) > MAX_DEPTH:
        return None
    found = [(name, slice_name) for name, _, slice_name in (part.partition(":") for part in parts)]
    return found if [name for name, _ in found] == names else None


def to_tree(elements: Sequence[Json]) -> Node:
    """The tree of a list whose first element, or implied one, is the root.

    Raises: ValueError naming the path when an element is below another root.
    """
    root: Node | None = None
    for element, segments in segments_of(elements):
        if root is None:
            root = Node(segments[0][0])
        if segments[0][0] != root.name or len(segments) > MAX_DEPTH:
            raise ValueError(str(element.get("path", "")))
        node = root
        for name, slice_name in segments[1:]:
            node = node.children.setdefault(name, Node(name))
            if slice_name:
                pieces = slice_name.split("/")
                if len(pieces) > MAX_DEPTH:
                    raise ValueError(str(element.get("path", "")))
                for n in range(1, len(pieces) + 1):
                    one = "/".join(pieces[:n])
                    node = node.slices.setdefault(one, Node(name, one))
        node.element = element
    return root if root is not None else Node("")


def to_elements(root: Node) -> list[Json]:
    """The flat list, with `id` and `path` as the tree says."""
    found: list[Json] = []

    def walk(node: Node, path: str, identifier: str) -> None:
        if node.element is not None:
            kept = {name: value for name, value in node.element.items() if name not in ("id", "path")}
            found.append({"id": identifier, "path": path, **kept})
        for child in node.children.values():
            walk(child, f"{path}.{child.name}", f"{identifier}.{child.name}")
        for one in node.slices.values():
            walk(one, path, f"{identifier.rpartition('.')[0]}.{one.name}:{one.slice}")

    walk(root, root.name, root.name)
    return found
