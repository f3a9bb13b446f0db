"""What a terminology resource says of itself, for the catalogue; and what is refused before it is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from socle.foundations.terminologies.model import Json
from socle.kernel.fhir.keys import key
from socle.kernel.outcome import Kind, Problem
from socle.kernel.terminology.compose import standards_status
from socle.kernel.terminology.entries import Edition

TYPES: Final = ("CodeSystem", "ValueSet", "ConceptMap", "NamingSystem")
_SLUG: Final = re.compile(r"[^A-Za-z0-9.-]+")
_OID: Final = "urn:oid:"
_LONGEST: Final = 2_000  # octets of an address with its version: they are looked for by their whole text


@dataclass(frozen=True, slots=True)
class Headline:
    """One resource in the catalogue. `facts`: see `headline`."""

    type: str
    id: str
    url: str
    version: str
    edition: int | None
    package: str
    facts: Json


def headline(
    resource: Json, id: str, *, edition: int | None = None, package: str = "", total: int = 0, oids: Sequence[str] = ()
) -> Headline:
    """The headline of a resource.

    edition  of a CodeSystem, where its concepts are
    total    how many there are
    oids     more OIDs that name it
    """
    facts: Json = {
        name: resource[name]
        for name in ("name", "title", "status", "experimental", "date", "language")
        if name in resource
    }
    named = dict.fromkeys([*_oids(resource), *(oid.removeprefix(_OID) for oid in oids)])
    if named:
        facts["oids"] = list(named)
    kind: str = resource["resourceType"]
    if kind == "CodeSystem":
        if standing := standards_status(resource):
            facts["standing"] = standing
        facts |= {
            name: resource[name]
            for name in ("content", "caseSensitive", "hierarchyMeaning", "valueSet", "supplements")
            if name in resource
        }
        facts["total"] = total
        facts["property"] = {
            p["code"]: [p.get("type", ""), p.get("uri", "")] for p in resource.get("property", ()) if "code" in p
        }
    elif kind == "ValueSet":
        facts["imports"] = imports(resource)
    elif kind == "ConceptMap":
        facts["source"] = resource.get("sourceUri") or resource.get("sourceCanonical") or ""
        facts["target"] = resource.get("targetUri") or resource.get("targetCanonical") or ""
        facts["groups"] = [[group.get("source", ""), group.get("target", "")] for group in resource.get("group", ())]
    elif kind == "NamingSystem":
        facts["kind"] = resource.get("kind", "")
        facts["ids"] = [[one.get("type", ""), one.get("value", "")] for one in resource.get("uniqueId", ())]
    return Headline(kind, id, resource.get("url", ""), resource.get("version", ""), edition, package, facts)


def imports(resource: Json) -> list[str]:
    """The value sets that a value set takes from or leaves out, each once, without their versions."""
    compose = resource.get("compose", {})
    parts = [*compose.get("include", ()), *compose.get("exclude", ())]
    return list(dict.fromkeys(str(url).partition("|")[0] for part in parts for url in part.get("valueSet", ())))


def _oids(resource: Json) -> list[str]:
    """OIDs of the identifiers."""
    identifiers = resource.get("identifier", ())
    if isinstance(identifiers, dict):
        identifiers = [identifiers]
    values = [str(one.get("value", "")) for one in identifiers]
    return [value.removeprefix(_OID) for value in values if value.startswith(_OID)]


def edition_of(headline: Headline, family: str) -> Edition:
    """The edition that a CodeSystem's headline tells of."""
    facts = headline.facts
    return Edition(
        # A head without concepts has a number of its own, so that nothing is confused with it.
        headline.edition if headline.edition is not None else -(2**40) - abs(key("head", headline.id)) % 2**30,
        headline.url,
        headline.version,
        facts.get("name", ""),
        facts.get("title", ""),
        facts.get("status", "active"),
        facts.get("content", "complete")
        if headline.edition is not None or facts.get("content") == "supplement"
        else "not-present",
        facts.get("caseSensitive", True),
        facts.get("hierarchyMeaning", ""),
        facts.get("language", ""),
        facts.get("valueSet", ""),
        facts.get("supplements", ""),
        headline.id,
        facts.get("total", 0),
        facts.get("experimental", False),
        family,
        {code: (kind, uri) for code, (kind, uri) in facts.get("property", {}).items()},
        facts.get("standing", ""),
    )


def packed(facts: Json) -> bytes:
    """Facts as they are kept."""
    return orjson.dumps(facts)


def unpacked(row: Any) -> Headline:
    """A headline as its row tells it."""
    return Headline(
        row["type"], row["id"], row["url"], row["version"], row["edition"], row["package"], orjson.loads(row["facts"])
    )


def slug(text: str, more: str = "") -> str:
    """A legal id from a URL (its last two parts), or from an id and a version; short, and the same each time."""
    parts = [part for part in re.split(r"[/:|]", text) if part][-1:]
    name = _SLUG.sub("-", "-".join([*parts, *([more] if more else [])])).strip("-.")
    if len(name) <= 64 and name:
        return name
    return f"{name[:47]}-{abs(key('slug', text, more)):016x}"[:64]


def acceptable(resource: Json) -> None:
    """Refuse what no terminology service can serve. Raises: Problem(RULE_VIOLATED | INVALID)."""
    kind = resource["resourceType"]
    if len(f"{resource.get('url', '')}{resource.get('version', '')}".encode()) > _LONGEST:
        raise Problem.of(
            Kind.INVALID,
            f"L'adresse canonique et la version tiennent ensemble en {_LONGEST} octets.",
            f"The canonical address and the version together hold in {_LONGEST} bytes.",
            expression=f"{kind}.url",
            rule="SOCLE-TERMINOLOGY-SIZE",
        )
    if kind in ("CodeSystem", "ValueSet", "ConceptMap"):
        url = resource.get("url", "")
        if not url:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "Donnez une adresse canonique (url) : c'est par elle que cette ressource sera citée.",
                "Give a canonical address (url): that is how this resource will be cited.",
                expression=f"{kind}.url",
                rule="FHIR R4 resource.html#canonical",
                code="required",
            )
        if "|" in url or "#" in url:
            raise Problem.of(
                Kind.INVALID,
                "L'adresse canonique ne contient ni « | » ni « # » : la version a son propre élément.",
                "The canonical address has neither “|” nor “#”: the version has an element of its own.",
                expression=f"{kind}.url",
                rule="FHIR R4 references.html#canonical",
            )
    if kind == "CodeSystem" and resource.get("content") == "supplement" and not resource.get("supplements"):
        raise Problem.of(
            Kind.RULE_VIOLATED,
            "Un supplément dit quel système de codes il complète (supplements).",
            "A supplement says which code system it completes (supplements).",
            expression="CodeSystem.supplements",
            rule="FHIR R4 codesystem.html csd-1",
            code="required",
        )
