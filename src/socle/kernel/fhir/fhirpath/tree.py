"""The syntax tree of an expression. `at` is the position, from 0, of what a message would point to."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: (type, value) as in `items`."""

    type: str
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Empty:
    """{}"""

    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """of.name, or a name at the start of a path (of is None)."""

    name: str
    of: "Node | None"
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """of.name(arguments)"""

    name: str
    arguments: "tuple[Node, ...]"
    of: "Node | None"
    at: int


@dataclass(frozen=True, slots=True)
class Special:
    """$this, $index, $total."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class External:
    """%name"""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """of[index]"""

    of: "Node"
    index: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """+of or -of"""

    operator: str
    of: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """left operator right"""

    operator: str
    left: "Node"
    right: "Node"
    at: int


@dataclass(frozen=True, slots=True)
class Typed:
    """of is type, of as type."""

    operator: str
    of: "Node"
    type: str
    at: int


Node = Literal | Empty | Name | Call | Special | External | Index | Unary | Binary | Typed


def inside(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting: list[Node] = [node]
    while waiting:
        one = waiting.pop()
        yield one
        match one:
            case Name(of=of):
                if of is not None:
                    waiting.append(of)
            case Call(of=of, arguments=arguments):
                waiting.extend(arguments)
                if of is not None:
                    waiting.append(of)
            case Index(of=of, index=index):
                waiting += (of, index)
            case Unary(of=of) | Typed(of=of):
                waiting.append(of)
            case Binary(left=left, right=right):
                waiting += (left, right)
            case _:
                pass
