"""Composite parameters: several values that stand together, `code$value`. Source: FHIR R4 search.html#combining.

Where they stand together in the resource itself (or in an element that it has once), each part is the plain parameter
of its own and no key is added. Where the element is repeated, what pairs its values is kept: codes and references become
one token for all parts, and a number, date or string is kept under a key made of them; two numbers are kept as the bounds of
one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Final

from socle.kernel.fhir.extract import Extractor, compiled
from socle.kernel.fhir.keys import key
from socle.kernel.search.conditions import (
    Condition,
    Either,
    HasToken,
    MeasureTest,
    Missing,
    NumberTest,
    StringTest,
    both,
    either,
)
from socle.kernel.search.escapes import split
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types import date, number, quantity, reference, string, token, uri
from socle.kernel.store.contract import Json, Keys

MODIFIERS: frozenset[str] = frozenset()
_PLAIN: Final = {
    "token": token,
    "reference": reference,
    "uri": uri,
    "date": date,
    "number": number,
    "quantity": quantity,
    "string": string,
}
OUTSIDE: Final = "%resource."  # begins the expression of a part that does not stand in the element
RANGED: Final = frozenset({"date", "number", "quantity", "string"})

_MOST_REMEMBERED: Final = 4_000  # pairs per parameter

Values = Sequence[tuple[str, Any]]


def extractor(parameter: Parameter) -> Callable[[Json], list[tuple[str, Any]]]:
    """What finds, in a resource, the repeated elements in which every part has a value: ("", values of each part)."""
    contexts = compiled(" | ".join(parameter.paths), parameter.resource_type)
    parts: dict[str, list[Extractor]] = {}

    def extract(resource: Json) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = []
        for kind, element in contexts(resource):
            if kind not in parts:
                parts[kind] = [_found(part, kind) for part in parameter.parts]
            values = [part(element, resource) for part in parts[kind]]
            if all(values):
                found.append(("", values))
        return found

    return extract


def _found(part: Parameter, kind: str) -> Extractor:
    """What finds a part, in the element or in the resource that holds it."""
    if not part.expression.startswith(OUTSIDE):
        return compiled(part.expression, kind)
    of = part.resource_type
    outside = compiled(f"{of}.{part.expression.removeprefix(OUTSIDE)}", of)

    def find(element: Any, resource: Any = None) -> list[tuple[str, Any]]:
        return outside(resource)

    return find


class Keeper:
    """Adds what pairs the parts of each repeated element of one parameter."""

    def __init__(self, parameter: Parameter, bases: tuple[str, ...]) -> None:
        self._parameter = parameter
        self._bases = bases
        self._under: dict[tuple[int, ...], tuple[int, Parameter | None]] = {}

    def __call__(self, parameter: Parameter, values: Values, into: Keys) -> None:
        """Keys of the elements that `extractor` found."""
        for _, found in values:
            said: list[list[int]] = []
            ranged: Values = ()
            second: Values = ()
            for part, some in zip(parameter.parts, found, strict=True):
                if part.type in RANGED:
                    ranged, second = (ranged, some) if ranged else (some, ())
                else:
                    said.append(list(dict.fromkeys(_tokens(part, some, self._bases))))
            for tokens in product(*said):
                pair, under = self._under.get(tokens) or self._pair(tokens)
                if under is None:
                    into.toks.append(pair)
                    continue
                if under.type == "date":  # the days, as tokens, are not of use
                    beside = Keys()
                    date.keys(under, ranged, beside)
                    into.dates += beside.dates
                    continue
                if under.type == "string":
                    into.strings += [(pair, text) for text in string.plain_texts(ranged)]
                    continue
                if second:
                    into.numbers += [(pair, float(a), float(b), 0, 0) for (_, a), (_, b) in product(ranged, second)]
                    continue
                _PLAIN[under.type].keys(under, ranged, into)

    def _pair(self, tokens: tuple[int, ...]) -> tuple[int, Parameter | None]:
        """The key of a pair, and the parameter of the values that are kept under it."""
        if len(self._under) >= _MOST_REMEMBERED:
            self._under.clear()
        pair = _pair(self._parameter, tokens)
        part = next((part for part in self._parameter.parts if part.type in RANGED), None)
        self._under[tokens] = kept = (pair, replace(part, key=pair) if part else None)
        return kept


def keys(parameter: Parameter, values: Values, into: Keys, /) -> None:
    """As `Keeper`, for a register without base URLs."""
    Keeper(parameter, ())(parameter, values, into)


def _tokens(part: Parameter, values: Values, bases: tuple[str, ...]) -> Sequence[int]:
    if part.type == "token":
        return token.codes(part, values)
    found = Keys()
    if part.type == "reference":
        reference.keys(part, values, found, bases)
    else:
        uri.keys(part, values, found)
    return found.toks


def _pair(parameter: Parameter, tokens: Sequence[int]) -> int:
    return key("k", parameter.resource_type, parameter.keeper, *map(str, tokens))


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """`a$b`: the parts that stand together are a and b."""
    return either([_one(parameter, text, context) for text in values])


def _one(parameter: Parameter, text: str, context: Context) -> Condition:
    parts = split(text, "$")
    if len(parts) != len(parameter.parts) or not all(parts):
        shape = "$".join(part.type for part in parameter.parts)
        raise refuse(
            parameter.name,
            f"« {parameter.name} » demande {len(parameter.parts)} parties : « {shape} ».",
            f"“{parameter.name}” takes {len(parameter.parts)} parts: “{shape}”.",
            rule="FHIR R4 search.html#combining",
        )
    each = [
        both([_asked(one, part, context) for one, part in zip(plain, parts, strict=True)]) for plain in parameter.whole
    ]
    if parameter.paths:
        each.append(_paired(parameter, parts, context))
    return either(each)


def _asked(part: Parameter, text: str, context: Context) -> Condition:
    found: Condition = _PLAIN[part.type].condition(part, "", [text], context)
    return found


def _paired(parameter: Parameter, parts: list[str], context: Context) -> Condition:
    said: list[tuple[int, ...]] = []
    ranged: list[tuple[Parameter, str]] = []
    for part, text in zip(parameter.parts, parts, strict=True):
        if part.type in RANGED:
            ranged.append((part, text))
            continue
        if part.type == "token" and text.endswith("|"):
            raise refuse(
                parameter.name,
                f"« {parameter.name} » demande un code : « {text} » n'en dit que le système.",
                f"“{parameter.name}” takes a code: “{text}” only says its system.",
                rule="FHIR R4 search.html#combining",
            )
        found = _asked(part, text, context)
        assert isinstance(found, HasToken)
        said.append(found.any)
    pairs = [_pair(parameter, tokens) for tokens in product(*said)]
    if not ranged:
        return HasToken(tuple(pairs))
    if len(ranged) == 2:
        first, second = (_asked(part, text, context) for part, text in ranged)
        assert isinstance(first, NumberTest)
        assert isinstance(second, NumberTest)
        return either([replace(first, param=pair, second=second) for pair in pairs])
    [(part, text)] = ranged
    return either([_under(part, text, pair, context) for pair in pairs])


def _under(part: Parameter, text: str, pair: int, context: Context) -> Condition:
    """The comparison of `part` among the values kept under `pair`."""
    if part.type == "date":
        return replace(date.test(part, text, context), param=pair)
    found = _asked(part, text, context)
    if isinstance(found, NumberTest | MeasureTest):
        return replace(found, param=pair)
    assert isinstance(found, StringTest)
    return replace(found, param=pair, beginnings=())


def missing(parameter: Parameter, absent: bool) -> Condition:
    """No element holds all the parts (or one does)."""
    each: list[Condition] = [
        (either if absent else both)([Missing(part.bit, absent) for part in plain]) for plain in parameter.whole
    ]
    if parameter.paths:
        each.append(Missing(parameter.kept, absent))
    return both(each) if absent else Either(tuple(each))
