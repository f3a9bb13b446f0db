"""A fed Patient as a record, and a record as a Patient of FR Core. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from socle.foundations.ins.index.model import Identifier, Portrait
from socle.foundations.ins.model import INS, LIEU_INCONNU, AutoriteAffectation, MatriculeINS, StatutIdentite
from socle.foundations.ins.store import fr_core
from socle.foundations.ins.store.reading import birth_place, extension, is_nss, status_of
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.store import Json

TYPE: Final = "Patient"
INS_SYSTEMS: Final = {authority.system: authority for authority in AutoriteAffectation}
RULE: Final = "IHE PIXm ITI-104"
LONGEST: Final = 250  # characters of a name or an identifier: HL7 v2.5 PID-5 and PID-3 have no more


@dataclass(frozen=True, slots=True)
class Fed:
    """What a fed Patient says.

    local        assigning authority and local identifier
    replaced_by  reference ("Patient/1") or identifier of the record that its structure merged it into, None when active
    """

    local: Identifier
    portrait: Portrait
    replaced_by: str | Identifier | None = None


def fed(resource: Json) -> Fed:
    """Read a Patient that a structure feeds.

    Raises: Problem(RULE_VIOLATED | INVALID), one issue per element that is wrong: no local identifier, no name at all, an
    INS that is not qualified or is none, a name or an identifier that is too long.
    """
    issues: list[Issue] = []
    local = _local(resource, issues)
    portrait = portrait_of(resource, issues)
    if not (portrait.family or portrait.usual_family or portrait.given or portrait.ins):
        issues.append(
            _issue(
                "Ce Patient n'a ni nom ni prénom : l'index n'a rien à comparer.",
                "This Patient has no name at all: the index has nothing to compare.",
                "Patient.name",
            )
        )
    issues += _too_long(resource)
    replaced = _replaced_by(resource, issues)
    if issues:
        raise Problem(Kind.RULE_VIOLATED, *issues)
    assert local is not None
    return Fed(local, portrait, replaced)


def _too_long(resource: Json) -> list[Issue]:
    said = [
        (f"Patient.identifier[{rank}].{part}", str(one.get(part, "")))
        for rank, one in enumerate(resource.get("identifier", ()))
        for part in ("system", "value")
    ]
    for rank, name in enumerate(resource.get("name", ())):
        said.append((f"Patient.name[{rank}].family", str(name.get("family", ""))))
        said += [(f"Patient.name[{rank}].given[{n}]", str(one or "")) for n, one in enumerate(name.get("given", ()))]
    return [
        _issue(
            f"{where} compte {len(text)} caractères : {LONGEST} au plus.",
            f"{where} has {len(text)} characters: {LONGEST} at most.",
            where,
        )
        for where, text in said
        if len(text) > LONGEST
    ]


def portrait_of(resource: Json, issues: list[Issue] | None = None) -> Portrait:
    """The portrait that a Patient draws. What is wrong with its INS goes to `issues`; None: an INS that is not sure is left
    out in silence (the question of a $match, not a record that is kept)."""
    birth = _name(resource, "official", "maiden")
    usual: Json = next((name for name in resource.get("name", ()) if name.get("use") == "usual"), {})
    listed = extension(birth, fr_core.GIVEN_NAMES).get("valueString", "").split()
    given = list(birth.get("given", ()))
    address: Json = next(iter(resource.get("address", ())), {})
    telecom = resource.get("telecom", ())
    lunar = extension(resource.get("_birthDate") or {}, fr_core.LUNAR_DATE).get("valueString")
    place = birth_place(resource)
    rank = resource.get("multipleBirthInteger", 0)
    ins, former = _ins(resource, issues)
    return Portrait.of(
        family=birth.get("family", ""),
        given=_given(given, listed),
        usual_family=usual.get("family", ""),
        usual_given=" ".join(usual.get("given", ())),
        sex=resource.get("gender", ""),
        born=lunar or resource.get("birthDate", ""),
        place="" if place == LIEU_INCONNU else place,
        street=" ".join(address.get("line", ())),
        postcode=address.get("postalCode", ""),
        city=address.get("city", ""),
        phones=[one["value"] for one in telecom if one.get("system") in ("phone", "sms") and one.get("value")],
        mails=[one["value"] for one in telecom if one.get("system") == "email" and one.get("value")],
        ins=ins,
        former_ins=former,
        rank=rank if isinstance(rank, int) and not isinstance(rank, bool) else 0,
    )


def locals_of(resource: Json) -> list[Identifier]:
    """The local identifiers (PI) in force of a Patient."""
    return [
        Identifier(one["system"], one["value"])
        for one in resource.get("identifier", ())
        if one.get("system") and one.get("value") and one.get("use") != "old" and one["system"] not in INS_SYSTEMS
        if any(coding.get("code") == "PI" for coding in one.get("type", {}).get("coding", ()))
    ]


def compose(
    local: Identifier,
    *,
    family: str,
    given: Sequence[str],
    usual_family: str = "",
    usual_given: str = "",
    sex: str = "",
    born: str = "",
    place: str = "",
    ins: INS | None = None,
    former: Sequence[INS] = (),
    phones: Sequence[str] = (),
    mails: Sequence[str] = (),
    street: str = "",
    postcode: str = "",
    city: str = "",
    statut: StatutIdentite | None = None,
) -> Json:
    """A Patient of FR Core from plain values: what a feed that does not speak FHIR hands over.

    given  in order; a compound name is one of them
    born   YYYY-MM-DD, YYYY-MM or YYYY
    ins    goes out only with the status QUAL, whatever else is said
    """
    identifiers: list[Json] = [
        {
            "use": "usual",
            "type": {"coding": [{"system": fr_core.V2_0203_HL7, "code": "PI"}]},
            "system": local.system,
            "value": local.value,
        }
    ]
    for one, use in [(ins, "official")] * (ins is not None) + [(old, "old") for old in former]:
        assert one is not None
        coding = {"system": fr_core.V2_0203, "code": one.autorite.code_fhir}
        identifiers.append(
            {
                "use": use,
                "type": {"coding": [coding]},
                "system": one.autorite.system,
                "value": one.matricule.value,
            }
        )
    names: list[Json] = [
        {
            "extension": [{"url": fr_core.GIVEN_NAMES, "valueString": " ".join(given)}] if given else [],
            "use": "official",
            "family": family,
            "given": list(given[:1]),
        }
    ]
    if usual_family or usual_given:
        names.append({"use": "usual", "family": usual_family, "given": [usual_given] if usual_given else []})
    telecom = [{"system": "phone", "value": one} for one in phones] + [
        {"system": "email", "value": one} for one in mails
    ]
    home = {"use": "home", "line": [street] if street else [], "city": city, "postalCode": postcode}
    extensions: list[Json] = []
    if statut is not None:
        coding = {"system": fr_core.STATUS, "code": statut.value}
        extensions.append({"url": fr_core.RELIABILITY, "extension": [{"url": "identityStatus", "valueCoding": coding}]})
    if place:
        code = {"url": fr_core.INSEE_CODE, "valueCoding": {"system": fr_core.COMMUNE, "code": place}}
        extensions.append({"url": fr_core.BIRTH_PLACE, "valueAddress": {"extension": [code]}})
    made: Json = {
        "resourceType": TYPE,
        "meta": {"profile": [fr_core.PATIENT]},
        "extension": extensions,
        "identifier": identifiers,
        "active": True,
        "name": names,
        "telecom": telecom,
        "gender": {"M": "male", "F": "female"}.get(sex, "unknown"),
        "birthDate": born,
        "address": [home] if street or postcode or city else [],
    }
    found: Json = _without_nothing(made)
    return found


def replaced(resource: Json, survivor: str) -> Json:
    """The Patient once its structure merged it into another: inactive, with its link."""
    others = [link for link in resource.get("link", ()) if link.get("type") != "replaced-by"]
    link = {"other": {"reference": f"{TYPE}/{survivor}"}, "type": "replaced-by"}
    return {**resource, "active": False, "link": [*others, link]}


def linked(resource: Json, others: Sequence[str]) -> Json:
    """The Patient, with a link to others that are the same person (IHE PDQm: Patient.link, seealso)."""
    told = {link.get("other", {}).get("reference") for link in resource.get("link", ())}
    wanted = [name for name in (f"{TYPE}/{other}" for other in others) if name not in told]
    links = [{"other": {"reference": name}, "type": "seealso"} for name in wanted]
    return {**resource, "link": [*resource.get("link", ()), *links]} if links else resource


def replaced_by(resource: Json) -> str:
    """The reference of the Patient that replaces it, "" when none does or when only its identifier is told."""
    links = (link for link in resource.get("link", ()) if link.get("type") == "replaced-by")
    return str(next((link.get("other", {}).get("reference", "") for link in links), ""))


def restored(resource: Json) -> Json:
    """The Patient as it was before that: active, without the link."""
    others = [link for link in resource.get("link", ()) if link.get("type") != "replaced-by"]
    kept = {name: value for name, value in resource.items() if name != "link"}
    return {**kept, "active": True, **({"link": others} if others else {})}


def _local(resource: Json, issues: list[Issue]) -> Identifier | None:
    found = locals_of(resource)
    if len(found) == 1:
        return found[0]
    if found:
        issues.append(
            _issue(
                "Plusieurs identifiants locaux (type PI) : l'index ne peut pas deviner lequel est celui de cet "
                "enregistrement. Laissez-en un ; les anciens portent use = old.",
                "Several local identifiers (type PI): the index cannot guess which is this record's. Leave one; former "
                "ones say use = old.",
                "Patient.identifier",
            )
        )
    else:
        issues.append(
            _issue(
                "Il manque l'identifiant local : un identifier de type PI, avec son système (l'autorité d'affectation).",
                "The local identifier is missing: an identifier of type PI, with its system (the assigning authority).",
                "Patient.identifier",
            )
        )
    return None


def _ins(resource: Json, issues: list[Issue] | None) -> tuple[Identifier | None, list[Identifier]]:
    """The INS in force and the former ones. Only a qualified identity may send one (RNIV EXI SI 08)."""
    current: Identifier | None = None
    former: list[Identifier] = []
    qualified = status_of(resource) is StatutIdentite.QUAL
    for rank, one in enumerate(resource.get("identifier", ())):
        if one.get("system") not in INS_SYSTEMS or is_nss(one):
            continue
        where = f"Patient.identifier[{rank}].value"
        try:
            ins = INS(MatriculeINS.parse(str(one.get("value", ""))), INS_SYSTEMS[one["system"]])
        except Problem as problem:
            if issues is not None:
                issues += [Issue(each.text, (where,), each.rule, each.code) for each in problem.issues]
            continue
        kept = Identifier(ins.autorite.system, ins.matricule.value)
        if one.get("use") == "old":
            former.append(kept)
        elif current is not None:
            if issues is not None:
                issues.append(
                    _issue(
                        "Deux INS en vigueur : les matricules antérieurs portent use = old.",
                        "Two INS in force: former matricules say use = old.",
                        where,
                    )
                )
        else:
            current = kept
    if (current or former) and not qualified:
        if issues is not None:
            issues.append(
                Issue(
                    Text(
                        "Seule une identité qualifiée (statut QUAL) porte son INS à l'extérieur : envoyez le statut, "
                        "ou retirez l'INS.",
                        "Only a qualified identity (status QUAL) carries its INS outward: send the status, or leave the "
                        "INS out.",
                    ),
                    ("Patient.identifier",),
                    "RNIV EXI SI 08",
                )
            )
        return None, []
    return current, former


def _replaced_by(resource: Json, issues: list[Issue]) -> str | Identifier | None:
    for rank, link in enumerate(resource.get("link", ())):
        if link.get("type") != "replaced-by":
            continue
        if resource.get("active") is not False:
            issues.append(
                _issue(
                    "Un enregistrement remplacé n'est plus actif : avec le lien « replaced-by », dites active = false.",
                    "A replaced record is no longer active: with the link “replaced-by”, say active = false.",
                    "Patient.active",
                )
            )
            return None
        other = link.get("other", {})
        if reference := other.get("reference"):
            return str(reference)
        named = other.get("identifier", {})
        if named.get("system") and named.get("value"):
            return Identifier(named["system"], named["value"])
        issues.append(
            _issue(
                "Le lien « replaced-by » ne dit pas par qui : donnez other.reference ou other.identifier.",
                "The link “replaced-by” does not say by whom: give other.reference or other.identifier.",
                f"Patient.link[{rank}].other",
            )
        )
    return None


def _name(resource: Json, *uses: str) -> Json:
    """The name of one of these uses, in order; else the first that is neither in use only nor old."""
    names = resource.get("name", ())
    for use in uses:
        for name in names:
            if name.get("use") == use:
                return dict(name)
    return next((dict(name) for name in names if name.get("use") not in ("usual", "old", "nickname", "anonymous")), {})


def _given(given: list[str], listed: list[str]) -> list[str]:
    """The given names: the list when there is one, beginning with the first name as it is written."""
    if not listed or len(given) != 1:
        return given or listed
    length = len(given[0].replace("-", " ").split())
    return given + listed[1 if listed[0] == given[0] or "-" in listed[0] else length :]


def _issue(fr: str, en: str, expression: str) -> Issue:
    return Issue(Text(fr, en), (expression,), RULE)


def _without_nothing(value: Any) -> Any:
    """Without what says nothing: FHIR has no empty array, object or string."""
    if isinstance(value, dict):
        found = {name: _without_nothing(each) for name, each in value.items()}
        return {name: each for name, each in found.items() if each not in ("", [], {}, None)}
    if isinstance(value, list):
        return [each for each in map(_without_nothing, value) if each not in ("", [], {}, None)]
    return value


def as_of(text: datetime) -> int:
    """Microseconds since 1970: how the rules count the age of a person."""
    return int(text.timestamp() * 1_000_000)
