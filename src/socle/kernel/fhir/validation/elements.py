"""Profiles compiled to closures: elements, what they may hold, how often, in which slices.

A closure answers None when all is well. It takes for granted what the structural check tells (`kernel.fhir.check`): shapes,
formats of primitives, what the base type requires. Where the structure is wrong it looks away.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.definitions import Element, r4
from socle.kernel.fhir.fhirpath import Item
from socle.kernel.fhir.validation.bindings import binding_checks
from socle.kernel.fhir.validation.constraints import ELSEWHERE, constraints
from socle.kernel.fhir.validation.findings import R4, Findings, add, climb, error, warning
from socle.kernel.fhir.validation.run import DEEPEST, ItemCheck, Profile, Run
from socle.kernel.fhir.validation.slicing import Matcher, matcher
from socle.kernel.fhir.validation.targets import target_check
from socle.kernel.fhir.validation.tree import Node, tree
from socle.kernel.fhir.validation.values import value_checks

Json = dict[str, Any]
ObjectCheck = Callable[[Json, Run], Findings]
GroupCheck = Callable[[Json, Run], Findings]

_SYSTEM: Final = "http://hl7.org/fhirpath/System."
_NESTED: Final = frozenset({"BackboneElement", "Element"})


def compile_profile(structure: Json) -> Profile | None:
    """The profile of a StructureDefinition; None when it has no snapshot or defines no type of R4 (a logical model)."""
    type_ = structure.get("type", "").removeprefix(R4)
    root = tree(structure)
    if root is None or r4().kind(type_) is None:
        return None
    check = _item_check(root, type_, base=None, element=None)
    return Profile(
        structure.get("url", ""),
        type_,
        structure.get("kind", ""),
        bool(structure.get("abstract")) or r4().kind(type_) == "abstract",
        structure,
        root,
        check or (lambda value, companion, run: None),
    )


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


class _Slice(NamedTuple):
    node: Node
    match: Matcher
    min: int
    max: int | None
    inner: tuple["_Slice", ...]


class _Group:
    """One element of an object: all its items together."""

    def __init__(self, node: Node, element: Element, owner: str) -> None:
        self.node = node
        self.element = element
        self.step = "." + element.name
        self.many = element.max != 1
        self.min = _least(node)
        self.max = _most(node)
        if self.max is not None and element.max is not None and self.max >= element.max:
            self.max = None  # the structural check tells
        base_min = element.min
        if self.min <= base_min:
            self.min = 0
        self.types = self._types()
        slicing = node.definition.get("slicing") or {}
        self.rules: str = slicing.get("rules", "open")
        self.ordered = bool(slicing.get("ordered"))
        self.slices = _slices(node, "" if element.choice else element.types[0]) if node.slices else ()
        self.needed = self.min > 0 or any(one.min > 0 for one in self.slices)
        self.items: dict[tuple[int, str], ItemCheck | None] = {}

    def _types(self) -> frozenset[str] | None:
        """The types that the profile keeps; None when it keeps all those of the element."""
        kept = frozenset(entry.get("code", "") for entry in self.node.types)
        element = self.element
        if not kept or any(code.startswith(_SYSTEM) for code in kept) or any("." in code for code in element.types):
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
            base = self.node if node is not self.node else None
            self.items[key] = _item_check(node, code, base=base, element=self.element)
        return self.items[key]

    def missing(self, value: Json, run: Run) -> Findings:
        """What is said when the element is not there."""
        found: Findings = None
        if self.min:
            found = [self._too_few(0)]
        return add(found, self._counted({}))

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
            if self.slices:
                return add(found, self._sliced(items, code, run))
            if item is not None:
                for rank, one, companion in items:
                    below = item(one, companion, run)
                    if below is not None:
                        found = climb(found, step if rank is None else f"{step}[{rank}]", below)
            return found

        return check_all

    def _sliced(self, items: list[tuple[int | None, Any, Json | None]], code: str, run: Run) -> Findings:
        """Each item in its slice, then how many each slice has."""
        found: Findings = None
        count: dict[str, int] = {}
        last, strangers, unknown = -1, 0, False
        for rank, value, companion in items:
            place = self.step if rank is None else f"{self.step}[{rank}]"
            chosen, number, unsure = _choose(self.slices, (code, value, companion), run)
            if chosen is None:
                node = self.node
                strangers += 1
                if unsure:
                    unknown = True
                    found = climb(found, place, [_unsure(self.node)])
                elif self.rules == "closed" and self.slices:
                    found = climb(found, place, [self._outside()])
            else:
                node = chosen[-1].node
                for one in chosen:
                    count[one.node.id] = count.get(one.node.id, 0) + 1
                if (self.ordered and number < last) or (self.rules == "openAtEnd" and strangers):
                    found = climb(found, place, [self._out_of_order(node)])
                last = max(last, number)
            check = self.item(node, code)
            if check is not None:
                below = check(value, companion, run)
                if below is not None:
                    found = climb(found, place, below)
        return add(found, self._counted(count, unknown=unknown))

    def _counted(self, count: dict[str, int], *, unknown: bool = False) -> Findings:
        """Slices with too few items (unless some item could not be told) or too many."""
        found: Findings = None
        ahead = list(self.slices)
        while ahead:
            one = ahead.pop(0)
            number = count.get(one.node.id, 0)
            if number < one.min and not unknown:
                found = add(found, _few_in_slice(one, number, self.step))
            elif one.max is not None and number > one.max:
                found = add(found, _many_in_slice(one, number, self.step))
            if number:
                ahead = [*one.inner, *ahead]
        return found

    def _too_few(self, number: int) -> Any:
        name = self.element.name
        if number == 0 and self.min == 1:
            fr, en = (
                f"{name} est obligatoire dans ce profil ; ajoutez-le",
                f"{name} is required in this profile; add it",
            )
        else:
            fr = f"{name} est attendu au moins {self.min} fois dans ce profil, il y en a {number} ; ajoutez ce qui manque"
            en = (
                f"{name} is expected at least {self.min} times in this profile, there are {number}; add what is missing"
            )
        return error("required", self.node.rule, fr, en, path=self.step)

    def _too_many(self, number: int) -> Any:
        name = self.element.name
        if self.max == 0:
            fr = f"{name} n'est pas permis dans ce profil ; retirez-le"
            en = f"{name} is not allowed in this profile; leave it out"
        else:
            fr = f"{name} est permis {self.max} fois au plus dans ce profil, il y en a {number} ; retirez-en"
            en = f"{name} is allowed {self.max} times at most in this profile, there are {number}; leave some out"
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


def _choose(slices: tuple[_Slice, ...], item: Item, run: Run) -> tuple[tuple[_Slice, ...] | None, int, bool]:
    """(the slice of an item and those within it, its number; whether some slice could not be told)."""
    unsure = False
    for number, one in enumerate(slices):
        found = one.match(item, run)
        if found:
            inner, _, _ = _choose(one.inner, item, run) if one.inner else (None, 0, False)
            return (one, *(inner or ())), number, False
        if found is None:
            unsure = True
    return None, -1, unsure


def _slices(node: Node, owner: str) -> tuple[_Slice, ...]:
    return tuple(
        _Slice(one, matcher(node, one, owner), _least(one), _most(one), _slices(one, owner) if one.slices else ())
        for one in node.slices
    )


def _least(node: Node) -> int:
    return int(node.definition.get("min") or 0)


def _most(node: Node) -> int | None:
    most = node.definition.get("max", "*")
    return None if most == "*" else int(most)


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

    base     the element that a slice is a slice of: it goes on below where the slice does not
    element  of R4, None for the root of a profile
    """
    if code == "Resource":
        return _resource_item(node, contained=element is not None and element.name == "contained")
    if node.reference is not None and not node.children:
        return _referred(node.reference, code, element)
    complex_ = r4().kind(code) != "primitive" and code != "xhtml"
    entry = _entry(node, code)
    values = value_checks(node, code)
    stated = [
        *node.definition.get("constraint", ()),
        *(_own_constraints(code) if node.children or element is None else ()),
    ]
    invariants = constraints(stated, node.source, code)
    told = element.value_set if element is not None and code in ("code", "CodeableConcept") else ""
    coded = binding_checks(node, code, told)
    children = node.children or (base.children if base is not None else {})
    inside = _object(children, code, node) if children else None
    profiles: list[str] = [url for url in entry.get("profile", ()) if url.partition("|")[0] != R4 + code]
    plain = complex_ and not children and not profiles and element is not None and not _dull(code)
    targets = None
    if code == "Reference" and element is not None:
        targets = target_check(node, entry, frozenset(element.targets.get("Reference", ())))
    if code == "Extension":
        profiles = []  # each extension is checked once, by its url, wherever it is
    if not (values or invariants or coded or inside or profiles or plain or targets):
        return None
    if not complex_:
        return _primitive_item(values, invariants, coded, inside, code)

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
            found = add(found, _of_profiles(value, companion, profiles, code, node, run))
        if plain and run.depth < DEEPEST:
            type_ = run.type(code)
            if type_ is not None:
                found = add(found, type_.check(value, companion, run))
        return found

    return check


