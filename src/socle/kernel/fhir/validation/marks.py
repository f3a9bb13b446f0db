"""What would put an item in a slice, for who is told that none is in it: what the slice is told by, and what keeps the nearest
item out when only a profile tells.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from socle.kernel.fhir.fhirpath import Item
from socle.kernel.fhir.validation.findings import Finding, Findings, climb, quoted, warning
from socle.kernel.fhir.validation.run import DEEPEST, Run
from socle.kernel.fhir.validation.slicing import found_by, led_to, profiles_of, types_of
from socle.kernel.fhir.validation.tree import Node

Json = dict[str, Any]
_MOST: Final = 3  # faults of the nearest item that are told
_ITEMS: Final = 200  # that are looked at for it
_DEEP: Final = 5


def marks(node: Node, slice_: Node, run: Run) -> tuple[str, str]:
    """What tells a slice of `node`, for a French and for an English sentence; "" when it cannot be said in a few words."""
    fr, en = _told(node, (slice_,), run)
    return (f" ; elle se reconnaît à : {fr}", f"; it is told by: {en}") if fr else ("", "")


def undecided(node: Node, slices: Sequence[Node], run: Run) -> Finding:
    """What is said of an item of which nobody here knows in which slice it is."""
    fr, en = _told(node, slices, run)
    place = f"{node.id} : {fr}" if fr else node.id, f"{node.id}: {en}" if en else node.id
    text = (
        f"la tranche de cet élément n'a pu être reconnue ({place[0]}) : ce qui la dit n'est pas ici, ou ne se lit pas",
        f"the slice of this element could not be told ({place[1]}): what tells it is not here, or cannot be read",
    )
    if "∈" in fr:
        text = (
            f"{text[0]} ; installez ces jeux de valeurs (socle fhir install)",
            f"{text[1]}; install these value sets (socle fhir install)",
        )
    return warning("processing", node.rule, *text)


def _told(node: Node, slices: Sequence[Node], run: Run) -> tuple[str, str]:
    french: dict[str, None] = {}
    english: dict[str, None] = {}
    for slice_ in slices:
        for kind, path, nodes in _looked_at(node, slice_, run):
            for fr, en in _said(kind, path, nodes):
                french[fr] = english[en] = None
    return _listed(french), _listed(english)


def near_misses(node: Node, slice_: Node, items: Sequence[tuple[str, Item]], run: Run) -> Findings:
    """What keeps out of a slice that a profile tells the item that has the fewest faults by it."""
    best: list[Finding] | None = None
    for kind, path, nodes in _looked_at(node, slice_, run):
        if kind != "profile" or "resolve()" in path or run.depth >= DEEPEST:
            continue
        step = "" if path == "$this" else f".{path}"
        for url in dict.fromkeys(url for one in nodes for url in profiles_of(one, path)):
            profile = run.profile(url)
            for rank, item in items[:_ITEMS] if profile is not None else ():
                for found in found_by(path, item, run):
                    name = found[1].get("resourceType", found[0]) if isinstance(found[1], dict) else found[0]
                    if profile is None or name != profile.type:
                        continue
                    serious = [one for one in run.faults(found, profile) or () if one.serious]
                    if serious and (best is None or len(serious) < len(best)):
                        best = climb(None, rank + step, serious)
    if best is None:
        return None
    told = slice_.slice_name
    return [
        Finding(
            "information",
            "informational",
            one.rule,
            f"pour être dans la tranche « {told} » : {one.fr}",
            f'to be in the slice "{told}": {one.en}',
            path=one.path,
        )
        for one in best[:_MOST]
    ]


def _looked_at(node: Node, slice_: Node, run: Run) -> Iterator[tuple[str, str, list[Node]]]:
    """(kind, path, definitions that it leads to) of each discriminator."""
    for one in (node.definition.get("slicing") or {}).get("discriminator") or ():
        path = str(one.get("path", "$this"))
        yield str(one.get("type", "")), path, list(led_to(slice_, path, run))


def _said(kind: str, path: str, nodes: list[Node]) -> Iterator[tuple[str, str]]:
    shown = "" if path == "$this" else path
    match kind:
        case "value" | "pattern":
            for one in nodes:
                for place, said in _values(one, shown, 0):
                    yield (f"{place} {said}".strip(),) * 2
        case "type":
            types = " | ".join(dict.fromkeys(name for one in nodes for name in types_of(one)))
            if types:
                yield f"{shown} de type {types}".strip(), f"{shown} of type {types}".strip()
        case "profile":
            urls = " | ".join(dict.fromkeys(url for one in nodes for url in profiles_of(one, path)))
            if urls:
                yield f"{shown} conforme à {urls}".strip(), f"{shown} conforming to {urls}".strip()
        case "exists" if any(one.definition.get("max") == "0" for one in nodes):
            yield f"{shown} absent", f"{shown} absent"
        case "exists" if any(int(one.definition.get("min") or 0) > 0 for one in nodes):
            yield f"{shown} présent", f"{shown} present"


def _values(node: Node, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """(path, value) of what a definition imposes, there or below."""
    value = node.value("fixed")
    value = node.value("pattern") if value is None else value
    if value is not None:
        yield path, f"= {quoted(json.dumps(value, ensure_ascii=False, default=str), 200)}"
        return
    below = [one for name, one in node.children.items() if name not in ("id", "extension")] if depth < _DEEP else []
    inside = [found for one in below for found in _values(one, f"{path}.{one.name}".lstrip("."), depth + 1)]
    yield from inside
    binding = node.definition.get("binding") or {}
    if not inside and depth == 0 and binding.get("strength") == "required" and binding.get("valueSet"):
        yield path, f"∈ {binding['valueSet']}"


def _listed(said: dict[str, None]) -> str:
    return quoted(", ".join(said), 400)
