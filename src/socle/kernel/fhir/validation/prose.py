"""What R4 says of some types in its text, and no invariant states: attachments, systems, references, narratives, units.

Sources: FHIR R4 datatypes.html#attachment, #identifier, #coding, #quantity; references.html#Reference; narrative.html.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache
from html import unescape
from typing import Any, Final

from socle.kernel.fhir.definitions import r4
from socle.kernel.fhir.primitives import oid, uuid
from socle.kernel.fhir.references import split_reference
from socle.kernel.fhir.units import unit
from socle.kernel.fhir.validation.findings import Finding, Findings, add, climb, error, quoted, warning
from socle.kernel.fhir.validation.walk import Met, path

Json = dict[str, Any]

_URIS: Final = "urn:ietf:rfc:3986"
_UCUM: Final = "http://unitsofmeasure.org"
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:\S+")
_BARE_OID = re.compile(r"[0-2](?:\.\d+)+")
_TAG = re.compile(r"<[^>]*>")
_IMAGE = re.compile(r"<(?:\w+:)?img[\s/>]")
_LINK = re.compile(r"""<(?:\w+:)?a\s[^>]*?href\s*=\s*["']#([^"']+)["']""")
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]{0,31});")
_ANCHOR = re.compile(r"""\s(?:id|name|xml:id)\s*=\s*["']([^"']+)["']""")


def prose(met: Met, resource: Json) -> Findings:
    """What is wrong with the values of these types, wherever they stand in a resource."""
    found: Findings = None
    for value, trail in met.told:
        for one in _CHECKS[trail[3]](value):
            found = climb(found, path(trail), [one])
    url = resource.get("url")
    if type(url) is str and _is_published(resource["resourceType"]) and (wrong := ill_formed(url)) is not None:
        fr, en = (
            f"l'url de ce qui est publié est absolue : {wrong[0]}",
            f"the url of what is published is absolute: {wrong[1]}",
        )
        found = add(found, error("value", "FHIR R4 references.html#canonical", fr, en, path=".url"))
    text = resource.get("text")
    if type(text) is dict and type(text.get("div")) is str:
        found = add(found, _narrative(text["div"], met, resource))
    return found


@cache
def _is_published(type_: str) -> bool:
    """Whether resources of a type have an address of their own (canonical)."""
    return r4().elements(type_).keys() >= {"url", "version", "status", "date", "publisher"}


def ill_formed(uri: str) -> tuple[str, str] | None:
    """What is wrong with a URI that must identify something by itself, in both languages; None when nothing is."""
    if uri.startswith("urn:oid:"):
        reason = oid(uri)
    elif uri.startswith("urn:uuid:"):
        reason = uuid(uri.lower())
    elif _BARE_OID.fullmatch(uri):
        return f"écrivez urn:oid:{uri}", f"write urn:oid:{uri}"
    elif _ABSOLUTE.fullmatch(uri):
        return None
    else:
        return (
            "une adresse absolue est attendue (https://…, urn:oid:…)",
            "an absolute address is expected (https://…, urn:oid:…)",
        )
    return (reason.fr, reason.en) if reason is not None else None


def _attachment(value: Json) -> Iterable[Finding]:
    data, rule = value.get("data"), "FHIR R4 datatypes.html#attachment"
    if type(data) is not str or ("size" not in value and "hash" not in value):
        return
    try:
        held = base64.b64decode(data)
    except (binascii.Error, ValueError):
        return  # the structural check tells
    size, digest = value.get("size"), value.get("hash")
    if type(size) is int and size != len(held):
        yield error(
            "value",
            rule,
            f"size dit {size} octets, data en contient {len(held)} ; corrigez size",
            f"size says {size} octets, data holds {len(held)}; correct size",
            path=".size",
        )
    if type(digest) is str and digest != base64.b64encode(hashlib.sha1(held, usedforsecurity=False).digest()).decode():
        yield error(
            "value",
            rule,
            "hash n'est pas l'empreinte SHA-1 (en base64) de data ; recalculez-la",
            "hash is not the SHA-1 digest (in base64) of data; compute it again",
            path=".hash",
        )


def _system(value: Json, rule: str) -> Iterable[Finding]:
    system = value.get("system")
    if type(system) is not str or not system or system[0] == "#":
        return
    wrong = ill_formed(system)
    if wrong is not None:
        fr, en = wrong
        yield error(
            "value",
            rule,
            f"« {quoted(system)} » ne désigne pas un système : {fr}",
            f'"{quoted(system)}" names no system: {en}',
            path=".system",
        )


def _identifier(value: Json) -> Iterable[Finding]:
    rule = "FHIR R4 datatypes.html#identifier"
    yield from _system(value, rule)
    held = value.get("value")
    if value.get("system") == _URIS and type(held) is str and (wrong := ill_formed(held)) is not None:
        fr, en = wrong
        yield error(
            "value",
            rule,
            f"le système {_URIS} attend une URI entière : {fr}",
            f"the system {_URIS} expects a whole URI: {en}",
            path=".value",
        )


def _coding(value: Json) -> Iterable[Finding]:
    yield from _system(value, "FHIR R4 datatypes.html#coding")


def _quantity(value: Json) -> Iterable[Finding]:
    rule, code = "FHIR R4 datatypes.html#quantity", value.get("code")
    yield from _system(value, rule)
    if value.get("system") == _UCUM and type(code) is str and unit(code) is None:
        yield error(
            "code-invalid",
            rule,
            f"« {quoted(code)} » n'est pas une unité UCUM ; écrivez-la telle qu'UCUM le fait (mg/L, mm[Hg], 10*9/L)",
            f'"{quoted(code)}" is no UCUM unit; write it as UCUM does (mg/L, mm[Hg], 10*9/L)',
            path=".code",
        )


def _reference(value: Json) -> Iterable[Finding]:
    reference, said = value.get("reference"), value.get("type")
    if type(reference) is not str or type(said) is not str or not r4().is_resource(said):
        return
    place = split_reference(reference)
    if place is not None and r4().is_resource(place[1]) and place[1] != said:
        yield error(
            "value",
            "FHIR R4 references.html#Reference",
            f"type dit {said}, la référence mène à {place[1]} ; accordez-les",
            f"type says {said}, the reference leads to {place[1]}; make them agree",
            path=".type",
        )


def _narrative(div: str, met: Met, resource: Json) -> Findings:
    found: Findings = None
    if not unescape(_TAG.sub("", div)).strip() and _IMAGE.search(div) is None:
        fr = "le récit est vide ; écrivez-y ce que la ressource dit, ou retirez text"
        en = "the narrative is empty; write what the resource says, or leave text out"
        found = add(found, error("invariant", "txt-2", fr, en, path=".text.div"))
    if (entity := _ENTITY.search(div)) is not None:
        written = quoted(entity[0])
        fr = f"{written} n'est connu que du HTML : le récit est du XML ; écrivez le caractère lui-même"
        en = f"{written} is known to HTML only: the narrative is XML; write the character itself"
        found = add(found, error("value", "FHIR R4 narrative.html#xhtml", fr, en, path=".text.div"))
    links = set(_LINK.findall(div))
    if links:
        contained = resource.get("contained")
        known = set(_ANCHOR.findall(div)) | {id_ for id_, _ in met.ids}
        known |= {str(one.get("id")) for one in (contained if type(contained) is list else ()) if type(one) is dict}
        for link in sorted(links - known)[:5]:
            fr = f"le lien #{quoted(link)} ne mène à rien dans la ressource ; corrigez-le ou retirez-le"
            en = f"the link #{quoted(link)} leads nowhere in the resource; correct it or leave it out"
            found = add(found, warning("value", "FHIR R4 narrative.html#id", fr, en, path=".text.div"))
    return found


_CHECKS: Final[dict[str, Callable[[Json], Iterable[Finding]]]] = {
    "Attachment": _attachment,
    "Identifier": _identifier,
    "Coding": _coding,
    "Reference": _reference,
    **dict.fromkeys(("Quantity", "Age", "Count", "Distance", "Duration"), _quantity),
}
