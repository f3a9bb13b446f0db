"""fixed[x], pattern[x], minValue[x], maxValue[x], maxLength: what a definition says of a value itself.

Source: FHIR R4 elementdefinition-definitions.html.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from socle.kernel.fhir.fhirpath import system
from socle.kernel.fhir.fhirpath.comparing import order
from socle.kernel.fhir.validation.findings import Finding, error, quoted
from socle.kernel.fhir.validation.tree import Node

Predicate = Callable[[Any], bool]
ValueCheck = Callable[[Any], Finding | None]


def same(value: Any, wanted: Any) -> bool:
    """Whether two JSON values are the same value: numbers by what they are worth, arrays in order."""
    if type(value) is dict and type(wanted) is dict:
        return value.keys() == wanted.keys() and all(same(value[name], one) for name, one in wanted.items())
    if type(value) is list and type(wanted) is list:
        return len(value) == len(wanted) and all(map(same, value, wanted))
    if _is_number(value) and _is_number(wanted):
        return _number(value) == _number(wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def holds(value: Any, pattern: Any) -> bool:
    """Whether a value has everything that a pattern has; an item of an array of the pattern is found anywhere."""
    if type(pattern) is dict:
        return type(value) is dict and all(name in value and holds(value[name], one) for name, one in pattern.items())
    if type(pattern) is list:
        return type(value) is list and all(any(holds(item, one) for item in value) for one in pattern)
    return same(value, pattern)


def fits(node: Node) -> Predicate | None:
    """Whether a value is what fixed[x] or pattern[x] of a definition wants; None when it has neither."""
    fixed, pattern = node.value("fixed"), node.value("pattern")
    if fixed is not None:
        return _equals(fixed) if type(fixed) is str else lambda value: same(value, fixed)
    if pattern is not None:
        return _equals(pattern) if type(pattern) is str else lambda value: holds(value, pattern)
    return None


def _equals(text: str) -> Predicate:
    return lambda value: type(value) is str and value == text


def value_checks(node: Node, code: str) -> list[ValueCheck]:
    """What a definition asks of a value of type `code`, as checks."""
    checks: list[ValueCheck] = []
    accepted = fits(node)
    if accepted is not None:
        checks.append(_fitting(node, accepted))
    for prefix, sign in (("minValue", -1), ("maxValue", 1)):
        limit = node.value(prefix)
        if limit is not None and (bounded := _bounded(node, code, limit, sign)) is not None:
            checks.append(bounded)
    longest = node.definition.get("maxLength")
    if longest is not None:
        checks.append(_no_longer(node, int(longest)))
    return checks


def _fitting(node: Node, accepted: Predicate) -> ValueCheck:
    fixed = node.value("fixed")
    wanted, told = _shown(fixed if fixed is not None else node.value("pattern"), 300)
    rule = node.rule
    if fixed is not None:
        fr, en = f"la valeur doit être exactement {wanted}", f"the value must be exactly {told}"
    else:
        fr, en = f"la valeur doit contenir {wanted}", f"the value must contain {told}"

    def check(value: Any) -> Finding | None:
        return None if accepted(value) else error("value", rule, fr, en)

    return check


def _bounded(node: Node, code: str, limit: Any, sign: int) -> ValueCheck | None:
    """The check of a limit; None when it is that of another type of a choice."""
    try:
        bound = system((code, limit, None))
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        return None
    shown, told = _shown(limit, 80)
    rule = node.rule
    if sign < 0:
        fr, en = f"la valeur ne peut pas être inférieure à {shown}", f"the value cannot be below {told}"
    else:
        fr, en = f"la valeur ne peut pas dépasser {shown}", f"the value cannot be above {told}"

    def check(value: Any) -> Finding | None:
        try:
            found = order(system((code, value, None)), bound, 0)
        except (TypeError, ValueError, AttributeError, ArithmeticError):
            return None  # not a value of this type: said elsewhere
        return error("value", rule, fr, en) if found is not None and found * sign > 0 else None

    return check


def _no_longer(node: Node, longest: int) -> ValueCheck:
    rule = node.rule

    def check(value: Any) -> Finding | None:
        if type(value) is str and len(value) > longest:
            return error(
                "too-long",
                rule,
                f"le texte a {len(value)} caractères, {longest} au plus sont permis",
                f"the text has {len(value)} characters, {longest} at most are allowed",
            )
        return None

    return check


def _shown(value: Any, most: int) -> tuple[str, str]:
    """A value in a French and in an English sentence."""
    if type(value) is str:
        return f"« {quoted(value, most)} »", f'"{quoted(value, most)}"'
    written = quoted(json.dumps(value, ensure_ascii=False, default=str), most)
    return written, written


def _is_number(value: Any) -> bool:
    return type(value) in (int, float, Decimal)


def _number(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def objects(value: Any) -> list[dict[str, Any]]:
    """Those of an array that are objects: shapes that are wrong are told by the structural check."""
    return [one for one in value if type(one) is dict] if type(value) is list else []
