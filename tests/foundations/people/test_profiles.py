"""What is served conforms to the profiles that the Annuaire publishes; the packages stand beside the project."""

from collections.abc import Sequence

import pytest
from tests.foundations.people.files import (
    COMPETENCE,
    DEGREE,
    DURAND,
    MARTIN,
    MARTIN_HOPITAL,
    RPPS,
)
from tests.kernel.fhir.packages.making import OFFICIAL, needs_official

from socle.foundations.people.model import BAL, TypeBAL
from socle.foundations.people.model.colonnes import ACTIVITE, DIPLOME, SAVOIR_FAIRE, STRUCTURE_FROM, Sorte
from socle.foundations.people.store import fhir
from socle.kernel.fhir.packages.library import Looking, library_of
from socle.kernel.fhir.validation import CoreCodes, validate
from socle.kernel.store import Json

PACKAGES = ("ans.fhir.fr.annuaire-1.2.0-snapshot-2.tgz", "hl7.fhir.fr.core-2.2.0.tgz")
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
    for one in everything:
        one["meta"]["lastUpdated"] = "2026-05-04T09:00:00.000Z"
    return everything


@pytest.fixture(scope="module")
def library() -> Looking:
    """The profiles, with their snapshots."""
    return library_of([OFFICIAL / name for name in PACKAGES])


@needs_official
@pytest.mark.parametrize(
    "resource", served(), ids=lambda one: f"{one['resourceType']}-{one['active']}-{one['id'][-4:]}"
)
def test_what_is_served_conforms_to_the_published_profiles(resource: Json, library: Looking) -> None:
    report = validate(resource, library, CoreCodes(library))
    profiles = {one.partition("|")[0] for one in resource["meta"]["profile"]}
    assert profiles <= {one.partition("|")[0] for one in report.profiles}
    assert report.valid, [issue for issue in report.issues if issue.severity != "warning"][:3]
