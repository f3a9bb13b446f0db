"""The FHIR server: the four headers, what the search parameters find, the whole graph in one question."""

import pytest
from tests.foundations.care_offer.support import FHIR, Offer, headers, included, matches

GRAPH = (
    "_include=HealthcareService:organization&_include:iterate=Organization:partof&_include=HealthcareService:location"
    "&_revinclude=PractitionerRole:service&_include:iterate=PractitionerRole:practitioner"
)


async def test_a_missing_header_is_named_with_the_rule_and_what_to_do(offer: Offer) -> None:
    for name in headers():
        said = {key: value for key, value in headers().items() if key != name}
        answer = await offer.ask("GET", "HealthcareService", "public", headers=said)
        [issue] = answer.json()["issue"]
        assert (answer.status_code, issue["code"], issue["expression"]) == (400, "required", [f"http.{name}"])
        assert name in issue["diagnostics"]
    assert len((await offer.ask("GET", "HealthcareService", "public", headers={})).json()["issue"]) == 4


async def test_an_unknown_profile_or_role_is_refused(offer: Offer) -> None:
    for name in ("Ror-Profil-Utilisateur-Code", "Ror-Role-Metier-Code"):
        answer = await offer.ask("GET", "HealthcareService", "public", headers={**headers(), name: "CU99"})
        assert answer.status_code == 403
        assert answer.json()["issue"][0]["expression"] == [f"http.{name}"]
    wrong = {**headers(), "Ror-Role-Metier-System": "1.2.3"}
    assert (await offer.ask("GET", "HealthcareService", "public", headers=wrong)).status_code == 400


async def test_the_published_codes_are_known(offer: Offer) -> None:
    assert (await offer.ask("GET", "Organization?_count=1", "public", headers=headers("CU23"))).status_code == 200
    assert (await offer.ask("GET", "Organization?_count=1", "profil2", headers=headers("CU22"))).status_code == 200


async def test_a_profile_that_was_not_granted_is_refused(offer: Offer) -> None:
    for profil in range(1, 6):
        answer = await offer.ask("GET", "HealthcareService", "public", headers=headers(profil))
        assert answer.status_code == 403
        assert "accordé" in answer.json()["issue"][0]["diagnostics"]


async def test_without_a_key_nothing_is_said_of_the_headers(offer: Offer) -> None:
    answer = await offer.ask("GET", "HealthcareService", "", headers={})
    assert answer.status_code == 401
    assert "Ror-" not in answer.text


async def test_the_statement_needs_no_header_and_tells_no_internal_parameter(offer: Offer) -> None:
    answer = await offer.ask("GET", "metadata", "", headers={})
    assert answer.status_code == 200
    told = {
        one["type"]: {parameter["name"] for parameter in one["searchParam"]}
        for one in answer.json()["rest"][0]["resource"]
    }
    assert {"near", "near-insee-code", "commune-cog", "nb-capacity", "equipment-feature", "residential-type"} <= told[
        "Location"
    ]
    assert {"intervention-zone", "age-range-low", "psychiatric-sector"} <= told["HealthcareService"]
    assert {"drop-zone", "price-type", "period-end"} <= told["Organization"]
    assert "~" not in answer.text.replace("~~", "")


async def test_an_internal_parameter_cannot_be_asked(offer: Offer) -> None:
    for url in ("Location?capacity-status~ordinary=02", "HealthcareService?sensitive~=true"):
        assert (await offer.ask("GET", url)).status_code == 400


async def test_the_whole_graph_of_an_offer_in_one_question(offer: Offer) -> None:
    bundle = await offer.get(f"HealthcareService?_id=offre-0-3&{GRAPH}")
    assert [one["resource"]["id"] for one in matches(bundle)] == ["offre-0-3"]
    found = included(bundle)
    assert {"Organization/eg-0", "Organization/ej-0", "Location/lieu-0-3"} <= set(found)
    roles = {
        one.partition("/")[2].rsplit("-", 1)[0].removeprefix("role-")
        for one in found
        if one.startswith("PractitionerRole/")
    }
    people = {one.partition("/")[2].removeprefix("ps-") for one in found if one.startswith("Practitioner/")}
    assert roles == people


async def test_a_page_holds_two_hundred_and_says_how_many_there_are(offer: Offer) -> None:
    bundle = await offer.get("HealthcareService?_elements=identifier")
    assert bundle["total"] == len(matches(bundle)) <= 200
    assert (await offer.get("HealthcareService?name=nobody-has-this-name"))["total"] == 0


