"""Which slice is an item in? Discriminators of all kinds, as closures. Source: FHIR R4 profiling.html#discriminator."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Item, Items, compiled
from socle.kernel.fhir.knowledge import CodeQuestion
from socle.kernel.fhir.validation.bindings import judged
from socle.kernel.fhir.validation.findings import R4
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.targets import told_type
from socle.kernel.fhir.validation.tree import Node
from socle.kernel.fhir.validation.values import fits
from socle.kernel.outcome import Problem

Json = dict[str, Any]
# Whether an item is in a slice; None when it cannot be told.
Matcher = Callable[[Item, Run], bool | None]

_STEP = re.compile(
    r"extension\(\s*['\"]([^'\"]*)['\"]\s*\)|ofType\(\s*([\w.]+)\s*\)|(resolve)\(\s*\)|(\$this)|([\w]+)(?:\[x\])?"
)
_SYSTEM: Final = "http://hl7.org/fhirpath/System."
_RESOLVE: Final = "resolve()"
_DEEPEST = 8  # elements that a discriminator may go down in a definition


def matcher(node: Node, slice_: Node, owner: str) -> Matcher:
    """Whether an item is in `slice_`, by the discriminators of `node` (its slicing); `owner` is the items' type, for the
    names in paths to be read by ("" when there are several).
    """
    discriminators = (node.definition.get("slicing") or {}).get("discriminator") or ()
    if not discriminators and node.name.endswith("[x]"):
        discriminators = ({"type": "type", "path": "$this"},)
    if not discriminators:
        return lambda item, run: None
    url = extension_url(slice_) if len(discriminators) == 1 and discriminators[0].get("path") == "url" else None
    if url is not None:
        return lambda item, run: item[1].get("url") == url if type(item[1]) is dict else False
    parts = [_Discriminator(one.get("type", ""), one.get("path", "$this"), slice_, owner) for one in discriminators]

    def match(item: Item, run: Run) -> bool | None:
        unsure = told = False
        for part in parts:
            found = part.match(item, run)
            if found is False:
                return False
            told = told or found is True
            unsure = unsure or (found is None and not part.silent)
        return True if told and not unsure else None

    return match


def tells(node: Node, slice_: Node, run: Run) -> bool:
    """Whether the discriminators of `node` can put an item in `slice_`, as far as what it mentions is held."""
    discriminators = (node.definition.get("slicing") or {}).get("discriminator") or ()
    if not discriminators or (len(discriminators) == 1 and extension_url(slice_) is not None):
        return True  # read as the type or the url, or told by a description alone
    missed = run.missed
    built = [
        _Discriminator(one.get("type", ""), one.get("path", "$this"), slice_, "").build(run) for one in discriminators
    ]
    return run.missed > missed or any(one not in (_unknown, _silent) for one in built)


def extension_url(slice_: Node) -> str | None:
    """The url of the extensions of a slice: fixed, or that of its only profile."""
    held = slice_.child("url")
    fixed = held.value("fixed") if held is not None else None
    if isinstance(fixed, str):
        return fixed
    profiles = [url for entry in slice_.types for url in entry.get("profile", ())]
    return profiles[0].partition("|")[0] if len(profiles) == 1 else None


class _Discriminator:
    """One discriminator for one slice, compiled when the definitions that it goes through are first at hand.

    silent  the slice says nothing of what it looks at: the others tell
    """

    def __init__(self, kind: str, path: str, slice_: Node, owner: str) -> None:
        self.kind = kind
        self.path = path
        self.slice = slice_
        self.find = _finder(path, owner)
        before, resolve, _ = path.partition(_RESOLVE)
        self.refers = _finder(before.rstrip("."), owner) if resolve else None
        self.ready: Matcher | None = None
        self.silent = False

    def match(self, item: Item, run: Run) -> bool | None:
        """Whether the item has what the slice asks for."""
        if self.ready is None:
            missed = run.missed
            built = self.followed(self.build(run), run)
            if run.missed > missed:
                return built(item, run)
            self.ready = built
            self.silent = built is _silent
        return self.ready(item, run)

    def followed(self, built: Matcher, run: Run) -> Matcher:
        """The closure, where the path follows references: what is not here can only be judged by the type it is said to
        have, and is in no slice for certain.
        """
        refers = self.refers
        if refers is None:
            return built
        last = self.path.rstrip().endswith(_RESOLVE)
        nodes = list(led_to(self.slice, self.path.partition(_RESOLVE)[0] + _RESOLVE, run))
        types = frozenset(name for node in nodes for name in types_of(node))

        def match(item: Item, run: Run) -> bool | None:
            away = [one[1] for one in refers(item, run) if _leads_away(one[1], run)]
            if not away or (self.kind != "exists" and built(item, run)):
                return built(item, run)
            told = {told_type(one, run) for one in away}
            if None in told or not types:
                return None
            if not any(_is_one_of((str(name), None, None), types) for name in told):
                return False
            return True if self.kind == "type" and last else None

        return match

    def build(self, run: Run) -> Matcher:
        """The closure."""
        nodes = list(led_to(self.slice, self.path, run))
        find = self.find
        match self.kind:
            case "exists":
                needed = any(int(node.definition.get("min", 0)) > 0 for node in nodes)
                forbidden = any(node.definition.get("max") == "0" for node in nodes)
                if not (needed or forbidden):
                    return _unknown
                return lambda item, run: bool(find(item, run)) is needed
            case "type":
                types = frozenset(name for node in nodes for name in types_of(node))
                if not types:
                    return _unknown
                return lambda item, run: any(_is_one_of(found, types) for found in find(item, run))
            case "profile":
                profiles = [url for node in nodes for url in profiles_of(node, self.path)]
                return (lambda item, run: _any_conforms(find(item, run), profiles, run)) if profiles else _unknown
            case "value" | "pattern" | "position":
                if any(node.definition.get("max") == "0" for node in nodes):
                    return lambda item, run: not find(item, run)
                missed = run.missed
                wanted = [one for node in nodes if (one := _wanted(node, run, 0)) is not None]
                if wanted:
                    return lambda item, run: _some(find(item, run), wanted, run)
                if run.missed > missed:
                    return _unknown
                if any(int(node.definition.get("min") or 0) > 0 for node in nodes):
                    return lambda item, run: bool(find(item, run))  # nothing but that there is one
                return _silent
        return _unknown


def _leads_away(reference: Any, run: Run) -> bool:
    """Whether a Reference leads to a resource that is not at hand."""
    if type(reference) is not dict:
        return False
    text = reference.get("reference")
    if type(text) is str and text:
        return run.resolve(text) is None
    return "identifier" in reference or "type" in reference


def _unknown(item: Item, run: Run) -> bool | None:
    return None


def _silent(item: Item, run: Run) -> bool | None:
    return None


def _some(items: Items, wanted: list[Matcher], run: Run) -> bool | None:
    """Whether one of the items is what each of the definitions wants."""
    verdict: bool | None = False
    for item in items:
        found = [one(item, run) for one in wanted]
        if all(found):
            return True
        if False not in found:
            verdict = None
    return verdict


def _any_conforms(items: Items, profiles: list[str], run: Run) -> bool | None:
    verdict: bool | None = False
    for item in items:
        for url in profiles:
            found = run.conforms(item, url)
            if found:
                return True
            if found is None:
                verdict = None
    return verdict


def _is_one_of(item: Item, types: frozenset[str]) -> bool:
    name = item[1].get("resourceType", item[0]) if isinstance(item[1], dict) else item[0]
    return type(name) is str and (name in types or any(_derives(name, type_) for type_ in types))


def _derives(name: str, ancestor: str) -> bool:
    return r4().kind(name) is not None and r4().is_a(name, ancestor)


def _finder(path: str, owner: str) -> Callable[[Item, Run], Items]:
    """What a discriminator's path leads to, from an item."""
    expression = path.replace("[x]", "").strip()
    if expression in ("$this", ""):
        return lambda item, run: [item]
    ready: list[Any] = []

    def find(item: Item, run: Run) -> Items:
        if not ready:
            try:
                ready.append(compiled(expression, owner or None, strict=False).find)
            except Problem:
                ready.append(lambda focus, environment: [])
        try:
            found: Items = ready[0]([item], run.environment)
        except (Problem, AttributeError, TypeError):
            return []
        return found

    return find


