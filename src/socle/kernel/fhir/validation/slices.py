"""Items in their slices: which slice, in which order, how many of each, and the same within slices that are sliced again.

Source: FHIR R4 profiling.html#slicing.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from socle.kernel.fhir.fhirpath import Item
from socle.kernel.fhir.validation.findings import Findings, add, are, climb, error, times
from socle.kernel.fhir.validation.marks import marks, near_misses, undecided
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.slicing import Matcher, matcher
from socle.kernel.fhir.validation.tree import Node

Placed = tuple[str, Item]  # ("[3]" or "", item)


class Slice(NamedTuple):
    """One slice: how an item is known to be in it, how many there may be, how it is sliced again."""

    node: Node
    match: Matcher
    min: int
    max: int | None
    inner: "Slices | None"


class Slices:
    """The slicing of an element, or of a slice."""

    __slots__ = ("holders", "needed", "node", "ordered", "rules", "slices")

    def __init__(self, node: Node, owner: str) -> None:
        slicing = node.definition.get("slicing") or {}
        self.node = node
        self.rules: str = slicing.get("rules", "open")
        self.ordered = bool(slicing.get("ordered"))
        self.slices = tuple(
            Slice(one, matcher(node, one, owner), least(one), most(one), Slices(one, owner) if one.slices else None)
            for one in node.slices
        )
        self.needed = any(one.min > 0 for one in self.slices)
        # Of each slice, at any depth, what it is a slice of: it goes on saying what the slice leaves unsaid.
        self.holders: dict[int, Node] = {id(one.node): node for one in self.slices}
        for one in self.slices:
            if one.inner is not None:
                self.holders |= one.inner.holders

    def place(self, items: Sequence[Placed], step: str, run: Run, nodes: list[Node]) -> Findings:
        """What is wrong with where items are. nodes[i] becomes the definition of the narrowest slice of the i-th item."""
        return self._place(list(enumerate(items)), step, run, nodes)

    def _place(self, items: list[tuple[int, Placed]], step: str, run: Run, nodes: list[Node]) -> Findings:
        found: Findings = None
        within: list[list[tuple[int, Placed]]] = [[] for _ in self.slices]
        strangers: list[Placed] = []
        last, unknown = -1, False
        for index, placed in items:
            rank, item = placed
            number, unsure = self._number(item, run)
            if number is None:
                strangers.append(placed)
                if unsure:
                    unknown = True
                    found = climb(found, step + rank, [undecided(self.node, [one.node for one in self.slices], run)])
                elif self.rules == "closed":
                    found = climb(found, step + rank, [self._outside()])
                continue
            if (self.ordered and number < last) or (self.rules == "openAtEnd" and strangers):
                found = climb(found, step + rank, [self._out_of_order(self.slices[number].node)])
            last = max(last, number)
            within[number].append((index, placed))
            nodes[index] = self.slices[number].node
        for one, held in zip(self.slices, within, strict=True):
            if len(held) < one.min and not unknown:
                told = marks(self.node, one.node, run) if run.explains and not held else ("", "")
                found = add(found, _few(one, len(held), step, told))
                if run.explains:
                    found = climb(found, step, near_misses(self.node, one.node, strangers, run))
            elif one.max is not None and len(held) > one.max:
                found = add(found, _many(one, len(held), step))
            if held and one.inner is not None:
                found = add(found, one.inner._place(held, step, run, nodes))
        return found

    def _number(self, item: Item, run: Run) -> tuple[int | None, bool]:
        """(which slice an item is in, whether some slice could not be told)."""
        unsure = False
        for number, one in enumerate(self.slices):
            verdict = one.match(item, run)
            if verdict:
                return number, False
            if verdict is None:
                unsure = True
        return None, unsure

    def _outside(self) -> Any:
        names = ", ".join(one.node.slice_name for one in self.slices)
        return error(
            "structure",
            self.node.rule,
            f"cet élément n'est dans aucune des tranches permises ({names}) ; retirez-le ou corrigez-le",
            f"this element is in none of the allowed slices ({names}); leave it out or correct it",
        )

    def _out_of_order(self, node: Node) -> Any:
        return error(
            "structure",
            self.node.rule,
            f"la tranche « {node.slice_name} » n'est pas à sa place : l'ordre des tranches est imposé",
            f'the slice "{node.slice_name}" is out of place: the order of slices is imposed',
        )


def least(node: Node) -> int:
    """How many times an element must be there."""
    return int(node.definition.get("min") or 0)


def most(node: Node) -> int | None:
    """How many times it may be there; None for any number."""
    most = str(node.definition.get("max", "*"))
    return int(most) if most.isdecimal() else None


def _few(one: Slice, number: int, step: str, told: tuple[str, str]) -> Any:
    name = one.node.slice_name
    return error(
        "required",
        one.node.rule,
        f"la tranche « {name} » est attendue au moins {one.min} fois, il y en a {number} ; ajoutez-la{told[0]}",
        f'the slice "{name}" is expected at least {times(one.min)}, there {are(number)}; add it{told[1]}',
        path=step,
    )


def _many(one: Slice, number: int, step: str) -> Any:
    name = one.node.slice_name
    if one.max == 0:
        fr, en = (
            f"la tranche « {name} » n'est pas permise ; retirez-la",
            f'the slice "{name}" is not allowed; leave it out',
        )
    else:
        fr = f"la tranche « {name} » est permise {one.max} fois au plus, il y en a {number} ; retirez-en"
        en = f'the slice "{name}" is allowed {times(one.max)} at most, there {are(number)}; leave some out'
    return error("structure", one.node.rule, fr, en, path=step)
