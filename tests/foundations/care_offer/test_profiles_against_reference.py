"""Each access profile finds what a slow search finds in the world as that profile is shown it, however far it asks."""

from typing import Any

from tests.conftest import OpenDatabase
from tests.foundations.care_offer.support import BASE, NOW

from socle.foundations.care_offer.api.endpoint import ENDPOINT
from socle.foundations.care_offer.demo import trace_at
from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.profil import Around, ProfilAcces
from socle.foundations.care_offer.rules import visibility
from socle.foundations.care_offer.store.communes import COMMUNES
from socle.foundations.care_offer.store.sight import Seen, around_offers
from socle.foundations.care_offer.synthetic import resources
from socle.foundations.country import Country
from socle.kernel.fhir.definitions import r4
from socle.kernel.search.reference import Entry, Reference
from socle.kernel.search.repository import Repository
from socle.kernel.store import Unit

Json = dict[str, Any]
Pairs = list[tuple[str, str]]


def refers(resource: Json, *path: str) -> list[str]:
    """References of an element, repeated or not."""
    found = resource.get(path[0], [])
    return [one["reference"] for one in (found if isinstance(found, list) else [found]) if "reference" in one]


def around(world: list[Json], resource: Json) -> Around:
    """The offers around a resource, by reading everything."""
    offers = {f"HealthcareService/{one['id']}": one for one in world if one["resourceType"] == "HealthcareService"}
    roles = [one for one in world if one["resourceType"] == "PractitionerRole"]
    own = f"{resource['resourceType']}/{resource['id']}"
    match resource["resourceType"]:
        case "HealthcareService":
            return around_offers([resource])
        case "Location":
            return around_offers([one for one in offers.values() if own in refers(one, "location")])
        case "Organization":
            return around_offers([one for one in offers.values() if own in refers(one, "providedBy")])
        case "PractitionerRole":
            roles = [resource]
        case "Practitioner":
            roles = [one for one in roles if own in refers(one, "practitioner")]
    return around_offers([offers[one] for role in roles for one in refers(role, "healthcareService") if one in offers])


def made_world() -> list[Json]:
    """Two establishments; a place within a hidden place within a seen one; professionals of hidden units, and of both kinds."""
    world = list(resources(Country.demo(), NOW, establishments=3, practitioners=6))
    named = {f"{one['resourceType']}/{one['id']}": one for one in world}
    unit, place = named["HealthcareService/offre-0-1"], named["Location/lieu-0-1"]
    flags = [{**one, "valueBoolean": True} if one["url"] == names.SENSITIVE else one for one in unit["extension"]]
    person = {"resourceType": "Practitioner", "id": "p", "name": [{"family": "Protegee"}]}

    def role(id: str, offer: str) -> Json:
        return {
            "resourceType": "PractitionerRole",
            "id": id,
            "practitioner": {"reference": "Practitioner/p"},
            "healthcareService": [{"reference": f"HealthcareService/{offer}"}],
        }

    hidden = {**unit, "id": "s", "name": "Protegee", "extension": flags, "location": [{"reference": "Location/ls"}]}
    return [
        *world,
        hidden,
        {**place, "id": "ls", "name": "Protegee", "partOf": {"reference": "Location/lieu-0-1"}},
        {**place, "id": "inner", "name": "Chambre", "partOf": {"reference": "Location/ls"}},
        person,
        {**person, "id": "q", "name": [{"family": "Autre"}]},
        role("r-s", "s"),
        {**role("r-q", "s"), "practitioner": {"reference": "Practitioner/q"}},
        role("r-o", "offre-0-1"),
    ]


