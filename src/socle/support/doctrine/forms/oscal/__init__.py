"""An edition as OSCAL 1.1 (https://pages.nist.gov/OSCAL/): catalog, profile, component definition.

    catalog               the whole edition: orientations and chapters are groups, requirements are controls. Nothing is
                          lost: `from_catalog(to_catalog(edition)) == edition`
    profile               what one kind of addressee must do, or everything
    component definition  the modules of Socle, and the requirements that each implements

What OSCAL has no word for is a property or a part in our namespace (`NAMESPACE`). Identifiers are made from the content:
the same edition gives the same bytes, another content another document identifier.
"""

from collections.abc import Mapping
from typing import Final

from socle.support.doctrine.forms.oscal.catalog import to_catalog
from socle.support.doctrine.forms.oscal.component import to_component_definition
from socle.support.doctrine.forms.oscal.pieces import NAMESPACE, Json
from socle.support.doctrine.forms.oscal.profile import to_profile
from socle.support.doctrine.forms.oscal.reading import from_catalog
from socle.support.doctrine.model import Edition

MODELS: Final = ("catalog", "profile", "component-definition")


def document(model: str, edition: Edition, titles: Mapping[str, str] | None = None) -> Json:
    """One of `MODELS`; `titles` are what modules are called, by name."""
    if model == "catalog":
        return to_catalog(edition)
    if model == "profile":
        return to_profile(edition)
    return to_component_definition(edition, titles)


__all__ = [
    "MODELS",
    "NAMESPACE",
    "Json",
    "document",
    "from_catalog",
    "to_catalog",
    "to_component_definition",
    "to_profile",
]
