"""The structures of a demonstration house: the synthetic country's, through the same door as the files of the FINESS."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from socle.foundations.country import Country, Establishment, LegalEntity
from socle.foundations.country.categories import ACTIVITES, SPH, STATUTS
from socle.foundations.country.places import GRIDS, projected
from socle.foundations.structures.actions import Report, import_finess
from socle.foundations.structures.formats.shapes import CSV_EJ, CSV_ET
from socle.foundations.structures.permissions import REGISTER
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.search.repository import Repository
from socle.kernel.store.database import Database

SEEDER: Final = Actor("system:structures-demo", "Socle (démonstration)", frozenset({"operator"}), Means.SYSTEM)
_LONG_STAY: Final = {"places": ("11", "Hébergement Complet Internat"), "lits": ("11", "Hébergement Complet Internat")}
_SOCIAL: Final = {  # discipline and people welcomed, by category
    "500": ("924", "Accueil pour Personnes Âgées", "711", "Personnes Âgées dépendantes"),
    "183": ("901", "Education Générale et Soins Spécialisés Enfants Handicapés", "117", "Déficience intellectuelle"),
    "255": ("917", "Accueil spécialisé pour adultes handicapés", "500", "Polyhandicap"),
    "246": ("908", "Aide par le travail pour Adultes Handicapés", "117", "Déficience intellectuelle"),
}
_SCANNER: Final = ("05602", "Scanographe à utilisation médicale")
_MRI: Final = ("06201", "Appareil d'IRM à utilisation clinique")
_EQUIPPED: Final = {"101": (_SCANNER, _SCANNER, _MRI), "355": (_SCANNER, _MRI), "365": (_SCANNER,)}


async def fill(database: Database, repository: Repository, trace: Trace) -> Report | None:
    """Load the country of the demonstration in a register that is empty; None when it is not."""
    if await database.query(f"SELECT FROM {REGISTER}.structure LIMIT 1"):
        return None
    country = Country.demo()
    day = country.date.isoformat()
    with tempfile.TemporaryDirectory(prefix="socle-structures-") as folder:
        stock = Path(folder) / "demonstration-structures.csv"
        parts = Path(folder) / "demonstration-activites.xml"
        stock.write_text("\n".join([f"finess;etalab;1;{day}", *_lines(country)]) + "\n", encoding="utf-8")
        head = (
            "<emetteur>FINESS</emetteur><destinataire>FINESS</destinataire><versionmessage>V4.1</versionmessage>"
            f"<fluxnum>1</fluxnum><datemaj>{day}</datemaj>"
        )
        records = "\n".join(record for one in country.establishments() for record in _records(one))
        parts.write_text(f"<fluxfiness><horodatage>{head}</horodatage>\n{records}\n</fluxfiness>\n", encoding="utf-8")
        return await import_finess(database, repository, [stock, parts], by=SEEDER, trace=trace)


def _lines(country: Country) -> Iterator[str]:
    for entity in country.entities():
        yield "structureej;" + ";".join(_entity(entity).get(name, "") for name in CSV_EJ)
    for one in country.establishments():
        if not one.closed:
            yield "structureet;" + ";".join(_establishment(one).get(name, "") for name in CSV_ET)
            x, y, epsg = projected(one.address.commune.departement, one.address.latitude, one.address.longitude)
            yield f"geolocalisation;{one.finess};{x};{y};1,SOCLE,{GRIDS[epsg]};{one.updated}"


def _place(one: LegalEntity | Establishment) -> dict[str, str]:
    commune = one.address.commune
    return {
        "rs": one.raison_sociale,
        "rslongue": one.raison_sociale_longue,
        "numvoie": one.address.numero,
        "typvoie": one.address.code_voie,
        "voie": one.address.voie,
        "commune": commune.code[-3:],
        "departement": commune.departement_finess,
        "libdepartement": commune.nom_departement.upper(),
        "ligneacheminement": f"{commune.code_postal} {commune.nom_postal}",
        "telephone": one.telephone,
    }


def _entity(one: LegalEntity) -> dict[str, str]:
    said = {"nofiness": one.finess, "siren": one.siren, "codeape": one.ape, "datecrea": one.created}
    return {**_place(one), **said, "statutjuridique": one.statut, "libstatutjuridique": STATUTS[one.statut][0]}


def _establishment(one: Establishment) -> dict[str, str]:
    category = one.category
    return {
        **_place(one),
        "nofinesset": one.finess,
        "nofinessej": one.finess_ej,
        "categetab": one.categorie,
        "libcategetab": category.libelle,
        "categagretab": category.agregat[0],
        "libcategagretab": category.agregat[1],
        "siret": one.siret,
        "codeape": category.ape,
        "codemft": category.mft[0],
        "libmft": category.mft[1],
        "codesph": one.sph,
        "libsph": SPH[one.sph][0],
        "dateouv": one.opened,
        "dateautor": one.opened,
        "datemaj": one.updated,
    }


def _records(one: Establishment) -> Iterator[str]:
    both = {"nofinessej": one.finess_ej, "nofinesset": one.finess}
    names = ("activite", "libactivite", "modalite", "libmodalite", "forme", "libforme")
    for place, activity in enumerate(ACTIVITES.get(one.categorie, ()), start=1):
        said = {**dict(zip(names, activity, strict=True)), "noautorarhgos": f"0B-{one.rank}-{place}"}
        yield _record("activiteoffresoin", {**both, **said, "dateautor": one.opened})
    for place, (code, label) in enumerate(_EQUIPPED.get(one.categorie, ()), start=1):
        said = {
            "eml": code,
            "libeml": label,
            "noautorarhgos": f"0B-{one.rank}-E{place}",
            "numserie": f"SN{one.rank:06}{place}",
        }
        yield _record("equipmateriellourd", {**both, **said, "datemeo": one.opened})
    if one.categorie in _SOCIAL:
        discipline, label, client, welcomed = _SOCIAL[one.categorie]
        capacity = str(sum(unit.capacite for unit in one.units))
        mode, how = _LONG_STAY[one.units[0].kind if one.units else "places"]
        yield _record(
            "equipementsocial",
            {
                "nofinesset": one.finess,
                "de": discipline,
                "libde": label,
                "ta": mode,
                "libta": how,
                "client": client,
                "libclient": welcomed,
                "capautot": capacity,
                "capinstot": capacity,
            },
        )


def _record(tag: str, fields: dict[str, str]) -> str:
    return f"<{tag}>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items()) + f"</{tag}>"
