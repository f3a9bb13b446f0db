"""What an appointment or a regulator's account must say when it is sent to the SAS.

Source: ans.fhir.fr.sas 1.2.0, « Gestion de rendez-vous », « Gestion des comptes régulateurs », FrAppointmentSAS,
sas-sos-appointment, FrPractitionerRegul.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from socle.foundations.care_offer.agenda.model import IDNPS, SAS, numero_ps
from socle.kernel.outcome import Issue, Kind, Problem, Text

RULE_RDV: Final = "SAS-RDV"
RULE_ACCOUNT: Final = "SAS-COMPTE"
STATUSES: Final = ("pending", "booked", "fulfilled", "noshow", "cancelled")
_URLS: Final = ("appointment-operator", "FrAppointmentOperator")
Resource = Mapping[str, Any]


def check_appointment(appointment: Resource) -> None:
    """That an appointment says what the SAS needs. No patient is named: the guide has none.

    Raises: Problem(RULE_VIOLATED), one issue for each thing that is missing.
    """
    issues: list[Issue] = []
    identifiers = appointment.get("identifier", [])
    if len(identifiers) != 1 or not (identifiers[0].get("system") and identifiers[0].get("value")):
        _say(
            issues,
            "identifier",
            "un identifiant et un seul, avec system et value",
            "one identifier and one only, with system and value",
        )
    status = appointment.get("status")
    if status not in STATUSES:
        _say(issues, "status", f"le SAS exploite : {', '.join(STATUSES)}", f"the SAS uses: {', '.join(STATUSES)}")
    for name in ("start", "end"):
        if not appointment.get(name):
            _say(issues, name, "cette heure est obligatoire", "this time is required")
    operators = [
        extension.get("valueReference", {}).get("identifier", {})
        for extension in appointment.get("extension", ())
        if str(extension.get("url", "")).endswith(_URLS)
    ]
    if len(operators) != 1 or not _typed(operators[0]):
        _say(
            issues,
            "extension('appointmentOperator')",
            "le régulateur est nommé une fois, par un identifiant avec type, system et value",
            "the regulator is named once, by an identifier with type, system and value",
        )
    for rank, part in enumerate(appointment.get("participant", ())):
        _participant(issues, rank, part, str(status))
    if issues:
        raise Problem(Kind.RULE_VIOLATED, *issues)


def _participant(issues: list[Issue], rank: int, part: Resource, status: str) -> None:
    wanted = ("accepted", "needs-action") if status == "pending" else ("accepted",)
    if part.get("status") not in wanted:
        shown = ", ".join(wanted)
        _say(issues, f"participant[{rank}].status", f"valeurs du SAS : {shown}", f"values of the SAS: {shown}")
    identifier = part.get("actor", {}).get("identifier")
    if identifier is None:
        if part.get("actor", {}).get("reference", "").startswith("Patient/"):
            _say(issues, f"participant[{rank}].actor", "le SAS ne reçoit pas l'identité du patient",
                 "the SAS does not receive the patient's identity")  # fmt: skip
        return
    if identifier.get("system") != IDNPS or not _typed(identifier):
        _say(
            issues,
            f"participant[{rank}].actor.identifier",
            f"un professionnel est nommé par {IDNPS}, avec son type IDNPS",
            f"a professional is named by {IDNPS}, with the type IDNPS",
        )
        return
    try:
        numero_ps(str(identifier.get("value", "")))
    except Problem as problem:
        text = problem.issues[0].text
        issues.append(Issue(text, (f"Appointment.participant[{rank}].actor.identifier.value",), RULE_RDV, "value"))


def check_account(practitioner: Resource) -> list[tuple[str, str]]:
    """The identifiers of a regulator's account, (system, value). Raises: Problem(RULE_VIOLATED)."""
    issues: list[Issue] = []
    if practitioner.get("meta", {}).get("source") != SAS:
        _say(issues, "meta.source", f"la source est {SAS}", f"the source is {SAS}", of="Practitioner")
    if not isinstance(practitioner.get("active"), bool):
        _say(
            issues,
            "active",
            "true si le compte est habilité, false sinon",
            "true when the account is enabled, false otherwise",
            of="Practitioner",
        )
    found = [(i.get("system", ""), str(i.get("value", ""))) for i in practitioner.get("identifier", ())]
    kept = [(system, value) for system, value in found if system in (SAS, IDNPS) and value]
    if not kept or len({system for system, _ in kept}) < len(kept):
        _say(
            issues,
            "identifier",
            f"au moins un identifiant et un au plus de chaque système : {SAS} (technique), {IDNPS} (national)",
            f"at least one identifier and at most one of each system: {SAS} (technical), {IDNPS} (national)",
            of="Practitioner",
        )
    names: Sequence[Resource] = practitioner.get("name", [])
    if not names or not all(name.get("family") and len(name.get("given", ())) == 1 for name in names):
        _say(issues, "name", "un nom et un prénom", "a family name and one given name", of="Practitioner")
    if issues:
        raise Problem(Kind.RULE_VIOLATED, *issues)
    return kept


def _typed(identifier: Resource) -> bool:
    codings = identifier.get("type", {}).get("coding", [])
    return len(codings) == 1 and bool(codings[0].get("code") and identifier.get("system") and identifier.get("value"))


def _say(issues: list[Issue], path: str, fr: str, en: str, *, of: str = "Appointment") -> None:
    rule = RULE_RDV if of == "Appointment" else RULE_ACCOUNT
    issues.append(Issue(Text(f"{of}.{path} : {fr}.", f"{of}.{path}: {en}."), (f"{of}.{path}",), rule, "required"))
