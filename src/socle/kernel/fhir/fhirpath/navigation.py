"""From an element to what it holds: one closure per name, chosen by what the types say before anything is evaluated."""

from collections.abc import Callable
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

from socle.kernel.fhir.definitions import Element
from socle.kernel.fhir.fhirpath.code import EMPTY, Code, Run, Test, spend, this
from socle.kernel.fhir.fhirpath.environment import Environment
from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.items import NOTHING, STRING, Item, Items, Json
from socle.kernel.fhir.fhirpath.types import elements, is_a, is_primitive, known, members

_Reader = Callable[[Item], Items]
TYPE_INFO = "TypeInfo"
_VALUE = "value"
_FEW = 4
_FREE = (
    16  # items that a step may answer uncharged: what is larger is counted, so that no path is free on a large resource
)


def child(source: Code, name: str, place: Place, *, strict: bool = True) -> Code:
    """source.name; when not `strict`, an element that no type has is merely never there.

    Raises: Problem(INVALID) when the types of the source are known and none has such an element.
    """
    types = source.types
    if types is None or not all(map(known, types)):
        return Code(_dynamic(source.run, name, place), None)
    if not types:
        return EMPTY
    if types == {TYPE_INFO}:
        return Code(_dynamic(source.run, name, place), frozenset({STRING}), source.one)
    found = {type_: element for type_ in types if (element := (elements(type_) or {}).get(name)) is not None}
    bare = frozenset(type_ for type_ in types if is_primitive(type_)) if name == _VALUE else frozenset[str]()
    if bare and len(bare) == len(types):
        return Code(_each(source.run, _own, place), types, source.one)
    if not found and not strict:
        return EMPTY
    if not found:
        raise _no_element(name, types, place)
    answers = bare.union(code for element in found.values() for code in element.types)
    one = source.one and all(element.max == 1 for element in found.values())
    open_ = "Resource" in answers
    if len(types) == 1:
        (type_, element) = next(iter(found.items()))
        run = _static(source, type_, element, place)
        types_ = None if open_ else answers
        if source.run is not this or not source.one or is_primitive(type_) or element.choice:
            return Code(run, types_, one)
        member = element.name if one and is_primitive(element.types[0]) else ""
        return Code(run, types_, one, some=_some(element), member=member)
    return Code(_dynamic(source.run, name, place), None if open_ else answers, one)


def child_of_type(source: Code, name: str, wanted: str, place: Place) -> Code | None:
    """source.name as wanted, source.name.ofType(wanted) for a choice of one known type; None for anything else."""
    if source.types is None or len(source.types) != 1 or not all(map(known, source.types)):
        return None
    (owner,) = source.types
    element = (elements(owner) or {}).get(name)
    if element is None or not element.choice:
        return None
    kept = {member: code for member, code in element.json_names() if is_a(code, wanted)}
    return Code(_each_choice(source.run, _choice(kept), place), frozenset(kept.values()), source.one) if kept else EMPTY


def _some(element: Element) -> Test:
    """Whether an element of the focus is there."""
    name, under = element.name, "_" + element.name
    if is_primitive(element.types[0]) and not element.attribute:
        return lambda focus, environment: bool(focus) and (name in focus[0][1] or under in focus[0][1])
    return lambda focus, environment: bool(focus) and name in focus[0][1]


def _static(of: Code, owner: str, element: Element, place: Place) -> Run:
    """The read of one element whose owner's type is known, in the shape that it has."""
    source, name, code = of.run, element.name, element.types[0]
    if element.choice:
        return _each_choice(source, _choice(dict(element.json_names())), place)
    if is_primitive(owner):
        return _each(source, _beside(name, code), place)
    if code == "Resource":
        return _each(source, _resource(name), place)
    if is_primitive(code):
        under = name if element.attribute else "_" + name
        if element.max != 1:
            return _one_texts(source, name, code, place) if of.one else _texts(source, name, code, place)
        return _one_text(source, name, under, code) if of.one else _each_text(source, name, under, code, place)
    if element.max == 1:
        return _one_object(source, name, code) if of.one else _each_object(source, name, code, place)
    return _one_owner(source, name, code, place) if of.one else _each_owner(source, name, code, place)


def _one_owner(source: Run, name: str, code: str, place: Place) -> Run:
    def run(focus: Items, environment: Environment) -> Items:
        items = source(focus, environment)
        found = items[0][1].get(name) if items else None
        if not found:
            return NOTHING
        if len(found) > _FREE:
            spend(environment, place, len(found))
        return [(code, one, None) for one in found]

    return run


