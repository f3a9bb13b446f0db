"""FHIRPath Patch: a Parameters whose operations name elements by FHIRPath. Source: FHIR R4 fhirpatch.html.

Each path finds one element (for `insert` and `move`, the elements of one list); what it finds before an operation is what
the operations before it left. A value that is left without content goes away, as FHIR has no empty elements.
"""

from dataclasses import replace
from typing import Any, Final, NamedTuple

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.fhirpath import Environment, compiled
from socle.kernel.fhir.patch.patch import Bounds, Json, does_not_apply, no_patch, too_many
from socle.kernel.fhir.patch.places import Place, Tree, plain
from socle.kernel.fhir.xml.shape import Holds, Member, attributes, members
from socle.kernel.outcome import Kind, Problem

RULE: Final = "FHIR R4 fhirpatch.html"
_PARTS: Final = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "delete": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "source", "destination"),
}
_BUDGET: Final = 2_000_000  # elements gone through by all the operations together: about two seconds


class _Operation(NamedTuple):
    at: str
    type: str
    path: str
    name: str
    value: Json
    place: int
    source: int
    destination: int

    def fails(self, fr: str, en: str) -> Problem:
        """The refusal of this operation, for a reason."""
        return does_not_apply(self.at, f"{self.type} {self.path}", fr, en, RULE)


class FhirPathPatch:
    """The operations of a FHIRPath Patch, in order."""

    __slots__ = ("_operations",)

    def __init__(self, parameters: Json, bounds: Bounds) -> None:
        """From a Parameters that is legal R4.

        Raises: Problem(INVALID) naming the part that is missing or unknown, Problem(TOO_COSTLY).
        """
        given = parameters.get("parameter", [])
        if len(given) > bounds.operations:
            raise too_many("FHIRPath Patch", bounds.operations, RULE)
        self._operations = [_operation(one, f"Parameters.parameter[{i}]") for i, one in enumerate(given)]

    def apply(self, resource: Json) -> Json:
        """The resource after the operations. Raises: Problem(RULE_VIOLATED | INVALID | TOO_COSTLY)."""
        left, environment = _BUDGET, Environment()
        for operation in self._operations:
            tree = Tree(resource, environment)
            left -= tree.size
            if left < 0:
                raise Problem.of(
                    Kind.TOO_COSTLY,
                    "Ce patch a trop d'opérations pour une ressource de cette taille : envoyez-le en plusieurs fois.",
                    "This patch has too many operations for a resource of this size: send it in several parts.",
                    rule=RULE,
                )
            _APPLY[operation.type](tree, operation)
            resource = plain(tree.root)
        return resource


# — reading —


def _operation(parameter: Json, at: str) -> _Operation:
    if parameter.get("name") != "operation":
        raise no_patch(
            "Chaque paramètre d'un FHIRPath Patch se nomme « operation ».",
            "Each parameter of a FHIRPath Patch is named “operation”.",
            f"{at}.name",
            RULE,
        )
    parts: dict[str, Json] = {}
    for part in parameter.get("part", []):
        name = part.get("name", "")
        if name in parts:
            raise no_patch(
                f"La partie « {name} » est donnée deux fois.", f"The part “{name}” is given twice.", at, RULE
            )
        parts[name] = part
    type_ = _text(parts, "type", at)
    if type_ not in _PARTS:
        names = ", ".join(_PARTS)
        raise no_patch(f"« type » vaut l'un de {names}.", f"“type” is one of {names}.", at, RULE)
    wanted = _PARTS[type_]
    for name in parts:
        if name not in ("type", *wanted):
            listed = ", ".join(("type", *wanted))
            raise no_patch(
                f"« {name[:60]} » n'est pas une partie de « {type_} », qui a {listed}.",
                f"“{name[:60]}” is no part of “{type_}”, which has {listed}.",
                at,
                RULE,
            )
    if "value" in wanted and "value" not in parts:
        raise no_patch(f"« {type_} » demande « value ».", f"“{type_}” requires “value”.", at, RULE)
    path = _text(parts, "path", at)
    try:
        compiled(path)  # what is no FHIRPath is refused before anything is looked up
    except Problem as problem:
        raise Problem(problem.kind, *(replace(one, expression=(at,)) for one in problem.issues)) from problem
    return _Operation(
        at,
        type_,
        path,
        _text(parts, "name", at) if "name" in wanted else "",
        parts.get("value", {}),
        *(_number(parts, name, at) if name in wanted else 0 for name in ("index", "source", "destination")),
    )


def _text(parts: dict[str, Json], name: str, at: str) -> str:
    part = parts.get(name, {})
    value = next((part[form] for form in ("valueString", "valueCode", "valueUri") if form in part), None)
    if not isinstance(value, str):
        form = "valueCode" if name == "type" else "valueString"
        raise no_patch(f"« {name} » manque ({form}).", f"“{name}” is missing ({form}).", at, RULE)
    return value


