"""Legal entities and geographic establishments, each a pure function of the seed and its rank.

The country is cut in territories of eleven legal entities and twenty establishments around one commune. The first
eighteen territories are around the large town of each region, so that even the smallest country has them. In each, the
first legal entity owns six establishments: a public hospital, a group of clinics or an association; the others are
laboratories, homes for the elderly, health centres, pharmacies, a medical house.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from socle.foundations.country.categories import CATEGORIES, SPH, STATUTS, Categorie
from socle.foundations.country.codes import NOMS_DE_VOIES, VOIES
from socle.foundations.country.draws import dice, table
from socle.foundations.country.numbers import finess_ej, finess_et, phone, siren, siret
from socle.foundations.country.places import Commune, by_department, communes, moved, plain

ENTITIES: Final = 11  # a territory
ESTABLISHMENTS: Final = 20
_OWNERS: Final = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10)
_FIRST: Final = (
    "75113", "69383", "13205", "59350", "31555", "33063", "44109", "67482", "35238", "76540", "21231", "45234", "2A004",
    "97411", "97209", "97101", "97302", "97611",
)  # fmt: skip
# What the first legal entity owns: legal status, categories of its six establishments.
_GROUPS: Final = {
    "chu": ("13", ("101", "106", "500", "156", "127", "141")),
    "ch": ("13", ("355", "500", "156", "354", "127", "141")),
    "chs": ("11", ("292", "156", "156", "500", "109", "223")),
    "clinics": ("73", ("365", "128", "109", "141", "127", "500")),
    "association": ("60", ("183", "182", "246", "255", "189", "182")),
}
_GROUP: Final = table((("ch", 34), ("chu", 3), ("chs", 8), ("clinics", 22), ("association", 33)), 256)
_OTHERS: Final = (
    ("85", ("611", "611", "611")), ("60", ("500", "354")), ("61", ("124", "124")), ("70", ("620",)), ("85", ("620",)),
    ("85", ("620",)), ("70", ("620",)), ("60", ("603",)), ("21", ("500",)), ("60", ("223",)),
)  # fmt: skip
_NAMES: Final = (
    "DES TILLEULS", "DU GRAND CHENE", "DES TROIS RIVIERES", "DU VAL BLEU", "DE LA ROSERAIE", "DES COLLINES", "DU PARC AUX CERFS",
    "DE LA CLAIRIERE", "DES QUATRE VENTS", "DU BEL HORIZON", "DES GENETS", "DE L'ORMEAU", "DES MIMOSAS", "DU SOLEIL LEVANT",
    "DES HIRONDELLES", "DE LA SOURCE", "DU VERGER", "DES COQUELICOTS", "DE L'ETANG", "DES BRUYERES", "DU CEDRE", "DES MARAIS",
    "DE LA PRAIRIE", "DES GLYCINES", "DU CLOS FLEURI", "DE L'ALIZE", "DES PEUPLIERS", "DU PHARE", "DES EMBRUNS", "DE LA COMBE",
    "DES CHATAIGNIERS", "DU RUISSEAU", "DES ALOUETTES", "DE LA GARENNE", "DES PINS", "DU BOCAGE", "DES SOURCES VIVES",
    "DE LA HETRAIE", "DES AUBEPINES", "DU MAS VERT",
)  # fmt: skip
_WEIGHTED: Final = table(((commune, float(commune.poids)) for commune in communes()), 16_384)
_BY_CODE: Final = {commune.code: commune for commune in communes()}


class Address(NamedTuple):
    """Where something is. `voie` is in capitals; `code_voie` and `type_voie` as the extractions write them."""

    numero: str
    code_voie: str
    type_voie: str
    voie: str
    commune: Commune
    latitude: float
    longitude: float

    @property
    def ligne(self) -> str:
        """Number, kind and name of the way: one line."""
        return f"{self.numero} {plain(self.type_voie)} {self.voie}"


class LegalEntity(NamedTuple):
    """A legal entity (FINESS EJ). `statut` is its legal status (TRE_R72), `etablissements` the ranks it owns."""

    rank: int
    finess: str
    siren: str
    raison_sociale: str
    raison_sociale_longue: str
    statut: str
    ape: str
    address: Address
    telephone: str
    created: str
    updated: str
    etablissements: range


class Unit(NamedTuple):
    """Beds or places of one kind in an establishment."""

    nom: str
    capacite: int
    kind: str


class Establishment(NamedTuple):
    """A geographic establishment (FINESS ET).

    finess_ej     of the legal entity that owns it, whose rank is `owner`
    categorie     code of TRE_R66, a key of `categories.CATEGORIES`
    principal     FINESS of the main establishment when this one is secondary, "" when it is primary
    opened, updated, closed  YYYY-MM-DD; `closed` is "" while it is open
    """

    rank: int
    finess: str
    owner: int
    finess_ej: str
    siret: str
    raison_sociale: str
    raison_sociale_longue: str
    categorie: str
    principal: str
    address: Address
    telephone: str
    opened: str
    updated: str
    closed: str
    units: tuple[Unit, ...]

    @property
    def category(self) -> Categorie:
        """What the category is."""
        return CATEGORIES[self.categorie]

    @property
    def sph(self) -> str:
        """Code of the participation in the public hospital service (TRE_R73)."""
        sector = self.category.secteur
        return "1" if sector == "SA01" else "6" if sector == "SA04" else "9"


class Structures:
    """The legal entities and establishments of a seed, by rank; any rank, in any order."""

    def __init__(self, seed: int) -> None:
        self._territory = dice(seed, "territory")
        self._establishment = dice(seed, "establishment")
        self.commune = lru_cache(4096)(self._commune)
        self.group = lru_cache(4096)(self._group)

    def _commune(self, territory: int) -> Commune:
        """The commune around which a territory is."""
        if territory < len(_FIRST):
            return _BY_CODE[_FIRST[territory]]
        return _WEIGHTED[self._territory(territory)[0] % len(_WEIGHTED)]

    def _group(self, territory: int) -> tuple[str, tuple[str, ...]]:
        """Legal status and categories of the first legal entity of a territory. The first ones are hospitals."""
        forced = ("chu", "ch", "clinics", "association", "chs")
        name = forced[territory] if territory < len(forced) else _GROUP[self._territory(territory)[1] % 256]
        return _GROUPS[name]

    def categorie(self, rank: int) -> str:
        """The category of the establishment of this rank."""
        territory, place = divmod(rank, ESTABLISHMENTS)
        if place < 6:
            return self.group(territory)[1][place]
        owner = _OWNERS[place]
        return _OTHERS[owner - 1][1][place - _OWNERS.index(owner)]

    def place(self, draws: tuple[int, ...], commune: Commune) -> Address:
        """An address in a commune; five draws."""
        voie, libelle = VOIES[draws[0] % len(VOIES)]
        north, east = (draws[1] / 65_536 - 0.5) * 3000, (draws[2] / 65_536 - 0.5) * 3000
        latitude, longitude = moved(commune.latitude, commune.longitude, north, east)
        return Address(
            str(1 + draws[3] % 180),
            voie,
            libelle,
            NOMS_DE_VOIES[draws[4] % len(NOMS_DE_VOIES)],
            commune,
            latitude,
            longitude,
        )

    def neighbour(self, territory: int, draw: int) -> Commune:
        """The commune of a territory, most often, or another of its department."""
        commune = self.commune(territory)
        if draw % 10 < 7:
            return commune
        around = by_department()[commune.departement]
        return around[draw // 10 % len(around)]

    def establishment(self, rank: int) -> Establishment:
        """The establishment of this rank, as on the first day. About ten microseconds."""
        territory, place = divmod(rank, ESTABLISHMENTS)
        owner = _OWNERS[place]
        first = _OWNERS.index(owner)
        draws = self._establishment(rank)
        code = self.categorie(rank)
        category = CATEGORIES[code]
        commune = self.commune(territory) if place < 2 else self.neighbour(territory, draws[0])
        ej = territory * ENTITIES + owner
        # establishments of one entity share a name; all of a territory differ
        name = _NAMES[(self._territory(territory)[2 + owner] + owner * 7) % len(_NAMES)]
        short = f"{category.nom} {name}"
        year = 1970 + draws[6] % 54
        return Establishment(
            rank,
            finess_et(rank),
            ej,
            finess_ej(ej),
            siret(siren(ej), place - first + 1),
            short[:38].rstrip(),
            f"{short} - {commune.nom_postal}"[:60].rstrip(),
            code,
            finess_et(rank - (place - first))
            if place > first and code == self.categorie(rank - (place - first))
            else "",
            self.place(draws[1:6], commune),
            phone(commune.region, draws[7]),
            f"{year}-{1 + draws[8] % 12:02d}-{1 + draws[9] % 28:02d}",
            f"{2024 + draws[10] % 2}-{1 + draws[11] % 12:02d}-{1 + draws[12] % 28:02d}",
            "",
            tuple(
                Unit(nom, least + draws[13 + at] % (most - least + 1), kind)
                for at, (nom, least, most, kind) in enumerate(category.unites)
            ),
        )

    def entity(self, rank: int) -> LegalEntity:
        """The legal entity of this rank."""
        territory, owner = divmod(rank, ENTITIES)
        first = territory * ESTABLISHMENTS + _OWNERS.index(owner)
        owned = range(first, first + _OWNERS.count(owner))
        head = self.establishment(first)
        statut = self.group(territory)[0] if owner == 0 else _OTHERS[owner - 1][0]
        kind = {"60": "ASSOCIATION", "61": "FONDATION", "73": "GROUPE DE SANTE", "85": "SELARL", "70": "EURL"}.get(
            statut
        )
        name = head.raison_sociale.removeprefix(head.category.nom).strip()
        short = f"{kind} {name}" if kind else head.raison_sociale
        return LegalEntity(
            rank,
            finess_ej(rank),
            siren(rank),
            short[:38].rstrip(),
            f"{short} - {head.address.commune.nom_postal}"[:60].rstrip(),
            statut,
            head.category.ape,
            head.address,
            head.telephone,
            head.opened,
            head.updated,
            owned,
        )


def owner_of(establishment: int) -> int:
    """The rank of the legal entity that owns the establishment of this rank."""
    territory, place = divmod(establishment, ESTABLISHMENTS)
    return territory * ENTITIES + _OWNERS[place]


assert set(SPH) == {"1", "6", "9"}
assert all(statut in STATUTS for statut, _ in (*_GROUPS.values(), *_OTHERS))
