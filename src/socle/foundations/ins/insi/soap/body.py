"""The body of a call: RECSANSVITALE or RECVITALE, checked element by element.

Source: schemas INSiRecSans and INSiRecVit (names, order, occurrences). The schemas make every element optional; what a
search needs is required here, and each refusal names the element.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from lxml import etree

from socle.foundations.ins.insi.model import Carte
from socle.foundations.ins.insi.soap.names import RECSANS, RECVIT, TRAITS, VITALE
from socle.foundations.ins.model import DemandeINSi, LunarDate, Sexe, cle_nir, normalise_nom, normalise_prenom
from socle.kernel.outcome import Issue, Kind, Problem

MAX_PRENOMS = 10
_T = TypeVar("_T")
_Values = dict[str, list[etree._Element]]
_TRAITS = ("NomNaissance", "Prenom", "Sexe", "DateNaissance", "LieuNaissance")
_CARTE = ("MatriculeIndividu", "MatriculeOD", "NomNaissance", "DateNaissance", "RangNaissance")
_MATRICULE = ("NumIdentifiant", "Cle", "TypeMatricule")
_EXPECTED = {TRAITS: f"{{{RECSANS}}}RECSANSVITALE", VITALE: f"{{{RECVIT}}}RECVITALE"}
# What most software sends is normal already; recognising it costs a tenth of making it so.
_NORMAL = re.compile(r"[A-Z]+(?:[ '-][A-Z]+)*\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_LIEU = re.compile(r"(?:\d{2}|2[AB])\d{3}\Z", re.ASCII)
_NUMERO = re.compile(r"\d{6}[0-9AB]\d{6}\Z", re.ASCII)


def request(operation: str, payload: etree._Element) -> DemandeINSi | Carte:
    """What the body asks, for this operation.

    Raises: Problem(INVALID): socle_203 when the body is another operation's, socle_301 … socle_304 for its content.
    """
    if payload.tag != _EXPECTED[operation]:
        wanted = etree.QName(_EXPECTED[operation])
        raise _invalid(
            "socle_203",
            "Body",
            f"wsa:Action annonce {operation} : l'élément {wanted.localname} est attendu (espace de noms "
            f"{wanted.namespace})",
            f"wsa:Action announces {operation}: the element {wanted.localname} is expected (namespace "
            f"{wanted.namespace})",
        )
    return _traits(payload) if operation == TRAITS else _carte(payload)


def nom(text: str, element: str) -> str:
    """A birth name, normalised. Raises: Problem(INVALID, socle_303)."""
    if len(text) <= 100 and _NORMAL.match(text):
        return text
    return _renamed(element, lambda: normalise_nom(text, element))


def prenom(text: str, element: str) -> str:
    """A given name, normalised. Raises: Problem(INVALID, socle_303)."""
    if len(text) <= 100 and _NORMAL.match(text):
        return text
    return _renamed(element, lambda: normalise_prenom(text, element))


def sexe(text: str, element: str) -> Sexe:
    """M or F. Raises: Problem(INVALID, socle_303)."""
    if text not in ("M", "F"):
        raise _invalid("socle_303", element, "M ou F attendu", "M or F expected")
    return Sexe(text)


def date_naissance(text: str, element: str) -> LunarDate:
    """A birth date, possibly lunar. Raises: Problem(INVALID, socle_303)."""
    if not _DATE.match(text):
        raise _invalid(
            "socle_303",
            element,
            "date aaaa-MM-jj attendue (00 pour un jour ou un mois inconnu)",
            "a yyyy-MM-dd date is expected (00 for an unknown day or month)",
        )
    try:
        return _lunar(text)
    except Problem:
        raise _invalid(
            "socle_303",
            element,
            "cette date n'existe pas (aaaa-MM-jj, 00 pour un jour ou un mois inconnu)",
            "this date does not exist (yyyy-MM-dd, 00 for an unknown day or month)",
        ) from None


def lieu_naissance(text: str, element: str) -> str:
    """A code of the official geographic code. Raises: Problem(INVALID, socle_303)."""
    value = text.upper()
    if not _LIEU.match(value):
        raise _invalid(
            "socle_303",
            element,
            "code officiel géographique à 5 caractères attendu (commune, ou 99xxx pour un pays)",
            "a 5 character geographic code is expected (commune, or 99xxx for a country)",
        )
    return value


def _traits(payload: etree._Element) -> DemandeINSi:
    values = _children(payload, "RECSANSVITALE", RECSANS, _TRAITS, repeated="Prenom")
    for name in ("NomNaissance", "Prenom", "Sexe", "DateNaissance"):
        if name not in values:
            raise _missing(f"RECSANSVITALE/{name}")
    prenoms = values["Prenom"]
    if len(prenoms) > MAX_PRENOMS:
        raise _invalid(
            "socle_301",
            "RECSANSVITALE/Prenom",
            f"plus de {MAX_PRENOMS} prénoms",
            f"more than {MAX_PRENOMS} given names",
        )
    lieu = _text(values["LieuNaissance"][0]) if "LieuNaissance" in values else ""
    return DemandeINSi(
        nom_naissance=nom(_text(values["NomNaissance"][0]), "NomNaissance"),
        prenoms=tuple(prenom(_text(each), "Prenom") for each in prenoms),
        sexe=sexe(_text(values["Sexe"][0]), "Sexe"),
        date_naissance=date_naissance(_text(values["DateNaissance"][0]), "DateNaissance"),
        lieu_naissance=lieu_naissance(lieu, "LieuNaissance") if lieu else None,
    )


def _carte(payload: etree._Element) -> Carte:
    values = _children(payload, "RECVITALE", RECVIT, _CARTE)
    individu = _matricule(values, "MatriculeIndividu")
    od = _matricule(values, "MatriculeOD")
    if not individu and not od:
        raise _missing("RECVITALE/MatriculeIndividu")
    given = {name: _text(values[name][0]) if name in values else "" for name in _CARTE[2:]}
    if given["RangNaissance"] not in ("", *"123456789"):
        raise _invalid("socle_303", "RangNaissance", "un chiffre de 1 à 9 attendu", "one digit from 1 to 9 expected")
    date = given["DateNaissance"]
    return Carte(
        matricule_individu=individu,
        matricule_od=od,
        nom_naissance=nom(given["NomNaissance"], "NomNaissance") if given["NomNaissance"] else "",
        date_naissance=str(date_naissance(date, "DateNaissance")) if date else "",
        rang_naissance=given["RangNaissance"],
    )


def _matricule(values: _Values, name: str) -> str:
    """The 13 characters of a number of the card; its key, when it is there, must be right."""
    if name not in values:
        return ""
    inside = _children(values[name][0], f"RECVITALE/{name}", RECVIT, _MATRICULE)
    if "NumIdentifiant" not in inside:
        raise _missing(f"RECVITALE/{name}/NumIdentifiant")
    numero = _text(inside["NumIdentifiant"][0]).upper()
    if not _NUMERO.match(numero) or (numero[6] in "AB" and numero[5] != "2"):
        raise _invalid(
            "socle_303",
            f"RECVITALE/{name}/NumIdentifiant",
            "13 caractères attendus, sans la clé (2A et 2B admis pour la Corse)",
            "13 characters expected, without the key (2A and 2B accepted for Corsica)",
        )
    if "Cle" in inside and _text(inside["Cle"][0]) != cle_nir(numero):
        raise _invalid(
            "socle_304",
            f"RECVITALE/{name}/Cle",
            "cette clé n'est pas celle du numéro : relisez la carte",
            "this is not the key of the number: read the card again",
        )
    return numero


def _children(parent: etree._Element, name: str, space: str, order: tuple[str, ...], repeated: str = "") -> _Values:
    """Children by name: each known, in the schema's order, once (but `repeated`), with text only unless a number."""
    values: _Values = {}
    known = _positions(space, order)
    last = -1
    for child in parent:
        position, member = known.get(child.tag, (-1, ""))
        if position < last or position == -1 or (position == last and member != repeated):
            expected = ", ".join(order)
            raise _invalid(
                "socle_301",
                f"{name}/{etree.QName(child).localname[:40]}",
                f"élément inattendu, répété ou mal placé ; ordre : {expected} (espace de noms {space})",
                f"element unexpected, repeated or misplaced; order: {expected} (namespace {space})",
            )
        if len(child) and not member.startswith("Matricule"):
            raise _invalid(
                "socle_301", f"{name}/{member}", "du texte est attendu, pas des éléments", "text expected, not elements"
            )
        last = position
        values.setdefault(member, []).append(child)
    return values


@lru_cache(maxsize=16)
def _positions(space: str, order: tuple[str, ...]) -> dict[str, tuple[int, str]]:
    return {f"{{{space}}}{name}": (position, name) for position, name in enumerate(order)}


@lru_cache(maxsize=65_536)
def _lunar(text: str) -> LunarDate:
    return LunarDate.parse(text)


def _renamed(element: str, make: Callable[[], _T]) -> _T:
    """What `make` makes; its Problem becomes a fault that names the element of the message."""
    try:
        return make()
    except Problem as problem:
        raise Problem(
            Kind.INVALID, *(Issue(issue.text, (element,), "socle_303", issue.code) for issue in problem.issues)
        ) from None


def _missing(element: str) -> Problem:
    return _invalid("socle_302", element, "élément obligatoire", "required element")


def _invalid(rule: str, element: str, fr: str, en: str) -> Problem:
    return Problem.of(Kind.INVALID, f"{element} : {fr}.", f"{element}: {en}.", expression=element, rule=rule)


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()
