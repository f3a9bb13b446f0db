"""What a sliced element says of all its items, said of those of a slice too. Source: FHIR R4 profiling.html#slicing.

A publisher's snapshot does not always repeat it below each slice.
"""

from collections.abc import Mapping
from typing import Any, Final

from socle.kernel.fhir.validation.tree import Node

Json = dict[str, Any]
_STRENGTHS: Final = ("example", "preferred", "extensible", "required")


def together(all_: Mapping[str, Node], own: Mapping[str, Node]) -> dict[str, Node]:
    """The elements of an item of a slice: `all_`, those of the sliced element, as far as `own`, the slice's, says no more."""
    return {**all_, **{name: _both(all_[name], node) if name in all_ else node for name, node in own.items()}}


def _both(every: Node, own: Node) -> Node:
    """One element by both definitions; `own` itself when the other adds nothing."""
    stricter = _stricter(every.definition, own.definition)
    children = together(every.children, own.children) if every.children and own.children else own.children
    children = children or every.children
    if every.slices and not own.slices and "slicing" in every.definition:
        stricter["slicing"] = every.definition["slicing"]
    if not stricter and all(children[name] is own.children.get(name) for name in children):
        return own
    made = Node(own.id, own.name, own.slice_name, own.source, {**own.definition, **stricter})
    made.children = dict(children)
    made.slices = own.slices or every.slices
    made.reference = own.reference
    return made


def _stricter(every: Json, own: Json) -> Json:
    """The members of `every` that ask for more than those of `own`."""
    found: Json = {}
    if int(every.get("min") or 0) > int(own.get("min") or 0):
        found["min"] = every["min"]
    most, held = every.get("max", "*"), own.get("max", "*")
    if most.isdecimal() and (not held.isdecimal() or int(most) < int(held)):
        found["max"] = most
    if not any(name.startswith(("fixed", "pattern")) for name in own):
        found |= {name: value for name, value in every.items() if name.startswith(("fixed", "pattern"))}
    kept, types = ({one.get("code") for one in view.get("type", ())} for view in (every, own))
    if kept and kept < types:
        found["type"] = every["type"]
    if _strength(every) > _strength(own):
        found["binding"] = every["binding"]
    keys = {one.get("key") for one in own.get("constraint", ())}
    more = [one for one in every.get("constraint", ()) if one.get("key") not in keys]
    if more:
        found["constraint"] = [*own.get("constraint", ()), *more]
    return found


def _strength(definition: Json) -> int:
    strength = (definition.get("binding") or {}).get("strength")
    return _STRENGTHS.index(strength) if strength in _STRENGTHS else -1
