"""Is this text a legal narrative: well-formed XHTML, text only, nothing that runs?

Source: FHIR R4 narrative.html#xhtml.
"""

import re
from typing import Any, Final
from xml.parsers import expat

from socle.kernel.fhir.faults import Reason
from socle.kernel.fhir.primitives import NOT_A_STRING

_NAMESPACE = "http://www.w3.org/1999/xhtml"
_XML = "http://www.w3.org/XML/1998/namespace "
_OPENS = re.compile(r"\s*<div[\s/>]").match  # a document type could only come before
_NAMES = (
    "a abbr acronym address area b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
    " font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map ol p pre q s samp small span strike strong sub sup table tbody td"
    " tfoot th thead tr tt u ul var"
)
_ELEMENTS = frozenset(_NAMES.split())
_LINKS = frozenset({"href", "src", "cite", "longdesc", "background"})
_RUNS = ("javascript:", "vbscript:", "data:text/html", "data:application/")

_STYLE_RUNS: Final = re.compile(r"expression\(|-moz-binding|behavior:|\\|javascript:|vbscript:|data:(?!image/)").search

_NOT_A_DIV: Final = Reason(
    "value",
    'le récit est un seul élément <div xmlns="http://www.w3.org/1999/xhtml">…</div>',
    'the narrative is a single element <div xmlns="http://www.w3.org/1999/xhtml">…</div>',
)
_ILL_FORMED: Final = Reason(
    "value",
    "le XHTML est mal formé : fermez chaque balise, écrivez &amp; et &lt;, n'employez pas de DOCTYPE",
    "the XHTML is not well formed: close each tag, write &amp; and &lt;, use no DOCTYPE",
)
_UNSAFE: Final = Reason(
    "value",
    "le récit ne contient que du texte mis en forme : ni script, ni formulaire, ni cadre, ni attribut on…",
    "the narrative holds formatted text only: no script, no form, no frame, no on… attribute",
)


class _Unsafe(Exception):
    pass


class _NotADiv(Exception):
    pass


def narrative(value: Any, _: object = None) -> Reason | None:
    """None when `value` is a legal div, else the reason. Linear in its length; entities are never expanded."""
    if type(value) is not str:
        return NOT_A_STRING
    if _OPENS(value) is None:
        return _NOT_A_DIV
    parser = expat.ParserCreate("utf-8", " ")
    parser.UseForeignDTD(True)  # &nbsp; and its like are then passed over instead of refused
    parser.StartElementHandler = _element
    try:
        parser.Parse(value, True)
    except expat.ExpatError:
        return _ILL_FORMED
    except _Unsafe:
        return _UNSAFE
    except _NotADiv:
        return _NOT_A_DIV
    return None


def _element(name: str, attributes: dict[str, str]) -> None:
    """Called at each opening tag."""
    namespace, _, local = name.rpartition(" ")
    if not namespace:
        raise _NotADiv
    if local not in _ELEMENTS or namespace != _NAMESPACE:
        raise _Unsafe
    for attribute, text in attributes.items():
        if attribute.startswith("on") or (" " in attribute and not attribute.startswith(_XML)):
            raise _Unsafe
        if attribute in _LINKS and "".join(text.split()).lower().startswith(_RUNS):
            raise _Unsafe
        if attribute == "style" and _STYLE_RUNS("".join(text.split()).lower()):
            raise _Unsafe
