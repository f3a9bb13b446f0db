"""The narrative between its two forms: a text in JSON, the element itself in XML. Source: FHIR R4 narrative.html."""

import re
from collections.abc import Mapping
from html.entities import html5
from typing import Any, Final

from lxml import etree

from socle.kernel.fhir.xml.shape import XHTML
from socle.kernel.fhir.xml.text import carried

_ENTITY: Final = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|&([A-Za-z][A-Za-z0-9]*);", re.DOTALL)
_OF_XML: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_OWN: Final[Any] = {None: XHTML}
_ALONE: Final = re.compile(rb"<div\s[^>]*?\bxmlns\s*=")


def embedded(div: str) -> str:
    """The text of a narrative as it goes into XML: the entities that only HTML knows become numbers (&nbsp; → &#160;).

    Raises: Problem(NOT_ACCEPTABLE) when XML cannot carry it.
    """
    div = carried(div.strip())
    return _ENTITY.sub(_numbered, div) if "&" in div else div


def _numbered(found: re.Match[str]) -> str:
    name = found.group(1)
    if name is None or name in _OF_XML:
        return found.group()
    characters = html5.get(f"{name};")
    if characters is None:
        return f"&amp;{name};"
    return "".join(f"&#{ord(one)};" for one in characters)


def alone(source: bytes) -> bool:
    """Whether the source of a narrative without prefixes stands by itself: it declares its own namespace."""
    return _ALONE.match(source) is not None


def detached(source: bytes, scope: Mapping[str, str]) -> str:
    """The source of a narrative whose namespaces are declared outside of it (`scope`: prefix → URI), made to stand alone.

    Raises: etree.XMLSyntaxError beyond the limits of libxml2 (256 levels).
    """
    said = " ".join(f'xmlns{":" if prefix else ""}{prefix}="{uri}"' for prefix, uri in scope.items())
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_pis=True)
    wrapped = etree.fromstring(f"<x {said}>".encode() + source + b"</x>", parser)
    return etree.tostring(_copied(wrapped[0], None), encoding="unicode", with_tail=False)


def _copied(element: etree._Element, parent: etree._Element | None) -> etree._Element:
    """The same element, the namespace of XHTML being the one without a prefix."""
    made = etree.Element(element.tag, nsmap=_OWN) if parent is None else etree.SubElement(parent, element.tag)
    for name, value in element.attrib.items():
        made.set(name, value)
    made.text, made.tail = element.text, element.tail
    for child in element:
        if isinstance(child, etree._Comment):
            made.append(child)
        else:
            _copied(child, made)
    return made
