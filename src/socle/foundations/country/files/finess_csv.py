"""The open files of FINESS: semicolons, a first line of metadata, then lines that say their kind first.

cs1100501 legal entities, cs1100502 establishments, cs1100507 establishments then their positions. Only what is open.
"""

from typing import Final

from socle.foundations.country.categories import CATEGORIES, SPH, STATUTS
from socle.foundations.country.country import Country
from socle.foundations.country.places import GRIDS, plain, projected

ENTITIES: Final = "cs1100501"
ESTABLISHMENTS: Final = "cs1100502"
POSITIONS: Final = "cs1100507"


def metadata(country: Country) -> str:
    """The first line of every file."""
    return f"finess;etalab;{country.day};{country.date.isoformat()}\n"


def entities(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines `structureej` of these ranks, and how many."""
    lines = []
    for entity in country.entities(start, stop):
        address, commune = entity.address, entity.address.commune
        lines.append(
            f"structureej;{entity.finess};{entity.raison_sociale};{entity.raison_sociale_longue};;{address.numero};"
            f"{address.code_voie};{address.voie};;;;{commune.code[-3:]};{commune.code_postal} {commune.nom_postal[:26]};"
            f"{commune.departement_finess};{plain(commune.nom_departement)};{entity.telephone};{entity.statut};"
            f"{STATUTS[entity.statut][0]};;;{entity.siren};{entity.ape};{entity.created}\n"
        )
    return "".join(lines), len(lines)


def establishments(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines `structureet` of these ranks that are open, and how many."""
    lines = []
    for site in country.establishments(start, stop):
        if site.closed:
            continue
        address, commune = site.address, site.address.commune
        category = CATEGORIES[site.categorie]
        lines.append(
            f"structureet;{site.finess};{site.finess_ej};{site.raison_sociale};{site.raison_sociale_longue};;;"
            f"{address.numero};{address.code_voie};{address.voie};;;{commune.code[-3:]};{commune.departement_finess};"
            f"{plain(commune.nom_departement)};{commune.code_postal} {commune.nom_postal[:26]};{site.telephone};;"
            f"{site.categorie};{category.libelle};{category.agregat[0]};{category.agregat[1]};{site.siret};"
            f"{category.ape};{category.mft[0]};{category.mft[1]};{site.sph};{SPH[site.sph][0]};"
            f"{site.opened};{site.opened};{site.updated};\n"
        )
    return "".join(lines), len(lines)


def positions(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Lines `geolocalisation` of these ranks that are open, and how many."""
    lines = []
    for site in country.establishments(start, stop):
        if not site.closed:
            address = site.address
            x, y, epsg = projected(address.commune.departement, address.latitude, address.longitude)
            lines.append(
                f"geolocalisation;{site.finess};{x};{y};1,SOCLE,100,SYNTHETIQUE,{GRIDS[epsg]};{site.updated}\n"
            )
    return "".join(lines), len(lines)
