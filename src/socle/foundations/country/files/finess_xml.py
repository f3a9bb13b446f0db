"""The standard feeds of FINESS in XML: cs1400101 legal entities, 102 establishments, 103 care,
104 heavy equipment, 105 social equipment, 109 positions.

Elements and order: the XSDs V4.1. All elements are there, empty ones as nil. Closed structures are in these files.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from socle.foundations.country.categories import ACTIVITES, CATEGORIES, EQUIPPED, SOCIAL, SPH, STATUTS
from socle.foundations.country.country import Country
from socle.foundations.country.places import plain, projected
from socle.foundations.country.structures import Establishment

_PLACE_EJ: Final = (
    "numvoie typvoie voie compvoie compldistrib lieuditbp libellepays commune ligneacheminement libcommune"
)
_PLACE_ET: Final = (
    "complrs compldistrib numvoie typvoie voie compvoie lieuditbp commune libcommune departement libdepartement codepostal "
    "ligneacheminement codepays libellepays"
)
_DATES: Final = "datemeo datefin"
EJ: Final = (
    f"nofiness rs rslongue complrs {_PLACE_EJ} departement libdepartement codepostal codepays telephone telecopie "
    "statutjuridique libstatutjuridique libcourtstatutjuridique categetab libcategetab libcourtcategetab siren "
    "datemodifsiren originemodifsiren codeape datecrea datemaj datefermeture typefermeture qualifcreation"
).split()
ET: Final = (
    f"nofinesset nofinessej rs rslongue {_PLACE_ET} telephone telecopie courriel categetab libcategetab libcourtcategetab "
    "categagretab libcategagretab libcourtcategagretab typeet nofinessppal natureet siret datemodifsiret "
    "originemodifsiret codeape codemft libmft libcourtmft codesph libsph libcourtsph dateouv datelimite indcaduc "
    "typefermeture datefermeture dateautor datemaj numuai"
).split()
CARE: Final = (
    "nofinessej rsej activite libactivite modalite libmodalite forme libforme noautor dateautor indnatlien nofinesset "
    f"rset noligautor noligautoranc noautorarhgos noimplarhgos noancautact noancauteml sectpsy libsectpsy {_DATES} "
    "datelimite indcaduc daterenouv indrenouv indsupact indsupsite datemajact datemajsite"
).split()
EQUIPMENT: Final = (
    "nofinessej rsej eml libeml libcourteml noautor noautorarhgos noimplarhgos dateautor nofinesset numserie marque rset "
    f"datelimite indcaduc indnatlien {_DATES} indrempl noautorremplacement indsup datemaj"
).split()
_CAPACITIES: Final = "capautot capautm capautf capauthab"
WELCOME: Final = (
    "nofinesset de libde libcourtde ta libta libcourtta client libclient libcourtclient sourceinfo libsourceinfo capinstot "
    f"capinstm capinstf capinsthab ageminiinst agemaxiinst indsupinst datederinst datepremautor {_CAPACITIES} "
    "ageminiaut agemaxiaut indsupaut dateautor datemajaut datemajinst"
).split()
ET_SHORT: Final = f"nofinesset rs {_PLACE_ET} categetab dateouv indcaduc datefermeture dateautor datemaj".split()
POSITION: Final = ("nofinesset", "coordxet", "coordyet", "sourcecoordet", "datemaj")
END: Final = "</fluxfiness>\n"


def beginning(country: Country) -> str:
    """The envelope and who sends what to whom."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<fluxfiness xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
        "  <horodatage>\n    <emetteur>FINESS</emetteur>\n    <destinataire>ETALAB</destinataire>\n"
        f"    <versionmessage>4.1</versionmessage>\n    <fluxnum>{country.day}</fluxnum>\n"
        f"    <datemaj>{country.date.isoformat()}</datemaj>\n  </horodatage>\n"
    )