def found_by(path: str, item: Item, run: Run) -> Items:
    """What a discriminator's path leads to, from an item of whatever type."""
    return _finder(path, "")(item, run)


def led_to(node: Node, path: str, run: Run) -> Iterator[Node]:
    """The definitions that a discriminator's path leads to, from a slice's; through the profiles of types."""
    steps: list[tuple[str, str]] = []
    for found in _STEP.finditer(path):
        url, type_, resolve, this, name = found.groups()
        if url is not None:
            steps.append(("extension", url))
        elif type_ is not None:
            steps.append(("type", type_))
        elif resolve:
            steps.append(("resolve", ""))
        elif not this:
            steps.append(("child", name))
    ahead = [node]
    for kind, name in steps[:_DEEPEST]:
        ahead = [found for one in ahead for found in _step(one, kind, name, run)]
    yield from ahead


def _step(node: Node, kind: str, name: str, run: Run) -> Iterator[Node]:
    match kind:
        case "child":
            held = node.child(name)
            if held is not None:
                yield from _with_required_slices(held)
                return
            for root in _roots(node, run):
                held = root.child(name)
                if held is not None:
                    yield from _with_required_slices(held)
        case "extension":
            yield from _extensions(node, name, run)
        case "resolve":
            for entry in node.types:
                for url in entry.get("targetProfile", ()):
                    found = run.profile(url)
                    if found is not None:
                        yield found.root
        case "type":
            yield node


