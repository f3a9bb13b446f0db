"""The four headers that say who asks, in what capacity. Source: ROR documentation, consommation des API FHIR.

Their values are agreed with each consumer when it is let in. The guide publishes two profile codes and one professional role;
which access profile goes with a code is not published: the table below is ours, and the place to change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from socle.foundations.care_offer.model.profil import ProfilAcces
from socle.kernel.outcome import Issue, Kind, Problem, Text

RULE: Final = "ROR, consommation des API FHIR : les quatre en-têtes Ror-*"
PROFILE_CODE: Final = "Ror-Profil-Utilisateur-Code"
PROFILE_SYSTEM: Final = "Ror-Profil-Utilisateur-System"
ROLE_CODE: Final = "Ror-Role-Metier-Code"
ROLE_SYSTEM: Final = "Ror-Role-Metier-System"
NAMES: Final = (PROFILE_CODE, PROFILE_SYSTEM, ROLE_CODE, ROLE_SYSTEM)
PROFILE_OID: Final = "1.2.250.1.213.1.6.1.66"
ROLE_OID: Final = "1.2.250.1.213.1.1.4.6"

# CU23 and CU22 are published, with free access and with a certificate; the SOCLE-* are ours, so that each can be tried.
PROFILES: Final[Mapping[str, ProfilAcces]] = {
    "CU23": ProfilAcces.LIBRE,
    "CU22": ProfilAcces.HORS_TRES_RESTREINT,
    **{f"SOCLE-{profil.value}": profil for profil in ProfilAcces},
}
ROLES: Final = frozenset({"AUTOMATE", "SOCLE"})


@dataclass(frozen=True, slots=True)
class Said:
    """What the four headers say."""

    profil: ProfilAcces
    code: str
    role: str


def said(headers: Mapping[str, str]) -> Said:
    """Read the four headers (lower-case names).

    Raises: Problem(INVALID), one issue for each header that is missing; Problem(FORBIDDEN) for a profile or a role that
    nobody was granted.
    """
    missing = [name for name in NAMES if not headers.get(name.lower(), "").strip()]
    if missing:
        raise Problem(Kind.INVALID, *(_missing(name) for name in missing))
    values = {name: headers[name.lower()].strip() for name in NAMES}
    for name, oid in ((PROFILE_SYSTEM, PROFILE_OID), (ROLE_SYSTEM, ROLE_OID)):
        if values[name].removeprefix("urn:oid:") != oid:
            raise Problem(
                Kind.INVALID,
                Issue(
                    Text(
                        f"« {name} » vaut {oid} ; reçu : « {values[name][:60]} ».",
                        f"“{name}” is {oid}; received: “{values[name][:60]}”.",
                    ),
                    (f"http.{name}",),
                    RULE,
                    "value",
                ),
            )
    code = values[PROFILE_CODE]
    if code not in PROFILES:
        raise _unknown(PROFILE_CODE, code, "profil d'utilisateur", "user profile")
    if values[ROLE_CODE] not in ROLES:
        raise _unknown(ROLE_CODE, values[ROLE_CODE], "rôle métier", "professional role")
    return Said(PROFILES[code], code, values[ROLE_CODE])


def _missing(name: str) -> Issue:
    oid = {PROFILE_SYSTEM: PROFILE_OID, ROLE_SYSTEM: ROLE_OID}.get(name)
    example = oid or {PROFILE_CODE: "CU23", ROLE_CODE: "AUTOMATE"}[name]
    return Issue(
        Text(
            f"L'en-tête « {name} » manque : ajoutez-le (par exemple : {example}). Les quatre sont obligatoires.",
            f"The header “{name}” is missing: add it (for instance: {example}). All four are mandatory.",
        ),
        (f"http.{name}",),
        RULE,
        "required",
    )


def _unknown(name: str, value: str, fr: str, en: str) -> Problem:
    return Problem(
        Kind.FORBIDDEN,
        Issue(
            Text(
                f"« {value[:40]} » ({name}) n'est pas un {fr} connu : employez celui qui vous a été remis à l'intégration.",
                f"“{value[:40]}” ({name}) is no known {en}: use the one that you were given when you were let in.",
            ),
            (f"http.{name}",),
            RULE,
        ),
    )
