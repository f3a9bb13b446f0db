"""What an answer to a contribution must say."""

from dataclasses import dataclass
from typing import Final

from socle.kernel.outcome import Allowed, Decision, Refused, Text
from socle.support.consultation.model import Consultation, Outcome, State, Step

CHANGE_RULE: Final = "CONS-008"
ORIGINAL_RULE: Final = "CONS-009"
ANSWER_RULE: Final = "CONS-010"
_ANSWERABLE: Final = frozenset({Step.OPEN, Step.TREATMENT})


@dataclass(frozen=True, slots=True)
class Original:
    """The contribution that another is said to duplicate, as far as the rule needs it."""

    id: int
    consultation: str
    state: State
    outcome: Outcome | None
    original: int | None


def may_answer(
    outcome: Outcome,
    *,
    id: int,
    consultation: Consultation,
    state: State,
    change: int | None,
    change_known: bool,
    original: Original | None,
    has_duplicates: bool,
) -> Decision:
    """Whether this answer can be given to contribution `id`.

    change_known    whether `change` is a change of this consultation
    original        what was found under the number given, None when none was given or found
    has_duplicates  whether other contributions are said to duplicate this one
    """
    if consultation.step not in _ANSWERABLE:
        return Refused(
            Text(
                "On répond aux contributions tant que la concertation est ouverte ou en traitement.",
                "Contributions are answered while the consultation is open or in treatment.",
            ),
            ANSWER_RULE,
        )
    if state is not State.SHOWN:
        return Refused(
            Text("Une contribution retirée ou masquée n'appelle pas de réponse.", "What is not shown needs no answer."),
            ANSWER_RULE,
        )
    takes_change = outcome in (Outcome.ACCEPTED, Outcome.PARTLY)
    if takes_change and not (change is not None and change_known):
        return Refused(
            Text(
                "Une contribution retenue, même en partie, cite le changement qu'elle a causé dans l'édition suivante : "
                "rédigez-le d'abord, puis choisissez-le.",
                "A contribution accepted, even partly, names the change that it caused in the next edition: write it "
                "first, then choose it.",
            ),
            CHANGE_RULE,
            ("change",),
        )
    if not takes_change and change is not None:
        return Refused(
            Text(
                "Seule une contribution retenue, au moins en partie, cite un changement.",
                "Only a contribution accepted, at least partly, names a change.",
            ),
            CHANGE_RULE,
            ("change",),
        )
    if outcome is Outcome.DUPLICATE:
        return _duplicates(id, consultation, original, has_duplicates)
    return Allowed(f"answer: {outcome}")


def _duplicates(id: int, consultation: Consultation, original: Original | None, has_duplicates: bool) -> Decision:
    if original is None or original.id == id or original.consultation != consultation.id:
        said = Text(
            "Un doublon cite la contribution d'origine : une autre, de la même concertation.",
            "A duplicate names the original contribution: another one, of the same consultation.",
        )
    elif original.state is not State.SHOWN:
        said = Text("La contribution d'origine n'est plus affichée.", "The original contribution is no longer shown.")
    elif original.outcome is Outcome.DUPLICATE:
        said = Text(
            f"C-{original.id} est elle-même un doublon de C-{original.original} : citez celle-ci.",
            f"C-{original.id} is itself a duplicate of C-{original.original}: name that one.",
        )
    elif has_duplicates:
        said = Text(
            f"D'autres contributions sont des doublons de C-{id} : rattachez-les d'abord à C-{original.id}.",
            f"Other contributions are duplicates of C-{id}: attach them to C-{original.id} first.",
        )
    else:
        return Allowed("answer: duplicate")
    return Refused(said, ORIGINAL_RULE, ("original",))
