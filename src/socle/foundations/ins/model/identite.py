"""An identity: its traits, what INSi answered, the document checked. The status is what follows."""

from dataclasses import dataclass, field
from datetime import datetime

from socle.foundations.ins.model.document import Controle
from socle.foundations.ins.model.matricule import INS, INSHistorique
from socle.foundations.ins.model.statut import Attribut, MethodeRecueil, StatutIdentite
from socle.foundations.ins.model.traits import TraitsComplementaires, TraitsStricts
from socle.kernel.outcome import Kind, Problem

_TABLE = {
    (False, False): StatutIdentite.PROV,
    (True, False): StatutIdentite.RECUP,
    (False, True): StatutIdentite.VALI,
    (True, True): StatutIdentite.QUAL,
}
_FORCE_PROV = frozenset({Attribut.DOUT, Attribut.FICT})


@dataclass(frozen=True, slots=True)
class Recuperation:
    """What INSi answered and the agent accepted.

    at          when INSi answered (aware, UTC)
    historique  the INS carried before, kept as INSi gave them (Guide INS v3.0, EXI REC 08)
    verified_at when INSi last confirmed it, `at` at first
    """

    ins: INS
    at: datetime
    historique: tuple[INSHistorique, ...] = ()
    verified_at: datetime | None = None

    @property
    def confirmed_at(self) -> datetime:
        """When INSi last said that it is right."""
        return self.verified_at or self.at


@dataclass(frozen=True, slots=True)
class Identite:
    """One numeric identity of a patient. Its status is never stored beside the facts: it is derived from them.

    A doubtful or fictitious identity holds neither INS nor check: they were detached when the attribute was set (RNIV
    EXI SI 09; Guide INS v3.0, EXI ID 26).
    """

    traits: TraitsStricts
    complementaires: TraitsComplementaires = field(default_factory=TraitsComplementaires)
    attributs: frozenset[Attribut] = frozenset()
    recuperation: Recuperation | None = None
    controle: Controle | None = None
    methode: MethodeRecueil = MethodeRecueil.SM
    ipp: str = ""  # local identifier (identifiant permanent du patient)

    def __post_init__(self) -> None:
        if Attribut.FICT in self.attributs and len(self.attributs) > 1:
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "L'attribut « fictive » ne se cumule avec aucun autre ; seuls « douteuse » et « homonyme » peuvent "
                "aller ensemble.",
                "“Fictitious” combines with no other attribute; only “doubtful” and “homonym” may go together.",
                rule="RNIV EXI SI 09",
            )
        if self.attributs & _FORCE_PROV and (self.recuperation or self.controle):
            raise Problem.of(
                Kind.RULE_VIOLATED,
                "Une identité douteuse ou fictive est forcément provisoire : ni INS, ni contrôle de pièce.",
                "A doubtful or fictitious identity is always provisional: neither INS nor document check.",
                rule="RNIV EXI SI 09",
            )

    @property
    def statut(self) -> StatutIdentite:
        """PROV, RECUP, VALI or QUAL, from the two facts. Source: RNIV EXI SI 07."""
        return _TABLE[self.recuperation is not None, self.controle is not None]

    @property
    def ins_transmissible(self) -> INS | None:
        """The INS if it may leave the house, else None: QUAL alone carries it (RNIV EXI SI 08; Guide INS, EXI ID
        29).
        """
        if self.recuperation is None or self.statut is not StatutIdentite.QUAL:
            return None
        return self.recuperation.ins
