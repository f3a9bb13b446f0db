"""A professional as the directory answers."""

from dataclasses import dataclass

from socle.foundations.people.model.bal import BAL


@dataclass(frozen=True, slots=True)
class Adresse:
    """A postal address: lines as one writes them on an envelope, then what they are made of."""

    lignes: tuple[str, ...] = ()
    code_postal: str = ""
    commune: str = ""
    code_commune: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a person practises, and how. `structure`: id of the Organization, "" when none is told."""

    id: str
    structure: str = ""
    nom_structure: str = ""
    mode: str = ""
    fonction: str = ""
    genre: str = ""
    secteur: str = ""
    adresse: Adresse = Adresse()
    telephone: str = ""
    finess: str = ""
    siret: str = ""
    bal: tuple[BAL, ...] = ()


@dataclass(frozen=True, slots=True)
class Professionnel:
    """A person of the directory. Codes are those of the nomenclatures, `profession` and `savoir_faire` their names.

    numero_rpps  "" for who has none; `id_nat` always says who it is
    ouvert       False once the person has left the register: only identifiers are left
    """

    id: str
    id_nat: str
    numero_rpps: str
    nom: str = ""
    prenom: str = ""
    civilite: str = ""
    code_profession: str = ""
    profession: str = ""
    categorie: str = ""
    savoir_faire: tuple[str, ...] = ()
    diplomes: tuple[str, ...] = ()
    situations: tuple[Situation, ...] = ()
    bal: tuple[BAL, ...] = ()
    ouvert: bool = True

    @property
    def adresse(self) -> Adresse:
        """The postal address of the first situation that has one."""
        return next((one.adresse for one in self.situations if one.adresse.commune), Adresse())


@dataclass(frozen=True, slots=True)
class Trouves:
    """What a search found: at most as many as asked, and whether there are more."""

    professionnels: tuple[Professionnel, ...]
    more: bool = False
