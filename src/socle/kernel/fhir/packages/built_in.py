"""The definitions that the house knows without any package, as entries of one: `hl7.fhir.r4.core#4.0.1`."""

from functools import cache

from socle.kernel.fhir.core import VERSION, core_structure, core_urls
from socle.kernel.fhir.packages.entry import Entry


@cache
def core_entries() -> tuple[Entry, ...]:
    """Types, profiles and extensions of FHIR R4, by name; a tenth of a second the first time."""
    found = [_entry(url) for url in core_urls()]
    return tuple(sorted(found, key=lambda one: (one.name.lower(), one.url)))


def _entry(url: str) -> Entry:
    facts = core_structure(url) or {}
    return Entry(
        "StructureDefinition",
        url,
        VERSION,
        facts.get("id", ""),
        facts.get("kind", ""),
        facts.get("type", ""),
        facts.get("derivation", ""),
        facts.get("baseDefinition", ""),
        facts.get("name", ""),
        "",
        "active",
        True,
    )
