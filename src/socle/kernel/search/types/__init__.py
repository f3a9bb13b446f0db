"""One file per type of search parameter: how values become keys, how query values become a condition.

Each module has `MODIFIERS`, `keys(parameter, values, into)`, `condition(parameter, modifier, values, context)`, where
`values` of `keys` are (FHIR type, value) pairs and those of `condition` are query values, still escaped, of which one
must match.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from socle.kernel.search.conditions import Condition
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.types import (
    composite,
    date,
    near,
    number,
    phonetic,
    quantity,
    reference,
    special,
    string,
    token,
    uri,
)
from socle.kernel.store.contract import Keys

Values = Sequence[tuple[str, Any]]


class ParameterType(Protocol):
    """What a module of this package offers."""

    @property
    def MODIFIERS(self) -> frozenset[str]:
        """Modifiers understood, besides `missing`."""

    def keys(self, parameter: Parameter, values: Values, into: Keys, /) -> None:
        """Add the keys of `values` to `into`. Raises Problem(INVALID) when a value cannot be indexed."""

    def condition(self, parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
        """What a resource must satisfy. Raises Problem(INVALID)."""


TYPES: Final[dict[str, ParameterType]] = {
    "token": token,
    "reference": reference,
    "string": string,
    "date": date,
    "number": number,
    "quantity": quantity,
    "uri": uri,
    "special": special,
    "near": near,
    "composite": composite,
    "phonetic": phonetic,
}
