"""A StructureDefinition as people read it: its elements as a tree, what each says, and what it changes of its parent.

Everything here is bounded by the elements of one definition; what a page shows of it is chosen by `Outline.rows`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from socle.kernel.fhir.bound import LARGEST
from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.json import serialise
from socle.kernel.fhir.snapshot.tree import segments_of

Json = dict[str, Any]

LONGEST: Final = 400  # characters of a value that are shown
_MAXIMUM: Final = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet"
_TYPE: Final = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_FLAGS: Final = {"mustSupport": "must_support", "isModifier": "modifier", "isSummary": "summary"}
_MOST_TYPES: Final = 8  # beyond, "*": any
# Rules that every element or extension has: told once of the type, not of each element.
EVERYWHERE: Final = frozenset({"ele-1", "ext-1"})


@dataclass(frozen=True, slots=True)
class Type:
    """A type that an element may have. profiles: of the value; targets: of what a reference leads to."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """strength: required, extensible, preferred, example, or LARGEST; value_set: its canonical, "" when none is named."""

    strength: str
    value_set: str


@dataclass(frozen=True, slots=True)
class Rule:
    """An invariant."""

    key: str
    severity: str
    human: str
    expression: str
    source: str


@dataclass(frozen=True, slots=True)
class Slicing:
    """How values are told apart. discriminators: (type, path)."""

    discriminators: tuple[tuple[str, str], ...]
    rules: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a profile changes: a kind (the key of its text), what it was, what it is."""

    kind: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An element as a page shows it.

    name     last part of its path, "[x]" included; slice: the name of the slice, "" when it is none
    value    ("fixed" or "pattern", JSON), None when neither is stated
    below    how many elements are under it, slices included
    """

    id: str
    path: str
    name: str
    slice: str
    depth: int
    min: str
    max: str
    types: tuple[Type, ...]
    must_support: bool
    modifier: bool
    summary: bool
    bindings: tuple[Binding, ...]
    value: tuple[str, str] | None
    slicing: Slicing | None
    rules: tuple[Rule, ...]
    short: str
    same_as: str
    below: int = 0
    changes: tuple[Change, ...] = ()

    @property
    def prohibited(self) -> bool:
        """Whether it must not be there."""
        return self.max == "0"

    @property
    def own_rules(self) -> bool:
        """Whether it has rules beside those of every element."""
        return any(one.key not in EVERYWHERE for one in self.rules)


@dataclass
class Outline:
    """The elements of one view (snapshot or differential) by id, in order; `children` by the id of what they are under."""

    elements: dict[str, Json] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    root: str = ""

    def below(self, id: str) -> int:
        """How many elements are under this one."""
        count, waiting = 0, [id]
        while waiting:
            found = self.children.get(waiting.pop(), [])
            count += len(found)
            waiting += found
        return count

    def above(self, id: str) -> list[str]:
        """The ids from the root down to this one, itself left out."""
        found: list[str] = []
        while (id := self.parents.get(id, "")) and id not in found:
            found.append(id)
        return found[::-1]

    def walk(self, id: str, depth: int = 0) -> Iterator[tuple[str, int]]:
        """The elements under this one with their depth, in order: children, then slices, as the list has them."""
        waiting = [(one, depth) for one in reversed(self.children.get(id, []))]
        while waiting:
            one, deep = waiting.pop()
            yield one, deep
            waiting += [(other, deep + 1) for other in reversed(self.children.get(one, []))]


def outline(elements: Sequence[Any]) -> Outline:
    """The tree of a list of ElementDefinitions. One whose parent is not in the list hangs from the nearest that is."""
    made = Outline()
    kept = [one for one in elements if isinstance(one, dict)]
    for element, segments in segments_of(kept):
        id = _id(segments)
        if not id or id in made.elements:
            continue
        made.root = made.root or id
        made.elements[id] = element
        parent = next((one for one in _nearest(segments) if one in made.elements), made.root if id != made.root else "")
        made.parents[id] = parent
        if parent:
            made.children.setdefault(parent, []).append(id)
    return made


def line(id: str, element: Json, depth: int = 0, below: int = 0, changes: tuple[Change, ...] = ()) -> Line:
    """What an element says."""
    last = id.rpartition(".")[2]
    name, _, slice_name = last.partition(":")
    return Line(
        id=id,
        path=str(element.get("path", "")),
        name=name,
        slice=slice_name,
        depth=depth,
        min="" if "min" not in element else str(element["min"]),
        max=str(element.get("max", "")),
        types=_types(element),
        must_support=element.get("mustSupport") is True,
        modifier=element.get("isModifier") is True,
        summary=element.get("isSummary") is True,
        bindings=_bindings(element),
        value=_value(element),
        slicing=_slicing(element),
        rules=_rules(element),
        short=str(element.get("short", "")),
        same_as=str(element.get("contentReference", "")).rpartition("#")[2],
        below=below,
        changes=changes,
    )


def inherited(id: str, parent: Outline) -> Json | None:
    """The element of a parent's snapshot that has this id; of a slice that is new there, the element that it slices."""
    if id in parent.elements:
        return parent.elements[id]
    pieces = id.split(".")
    for place in range(len(pieces) - 1, -1, -1):
        name, _, slice_name = pieces[place].partition(":")
        if slice_name:
            pieces[place] = f"{name}:{slice_name.rpartition('/')[0]}" if "/" in slice_name else name
            if ".".join(pieces) in parent.elements:
                return parent.elements[".".join(pieces)]
    return None


