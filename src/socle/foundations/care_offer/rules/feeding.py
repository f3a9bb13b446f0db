"""Who may count the beds of whom. Source: ROR documentation, patch capacitaire (prérequis)."""

from typing import Final

from socle.foundations.care_offer.permissions import FEEDER, REGION
from socle.kernel.outcome import Allowed, Decision, Kind, Problem, Refused, Text
from socle.kernel.policy import Actor

RULE: Final = "ROR, patch capacitaire : prérequis"
_LONGEST: Final = 120


def target(identifier: str) -> tuple[str, str]:
    """(national identifier of the structure, identifier of the place in it) of `<struct>/<externalId>`.

    Raises: Problem(INVALID).
    """
    structure, slash, place = identifier.partition("/")
    if not (structure and slash and place) or len(identifier) > _LONGEST:
        raise Problem.of(
            Kind.INVALID,
            "« identifier » s'écrit <identifiant national de structure>/<identifiant externe du lieu> "
            "(10B5000001/U01).",
            "“identifier” is written <national identifier of the structure>/<external identifier of the place> "
            "(10B5000001/U01).",
            expression="http.identifier",
            rule=RULE,
        )
    return structure, place


def may_feed(by: Actor, structure: str) -> Decision:
    """Whether an actor may count beds there: a region anywhere, an establishment its own.

    A key says which structure it is for: its national identifier, as the holder's structure.
    """
    if by.roles & {REGION, "operator"}:
        return Allowed("beds:region")
    if FEEDER in by.roles and by.structure == structure:
        return Allowed("beds:own structure")
    return Refused(
        Text(
            f"Vous ne comptez pas les lits de la structure {structure[:40]} : votre clé vaut pour « {by.structure[:40]} ». "
            "Demandez à l'exploitant une clé de cette structure.",
            f"You do not count the beds of structure {structure[:40]}: your key is for “{by.structure[:40]}”. "
            "Ask the operator for a key of this structure.",
        ),
        RULE,
        ("http.identifier",),
    )
