"""The syntax tree of a FHIRPath expression, as FHIRPath Lab draws it.

Nodes are {ExpressionType, Name, Arguments, Position, Length}: what stands before the point is the first argument, positions
are those of the characters that name the node. Source: FHIRPath Lab, "server engine API", AST definition.
"""

from typing import Any

from socle.kernel.fhir.fhirpath.parser import parse_with_extents
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

Json = dict[str, Any]


def drawn(expression: str) -> Json:
    """The tree. Raises: Problem(INVALID) where the expression leaves the grammar."""
    root, extents = parse_with_extents(expression)

    def draw(node: Node) -> Json:
        start, end = extents.marks[id(node)]
        kind, name, arguments = _spoken(node, expression[start:end])
        out: Json = {"ExpressionType": kind, "Name": name}
        if arguments:
            out["Arguments"] = [one if isinstance(one, dict) else draw(one) for one in arguments]
        return out | {"Position": start, "Length": end - start}

    return draw(root)


def _spoken(node: Node, written: str) -> tuple[str, str, list[Node | Json]]:
    """(type, name, arguments) of a node in the words of the Lab; `written`: what names it in the expression."""
    match node:
        case Literal(type=type_):
            text = f'"{node.value}"' if type_ == "System.String" else written
            return "ConstantExpression", text, []
        case Empty():
            return "ConstantExpression", "{}", []
        case Name(name=name, of=of):
            return "ChildExpression", name, [of or _scope()]
        case Call(name=name, of=of, arguments=arguments):
            return "FunctionCallExpression", name, [of or _scope(), *arguments]
        case Special(name=name):
            return "AxisExpression", "builtin." + name, []
        case External(name=name):
            return "VariableRefExpression", name, []
        case Index(of=of, index=index):
            return "IndexerExpression", "[]", [of, index]
        case Unary(operator=operator, of=of):
            return "UnaryExpression", operator, [of]
        case Binary(operator=operator, left=left, right=right):
            return "BinaryExpression", operator, [left, right]
        case Typed(operator=operator, of=of, type=type_):
            return "BinaryExpression", operator, [of, {"ExpressionType": "ConstantExpression", "Name": type_}]


def _scope() -> Json:
    """What an expression is evaluated on, where nothing stands before a name."""
    return {"ExpressionType": "AxisExpression", "Name": "builtin.that"}
