"""The pages: search with its map, the card, the board of beds, tension, anomalies."""

import httpx
from tests.foundations.care_offer.support import HOST, Offer

from socle.foundations.care_offer.actions import alarms
from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.synthetic import capacity


async def page(offer: Offer, path: str, who: str = "", method: str = "GET", **more: object) -> httpx.Response:
    """A page, asked by somebody (by key), or by nobody."""
    return await offer.ask(method, f"{HOST}{path}", who, headers={}, **more)


async def test_anybody_searches_by_words_town_and_radius_on_a_map(offer: Offer) -> None:
    answer = await page(offer, "/offre?q=chirurgie&ville=paris 13&rayon=5")
    assert answer.status_code == 200
    assert "Chirurgie, CHU DES GLYCINES" in answer.text
    assert 'class="map"' in answer.text
    assert "accès 0" in answer.text
    far = await page(offer, "/offre?q=chirurgie&ville=Lille&rayon=5")
    assert "CHU DES GLYCINES" not in far.text
    assert len(answer.text) < 100_000


async def test_a_town_that_nobody_knows_is_said_beside_its_field(offer: Offer) -> None:
    answer = await page(offer, "/offre?ville=Nulle-Part")
    assert answer.status_code == 400
    assert "Nulle-Part" in answer.text
    assert 'id="e-ville"' in answer.text
    assert (await page(offer, "/offre?couleur=bleu")).status_code == 400


async def test_the_card_shows_what_its_reader_sees(offer: Offer) -> None:
    public = await page(offer, "/offre/fiche/offre-0-1")
    whole = await page(offer, "/offre/fiche/offre-0-1", "owner")
    assert "Médecin d&#39;astreinte" in whole.text
    assert "Médecin d&#39;astreinte" not in public.text
    assert "Supplémentaires" in whole.text
    assert "Supplémentaires" not in public.text
    assert (await page(offer, "/offre/fiche/nowhere")).status_code == 404


async def test_the_board_is_for_who_sees_beds(offer: Offer) -> None:
    assert (await page(offer, "/offre/lits")).status_code == 401
    assert (await page(offer, "/offre/lits", "public")).status_code == 403
    everything = await page(offer, "/offre/lits?territoire=11", "region")
    assert "Île-de-France" in everything.text
    assert "13 lits supplémentaires" in everything.text
    ordinary = await page(offer, "/offre/lits?territoire=11", "profil2")
    assert "supplémentaire" not in ordinary.text
    social = await page(offer, "/offre/lits?territoire=11", "profil3")
    assert "EHPAD" in social.text
    assert "CHU" not in social.text


async def test_the_board_filters_and_exports(offer: Offer) -> None:
    table = (await page(offer, "/offre/lits/export.csv?territoire=11&fonction=001", "region")).text.splitlines()
    assert table[0].startswith("\ufefflieu;nom;commune;compte_le;fraicheur;Installés")
    assert any("CHU DES GLYCINES" in line for line in table[1:])
    assert not any("EHPAD" in line for line in table)


async def test_the_switch_of_tension_has_a_reason_and_a_history(offer: Offer) -> None:
    form = {"territoire": "11", "etat": "tension", "raison": "bronchiolite"}
    assert (await page(offer, "/offre/tension", "public", "POST", data=form)).status_code == 403
    blank = await page(offer, "/offre/tension", "region", "POST", data={**form, "raison": ""})
    assert blank.status_code == 422
    assert (await page(offer, "/offre/tension", "region", "POST", data=form)).status_code == 303
    shown = await page(offer, "/offre/tension")
    assert "bronchiolite" in shown.text
    offer.clock.move(hours=13)
    await alarms.watch(offer.house, {})
    board = await page(offer, "/offre/lits", "region")
    assert "En tension" in board.text
    assert "en retard" in board.text


async def test_an_alarm_says_why_and_ends_in_the_history(offer: Offer) -> None:
    assert (await page(offer, "/offre/alarmes", "public")).status_code == 403
    offer.clock.move(hours=30)
    await alarms.watch(offer.house, {})
    shown = await page(offer, "/offre/alarmes?territoire=11", "region")
    assert "Pédiatrie, CHU DES GLYCINES" in shown.text
    assert "En retard de" in shown.text
    assert "Lyon" not in shown.text
    assert "CHU" not in (await page(offer, "/offre/alarmes?territoire=11", "profil3")).text
    assert "Alarmes finies" not in shown.text
    place = await offer.get("Location/lieu-0-6")
    beds = [capacity("01", 35, offer.clock.now)]
    await offer.put(
        {**place, "extension": [*(one for one in place["extension"] if one["url"] != names.CAPACITY), *beds]}
    )
    after = (await page(offer, "/offre/alarmes?territoire=11", "region")).text
    assert place["name"].split(",")[0] in after.partition("Alarmes finies")[2]
    assert (await page(offer, "/offre/alarmes?territoire=xx", "region")).status_code == 400


async def test_an_anomaly_is_reported_answered_and_read(offer: Offer) -> None:
    form = {"theme": "06", "description": "Le service a déménagé."}
    sent = await page(offer, "/offre/fiche/offre-0-1/anomalie", "public", "POST", data=form)
    assert sent.status_code == 303
    mine = await page(offer, "/offre/anomalies", "public")
    assert "Le service a déménagé." in mine.text
    assert "déménagé" not in (await page(offer, "/offre/anomalies", "profil2")).text
    queue = await page(offer, "/offre/anomalies?statut=02", "owner")
    id = queue.text.partition('action="/offre/anomalies/')[2].partition('"')[0]
    refused = await page(offer, f"/offre/anomalies/{id}", "public", "POST", data={"statut": "08"})
    assert refused.status_code == 422
    done = await page(offer, f"/offre/anomalies/{id}", "owner", "POST", data={"statut": "08", "reponse": "C'est fait."})
    assert done.status_code == 303
    assert "C&#39;est fait." in (await page(offer, "/offre/anomalies", "public")).text
