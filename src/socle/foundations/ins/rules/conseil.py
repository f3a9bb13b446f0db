"""What the agent should do next for an identity, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from socle.foundations.ins.model import Attribut, Identite, Sexe, StatutIdentite
from socle.kernel.outcome import Text

# The RNIV leaves the interval to each domain's policy (three to five years is usual): ours.
REVERIFICATION = timedelta(days=3 * 365)


class Action(StrEnum):
    """The things that one can do at the desk."""

    RIEN = "rien"
    LEVER_DOUTE = "lever-le-doute"
    COMPLETER = "completer-les-traits"
    PIECE = "controler-une-piece"
    INSI = "appeler-insi"
    VERIFIER = "verifier-l-ins"


@dataclass(frozen=True, slots=True)
class Conseil:
    """The next best action, its reason, and the rule it follows from. Priority 1 is the most urgent, 9 means nothing
    to do.
    """

    action: Action
    text: Text
    requirement: str
    priority: int


def next_best_action(identite: Identite, *, now: datetime) -> Conseil:
    """The one thing that would most improve this identity today.

    Source: RNIV EXI SI 07, EXI SI 09; RECO PP 03 (check the document before, or while, calling INSi: fewer collisions).
    """
    if Attribut.FICT in identite.attributs:
        return Conseil(
            Action.RIEN,
            Text("Identité fictive : rien à faire, elle reste provisoire.", "Fictitious identity: nothing to do."),
            "RNIV EXI SI 09",
            9,
        )
    if Attribut.DOUT in identite.attributs:
        return Conseil(
            Action.LEVER_DOUTE,
            Text(
                "Levez le doute : interrogez la personne ou un proche, demandez une pièce, puis retirez l'attribut.",
                "Clear the doubt: ask the person or a relative, ask for a document, then lift the attribute.",
            ),
            "RNIV EXI SI 09",
            1,
        )
    if identite.traits.sexe is Sexe.I:
        return Conseil(
            Action.COMPLETER,
            Text("Renseignez le sexe : INSi ne connaît que M ou F.", "Record the sex: INSi knows M or F only."),
            "RNIV traits stricts",
            2,
        )
    match identite.statut:
        case StatutIdentite.RECUP:
            return Conseil(
                Action.PIECE,
                Text(
                    "L'INS est récupérée : contrôlez une pièce d'identité et l'identité sera qualifiée.",
                    "The INS is retrieved: check an identity document and the identity will be qualified.",
                ),
                "RNIV EXI SI 07",
                2,
            )
        case StatutIdentite.VALI:
            return Conseil(
                Action.INSI,
                Text(
                    "La pièce est contrôlée : appelez INSi et l'identité sera qualifiée.",
                    "The document is checked: call INSi and the identity will be qualified.",
                ),
                "RNIV EXI SI 07",
                3,
            )
        case StatutIdentite.PROV:
            return Conseil(
                Action.PIECE,
                Text(
                    "Demandez une pièce d'identité à haut niveau de confiance, puis appelez INSi.",
                    "Ask for a high-confidence identity document, then call INSi.",
                ),
                "RNIV RECO PP 03",
                4,
            )
        case StatutIdentite.QUAL:
            recuperation = identite.recuperation
            if recuperation and now - recuperation.confirmed_at > REVERIFICATION:
                return Conseil(
                    Action.VERIFIER,
                    Text(
                        "INSi n'a pas confirmé cette INS depuis plus de trois ans : vérifiez-la.",
                        "INSi has not confirmed this INS for more than three years: verify it.",
                    ),
                    "Politique du domaine, revérification",
                    5,
                )
    return Conseil(
        Action.RIEN,
        Text("Identité qualifiée : rien à faire.", "Qualified identity: nothing to do."),
        "RNIV EXI SI 07",
        9,
    )