def _each_owner(source: Run, name: str, code: str, place: Place) -> Run:
    def run(focus: Items, environment: Environment) -> Items:
        out: Items = [(code, found, None) for item in source(focus, environment) for found in item[1].get(name) or ()]
        if len(out) > _FREE:
            spend(environment, place, len(out))
        return out

    return run


def _one_text(source: Run, name: str, under: str, code: str) -> Run:
    def run(focus: Items, environment: Environment) -> Items:
        items = source(focus, environment)
        if not items:
            return NOTHING
        value = items[0][1]
        found = value.get(name)
        if found is None and under not in value:
            return NOTHING
        return [(code, found, None if under is name else value.get(under))]

    return run


def _each_text(source: Run, name: str, under: str, code: str, place: Place) -> Run:
    if under is name:
        return _each_object(source, name, code, place)

    def run(focus: Items, environment: Environment) -> Items:
        out: Items = []
        for item in source(focus, environment):
            value = item[1]
            found = value.get(name)
            if under in value:
                out.append((code, found, value[under]))
            elif found is not None:
                out.append((code, found, None))
        if len(out) > _FREE:
            spend(environment, place, len(out))
        return out

    return run


def _one_object(source: Run, name: str, code: str) -> Run:
    def run(focus: Items, environment: Environment) -> Items:
        items = source(focus, environment)
        found = items[0][1].get(name) if items else None
        return NOTHING if found is None else [(code, found, None)]

    return run


def _each_object(source: Run, name: str, code: str, place: Place) -> Run:
    def run(focus: Items, environment: Environment) -> Items:
        out: Items = [
            (code, found, None) for item in source(focus, environment) if (found := item[1].get(name)) is not None
        ]
        if len(out) > _FREE:
            spend(environment, place, len(out))
        return out

    return run


def _one_texts(source: Run, name: str, code: str, place: Place) -> Run:
    """`_texts` of one owner at most."""
    under, slowly = "_" + name, _texts(source, name, code, place)

    def run(focus: Items, environment: Environment) -> Items:
        items = source(focus, environment)
        if not items:
            return NOTHING
        value = items[0][1]
        if under in value:
            return slowly(focus, environment)
        found = value.get(name)
        if not found:
            return NOTHING
        if len(found) > _FREE:
            spend(environment, place, len(found))
        return [(code, one, None) for one in found]

    return run


def _texts(source: Run, name: str, code: str, place: Place) -> Run:
    """A primitive that repeats: its extensions are beside it, in an array of the same length."""
    under = "_" + name

    def run(focus: Items, environment: Environment) -> Items:
        out: Items = []
        for item in source(focus, environment):
            value = item[1]
            if under not in value:
                for one in value.get(name) or ():
                    out.append((code, one, None))
            else:
                pairs = zip_longest(value.get(name) or (), value[under] or ())
                out += [(code, one, beside) for one, beside in pairs if one is not None or beside is not None]
        if len(out) > _FREE:
            spend(environment, place, len(out))
        return out

    return run


def _dynamic(source: Run, name: str, place: Place) -> Run:
    """The read of a name whose owner's type is known at evaluation only."""
    readers: dict[str, _Reader | None] = {}

    def run(focus: Items, environment: Environment) -> Items:
        out: Items = []
        for item in source(focus, environment):
            type_ = item[0]
            try:
                read = readers[type_]
            except KeyError:
                read = _reader(type_, name, place)
                if known(type_):
                    readers[type_] = read
            if read is not None:
                out += read(item)
        if len(out) > _FREE:
            spend(environment, place, len(out))
        return out

    return run


def _reader(type_: str, name: str, place: Place) -> _Reader | None:
    if type_ == TYPE_INFO:
        return lambda item: [(STRING, item[1][name], None)] if name in item[1] else NOTHING
    element = (elements(type_) or {}).get(name)
    if element is None:
        return _own if name == _VALUE and is_primitive(type_) else None
    read = _static(Code(this, frozenset({type_}), True), type_, element, place)
    nowhere = Environment(budget=10**18)  # `_dynamic` charges
    return lambda item: read([item], nowhere)


def _each(source: Run, read: _Reader, place: Place) -> Run:
    if source is this:

        def of_this(focus: Items, environment: Environment) -> Items:
            out = read(focus[0]) if len(focus) == 1 else [found for item in focus for found in read(item)]
            if out and len(out) > _FREE:
                spend(environment, place, len(out))
            return out

        return of_this

    def run(focus: Items, environment: Environment) -> Items:
        items = source(focus, environment)
        if not items:
            return NOTHING
        out: Items = [found for item in items for found in read(item)]
        if len(out) > _FREE:
            spend(environment, place, len(out))
        return out

    return run


