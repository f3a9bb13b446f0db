"""What structures are authorised for and equipped with is shown, as the register of structures tells it load by load."""

from typing import Any

import httpx
import orjson
import pytest
from tests.foundations.people.conftest import KEY, NOW, OPERATOR, Directory, asked
from tests.foundations.people.files import MARTIN_HOPITAL, archive

from socle.foundations.people.actions import offering
from socle.foundations.structures.permissions import REGISTER as STRUCTURES

SITE = MARTIN_HOPITAL["Numéro FINESS site"]
OTHER = "690000033"
CARE = {
    "activite": "16",
    "modalite": "01",
    "forme": "02",
    "noautorarhgos": "84-01-001",
    "dateautor": "2020-01-01",
    "datemeo": "2020-06-01",
    "indsupact": "N",
    "datemajact": "2025-01-01",
}
SCANNER = {"eml": "05601", "noautorarhgos": "84-01-002", "marque": "DEMO", "numserie": "S-1"}
PLACES = {"de": "924", "ta": "11", "client": "711", "capautot": "80", "capinstot": "78", "ageminiaut": "60"}


class Structures:
    """The register of structures, as its loads leave it."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.loads = 0

    async def settle(self, numero: str, *parts: tuple[int, dict[str, str]], **facts: str) -> None:
        """A load that says of a structure that these are its parts, and no other."""
        self.loads += 1
        s = STRUCTURES
        said = {"rs": "EHPAD DU LAC", "codepostal": "69001", "libcommune": "Lyon", "cog": "69381", **facts}
        rows = [(numero, kind, f"k{kind}", orjson.dumps(values).decode()) for kind, values in parts]
        await self.directory.database.write(
            s,
            [
                (
                    f"INSERT INTO {s}.load (begun, finished, state, difference, sources, who, who_name) "
                    "VALUES ($1, $1, 'kept', true, '[]', 'test', 'test')",
                    (NOW,),
                ),
                (
                    f"INSERT INTO {s}.structure (numero, nature, parent, load, words, facts) VALUES ($1, 2, '690000025', $2, "
                    "'', $3::text::jsonb) ON CONFLICT (numero) DO UPDATE SET facts = EXCLUDED.facts",
                    (numero, self.loads, orjson.dumps(said).decode()),
                ),
                (f"DELETE FROM {s}.part WHERE owner = $1", (numero,)),
                *(
                    (f"INSERT INTO {s}.part (owner, kind, key, facts) VALUES ($1, $2, $3, $4::text::jsonb)", row)
                    for row in rows
                ),
                (
                    f"INSERT INTO {s}.change (load, numero, kind, key, event) VALUES ($1, $2, 2, '', 2)",
                    (self.loads, numero),
                ),
            ],
            self.directory.trace(),
        )

    async def follow(self) -> offering.Suivi:
        there = self.directory
        return await offering.follow(there.repository, there.database, by=OPERATOR, trace=there.trace())


@pytest.fixture
def structures(directory: Directory) -> Structures:
    return Structures(directory)


async def found(directory: Directory, path: str) -> list[dict[str, Any]]:
    async with asked(directory) as client:
        client.headers["ESANTE-API-KEY"] = KEY
        answer: httpx.Response = await client.get(path)
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", [])]


async def test_activities_and_equipment_are_found_by_the_published_parameters(
    directory: Directory, structures: Structures
) -> None:
    await structures.settle(SITE, (4, CARE), (5, SCANNER), (6, PLACES))
    done = await structures.follow()
    assert (done.loads, done.unnumbered) == (1, 0)
    of = f"organization.identifier={SITE}"
    for query in (
        "service-type=16",
        "service-category=01",
        "characteristic=02",
        "identifier=84-01-001",
        f"active=true&service-type=16&{of}",
        "data-information-system=FINESS&identifier=84-01-001",
        "_profile=https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/"
        "as-dp-healthcareservice-healthcare-activity&characteristic=02",
    ):
        [care] = await found(directory, f"/HealthcareService?{query}")
        assert care["identifier"][0]["value"] == "84-01-001", query
    assert len(await found(directory, f"/HealthcareService?{of}")) == 2
    for query in ("type=05601", "manufacturer=demo", "status=active", "identifier=84-01-002", of):
        [scanner] = await found(directory, f"/Device?{query}")
        assert scanner["serialNumber"] == "S-1", query


async def test_they_belong_to_the_structure_that_the_extraction_tells_of(
    directory: Directory, structures: Structures, tmp_path: Any
) -> None:
    await directory.load(archive(tmp_path, [MARTIN_HOPITAL]))
    await structures.settle(SITE, (4, CARE))
    await structures.follow()
    query = f"/HealthcareService?organization.identifier={SITE}&_include=HealthcareService:organization"
    _, place = await found(directory, query)
    assert (place["name"], place["meta"]["versionId"]) == ("HÔPITAL DE DÉMONSTRATION", "1")


async def test_a_structure_without_any_professional_is_shown_with_what_it_has(
    directory: Directory, structures: Structures, tmp_path: Any
) -> None:
    await structures.settle(OTHER, (6, PLACES))
    await structures.follow()
    [place] = await found(directory, f"/Organization?identifier={OTHER}&address-city=lyon&active=true")
    [service] = await found(directory, f"/HealthcareService?organization=Organization/{place['id']}")
    capacity = next(one for one in service["extension"] if one["url"].endswith("as-ext-supported-capacity"))
    assert {"url": "installedCapacity", "valueInteger": 78} in capacity["extension"]
    await directory.load(archive(tmp_path, [MARTIN_HOPITAL]))
    assert len(await found(directory, "/Organization?active=true")) == 2


async def test_what_is_taken_away_comes_back_inactive_with_its_identifiers(
    directory: Directory, structures: Structures
) -> None:
    await structures.settle(SITE, (4, CARE), (5, SCANNER))
    await structures.follow()
    await structures.settle(SITE, (5, SCANNER))
    assert (await structures.follow()).written == 1
    [care] = await found(directory, "/HealthcareService?identifier=84-01-001")
    assert (care["active"], "type" in care, "providedBy" in care) == (False, False, True)


async def test_what_says_the_same_is_not_written_again(directory: Directory, structures: Structures) -> None:
    await structures.settle(SITE, (4, CARE))
    await structures.follow()
    assert (await structures.follow()).loads == 0
    await structures.settle(SITE, (4, CARE))
    again = await structures.follow()
    assert (again.loads, again.written) == (1, 0)


@pytest.mark.parametrize(
    "part", [(4, {**CARE, "noautorarhgos": ""}), (4, {**CARE, "nature": "AMM"}), (6, {**PLACES, "nature": "ASDR"})]
)
async def test_what_its_profile_cannot_hold_is_counted(
    directory: Directory, structures: Structures, part: tuple[int, dict[str, str]]
) -> None:
    await structures.settle(SITE, part)
    assert (await structures.follow()).unnumbered == 1
    assert await found(directory, "/HealthcareService") == []


@pytest.mark.parametrize(
    "question",
    [
        "HealthcareService?organization.identifier=690000025",
        "PractitionerRole?organization.identifier=https://finess.esante.gouv.fr|690000025",
        "Organization?identifier=1690000025",
        f"Organization?partof:identifier={SITE}",
    ],
)
async def test_who_takes_a_legal_entity_for_an_establishment_is_told(
    directory: Directory, structures: Structures, question: str
) -> None:
    await structures.settle(SITE)
    await directory.database.write(
        STRUCTURES,
        [
            (
                f"INSERT INTO {STRUCTURES}.structure (numero, nature, parent, load, words, facts) "
                "VALUES ('690000025', 1, '', 1, '', '{}')",
                (),
            )
        ],
        directory.trace(),
    )
    async with asked(directory) as client:
        client.headers["ESANTE-API-KEY"] = KEY
        answer = (await client.get(question)).json()
    assert answer["total"] == 0
    [issue] = answer["entry"][0]["resource"]["issue"]
    assert "690000025" in issue["diagnostics"]
    assert SITE in issue["diagnostics"]
    assert issue["severity"] == "information"
