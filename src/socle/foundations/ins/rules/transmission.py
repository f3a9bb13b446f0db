"""What may leave the house."""

from socle.foundations.ins.model import AutoriteAffectation, Identite, MatriculeINS, StatutIdentite
from socle.kernel.outcome import Allowed, Decision, Refused, Text


def may_qualify(identite: Identite) -> Decision:
    """Whether the identity is, or would be, qualified: INSi answered *and* a high-confidence document was checked.

    Source: RNIV EXI SI 07. The refusal says what is missing.
    """
    if identite.statut is StatutIdentite.QUAL:
        return Allowed("INSi et pièce : identité qualifiée")
    missing_fr = [
        *(["la récupération par INSi ($insi)"] if identite.recuperation is None else []),
        *(["le contrôle d'une pièce ($record-document)"] if identite.controle is None else []),
    ]
    missing_en = [
        *(["retrieval from INSi ($insi)"] if identite.recuperation is None else []),
        *(["the check of a document ($record-document)"] if identite.controle is None else []),
    ]
    return Refused(
        Text(
            f"Cette identité n'est pas qualifiée : il manque {' et '.join(missing_fr)}.",
            f"This identity is not qualified: {' and '.join(missing_en)} missing.",
        ),
        "RNIV EXI SI 07",
    )


def may_transmit_matricule(identite: Identite) -> Decision:
    """Whether matricule and OID may be shown to others, printed or exchanged: QUAL only.

    Source: RNIV EXI SI 08; Guide INS v3.0, EXI ID 29 and EXI DIF 02.
    """
    if identite.ins_transmissible is not None:
        return Allowed("identité qualifiée")
    refusal = may_qualify(identite)
    assert isinstance(refusal, Refused)
    return Refused(
        Text(
            f"Seule une identité qualifiée porte le matricule INS à l'extérieur. {refusal.text.fr}",
            f"Only a qualified identity carries the INS outward. {refusal.text.en}",
        ),
        "RNIV EXI SI 08",
    )


def may_carry_key(matricule: MatriculeINS, autorite: AutoriteAffectation) -> Decision:
    """Whether this key is acceptable under this authority: right, or under a test or demonstration OID (then a
    warning).

    Source: référentiel INS (key of the matricule); published test material carries wrong keys.
    """
    if matricule.is_key_right:
        return Allowed("clé juste")
    if autorite.is_production:
        return Refused(
            Text(
                "La clé ne correspond pas au matricule : vérifiez les 15 caractères.",
                "The key does not match the matricule: check the 15 characters.",
            ),
            "INS §1 matricule",
            ("Patient.identifier.value",),
        )
    return Allowed("clé fausse, tolérée sur un OID de test")
