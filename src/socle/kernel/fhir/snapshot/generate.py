"""The walk that makes a snapshot from a differential. Source: FHIR R4 profiling.html."""

from collections.abc import Callable, Hashable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.snapshot.merge import CARDINALITY, LOOSE, fill, lay, single_profile
from socle.kernel.fhir.snapshot.tree import Node, segments_of, to_elements, to_tree
from socle.kernel.outcome import Issue, Kind, Problem, Text

Json = dict[str, Any]
BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
LARGEST: Final = 20_000  # elements of a snapshot
DEEPEST: Final = 50  # profiles on profiles
_RULE: Final = "SOCLE-SNAPSHOT"
_EXTENSIONS: Final = frozenset({"extension", "modifierExtension"})


@dataclass(frozen=True, slots=True)
class Found:
    """A StructureDefinition, and the scope in which what it mentions is looked for (its package)."""

    definition: Json
    scope: Hashable = None

    @property
    def canonical(self) -> str:
        """`url|version`."""
        version = self.definition.get("version")
        url = str(self.definition.get("url", ""))
        return f"{url}|{version}" if version else url


# The StructureDefinition of a canonical URL, seen from a scope; None when there is none. It may raise anything of its own
# ("not at hand yet"): the walk ends, nothing is kept.
Find = Callable[[str, Hashable], Found | None]


class Generator:
    """Makes snapshots, and remembers in `kept` those that it made: (canonical, scope) → elements.

    tolerant  a differential that widens what may be applied all the same is no fault (how often an element may be there: what
              it constrains counts)
    """

    def __init__(
        self,
        find: Find,
        kept: MutableMapping[tuple[str, Hashable], tuple[Json, ...]] | None = None,
        *,
        tolerant: bool = False,
    ) -> None:
        self._find = find
        self.tolerant = tolerant
        self._tolerated = LOOSE if tolerant else frozenset[str]()
        self._kept: MutableMapping[tuple[str, Hashable], tuple[Json, ...]] = {} if kept is None else kept
        self._making: list[str] = []

    def snapshot(self, found: Found) -> tuple[Json, ...]:
        """The elements of its snapshot: those that it carries, else made from its differential. Shared: never change them.

        Raises: Problem(RULE_VIOLATED) naming the elements and the rules that its differential breaks, the chain of a
        circular profile, or the base that no package holds; Problem(INVALID) when it is no StructureDefinition that can be
        read.
        """
        carried = found.definition.get("snapshot")
        if isinstance(carried, dict) and carried.get("element"):
            return tuple(carried["element"])
        return self.generate(found)

    def generate(self, found: Found) -> tuple[Json, ...]:
        """As `snapshot`, made from the differential even when one is carried."""
        key = (found.canonical, found.scope)
        if key in self._kept:
            return self._kept[key]
        if found.canonical in self._making:
            raise _circular([*self._making[self._making.index(found.canonical) :], found.canonical])
        if len(self._making) > DEEPEST:
            raise _circular([*self._making[:3], "…"])
        self._making.append(found.canonical)
        try:
            made = self._made(found)
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # members of another shape than FHIR's
            raise _unreadable(found, str(error)) from error
        finally:
            self._making.pop()
        self._kept[key] = made
        return made

    def _made(self, found: Found) -> tuple[Json, ...]:
        definition = found.definition
        stated = definition.get("differential", {}).get("element", [])
        try:
            differential = to_tree(stated)
        except ValueError as error:
            raise _broken(found, [_issue(str(error), "sdf-8", _astray())]) from None
        base_url = str(definition.get("baseDefinition", ""))
        if not base_url:
            return tuple(_with_bases(to_elements(differential)))
        base = self._find(base_url, found.scope)
        if base is None:
            raise _no_base(found, base_url)
        root = to_tree(_sourced(self.snapshot(base), base)).copy()  # elements are shared: only copies change
        specialises = definition.get("derivation") == "specialization"
        if differential.name and specialises:
            root.name = differential.name
        if differential.name and root.name != differential.name:
            raise _broken(found, [_issue(differential.name, "sdf-8", _astray())])
        walk = _Walk(self, found, root.copy(), specialises)
        if stated:
            walk.lay(root, differential, root.name)
        issues = [issue for issue in walk.issues if issue.rule not in self._tolerated]
        if issues:
            raise _broken(found, issues)
        elements = to_elements(root)
        if len(elements) > LARGEST:
            raise _broken(found, [_issue(root.name, _RULE, Text("trop d'éléments", "too many elements"))])
        return tuple(_with_bases(elements))

    def structure(self, canonical: str, scope: Hashable) -> Found | None:
        """A definition that a profile mentions."""
        return self._find(canonical, scope)

    def root(self, found: Found, depth: int = 0) -> Json:
        """The first element of its snapshot, without making the rest: a profile may name itself further down."""
        carried = found.definition.get("snapshot")
        if isinstance(carried, dict) and carried.get("element"):
            return dict(_sourced(carried["element"][:1], found)[0])
        base_url = str(found.definition.get("baseDefinition", ""))
        base = self._find(base_url, found.scope) if base_url else None
        stated = [
            element
            for element, place in segments_of(found.definition.get("differential", {}).get("element", [])[:1])
            if len(place) == 1
        ]
        if base is None or depth > 50:
            return dict(stated[0]) if stated else {}
        element = self.root(base, depth + 1)
        if stated:
            lay(element, stated[0], source=found.definition.get("url", ""), complain=lambda rule, text: None, is_a=is_a)
        return element