def _referred(node: Node, code: str, element: Element | None) -> ItemCheck:
    """The check of an element defined as another one is, perhaps the one that holds it: built when first needed."""

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        if code not in node.checks:
            node.checks[code] = _item_check(node, code, base=None, element=element)
        one = node.checks[code]
        return one(value, companion, run) if one is not None else None

    return check


def _primitive_item(
    values: list[Any], invariants: Any, coded: list[Any], inside: ObjectCheck | None, code: str
) -> ItemCheck:
    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        found: Findings = None
        if value is not None:
            for one in values:
                if (finding := one(value)) is not None:
                    found = add(found, finding)
            for bound in coded:
                found = add(found, bound(value, run))
        if invariants is not None:
            found = add(found, invariants(code, value, companion, run))
        if inside is not None:
            found = add(found, inside(companion or {}, run))
        return found

    return check


def _of_profiles(value: Any, companion: Json | None, profiles: list[str], code: str, node: Node, run: Run) -> Findings:
    """A value of a type that must conform to one of some profiles."""
    if run.depth >= DEEPEST:
        return None
    if len(profiles) == 1:
        found = run.profile(profiles[0])
        if found is None:
            return None  # told by `unknown`
        with run.deeper():
            return found.check(value, companion, run)
    verdicts = [run.conforms((code, value, companion), url) for url in profiles]
    if True in verdicts or None in verdicts:
        return None
    listed = ", ".join(profiles)
    return [
        error(
            "structure",
            node.rule,
            f"cet élément n'est conforme à aucun des profils attendus : {listed}",
            f"this element conforms to none of the expected profiles: {listed}",
        )
    ]


