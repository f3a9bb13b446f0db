"""The document shown, and when it is enough to validate an identity.

Source: RNIV 1 v2.0, 3.3 (dispositifs à haut niveau de confiance and special cases of 2024); codes: FR Core
fr-core-cs-mode-validation-identity. The driving licence is excluded.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum

from socle.kernel.outcome import Kind, Problem


class TypeDocument(Enum):
    """A document: (code, French name, high confidence by itself).

    The FR Core build of 2026 also lists the military card (CM); the text of the RNIV that we hold does not: it stays
    excluded.
    """

    CN = ("CN", "Carte nationale d'identité", True)
    PA = ("PA", "Passeport", True)
    CS = ("CS", "Titre de séjour", True)
    CE = ("CE", "Carte nationale d'identité d'un État européen", True)
    IE = ("IE", "Identification électronique eIDAS (substantiel ou élevé)", True)
    TC = ("TC", "Tiers de confiance", True)
    AN = ("AN", "Extrait d'acte de naissance", False)
    LE = ("LE", "Livret de famille", False)
    DC = ("DC", "Document de circulation pour étranger mineur", False)
    PC = ("PC", "Permis de conduire", False)
    CC = ("CC", "Carnet de circulation", False)
    CM = ("CM", "Carte militaire", False)

    def __init__(self, code: str, label: str, high_confidence: bool) -> None:
        self.code = code
        self.label = label
        self.high_confidence = high_confidence

    @classmethod
    def of_code(cls, code: str) -> "TypeDocument":
        """The document of a code of fr-core-cs-mode-validation-identity.

        Raises: Problem(INVALID) naming the accepted codes.
        """
        if code in cls.__members__:
            return cls[code]
        known = ", ".join(cls.__members__)
        raise Problem.of(
            Kind.INVALID,
            f"Type de document inconnu ; codes acceptés : {known}.",
            f"Unknown document type; accepted codes: {known}.",
            rule="FR Core fr-core-cs-mode-validation-identity",
        )


class Situation(StrEnum):
    """The cases in which the RNIV accepts something else than a high-confidence document (3.3.3)."""

    ORDINAIRE = "ordinaire"
    MINEUR = "mineur"
    ASE = "aide-sociale-a-l-enfance"  # minor entrusted to the child welfare services
    EHPAD = "admission-directe-ehpad"
    SANS_TITRE = "majeur-sans-titre"  # adult who cannot obtain an identity document


class Accompagnement(StrEnum):
    """What must come with a birth certificate or a livret de famille."""

    TITRE_PARENT = "titre-parent"  # high-confidence document of a parent
    TITRE_TUTEUR = "titre-tuteur-et-decision"  # the same of the guardian, with the court's decision
    VITALE_PHOTO = "carte-vitale-photo"  # the person's own Vitale card, with photograph


@dataclass(frozen=True, slots=True)
class Piece:
    """What is on the counter: a document, in a situation, with what accompanies it. Judged by
    `rules.may_accept_document`.
    """

    document: TypeDocument
    situation: Situation = Situation.ORDINAIRE
    accompagnement: Accompagnement | None = None


# The only combinations that are worth a high-confidence document. Age is judged by the rule, which knows the day.
EQUIVALENTS: frozenset[tuple[TypeDocument, Situation, Accompagnement | None]] = frozenset(
    {
        (TypeDocument.AN, Situation.MINEUR, Accompagnement.TITRE_PARENT),
        (TypeDocument.LE, Situation.MINEUR, Accompagnement.TITRE_PARENT),
        (TypeDocument.AN, Situation.MINEUR, Accompagnement.TITRE_TUTEUR),
        (TypeDocument.LE, Situation.MINEUR, Accompagnement.TITRE_TUTEUR),
        (TypeDocument.DC, Situation.MINEUR, None),
        (TypeDocument.AN, Situation.ASE, Accompagnement.VITALE_PHOTO),
        (TypeDocument.AN, Situation.EHPAD, Accompagnement.VITALE_PHOTO),
        (TypeDocument.LE, Situation.EHPAD, Accompagnement.VITALE_PHOTO),
        (TypeDocument.AN, Situation.SANS_TITRE, Accompagnement.VITALE_PHOTO),
    }
)


@dataclass(frozen=True, slots=True)
class Controle:
    """A coherence check done with an acceptable document: half of what makes an identity qualified (RNIV EXI SI 07).

    on  the day when the agent looked; who did, and at what time, is in the trace
    """

    piece: Piece
    on: date

    def __post_init__(self) -> None:
        piece = self.piece
        accepted = piece.document.high_confidence or (
            (piece.document, piece.situation, piece.accompagnement) in EQUIVALENTS
        )
        if not accepted:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                f"« {piece.document.label} » ne vaut pas contrôle de cohérence dans cette situation.",
                f"“{piece.document.label}” is not worth a coherence check in this situation.",
                rule="RNIV 3.3",
            )
