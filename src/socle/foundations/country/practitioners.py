"""Professionals and where they practise: each a pure function of the seed and the rank.

Three hundred and sixty a territory. Who is salaried works in an establishment of the territory (one in ten, in another
one); who is liberal has an office, alone or with others.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from socle.foundations.country.codes import PROFESSIONS, SPECIALITES, Profession
from socle.foundations.country.draws import dice, table
from socle.foundations.country.numbers import mobile, phone, rpps, rpps_rang
from socle.foundations.country.structures import ESTABLISHMENTS, Address, Establishment, Structures
from socle.foundations.ins.population.lieux import Lieu, communes, pays
from socle.foundations.ins.population.noms import family_names
from socle.foundations.ins.population.prenoms import FEMININ, MASCULIN
from socle.foundations.ins.population.prenoms import table as given_table

PRACTITIONERS: Final = 360  # a territory
DOMAIN: Final = "mssante.example"  # reserved by RFC 2606: nobody receives what is sent there
_OFFICES: Final = 24  # shared offices of a territory
_PROFESSION: Final = table(((profession, float(profession.poids)) for profession in PROFESSIONS), 4096)
_SPECIALITY: Final = table((((code, label), float(weight)) for code, label, weight in SPECIALITES), 1024)
_NAMES: Final = table(((name, float(weight)) for name, weight in family_names()), 16_384)
_PLACES: Final = table(
    [(lieu, float(lieu.poids) * 0.9) for lieu in communes()] + [(lieu, float(lieu.poids)) for lieu in pays()], 8192
)
_SITUATIONS: Final = table(((0, 5), (1, 66), (2, 20), (3, 7), (4, 2)), 4096)  # 1.35 a person


@lru_cache(maxsize=64)
def _given(sexe: str, five_years: int) -> tuple[str, ...]:
    return given_table(MASCULIN if sexe == "M" else FEMININ, five_years * 5, 4096)


@lru_cache(maxsize=8192)
def written(prenom: str) -> str:
    """A given name as the extraction writes it: JEAN-PIERRE is Jean-Pierre."""
    return "-".join(part.capitalize() for part in prenom.split("-"))


class Office(NamedTuple):
    """An office of liberal professionals, which FINESS does not know.

    founder      rank of the professional who founded it, whose RPPS number and an order make its identifier
    identifiant  that identifier (“RPPS rang”), 14 digits; the order is 1 for an office alone, 2 for a shared one
    secteur      SA07 alone, SA08 with others, SA09 in a company
    """

    founder: int
    identifiant: str
    raison_sociale: str
    secteur: str
    address: Address
    telephone: str


class Situation(NamedTuple):
    """A situation of practice: one line of the directory's extraction. Codes are those of `codes`."""

    identifiant: str
    mode: str
    secteur: str
    fonction: str
    genre: str
    section: str
    structure: Establishment | Office


class Practitioner(NamedTuple):
    """A professional.

    prenoms     all given names, capitals, space separated; `prenom` is the one of practice, as written
    nom         name of practice: the birth name, or that of the spouse
    naissance   YYYY-MM-DD
    specialite  code and label (TRE_R38), "" for who has none
    courriel    MSSanté mailbox, in a domain that cannot receive; "" for who has none
    red_list    whether the mailbox is kept out of the public directory
    """

    rank: int
    rpps: str
    sexe: str
    nom_naissance: str
    nom: str
    prenoms: str
    prenom: str
    naissance: str
    lieu_naissance: Lieu
    profession: Profession
    categorie: str
    specialite: tuple[str, str]
    telephone: str
    courriel: str
    red_list: bool
    situations: tuple[Situation, ...]

    @property
    def id_national(self) -> str:
        """The national identifier: prefix 8 and the RPPS number."""
        return "8" + self.rpps


