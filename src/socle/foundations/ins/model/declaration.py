"""What a Patient sent to the desk says of itself."""

from dataclasses import dataclass

from socle.foundations.ins.model.statut import Attribut, StatutIdentite
from socle.foundations.ins.model.traits import TraitsComplementaires, TraitsStricts


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a Patient sent to us says of itself. None where it says nothing.

    statut    status it claims
    ins       matricules it carries, as (system, value)
    document  code of the document it says was checked
    attributs attributes it claims
    """

    traits: TraitsStricts
    complementaires: TraitsComplementaires
    ipp: str
    statut: StatutIdentite | None
    ins: frozenset[tuple[str, str]]
    document: str | None
    attributs: frozenset[Attribut] | None
