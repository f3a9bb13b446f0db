"""`/annuaire/imports`: the loads of the directory, under way and past; one load, with the lines that it left out."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from starlette.responses import Response

from socle.foundations.people.actions import loads
from socle.foundations.people.permissions import IMPORT
from socle.kernel.module import House
from socle.kernel.outcome import Kind, Problem
from socle.kernel.pages import Handler, Page

TONES: Final = {"servi": "ok", "refuse": "refused", "abandonne": "unknown"}
UNDER_WAY: Final = ("lecture", "calcul", "construction", "bascule")


def show(house: House) -> Handler:
    """The list; a load under way says how far it is."""

    async def handle(page: Page) -> Response:
        found = await loads.loaded(house.database, by=page.actor)
        return page.render(
            "imports.html",
            loads=[_told(one) for one in found],
            tones=TONES,
            under_way=UNDER_WAY,
            may_import=page.may(IMPORT),
        )

    return handle


def one(house: House) -> Handler:
    """One load."""

    async def handle(page: Page) -> Response:
        page.require(IMPORT)
        text = page.path("lot")
        found = await loads.one(house.database, int(text), by=page.actor) if text.isdigit() and len(text) < 9 else None
        if found is None:
            raise Problem.of(Kind.NOT_FOUND, "Aucun lot ne porte ce numéro.", "No load has this number.")
        told, rejected = found
        return page.render("import.html", load=_told(told), rejected=rejected, tones=TONES, under_way=UNDER_WAY)

    return handle


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    total = row["total"] or 1
    return {
        **row,
        "notes": orjson.loads(row["notes"]),
        "refus": orjson.loads(row["refus"]) if row["refus"] else [],
        "percent": min(100, round(100 * row["fait"] / total)),
    }