class Practitioners:
    """The professionals of a seed, by rank, in a country of `territories`."""

    def __init__(self, seed: int, structures: Structures, territories: int) -> None:
        self.structures = structures
        self._territories = territories
        self._person = dice(seed, "person")
        self._practice = dice(seed, "practice")
        self._office = dice(seed, "office")
        self._employers = lru_cache(256)(self._employers_of)
        self._establishment = lru_cache(8192)(structures.establishment)
        self._shared = lru_cache(4096)(self.office)

    def _employers_of(self, territory: int) -> dict[str, tuple[int, ...]]:
        """Ranks of the establishments of a territory by category."""
        found: dict[str, tuple[int, ...]] = {}
        for rank in range(territory * ESTABLISHMENTS, (territory + 1) * ESTABLISHMENTS):
            code = self.structures.categorie(rank)
            found[code] = (*found.get(code, ()), rank)
        return found

    def _employer(self, territory: int, profession: Profession, draw: int) -> Establishment:
        by_category = self._employers(territory)
        kinds = profession.employeurs
        for step in range(len(kinds)):
            ranks = by_category.get(kinds[(draw + step) % len(kinds)])
            if ranks:
                return self._establishment(ranks[draw // 32 % len(ranks)])
        return self._establishment(territory * ESTABLISHMENTS + draw % ESTABLISHMENTS)

    def office(self, founder: int, secteur: str) -> Office:
        """The office that the professional of rank `founder` opened."""
        territory = founder // PRACTITIONERS % self._territories
        alone = secteur == "SA07"
        draws = self._office(founder if alone else ~founder)
        commune = self.structures.neighbour(territory, draws[0])
        address = self.structures.place(draws[1:6], commune)
        if alone:
            name = f"CABINET {self.name(founder)}"
        else:
            name = f"{'SELARL' if secteur == 'SA09' else 'CABINET DE GROUPE'} {address.voie}"
        return Office(
            founder,
            rpps_rang(rpps(founder), 1 if alone else 2),
            name,
            secteur,
            address,
            phone(commune.region, draws[6]),
        )

    def name(self, rank: int) -> str:
        """The birth name of a professional, in capitals."""
        return _NAMES[self._person(rank)[0] % 16_384]

    def profession(self, rank: int) -> Profession:
        """The profession of a professional: a twentieth of the cost of the whole."""
        return _PROFESSION[self._person(rank)[1] & 4095]

    def practitioner(self, rank: int, moves: int = 0, married: int = 0, rung: int = 0, more: int = 0) -> Practitioner:
        """The professional of this rank.

        moves, married, rung, more: how often they changed establishment, name, phone, number of situations since the
        first day.
        """
        draws = self._person(rank)
        profession = _PROFESSION[draws[1] & 4095]
        age = 24 + (draws[2] % 1000 * 44 + draws[3] % 44) // 1000
        year = 2025 - age
        sexe = "F" if draws[4] % 100 < profession.feminin - (age > 55) * 12 else "M"
        given = _given(sexe, year // 5)
        prenom = given[draws[5] & 4095]
        second, third = given[draws[6] & 4095], given[draws[7] & 4095]
        prenoms = " ".join(dict.fromkeys((prenom, second, third)[: 1 + draws[8] % 3]))
        nom_naissance = nom = _NAMES[draws[0] & 16_383]
        if married or (sexe == "F" and age > 28 and draws[9] % 100 < 38):
            spouse = _NAMES[(draws[10] + 7919 * married) & 16_383]
            nom = f"{nom_naissance}-{spouse}" if draws[10] % 5 == 0 and " " not in nom + spouse else spouse
        territory = rank // PRACTITIONERS % self._territories
        region = self.structures.commune(territory).region
        specialite = ("", "")
        if profession.code == "10":
            specialite = _SPECIALITY[draws[11] & 1023]
        number = rpps(rank)
        courriel = ""
        if draws[12] % 100 < 62:
            local = f"{_local(prenom)}.{_local(nom)}.{number[3:10]}"
            courriel = f"{local}@{profession.domaine}.{DOMAIN}"
        return Practitioner(
            rank,
            number,
            sexe,
            nom_naissance,
            nom,
            prenoms,
            written(prenom),
            f"{year}-{1 + draws[13] % 12:02d}-{1 + draws[14] % 28:02d}",
            _PLACES[draws[15] & 8191],
            profession,
            "M" if draws[16] % 200 == 0 and profession.code in ("10", "21", "40", "60") else "C",
            specialite,
            mobile(draws[17] + rung) if draws[17] % 3 else phone(region, draws[17] + rung),
            courriel,
            draws[18] % 25 == 0,
            self._situations(rank, territory, profession, moves, more),
        )

    def _situations(
        self, rank: int, territory: int, profession: Profession, moves: int, more: int
    ) -> tuple[Situation, ...]:
        draws = self._practice(rank)
        count = min(6, _SITUATIONS[draws[0] & 4095] + more)
        found: list[Situation] = []
        seen: set[int | str] = set()
        for at in range(count):
            draw = draws[1 + 4 * at]
            identifiant = f"{3_000_000_000 + rank * 8 + at}"
            if draw % 100 < profession.liberal:
                alone = draws[2 + 4 * at] % 100 < 45
                secteur = "SA07" if alone else "SA08" if draws[2 + 4 * at] % 3 else "SA09"
                if alone:
                    office = self.office(rank, secteur)
                else:
                    founder = territory * PRACTITIONERS + draws[3 + 4 * at] % _OFFICES * (PRACTITIONERS // _OFFICES)
                    secteur = "SA08" if founder // 15 % 3 else "SA09"
                    office = self._shared(founder, secteur)
                if office.identifiant in seen:
                    continue
                seen.add(office.identifiant)
                substitute = draws[4 + 4 * at] % 33 == 0
                fonction = "FON-22" if substitute else "FON-02" if secteur == "SA09" else "FON-01"
                if not substitute and draws[4 + 4 * at] % 9 == 0:
                    fonction = "FON-17"
                found.append(
                    Situation(identifiant, "L", secteur, fonction, "GENR03" if substitute else "GENR01", "", office)
                )
                continue
            where = territory if draw % 10 else draws[2 + 4 * at] % (territory + 1)
            employer = self._employer(where, profession, draws[3 + 4 * at] + 7919 * (moves if at == 0 else 0))
            if employer.rank in seen:
                continue
            seen.add(employer.rank)
            secteur = employer.category.secteur
            fonction, section, mode = "FON-33", "", "S"
            if profession.code == "21":
                section = "A" if secteur == "SA33" else "G" if secteur == "SA25" else "H"
                if secteur == "SA33":
                    mode, fonction = ("L", "FON-03") if draws[4 + 4 * at] % 10 < 4 else ("S", "FON-05")
                    section = "A" if fonction == "FON-03" else "D"
                elif secteur == "SA25":
                    fonction = "FON-40"
            found.append(Situation(identifiant, mode, secteur, fonction, "GENR01", section, employer))
        return tuple(found)


@lru_cache(maxsize=16_384)
def _local(name: str) -> str:
    return name.lower().replace(" ", "").replace("'", "")
