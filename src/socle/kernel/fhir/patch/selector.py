"""Selectors of XML Patch: the part of XPath that RFC 5261 allows, and nothing else, as XPath that lxml runs.

    f:Patient/f:name[1]/f:family/@value      //h:div/h:p[2]/text()[1]      f:Patient/f:name/f:given[@value='Zoé']

`//` stands at the start only, and so each step costs no more than the nodes that it goes through. There is no id(): FHIR has
no document type that would say which attributes are identifiers. One thing more than RFC 5261: what is compared in brackets
may be further down, for the values of FHIR are attributes (`f:name[f:use/@value='usual']`).
"""

import re
from collections.abc import Mapping
from typing import Final

_NAME: Final = r"[^\W\d][\w.\-]*"
_QNAME: Final = rf"(?:{_NAME}:)?{_NAME}"
_BELOW: Final = rf"@{_QNAME}|{_QNAME}(?:/{_QNAME}){{0,5}}(?:/@{_QNAME})?"
_LITERAL: Final = r"\"[^\"]*\"|'[^']*'"
_TOKEN: Final = re.compile(
    r"(?P<node>(?:text|comment)\(\))"
    rf"|(?P<attribute>@{_QNAME})"
    rf"|(?P<step>\*|{_QNAME})"
    r"|(?P<slash>//?)"
    rf"|\[\s*(?:(?P<number>[0-9]{{1,6}})|(?P<left>\.|{_BELOW})\s*=\s*(?P<right>{_LITERAL}))\s*\]"
)
LONGEST: Final = 1_000  # characters
USUAL: Final = {"f": "http://hl7.org/fhir", "h": "http://www.w3.org/1999/xhtml"}
_UNNAMED: Final = "unnamed-namespace"  # stands for the default namespace, for which XPath has no word


class Refused(ValueError):
    """The selector is not one of RFC 5261; the argument is where it stops being one."""


def xpath(selector: str, namespaces: Mapping[str | None, str]) -> tuple[str, dict[str, str]]:
    """(XPath, its namespaces) of a selector, relative to the document. Unprefixed elements are of the default namespace.

    Raises: Refused.
    """
    text = selector.strip()
    if not text or len(text) > LONGEST:
        raise Refused(0)
    default = namespaces.get(None)
    out: list[str] = [] if text[0] == "/" else ["/"]
    at, previous = 0, "slash" if text[0] != "/" else ""
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise Refused(at)
        kind = "predicate" if found.lastgroup in ("number", "right") else str(found.lastgroup)
        if kind not in _FOLLOWS[previous] or (found.group() == "//" and at > 0):
            raise Refused(at)
        if kind == "step":
            out.append(_qualified(found["step"], default))
        elif kind == "predicate" and found["number"] is None:
            left = found["left"]
            below = left if left[0] in ".@" else "/".join(_qualified(one, default) for one in left.split("/"))
            out.append(f"[{below}={found['right']}]")
        else:
            out.append(found.group())
        at, previous = found.end(), kind
    if previous == "slash":
        raise Refused(at)
    known = {**USUAL, **{prefix: uri for prefix, uri in namespaces.items() if prefix}}
    return "".join(out), {**known, **({_UNNAMED: default} if default else {})}


_FOLLOWS: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("slash",),
    "slash": ("step", "attribute", "node"),
    "step": ("slash", "predicate"),
    "predicate": ("slash", "predicate"),
    "node": ("predicate",),
    "attribute": (),
}


def _qualified(name: str, default: str | None) -> str:
    return name if default is None or name == "*" or name[0] == "@" or ":" in name else f"{_UNNAMED}:{name}"