class _Walk:
    """One snapshot in the making. `pristine` is the base as it was: what content references and new slices copy."""

    def __init__(self, generator: Generator, found: Found, pristine: Node, specialises: bool) -> None:
        self._generator = generator
        self._found = found
        self._pristine = pristine
        self._specialises = specialises
        self._size = 0
        self.issues: list[Issue] = []

    def lay(self, node: Node, stated: Node, path: str, *, fresh: bool = False) -> None:
        """Constrain `node`, and all below it, by `stated`. `fresh`: `node` is a slice that this profile makes."""
        before = node.copy() if stated.slices else node
        element = node.element if node.element is not None else {}
        if stated.element is not None:
            self._element(node, stated.element, path, fresh)
            element = node.element or {}
        if stated.children:
            if not node.children:
                self._expand(node, element, path)
            for child in stated.children.values():
                self._child(node, child, path, stated)
        if stated.slices:
            self._slices(node, before, stated, path)

    # -- one element ---------------------------------------------------------------------------------------------------

    def _element(self, node: Node, stated: Json, path: str, fresh: bool) -> None:
        element = node.element if node.element is not None else {}
        profile = single_profile(stated) if "type" in stated else ""
        known = profile and self._generator.structure(profile, self._found.scope) is not None
        if known and profile != single_profile(element):
            if _codes(stated) == ["Extension"]:
                most = element.get("max", "*")
                element = self._as_profiled(element, profile)
                if "max" in stated:
                    element["max"] = most  # the place says how many, not the definition of the extension
            node.children = {}
        if fresh:
            element["sliceName"] = node.slice
            if "min" not in stated:
                element["min"] = 0
        issues = self.issues

        def complain(rule: str, text: Text) -> None:
            issues.append(_issue(path, rule, text))

        if "type" in stated and node.children and _codes(stated) != _codes(element) and node is not self._pristine:
            node.children = {}
        source = str(self._found.definition.get("url", ""))
        targets = None if self._generator.tolerant else self._target
        lay(element, stated, source=source, complain=complain, is_a=is_a, targets=targets, fresh=fresh)
        node.element = element

    def _target(self, profile: str) -> str:
        """The type of resource of a profile; "" when nobody here knows it."""
        found = self._generator.structure(profile, self._found.scope)
        return str(found.definition.get("type", "")) if found is not None else ""

    def _as_profiled(self, element: Json, profile: str) -> Json:
        """The extension as its definition describes it, where it is used."""
        found = self._generator.structure(profile, self._found.scope)
        if found is None:
            return element
        root = self._generator.root(found)
        return fill(root, element) if root else element

    # -- below it ------------------------------------------------------------------------------------------------------

    def _expand(self, node: Node, element: Json, path: str) -> None:
        """Give the node the children of its type, of the profile of its type, or of what it refers to."""
        reference = element.get("contentReference")
        if reference:
            target = self._pristine.at([(part.partition(":")[0], part.partition(":")[2]) for part in _below(reference)])
            if target is not None:
                node.children = {name: child.copy() for name, child in target.children.items()}
                return
        codes = list(dict.fromkeys(_codes(element)))
        profile = single_profile(element)
        found = self._generator.structure(profile, self._found.scope) if profile else None
        if found is None:
            code = codes[0] if len(codes) == 1 else "Element"
            found = self._generator.structure(code if "/" in code else BASE + code, self._found.scope)
        if found is None:
            self._complain(
                path,
                "SOCLE-SNAPSHOT-TYPE",
                f"le profil décrit ce qu'il y a dans cet élément, mais aucun paquet ne connaît son type ({', '.join(codes)})",
                f"the profile describes what is in this element, but no package knows its type ({', '.join(codes)})",
            )
            return
        inner = to_tree(_sourced(self._generator.snapshot(found), found)).copy()
        node.children = inner.children
        self._grown(inner, path)

    def _child(self, node: Node, stated: Node, path: str, above: Node) -> None:
        below = f"{path}.{stated.name}"
        child = node.children.get(stated.name)
        if child is not None:
            self.lay(child, stated, below)
            return
        for name, choice in node.children.items():
            if name.endswith("[x]") and (code := _type_of(stated.name, name[:-3], choice.element or {})):
                if _codes(choice.element or {}) == [code] and not choice.slices:
                    self.lay(choice, stated, f"{path}.{name}")
                else:
                    self.lay(choice, _as_slice(_unsliced(stated), choice, code), f"{path}.{name}")
                    if name not in above.children:
                        self._narrow(choice, {_type_of(one, name[:-3], choice.element or {}) for one in above.children})
                return
        if self._specialises:
            node.children[stated.name] = self._new(stated, below)
            return
        self._complain(
            below,
            "sdf-8",
            "cet élément n'existe pas dans ce que le profil contraint",
            "this element does not exist in what the profile constrains",
        )

    def _narrow(self, choice: Node, codes: set[str]) -> None:
        """value[x] where a differential only writes valueQuantity and its like: those types, unless it had slices before."""
        element = choice.element or {}
        slicing = element.get("slicing", {})
        if slicing.get("rules") == "closed" or len(choice.slices) > 1:
            return
        element["type"] = [one for one in element.get("type", []) if one.get("code") in codes]
        element["slicing"] = {**slicing, "rules": "closed"}

    def _new(self, stated: Node, path: str) -> Node:
        """An element that a specialisation adds, with what it says below."""
        made = Node(
            stated.name, stated.slice, dict(stated.element) if stated.element is not None else {"min": 0, "max": "*"}
        )
        for name, child in stated.children.items():
            made.children[name] = self._new(child, f"{path}.{name}")
        made.slices = {name: self._new(one, path) for name, one in stated.slices.items()}
        return made

    # -- beside it -----------------------------------------------------------------------------------------------------

    def _slices(self, node: Node, before: Node, stated: Node, path: str) -> None:
        element = node.element if node.element is not None else {}
        if "slicing" not in element and (slicing := _implied(stated, element)):
            element["slicing"] = slicing
        if "slicing" not in element and not stated.slice and any(one.element for one in stated.slices.values()):
            self._complain(
                path,
                "elementdefinition.html#slicing",
                "l'élément a des tranches, mais rien ne dit comment les reconnaître (slicing)",
                "the element has slices, but nothing says how to tell them apart (slicing)",
            )
        closed = (before.element or {}).get("slicing", {}).get("rules") == "closed"
        for name, one in stated.slices.items():
            held = node.slices.get(name)
            if held is not None:
                self.lay(held, one, f"{path}:{name}")
                continue
            if one.element is None and not one.children and one.slices:  # "a" is only the first part of "a/b"
                for inner, sub in one.slices.items():
                    self._slice(node, before, inner, sub, path, closed)
                continue
            self._slice(node, before, name, one, path, closed)
        self._counted(node, stated, path)

    def _counted(self, node: Node, stated: Node, path: str) -> None:
        """How often slices must or may be there, beside how often what is sliced may."""
        most = (node.element or {}).get("max", "*")
        if not most.isdigit() or int(most) == 0:
            return
        needed = sum(int((one.element or {}).get("min") or 0) for one in node.slices.values())
        if needed > int(most):
            self._complain(
                path,
                CARDINALITY,
                f"les tranches sont attendues {needed} fois en tout (min), et l'élément est permis {most} fois (max)",
                f"the slices are expected {needed} times in all (min), and the element is allowed {most} times (max)",
            )
        for name, one in stated.slices.items():
            said = (one.element or {}).get("max", "")
            if said.isdigit() and int(said) > int(most):
                self._complain(
                    f"{path}:{name}",
                    CARDINALITY,
                    f"max vaut {said}, plus que {most}, celui de l'élément qui est découpé",
                    f"max is {said}, more than {most}, that of the element that is sliced",
                )

    def _slice(self, node: Node, before: Node, name: str, stated: Node, path: str, closed: bool) -> None:
        if closed and not before.slice and not node.name.endswith("[x]"):
            self._complain(
                f"{path}:{name}",
                "profiling.html#slicing",
                "cette tranche est nouvelle, et le profil contraint n'en permet pas d'autres (closed)",
                "this slice is new, and what the profile constrains allows no other (closed)",
            )
        made = (node if before.slice else before).copy()  # what is sliced again is as this profile made it
        made.slice, made.slices = name, {}
        made.element = {key: value for key, value in (made.element or {}).items() if key != "slicing"}
        self._grown(made, path)
        untyped = node.name.endswith("[x]") and (stated.element is None or "type" not in stated.element)
        if untyped and (code := _type_of(name.split("/")[-1], node.name[:-3], made.element)):
            same = [one for one in made.element.get("type", []) if one.get("code") == code]
            made.element["type"] = same or [{"code": code}]
        node.slices[name] = made
        if stated.element is None:
            made.element["sliceName"], made.element["min"] = name, 0
        self.lay(made, stated, f"{path}:{name}", fresh=True)

    def _grown(self, more: Node, path: str) -> None:
        self._size += more.size()
        if self._size > LARGEST:
            raise _broken(self._found, [_issue(path, _RULE, Text("trop d'éléments", "too many elements"))])

    def _complain(self, path: str, rule: str, fr: str, en: str) -> None:
        self.issues.append(_issue(path, rule, Text(fr, en)))