def _number(parts: dict[str, Json], name: str, at: str) -> int:
    part = parts.get(name, {})
    forms = ("valueInteger", "valueUnsignedInt", "valuePositiveInt")
    value = next((part[form] for form in forms if form in part), None)
    if not isinstance(value, int) or value < 0:
        raise no_patch(
            f"« {name} » est un entier à partir de 0 (valueInteger).",
            f"“{name}” is an integer from 0 (valueInteger).",
            at,
            RULE,
        )
    return value


# — the five operations —


def _add(tree: Tree, operation: _Operation) -> None:
    owner, path = _owner(tree, operation)
    member, value, companion = _valued(operation, path, operation.name, operation.value)
    if member.many:
        _insert_into(owner, member, len(owner.get(member.name) or owner.get(member.companion) or ()), value, companion)
        return
    for other in members(path).values():
        if other.element == member.element and (owner.get(other.name) is not None or owner.get(other.companion)):
            raise operation.fails(
                f"« {operation.name} » a déjà une valeur ; utilisez « replace »",
                f"“{operation.name}” has a value already; use “replace”",
            )
    _set(owner, member, None, value, companion)


def _insert(tree: Tree, operation: _Operation) -> None:
    owner, path, member, length = _list(tree, operation)
    if operation.place > length:
        raise operation.fails(
            f"la liste a {length} éléments ; l'index va de 0 à {length}",
            f"the list has {length} elements; the index goes from 0 to {length}",
        )
    _, value, companion = _valued(operation, path, member.element, operation.value)
    _insert_into(owner, member, operation.place, value, companion)


def _delete(tree: Tree, operation: _Operation) -> None:
    found = tree.find(operation.path)
    if found:
        place = _only(tree, operation, found)
        _remove(place)


def _replace(tree: Tree, operation: _Operation) -> None:
    found = tree.find(operation.path)
    place = _only(tree, operation, found)
    member, value, companion = _valued(operation, place.path, place.member.element, operation.value)
    if member is not place.member:  # another type of a choice
        _remove(place)
    _set(place.owner, member, place.rank, value, companion)


def _move(tree: Tree, operation: _Operation) -> None:
    owner, _, member, length = _list(tree, operation)
    for name, index in (("source", operation.source), ("destination", operation.destination)):
        if index >= length:
            raise operation.fails(
                f"« {name} » vaut {index} et la liste a {length} éléments, numérotés de 0",
                f"“{name}” is {index} and the list has {length} elements, numbered from 0",
            )
    for name in (member.name, member.companion):
        if isinstance(items := owner.get(name), list):
            items.insert(operation.destination, items.pop(operation.source))


_APPLY: Final = {"add": _add, "insert": _insert, "delete": _delete, "replace": _replace, "move": _move}


# — places —


def _owner(tree: Tree, operation: _Operation) -> tuple[Json, str]:
    """The object that the path of an `add` finds, and its type; a primitive's is its `_name`."""
    found = tree.find(operation.path)
    if len(found) != 1:
        raise _not_one(operation, len(found))
    type_, value, beside = found[0]
    if value is tree.root:
        return tree.root, type_
    place = tree.place(found[0])
    if place is None:
        raise _computed(operation)
    if isinstance(value, dict):
        return value, place.type
    return beside, "Element"


def _only(tree: Tree, operation: _Operation, found: Any) -> Place:
    if len(found) != 1:
        raise _not_one(operation, len(found))
    place = tree.place(found[0])
    if place is None:
        raise _computed(operation)
    return place


def _list(tree: Tree, operation: _Operation) -> tuple[Json, str, Member, int]:
    """(object, its type, member, length) of the list that the path of an `insert` or `move` finds, perhaps empty."""
    found = tree.find(operation.path)
    if found:
        places = [tree.place(item) for item in found]
        first = places[0]
        if first is None:
            raise _computed(operation)
        held = first.owner.get(first.member.name) or first.owner.get(first.member.companion)
        if not first.member.many or not isinstance(held, list) or len(held) != len(found):
            raise _no_list(operation)
        if any(one is None or one.owner is not first.owner or one.member is not first.member for one in places):
            raise _no_list(operation)
        return first.owner, first.path, first.member, len(held)
    last = tree.last_step(operation.path)
    if last is None or len(last[0]) != 1 or not isinstance(last[0][0][1], dict):
        raise _not_one(operation, 0)
    (type_, owner, _), name = last[0][0], last[1]
    place = tree.place(last[0][0])
    path = place.type if place is not None else type_
    member = members(path).get(name)
    if member is None or not member.many:
        raise _no_list(operation)
    return owner, path, member, 0


def _set(owner: Json, member: Member, index: int | None, value: Any, companion: Json | None) -> None:
    if index is None:
        if value is None:
            owner.pop(member.name, None)
        else:
            owner[member.name] = value
        if member.holds is Holds.VALUE:
            owner[member.companion] = companion or {}
        return
    if value is None and member.name not in owner:
        owner[member.name] = [None] * len(owner[member.companion])
    owner[member.name][index] = value
    if member.holds is Holds.VALUE:
        owner[member.companion][index] = companion or {}


