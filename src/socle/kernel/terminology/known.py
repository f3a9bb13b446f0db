"""Code systems known without loading anything: FHIR's own, and those that are a grammar (languages, media types, units).

Sources: FHIR R4 terminologies-systems.html; RFC 5646 (languages), RFC 6838 (media types), the Unified Code for Units of
Measure.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from socle.kernel.fhir.core import VERSION, core_codes, core_value_set
from socle.kernel.fhir.keys import key
from socle.kernel.fhir.units import unit
from socle.kernel.terminology.entries import Edition, Entry
from socle.kernel.terminology.filters import UNITS
from socle.kernel.terminology.source import Json
from socle.kernel.terminology.versions import split

OPEN: Final = "_open"  # in a value set of the core: systems of which it holds codes that the core cannot list
LANGUAGES: Final = "urn:ietf:bcp:47"
MEDIA_TYPES: Final = "urn:ietf:bcp:13"

_LANGUAGE: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
# Values of parameters that should be quoted are met without quotes, in R4's own examples too: they are taken as they are.
_MEDIA_TYPE: Final = re.compile(
    rf"{_NAME}/{_NAME}(?:\s*;\s*{_NAME}=(?:[^;\"\s][^;\"]{{0,200}}|\"[^\"\\]{{0,200}}\"))*", re.ASCII
)
_FORMATS: Final = frozenset({"json", "xml", "ttl"})  # what FHIR writes for its own: CapabilityStatement.format
_LONGEST: Final = 300

_RULES: Final[dict[str, tuple[Edition, Callable[[str], bool]]]] = {
    LANGUAGES: (
        Edition(-1, LANGUAGES, title="Langues (BCP 47)", case_sensitive=False, family=LANGUAGES),
        lambda code: _LANGUAGE.fullmatch(code) is not None,
    ),
    MEDIA_TYPES: (
        Edition(-2, MEDIA_TYPES, title="Types de média (BCP 13)", case_sensitive=False, family=MEDIA_TYPES),
        lambda code: code in _FORMATS or _MEDIA_TYPE.fullmatch(code) is not None,
    ),
    # A unit that is not in our table may be a unit all the same: the system is held in part.
    UNITS: (
        Edition(-3, UNITS, title="Unités (UCUM)", content="fragment", family=UNITS),
        lambda code: unit(code) is not None,
    ),
}
_BY_ID: Final = {edition.id: rule for edition, rule in _RULES.values()}


@lru_cache(maxsize=1024)
def edition(url: str) -> Edition | None:
    """The code system of this URL, when it is known without loading anything."""
    if url in _RULES:
        return _RULES[url][0]
    found = core_codes(url)
    if found is None:
        return None
    return Edition(
        -(2**31) - abs(key("core", url)) % 2**30,
        url,
        VERSION if url.startswith("http://hl7.org/fhir/") else "",
        content="complete" if found.complete else "fragment",
        case_sensitive=found.exact,
        total=len(found.codes),
        family=url,
    )


def entries(edition: Edition, codes: Sequence[str]) -> dict[str, Entry]:
    """Those of some codes that exist, without names: nothing more is known of them."""
    rule = _BY_ID.get(edition.id)
    if rule is not None:
        return {code: Entry(edition.id, 0, code) for code in codes if len(code) <= _LONGEST and rule(code)}
    found = core_codes(edition.url)
    if found is None:
        return {}
    ranks = _ranks(edition.url)
    return {
        code: Entry(edition.id, ranks[folded], code)
        for code in codes
        if (folded := code if found.exact else code.lower()) in ranks
    }


def every(edition: Edition) -> list[Entry] | None:
    """All concepts, sorted by code; None when they cannot be listed (a grammar)."""
    if edition.id in _BY_ID:
        return None
    return [Entry(edition.id, rank, code) for code, rank in _ranks(edition.url).items()]


@lru_cache(maxsize=256)
def value_set(canonical: str) -> Json | None:
    """A value set of the core, as a ValueSet resource; None when the core has none."""
    url, version = split(canonical)
    found = core_value_set(f"{url}|{version}" if version else url)
    if found is None:
        return None
    include: list[Json] = []
    for system, codes in found.codes.items():
        one: Json = {"system": system}
        if codes is not None:
            one["concept"] = [{"code": code} for code in sorted(codes)]
        include.append(one)
    return {
        "resourceType": "ValueSet",
        "url": url,
        "version": VERSION,
        "status": "active",
        "compose": {"include": include},
        OPEN: list(found.open),
    }


@lru_cache(maxsize=64)
def _ranks(url: str) -> dict[str, int]:
    found = core_codes(url)
    return {code: rank for rank, code in enumerate(sorted(found.codes))} if found else {}
