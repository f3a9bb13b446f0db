"""Parameters that are legal in R4 and not offered: phonetic without full text. Refused, never ignored."""

from collections.abc import Sequence
from typing import Any

from socle.kernel.search.conditions import Condition
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import unsupported
from socle.kernel.store.contract import Keys

MODIFIERS: frozenset[str] = frozenset()


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Nothing is kept."""


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """Raises Problem(INVALID, not-supported), always: see docs/conformance/search.md."""
    raise unsupported(
        parameter.name,
        f"Le paramètre « {parameter.name} » de {parameter.resource_type} n'est pas offert par ce serveur.",
        f"The parameter “{parameter.name}” of {parameter.resource_type} is not offered by this server.",
    )