def typed_by(id: str, view: Outline) -> tuple[str, str] | None:
    """(canonical, path from its root) of the profile that types the nearest element above which names a single one."""
    for above in reversed(view.above(id)):
        types = _types(view.elements[above])
        if len(types) == 1 and len(types[0].profiles) == 1 and id.startswith(f"{above}."):
            return types[0].profiles[0], id[len(above) :]
    return None


def counterpart(id: str, element: Json, parent: Outline, typed: Json | None = None) -> Json | None:
    """The element that a profile's element constrains: of the parent's snapshot, else of the profile that types what it is
    in (`typed`), else of the type whose content it is; None when none is known.
    """
    found = inherited(id, parent) or typed
    if found is not None:
        return found
    base = element.get("base")
    path = str(base.get("path", "")) if isinstance(base, dict) else ""
    core = core_structure(path.partition(".")[0]) if path else None
    return next((one for one in core["snapshot"]["element"] if one["path"] == path), None) if core else None


def changes(id: str, element: Json, before: Json | None, stated: Json | None = None) -> tuple[Change, ...]:
    """What an element of a snapshot changes of its counterpart; of what its differential states when `stated` is given."""
    found: list[Change] = []
    now, then = line(id, element), line(id, before or {})
    told = frozenset(stated if stated is not None else element)
    if now.slice and (before is None or not str(before.get("id", "")).endswith(f":{now.slice}")):
        found.append(Change("slice", "", now.slice))
    if now.slicing and "slicing" in told and now.slicing != then.slicing:
        found.append(Change("slicing", "", ", ".join(f"{kind} {path}" for kind, path in now.slicing.discriminators)))
    if before is not None and told & {"min", "max"} and (now.min, now.max) != (then.min, then.max):
        kind = "prohibited" if now.prohibited else "cardinality"
        found.append(Change(kind, f"{then.min}..{then.max}", f"{now.min}..{now.max}"))
    if before is not None and "type" in told:
        found += _type_changes(now, then)
    for member, flag in _FLAGS.items():
        if member in told and getattr(now, flag) and not getattr(then, flag):
            found.append(Change(flag))
    if "binding" in told:
        found += _binding_changes(now, then)
    if now.value and now.value != then.value and any(name.startswith(now.value[0]) for name in told):
        found.append(Change(now.value[0], then.value[1] if then.value else "", now.value[1]))
    if "constraint" in told:
        known = {one.key for one in then.rules}
        found += [Change("rule", "", one.key) for one in now.rules if one.key not in known | EVERYWHERE]
    return tuple(found)


