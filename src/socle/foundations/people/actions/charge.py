"""What a load of the Annuaire did, as whoever asked for it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from socle.foundations.people.model import Ecarts, Rejet

TOLD: Final = 20


@dataclass(slots=True)
class Charge:
    """What a load did.

    boites    the load was of mailboxes: `ecarts` counts them, not persons
    deja      the same source was served already: nothing was done
    rejets    the first lines left out; `rejetes` counts them all
    versions  resources written
    """

    lot: int
    ecarts: Ecarts = field(default_factory=Ecarts)
    lignes: int = 0
    rejetes: int = 0
    rejets: list[Rejet] = field(default_factory=list)
    versions: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)
    repris: bool = False
    deja: bool = False
    boites: bool = False

    def leave_out(self, rejets: Sequence[Rejet]) -> None:
        """Count these lines as left out; the first ones are told."""
        self.rejetes += len(rejets)
        self.rejets += rejets[: max(0, TOLD - len(self.rejets))]
