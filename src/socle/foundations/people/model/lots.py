"""A load of the directory: its states, what it changes, what it rejects."""

from dataclasses import dataclass
from enum import StrEnum


class EtatLot(StrEnum):
    """Where a load is. Only `SERVI` changed what is served."""

    LECTURE = "lecture"
    CALCUL = "calcul"
    CONSTRUCTION = "construction"
    BASCULE = "bascule"
    SERVI = "servi"
    REFUSE = "refuse"
    ABANDONNE = "abandonne"


@dataclass(frozen=True, slots=True)
class Ecarts:
    """What a load brings, in persons; `connus` were there before."""

    connus: int = 0
    crees: int = 0
    modifies: int = 0
    clos: int = 0

    @property
    def touches(self) -> int:
        """Persons whose lines changed."""
        return self.crees + self.modifies + self.clos


@dataclass(frozen=True, slots=True)
class Rejet:
    """A line left out: where it is, which column and rule, why and what to do (both languages)."""

    fichier: str
    ligne: int
    colonne: str
    regle: str
    fr: str
    en: str

    @property
    def where(self) -> str:
        """The file, the line, the column."""
        return f"{self.fichier}:{self.ligne}" + (f" [{self.colonne}]" if self.colonne else "")
