"""The headers of a call: WS-Addressing, the contexts of the national framework (ContexteBAM, ContexteLPS).

Sources: WS-Addressing 1.0 SOAP binding §3 and §6.4; schemas CTXBAM V01_02 and CTXLPS V01_00 (names, order,
occurrences). Where the schemas leave everything optional, LPS and its four members are required here: the call must say
which authorised software makes it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from lxml import etree

from socle.foundations.ins.insi.soap.names import (
    ACTION,
    ANONYMOUS,
    CTXBAM,
    CTXLPS,
    NONE,
    PATH,
    SOAP,
    TRAITS,
    VITALE,
    WSA,
)
from socle.kernel.outcome import Kind, Problem

_MESSAGE_ID = re.compile(r"(?:urn:)?uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\Z")
_TEMPS = re.compile(
    r"-?\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,12})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?\Z"
)
_MAX_TEXT = 200
_ADDRESSING = frozenset(
    f"{{{WSA}}}{name}" for name in ("Action", "MessageID", "To", "From", "ReplyTo", "FaultTo", "RelatesTo")
)
_ACTION, _MESSAGE, _TO = (f"{{{WSA}}}{name}" for name in ("Action", "MessageID", "To"))
_REPLIES = tuple((f"{{{WSA}}}{name}", name) for name in ("ReplyTo", "FaultTo"))
_OPERATIONS = {f"{ACTION}{operation}": operation for operation in (TRAITS, VITALE)}
_BAM, _LPS = f"{{{CTXBAM}}}ContexteBAM", f"{{{CTXLPS}}}ContexteLPS"
_UNDERSTOOD = _ADDRESSING | {_BAM, _LPS}
_ONCE = _UNDERSTOOD - {f"{{{WSA}}}RelatesTo"}
_BAM_ORDER = ("Id", "Temps", "Emetteur", "DateRef", "COUVERTURE")
_LPS_ORDER = ("Id", "Temps", "Emetteur", "LPS")
_LOGICIEL = ("IDAM", "Version", "Instance", "Nom")
_MUST, _ROLE = f"{{{SOAP}}}mustUnderstand", f"{{{SOAP}}}role"
_ROLES_OF_OURS = frozenset(
    {
        "",
        "http://www.w3.org/2003/05/soap-envelope/role/next",
        "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
    }
)


@dataclass(frozen=True, slots=True)
class Context:
    """What the headers of a legal call say.

    operation  rechercherInsAvecTraitsIdentite or rechercherInsAvecCarteVitale
    message    the MessageID as it was written; `uuid` its identifier alone
    emetteur   who sends, as ContexteLPS (or ContexteBAM) declares it: a claim, not a proof
    idam       authorisation number of the software; logiciel its name and version
    """

    operation: str
    message: str
    uuid: str
    emetteur: str
    idam: str
    logiciel: str


def message_id(blocks: list[etree._Element]) -> str:
    """The MessageID as written, "" when there is none: so that even a fault can say what it answers."""
    for block in blocks:
        if block.tag == _MESSAGE:
            return (block.text or "").strip()[:_MAX_TEXT]
    return ""


def not_understood(blocks: list[etree._Element]) -> list[etree._Element]:
    """Header blocks that must be understood by us and are not. Source: SOAP 1.2 part 1 §2.4."""
    return [
        block
        for block in blocks
        if block.get(_MUST) in ("1", "true") and block.tag not in _UNDERSTOOD and block.get(_ROLE, "") in _ROLES_OF_OURS
    ]


def context(blocks: list[etree._Element], content_action: str) -> Context:
    """Check every header, answer what they say.

    content_action  the `action` parameter of Content-Type, "" when there is none
    Raises: Problem(INVALID) with rule socle_201 … socle_222.
    """
    found: dict[str, etree._Element] = {}
    for block in blocks:
        tag = block.tag
        if tag in found and tag in _ONCE:
            name = etree.QName(block).localname
            raise _invalid("socle_207", name, "présent deux fois dans l'en-tête", "present twice in the header")
        found[tag] = block
    operation = _action(found, content_action)
    message, uuid = _message(found)
    _destination(found)
    _replies(found)
    bam = _bam(found)
    emetteur, idam, logiciel = _lps(found)
    return Context(operation, message, uuid, emetteur or bam, idam, logiciel)


def _action(found: dict[str, etree._Element], content_action: str) -> str:
    block = found.get(_ACTION)
    value = _text(block)
    if not value:
        raise _invalid(
            "socle_201",
            "wsa:Action",
            f"en-tête obligatoire, par exemple {ACTION}{TRAITS}",
            f"required header, for example {ACTION}{TRAITS}",
        )
    if content_action and content_action != value:
        raise _invalid(
            "socle_203",
            "wsa:Action",
            "n'est pas l'action annoncée par Content-Type",
            "is not the action that Content-Type announces",
        )
    operation = _OPERATIONS.get(value)
    if operation is None:
        raise _invalid(
            "socle_202",
            "wsa:Action",
            f"action inconnue ; attendues : {ACTION}{TRAITS}, {ACTION}{VITALE}",
            f"unknown action; expected: {ACTION}{TRAITS}, {ACTION}{VITALE}",
        )
    return operation


def _message(found: dict[str, etree._Element]) -> tuple[str, str]:
    value = _text(found.get(_MESSAGE))
    matched = _MESSAGE_ID.match(value)
    if not matched:
        raise _invalid(
            "socle_204",
            "wsa:MessageID",
            "« uuid: » suivi d'un UUID attendu (urn:uuid: admis)",
            "“uuid:” followed by a UUID expected (urn:uuid: accepted)",
        )
    return value, matched[1].lower()


def _destination(found: dict[str, etree._Element]) -> None:
    value = _text(found.get(_TO))
    if value and value != ANONYMOUS:
        url = urlsplit(value) if len(value) <= 2_000 else urlsplit("")
        if url.scheme not in ("http", "https") or url.path != PATH:
            raise _invalid(
                "socle_205",
                "wsa:To",
                f"ce message est adressé ailleurs : ce service est à l'adresse …{PATH}",
                f"this message is addressed elsewhere: this service lives at …{PATH}",
            )


def _replies(found: dict[str, etree._Element]) -> None:
    for tag, name in _REPLIES:
        block = found.get(tag)
        if block is not None:
            address = _text(block.find(f"{{{WSA}}}Address"))
            if address not in (ANONYMOUS, NONE):
                raise _invalid(
                    "socle_206",
                    f"wsa:{name}",
                    f"la réponse revient par la même connexion : {ANONYMOUS} seul est admis",
                    f"the answer comes back on the same connection: only {ANONYMOUS} is accepted",
                )


def _bam(found: dict[str, etree._Element]) -> str:
    """ContexteBAM: Id, Temps, Emetteur?, DateRef?, COUVERTURE. Answers Emetteur."""
    block = found.get(_BAM)
    if block is None:
        raise _invalid("socle_211", "ContexteBAM", "en-tête obligatoire", "required header")
    _attributes(block, "ContexteBAM", "socle_212", version="01_02", nature="CTXBAM")
    members = _members(block, "ContexteBAM", "socle_212", CTXBAM, _BAM_ORDER)
    _required(members, "ContexteBAM", "socle_212", ("Id", "Temps"))
    if "COUVERTURE" not in members:
        raise _invalid(
            "socle_212", "ContexteBAM/COUVERTURE", "élément obligatoire, même vide", "required element, even empty"
        )
    _instant(members, "ContexteBAM", "socle_212")
    return members.get("Emetteur", "")


def _lps(found: dict[str, etree._Element]) -> tuple[str, str, str]:
    """ContexteLPS: Id, Temps, Emetteur?, LPS(IDAM R=4, Version, Instance, Nom). Answers Emetteur, IDAM, Nom Version."""
    block = found.get(_LPS)
    if block is None:
        raise _invalid("socle_221", "ContexteLPS", "en-tête obligatoire", "required header")
    _attributes(block, "ContexteLPS", "socle_222", version="01_00", nature="CTXLPS")
    members = _members(block, "ContexteLPS", "socle_222", CTXLPS, _LPS_ORDER)
    _required(members, "ContexteLPS", "socle_222", ("Id", "Temps"))
    _instant(members, "ContexteLPS", "socle_222")
    if "LPS" not in members:
        raise _invalid("socle_222", "ContexteLPS/LPS", "élément obligatoire", "required element")
    inside = block[-1]  # the last of the order
    lps = _members(inside, "ContexteLPS/LPS", "socle_222", CTXLPS, _LOGICIEL)
    _required(lps, "ContexteLPS/LPS", "socle_222", _LOGICIEL)
    if inside[0].get("R") != "4":
        raise _invalid("socle_222", "ContexteLPS/LPS/IDAM/@R", "valeur 4 attendue", "value 4 expected")
    return members.get("Emetteur", ""), lps["IDAM"], f"{lps['Nom']} {lps['Version']}"


def _attributes(block: etree._Element, name: str, rule: str, *, version: str, nature: str) -> None:
    if block.get("Version") != version:
        raise _invalid(rule, f"{name}/@Version", f"valeur {version} attendue", f"value {version} expected")
    if block.get("Nature", nature) != nature:
        raise _invalid(rule, f"{name}/@Nature", f"valeur {nature} attendue", f"value {nature} expected")


@lru_cache(maxsize=16)
def _positions(space: str, order: tuple[str, ...]) -> dict[str, tuple[int, str]]:
    return {f"{{{space}}}{name}": (position, name) for position, name in enumerate(order)}


def _members(block: etree._Element, name: str, rule: str, space: str, order: tuple[str, ...]) -> dict[str, str]:
    """Texts of the children by name, each child known, once, in the order of the schema."""
    members: dict[str, str] = {}
    known = _positions(space, order)
    last = -1
    for child in block:
        position, member = known.get(child.tag, (-1, ""))
        if position <= last:
            expected = ", ".join(order)
            raise _invalid(
                rule,
                f"{name}/{etree.QName(child).localname[:40]}",
                f"élément inattendu, répété ou mal placé ; ordre : {expected} (espace de noms {space})",
                f"element unexpected, repeated or misplaced; order: {expected} (namespace {space})",
            )
        last = position
        members[member] = (child.text or "").strip()
    return members


def _required(members: dict[str, str], name: str, rule: str, required: tuple[str, ...]) -> None:
    for member in required:
        length = len(members.get(member, ""))
        if not length:
            raise _invalid(
                rule, f"{name}/{member}", "élément obligatoire et non vide", "element required and not empty"
            )
        if length > _MAX_TEXT:
            raise _invalid(
                rule, f"{name}/{member}", f"plus de {_MAX_TEXT} caractères", f"more than {_MAX_TEXT} characters"
            )


def _instant(members: dict[str, str], name: str, rule: str) -> None:
    for member in ("Temps", "DateRef"):
        if member in members and not _TEMPS.match(members[member]):
            raise _invalid(
                rule,
                f"{name}/{member}",
                "instant attendu, par exemple 2026-11-22T08:30:00Z",
                "instant expected, for example 2026-11-22T08:30:00Z",
            )


def _text(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _invalid(rule: str, element: str, fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, f"{element} : {fr}.", f"{element}: {en}.", expression=element, rule=rule)