def _type_changes(now: Line, then: Line) -> Iterable[Change]:
    if now.types == then.types or not now.types:
        return
    if _codes(now) != _codes(then):
        yield Change("types", _told(_codes(then)), _told(_codes(now)))
    for kind, before, after in (
        ("profiles", {p for t in then.types for p in t.profiles}, [p for t in now.types for p in t.profiles]),
        ("targets", {p for t in then.types for p in t.targets}, [p for t in now.types for p in t.targets]),
    ):
        if after and before != set(after):
            yield Change(kind, "", ", ".join(url.rpartition("/")[2] for url in dict.fromkeys(after)))


def _binding_changes(now: Line, then: Line) -> Iterable[Change]:
    before = {one.strength == LARGEST: one for one in then.bindings}
    for one in now.bindings:
        old = before.get(one.strength == LARGEST)
        if old is None:
            yield Change("bound", "", f"{one.strength} {one.value_set}".strip())
            continue
        if one.value_set.partition("|")[0] != old.value_set.partition("|")[0]:
            yield Change("value_set", old.value_set, one.value_set)
        if one.strength != old.strength:
            yield Change("strength", old.strength, one.strength)


def _told(codes: list[str]) -> str:
    return ", ".join(codes) if len(codes) <= _MOST_TYPES else "*"


def _codes(one: Line) -> list[str]:
    return list(dict.fromkeys(t.code for t in one.types))


def _id(segments: Sequence[tuple[str, str]]) -> str:
    return ".".join(f"{name}:{slice_name}" if slice_name else name for name, slice_name in segments)


def _nearest(segments: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Where an element may hang, the nearest first: the slice that it is a slice of, the element of its slice, above."""
    rest = list(segments)
    while rest:
        name, slice_name = rest[-1]
        if slice_name:
            rest[-1] = (name, slice_name.rpartition("/")[0])
        else:
            rest.pop()
        if rest:
            yield _id(rest)


def _types(element: Json) -> tuple[Type, ...]:
    found = []
    for one in _dicts(element.get("type")):
        code = str(one.get("code", ""))
        if code.startswith("http://hl7.org/fhirpath/"):
            said = [
                e.get("valueUrl") or e.get("valueUri") for e in _dicts(one.get("extension")) if e.get("url") == _TYPE
            ]
            code = str(said[0]) if said and said[0] else code.rpartition(".")[2].lower()
        found.append(Type(code, _texts(one.get("profile")), _texts(one.get("targetProfile"))))
    return tuple(found)


def _bindings(element: Json) -> tuple[Binding, ...]:
    binding = element.get("binding")
    if not isinstance(binding, dict):
        return ()
    found = [Binding(str(binding.get("strength", "example")), str(binding.get("valueSet", "")))]
    for one in _dicts(binding.get("extension")):
        largest = one.get("valueCanonical") or one.get("valueUri")
        if one.get("url") == _MAXIMUM and largest:
            found.append(Binding(LARGEST, str(largest)))
    return tuple(found)


def _value(element: Json) -> tuple[str, str] | None:
    for kind in ("fixed", "pattern"):
        for name, value in element.items():
            if name.startswith(kind) and name[len(kind) :][:1].isupper():
                text = serialise(value).decode() if isinstance(value, dict | list) else str(value)
                return kind, text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return None


def _slicing(element: Json) -> Slicing | None:
    slicing = element.get("slicing")
    if not isinstance(slicing, dict):
        return None
    told = tuple((str(one.get("type", "")), str(one.get("path", ""))) for one in _dicts(slicing.get("discriminator")))
    return Slicing(told, str(slicing.get("rules", "")), slicing.get("ordered") is True)


def _rules(element: Json) -> tuple[Rule, ...]:
    return tuple(
        Rule(*(str(one.get(name, "")) for name in ("key", "severity", "human", "expression", "source")))
        for one in _dicts(element.get("constraint"))
    )


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list | tuple) else []


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()