def _each_choice(source: Run, read: _Reader, place: Place) -> Run:
    """`_each` of what answers one item at most: one item of the source costs nothing more."""
    if source is not this:
        return _each(source, read, place)
    many = _each(source, read, place)
    return lambda focus, environment: read(focus[0]) if len(focus) == 1 else many(focus, environment)


def _own(item: Item) -> Items:
    """The value of a primitive, which R4 defines as an element of it (code.value): without its id and its extensions."""
    return [(item[0], item[1], None)] if item[1] is not None else NOTHING


def _beside(name: str, code: str) -> _Reader:
    """The id or the extensions of a primitive."""

    def read(item: Item) -> Items:
        siblings = item[2]
        found = siblings.get(name) if siblings else None
        if found is None:
            return NOTHING
        return [(code, one, None) for one in found] if isinstance(found, list) else [(code, found, None)]

    return read


def _resource(name: str) -> _Reader:
    def read(item: Item) -> Items:
        found = item[1].get(name)
        if found is None:
            return NOTHING
        several = found if isinstance(found, list) else (found,)
        return [(one.get("resourceType", "Resource"), one, None) for one in several if one is not None]

    return read


def _choice(table: dict[str, str]) -> _Reader:
    """value[x]: with few types each member is looked for; with many, the members that the object has are gone through."""
    primitives = {"_" + member: member for member, code in table.items() if is_primitive(code)}
    if len(table) <= _FEW:
        ways = tuple((member, "_" + member if is_primitive(code) else member, code) for member, code in table.items())

        def read_few(item: Item) -> Items:
            value = item[1]
            for member, under, code in ways:
                found = value.get(member)
                if found is not None:
                    return [(code, found, None if under is member else value.get(under))]
                if under in value:
                    return [(code, None, value[under])]
            return NOTHING

        return read_few

    def read(item: Item) -> Items:
        value: Json = item[1]
        for member in value:
            if member in table:
                code, under = table[member], "_" + member
                return [(code, value[member], value.get(under) if under in primitives else None)]
            if member in primitives:
                return [(table[primitives[member]], value.get(primitives[member]), value[member])]
        return NOTHING

    return read


def children(item: Item) -> Items:
    """All that an item holds, in the order of the object."""
    type_, value, siblings = item
    out: Items = []
    if siblings:
        for name, code in (("id", "string"), ("extension", "Extension")):
            found = siblings.get(name)
            if found is not None:
                out += [(code, one, None) for one in found] if isinstance(found, list) else [(code, found, None)]
    if not isinstance(value, dict):
        return out
    if type_ == TYPE_INFO:
        return [(STRING, found, None) for found in value.values()]
    table = members(type_)
    for member, found in value.items():
        if member[0] == "_":
            if member[1:] in table and member[1:] not in value:
                out += _held(table[member[1:]], None, found)
        elif member in table:
            out += _held(table[member], found, value.get("_" + member))
    return out


def _held(member: tuple[str, bool, bool], found: Any, siblings: Any) -> Items:
    code, many, primitive = member
    if primitive:
        if not many:
            return [(code, found, siblings)]
        pairs = zip_longest(found or (), siblings or ())
        return [(code, one, beside) for one, beside in pairs if one is not None or beside is not None]
    several = found if isinstance(found, list) else [found]
    if code == "Resource":
        return [(one.get("resourceType", "Resource"), one, None) for one in several if one is not None]
    return [(code, one, None) for one in several if one is not None]


def _no_element(name: str, types: frozenset[str], place: Place) -> Exception:
    for type_ in types:
        for element in (elements(type_) or {}).values():
            if element.choice and any(member == name for member, _ in element.json_names()):
                code = next(code for member, code in element.json_names() if member == name)
                return place.problem(
                    f"« {name} » s'écrit ici {element.name}.ofType({code}).",
                    f'"{name}" is written {element.name}.ofType({code}) here.',
                    code="not-found",
                )
    owners = ", ".join(sorted(types)[:5])
    guess = get_close_matches(name, {one for type_ in types for one in elements(type_) or ()}, n=1, cutoff=0.7)
    fr, en = (f" ; vouliez-vous dire « {guess[0]} » ?", f'; did you mean "{guess[0]}"?') if guess else (".", ".")
    return place.problem(
        f"« {name} » n'est pas un élément de {owners}{fr}",
        f'"{name}" is not an element of {owners}{en}',
        code="not-found",
    )
