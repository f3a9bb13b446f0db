"""An identity as a Patient of FR Core, both ways. Pure.

What we do not manage (telecom of relatives, contacts, photo, extensions of others) is kept as it was.
"""

from functools import lru_cache
from typing import Any

from socle.foundations.ins.model import (
    LIEU_INCONNU,
    AutoriteAffectation,
    Controle,
    Declaration,
    Identite,
    Nature,
    TraitsComplementaires,
    TraitsStricts,
    VersionFRCore,
)
from socle.foundations.ins.population import communes, pays
from socle.foundations.ins.store import fr_core
from socle.foundations.ins.store.reading import (
    attributs_of,
    birth_place,
    complementaires_of,
    controle_of,
    extension,
    ipp_of,
    is_nss,
    matricules_of,
    methode_of,
    mode_of,
    status_of,
    traits_of,
)
from socle.kernel.store import Json

__all__ = ["declared", "from_patient", "to_patient", "traits_of"]

_INS_SYSTEMS = frozenset(authority.system for authority in AutoriteAffectation)
# As FHIR lists them; what we do not know of comes after, as it came.
_FIRST = "resourceType id meta implicitRules language text contained extension modifierExtension identifier active name"
_THEN = "telecom gender birthDate deceasedBoolean deceasedDateTime address maritalStatus"
_ORDER = {name: rank for rank, name in enumerate(f"{_FIRST} {_THEN}".split())}
_OWN_EXTENSIONS = frozenset({fr_core.RELIABILITY, fr_core.BIRTH_PLACE, fr_core.CHECK})


def declared(resource: Json) -> Declaration:
    """Read a Patient that somebody sent. Raises: Problem(INVALID | RULE_VIOLATED), one issue per trait that is
    wrong.
    """
    return Declaration(
        traits=traits_of(resource),
        complementaires=complementaires_of(resource),
        ipp=ipp_of(resource),
        statut=status_of(resource),
        ins=matricules_of(resource),
        document=mode_of(resource),
        attributs=attributs_of(resource),
    )


def from_patient(resource: Json) -> Identite:
    """The identity that a stored Patient holds, without what INSi answered (see `Identities`)."""
    return Identite(
        traits=traits_of(resource),
        complementaires=complementaires_of(resource),
        attributs=attributs_of(resource) or frozenset(),
        controle=controle_of(resource),
        methode=methode_of(resource),
        ipp=ipp_of(resource),
    )


def to_patient(identite: Identite, previous: Json | None = None, *, version: VersionFRCore) -> Json:
    """The Patient to store: `previous` with everything that the identity says. The matricule only when QUAL."""
    # the narrative is dropped: it would go on saying what is no longer true
    resource: Json = {"resourceType": "Patient"}
    resource.update({name: value for name, value in (previous or {}).items() if name not in ("resourceType", "text")})
    document = identite.controle.piece.document if identite.controle else None
    meta = dict(resource.get("meta", {}))
    theirs = [p for p in meta.get("profile", []) if not p.startswith((fr_core.PATIENT, fr_core.PATIENT_INS))]
    meta["profile"] = [fr_core.profile(version, identite.statut, document), *theirs]
    resource["meta"] = meta
    kept = [e for e in resource.get("extension", []) if e.get("url") not in _OWN_EXTENSIONS]
    place = _birth_place(identite.traits, previous or {})
    unchanged = previous is not None and complementaires_of(previous) == identite.complementaires
    resource["extension"] = [*_reliability(identite, version), place, *_check(identite), *kept]
    resource["identifier"] = _identifiers(identite, resource.get("identifier", []), version)
    resource["name"] = _names(identite, resource.get("name", []), unchanged)
    resource["gender"] = identite.traits.sexe.fhir
    resource["birthDate"] = identite.traits.date_naissance.completed().isoformat()
    of_birth = _birth_date(identite.traits, previous or {})
    resource["_birthDate"] = {"extension": of_birth} if of_birth else {}
    if not unchanged:
        _contact(resource, identite.complementaires)
    ordered = sorted(resource, key=lambda name: _ORDER.get(name.lstrip("_"), len(_ORDER)))
    return {name: resource[name] for name in ordered if resource[name] not in ([], {})}


def _coding(system: str, code: str, label: str = "") -> Json:
    return {"system": system, "code": code, **({"display": fr_core.display(system, code, label)} if label else {})}


def _reliability(identite: Identite, version: VersionFRCore) -> list[Json]:
    parts: list[Json] = [{"url": "methodCollection", "valueCoding": _coding(fr_core.METHOD, identite.methode.value)}]
    recuperation = identite.recuperation
    if recuperation:
        parts.append({"url": "dateCollection", "valueDate": recuperation.at.date().isoformat()})
    statut = identite.statut
    parts.append(
        {
            "url": "identityStatus",
            "valueCoding": _coding(fr_core.status_system(version, statut), statut.value, statut.label),
        }
    )
    attributs = sorted(identite.attributs)
    if fr_core.writes_comments(version):
        parts += [
            {"url": "comment", "valueCodeableConcept": {"coding": [_coding(fr_core.COMMENT, a.value, a.label)]}}
            for a in attributs
        ]
    if identite.controle:
        parts.append({"url": "validationDate", "valueDate": identite.controle.on.isoformat()})
        parts.append({"url": "validationMode", "valueCoding": _mode(identite.controle)})
    extensions = [{"url": fr_core.RELIABILITY, "extension": parts}]
    if not fr_core.writes_comments(version):
        for a in attributs:
            code = {"url": "identityStatus", "valueCoding": _coding(fr_core.V2_0445, a.value, a.label)}
            extensions.append({"url": fr_core.RELIABILITY, "extension": [code]})
    return extensions


