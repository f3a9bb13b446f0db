"""What one asks INSi, and what it answers: values, and the port that whoever calls it is given.

Source: INSi WSDL 1.5.0, RECSANSVITALE and RESULTAT; shared facts, section 1.5.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from socle.foundations.ins.model.lunar_date import LunarDate
from socle.foundations.ins.model.matricule import INS, INSHistorique
from socle.foundations.ins.model.traits import Sexe, TraitsStricts
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor


class CodeRetour(StrEnum):
    """CR/CodeCR of INSi."""

    UNE = "00"  # one identity
    AUCUNE = "01"
    PLUSIEURS = "02"

    @property
    def libelle(self) -> str:
        """CR/LibelleCR."""
        return {"00": "OK", "01": "Aucune identite trouvee", "02": "Plusieurs identites trouvees"}[self.value]


@dataclass(frozen=True, slots=True)
class DemandeINSi:
    """A search by traits (RECSANSVITALE). `prenoms` has one to ten entries; the birthplace is optional."""

    nom_naissance: str
    prenoms: tuple[str, ...]
    sexe: Sexe
    date_naissance: LunarDate
    lieu_naissance: str | None = None


@dataclass(frozen=True, slots=True)
class Individu:
    """INDIVIDU: who INSi found: active INS, former ones, traits."""

    ins: INS
    traits: TraitsStricts
    historique: tuple[INSHistorique, ...] = ()


@dataclass(frozen=True, slots=True)
class ReponseINSi:
    """RESULTAT: a return code, and the person when the code is 00."""

    code: CodeRetour
    individu: Individu | None = None


class TeleserviceINSi(Protocol):
    """The national teleservice, as its clients see it. Technical failures are Problem(UNAVAILABLE) with INSi's code
    as rule.
    """

    async def rechercher(self, demande: DemandeINSi, *, by: Actor, trace: Trace) -> ReponseINSi:
        """rechercherInsAvecTraitsIdentite."""

    async def verifier(self, ins: INS, traits: TraitsStricts, *, by: Actor, trace: Trace) -> bool:
        """Unit verification: whether INSi knows this INS with these traits today."""
