"""Tokens → tree, by precedence. Source: FHIRPath N1, "Operator precedence" and the formal grammar."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NoReturn

from socle.kernel.fhir.fhirpath.errors import Place
from socle.kernel.fhir.fhirpath.items import INTEGER, INTEGERS
from socle.kernel.fhir.fhirpath.lexer import Token, TokenKind, tokens
from socle.kernel.fhir.fhirpath.moments import CALENDAR_UNITS, moment
from socle.kernel.fhir.fhirpath.quantities import Quantity
from socle.kernel.fhir.fhirpath.tree import (
    Binary,
    Call,
    Empty,
    External,
    Index,
    Literal,
    Name,
    Node,
    Special,
    Typed,
    Unary,
)

MAX_LENGTH = 50_000
MAX_DEPTH = 120  # levels of the tree: each costs the compiler a few frames of Python's stack

# From loosest to tightest; all associate to the left.
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"implies"}),
    frozenset({"or", "xor"}),
    frozenset({"and"}),
    frozenset({"in", "contains"}),
    frozenset({"=", "~", "!=", "!~"}),
    frozenset({"<=", "<", ">", ">="}),
    frozenset({"|"}),
    frozenset({"is", "as"}),
    frozenset({"+", "-", "&"}),
    frozenset({"*", "/", "div", "mod"}),
)
_TYPES = _LEVELS.index(frozenset({"is", "as"}))
_BEYOND = str(len(INTEGERS) // 2)  # the first whole number that is no Integer
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}


def _goes_on(token: Token) -> bool:
    """Whether a token makes something else of the number before it: a Quantity, the source of a function."""
    return token.kind == "string" or (token.kind == "sign" and token.text in ".[") or token.text in CALENDAR_UNITS


@lru_cache(maxsize=4096)
def parse(expression: str) -> Node:
    """The tree of an expression.

    Raises: Problem(INVALID) where it leaves the grammar, is empty, longer than 50,000 characters or nested too deeply.
    """
    return _Parser(expression).whole()


@dataclass(frozen=True, slots=True)
class Extents:
    """Where each node of a tree stands in the text, positions from 0; nodes are known by their identity.

    whole   (first character, the one after the last) of everything that the node holds
    marks   the same of what names it: the name, the operator, the bracket
    """

    whole: Mapping[int, tuple[int, int]]
    marks: Mapping[int, tuple[int, int]]


def parse_with_extents(expression: str) -> tuple[Node, Extents]:
    """The tree, and where its nodes are. Raises: as `parse`."""
    parser = _Placing(expression)
    return parser.whole(), Extents(parser.extents, parser.marks)


class _Parser:
    def __init__(self, expression: str) -> None:
        if len(expression) > MAX_LENGTH:
            raise Place(expression, MAX_LENGTH).problem(
                f"L'expression dépasse {MAX_LENGTH} caractères.", f"The expression exceeds {MAX_LENGTH} characters."
            )
        self.expression = expression
        self.tokens = tokens(expression)
        self.at = 0
        self.depth = 0

    def whole(self) -> Node:
        node = self.expression_from(0)
        if self.tokens[self.at].kind != "end":
            self.refuse()
        return node

    def expression_from(self, level: int) -> Node:
        """An expression of operators at least as tight as `level`: one frame whatever the number of levels."""
        self.deeper()
        before, first = self.depth, self.at
        node = self.unary()
        while True:
            token = self.tokens[self.at]
            found = _LEVEL.get(token.text) if token.kind in ("word", "sign") else None
            if found is None or found < level:
                self.depth = before - 1
                return node
            self.at += 1
            if found == _TYPES:
                node = self.made(Typed(token.text, node, self.type_name(), token.at), first, token)
            else:
                right = self.expression_from(found + 1)
                node = self.made(Binary(token.text, node, right, token.at), first, token)
            self.deeper()

    def unary(self) -> Node:
        first, token = self.at, self.tokens[self.at]
        if token.kind == "sign" and token.text in "+-" and token.text:
            self.at += 1
            if token.text == "-" and self.smallest():
                return self.made(Literal(INTEGER, INTEGERS[0], token.at), first)
            self.deeper()
            node = self.made(Unary(token.text, self.unary(), token.at), first, token)
            self.depth -= 1
            return node
        return self.postfix()

    def smallest(self) -> bool:
        """Whether what follows a minus makes the smallest Integer with it; alone, these digits are more than one holds."""
        token, following = self.tokens[self.at], self.tokens[self.at + 1 : self.at + 2]
        if token.kind != "number" or token.text.lstrip("0") != _BEYOND or any(map(_goes_on, following)):
            return False
        self.at += 1
        return True

    def postfix(self) -> Node:
        first = self.at
        node = self.term()
        steps = 0
        while True:
            token = self.tokens[self.at]
            if self.take("sign", "."):
                node = self.invocation(node, first)
            elif self.take("sign", "["):
                index = self.expression_from(0)
                self.expect("]")
                node = self.made(Index(node, index, token.at), first, token)
            else:
                self.depth -= steps
                return node
            self.deeper()
            steps += 1

    def term(self) -> Node:
        first, token = self.at, self.tokens[self.at]
        match token.kind:
            case "string":
                self.at += 1
                return self.made(Literal("System.String", token.text, token.at), first)
            case "number":
                self.at += 1
                return self.made(self.number(token.text, token.at), first)
            case "moment":
                self.at += 1
                value = moment(token.text)
                if value is None:
                    raise Place(self.expression, token.at).problem(
                        "Cette date ou cette heure n'existe pas.", "This date or time does not exist.", code="value"
                    )
                return self.made(Literal("System." + value.kind, value, token.at), first)
            case "external":
                self.at += 1
                return self.made(External(token.text, token.at), first)
            case "special":
                self.at += 1
                return self.made(Special(token.text, token.at), first)
            case "word" if token.text in ("true", "false"):
                self.at += 1
                return self.made(Literal("System.Boolean", token.text == "true", token.at), first)
            case "sign" if token.text == "(":
                self.at += 1
                node = self.expression_from(0)
                self.expect(")")
                return node
            case "sign" if token.text == "{":
                self.at += 1
                self.expect("}")
                return self.made(Empty(token.at), first)
            case _:
                return self.invocation(None, first)

    def number(self, text: str, at: int) -> Node:
        following = self.tokens[self.at]
        if following.kind == "string":
            self.at += 1
            return Literal("System.Quantity", Quantity(Decimal(text), following.text), at)
        if following.kind == "word" and (unit := CALENDAR_UNITS.get(following.text)):
            self.at += 1
            return Literal("System.Quantity", Quantity(Decimal(text), unit, calendar=True), at)
        if "." in text:
            return Literal("System.Decimal", Decimal(text), at)
        if len(text.lstrip("0")) > len(_BEYOND) or int(text) not in INTEGERS:
            raise Place(self.expression, at).problem(
                f"Un nombre entier tient sur 32 bits : {INTEGERS[-1]} au plus ; avec « .0 » c'est un décimal.",
                f'A whole number has 32 bits: {INTEGERS[-1]} at most; with ".0" it is a decimal.',
                code="value",
            )
        return Literal(INTEGER, int(text), at)

    def invocation(self, of: Node | None, first: int) -> Node:
        token = self.tokens[self.at]
        if token.kind == "special" and of is not None:
            # The grammar lets `$this` stand after a point; it means the same as before it.
            self.at += 1
            return self.made(Special(token.text, token.at), self.at - 1)
        name = self.word(anything=of is not None)
        if token.kind == "quoted" or not self.take("sign", "("):
            return self.made(Name(name, of, token.at), first, token)
        arguments: list[Node] = []
        if not self.take("sign", ")"):
            arguments.append(self.expression_from(0))
            while self.take("sign", ","):
                arguments.append(self.expression_from(0))
            self.expect(")")
        return self.made(Call(name, tuple(arguments), of, token.at), first, token)

    def made(self, node: Node, first: int, mark: Token | None = None) -> Node:
        """The node, which goes from token `first` to the last one taken, and is named by `mark`, else by all of it."""
        return node

    def type_name(self) -> str:
        name = self.word(anything=True)
        return f"{name}.{self.word(anything=True)}" if self.take("sign", ".") else name

    def word(self, *, anything: bool) -> str:
        """A name. Operators made of letters are names after a point; elsewhere only those the grammar lists."""
        token = self.tokens[self.at]
        if token.kind == "quoted" or (
            token.kind == "word"
            and (anything or token.text in ("is", "as", "in", "contains") or token.text not in _LEVEL)
        ):
            self.at += 1
            return token.text
        self.refuse()

    def take(self, kind: TokenKind, text: str) -> bool:
        token = self.tokens[self.at]
        if token.kind == kind and token.text == text:
            self.at += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.take("sign", sign):
            self.refuse(sign)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Place(self.expression, self.tokens[self.at].at).problem(
                f"L'expression a plus de {MAX_DEPTH} niveaux.", f"The expression has more than {MAX_DEPTH} levels."
            )

    def refuse(self, expected: str = "") -> NoReturn:
        token = self.tokens[self.at]
        place = Place(self.expression, token.at)
        if token.kind == "end":
            fr, en = "L'expression s'arrête trop tôt", "The expression stops too early"
        else:
            fr, en = f"« {token.text} » n'est pas attendu ici", f'"{token.text}" is not expected here'
        if expected:
            fr, en = f"{fr} : il manque « {expected} »", f'{en}: "{expected}" is missing'
        raise place.problem(fr + ".", en + ".", code="structure")


class _Placing(_Parser):
    """A parser that keeps where the nodes are: most expressions are compiled without anybody asking."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression)
        self.extents: dict[int, tuple[int, int]] = {}
        self.marks: dict[int, tuple[int, int]] = {}

    def made(self, node: Node, first: int, mark: Token | None = None) -> Node:
        """The node, its place kept."""
        self.extents[id(node)] = whole = (self.tokens[first].at, self.tokens[self.at - 1].end)
        self.marks[id(node)] = whole if mark is None else (mark.at, mark.end)
        return node
