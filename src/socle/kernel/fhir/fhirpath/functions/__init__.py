"""Every function by name."""

from collections.abc import Mapping
from types import MappingProxyType

from socle.kernel.fhir.fhirpath.functions import (
    boundaries,
    conversion,
    existence,
    fhir,
    filtering,
    mathematics,
    subsetting,
    texts,
    utility,
)
from socle.kernel.fhir.fhirpath.functions.registry import Function

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        **existence.FAMILY,
        **filtering.FAMILY,
        **subsetting.FAMILY,
        **conversion.FAMILY,
        **texts.FAMILY,
        **mathematics.FAMILY,
        **utility.FAMILY,
        **boundaries.FAMILY,
        **fhir.FAMILY,
    }
)
