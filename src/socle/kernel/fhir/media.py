"""The media types of FHIR. Source: FHIR R4 http.html#mime-type."""

from typing import Final

JSON: Final = "application/fhir+json"
XML: Final = "application/fhir+xml"
XML_TYPES: Final = frozenset({XML, "application/xml", "text/xml"})
