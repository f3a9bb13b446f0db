"""Profiles compiled to closures: elements, what they may hold, how often, in which slices.

A closure answers None when all is well. It takes for granted what the structural check tells (`kernel.fhir.check`): shapes,
formats of primitives, what the base type requires. Where the structure is wrong it looks away.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from socle.kernel.fhir.check import check as judge_shape
from socle.kernel.fhir.definitions import Element, r4
from socle.kernel.fhir.fhirpath import Item
from socle.kernel.fhir.validation.asking import SYSTEM, dull, own_constraints
from socle.kernel.fhir.validation.bindings import binding_checks
from socle.kernel.fhir.validation.constraints import constraints
from socle.kernel.fhir.validation.findings import R4, Finding, Findings, add, are, climb, error, quoted, times
from socle.kernel.fhir.validation.holding import ObjectCheck, of_profiles, primitive_item, resource_item
from socle.kernel.fhir.validation.run import DEEPEST, ItemCheck, Profile, Run
from socle.kernel.fhir.validation.slices import Slices, least, most
from socle.kernel.fhir.validation.slicing import matcher
from socle.kernel.fhir.validation.targets import target_check
from socle.kernel.fhir.validation.tighter import together
from socle.kernel.fhir.validation.tree import Node, tree
from socle.kernel.fhir.validation.values import value_checks
from socle.kernel.outcome import Problem

Json = dict[str, Any]
GroupCheck = Callable[[Json, Run], Findings]


# What is raised on the way through members of another shape than FHIR's.
SHAPES: Final = (AttributeError, TypeError, KeyError, ValueError, IndexError, ArithmeticError)


def compile_profile(structure: Json) -> Profile | None:
    """The profile of a StructureDefinition; None when it has no snapshot or defines no type of R4 (a logical model). Nothing
    conforms to one of a wrong shape, and this is said.
    """
    url, type_ = str(structure.get("url", "")), str(structure.get("type", "")).removeprefix(R4)
    if r4().kind(type_) is None:
        return None
    inner: ItemCheck | None
    try:
        root = tree(structure)
        inner = _item_check(root, type_, base=None, element=None) if root is not None else None
    except SHAPES:
        if not _misshapen(structure):
            raise
        root, inner = Node(type_, type_, "", url, {}), lambda value, companion, run: [_unusable(url)]
    if root is None:
        return None

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        try:
            return inner(value, companion, run) if inner is not None else None
        except SHAPES:
            if not _misshapen(structure):
                raise
            return [_unusable(url)]

    abstract = bool(structure.get("abstract")) or r4().kind(type_) == "abstract"
    return Profile(url, type_, structure.get("kind", ""), abstract, structure, root, check)


def _misshapen(structure: Json) -> bool:
    """Whether a definition itself is not of the shape of FHIR, whatever a library leaves out of it."""
    try:
        judge_shape(structure)
    except Problem as problem:
        return any(one.code != "required" for one in problem.issues)
    return False


def _unusable(url: str) -> Finding:
    shown = quoted(url, 200)
    fr = f"la définition {shown} est mal formée, et rien ne peut être jugé d'après elle ; vérifiez-la (socle validate)"
    en = f"the definition {shown} is malformed, and nothing can be judged by it; check it (socle validate)"
    return error("processing", "FHIR R4 profiling.html", fr, en)


def in_slice(item: Item, structure: str, name: str, run: Run) -> bool | None:
    """Whether an item is in a slice of a profile, for slice() of FHIRPath; None when it cannot be told."""
    found = run.profile(structure)
    if found is None:
        return None
    for node in found.root.walk():
        for one in node.slices:
            if one.slice_name == name:
                return matcher(node, one, "")(item, run)
    return None


def _object(children: Mapping[str, Node], owner: str, source: Node) -> ObjectCheck | None:
    """The check of an object of type `owner` by the elements that a definition gives it."""
    try:
        known = r4().elements(owner if r4().kind(owner) != "primitive" else "Element")
    except KeyError:
        return None
    members: dict[str, Callable[[], GroupCheck | None]] = {}
    absent: list[tuple[tuple[str, ...], Callable[[Json, Run], Findings]]] = []
    for name, node in children.items():
        bare = name.removesuffix("[x]")
        element = known.get(bare)
        forms: tuple[tuple[str, str], ...]
        if element is None:  # valueQuantity, for value[x] of that type
            form = next(
                ((e, code) for e in known.values() for n, code in e.json_names() if n == bare and e.choice), None
            )
            if form is None:
                continue
            element, forms = form[0], ((bare, form[1]),)
        else:
            forms = element.json_names()
        group = _Group(node, element, owner)
        if group.dull:
            continue
        for member, code in forms:
            members[member] = members["_" + member] = _later(group, member, code)
        if group.needed:
            names = tuple(one for member, _ in forms for one in (member, "_" + member))
            absent.append((names, group.missing))
    if not members:
        return None
    ready: dict[str, GroupCheck | None] = {}

    def check(value: Json, run: Run) -> Findings:
        found: Findings = None
        for name in value:
            try:
                group = ready[name]
            except KeyError:
                build = members.get(name)
                if build is None:
                    continue
                group = ready[name] = build()
            if group is None or (name[:1] == "_" and name[1:] in value):
                continue
            below = group(value, run)
            if below is not None:
                found = below if found is None else found + below
        for names, missing in absent:
            for name in names:
                if name in value:
                    break
            else:
                below = missing(value, run)
                if below is not None:
                    found = below if found is None else found + below
        return found

    return check


def _later(group: "_Group", member: str, code: str) -> Callable[[], GroupCheck | None]:
    return lambda: group.check(member, code)


class _Group:
    """One element of an object: all its items together."""

    def __init__(self, node: Node, element: Element, owner: str) -> None:
        self.node = node
        self.element = element
        self.step = "." + element.name
        self.many = element.max != 1
        self.min = least(node)
        self.max = most(node)
        if self.max is not None and element.max is not None and self.max >= element.max:
            self.max = None  # the structural check tells
        base_min = element.min
        if self.min <= base_min:
            self.min = 0
        self.types = self._types()
        self.slices = Slices(node, "" if element.choice else element.types[0]) if node.slices else None
        self.needed = self.min > 0 or (self.slices is not None and self.slices.needed)
        self.items: dict[tuple[int, str], ItemCheck | None] = {}

    def _types(self) -> frozenset[str] | None:
        """The types that the profile keeps; None when it keeps all those of the element."""
        kept = frozenset(entry.get("code", "") for entry in self.node.types)
        element = self.element
        if not kept or any(code.startswith(SYSTEM) for code in kept) or any("." in code for code in element.types):
            return None
        return kept if kept < frozenset(element.types) else None

    @property
    def dull(self) -> bool:
        """Whether there is nothing to check, whatever the data."""
        if self.min or self.max is not None or self.slices or self.types is not None:
            return False
        return all(self.item(self.node, code) is None for code in self.element.types)

    def item(self, node: Node, code: str) -> ItemCheck | None:
        """The check of one item of a type, by the element's definition or a slice's."""
        key = (id(node), code)
        if key not in self.items:
            base = self.slices.holders.get(id(node)) if self.slices is not None else None
            self.items[key] = _item_check(node, code, base=base, element=self.element)
        return self.items[key]

    def missing(self, value: Json, run: Run) -> Findings:
        """What is said when the element is not there."""
        found: Findings = None
        if self.min:
            found = [self._too_few(0)]
        return found if self.slices is None else add(found, self.slices.place((), self.step, run, []))

    def check(self, member: str, code: str) -> GroupCheck | None:
        """The check of the element written as `member`, of type `code`."""
        step, many, under = self.step, self.many, "_" + member
        narrow = self.types is not None and code not in self.types
        primitive = r4().kind(code) == "primitive"
        if narrow and code == "Resource":
            narrow = False
        item = self.item(self.node, code)
        if not many and not self.slices and not narrow and self.max is None and item is not None:

            def check_one(value: Json, run: Run) -> Findings:
                held = value.get(member)
                if type(held) is list:
                    return None
                found = item(held, value.get(under), run)
                return None if found is None else climb(None, step, found)

            return check_one
        if item is None and not self.slices and not narrow and self.max is None and self.min < 2:
            return None

        def check_all(value: Json, run: Run) -> Findings:
            items = _items(value.get(member), value.get(under) if primitive else None, many)
            if narrow:
                return [self._wrong_type(code)]
            found: Findings = None
            if self.max is not None and len(items) > self.max:
                found = [self._too_many(len(items))]
            elif len(items) < self.min:
                found = [self._too_few(len(items))]
            if self.slices is not None:
                return add(found, self._sliced(self.slices, items, code, run))
            if item is not None:
                for rank, one, companion in items:
                    below = item(one, companion, run)
                    if below is not None:
                        found = climb(found, step if rank is None else f"{step}[{rank}]", below)
            return found

        return check_all

    def _sliced(
        self, slices: Slices, items: list[tuple[int | None, Any, Json | None]], code: str, run: Run
    ) -> Findings:
        """Each item in its slice, then by what its slice says."""
        nodes = [self.node] * len(items)
        ranks = ["" if rank is None else f"[{rank}]" for rank, _, _ in items]
        placed = [(rank, (code, value, companion)) for rank, (_, value, companion) in zip(ranks, items, strict=True)]
        misplaced = slices.place(placed, self.step, run, nodes)
        found: Findings = None
        for rank, (_, value, companion), node in zip(ranks, items, nodes, strict=True):
            check = self.item(node, code)
            if check is not None:
                found = climb(found, self.step + rank, check(value, companion, run))
        return add(found, misplaced)

    def _too_few(self, number: int) -> Any:
        name = self.element.name
        if number == 0 and self.min == 1:
            fr, en = (
                f"{name} est obligatoire dans ce profil ; ajoutez-le",
                f"{name} is required in this profile; add it",
            )
        else:
            fr = f"{name} est attendu au moins {self.min} fois dans ce profil, il y en a {number} ; ajoutez ce qui manque"
            en = f"{name} is expected at least {times(self.min)} in this profile, there {are(number)}; add what is missing"
        return error("required", self.node.rule, fr, en, path=self.step)

    def _too_many(self, number: int) -> Any:
        name = self.element.name
        if self.max == 0:
            fr = f"{name} n'est pas permis dans ce profil ; retirez-le"
            en = f"{name} is not allowed in this profile; leave it out"
        else:
            fr = f"{name} est permis {self.max} fois au plus dans ce profil, il y en a {number} ; retirez-en"
            en = f"{name} is allowed {times(self.max)} at most in this profile, there {are(number)}; leave some out"
        return error("structure", self.node.rule, fr, en, path=self.step)

    def _wrong_type(self, code: str) -> Any:
        kept = ", ".join(sorted(self.types or ()))
        return error(
            "structure",
            self.node.rule,
            f"le type {code} n'est pas permis ici ; types possibles : {kept}",
            f"the type {code} is not allowed here; possible types: {kept}",
            path=self.step,
        )


def _items(held: Any, companions: Any, many: bool) -> list[tuple[int | None, Any, Json | None]]:
    """(rank, value, companion) of the items of an element, whatever their shape."""
    if not many:
        if type(held) is list:
            return []
        return [(None, held, companions if type(companions) is dict else None)]
    values = held if type(held) is list else [] if held is None else [held]
    beside = companions if type(companions) is list else []
    out: list[tuple[int | None, Any, Json | None]] = []
    for rank in range(max(len(values), len(beside))):
        value = values[rank] if rank < len(values) else None
        companion = beside[rank] if rank < len(beside) else None
        out.append((rank, value, companion if type(companion) is dict else None))
    return out


def _item_check(node: Node, code: str, *, base: Node | None, element: Element | None) -> ItemCheck | None:
    """The check of one item of type `code` by a definition; None when there is nothing to check.

    base     the element, or the slice, that a slice is a slice of: it says what the slice leaves unsaid
    element  of R4, None for the root of a profile
    """
    if code == "Resource":
        return resource_item(
            node,
            contained=element is not None and element.name == "contained",
            invariants=constraints(node.definition.get("constraint", ()), node.source, ""),
            inside=_of_resources(node, node.children if base is None else together(base.children, node.children)),
        )
    if node.reference is not None and not node.children:
        return _referred(node.reference, code, element)
    complex_ = r4().kind(code) != "primitive" and code != "xhtml"
    entry = _entry(node, code)
    values = value_checks(node, code)
    stated = [
        *node.definition.get("constraint", ()),
        *(own_constraints(code) if node.children or element is None else ()),
    ]
    invariants = constraints(stated, node.source, code)
    told = element.value_set if element is not None and code in ("code", "CodeableConcept") else ""
    coded = binding_checks(node, code, told)
    children = node.children if base is None else together(base.children, node.children)
    inside = _object(children, code, node) if children else None
    profiles: list[str] = [url for url in entry.get("profile", ()) if url.partition("|")[0] != R4 + code]
    plain = complex_ and not children and not profiles and element is not None and not dull(code)
    targets = None
    if code == "Reference" and element is not None:
        targets = target_check(node, entry, frozenset(element.targets.get("Reference", ())))
    if code == "Extension":
        profiles = []  # each extension is checked once, by its url, wherever it is
    if not (values or invariants or coded or inside or profiles or plain or targets):
        return None
    if not complex_:
        return primitive_item(values, invariants, coded, inside, code)

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        if type(value) is not dict:
            return None
        found: Findings = None
        for one in values:
            if (finding := one(value)) is not None:
                found = add(found, finding)
        if invariants is not None:
            found = add(found, invariants(code, value, companion, run))
        for bound in coded:
            found = add(found, bound(value, run))
        if inside is not None:
            found = add(found, inside(value, run))
        if targets is not None:
            found = add(found, targets(value, run))
        if profiles:
            found = add(found, of_profiles(value, companion, profiles, code, node, run))
        if plain and run.depth < DEEPEST:
            type_ = run.type(code)
            if type_ is not None:
                found = add(found, type_.check(value, companion, run))
        return found

    return check


def _of_resources(node: Node, children: Mapping[str, Node]) -> Callable[[str], ObjectCheck | None] | None:
    """The check of a resource of a type by what a definition says below the element that holds it; None when it says nothing."""
    if not children:
        return None
    checks: dict[str, ObjectCheck | None] = {}

    def of_type(name: str) -> ObjectCheck | None:
        if name not in checks:
            checks[name] = _object(children, name, node)
        return checks[name]

    return of_type


def _referred(node: Node, code: str, element: Element | None) -> ItemCheck:
    """The check of an element defined as another one is, perhaps the one that holds it: built when first needed."""

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        if code not in node.checks:
            node.checks[code] = _item_check(node, code, base=None, element=element)
        one = node.checks[code]
        return one(value, companion, run) if one is not None else None

    return check


def _entry(node: Node, code: str) -> Json:
    """ElementDefinition.type of a type; of several for one type (eld-13 forbids them, some are published) all that they allow."""
    entries = [entry for entry in node.types if entry.get("code") == code]
    if len(entries) < 2:
        return entries[0] if entries else {}
    made = dict(entries[0])
    for name in ("profile", "targetProfile"):
        held = [entry.get(name) or () for entry in entries]
        made[name] = [url for some in held for url in some] if all(held) else []
    return made
