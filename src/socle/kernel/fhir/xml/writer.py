"""Values of the JSON form of a legal resource, as XML. What each type needs is compiled when it is first met."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.json import decimal_text
from socle.kernel.fhir.xml.narrative import embedded
from socle.kernel.fhir.xml.shape import FHIR, Holds, Member, attributes, members
from socle.kernel.fhir.xml.text import attribute

Json = dict[str, Any]
Emit = Callable[[Json, list[str], str], None]
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def write(resource: Json, *, pretty: bool = False) -> bytes:
    """The XML text of a legal resource, UTF-8; one element a line when `pretty`, narratives untouched.

    Elements come in the order of the specification, whatever that of the members. Time is linear in the size.

    Raises: Problem(NOT_ACCEPTABLE) when a text holds a character that XML cannot carry; ValueError when the values are
    those of no R4 resource (an unknown type or member): check them first.
    """
    out = [_DECLARATION]
    name = _type_of(resource)
    pad = "\n" if pretty else ""
    out.append(f'{pad}<{name} xmlns="{FHIR}">')
    _content(name)(resource, out, pad and pad + "  ")
    out.append(f"{pad}</{name}>")
    return "".join(out).encode()


def _type_of(resource: Json) -> str:
    name = resource.get("resourceType")
    if not isinstance(name, str) or not r4().is_resource(name):
        raise ValueError("no R4 resource")
    return name


@cache
def _content(path: str) -> Emit:
    """Writes the elements inside an object of a type or nested element."""
    slots: Mapping[str, tuple[int, str, Emit]] = _slots(path)

    def content(value: Json, out: list[str], pad: str) -> None:
        try:
            found = [slots[name] for name in value]
        except KeyError as unknown:
            raise ValueError(f"{path} has no {unknown}") from None
        found.sort()
        for _, _, emit in found:
            emit(value, out, pad)

    return content


def _slots(path: str) -> Mapping[str, tuple[int, str, Emit]]:
    slots: dict[str, tuple[int, str, Emit]] = {name: (-1, name, _nothing) for name in attributes(path)}
    if r4().is_resource(path):
        slots["resourceType"] = (-1, "resourceType", _nothing)
    for name, member in members(path).items():
        if member.holds is Holds.VALUE:
            slots[name] = (member.rank, name, _values(member) if member.many else _value(member))
            slots[member.companion] = (member.rank, member.companion, _only_companions(member))
        else:
            one = _ONE[member.holds](member)
            slots[name] = (member.rank, name, _each(name, one) if member.many else _single(name, one))
    return slots


def _nothing(owner: Json, out: list[str], pad: str) -> None:
    """What is written elsewhere: an attribute, the type of a resource."""


def _single(name: str, one: Emit) -> Emit:
    return lambda owner, out, pad: one(owner[name], out, pad)


def _each(name: str, one: Emit) -> Emit:
    def emit(owner: Json, out: list[str], pad: str) -> None:
        for item in owner[name]:
            one(item, out, pad)

    return emit


def _elements(member: Member) -> Emit:
    """An element that holds others. Their writer is found at the first use: types refer to themselves."""
    tag, code = member.name, member.code
    bare = sorted(attributes(code))

    def emit(value: Json, out: list[str], pad: str) -> None:
        said = "".join([f' {name}="{attribute(value[name])}"' for name in bare if name in value])
        out.append(f"{pad}<{tag}{said}>")
        _content(code)(value, out, pad and pad + "  ")
        out.append(f"{pad}</{tag}>")

    return emit


def _resource(member: Member) -> Emit:
    tag = member.name

    def emit(value: Json, out: list[str], pad: str) -> None:
        name = _type_of(value)
        deeper = pad and pad + "  "
        out.append(f"{pad}<{tag}>{deeper}<{name}>")
        _content(name)(value, out, deeper and deeper + "  ")
        out.append(f"{deeper}</{name}>{pad}</{tag}>")

    return emit


def _narrative(member: Member) -> Emit:
    return lambda value, out, pad: out.append(pad + embedded(value))  # type: ignore[arg-type] # a text, not an object


_ONE: Mapping[Holds, Callable[[Member], Emit]] = {
    Holds.ELEMENTS: _elements,
    Holds.RESOURCE: _resource,
    Holds.NARRATIVE: _narrative,
}


def _value(member: Member) -> Emit:
    name, companion = member.name, member.companion

    def emit(owner: Json, out: list[str], pad: str) -> None:
        value = owner[name]
        text = attribute(value) if type(value) is str else _lexical(value)
        if companion in owner:
            _with_companion(name, text, owner[companion], out, pad)
        else:
            out.append(f'{pad}<{name} value="{text}"/>')

    return emit


def _values(member: Member) -> Emit:
    name, companion = member.name, member.companion

    def emit(owner: Json, out: list[str], pad: str) -> None:
        values = owner[name]
        companions = owner.get(companion) or [None] * len(values)
        for value, said in zip(values, companions, strict=True):
            text = attribute(value) if type(value) is str else _lexical(value)
            if said:
                _with_companion(name, text, said, out, pad)
            elif value is not None:
                out.append(f'{pad}<{name} value="{text}"/>')

    return emit


def _only_companions(member: Member) -> Emit:
    """Primitives without any value; those that have one are written with it."""
    name, companion = member.name, member.companion

    def emit(owner: Json, out: list[str], pad: str) -> None:
        if name not in owner:
            for said in owner[companion] if member.many else (owner[companion],):
                if said:
                    _with_companion(name, "", said, out, pad)

    return emit


def _with_companion(tag: str, text: str, companion: Json, out: list[str], pad: str) -> None:
    """A primitive that has an id or extensions, perhaps without a value."""
    said = f' id="{attribute(companion["id"])}"' if "id" in companion else ""
    if text:
        said += f' value="{text}"'
    if "extension" in companion:
        out.append(f"{pad}<{tag}{said}>")
        _content("Element")(companion, out, pad and pad + "  ")
        out.append(f"{pad}</{tag}>")
    else:
        out.append(f"{pad}<{tag}{said}/>")


def _lexical(value: Any) -> str:
    """A value that is no text; "" for the absence of one."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return ""
    return decimal_text(value) if isinstance(value, Decimal) else str(value)