def _insert_into(owner: Json, member: Member, index: int, value: Any, companion: Json | None) -> None:
    if member.holds is Holds.VALUE:
        beside = owner.setdefault(member.companion, [])
        owner.setdefault(member.name, [None] * len(beside))
        beside.insert(index, companion or {})
    owner.setdefault(member.name, []).insert(index, value)


def _remove(place: Place) -> None:
    owner, member, rank = place.owner, place.member, place.rank
    if rank is None:
        owner.pop(member.name, None)
        owner.pop(member.companion, None)
    else:
        for name in (member.name, member.companion):
            if isinstance(items := owner.get(name), list):
                del items[rank]


# — values —


def _valued(operation: _Operation, path: str, name: str, part: Json) -> tuple[Member, Any, Json | None]:
    """(member, value, id and extensions of a primitive) that a part gives to the element `name` of a type."""
    forms = [member for member in members(path).values() if member.element == name or member.name == name]
    if not forms:
        known = ", ".join(dict.fromkeys(member.element for member in members(path).values()))
        raise operation.fails(
            f"{path} n'a pas d'élément « {name[:60]} » ; il a {known}",
            f"{path} has no element “{name[:60]}”; it has {known}",
        )
    if "resource" in part:
        return _form(operation, forms, Holds.RESOURCE, "Resource"), part["resource"], None
    if "part" in part:
        member = forms[0]
        return member, _built(operation, member, part["part"]), None
    said = next((key for key in part if key.lstrip("_").startswith("value")), None)
    if said is None:
        raise operation.fails("sa valeur est vide", "its value is empty")
    form = said.lstrip("_")
    code = _type_of(form)
    value = part.get(form)
    if isinstance(value, dict):
        return _form(operation, forms, Holds.ELEMENTS, code), value, None
    return _form(operation, forms, Holds.VALUE, code), value, part.get(f"_{form}")


def _type_of(form: str) -> str:
    """The FHIR type that valueX names."""
    tail = form.removeprefix("value")
    lower = tail[:1].lower() + tail[1:]
    return lower if r4().kind(lower) == "primitive" else tail


def _form(operation: _Operation, forms: list[Member], holds: Holds, code: str) -> Member:
    """The way to write the element that takes a value of a type: its own type, else one that is written alike."""
    exact = next((member for member in forms if member.code == code), None)
    if exact is not None:
        return exact
    if len(forms) == 1 and holds is Holds.VALUE and forms[0].holds is Holds.NARRATIVE:
        return forms[0]
    if len(forms) == 1 and forms[0].holds is holds:
        alike = forms[0]
        if holds is not Holds.ELEMENTS or r4().is_a(code, alike.code) or r4().is_a(alike.code, code):
            return alike
    types = ", ".join(member.code for member in forms)
    raise operation.fails(
        f"la valeur est un {code} ; « {forms[0].element} » attend {types}",
        f"the value is a {code}; “{forms[0].element}” takes {types}",
    )


def _built(operation: _Operation, member: Member, parts: list[Json]) -> Json:
    """An object of a type that has no name of its own, given part by part."""
    if member.holds is not Holds.ELEMENTS:
        raise operation.fails(
            f"« {member.element} » est une valeur simple et ne se donne pas par parties",
            f"“{member.element}” is a simple value, not given by parts",
        )
    made: Json = {}
    bare = attributes(member.code)
    for part in parts:
        if part.get("name") in bare:  # the url of an extension
            made[part["name"]] = next((part[key] for key in part if key.startswith("value")), "")
            continue
        inner, value, companion = _valued(operation, member.code, str(part.get("name", "")), part)
        if inner.many:
            _insert_into(made, inner, len(made.get(inner.name, ())), value, companion)
        else:
            _set(made, inner, None, value, companion)
    return made


# — refusals —


def _not_one(operation: _Operation, count: int) -> Problem:
    if count:
        return operation.fails(
            f"son chemin désigne {count} éléments ; précisez-le, par exemple par [0] ou where(…)",
            f"its path finds {count} elements; make it precise, by [0] or where(…) for instance",
        )
    return operation.fails("son chemin ne désigne rien", "its path finds nothing")


def _no_list(operation: _Operation) -> Problem:
    return operation.fails(
        "son chemin doit désigner tous les éléments d'une même liste, par exemple Patient.name",
        "its path must find all the elements of one list, Patient.name for instance",
    )


def _computed(operation: _Operation) -> Problem:
    return operation.fails(
        "son chemin désigne une valeur calculée, un identifiant ou un url, qui ne se change pas ainsi : remplacez l'élément",
        "its path finds a computed value, an id or an url, which is not changed in this way: replace the element",
    )
