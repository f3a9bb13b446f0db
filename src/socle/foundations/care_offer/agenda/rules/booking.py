"""Who may take a slot, declare, administer. Sources: SAS guide (types of slots, WALKIN), GAP flux 6; what is ours is said."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from socle.foundations.care_offer.agenda.model import Standing, Status, TypeCreneau
from socle.kernel.outcome import Allowed, Decision, Kind, Refused, Text

BUSY: Final = "AGD-CRENEAU-PRIS"
TIMELESS: Final = frozenset({Status.PROPOSED, Status.CANCELLED})
YEARS: Final = range(1900, 2201)
CONFLICTS: Final = frozenset({BUSY, "AGD-AGENDA-RDV"})


class Asker(StrEnum):
    """On what account somebody asks."""

    HOLDER = "holder"  # the professional whose agenda it is
    SOFTWARE = "software"  # the software that declares the agenda
    REGULATOR = "regulator"  # a regulator of the SAS
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Taken:
    """A slot that an appointment wants.

    busy      somebody holds it
    access    who may take it, by TRE_R314
    walk_in   shown, not taken
    """

    id: str
    start: datetime
    end: datetime
    busy: bool = False
    access: frozenset[TypeCreneau] = field(default_factory=frozenset)
    walk_in: bool = False


def may_take(slot: Taken, asker: Asker, *, now: datetime, overbook: bool = False) -> Decision:
    """Whether `asker` may put an appointment on a slot.

    A slot is taken once. Only the holder of the agenda may overbook it, and says so. A regulator takes what is open to the
    public, to professionals or to regulators, not what is kept for a CPTS. Nobody takes a slot without appointment (WALKIN),
    nor a slot of the past; the holder and their software may record what took place.
    """
    own = asker in (Asker.HOLDER, Asker.SOFTWARE)
    if slot.walk_in:
        return _no("Ce créneau est sans rendez-vous (WALKIN) : on y vient, on ne le prend pas.",
                   "This slot is without appointment (WALKIN): one comes, one does not book.", "SAS-WALKIN")  # fmt: skip
    if slot.busy and not (overbook and asker is Asker.HOLDER):
        return _no("Ce créneau est pris. Choisissez-en un autre ; le titulaire de l'agenda peut surcharger le sien.",
                   "This slot is taken. Choose another; the holder of the agenda may overbook their own.", BUSY)  # fmt: skip
    if slot.start <= now and not own:
        return _no("Ce créneau a commencé : il ne se prend plus.",
                   "This slot has begun: it can no longer be taken.", "AGD-CRENEAU-PASSE")  # fmt: skip
    if asker is Asker.REGULATOR and slot.access == {TypeCreneau.CPTS}:
        return _no("Ce créneau est réservé à une CPTS : un régulateur ne le prend pas.",
                   "This slot is kept for a CPTS: a regulator does not take it.", "SAS-TYPE-CRENEAU")  # fmt: skip
    if asker is Asker.OTHER:
        return _no("Seuls le titulaire de l'agenda, son logiciel et les régulateurs du SAS prennent un rendez-vous ici.",
                   "Only the holder of the agenda, their software and regulators of the SAS book here.", "AGD-QUI")  # fmt: skip
    return Allowed(f"agenda {asker.value}")


def may_last(at: Standing) -> Decision:
    """Whether the times of an appointment are those of one: both or neither, in order, in years that a calendar has.

    Source: FHIR R4 appointment.html, app-2 and app-3 (only what is proposed or cancelled may have none); the years are ours.
    """
    if at.start is None and at.end is None:
        if at.slots or at.status in TIMELESS:
            return Allowed("appointment without times")
        return _no("Un rendez-vous a une heure : donnez « slot », ou « start » et « end ».",
                   "An appointment has a time: give “slot”, or “start” and “end”.",
                   "AGD-RDV-HEURES", "Appointment.start")  # fmt: skip
    known = [moment for moment in (at.start, at.end) if moment is not None]
    if any(moment.year not in YEARS for moment in known):
        return _no(f"Les heures d'un rendez-vous vont de l'an {YEARS[0]} à l'an {YEARS[-1]}.",
                   f"The times of an appointment go from the year {YEARS[0]} to the year {YEARS[-1]}.",
                   "AGD-RDV-HEURES", "Appointment.start")  # fmt: skip
    if at.start is None or at.end is None:
        if at.slots:
            return Allowed("the other time is its slot's")
        return _no("« start » et « end » vont ensemble : donnez les deux.",
                   "“start” and “end” go together: give both.",
                   "AGD-RDV-HEURES", "Appointment.end" if at.end is None else "Appointment.start")  # fmt: skip
    if at.end <= at.start:
        return _no("La fin d'un rendez-vous suit son début.",
                   "The end of an appointment comes after its start.", "AGD-RDV-HEURES", "Appointment.end")  # fmt: skip
    return Allowed("appointment with its times")


def may_declare(asker: Asker, *, active: bool | None) -> Decision:
    """Whether an appointment may name its regulator: `active` is the account's, None when no account has this identifier.

    Source: SAS guide, INT_R02 (comptes régulateurs): the identifier in the appointment is the one of the account.
    """
    if asker is Asker.HOLDER or active:
        return Allowed("regulator's account" if active else "own agenda")
    if active is None:
        return _no(
            "Aucun compte de régulateur n'a cet identifiant : la plateforme SAS crée le compte d'abord (POST Practitioner).",
            "No regulator's account has this identifier: the SAS platform creates it first (POST Practitioner).",
            "SAS-REGULATEUR",
            "Appointment.extension('appointmentOperator').valueReference.identifier",
        )
    return _no("Le compte de ce régulateur est désactivé : il ne prend plus de rendez-vous.",
               "This regulator's account is disabled: no more appointments.", "SAS-REGULATEUR",
               "Appointment.extension('appointmentOperator').valueReference.identifier")  # fmt: skip


def may_change(asker: Asker, *, own: bool) -> Decision:
    """Whether `asker` may write an appointment that takes no slot: `own` says that it is the regulator's."""
    if asker in (Asker.HOLDER, Asker.SOFTWARE) or (asker is Asker.REGULATOR and own):
        return Allowed(f"agenda {asker.value}")
    return _no(
        "Un rendez-vous est changé par le titulaire de l'agenda, par son logiciel, ou par le régulateur qui l'a pris.",
        "An appointment is changed by the holder of the agenda, by their software, or by the regulator who took it.",
        "AGD-QUI",
        "Appointment",
    )


