"""What is served conforms to FR Core; the packages stand beside the project."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from tests.foundations.structures.support import EJ1, ET1
from tests.kernel.fhir.packages.making import OFFICIAL, needs_official

from socle.foundations.structures.model import Nature, Part, PartKind, Structure
from socle.foundations.structures.store.showing import resources
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.packages.library import Looking, library_of
from socle.kernel.fhir.validation import CoreCodes, validate
from socle.kernel.store import Json

PACKAGES = ("hl7.fhir.fr.core-2.2.0.tgz", "ans.fhir.fr.annuaire-1.2.0-snapshot-2.tgz")
PLACE = {
    "rs": "HOPITAL DU PONT",
    "rslongue": "HOPITAL DU PONT DE VIRIAT",
    "complrs": "CH",
    "numvoie": "900",
    "typvoie": "RTE",
    "voie": "DE PARIS",
    "lieuditbp": "BP 12",
    "cog": "01451",
    "codepostal": "01440",
    "libcommune": "VIRIAT",
    "libdepartement": "AIN",
    "telephone": "0400000001",
    "courriel": "accueil@exemple.fr",
}


def part(kind: PartKind, owner: str, **facts: Any) -> Part:
    """Something attached."""
    return Part(kind, owner, "a1b2", facts)


def served() -> Sequence[Json]:
    """Everything that a structure shows, open and closed, its entity known or not."""
    entity = Structure(
        EJ1, Nature.EJ, "", {**PLACE, "siren": "260104633", "statutjuridique": "13", "datecrea": "1990-01-01"}
    )
    site = Structure(
        ET1,
        Nature.ET,
        EJ1,
        {
            **PLACE,
            "siret": "26010004500012",
            "categetab": "355",
            "libcategetab": "CH",
            "codesph": "1",
            "dateouv": "1979-02-13",
        },
    )
    closed = Structure(ET1, Nature.ET, EJ1, site.facts, date(2026, 1, 1))
    parts = [
        part(PartKind.GEOLOCATION, ET1, lat=46.2, lon=5.25),
        part(PartKind.ACTIVITY, ET1, activite="03", modalite="11", forme="01", noautorarhgos="84-01-1"),
        part(PartKind.EQUIPMENT, ET1, eml="05602", libeml="Scanographe", numserie="S1", marque="0001"),
        part(PartKind.SOCIAL, ET1, de="924", ta="11", client="711", capautot="85", capinstot="80"),
    ]
    today = date(2026, 11, 29)
    made = [
        *resources(entity, parts[1:2], known=False, today=today),
        *resources(site, parts, known=True, today=today),
        *resources(closed, parts, known=False, today=today),
    ]
    for one in made:
        one.setdefault("meta", {})["lastUpdated"] = "2026-11-29T09:00:00.000Z"
    return made


@pytest.fixture(scope="module")
def library() -> Looking:
    """The profiles, with their snapshots."""
    return library_of([OFFICIAL / name for name in PACKAGES])


@needs_official
def test_what_is_served_conforms_to_the_published_profiles(library: Looking) -> None:
    for resource in served():
        report = validate(parse(serialise(resource)), library, CoreCodes(library))
        profiles = {one.partition("|")[0] for one in resource["meta"].get("profile", ())}
        assert profiles <= {one.partition("|")[0] for one in report.profiles}
        wrong = [issue for issue in report.issues if issue.severity not in ("warning", "information")]
        assert report.valid, (resource["resourceType"], resource["id"], wrong[:3])
