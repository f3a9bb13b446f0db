"""The extraction: what may be asked, what goes out to whom, and how it is followed."""

from typing import Any

import pytest
from tests.foundations.care_offer.support import HOST, Offer, headers
from tests.foundations.care_offer.test_visibility import SENSITIVE, with_sensitive

from socle.foundations.care_offer.rules.extraction import Extraction, understood
from socle.kernel.outcome import Problem

WHOLE = "$export?_outputFormat=application/fhir%2Bjson&_type=HealthcareService&includeAssociatedData=_myCompleteExtract"


@pytest.mark.parametrize(
    ("given", "queries"),
    [
        ({}, ()),
        ({"_outputFormat": ["application/json"], "includeAssociatedData": ["_myCompleteExtract"]}, ()),
        ({"_typeFilter": ["HealthcareService?_tag=76"]}, ("_tag=76",)),
        ({"_typeFilter": ["HealthcareService?_tag=1,2,HealthcareService?active=true"]}, ("_tag=1,2", "active=true")),
        ({"_since": ["2026-11-01T00:00:00+01:00"]}, ("_lastUpdated=gt2026-11-01T00:00:00%2B01:00",)),
        ({"_since": ["2026-11-01"], "_typeFilter": ["HealthcareService?a=b"]}, ("a=b&_lastUpdated=gt2026-11-01",)),
    ],
)
def test_what_is_asked(given: dict[str, list[str]], queries: tuple[str, ...]) -> None:
    asked = understood(given)
    assert asked.queries == queries
    assert Extraction.from_json(asked.to_json()) == asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_outputFormat", "application/fhir+ndjson"),
        ("_type", "Location"),
        ("includeAssociatedData", "LatestProvenanceResources"),
        ("_typeFilter", "Location?status=active"),
        ("_typeFilter", "HealthcareService"),
        ("_typeFilter", "HealthcareService?_sort=name"),
        ("_typeFilter", "HealthcareService?_include:iterate=Organization:partof"),
    ],
)
def test_what_is_refused_names_the_parameter(name: str, value: str) -> None:
    with pytest.raises(Problem) as refused:
        understood({name: [value]})
    assert refused.value.issues[0].expression == (f"http.{name}",)


async def extracted(offer: Offer, who: str, url: str = WHOLE) -> dict[str, set[str]]:
    """Ids in the files, by type."""
    asked = await offer.ask("GET", url, who)
    assert asked.status_code == 202, asked.text
    where = asked.headers["content-location"]
    assert where.startswith(f"{HOST}/ror/fhir/$export-poll-status?_jobId=")
    waiting = await offer.ask("GET", where, who)
    assert (waiting.status_code, waiting.headers["x-progress"]) == (202, "waiting")
    assert await offer.work()
    done = await offer.ask("GET", where, who)
    assert done.status_code == 200, done.text
    found: dict[str, set[str]] = {}
    for one in done.json()["output"]:
        answer = await offer.ask("GET", one["url"], who)
        assert answer.headers["content-type"].startswith("application/fhir+json")
        bundle: dict[str, Any] = answer.json()
        assert (bundle["type"], len(bundle["entry"])) == ("collection", one["count"])
        assert {entry["resource"]["resourceType"] for entry in bundle["entry"]} == {one["type"]}
        found.setdefault(one["type"], set()).update(entry["resource"]["id"] for entry in bundle["entry"])
    return found


async def test_the_whole_graph_goes_out_and_nothing_that_the_profile_does_not_see(offer: Offer) -> None:
    await with_sensitive(offer)
    everything = await extracted(offer, "profil1")
    assert set(everything) == {"HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"}
    assert SENSITIVE in everything["HealthcareService"]
    assert {"eg-0", "ej-0"} <= everything["Organization"]
    less = await extracted(offer, "profil2")
    assert SENSITIVE not in less["HealthcareService"]
    assert "lieu-s" not in less["Location"]
    assert "ps-s" not in less["Practitioner"]
    assert less["HealthcareService"] < everything["HealthcareService"]


async def test_filters_choose_offers_and_do_not_ask_what_is_hidden(offer: Offer) -> None:
    some = await extracted(offer, "profil2", f"{WHOLE}&_typeFilter=HealthcareService%3F_id%3Doffre-0-1")
    assert some["HealthcareService"] == {"offre-0-1"}
    assert some["Location"] == {"lieu-0-1"}
    nothing = await offer.ask("GET", f"{WHOLE}&_typeFilter=HealthcareService%3Fno-such%3D1", "profil2")
    assert nothing.status_code == 400


async def test_only_who_asked_follows_it(offer: Offer) -> None:
    asked = await offer.ask("GET", WHOLE, "profil2")
    where = asked.headers["content-location"]
    await offer.work()
    done = (await offer.ask("GET", where, "profil2")).json()
    file = done["output"][0]["url"]
    for who in ("profil1", "operator"):
        assert (await offer.ask("GET", where, who)).status_code == 404
        assert (await offer.ask("GET", file, who)).status_code == 404
    assert (await offer.ask("GET", file, "nobody")).status_code == 403
    assert (await offer.ask("GET", file + "x", "profil2")).status_code == 404
    assert (await offer.ask("GET", where, "profil2", headers={})).status_code == 400  # no Ror-* header
    assert (await offer.ask("GET", "$export-poll-status", "profil2")).status_code == 400
    assert (await offer.ask("GET", WHOLE, "public", headers=headers(1))).status_code == 403


async def test_it_is_cancelled_where_it_is_followed_by_who_asked(offer: Offer) -> None:
    where = (await offer.ask("GET", WHOLE, "profil2")).headers["content-location"]
    assert (await offer.ask("DELETE", where, "profil1")).status_code == 404
    assert (await offer.ask("DELETE", where, "profil2")).status_code == 202
    await offer.work()
    assert not list(offer.house.settings.data.rglob("HealthcareService.*.json"))
    for method in ("GET", "DELETE"):
        assert (await offer.ask(method, where, "profil2")).status_code == 404
    refused = await offer.ask("DELETE", WHOLE, "profil2")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_files_of_one_that_is_done_are_gone_once_it_is_cancelled(offer: Offer) -> None:
    where = (await offer.ask("GET", WHOLE, "profil2")).headers["content-location"]
    await offer.work()
    file = (await offer.ask("GET", where, "profil2")).json()["output"][0]["url"]
    assert (await offer.ask("DELETE", where, "profil2")).status_code == 202
    assert (await offer.ask("GET", file, "profil2")).status_code == 404


async def test_types_without_published_content_are_not_declared(offer: Offer) -> None:
    said = await offer.get("metadata")
    types = {one["type"] for one in said["rest"][0]["resource"]}
    offered = {"HealthcareService", "Organization", "Location", "Practitioner", "PractitionerRole", "Task"}
    assert types == offered | {"Questionnaire"}
    for name in ("Measure", "MeasureReport"):
        assert (await offer.ask("GET", name, "profil1")).status_code == 404