def is_a(code: str, ancestor: str) -> bool:
    """Whether a type of R4 is another, or derives from it; what R4 does not know (logical models) is not judged."""
    definitions = r4()
    if definitions.kind(code) is None or definitions.kind(ancestor) is None:
        return True
    return definitions.is_a(code, ancestor)


def _sourced(elements: Sequence[Json], found: Found) -> list[Json]:
    """The elements of a snapshot, as another takes them over: a constraint that does not say where it is from is its own."""
    url = str(found.definition.get("url", ""))
    return [
        {**element, "constraint": [{"source": url, **one} for one in element["constraint"]]}
        if any("source" not in one for one in element.get("constraint", ()))
        else element
        for element in elements
    ]


def _codes(element: Json) -> list[str]:
    return [str(one.get("code", "")) for one in element.get("type", [])]


def _type_of(name: str, stem: str, element: Json) -> str:
    """The type that a name such as valueQuantity tells of value[x]; "" when it tells none."""
    if not name.startswith(stem) or len(name) == len(stem):
        return ""
    rest = name[len(stem) :]
    codes = _codes(element)
    for code in (rest, rest[0].lower() + rest[1:]):
        if code in codes or (r4().kind(code) in ("complex", "primitive") and (not codes or "*" in codes)):
            return code
    return ""


