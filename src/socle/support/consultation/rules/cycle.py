"""The yearly cycle, as a table. The page draws its table and its picture from TRANSITIONS and STEPS; so do the rules.

Source: the doctrine's process (consultation each year, remarks integrated, next edition published with thanks).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from socle.kernel.outcome import Kind, Problem, Refused, Text
from socle.support.consultation.model import Consultation, Step

CYCLE_RULE: Final = "CONS-017"
ANSWERED_RULE: Final = "CONS-007"
DRAFT_RULE: Final = "CONS-018"

STEPS: Final[Mapping[Step, Text]] = MappingProxyType(
    {
        Step.PREPARATION: Text("Préparation", "Preparation"),
        Step.OPEN: Text("Ouverte", "Open"),
        Step.TREATMENT: Text("Traitement", "Treatment"),
        Step.FROZEN: Text("Gelée", "Frozen"),
        Step.PUBLISHED: Text("Publiée", "Published"),
    }
)


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a step to another.

    name       what the editor asks for; "publish" is asked for by the action of that name
    title      on the button
    condition  what must hold, in words
    by_clock   whether it also happens by itself, at the end of the window
    """

    name: str
    source: Step
    target: Step
    title: Text
    condition: Text
    by_clock: bool = False


TRANSITIONS: Final = (
    Transition(
        "open",
        Step.PREPARATION,
        Step.OPEN,
        Text("Ouvrir la concertation", "Open the consultation"),
        Text("La fenêtre ne doit pas être déjà passée.", "The window must not be over."),
    ),
    Transition(
        "close",
        Step.OPEN,
        Step.TREATMENT,
        Text("Clore les contributions", "Close contributions"),
        Text("À tout moment ; d'elle-même à la fin de la fenêtre.", "At any time; by itself at the end of the window."),
        by_clock=True,
    ),
    Transition(
        "reopen",
        Step.TREATMENT,
        Step.OPEN,
        Text("Rouvrir", "Reopen"),
        Text("La fenêtre doit avoir été prolongée.", "The window must have been extended."),
    ),
    Transition(
        "freeze",
        Step.TREATMENT,
        Step.FROZEN,
        Text("Geler", "Freeze"),
        Text(
            "Chaque contribution a sa réponse, et l'édition suivante se charge sans faute.",
            "Every contribution has its answer, and the next edition loads without a fault.",
        ),
    ),
    Transition(
        "thaw",
        Step.FROZEN,
        Step.TREATMENT,
        Text("Dégeler", "Thaw"),
        Text("Tant que l'édition n'est pas publiée.", "As long as the edition is not published."),
    ),
    Transition(
        "publish",
        Step.FROZEN,
        Step.PUBLISHED,
        Text("Publier l'édition suivante", "Publish the next edition"),
        Text(
            "Les conditions du gel, vérifiées de nouveau ; sans retour.",
            "The conditions of the freeze, verified again; no way back.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a transition depends on beside the consultation itself.

    unanswered  references of contributions shown that have no answer ("C-12"), a few of them
    left        how many there are
    faults      what is wrong in the draft of the next edition, one sentence each
    """

    unanswered: Sequence[str] = ()
    left: int = 0
    faults: Sequence[Text] = ()


def transition(name: str) -> Transition:
    """The transition of that name. Raises: Problem(INVALID)."""
    for one in TRANSITIONS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in TRANSITIONS)
    raise Problem.of(
        Kind.INVALID,
        f"Étape inconnue « {name} ». Connues : {known}.",
        f"Unknown step “{name}”. Known: {known}.",
        rule=CYCLE_RULE,
    )


def prevented(wanted: Transition, consultation: Consultation, facts: Facts, now: datetime) -> tuple[Refused, ...]:
    """Everything that prevents a transition, () when nothing does."""
    if consultation.step is not wanted.source:
        here, there = STEPS[consultation.step], STEPS[wanted.source]
        return (
            Refused(
                Text(
                    f"« {wanted.title.fr} » part de l'étape « {there.fr} » ; la concertation est à « {here.fr} ».",
                    f"“{wanted.title.en}” starts from “{there.en}”; the consultation is at “{here.en}”.",
                ),
                CYCLE_RULE,
            ),
        )
    found = []
    if wanted.target is Step.OPEN and now >= consultation.closes:
        found.append(
            Refused(
                Text(
                    "La fenêtre est passée : prolongez d'abord la date de clôture.",
                    "The window is over: extend the closing date first.",
                ),
                CYCLE_RULE,
                ("closes",),
            )
        )
    if wanted.target in (Step.FROZEN, Step.PUBLISHED):
        if facts.left:
            some = ", ".join(facts.unanswered)
            found.append(
                Refused(
                    Text(
                        f"{facts.left} contribution(s) sans réponse ({some}…) : répondez à chacune.",
                        f"{facts.left} contribution(s) without an answer ({some}…): answer each of them.",
                    ),
                    ANSWERED_RULE,
                )
            )
        found += [Refused(fault, DRAFT_RULE) for fault in facts.faults]
    return tuple(found)
