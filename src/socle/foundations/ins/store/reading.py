"""What a Patient says, in the words of every version of FR Core that we read."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from socle.foundations.ins.model import (
    LIEU_INCONNU,
    Accompagnement,
    Attribut,
    AutoriteAffectation,
    Controle,
    MethodeRecueil,
    Piece,
    Situation,
    StatutIdentite,
    TraitsComplementaires,
    TraitsStricts,
    TypeDocument,
)
from socle.foundations.ins.store import fr_core
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.store import Json

_SYSTEMS = {authority.system for authority in AutoriteAffectation}
# FR Core 2.2.0 names two pairs by one code
_PAIRS = {"AC": TypeDocument.AN, "ANCV": TypeDocument.AN, "LECV": TypeDocument.LE, "LEP": TypeDocument.LE}

_OFFICIAL = "Patient.name.where(use = 'official')"
_PLACES = {
    "nom_naissance": f"{_OFFICIAL}.family",
    "premier_prenom": f"{_OFFICIAL}.given",
    "prenoms": f"{_OFFICIAL}.extension('{fr_core.GIVEN_NAMES}')",
    "sexe": "Patient.gender",
    "date_naissance": "Patient.birthDate",
    "lieu_naissance": f"Patient.extension('{fr_core.BIRTH_PLACE}')",
}


def traits_of(resource: Json) -> TraitsStricts:
    """The five strict traits of a Patient.

    Raises: Problem(INVALID | RULE_VIOLATED) with the expression of every trait that is missing or wrong.
    """
    official = next((name for name in resource.get("name", ()) if name.get("use") == "official"), None)
    issues: list[Issue] = []
    if official is None or not official.get("family"):
        issues.append(_missing("le nom de naissance", "the birth name", "Patient.name.where(use = 'official').family"))
    given = (official or {}).get("given", [])
    if not given:
        issues.append(
            _missing("le premier prénom", "the first given name", "Patient.name.where(use = 'official').given")
        )
    if not resource.get("gender"):
        issues.append(_missing("le sexe", "the sex", "Patient.gender"))
    if not resource.get("birthDate"):
        issues.append(_missing("la date de naissance", "the birth date", "Patient.birthDate"))
    if issues or official is None:
        raise Problem(Kind.RULE_VIOLATED, *issues)
    listed = extension(official, fr_core.GIVEN_NAMES).get("valueString") or " ".join(given)
    lunar = extension(resource.get("_birthDate") or {}, fr_core.LUNAR_DATE).get("valueString")
    premier = given[0] if len(given) == 1 else ""
    try:
        return TraitsStricts.of(
            nom_naissance=official["family"],
            prenoms=listed,
            premier_prenom=premier,
            sexe=resource["gender"],
            date_naissance=lunar or resource["birthDate"],
            lieu_naissance=birth_place(resource),
            # `given` beside the list is the decision that FR Core keeps: a compound name is written whole there
            prenom_compose=premier.upper() != re.split(r"[\s,]+", listed.strip())[0].upper(),
        )
    except Problem as problem:
        raise Problem(problem.kind, *(replace(one, expression=_placed(one)) for one in problem.issues)) from None


def _placed(issue: Issue) -> tuple[str, ...]:
    """Where a Patient holds the trait that an issue names."""
    return tuple(_PLACES.get(trait, trait) for trait in issue.expression)


def birth_place(resource: Json) -> str:
    """The INSEE code of the birthplace, LIEU_INCONNU when it is not said."""
    address = extension(resource, fr_core.BIRTH_PLACE).get("valueAddress", {})
    code = extension(address, fr_core.INSEE_CODE).get("valueCoding", {}).get("code")
    return code or LIEU_INCONNU


def status_of(resource: Json) -> StatutIdentite | None:
    """The status that a Patient claims, in either way of saying it; None when it claims none.

    RNIV and the build of 2026: the code is the status. Versions 2.1 and 2.2: VALI with an INS is what RNIV calls QUAL.
    """
    for coding in _codes(resource, "identityStatus"):
        code = coding.get("code", "")
        if code in StatutIdentite.__members__:
            statut = StatutIdentite(code)
            if statut is StatutIdentite.VALI and coding.get("system") != fr_core.STATUS and ins_of(resource):
                return StatutIdentite.QUAL
            return statut
    return None


def attributs_of(resource: Json) -> frozenset[Attribut] | None:
    """The attributes that a Patient claims; None when it says nothing of its reliability."""
    if not any(e.get("url") == fr_core.RELIABILITY for e in resource.get("extension", ())):
        return None
    codes = [*_codes(resource, "identityStatus"), *_codes(resource, "comment")]
    return frozenset(Attribut(c["code"]) for c in codes if c.get("code") in Attribut.__members__)


def matricules_of(resource: Json) -> frozenset[tuple[str, str]]:
    """Everything that a Patient carries under an OID of the INS, whatever it is called: (system, value)."""
    return frozenset(
        (i["system"], i.get("value", "")) for i in resource.get("identifier", ()) if i.get("system") in _SYSTEMS
    )


def is_nss(identifier: Json) -> bool:
    """Whether an identifier is typed as a social security number (v2-0203 NH)."""
    return any(c.get("code") == "NH" for c in identifier.get("type", {}).get("coding", ()))


def ins_of(resource: Json) -> frozenset[tuple[str, str]]:
    """The matricules that a Patient carries as INS, former ones included: (system, value).

    The social security number of FR Core 2.1 shares its system with the INS and is told by its type (v2-0203 NH): not
    an INS.
    """
    return frozenset(
        (i["system"], i.get("value", ""))
        for i in resource.get("identifier", ())
        if i.get("system") in _SYSTEMS and not is_nss(i)
    )


def current_ins(resource: Json) -> tuple[str, str] | None:
    """The matricule in force that a Patient carries: (system, value)."""
    for identifier in resource.get("identifier", ()):
        if identifier.get("system") in _SYSTEMS and identifier.get("use") in ("official", "temp"):
            return identifier["system"], identifier.get("value", "")
    return None


def mode_of(resource: Json) -> str | None:
    """The code of the document that a Patient says was checked."""
    for coding in _codes(resource, "validationMode"):
        return str(coding.get("code", ""))
    return None


def controle_of(resource: Json) -> Controle | None:
    """The check that a Patient of ours holds."""
    mode = mode_of(resource)
    if mode is None:
        return None
    document = _PAIRS.get(mode) or TypeDocument.of_code(mode)
    parts = {e["url"]: e.get("valueCode") for e in extension(resource, fr_core.CHECK).get("extension", ())}
    piece = Piece(
        document,
        Situation(parts.get("situation") or Situation.ORDINAIRE),
        Accompagnement(parts["accompagnement"]) if parts.get("accompagnement") else None,
    )
    day = next((p["valueDate"] for p in _parts(resource) if p.get("url") == "validationDate"), None)
    return Controle(piece, date.fromisoformat(day) if day else date(1970, 1, 1))


def methode_of(resource: Json) -> MethodeRecueil:
    """By which channel the traits came; manual entry when it is not said."""
    for coding in _codes(resource, "methodCollection"):
        if coding.get("code") in MethodeRecueil.__members__:
            return MethodeRecueil(coding["code"])
    return MethodeRecueil.SM


def ipp_of(resource: Json) -> str:
    """The local identifier."""
    for identifier in resource.get("identifier", ()):
        if identifier.get("system") == fr_core.IPP:
            return str(identifier.get("value", ""))
    return ""


def complementaires_of(resource: Json) -> TraitsComplementaires:
    """The complementary traits."""
    usual: Json = next((name for name in resource.get("name", ()) if name.get("use") == "usual"), {})
    address: Json = next(iter(resource.get("address", ())), {})
    telecom: dict[str, str] = {}
    for each in resource.get("telecom", ()):
        telecom.setdefault(each.get("system", ""), each.get("value", ""))
    return TraitsComplementaires(
        nom_utilise=usual.get("family", ""),
        prenom_utilise=" ".join(usual.get("given", ())),
        adresse=", ".join(address.get("line", ())),
        code_postal=address.get("postalCode", ""),
        commune=address.get("city", ""),
        telephone=telecom.get("phone", ""),
        courriel=telecom.get("email", ""),
    )


def extension(element: Any, url: str) -> Json:
    """The first extension of `element` with this URL, {} when there is none."""
    for each in element.get("extension", ()):
        if each.get("url") == url:
            return dict(each)
    return {}


def _parts(resource: Json) -> Iterator[Json]:
    for each in resource.get("extension", ()):
        if each.get("url") == fr_core.RELIABILITY:
            yield from each.get("extension", ())


def _codes(resource: Json, url: str) -> Iterable[Json]:
    for part in _parts(resource):
        if part.get("url") == url:
            if "valueCoding" in part:
                yield part["valueCoding"]
            yield from part.get("valueCodeableConcept", {}).get("coding", ())


def _missing(fr: str, en: str, expression: str) -> Issue:
    return Issue(
        Text(f"Il manque un trait strict : {fr}.", f"A strict trait is missing: {en}."),
        (expression,),
        "RNIV traits stricts",
        "required",
    )