def entities(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Elements `structureej` of these ranks, and how many."""
    made = [
        _element(
            "structureej",
            EJ,
            {
                "nofiness": entity.finess,
                "rs": entity.raison_sociale,
                "rslongue": entity.raison_sociale_longue,
                "numvoie": entity.address.numero,
                "typvoie": entity.address.code_voie,
                "voie": entity.address.voie,
                "commune": entity.address.commune.code[-3:],
                **_town(entity.address.commune.code_postal, entity.address.commune.nom_postal),
                "departement": entity.address.commune.departement_finess,
                "libdepartement": plain(entity.address.commune.nom_departement)[:24],
                "telephone": entity.telephone,
                "statutjuridique": entity.statut,
                "libstatutjuridique": STATUTS[entity.statut][0],
                "libcourtstatutjuridique": STATUTS[entity.statut][1],
                "siren": entity.siren,
                "codeape": entity.ape,
                "datecrea": entity.created,
                "datemaj": entity.updated,
                "qualifcreation": "GEN",
            },
        )
        for entity in country.entities(start, stop)
    ]
    return "".join(made), len(made)


def establishments(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Elements `structureet` of these ranks, closed ones with their date, and how many."""
    made = [
        _element(
            "structureet",
            ET,
            {
                **_site(site),
                "nofinessej": site.finess_ej,
                "rslongue": site.raison_sociale_longue,
                "telephone": site.telephone,
                "libcategetab": site.category.libelle,
                "libcourtcategetab": site.category.court,
                "categagretab": site.category.agregat[0],
                "libcategagretab": site.category.agregat[1],
                "libcourtcategagretab": site.category.agregat[1][:20].rstrip(),
                "typeet": "S" if site.principal else "P",
                "nofinessppal": site.principal,
                "natureet": "G",
                "siret": site.siret,
                "codeape": site.category.ape,
                "codemft": site.category.mft[0],
                "libmft": site.category.mft[1],
                "libcourtmft": site.category.mft[1][:20].rstrip(),
                "codesph": site.sph,
                "libsph": SPH[site.sph][0],
                "libcourtsph": SPH[site.sph][1],
                "typefermeture": "DEF" if site.closed else "",
            },
        )
        for site in country.establishments(start, stop)
    ]
    return "".join(made), len(made)


def care(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Elements `activiteoffresoin`: the authorised care of these establishments, and how many."""
    made = []
    for site in country.establishments(start, stop):
        activities = ACTIVITES.get(site.categorie, ())
        name = country.entity(site.owner).raison_sociale if activities else ""
        for at, (activity, label, modality, modality_label, form, form_label) in enumerate(activities):
            made.append(
                _element(
                    "activiteoffresoin",
                    CARE,
                    {
                        "nofinessej": site.finess_ej,
                        "rsej": name,
                        "activite": activity,
                        "libactivite": label,
                        "modalite": modality,
                        "libmodalite": modality_label,
                        "forme": form,
                        "libforme": form_label,
                        "noautorarhgos": f"0B-{site.rank}-{at + 1}",
                        "dateautor": site.opened,
                        "indnatlien": "J",
                        "nofinesset": site.finess,
                        "rset": site.raison_sociale,
                        "datemeo": site.opened,
                        "datefin": site.closed,
                        "indcaduc": "N",
                        "indsupact": "N",
                        "indsupsite": "O" if site.closed else "N",
                        "datemajact": site.updated,
                        "datemajsite": site.updated,
                    },
                )
            )
    return "".join(made), len(made)


def equipment(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Elements `equipmateriellourd` of these establishments, and how many."""
    made = []
    for site in country.establishments(start, stop):
        machines = EQUIPPED.get(site.categorie, ())
        name = country.entity(site.owner).raison_sociale if machines else ""
        for at, (code, label) in enumerate(machines, 1):
            values = {
                "nofinessej": site.finess_ej,
                "rsej": name,
                "eml": code,
                "libeml": label,
                "libcourteml": label[:20].rstrip(),
                "noautorarhgos": f"0B-{site.rank}-E{at}",
                "dateautor": site.opened,
                "nofinesset": site.finess,
                "numserie": f"SN{site.rank:06}{at}",
                "rset": site.raison_sociale,
                "indcaduc": "N",
                "indnatlien": "J",
                "datemeo": site.opened,
                "datefin": site.closed,
                "indsup": "O" if site.closed else "N",
                "datemaj": site.updated,
            }
            made.append(_element("equipmateriellourd", EQUIPMENT, values))
    return "".join(made), len(made)


def social(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Elements `equipementsocial`: whom these establishments welcome, and how many elements."""
    made = []
    for site in country.establishments(start, stop):
        if (welcome := SOCIAL.get(site.categorie)) is None:
            continue
        discipline, label, mode, how, client, who = welcome
        capacity = f"{sum(unit.capacite for unit in site.units)}"
        values = {
            "nofinesset": site.finess,
            "de": discipline,
            "libde": label,
            "libcourtde": label[:20].rstrip(),
            "ta": mode,
            "libta": how,
            "libcourtta": how[:20].rstrip(),
            "client": client,
            "libclient": who,
            "libcourtclient": who[:20].rstrip(),
            "capinstot": capacity,
            "capautot": capacity,
            "indsupinst": "O" if site.closed else "N",
            "indsupaut": "O" if site.closed else "N",
            "dateautor": site.opened,
            "datemajaut": site.updated,
            "datemajinst": site.updated,
        }
        made.append(_element("equipementsocial", WELCOME, values))
    return "".join(made), len(made)


def positions(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Elements `structureet` in short, then `geolocalisation`, of these ranks; how many establishments."""
    sites = list(country.establishments(start, stop))
    made = [_element("structureet", ET_SHORT, _site(site)) for site in sites]
    for site in sites:
        x, y, epsg = projected(site.address.commune.departement, site.address.latitude, site.address.longitude)
        values = {
            "nofinesset": site.finess,
            "coordxet": f"{x}",
            "coordyet": f"{y}",
            "sourcecoordet": f"1,SOCLE,100,SYNTHETIQUE,EPSG:{epsg}",
            "datemaj": site.updated,
        }
        made.append(_element("geolocalisation", POSITION, values))
    return "".join(made), len(sites)


def _site(site: Establishment) -> dict[str, str]:
    address, commune = site.address, site.address.commune
    return {
        "nofinesset": site.finess,
        "rs": site.raison_sociale,
        "numvoie": address.numero,
        "typvoie": address.code_voie,
        "voie": address.voie,
        "commune": commune.code[-3:],
        **_town(commune.code_postal, commune.nom_postal),
        "departement": commune.departement_finess,
        "libdepartement": plain(commune.nom_departement)[:24],
        "categetab": site.categorie,
        "dateouv": site.opened,
        "indcaduc": "N",
        "datefermeture": site.closed,
        "dateautor": site.opened,
        "datemaj": site.updated,
    }


def _town(postal: str, name: str) -> dict[str, str]:
    return {"libcommune": name, "codepostal": postal, "ligneacheminement": f"{postal} {name[:26]}"}


def _element(tag: str, fields: Iterable[str], values: Mapping[str, str]) -> str:
    inside = "".join(
        f"    <{field}>{escape(value)}</{field}>\n"
        if (value := values.get(field, ""))
        else f'    <{field} xsi:nil="true"/>\n'
        for field in fields
    )
    return f"  <{tag}>\n{inside}  </{tag}>\n"


assert all(category.court for category in CATEGORIES.values())
