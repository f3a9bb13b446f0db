"""Entry models: the forms by which establishments describe their offers, kept, found by the context in which they hold."""

from typing import Any

import pytest
from tests.foundations.care_offer.support import FHIR, Offer, headers

from socle.foundations.care_offer.model import names

CATEGORY = names.terminology("TRE_R66-CategorieEtablissement")


def model(*categories: str, **more: Any) -> dict[str, Any]:
    """A model in the shape of the guide's example (MS-141)."""
    context = [
        {
            "code": {"system": names.STRUCTURE_KIND, "code": "EG"},
            "valueCodeableConcept": {"coding": [{"system": CATEGORY, "code": one}]},
        }
        for one in categories or ("101", "355")
    ]
    launch = [
        {"url": "name", "valueCoding": {"code": "ror-structure"}},
        {"url": "type", "valueCode": "HealthcareService"},
    ]
    return {
        "resourceType": "Questionnaire",
        "meta": {"profile": [names.PROFILES["Questionnaire"]]},
        "extension": [{"url": names.LAUNCH_CONTEXT, "extension": launch}],
        "url": f"{names.IG}/Questionnaire/MS-141",
        "identifier": [{"use": "official", "value": "MS-141"}],
        "version": "1",
        "name": "MS-141",
        "title": "Unité hospitalière de gynécologie",
        "status": "active",
        "subjectType": ["HealthcareService"],
        "date": "2026-02-13",
        "useContext": context,
        "item": [{"linkId": "Hs1", "type": "group", "item": [{"linkId": "Hs1.name", "text": "Nom", "type": "string"}]}],
        **more,
    }


async def send(
    offer: Offer, body: dict[str, Any], who: str = "owner", method: str = "POST", url: str = "Questionnaire"
) -> Any:
    return await offer.ask(method, url, who, json=body, headers=FHIR | headers(1 if who == "owner" else 0))


async def test_a_model_is_created_then_changed_by_who_answers_for_the_data(offer: Offer) -> None:
    answer = await send(offer, model())
    assert answer.status_code == 201, answer.text
    id = answer.json()["id"]
    changed = await send(offer, {**model(version="2"), "id": id}, method="PUT", url=f"Questionnaire/{id}")
    assert (changed.status_code, changed.json()["version"]) == (200, "2")
    assert (await send(offer, model(), "public")).status_code == 403


@pytest.mark.parametrize("who", ["public", *(f"profil{number}" for number in range(1, 6))])
async def test_every_profile_finds_models_by_what_the_guide_searches_by(offer: Offer, who: str) -> None:
    id = (await send(offer, model())).json()["id"]
    other = (await send(offer, model("500", name="MS-200", title="EHPAD", identifier=[{"value": "MS-200"}]))).json()[
        "id"
    ]
    for query in (
        f"context={CATEGORY}|355",
        "identifier=MS-141",
        "name=MS-141",
        "title=unite hospitaliere",
        "status=active&version=1&date=ge2026-02-01&context=101",
    ):
        assert await offer.ids(f"Questionnaire?{query}", who) == [id], query
    assert sorted(await offer.ids("Questionnaire", who)) == sorted([id, other])
    assert (await offer.get(f"Questionnaire/{id}", who))["title"] == "Unité hospitalière de gynécologie"


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"name": None}, "Questionnaire.name"),
        ({"title": None}, "Questionnaire.title"),
        ({"subjectType": ["HealthcareService", "Location"]}, "Questionnaire.subjectType"),
        ({"extension": None}, "Questionnaire.extension"),
        ({"useContext": None}, "Questionnaire.useContext"),
        ({"code": [{"code": "x"}]}, "Questionnaire.code"),
        ({"item": [{"linkId": "1", "type": "string", "code": [{"code": "x"}]}]}, "Questionnaire.item[0].code"),
    ],
)
async def test_what_the_profile_asks_for_is_asked_for(offer: Offer, wrong: dict[str, Any], where: str) -> None:
    body = {name: value for name, value in model(**wrong).items() if value is not None}
    answer = await send(offer, body)
    [issue] = answer.json()["issue"]
    assert answer.status_code == 400
    assert issue["expression"][0].startswith(where)
    assert await offer.ids("Questionnaire", "public") == []
