"""What may be written directly over FHIR, and what must go through an operation of the desk."""

from socle.foundations.ins.model import Identite, StatutIdentite
from socle.kernel.outcome import Allowed, Decision, Refused, Text


def may_write_directly(before: Identite | None, after: Identite) -> Decision:
    """Whether a create or an update may leave `after` in place of `before`.

    A create makes a provisional identity, without attribute. An update changes complementary traits freely, strict
    traits of a provisional identity only; status, matricule, document and attributes belong to the operations, which
    leave a reasoned trace. Source: RNIV EXI SI 07, EXI SI 08, EXI SI 09.
    """
    if before is None:
        if after.statut is not StatutIdentite.PROV:
            return _forged("RNIV EXI SI 07")
        if after.attributs:
            return Refused(
                Text(
                    "Les attributs se posent par l'opération $attribute, après la création.",
                    "Attributes are set with the operation $attribute, after creation.",
                ),
                "RNIV EXI SI 09",
                ("Patient.extension",),
            )
        return Allowed("création d'une identité provisoire")
    if after.attributs != before.attributs:
        return Refused(
            Text(
                "Les attributs d'identité ne s'écrivent pas directement : utilisez Patient/[id]/$attribute.",
                "Identity attributes are not written directly: use Patient/[id]/$attribute.",
            ),
            "RNIV EXI SI 09",
            ("Patient.extension",),
        )
    if after.statut is not before.statut or _outward(after) != _outward(before):
        return _forged("RNIV EXI SI 08" if after.ins_transmissible else "RNIV EXI SI 07")
    if after.traits != before.traits and before.statut is not StatutIdentite.PROV:
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
    return Allowed("mise à jour sans effet sur le statut")


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


def _outward(identite: Identite) -> object:
    piece = identite.controle.piece.document if identite.controle else None
    return identite.ins_transmissible, piece


def _forged(rule: str) -> Refused:
    return Refused(
        Text(
            "Le statut, le matricule INS et la pièce contrôlée ne s'écrivent pas directement : utilisez "
            "Patient/[id]/$insi (appel à INSi) et Patient/[id]/$record-document (pièce présentée).",
            "Status, INS matricule and document checked are not written directly: use Patient/[id]/$insi (call INSi) "
            "and Patient/[id]/$record-document (document shown).",
        ),
        rule,
        ("Patient.extension", "Patient.identifier"),
    )