def _resource_item(node: Node, *, contained: bool) -> ItemCheck:
    """A resource in another: what it is on its own, then what this definition wants of it."""
    names = frozenset(entry.get("code", "") for entry in node.types) - {"Resource"}
    entries = {entry.get("code", ""): list(entry.get("profile", ())) for entry in node.types}
    rule = node.rule

    def check(value: Any, companion: Json | None, run: Run) -> Findings:
        if type(value) is not dict or type(value.get("resourceType")) is not str:
            return None
        found = run.enter(value, run, contained)
        name = value["resourceType"]
        if names and not any(
            r4().kind(one) is not None and r4().is_a(name, one) for one in names if r4().is_resource(name)
        ):
            listed = ", ".join(sorted(names))
            return add(
                found,
                error(
                    "structure",
                    rule,
                    f"une ressource {name} n'est pas permise ici ; types possibles : {listed}",
                    f"a resource {name} is not allowed here; possible types: {listed}",
                ),
            )
        profiles = entries.get(name) or entries.get("Resource") or []
        if profiles:
            with run.within(value, run.root if contained else value):
                found = add(found, _of_profiles(value, None, profiles, name, node, run))
        return found

    return check


def _entry(node: Node, code: str) -> Json:
    """ElementDefinition.type of a type."""
    return next((entry for entry in node.types if entry.get("code") == code), {})


@cache
def _own_constraints(code: str) -> tuple[Json, ...]:
    """What a type asks of itself, which the snapshots of profiles do not repeat."""
    structure = core_structure(code)
    return tuple(structure["snapshot"]["element"][0].get("constraint", ())) if structure is not None else ()


@cache
def _dull(code: str) -> bool:
    """Whether a type asks for nothing that the structural check does not tell, all the way down."""
    return not _asks(code, ())


def _asks(code: str, seen: tuple[str, ...]) -> bool:
    if code in ("Extension", "xhtml") or code in seen or code.startswith(_SYSTEM):
        return False
    if code == "Resource":
        return True
    if "." in code:  # a nested element is gone into by the snapshot itself
        return True
    structure = core_structure(code)
    if structure is None:
        return False
    known = r4().elements(code) if r4().kind(code) != "primitive" else {}
    for element in structure["snapshot"]["element"]:
        if any(one["key"] not in ELSEWHERE for one in element.get("constraint", ())):
            return True
        binding = element.get("binding", {})
        if binding and binding["strength"] != "example":
            held = known.get(element["path"].removeprefix(code + ".").removesuffix("[x]"))
            if held is None or held.value_set != binding["valueSet"].partition("|")[0]:
                return True
        if any(
            _asks(entry["code"], (*seen, code)) for entry in element.get("type", ()) if entry["code"] not in _NESTED
        ):
            return True
    return False


def _unsure(node: Node) -> Any:
    return warning(
        "processing",
        node.rule,
        f"la tranche de cet élément n'a pu être reconnue (découpage de {node.id}) : le discriminant ne se lit pas ici",
        f"the slice of this element could not be told (slicing of {node.id}): the discriminator cannot be read here",
    )


def _few_in_slice(one: _Slice, number: int, step: str) -> Any:
    name = one.node.slice_name
    return error(
        "required",
        one.node.rule,
        f"la tranche « {name} » est attendue au moins {one.min} fois, il y en a {number} ; ajoutez-la",
        f'the slice "{name}" is expected at least {one.min} times, there are {number}; add it',
        path=step,
    )


def _many_in_slice(one: _Slice, number: int, step: str) -> Any:
    name = one.node.slice_name
    if one.max == 0:
        fr, en = (
            f"la tranche « {name} » n'est pas permise ; retirez-la",
            f'the slice "{name}" is not allowed; leave it out',
        )
    else:
        fr = f"la tranche « {name} » est permise {one.max} fois au plus, il y en a {number} ; retirez-en"
        en = f'the slice "{name}" is allowed {one.max} times at most, there are {number}; leave some out'
    return error("structure", one.node.rule, fr, en, path=step)
