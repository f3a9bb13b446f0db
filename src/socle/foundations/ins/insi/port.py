"""The teleservice as the identity desk calls it, in process: the same action as the SOAP door, with the same trace."""

from dataclasses import replace

from socle.foundations.ins.insi.actions import INSi
from socle.foundations.ins.insi.model import Fiche, Identifiant
from socle.foundations.ins.insi.soap.names import TRAITS
from socle.foundations.ins.insi.store import SCHEMA
from socle.foundations.ins.model import (
    INS,
    AutoriteAffectation,
    DemandeINSi,
    Individu,
    INSHistorique,
    MatriculeINS,
    ReponseINSi,
    TraitsStricts,
)
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor


class Teleservice:
    """`ins.model.TeleserviceINSi` over this house's own INSi."""

    def __init__(self, insi: INSi) -> None:
        self._insi = insi

    async def rechercher(self, demande: DemandeINSi, *, by: Actor, trace: Trace) -> ReponseINSi:
        """rechercherInsAvecTraitsIdentite. Raises: Problem(UNAUTHENTICATED | FORBIDDEN)."""
        found = await self._insi.rechercher(demande, by=by, trace=_here(trace))
        return ReponseINSi(found.code, individu_of(found.fiche) if found.fiche else None)

    async def verifier(self, ins: INS, traits: TraitsStricts, *, by: Actor, trace: Trace) -> bool:
        """Unit verification: somebody carries this INS today, and these traits are theirs.

        Raises: Problem(UNAUTHENTICATED | FORBIDDEN).
        """
        lieu = traits.lieu_naissance if traits.is_birthplace_known else None
        demande = DemandeINSi(traits.nom_naissance, traits.prenoms, traits.sexe, traits.date_naissance, lieu)
        return await self._insi.verifier(ins.matricule.numero, ins.oid, demande, by=by, trace=_here(trace))


def _here(trace: Trace) -> Trace:
    """The circumstances of the caller, for a call to INSi."""
    return replace(trace, register=SCHEMA, interaction=f"insi:{TRAITS}")


def individu_of(fiche: Fiche) -> Individu:
    """A record of the base as the desk reads it."""
    return Individu(
        ins_of(fiche.actif),
        TraitsStricts.of(
            nom_naissance=fiche.nom_naissance,
            prenoms=fiche.liste_prenoms,
            sexe=fiche.sexe,
            date_naissance=fiche.date_naissance,
            lieu_naissance=fiche.lieu_naissance,
        ),
        tuple(INSHistorique(ins_of(each), each.date_deb, each.date_fin) for each in fiche.histo),
    )


def ins_of(identifiant: Identifiant) -> INS:
    """An identifier of the base as an INS."""
    matricule = MatriculeINS(identifiant.matricule, identifiant.cle)
    return INS(matricule, AutoriteAffectation.of_oid(identifiant.oid))
