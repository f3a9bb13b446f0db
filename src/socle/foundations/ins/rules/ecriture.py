"""What may be written directly over FHIR, and what must go through an operation of the desk."""

from datetime import datetime, timedelta
from typing import Final

from socle.foundations.ins.model import Declaration, Identite, StatutIdentite, TraitsStricts
from socle.kernel.outcome import Allowed, Decision, Refused, Text

_EASTERNMOST: Final = timedelta(hours=12)  # Wallis-et-Futuna: it is tomorrow there from noon, UTC


def may_write_directly(before: Identite | None, wanted: Declaration) -> Decision:
    """Whether a create (`before` is None) or an update may write what `wanted` declares.

    A create makes a provisional identity, without attribute. An update changes complementary traits freely, strict
    traits of a provisional identity only; status, matricule, document and attributes belong to the operations, which
    leave a reasoned trace. What the sender does not say is kept.
    Source: RNIV EXI SI 07, EXI SI 08, EXI SI 09.
    """
    statut = before.statut if before else StatutIdentite.PROV
    attributs = before.attributs if before else frozenset()
    ins = {before.ins_transmissible} if before and before.ins_transmissible else set()
    known = {(i.autorite.system, i.matricule.value) for i in ins}
    if before and ins and before.recuperation:
        known |= {(old.ins.autorite.system, old.ins.matricule.value) for old in before.recuperation.historique}
    if not wanted.ins <= known:
        return _forged("RNIV EXI SI 08", "Patient.identifier")
    if wanted.statut is not None and wanted.statut is not statut:
        return _forged("RNIV EXI SI 07", "Patient.extension")
    document = before.controle.piece.document.code if before and before.controle else None
    # an accompanied certificate is written under the code of the pair by some versions of FR Core
    if wanted.document is not None and (document is None or wanted.document not in (document, "AC", "ANCV", "LECV")):
        return _forged("RNIV EXI SI 10", "Patient.extension")
    if wanted.attributs is not None and wanted.attributs != attributs:
        return Refused(
            Text(
                "Les attributs d'identité ne s'écrivent pas directement : utilisez Patient/[id]/$attribute.",
                "Identity attributes are not written directly: use Patient/[id]/$attribute.",
            ),
            "RNIV EXI SI 09",
            ("Patient.extension",),
        )
    if before and wanted.traits != before.traits and statut is not StatutIdentite.PROV:
        return Refused(
            Text(
                "Un trait strict ne se modifie pas directement sur une identité qui n'est plus provisoire : utilisez "
                "Patient/[id]/$correct, qui la ramène à provisoire.",
                "A strict trait is not changed directly once an identity is no longer provisional: use "
                "Patient/[id]/$correct, which brings it back to provisional.",
            ),
            "RNIV EXI SI 07",
            ("Patient.name", "Patient.gender", "Patient.birthDate", "Patient.extension"),
        )
    return Allowed("écriture sans effet sur le statut" if before else "création d'une identité provisoire")


def may_record(traits: TraitsStricts, *, now: datetime) -> Decision:
    """Whether these traits may be recorded: nobody is born after today; of an incomplete date, its first possible day.

    Source: RNIV, traits stricts; INSi RECSANSVITALE, DateNaissance.
    """
    if traits.date_naissance.earliest() > (now + _EASTERNMOST).date():
        return Refused(
            Text(
                "La date de naissance est dans le futur : corrigez-la.",
                "The birth date is in the future: correct it.",
            ),
            "INSi RECSANSVITALE, DateNaissance",
            ("Patient.birthDate",),
        )
    return Allowed("INSi RECSANSVITALE: date de naissance possible")


def may_delete(identite: Identite) -> Decision:
    """Whether an identity may be deleted: provisional ones only; the others are kept, as what was exchanged refers to
    them.

    Source: RNIV, traçabilité des identités (our reading).
    """
    if identite.statut is StatutIdentite.PROV:
        return Allowed("identité provisoire")
    return Refused(
        Text(
            "Seule une identité provisoire se supprime : des données ont pu être échangées sous celle-ci.",
            "Only a provisional identity may be deleted: data may have been exchanged under this one.",
        ),
        "RNIV EXI SI 07",
    )


def _forged(rule: str, expression: str) -> Refused:
    return Refused(
        Text(
            "Le statut, le matricule INS et la pièce contrôlée ne s'écrivent pas directement : utilisez "
            "Patient/[id]/$insi "
            "(appel à INSi) et Patient/[id]/$record-document (pièce présentée).",
            "Status, INS matricule and document checked are not written directly: use Patient/[id]/$insi (call INSi) "
            "and "
            "Patient/[id]/$record-document (document shown).",
        ),
        rule,
        (expression,),
    )
