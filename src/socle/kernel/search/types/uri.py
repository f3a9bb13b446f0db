"""URIs, compared to the letter. Source: FHIR R4 search.html#uri."""

from collections.abc import Sequence
from typing import Any

from socle.kernel.fhir.keys import frequent_key, key
from socle.kernel.search.conditions import Condition, HasToken
from socle.kernel.search.escapes import unescape
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.store.contract import Keys

MODIFIERS: frozenset[str] = frozenset()


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Add the token of each URI; a canonical with its version is found with and without it."""
    for kind, value in values:
        into.toks.append(frequent_key("u", parameter.resource_type, parameter.name, value))
        if kind == "canonical" and "|" in value:
            bare = value.partition("|")[0]
            into.toks.append(frequent_key("u", parameter.resource_type, parameter.name, bare))


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """The URI itself, to the letter."""
    return HasToken(tuple(key("u", parameter.resource_type, parameter.name, unescape(text)) for text in values))
