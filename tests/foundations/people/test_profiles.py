"""What is served conforms to the profiles that the Annuaire publishes; the packages stand beside the project."""

from collections.abc import Sequence
from datetime import date

import pytest
from tests.foundations.people.files import (
    COMPETENCE,
    DEGREE,
    DURAND,
    MARTIN,
    MARTIN_HOPITAL,
    RPPS,
)
from tests.foundations.people.test_offering import CARE, PLACES, SCANNER
from tests.kernel.fhir.packages.making import OFFICIAL, needs_official

from socle.foundations.people.model import BAL, TypeBAL
from socle.foundations.people.model.colonnes import ACTIVITE, DIPLOME, SAVOIR_FAIRE, STRUCTURE_FROM, Sorte
from socle.foundations.people.store import fhir, services
from socle.foundations.structures.model import Nature, Part, PartKind, Structure
from socle.kernel.fhir.packages.library import Looking, library_of
from socle.kernel.fhir.validation import CoreCodes, validate
from socle.kernel.store import Json

PACKAGES = ("ans.fhir.fr.annuaire-1.2.0-snapshot-2.tgz", "hl7.fhir.fr.core-2.2.0.tgz")
TODAY = date(2026, 5, 4)
BALS = [
    BAL("helene@exemple.mssante.fr", TypeBAL.PER, rang=1),
    BAL("cab@exemple.mssante.fr", TypeBAL.CAB, "Secrétariat"),
]


def kept(sorte: Sorte, values: dict[str, str]) -> tuple[str, list[str]]:
    columns = {Sorte.ACTIVITE: ACTIVITE, Sorte.DIPLOME: DIPLOME, Sorte.SAVOIR_FAIRE: SAVOIR_FAIRE}[sorte]
    return sorte, [values.get(name, "") for name in columns]


def served() -> Sequence[Json]:
    """Everything that a load makes, open and closed."""
    id_nat = f"8{RPPS[0]}"
    allowed = {**DEGREE, "Code type autorisation": "AUT01", "Code discipline autorisation": "D01"}
    lines = [
        kept(Sorte.ACTIVITE, MARTIN),
        kept(Sorte.ACTIVITE, MARTIN_HOPITAL),
        kept(Sorte.DIPLOME, allowed),
        kept(Sorte.SAVOIR_FAIRE, COMPETENCE),
    ]
    places = [kept(Sorte.ACTIVITE, one)[1][STRUCTURE_FROM:] for one in (MARTIN, MARTIN_HOPITAL, DURAND)]
    everything = [
        fhir.practitioner(id_nat, lines, BALS),
        *fhir.roles(id_nat, lines, lambda id: BALS[:1]),
        *(fhir.organization(one, [BAL("urgences@exemple.mssante.fr", TypeBAL.ORG, "Accueil")]) for one in places),
    ]
    everything += [fhir.closed(one) for one in everything]
    everything += equipped()
    for one in everything:
        one["meta"]["lastUpdated"] = "2026-05-04T09:00:00.000Z"
    return everything


def equipped() -> list[Json]:
    """What a structure is authorised for and equipped with; then taken away; and the structure that nobody else tells of."""
    place = Structure(
        "690000017",
        Nature.ET,
        "690000025",
        {"rs": "EHPAD DU LAC", "cog": "69381", "libcommune": "Lyon", "siret": "1" * 14},
    )
    shown = [
        services.service_of(place, Part(PartKind(kind), place.numero, f"k{kind}", facts), "001-F690000017", TODAY)
        for kind, facts in ((4, CARE), (5, SCANNER), (6, PLACES))
    ]
    there = [one for one in shown if one is not None]
    return [*there, *(services.withdrawn(one) for one in there), services.organization_of(place, (), TODAY)]


@pytest.fixture(scope="module")
def library() -> Looking:
    """The profiles, with their snapshots."""
    return library_of([OFFICIAL / name for name in PACKAGES])


@needs_official
@pytest.mark.parametrize(
    "resource",
    served(),
    ids=lambda one: f"{one['resourceType']}-{one.get('active', one.get('status'))}-{one['id'][-4:]}",
)
def test_what_is_served_conforms_to_the_published_profiles(resource: Json, library: Looking) -> None:
    report = validate(resource, library, CoreCodes(library))
    profiles = {one.partition("|")[0] for one in resource["meta"]["profile"]}
    assert profiles <= {one.partition("|")[0] for one in report.profiles}
    assert report.valid, [issue for issue in report.issues if issue.severity != "warning"][:3]
