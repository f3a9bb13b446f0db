"""What the register of structures speaks of."""

from socle.foundations.structures.model.numero import (
    Nature,
    NumeroFiness,
    finess_key_holds,
    is_siren,
    is_siret,
    luhn_key,
)
from socle.foundations.structures.model.structure import CAPACITIES, CARE, Fiche, Group, Json, Part, PartKind, Structure

__all__ = [
    "CAPACITIES",
    "CARE",
    "Fiche",
    "Group",
    "Json",
    "Nature",
    "NumeroFiness",
    "Part",
    "PartKind",
    "Structure",
    "finess_key_holds",
    "is_siren",
    "is_siret",
    "luhn_key",
]