def may_see(asker: Asker, *, own: bool) -> Decision:
    """Whether `asker` may see an appointment: those who keep the agenda, and the regulator who took it (`own`)."""
    if asker in (Asker.HOLDER, Asker.SOFTWARE) or (asker is Asker.REGULATOR and own):
        return Allowed(f"agenda {asker.value}")
    return _no(
        "Un rendez-vous n'est visible que du titulaire de l'agenda, de son logiciel et du régulateur qui l'a pris.",
        "An appointment is seen by the holder of the agenda, their software and the regulator who took it, nobody else.",
        "AGD-QUI",
        "Appointment",
    )


def may_administer(asker: Asker) -> Decision:
    """Whether `asker` may change the openings of an agenda: its holder and its software."""
    if asker in (Asker.HOLDER, Asker.SOFTWARE):
        return Allowed(f"agenda {asker.value}")
    return _no("Les ouvertures d'un agenda sont celles de son titulaire : vous ne pouvez pas les changer.",
               "The openings of an agenda belong to its holder: you cannot change them.", "AGD-QUI")  # fmt: skip


def may_delete_schedule(coming: Collection[str]) -> Decision:
    """Whether an agenda may go: not while appointments are to come (`coming`: their ids)."""
    if not coming:
        return Allowed("agenda without appointments to come")
    return _no(f"{len(coming)} rendez-vous à venir tiennent à cet agenda : annulez-les ou déplacez-les d'abord.",
               f"{len(coming)} appointments to come hold this agenda: cancel or move them first.",
               "AGD-AGENDA-RDV", "Schedule")  # fmt: skip


def kind_of(decision: Decision) -> Kind:
    """The kind of problem that a refusal is: a conflict with somebody else's booking, or a rule."""
    conflict = isinstance(decision, Refused) and decision.requirement in CONFLICTS
    return Kind.CONFLICT if conflict else Kind.RULE_VIOLATED


def _no(fr: str, en: str, requirement: str, expression: str = "Appointment.slot") -> Refused:
    return Refused(Text(fr, en), requirement, (expression,))
