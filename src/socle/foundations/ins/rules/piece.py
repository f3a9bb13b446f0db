"""Which document is worth a coherence check."""

from datetime import datetime

from socle.foundations.ins.model import Attribut, Identite, Piece, Situation, TypeDocument
from socle.foundations.ins.model.document import EQUIVALENTS
from socle.kernel.outcome import Allowed, Decision, Refused, Text

_MINORS = {Situation.MINEUR, Situation.ASE}
_ADULTS = {Situation.EHPAD, Situation.SANS_TITRE}
MAJORITE = 18


def may_accept_document(identite: Identite, piece: Piece, *, now: datetime) -> Decision:
    """Whether `piece` allows this identity to be validated.

    High confidence (RNIV 3.3.2): national identity card, passport, residence permit, identity card of a European
    State, electronic identification (eIDAS substantial or high), trusted third party. Driving licence excluded.
    Special cases (RNIV 3.3.3): minors — birth certificate or livret de famille with a parent's document, or the
    guardian's with the court's decision, or the circulation document of a foreign minor; minors in child welfare —
    birth certificate and Vitale card with photograph; direct admission to an EHPAD — birth certificate or livret, and
    Vitale card with photograph; adults who cannot obtain a document — birth certificate and Vitale card with
    photograph.
    """
    if identite.attributs & {Attribut.DOUT, Attribut.FICT}:
        return Refused(
            Text(
                "Identité douteuse ou fictive : elle ne peut pas être validée. Levez d'abord l'attribut.",
                "Doubtful or fictitious identity: it cannot be validated. Lift the attribute first.",
            ),
            "RNIV EXI SI 09",
            ("Patient.extension",),
        )
    document = piece.document
    if document is TypeDocument.PC:
        return Refused(
            Text(
                "Le permis de conduire n'est pas un dispositif à haut niveau de confiance : demandez une carte "
                "d'identité, un passeport ou un titre de séjour.",
                "A driving licence is no high-confidence document: ask for an identity card, a passport or a "
                "residence permit.",
            ),
            "RNIV 3.3.2",
        )
    if document.high_confidence:
        return Allowed(f"RNIV 3.3.2: {document.label}")
    age = identite.traits.date_naissance.age(now.date())
    if piece.situation in _MINORS and age >= MAJORITE:
        return Refused(
            Text(
                "Cette personne est majeure : la règle des mineurs ne s'applique pas ; demandez un titre d'identité.",
                "This person is of age: the rule for minors does not apply; ask for an identity document.",
            ),
            "RNIV 3.3.3",
        )
    if piece.situation in _ADULTS and age < MAJORITE:
        return Refused(
            Text(
                "Cette personne est mineure : appliquez la règle des mineurs (pièce d'un parent, ou du tuteur avec "
                "la décision).",
                "This person is a minor: apply the rule for minors (document of a parent, or of the guardian with "
                "the decision).",
            ),
            "RNIV 3.3.3",
        )
    if (document, piece.situation, piece.accompagnement) in EQUIVALENTS:
        return Allowed(f"RNIV 3.3.3: {document.label} ({piece.situation})")
    wanted = [
        f"{d.label} ({s}{', avec ' + a if a else ''})" for d, s, a in sorted(EQUIVALENTS, key=repr) if d is document
    ]
    if wanted:
        return Refused(
            Text(
                f"« {document.label} » ne suffit pas ainsi ; accepté : {' ; '.join(wanted)}.",
                f"“{document.label}” is not enough like this; accepted: {'; '.join(wanted)}.",
            ),
            "RNIV 3.3.3",
        )
    return Refused(
        Text(
            f"« {document.label} » n'est pas un dispositif à haut niveau de confiance : demandez une carte "
            f"d'identité, un passeport ou un titre de séjour.",
            f"“{document.label}” is no high-confidence document: ask for an identity card, a passport or a residence "
            f"permit.",
        ),
        "RNIV 3.3.2",
    )