FOUND = (
    "Location?near=48.829|2.362|5|km&_summary=count",
    "Location?near-insee-code=75113|3|km&type=001&_summary=count",
    "Location?commune-cog=75113&_summary=count",
    "Location?_tag=https://mos.esante.gouv.fr/NOS/TRE_R30-RegionOM/FHIR/TRE-R30-RegionOM|11&_summary=count",
    "Location?equipment-type=088&equipment-feature=001&limit-value=ge200|http://unitsofmeasure.org|kg&_summary=count",
    "Location?capacity-status=05&capacity-closing-type=01&nb-capacity=gt0&_summary=count",
    "Location?crisis-type=02&additional-bed-type=02&_summary=count",
    "Location?gender-capacity-available=04&temporality-capacity=01&temporary-assignement=01&_summary=count",
    "Location?capacity-update-date=ge2026-11-01&_summary=count",
    "Location?operational-status:missing=true&_summary=count",
    "HealthcareService?location.near-insee-code=75113|3|km&_summary=count",
    "HealthcareService?location.near=48.829|2.362|3|km&specialty=437&_summary=count",
    "HealthcareService?age-range-low=le35|http://unitsofmeasure.org|a&age-range-high=ge35|http://unitsofmeasure.org|a&_summary=count",
    "HealthcareService?_filter=((specialty eq 437) or (specialty eq 025)) and age-range-low le 18&_summary=count",
    "HealthcareService?_has:PractitionerRole:service:practitioner.name=henry&_summary=count",
    "HealthcareService?organization:below=Organization/ej-0&_summary=count",
    "Organization?drop-zone=true&_summary=count",
    "Location?_has:HealthcareService:location:service-type=01&_summary=count",
)


async def test_each_search_parameter_finds_something(offer: Offer) -> None:
    for url in FOUND:
        assert (await offer.get(url))["total"] > 0, url


async def test_around_a_commune_is_around_its_centre(offer: Offer) -> None:
    commune = await offer.ids("Location?near-insee-code=75113|1500|m")
    centre = await offer.ids("Location?near=48.829|2.362|1500|m")
    assert commune == centre
    assert 0 < len(commune) < len(await offer.ids("Location?near-insee-code=75113|5|km"))


async def test_a_commune_that_nobody_knows_is_refused_with_what_to_do(offer: Offer) -> None:
    answer = await offer.ask("GET", "Location?near-insee-code=00000|3|km")
    assert answer.status_code == 400
    assert "socle import communes" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("code", ["75056", "13055", "69123", "2a004"])
async def test_cities_of_arrondissements_are_known_whole_and_corsica_in_any_case(offer: Offer, code: str) -> None:
    await offer.get(f"Location?near-insee-code={code}|15|km")


@pytest.mark.parametrize("distance", ["-1|km", "1e9|km", "5|parsec", "nan|km", "5|km|5"])
async def test_a_wrong_distance_around_a_commune_is_told_in_words_of_that_parameter(
    offer: Offer, distance: str
) -> None:
    answer = await offer.ask("GET", f"Location?near-insee-code=75113|{distance}")
    [issue] = answer.json()["issue"]
    assert (answer.status_code, issue["expression"]) == (400, ["http.near-insee-code"])
    assert "code COG|distance|unité" in issue["diagnostics"]


async def test_offers_changed_themselves_or_through_their_structures(offer: Offer) -> None:
    structure = await offer.get("Organization/ej-0")
    offer.clock.move(hours=1)
    since = offer.clock().isoformat(timespec="seconds").replace("+00:00", "Z")
    await offer.put({**structure, "alias": ["Les Glycines"]})
    question = f"HealthcareService?_filter=(_lastUpdated ge {since} or organization.partof._lastUpdated ge {since})"
    assert "offre-0-0" in await offer.ids(question)


async def test_writing_is_for_who_answers_for_the_data_and_sees_all_of_it(offer: Offer) -> None:
    body = await offer.get("HealthcareService/offre-0-0")
    refused = await offer.ask("PUT", "HealthcareService/offre-0-0", "public", json=body, headers={**headers(0), **FHIR})
    assert refused.status_code == 403
    blind = await offer.ask("PUT", "HealthcareService/offre-0-0", "region", json=body, headers={**headers(0), **FHIR})
    assert blind.status_code == 403
    assert "profil 1" in blind.json()["issue"][0]["diagnostics"]


async def test_an_offer_says_whether_it_is_sensitive(offer: Offer) -> None:
    body = await offer.get("HealthcareService/offre-0-0")
    body["extension"] = [one for one in body["extension"] if not one["url"].endswith("sensitive-unit")]
    answer = await offer.ask("PUT", "HealthcareService/offre-0-0", "owner", json=body, headers={**headers(1), **FHIR})
    assert answer.status_code == 400
    assert "unité sensible" in answer.json()["issue"][0]["diagnostics"]


async def test_professionals_that_were_shown_are_traced(offer: Offer) -> None:
    await offer.get(f"HealthcareService?_id=offre-0-3&{GRAPH}", "profil2")
    rows = await offer.house.database.query("SELECT count(*) AS n FROM care_offer.audit")
    before = rows[0]["n"]
    await offer.get("Practitioner?_count=1", "profil2")
    [row] = await offer.house.database.query("SELECT count(*) AS n FROM care_offer.audit")
    assert row["n"] == before + 1