def _unsliced(stated: Node) -> Node:
    """valueQuantity:valueQuantity, as some tools write valueQuantity."""
    named = stated.slices.get(stated.name)
    if named is None or stated.element is not None:
        return stated
    made = Node(stated.name, stated.slice, named.element)
    made.children = {**stated.children, **named.children}
    return made


def _as_slice(stated: Node, choice: Node, code: str) -> Node:
    """What a differential says of valueQuantity, said of the slice valueQuantity of value[x]."""
    one = Node(choice.name, stated.name, dict(stated.element) if stated.element is not None else None)
    if one.element is not None:
        one.element.setdefault(
            "type", [held for held in (choice.element or {}).get("type", []) if held.get("code") == code]
        )
    one.children, one.slices = stated.children, {}
    made = Node(choice.name)
    made.slices = {stated.name: one}
    return made


def _implied(stated: Node, element: Json) -> Json | None:
    """How slices are told apart when nobody says it: extensions by their URL, choices by their type."""
    if stated.name in _EXTENSIONS:
        return {"discriminator": [{"type": "value", "path": "url"}], "ordered": False, "rules": "open"}
    if stated.name.endswith("[x]"):
        rules = "closed" if len(_codes(element)) == 1 else "open"
        return {"discriminator": [{"type": "type", "path": "$this"}], "ordered": False, "rules": rules}
    return None


