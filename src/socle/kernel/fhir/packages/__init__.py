"""FHIR packages in the npm layout, read from a .tgz or a folder as something that nobody vouches for.

archive    the members of a package, one at a time: no path out of it, no link, no bomb
manifest   package.json: who it is, what it depends on
entry      what a resource of a package is, without reading all of it
versions   which of several versions is later, which answers one that was asked
realm      whose a package is: of a country, or what everybody builds upon
package    the three together: `Package.open(path)`
plan       in what order to install, what is missing
library    definitions of packages that are files: a check without a house

Source: FHIR package specification (HL7 confluence, "NPM Package Specification"), hl7.org/fhir/R4/packages.html.
"""

from socle.kernel.fhir.packages.archive import Limits
from socle.kernel.fhir.packages.entry import Entry
from socle.kernel.fhir.packages.manifest import Manifest
from socle.kernel.fhir.packages.package import Package, Resource, is_package, packages_at
from socle.kernel.fhir.packages.plan import BUILT_IN, CORE, Plan, Wanted, closure, plan
from socle.kernel.fhir.packages.realm import nearest_first, nearness
from socle.kernel.fhir.packages.versions import Match, answering, precedence

__all__ = [
    "BUILT_IN",
    "CORE",
    "Entry",
    "Limits",
    "Manifest",
    "Match",
    "Package",
    "Plan",
    "Resource",
    "Wanted",
    "answering",
    "closure",
    "is_package",
    "nearest_first",
    "nearness",
    "packages_at",
    "plan",
    "precedence",
]