def _with_required_slices(node: Node) -> Iterator[Node]:
    """An element and those of its slices that must be there: what they fix tells too."""
    yield node
    yield from (one for one in node.slices if int(one.definition.get("min") or 0) > 0)


def _extensions(node: Node, url: str, run: Run) -> Iterator[Node]:
    held = node.child("extension")
    slices = (
        held.slices
        if held is not None
        else [s for r in _roots(node, run) if (e := r.child("extension")) for s in e.slices]
    )
    for one in slices:
        if extension_url(one) == url:
            yield one
            return
    found = run.profile(url)
    if found is not None:
        yield found.root


def _roots(node: Node, run: Run) -> Iterator[Node]:
    """Where the definition of an element goes on when its snapshot does not: the profiles of its types, or the types."""
    if node.children:
        return
    for entry in node.types:
        code = entry.get("code", "")
        if code.startswith(_SYSTEM):
            continue
        for url in entry.get("profile") or (R4 + code,):
            found = run.profile(url)
            if found is not None:
                yield found.root


def types_of(node: Node) -> Iterator[str]:
    """The types that a definition accepts; the root of a profile is of its own type."""
    if not node.types and "." not in node.id:
        yield node.name
    for entry in node.types:
        code = entry.get("code", "")
        yield code if not code.startswith(_SYSTEM) else code.removeprefix(_SYSTEM).lower()


def profiles_of(node: Node, path: str) -> Iterator[str]:
    """The profiles that an item must conform to; those of the root itself after resolve()."""
    if "." not in node.id and not node.types:
        yield node.source
    for entry in node.types:
        yield from entry.get("profile", ())
        if not path.endswith("resolve()"):
            yield from entry.get("targetProfile", ()) if entry.get("code") == "Reference" else ()


def _wanted(node: Node, run: Run, depth: int) -> Matcher | None:
    """What a definition says of a value, taken together with what it says below; None when it says nothing."""
    accepted = fits(node)
    if accepted is not None:
        return lambda item, run: accepted(item[1])
    if depth < _DEEPEST:
        below = [
            (name.removesuffix("[x]"), found)
            for name, child in node.children.items()
            if (found := _wanted(child, run, depth + 1)) is not None and name not in ("id", "extension")
        ]
        if below:
            return lambda item, run: _all_below(item, below, run)
    binding = node.definition.get("binding") or {}
    if binding.get("strength") == "required" and binding.get("valueSet"):
        return _bound(binding["valueSet"])
    for root in _roots(node, run):
        if "|" in root.source or not root.source.startswith(R4):
            found = _wanted(root, run, depth + 1) if depth < _DEEPEST else None
            if found is not None:
                return found
    return None


def _all_below(item: Item, below: list[tuple[str, Matcher]], run: Run) -> bool | None:
    value = item[1]
    if type(value) is not dict:
        return False
    verdict: bool | None = True
    for name, wanted in below:
        held = value.get(name)
        if held is None:
            held = next(
                (one for member, one in value.items() if member.startswith(name) and member[len(name)].isupper()), None
            )
        if held is None:
            return False
        found = _some([("", one, None) for one in (held if type(held) is list else [held])], [wanted], run)
        if found is False:
            return False
        if found is None:
            verdict = None
    return verdict


def _bound(value_set: str) -> Matcher:
    """Whether a code is in the value set that tells the slice."""

    def match(item: Item, run: Run) -> bool | None:
        value = item[1]
        if isinstance(value, str):
            return judged(run.judge(CodeQuestion("", value, value_set=value_set)))
        if not isinstance(value, dict):
            return False
        codings = value.get("coding") if "coding" in value else [value]
        verdict: bool | None = False
        for coding in codings if isinstance(codings, list) else ():
            if isinstance(coding, dict) and isinstance(coding.get("code"), str):
                question = CodeQuestion(str(coding.get("system", "")), coding["code"], value_set=value_set)
                found = judged(run.judge(question))
                if found:
                    return True
                if found is None:
                    verdict = None
        return verdict

    return match
