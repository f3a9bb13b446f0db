"""Who sees what: the table of access profiles, as a table, then over the wire; nothing leaks by search."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foundations.care_offer.support import NOW, Offer, extensions, included, matches

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.profil import Around, ChampActivite, NiveauConfidentialite, ProfilAcces
from socle.foundations.care_offer.rules import visibility
from socle.foundations.care_offer.synthetic import capacity

P, C = ProfilAcces, ChampActivite
HOSPITAL, SOCIAL, TOWN = (Around(False, frozenset({one}), 1) for one in (C.SANITAIRE, C.MEDICO_SOCIAL, C.VILLE))
SECRET = Around(True, frozenset(), 1)
SENSITIVE = "offre-s-0"  # made by `with_sensitive`


def contact(level: int | None) -> dict[str, Any]:
    said = {"url": names.CONTACT_LEVEL, "valueCodeableConcept": {"coding": [{"code": str(level)}]}}
    telecom = {"url": names.TELECOM_LEVEL, "valueCodeableConcept": {"coding": [{"code": str(level)}]}}
    return {
        "extension": [said] if level else [],
        "name": {"text": f"niveau {level}"},
        "telecom": [{"extension": [telecom] if level else [], "value": "0199000000"}],
    }


ORGANIZATION = {"resourceType": "Organization", "id": "o", "contact": [contact(n) for n in (1, 2, 3, None)]}
SEEN_CONTACTS = {
    (P.LIBRE, HOSPITAL): [1],
    (P.TOUT, HOSPITAL): [1, 2, 3, None],
    (P.HORS_TRES_RESTREINT, HOSPITAL): [1, 2],
    (P.MEDICO_SOCIAL, HOSPITAL): [1],
    (P.MEDICO_SOCIAL, SOCIAL): [1, 2],
    (P.HORS_CONTACT, HOSPITAL): [1],
    (P.HORS_CAPACITE, HOSPITAL): [1, 2],
}


@pytest.mark.parametrize(("case", "levels"), SEEN_CONTACTS.items())
def test_contacts_by_level(case: tuple[ProfilAcces, Around], levels: list[int | None]) -> None:
    shown = visibility.shown(case[0], ORGANIZATION, case[1])
    assert shown is not None
    assert [one["name"]["text"] for one in shown["contact"]] == [f"niveau {level}" for level in levels]


def test_a_contact_without_a_level_is_very_restricted() -> None:
    only = {**ORGANIZATION, "contact": [contact(None)]}
    shown = visibility.shown(P.HORS_TRES_RESTREINT, only, HOSPITAL)
    assert shown is not None
    assert "contact" not in shown


BEDS = {"resourceType": "Location", "id": "l", "extension": [capacity(f"0{n}", n, NOW) for n in range(1, 7)]}
SEEN_BEDS = {
    (P.LIBRE, HOSPITAL): "",
    (P.TOUT, HOSPITAL): "123456",
    (P.HORS_TRES_RESTREINT, HOSPITAL): "12345",
    (P.MEDICO_SOCIAL, HOSPITAL): "",
    (P.MEDICO_SOCIAL, SOCIAL): "12345",
    (P.HORS_CONTACT, HOSPITAL): "123456",
    (P.HORS_CAPACITE, HOSPITAL): "1",
}


@pytest.mark.parametrize(("case", "statuses"), SEEN_BEDS.items())
def test_beds_by_status(case: tuple[ProfilAcces, Around], statuses: str) -> None:
    shown = visibility.shown(case[0], BEDS, case[1])
    assert shown is not None
    assert "".join(visibility.status_of(one)[1] for one in shown.get("extension", ())) == statuses


EXISTS = {
    "HealthcareService": {SECRET: "14", HOSPITAL: "012345", SOCIAL: "012345", TOWN: "012345"},
    "Location": {SECRET: "14", HOSPITAL: "012345"},
    "Organization": {SECRET: "012345"},
    "PractitionerRole": {SECRET: "14", HOSPITAL: "1245", SOCIAL: "12345", TOWN: "01245"},
    "Practitioner": {SECRET: "14", HOSPITAL: "1245", SOCIAL: "12345", TOWN: "01245", Around(): "1245"},
}


@pytest.mark.parametrize(
    ("of", "around", "profiles"),
    [(of, around, profiles) for of, row in EXISTS.items() for around, profiles in row.items()],
)
def test_what_exists_for_whom(of: str, around: Around, profiles: str) -> None:
    assert "".join(str(one.value) for one in P if visibility.is_visible(one, of, around)) == profiles


@given(st.sampled_from([p for p in P if p is not P.TOUT]), st.sampled_from([HOSPITAL, SOCIAL, TOWN]))
def test_what_was_taken_from_is_marked_and_the_original_is_untouched(profil: ProfilAcces, around: Around) -> None:
    before = str(BEDS)
    shown = visibility.shown(profil, BEDS, around)
    assert shown is not None
    assert str(BEDS) == before
    marked = any(tag["code"] == "SUBSETTED" for tag in shown.get("meta", {}).get("tag", ()))
    assert marked is (shown.get("extension") != BEDS["extension"])


def test_every_profile_has_its_row_and_each_row_is_within_that_of_profile_1() -> None:
    assert set(visibility.TABLE) == set(P)
    assert all(row.contacts <= NiveauConfidentialite.TRES_RESTREINT for row in visibility.TABLE.values())


# -- over the wire -----------------------------------------------------------------------------------------------------


async def with_sensitive(offer: Offer) -> None:
    """A sensitive unit in its own place, with a professional who works there only."""
    place = await offer.get("Location/lieu-0-1")
    await offer.put({**place, "id": "lieu-s", "name": "Unité protégée"})
    unit = await offer.get("HealthcareService/offre-0-1")
    flags = [{**one, "valueBoolean": True} if one["url"] == names.SENSITIVE else one for one in unit["extension"]]
    await offer.put(
        {
            **unit,
            "id": SENSITIVE,
            "name": "Unité protégée",
            "extension": flags,
            "location": [{"reference": "Location/lieu-s"}],
        }
    )
    person = {"resourceType": "Practitioner", "id": "ps-s", "name": [{"family": "Protegee"}]}
    role = {
        "resourceType": "PractitionerRole",
        "id": "role-s",
        "practitioner": {"reference": "Practitioner/ps-s"},
        "healthcareService": [{"reference": f"HealthcareService/{SENSITIVE}"}],
    }
    await offer.put(person)
    await offer.put(role)


HIDDEN = (f"HealthcareService/{SENSITIVE}", "Location/lieu-s", "Practitioner/ps-s", "PractitionerRole/role-s")


async def test_a_sensitive_unit_is_absent_everywhere(offer: Offer) -> None:
    await with_sensitive(offer)
    for who in ("public", "profil2", "profil3", "profil5"):
        await nothing_of_it(offer, who)


async def nothing_of_it(offer: Offer, who: str) -> None:
    for one in HIDDEN:
        for url in (one, f"{one}/_history", f"{one}/_history/1"):
            assert (await offer.ask("GET", url, who)).status_code == 404, url
        assert (await offer.ask("GET", one, "profil1")).status_code == 200
        for operation in ("$validate", "$meta", "$graphql"):
            assert (await offer.ask("GET", f"{one}/{operation}", who)).status_code == 404, operation
        of, _, id = one.partition("/")
        assert await offer.ids(f"{of}?_id={id}", who) == []
        assert (await offer.get(f"{of}?_id={id}&_summary=count", who))["total"] == 0
    assert await offer.ids("HealthcareService?name=protegee", who) == []
    assert await offer.ids("Location?name=protegee", who) == []
    assert await offer.ids("HealthcareService?location.name=protegee", who) == []
    assert await offer.ids("Organization?_has:HealthcareService:organization:name=protegee", who) == []
    assert await offer.ids('HealthcareService?_filter=name co "protegee"', who) == []
    assert await offer.ids('HealthcareService?_filter=location.name co "protegee"', who) == []
    bundle = await offer.get(
        "Organization?_id=eg-0&_revinclude=HealthcareService:organization&_include:iterate=HealthcareService:location",
        who,
    )
    assert not [one for one in included(bundle) if one in HIDDEN]
    assert included(bundle)


async def test_a_deleted_sensitive_unit_says_no_more_than_one_that_never_was(offer: Offer) -> None:
    await with_sensitive(offer)
    assert (await offer.ask("DELETE", f"HealthcareService/{SENSITIVE}", "owner")).status_code == 204
    assert (await offer.ask("GET", f"HealthcareService/{SENSITIVE}", "profil2")).status_code == 404
    assert (await offer.ask("GET", f"HealthcareService/{SENSITIVE}/_history", "profil2")).status_code == 404


async def test_a_batch_shows_no_more_than_its_reader_sees(offer: Offer) -> None:
    await with_sensitive(offer)
    entry = [{"request": {"method": "GET", "url": url}} for url in (HIDDEN[0], "Location/lieu-0-1")]
    body = {"resourceType": "Bundle", "type": "batch", "entry": entry}
    answer = await offer.ask("POST", "", "public", json=body)
    hidden, shown = answer.json()["entry"]
    assert hidden["response"]["status"].startswith("404")
    assert not extensions(shown["resource"], names.CAPACITY)


REFUSED = {
    "public": ["Location?nb-capacity=gt0", "Location?equipment-type=088", "Organization?drop-zone=true"],
    "profil2": ["Location?crisis-type=02", "Organization?drop-zone=true", "Practitioner?telecom=0199000001"],
    "profil3": ["Location?additional-bed-type=01", "Organization?drop-zone=true"],
    "profil4": ["Practitioner?email=x@y.example"],
    "profil5": ["Location?capacity-status=02", "HealthcareService?location.nb-capacity=gt0"],
}


async def test_one_may_not_ask_by_what_one_does_not_see(offer: Offer) -> None:
    for who, urls in REFUSED.items():
        await refused(offer, who, urls)


async def refused(offer: Offer, who: str, urls: list[str]) -> None:
    for url in urls:
        answer = await offer.ask("GET", url, who)
        assert answer.status_code == 403, url
    of, _, question = urls[0].partition("?")
    name, _, value = question.partition("=")
    assert (await offer.ask("GET", f"{of}?_filter={name} eq {value.removeprefix('gt')}", who)).status_code == 403
    assert (await offer.ask("GET", f"{of}?{name}:missing=false", who)).status_code == 403
    if of == "Location":
        assert (await offer.ask("GET", f"HealthcareService?location.{question}", who)).status_code == 403
        assert (await offer.ask("GET", "Location?_sort=nb-capacity", who)).status_code in (400, 403)


async def test_additional_beds_are_found_by_who_sees_them_alone(offer: Offer) -> None:
    question = "Location?capacity-status=06"
    assert await offer.ids(question, "profil1")
    assert await offer.ids(question, "profil2") == []
    assert await offer.ids("Location?_filter=capacity-status eq 06", "profil2") == []
    assert await offer.ids("HealthcareService?location.capacity-status=06", "profil2") == []
    assert await offer.ids("Location?capacity-status=02", "profil2")


async def test_a_number_of_additional_beds_is_not_found_through_other_numbers(offer: Offer) -> None:
    place = await offer.get("Location/lieu-0-1")
    beds = [capacity("01", 10, NOW), capacity("06", 777, NOW, additional="01")]
    others = [one for one in place["extension"] if one["url"] != names.CAPACITY]
    await offer.put({**place, "extension": [*others, *beds]})
    assert await offer.ids("Location?nb-capacity=777", "profil1") == ["lieu-0-1"]
    assert await offer.ids("Location?nb-capacity=777", "profil2") == []
    assert "lieu-0-1" in await offer.ids("Location?nb-capacity=10", "profil2")


async def test_profile_3_finds_beds_of_the_medico_social_offer_only(offer: Offer) -> None:
    found = await offer.get("Location?capacity-status=01&_include=Location:organization", "profil3")
    ids = {one["resource"]["id"] for one in matches(found)}
    assert "lieu-2-0" in ids  # a home for the elderly
    assert not ids & {f"lieu-0-{n}" for n in range(7)}
    for one in matches(found):
        assert extensions(one["resource"], names.CAPACITY)
    hospital = await offer.get("Location/lieu-0-1", "profil3")
    assert not extensions(hospital, names.CAPACITY)


async def test_free_access_sees_professionals_in_town_only(offer: Offer) -> None:
    everyone = set(await offer.ids("Practitioner?_count=200", "profil1"))
    town = set(await offer.ids("Practitioner?_count=200", "public"))
    assert town < everyone
    for id in sorted(town):
        roles = await offer.get(
            f"PractitionerRole?practitioner=Practitioner/{id}&_include=PractitionerRole:service", "public"
        )
        assert all(one.startswith("HealthcareService/cabinet-") for one in included(roles))
    assert (await offer.get("Practitioner?_summary=count", "public"))["total"] == len(town)


async def test_elements_that_are_asked_for_are_not_shown_for_all_that(offer: Offer) -> None:
    found = await offer.get("Location?_id=lieu-0-1&_elements=extension", "public")
    [one] = matches(found)
    assert not extensions(one["resource"], names.CAPACITY)
    read = await offer.get("Organization/eg-0?_elements=contact", "public")
    assert [one["name"]["text"] for one in read["contact"]] == ["Standard"]


async def test_a_page_link_shows_what_its_follower_sees(offer: Offer) -> None:
    first = await offer.get("Location?_count=2&capacity-status=01", "profil1")
    link = next(one["url"] for one in first["link"] if one["relation"] == "next")
    assert (await offer.ask("GET", link, "public")).status_code == 403
