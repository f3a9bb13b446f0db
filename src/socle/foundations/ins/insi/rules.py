"""When a person of the base answers a search. Pure: the same facts give the same answer.

Sources: RNIV 1 v2.0 (search by strict traits), Guide INS v3.0 EXI ID 10 (hyphens and apostrophes count as spaces),
published INSi messages; where they are silent the choice is ours and says so.
"""

from collections.abc import Iterable
from functools import lru_cache

from socle.foundations.ins.insi.model import Carte, Fiche, Reponse
from socle.foundations.ins.model import CodeRetour, DemandeINSi
from socle.kernel.fhir.keys import key

_NEUTRAL = str.maketrans({"-": " ", "'": " "})


@lru_cache(maxsize=65_536)
def neutral(name: str) -> str:
    """A normalised name for comparison: hyphens and apostrophes are spaces. Source: Guide INS v3.0, EXI ID 10."""
    return " ".join(name.translate(_NEUTRAL).split())


def traits_key(nom_naissance: str, sexe: str, date_naissance: str) -> int:
    """The 64-bit key under which the base files a person: what must be equal for anyone to match."""
    return key("insi", neutral(nom_naissance), sexe, date_naissance)


def prenom_is_among(prenom: str, liste_prenoms: str) -> bool:
    """Whether `prenom` is one of the given names of the list, or several consecutive ones written as one.

    The list separates given names by spaces and so do some compound ones, hence: JEAN-PIERRE is found in
    "JEAN-PIERRE MARIE" and in "JEAN PIERRE MARIE"; JEAN is found in the second only. Source: RNIV 1, first given name
    deduced from the list.
    """
    sought = neutral(prenom)
    names = [neutral(name) for name in liste_prenoms.split(" ")]
    if sought in names:
        return True
    if " " not in sought:
        return False
    return any(" ".join(names[i:j]) == sought for i in range(len(names)) for j in range(i + 2, len(names) + 1))


def matches(fiche: Fiche, demande: DemandeINSi) -> bool:
    """Whether a person is an answer: birth name, sex, birth date equal; each given name among theirs; birthplace equal
    when it is given."""
    return (
        fiche.sexe == demande.sexe
        and fiche.date_naissance == str(demande.date_naissance)
        and neutral(fiche.nom_naissance) == neutral(demande.nom_naissance)
        and (not demande.lieu_naissance or fiche.lieu_naissance == demande.lieu_naissance)
        and all(prenom_is_among(prenom, fiche.liste_prenoms) for prenom in demande.prenoms)
    )


def matches_card(fiche: Fiche, carte: Carte) -> bool:
    """Whether the person who holds one of the card's numbers is its beneficiary (our reading: the national rule is not
    public). The birth date and the birth name of the card, when it holds them, must be the person's."""
    return (not carte.date_naissance or fiche.date_naissance == carte.date_naissance) and (
        not carte.nom_naissance or neutral(fiche.nom_naissance) == neutral(carte.nom_naissance)
    )


def reponse(answers: Iterable[Fiche]) -> Reponse:
    """00 for one person, 01 for none, 02 for several: and then nothing is said of any of them."""
    found = list(answers)
    if len(found) == 1:
        return Reponse(CodeRetour.UNE, found[0], 1)
    return Reponse(CodeRetour.PLUSIEURS if found else CodeRetour.AUCUNE, None, len(found))
