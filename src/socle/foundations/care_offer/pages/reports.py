"""Reports of anomalies: one makes them on the card of an offer, owners answer them from a queue."""

from typing import Any

from starlette.responses import Response

from socle.foundations.care_offer.actions import anomalies as acts
from socle.foundations.care_offer.actions import reading
from socle.foundations.care_offer.model.anomaly import StatutAnomalie
from socle.foundations.care_offer.pages import offers
from socle.foundations.care_offer.permissions import OWN, PUBLIC, REGISTER, WRITE
from socle.foundations.care_offer.rules import anomalies as rules
from socle.foundations.care_offer.store.communes import COMMUNES
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Form, Handler, Page
from socle.kernel.pages.asking import one_of, only
from socle.kernel.store import Stored

TONES = {
    StatutAnomalie.CORRIGE: "ok",
    StatutAnomalie.REFUSE: "refused",
    StatutAnomalie.ANNULE: "unknown",
    StatutAnomalie.TOLERE_DEFINITIVEMENT: "unknown",
}


def queue(house: House) -> Handler:
    """`/offre/anomalies?statut=…`: those that a person may see."""

    async def handle(page: Page) -> Response:
        page.require(WRITE)
        only(page, "statut")
        status = one_of(page, "statut", [one.value for one in StatutAnomalie])
        found, spoken_of = await reading.reports(house.repositories[REGISTER], status, by=page.actor, now=page.now)
        return page.render(
            "reports.html",
            form=Form({"statut": [status]}),
            reports=[_shown(page, stored, task, spoken_of) for stored, task in found],
            statuses=[(one.value, rules.LABELS[one].to(page.language)) for one in StatutAnomalie],
            owner=page.may(OWN),
        )

    return handle


def _shown(page: Page, stored: Stored, task: dict[str, Any], spoken_of: dict[str, str]) -> dict[str, Any]:
    status = rules.status_of(task) or StatutAnomalie.CREE
    theme = next((one.get("code", "") for one in task.get("code", {}).get("coding", ())), "")
    owner = page.may(OWN)
    parties = {"owner"} if owner else {"reporter"}
    passages = [
        (after.value, rules.LABELS[after].to(page.language))
        for after, party in rules.TABLE[status].items()
        if party in parties
    ]
    reference = str(task.get("focus", {}).get("reference", ""))
    of, _, focus = reference.partition("/")
    return {
        "id": stored.id,
        "status": rules.LABELS[status].to(page.language),
        "tone": TONES.get(status, "attention"),
        "theme": rules.THEMES[theme].to(page.language) if theme in rules.THEMES else theme,
        "description": task.get("description", ""),
        "focus": spoken_of.get(reference)
        or reference
        or str(task.get("focus", {}).get("identifier", {}).get("value", "")),
        "href": f"/offre/fiche/{focus}" if of == "HealthcareService" else "",
        "system": rules.input_of(task, "systemRequester") or "",
        "changed": stored.updated,
        "answers": [note.get("text", "") for note in task.get("note", ())],
        "passages": passages,
    }


def answer(house: House) -> Handler:
    """Move a report, with a word."""

    async def handle(page: Page) -> Response:
        ground = page.require(WRITE)
        form = await page.form()
        wanted = form.get("statut")
        if wanted not in [one.value for one in StatutAnomalie]:
            raise Problem.of(Kind.INVALID, "Choisissez un statut.", "Choose a status.", expression="statut")
        await acts.answer(
            house.repositories[REGISTER],
            page.path("id"),
            StatutAnomalie(wanted),
            form.get("reponse"),
            by=page.actor,
            trace=page.trace(REGISTER, "update", ground),
        )
        return page.redirect("/offre/anomalies", done="reports.answered")

    return handle


def report(house: House) -> Handler:
    """Report an anomaly of the offer shown."""

    async def handle(page: Page) -> Response:
        ground = page.require(PUBLIC)
        page.require(WRITE)
        form = await page.form()
        form.require("theme", "description")
        if form.ok and form.get("theme") not in rules.THEMES:
            form.fail("theme", "Choisissez une thématique de la liste.", "Choose a theme of the list.")
        if not form.ok:
            return await offers.shown(house, page, ground, form, status=422)
        await acts.report(
            house.repositories[REGISTER],
            f"HealthcareService/{page.path('id')}",
            form.get("theme"),
            form.get("description"),
            reading.sight_of(page.actor, COMMUNES),
            by=page.actor,
            trace=page.trace(REGISTER, "create", ground),
        )
        return page.redirect(f"/offre/fiche/{page.path('id')}", done="reports.reported")

    return handle
