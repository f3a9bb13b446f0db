"""Bytes of anybody → the tree of a SOAP 1.2 envelope, or a Problem. Bounded in time and memory whatever the bytes.

Defences, in order: size (before reading), characters decoded by us, DOCTYPE refused before any XML parser sees it (so
no entity, no billion laughs, no external subset), libxml2 with its limits on (depth 256, no network, DTD or entity).
XInclude is never processed. Source: SOAP 1.2 part 1 §5 (no DTD, no processing instruction in a message).
"""

import codecs
import re
from typing import Final

from lxml import etree

from socle.foundations.ins.insi.soap.names import SOAP, SOAP_11
from socle.kernel.outcome import Kind, Problem

MAX_BODY: Final = 256 * 1024

_PARSER: Final = etree.XMLParser(
    encoding="utf-8",  # what we give it, whatever the declaration says
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)
_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
# Everything else is either a superset of these or a way to hide something (UTF-7).
_ENCODINGS: Final = frozenset(
    {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"}
)


def envelope(body: bytes, charset: str = "") -> etree._Element:
    """The root element, a soap:Envelope with its Body.

    charset  that of Content-Type, "" when it says none
    Raises: Problem(MALFORMED) with rule socle_103 … socle_109, Problem(TOO_LARGE, socle_102).
    """
    if len(body) > MAX_BODY:
        raise too_large()
    content = _utf_8(body, charset)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _malformed(
            "socle_104",
            "Une DTD ou une entité est déclarée : SOAP l'interdit. Retirez le DOCTYPE ; "
            "&amp; &lt; &gt; &apos; &quot; suffisent.",
            "A DTD or an entity is declared: SOAP forbids it. Remove the DOCTYPE; "
            "&amp; &lt; &gt; &apos; &quot; are enough.",
        )
    try:
        root = etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as error:
        raise _malformed(
            "socle_105",
            f"XML mal formé, ligne {error.lineno} : {_reason(error)} (message tronqué ? balise non fermée ?).",
            f"XML is not well-formed, line {error.lineno}: {_reason(error)} (truncated message? unclosed tag?).",
        ) from None
    if root.tag == f"{{{SOAP}}}Envelope":
        return root
    name = etree.QName(root)
    if name.localname == "Envelope":
        is_11 = name.namespace == SOAP_11
        known = "SOAP 1.1" if is_11 else "inconnue / unknown"
        raise _malformed(
            "socle_107" if is_11 else "socle_109",
            f"Version de SOAP : {known}. Ce service parle SOAP 1.2 (espace de noms {SOAP}).",
            f"SOAP version: {known}. This service speaks SOAP 1.2 (namespace {SOAP}).",
        )
    raise _malformed(
        "socle_106",
        "La racine du message n'est pas une enveloppe SOAP (soap:Envelope).",
        "The root of the message is not a SOAP envelope (soap:Envelope).",
    )


def parts(root: etree._Element) -> tuple[list[etree._Element], etree._Element]:
    """(header blocks, the only child of Body). Raises: Problem(MALFORMED, socle_106)."""
    children = list(root)
    header = children[0] if children and children[0].tag == f"{{{SOAP}}}Header" else None
    rest = children[1:] if header is not None else children
    if len(rest) != 1 or rest[0].tag != f"{{{SOAP}}}Body":
        raise _malformed(
            "socle_106",
            "L'enveloppe doit contenir un Header facultatif puis un seul Body.",
            "The envelope must hold an optional Header and then a single Body.",
        )
    payload = list(rest[0])
    if len(payload) != 1:
        raise _malformed(
            "socle_106",
            "Le Body doit contenir un seul élément : RECSANSVITALE ou RECVITALE.",
            "The Body must hold a single element: RECSANSVITALE or RECVITALE.",
        )
    return (list(header) if header is not None else []), payload[0]


def too_large() -> Problem:
    """The message is larger than what a search can need."""
    limit = MAX_BODY // 1024
    return Problem.of(
        Kind.TOO_LARGE,
        f"Message de plus de {limit} Kio : refusé sans être lu.",
        f"Message larger than {limit} KiB: refused unread.",
        rule="socle_102",
    )


def _utf_8(body: bytes, charset: str) -> bytes:
    """The message in UTF-8: the byte order mark rules, then Content-Type, then the XML declaration, then UTF-8."""
    if body.startswith(codecs.BOM_UTF8):
        name, body = "utf-8", body[3:]
    elif body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16"
    elif charset:
        name = charset
    else:
        declared = _DECLARED.match(body)
        name = declared[1].decode() if declared else "utf-8"
    try:
        codec = "utf-8" if name in ("utf-8", "UTF-8") else codecs.lookup(name).name
    except LookupError:
        codec = ""
    if codec not in _ENCODINGS:
        raise _malformed(
            "socle_103",
            "Codage de caractères non admis : utilisez UTF-8 (UTF-16, ISO-8859-1, ISO-8859-15 et windows-1252 sont "
            "lus aussi).",
            "Character encoding not accepted: use UTF-8 (UTF-16, ISO-8859-1, ISO-8859-15 and windows-1252 are read "
            "too).",
        )
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        raise _malformed(
            "socle_103",
            f"L'octet n° {error.start + 1} n'est pas du {codec.upper()} : le codage annoncé n'est pas celui du "
            "message.",
            f"Byte number {error.start + 1} is not {codec.upper()}: the message is not in the encoding it announces.",
        ) from None
    return body if codec == "utf-8" else text.encode()


def _reason(error: etree.XMLSyntaxError) -> str:
    """libxml2's sentence without what it quotes of the message (it might quote a name)."""
    message = error.msg or "?"
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", message.split(", line")[0])[:120]


def _malformed(rule: str, fr: str, en: str) -> Problem:
    return Problem.of(Kind.MALFORMED, fr, en, rule=rule)
