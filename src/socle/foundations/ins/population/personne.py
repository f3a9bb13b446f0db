"""A person of the national base, as plain values: what loads fast, and becomes traits and INS when it is used."""

from datetime import date
from typing import NamedTuple

from socle.foundations.ins.model import (
    INS,
    AutoriteAffectation,
    Individu,
    INSHistorique,
    LunarDate,
    MatriculeINS,
    Sexe,
    TraitsStricts,
)


class Ancien(NamedTuple):
    """An INS that the person carried before."""

    numero: str
    cle: str
    oid: str
    debut: date | None
    fin: date | None


class Personne(NamedTuple):
    """A synthetic or published person.

    rang            rank in the population, from 0; published persons have negative ranks
    prenoms         given names, space separated; a compound one keeps its hyphen
    sexe            "M" or "F"
    date_naissance  YYYY-MM-DD, 00 for what nobody knows
    lieu_naissance  INSEE code of the commune, or 99xxx country
    numero, cle     active matricule: 13 characters and key
    oid             of the active matricule
    debut           since when the matricule is active, None when since birth
    historique      former INS, most recent first
    """

    rang: int
    nom_naissance: str
    prenoms: str
    sexe: str
    date_naissance: str
    lieu_naissance: str
    numero: str
    cle: str
    oid: str
    debut: date | None = None
    historique: tuple[Ancien, ...] = ()

    @property
    def traits(self) -> TraitsStricts:
        """The five strict traits, as INSi returns them (TIQ)."""
        prenoms = tuple(self.prenoms.split(" "))
        return TraitsStricts(
            self.nom_naissance,
            prenoms[0],
            prenoms,
            Sexe(self.sexe),
            LunarDate.parse(self.date_naissance),
            self.lieu_naissance,
        )

    @property
    def ins(self) -> INS:
        """The active INS."""
        return INS(MatriculeINS(self.numero, self.cle), AutoriteAffectation.of_oid(self.oid))

    @property
    def individu(self) -> Individu:
        """The person as INSi answers (INDIVIDU)."""
        return Individu(
            self.ins,
            self.traits,
            tuple(
                INSHistorique(INS(MatriculeINS(a.numero, a.cle), AutoriteAffectation.of_oid(a.oid)), a.debut, a.fin)
                for a in self.historique
            ),
        )
