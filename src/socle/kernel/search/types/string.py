"""Names and texts: starts with, contains, exact. Source: FHIR R4 search.html#string."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from socle.kernel.fhir.keys import key
from socle.kernel.search.conditions import Condition, HasToken, StringTest
from socle.kernel.search.escapes import unescape
from socle.kernel.search.normalise import normalise
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.store.contract import Keys

MODIFIERS = frozenset({"exact", "contains"})
LETTERS = 3
_PARTS = {
    "HumanName": ("family", "given", "prefix", "suffix", "text"),
    "Address": ("line", "city", "district", "state", "postalCode", "country", "text"),
}


@lru_cache(maxsize=32_768)
def _text(resource_type: str, name: str, value: str) -> tuple[str, int, int]:
    """The normalised value, its token for `:exact`, that of its beginning (0 when nothing is left of it)."""
    plain = normalise(value)
    return plain, key("x", resource_type, name, value), beginning(resource_type, name, plain) if plain else 0


def beginning(resource_type: str, name: str, plain: str) -> int:
    """The token of the first letters of a normalised value: beside a rarer token, it spares reading most of the rows."""
    return key("n", resource_type, name, plain[:LETTERS])


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add each string, or each part of a name or address."""
    of, name, param = parameter.resource_type, parameter.name, parameter.key
    toks, strings = into.toks, into.strings
    for kind, value in values:
        for text in (value,) if isinstance(value, str) else _parts(kind, value):
            plain, exact, start = _text(of, name, text)
            toks.append(exact)
            if plain:
                toks.append(start)
                strings.append((param, plain))


def _parts(kind: str, value: dict[str, Any]) -> list[str]:
    texts: list[str] = []
    for part in _PARTS.get(kind, ()):
        found = value.get(part)
        if isinstance(found, str):
            texts.append(found)
        elif found:
            texts.extend(text for text in found if text is not None)
    return texts


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """Starts with (no modifier), `:contains`, both French-insensitive; `:exact` to the letter, accents included."""
    texts = [unescape(text) for text in values]
    if modifier == "exact":
        return HasToken(tuple(key("x", parameter.resource_type, parameter.name, text) for text in texts))
    plain = tuple(dict.fromkeys(normalise(text) for text in texts))
    if "" in plain:
        raise refuse(
            parameter.name,
            f"« {parameter.name} » : la valeur ne contient ni lettre ni chiffre ; « :exact » compare à la lettre.",
            f"“{parameter.name}”: the value holds no letter and no digit; “:exact” compares to the letter.",
        )
    if modifier == "contains":
        return StringTest(parameter.key, "contains", plain)
    starts = [beginning(parameter.resource_type, parameter.name, text) for text in plain]
    usable = all(len(text) >= LETTERS for text in plain)
    return StringTest(parameter.key, "starts", plain, tuple(dict.fromkeys(starts)) if usable else ())