QUESTIONS: list[tuple[str, Pairs]] = [
    ("HealthcareService", []),
    ("Location", [("name", "protegee")]),
    ("Practitioner", []),
    ("PractitionerRole", []),
    ("Location", [("partof:Location.name", "protegee")]),
    ("Location", [("partof:Location.partof:Location.name", "lieu"), ("_sort", "_id")]),
    ("Location", [("partof:below", "Location/lieu-0-1")]),
    ("Location", [("partof:above", "Location/ls")]),
    ("Location", [("partof:missing", "false")]),
    ("Location", [("_has:HealthcareService:location:name", "protegee")]),
    ("Location", [("_has:Location:partof:name", "protegee")]),
    ("Location", [("_has:Location:partof:_has:Location:partof:name", "chambre")]),
    ("Location", [("_filter", 'partof:Location.name co "protegee"')]),
    ("Location", [("_filter", 'not (partof:Location.name co "protegee")')]),
    ("Location", [("_filter", 'partof:Location[name co "protegee"]._id eq ls')]),
    ("HealthcareService", [("location:Location.name", "protegee")]),
    ("HealthcareService", [("_has:PractitionerRole:service:practitioner:Practitioner.family", "protegee")]),
    ("Organization", [("_has:HealthcareService:organization:name", "protegee")]),
    ("Organization", [("_has:HealthcareService:organization:location:Location.name", "protegee")]),
    ("Organization", [("_has:HealthcareService:organization:_has:PractitionerRole:service:practitioner", "p")]),
    ("Practitioner", [("_has:PractitionerRole:practitioner:service", "HealthcareService/s")]),
    ("Practitioner", [("_has:PractitionerRole:practitioner:service:HealthcareService.name", "protegee")]),
    ("PractitionerRole", [("practitioner:Practitioner.family", "protegee")]),
    ("PractitionerRole", [("practitioner:Practitioner._has:PractitionerRole:practitioner:_id", "r-s")]),
    ("PractitionerRole", [("service:HealthcareService.location:Location.name", "protegee")]),
]
ITERATED: list[tuple[str, Pairs, Pairs]] = [
    ("Location", [("_id", "inner")], [("_include", "Location:partof"), ("_include:iterate", "Location:partof")]),
    (
        "Location",
        [("_id", "lieu-0-1")],
        [("_revinclude", "Location:partof"), ("_revinclude:iterate", "Location:partof")],
    ),
    (
        "Organization",
        [("_id", "eg-0")],
        [
            ("_revinclude", "HealthcareService:organization"),
            ("_revinclude:iterate", "PractitionerRole:service"),
            ("_include:iterate", "PractitionerRole:practitioner"),
            ("_include:iterate", "HealthcareService:location"),
        ],
    ),
    (
        "Location",
        [("_id", "ls,inner,lieu-0-1")],
        [
            ("_revinclude", "HealthcareService:location"),
            ("_revinclude:iterate", "PractitionerRole:service"),
            ("_include:iterate", "PractitionerRole:practitioner"),
            ("_revinclude:iterate", "PractitionerRole:practitioner"),
            ("_include:iterate", "PractitionerRole:service"),
        ],
    ),
]


async def test_each_profile_finds_what_is_found_in_the_world_that_it_is_shown(open_house: OpenDatabase) -> None:
    world = made_world()
    database = await open_house("care_offer", clock=lambda: NOW)
    repository = Repository(ENDPOINT.register, database.store("care_offer"), r4())
    trace = trace_at(NOW)
    await repository.commit(Unit([repository.put(one, id=one["id"]) for one in world], trace))
    surroundings = [around(world, one) for one in world]
    for profil in ProfilAcces:
        shown = [visibility.shown(profil, one, near) for one, near in zip(world, surroundings, strict=True)]
        entries = [Entry(one, NOW, rank) for rank, one in enumerate(shown) if one is not None]
        slow = Reference(r4(), entries, BASE, NOW)
        seen = Seen(profil, "someone", False, COMMUNES)
        for of, pairs, includes in [*((of, pairs, list[tuple[str, str]]()) for of, pairs in QUESTIONS), *ITERATED]:
            asked = [*pairs, *includes, ("_count", "200")]
            page = await repository.search(asked, of, now=NOW, secret=b"tests", sight=seen)
            expected = slow.search(of, pairs)
            assert {one.id for one in page.matches} == {one.id for one in expected}, (profil, of, pairs)
            assert page.total == len(expected), (profil, of, pairs)
            beside = {(one.type, one.id) for one in page.included}
            assert beside == slow.included(expected, includes), (profil, of, includes)
