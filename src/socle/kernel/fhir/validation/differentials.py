"""What only the snapshot of a differential shows: the order of its elements, whether its slices can be told apart. Source: FHIR
R4 structuredefinition.html, profiling.html#discriminator.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from socle.kernel.fhir.fhirpath import compiled
from socle.kernel.fhir.snapshot import places
from socle.kernel.fhir.validation.definitions import types_at
from socle.kernel.fhir.validation.findings import Finding, Findings, add, climb, error, quoted, warning
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.slicing import tells
from socle.kernel.fhir.validation.tree import Node, tree
from socle.kernel.outcome import Problem

Json = dict[str, Any]
_ORDER: Final = "FHIR R4 structuredefinition-definitions.html#StructureDefinition.differential"
_DISCRIMINATOR: Final = "FHIR R4 profiling.html#discriminator"
_SIMPLE: Final = re.compile(
    r"\$this|(?:(?:\$this\.)?(?:\w+|extension\([^()]*\)|resolve\(\)|ofType\([\w.]+\)))"
    r"(?:\.(?:\w+|extension\([^()]*\)|resolve\(\)|ofType\([\w.]+\)))*"
)


def shown(definition: Json, elements: list[Json], made: Sequence[Json], run: Run) -> Findings:
    """What is wrong with a differential whose snapshot, `made`, can be made."""
    found = _order(elements, made)
    root = tree({**definition, "snapshot": {"element": list(made)}})
    nodes = {node.id: node for node in root.walk()} if root is not None else {}
    stated = places(elements)
    for rank, element in enumerate(elements):
        below = _paths(element)
        if below is None:
            below = _untold(stated[rank], nodes, run)
        found = climb(found, f".differential.element[{rank}]", below)
    return found


def _order(elements: list[Json], made: Sequence[Json]) -> Findings:
    """Elements come in the order of the snapshot, each before what is in it and before its slices: other tools refuse others."""
    ranks: dict[str, int] = {}
    for rank, one in enumerate(made):
        ranks.setdefault(one["path"], rank)
    found: Findings = None
    stated = places(elements)
    for rank in range(1, len(stated)):
        if _after(stated[rank - 1], stated[rank], ranks):
            fr = f"cet élément vient avant {quoted(stated[rank - 1], 200)} ; mettez-le à sa place, car des outils refusent un "
            en = f"this element comes before {quoted(stated[rank - 1], 200)}; put it in its place, for some tools refuse a "
            fr, en = fr + "différentiel en désordre", en + "differential that is out of order"
            found = add(found, warning("structure", _ORDER, fr, en, path=f".differential.element[{rank}]"))
    return found


def _after(one: str, next_: str, ranks: dict[str, int]) -> bool:
    """Whether an element should come after the one that follows it."""
    above = ""
    for mine, other in zip(one.split("."), next_.split("."), strict=False):
        (name, _, slice_), (other_name, _, other_slice) = mine.partition(":"), other.partition(":")
        if name != other_name:
            first, second = ranks.get(f"{above}{name}"), ranks.get(f"{above}{other_name}")
            return first is not None and second is not None and first > second
        if slice_ != other_slice:
            return other_slice == "" or slice_.startswith(other_slice + "/")
        above += f"{name}."
    return one.count(".") > next_.count(".")


def _paths(element: Json) -> Findings:
    """The paths of discriminators lead to elements of what is sliced."""
    slicing = element.get("slicing")
    told = slicing.get("discriminator") if type(slicing) is dict else None
    found: Findings = None
    for rank, one in enumerate(told if type(told) is list else ()):
        path = one.get("path") if type(one) is dict else None
        if type(path) is not str:
            continue
        place = f".slicing.discriminator[{rank}].path"
        if not _SIMPLE.fullmatch(path.strip()):
            fr = f"« {quoted(path)} » n'est pas un chemin de discriminant : des noms d'éléments, extension('url'), resolve() "
            en = f"\"{quoted(path)}\" is no path of a discriminator: names of elements, extension('url'), resolve() "
            fr, en = fr + "et ofType(Type), séparés par des points", en + "and ofType(Type), with dots between them"
            found = add(found, warning("value", _DISCRIMINATOR, fr, en, path=place))
            continue
        problems = [_unreadable(path, owner) for owner in types_at(element["path"])]
        if problems and None not in problems:
            fr, en = problems[0] or ("", "")
            found = add(found, error("value", _DISCRIMINATOR, fr, en, path=place))
    return found


def _unreadable(path: str, owner: str) -> tuple[str, str] | None:
    try:
        compiled(path.strip(), owner)
    except Problem as problem:
        text = problem.issues[0].text
        fr = f"ce chemin ne mène à rien de {owner} : {text.fr.rstrip('.')}"
        return fr, f"this path leads to nothing of {owner}: {text.en.rstrip('.')}"
    return None


def _untold(place: str, nodes: dict[str, Node], run: Run) -> list[Finding] | None:
    """A slice says something of what its discriminators look at."""
    holder, _, last = place.rpartition(".")
    name, _, slice_ = last.partition(":")
    own, above = nodes.get(place), nodes.get(f"{holder}.{name}")
    if "/" in slice_:
        above = nodes.get(f"{holder}.{name}:{slice_.rpartition('/')[0]}", above)
    if not slice_ or own is None or above is None or tells(above, own, run):
        return None
    told = (above.definition.get("slicing") or {}).get("discriminator") or ()
    paths = ", ".join(str(one.get("path")) for one in told)
    fr = f"rien ne dit quels éléments sont dans cette tranche : donnez une valeur (fixed, pattern, liaison required) à {paths}"
    en = f"nothing says which elements are in this slice: give a value (fixed, pattern, required binding) to {paths}"
    return [warning("value", _DISCRIMINATOR, fr, en)]
