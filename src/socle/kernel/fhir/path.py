"""The FHIRPath that R4 search parameters use, parsed: text → tree. `extract` compiles the tree.

Grammar, from loosest to tightest: and · = != · | · as is · . [] ; functions keep their arguments as trees.
Source: FHIRPath N1 (http://hl7.org/fhirpath/N1), R4 searchparameter-registry.html.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from socle.kernel.outcome import Kind, Problem


@dataclass(frozen=True, slots=True)
class Name:
    """An element, or the type at the start of a path; `of` is what it belongs to, None at the start."""

    name: str
    of: "Node | None"


@dataclass(frozen=True, slots=True)
class Call:
    """A function: of.name(arguments)."""

    name: str
    arguments: "tuple[Node, ...]"
    of: "Node | None"


@dataclass(frozen=True, slots=True)
class Index:
    """of[position]."""

    of: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Typed:
    """`of as type` or `of is type`."""

    of: "Node"
    operator: str
    type: str


@dataclass(frozen=True, slots=True)
class Binary:
    """left operator right, where operator is | = != and."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, a whole number or a boolean."""

    value: str | int | bool


@dataclass(frozen=True, slots=True)
class Root:
    """%resource: the resource that holds the value."""


Node = Name | Call | Index | Typed | Binary | Literal | Root

_TOKEN = re.compile(r"\s*(?:('(?:[^'\\]|\\.)*')|([0-9]+)|(%?[A-Za-z_][A-Za-z0-9_]*)|`([^`]+)`|(!=|[=|().,\[\]]))")
_ESCAPE = re.compile(r"\\(.)")


def parse_path(expression: str) -> Node:
    """The tree of a FHIRPath expression.

    Raises: Problem(INVALID) when it leaves the subset that this module knows.
    """
    return _Parser(expression).whole()


class _Parser:
    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens: list[tuple[str, str]] = []  # (kind, text)
        position, text = 0, expression.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                self.refuse(text[position : position + 10])
            string, number, word, quoted, sign = match.groups()
            if string is not None:
                self.tokens.append(("string", _ESCAPE.sub(r"\1", string[1:-1])))
            elif number is not None:
                self.tokens.append(("number", number))
            elif word is not None or quoted is not None:
                self.tokens.append(("word" if word else "quoted", word or quoted))
            else:
                self.tokens.append(("sign", sign))
            position = match.end()
        self.tokens.append(("end", ""))
        self.at = 0

    def whole(self) -> Node:
        node = self.conjunction()
        if self.tokens[self.at][0] != "end":
            self.refuse(self.tokens[self.at][1])
        return node

    def conjunction(self) -> Node:
        node = self.equality()
        while self.take("word", "and"):
            node = Binary("and", node, self.equality())
        return node

    def equality(self) -> Node:
        node = self.union()
        for operator in ("=", "!="):
            if self.take("sign", operator):
                return Binary(operator, node, self.union())
        return node

    def union(self) -> Node:
        node = self.typed()
        while self.take("sign", "|"):
            node = Binary("|", node, self.typed())
        return node

    def typed(self) -> Node:
        node = self.postfix()
        for operator in ("as", "is"):
            if self.take("word", operator):
                return Typed(node, operator, self.word())
        return node

    def postfix(self) -> Node:
        node = self.term()
        while True:
            if self.take("sign", "."):
                node = self.invocation(node)
            elif self.take("sign", "["):
                node = Index(node, int(self.expect("number")))
                self.expect("sign", "]")
            else:
                return node

    def term(self) -> Node:
        if self.take("sign", "("):
            node = self.conjunction()
            self.expect("sign", ")")
            return node
        kind, text = self.tokens[self.at]
        if kind == "string" or kind == "number":
            self.at += 1
            return Literal(text if kind == "string" else int(text))
        if text in ("true", "false") and kind == "word":
            self.at += 1
            return Literal(text == "true")
        if text == "%resource":
            self.at += 1
            return Root()
        return self.invocation(None)

    def invocation(self, of: Node | None) -> Node:
        name = self.word()
        if not self.take("sign", "("):
            return Name(name, of)
        arguments: list[Node] = []
        if not self.take("sign", ")"):
            arguments.append(self.conjunction())
            while self.take("sign", ","):
                arguments.append(self.conjunction())
            self.expect("sign", ")")
        return Call(name, tuple(arguments), of)

    def word(self) -> str:
        kind, text = self.tokens[self.at]
        if kind not in ("word", "quoted") or text[0] == "%":
            self.refuse(text)
        self.at += 1
        return text

    def take(self, kind: str, text: str) -> bool:
        if self.tokens[self.at] == (kind, text):
            self.at += 1
            return True
        return False

    def expect(self, kind: str, text: str | None = None) -> str:
        found = self.tokens[self.at]
        if found[0] != kind or (text is not None and found[1] != text):
            self.refuse(found[1])
        self.at += 1
        return found[1]

    def refuse(self, near: str) -> NoReturn:
        raise not_supported(self.expression, near)


def not_supported(expression: str, near: str) -> Problem:
    """The Problem that says which part of a search expression is not understood."""
    at_fr, at_en = (f"près de « {near} »", f'near "{near}"') if near else ("à sa fin", "at its end")
    return Problem.of(
        Kind.INVALID,
        f"L'expression « {expression} » n'est pas comprise {at_fr} : seules les formes des paramètres de"
        " recherche de FHIR R4 le sont.",
        f'The expression "{expression}" is not understood {at_en}: only the forms of the FHIR R4 search'
        " parameters are.",
        rule="FHIRPath N1",
        code="not-supported",
    )
