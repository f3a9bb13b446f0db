"""Codes of resources in words, for templates."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.foundations.country import communes

Json = dict[str, Any]
FIELDS: Final = ("01", "02", "03", "04", "05")


@lru_cache(maxsize=1)
def regions() -> Mapping[str, str]:
    """Names of regions by code, in order of name."""
    found = {one.region: one.nom_region for one in communes()}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


@lru_cache(maxsize=1)
def departments() -> Mapping[str, str]:
    """Names of departments by code."""
    return dict(sorted({one.departement: one.nom_departement for one in communes()}.items()))


def territory(code: str) -> str:
    """The name of a territory: a region, or a department written D75."""
    if code[:1] == "D":
        return f"{departments().get(code[1:], code[1:])} ({code[1:]})"
    return regions().get(code, code or "—")


def shown(concepts: Any) -> str:
    """What codeable concepts say: their displays, their codes where there is none."""
    said = []
    for concept in concepts if isinstance(concepts, list) else [concepts or {}]:
        coding: Json = next(iter(concept.get("coding", ())), {})
        said.append(str(concept.get("text") or coding.get("display") or coding.get("code", "")))
    return ", ".join(one for one in said if one)


def address(resource: Json) -> str:
    """An address on one line."""
    found = resource.get("address", {})
    first = (found[0] if found else {}) if isinstance(found, list) else found
    town = " ".join(part for part in (first.get("postalCode", ""), first.get("city", "")) if part)
    return ", ".join(part for part in (*first.get("line", ()), town) if part)


def contacts(resource: Json) -> Iterator[tuple[str, str]]:
    """(who, address) of the contacts that are there."""
    for contact in resource.get("contact", ()):
        for telecom in contact.get("telecom", ()):
            yield str(contact.get("name", {}).get("text", "")), str(telecom.get("value", ""))
    for one in resource.get("extension", ()):
        if one.get("url") == names.CONTACT:
            parts = {part["url"]: part for part in one.get("extension", ())}
            who = str(parts.get("name", {}).get("valueHumanName", {}).get("text", ""))
            inner = parts.get(names.CONTACT_TELECOM, {}).get("extension", ())
            for part in inner:
                if part["url"] == "telecomAddress":
                    yield who, str(part.get("valueString", ""))
    for telecom in resource.get("telecom", ()):
        yield "", str(telecom.get("value", ""))


def ages(offer: Json) -> tuple[str, str]:
    """(from, to) of the ages that an offer takes, in years, "" when it does not say."""
    for one in offer.get("extension", ()):
        if one.get("url") == names.PATIENTS:
            for part in one.get("extension", ()):
                if part["url"] == "ageRange":
                    within = part.get("valueRange", {})
                    return str(within.get("low", {}).get("value", "")), str(within.get("high", {}).get("value", ""))
    return "", ""


def person(practitioner: Json) -> str:
    """The name of a professional."""
    name: Json = next(iter(practitioner.get("name", ())), {})
    return " ".join([*name.get("given", ()), name.get("family", "")]).strip() or str(practitioner.get("id", ""))
