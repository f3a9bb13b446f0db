"""Changes to a part of a resource: JSON Patch (RFC 6902), XML Patch (RFC 5261), FHIRPath Patch (R4 fhirpatch.html).

A patch is read and checked once, then applied to the values of a resource, as often as need be. What comes out is not
checked: `check` is for that.
"""

from socle.kernel.fhir.patch.fhirpath import FhirPathPatch
from socle.kernel.fhir.patch.json import JsonPatch
from socle.kernel.fhir.patch.patch import Bounds, Patch
from socle.kernel.fhir.patch.xml import XmlPatch

__all__ = ["Bounds", "FhirPathPatch", "JsonPatch", "Patch", "XmlPatch"]