def _mode(controle: Controle) -> Json:
    document = controle.piece.document
    return _coding(fr_core.MODE, document.code, document.label)


def _check(identite: Identite) -> list[Json]:
    """Situation and accompanying document of a special case, which FR Core has no place for."""
    if identite.controle is None or identite.controle.piece.document.high_confidence:
        return []
    piece = identite.controle.piece
    parts: list[Json] = [{"url": "situation", "valueCode": piece.situation.value}]
    if piece.accompagnement:
        parts.append({"url": "accompagnement", "valueCode": piece.accompagnement.value})
    return [{"url": fr_core.CHECK, "extension": parts}]


@lru_cache(maxsize=1)
def _names_of_places() -> dict[str, str]:
    return {lieu.code: lieu.nom for lieu in (*communes(), *pays())}


def _birth_place(traits: TraitsStricts, previous: Json) -> Json:
    """The birthplace; what was said of the same place (a historic name, say) is kept."""
    code = traits.lieu_naissance
    name = _names_of_places().get(code, "")
    said: Json = (
        extension(previous, fr_core.BIRTH_PLACE).get("valueAddress", {}) if birth_place(previous) == code else {}
    )
    others = [e for e in said.get("extension", ()) if e.get("url") != fr_core.INSEE_CODE]
    place = {"url": fr_core.INSEE_CODE, "valueCoding": _coding(fr_core.COMMUNE, code, name)}
    address: Json = {**said, "extension": [place, *others]}
    if name and not code.startswith("99"):
        address.setdefault("city", name)
        address.setdefault("country", "FRA")
    elif name:
        address.setdefault("country", name)
    elif code == LIEU_INCONNU:
        address.setdefault("text", "Lieu de naissance inconnu")
    return {"url": fr_core.BIRTH_PLACE, "valueAddress": address}


def _birth_date(traits: TraitsStricts, previous: Json) -> list[Json]:
    """Extensions of the birth date: ours when it is incomplete, and those of others (a time of birth)."""
    birth = traits.date_naissance
    others = [e for e in (previous.get("_birthDate") or {}).get("extension", ()) if e.get("url") != fr_core.LUNAR_DATE]
    return [*([] if birth.is_complete else [{"url": fr_core.LUNAR_DATE, "valueString": str(birth)}]), *others]


def _identifiers(identite: Identite, previous: list[Json], version: VersionFRCore) -> list[Json]:
    # a social security number shares the OID of the INS in FR Core 2.1: it goes when the INS goes
    ours = {fr_core.IPP} if identite.ins_transmissible else {fr_core.IPP, *_INS_SYSTEMS}
    kept = [i for i in previous if i.get("system") not in ours and (is_nss(i) or i.get("system") not in _INS_SYSTEMS)]
    found: list[Json] = []
    ins = identite.ins_transmissible
    if ins is not None:
        is_nia = ins.autorite is AutoriteAffectation.NIA
        found.append(_identifier(ins.autorite, ins.matricule.value, fr_core.nia_use(version) if is_nia else "official"))
        assert identite.recuperation is not None
        # FR Core has a place for the former NIR of production only (the TEST and DEMO slices are always official)
        found += [
            _identifier(old.ins.autorite, old.ins.matricule.value, "old")
            for old in identite.recuperation.historique
            if old.ins.autorite is AutoriteAffectation.NIR and old.ins.matricule.nature is Nature.NIR
        ]
    if identite.ipp:
        internal = _coding(fr_core.V2_0203_HL7, "PI", "Patient internal identifier")
        found.append({"use": "usual", "type": {"coding": [internal]}, "system": fr_core.IPP, "value": identite.ipp})
    return found + kept


def _identifier(authority: AutoriteAffectation, value: str, use: str) -> Json:
    return {
        "use": use,
        "type": {"coding": [_coding(fr_core.V2_0203, authority.code_fhir)]},
        "system": authority.system,
        "value": value,
    }


def _names(identite: Identite, previous: list[Json], unchanged: bool) -> list[Json]:
    """The official name, then those in use (as they were when nothing `unchanged` them), then the others."""
    traits = identite.traits
    said: Json = next((name for name in previous if name.get("use") == "official"), {})
    others = [e for e in said.get("extension", ()) if e.get("url") != fr_core.GIVEN_NAMES]
    official = {
        **{name: value for name, value in said.items() if name != "text"},
        "extension": [{"url": fr_core.GIVEN_NAMES, "valueString": traits.liste_prenoms}, *others],
        "use": "official",
        "family": traits.nom_naissance,
        "given": [traits.premier_prenom],
    }
    usual = [name for name in previous if name.get("use") == "usual"]
    if not unchanged:
        family, given = identite.complementaires.nom_utilise, identite.complementaires.prenom_utilise
        in_use: Json = {
            "use": "usual",
            **({"family": family} if family else {}),
            **({"given": [given]} if given else {}),
        }
        usual = [in_use] if len(in_use) > 1 else []
    return [official, *usual, *(name for name in previous if name.get("use") not in ("official", "usual"))]


def _contact(resource: Json, traits: TraitsComplementaires) -> None:
    """Address, telephone and mail of the person: the first of each."""
    telecom = [t for t in resource.get("telecom", []) if t.get("system") not in ("phone", "email")]
    if traits.telephone:
        telecom.append({"system": "phone", "value": traits.telephone})
    if traits.courriel:
        telecom.append({"system": "email", "value": traits.courriel})
    resource["telecom"] = telecom
    address: dict[str, Any] = {}
    if traits.adresse:
        address["line"] = [traits.adresse]
    if traits.commune:
        address["city"] = traits.commune
    if traits.code_postal:
        address["postalCode"] = traits.code_postal
    rest = resource.get("address", [])[1:]
    resource["address"] = [*([{"use": "home", **address}] if address else []), *rest]
