"""FINESS+: two JSON documents, structures (legal persons and their establishments) and authorised activities.

Shapes: the samples that the ANS publishes, with what they do against their schemas: X holds the northing and Y the
easting, closed structures keep blanks at the end of their names.
"""

from typing import Any, Final

import orjson

from socle.foundations.country.categories import ACTIVITES
from socle.foundations.country.country import Country
from socle.foundations.country.places import projected
from socle.foundations.country.structures import Address, Establishment, LegalEntity

END: Final = "\n ]\n}\n"


def beginning(country: Country, *, structures: bool) -> str:
    """The document up to its first legal person."""
    groups = '  "gcc" : [ ],\n  "gco" : [ ],\n' if structures else ""
    return (
        f'{{\n  "schemaVersion" : "v1.0.0",\n  "generatedAt" : "{country.date.isoformat()}T04:00:00.000000000Z",\n'
        f'{groups}  "pmej" : [\n'
    )


def structures(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Legal persons of these ranks with their establishments, commas between; how many establishments."""
    made, count = [], 0
    for entity in country.entities(start, stop):
        sites = [country.establishment(rank) for rank in entity.etablissements]
        count += len(sites)
        made.append(orjson.dumps(_person(entity, sites)).decode())
    return ",\n".join(made), count


def activities(country: Country, start: int, stop: int) -> tuple[str, int]:
    """Legal persons of these ranks that are authorised for something, commas between; how many activities."""
    made, count = [], 0
    for entity in country.entities(start, stop):
        sites = [country.establishment(rank) for rank in entity.etablissements]
        exercised = [(site, _activities(site)) for site in sites if site.categorie in ACTIVITES]
        if not exercised:
            continue
        count += sum(len(found) for _, found in exercised)
        person = {
            "numFiness": entity.finess,
            "pmSmsseId": f"{entity.rank + 1}",
            "activitesAutorisees": [],
            "ege": [
                {"numFinessEge": site.finess, "egeId": f"{site.rank + 1}", "activitesExercees": found}
                for site, found in exercised
            ],
        }
        made.append(orjson.dumps(person).decode())
    return ",\n".join(made), count


def _person(entity: LegalEntity, sites: list[Establishment]) -> dict[str, Any]:
    return {
        "informationsGeneralesPMEJ": {
            "pmSmsseId": f"{entity.rank + 1}",
            "codeApe": f"{entity.ape[:2]}.{entity.ape[2:]}",
            "dateCreation": entity.created,
            "denominationLonguePmSmsse": entity.raison_sociale_longue,
            "denominationPm": entity.raison_sociale,
            "numFinessPm": entity.finess,
            "siren": entity.siren,
            "statutJuridique": entity.statut,
            "typePersonneMorale": "01",
        },
        "adresse": [_address(entity.address, "02")],
        "contact": _contact(entity.telephone),
        "engagement": [],
        "evenement": [_event("PM", entity.rank + 1, "001", entity.created)],
        "ege": [_site(site) for site in sites],
        "etatObjet": "A",
        "dateDerniereMaj": f"{entity.updated} 00:00:00",
    }


def _site(site: Establishment) -> dict[str, Any]:
    blanks = "     " if site.closed else ""
    general = {
        "egeId": f"{site.rank + 1}",
        "dateOuverture": site.opened,
        "datePremiereAutorisation": site.opened,
        "nomEgeCourt": site.raison_sociale + blanks,
        "nomEgeLong": site.raison_sociale_longue + blanks,
        "numFinessEge": site.finess,
        "espic": [site.sph],
        "siret": site.siret,
    }
    if site.closed:
        general["dateFermeture"] = site.closed
    return {
        "informationsGeneralesEGE": general,
        "categorieentiteGeographiqueExercice": site.categorie,
        "modefixationtarifaire": site.category.mft[0],
        "typeBudget": ["01"],
        "adresse": [_address(site.address, "03")],
        "contact": _contact(site.telephone),
        "engagement": [],
        "evenement": [_event("EG", site.rank + 1, "003", site.opened)],
        "roleEge": [],
        "etatObjet": "I" if site.closed else "A",
        "dateDerniereMaj": f"{site.updated} 00:00:00",
    }


def _address(address: Address, usage: str) -> dict[str, Any]:
    x, y, _ = projected(address.commune.departement, address.latitude, address.longitude)
    return {
        "usageAdresse": usage,
        "numeroVoie": address.numero,
        "typeVoie": address.code_voie,
        "libelleVoie": address.voie,
        "cogCommune": address.commune.code,
        "ligneAcheminement": address.commune.nom_postal,
        "ligneQuatre": address.ligne,
        "codePostal": address.commune.code_postal,
        "coordonneesGeographique": {
            "coordonneeX": f"{y}",
            "coordonneeY": f"{x}",
            "directionLatitude": f"{address.latitude}",
            "directionLongitude": f"{address.longitude}",
            "scoreBAN": "1.0",
        },
    }


def _contact(phone: str) -> list[dict[str, Any]]:
    return [{"typeContact": {"roleContact": "01"}, "telecom": {"telephone": phone}}]


def _event(kind: str, identifier: int, code: str, on: str) -> dict[str, str]:
    return {
        "evenementId": f"{identifier * 4 + (kind == 'EG')}",
        "dateEnregistrement": f"{on} 00:00:00",
        "dateEvenement": on,
        "etatObjet1": code,
        "identifiantObjet1": f"{identifier}",
        "systemeMaitre": "01",
        "typeObjet1": kind,
        "codeEvenement": code,
    }


def _activities(site: Establishment) -> list[dict[str, Any]]:
    return [
        {
            "caracteristiquesGeneriques": {
                "activiteAeId": f"{site.rank * 8 + at + 1}",
                "etatObjet": "I" if site.closed else "A",
                "identifiantAutorisation": None,
                "numAutorisationArhgos": f"0B-{site.rank}-{at + 1}",
                "dateDebutActiviteAutorisee": site.opened,
                "dateFinActiviteAutorisee": site.closed or None,
                "dateFinEffectiveActivite": None,
                "dateCaduciteAutorisation": None,
                "egeId": f"{site.rank + 1}",
                "typeActiviteSMSSE": f"{at + 1}",
                "pmSmsseExploitanteId": None,
            },
            "nature": {
                "codeNature": "AMF",
                "caracteristiquesSpecifiques": {
                    "aaSoinAmfId": None,
                    "activiteAeId": None,
                    "typeActiviteAMF": {"activiteAMF": activity, "modaliteActivite": modality, "formeActivite": form},
                },
            },
            "evenement": [],
            "engagement": [],
            "capacite": [],
            "zoneIntervention": None,
        }
        for at, (activity, _, modality, _, form, _) in enumerate(ACTIVITES[site.categorie])
    ]
