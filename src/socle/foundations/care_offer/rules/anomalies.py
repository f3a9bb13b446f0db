"""The life of a report of an anomaly, as a table; and what a report must say.

Source: TRE_R352-StatutMetierAnomalie, IG ROR ror-task. The guide publishes the states, not the passages between them: the
table is ours.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.anomaly import StatutAnomalie as S
from socle.kernel.outcome import Allowed, Decision, Issue, Refused, Text

Json = dict[str, Any]
Party = Literal["reporter", "owner"]
RULE: Final = "ROR ror-task ; TRE_R352-StatutMetierAnomalie"

# Where one may go from where, and who may.
TABLE: Final[Mapping[S, Mapping[S, Party]]] = {
    S.CREE: {S.A_TRAITER: "owner", S.ENVOYE: "owner", S.BLOQUE_SANS_DESTINATAIRE: "owner", S.ANNULE: "reporter"},
    S.A_TRAITER: {
        S.ENVOYE: "owner",
        S.CORRIGE: "owner",
        S.REFUSE: "owner",
        S.TOLERE_TEMPORAIREMENT: "owner",
        S.TOLERE_DEFINITIVEMENT: "owner",
        S.BLOQUE_SANS_DESTINATAIRE: "owner",
        S.BLOQUE_DESTINATAIRE_ERRONE: "owner",
        S.ANNULE: "reporter",
    },
    S.ENVOYE: {
        S.CORRIGE: "owner",
        S.REFUSE: "owner",
        S.TOLERE_TEMPORAIREMENT: "owner",
        S.TOLERE_DEFINITIVEMENT: "owner",
        S.BLOQUE_DESTINATAIRE_ERRONE: "owner",
        S.ANNULE: "reporter",
    },
    S.BLOQUE_SANS_DESTINATAIRE: {S.A_TRAITER: "owner", S.ENVOYE: "owner", S.ANNULE: "reporter"},
    S.BLOQUE_DESTINATAIRE_ERRONE: {S.A_TRAITER: "owner", S.ENVOYE: "owner", S.ANNULE: "reporter"},
    S.TOLERE_TEMPORAIREMENT: {S.A_TRAITER: "owner", S.CORRIGE: "owner", S.TOLERE_DEFINITIVEMENT: "owner"},
    S.CORRIGE: {S.A_VERIFIER: "reporter"},
    S.REFUSE: {S.A_VERIFIER: "reporter"},
    S.A_VERIFIER: {S.A_TRAITER: "owner", S.CORRIGE: "owner", S.REFUSE: "owner", S.ANNULE: "reporter"},
    S.ANNULE: {},
    S.TOLERE_DEFINITIVEMENT: {},
}
BEGINNING: Final = (S.CREE, S.A_TRAITER)
ANSWERS: Final = (S.CORRIGE, S.REFUSE, S.TOLERE_TEMPORAIREMENT, S.TOLERE_DEFINITIVEMENT)
OPEN: Final = tuple(one for one, passages in TABLE.items() if any(party == "owner" for party in passages.values()))
# The status of the FHIR Task that goes with each.
TASK: Final[Mapping[S, str]] = {
    S.CREE: "requested",
    S.A_TRAITER: "in-progress",
    S.ANNULE: "cancelled",
    S.BLOQUE_SANS_DESTINATAIRE: "on-hold",
    S.ENVOYE: "in-progress",
    S.TOLERE_TEMPORAIREMENT: "on-hold",
    S.TOLERE_DEFINITIVEMENT: "completed",
    S.CORRIGE: "completed",
    S.REFUSE: "rejected",
    S.A_VERIFIER: "in-progress",
    S.BLOQUE_DESTINATAIRE_ERRONE: "on-hold",
}
LABELS: Final[Mapping[S, Text]] = {
    S.CREE: Text("Créé", "Created"),
    S.A_TRAITER: Text("À traiter", "To be handled"),
    S.ANNULE: Text("Annulé", "Cancelled"),
    S.BLOQUE_SANS_DESTINATAIRE: Text("Bloqué (destinataire manquant)", "Blocked (no recipient)"),
    S.ENVOYE: Text("Envoyé au destinataire", "Sent to the recipient"),
    S.TOLERE_TEMPORAIREMENT: Text("Toléré temporairement", "Tolerated for now"),
    S.TOLERE_DEFINITIVEMENT: Text("Toléré définitivement", "Tolerated for good"),
    S.CORRIGE: Text("Corrigé", "Corrected"),
    S.REFUSE: Text("Refusé", "Refused"),
    S.A_VERIFIER: Text("À vérifier", "To be checked"),
    S.BLOQUE_DESTINATAIRE_ERRONE: Text("Bloqué (destinataire erroné)", "Blocked (wrong recipient)"),
}
THEMES: Final[Mapping[str, Text]] = {
    "01": Text("Complétude", "Completeness"),
    "02": Text("Exhaustivité", "Exhaustiveness"),
    "03": Text("Cohérence", "Consistency"),
    "04": Text("Récence", "Recency"),
    "05": Text("Structuration", "Structure"),
    "06": Text("Exactitude", "Accuracy"),
}
FOCUS: Final = ("HealthcareService", "Organization", "Location", "Practitioner", "PractitionerRole")


def may_pass(before: S, after: S, by: frozenset[Party]) -> Decision:
    """Whether a report may go from a state to another, by somebody who is the reporter, an owner, or both."""
    party = TABLE[before].get(after)
    if party is None:
        possible = ", ".join(LABELS[one].fr for one in TABLE[before]) or "aucun"
        english = ", ".join(LABELS[one].en for one in TABLE[before]) or "none"
        return Refused(
            Text(
                f"Une anomalie « {LABELS[before].fr} » ne devient pas « {LABELS[after].fr} » ; possibles : {possible}.",
                f"A report “{LABELS[before].en}” does not become “{LABELS[after].en}”; possible: {english}.",
            ),
            RULE,
            ("Task.businessStatus",),
        )
    if party not in by:
        who = (
            Text("le déclarant", "the reporter")
            if party == "reporter"
            else Text("le responsable de la donnée", "the owner")
        )
        return Refused(
            Text(f"Seul {who.fr} peut faire cela.", f"Only {who.en} may do that."), RULE, ("Task.businessStatus",)
        )
    return Allowed(f"anomaly:{party}")


def status_of(task: Json) -> S | None:
    """The business status of a Task; None when it has none that we know."""
    return _known(task.get("businessStatus"))


def _known(concept: Json | None) -> S | None:
    for coding in (concept or {}).get("coding", ()):
        if coding.get("system") == names.ANOMALY_STATUS and coding.get("code") in list(S):
            return S(coding["code"])
    return None


def faults(task: Json) -> list[Issue]:
    """What is wrong with a new report."""
    found: list[Issue] = []
    if status_of(task) not in BEGINNING:
        found.append(_issue("businessStatus", "vaut 01 (créé) ou 02 (à traiter) au début", "begins as 01 or 02"))
    theme = next(
        (c.get("code") for c in task.get("code", {}).get("coding", ()) if c.get("system") == names.ANOMALY_THEME), ""
    )
    if theme not in THEMES:
        found.append(_issue("code", f"est un code de {names.ANOMALY_THEME}", f"is a code of {names.ANOMALY_THEME}"))
    if not task.get("reasonCode"):
        found.append(_issue("reasonCode", "dit l'action demandée", "says what is asked for"))
    if not str(task.get("description", "")).strip():
        found.append(_issue("description", "dit ce qui ne va pas", "says what is wrong"))
    found += [_issue(name, "manque", "is missing") for name in ("authoredOn", "lastModified") if not task.get(name)]
    focus = task.get("focus", {})
    of = focus.get("type") or str(focus.get("reference", "")).partition("/")[0]
    if of not in FOCUS or not (focus.get("reference") or focus.get("identifier", {}).get("value")):
        found.append(
            _issue("focus", f"désigne l'élément ({', '.join(FOCUS)})", f"says which element ({', '.join(FOCUS)})")
        )
    if input_of(task, "systemRequester") is None:
        found.append(
            _issue(
                "input", "porte systemRequester : le système qui signale", "has systemRequester: the reporting system"
            )
        )
    return found


def input_of(task: Json, code: str) -> Any:
    """The value of an input of that code; None when it is not there."""
    for one in task.get("input", ()):
        if any(
            c.get("code") == code and c.get("system") == names.TASK_INPUT for c in one.get("type", {}).get("coding", ())
        ):
            return next((value for name, value in one.items() if name.startswith("value")), None)
    return None


def _issue(element: str, fr: str, en: str) -> Issue:
    return Issue(Text(f"Task.{element} {fr}.", f"Task.{element} {en}."), (f"Task.{element}",), RULE, "business-rule")
