"""The FINESS+ files: one JSON document, `pmej[]` legal persons, and in each `ege[]` its establishments (structures v1), or
the activities that both are authorised to carry out (activites v1); `gco[]` and `gcc[]`, the groups that they are of.

Groups name their members by technical ids (`pmSmsseId`, `egeId`), which the same file ties to FINESS numbers: they are kept in
memory while it is read, some tens of bytes for each structure.

What the files do against their own schemas is put right here, and nowhere else: `schemaVersion` at the top or in `metadata`;
X and Y one for the other; codeApe with a dot; blanks at the end; nulls; natures ASR and ASRC, AMSR and ASMR for the same.
Source: ansforge/finess, flux/out/data.gouv, schemas and samples of 2026.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, Final

import ijson

from socle.foundations.structures.formats.fields import faults_of, remarks_of
from socle.foundations.structures.formats.groups import GROUPS, Groups
from socle.foundations.structures.formats.item import Fault, Found, Item, Shape
from socle.foundations.structures.formats.made import clean, located, place
from socle.foundations.structures.formats.shapes import SHAPES
from socle.foundations.structures.rules.places import grid_of, is_swapped
from socle.kernel.outcome import Text

_RULE: Final = "FINESS+ v1"
_CHUNK: Final = 1 << 16
_EJ: Final = SHAPES["plus-ej"]
_ET: Final = SHAPES["plus-et"]
_GEO: Final = SHAPES["plus-geo"]
_EJ_FACTS: Final = {
    "rs": "denominationPm",
    "rslongue": "denominationLonguePmSmsse",
    "complrs": "complementAdressePmSmsse",
    "siren": "siren",
    "codeape": "codeApe",
    "statutjuridique": "statutJuridique",
    "datecrea": "dateCreation",
    "datefermeture": "dateFermeture",
    "fonctionpublique": "fonctionPublique",
}
_ET_FACTS: Final = {
    "rs": "nomEgeCourt",
    "rslongue": "nomEgeLong",
    "complrs": "complementDenominationEg",
    "siret": "siret",
    "dateouv": "dateOuverture",
    "dateautor": "datePremiereAutorisation",
    "datefermeture": "dateFermeture",
    "numuai": "numeroEducationNationale",
}
_ADDRESS: Final = {
    "numvoie": "numeroVoie",
    "typvoie": "typeVoie",
    "voie": "libelleVoie",
    "compvoie": "complementVoie",
    "compldistrib": "complementPointGeographique",
    "lieuditbp": "lieuDit",
    "cog": "cogCommune",
    "codepostal": "codePostal",
}
_OVERSEAS: Final = {
    "971": "9A",
    "972": "9B",
    "973": "9C",
    "974": "9D",
    "975": "9E",
    "976": "9F",
}  # as other files write
_SAME: Final = {"ASRC": "ASR", "ASMR": "AMSR"}
_CARE: Final = frozenset({"AMF", "AMM", "ASR", "AASA"})
_SOCIAL: Final = frozenset({"ASDR", "ASOCR", "AMSR", "AER"})


def read_json(file: BinaryIO, name: str) -> Iterator[Found]:
    """What a FINESS+ file says, in order; `line` is the place in `pmej`, from 1, or in its list of groups."""
    count = 0
    groups = Groups(name)
    persons: list[Any] = ijson.sendable_list()
    found = {key: ijson.sendable_list() for key in GROUPS}
    readers = [ijson.items_coro(persons, "pmej.item"), *(ijson.items_coro(found[key], f"{key}.item") for key in GROUPS)]
    try:
        data = b" "
        while data:
            data = file.read(_CHUNK)
            for reader in readers:
                with suppress(StopIteration):
                    reader.send(data)
            for key in GROUPS:
                groups.take(key, found[key])
                found[key].clear()
            for person in persons:
                count += 1
                groups.name_of(person)
                yield from _said(person, name, count)
            persons.clear()
    except (ijson.IncompleteJSONError, ijson.JSONError) as error:
        cut = isinstance(error, ijson.IncompleteJSONError)
        yield Fault(
            name,
            count + 1,
            "",
            _RULE,
            Text(
                "Le fichier est coupé ou mal formé après cet élément de pmej. Téléchargez-le de nouveau."
                if cut
                else f"JSON mal formé après cet élément de pmej ({error}).",
                "The file is cut or malformed after this element of pmej. Download it again."
                if cut
                else f"Malformed JSON after this element of pmej ({error}).",
            ),
            fatal=True,
        )
        return
    if not count:
        yield _fault(
            name, 0, "pmej", "aucune personne morale (pmej) dans ce fichier", "no legal person (pmej) in this file"
        )
    yield from groups.memberships()


def _said(person: Any, name: str, line: int) -> Iterator[Found]:
    if not isinstance(person, dict):
        yield _fault(name, line, "pmej", "un élément de pmej n'est pas un objet", "an element of pmej is no object")
    elif "informationsGeneralesPMEJ" in person:
        yield from _person(person, name, line)
    elif "numFiness" in person:
        yield from _activities(person, name, line)
    else:
        yield _fault(
            name,
            line,
            "pmej",
            "ni informationsGeneralesPMEJ (structures) ni numFiness (activités)",
            "neither informationsGeneralesPMEJ (structures) nor numFiness (activities)",
        )


def _texts(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    values = {name: given.get(theirs) for name, theirs in names.items()}
    return {
        name: str(value) for name, value in values.items() if value is not None and not isinstance(value, dict | list)
    }


def _person(person: Mapping[str, Any], name: str, line: int) -> Iterator[Found]:
    general = _object(person.get("informationsGeneralesPMEJ"))
    facts = clean(_texts(general, _EJ_FACTS) | _common(person))
    numero = str(general.get("numFinessPm") or "")
    yield from _structure(_EJ, numero, "", facts, person, name, line)
    for site in _list(person.get("ege")):
        general = _object(site.get("informationsGeneralesEGE"))
        facts = clean(
            _texts(general, _ET_FACTS)
            | _texts(site, {"categetab": "categorieentiteGeographiqueExercice", "codemft": "modefixationtarifaire"})
            | _common(site)
        )
        participation = general.get("espic")
        if isinstance(participation, list) and participation and isinstance(participation[0], str):
            facts["codesph"] = participation[0]
        yield from _structure(_ET, str(general.get("numFinessEge") or ""), numero, facts, site, name, line)


def _common(one: Mapping[str, Any]) -> dict[str, str]:
    facts = _texts(_address(one), _ADDRESS)
    town = str(_address(one).get("ligneAcheminement") or "").strip()
    if town:
        facts["libcommune"] = town
        facts["ligneacheminement"] = f"{facts.get('codepostal', '')} {town}".strip()
    if "cog" in facts:
        facts["departement"] = _OVERSEAS.get(facts["cog"][:3], facts["cog"][:2])
    updated = str(one.get("dateDerniereMaj") or "")[:10]
    if updated:
        facts["datemaj"] = updated
    for contact in _list(one.get("contact")):
        reach = _object(contact.get("telecom"))
        for field, theirs in (("telephone", "telephone"), ("telecopie", "telecopie"), ("courriel", "mail")):
            if reach.get(theirs) and field not in facts:
                facts[field] = str(reach[theirs])
    return facts


def _address(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """The address of the place itself (usage 03) rather than that of letters."""
    addresses = list(_list(one.get("adresse")))
    return next((a for a in addresses if a.get("usageAdresse") == "03"), addresses[0] if addresses else {})


def _structure(
    shape: Shape, numero: str, parent: str, facts: dict[str, str], one: Mapping[str, Any], name: str, line: int
) -> Iterator[Found]:
    if "codeape" in facts:
        facts["codeape"] = facts["codeape"].replace(".", "")
    # An object that is inactive and has no closing date is closed since its last update, at the latest.
    if one.get("etatObjet") == "I" and "datefermeture" not in facts and "datemaj" in facts:
        facts["datefermeture"] = facts["datemaj"]
    field = "nofiness" if shape is _EJ else "nofinesset"
    values = {field: numero, **facts} | ({"nofinessej": parent} if shape is _ET else {})
    required = ("nofiness", "rs") if shape is _EJ else ("nofinesset", "nofinessej", "rs")
    faults = faults_of(name, line, values, required)
    if faults:
        yield from faults
        return
    yield from remarks_of(name, line, values)
    kept: dict[str, Any] = dict(facts)
    place(kept)
    yield Item(shape, numero, kept, line, parent)
    if shape is _ET:
        yield from _position(numero, _object(_address(one).get("coordonneesGeographique")), name, line)


def _position(numero: str, given: Mapping[str, Any], name: str, line: int) -> Iterator[Found]:
    """Latitude and longitude as they are given; else from the grid, where X and Y are often one for the other."""
    texts = clean(
        _texts(
            given,
            {"x": "coordonneeX", "y": "coordonneeY", "lat": "directionLatitude", "lon": "directionLongitude"},
        )
    )
    try:
        numbers = {field: float(value) for field, value in texts.items()}
    except ValueError:
        yield _fault(
            name,
            line,
            "coordonneesGeographique",
            f"les coordonnées de {numero} ne sont pas des nombres",
            f"the coordinates of {numero} are not numbers",
        )
        return
    if "lat" in numbers and "lon" in numbers and abs(numbers["lat"]) <= 90 and abs(numbers["lon"]) <= 180:
        if numbers["lat"] or numbers["lon"]:
            yield Item(_GEO, numero, {"lat": numbers["lat"], "lon": numbers["lon"], "sourcecoordet": "BAN"}, line)
        return
    if "x" in numbers and "y" in numbers:
        x, y = numbers["x"], numbers["y"]
        if is_swapped(grid_of("", numero[:2]), x, y):
            x, y = y, x
        yield from located(_GEO, numero, {"coordxet": str(x), "coordyet": str(y)}, name, line)


def _activities(person: Mapping[str, Any], name: str, line: int) -> Iterator[Found]:
    numero = str(person.get("numFiness") or "")
    for activity in _list(person.get("activitesAutorisees")):
        yield from _activity(activity, "nofinessej", numero, name, line)
    for site in _list(person.get("ege")):
        for activity in _list(site.get("activitesExercees")):
            yield from _activity(activity, "nofinesset", str(site.get("numFinessEge") or ""), name, line)


def _activity(activity: Mapping[str, Any], field: str, owner: str, name: str, line: int) -> Iterator[Found]:
    general = _object(activity.get("caracteristiquesGeneriques"))
    nature = _object(activity.get("nature"))
    code = str(nature.get("codeNature") or "")
    code = _SAME.get(code, code)
    faults = faults_of(name, line, {field: owner}, (field,))
    if not general.get("activiteAeId"):
        faults.append(
            _fault(
                name,
                line,
                "activiteAeId",
                f"une activité de {owner} n'a pas d'activiteAeId",
                f"an activity of {owner} has no activiteAeId",
            )
        )
    if code not in _CARE | _SOCIAL | {"EML"}:
        faults.append(
            _fault(
                name,
                line,
                "codeNature",
                f"« {code} » n'est pas une nature d'activité connue",
                f"“{code}” is no known nature of activity",
            )
        )
    if faults:
        yield from faults
        return
    specific = _object(nature.get("caracteristiquesSpecifiques"))
    typed = next((_object(value) for key, value in specific.items() if key.startswith("typeActivite")), {})
    facts: dict[str, Any] = {
        key: str(value)
        for key, value in {
            "nature": code,
            "etatobjet": general.get("etatObjet"),
            "noautorarhgos": general.get("numAutorisationArhgos"),
            "noautor": general.get("identifiantAutorisation"),
            "dateautor": general.get("dateDebutActiviteAutorisee"),
            "datefin": general.get("dateFinEffectiveActivite") or general.get("dateFinActiviteAutorisee"),
            "datelimite": general.get("dateCaduciteAutorisation"),
            "numserie": specific.get("numeroSerie"),
            "marque": specific.get("marque"),
            **{_FIELDS.get(key, key.lower()): value for key, value in typed.items()},
        }.items()
        if value not in (None, "")
    }
    capacities = [
        {
            "nombre": str(one["nombre"]),
            "statut": str(one.get("statutCapacite") or ""),
            "unite": str(one.get("uniteMesureCapacite") or ""),
        }
        for one in _list(activity.get("capacite"))
        if one.get("nombre") not in (None, "")
    ]
    if capacities:
        facts["capacites"] = capacities
    shape = SHAPES["plus-equipment" if code == "EML" else "plus-activity" if code in _CARE else "plus-social"]
    yield Item(shape, owner, facts, line, key=str(general["activiteAeId"]))


_FIELDS: Final = {
    "activiteSanitaireRegulee": "activite",
    "activiteAMF": "activite",
    "activiteAMM": "activite",
    "modaliteActivite": "modalite",
    "modaliteAMM": "modalite",
    "formeActivite": "forme",
    "mentionAMM": "mention",
    "ptsAMM": "pts",
    "declarationAMM": "declaration",
    "activiteSanitaireDiverseRegulee": "de",
    "activiteSocialeRegulee": "de",
    "activiteEnseignementRegulee": "de",
    "modeFonctionnement": "ta",
    "public": "client",
    "typeEmlId": "eml",
}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def _fault(name: str, line: int, field: str, fr: str, en: str) -> Fault:
    return Fault(name, line, field, _RULE, Text(f"{fr[0].upper()}{fr[1:]}.", f"{en[0].upper()}{en[1:]}."))
