"""Where in a source text is the element of a FHIRPath? Lines and columns, for JSON and for XML.

The text is gone through once more, and only when there is something to place. Of an element that is not there, the place
is that of the nearest element that holds it.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from xml.parsers import expat

from socle.kernel.outcome import Issue

LARGEST: Final = 20_000_000  # octets: a larger text is not gone through again
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_STEP = re.compile(r"([A-Za-z_]\w*)(?:\[(\d+)\])?")
_DEEPEST: Final = 200


class _Spot:
    """An element of a text: where its name is written, where each of its items begins, what these hold.

    at     offset (JSON) or (line, column) of the name
    items  of an array, or of repeated XML elements; the element itself alone when it does not repeat
    """

    __slots__ = ("at", "items", "members")

    def __init__(self, at: int) -> None:
        self.at = at
        self.items: list[_Spot] | None = None
        self.members: dict[str, _Spot] = {}


def with_places(issues: Iterable[Issue], data: bytes, *, within: str = "") -> tuple[Issue, ...]:
    """The issues, each with the line and the column, from 1, of its first expression in `data`, JSON or XML.

    within  where in the text is the resource that the issues are about, "Parameters.parameter[0].resource"; "" the whole
    A text that cannot be gone through leaves them as they are.
    """
    listed = list(issues)
    if not any(issue.expression for issue in listed) or len(data) > LARGEST:
        return tuple(listed)
    text = data.removeprefix(b"\xef\xbb\xbf")
    xml = text.lstrip()[:1] == b"<"
    root = _of_xml(text) if xml else _of_json(text)
    if root is not None and within:
        root = _spot(root, within)
    if root is None:
        return tuple(listed)
    counted = _Lines(text)
    out = []
    for issue in listed:
        if not issue.expression:
            out.append(issue)
            continue
        line, column = counted.place(_found(root, issue.expression[0]))
        out.append(replace(issue, line=line, column=column))
    return tuple(out)


class _Lines:
    """Offsets as (line, column)."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in re.finditer(rb"\n", text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column in characters, from 1."""
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            if self.starts[middle] <= offset:
                low = middle
            else:
                high = middle
        before = self.text[self.starts[low] : offset].decode("utf-8", "replace")
        return low + 1, len(before) + 1


def _spot(root: _Spot, expression: str) -> _Spot | None:
    """The very element that an expression names."""
    here: _Spot | None = root
    for match in list(_STEP.finditer(expression))[1:]:
        here = here.members.get(match[1]) if here is not None else None
        if here is not None and match[2] is not None:
            items, rank = here.items or [], int(match[2])
            here = items[rank] if rank < len(items) else None
    return here


def _found(root: _Spot, expression: str) -> int:
    """The offset of what an expression names, or of the nearest thing above it."""
    at, here = root.at, [root]
    for match in list(_STEP.finditer(expression))[1:]:
        name, rank = match[1], match[2]
        below = [found for one in here for found in _named(one, name)]
        if not below:
            return at
        at = below[0].at
        if rank is not None:
            items = [one.items[int(rank)] for one in below if one.items is not None and int(rank) < len(one.items)]
            if not items and int(rank) == 0:
                items = below
            if not items:
                return at
            at, below = items[0].at, items
        here = below
    return at


def _named(spot: _Spot, name: str) -> list[_Spot]:
    """The member, its extensions (_name), or the form of a choice (valueQuantity for value)."""
    found = [spot.members[one] for one in (name, "_" + name) if one in spot.members]
    if not found:
        size = len(name)
        for member, one in spot.members.items():
            bare = member.lstrip("_")
            if bare.startswith(name) and bare[size : size + 1].isupper():
                found.append(one)
    return found


def _of_json(text: bytes) -> _Spot | None:
    """The spots of a JSON text, known to be well formed; None when it is not after all."""
    root = _Spot(0)
    stack: list[tuple[_Spot, bool]] = []  # (container, whether it is an array)
    current: _Spot | None = root  # what the next value belongs to
    name: bytes | None = None
    at = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        first = token[:1]
        if first in b"{[":
            spot = _begun(stack, current, name, at, match.start())
            if spot is None or len(stack) > _DEEPEST:
                return None
            if first == b"[":
                spot.items = []
            stack.append((spot, first == b"["))
            current, name = None, None
        elif first in b"}]":
            if not stack:
                return None
            stack.pop()
            current, name = None, None
        elif first == b":":
            continue
        elif first == b",":
            name = None
        elif stack and not stack[-1][1] and name is None:
            name, at = token[1:-1], match.start()
        else:
            _begun(stack, current, name, at, match.start())
            current, name = None, None
    return root if not stack else None


def _begun(
    stack: list[tuple[_Spot, bool]], current: _Spot | None, name: bytes | None, at: int, start: int
) -> _Spot | None:
    """The spot of a value that begins."""
    if not stack:
        if current is not None:
            current.at = start
        return current
    holder, array = stack[-1]
    if array:
        spot = _Spot(start)
        if holder.items is not None:
            holder.items.append(spot)
        return spot
    if name is None:
        return None
    spot = _Spot(at)
    holder.members.setdefault(name.decode("utf-8", "replace"), spot)
    return spot


class _Stop(Exception):
    pass


def _of_xml(text: bytes) -> _Spot | None:
    """The spots of a FHIR XML text; None when it cannot be read or has a document type."""
    parser = expat.ParserCreate(namespace_separator=" ")
    root: list[_Spot] = []
    stack: list[_Spot] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        spot = _Spot(parser.CurrentByteIndex)
        if len(stack) > _DEEPEST:
            raise _Stop
        if not stack:
            root.append(spot)
        elif name[:1].isupper():  # a resource in its wrapper: the wrapper holds what it holds
            spot = stack[-1]
        else:
            held = stack[-1].members.get(name)
            if held is None:
                held = stack[-1].members[name] = _Spot(spot.at)
                held.items = []
                held.members = spot.members
            if held.items is not None:
                held.items.append(spot)
        stack.append(spot)

    def end(tag: str) -> None:
        stack.pop()

    def doctype(*_: object) -> None:
        raise _Stop

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, _Stop):
        return None
    return root[0] if root else None