def _below(reference: str) -> list[str]:
    """`#Questionnaire.item` → ["item"]."""
    return reference.rpartition("#")[2].split(".")[1:]


def _with_bases(elements: Iterable[Json]) -> list[Json]:
    for element in elements:
        if "base" not in element:
            element["base"] = {"path": element["path"], "min": element.get("min", 0), "max": element.get("max", "*")}
    return list(elements)


def _issue(path: str, rule: str, text: Text) -> Issue:
    return Issue(Text(f"{path} : {text.fr}.", f"{path}: {text.en}."), (path,), rule)


def _astray() -> Text:
    return Text(
        "le différentiel ne commence pas au type que le profil contraint",
        "the differential does not begin at the type that the profile constrains",
    )


def _broken(found: Found, issues: list[Issue]) -> Problem:
    head = Text(
        f"Le profil {found.canonical} ne peut pas être appliqué ; corrigez son différentiel.",
        f"Profile {found.canonical} cannot be applied; correct its differential.",
    )
    return Problem(Kind.RULE_VIOLATED, Issue(head, rule=_RULE), *issues)


def _circular(chain: list[str]) -> Problem:
    shown = " → ".join(chain)
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Ces profils se fondent l'un sur l'autre, en rond : {shown}. Retirez un de ces liens.",
        f"These profiles are based on one another, in a circle: {shown}. Remove one of these links.",
        rule="SOCLE-SNAPSHOT-CIRCULAR",
    )


def _no_base(found: Found, base: str) -> Problem:
    return Problem.of(
        Kind.RULE_VIOLATED,
        f"Le profil {found.canonical} se fonde sur {base}, qu'aucun paquet installé ne contient. Installez le paquet qui le "
        "définit (« socle fhir install »).",
        f"Profile {found.canonical} is based on {base}, which no installed package holds. Install the package that defines "
        "it (“socle fhir install”).",
        rule="SOCLE-SNAPSHOT-BASE",
    )


def _unreadable(found: Found, told: str) -> Problem:
    return Problem.of(
        Kind.INVALID,
        f"{found.canonical} n'est pas une StructureDefinition lisible ({told[:100]}).",
        f"{found.canonical} is no readable StructureDefinition ({told[:100]}).",
        rule=_RULE,
    )
