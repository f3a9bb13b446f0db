"""May this employer enrol this person, and declare that they have left?

Source: RPPS+ (order of 24 March 2021): professionals whom no Order registers are declared by their employer, who also declares
their departure.
"""

import re
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Final

from socle.foundations.people.model.enrolement import Enrole, Enrolement
from socle.kernel.outcome import Allowed, Decision, Issue, Refused, Text

RULE: Final = "RPPS+ (arrêté du 24 mars 2021)"
YOUNGEST: Final = 15  # years: under that nobody may be employed
_NAME: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[ '’-])*")
_AHEAD: Final = timedelta(days=90)
_SHOWN: Final = 5  # functions that are named to who gave another


def faults(demande: Enrolement, fonctions: Collection[str], *, now: datetime) -> list[Issue]:
    """What is wrong with a declaration, field by field; none when it may be examined."""
    found: list[Issue] = []

    def wrong(field: str, fr: str, en: str) -> None:
        found.append(Issue(Text(fr, en), (field,), RULE))

    for field, value in (("family", demande.nom), ("given", demande.prenom)):
        if not _NAME.fullmatch(value) or len(value) > 100:
            wrong(
                field,
                "Écrivez un nom : des lettres, des espaces, des traits d'union, des apostrophes.",
                "Write a name: letters, blanks, hyphens, apostrophes.",
            )
    today = now.date()
    if not demande.naissance.year >= 1900 or _years(demande.naissance, today) < YOUNGEST:
        wrong(
            "birthDate",
            f"La personne a moins de {YOUNGEST} ans, ou cette date n'est pas une date de naissance.",
            f"The person is younger than {YOUNGEST}, or this is no birth date.",
        )
    if demande.fonction not in fonctions:
        some = ", ".join(sorted(fonctions)[:_SHOWN])
        wrong(
            "role",
            f"« {demande.fonction[:40]} » n'est pas une fonction que l'annuaire connaît ({some}… : toutes, avec leur nom, "
            "sur la page /annuaire/enrolements)."
            if some
            else "L'annuaire ne connaît encore aucune fonction : elles viennent de l'extraction ; chargez-la d'abord.",
            f"“{demande.fonction[:40]}” is no function that the directory knows ({some}…: all of them, with their names, on "
            "the page /annuaire/enrolements)."
            if some
            else "The directory knows no function yet: they come with the extraction; load it first.",
        )
    if demande.arrivee > today + _AHEAD:
        wrong(
            "start",
            f"L'arrivée est dans plus de {_AHEAD.days} jours : déclarez-la plus tard.",
            f"The arrival is more than {_AHEAD.days} days ahead: declare it later.",
        )
    return found


def may_enrol(employeur: str, known: Enrole | None, *, open_structure: bool) -> Decision:
    """Whether an employer may enrol somebody there; `known`: the same person, enrolled there already and not departed."""
    if not employeur:
        return _refused(
            "Votre compte n'est rattaché à aucune structure : seul un employeur enrôle.",
            "Your account belongs to no structure: only an employer enrols.",
        )
    if not open_structure:
        return _refused(
            "Cette structure n'est pas dans l'annuaire, ou l'a quitté.",
            "This structure is not in the directory, or has left it.",
            "organization",
        )
    if known is not None:
        return _refused(
            f"Cette personne est déjà enrôlée ici, sous le numéro {known.numero_rpps}.",
            f"This person is already enrolled here, under the number {known.numero_rpps}.",
        )
    return Allowed("employer")


def may_depart(enrole: Enrole, employeur: str, le: date) -> Decision:
    """Whether this employer may declare that departure."""
    if enrole.employeur != employeur or not employeur:
        return _refused(
            "Seul l'employeur qui a enrôlé déclare le départ.",
            "Only the employer who enrolled declares the departure.",
        )
    if enrole.depart is not None:
        return _refused("Le départ est déjà déclaré.", "The departure is declared already.")
    if le < enrole.arrivee:
        return _refused("Le départ précède l'arrivée.", "The departure is before the arrival.", "end")
    return Allowed("employer")


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _refused(fr: str, en: str, *expression: str) -> Refused:
    return Refused(Text(fr, en), RULE, expression)
