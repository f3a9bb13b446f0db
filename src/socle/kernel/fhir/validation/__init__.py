"""Conformance: is this resource what R4 and its profiles ask for?

    report = validate(resource, library, codes, profiles=["https://…/fr-core-patient"])

Pure and synchronous; see `kernel.fhir.knowledge` for how definitions and codes that are not at hand are fetched.
"""

from socle.kernel.fhir.validation.core_knowledge import CoreCodes, Shelf
from socle.kernel.fhir.validation.places import with_places
from socle.kernel.fhir.validation.sources import Judged, Source, judge_text, read_text, sources
from socle.kernel.fhir.validation.validate import Report, knowing, validate

__all__ = [
    "CoreCodes",
    "Judged",
    "Report",
    "Shelf",
    "Source",
    "judge_text",
    "knowing",
    "read_text",
    "sources",
    "validate",
    "with_places",
]
